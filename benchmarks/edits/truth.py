"""An edit as lines that remember where they stood: the truth about what became of what."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from anki_export.model import SourceNote

Place = tuple[str, int]
"""A path and a line of the notes as they were."""


@dataclass(slots=True)
class Line:
    """A line of an edited note, and where it stood; None for a new one."""

    text: str
    origin: Place | None = None


def fresh(*texts: str) -> list[Line]:
    """Return lines that stood nowhere."""
    return [Line(text) for text in texts]


@dataclass(slots=True)
class Edited:
    """A note in the making, with a memory."""

    path: str
    lines: list[Line]
    metadata: dict[str, object] = field(default_factory=dict)
    first_line: int = 1

    @classmethod
    def of(cls, note: SourceNote) -> Edited:
        """Return a note as it stands, each line from its own place."""
        lines = [
            Line(text, (note.path, note.first_line + at)) for at, text in enumerate(note.lines)
        ]
        return cls(note.path, lines, dict(note.metadata), note.first_line)

    @property
    def texts(self) -> tuple[str, ...]:
        """The note's lines as text."""
        return tuple(line.text for line in self.lines)

    def note(self) -> SourceNote:
        """Return the note as a reader would hand it on."""
        return SourceNote(self.path, self.texts, self.first_line, self.metadata)

    def at(self, number: int) -> int:
        """Return the index of the line that stood at a line number of this note.

        Raises:
            ValueError: it is gone.
        """
        for at, line in enumerate(self.lines):
            if line.origin is not None and line.origin[1] == number:
                return at
        raise ValueError(number)

    def origin(self, number: int | None) -> Place | None:
        """Return where the line stood that has this number now."""
        assert number is not None
        return self.lines[number - self.first_line].origin

    def cut(self, first: int, last: int) -> list[Line]:
        """Take out the lines that stood from one number to another."""
        start, end = self.at(first), self.at(last) + 1
        block = self.lines[start:end]
        del self.lines[start:end]
        return block

    def balanced(self, until: int | None = None) -> bool:
        """Tell whether no fence is open at an index, by default at the end."""
        fences = sum(text.lstrip().startswith(("```", "~~~")) for text in self.texts[:until])
        return fences % 2 == 0


@dataclass(slots=True)
class Edit:
    """The notes after an edit, and what may have become of the cards."""

    notes: list[Edited]
    gone: set[str] = field(default_factory=set)
    """Paths that no note has any more."""
    targets: set[Place] = field(default_factory=set)
    """Old places of the cards that the edit is about."""
    fresh: set[Place] = field(default_factory=set)
    """Old places whose line now asks something else: a new card."""
    either: set[Place] = field(default_factory=set)
    """Old places whose line may ask the same or another thing: nobody can tell. Such a card
    may keep its history or have none, but not another one's."""
    touched: set[str] | None = None
    """Paths all of whose cards may be updated; None: those whose lines were edited."""
    edited: set[Place] = field(default_factory=set)
    """Old places of the lines that were edited."""

    @property
    def by_path(self) -> dict[str, Edited]:
        """The edited notes by path."""
        return {note.path: note for note in self.notes}


def note_edit(edited: Edited, targets: Iterable[Place], edited_lines: Iterable[Place]) -> Edit:
    """Return an edit of one note that updates no more cards than those of the edited lines."""
    return Edit([edited], targets=set(targets), edited=set(edited_lines))


def after(first: Edit, second: Edit) -> Edit:
    """Return both edits as one, the second having been made on the outcome of the first."""
    before = first.by_path
    notes = {path: note for path, note in before.items() if path not in second.gone}
    for note in second.notes:
        lines = [Line(line.text, _origin(before, line.origin)) for line in note.lines]
        notes[note.path] = replace(note, lines=lines)
    return Edit(
        list(notes.values()),
        first.gone | {path for path in second.gone if path not in before},
        first.targets | _origins(before, second.targets),
        first.fresh | _origins(before, second.fresh),
        first.either | _origins(before, second.either),
        _paths(first) | _sources(before, _paths(second)),
        first.edited | _origins(before, second.edited),
    )


def _paths(edit: Edit) -> set[str]:
    """Return what may be updated: two edits of one note are not told apart any more."""
    if edit.touched is not None:
        return edit.touched
    return {place[0] for place in edit.targets | edit.edited} | set(edit.by_path)


def _sources(before: Mapping[str, Edited], paths: Iterable[str]) -> set[str]:
    """Return the old paths of all lines that stand in these notes, and the paths."""
    lines = (line for path in paths if path in before for line in before[path].lines)
    return {line.origin[0] for line in lines if line.origin is not None} | set(paths)


def _origin(before: Mapping[str, Edited], place: Place | None) -> Place | None:
    if place is None or place[0] not in before:
        return place
    return before[place[0]].origin(place[1])


def _origins(before: Mapping[str, Edited], places: Iterable[Place]) -> set[Place]:
    return {origin for place in places if (origin := _origin(before, place)) is not None}


def together(edits: Sequence[Edit]) -> Edit:
    """Return edits of different notes as one."""
    total = Edit([], touched=set())
    for edit in edits:
        total.notes += edit.notes
        total.gone |= edit.gone
        total.targets |= edit.targets
        total.fresh |= edit.fresh
        total.either |= edit.either
        total.edited |= edit.edited
        assert total.touched is not None
        total.touched |= _paths(edit)
    return total
