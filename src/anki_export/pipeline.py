"""The order of the steps, and nothing else: the only module that knows more than one stage.

read → outline → extract → render → map (a note at a time) → identify → package → write.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from anki_export import again, extract
from anki_export.files import MOST_OF_PACKAGE, read_regular
from anki_export.gather import Gathered, Progress, gather
from anki_export.issue import Identified, identify, refusal
from anki_export.job import Job
from anki_export.ledger import entries as ledgers
from anki_export.ledger import recovery
from anki_export.ledger import writing as store
from anki_export.ledger.entries import Ledger, State
from anki_export.ledger.packed import read_guids, read_package
from anki_export.model import (
    FIELDS,
    AnkiNote,
    FileLocation,
    Guid,
    Kind,
    Verdict,
    What,
)
from anki_export.names import FOLDER
from anki_export.notes.outline import outline
from anki_export.notes.reader import read_files, read_note
from anki_export.package.apkg import build_package, report_limits
from anki_export.package.notetypes import Notetype, make_notetypes, notetype_id
from anki_export.package.templates import Templates, load_templates
from anki_export.preview.page import Content
from anki_export.problems import Problem, ProblemKind, Problems, Severity, UsageError
from anki_export.report import Result
from anki_export.style import report_style
from anki_export.text import text_of

# --------------------------------------------------------------------------- cards → package


@dataclass(frozen=True, slots=True)
class Last:
    """What the last build left: the ledger's text, and the package at the output path."""

    ledger: str | None
    package: bytes | None


@dataclass(frozen=True, slots=True)
class Made:
    """A build before it is written."""

    before: Ledger
    identified: Identified
    ledger: Ledger
    package: bytes


def build(job: Job, progress: Progress) -> Result:
    """Make the package and write it with the ledger, both or neither.

    Raises:
        AnkiExportError: nothing was written.
    """
    problems = Problems(job.problems)
    templates = _templates(job, problems)
    gathered = gather(job.notes, job.config, problems, progress, cache=job.cache, fetching=True)
    result = _result("prune" if job.prune else "build", job, gathered, problems)
    if refused := _refusal(job, result, gathered):
        return replace(result, refused=refused)

    def waiting() -> None:
        progress("waiting for another build", 0, 1)

    with store.session(job.ledger_path, job.output, on_wait=waiting) as writing:
        progress("making the package", 0, 1)
        last = Last(writing.ledger_text(), writing.package())
        made = make(job, gathered, templates, last, problems)
        result = _with_made(result, made, problems)
        if refused := _refusal(job, result, gathered):
            return replace(result, refused=refused)
        writing.save(made.package, ledgers.dump(made.ledger))
        gathered.fresh.save()
        adopted = ("finished a build that had been cut off",) if writing.adopted else ()
        messages = (*adopted, *_not_pruned(job, made))
        result = replace(result, written=True, ledger=str(job.ledger_path), messages=messages)
        if not gathered.images:
            again.remember(job, result)
    return result


def plan(job: Job, progress: Progress) -> Result:
    """What :func:`build` would do; the old texts are those of the last package."""
    problems = Problems(job.problems)
    templates = _templates(job, problems)
    gathered = gather(job.notes, job.config, problems, progress, cache=job.cache)
    last = Last(store.read_ledger(job.ledger_path), _bytes(job.output))
    made = make(replace(job, allow_retire=True), gathered, templates, last, problems)
    result = _with_made(_result("plan", job, gathered, problems), made, problems)
    return replace(
        result,
        texts=_texts(made, last.package, job.output.name),
        messages=_would_refuse(made) if not job.allow_retire else (),
    )


def preview(job: Job, progress: Progress, spare: Path | None = None) -> tuple[Result, Content]:
    """All cards as :func:`build` would ship them, to be looked at; writes nothing but the cache.

    ``spare`` is a folder for the cache of notes that were never built: they get no folder yet.
    """
    problems = Problems(job.problems)
    templates = _templates(job, problems)
    cache = job.cache_in(spare) if spare and not (job.notes / FOLDER).is_dir() else job.cache
    gathered = gather(job.notes, job.config, problems, progress, cache=cache)
    gathered.fresh.save()
    last = Last(store.read_ledger(job.ledger_path), _bytes(job.output))
    before = known_cards(job, gathered, last, problems)
    job = replace(job, allow_retire=True)
    identified = _identify(job, gathered, before, last.package, problems)
    changes = {change.guid: change for change in identified.changes}
    live = Counter(one.kind for one in identified.changes if one.what is not What.RETIRED)
    result = _result("preview", job, gathered, problems)
    result = replace(result, cards=live, changes=identified.changes)
    folder = job.notes.resolve().as_posix()
    title = job.config.root_deck
    return result, Content(
        title, identified.notes, changes, tuple(problems), templates, folder=folder
    )


