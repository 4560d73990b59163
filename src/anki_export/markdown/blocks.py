"""markdown-it-py's flat tokens as a tree of blocks with line spans."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import cast

from markdown_it.token import Token

from anki_export.markdown.scan import normalise_label
from anki_export.markdown.tree import Block, BlockKind

_CONTAINERS: dict[str, BlockKind] = {
    "blockquote_open": "quote",
    "bullet_list_open": "list",
    "ordered_list_open": "list",
    "list_item_open": "item",
    "footnote_reference_open": "footnote",
}
_TAB = 4
_CODE_INDENT = 4
_MARKER = re.compile(r"[-+*]|\d{1,9}[.)]")
_TASK = re.compile(r"[ \t]*(?:[-+*]|\d+.)[ \t]+\[([ xX])\][ \t]")


def build_tree(tokens: Sequence[Token], lines: Sequence[str]) -> tuple[Block, dict[str, Block]]:
    """The root block of a document, and its footnotes by label."""
    builder = _Builder(lines)
    at = 0
    while at < len(tokens):
        at += builder.take(tokens, at)
    builder.root.end = builder.trimmed(0, len(lines))
    return builder.root, builder.footnotes


class _Builder:
    """The tree as it grows; ``tip`` is the innermost container that is open."""

    def __init__(self, lines: Sequence[str]) -> None:
        self.lines = lines
        self.root = self.tip = Block("document", 0)
        self.footnotes: dict[str, Block] = {}

    def take(self, tokens: Sequence[Token], at: int) -> int:
        """Add what starts at a token; gives back how many tokens that took."""
        token = tokens[at]
        kind = _CONTAINERS.get(token.type)
        if kind is not None:
            self._open(kind, token)
        elif token.nesting < 0:
            self._close()
        elif token.type in ("paragraph_open", "heading_open"):
            self._text(token, tokens[at + 1])
            return 3
        elif token.type == "table_open":
            return self._table(tokens, at)
        else:
            self._leaf(token)
        return 1

    # ------------------------------------------------------------------ containers

    def _open(self, kind: BlockKind, token: Token) -> None:
        block = self._add(kind, token)
        match kind:
            case "list":
                block.ordered = token.type == "ordered_list_open"
                block.number = int(token.attrs.get("start", 1))
                block.marker = token.markup
            case "item":
                block.ordered = self.tip.ordered
                block.number = int(token.info) if token.info else 1
                block.column = self._column(block)
                outer = self.tip.parent.column if self.tip.parent else 0
                block.indent = block.column - outer
            case "footnote":
                block.info, block.column = token.meta["label"], _CODE_INDENT
                self.footnotes.setdefault(normalise_label(block.info), block)
        self.tip = block

    def _column(self, item: Block) -> int:
        """The column in the file where an item's content starts (CommonMark 5.2)."""
        line = self.lines[item.start]
        outer = self.tip.parent
        within = outer.column if outer and outer.start == item.start else 0
        column, at = _skip(line, 0, 0, within, " \t>-+*0123456789.)")
        column, at = _skip(line, column, at, len(line) * _TAB, " \t>" if not within else " \t")
        marker = _MARKER.match(line, at)
        if marker is None:
            return within
        column, at = column + len(marker.group()), marker.end()
        content, end = _skip(line, column, at, len(line) * _TAB, " \t")
        if end == len(line) or content - column > _CODE_INDENT:
            return column + 1
        return content

    def _close(self) -> None:
        block = self.tip
        self.tip = block.parent or self.root
        if block.kind in ("list", "item", "footnote"):
            block.end = block.children[-1].end if block.children else block.start + 1
        if block.kind == "list":
            block.tight = is_tight(block)
        if block.kind == "item":
            self._tick(block)

    def _tick(self, item: Block) -> None:
        """See whether an item is a task: GitHub looks at the whole line."""
        first = item.children[0] if item.children else None
        if first is None or first.kind != "paragraph" or not first.text[0][1].startswith("["):
            return
        if task := _TASK.match(self.lines[item.start]):
            item.checked = task.group(1) != " "

    # ------------------------------------------------------------------ leaves

    def _text(self, token: Token, inline: Token) -> None:
        heading = token.type == "heading_open"
        block = self._add("heading" if heading else "paragraph", token)
        if heading:
            block.level = int(token.tag[1])
        lines = inline.content.split("\n")
        block.text = [
            (block.start + number, line.lstrip(" \t"))
            for number, line in enumerate(lines)
            if line.strip() or heading
        ] or [(block.start, lines[0])]  # white space that Markdown takes for text

    def _leaf(self, token: Token) -> None:
        match token.type:
            case "hr":
                self._add("rule", token)
            case "fence" | "code_block":
                self._code(token)
            case "callout":
                self.tip.callout = token.meta["callout"]
                self.tip.column = token.meta.get("column", 0)
            case "container":
                block = self._add("html", token)
                block.callout = token.meta["callout"]
                block.text = [(block.start, token.content)]
            case "html_block":
                block = self._add("html", token)
                lines = token.content.removesuffix("\n").split("\n")
                block.text = [(block.start + number, line) for number, line in enumerate(lines)]
                block.end = self.trimmed(block.start, block.end)

    def _code(self, token: Token) -> None:
        block = self._add("code", token)
        body = token.content.split("\n")[:-1]
        if token.type == "fence":
            block.info, block.fence = token.info.strip(), token.markup[0]
            block.closed = block.end - block.start == len(body) + 2
            first = block.start + 1
        else:
            first = block.start
            while body and not body[-1].strip():
                body.pop()
        block.text = [(first + number, line) for number, line in enumerate(body)]
        if not block.closed or not block.fence:
            written = [number for number, line in block.text if line.strip()]
            block.end = written[-1] + 1 if written else block.start + 1

    def _table(self, tokens: Sequence[Token], at: int) -> int:
        table = self._add("table", tokens[at])
        rows = cast(list[str], tokens[at].meta["lines"])
        table.text = [(table.start + number, text) for number, text in enumerate(rows)]
        end, aligned = at + 1, []
        while tokens[end].type != "table_close":
            if tokens[end].type == "th_open":
                aligned.append(str(tokens[end].attrs.get("style", "")).rpartition(":")[2])
            end += 1
        table.alignments = tuple(aligned)
        return end - at + 1

    # ------------------------------------------------------------------ lines

    def _add(self, kind: BlockKind, token: Token) -> Block:
        start, end = token.map or (self.tip.start, self.tip.start)
        block = Block(kind, start, end, self.tip)
        self.tip.children.append(block)
        return block

    def trimmed(self, start: int, end: int) -> int:
        """The end of a block without the blank lines behind it."""
        while end > start + 1 and not self.lines[min(end, len(self.lines)) - 1].strip():
            end -= 1
        return min(end, len(self.lines))


def _skip(line: str, column: int, at: int, until: int, chars: str) -> tuple[int, int]:
    """Go over characters up to a column; tabs reach the next multiple of four."""
    while at < len(line) and column < until and line[at] in chars:
        column += _TAB - column % _TAB if line[at] == "\t" else 1
        at += 1
    return column, at


def is_tight(block: Block) -> bool:
    """CommonMark 5.3: loose if blank lines lie between its items or between their blocks.

    Blank lines behind a rule do not count, as in GitHub's parser; those in a fence that is
    never closed are its own.
    """
    return not any(
        before.end < after.start and not _takes_blanks(before)
        for siblings in (block.children, *(item.children for item in block.children))
        for before, after in pairwise(siblings)
    )


def _takes_blanks(block: Block) -> bool:
    while block.kind in ("list", "item") and block.children:
        block = block.children[-1]
    return block.kind == "rule" or (block.kind == "code" and not block.closed)
