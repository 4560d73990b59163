"""Comparison tables: every row becomes a card that asks for its cells."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import cast

from anki_export.blocks import Block, Outline
from anki_export.config import Config
from anki_export.extract.directives import Directives
from anki_export.extract.headings import context_of
from anki_export.model import Alignment, Card, Kind, Location, Row, Table

_BLANK = re.compile(r"_{3,}|＿{2,}|\\_(?:\\?_){2,}")
_MARKUP = re.compile(r"<br\s*/?>|[*_`~\s]", re.IGNORECASE)
_PLAIN_VALUE = re.compile(
    r"[-+~≈<>≤≥±]*\s*\d[\d,._\s]*(?:[-–~～:/×xX*^]\s*\d[\d,.]*)*\s*(?:%|[a-zA-Zµμ]{1,4}(?:/s)?)?"
    r"|[✓✔✅☑√✗✘❌✖×☐⭐★☆○●◯△▲⚠️\s]+|[-—–/]+|N/?A|[yYnN是否有无]|yes|no",
    re.IGNORECASE,
)


def find_rows(outline: Outline, config: Config, directives: Directives) -> tuple[Card, ...]:
    """A card for each row of every comparison table, in source order."""
    if "table" not in config.forms:
        return ()
    blocks = outline.document.root.walk()
    skipped = {
        table.start
        for before, table in pairwise(blocks)
        if directives.skips(table.start)
        or (
            before.kind == "paragraph"
            and before.end == table.start
            and directives.skips(before.start)
        )
    }
    cards: list[Card] = []
    for block in blocks:
        if block.kind == "table" and block.start not in skipped:
            cards += _cards_of(outline, block, config, directives)
    return tuple(cards)


def _cards_of(outline: Outline, block: Block, config: Config, directives: Directives) -> list[Card]:
    table = _table(outline, block)
    if len(table.header) < (2 if config.two_column_tables else 3):
        return []
    filled = _continued(table.rows)
    names = _naming_columns(filled)
    asked = [row for row in filled if _is_asked(row, names)]
    if not config.plain_value_tables and all(_is_plain(row[names:]) for row in asked):
        return []
    cards = []
    for index, row in enumerate(filled):
        if not _is_asked(row, names):
            continue
        name = tuple(cell for cell in row[:names] if cell)
        cards.append(
            Card(
                Kind.COMPARISON,
                Location(outline.note.path, table.line + 2 + index),
                "table",
                context_of(outline, block.start),
                Row(table, index, names, name),
                directives.pins.get(block.start) if len(filled) == 1 else None,
            )
        )
    return cards


def _table(outline: Outline, block: Block) -> Table:
    header, *rows = (tuple(cells) for cells in block.rows())
    line = outline.note.first_line + block.start
    alignments = cast(tuple[Alignment, ...], block.alignments)
    return Table(header, alignments, tuple(rows), line)


def _continued(rows: Sequence[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """The rows with an empty first cell filled from the one above."""
    out: list[tuple[str, ...]] = []
    above = ""
    for row in rows:
        above = row[0] if _text(row[0]) else above
        filled = (above, *row[1:]) if any(_text(cell) for cell in row[1:]) else row
        out.append(filled)
    return out


def _naming_columns(rows: Sequence[tuple[str, ...]]) -> int:
    """The fewest leading columns that tell all rows apart, at least one asked for.

    Where no number of columns does, the fewest that tell the most rows apart.
    """
    real = [row for row in rows if any(_text(cell) for cell in row)]
    if not real:
        return 1

    def distinct(count: int) -> int:
        return len({tuple(_text(cell) for cell in row[:count]) for row in real})

    return max(range(1, len(real[0])), key=lambda count: (distinct(count), -count))


def _is_asked(row: tuple[str, ...], names: int) -> bool:
    """Whether a row has a name, something to ask for, and no blanks to fill in."""
    if not any(_text(cell) for cell in row[:names]):
        return False
    return any(_text(cell) for cell in row[names:]) and not any(map(_is_blank, row))


def _is_blank(cell: str) -> bool:
    return bool(_BLANK.search(re.sub(r"`[^`]*`|__\w+__", "", cell)))


def _is_plain(cells: Sequence[str]) -> bool:
    """Whether all cells are bare numbers or ticks."""
    return all(not _text(cell) or _PLAIN_VALUE.fullmatch(_text(cell)) for cell in cells)


def _text(cell: str) -> str:
    return _MARKUP.sub("", cell)
