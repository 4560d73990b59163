"""Lines → tree of blocks: CommonMark's two-phase parsing strategy, phase one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from anki_export.blocks.tree import Block, Document
from anki_export.blocks_scan import (
    Definition,
    Line,
    closes_html,
    closes_math,
    normalise_label,
    opens_html,
    opens_math,
    scan_definition,
    split_row,
    table_alignments,
)

CODE_INDENT = 4
"""Columns of indentation that make code (CommonMark 4.4)."""


def parse(lines: Sequence[str]) -> Document:
    """Parse Markdown lines (without terminators); every input has a structure, none fails."""
    parser = _Parser(lines)
    for index in range(len(lines)):
        parser.feed(index)
    return parser.finish()


_ATX = re.compile(r"#{1,6}(?=[ \t]|$)")
_ATX_CLOSE = re.compile(r"(^|[ \t]+)#+[ \t]*$")
_FENCE = re.compile(r"`{3,}(?=[^`]*$)|~{3,}")
_RULE = re.compile(r"(?:(?:\*[ \t]*){3,}|(?:_[ \t]*){3,}|(?:-[ \t]*){3,})$")
_SETEXT = re.compile(r"=+[ \t]*$")
_BULLET = re.compile(r"[*+-](?=[ \t]|$)")
_NUMBER = re.compile(r"(\d{1,9})([.)])(?=[ \t]|$)")
_FOOTNOTE = re.compile(r"\[\^([^\] \t]+)\]:[ \t]*")
_TASK = re.compile(r"[ \t]*(?:[-+*]|\d+.)[ \t]+\[([ xX])\][ \t]")

MAX_DEPTH = 100
"""Containers nested deeper than this stay text: no note means them, and stacks are finite."""

_LEAVES = {"paragraph", "heading", "code", "html", "table", "rule"}


class _Parser:
    """CommonMark's two-phase algorithm (appendix "A parsing strategy"), phase one."""

    def __init__(self, lines: Sequence[str]) -> None:
        self.lines = lines
        self.root = Block("document", 0)
        self.tip = self.root
        self.definitions: dict[str, Definition] = {}
        self.footnotes: dict[str, Block] = {}
        self.line = Line("")
        self.index = 0
        self.matched = self.root  # the deepest block that goes on in this line
        self.all_closed = True  # whether the blocks below it are closed already
        self.math_end = -1  # last line of the display math that is open

    # ------------------------------------------------------------------ a line

    def feed(self, index: int) -> None:
        self.index = index
        self.line = Line(self.lines[index])
        container = self.root
        while container.children and container.children[-1].open:
            goes_on = self._continues(container.children[-1])
            if goes_on is None:
                return
            if not goes_on:
                break
            container = container.children[-1]
        self.matched = container
        self.all_closed = container is self.tip
        if container.kind == "paragraph" and index <= self.math_end:
            self._add_text(container)
        else:
            self._add_line(self._open_blocks(container))

    def _continues(self, block: Block) -> bool | None:
        """Whether an open block goes on in this line; None when the line closed it whole."""
        line = self.line
        match block.kind:
            case "quote":
                if line.indent < CODE_INDENT and line.peek() == ">":
                    line.skip_indent()
                    line.advance(1)
                    line.advance_space()
                    return True
                return False
            case "list":
                return True
            case "item":
                if line.indent >= block.indent and not line.blank:
                    line.advance_columns(block.indent)
                    return True
                if line.blank and block.children:
                    line.skip_indent()
                    return True
                return False
            case "footnote":
                if line.indent >= CODE_INDENT and not line.blank:
                    line.advance_columns(CODE_INDENT)
                    return True
                return line.blank
            case "paragraph":
                return not line.blank or self.index <= self.math_end
            case "table":
                return not line.blank
            case "code":
                return self._code_continues(block)
            case "html":
                return not (line.blank and block.html_end in (6, 7))
        return False

    def _code_continues(self, block: Block) -> bool | None:
        line = self.line
        if not block.fence:
            if line.indent >= CODE_INDENT and not line.blank:
                line.advance_columns(CODE_INDENT)
                return True
            if line.blank:
                line.skip_columns(CODE_INDENT)
                return True
            return False
        if line.indent < CODE_INDENT:
            close = re.match(rf"{re.escape(block.fence)}+(?=[ \t]*$)", line.rest())
            if close and len(close.group()) >= block.fence_length:
                block.closed = True
                while self.tip is not block:
                    self._close(self.tip)
                self._close(block)
                return None
        line.skip_columns(block.indent)
        return True

    # ------------------------------------------------------------------ new blocks

    def _open_blocks(self, container: Block) -> Block:
        while container.kind not in ("code", "html") and not self.line.blank:
            if self.line.indent >= CODE_INDENT:
                if self.tip.kind != "paragraph":
                    self.line.advance_columns(CODE_INDENT)
                    container = self._add(Block("code", self.index))
                break
            opened = self._open_leaf(container) or self._open_container(container)
            if opened is None:
                break
            container = opened
            if container.kind in _LEAVES:
                break
        return container

    def _open_container(self, container: Block) -> Block | None:
        if _depth(container) >= MAX_DEPTH:
            return None
        line = self.line
        rest = line.rest()
        if rest.startswith(">"):
            line.skip_indent()
            line.advance(1)
            line.advance_space()
            return self._add(Block("quote", self.index))
        if found := _FOOTNOTE.match(rest):
            line.skip_indent()
            line.advance(found.end())
            note = Block("footnote", self.index, info=found.group(1), column=CODE_INDENT)
            return self._add(note)
        return self._open_item(container)

    def _open_item(self, container: Block) -> Block | None:
        line = self.line
        rest = line.rest()
        bullet, number = _BULLET.match(rest), _NUMBER.match(rest)
        found = bullet or number
        if not found:
            return None
        after = rest[found.end() :]
        if container.kind == "paragraph" and (
            not after.strip(" \t") or (number and int(number.group(1)) != 1)
        ):
            return None
        marker_indent = line.indent
        line.skip_indent()
        line.advance(found.end())
        start_column = line.column
        padding = line.indent
        if line.blank or padding > CODE_INDENT:
            padding = 1
            line.advance_space()
        else:
            line.advance_columns(padding)
        item = Block(
            "item",
            self.index,
            ordered=bool(number),
            number=int(number.group(1)) if number else 1,
            marker=number.group(2) if number else found.group(),
            indent=marker_indent + found.end() + padding,
            column=start_column + padding,
        )
        # GitHub looks at the whole line: an item within a quote or behind another is no task.
        if (task := _TASK.match(line.text)) and line.rest().startswith("["):
            item.checked = task.group(1) != " "
        if container.kind != "list" or (container.ordered, container.marker) != (
            item.ordered,
            item.marker,
        ):
            new = Block(
                "list",
                self.index,
                ordered=item.ordered,
                number=item.number,
                marker=item.marker,
            )
            container = self._add(new)
        return self._add(item)

    def _open_leaf(self, container: Block) -> Block | None:
        line = self.line
        rest = line.rest()
        if found := _ATX.match(rest):
            heading = Block("heading", self.index, level=len(found.group()))
            text = _ATX_CLOSE.sub("", rest[found.end() :].strip(" \t"))
            heading.text.append((self.index, text.strip(" \t")))
            return self._add(heading)
        if found := _FENCE.match(rest):
            info = rest[found.end() :].strip()
            code = Block("code", self.index, info=info, fence=found.group()[0], closed=False)
            code.fence_length, code.indent = len(found.group()), line.indent
            return self._add(code)
        lazy = not self.all_closed and self.tip.kind == "paragraph"
        if kind := opens_html(rest, in_paragraph=container.kind == "paragraph" or lazy):
            return self._add(Block("html", self.index, html_end=kind))
        if container.kind == "paragraph":
            if _SETEXT.match(rest) and self._take_definitions(container):
                self._close_unmatched()
                container.kind, container.level, container.setext = "heading", 1, True
                return container
            if self.all_closed and (table := self._open_table(container, rest)):
                return table
        return self._add(Block("rule", self.index)) if _RULE.match(rest) else None

    def _open_table(self, paragraph: Block, rest: str) -> Block | None:
        """A delimiter row under a header of as many cells (GFM 4.10)."""
        if _BULLET.match(rest):  # `- | -` is an item: GitHub tries lists first
            return None
        alignments = table_alignments(rest)
        if alignments is None or len(split_row(paragraph.text[-1][1])) != len(alignments):
            return None
        header = paragraph.text.pop()
        self._close(paragraph)
        table = Block("table", header[0], alignments=alignments)
        table.text.append(header)
        return self._add(table)

    # ------------------------------------------------------------------ text

    def _add_line(self, container: Block) -> None:
        line = self.line
        if not self.all_closed and not line.blank and self.tip.kind == "paragraph":
            self._add_text(self.tip)  # a lazy continuation line
            return
        self._close_unmatched()
        match container.kind:
            case "code":
                if not (container.fence and container.start == self.index):
                    container.text.append((self.index, line.remaining()))
            case "html":
                container.text.append((self.index, line.remaining()))
                if closes_html(container.html_end, line.remaining()):
                    self._close(container)
            case "heading" | "rule":
                self._close(container)
            case "table" | "paragraph":
                self._add_text(container)
            case _ if not line.blank:
                self._add_text(self._add(Block("paragraph", self.index)))

    def _add_text(self, block: Block) -> None:
        text = self.line.rest()
        if block.kind == "paragraph" and self.index > self.math_end and opens_math(text):
            self.math_end = closes_math(self.lines, self.index, text)
        if text.strip():
            block.text.append((self.index, text))

    # ------------------------------------------------------------------ the tree

    def _add(self, block: Block) -> Block:
        """Put a new block below the tip, closing what cannot hold it."""
        self._close_unmatched()
        while self.tip.kind in _LEAVES or (self.tip.kind == "list") != (block.kind == "item"):
            self._close(self.tip)
        block.parent = self.tip
        self.tip.children.append(block)
        self.tip = block
        return block

    def _close_unmatched(self) -> None:
        if not self.all_closed:
            while self.tip is not self.matched:
                self._close(self.tip)
            self.all_closed = True

    def _close(self, block: Block) -> None:
        """Close the tip: its end, what it defines, and its parent is the new tip."""
        block.open = False
        parent = self.tip = block.parent or self.root
        block.end = self.index
        match block.kind:
            case "paragraph" if not self._take_definitions(block):
                parent.children.remove(block)
            case "code" if not block.fence:
                while block.text and not block.text[-1][1].strip():
                    block.text.pop()
            case "footnote":
                self.footnotes.setdefault(normalise_label(block.info), block)
            case "list":
                block.tight = _is_tight(block)
        block.end = self._end_of(block)

    def _end_of(self, block: Block) -> int:
        if block.kind in ("list", "item", "footnote"):
            return block.children[-1].end if block.children else block.start + 1
        if block.kind == "code" and block.fence and block.closed:
            return self.index + 1
        if block.kind == "code":
            written = [index for index, text in block.text if text.strip()]
            return written[-1] + 1 if written else block.start + 1
        if block.text and not block.setext:
            return block.text[-1][0] + 1 + (block.kind == "table" and len(block.text) == 1)
        if block.kind in ("rule", "heading"):
            return self.index + 1
        end = self.index
        while end > block.start + 1 and not self.lines[end - 1].strip():
            end -= 1
        return end

    def _take_definitions(self, paragraph: Block) -> bool:
        """Move link definitions at its start to the document; whether text is left."""
        while paragraph.text and paragraph.text[0][1].startswith("["):
            text = "\n".join(line for _, line in paragraph.text)
            found = scan_definition(text)
            if found is None:
                break
            label, definition, used = found
            self.definitions.setdefault(normalise_label(label), definition)
            del paragraph.text[:used]
        return bool(paragraph.text)

    def finish(self) -> Document:
        self.index = len(self.lines)
        while self.tip is not self.root:
            self._close(self.tip)
        self._close(self.root)
        return Document(self.root, self.definitions, self.footnotes)


def _depth(block: Block | None) -> int:
    depth = 0
    while block is not None:
        depth, block = depth + 1, block.parent
    return depth


def _is_tight(block: Block) -> bool:
    """CommonMark 5.3: loose if blank lines lie between its items or between their blocks.

    Blank lines behind a rule do not count, as in GitHub's parser; those in a fence that is
    never closed are its own.
    """
    return not any(
        before.end < after.start and not _takes_blanks(_innermost(before))
        for siblings in (block.children, *(item.children for item in block.children))
        for before, after in pairwise(siblings)
    )


def _takes_blanks(block: Block) -> bool:
    return block.kind == "rule" or (block.kind == "code" and not block.closed)


def _innermost(block: Block) -> Block:
    """The last block of a list's or item's last item, as deep as lists go."""
    while block.kind in ("list", "item") and block.children:
        block = block.children[-1]
    return block
