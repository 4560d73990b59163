"""Numbers with their nouns, as every report says them."""

from __future__ import annotations

from collections.abc import Mapping

from anki_export.model import Kind

NOUNS = {Kind.QA: "question", Kind.COMPARISON: "comparison row"}


def count(number: int, noun: str) -> str:
    """``1 card``, ``2 cards``."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def cards_by_kind(cards: Mapping[Kind, int]) -> str:
    """``2 questions, 1 comparison row``."""
    return ", ".join(count(cards[kind], NOUNS[kind]) for kind in Kind if cards.get(kind))
