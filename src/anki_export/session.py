"""From what a caller names to a :class:`Job`: configuration, paths, the present time.

The command line and the Python interface both start here; nothing else looks at the
environment or the clock.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from contextlib import suppress
from os import PathLike
from pathlib import Path
from typing import TypedDict, Unpack

import click

from anki_export import again
from anki_export.config import FILE_NAME, PYPROJECT, Config, beside, find_config, load_config
from anki_export.job import Job
from anki_export.model import Seconds
from anki_export.names import output_fault, package_name
from anki_export.problems import Problems, UsageError, closest
from anki_export.report.result import Result

LATEST = 2**32
"""Seconds since 1970; a build time beyond (the year 2106) is a mistake in its unit."""

PathName = str | PathLike[str]


class Choices(TypedDict, total=False):
    """What can be chosen besides the notes folder; None is the same as not to name it."""

    config: Config | PathName | None
    """The configuration, or its file; by default the one that belongs to the notes."""
    output: PathName | None
    """The package; by default what the configuration says, or ``build/<root deck>.apkg``."""
    ledger: PathName | None
    """Another ledger than ``.anki-export/ledger.jsonl`` in the notes folder."""
    templates: PathName | None
    """A folder with card templates of one's own."""
    build_time: int | None
    """Seconds since 1970; by default ``SOURCE_DATE_EPOCH``, or now."""
    touch_all: bool
    """Give every Anki note a newer ``mod``, so that the next import overwrites edits."""
    allow_retire: bool
    """Retire any number of cards."""
    strict: bool
    """Write nothing if there is a warning."""
    prune: bool
    """Leave out the retired cards, for good."""
    cache: bool
    """Whether finished cards may be kept beside the notes, and taken from there."""


def make_job(notes: Path, **choices: Unpack[Choices]) -> Job:
    """The job that these choices come to.

    Raises:
        UsageError: a choice cannot be; ConfigError with every fault of the configuration.
    """
    expect_folder(notes)
    problems = Problems()
    config, folder = _config(notes, choices.get("config"), problems)
    templates = _path(choices.get("templates"))
    if templates is None and config.templates:
        templates = folder / config.templates
    secret = Path(click.get_app_dir("anki-export")) / "cache.key"
    return Job(
        notes=notes,
        config=config,
        output=_output(_path(choices.get("output")), config, folder),
        ledger=_path(choices.get("ledger")),
        templates=templates,
        build_time=_build_time(choices.get("build_time")),
        touch_all=choices.get("touch_all", False),
        allow_retire=choices.get("allow_retire", False),
        strict=choices.get("strict", False),
        prune=choices.get("prune", False),
        secret=secret if choices.get("cache", True) else None,
        problems=tuple(problems),
    )


def expect_folder(notes: Path) -> None:
    """Refuse what is no folder, with what was probably meant.

    Raises:
        UsageError: there is none, or it is a file.
    """
    if notes.is_dir():
        return
    if notes.exists():
        raise UsageError(f"{notes}: not a folder", "name the folder, not a file in it")
    hint = "name the folder that holds your notes"
    with suppress(OSError):
        around = sorted(entry.name for entry in os.scandir(notes.parent) if entry.is_dir())
        if close := closest(notes.name, [name for name in around if not name.startswith(".")]):
            hint = f"did you mean `{notes.parent / close}`?"
        elif any(Path().glob("*.md")):
            hint = "this folder holds notes itself: name it by a dot"
    raise UsageError(f"{notes}: no such folder", hint)


def watched(notes: Path, **choices: Unpack[Choices]) -> tuple[list[Path], list[Path], list[Path]]:
    """What an edit of makes another result: folders, files that may lie elsewhere, but not these.

    Raises:
        UsageError: as :func:`make_job`.
    """
    job = make_job(notes, **choices)
    given = choices.get("config")
    around = beside(notes)
    files = [notes / FILE_NAME, around / FILE_NAME, around / PYPROJECT]
    if isinstance(given, str | PathLike):
        files = [Path(given)]
    return [notes, *([job.templates] if job.templates else [])], files, [job.output]


def _path(name: PathName | None) -> Path | None:
    return None if name is None else Path(name)


def _config(
    notes: Path, given: Config | PathName | None, problems: Problems
) -> tuple[Config, Path]:
    """The configuration, and the folder that its paths start from."""
    if isinstance(given, Config):
        return given, Path()
    file = find_config(notes, problems) if given is None else Path(given)
    return (load_config(file), file.parent) if file else (Config(), Path())


def _output(given: Path | None, config: Config, folder: Path) -> Path:
    """The package's path, safe for the collection that imports it."""
    default = Path("build") / package_name(config.root_deck)
    path = given or (folder / config.output if config.output else default)
    if path.is_dir():
        hint = f"name a file in it, for example {path / default.name}"
        raise UsageError(f"{path} is a folder", hint)
    if fault := output_fault(path):
        raise UsageError(fault, "choose another name")
    return path


def _build_time(given: int | None) -> Seconds:
    """The time given, or ``SOURCE_DATE_EPOCH`` (the reproducible builds' specification), or now."""
    if given is not None:
        name, value = "the build time", str(given)
    elif value := os.environ.get("SOURCE_DATE_EPOCH", ""):
        name = "SOURCE_DATE_EPOCH"
    else:
        return Seconds(int(time.time()))
    plausible = value.isascii() and value.isdigit() and len(value) <= len(str(LATEST))
    if not plausible or not 0 < int(value) <= LATEST:
        raise UsageError(f"{name} is no time: {value:.40}", "it counts seconds since 1970")
    return Seconds(int(value))


def build_once(job: Job, progress: Callable[[str, int, int], None]) -> Result:
    """What ``pipeline.build`` does, told at once where there is nothing to do.

    Raises:
        AnkiExportError: nothing was written.
    """
    known = again.unchanged(job)
    if known is not None:
        return known
    from anki_export import pipeline  # noqa: PLC0415 - more than telling it at once takes

    return pipeline.build(job, progress)
