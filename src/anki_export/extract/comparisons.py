"""Comparison tables: every row becomes a card that asks for its cells."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import cast

from anki_export.config import Config
from anki_export.extract.directives import Directives
from anki_export.extract.headings import context_of
from anki_export.markdown import Block, Outline, split_row
from anki_export.marks import is_label, question_marker, whole_bold, without_numbering
from anki_export.model import Alignment, Card, Kind, Location, Row, Table
from anki_export.problems import ProblemKind, Problems

_BLANK = re.compile(r"_{3,}|＿{2,}|\\_(?:\\?_){2,}")
_MARKUP = re.compile(r"<br\s*/?>|[*_`~\s]", re.IGNORECASE)
_PLAIN_VALUE = re.compile(
    r"[-+~≈<>≤≥±]*\s*\d[\d,._\s]*(?:[-–~～:/×xX*^]\s*\d[\d,.]*)*\s*(?:%|[a-zA-Zµμ]{1,4}(?:/s)?)?"
    r"|[✓✔✅☑√✗✘❌✖×☐⭐★☆○●◯△▲⚠️\s]+|[-—–/]+|N/?A|[yYnN是否有无]|yes|no",
    re.IGNORECASE,
)


def find_rows(
    outline: Outline, config: Config, directives: Directives, problems: Problems
) -> tuple[Card, ...]:
    """A card for each row of every comparison table, in source order."""
    cards: list[Card] = []
    if "table" not in config.forms:
        return ()
    for before, block in pairwise(outline.document.root.walk()):
        if block.kind != "table":
            continue
        caption = before if before.kind == "paragraph" and before.parent is block.parent else None
        if directives.skips(block.start) or (
            caption
            and (caption.end == block.start or _caption(caption))
            and directives.skips(caption.start)
        ):
            continue
        found = _cards_of(outline, block, caption, config, directives)
        cards += found
        if found:
            _report_lost_cells(outline, block, problems)
    return tuple(cards)


def _cards_of(
    outline: Outline, block: Block, caption: Block | None, config: Config, directives: Directives
) -> list[Card]:
    table = _table(outline, block)
    if len(table.header) < (2 if config.two_column_tables else 3):
        return []
    filled = _continued(table.rows)
    names = _naming_columns(filled)
    asked = [row for row in filled if _is_asked(row, names)]
    if not config.plain_value_tables and all(_is_plain(row[names:]) for row in asked):
        return []
    context = context_of(outline, block.start) + _caption(caption)
    pin = directives.pins.get(block.start) if len(filled) == 1 else None
    return [
        Card(
            Kind.COMPARISON,
            Location(outline.note.path, table.line + 2 + index),
            "table",
            context,
            Row(table, index, names, tuple(cell for cell in row[:names] if cell)),
            pin,
        )
        for index, row in enumerate(filled)
        if _is_asked(row, names)
    ]


def _caption(block: Block | None) -> tuple[str, ...]:
    """What a bold line right above a table says it compares."""
    text = whole_bold(block.text[-1][1]) if block else None
    if text is None or is_label(text):
        return ()
    marked = question_marker(text)
    name = marked.text if marked and marked.text else without_numbering(text)
    return (name.rstrip(":： "),)


def _report_lost_cells(outline: Outline, block: Block, problems: Problems) -> None:
    """Rows with more cells than the header: what is too much is shown nowhere (GFM 4.10)."""
    width = len(block.alignments)
    for line, text in block.text[2:]:
        if any(_text(cell) for cell in split_row(text)[width:]):
            problems.add(
                ProblemKind.LOST_CELLS,
                Location(outline.note.path, outline.note.first_line + line),
                f"row with more cells than the table's {width} columns: the rest is not shown",
                r"write a pipe that belongs to a cell as \|",
            )


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