def check(job: Job, progress: Progress, *, name_empty: bool = False, style: bool = False) -> Result:
    """What is wrong in the notes, whatever was exported before.

    ``name_empty`` lists the notes that give no card, which are no problem; ``style`` also
    reports cards that are hard to learn.
    """
    problems = Problems(job.problems)
    gathered = gather(job.notes, job.config, problems, progress, cache=job.cache)
    namespace = ledgers.namespace_for(job.config.namespace, job.config.root_deck, None)
    identified = _identify(job, gathered, Ledger(namespace), None, problems)
    if style:
        report_style((card.rendered for card in gathered.cards), problems)
    result = _result("check", job, gathered, problems)
    refused = "there are warnings, and --strict is given" if _is_refused(job, problems) else ""
    cards = Counter(note.kind for note in identified.notes)
    lines = tuple(f"no card: {path}" for path in gathered.barren) if name_empty else ()
    return replace(result, cards=cards, refused=refused, messages=lines)


def explain(job: Job, path: str) -> tuple[Verdict, ...]:
    """Every place of a note that could ask, with what becomes of it and why.

    Raises:
        UsageError: there is no such note, or it cannot be read.
    """
    problems = Problems()
    files = read_files(job.notes, (), problems).files
    file = next((one for one in files if one.path == path), None)
    note = read_note(file, problems) if file else None
    if note is None:
        why = next((p.message for p in problems if p.location.path == path), "no such note")
        raise UsageError(f"{job.notes / path}: {why}", "name a Markdown file")
    return extract.explain(outline(note), job.config)


def recover(packages: Sequence[Path], job: Job, progress: Progress) -> Result:
    """Rebuild the ledger from packages.

    Raises:
        AnkiExportError: nothing was written.
    """
    progress("reading packages", 0, 1)
    files = [(str(path), _package_bytes(path)) for path in packages]
    namespace = ledgers.namespace_for(job.config.namespace, job.config.root_deck, None)
    problems = Problems(job.problems)
    # The lock is held beside the first package, which is already what it would be.
    with store.session(job.ledger_path, packages[0]) as writing:
        _refuse_to_replace(writing.ledger_text(), job.ledger_path)
        ledger = recovery.recover(
            files, namespace=namespace, notetypes=_ids(namespace), problems=problems
        )
        writing.save(files[0][1], ledgers.dump(ledger))
    count = len(ledger.entries)
    message = f"{job.ledger_path}: {count:,} card{'' if count == 1 else 's'} known again"
    return Result(
        "recover",
        folder=str(job.notes),
        problems=tuple(problems),
        written=True,
        messages=(message,),
    )


# --------------------------------------------------------------------------- the steps


def _templates(job: Job, problems: Problems) -> Templates:
    config = job.config
    return load_templates(
        job.templates,
        source_url=config.source_url or None,
        problems=problems,
        code_wrap=config.code_wrap,
    )


def make(
    job: Job, gathered: Gathered, templates: Templates, last: Last, problems: Problems
) -> Made:
    """Identify the cards and pack them: all of a build but its writing."""
    before = known_cards(job, gathered, last, problems)
    identified = _identify(job, gathered, before, last.package, problems)
    notetypes = make_notetypes(templates, identified.ledger.namespace)
    ledger = ledgers.stamp_notetypes(identified.ledger, _digests(notetypes), job.build_time)
    mods = {kind: ledger.notetypes[kind.value].mod for kind in notetypes}
    package = build_package(identified.notes, notetypes, mods, templates.media)
    report_limits(package, identified.notes, str(job.output), problems)
    if last.package not in (None, package):
        _refuse_other_notes(last.package or b"", before, job.output)
    return Made(before, identified, ledger, package)


def known_cards(job: Job, gathered: Gathered, last: Last, problems: Problems) -> Ledger:
    """The ledger as it was; a lost one is rebuilt from the last package, with a warning."""
    config = job.config
    if last.ledger is not None:
        ledger = ledgers.parse(last.ledger, str(job.ledger_path), problems)
        namespace = ledgers.namespace_for(config.namespace, config.root_deck, ledger)
        return replace(ledger, namespace=namespace)
    namespace = ledgers.namespace_for(config.namespace, config.root_deck, None)
    if last.package is None:
        return Ledger(namespace)
    name = str(job.output)
    if not _ids(namespace).keys() & read_package(last.package, name).notetypes.keys():
        raise _other_notes(job.output)
    ledger = recovery.recover(
        [(name, last.package)], namespace=namespace, notetypes=_ids(namespace), problems=problems
    )
    today = Counter((c.rendered.card.location.path, c.rendered.ask) for c in gathered.cards)
    asks = {ask for _path, ask in today}
    known = [(entry.path, entry.ask) for entry in ledger.entries.values()]
    if today.keys().isdisjoint(known) and 2 * sum(ask in asks for _, ask in known) < len(known):
        raise _other_notes(job.output)
    message = f"the ledger is missing; it is rebuilt from {job.output}"
    hint = "keep the ledger with your notes"
    problems.add(ProblemKind.LEDGER_LOST, FileLocation(str(job.ledger_path)), message, hint)
    return ledger


