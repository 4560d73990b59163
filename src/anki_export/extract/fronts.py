"""Fronts that cannot be answered: they read like another one and show nothing of their own."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from anki_export.extract.evidence import refers
from anki_export.marks import visible
from anki_export.model import Card, Question
from anki_export.problems import ProblemKind, Problems


def report_same_fronts(cards: Iterable[Card], problems: Problems) -> None:
    """Questions of a note that read the same and speak of code that they do not show."""
    fronts: dict[str, list[Card]] = defaultdict(list)
    for card in cards:
        if isinstance(card.body, Question):
            fronts[" ".join(visible(card.body.question.text).casefold().split())].append(card)
    for front, alike in fronts.items():
        if len(alike) > 1 and refers(front):
            for card in alike:
                problems.add(
                    ProblemKind.SAME_FRONT,
                    card.location,
                    f"{len(alike)} questions of this note read the same: {front}",
                    "put the code that is asked about between the question and its answer",
                )
