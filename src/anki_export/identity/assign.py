"""From today's cards and the ledger to Anki notes, the next ledger, and what changed."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from anki_export.identity.faces import Face, new_face, old_face
from anki_export.identity.keys import (
    RENDERING_VERSION,
    ask_key,
    digest,
    fields_hash,
    make_guid,
    make_id,
)
from anki_export.identity.match import match
from anki_export.identity.matching import Matching
from anki_export.identity.ranks import ranks
from anki_export.identity.retire import check_retirement, retire, retired_note
from anki_export.identity.single import place_text, with_single_pins, without_copies
from anki_export.ledger.entries import Entry, Ledger, State
from anki_export.model import (
    FIELDS,
    AnkiNote,
    Change,
    Guid,
    Kind,
    Location,
    MappedCard,
    Seconds,
    What,
)
from anki_export.problems import ProblemKind, Problems, UsageError
from anki_export.text import as_html

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
"""Characters that no reader sees; U+001F parts the fields in Anki's database."""

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
        unreadable: paths of notes, or of folders (``…/``), that cannot be read today. Their cards stay active and
            unmatched, and are left out of the package: Anki deletes nothing.
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
    there = [e for e in entries if e.state is State.RETIRED or not is_below(e.path, unreadable)]
    old = [old_face(number, entry, namespace) for number, entry in enumerate(there)]

    faces = [new_face(number, card) for number, card in enumerate(cards)]
    faces = with_single_pins(cards, faces, problems)
    known = {(face.path, face.kind, face.key) for face in old if not face.retired}
    places = without_copies(cards, faces, known, problems)
    places = _without_waiting(cards, faces, places, away, problems)
    cards = [cards[place] for place in places]
    new = [replace(faces[place], number=number) for number, place in enumerate(places)]

    matching = match(old, new)
    _report_doubts(matching, cards, there, problems)
    build = _Build(ledger, namespace, build_time, touch_all)
    build.name(face for face in new if face.number not in matching.pairs)
    for number, card in enumerate(cards):
        earlier = matching.pairs.get(number)
        build.ship(card, new[number], None if earlier is None else there[earlier])
    notes = build.ranked()

    taken = set(matching.pairs.values())
    gone = [entry for number, entry in enumerate(there) if number not in taken]
    leaving = [entry for entry in gone if entry.state is State.ACTIVE]
    if not allow_retire:
        check_retirement(leaving, sum(1 for e in entries if e.state is State.ACTIVE))
    before = [] if prune else [e for e in gone if e.state is State.RETIRED]
    build.retire(leaving, last_shipped)
    build.keep_retired(before)
    for entry in away:
        build.entries[entry.guid] = entry
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


class _Build:
    """The notes and entries of one build as they accumulate."""

    def __init__(
        self, ledger: Ledger, namespace: str, build_time: Seconds, touch_all: bool
    ) -> None:
        self._ledger, self._namespace = ledger, namespace
        self._now, self._touch_all = build_time, touch_all
        self._ids: set[int] = set()
        for entry in ledger.entries.values():
            self._ids |= {entry.note_id, entry.card_id}
        self._active: list[tuple[AnkiNote, int | None]] = []
        self._new: dict[int, Guid] = {}
        self.entries: dict[Guid, Entry] = {}
        self.changes: list[Change] = []

    def name(self, faces: Iterable[Face]) -> None:
        """Give new cards their guids; of twins in a note, no order decides who has which."""
        taken = set(self._ledger.entries)
        for face in sorted(faces, key=lambda face: (face.reply, face.context)):
            self._new[face.number] = guid = self._new_guid(face, taken)
            taken.add(guid)

    def ship(self, card: MappedCard, face: Face, entry: Entry | None) -> None:
        """Add a card of today: a new one, or that of *entry*."""
        guid = entry.guid if entry else self._new[face.number]
        fields = _fields(card, guid)
        content = _content(card)
        what = _what(entry, card, face, fields, content)
        if entry is None:
            mod = self._now
            ids = make_id(guid, "note", self._ids), make_id(guid, "card", self._ids)
            self._ids |= set(ids)
        else:
            stays = what in (What.UNCHANGED, What.MOVED) and not self._touch_all
            mod = entry.mod if stays else self._newer(entry)
            ids = entry.note_id, entry.card_id
        note = AnkiNote(
            guid=guid,
            note_id=ids[0],
            card_id=ids[1],
            mod=mod,
            kind=face.kind,
            fields=fields,
            tags=card.tags,
            deck=card.deck,
            due=0,
            media=card.rendered.media,
        )
        self._active.append((note, entry.due if entry and entry.deck == card.deck else None))
        self.entries[guid] = _entry(note, face, content, entry)
        self._report(what, guid, card, entry)

    def _report(self, what: What, guid: Guid, card: MappedCard, entry: Entry | None) -> None:
        self.changes.append(
            Change(
                what=what,
                guid=guid,
                kind=card.rendered.card.kind,
                location=card.rendered.card.location,
                ask=card.rendered.ask,
                old_ask=entry.ask if entry else None,
                old_path=entry.path if entry else None,
                deck=card.deck,
                old_deck=entry.deck if entry else None,
            )
        )

    def _newer(self, entry: Entry) -> Seconds:
        return Seconds(max(self._now, entry.mod + 1))

    def _new_guid(self, face: Face, taken: Collection[Guid]) -> Guid:
        """Return the guid of a new card, salted by its answer where another one has it."""
        place = ("", f"id={face.pin}") if face.pin else (face.path, "")
        key = (place[1], *face.name) if face.pin else face.twin_key
        guid = make_guid(self._namespace, place[0], face.kind, *key)
        salt: tuple[str, ...] = (face.reply, *face.context)
        while guid in taken:
            guid = make_guid(self._namespace, place[0], face.kind, *key, "", *salt)
            salt = (*salt, "")
        return guid

    def ranked(self) -> list[AnkiNote]:
        """Return the active notes, each with its rank among the new cards of its deck."""
        decks: dict[str, list[int]] = defaultdict(list)
        for at, (note, _known) in enumerate(self._active):
            decks[note.deck].append(at)
        notes = [note for note, _known in self._active]
        for places in decks.values():
            for at, due in zip(places, ranks([self._active[at][1] for at in places]), strict=True):
                notes[at] = replace(notes[at], due=due)
                entry = self.entries[notes[at].guid]
                self.entries[entry.guid] = replace(entry, due=due)
        return notes

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

    def keep_retired(self, before: Iterable[Entry]) -> None:
        """Ship on what was retired before, as it is."""
        for entry in before:
            kept = replace(entry, mod=self._newer(entry)) if self._touch_all else entry
            self.entries[entry.guid] = kept

    def retired_notes(self, root_deck: str) -> list[AnkiNote]:
        """Return the notes of all retired cards by guid."""
        return [
            retired_note(self.entries[guid], root_deck)
            for guid in sorted(self.entries)
            if self.entries[guid].state is State.RETIRED
        ]


