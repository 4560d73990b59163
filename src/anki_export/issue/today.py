"""Today's cards as they meet the ledger: what is to the letter as it was is known at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from anki_export.issue.content import content_of
from anki_export.issue.guids import first_guid
from anki_export.ledger.entries import Entry, State
from anki_export.ledger.features import Features
from anki_export.ledger.forms import ask_key
from anki_export.match import Candidate, Matching, features_of, match, with_single_pins
from anki_export.model import MappedCard
from anki_export.problems import ProblemKind, Problems


@dataclass(frozen=True, slots=True)
class TodaysCard:
    """A card of today with all that identity knows of it."""

    number: int
    mapped: MappedCard
    known: Features
    content: str
    copies: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Today:
    """Today's cards; those that are to the letter what was shipped are known already."""

    cards: Sequence[MappedCard]
    contents: Sequence[str]
    features: Sequence[Features]
    same: Mapping[int, int]
    """Number of such a card → that of its entry."""

    @classmethod
    def of(cls, cards: Sequence[MappedCard], entries: Sequence[Entry], problems: Problems) -> Today:
        """Look all cards up by their content; only the others' features are worked out."""
        by_content: dict[tuple[str, str | None], list[int]] = defaultdict(list)
        for at in range(len(entries) - 1, -1, -1):
            if entries[at].state is State.ACTIVE:
                by_content[entries[at].content, entries[at].known.pin].append(at)
        contents = [content_of(card) for card in cards]
        features: list[Features] = []
        same: dict[int, int] = {}
        tables: dict[int, str] = {}
        for number, card in enumerate(cards):
            found = by_content.get((contents[number], card.rendered.card.pin))
            if found:
                same[number] = found.pop()
                features.append(entries[same[number]].known)
            else:
                features.append(features_of(card.rendered, tables))
        single = with_single_pins([card.rendered for card in cards], features, problems)
        return cls(cards, contents, single, same)

    def matched(self, entries: Sequence[Entry], namespace: str) -> Matching:
        """Match all cards with the ledger's."""
        old = [Candidate(number, entry.known, entry) for number, entry in enumerate(entries)]
        new = [
            Candidate(number, known, rendered=self.cards[number].rendered)
            for number, known in enumerate(self.features)
        ]
        return match(old, new, self.same, lambda guid, known: guid != first_guid(namespace, known))

    def card(self, number: int, copied: Iterable[str]) -> TodaysCard:
        """Return one card complete."""
        return TodaysCard(
            number,
            self.cards[number],
            self.features[number],
            self.contents[number],
            tuple(sorted(copied)),
        )


def without_waiting(
    cards: Sequence[MappedCard], away: Sequence[Entry], problems: Problems
) -> Sequence[MappedCard]:
    """Leave out what is already a card of a note that cannot be read today.

    When it can be read again, it is known whether the question was copied or moved.
    """
    if not away:
        return cards
    known = {(entry.kind, ask_key(entry.ask), entry.known.reply): entry.path for entry in away}
    tables: dict[int, str] = {}
    left = []
    for card in cards:
        features = features_of(card.rendered, tables)
        path = known.get((features.kind, ask_key(features.ask), features.reply))
        if path is None:
            left.append(card)
            continue
        message = f"the same question and answer stand in {path}, which cannot be read today"
        where = card.rendered.card.location
        problems.add(ProblemKind.WAITING, where, message, "mend that note first")
    return left


def is_below(path: str, unreadable: Collection[str]) -> bool:
    """Tell whether a note is one of these, or lies in one of these folders (``…/``)."""
    if not unreadable:
        return False
    parts = path.split("/")
    return path in unreadable or any(
        "/".join(parts[:depth]) + "/" in unreadable for depth in range(1, len(parts))
    )
