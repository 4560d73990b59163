"""What the passes of matching share: the cards still to be matched, and what was found."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from anki_export.identity.faces import Face

_Group = TypeVar("_Group", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Renamed:
    """Where a vanished source note went, and how sure that is."""

    path: str
    firm: bool
    """Most of its cards are there with their answers."""


@dataclass
class Matching:
    """Pairs found so far. One-to-one by construction: a card once paired is gone."""

    old: dict[int, Face]
    new: dict[int, Face]
    renamed: Mapping[str, Renamed] = field(default_factory=dict)
    pairs: dict[int, int] = field(default_factory=dict)
    """Number of the new card → number of the old one."""
    doubts: dict[int, set[int]] = field(default_factory=dict)
    """Number of a new card → old ones that were near, but not beyond doubt."""

    def place(self, old: Face) -> str:
        """Return the path that an old card's source note has today."""
        renamed = self.renamed.get(old.path)
        return renamed.path if renamed else old.path

    def pair(self, old: Face, new: Face) -> None:
        """Give *old*'s history to *new*."""
        self.pairs[new.number] = old.number
        del self.old[old.number]
        del self.new[new.number]

    def doubt(self, old: Face, new: Face) -> None:
        """Remember that *old* was near to *new*."""
        self.doubts.setdefault(new.number, set()).add(old.number)


def grouped(
    faces: Iterable[Face], by: Callable[[Face], _Group | None]
) -> dict[_Group, list[Face]]:
    """Return *faces* in groups; those without a group are left out."""
    groups: dict[_Group, list[Face]] = defaultdict(list)
    for face in faces:
        group = by(face)
        if group is not None:
            groups[group].append(face)
    return groups


def shared(
    old: Iterable[Face],
    new: Iterable[Face],
    old_by: Callable[[Face], _Group | None],
    new_by: Callable[[Face], _Group | None],
) -> Iterator[tuple[list[Face], list[Face]]]:
    """Yield the groups that both sides have, in the order of the new ones."""
    olds = grouped(old, old_by)
    for group, news in grouped(new, new_by).items():
        if group in olds:
            yield olds[group], news


def best_first(
    candidates: Sequence[tuple[float, Face, Face]], margin: float
) -> tuple[list[tuple[Face, Face]], list[tuple[Face, Face]]]:
    """Return the pairs that are clearly each other's best, and those too near to tell.

    A pair is clear when no other candidate of either card comes within *margin* of it,
    unless that candidate was already given away to a better pair.
    """
    ordered = sorted(
        candidates,
        key=lambda one: (-one[0], one[1].retired, one[1].guid or "", one[2].number),
    )
    clear: list[tuple[Face, Face]] = []
    unclear: list[tuple[Face, Face]] = []
    gone_old: set[int] = set()
    gone_new: set[int] = set()
    for score, old, new in ordered:
        if old.number in gone_old or new.number in gone_new:
            continue
        rivals = [
            other
            for other in ordered
            if (other[1] is old) != (other[2] is new)
            and other[1].number not in gone_old
            and other[2].number not in gone_new
            and other[0] > score - margin
        ]
        if rivals:
            unclear += [(one[1], one[2]) for one in (*rivals, (score, old, new))]
            gone_old |= {one[1].number for one in rivals} | {old.number}
            gone_new |= {one[2].number for one in rivals} | {new.number}
        else:
            clear.append((old, new))
            gone_old.add(old.number)
            gone_new.add(new.number)
    return clear, unclear
