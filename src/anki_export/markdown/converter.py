"""The tree as HTML by Python-Markdown: its tree processors, serialiser and postprocessors.

One ``markdown.Markdown`` with our extension. The extension's block parser takes blocks
that are parsed already, its tree processor reads the inline Markdown in them, its
postprocessor lets nothing through that has no place on a card.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape
from typing import Any, NamedTuple
from xml.etree.ElementTree import Element, SubElement

from markdown import Markdown
from markdown.blockparser import BlockParser
from markdown.extensions import Extension
from markdown.postprocessors import Postprocessor
from markdown.treeprocessors import Treeprocessor

from anki_export.markdown import raw_html
from anki_export.markdown.elements import TreeBuilder
from anki_export.markdown.grammar import Rules, clean, is_plain
from anki_export.markdown.inlines import NAMELESS, InlineWriter
from anki_export.markdown.scope import Scope, Source
from anki_export.markdown.stash import Stash
from anki_export.markdown.tree import Block
from anki_export.text import tidy

Lines = Callable[[int], int]
"""Gives the file's line of a line of the parsed text."""


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
    """The extension; ``scope`` and ``line`` belong to the conversion under way."""

    def __init__(self, scope: Scope, rules: Rules, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.scope = scope
        self.rules = rules
        self.stash = Stash()
        self.line: Lines = lambda index: index + 1

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802 - Python-Markdown's name
        """Take the places of Python-Markdown's own grammar."""
        md.parser = _Parser(md, self)
        for name in ("inline", "prettify", "unescape"):
            md.treeprocessors.deregister(name)
        md.treeprocessors.register(_Inline(md, self), "inline", 20)
        md.postprocessors.deregister("raw_html")
        md.postprocessors.register(_Safe(md, self), "safe", 10)


class _Parser(BlockParser):
    """Builds elements of blocks."""

    def __init__(self, md: Markdown, extension: CardMarkdown) -> None:
        super().__init__(md)
        self._extension = extension

    def parseBlocks(self, parent: Element, blocks: Sequence[Any]) -> None:  # noqa: N802
        extension = self._extension
        line = extension.line
        builder = TreeBuilder(extension.scope, extension.stash, extension.rules, line)
        builder.build(parent, blocks)


class _Inline(Treeprocessor):
    """Reads the inline Markdown in the tree."""

    def __init__(self, md: Markdown, extension: CardMarkdown) -> None:
        super().__init__(md)
        self._extension = extension

    def run(self, root: Element) -> None:
        extension = self._extension
        writer = InlineWriter(extension.scope, extension.stash, extension.rules)
        for element in list(root.iter()):
            if isinstance(element.text, Source):
                writer.write(element, element.text)


class _Safe(Postprocessor):
    """The last net: balanced, allowed HTML alone, no marks of Anki's, then code and formulas."""

    def __init__(self, md: Markdown, extension: CardMarkdown) -> None:
        super().__init__(md)
        self._extension = extension

    def run(self, text: str) -> str:
        stash = self._extension.stash
        text = stash.restore(text, safe=False)
        if "<" in text or "&" in text:
            text = raw_html.clean(text)
        return stash.restore(raw_html.neutralise(text), safe=True)


class Converter:
    """One configured Markdown instance; each call converts one piece of a card."""

    def __init__(self, scope: Scope, rules: Rules = Rules()) -> None:  # noqa: B008 - frozen
        self._extension = CardMarkdown(scope, rules)
        self._markdown = Markdown(extensions=[self._extension], output_format="html")

    def use(self, scope: Scope) -> None:
        """Convert for another card from now on."""
        self._extension.scope = scope

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
        source = Source(text)
        source.lines = [line(index) for index in range(source.count("\n") + 1)]
        root = self._root(line)
        SubElement(root, NAMELESS).text = source
        return self._write(root)

    def footnotes(self, seen: int) -> Written:
        """The section of the footnotes that were referred to after the first ``seen``."""
        scope = self._extension.scope
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
        self._extension.line = line
        self._extension.stash.clear()
        return Element(self._markdown.doc_tag)

    def _write(self, root: Element) -> Written:
        """What Python-Markdown does with a tree when its parser has made it."""
        markdown, tag = self._markdown, self._markdown.doc_tag
        for treeprocessor in markdown.treeprocessors:
            treeprocessor.run(root)
        text = self._extension.stash.text_of(root)
        html = markdown.serializer(root)[len(f"<{tag}>") : -len(f"</{tag}>")].strip()
        for postprocessor in markdown.postprocessors:
            html = postprocessor.run(html)
        return Written(html.strip(), text)
