"""Finished HTML on its way past the serialiser and the sanitiser, and its text."""

from __future__ import annotations

import re
from xml.etree.ElementTree import Element

from markdown.util import AMP_SUBSTITUTE, ETX, STX

from anki_export.text import BLOCK_TAGS, tidy

_MARK = f"{STX}%d{ETX}"
_MARKS = re.compile(f"{STX}([0-9]+){ETX}")


def escape(text: str) -> str:
    """Text whose ampersands Python-Markdown's serialiser takes for what they are.

    It leaves everything alone that looks like an entity; its own mark for a literal
    ampersand does not look like one.
    """
    return text.replace("&", AMP_SUBSTITUTE + "amp;") if "&" in text else text


def unescape(text: str) -> str:
    """The text that :func:`escape` was given."""
    return text.replace(AMP_SUBSTITUTE + "amp;", "&") if AMP_SUBSTITUTE in text else text


def add_text(parent: Element, text: str) -> None:
    """Append text behind all that an element holds."""
    if len(parent):
        parent[-1].tail = (parent[-1].tail or "") + text
    else:
        parent.text = (parent.text or "") + text


class Stash:
    """Pieces of HTML, each with a mark that stands for it in a text.

    ``safe`` ones are put back when the rest has passed the sanitiser: nothing of a
    formula or of highlighted code is the sanitiser's affair.
    """

    def __init__(self) -> None:
        self._pieces: list[tuple[str, str, bool]] = []

    def store(self, html: str, text: str, *, safe: bool = False) -> str:
        """Keep a piece with its text; gives back the mark that stands for it."""
        self._pieces.append((html, text, safe))
        return _MARK % (len(self._pieces) - 1)

    def restore(self, text: str, *, safe: bool) -> str:
        """Put back the safe pieces, or those that are not."""

        def piece(mark: re.Match[str]) -> str:
            html, _, is_safe = self._pieces[int(mark.group(1))]
            return html if is_safe == safe else mark.group()

        return _MARKS.sub(piece, text) if self._pieces else text

    def text_of(self, root: Element) -> str:
        """What a reader sees of a tree, as plain text, as if its HTML were read again."""
        parts: list[str] = []
        stack: list[Element | str] = [root]
        while stack:
            part = stack.pop()
            if isinstance(part, str):
                parts.append(part)
                continue
            block = part.tag in BLOCK_TAGS
            if part.tag == "img":
                parts.append(part.get("alt", ""))
            elif block or part.tag == "br":
                parts.append("\n")
            if part.text:
                parts.append(part.text)
            if block:
                stack.append("\n")
            for child in reversed(part):
                if child.tail:
                    stack.append(child.tail)
                stack.append(child)
        text = _MARKS.sub(lambda mark: self._pieces[int(mark.group(1))][1], "".join(parts))
        return tidy(unescape(text))
