"""What the passes of matching share: the cards still to be matched, and what was found."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from anki_export.identity.faces import Face

_Group = TypeVar("_Group", bound=Hashable)

Candidate = tuple[float, Face, Face]
"""How sure, an old card, a new card."""


@dataclass(frozen=True, slots=True)
class Renamed:
    """Where a vanished source note went, and how sure that is."""

    path: str
    firm: bool
    """Most of its cards are there with their answers."""


@dataclass
class Matching:
    """Pairs found so far. One-to-one by construction: a card once paired is gone."""

    all_old: Sequence[Face]
    all_new: Sequence[Face]
    renamed: Mapping[str, Renamed] = field(default_factory=dict)
    pairs: dict[int, int] = field(default_factory=dict)
    """Number of the new card → number of the old one."""
    doubts: dict[int, set[int]] = field(default_factory=dict)
    """Number of a new card → old ones that were near, but not beyond doubt."""

    def __post_init__(self) -> None:
        self.old = {face.number: face for face in self.all_old}
        self.new = {face.number: face for face in self.all_new}
        self.old_keys = Counter(face.key for face in self.all_old)
        self.new_keys = Counter(face.key for face in self.all_new)
        self._texts = grouped(self.all_old, lambda old: (old.key, old.reply))
        self._asked = {(new.path, new.key) for new in self.all_new}

    def place(self, old: Face) -> str:
        """Return the path that an old card's source note has today."""
        renamed = self.renamed.get(old.path)
        return renamed.path if renamed else old.path

    def moved_in(self, new: Face) -> bool:
        """Tell whether *new* is, to the letter, a card that has gone from another note."""
        return any(
            old.number in self.old
            and not old.retired
            and self.place(old) != new.path
            and (self.place(old), old.key) not in self._asked
            for old in self._texts.get((new.key, new.reply), ())
        )

    def pair(self, old: Face, new: Face) -> None:
        """Give *old*'s history to *new*."""
        self.pairs[new.number] = old.number
        del self.old[old.number]
        del self.new[new.number]
        self.old_keys[old.key] -= 1
        self.new_keys[new.key] -= 1

    def doubt(self, old: Face, new: Face) -> None:
        """Remember that *old* was near to *new*."""
        self.doubts.setdefault(new.number, set()).add(old.number)

    def settle(self, scored: Sequence[Candidate], margin: float) -> bool:
        """Pair what is clear in *scored*; return whether anything was too near to tell."""
        clear, unclear = best_first(scored, margin)
        for old, new in clear:
            self.pair(old, new)
        for old, new in unclear:
            self.doubt(old, new)
        return bool(unclear)

    def left(self, faces: Iterable[Face]) -> list[Face]:
        """Return those of *faces*, old or new, that are still unmatched."""
        return [
            face for face in faces if face.number in (self.new if face.guid is None else self.old)
        ]


def grouped(faces: Iterable[Face], by: Callable[[Face], _Group | None]) -> dict[_Group, list[Face]]:
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
    old_by: Callable[[Face], Any],
    new_by: Callable[[Face], Any],
) -> Iterator[tuple[list[Face], list[Face]]]:
    """Yield the groups that both sides have, in the order of the new ones."""
    olds = grouped(old, old_by)
    for group, news in grouped(new, new_by).items():
        if group in olds:
            yield olds[group], news


def only(faces: Sequence[Face]) -> Face | None:
    """Return the only active one of *faces*, or the only one at all."""
    candidates = [face for face in faces if not face.retired] or faces
    return candidates[0] if len(candidates) == 1 else None


def claim(face: Face) -> tuple[bool, bool, str]:
    """Order old cards that claim to be the same new one (after a merge); the first gets it.

    Active before retired; then the one that has been reworded before, so must be older.
    """
    return face.retired, face.derived, face.guid or ""


def best_first(
    candidates: Sequence[Candidate], margin: float
) -> tuple[list[tuple[Face, Face]], list[tuple[Face, Face]]]:
    """Return the pairs that are clearly each other's best, and those too near to tell.

    A pair is clear when no other candidate of either card comes within *margin* of it,
    unless that candidate was already given away to a better pair.
    """
    ordered = sorted(
        candidates,
        key=lambda one: (-one[0], one[1].retired, one[1].guid or "", one[2].number),
    )
    of_old: dict[int, list[Candidate]] = defaultdict(list)
    of_new: dict[int, list[Candidate]] = defaultdict(list)
    for candidate in ordered:
        of_old[candidate[1].number].append(candidate)
        of_new[candidate[2].number].append(candidate)
    clear: list[tuple[Face, Face]] = []
    unclear: list[tuple[Face, Face]] = []
    gone_old: set[int] = set()
    gone_new: set[int] = set()
    for score, old, new in ordered:
        if old.number in gone_old or new.number in gone_new:
            continue
        rivals = [
            (one, other)
            for rival, one, other in (*of_old[old.number], *of_new[new.number])
            if rival > score - margin
            and (one is old) != (other is new)
            and one.number not in gone_old
            and other.number not in gone_new
        ]
        if rivals:
            rivals.append((old, new))
            unclear += rivals
        else:
            clear.append((old, new))
        gone_old.update(one.number for one, _ in [*rivals, (old, new)])
        gone_new.update(other.number for _, other in [*rivals, (old, new)])
    return clear, unclear
