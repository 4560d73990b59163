"""Step two: the company that candidates keep.

Candidates of one kind and level that follow one another in one parent are siblings;
those whose numbers run on through the note are numbered. A series is no verdict: it
says what share of its members asks, and how surely.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from itertools import pairwise

from anki_export.extract.candidates import Candidate
from anki_export.extract.evidence import Asks
from anki_export.extract.sight import Sight

_RUNNING = 0.7
"""Share of steps that must count on: authors skip, double and restart numbers."""
_FAR = 3
"""How far the numbers of a series reach at least; below, they number parts."""


@dataclass(slots=True, eq=False)
class Series:
    """Candidates in each other's company, in the order of their lines."""

    members: list[Candidate] = field(default_factory=list)
    marks: float = 0
    """Share of members with a question mark (or code that they ask about)."""
    words: float = 0
    """Share that a question word or examiner's imperative opens, marks included."""
    hints: float = 0
    """Share with any evidence at all."""
    running: bool = False
    """Whether they are numbered, and the numbers run on."""
    coded: float = 0
    """Share of members with code between them and the next one."""
    chapters: float = 0
    """Share of headings that govern two and more numbered sub-headings, as chapters do."""

    def __len__(self) -> int:
        return len(self.members)


@dataclass(slots=True)
class Company:
    """The series of every candidate."""

    siblings: dict[Candidate, Series]
    cousins: dict[Candidate, Series]
    """Candidates of one kind and level in the whole note."""
    numbered: dict[Candidate, Series]


def find_series(sight: Sight, candidates: Iterable[Candidate], stops: Stops) -> Company:
    """Group candidates; headings that ``stops`` names are in no series.

    Nor are those with a marker: where questions have one, a heading without it is none.
    """
    kept = [c for c in candidates if not c.strong and not stops(c) and not _labels(c)]
    return Company(
        siblings=_grouped(sight, kept, lambda c: _parent(sight, c)),
        cousins=_grouped(sight, kept, lambda c: (c.kind, c.level)),
        numbered=_numbered(sight, kept),
    )


def _labels(candidate: Candidate) -> bool:
    """Whether a bold line only labels what follows: it ends in a colon."""
    return candidate.kind == "bold" and candidate.text.endswith((":", "："))


Stops = Callable[[Candidate], bool]


def _parent(sight: Sight, candidate: Candidate) -> Hashable:
    if candidate.kind == "item-heading":
        return candidate.kind, candidate.level
    if candidate.kind == "heading":
        assert candidate.head is not None
        return candidate.kind, candidate.level, candidate.head.parent, candidate.head.fold
    if candidate.kind == "fold":
        assert candidate.fold is not None
        return candidate.kind, sight.head_at(candidate.line), candidate.fold.outer
    return candidate.kind, sight.head_at(candidate.line)


def _grouped(
    sight: Sight, candidates: Iterable[Candidate], key: Callable[[Candidate], Hashable]
) -> dict[Candidate, Series]:
    out = {}
    for members in _by(candidates, key).values():
        series = _measured(members)
        series.chapters = chapters(sight, members) if members[0].kind == "heading" else 0
        out.update(dict.fromkeys(members, series))
    return out


def _numbered(sight: Sight, candidates: Iterable[Candidate]) -> dict[Candidate, Series]:
    counted = [c for c in candidates if c.number is not None and c.delimiter]
    out: dict[Candidate, Series] = {}
    for members in _by(counted, lambda c: (c.kind, c.level, c.delimiter, c.bold)).values():
        series = _measured(members)
        series.running = runs(members)
        if series.running:
            series.coded = _coded(sight, members)
            series.chapters = chapters(sight, members)
            out.update(dict.fromkeys(members, series))
    return out


def _coded(sight: Sight, members: list[Candidate]) -> float:
    starts = [block.start for block in sight.root.children if block.kind == "code"]
    ends = [*(c.line for c in members[1:]), len(sight.lines)]
    coded = sum(
        bisect_left(starts, c.line) < bisect_left(starts, min(end, sight.next_head(c.line)))
        for c, end in zip(members, ends, strict=True)
    )
    return coded / len(members)


def chapters(sight: Sight, members: list[Candidate]) -> float:
    """The share of headings that govern two and more sub-headings with numbers (``2.1``)."""
    if not sight.numbered_lines:
        return 0
    found = sum(
        bisect_left(sight.numbered_lines, c.limit or 0) - bisect_left(sight.numbered_lines, c.body)
        > 1
        for c in members
    )
    return found / len(members)


def runs(members: list[Candidate]) -> bool:
    """Whether the members' numbers count on: up by one (two: one is missing), or anew."""
    numbers = [c.number or 0 for c in members]
    steps = list(pairwise(numbers))
    on = sum(b - a in (1, 2) or (b == 1 and a > 1) for a, b in steps)
    return bool(steps) and max(numbers) >= _FAR and on / len(steps) >= _RUNNING


def _by(
    candidates: Iterable[Candidate], key: Callable[[Candidate], Hashable]
) -> dict[Hashable, list[Candidate]]:
    out: dict[Hashable, list[Candidate]] = defaultdict(list)
    for candidate in candidates:
        out[key(candidate)].append(candidate)
    return out


def _measured(members: list[Candidate]) -> Series:
    count = len(members)

    def share(level: Asks) -> float:
        return sum(c.asks >= level for c in members) / count

    return Series(members, share(Asks.MARK), share(Asks.WORD), share(Asks.HINT))
