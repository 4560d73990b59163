"""What a parsed text consists of: blocks with line spans, a document, a note's outline."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from anki_export.markdown.scan import Definition, split_row
from anki_export.model import Section, SourceNote

BlockKind = Literal[
    "document", "quote", "list", "item", "footnote",
    "paragraph", "heading", "code", "html", "table", "rule",
]  # fmt: skip


class Callout(NamedTuple):
    """A box around text: GitHub's alert, Obsidian's callout, a ``:::`` container."""

    name: str
    """As written, in lower case: ``note``, ``tip`` …"""
    title: str = ""
    """Inline Markdown; empty if the author gave none."""
    fold: str = ""
    """``-`` for one that is folded, ``+`` for one that can be, empty for one that cannot."""
    closing: bool = False
    """Whether it is the line that ends a container."""


@dataclass(slots=True, eq=False)
class Block:
    """A block and the lines it spans.

    Lines are indices into the parsed sequence: the block is ``lines[start:end]``,
    trailing blank lines not included.
    """

    kind: BlockKind
    start: int
    end: int = 0
    parent: Block | None = field(default=None, repr=False)
    children: list[Block] = field(default_factory=list)
    text: list[tuple[int, str]] = field(default_factory=list)
    """Content of a leaf: line index and text without the containers' prefixes."""
    level: int = 0
    """Of a heading: 1 to 6."""
    info: str = ""
    """Info string of a fence; label of a footnote."""
    fence: str = ""
    """The fence's character; empty for indented code."""
    closed: bool = True
    """False for a fence that is never closed."""
    ordered: bool = False
    number: int = 1
    marker: str = ""
    """Of a list: ``-``, ``*``, ``+``, or the delimiter ``.`` or ``)`` of its numbers."""
    tight: bool = True
    checked: bool | None = None
    """Of a task list item; None for every other item."""
    indent: int = 0
    """Of an item: columns from the parent to its content."""
    column: int = 0
    """Of an item, footnote or indented box: the column in the file where its content starts."""
    alignments: tuple[str, ...] = ()
    callout: Callout | None = None
    """Of a quote that is a box; of the first and the last line of a container (``html``)."""

    def walk(self) -> Iterator[Block]:
        """This block and all below it, in source order."""
        stack = [self]
        while stack:
            block = stack.pop()
            yield block
            stack += reversed(block.children)

    def source(self) -> str:
        """Of a leaf: its text, lines joined."""
        return "\n".join(text for _, text in self.text)

    def rows(self) -> list[list[str]]:
        """Of a table: its cells as inline Markdown, header first, all rows of one length."""
        width = len(self.alignments)
        cells = [split_row(text) for i, (_, text) in enumerate(self.text) if i != 1]
        return [(row + [""] * width)[:width] for row in cells]


@dataclass(slots=True)
class Document:
    """A parsed text: its tree, link definitions by normalised label, footnotes by label."""

    root: Block
    definitions: dict[str, Definition]
    footnotes: dict[str, Block]
    environment: dict[str, Any] = field(default_factory=dict, repr=False)
    """markdown-it-py's own: what labels mean to the inline parser."""


@dataclass(frozen=True, slots=True)
class Outline:
    """A source note as a document: its title (inline Markdown), blocks and sections."""

    note: SourceNote
    title: str
    document: Document
    sections: tuple[Section, ...]
    """Every section in source order, sub-sections after the one that holds them."""
