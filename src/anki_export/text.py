"""The text of HTML without its markup: what identity compares and ``recover`` reads back."""

from __future__ import annotations

import html
import re
from html import unescape
from html.parser import HTMLParser
from unicodedata import east_asian_width

_BLOCK_NAMES = """
address article aside blockquote caption dd details div dl dt figcaption figure footer
h1 h2 h3 h4 h5 h6 header hr li main nav ol p pre section summary table tbody td tfoot
th thead tr ul
"""
BLOCK_TAGS = frozenset(_BLOCK_NAMES.split())
"""Elements whose boundaries part lines."""
_SILENT = frozenset({"script", "style", "template"})

_MARKUP = re.compile(r"[<&]")


class _Text(HTMLParser):
    """Collects text, a line break for every block boundary and ``<br>``."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SILENT:
            self._silent += 1
        elif tag == "br" or tag in BLOCK_TAGS:
            self.parts.append("\n")
        elif tag == "img":
            self.parts.append(next((value or "" for name, value in attrs if name == "alt"), ""))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _SILENT:
            self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT:
            self._silent = max(0, self._silent - 1)
        elif tag in BLOCK_TAGS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.parts.append(data)


def text_of(html: str) -> str:
    """Return what a reader sees of *html*, as plain text.

    Blocks and ``<br>`` separate lines, entities are decoded, white space is collapsed
    (in ``<pre>`` too), an image counts as its ``alt``. Empty lines are dropped.
    """
    if not _MARKUP.search(html):
        text = html
    elif "<" not in html:
        text = unescape(html)
    else:
        parser = _Text()
        parser.feed(html)
        parser.close()
        text = "".join(parser.parts)
    return tidy(text)


def tidy(text: str) -> str:
    """Return plain *text* with white space collapsed and without empty lines."""
    lines = (" ".join(line.split()) for line in text.split("\n"))
    return "\n".join(filter(None, lines))


def columns(text: str) -> int:
    """Return how wide *text* is in columns; an East Asian character takes two (UAX 11)."""
    if text.isascii():
        return len(text)
    return sum(2 if east_asian_width(char) in "WF" else 1 for char in text)


def as_html(text: str) -> str:
    """Return plain *text* as HTML, safe in a double-quoted attribute as well.

    A bracket would start a sound or LaTeX for Anki, which looks for them in the source.
    """
    return html.escape(text, quote=False).replace('"', "&quot;").replace("[", "&#91;")
