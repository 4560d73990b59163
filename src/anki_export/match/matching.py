"""What the passes of matching share: the cards still to be matched, what was found, and the one assignment."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple, TypeVar

from anki_export.ledger.features import Features
from anki_export.match.features import Candidate
from anki_export.model import Guid, Kind

_Group = TypeVar("_Group", bound=Hashable)

MARGIN = 0.15
"""Lead over the second best of a tier; two and a half times the error of a sketch."""

FEW = 8
"""Rivals that are remembered at a time."""


class Score(NamedTuple):
    """How sure a pair is: its tier first, what is measured within it second."""

    tier: int
    fine: float


@dataclass(frozen=True, slots=True)
class Scored:
    """A pair that may be one card."""

    score: Score
    old: Candidate
    new: Candidate


class Matching:
    """Pairs found so far. One-to-one by construction: a card once paired is gone."""

    def __init__(
        self,
        all_old: Sequence[Candidate],
        all_new: Sequence[Candidate],
        renamed: Mapping[str, str],
        older: Callable[[Guid, Features], bool],
    ) -> None:
        self.all_old, self.all_new = all_old, all_new
        self._renamed, self._older = renamed, older
        self.old = {card.number: card for card in all_old}
        self.new = {card.number: card for card in all_new}
        self.pairs: dict[int, int] = {}
        """Number of the new card → number of the old one."""
        self.doubts: dict[int, set[int]] = {}
        """Number of a new card → old ones that were near, but not beyond doubt."""

    def of_kind(self, kind: Kind) -> Matching:
        """Return the cards of one kind, with the pairs that are found already.

        Questions that a note asks twice, with the same answer under the same headings, become
        one card: one stands for them all, so that they are no rivals.
        """
        olds = [card for card in self.all_old if card.known.kind is kind]
        news = [card for card in self.all_new if card.known.kind is kind]
        if kind is Kind.QA:
            said = [new for new in news if not new.known.pin]
            said.sort(key=lambda new: (new.number not in self.pairs, new.line))
            first: dict[Hashable, int] = {}
            for new in said:
                first.setdefault(new.place_and_content, new.number)
            kept = self.pairs.keys() | first.values()
            news = [new for new in news if new.known.pin or new.number in kept]
        part = Matching(olds, news, self._renamed, self._older)
        for new in news:
            if new.number in self.pairs:
                part.pair(self.all_old[self.pairs[new.number]], new)
        return part

    def place(self, old: Candidate) -> str:
        """Return the path that an old card's source note has today."""
        return self._renamed.get(old.known.path, old.known.path)

    def pair(self, old: Candidate, new: Candidate) -> None:
        """Give *old*'s history to *new*."""
        self.pairs[new.number] = old.number
        del self.old[old.number]
        del self.new[new.number]

    def doubt(self, olds: Iterable[Candidate], news: Iterable[Candidate]) -> None:
        """Remember that *olds* were near to each of *news*; a few are enough to report."""
        near = {old.number for old in islice(olds, FEW)}
        for new in news if near else ():
            self.doubts.setdefault(new.number, set()).update(near)

    def left(self, cards: Iterable[Candidate]) -> list[Candidate]:
        """Return those of *cards*, old or new, that are still unmatched."""
        return [
            card for card in cards if card.number in (self.new if card.entry is None else self.old)
        ]

    def claim(self, old: Candidate) -> tuple[bool, bool, str]:
        """Order old cards that claim to be the same new one (after a merge); the first gets it.

        Active before retired; then the one that has been reworded before, so must be older.
        """
        guid = old.guid
        return old.retired, not self._older(guid, old.known), guid

    def settle(
        self,
        scored: Iterable[Scored],
        bars: Callable[[Scored], bool] = lambda _: False,
    ) -> None:
        """Pair what is clear, surest first, and remember what is not.

        A pair is clear when no other pair of either card is surer, or less sure by no more
        than the margin. One that is gone already is no rival, nor is a retired card an
        active one's. What *bars* keeps apart when its turn has come is left alone.
        """
        ordered = sorted(
            scored,
            key=lambda one: (
                -one.score.tier,
                one.old.retired,
                -one.score.fine,
                one.old.guid,
                one.new.known.path,
                one.new.line,
                one.new.number,
            ),
        )
        rivals: dict[tuple[bool, int], list[Scored]] = defaultdict(list)
        for one in ordered:
            rivals[True, one.old.number].append(one)
            rivals[False, one.new.number].append(one)
        for one in ordered:
            if one.old.number not in self.old or one.new.number not in self.new:
                continue
            if bars(one):
                self.doubt([one.old], [one.new])
                continue
            near = [
                other
                for other in (*rivals[True, one.old.number], *rivals[False, one.new.number])
                if self._contests(other, one) and not bars(other)
            ]
            if near:
                for other in (one, *near):
                    self.doubt([other.old], [other.new])
            else:
                self.pair(one.old, one.new)

    def _contests(self, other: Scored, one: Scored) -> bool:
        return (
            (other.old is one.old) != (other.new is one.new)
            and other.score > (one.score.tier, one.score.fine - MARGIN)
            and other.old.retired <= one.old.retired
            and other.old.number in self.old
            and other.new.number in self.new
            and not _copies(other.new, one.new)
        )


def _copies(one: Candidate, other: Candidate) -> bool:
    """Tell whether two notes say the same: then either may go on, and the other is dropped."""
    return (
        one is not other
        and one.known.kind is Kind.QA
        and one.known.path != other.known.path
        and (one.key, one.known.reply) == (other.key, other.known.reply)
    )


def grouped(
    cards: Iterable[Candidate], by: Callable[[Candidate], _Group]
) -> dict[_Group, list[Candidate]]:
    """Return *cards* in groups."""
    groups: dict[_Group, list[Candidate]] = defaultdict(list)
    for card in cards:
        groups[by(card)].append(card)
    return groups


def shared(
    old: Iterable[Candidate],
    new: Iterable[Candidate],
    old_by: Callable[[Candidate], Hashable],
    new_by: Callable[[Candidate], Hashable],
) -> Iterable[tuple[list[Candidate], list[Candidate]]]:
    """Return the groups that both sides have, in the order of the new ones."""
    olds = grouped(old, old_by)
    return [(olds[group], news) for group, news in grouped(new, new_by).items() if group in olds]


def only(cards: Sequence[Candidate]) -> Candidate | None:
    """Return the only active one of *cards*, or the only one at all."""
    candidates = [card for card in cards if not card.retired] or cards
    return candidates[0] if len(candidates) == 1 else None


def overlap(one: Iterable[Hashable], other: Iterable[Hashable]) -> float:
    """Return the share of the smaller multiset that is in the other one."""
    left, right = Counter(one), Counter(other)
    least = min(left.total(), right.total())
    return (left & right).total() / least if least else 0.0
