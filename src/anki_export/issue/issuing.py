"""From today's cards and the ledger to Anki notes, the next ledger, and what changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from anki_export.issue.content import fields_of, same_content
from anki_export.issue.guids import Naming, make_id
from anki_export.issue.ranks import ranks
from anki_export.issue.retiring import check_retirement, retire, retired_note
from anki_export.issue.today import Today, TodaysCard, is_below, without_waiting
from anki_export.ledger.entries import (
    Entry,
    Ledger,
    State,
)
from anki_export.ledger.features import Features
from anki_export.ledger.numbers import Taken, newer
from anki_export.match import (
    Matching,
    copies,
    place_text,
    report_copies,
    sketched,
)
from anki_export.model import (
    FIELDS,
    AnkiNote,
    Change,
    Guid,
    Kind,
    Location,
    MappedCard,
    Millis,
    Seconds,
    What,
)
from anki_export.problems import ProblemKind, Problems, UsageError

Shipped = tuple[Mapping[str, str], tuple[str, ...]]
"""A note's fields by name and its tags, as the last package has them."""

LastShipped = Callable[[Collection[Guid]], Mapping[Guid, Shipped]]
"""Looks notes up in the last package; asked only for cards that retire now."""


@dataclass(frozen=True, slots=True)
class Identified:
    """All that a build ships, and what it will remember of it."""

    notes: tuple[AnkiNote, ...]
    """Active cards in source order, then retired ones by guid."""
    ledger: Ledger
    changes: tuple[Change, ...]
    kept_retired: int
    """Cards that were retired before and still ship."""
    absent: int
    """Cards of unreadable notes: still active, but not in this package."""


def _nothing_known(_guids: Collection[Guid]) -> Mapping[Guid, Shipped]:
    return {}


def identify(
    cards: Sequence[MappedCard],
    ledger: Ledger,
    *,
    namespace: str,
    root_deck: str,
    build_time: Seconds,
    unreadable: Collection[str] = (),
    touch_all: bool = False,
    allow_retire: bool = False,
    prune: bool = False,
    last_shipped: LastShipped = _nothing_known,
    problems: Problems,
) -> Identified:
    """Find every card's identity and give it its mod, ids and rank.

    Args:
        cards: today's cards in source order.
        ledger: what was shipped before.
        namespace: enters the guid of every new card; a used ledger's must be the same.
        root_deck: retired cards lie in ``<root_deck>::Retired``.
        build_time: Unix seconds; what changed gets at least this ``mod``.
        unreadable: paths of notes, or of folders (``…/``), that cannot be read today. Their
            cards stay active and unmatched, and are left out of the package: Anki deletes
            nothing.
        touch_all: give every note a newer ``mod``.
        allow_retire: do not refuse to retire many cards at once.
        prune: drop the cards that were retired before this build.
        last_shipped: the last package, for the full fields of cards that retire now.
        problems: gets copies, doubts and what waits for notes that cannot be read.

    Raises:
        RetireError: when too many cards would retire at once.
        UsageError: when *namespace* is not the ledger's.
    """
    if ledger.entries and ledger.namespace != namespace:
        raise UsageError(f"the ledger belongs to namespace {ledger.namespace!r}, not {namespace!r}")
    entries = [ledger.entries[guid] for guid in sorted(ledger.entries)]
    away = [e for e in entries if e.state is State.ACTIVE and is_below(e.path, unreadable)]
    absent = {entry.guid for entry in away}
    there = [entry for entry in entries if entry.guid not in absent]

    cards = without_waiting(cards, away, problems)
    today = Today.of(cards, there, problems)
    matching = today.matched(there, namespace)
    dropped = copies(matching)

    build = _Build(ledger, namespace, build_time, touch_all)
    shipped = [number for number in range(len(cards)) if number not in dropped]
    new = [number for number in shipped if number not in matching.pairs]
    today = replace(today, features=_named(today.features, matching, shipped))
    build.name((number, today.features[number]) for number in new)
    build.number((number, cards[number].rendered.card.location) for number in new)
    copied = defaultdict(set)
    for copy, first in dropped.items():
        copied[first].add(today.features[copy].path)
    for number in shipped:
        at = matching.pairs.get(number)
        earlier = None if at is None else there[at]
        build.ship(today.card(number, copied.get(number, ())), earlier)
    notes = build.ranked()

    taken = {there[matching.pairs[n]].guid for n in shipped if n in matching.pairs}
    gone = [entry for entry in there if entry.guid not in taken]
    leaving = [entry for entry in gone if entry.state is State.ACTIVE]
    if not allow_retire:
        check_retirement(len(leaving), sum(1 for e in entries if e.state is State.ACTIVE))
    before = [] if prune else [entry for entry in gone if entry.state is State.RETIRED]
    report_copies([card.rendered for card in cards], dropped, problems)
    _report_doubts(matching, dropped, cards, {e.guid for e in leaving}, there, problems=problems)
    build.retire(leaving, last_shipped)
    build.keep(before)
    build.entries |= {entry.guid: entry for entry in away}
    return Identified(
        notes=(*notes, *build.retired_notes(root_deck)),
        ledger=replace(
            ledger,
            namespace=namespace,
            entries={guid: build.entries[guid] for guid in sorted(build.entries)},
        ),
        changes=tuple(build.changes),
        kept_retired=len(before),
        absent=len(away),
    )


