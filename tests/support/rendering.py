"""A note and a question of a few lines, for tests of what a card looks like."""

from __future__ import annotations

from pathlib import Path

from anki_export.model import Card, Kind, Location, Question, Slice, SourceNote

NOWHERE = Path(__file__).parent / "no such folder"


def note(text: str, first_line: int = 1) -> SourceNote:
    return SourceNote("note.md", tuple(text.split("\n")), first_line)


def question(
    ask: str, answer: str, extra: str | None = None, context: tuple[str, ...] = (), line: int = 1
) -> Card:
    body = Question(Slice(ask, line), Slice(answer, line), Slice(extra, line) if extra else None)
    return Card(Kind.QA, Location("note.md", line), "heading", context, body)
