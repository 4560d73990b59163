"""A folder of notes as it was exported: its cards, whose histories they have, what to edit."""

from __future__ import annotations

import copy
import random
import re
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from anki_export.config import Config
from anki_export.drafts import Draft
from anki_export.gather import Maker
from anki_export.issue import Identified, identify
from anki_export.ledger.entries import Entry, Ledger
from anki_export.model import (
    Change,
    Guid,
    Kind,
    MappedCard,
    Question,
    Row,
    Seconds,
    SourceNote,
    What,
)
from anki_export.notes.reader import read_files, read_note
from anki_export.place.mapping import Mapper
from anki_export.problems import Problems
from benchmarks.edits.truth import Edit, Place

FIRST, LATER = Seconds(1_700_000_000), 100_000
AROUND = 120
"""Cards of neighbouring notes that an edit is judged among, about."""

Cards = tuple[MappedCard, ...]


class Workshop:
    """Makes cards of notes and builds of cards: all of the tool that this benchmark calls."""

    def __init__(self, root: Path) -> None:
        self.config = Config()
        self._maker = Maker(root, self.config)
        self._drafts: dict[str, Draft] = {}

    def cards(self, note: SourceNote) -> Cards:
        """Return a note's cards; those that it had at first are not rendered again."""
        draft = self._maker.draft_note(note, self._drafts.get(note.path), Problems())
        self._drafts.setdefault(note.path, draft)
        mapper = Mapper(self.config)
        return tuple(mapper.map_cards(draft.place, draft.cards)) if draft.place else ()

    def build(self, cards: Sequence[MappedCard], ledger: Ledger, time: Seconds) -> Identified:
        """Ask which card is which."""
        return identify(
            cards,
            ledger,
            namespace="Study",
            root_deck="Study",
            build_time=time,
            allow_retire=True,
            problems=Problems(),
        )


@dataclass(frozen=True, slots=True)
class Target:
    """A card to edit, its note, and the lines of its own."""

    note: SourceNote
    card: MappedCard
    first: int
    last: int
    alone: bool
    """No other card starts within its lines."""
    block: tuple[int, int]
    """First and last line of all that leaves with the card: ``<details>`` around it as well."""

    @property
    def place(self) -> Place:
        """Where it starts."""
        return self.note.path, self.first

    @property
    def kind(self) -> Kind:
        """Question or row."""
        return self.card.rendered.card.kind

    @property
    def form(self) -> str:
        """The rule that found it."""
        return self.card.rendered.card.form

    @property
    def body(self) -> Question | Row:
        """What was extracted."""
        return self.card.rendered.card.body

    @property
    def wording(self) -> str:
        """A question's own words, as they stand in the note; of a row nothing."""
        return self.body.question.text.split("\n")[0] if isinstance(self.body, Question) else ""

    @property
    def asks_more(self) -> bool:
        """Whether the front holds more than words: code, options."""
        return isinstance(self.body, Question) and "\n" in self.body.question.text.strip("\n")

    @property
    def reply(self) -> str:
        """The answer as text."""
        return self.card.rendered.reply

    @property
    def context(self) -> tuple[str, ...]:
        """The headings that the card shows."""
        return self.card.rendered.card.context

    @property
    def span(self) -> tuple[int, int]:
        """First and last line of all that an edit of the card may touch: a row's whole table."""
        if isinstance(self.body, Row):
            return self.body.table.line, self.body.table.line + 1 + len(self.body.table.rows)
        return self.first, self.last

    @property
    def answer(self) -> tuple[int, int] | None:
        """First and last line of the answer, if the target is a question on its own."""
        body = self.body
        if not isinstance(body, Question) or not self.alone:
            return None
        if body.answer.line <= body.question.line or self.last < body.answer.line:
            return None
        # A footnote's text serves the whole note: to edit it is another kind of edit.
        lines = self.note.lines[self.first - self.note.first_line :]
        if any(text.startswith("[^") for text in lines[: self.last - self.first + 1]):
            return None
        return body.answer.line, self.last


@dataclass(slots=True)
class Build:
    """A build of a part of the folder."""

    identified: Identified
    paths: list[str]
    cards: Mapping[str, Cards]