# ------------------------------------------------------------------------- after matching


class _Build:
    """The notes and entries of one build as they accumulate."""

    def __init__(
        self, ledger: Ledger, namespace: str, build_time: Seconds, touch_all: bool
    ) -> None:
        self._now, self._touch_all = build_time, touch_all
        self._naming = Naming(namespace, ledger.entries)
        self._ids = Taken()
        self._new_ids: dict[int, tuple[Millis, Millis]] = {}
        for entry in ledger.entries.values():
            self._ids.free(entry.note_id)
            self._ids.free(entry.card_id)
        self._active: list[tuple[AnkiNote, Entry]] = []
        self._new: dict[int, Guid] = {}
        self.entries: dict[Guid, Entry] = {}
        self.changes: list[Change] = []

    def name(self, cards: Iterable[tuple[int, Features]]) -> None:
        """Give new cards their guids; of twins in a note, no order decides who has which."""
        for number, known in sorted(cards, key=lambda one: (one[1].reply, one[1].context)):
            self._new[number] = self._naming.name(known)

    def number(self, cards: Iterable[tuple[int, Location]]) -> None:
        """Give new cards their ids in the order of their places."""
        placed = [(where.path, where.line or 0, self._new[n], n) for n, where in cards]
        for path, _line, _guid, number in sorted(placed):
            ids = make_id(path, "note", self._ids), make_id(path, "card", self._ids)
            self._new_ids[number] = ids

    def ship(self, card: TodaysCard, entry: Entry | None) -> None:
        """Add a card of today: a new one, or that of *entry*."""
        mapped, rendered = card.mapped, card.mapped.rendered
        guid = entry.guid if entry else self._new[card.number]
        fields = fields_of(mapped, guid)
        what = _what(entry, card, fields)
        if entry is None:
            mod = self._now
            ids = self._new_ids[card.number]
        else:
            stays = what in (What.UNCHANGED, What.MOVED) and not self._touch_all
            mod = entry.mod if stays else newer(entry.mod, self._now)
            ids = entry.note_id, entry.card_id
        due = entry.due if entry and entry.deck == mapped.deck else None
        if entry and _kept(entry, card, mod, mapped.deck):
            remembered = entry
        else:
            remembered = Entry(
                guid=guid,
                note_id=ids[0],
                card_id=ids[1],
                known=_known(card, entry),
                content=card.content,
                mod=mod,
                deck=mapped.deck,
                due=due,
                state=State.ACTIVE,
                front=fields[FIELDS[card.known.kind][0]],
                copies=card.copies,
            )
        note = AnkiNote(
            guid=guid,
            note_id=ids[0],
            card_id=ids[1],
            mod=mod,
            kind=card.known.kind,
            fields=fields,
            tags=mapped.tags,
            deck=mapped.deck,
            due=due or 0,
            media=rendered.media,
        )
        self._active.append((note, remembered))
        self.changes.append(
            Change(
                what=what,
                guid=guid,
                kind=card.known.kind,
                location=rendered.card.location,
                ask=rendered.ask,
                old_ask=entry.ask if entry else None,
                old_path=entry.path if entry else None,
                deck=mapped.deck,
                old_deck=entry.deck if entry else None,
            )
        )

    def ranked(self) -> list[AnkiNote]:
        """Return the active notes, each with its rank among the new cards of its deck."""
        decks: dict[str, list[int]] = defaultdict(list)
        for at, (note, _entry) in enumerate(self._active):
            decks[note.deck].append(at)
        for places in decks.values():
            known = [self._active[at][1].due for at in places]
            for at, old, due in zip(places, known, ranks(known), strict=True):
                if due != old:
                    note, entry = self._active[at]
                    self._active[at] = replace(note, due=due), replace(entry, due=due)
        self.entries |= {entry.guid: entry for _note, entry in self._active}
        return [note for note, _entry in self._active]

    def retire(self, leaving: Iterable[Entry], last_shipped: LastShipped) -> None:
        """Retire cards that were active until now."""
        ordered = sorted(leaving, key=lambda entry: (entry.path, entry.guid))
        shipped = last_shipped([entry.guid for entry in ordered]) if ordered else {}
        for entry in ordered:
            self.entries[entry.guid] = retire(entry, shipped.get(entry.guid), self._now)
            self.changes.append(
                Change(
                    what=What.RETIRED,
                    guid=entry.guid,
                    kind=entry.kind,
                    location=Location(entry.path),
                    ask=entry.ask,
                    old_ask=entry.ask,
                    old_path=entry.path,
                    deck=entry.deck,
                    old_deck=entry.deck,
                )
            )

    def keep(self, before: Iterable[Entry]) -> None:
        """Ship on what was retired before, as it is."""
        for entry in before:
            mod = newer(entry.mod, self._now) if self._touch_all else entry.mod
            self.entries[entry.guid] = replace(entry, mod=mod)

    def retired_notes(self, root_deck: str) -> list[AnkiNote]:
        """Return the notes of all retired cards by guid."""
        return [
            retired_note(self.entries[guid], root_deck)
            for guid in sorted(self.entries)
            if self.entries[guid].state is State.RETIRED
        ]


