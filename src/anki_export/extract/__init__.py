"""A source note's cards: questions and comparison rows, still Markdown."""

from __future__ import annotations

import re

from anki_export.blocks import Outline
from anki_export.config import Config
from anki_export.extract.directives import find_directives
from anki_export.extract.questions import find_questions
from anki_export.extract.sight import look
from anki_export.extract.tables import find_rows
from anki_export.model import Card, Location
from anki_export.problems import Problem, Severity

_NO_COMMENT_END = re.compile(r"<!--(?!.*-->)", re.DOTALL)

__all__ = ["extract"]


def extract(outline: Outline, config: Config) -> tuple[tuple[Card, ...], tuple[Problem, ...]]:
    """The cards of a note in source order, and what its author should look at.

    A note whose front matter says ``anki: false`` has none.
    """
    if outline.note.metadata.get("anki") is False:
        return (), ()
    directives, problems = find_directives(outline)
    sight = look(outline, config, directives)
    found = find_questions(sight)
    rows = find_rows(sight)
    problems += unclosed(outline)
    cards = sorted((*found.cards, *rows.cards), key=lambda card: card.location.line or 0)
    return tuple(cards), (*problems, *found.problems, *rows.problems)


def unclosed(outline: Outline) -> tuple[Problem, ...]:
    """Fences and comments that nobody closed: all that follows is theirs."""
    problems = []
    for block in outline.document.root.walk():
        what = hint = ""
        if block.kind == "code" and block.fence and not block.closed:
            what, hint = "fence is never closed", "everything below it is code"
        elif block.kind == "html" and _NO_COMMENT_END.search("\n".join(t for _, t in block.text)):
            what, hint = "HTML comment is never closed", "nothing below it is shown"
        if what:
            where = Location(outline.note.path, outline.note.first_line + block.start)
            problems.append(Problem(where, Severity.WARNING, what, hint))
    return tuple(problems)
