"""A note and a question of a few lines, for tests of what a card looks like."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from anki_export.cards import Renderer
from anki_export.cards.media import Media
from anki_export.model import Card, Kind, Location, Question, Slice, SourceNote
from anki_export.notes.reader import read_files, read_note
from anki_export.problems import Problems

NOWHERE = Path(__file__).parent / "no such folder"


def note(text: str, first_line: int = 1) -> SourceNote:
    return SourceNote("note.md", tuple(text.split("\n")), first_line)


def question(
    ask: str, answer: str, extra: str | None = None, context: tuple[str, ...] = (), line: int = 1
) -> Card:
    body = Question(Slice(ask, line), Slice(answer, line), Slice(extra, line) if extra else None)
    return Card(Kind.QA, Location("note.md", line), "heading", context, body)


def renderer(folder: Path = NOWHERE, max_media_mb: int = 20) -> Renderer:
    return Renderer(Media(folder, max_media_mb))


def source_notes(folder: Path, exclude: Sequence[str] = ()) -> list[SourceNote]:
    """The readable notes of a folder."""
    problems = Problems()
    files = read_files(folder, exclude, problems).files
    return [note for file in files if (note := read_note(file, problems)) is not None]


def content(html: str) -> str:
    """A field without the language around it."""
    found = re.fullmatch(r'<div lang="[^"]*">(.*)</div>', html, re.DOTALL)
    return found.group(1) if found else html