def _what(entry: Entry | None, card: TodaysCard, fields: Mapping[str, str]) -> What:
    if entry is None:
        return What.NEW
    if entry.state is State.RETIRED:
        return What.REVIVED
    if same_content(entry, card.content, card.mapped, fields):
        return What.UNCHANGED if entry.deck == card.mapped.deck else What.MOVED
    return What.CHANGED if entry.ask == card.known.ask else What.REWORDED


def _named(
    features: Sequence[Features], matching: Matching, shipped: Iterable[int]
) -> list[Features]:
    """Let a table keep the name that its rows have in the ledger; new rows join them."""
    named = list(features)
    names: dict[tuple[str, str], str] = {}
    taken: set[tuple[str, str]] = set()
    rows = [number for number in shipped if features[number].kind is Kind.COMPARISON]
    for number in rows:
        path, table = features[number].path, features[number].table
        if number in matching.pairs and (path, table) not in names:
            name = matching.all_old[matching.pairs[number]].known.table or table
            names[path, table] = table if (path, name) in taken else name
            taken.add((path, names[path, table]))
    for number in rows:
        known = features[number]
        name = names.get((known.path, known.table), known.table)
        if name != known.table:
            named[number] = replace(known, table=name)
    return named


def _kept(entry: Entry, card: TodaysCard, mod: Seconds, deck: str) -> bool:
    """Tell whether an entry says all of an active card that is what it was."""
    return (
        card.known is entry.known
        and entry.state is State.ACTIVE
        and entry.content == card.content
        and (entry.mod, entry.deck, entry.copies) == (mod, deck, card.copies)
    )


def _known(card: TodaysCard, earlier: Entry | None) -> Features:
    """Return what the ledger remembers; a sketch is made once."""
    known = card.known
    if earlier is None:
        return sketched(known, card.mapped.rendered) if known.kind is Kind.QA else known
    if known.kind is Kind.COMPARISON or known.sketch:
        return known
    if earlier.known.reply == known.reply and earlier.known.sketch:
        return replace(known, sketch=earlier.known.sketch)
    return sketched(known, card.mapped.rendered)


def _report_doubts(
    matching: Matching,
    dropped: Collection[int],
    cards: Sequence[MappedCard],
    leaving: Collection[Guid],
    entries: Sequence[Entry],
    *,
    problems: Problems,
) -> None:
    """Report new cards that come near to ones that retire now: no history is guessed."""
    for number in sorted(matching.doubts):
        near = [entries[at] for at in sorted(matching.doubts[number])]
        near = [entry for entry in near if entry.guid in leaving]
        if number in matching.pairs or number in dropped or not near:
            continue
        listed = "; ".join(
            f"“{entry.ask:.60}” ({place_text(Location(entry.path))}, Key {entry.guid})"
            for entry in near[:RIVALS]
        )
        more = f" and {len(near) - RIVALS} more" if len(near) > RIVALS else ""
        problems.add(
            ProblemKind.NEAR_CARD,
            cards[number].rendered.card.location,
            f"a new card, without history: it is near to {listed}{more},"
            " but may be another question",
            "to give it such a card's history, pin it by that card's Key:"
            f" <!-- anki: id={near[0].guid} -->",
        )


RIVALS = 3
"""Cards that a doubt names."""
