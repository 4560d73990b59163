"""A row of a comparison table as HTML: asked with blanks, filled in, and in its whole table.

Both sides have the same labels in the same order, so that the style sheet can lay them out
alike. Line ends and spaces between the elements are for Anki's own lists, which strip the
markup and put nothing in its place; the forms without them, of earlier packages, are read by
the style sheet and by ``recover`` as well.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html import escape

from anki_export.markdown.converter import Written
from anki_export.model import Row, Table
from anki_export.text import columns

WHOLE_TABLE = 100
"""Rows of a table on its cards; of a longer one, those around the card's row."""

FEW_ROWS = 8
"""Rows of a table that its cards show, however many they are."""

MOST_COPIES = 40_000
"""Cells that all cards of a table show together: a long table shows fewer rows on each."""

LONG = 44
"""Columns of a value that make more than two lines beside its label on a phone."""

_WIDE = re.compile(r"<(?:img|br|pre|ul|ol)\b|\\\[")


def prompt_html(head: str, name: str, pairs: Sequence[tuple[Written, Written]]) -> str:
    """The front: what the row is called, below the names of those columns, and the blanks."""
    above = f'<div class="row-head">{head}</div>\n' if head else ""
    blanks = "".join(
        f'<li{_long(value)}><span class="column">{label.html}</span> '
        '<span class="blank"></span></li>\n'
        for label, value in pairs
    )
    return f'{above}<div class="row-name">{name}</div>\n<ul class="asked">\n{blanks}</ul>'


def answer_html(pairs: Sequence[tuple[Written, Written]]) -> str:
    """The back: the same grid with the values in the blanks."""
    turned = "".join(
        f"<dt{_long(value)}>{label.html}</dt> <dd{_long(value)}>{value.html}</dd>\n"
        for label, value in pairs
    )
    return f'<dl class="turned">\n{turned}</dl>'


def _long(value: Written) -> str:
    """The class of a value that needs the card's whole width on a phone, on both sides."""
    long = columns(value.text) > LONG or _WIDE.search(value.html)
    return ' class="long"' if long else ""


def table_html(header: Sequence[Written], rows: Mapping[int, Sequence[Written]], body: Row) -> str:
    """The whole table with the card's own row marked."""

    def line(tag: str, cells: Sequence[Written], attribute: str = "") -> str:
        inner = "\n".join(
            f'<{tag} align="{escape(alignment)}">{cell.html}</{tag}>'
            if alignment
            else f"<{tag}>{cell.html}</{tag}>"
            for cell, alignment in zip(cells, body.table.alignments, strict=False)
        )
        return f"<tr{attribute}>{inner}</tr>\n"

    lines = "".join(
        line("td", rows[index], ' class="this-row"' if index == body.index else "")
        for index in near(body.table, body.index)
    )
    head = line("th", header)
    return f'<div class="table"><table><thead>{head}</thead><tbody>{lines}</tbody></table></div>'


def near(table: Table, index: int) -> range:
    """The rows of a table that stand on the card of one of them."""
    count = len(table.rows)
    share = MOST_COPIES // max(1, count * len(table.header))
    shown = min(count, WHOLE_TABLE, max(FEW_ROWS, share))
    first = min(max(0, index - shown // 2), count - shown)
    return range(first, first + shown)
