"""Blocks as an ElementTree; inline Markdown in it is left for later.

Text that is still Markdown stands in elements as :class:`Source`.
"""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import Any
from xml.etree.ElementTree import Element, SubElement

from markdown import Markdown
from markdown.blockparser import BlockParser

from anki_export.markdown import callouts, raw_html
from anki_export.markdown.code import code_block, highlights, is_long, language
from anki_export.markdown.inlines import NAMELESS, image_html
from anki_export.markdown.math import scan_math
from anki_export.markdown.scope import Conversion, Source
from anki_export.markdown.stash import add_text
from anki_export.markdown.tree import Block, Callout
from anki_export.problems import ProblemKind
from anki_export.text import text_of


class TreeBuilder(BlockParser):
    """Builds elements from blocks that are parsed already."""

    def __init__(self, md: Markdown, now: Conversion) -> None:
        super().__init__(md)
        self._now = now

    def parseBlocks(self, parent: Element, blocks: Sequence[Any]) -> None:  # noqa: N802
        """Put blocks into an element."""
        self._build(parent, blocks)

    def _build(self, parent: Element, blocks: Sequence[Block], *, tight: bool = False) -> None:
        """Put blocks into an element; ``tight`` ones get no paragraph around their text."""
        for block in blocks:
            if len(parent) or (parent.text or "").strip():
                add_text(parent, "\n")
            self._block(parent, block, tight)

    def _block(self, parent: Element, block: Block, tight: bool) -> None:
        match block.kind:
            case "paragraph":
                self._text(SubElement(parent, NAMELESS if tight else "p"), block)
            case "heading":
                self._text(SubElement(parent, f"h{block.level}"), block)
            case "rule":
                SubElement(parent, "hr")
            case "quote":
                self._quote(parent, block)
            case "list":
                self._list(parent, block)
            case "code":
                self._code(parent, block)
            case "html" if block.callout:
                self._container(parent, block.callout, block.start)
            case "html":
                self._html(parent, block)
            case "table":
                self._table(parent, block)

    def _text(self, element: Element, block: Block) -> None:
        lines = [self._now.line(index) for index, _ in block.text]
        element.text = Source(block.source().rstrip(" \t"), lines)

    def _quote(self, parent: Element, block: Block) -> None:
        if block.callout is None:
            quote = SubElement(parent, "blockquote")
            add_text(quote, "\n")
        else:
            tag, attributes = callouts.box(block.callout)
            quote = SubElement(parent, tag, attributes)
            self._title(quote, block.callout, block.start)
        self._build(quote, block.children)

    def _container(self, parent: Element, callout: Callout, line: int) -> None:
        """The first or the last line of a container; one without a look is its content alone."""
        tag, attributes = callouts.box(callout)
        if not callouts.is_known(callout):
            if callout.title and not callout.closing:
                self._title(parent, callout, line)
        elif callout.closing:
            add_text(parent, self._now.stash.store(f"</{tag}>", "\n"))
        else:
            given = "".join(f' {key}="{value}"' for key, value in attributes.items())
            add_text(parent, self._now.stash.store(f"<{tag}{given}>", "\n"))
            self._title(parent, callout, line)

    def _title(self, parent: Element, callout: Callout, line: int) -> None:
        tag, attributes = ("summary", {}) if callout.fold else ("p", {"class": "callout-title"})
        source = Source(callouts.title(callout), [self._now.line(line)])
        SubElement(parent, tag, attributes).text = source

    def _list(self, parent: Element, block: Block) -> None:
        element = SubElement(parent, "ol" if block.ordered else "ul")
        if block.ordered and block.number != 1:
            element.set("start", str(block.number))
        for child in block.children:
            add_text(element, "\n")
            item = SubElement(element, "li")
            self._build(item, child.children, tight=block.tight)
            if child.checked is not None:
                self._task(item, child.checked)
        add_text(element, "\n")

    def _task(self, item: Element, checked: bool) -> None:
        """Turn the ``[x]`` that starts an item into a box (GFM 5.3)."""
        first = next(iter(item), None)
        if first is None or not isinstance(first.text, Source):
            return
        first.text = Source(first.text[3:].lstrip(" \t"), first.text.lines, checked)
        item.set("class", "task-list-item")

    def _code(self, parent: Element, block: Block) -> None:
        text = block.source()
        if self._now.rules.math and block.fence and language(block.info) == "math":
            SubElement(parent, "p").text = self._now.formula(text, display=True)
            return
        if is_long(text) and highlights(block.info, text):
            message = "code is too long to be highlighted"
            hint = "the card shows it in one colour"
            line = self._now.line(block.start)
            self._now.scope.report(line, message, hint, ProblemKind.PLAIN_CODE)
        code = raw_html.neutralise(code_block(text, block.info))
        add_text(parent, self._now.stash.store(code, f"\n{text}\n", safe=True))

    def _table(self, parent: Element, block: Block) -> None:
        table = SubElement(SubElement(parent, "div", {"class": "table"}), "table")
        indices = [index for i, (index, _) in enumerate(block.text) if i != 1]
        body: Element | None = None
        for number, (cells, index) in enumerate(zip(block.rows(), indices, strict=True)):
            if number == 0:
                row = SubElement(SubElement(table, "thead"), "tr")
            else:
                body = SubElement(table, "tbody") if body is None else body
                row = SubElement(body, "tr")
            for cell, alignment in zip(cells, block.alignments, strict=True):
                element = SubElement(row, "td" if number else "th")
                if alignment:
                    element.set("align", alignment)
                element.text = Source(cell, [self._now.line(index)])

    # ------------------------------------------------------------------ HTML blocks

    def _html(self, parent: Element, block: Block) -> None:
        source = block.source()
        lines = [self._now.line(index) for index, _ in block.text]

        def line(offset: int) -> int:
            return lines[source.count("\n", 0, offset)]

        def report(offset: int, message: str, hint: str) -> None:
            self._now.scope.report(line(offset), message, hint)

        out, keep = "", 0
        for piece in raw_html.pieces(source, report):
            tag = piece.tag
            if tag is None and piece.verbatim:
                out += html.escape(piece.text, quote=False)
            elif tag is None:
                # What is no whole tag is text: an unclosed `<div` must not take all with it.
                text = piece.text.replace("<", "&lt;")
                out += text if keep else self._with_math(text)
            elif tag.name == "img":
                out += image_html(self._now, line(piece.offset), tag.attributes)
            else:
                keep += (tag.name in ("pre", "code")) * (-1 if tag.closing else 1)
                out += piece.text
        if out.strip():
            add_text(parent, self._now.stash.store(out, f"\n{text_of(out)}\n"))

    def _with_math(self, text: str) -> str:
        """The text of an HTML block with its formulas stashed."""
        if not self._now.rules.math or ("$" not in text and "\\" not in text):
            return text
        out, pos = "", 0
        while pos < len(text):
            found = scan_math(text, pos, lambda _: False) if text[pos] in "$\\" else None
            if found is None:
                out += text[pos]
                pos += 1
            else:
                out += self._now.formula(html.unescape(found.tex), display=found.display)
                pos = found.end
        return out
