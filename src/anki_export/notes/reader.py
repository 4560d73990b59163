"""Notes folder → source notes: which files are read, in what order, and what they hold."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import pathspec
import yaml
from frontmatter.default_handlers import YAMLHandler

from anki_export.model import Location, SourceNote
from anki_export.problems import Problem, Severity, UsageError

SUFFIXES = frozenset({".md", ".markdown"})
_NEWLINE = re.compile(r"\r\n|\r|\n")
_APPLE_DOUBLE = b"\x00\x05\x16\x07"
"""What a ``._note.md`` starts with that macOS leaves on foreign disks: no note at all."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a folder holds: notes sorted by path, problems, and the paths that failed."""

    notes: tuple[SourceNote, ...]
    problems: tuple[Problem, ...]
    unreadable: frozenset[str]
    """Paths of notes that are there but could not be read: nothing of them is gone.

    One that ends in ``/`` is a folder: it stands for all notes below it.
    """


def read_notes(folder: Path, exclude: Sequence[str] = ()) -> Reading:
    """Read every Markdown file below a folder, hidden folders and excluded paths aside.

    ``exclude`` holds patterns as in a ``.gitignore``. Symbolic links are not followed:
    one to a place inside would be the same note twice, one that leads out is a problem.

    Raises:
        UsageError: the folder is missing, is no folder, or cannot be listed.
    """
    if not folder.exists():
        raise UsageError(f"{folder}: no such folder", "name the folder that holds your notes")
    if not folder.is_dir():
        raise UsageError(f"{folder}: not a folder", "name the folder, not a file in it")
    ignored = pathspec.GitIgnoreSpec.from_lines(exclude)
    notes: list[SourceNote] = []
    problems: list[Problem] = []
    unreadable: set[str] = set()
    for file, path in _walk(folder, "", problems, unreadable):
        if ignored.match_file(path):
            continue
        if file.is_symlink():
            if problem := _check_link(file, folder, path):
                problems.append(problem)
                unreadable.add(path)
            continue
        result = _read(file, path)
        if isinstance(result, SourceNote):
            notes.append(result)
        elif result is not None:
            problems.append(result)
            unreadable.add(path)
    notes.sort(key=lambda n: n.path)
    return Reading(tuple(notes), tuple(problems), frozenset(unreadable))


def _walk(
    folder: Path, prefix: str, problems: list[Problem], unreadable: set[str]
) -> Iterator[tuple[Path, str]]:
    """Every Markdown file below a folder, and its path; pipes and devices are no files."""
    try:
        entries = sorted(os.scandir(folder), key=lambda e: e.name)
    except OSError as error:
        if not prefix:
            raise UsageError(f"{folder}: {error.strerror}") from error
        problems.append(_error(prefix.rstrip("/"), f"cannot be listed: {error.strerror}"))
        unreadable.add(prefix)
        return
    for entry in entries:
        path = prefix + _readable_name(entry.name)
        if entry.is_dir(follow_symlinks=False):
            if not entry.name.startswith("."):
                yield from _walk(Path(entry.path), path + "/", problems, unreadable)
        elif PurePosixPath(entry.name).suffix.lower() not in SUFFIXES:
            continue
        elif entry.is_symlink() or entry.is_file():
            yield Path(entry.path), path


def _readable_name(name: str) -> str:
    """A file's name as text: composed (NFC), bytes that are no UTF-8 escaped."""
    shown = name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    return unicodedata.normalize("NFC", shown)


def _check_link(file: Path, folder: Path, path: str) -> Problem | None:
    try:
        inside = file.resolve(strict=True).is_relative_to(folder.resolve())
    except (OSError, RuntimeError):
        return _warning(path, "is a symbolic link that leads nowhere; not read")
    if inside:
        return None
    hint = "copy the file into the notes folder"
    return _warning(path, "is a symbolic link out of the notes folder; not read", hint)


def _read(file: Path, path: str) -> SourceNote | Problem | None:
    try:
        data = file.read_bytes()
    except OSError as error:
        return _error(path, f"cannot be read: {error.strerror}", "check the file's permissions")
    if data.startswith(_APPLE_DOUBLE):
        return None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = len(_NEWLINE.findall(data[: error.start].decode("latin-1"))) + 1
        return _error(path, "is not UTF-8 text", "save the file as UTF-8", line)
    lines = [line.replace("\x00", "\ufffd") for line in _NEWLINE.split(text)]
    return _split_front_matter(lines, path)


def _split_front_matter(lines: list[str], path: str) -> SourceNote | Problem:
    handler = YAMLHandler()
    text = "\n".join(lines)
    try:
        front, body = handler.split(text) if handler.detect(text) else ("", "")
    except ValueError:  # a rule at the top, and none below
        front, body = "", ""
    if not front.strip():
        skipped = len(lines) - body.count("\n") if body else 0
        return SourceNote(path, tuple(lines[skipped:]), skipped + 1)
    try:
        metadata = handler.load(front)
    except Exception as error:  # yaml's constructors raise whatever a value provokes
        hint = "quote values with special characters"
        if "{{" in front:
            hint = "a template? list it under exclude in the configuration"
        return _error(path, f"front matter: {_reason(error)}", hint, _yaml_line(error))
    first = len(lines) - body.count("\n")
    if metadata is None:  # only comments
        metadata = {}
    if not isinstance(metadata, dict):  # text between two rules
        return SourceNote(path, tuple(lines), 1)
    return SourceNote(path, tuple(lines[first:]), first + 1, _plain_keys(metadata))


def _plain_keys(metadata: dict[Any, Any]) -> dict[str, Any]:
    return {str(key): value for key, value in metadata.items()}


def _reason(error: Exception) -> str:
    if isinstance(error, yaml.MarkedYAMLError) and error.problem:
        return f"not valid YAML: {error.problem}"
    return f"not valid YAML: {str(error).splitlines()[0] if str(error) else type(error).__name__}"


def _yaml_line(error: Exception) -> int:
    mark = getattr(error, "problem_mark", None)
    return mark.line + 1 if mark is not None else 1


def _error(path: str, message: str, hint: str = "", line: int | None = None) -> Problem:
    return Problem(Location(path, line), Severity.ERROR, message, hint)


def _warning(path: str, message: str, hint: str = "") -> Problem:
    return Problem(Location(path), Severity.WARNING, message, hint)
