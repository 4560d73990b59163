"""Comparison tables: every row becomes a card that asks for its cells."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import cast

from anki_export.extract.refusals import Refusal, refuse
from anki_export.extract.sight import Sight, context_of, short
from anki_export.markdown import Block, Outline, split_row
from anki_export.marks import is_label, question_marker, whole_bold, without_numbering
from anki_export.model import Alignment, Card, Kind, Location, Row, Table, Verdict
from anki_export.problems import ProblemKind, Problems

_BLANK = re.compile(r"_{3,}|＿{2,}|\\_(?:\\?_){2,}")
_MARKUP = re.compile(r"<br\s*/?>|[*_`~\s]", re.IGNORECASE)
_PLAIN_VALUE = re.compile(
    r"[-+~≈<>≤≥±]*\s*\d[\d,._\s]*(?:[-–~～:/×xX*^]\s*\d[\d,.]*)*\s*(?:%|[a-zA-Zµμ]{1,4}(?:/s)?)?"
    r"|[✓✔✅☑√✗✘❌✖×☐⭐★☆○●◯△▲⚠️\s]+|[-—–/]+|N/?A|[yYnN是否有无]|yes|no",
    re.IGNORECASE,
)


def find_rows(sight: Sight, problems: Problems) -> tuple[tuple[Card, ...], tuple[Verdict, ...]]:
    """A card for each row of every comparison table, in source order, and what became of each."""
    cards: list[Card] = []
    verdicts = []
    for before, block in pairwise(sight.root.walk()):
        if block.kind != "table":
            continue
        caption = before if before.kind == "paragraph" and before.parent is block.parent else None
        table = _table(sight.outline, block)
        refusal = _refusal(sight, block, caption, table)
        found = _cards_of(sight, block, caption, table, problems) if refusal is None else []
        if refusal is None and not found:
            refusal = Refusal("it has no row that names and fills something", "forms.table")
        cards += found
        verdicts.append(_verdict(table, refusal, len(found)))
    return tuple(cards), tuple(verdicts)


def _verdict(table: Table, refusal: Refusal | None, count: int) -> Verdict:
    return Verdict(
        table.line,
        " | ".join(cell for cell in table.header if cell),
        "table",
        refusal is None,
        refusal.reason if refusal else f"a comparison; cards of its rows: {count}",
        refusal.switch if refusal else "forms.table",
    )


def _refusal(sight: Sight, block: Block, caption: Block | None, table: Table) -> Refusal | None:
    """Why a table gives no cards, whatever is in its rows."""
    if "table" not in sight.config.forms:
        return Refusal("its form is switched off", "forms.table")
    above = caption and (caption.end == block.start or _caption(caption))
    if sight.directives.skips(block.start) or (
        caption is not None and above and sight.directives.skips(caption.start)
    ):
        return Refusal("a comment leaves it out", "")
    return refuse(sight, block, table)


def _cards_of(
    sight: Sight, block: Block, caption: Block | None, whole: Table, problems: Problems
) -> list[Card]:
    outline, config = sight.outline, sight.config
    kept = _asked_columns(outline, block, whole, problems)
    table = _columns(whole, kept)
    if len(table.header) < (2 if config.two_column_tables else 3):
        return []
    filled = _continued(table.rows)
    names = _naming_columns(filled)
    asked = [row for row in filled if _is_asked(row, names)]
    if not config.plain_value_tables and all(_is_plain(row[names:]) for row in asked):
        return []
    context = context_of(sight, block.start) + _caption(caption)
    pin = sight.directives.pins.get(block.start) if len(filled) == 1 else None
    overfull = {line - block.start - 2 for line, _ in _overfull(block)}
    cards = [
        Card(
            Kind.COMPARISON,
            Location(outline.note.path, table.line + 2 + index),
            "table",
            context,
            Row(part, index, names, tuple(cell for cell in row[:names] if cell)),
            pin,
        )
        for part in _parts(table, names, config.max_asked_columns)
        for index, row in enumerate(filled)
        if index not in overfull
        and _is_asked(row, names)
        and any(_text(cell) for cell in part.rows[index][names:])
    ]
    cards.sort(key=lambda card: card.location.line or 0)
    if cards:
        _report_lost_cells(outline, block, problems)
    return cards


def _asked_columns(outline: Outline, block: Block, table: Table, problems: Problems) -> list[int]:
    """The columns that can be asked: one without a name of its own cannot."""
    names = [_text(cell).casefold() for cell in table.header]
    kept, odd = [], []
    for column, name in enumerate(names):
        filled = any(_text(row[column]) for row in table.rows)
        if column == 0 or (name and names[1:].count(name) == 1):
            kept.append(column)
        elif filled:
            odd.append(table.header[column] or str(column + 1))
    if odd:
        where = Location(outline.note.path, outline.note.first_line + block.start)
        message = f"table with columns that have no name of their own: {', '.join(odd)}"
        hint = "name them; until then they are not asked"
        problems.add(ProblemKind.UNNAMED_COLUMN, where, message, hint)
    return kept


def _columns(table: Table, kept: Sequence[int]) -> Table:
    if len(kept) == len(table.header):
        return table
    return Table(
        tuple(table.header[i] for i in kept),
        tuple(table.alignments[i] for i in kept),
        tuple(tuple(row[i] for i in kept) for row in table.rows),
        table.line,
    )


def _parts(table: Table, names: int, limit: int) -> list[Table]:
    """A table whose rows ask for more than ``limit`` cells, as several narrower ones."""
    width = len(table.header)
    if width - names <= limit:
        return [table]
    count = -(-(width - names) // limit)
    size = -(-(width - names) // count)
    return [
        _columns(table, [*range(names), *range(start, min(start + size, width))])
        for start in range(names, width, size)
    ]


def _caption(block: Block | None) -> tuple[str, ...]:
    """What a bold line right above a table says it compares."""
    text = whole_bold(block.text[-1][1]) if block else None
    if text is None or is_label(text):
        return ()
    marked = question_marker(text)
    name = marked.text if marked and marked.text else without_numbering(text)
    return (short(name.rstrip(":： ")),)


def _overfull(block: Block) -> list[tuple[int, int]]:
    """Rows with more cells than the header, and how many cells they have (GFM 4.10)."""
    width = len(block.alignments)
    out = []
    for line, text in block.text[2:]:
        cells = split_row(text)
        if any(_text(cell) for cell in cells[width:]):
            out.append((line, len(cells)))
    return out


def _report_lost_cells(outline: Outline, block: Block, problems: Problems) -> None:
    """Rows that cannot be asked: which of their cells belong together nobody knows."""
    width = len(block.alignments)
    for line, count in _overfull(block):
        problems.add(
            ProblemKind.LOST_CELLS,
            Location(outline.note.path, outline.note.first_line + line),
            f"row with {count} cells in a table of {width} columns: it gives no card",
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