def _what(
    entry: Entry | None,
    card: MappedCard,
    face: Face,
    fields: Mapping[str, str],
    content: str,
) -> What:
    if entry is None:
        return What.NEW
    if entry.state is State.RETIRED:
        return What.REVIVED
    if entry.content.startswith("f:"):
        same = entry.content == fields_hash(fields, FIELDS[face.kind])
        same = same and set(card.tags) <= set(entry.tags or card.tags)
    else:
        same = entry.content == content
    if same:
        return What.UNCHANGED if entry.deck == card.deck else What.MOVED
    return What.CHANGED if entry.ask == face.ask else What.REWORDED


def _content(card: MappedCard) -> str:
    """Return the hash of what the user sees of a card; the deck is none of a note's fields."""
    rendered = card.rendered
    return "c:" + digest(
        str(RENDERING_VERSION),
        rendered.content,
        rendered.card.location.path,
        card.difficulty,
        *card.tags,
    )


def _without_waiting(
    cards: Sequence[MappedCard],
    faces: Sequence[Face],
    places: Sequence[int],
    away: Sequence[Entry],
    problems: Problems,
) -> list[int]:
    """Leave out what is already a card of a note that cannot be read today.

    When it can be read again, it is known whether the question was copied or moved.
    """
    known = {(entry.kind, ask_key(entry.ask), entry.reply): entry.path for entry in away}
    left = []
    for place in places:
        face = faces[place]
        path = known.get((face.kind, face.key, face.reply))
        if path is None:
            left.append(place)
            continue
        message = f"the same question and answer stand in {path}, which cannot be read today"
        where = cards[place].rendered.card.location
        problems.add(ProblemKind.WAITING, where, message, "mend that note first")
    return left


def is_below(path: str, unreadable: Collection[str]) -> bool:
    """Tell whether a note is one of these, or lies in one of these folders (``…/``)."""
    parts = path.split("/")
    return path in unreadable or any(
        "/".join(parts[:depth]) + "/" in unreadable for depth in range(1, len(parts))
    )


def _fields(card: MappedCard, guid: Guid) -> dict[str, str]:
    fields = dict.fromkeys(FIELDS[card.rendered.card.kind], "")
    fields.update(card.rendered.fields)
    fields["Difficulty"] = as_html(card.difficulty)
    fields["Source"] = as_html(card.rendered.card.location.path)
    fields["Key"] = guid
    return {name: _CONTROL.sub("", value) for name, value in fields.items()}


def _entry(note: AnkiNote, face: Face, content: str, earlier: Entry | None) -> Entry:
    reuse = earlier is not None and earlier.reply == face.reply and earlier.sketch
    return Entry(
        guid=note.guid,
        note_id=note.note_id,
        card_id=note.card_id,
        kind=face.kind,
        path=face.path,
        ask=face.ask,
        context=face.context,
        reply=face.reply,
        size=face.size,
        content=content,
        mod=note.mod,
        deck=note.deck,
        due=None,
        state=State.ACTIVE,
        front=note.fields[FIELDS[face.kind][0]],
        sketch=(earlier.sketch if earlier and reuse else face.sketch)
        if face.kind is Kind.QA
        else "",
        header=face.header,
        cells=face.cells,
        names=face.names,
        table=_table(face, earlier),
        pin=face.pin,
    )


def _table(face: Face, earlier: Entry | None) -> str:
    return earlier.table if earlier and earlier.table else face.table


def _report_doubts(
    matching: Matching, cards: Sequence[MappedCard], entries: Sequence[Entry], problems: Problems
) -> None:
    """Report new cards that come near to ones that retire now: no history is guessed."""
    taken = set(matching.pairs.values())
    for number in sorted(matching.doubts):
        near = [
            entries[at]
            for at in sorted(matching.doubts[number])
            if at not in taken and entries[at].state is State.ACTIVE
        ]
        if number in matching.pairs or not near:
            continue
        listed = "; ".join(
            f"“{entry.ask:.60}” ({place_text(Location(entry.path))})" for entry in near[:3]
        )
        problems.add(
            ProblemKind.NEAR_CARD,
            cards[number].rendered.card.location,
            f"a new card, without history: it is near to {listed}, but may be another question",
            "to give it that card's history, bring back the old wording for one build and"
            " pin it: <!-- anki: id=name -->",
        )
