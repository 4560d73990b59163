"""A build for which nothing has changed since the last one, told from that one's record.

All that a build depends on is compared to the letter: every note, the configuration, the
templates, the ledger, the package. Where anything differs, or images are named, which lie
in files of their own, the build is done.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from anki_export.cache import RECORD
from anki_export.files import read_regular
from anki_export.job import Job
from anki_export.model import Change, FileLocation, Guid, Kind, Location, What
from anki_export.notes.reader import read_files
from anki_export.package.templates import default_directory
from anki_export.problems import Problem, ProblemKind, Problems
from anki_export.report.result import Result

MOST = 1_000_000_000
"""Bytes of a file that is compared; no package is larger."""

_NEWS = frozenset({
    ProblemKind.CACHE, ProblemKind.LEDGER_LOST, ProblemKind.LEDGER_MERGED,
    ProblemKind.NEAR_CARD, ProblemKind.WAITING, ProblemKind.TOO_LARGE,
})  # fmt: skip
"""What is said of one build only, or not of the notes: with it there is no record."""

_KINDS = {kind.value: kind for kind in ProblemKind}


def unchanged(job: Job) -> Result | None:
    """The result of a build that has nothing to do; None if it has, or might have."""
    cache = job.cache
    if cache is None or job.touch_all or job.prune or job.problems:
        return None
    if not _is_settled(job):
        return None
    key, text = cache.get(RECORD)
    if not text or key != _inputs(job):
        return None
    try:
        return _result(job, json.loads(text))
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def remember(job: Job, result: Result) -> None:
    """Keep a record of a build that is written, if the next one could be told from it."""
    doubtful = (
        result.pruned
        or result.absent
        or job.prune
        or any(one.kind in _NEWS for one in result.problems)
    )
    if (cache := job.cache) and not doubtful and (key := _inputs(job)):
        cache.save({RECORD: (key, json.dumps(_record(result)).encode())}, ())


def _is_settled(job: Job) -> bool:
    """Whether a killed build has left nothing over that the next one has to tidy up."""
    try:
        beside = [path.name for path in job.ledger_path.parent.iterdir()]
        around = [path.name for path in job.output.parent.iterdir()]
    except OSError:
        return False
    waiting = any(name.endswith(".new") and not name.startswith(".") for name in beside)
    return not waiting and f".{job.output.name}.new" not in around


def _inputs(job: Job) -> str:
    """A digest of all that a build depends on; empty if something cannot be read."""
    problems = Problems()
    digest = hashlib.sha256()

    def add(*parts: str | bytes) -> None:
        for part in parts:
            data = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
            digest.update(b"%d:" % len(data) + data)

    add(str(job.output), str(job.strict))
    try:
        templates = job.templates or default_directory()
        for file in sorted(path for path in templates.iterdir() if path.is_file()):
            add(file.name, read_regular(file, MOST))
        reading = read_files(job.notes, job.config.exclude, problems)
        for note in reading.files:
            add(note.path, note.data)
        add("ledger", read_regular(job.ledger_path, MOST))
        add("package", read_regular(job.output, MOST))
    except OSError:
        return ""
    return "" if reading.unreadable or len(problems) else digest.hexdigest()


# --------------------------------------------------------------------------- the record


def _record(result: Result) -> dict[str, Any]:
    return {
        "notes": result.notes,
        "cards": {kind.value: count for kind, count in result.cards.items()},
        "barren": result.barren,
        "retired": result.retired,
        "size": result.size,
        "changes": [
            [one.guid, one.kind.value, one.location.path, one.location.line, one.ask, one.deck]
            for one in result.changes
            if one.what is not What.RETIRED
        ],
        "problems": [
            [one.kind.value, isinstance(one.location, Location), one.location.path,
             one.location.line, one.message, one.hint]
            for one in result.problems
        ],
    }  # fmt: skip


def _result(job: Job, record: dict[str, Any]) -> Result:
    kinds = {kind.value: kind for kind in Kind}
    return Result(
        "build",
        notes=record["notes"],
        cards={kinds[kind]: count for kind, count in record["cards"].items()},
        barren=tuple(record["barren"]),
        changes=tuple(
            Change(What.UNCHANGED, Guid(guid), kinds[kind], Location(path, line), ask, ask, path,
                   deck, deck)
            for guid, kind, path, line, ask, deck in record["changes"]
        ),
        retired=record["retired"],
        folder=str(job.notes),
        problems=tuple(
            Problem(
                _KINDS[kind],
                Location(path, line) if noted else FileLocation(path, line),
                message,
                hint,
            )
            for kind, noted, path, line, message, hint in record["problems"]
        ),
        output=str(job.output),
        ledger=str(job.ledger_path),
        size=record["size"],
        written=True,
    )  # fmt: skip
