"""The features of today's cards, and one view of old and new cards for all that compares them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

from anki_export.ledger.entries import Entry, State
from anki_export.ledger.features import (
    Features,
    headings,
    question_features,
    question_text,
    row_features,
    table_name,
)
from anki_export.ledger.forms import ask_key
from anki_export.ledger.sketch import buckets, make_sketch
from anki_export.model import Guid, RenderedCard, Row


@dataclass(frozen=True, eq=False)
class Candidate:
    """A card as it is matched: remembered (old) or of today's notes (new).

    ``number`` is its index among the cards of its side.
    """

    number: int
    known: Features
    entry: Entry | None = None
    """What an old card was."""
    rendered: RenderedCard | None = None
    """What a new card is."""

    @property
    def guid(self) -> Guid:
        """An old card's guid."""
        return self.entry.guid if self.entry else Guid("")

    @property
    def retired(self) -> bool:
        """Whether an old card had gone from the notes."""
        return self.entry is not None and self.entry.state is State.RETIRED

    @cached_property
    def key(self) -> str:
        """Normal form of the question, or of the row's name."""
        return ask_key(self.known.ask)

    @property
    def line(self) -> int:
        """Where a new card stands in its note."""
        return (self.rendered.card.location.line or 0) if self.rendered else 0

    @property
    def place_and_content(self) -> tuple[str, str, str, tuple[str, ...]]:
        """What one note has once: a question, its answer and the headings it stands under."""
        known = self.known
        return known.path, self.key, known.reply, known.context

    @cached_property
    def told(self) -> tuple[Told, ...]:
        """What the card tells beneath its wording.

        Of a new card with code or options there are three, both parts and each alone: an
        earlier version of the tool may have taken any of them for the answer.
        """
        known, rendered = self.known, self.rendered
        if known.sketch or rendered is None:
            return (Told(buckets(known.sketch), known.size),)
        texts = [question_text(rendered.given, rendered.reply)]
        if rendered.given:
            texts += question_text("", rendered.reply), question_text(rendered.given, "")
        return tuple(Told(buckets(make_sketch(text)), len(text)) for text in texts)


class Told(NamedTuple):
    """A text unseen: its sketch's bytes and its length."""

    buckets: bytes
    size: int


def features_of(rendered: RenderedCard, tables: dict[int, str]) -> Features:
    """Return the features of a card of today, its sketch still to be made.

    ``tables`` keeps the names of tables already seen, so that a long one is read once.
    """
    card = rendered.card
    context, path, body = headings(card.context), card.location.path, card.body
    if isinstance(body, Row):
        table = body.table
        if id(table) not in tables:
            tables[id(table)] = table_name(table.header, table.rows, context)
        return row_features(
            path,
            rendered.ask,
            context,
            table.header,
            table.rows[body.index],
            name=body.name,
            table=tables[id(table)],
            pin=card.pin,
        )
    text = question_text(rendered.given, rendered.reply)
    return question_features(path, rendered.ask, context, rendered.given, text, pin=card.pin)


def sketched(known: Features, rendered: RenderedCard) -> Features:
    """Return the features of a question complete with its sketch, as the ledger keeps it."""
    return replace(known, sketch=make_sketch(question_text(rendered.given, rendered.reply)))
