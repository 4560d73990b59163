"""Notes folder → source notes: which files are read, in what order, and what they hold."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

import pathspec
import yaml
from frontmatter.default_handlers import YAMLHandler

from anki_export.model import Location, SourceNote
from anki_export.problems import ProblemKind, Problems, UsageError

SUFFIXES = frozenset({".md", ".markdown"})
_NEWLINE = re.compile(r"\r\n|\r|\n")
_APPLE_DOUBLE = b"\x00\x05\x16\x07"
"""What a ``._note.md`` starts with that macOS leaves on foreign disks: no note at all."""


@dataclass(frozen=True, slots=True)
class NoteFile:
    """A Markdown file as it lies there: its path and its bytes."""

    path: str
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Reading:
    """What a folder holds: its files sorted by path, and the paths that failed."""

    files: tuple[NoteFile, ...]
    unreadable: frozenset[str]
    """Paths of notes that are there but could not be read: nothing of them is gone.

    One that ends in ``/`` is a folder: it stands for all notes below it.
    """


def read_files(folder: Path, exclude: Sequence[str], problems: Problems) -> Reading:
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
    reader = _Reader(folder, pathspec.GitIgnoreSpec.from_lines(exclude), problems)
    reader.walk(folder, "")
    reader.files.sort(key=lambda file: file.path)
    return Reading(tuple(reader.files), frozenset(reader.unreadable))


def read_note(file: NoteFile, problems: Problems) -> SourceNote | None:
    """A file as a source note; None, and a problem, if it is none."""
    try:
        return _parse(file)
    except _Unreadable as why:
        problems.add(why.kind, Location(file.path, why.line), why.message, why.hint)
        return None


class _Unreadable(Exception):  # noqa: N818 - raised and caught within the reader only
    """Why a file is no note."""

    def __init__(
        self, kind: ProblemKind, message: str, hint: str = "", line: int | None = None
    ) -> None:
        super().__init__(message)
        self.kind, self.message, self.hint, self.line = kind, message, hint, line


@dataclass(slots=True)
class _Reader:
    """Reads a folder; what cannot be read is reported, and the rest goes on."""

    folder: Path
    ignored: pathspec.GitIgnoreSpec
    problems: Problems
    files: list[NoteFile] = field(default_factory=list)
    unreadable: set[str] = field(default_factory=set)

    def walk(self, folder: Path, prefix: str) -> None:
        """Read every Markdown file below a folder; pipes and devices are no files."""
        try:
            entries = sorted(os.scandir(folder), key=lambda e: e.name)
        except OSError as error:
            if not prefix:
                raise UsageError(f"{folder}: {error.strerror}") from error
            where = Location(prefix.rstrip("/"))
            message = f"cannot be listed: {error.strerror}"
            self.problems.add(ProblemKind.UNREADABLE_FOLDER, where, message)
            self.unreadable.add(prefix)
            return
        for entry in entries:
            path = prefix + _readable_name(entry.name)
            if entry.is_dir(follow_symlinks=False):
                if not entry.name.startswith("."):
                    self.walk(Path(entry.path), path + "/")
            elif PurePosixPath(entry.name).suffix.lower() not in SUFFIXES:
                continue
            elif (entry.is_symlink() or entry.is_file()) and not self.ignored.match_file(path):
                self._read(Path(entry.path), path)

    def _read(self, file: Path, path: str) -> None:
        try:
            if file.is_symlink():
                self._check_link(file)
                return
            data = _read(file)
        except _Unreadable as why:
            self.problems.add(why.kind, Location(path, why.line), why.message, why.hint)
            self.unreadable.add(path)
        else:
            if not data.startswith(_APPLE_DOUBLE):
                self.files.append(NoteFile(path, data))

    def _check_link(self, file: Path) -> None:
        try:
            inside = file.resolve(strict=True).is_relative_to(self.folder.resolve())
        except (OSError, RuntimeError):
            message = "is a symbolic link that leads nowhere; not read"
            raise _Unreadable(ProblemKind.LINKED_NOTE, message) from None
        if not inside:
            message = "is a symbolic link out of the notes folder; not read"
            hint = "copy the file into the notes folder"
            raise _Unreadable(ProblemKind.LINKED_NOTE, message, hint)


def _readable_name(name: str) -> str:
    """A file's name as text: composed (NFC), bytes that are no UTF-8 escaped."""
    shown = name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    return unicodedata.normalize("NFC", shown)


# --------------------------------------------------------------------------- one file


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        message, hint = f"cannot be read: {error.strerror}", "check the file's permissions"
        raise _Unreadable(ProblemKind.UNREADABLE_NOTE, message, hint) from None


def _parse(file: NoteFile) -> SourceNote:
    data, path = file.data, file.path
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = len(_NEWLINE.findall(data[: error.start].decode("latin-1"))) + 1
        message, hint = "is not UTF-8 text", "save the file as UTF-8"
        raise _Unreadable(ProblemKind.UNREADABLE_NOTE, message, hint, line) from None
    lines = [line.replace("\x00", "\ufffd") for line in _NEWLINE.split(text)]
    return _split_front_matter(lines, path)


def _split_front_matter(lines: list[str], path: str) -> SourceNote:
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
        message = f"front matter: {_reason(error)}"
        raise _Unreadable(ProblemKind.FRONT_MATTER, message, hint, _yaml_line(error)) from None
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
