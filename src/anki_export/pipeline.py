"""The order of the steps, and nothing else: the only module that knows more than one stage.

read → outline → extract → render → map (a note at a time) → identify → package → write.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from anki_export.config import Config
from anki_export.gather import Gathered, Progress, gather
from anki_export.identity import Identified, identify
from anki_export.identity.retire import check_retirement
from anki_export.ledger import entries as ledgers
from anki_export.ledger import recovery
from anki_export.ledger import writing as store
from anki_export.ledger.entries import Ledger, State
from anki_export.model import (
    FIELDS,
    AnkiNote,
    Guid,
    Kind,
    Location,
    Seconds,
    What,
)
from anki_export.package.apkg import build_package, limits
from anki_export.package.notetypes import Notetype, make_notetypes, notetype_id
from anki_export.package.templates import Templates, load_templates
from anki_export.preview.page import Content
from anki_export.problems import Problem, RetireError, Severity, UsageError
from anki_export.report import Result
from anki_export.text import text_of


@dataclass(frozen=True, slots=True)
class Job:
    """What a command is to do; paths are resolved, the time is given."""

    notes: Path
    config: Config
    output: Path
    ledger: Path | None
    templates: Path | None
    build_time: Seconds
    touch_all: bool = False
    allow_retire: bool = False
    strict: bool = False
    prune: bool = False

    @property
    def ledger_path(self) -> Path:
        """The ledger: beside the notes unless another one was named."""
        return self.ledger or self.notes / ledgers.FOLDER / ledgers.NAME


# --------------------------------------------------------------------------- cards → package


class TemplatesError(UsageError):
    """The card templates have faults, all of them in ``problems`` (exit 2)."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("the card templates cannot be used")
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Made:
    """A build before it is written."""

    before: Ledger
    identified: Identified
    ledger: Ledger
    package: bytes
    problems: tuple[Problem, ...]


def build(job: Job, progress: Progress) -> Result:
    """Make the package and write it with the ledger, both or neither.

    Raises:
        AnkiExportError: nothing was written.
    """
    templates, looks = load_looks(job)
    gathered = gather(job.notes, job.config, progress)
    result = _result("prune" if job.prune else "build", job, gathered, looks)
    if refused := _refusal(job, result, gathered):
        return replace(result, refused=refused)

    def waiting() -> None:
        progress("waiting for another build", 0, 1)

    with store.session(job.ledger_path, job.output, on_wait=waiting) as writing:
        progress("making the package", 0, 1)
        made = make(job, gathered, templates, writing.ledger_text(), writing.package())
        result = _with_made(result, job, made)
        if refused := _refusal(job, result, gathered):
            return replace(result, refused=refused)
        writing.save(made.package, ledgers.dump(made.ledger))
        adopted = ("finished a build that had been cut off",) if writing.adopted else ()
    return replace(result, written=True, messages=adopted)


def plan(job: Job, progress: Progress) -> Result:
    """What :func:`build` would do; the old texts are those of the last package."""
    templates, looks = load_looks(job)
    gathered = gather(job.notes, job.config, progress)
    last = _bytes(job.output)
    text = store.read_ledger(job.ledger_path)
    made = make(replace(job, allow_retire=True), gathered, templates, text, last)
    result = _with_made(_result("plan", job, gathered, looks), job, made)
    return replace(
        result,
        texts=_texts(made, last, job.output.name),
        messages=_would_refuse(made) if not job.allow_retire else (),
    )


def preview(job: Job, progress: Progress) -> tuple[Result, Content]:
    """All cards as :func:`build` would ship them, to be looked at; writes nothing."""
    templates, looks = load_looks(job)
    gathered = gather(job.notes, job.config, progress)
    job = replace(job, allow_retire=True)
    text = store.read_ledger(job.ledger_path)
    before, healed = known_cards(job, gathered, templates, text, _bytes(job.output))
    identified = _identify(job, gathered, before, _bytes(job.output))
    result = _result("preview", job, gathered, looks)
    found = (*gathered.problems, *identified.problems)
    content = Content(
        title=job.config.root_deck,
        notes=identified.notes,
        changes={change.guid: change for change in identified.changes},
        problems=found,
        templates=templates,
        folder=job.notes.resolve().as_posix(),
    )
    problems = (*result.problems, *healed, *_openable(identified.problems, job))
    cards = Counter(
        change.kind for change in content.changes.values() if change.what != What.RETIRED
    )
    return replace(result, cards=cards, changes=identified.changes, problems=problems), content


