"""The first half of the pipeline: a notes folder becomes cards, a note at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from anki_export.cards import Renderer
from anki_export.config import Config
from anki_export.extract import extract
from anki_export.model import Location, MappedCard, RenderedCard, SourceNote
from anki_export.notes.outline import outline
from anki_export.notes.reader import read_notes
from anki_export.place.mapping import Mapper
from anki_export.problems import Problem, ProblemKind, Problems, UsageError

Progress = Callable[[str, int, int], None]
"""Called with the step's name, how much of it is done, and how much there is."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What became of one source note: its cards, or the reason why there are none."""

    source: SourceNote
    title: str = ""
    cards: tuple[RenderedCard, ...] = ()
    problems: tuple[Problem, ...] = ()
    failed: bool = False


@dataclass(frozen=True, slots=True)
class Placed:
    """One source note's cards with their place in the collection."""

    path: str
    cards: tuple[MappedCard, ...]
    failed: bool


@dataclass(frozen=True, slots=True)
class Gathered:
    """All cards of a notes folder, in the order of their places."""

    cards: tuple[MappedCard, ...]
    paths: frozenset[str]
    """All notes of the folder, whether they could be read or not."""
    unreadable: frozenset[str]
    """Paths of notes that could not be read today: their cards must not retire."""


def gather(folder: Path, config: Config, problems: Problems, progress: Progress) -> Gathered:
    """Read a notes folder and make its cards, still without an identity.

    Raises:
        UsageError: there is no such folder, or no note in it.
    """
    reading = read_notes(folder, config.exclude, problems)
    drafts = draft_all(reading.notes, Renderer(folder, config), config, progress)
    if not reading.notes and not reading.unreadable:
        raise UsageError(f"{folder}: no note in this folder", "notes are files named *.md")
    placed = map_all(drafts, config, problems)
    return Gathered(
        cards=tuple(card for note in placed for card in note.cards),
        paths=reading.unreadable | {note.path for note in reading.notes},
        unreadable=reading.unreadable | {note.path for note in placed if note.failed},
    )


def draft_all(
    sources: Sequence[SourceNote], renderer: Renderer, config: Config, progress: Progress
) -> list[Draft]:
    """Make every note's cards; one note's failure does not stop the others."""
    drafts: list[Draft] = []
    for done, source in enumerate(sources):
        progress("reading notes", done, len(sources))
        try:
            drafts.append(draft_note(source, renderer, config))
        except Exception as error:  # a bug of ours must not cost the other notes
            problems = Problems()
            _report_bug(source, error, problems)
            drafts.append(Draft(source, problems=tuple(problems), failed=True))
    progress("reading notes", len(sources), len(sources))
    return drafts


def draft_note(source: SourceNote, renderer: Renderer, config: Config) -> Draft:
    """The steps from a source note to its cards."""
    problems = Problems()
    outlined = outline(source)
    cards = extract(outlined, config, problems)
    rendered = renderer.render_note(outlined, cards, problems) if cards else ()
    return Draft(source, outlined.title, rendered, tuple(problems))


def _report_bug(source: SourceNote, error: Exception, problems: Problems) -> None:
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    where = f" in {Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace else ""
    message = f"the note cannot be processed: {type(error).__name__}: {error}{where}"
    hint = "a bug in anki-export; its cards stay as they are"
    problems.add(ProblemKind.FAILED_NOTE, Location(source.path), message, hint)


def map_all(drafts: Iterable[Draft], config: Config, problems: Problems) -> list[Placed]:
    """Give every card its deck, tags and difficulty."""
    mapper = Mapper(config)
    placed = []
    for draft in drafts:
        problems.extend(draft.problems)
        path = draft.source.path
        try:
            mapped = mapper.map_note(draft.source, draft.title, draft.cards, problems)
            placed.append(Placed(path, tuple(mapped), draft.failed))
        except Exception as error:  # as in draft_all
            _report_bug(draft.source, error, problems)
            placed.append(Placed(path, (), failed=True))
    return placed
