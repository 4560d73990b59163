"""The order of new cards: a stable, sparse rank per deck (ANKI_FACTS 6)."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

from anki_export.ledger.numbers import RANKS

STEP = 50
"""Distance between cards at first sight: room for five insertions in one place."""


def ranks(known: Sequence[int | None]) -> list[int]:
    """Return a rank for every card of a deck, given in source order; the ranks follow it.

    Matching takes them for where a card stood. As many known ones as possible stay; the
    other cards are spread evenly between those, and take in neighbours where there is no
    room. Anki looks at the ranks of new cards alone, so that others may change.
    """
    count = len(known)
    step = max(1, min(STEP, (RANKS - 1) // (count + 1)))
    stays = _in_order(known)
    result: list[int] = []
    for at in [*sorted(stays), count]:
        low, waiting = result[-1] if result else 0, at - len(result)
        high = stays.get(at, low + step * (waiting + 1))
        if high - low <= waiting:
            continue
        result += [low + (high - low) * number // (waiting + 1) for number in range(1, waiting + 1)]
        result += [high] if at < count else []
    return result if count == 0 or result[-1] < RANKS else [step * n for n in range(1, count + 1)]


def _in_order(known: Sequence[int | None]) -> dict[int, int]:
    """Return as many ranks as possible that grow, by their index."""
    ends: list[tuple[int, int]] = []
    """The least rank, with its index, that ends a growing row of each length."""
    before: dict[int, int | None] = {}
    for at, rank in enumerate(known):
        if rank is None:
            continue
        length = bisect_left(ends, (rank, -1))
        before[at] = ends[length - 1][1] if length else None
        ends[length : length + 1] = [(rank, at)]
    found: dict[int, int] = {}
    last = ends[-1][1] if ends else None
    while last is not None:
        rank = known[last]
        assert rank is not None
        found[last] = rank
        last = before[last]
    return found