def check(job: Job, progress: Progress) -> Result:
    """What is wrong in the notes, whatever was exported before."""
    gathered = gather(job.notes, job.config, progress)
    namespace = ledgers.namespace_for(job.config.namespace, job.config.root_deck, None)
    identified = _identify(job, gathered, Ledger(namespace), None)
    result = _result("check", job, gathered, _openable(identified.problems, job))
    return replace(result, cards=Counter(note.kind for note in identified.notes))


def recover(packages: Sequence[Path], job: Job, progress: Progress) -> Result:
    """Rebuild the ledger from packages.

    Raises:
        AnkiExportError: nothing was written.
    """
    progress("reading packages", 0, 1)
    files = [(str(path), _package_bytes(path)) for path in packages]
    namespace = ledgers.namespace_for(job.config.namespace, job.config.root_deck, None)
    # The lock is held beside the first package, which is already what it would be.
    with store.session(job.ledger_path, packages[0]) as writing:
        _refuse_to_replace(writing.ledger_text(), job.ledger_path)
        ledger, problems = recovery.recover(files, namespace=namespace, notetypes=_ids(namespace))
        writing.save(files[0][1], ledgers.dump(ledger))
    count = len(ledger.entries)
    message = f"{job.ledger_path}: {count:,} card{'' if count == 1 else 's'} known again"
    return Result("recover", problems=problems, written=True, messages=(message,))


# --------------------------------------------------------------------------- the steps


def load_looks(job: Job) -> tuple[Templates, tuple[Problem, ...]]:
    """The card templates, and what is odd about them.

    Raises:
        TemplatesError: they cannot be used.
    """
    url = job.config.source_url or None
    templates, problems = load_templates(job.templates, source_url=url)
    if templates is None:
        raise TemplatesError(problems)
    return templates, problems


def make(
    job: Job, gathered: Gathered, templates: Templates, text: str | None, last: bytes | None
) -> Made:
    """Identify the cards and pack them: all of a build but its writing.

    ``text`` is the ledger's, ``last`` the package at the output path.
    """
    before, healed = known_cards(job, gathered, templates, text, last)
    identified = _identify(job, gathered, before, last)
    notetypes = make_notetypes(templates, identified.ledger.namespace)
    ledger = ledgers.stamp_notetypes(identified.ledger, _digests(notetypes), job.build_time)
    mods = {kind: ledger.notetypes[kind.value].mod for kind in notetypes}
    package = build_package(identified.notes, notetypes, mods, templates.media)
    problems = (*healed, *_openable(identified.problems, job))
    problems += limits(package, identified.notes, str(job.output))
    return Made(before, identified, ledger, package, problems)


def known_cards(
    job: Job, gathered: Gathered, templates: Templates, text: str | None, last: bytes | None
) -> tuple[Ledger, tuple[Problem, ...]]:
    """The ledger as it was; a lost one is rebuilt from the last package, with a warning."""
    config = job.config
    if text is not None:
        parsed = ledgers.parse(text, str(job.ledger_path))
        namespace = ledgers.namespace_for(config.namespace, config.root_deck, parsed.ledger)
        return replace(parsed.ledger, namespace=namespace), parsed.problems
    namespace = ledgers.namespace_for(config.namespace, config.root_deck, None)
    if last is None:
        return Ledger(namespace), ()
    ledger, problems = recovery.recover(
        [(str(job.output), last)], namespace=namespace, notetypes=_ids(namespace)
    )
    message = f"the ledger is missing; it is rebuilt from {job.output}"
    hint = "keep the ledger with your notes"
    asks = {c.rendered.ask for c in gathered.cards if c.rendered.card.kind is Kind.QA}
    known = ledger.entries.values()
    if gathered.paths.isdisjoint(e.path for e in known) and asks.isdisjoint(e.ask for e in known):
        message = f"{job.output} was made from other notes and is replaced; all cards are new"
        hint = "name another package by --output to keep it"
        ledger, problems = Ledger(namespace), ()
    lost = Problem(Location(str(job.ledger_path)), Severity.WARNING, message, hint)
    return ledger, (lost, *problems)


def _ids(namespace: str) -> dict[int, Kind]:
    return {notetype_id(kind, namespace): kind for kind in Kind}


