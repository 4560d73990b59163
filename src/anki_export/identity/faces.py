"""One view of old and new cards, so that matching need not know where a card comes from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from anki_export.identity.keys import (
    ask_key,
    digest,
    fingerprint,
    folded,
    loose,
    make_guid,
    reply_fingerprint,
)
from anki_export.identity.sketch import buckets, make_sketch
from anki_export.ledger.entries import Entry, State
from anki_export.model import Guid, Kind, MappedCard, Row


@dataclass(frozen=True)
class Face:
    """What identity compares of one card. ``number`` is its place in its list."""

    number: int
    kind: Kind
    path: str
    key: str
    """Normal form of the question, or of the row's name."""
    ask: str
    context: tuple[str, ...]
    reply: str
    size: int
    header: tuple[str, ...] = ()
    cells: tuple[str, ...] = ()
    names: int = 0
    table: str = ""
    pin: str | None = None
    retired: bool = False
    guid: Guid | None = None
    """Of an old card."""
    derived: bool = False
    """An old card's guid is the one that its present key gives: it was never reworded."""
    text: str = ""
    """A new card's answer, normalised."""
    stored: str = ""
    """An old card's sketch."""

    @cached_property
    def sketch(self) -> str:
        """Sketch of the answer; made only when somebody asks, it is what costs."""
        return self.stored or make_sketch(self.text)

    @cached_property
    def buckets(self) -> bytes:
        """The sketch's bytes."""
        return buckets(self.sketch)

    @property
    def name(self) -> tuple[str, ...]:
        """Fingerprints of the cells that name a row."""
        return self.cells[: self.names]

    @property
    def asked(self) -> tuple[str, ...]:
        """Fingerprints of the cells that a row asks for."""
        return self.cells[self.names :]

    @property
    def twin_key(self) -> tuple[str, ...]:
        """What a new card's guid is made from besides its path."""
        return (self.key, *self.header[self.names :])


def old_face(number: int, entry: Entry, namespace: str) -> Face:
    """Return the face of a remembered card."""
    key = (ask_key(entry.ask), *entry.header[entry.names :])
    return Face(
        number=number,
        kind=entry.kind,
        path=entry.path,
        key=ask_key(entry.ask),
        ask=entry.ask,
        context=entry.context,
        reply=entry.reply,
        size=entry.size,
        header=entry.header,
        cells=entry.cells,
        names=entry.names,
        table=entry.table,
        pin=entry.pin,
        retired=entry.state is State.RETIRED,
        guid=entry.guid,
        derived=entry.guid == make_guid(namespace, entry.path, entry.kind, *key),
        stored=entry.sketch,
    )


def new_face(number: int, mapped: MappedCard) -> Face:
    """Return the face of a card of today's notes."""
    rendered = mapped.rendered
    card = rendered.card
    context = headings(card.context)
    if isinstance(card.body, Row):
        header, cells, names = row_cells(
            card.body.table.header, card.body.table.rows[card.body.index], card.body.name
        )
        return Face(
            number=number,
            kind=card.kind,
            path=card.location.path,
            key=ask_key(rendered.ask),
            ask=rendered.ask,
            context=context,
            reply=row_reply(header, cells, names),
            size=row_size(card.body.table.rows[card.body.index], names),
            header=header,
            cells=cells,
            names=names,
            table=table_name(card.body.table.header, card.body.table.rows, context),
            pin=card.pin,
        )
    text = "".join(folded(rendered.reply).split())
    return Face(
        number=number,
        kind=card.kind,
        path=card.location.path,
        key=ask_key(rendered.ask),
        ask=rendered.ask,
        context=context,
        reply=reply_fingerprint(rendered.reply),
        size=len(text),
        pin=card.pin,
        text=text,
    )


def headings(context: Sequence[str]) -> tuple[str, ...]:
    """Return the fingerprints of a context's headings; its first part, the title, is left out."""
    return tuple(fingerprint(part) for part in context[1:])


def row_cells(
    header: Sequence[str], row: Sequence[str], name: Sequence[str]
) -> tuple[tuple[str, ...], tuple[str, ...], int]:
    """Return fingerprints of a table's header and of a row, its name filled in, and the name's length."""
    cells = [*name, *row[len(name) :]]
    return (
        tuple(fingerprint(part) for part in header),
        tuple(fingerprint(part) for part in cells),
        len(name),
    )


def row_reply(header: Sequence[str], cells: Sequence[str], names: int) -> str:
    """Return the fingerprint of what a row asks for, blind to the order of its columns."""
    pairs = sorted(zip(header[names:], cells[names:], strict=True))
    return digest(*(part for pair in pairs for part in pair))


def row_size(row: Sequence[str], names: int) -> int:
    """Return the length of the text in the cells that a row asks for."""
    return sum(len(loose(cell)) for cell in row[names:])


def table_name(header: Sequence[str], rows: Sequence[Sequence[str]], context: Sequence[str]) -> str:
    """Return a name for a table at first sight; its rows keep it in the ledger."""
    parts = [loose(cell) for row in (header, *rows) for cell in row]
    return digest(*parts, "", *context, length=12)
