"""Numbers as Anki can take them: times, ranks, and ids that are free."""

from __future__ import annotations

from anki_export.model import Seconds

RANKS = 1_000_000
"""Ranks of new cards lie below (ANKI_FACTS 6)."""

LATEST = Seconds(253_402_300_799)
"""The last second of the year 9999; Anki cannot show a later ``mod`` or id."""


def newer(mod: Seconds, build_time: Seconds) -> Seconds:
    """Return the ``mod`` of what changes in this build: it only ever grows (ANKI_FACTS 1)."""
    return Seconds(min(max(build_time, mod + 1), LATEST))


class Taken:
    """Numbers in use. Any count of claims to one number is settled in linear time."""

    def __init__(self) -> None:
        self._next: dict[int, int] = {}
        """Of a number in use, the one to try next: a path that is shortened on every way."""

    def free(self, number: int) -> int:
        """Take *number*, or the next free one after it."""
        way = []
        while number in self._next:
            way.append(number)
            number = self._next[number]
        for one in (*way, number):
            self._next[one] = number + 1
        return number