def _identify(job: Job, gathered: Gathered, before: Ledger, last: bytes | None) -> Identified:
    return identify(
        gathered.cards,
        before,
        namespace=before.namespace,
        root_deck=job.config.root_deck,
        build_time=job.build_time,
        unreadable=gathered.unreadable,
        touch_all=job.touch_all,
        allow_retire=job.allow_retire,
        prune=job.prune,
        last_shipped=lambda guids: recovery.last_fields(last, job.output.name, guids),
    )


def _digests(notetypes: dict[Kind, Notetype]) -> dict[str, str]:
    """A digest of each notetype's look, to see when Anki has to take it over."""
    return {
        kind.value: ledgers.notetype_digest(found.css, [(found.front, found.back)])
        for kind, found in notetypes.items()
    }


# --------------------------------------------------------------------------- results


def _result(command: str, job: Job, gathered: Gathered, problems: tuple[Problem, ...]) -> Result:
    return Result(
        command,
        notes=len(gathered.paths),
        cards=Counter(card.rendered.card.kind for card in gathered.cards),
        problems=(*problems, *_openable(gathered.problems, job)),
        faulty=bool(gathered.problems),
        output=str(job.output),
    )


def _with_made(result: Result, job: Job, made: Made) -> Result:
    entries = made.ledger.entries
    retired = {guid for guid, entry in entries.items() if entry.state is State.RETIRED}
    return replace(
        result,
        cards=Counter(n.kind for n in made.identified.notes if n.guid not in retired),
        changes=made.identified.changes,
        retired=len(retired),
        pruned=len(made.before.entries.keys() - entries.keys()),
        absent=made.identified.absent,
        problems=(*result.problems, *made.problems),
        size=len(made.package),
    )


def _openable(problems: Iterable[Problem], job: Job) -> tuple[Problem, ...]:
    """Problems with paths that lead from the current folder to the note."""
    folder = job.notes
    return tuple(
        replace(one, location=replace(one.location, path=str(folder / one.location.path)))
        for one in problems
    )


def _refusal(job: Job, result: Result, gathered: Gathered) -> str:
    """Why nothing is to be written, or nothing."""
    if job.strict and result.faulty:
        return "some notes have problems, and --strict is given"
    if not gathered.cards and not job.ledger_path.exists():
        return "no question and no comparison table was found"
    return ""


def _would_refuse(made: Made) -> tuple[str, ...]:
    active = [e for e in made.before.entries.values() if e.state is State.ACTIVE]
    leaving = {c.guid for c in made.identified.changes if c.what is What.RETIRED}
    try:
        check_retirement([entry for entry in active if entry.guid in leaving], len(active))
    except RetireError as error:
        return (f"a build would refuse this: {error.message} ({error.hint})",)
    return ()


def _texts(made: Made, last: bytes | None, name: str) -> dict[Guid, tuple[str, str]]:
    """Question and answer of the cards that change, before and after."""
    edited = (What.CHANGED, What.REWORDED, What.REVIVED)
    changed = {change.guid for change in made.identified.changes if change.what in edited}
    before = recovery.last_fields(last, name, changed) if changed else {}
    texts = {}
    for note in made.identified.notes:
        if note.guid in before:
            fields, tags = before[note.guid]
            old = _shown(note, fields.get, tags)
            texts[note.guid] = (old, _shown(note, note.fields.get, note.tags))
    return texts


def _shown(note: AnkiNote, field: Callable[[str, str], str], tags: Iterable[str]) -> str:
    names = (FIELDS[note.kind][0], "Answer", "Extra")
    texts = [text_of(field(name, "")) for name in names]
    return "\n".join([*filter(None, texts), f"tags: {' '.join(sorted(tags))}"])


# --------------------------------------------------------------------------- files


def _bytes(path: Path) -> bytes | None:
    """The last package; one that cannot be read is as good as none for a plan."""
    try:
        return path.read_bytes()
    except OSError:
        return None


def _package_bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from error


def _refuse_to_replace(text: str | None, path: Path) -> None:
    """Keep a ledger that can be read: it knows more than any package."""
    if text is None:
        return
    try:
        entries = ledgers.parse(text, str(path)).ledger.entries
    except UsageError:
        return
    if entries:
        raise UsageError(f"{path} is whole", "remove it first if it is to be rebuilt")
