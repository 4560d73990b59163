"""Small scanners of Markdown source: columns of a line, table rows, definitions, HTML, math.

Each looks at text alone and knows nothing of the block tree.
"""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from typing import NamedTuple

TAB = 4
"""A tab reaches the next multiple of four columns (CommonMark 2.2)."""


class Definition(NamedTuple):
    """Where a link definition points."""

    url: str
    title: str


_WHITE = re.compile(r"[ \t]*")


class Line:
    """A line with a reading position that counts columns, tabs included."""

    __slots__ = ("_spaces", "blank", "column", "indent", "pos", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.pos = 0
        self.column = 0
        self._spaces = 0  # columns left of a tab consumed in part
        self._measure()

    def _measure(self) -> None:
        space = _WHITE.match(self.text, self.pos)
        end = space.end() if space else self.pos
        if "\t" in self.text[self.pos : end]:
            column = self.column + self._spaces
            for char in self.text[self.pos : end]:
                column += TAB - column % TAB if char == "\t" else 1
            self.indent = column - self.column
        else:
            self.indent = self._spaces + end - self.pos
        self.blank = end == len(self.text)

    def peek(self) -> str:
        """The first character that is no space; empty on a blank line."""
        return self.rest()[:1]

    def rest(self) -> str:
        """What follows the position and its white space."""
        return self.text[self.pos :].lstrip(" \t")

    def remaining(self) -> str:
        """All that follows the position, a tab consumed in part shown as spaces."""
        return " " * self._spaces + self.text[self.pos :]

    def skip_indent(self) -> None:
        """Go to the first character that is no space."""
        self.advance_columns(self.indent)

    def skip_columns(self, count: int) -> None:
        """Go at most ``count`` columns, over white space only."""
        self.advance_columns(min(count, self.indent))

    def advance(self, count: int) -> None:
        """Go ``count`` characters that are no tabs."""
        self.pos += count
        self.column += count
        self._measure()

    def advance_space(self) -> None:
        """Go one column if white space is there."""
        self.skip_columns(1)

    def advance_columns(self, count: int) -> None:
        """Go ``count`` columns of white space."""
        while count > 0:
            if self._spaces:
                step = min(self._spaces, count)
                self._spaces -= step
                self.column += step
                count -= step
            elif self.text[self.pos : self.pos + 1] == "\t":
                self._spaces = TAB - self.column % TAB
                self.pos += 1
            else:
                tab = self.text.find("\t", self.pos, self.pos + count)
                step = count if tab < 0 else tab - self.pos
                self.pos += step
                self.column += step
                count -= step
        self._measure()


# --------------------------------------------------------------------------- tables

_DELIMITER = re.compile(r"\|?[ \t]*:?-+:?[ \t]*(\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$")


def split_row(text: str) -> list[str]:
    r"""The cells of a table row; ``\|`` is a pipe in a cell, in code as well (GFM 4.10)."""
    text = text.strip().removeprefix("|")
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


def table_alignments(text: str) -> tuple[str, ...] | None:
    """The columns' alignments of a delimiter row, or None if it is no such row."""
    if not _DELIMITER.match(text) or not ("|" in text or ":" in text):
        return None  # dashes alone are a thematic break
    out = []
    for cell in split_row(text):
        left, right = cell.startswith(":"), cell.endswith(":")
        out.append("center" if left and right else "left" if left else "right" if right else "")
    return tuple(out)


# --------------------------------------------------------------------------- definitions


def normalise_label(label: str) -> str:
    """A link or footnote label as it is compared (CommonMark 4.7)."""
    return " ".join(label.split()).casefold()


_LABEL = re.compile(r"\[((?:[^\\\[\]]|\\.){1,999}?)\]:[ \t]*\n?[ \t]*", re.DOTALL)
_DESTINATION = re.compile(r"<((?:[^<>\\\n]|\\.)*)>|((?!<)[^\s\x00-\x1f]+)")
_TITLE = re.compile(r"\"((?:[^\"\\]|\\.)*)\"|'((?:[^'\\]|\\.)*)'|\(((?:[^()\\]|\\.)*)\)", re.DOTALL)
_END_OF_LINE = re.compile(r"[ \t]*(?:\n|$)")
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")


def unescape(text: str) -> str:
    """Text with backslash escapes and entities resolved (CommonMark 2.4, 2.5)."""
    out, last = "", 0
    for found in _ESCAPE.finditer(text):
        out += html.unescape(text[last : found.start()]) + found.group(1)
        last = found.end()
    return out + html.unescape(text[last:])


def _balanced(url: str) -> bool:
    """Whether the parentheses of a link's bare target are in pairs (CommonMark 6.3)."""
    depth = 0
    for char in re.sub(r"\\[()]", "", url):
        depth += (char == "(") - (char == ")")
        if depth < 0:
            return False
    return depth == 0


def scan_definition(text: str) -> tuple[str, Definition, int] | None:
    """A link definition at the start: label, target, and the lines it takes; else None."""
    label = _LABEL.match(text)
    if not label or not label.group(1).strip() or label.group(1).startswith("^"):
        return None
    found = _DESTINATION.match(text, label.end())
    if not found:
        return None
    if found.group(2) and not _balanced(found.group(2)):
        return None
    url = found.group(1) if found.group(1) is not None else found.group(2)
    end = _END_OF_LINE.match(text, found.end())
    space = re.compile(r"[ \t]*\n[ \t]*|[ \t]+").match(text, found.end())
    if space and (title := _TITLE.match(text, space.end())) and "\n\n" not in title.group():
        after = _END_OF_LINE.match(text, title.end())
        if after:
            words = next(g for g in title.groups() if g is not None)
            used = text[: after.end()].count("\n") + (after.end() == len(text))
            return label.group(1), Definition(unescape(url), unescape(words)), used
    if not end:
        return None
    used = text[: end.end()].count("\n") + (not text[: end.end()].endswith("\n"))
    return label.group(1), Definition(unescape(url), ""), used


# --------------------------------------------------------------------------- HTML blocks

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

_HTML_START = (
    (1, re.compile(r"<(?:script|pre|style|textarea)(?:[\s>]|$)", re.IGNORECASE)),
    (2, re.compile(r"<!--")),
    (3, re.compile(r"<\?")),
    (4, re.compile(r"<![A-Za-z]")),
    (5, re.compile(r"<!\[CDATA\[")),
    (6, re.compile(rf"</?(?:{'|'.join(_BLOCK_TAGS.split())})(?:\s|/?>|$)", re.IGNORECASE)),
)
_HTML_END = {
    1: re.compile(r"</(?:script|pre|style|textarea)>", re.IGNORECASE),
    2: re.compile(r"-->"),
    3: re.compile(r"\?>"),
    4: re.compile(r">"),
    5: re.compile(r"\]\]>"),
}


def opens_html(rest: str, *, in_paragraph: bool) -> int:
    """The kind 1–7 of HTML block that starts here (CommonMark 4.6), or 0."""
    if not rest.startswith("<"):
        return 0
    for kind, pattern in _HTML_START:
        if pattern.match(rest):
            return kind
    if not in_paragraph and (tag := TAG.match(rest)) and not rest[tag.end() :].strip():
        name = (tag.group("open") or tag.group("close")).lower()
        return 7 if name in HTML_TAGS else 0
    return 0


def closes_html(kind: int, text: str) -> bool:
    """Whether a line ends an HTML block of a kind that ends with a mark."""
    end = _HTML_END.get(kind)
    return bool(end and end.search(text))


# --------------------------------------------------------------------------- display math

_MATH_LIMIT = 200
"""Lines of one formula; a mark without a partner within them is text."""


_HEADING = re.compile(r"#{1,6}\s")


def opens_math(text: str) -> bool:
    """Whether a line leaves display math open at its end."""
    if text.startswith("$$"):
        return text.count("$$") % 2 == 1
    return text.startswith(r"\[") and r"\]" not in text


def closes_math(lines: Sequence[str], index: int, text: str) -> int:
    """The line that closes the display math opened at ``index``; -1 without one.

    Blank lines are part of a formula only if its mark stands alone on its line.
    """
    mark = "$$" if text.startswith("$$") else r"\]"
    alone = text.strip() in ("$$", r"\[")
    before = text
    for i in range(index + 1, min(len(lines), index + _MATH_LIMIT)):
        line = lines[i].strip()
        if mark in line:
            return i
        if (not alone and not line) or line.startswith(("```", "~~~")):
            return -1
        if not before and _HEADING.match(line):  # a formula that nobody closed
            return -1
        before = line
    return -1
