"""A source note's cards: questions and comparison rows, still Markdown."""

from __future__ import annotations

from anki_export.blocks import Outline
from anki_export.config import Config
from anki_export.errors import Problem
from anki_export.extract.comparisons import find_rows
from anki_export.extract.directives import find_directives
from anki_export.extract.questions import find_questions
from anki_export.model import Card

__all__ = ["extract"]


def extract(outline: Outline, config: Config) -> tuple[tuple[Card, ...], tuple[Problem, ...]]:
    """The cards of a note in source order, and what its author should look at.

    A note whose front matter says ``anki: false`` has none.
    """
    if outline.note.metadata.get("anki") is False:
        return (), ()
    directives, problems = find_directives(outline)
    questions, unanswered = find_questions(outline, config, directives)
    rows, damaged = find_rows(outline, config, directives)
    cards = sorted((*questions, *rows), key=lambda card: card.location.line or 0)
    return tuple(cards), (*problems, *unanswered, *damaged)