def _refuse_other_notes(package: bytes, known: Ledger, output: Path) -> None:
    """Keep a package that holds cards, and none of this folder's."""
    try:
        shipped = read_guids(package, output.name)
    except UsageError:
        return
    if shipped and shipped.isdisjoint(known.entries):
        raise _other_notes(output)


def _other_notes(output: Path) -> UsageError:
    return UsageError(
        f"{output} was made from other notes, and is left as it is",
        "name another package by --output, or remove it if nobody needs it",
    )


def _ids(namespace: str) -> dict[int, Kind]:
    return {notetype_id(kind, namespace): kind for kind in Kind}


def _identify(
    job: Job, gathered: Gathered, before: Ledger, last: bytes | None, problems: Problems
) -> Identified:
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
        problems=problems,
    )


def _digests(notetypes: dict[Kind, Notetype]) -> dict[str, str]:
    """A digest of each notetype's look, to see when Anki has to take it over."""
    return {
        kind.value: ledgers.notetype_digest(found.css, [(found.front, found.back)])
        for kind, found in notetypes.items()
    }


# --------------------------------------------------------------------------- results


def _result(command: str, job: Job, gathered: Gathered, problems: Problems) -> Result:
    return Result(
        command,
        notes=len(gathered.paths),
        cards=Counter(card.rendered.card.kind for card in gathered.cards),
        barren=gathered.barren,
        folder=str(job.notes),
        problems=tuple(problems),
        output=str(job.output),
    )


def _with_made(result: Result, made: Made, problems: Problems) -> Result:
    before, entries = made.before.entries, made.ledger.entries
    times = any(entry.mod != before[guid].mod for guid, entry in entries.items() if guid in before)
    retired = {guid for guid, entry in entries.items() if entry.state is State.RETIRED}
    return replace(
        result,
        cards=Counter(n.kind for n in made.identified.notes if n.guid not in retired),
        changes=made.identified.changes,
        retired=len(retired),
        pruned=len(before.keys() - entries.keys()),
        newer=times or made.before.notetypes != made.ledger.notetypes,
        absent=made.identified.absent,
        problems=tuple(problems),
        size=len(made.package),
    )


def _refusal(job: Job, result: Result, gathered: Gathered) -> str:
    """Why nothing is to be written, or nothing."""
    if _is_refused(job, result.problems):
        return "there are warnings, and --strict is given"
    if not gathered.cards and not job.ledger_path.exists():
        return "no question and no comparison table was found"
    return ""


def _not_pruned(job: Job, made: Made) -> tuple[str, ...]:
    """What ``prune`` has left: no package had shipped it as retired."""
    count = sum(1 for change in made.identified.changes if change.what is What.RETIRED)
    if not (job.prune and count):
        return ()
    subject = "1 card is" if count == 1 else f"{count:,} cards are"
    return (
        f"{subject} gone only since the last build and not pruned: this package is the first"
        " to show that; import it, delete what is retired in Anki, then prune again",
    )


def _is_refused(job: Job, problems: Iterable[Problem]) -> bool:
    """Whether ``--strict`` forbids to go on; news is no warning."""
    return job.strict and any(one.severity is not Severity.INFO for one in problems)


def _would_refuse(made: Made) -> tuple[str, ...]:
    active = sum(1 for e in made.before.entries.values() if e.state is State.ACTIVE)
    leaving = sum(1 for change in made.identified.changes if change.what is What.RETIRED)
    message = refusal(leaving, active)
    return (f"a build would refuse this: {message} (--allow-retire)",) if message else ()


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
        return read_regular(path, MOST_OF_PACKAGE)
    except OSError:
        return None


def _package_bytes(path: Path) -> bytes:
    try:
        return read_regular(path, MOST_OF_PACKAGE)
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from error


def _refuse_to_replace(text: str | None, path: Path) -> None:
    """Keep a ledger that can be read: it knows more than any package."""
    if text is None:
        return
    try:
        entries = ledgers.parse(text, str(path), Problems()).entries
    except UsageError:
        return
    if entries:
        raise UsageError(f"{path} is whole", "remove it first if it is to be rebuilt")
