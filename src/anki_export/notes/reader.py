"""Notes folder → source notes: which files are read, in what order, and what they hold."""

from __future__ import annotations

import errno
import os
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pathspec import GitIgnoreSpec

from anki_export.files import read_regular
from anki_export.model import Location, SourceNote
from anki_export.notes import front_matter
from anki_export.notes.exclude import exclusion
from anki_export.notes.front_matter import FrontMatterError
from anki_export.problems import ProblemKind, Problems, UsageError

MOST_BYTES = 16_000_000
"""Of a note: several times the longest book."""

MOST_OF_LINE = 100_000
"""Characters of a line. Nobody writes longer ones: they are pictures as text."""

FEW_NULS = 8
"""NUL characters that an accident leaves in a text; one in a hundred more is no text."""

DEEPEST = 64
"""Levels of folders that are looked into."""

SUFFIXES = frozenset({".md", ".markdown"})
_NEWLINE = re.compile(r"\r\n|\r|\n")
_HINTS = {errno.EACCES: "check the file's permissions", errno.EFBIG: "split it"}
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
        UsageError: the folder cannot be listed.
    """
    reader = _Reader(folder, exclusion(exclude), problems)
    reader.walk(folder, "")
    reader.files.sort(key=lambda file: file.path)
    return Reading(tuple(reader.files), frozenset(reader.unreadable))


def read_note(file: NoteFile, problems: Problems) -> SourceNote | None:
    """A file as a source note; None, and a problem, if it is none."""
    try:
        return _parse(file, problems)
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
    ignored: GitIgnoreSpec
    problems: Problems
    files: list[NoteFile] = field(default_factory=list)
    unreadable: set[str] = field(default_factory=set)

    def walk(self, folder: Path, prefix: str) -> None:
        """Read every Markdown file below a folder."""
        try:
            if prefix.count("/") > DEEPEST:
                raise OSError(errno.ELOOP, f"more than {DEEPEST} folders deep")
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
            elif Path(entry.name).suffix.lower() in SUFFIXES and not self.ignored.match_file(path):
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
        return read_regular(file, MOST_BYTES)
    except OSError as error:
        message = f"cannot be read: {error.strerror}"
        raise _Unreadable(
            ProblemKind.UNREADABLE_NOTE, message, _HINTS.get(error.errno or 0, "")
        ) from None


def _parse(file: NoteFile, problems: Problems) -> SourceNote:
    path = file.path
    lines = _lines(file.data, path, problems)
    text = "\n".join(lines)
    front, body = front_matter.split(text)
    first = len(lines) - body.count("\n") - 1
    if not front.strip():
        return SourceNote(path, tuple(lines[first:]), first + 1)
    if len(front) > front_matter.MOST_CHARACTERS:
        message = "what stands between the first two rules is too long for front matter"
        problems.add(ProblemKind.METADATA, Location(path, 1), message, "it is read as text")
        return SourceNote(path, tuple(lines), 1)
    try:
        metadata = front_matter.load(front)
    except FrontMatterError as error:
        hint = "quote values with special characters"
        if "{{" in front:
            hint = "a template? list it under exclude in the configuration"
        message = f"front matter: {error.message}"
        raise _Unreadable(ProblemKind.FRONT_MATTER, message, hint, error.line) from None
    if metadata is None:  # text between two rules
        return SourceNote(path, tuple(lines), 1)
    return SourceNote(path, tuple(lines[first:]), first + 1, metadata)


def _lines(data: bytes, path: str, problems: Problems) -> list[str]:
    """A file's lines as text; what no text has is left out and reported."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = len(_NEWLINE.findall(data[: error.start].decode("latin-1"))) + 1
        message, hint = "is not UTF-8 text", "save the file as UTF-8"
        raise _Unreadable(ProblemKind.UNREADABLE_NOTE, message, hint, line) from None
    if text.count("\0") > FEW_NULS + len(text) / 100:  # UTF-16, or no text at all
        message, hint = "is not UTF-8 text, but full of NUL", "save the file as UTF-8"
        raise _Unreadable(ProblemKind.UNREADABLE_NOTE, message, hint)
    lines = _NEWLINE.split(text)
    for index, content in enumerate(lines):
        if len(content) > MOST_OF_LINE:
            message = f"line of {len(content):,} characters is left out"
            hint = f"at most {MOST_OF_LINE:,} are read"
            problems.add(ProblemKind.LONG_LINE, Location(path, index + 1), message, hint)
            lines[index] = ""
        elif "\0" in content:
            message = "NUL is shown as a replacement character"
            problems.add(ProblemKind.NUL, Location(path, index + 1), message)
            lines[index] = content.replace("\0", "\ufffd")
    return lines