@dataclass(slots=True)
class Folder:
    """Notes with their cards, the ledger of their build, and whose history each card has."""

    workshop: Workshop
    notes: dict[str, SourceNote]
    cards: dict[str, Cards]
    ledger: Ledger
    guids: dict[tuple[str, int | None, Kind], Guid]
    """Place → history; all copies of a question have the same."""
    time: Seconds
    _entries: dict[str, list[Entry]] = field(init=False)
    _sharing: dict[str, set[str]] = field(init=False)
    """Path → those of all notes that have a question with it in common."""
    _targets: dict[str, list[Target]] = field(init=False)
    _words: list[str] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        self._entries = {}
        for entry in self.ledger.entries.values():
            for path in (entry.path, *entry.copies):
                self._entries.setdefault(path, []).append(entry)
        holders: dict[Guid, set[str]] = {}
        for (path, _, _), guid in self.guids.items():
            holders.setdefault(guid, set()).add(path)
        self._sharing = {}
        for paths in holders.values():
            for path in paths if len(paths) > 1 else ():
                self._sharing.setdefault(path, set()).update(paths)
        self._targets = {
            path: [
                target
                for target in _targets(note, self.cards[path])
                if (*target.place, target.kind) in self.guids
            ]
            for path, note in self.notes.items()
        }

    @classmethod
    def read(cls, root: Path) -> Folder:
        """Read a notes folder and build it for the first time."""
        problems = Problems()
        notes = (read_note(file, problems) for file in read_files(root, (), problems).files)
        return cls.of({note.path: note for note in notes if note}, Workshop(root))

    @classmethod
    def of(cls, notes: Mapping[str, SourceNote], workshop: Workshop) -> Folder:
        """Build notes for the first time."""
        cards = {path: workshop.cards(note) for path, note in sorted(notes.items())}
        built = workshop.build([one for path in cards for one in cards[path]], _NONE, FIRST)
        guids = histories(built, cards)
        return cls(workshop, dict(sorted(notes.items())), cards, built.ledger, guids, FIRST)

    def with_histories(self, changes: Iterable[Change], ledger: Ledger | None = None) -> Folder:
        """Return the folder with the histories that another first build gave its cards.

        All copies of a question have one, whichever of them that build took.
        """
        given = {(one.location.path, one.location.line, one.kind): one.guid for one in changes}
        other = {guid: given[place] for place, guid in self.guids.items() if place in given}
        guids = {place: other[guid] for place, guid in self.guids.items() if guid in other}
        return replace(self, ledger=ledger or self.ledger, guids=guids)

    # ------------------------------------------------------------------------- drawing

    @property
    def targets(self) -> list[Target]:
        """All cards that can be edited."""
        return [target for path in self.notes for target in self._targets[path]]

    def within(self, path: str) -> list[Target]:
        """Return the cards of one note."""
        return self._targets.get(path, [])

    def places(self, path: str) -> set[Place]:
        """Return where the cards of one note start."""
        return {target.place for target in self.within(path)}

    def siblings(self, target: Target) -> list[Target]:
        """Return the other questions of a note that stand on their own."""
        return [
            one for one in self.within(target.note.path) if one is not target and one.answer
        ]  # fmt: skip

    def draw(self, chance: random.Random, kind: Kind | None = None) -> Target | None:
        """Draw a card: any note that has some is as likely, and any card in it."""
        full = [path for path, targets in self._targets.items() if targets]
        for _ in range(100 if full else 0):
            path = chance.choice(full)
            pool = [one for one in self._targets[path] if kind in (None, one.kind)]
            if pool:
                return chance.choice(pool)
        return None

    @property
    def words(self) -> list[str]:
        """Every word that the questions use, sorted."""
        if not self._words:
            asks = [one.card.rendered.ask for one in self.targets if isinstance(one.body, Question)]
            self._words = sorted({word for ask in asks for word in words_of(ask)}) or ["neu"]
        return self._words

    def any_question(self, chance: random.Random) -> str:
        """Return the text of some question of the folder."""
        found = self.draw(chance, Kind.QA)
        return found.card.rendered.ask if found else "Why?"

    def any_answer(self, target: Target, chance: random.Random) -> str:
        """Return an answer made of one from another note: plain, one line, asking nothing."""
        for _ in range(200):
            other = self.draw(chance, Kind.QA)
            if other is None or other.note.path == target.note.path:
                continue
            assert isinstance(other.body, Question)
            words = re.sub(r"[#*`|<>$\[\]:：\n-]+", " ", other.body.answer.text).split()
            text = " ".join(words)[: chance.randint(30, 400)]
            if len(text) >= 20 and not re.search("[?？]", text):
                return f"{text} {chance.choice(self.words)}"
        return " ".join(chance.choices(self.words, k=12))

    def neighbour(self, target: Target, chance: random.Random) -> str | None:
        """Return the path of a note near to the target's."""
        near = [path for path in self.around([target.note.path]) if path != target.note.path]
        return chance.choice(near) if near else None

    def around(self, paths: Iterable[str]) -> list[str]:
        """Return these notes and the nearest ones in the folder's order, up to some cards."""
        ordered = list(self.notes)
        chosen: set[str] = set()
        for path in sorted(paths):
            at = bisect_left(ordered, path)
            # A note that is new stands between two others.
            here = path in self.notes
            chosen.update([path] if here else ())
            room, reach = AROUND, 0
            while room > 0 and reach < len(ordered):
                reach += 1
                for near in (at - reach, at + reach - (not here)):
                    if 0 <= near < len(ordered):
                        chosen.add(ordered[near])
                        room -= len(self.cards[ordered[near]])
        shared = {other for path in chosen for other in self._sharing.get(path, ())}
        return sorted(chosen | shared & self.notes.keys())

    # ------------------------------------------------------------------------ building

    def build(self, edit: Edit, ledger: Ledger | None = None) -> Build:
        """Build the notes that an edit is about and their neighbours, after it."""
        edited = edit.by_path
        involved = edited.keys() | edit.gone | {place[0] for place in edit.targets}
        around = self.around(involved)
        paths = sorted({*around, *edited} - edit.gone)
        cards = {
            path: self.workshop.cards(edited[path].note()) if path in edited else self.cards[path]
            for path in paths
        }
        known = ledger or self.ledger
        mine = set(around)
        if ledger is None:
            entries = {
                entry.guid: entry for path in around for entry in self._entries.get(path, ())
            }
        else:
            entries = {
                guid: one for guid, one in known.entries.items() if mine & {one.path, *one.copies}
            }
        built = self.workshop.build(
            [card for path in paths for card in cards[path]],
            replace(known, entries=entries),
            Seconds(self.time + LATER),
        )
        return Build(built, paths, cards)

    def rebuilt(self, edit: Edit, build: Build | None = None) -> Folder:
        """Return the part of the folder around an edit as it is after a build: the next truth."""
        build = build or self.build(edit)
        edited = edit.by_path
        notes = {
            path: edited[path].note() if path in edited else self.notes[path]
            for path in build.paths
        }
        guids = histories(build.identified, build.cards)
        time = Seconds(self.time + LATER)
        ledger = build.identified.ledger
        return Folder(self.workshop, notes, dict(build.cards), ledger, guids, time)

    def view(self, edit: Edit) -> Folder:
        """Return the folder after an edit and before any build, to make another edit of it.

        Cards that the first edit is about are left alone by the second.
        """
        edited_notes = edit.by_path
        kept = {path: note for path, note in self.notes.items() if path not in edit.gone}
        notes = kept | {path: edited.note() for path, edited in edited_notes.items()}
        view = copy.copy(self)
        view.notes, view.cards = dict(sorted(notes.items())), dict(self.cards)
        view._targets = {path: self._targets.get(path, []) for path in view.notes}
        taken = edit.targets | edit.edited | edit.fresh
        for path, edited in edited_notes.items():
            view.cards[path] = self.workshop.cards(notes[path])
            view._targets[path] = [
                target
                for target in _targets(notes[path], view.cards[path])
                if (place := edited.origin(target.first)) is not None
                and place not in taken
                and (*place, target.kind) in self.guids
            ]
        return view


