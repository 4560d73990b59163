"""What makes a card one: copies of it in other notes are dropped, double pins reported."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from anki_export.identity.faces import Face
from anki_export.model import Kind, Location, MappedCard
from anki_export.problems import ProblemKind, Problems


def without_copies(
    cards: Sequence[MappedCard],
    faces: Sequence[Face],
    known: Collection[tuple[str, Kind, str]],
    problems: Problems,
) -> list[int]:
    """Return the places of the cards that remain; what is dropped is reported.

    The same question with the same answer in two notes is one card: that of the note in
    which the ledger *known* has it, else of the first in order. In one note it is two
    cards where the headings around it differ.
    """
    groups: dict[object, list[Face]] = defaultdict(list)
    for face in faces:
        groups[face.kind, face.key, face.reply, face.header].append(face)
    dropped: dict[int, Face] = {}
    for group in groups.values():
        if len(group) == 1:
            continue
        first = next((one for one in group if (one.path, one.kind, one.key) in known), group[0])
        seen = {first.context}
        for face in group:
            if face is first or face.pin:
                continue
            if face.path == first.path and face.context not in seen:
                seen.add(face.context)
            else:
                dropped[face.number] = first
    _report_copies(cards, dropped, problems)
    return [face.number for face in faces if face.number not in dropped]


def _report_copies(
    cards: Sequence[MappedCard], dropped: Mapping[int, Face], problems: Problems
) -> None:
    """Say once for each two notes what they have in common."""
    pairs: dict[tuple[str, str], list[tuple[MappedCard, MappedCard]]] = defaultdict(list)
    for number in sorted(dropped):
        copy, first = cards[number], cards[dropped[number].number]
        paths = copy.rendered.card.location.path, first.rendered.card.location.path
        pairs[paths].append((copy, first))
    for copies in pairs.values():
        copy, first = copies[0]
        several = f"{len(copies)} questions and their answers"
        what = several if len(copies) > 1 else "the same question and answer"
        message = f"{what} stand at {_place(first)}"
        message += (
            " and below: one card is made of each" if len(copies) > 1 else ": one card is made"
        )
        problems.add(ProblemKind.COPY, copy.rendered.card.location, message)


def with_single_pins(
    cards: Sequence[MappedCard], faces: Sequence[Face], problems: Problems
) -> list[Face]:
    """Return *faces* with every pin once, at its first place; the others are reported."""
    owners: dict[tuple[Kind, str], Face] = {}
    single: list[Face] = []
    for face in faces:
        owner = owners.setdefault((face.kind, face.pin), face) if face.pin else face
        same_table = face.kind is Kind.COMPARISON and (owner.path, owner.table) == (
            face.path,
            face.table,
        )
        if owner is face or same_table:
            single.append(face)
            continue
        problems.add(
            ProblemKind.DOUBLE_PIN,
            cards[face.number].rendered.card.location,
            f"id={face.pin} is pinned at {_place(cards[owner.number])} already",
            "give every pinned question or table an id of its own",
        )
        single.append(replace(face, pin=None))
    return single


def _place(card: MappedCard) -> str:
    return place_text(card.rendered.card.location)


def place_text(location: Location) -> str:
    """Return ``path:line``, or the path alone."""
    return location.path if location.line is None else f"{location.path}:{location.line}"
