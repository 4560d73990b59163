"""The first half of the pipeline: a notes folder becomes cards, a note at a time."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from anki_export import drafts
from anki_export.cache import RECORD, Cache, Kept
from anki_export.cards import Renderer
from anki_export.cards.media import Media, OnWeb, as_link, as_text
from anki_export.cards.remote import Remote
from anki_export.config import Config
from anki_export.drafts import Draft
from anki_export.extract import extract
from anki_export.markdown.scope import Missing
from anki_export.model import Location, MappedCard, MediaFile, SourceNote
from anki_export.notes.outline import outline
from anki_export.notes.reader import NoteFile, read_files, read_note
from anki_export.place.mapping import Mapper, place
from anki_export.problems import ProblemKind, Problems, UsageError
from anki_export.workers import spread

MOST_FETCHED = 1_000
"""Images that one build asks for, by their addresses in order; what came is not asked again."""
MOST_BYTES_FETCHED = 500_000_000
"""Bytes of images after which a build asks for no more."""

Progress = Callable[[str, int, int], None]
"""Called with the step's name, how much of it is done, and how much there is."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """All cards of a notes folder, in the order of their places."""

    cards: tuple[MappedCard, ...]
    paths: frozenset[str]
    """All notes of the folder, whether they could be read or not."""
    barren: tuple[str, ...]
    """Paths of the notes that were read and gave no card, in order."""
    unreadable: frozenset[str]
    """Paths of notes that could not be read today: their cards must not retire."""
    images: bool
    """Whether any card names an image."""
    fresh: Fresh
    """What was made anew, to be kept when the package is written."""


@dataclass(frozen=True, slots=True)
class Fresh:
    """Drafts for the cache, by path, with their keys; and the paths that are gone."""

    cache: Cache | None = None
    made: Mapping[str, Kept] | None = None
    gone: frozenset[str] = frozenset()

    def save(self) -> None:
        """Keep them for the next build."""
        if self.cache is not None and (self.made or self.gone):
            self.cache.save(self.made or {}, self.gone)


def gather(
    folder: Path,
    config: Config,
    problems: Problems,
    progress: Progress,
    *,
    cache: Cache | None = None,
    fetching: bool = False,
) -> Gathered:
    """Read a notes folder and make its cards, still without an identity.

    ``cache`` is where finished cards may be found; ``fetching`` allows to ask
    the web for images, if the configuration wants that.

    Raises:
        UsageError: there is no such folder, or no note in it.
        WriteError: an image that was fetched cannot be kept.
    """
    reading = read_files(folder, config.exclude, problems)
    if not reading.files and not reading.unreadable:
        raise UsageError(f"{folder}: no note in this folder", "notes are files named *.md")
    progress("reading notes", 0, len(reading.files))
    maker = Maker(folder, config)
    made, fresh = _drafts(reading.files, maker, cache, problems, progress, fetching=fetching)
    mapper = Mapper(config)
    cards: list[MappedCard] = []
    for draft in made:
        problems.extend(draft.problems)
        if draft.place is not None:
            cards += mapper.map_cards(draft.place, draft.cards)
    return Gathered(
        cards=tuple(cards),
        paths=reading.unreadable | {file.path for file in reading.files},
        barren=tuple(draft.path for draft in made if not draft.cards and not draft.failed),
        unreadable=reading.unreadable | {draft.path for draft in made if draft.failed},
        images=any(draft.images for draft in made),
        fresh=fresh,
    )


def _drafts(
    files: Sequence[NoteFile],
    maker: Maker,
    cache: Cache | None,
    problems: Problems,
    progress: Progress,
    *,
    fetching: bool,
) -> tuple[list[Draft], Fresh]:
    """Every note's draft, in order: those that are kept still, and the others made anew."""
    kept = cache.load() if cache else {}
    if cache and cache.damaged:
        where = Location(".anki-export")
        problems.add(ProblemKind.CACHE, where, "the cache was damaged; it is made anew")
    known: dict[str, Draft] = {}
    waiting: list[tuple[NoteFile, Draft | None]] = []
    keys = {file.path: hashlib.sha256(file.data).hexdigest() for file in files} if cache else {}
    for file in files:
        key, text = kept.get(file.path, ("", b""))
        found = maker.restored(file.path, text) if text else None
        if found is not None and key == keys[file.path]:
            known[file.path] = found
        else:
            waiting.append((file, found))
    made: dict[str, Kept] = {}

    def make(waiting: Sequence[tuple[NoteFile, Draft | None]]) -> None:
        done = len(files) - len(waiting)
        for draft in spread(maker.draft, waiting, [len(file.data) for file, _ in waiting]):
            known[draft.path] = draft
            done += 1
            progress("reading notes", done, len(files))
            if cache and not draft.failed:
                made[draft.path] = keys[draft.path], drafts.to_text(draft)

    make(waiting)
    if fetching and (fetched := maker.fetch(known.values(), progress)):
        make([(file, known[file.path]) for file in files if file.path in fetched])
    gone = frozenset(kept.keys() - {RECORD, *(file.path for file in files)})
    return [known[file.path] for file in files], Fresh(cache, made, gone)


