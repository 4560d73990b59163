"""The order of new cards: a stable, sparse rank per deck (ANKI_FACTS 6)."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from anki_export.ledger.numbers import RANKS

STEP = 50
"""Distance between cards at first sight: room for five insertions in one place."""


def ranks(known: Sequence[int | None]) -> list[int]:
    """Return a rank for every card of a deck, given in source order.

    Known ranks stay. A card without one goes between its neighbours, evenly spread, or
    shares its predecessor's where there is no room.
    """
    step = max(1, min(STEP, (RANKS - 1) // (len(known) + 1)))
    taken = sorted({rank for rank in known if rank is not None})
    result: list[int] = []
    last = 0
    at = 0
    while at < len(known):
        rank = known[at]
        if rank is not None:
            result.append(rank)
            last = rank
            at += 1
            continue
        end = at
        while end < len(known) and known[end] is None:
            end += 1
        high = _next(taken, last, last + step * (end - at + 1))
        room = end - at + 1
        result += [last + (high - last) * number // room for number in range(1, room)]
        last = result[-1]
        at = end
    return result


def _next(taken: Sequence[int], low: int, otherwise: int) -> int:
    at = bisect_right(taken, low)
    return taken[at] if at < len(taken) else min(RANKS - 1, otherwise)
