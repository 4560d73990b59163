"""Tables that compare nothing: lists of links, sample data, contents, layout.

A verdict for tables, as ``verdicts`` is for questions. Each kind is a switch: a folder in
which it means something else lets it in.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from anki_export.extract.sight import Sight
from anki_export.markdown import Block
from anki_export.marks import visible, without_numbering
from anki_export.model import Table

_LINKS = re.compile(
    r"(?:\s|,|，|、|/|\||<br\s*/?>|[*_~`]|"
    r"!?\[(?:[^\[\]]|!?\[[^\[\]]*\](?:\([^()]*\))?)*\](?:\((?:[^()]|\([^()]*\))*\)|\[[^\]]*\])|"
    r"<a\b[^>]*>.*?</a>|<img\b[^>]*>|<?https?://\S+>?|:[a-z_]+:)+",
    re.IGNORECASE | re.DOTALL,
)
_ID_NAME = re.compile(
    r"(?:id|[a-z]?id|\w*[_.]id|[A-Za-z]+Id|#|№|no\.?|s\.?\s*no\.?|sr\.?\s*no\.?|sno|num|nr\.?|index|"
    r"序号|编号|學號|学号|工号|番号|번호|номер|п/п|n°|nº|núm\.?|الرقم|رقم|م)"
)
_ID_CELL = re.compile(r"\d+[.)、]?|[A-Za-z]{0,4}[-_]?\d{3,}")
_IDENTIFIER = re.compile(r"[A-Za-z_][\w.]*(?:\(\w*\))?")
_DATUM = re.compile(
    r"[-+]?\d[\d,.:/\s%-]*|null|none|nan|n/a|true|false|[-–—]|[A-Za-z]{0,3}\d{2,}", re.IGNORECASE
)
_CONTENTS = re.compile(
    r"(?:(?:hide|show|/|\s)*table )?(?:of )?contents?|toc|目录|目錄|目次|목차|оглавление|содержание|зміст|"
    r"índice|sumário|sommaire|table des matières|inhalt(?:sverzeichnis)?|الفهرس|المحتويات",
    re.IGNORECASE,
)
_DAY = re.compile(
    r"(?:mon|tue|wed|thu|fri|sat|sun)\w*|(?:周|星期|礼拜)?[一二三四五六日天]|mo|di|mi|do|fr|sa|so|пн|вт|ср|чт|пт|сб|вс|нд",
    re.IGNORECASE,
)
_MOST = 0.6
"""Share of cells that are bare data in a table of sample data."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a table gives no cards, and the switch that lets it in."""

    reason: str
    switch: str


def refuse(sight: Sight, block: Block, table: Table) -> Refusal | None:
    """The first kind of table that compares nothing to which it belongs; None for none."""
    header, rows = table.header, table.rows
    config = sight.config
    if not rows:
        return Refusal("it has no rows", "forms.table")
    if len(header) < (2 if config.two_column_tables else 3):
        return Refusal("a table of two columns", "two_column_tables")
    for switch, reason, rule in KINDS:
        if not getattr(config, switch) and rule(sight, block, header, rows):
            return Refusal(reason, switch)
    return None


def is_links(
    sight: Sight, block: Block, header: Sequence[str], rows: Sequence[Sequence[str]]
) -> bool:
    """Two and more asked columns hold nothing but links: a list of places to go."""
    linked = 0
    for column in range(1, len(header)):
        cells = [row[column] for row in rows if row[column].strip()]
        linked += bool(cells) and all(_is_link(cell) for cell in cells)
    return linked >= 2


def _is_link(cell: str) -> bool:
    return ("](" in cell or "://" in cell or "<a" in cell or "<img" in cell or "][" in cell) and (
        _LINKS.fullmatch(cell) is not None
    )


def is_data(
    sight: Sight, block: Block, header: Sequence[str], rows: Sequence[Sequence[str]]
) -> bool:
    """Rows of a database or a numbered list: the first column only counts or identifies.

    Or identifiers (``user_id``, ``SUM``) name columns whose cells are mostly bare values;
    a comparison names its columns in words.
    """
    names = [_bare(name) for name in header]
    first = [_bare(row[0]) for row in rows if row[0].strip()]
    named = _ID_NAME.fullmatch(names[0].casefold()) or _ID_NAME.fullmatch(names[0])
    if named and first and all(_ID_CELL.fullmatch(cell) for cell in first):
        return True
    cells = [_bare(cell) for row in rows for cell in row if cell.strip()]
    bare = sum(bool(_DATUM.fullmatch(cell)) for cell in cells) / max(1, len(cells))
    if not all(_IDENTIFIER.fullmatch(name) or name.isdigit() for name in names):
        return False
    coded = sum("_" in n or n.isdigit() or bool(_ID_NAME.fullmatch(n)) or _shouts(n) for n in names)
    if coded * 3 < len(names):
        return False
    return bare >= _MOST or (coded * 2 >= len(names) and _repeats(rows))


def _shouts(name: str) -> bool:
    return name.isupper() and len(name) > 1


def _repeats(rows: Sequence[Sequence[str]]) -> bool:
    """Whether some column but not the whole row repeats, as keys of records do."""
    columns = list(zip(*rows, strict=True))
    return len(rows) > 2 and any(
        0 < len(set(column)) < len(column) and column[0].strip() for column in columns[:2]
    )


def is_contents(
    sight: Sight, block: Block, header: Sequence[str], rows: Sequence[Sequence[str]]
) -> bool:
    """It stands below a heading or in a fold that is called contents."""
    head = sight.head_at(block.start)
    fold = sight.fold_at(block.start)
    names = [head.name if head else "", re.sub(r"<[^>]*>", "", fold.text) if fold else ""]
    return any(
        _CONTENTS.fullmatch(without_numbering(visible(name)).strip("*_ :：")) for name in names
    )


def is_layout(
    sight: Sight, block: Block, header: Sequence[str], rows: Sequence[Sequence[str]]
) -> bool:
    """Columns without names, days of a calendar, cells that are only pictures."""
    asked = header[1:]
    if not any(_bare(name) for name in asked):
        return True
    if sum(bool(_DAY.fullmatch(_bare(name))) for name in header) >= 5:
        return True
    cells = [cell for row in rows for cell in row[1:] if cell.strip()]
    pictures = sum(("![" in cell or "<img" in cell) and _is_link(cell) for cell in cells)
    return bool(cells) and pictures == len(cells) and all(_is_badge(cell) for cell in cells)


def _is_badge(cell: str) -> bool:
    return bool(re.search(r"badge|shields\.io|travis|codecov|\]\(.*\)\]\(", cell, re.IGNORECASE))


def _bare(cell: str) -> str:
    return visible(cell).strip("*_`~ \t")


Kind = Callable[[Sight, Block, Sequence[str], Sequence[Sequence[str]]], bool]

KINDS: tuple[tuple[str, str, Kind], ...] = (
    ("link_tables", "two and more of its columns hold only links", is_links),
    ("contents_tables", "it is a table of contents", is_contents),
    ("data_tables", "its rows are numbered or sample data", is_data),
    ("layout_tables", "it is a layout, a calendar or badges", is_layout),
)
"""Every kind of table that compares nothing: its switch, its reason, its rule."""
