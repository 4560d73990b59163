"""The tree as HTML by Python-Markdown: its tree processors, serialiser and postprocessors.

One ``markdown.Markdown`` with our extension. The extension's block parser takes blocks
that are parsed already, its tree processor reads the inline Markdown in them, its
postprocessor lets nothing through that has no place on a card.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import NamedTuple
from xml.etree.ElementTree import Element, SubElement

from markdown import Markdown
from markdown.extensions import Extension
from markdown.postprocessors import Postprocessor

from anki_export.markdown import raw_html
from anki_export.markdown.elements import TreeBuilder
from anki_export.markdown.grammar import Rules, clean, is_plain
from anki_export.markdown.inlines import NAMELESS, InlineWriter
from anki_export.markdown.scope import Conversion, Lines, Scope, Source
from anki_export.markdown.stash import Stash
from anki_export.markdown.tree import Block
from anki_export.text import tidy


class Written(NamedTuple):
    """A piece of a card: its HTML, and what a reader sees of it as plain text."""

    html: str = ""
    text: str = ""

    def __add__(self, other: object) -> Written:
        """Both pieces, one below the other."""
        if not isinstance(other, Written):
            return NotImplemented
        if not other.html:
            return self
        return Written(self.html + other.html, tidy(f"{self.text}\n{other.text}"))


class CardMarkdown(Extension):
    """Takes the places of Python-Markdown's own grammar."""

    def __init__(self, now: Conversion) -> None:
        super().__init__()
        self._now = now

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802 - Python-Markdown's name
        """Register what makes elements of blocks, reads the inlines and cleans the HTML."""
        md.parser = TreeBuilder(md, self._now)
        for name in ("inline", "prettify", "unescape"):
            md.treeprocessors.deregister(name)
        md.treeprocessors.register(InlineWriter(md, self._now), "inline", 20)
        md.postprocessors.deregister("raw_html")
        md.postprocessors.register(_Safe(md, self._now), "safe", 10)


class _Safe(Postprocessor):
    """The last net: balanced, allowed HTML alone, no marks of Anki's, then code and formulas."""

    def __init__(self, md: Markdown, now: Conversion) -> None:
        super().__init__(md)
        self._now = now

    def run(self, text: str) -> str:
        stash = self._now.stash
        text = stash.restore(text, safe=False)
        if "<" in text or "&" in text:
            text = raw_html.clean(text)
        return stash.restore(raw_html.neutralise(text), safe=True)


class Converter:
    """One configured Markdown instance; each call converts one piece of a card."""

    def __init__(self, scope: Scope, rules: Rules = Rules()) -> None:  # noqa: B008 - frozen
        self._now = Conversion(scope, rules)
        self._markdown = Markdown(extensions=[CardMarkdown(self._now)], output_format="html")

    def use(self, scope: Scope) -> None:
        """Convert for another card from now on."""
        self._now.scope = scope

    def blocks(self, blocks: Sequence[Block], line: Lines) -> Written:
        """A run of blocks; ``line`` gives the file's line of a line of theirs."""
        if not blocks:
            return Written()
        root = self._root(line)
        self._markdown.parser.parseBlocks(root, blocks)  # type: ignore[arg-type]
        return self._write(root)

    def inline(self, text: str, line: Lines) -> Written:
        """Inline Markdown without a paragraph around it."""
        text = clean("\n".join(part.strip() for part in text.split("\n")))
        if is_plain(text):
            return Written(raw_html.neutralise(escape(text, quote=False)), tidy(text))
        lines = [line(index) for index in range(text.count("\n") + 1)]
        root = self._root(line)
        SubElement(root, NAMELESS).text = Source(text, lines)
        return self._write(root)

    def footnotes(self, seen: int) -> Written:
        """The section of the footnotes that were referred to after the first ``seen``."""
        scope = self._now.scope
        items, texts = "", []
        number = seen
        while number < len(scope.numbers):  # a footnote may refer to another one
            footnote = scope.footnotes[list(scope.numbers)[number]]
            number += 1
            body = self.blocks(footnote.children, scope.footnote_line)
            items += f'<li id="{scope.prefix}-{number}">{body.html}</li>'
            texts.append(body.text)
        if not items:
            return Written()
        start = f' start="{seen + 1}"' if seen else ""
        section = f'<section class="footnotes"><ol{start}>{items}</ol></section>'
        return Written(section, tidy("\n".join(texts)))

    def _root(self, line: Lines) -> Element:
        """An empty tree for a new conversion."""
        self._now.line = line
        self._now.stash = Stash()
        return Element(self._markdown.doc_tag)

    def _write(self, root: Element) -> Written:
        """What Python-Markdown does with a tree when its parser has made it."""
        markdown, tag = self._markdown, self._markdown.doc_tag
        for treeprocessor in markdown.treeprocessors:
            treeprocessor.run(root)
        text = self._now.stash.text_of(root)
        html = markdown.serializer(root)[len(f"<{tag}>") : -len(f"</{tag}>")].strip()
        for postprocessor in markdown.postprocessors:
            html = postprocessor.run(html)
        return Written(html.strip(), text)
