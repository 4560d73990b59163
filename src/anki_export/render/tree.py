"""The tree of blocks as an ElementTree; inline Markdown in it is left for later.

Text that is still Markdown stands in elements as :class:`Source`; a pseudo-element
``inline`` holds text that gets no element of its own (a tight list's).
"""

from __future__ import annotations

import html
from collections.abc import Callable, Sequence
from xml.etree.ElementTree import Element, SubElement

from markdown.util import HtmlStash

from anki_export.blocks import Block
from anki_export.render import raw_html
from anki_export.render.code import code_block, language
from anki_export.render.inline import Rules
from anki_export.render.math import scan_math
from anki_export.render.scope import Scope, Source
from anki_export.render.write import MathStash, add_text, escape, missing_image, write_image

INLINE = "inline"
"""Tag of the pseudo-element whose children replace it."""


class TreeBuilder:
    """Builds elements from blocks; ``line`` gives the file's line of a block's line."""

    def __init__(
        self,
        scope: Scope,
        stash: HtmlStash,
        math: MathStash,
        rules: Rules,
        line: Callable[[int], int],
    ) -> None:
        self._scope = scope
        self._stash = stash
        self._math = math
        self._rules = rules
        self._line = line

    def build(self, parent: Element, blocks: Sequence[Block], *, tight: bool = False) -> None:
        """Put blocks into an element; ``tight`` ones get no paragraph around their text."""
        for block in blocks:
            if len(parent) or (parent.text or "").strip():
                add_text(parent, "\n")
            self._block(parent, block, tight)

    def _block(self, parent: Element, block: Block, tight: bool) -> None:
        match block.kind:
            case "paragraph":
                element = SubElement(parent, INLINE if tight else "p")
                element.text = self._source(block)
            case "heading":
                SubElement(parent, f"h{block.level}").text = self._source(block)
            case "rule":
                SubElement(parent, "hr")
            case "quote":
                quote = SubElement(parent, "blockquote")
                add_text(quote, "\n")
                self.build(quote, block.children)
            case "list":
                self._list(parent, block)
            case "code":
                self._code(parent, block)
            case "html":
                self._html(parent, block)
            case "table":
                self._table(parent, block)

    def _source(self, block: Block) -> Source:
        source = Source("\n".join(text for _, text in block.text).rstrip(" \t"))
        source.lines = [self._line(index) for index, _ in block.text]
        return source

    def _list(self, parent: Element, block: Block) -> None:
        element = SubElement(parent, "ol" if block.ordered else "ul")
        if block.ordered and block.number != 1:
            element.set("start", str(block.number))
        for child in block.children:
            add_text(element, "\n")
            item = SubElement(element, "li")
            self.build(item, child.children, tight=block.tight)
            if child.checked is not None:
                self._task(item, child.checked)
        add_text(element, "\n")

    def _task(self, item: Element, checked: bool) -> None:
        """Turn the ``[x]`` that starts an item into a box (GFM 5.3)."""
        first = next(iter(item), None)
        if first is None or not isinstance(first.text, Source):
            return
        source = Source(first.text[3:].lstrip(" \t"))
        source.lines, source.task = first.text.lines, checked
        first.text = source
        item.set("class", "task-list-item")

    def _code(self, parent: Element, block: Block) -> None:
        text = "\n".join(line for _, line in block.text)
        if self._rules.math and language(block.info) == "math" and block.fence:
            paragraph = SubElement(parent, "p")
            add_text(paragraph, self._math.store(text, display=True))
            return
        add_text(parent, self._stash.store(code_block(text, block.info)))

    def _table(self, parent: Element, block: Block) -> None:
        box = SubElement(parent, "div", {"class": "table"})
        table = SubElement(box, "table")
        rows = block.rows()
        indices = [index for i, (index, _) in enumerate(block.text) if i != 1]
        body: Element | None = None
        for number, (cells, index) in enumerate(zip(rows, indices, strict=True)):
            if number == 0:
                row = SubElement(SubElement(table, "thead"), "tr")
            else:
                body = SubElement(table, "tbody") if body is None else body
                row = SubElement(body, "tr")
            for cell, alignment in zip(cells, block.alignments, strict=True):
                element = SubElement(row, "td" if number else "th")
                if alignment:
                    element.set("align", alignment)
                source = Source(cell)
                source.lines = [self._line(index)]
                element.text = source

    # ------------------------------------------------------------------ HTML blocks

    def _html(self, parent: Element, block: Block) -> None:
        source = "\n".join(line for _, line in block.text)
        lines = [self._line(index) for index, _ in block.text]

        def line(offset: int) -> int:
            return lines[source.count("\n", 0, offset)]

        def report(offset: int, message: str, hint: str) -> None:
            self._scope.report(line(offset), message, hint)

        out, keep = "", 0
        for piece in raw_html.pieces(source, report):
            tag = piece.tag
            if tag is None and piece.verbatim:
                out += _escaped(piece.text)
            elif tag is None:
                # What is no whole tag is text: an unclosed `<div` must not take all with it.
                text = piece.text.replace("<", "&lt;")
                out += text if keep else self._with_math(text)
            elif tag.name == "img":
                out += self._image(tag, line(piece.offset))
            else:
                keep += (tag.name in ("pre", "code")) * (-1 if tag.closing else 1)
                out += piece.text
        if out.strip():
            add_text(parent, self._stash.store(out))

    def _image(self, tag: raw_html.Tag, line: int) -> str:
        element = Element(INLINE)
        write_image(element, self._scope, tag.attributes.get("src", ""), line, tag.attributes)
        return missing_image(element)

    def _with_math(self, text: str) -> str:
        """The text of an HTML block with its formulas stashed."""
        if not self._rules.math or ("$" not in text and "\\" not in text):
            return text
        out, pos = "", 0
        while pos < len(text):
            found = scan_math(text, pos, lambda _: False) if text[pos] in "$\\" else None
            if found is None:
                out += text[pos]
                pos += 1
            else:
                out += self._math.store(html.unescape(found.tex), display=found.display)
                pos = found.end
        return out


def _escaped(text: str) -> str:
    return escape(text).replace("<", "&lt;").replace(">", "&gt;")
