"""By what a card is known again: the one type that the ledger keeps and matching compares.

Made of today's card or of a note in a package, it comes out the same, so a ledger that
was recovered from a package knows the cards of the notes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from anki_export.ledger.forms import digest, fingerprint, loose, squeezed
from anki_export.ledger.sketch import make_sketch
from anki_export.model import Kind


@dataclass(frozen=True, slots=True)
class Features:
    """What identity compares of one card.

    The text beneath a question's wording counts as one, wherever it is cut into front and
    back: a version of the tool that cuts elsewhere sees the same ``reply``.
    """

    kind: Kind
    path: str
    """The source note."""
    ask: str
    """Text of the question's wording, or the row's name; the key is made from it."""
    context: tuple[str, ...]
    """Fingerprints of the headings around it, the note's title left out."""
    reply: str
    """Fingerprint of all text beneath the wording, given or answered; of a row's asked cells."""
    size: int
    """Length of that text: how much an equal one proves."""
    sketch: str = field(default="", compare=False)
    """MinHash sketch of that text (questions only); made when it is first wanted."""
    given: str = ""
    """Fingerprint of what the front holds besides the wording: code, options, pictures."""
    header: tuple[str, ...] = ()
    """Fingerprints of the table's header cells (rows only)."""
    cells: tuple[str, ...] = ()
    """Fingerprints of the row's cells, as many as the header's."""
    names: int = 0
    """How many leading cells name the row."""
    table: str = field(default="", compare=False)
    """Name of the table that the row belongs to, the same for all its rows."""
    pin: str | None = None
    """Name that the author pinned."""

    @property
    def name(self) -> tuple[str, ...]:
        """Fingerprints of the cells that name a row."""
        return self.cells[: self.names]

    @property
    def asked(self) -> tuple[str, ...]:
        """Fingerprints of the cells that a row asks for."""
        return self.cells[self.names :]


def question_text(given: str, reply: str) -> str:
    """Return all text beneath a question's wording in the form that is compared."""
    return squeezed(f"{given}\n{reply}")


def question_features(
    path: str,
    ask: str,
    context: tuple[str, ...],
    given: str,
    text: str,
    *,
    pin: str | None = None,
    sketched: bool = False,
) -> Features:
    """Return a question's features; *text* is that of :func:`question_text`."""
    return Features(
        kind=Kind.QA,
        path=path,
        ask=ask,
        context=context,
        reply=digest(text),
        size=len(text),
        sketch=make_sketch(text) if sketched else "",
        given=digest(form) if (form := squeezed(given)) else "",
        pin=pin,
    )


def row_features(
    path: str,
    ask: str,
    context: tuple[str, ...],
    header: Sequence[str],
    row: Sequence[str],
    *,
    name: Sequence[str],
    table: str,
    pin: str | None = None,
) -> Features:
    """Return a row's features; *name* are its leading cells with continued ones filled in."""
    names = len(name)
    heads = tuple(fingerprint(part) for part in header)
    cells = tuple(fingerprint(part) for part in (*name, *row[names:]))
    pairs = sorted(zip(heads[names:], cells[names:], strict=True))
    return Features(
        kind=Kind.COMPARISON,
        path=path,
        ask=ask,
        context=context,
        reply=digest(*(part for pair in pairs for part in pair)),
        size=sum(len(loose(cell)) for cell in row[names:]),
        header=heads,
        cells=cells,
        names=names,
        table=table,
        pin=pin,
    )


def headings(context: Sequence[str]) -> tuple[str, ...]:
    """Return the fingerprints of a context's headings; its first part, the title, is left out."""
    return tuple(fingerprint(part) for part in context[1:])


def table_name(header: Sequence[str], rows: Sequence[Sequence[str]], context: Sequence[str]) -> str:
    """Return a name for a table at first sight; its rows keep it in the ledger."""
    parts = [loose(cell) for row in (header, *rows) for cell in row]
    return digest(*parts, "", *context, length=12)
