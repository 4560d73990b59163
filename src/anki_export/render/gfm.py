"""GitHub's Markdown as an extension of Python-Markdown.

Python-Markdown keeps its pipeline, its extension API, the HTML stash, the serializer
and the postprocessors. Replaced are the block parser, which builds its tree from
:mod:`anki_export.blocks`, and the inline treeprocessor, which reads
:mod:`anki_export.render.inline`. Deregistered are the preprocessors (they expand tabs
and take HTML out before a block is known) and the treeprocessors that move white space
and escapes around.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any
from xml.etree.ElementTree import Element, ElementTree, SubElement

from markdown import Markdown
from markdown.blockparser import BlockParser
from markdown.extensions import Extension
from markdown.postprocessors import Postprocessor
from markdown.preprocessors import Preprocessor
from markdown.treeprocessors import Treeprocessor
from markdown.util import ETX, STX

from anki_export.blocks import Block, parse
from anki_export.render import raw_html
from anki_export.render.inline import Rules
from anki_export.render.scope import Scope, Source
from anki_export.render.tree import INLINE, TreeBuilder
from anki_export.render.write import InlineWriter, MathStash, add_text

Build = Callable[[Element, TreeBuilder], None]


class GitHubMarkdown(Extension):
    """The extension; ``scope`` and ``line`` belong to the conversion under way."""

    def __init__(self, scope: Scope, rules: Rules | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.scope = scope
        self.rules = rules or Rules()
        self.math = MathStash()
        self.line: Callable[[int], int] = lambda index: index + 1
        self.build: Build | None = None
        """Builds the tree in place of the parser, from something other than lines."""

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802 - Python-Markdown's name
        """Take the places of Python-Markdown's own grammar."""
        for name in ("normalize_whitespace", "html_block"):
            md.preprocessors.deregister(name)
        md.preprocessors.register(_Clean(md), "clean", 30)
        md.parser = _Parser(md, self)
        for name in ("inline", "prettify", "unescape"):
            md.treeprocessors.deregister(name)
        md.treeprocessors.register(_Inline(md, self), "inline", 20)
        md.postprocessors.register(_Safe(md, self), "safe", 10)
        md.registerExtension(self)

    def reset(self) -> None:
        """Forget what the last conversion left."""
        self.math.reset()


class _Clean(Preprocessor):
    """Characters that Python-Markdown marks with, and those that HTML cannot hold."""

    def run(self, lines: list[str]) -> list[str]:
        return [clean_line(line) for line in lines]


def clean_line(line: str) -> str:
    """A line without the characters that mean something to Python-Markdown."""
    return line.replace("\0", "\ufffd").replace(STX, "\ufffd").replace(ETX, "\ufffd")


class _Parser(BlockParser):
    """Builds the tree from our own blocks."""

    def __init__(self, md: Markdown, extension: GitHubMarkdown) -> None:
        super().__init__(md)
        self._extension = extension

    def parseDocument(self, lines: Iterable[str]) -> ElementTree:  # noqa: N802
        extension = self._extension
        builder = TreeBuilder(
            extension.scope, self.md.htmlStash, extension.math, extension.rules, extension.line
        )
        self.root = Element(self.md.doc_tag)
        if extension.build is not None:
            extension.build(self.root, builder)
        else:
            builder.build(self.root, parse(list(lines)).root.children)
        return ElementTree(self.root)


class _Inline(Treeprocessor):
    """Reads the inline Markdown in the tree."""

    def __init__(self, md: Markdown, extension: GitHubMarkdown) -> None:
        super().__init__(md)
        self._extension = extension

    def run(self, root: Element) -> None:
        extension = self._extension
        writer = InlineWriter(extension.scope, self.md.htmlStash, extension.math, extension.rules)
        for element in list(root.iter()):
            if isinstance(element.text, Source):
                writer.write(element, element.text)
        for element in list(root.iter()):
            if any(child.tag == INLINE for child in element):
                _unwrap(element)


def _unwrap(parent: Element) -> None:
    """Put the content of ``inline`` pseudo-elements in their place."""
    children = list(parent)
    for child in children:
        parent.remove(child)
    for child in children:
        if child.tag != INLINE:
            parent.append(child)
            continue
        add_text(parent, child.text or "")
        parent.extend(list(child))
        add_text(parent, child.tail or "")


class _Safe(Postprocessor):
    """The last net: balanced, allowed HTML alone, no marks of Anki's, then the formulas."""

    def __init__(self, md: Markdown, extension: GitHubMarkdown) -> None:
        super().__init__(md)
        self._extension = extension

    def run(self, text: str) -> str:
        return self._extension.math.restore(raw_html.neutralise(raw_html.clean(text)))


class Converter:
    """One configured Markdown instance; each call converts one piece of a card."""

    def __init__(self, scope: Scope, rules: Rules | None = None) -> None:
        self._extension = GitHubMarkdown(scope, rules)
        self._markdown = Markdown(extensions=[self._extension], output_format="html")

    def use(self, scope: Scope) -> None:
        """Convert for another card from now on."""
        self._extension.scope = scope

    def blocks(self, text: str, line: Callable[[int], int]) -> str:
        """Markdown as HTML; ``line`` gives the file's line of a line of the text."""
        self._extension.line = line
        self._extension.build = None
        return self._markdown.reset().convert(text)

    def parsed(self, blocks: Sequence[Block], line: Callable[[int], int]) -> str:
        """Blocks that are parsed already as HTML."""
        return self._built(lambda root, builder: builder.build(root, blocks), line)

    def inline(self, text: str, line: Callable[[int], int]) -> str:
        """Inline Markdown as HTML, without a paragraph around it."""

        def build(root: Element, _: TreeBuilder) -> None:
            source = Source("\n".join(part.strip() for part in clean_line(text).split("\n")))
            source.lines = [line(index) for index in range(source.count("\n") + 1)]
            SubElement(root, INLINE).text = source

        return self._built(build, line)

    def footnotes(self, seen: int) -> str:
        """The section of the footnotes that were referred to after the first ``seen``."""
        scope = self._extension.scope
        items = ""
        number = seen
        while number < len(scope.numbers):  # a footnote may refer to another one
            footnote = scope.footnotes[list(scope.numbers)[number]]
            number += 1
            body = self.parsed(footnote.children, scope.footnote_line)
            items += f'<li id="{scope.prefix}-{number}">{body}</li>'
        start = f' start="{seen + 1}"' if seen else ""
        return f'<section class="footnotes"><ol{start}>{items}</ol></section>' if items else ""

    def _built(self, build: Build, line: Callable[[int], int]) -> str:
        self._extension.line = line
        self._extension.build = build
        # The text goes unread: Python-Markdown only wants it not to be empty.
        return self._markdown.reset().convert("-")
