"""Where cards stand among others of their note: the weakest evidence, and how little it may prove."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from anki_export.ledger.forms import fingerprint, folded
from anki_export.match.features import Candidate
from anki_export.match.matching import Matching, grouped
from anki_export.match.wording import weight

LITTLE = 2
"""Weight up to which a heading says nothing besides its number: one word."""

_COUNTER = re.compile(r"\d+|[一二三四五六七八九十百]+|(?a:\b(?:[a-z]|[ivx]+)\b)")


def rank(old: Candidate) -> tuple[int, str]:
    """Where an old card stood: ranks follow the order of the notes (ANKI_FACTS 6)."""
    assert old.entry
    return old.entry.due or 0, old.entry.guid


def position(new: Candidate) -> tuple[str, int]:
    """Where a new card stands."""
    return new.known.path, new.line


class Counters:
    """Which headings of today's notes only count: ``Example 1``, ``第 3 题``.

    Their numbers shift when something is inserted, so they tell no question from another.
    A heading counts when it says little besides its number, or when another one of its
    note differs from it in the number alone.
    """

    def __init__(self, matching: Matching) -> None:
        self._notes = grouped(matching.all_new, lambda new: new.known.path)
        olds = {old.number: old for old in matching.all_old}
        self._known = {new: olds[old] for new, old in matching.pairs.items()}
        self._moved: dict[str, bool] = {}
        self._found: dict[str, frozenset[str]] = {}

    def __call__(self, path: str) -> frozenset[str]:
        """Return the fingerprints of a note's counted headings."""
        if path not in self._found:
            written = {
                part
                for new in self._notes.get(path, ())
                if new.rendered
                for part in new.rendered.card.context[1:]
            }
            masks = {part: _COUNTER.sub("#", folded(part)) for part in written}
            often = Counter(masks.values())
            self._found[path] = frozenset(
                fingerprint(part)
                for part, mask in masks.items()
                if "#" in mask and (often[mask] > 1 or weight(mask.replace("#", " ")) <= LITTLE)
            )
        return self._found[path]

    def tells(self, old: Candidate, new: Candidate, *, sole: bool) -> bool:
        """Tell whether a heading shows that *new* stands where *old* stood.

        Among questions that read the same all headings have to be the same, and none may
        only count. For one alone it is enough that its number has not shifted.
        """
        common = set(old.known.context) & set(new.known.context)
        counted = self(new.known.path)
        if sole:
            return bool(common - (counted if self._shifted(new.known.path) else frozenset()))
        return bool(common) and old.known.context == new.known.context and not common & counted

    def _shifted(self, path: str) -> bool:
        """Tell whether a card of the note now stands under another counted heading."""
        if path not in self._moved:
            counted = self(path)
            pairs = (
                (self._known[n.number], n) for n in self._notes[path] if n.number in self._known
            )
            self._moved[path] = any(
                (set(old.known.context) ^ set(new.known.context)) & counted for old, new in pairs
            )
        return self._moved[path]


class Neighbours:
    """How far from its matched neighbours a card would have moved."""

    def __init__(self, matching: Matching) -> None:
        olds = {old.number: old for old in matching.all_old}
        self._pairs = {new: olds[old] for new, old in matching.pairs.items()}
        self._news = grouped(
            (new for new in matching.all_new if new.number in matching.pairs),
            lambda new: new.known.path,
        )
        self._sorted: dict[str, tuple[list[tuple[str, int]], list[int]]] = {}

    def distance(self, old: Candidate, new: Candidate) -> int:
        """Return the ranks between *old* and the nearer neighbour of *new*."""
        path = new.known.path
        if path not in self._sorted:
            news = sorted(self._news.get(path, ()), key=position)
            ranks = [rank(self._pairs[one.number])[0] for one in news]
            self._sorted[path] = [position(one) for one in news], ranks
        places, ranks = self._sorted[path]
        at = bisect_left(places, position(new))
        return min((abs(rank(old)[0] - one) for one in ranks[max(0, at - 1) : at + 1]), default=0)


def stretches(
    olds: Iterable[Candidate], news: Iterable[Candidate], known: Mapping[int, Candidate]
) -> Iterator[tuple[list[Candidate], list[Candidate]]]:
    """Yield unmatched cards between matched ones, as they stood and as they stand.

    Args:
        olds: those that are unmatched.
        news: all of today's, matched or not.
        known: what each matched one was, by its number.
    """
    left = sorted(olds, key=rank)
    ranks = [rank(old) for old in left]
    last: tuple[int, str] = (-1, "")
    waiting: list[Candidate] = []
    for new in [*sorted(news, key=position), None]:
        if new is not None and new.number not in known:
            waiting.append(new)
            continue
        here = (1 << 60, "") if new is None else rank(known[new.number])
        if waiting:
            yield left[bisect_left(ranks, last) : bisect_left(ranks, here)], waiting
            waiting = []
        last = here
