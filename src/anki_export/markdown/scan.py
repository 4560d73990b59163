"""Small scanners of Markdown source: cells of a row, labels, HTML's tags, Anki's marks."""

from __future__ import annotations

import re
from typing import NamedTuple


class Definition(NamedTuple):
    """Where a link definition points."""

    url: str
    title: str


def normalise_label(label: str) -> str:
    """A link or footnote label as it is compared (CommonMark 4.7)."""
    return " ".join(label.split()).casefold()


_ESCAPED = re.compile(r"\\.", re.DOTALL)


def split_row(text: str) -> list[str]:
    r"""The cells of a table row; ``\|`` is a pipe in a cell, in code as well (GFM 4.10)."""
    text = text.strip().removeprefix("|")
    if "\\" in text:  # no text holds NUL: it can stand for a pipe that parts nothing
        text = _ESCAPED.sub(lambda found: "\0" if found[0] == r"\|" else found[0], text)
    cells = [cell.strip().replace("\0", "|") for cell in text.split("|")]
    return cells[:-1] if len(cells) > 1 and not cells[-1] else cells


# --------------------------------------------------------------------------- HTML

_NAMES = """
a abbr acronym address applet area article aside audio b base basefont bdi bdo big blink
blockquote body br button canvas caption center cite code col colgroup data datalist dd
del details dfn dialog dir div dl dt em embed fieldset figcaption figure font footer form
frame frameset h1 h2 h3 h4 h5 h6 head header hr html i iframe img input ins kbd keygen
label legend li link main map mark marquee math menu menuitem meta meter nav noframes
noscript object ol optgroup option output p param picture pre progress q rp rt ruby s
samp script search section select slot small source span strike strong style sub summary
sup svg table tbody td template textarea tfoot th thead time title tr track tt u ul var
video wbr
"""
HTML_TAGS = frozenset(_NAMES.split())
"""Every element name of HTML: what is not here was not meant as a tag."""

_ATTRIBUTE = r"""(?:\s+[a-zA-Z_:][\w.:-]*(?:\s*=\s*(?:[^\s"'=<>`]+|'[^']*'|"[^"]*"))?)"""
TAG = re.compile(
    rf"<(?:(?P<open>[a-zA-Z][a-zA-Z0-9-]*){_ATTRIBUTE}*\s*/?|/(?P<close>[a-zA-Z][a-zA-Z0-9-]*)\s*)>"
)
"""An open or closing tag (CommonMark 6.6)."""


# --------------------------------------------------------------------------- Anki's marks

MARK_OF_ANKI = r"\[(?=sound:|anki:|/?latex\]|/?\$\$?\])"
"""The bracket of ``[sound:``, ``[latex]`` or ``[$]``, which Anki looks for in a field's source."""

_BRACKET = re.compile(MARK_OF_ANKI, re.IGNORECASE)


def without_marks(source: str) -> str:
    """HTML in which such brackets are entities: Anki does not see them, a browser does."""
    return _BRACKET.sub("&#91;", source)
