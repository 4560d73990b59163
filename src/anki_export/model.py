"""What the stages hand to each other: frozen dataclasses, nothing that computes.

A *source note* is a Markdown file; an *Anki note* is what Anki stores. Lines are
counted from 1 and always those of the file, front matter included.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal, NewType

Guid = NewType("Guid", str)
"""An Anki note's identity: any string, unique in a package (ANKI_FACTS 1)."""

Seconds = NewType("Seconds", int)
"""A point in time as Unix seconds, Anki's unit for ``mod``."""

Millis = NewType("Millis", int)
"""A point in time as Unix milliseconds, Anki's unit for note and card ids."""


Alignment = Literal["", "left", "right", "center"]
"""Of a table's column; empty where the delimiter row says nothing."""


class Kind(StrEnum):
    """Which notetype a card uses."""

    QA = "qa"
    COMPARISON = "comparison"


@dataclass(frozen=True, slots=True)
class Location:
    """A place in the notes folder: a path relative to it (``/``-separated), and a line."""

    path: str
    line: int | None = None


@dataclass(frozen=True, slots=True)
class FileLocation:
    """A place in a file that is no note (ledger, package, template, configuration).

    Its path is as the user would open it, and never relative to the notes folder.
    """

    path: str
    line: int | None = None


# --------------------------------------------------------------------------- reading


@dataclass(frozen=True, slots=True)
class SourceNote:
    """A Markdown file: its front matter, and its body as lines without terminators."""

    path: str
    lines: tuple[str, ...]
    first_line: int
    """Number in the file of ``lines[0]``."""
    metadata: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with what it governs; lines are indices into the note's body.

    ``start`` is the heading's line, ``body`` the first one below it, ``end`` one past the
    last. ``title`` is inline Markdown as written, ``name`` the same without numbering.
    """

    level: int
    title: str
    name: str
    start: int
    body: int
    end: int
    parent: Section | None


# --------------------------------------------------------------------------- extracting


@dataclass(frozen=True, slots=True)
class Slice:
    """Consecutive lines of Markdown, de-indented; ``line`` is where the first one stands."""

    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Question:
    """A question with its answer. ``extra`` is the folded rest of a long answer."""

    question: Slice
    answer: Slice
    extra: Slice | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """A GFM table. Cells are inline Markdown; every row is as long as the header."""

    header: tuple[str, ...]
    alignments: tuple[Alignment, ...]
    rows: tuple[tuple[str, ...], ...]
    line: int
    """Line of the header; the rows' first one stands two lines below."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a comparison table: the first ``names`` columns are given, the rest is asked."""

    table: Table
    index: int
    names: int
    name: tuple[str, ...]
    """The row's name, a part per naming column, continuation cells filled in."""


@dataclass(frozen=True, slots=True)
class Card:
    """What will be one Anki note, still Markdown."""

    kind: Kind
    location: Location
    form: str
    """The rule of extraction that found it (``heading``, ``bold``, ``table`` …)."""
    context: tuple[str, ...]
    """Inline Markdown: the note's title, then the enclosing headings, numbering dropped."""
    body: Question | Row
    pin: str | None = None
    """Identity the author pinned with ``<!-- anki: id=name -->``."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What extraction makes of a place that could ask: a card or none, and why."""

    line: int
    """Line of the file."""
    text: str
    """What could be asked, as inline Markdown."""
    form: str
    """Which form it has; of what has none, where it stands (``heading``, ``bold`` …)."""
    accepted: bool
    reason: str
    switch: str
    """The option that would decide otherwise; empty if none would."""


# --------------------------------------------------------------------------- rendering


@dataclass(frozen=True, slots=True)
class MediaFile:
    """A file to pack: its content-hashed name in the package, and its bytes."""

    name: str
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class RenderedCard:
    """A card as HTML.

    ``fields`` are those the notes' text makes: Question/Answer/Extra/Context, or
    Prompt/Answer/Table/Extra/Context. ``ask`` and ``reply`` are their text without
    markup (a row's name, not its whole prompt): what identity compares. ``content`` is
    a canonical form of all that the fields were made from; two renderings with equal
    ``content`` are the same card to the user, whatever the bytes (DESIGN, identity).
    """

    card: Card
    fields: Mapping[str, str]
    ask: str
    reply: str
    content: str
    given: str = ""
    """Text of what the front holds besides the question's own words: code, options."""
    media: tuple[MediaFile, ...] = ()
    source: str = ""
    """A digest of all that it was made from, to the letter; empty where that is not enough."""


@dataclass(frozen=True, slots=True)
class MappedCard:
    """A rendered card with its place in the collection."""

    rendered: RenderedCard
    deck: str
    tags: tuple[str, ...]
    """Sorted, canonical Anki tags."""
    difficulty: str


# --------------------------------------------------------------------------- identity


@dataclass(frozen=True, slots=True)
class AnkiNote:
    """One note of the package with its only card, complete but for the notetype's ids."""

    guid: Guid
    note_id: Millis
    card_id: Millis
    mod: Seconds
    kind: Kind
    fields: Mapping[str, str]
    """All fields of the notetype by name, spares included."""
    tags: tuple[str, ...]
    deck: str
    due: int
    """Rank among new cards, 0 … 999,999 (ANKI_FACTS 6)."""
    media: tuple[MediaFile, ...] = ()


class What(StrEnum):
    """What a build does to a card."""

    NEW = "new"
    CHANGED = "changed"
    """Content, tags, difficulty or source note changed; the question asks the same."""
    REWORDED = "reworded"
    """The question changed, with or without the rest."""
    MOVED = "moved"
    """Only the deck changed: Anki will not move the existing card (ANKI_FACTS 3)."""
    RETIRED = "retired"
    REVIVED = "revived"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class Change:
    """What a build does to one card, for the report and for ``plan``."""

    what: What
    guid: Guid
    kind: Kind
    location: Location
    """Where the card is in the notes; of a retired one, where it was last."""
    ask: str
    old_ask: str | None = None
    old_path: str | None = None
    deck: str = ""
    old_deck: str | None = None

    @property
    def moved(self) -> bool:
        """Whether an existing card's deck differs from the one it was shipped in."""
        return self.old_deck is not None and self.old_deck != self.deck


FIELDS: Mapping[Kind, tuple[str, ...]] = {
    Kind.QA: (
        "Question",
        "Answer",
        "Extra",
        "Context",
        "Difficulty",
        "Source",
        "Key",
        "Retired",
        "Reserved1",
        "Reserved2",
    ),
    Kind.COMPARISON: (
        "Prompt",
        "Answer",
        "Table",
        "Extra",
        "Context",
        "Difficulty",
        "Source",
        "Key",
        "Retired",
        "Reserved1",
        "Reserved2",
    ),
}
"""Every notetype's fields in order. Neither count nor order ever changes (ANKI_FACTS 2)."""