_NONE = Ledger("Study")


def histories(
    built: Identified, cards: Mapping[str, Cards]
) -> dict[tuple[str, int | None, Kind], Guid]:
    """Return whose history each card of a build has, by its place.

    A copy has no history of its own: it has that of the question which it is a copy of, and
    that may live on in any of them.
    """
    guids = {
        (change.location.path, change.location.line, change.kind): change.guid
        for change in built.changes
        if change.what is not What.RETIRED
    }
    by_text: dict[tuple[object, ...], Guid] = {}
    copies = []
    for card in (one for path in cards for one in cards[path]):
        rendered = card.rendered
        location = rendered.card.location
        place = (location.path, location.line, rendered.card.kind)
        told = (rendered.ask, rendered.given, rendered.reply)
        text = (rendered.card.kind, *("".join(part.split()).casefold() for part in told))
        if place in guids:
            by_text.setdefault(text, guids[place])
        else:
            copies.append((place, text))
    return guids | {place: by_text[text] for place, text in copies if text in by_text}


def words_of(text: str) -> list[str]:
    """Return the words of a text, of Chinese every two characters."""
    return re.findall(r"[A-Za-z][A-Za-z0-9_+-]*|[\u4e00-\u9fff]{2}", text)


def _targets(note: SourceNote, cards: Cards) -> Iterable[Target]:
    starts = [card.rendered.card.location.line or 0 for card in cards]
    for card, first in zip(cards, starts, strict=True):
        body = card.rendered.card.body
        last = first
        if isinstance(body, Question):
            for part in (body.answer, body.extra):
                if part is not None:
                    last = max(last, part.line + part.text.count("\n"))
        alone = not any(first < start <= last for start in starts)
        yield Target(note, card, first, last, alone, _block(note, first, last))


def _block(note: SourceNote, first: int, last: int) -> tuple[int, int]:
    """Widen lines until every ``<details>`` that they open is closed among them."""
    lines, start, end = note.lines, first - note.first_line, last - note.first_line
    if "<summary" in lines[start] and start and lines[start - 1].strip().startswith("<details"):
        start -= 1

    def still_open() -> bool:
        text = "\n".join(lines[start : end + 1])
        return text.count("<details") > text.count("</details")

    while end + 1 < len(lines) and end - start < 500 and still_open():
        end += 1
    return start + note.first_line, end + note.first_line
