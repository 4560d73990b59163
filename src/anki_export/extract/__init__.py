"""A source note's cards: questions and comparison rows, still Markdown."""

from __future__ import annotations

import re

from anki_export.config import Config
from anki_export.extract.directives import find_directives
from anki_export.extract.questions import find_questions
from anki_export.extract.sight import look
from anki_export.extract.tables import find_rows
from anki_export.markdown import Outline
from anki_export.model import Card, Location
from anki_export.problems import ProblemKind, Problems

_NO_COMMENT_END = re.compile(r"<!--(?!.*-->)", re.DOTALL)

__all__ = ["extract"]


def extract(outline: Outline, config: Config, problems: Problems) -> tuple[Card, ...]:
    """The cards of a note in source order.

    A note whose front matter says ``anki: false`` has none.
    """
    if outline.note.metadata.get("anki") is False:
        return ()
    directives = find_directives(outline, problems)
    report_unclosed(outline, problems)
    sight = look(outline, config, directives)
    found = find_questions(sight, problems)
    rows = find_rows(sight, problems)
    return tuple(sorted((*found.cards, *rows.cards), key=lambda card: card.location.line or 0))


def report_unclosed(outline: Outline, problems: Problems) -> None:
    """Fences and comments that nobody closed: all that follows is theirs."""
    for block in outline.document.root.walk():
        what = hint = ""
        if block.kind == "code" and block.fence and not block.closed:
            what, hint = "fence is never closed", "everything below it is code"
        elif block.kind == "html" and _NO_COMMENT_END.search("\n".join(t for _, t in block.text)):
            what, hint = "HTML comment is never closed", "nothing below it is shown"
        if what:
            where = Location(outline.note.path, outline.note.first_line + block.start)
            problems.add(ProblemKind.UNCLOSED, where, what, hint)
