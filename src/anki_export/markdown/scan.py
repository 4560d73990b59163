"""Small scanners of Markdown source: cells of a row, labels, HTML's tags, display math."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple


class Definition(NamedTuple):
    """Where a link definition points."""

    url: str
    title: str


def normalise_label(label: str) -> str:
    """A link or footnote label as it is compared (CommonMark 4.7)."""
    return " ".join(label.split()).casefold()


def split_row(text: str) -> list[str]:
    r"""The cells of a table row; ``\|`` is a pipe in a cell, in code as well (GFM 4.10)."""
    text = text.strip().removeprefix("|")
    if "\\" not in text:
        cells = [cell.strip() for cell in text.split("|")]
        return cells[:-1] if len(cells) > 1 and not cells[-1] else cells
    cells, current, i = [], "", 0
    while i < len(text):
        if text[i] == "\\" and i + 1 < len(text):
            current += "|" if text[i + 1] == "|" else text[i : i + 2]
            i += 2
        elif text[i] == "|":
            cells.append(current.strip())
            current = ""
            i += 1
        else:
            current += text[i]
            i += 1
    if current.strip() or not cells:
        cells.append(current.strip())
    return cells


# --------------------------------------------------------------------------- HTML

_BLOCK_TAGS = (
    "address article aside base basefont blockquote body caption center col colgroup dd "
    "details dialog dir div dl dt fieldset figcaption figure footer form frame frameset h1 "
    "h2 h3 h4 h5 h6 head header hr html iframe legend li link main menu menuitem nav "
    "noframes ol optgroup option p param search section source summary table tbody td "
    "tfoot th thead title tr track ul"
)
_INLINE_TAGS = (
    "a abbr acronym applet area audio b bdi bdo big blink br button canvas cite code data "
    "datalist del dfn em embed font i img input ins kbd keygen label map mark marquee math "
    "meta meter noscript object output picture pre progress q rp rt ruby s samp script "
    "select slot small span strike strong style sub sup svg template textarea time tt u "
    "var video wbr"
)
HTML_TAGS = frozenset((_BLOCK_TAGS + " " + _INLINE_TAGS).split())
"""Every element name of HTML: what is not here was not meant as a tag."""

_ATTRIBUTE = r"""(?:\s+[a-zA-Z_:][\w.:-]*(?:\s*=\s*(?:[^\s"'=<>`]+|'[^']*'|"[^"]*"))?)"""
TAG = re.compile(
    rf"<(?:(?P<open>[a-zA-Z][a-zA-Z0-9-]*){_ATTRIBUTE}*\s*/?|/(?P<close>[a-zA-Z][a-zA-Z0-9-]*)\s*)>"
)
"""An open or closing tag (CommonMark 6.6)."""


# --------------------------------------------------------------------------- display math

MATH_LIMIT = 200
"""Lines of one formula; a mark without a partner within them is text."""

_HEADING = re.compile(r"#{1,6}\s")


def opens_math(text: str) -> bool:
    """Whether a line leaves display math open at its end."""
    if text.startswith("$$"):
        return text.count("$$") % 2 == 1
    return text.startswith(r"\[") and r"\]" not in text


def closes_math(line: Callable[[int], str | None], index: int, text: str) -> int:
    """The line that closes the display math opened at ``index``; -1 without one.

    ``line`` gives a line by its number, None past the end. Blank lines are part of a
    formula only if its mark stands alone on its line.
    """
    mark = "$$" if text.startswith("$$") else r"\]"
    alone = text.strip() in ("$$", r"\[")
    before = text
    for number in range(index + 1, index + MATH_LIMIT):
        found = line(number)
        if found is None:
            return -1
        here = found.strip()
        if mark in here:
            return number
        if (not alone and not here) or here.startswith(("```", "~~~")):
            return -1
        if not before and _HEADING.match(here):  # a formula that nobody closed
            return -1
        before = here
    return -1
