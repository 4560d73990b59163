"""What makes a card one: copies in other notes are dropped once it is known which is which."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import replace

from anki_export.ledger.features import Features
from anki_export.match.features import Candidate
from anki_export.match.matching import Matching, grouped
from anki_export.match.order import Neighbours, position
from anki_export.model import Kind, Location, RenderedCard
from anki_export.problems import ProblemKind, Problems


def copies(matching: Matching) -> dict[int, int]:
    """Return today's cards that are copies, each with the one that stays.

    The same question with the same answer in two notes is one card: of those that have a
    history the one with the better claim to it, else the first. In one note it is two
    cards where the headings around it differ.
    """
    groups: dict[Hashable, list[Candidate]] = defaultdict(list)
    for new in matching.all_new:
        known = new.known
        groups[known.kind, known.reply, known.header, new.key].append(new)
    dropped: dict[int, int] = {}
    for group in groups.values():
        if len(group) == 1:
            continue
        first = min(group, key=lambda new: (_claim(matching, new), position(new)))
        seen = {first.known.context}
        for new in sorted(group, key=lambda new: (_claim(matching, new), position(new))):
            if new is first or new.known.pin:
                continue
            if new.known.path == first.known.path and new.known.context not in seen:
                seen.add(new.known.context)
            else:
                dropped[new.number] = first.number
    return dropped


def bring_home(matching: Matching) -> None:
    """Let of a note's equal questions that one keep a history which stands where it stood.

    All that read the same are one card, and :meth:`Matching.of_kind` takes the first for it.
    """
    asked = (new for new in matching.all_new if new.known.kind is Kind.QA and not new.known.pin)
    found: dict[int, list[Candidate]] = {}
    for group in grouped(asked, lambda new: new.place_and_content).values():
        paired = [new.number for new in group if new.number in matching.pairs]
        if len(paired) == 1 < len(group):
            found[matching.pairs.pop(paired[0])] = group
    neighbours = Neighbours(matching)
    for number, group in found.items():
        old = matching.all_old[number]
        near = min(group, key=lambda new: (neighbours.distance(old, new), position(new)))
        matching.pairs[near.number] = number


def _claim(matching: Matching, new: Candidate) -> tuple[bool, bool, bool]:
    """Order equal cards: one with a history first, then one that stayed in its note."""
    number = matching.pairs.get(new.number)
    if number is None:
        return True, True, True
    old = matching.all_old[number]
    return False, old.retired, matching.place(old) != new.known.path


def report_copies(
    cards: Sequence[RenderedCard], dropped: Mapping[int, int], problems: Problems
) -> None:
    """Say once for each two notes what they have in common."""
    pairs: dict[tuple[str, str], list[tuple[RenderedCard, RenderedCard]]] = defaultdict(list)
    for number in sorted(dropped):
        copy, first = cards[number], cards[dropped[number]]
        pairs[copy.card.location.path, first.card.location.path].append((copy, first))
    for some in pairs.values():
        copy, first = some[0]
        several = f"{len(some)} questions and their answers"
        what = several if len(some) > 1 else "the same question and answer"
        message = f"{what} stand at {place_text(first.card.location)}"
        message += " and below: one card is made of each" if len(some) > 1 else ": one card is made"
        problems.add(ProblemKind.COPY, copy.card.location, message)


def with_single_pins(
    cards: Sequence[RenderedCard], features: Sequence[Features], problems: Problems
) -> list[Features]:
    """Return *features* with every pin once, at its first place; the others are reported."""
    owners: dict[tuple[Kind, str], int] = {}
    single = list(features)
    for number, known in enumerate(features):
        if not known.pin:
            continue
        at = owners.setdefault((known.kind, known.pin), number)
        owner = features[at]
        same_table = known.kind is Kind.COMPARISON and (owner.path, owner.table) == (
            known.path,
            known.table,
        )
        if at == number or same_table:
            continue
        problems.add(
            ProblemKind.DOUBLE_PIN,
            cards[number].card.location,
            f"id={known.pin} is pinned at {place_text(cards[at].card.location)} already",
            "give every pinned question or table an id of its own",
        )
        single[number] = replace(known, pin=None)
    return single


def place_text(location: Location) -> str:
    """Return ``path:line``, or the path alone."""
    return location.path if location.line is None else f"{location.path}:{location.line}"