class Maker:
    """Makes the drafts of a notes folder; what it needs is set up once for all of them."""

    def __init__(self, folder: Path, config: Config) -> None:
        self.config = config
        most, shown = config.max_media_mb, config.remote_images
        self._remote = Remote(folder, most) if shown == "fetch" else None
        on_web: OnWeb = as_text if shown == "text" else as_link
        if self._remote:
            on_web = self._remote.find
        self._media = Media(folder, most, on_web)
        self._renderer = Renderer(self._media, config.language)

    def fetch(self, made: Iterable[Draft], progress: Progress) -> set[str]:
        """Ask the web for the images that drafts lack; gives back the paths of these drafts.

        Raises:
            WriteError: an image cannot be kept.
        """
        remote = self._remote
        if remote is None:
            return set()
        wanted: dict[str, set[str]] = {}
        for draft in made:
            for url in draft.images:
                found = self._media.find(draft.path, url)
                address = found.remote if isinstance(found, Missing) else ""
                if address and remote.lacks(address):
                    wanted.setdefault(address, set()).add(draft.path)
        asked = sorted(wanted)[:MOST_FETCHED]
        if not asked:
            return set()
        from anki_export.fetch import FetchError, fetch_all  # noqa: PLC0415 - seldom needed

        left = MOST_BYTES_FETCHED

        def tell(done: int) -> None:
            progress("fetching images", done, len(asked))

        try:
            for address, gave in fetch_all(asked, remote.most, tell):
                if isinstance(gave, FetchError):
                    remote.fail(address, gave.reason, gave.hint)
                else:
                    remote.take(address, gave.data, gave.extension)
                    left -= len(gave.data)
                    if left <= 0:
                        break
        finally:  # what was fetched is kept, also by a build that is interrupted
            remote.save()
        return set().union(*(wanted[address] for address in asked))

    def restored(self, path: str, text: bytes) -> Draft | None:
        """A draft that was kept; None if it does not hold any more."""

        def image(url: str) -> MediaFile | str:
            found = self._media.find(path, url)
            return found.reason if isinstance(found, Missing) else found

        try:
            return drafts.from_text(text, path, image)
        except (drafts.Stale, ValueError, KeyError, TypeError, IndexError):
            return None

    def draft(self, work: tuple[NoteFile, Draft | None]) -> Draft:
        """The steps from a file to its cards; ``work`` holds what was made of it before, too."""
        file, before = work
        problems = Problems()
        try:
            return self._draft(file, before, problems)
        except Exception as error:  # a bug of ours must not cost the other notes
            problems = Problems()
            _report_bug(file.path, error, problems)
            return Draft(file.path, problems=tuple(problems), failed=True)

    def _draft(self, file: NoteFile, before: Draft | None, problems: Problems) -> Draft:
        source = read_note(file, problems)
        if source is None:
            return Draft(file.path, problems=tuple(problems), failed=True)
        return self.draft_note(source, before, problems)

    def draft_note(self, source: SourceNote, before: Draft | None, problems: Problems) -> Draft:
        """The steps from a source note to its cards."""
        outlined = outline(source)
        cards = extract(outlined, self.config, problems)
        finished = {card.source: card for card in before.cards} if before else {}
        rendered, images = self._renderer.render_note(outlined, cards, problems, finished)
        found = place(source, outlined.title, self.config, problems) if rendered else None
        return Draft(source.path, rendered, found, tuple(problems), images)


def _report_bug(path: str, error: Exception, problems: Problems) -> None:
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    where = f" in {Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace else ""
    message = f"the note cannot be processed: {type(error).__name__}: {error}{where}"
    hint = "a bug in anki-export; its cards stay as they are"
    problems.add(ProblemKind.FAILED_NOTE, Location(path), message, hint)
