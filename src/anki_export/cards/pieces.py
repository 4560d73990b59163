"""A card's slices of Markdown as blocks of the note's own tree, which is parsed only once."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import groupby

from anki_export.markdown import Block, Outline, parse
from anki_export.markdown.blocks import is_tight
from anki_export.model import Slice

_PREFIX = " \t>"
"""Characters that blocks around a line put before it."""


class Pieces:
    """Finds the blocks of slices; ``parsed`` counts the lines that were parsed again.

    A slice is whole lines of the note, de-indented, some of them changed: a label was
    taken off, or a heading's marks. A block whose lines all stand in the slice as they
    are is taken from the tree; what the slice cuts or changes is parsed by itself.
    """

    def __init__(self, outline: Outline) -> None:
        self._lines = outline.note.lines
        self._first = outline.note.first_line
        self._root = outline.document.root
        self.parsed = 0

    def blocks(self, piece: Slice) -> list[Block]:
        """The blocks of a slice, with the line numbers of the note's body."""
        cut = _Cut(piece.text.split("\n"), piece.line - self._first, self._lines)
        parts = list(self._inside(self._root.children, cut))
        spans = [part for part in parts if not isinstance(part, Block)]
        if not all(any(start <= line < end for start, end in spans) for line in cut.written):
            parts = [(cut.start, cut.end)]  # what was written there is no block of the note
        found: list[Block] = []
        for part in parts:
            found += [part] if isinstance(part, Block) else self._parsed(cut, *part)
        return found

    def _parsed(self, cut: _Cut, start: int, end: int) -> Sequence[Block]:
        lines = cut.text(start, end)
        self.parsed += len(lines)
        return _moved(parse(lines).root.children, start)

    def _inside(self, blocks: Sequence[Block], cut: _Cut) -> Iterator[Block | tuple[int, int]]:
        """The blocks in a cut; of those that it divides or changes the lines."""
        for block in blocks[bisect_right(blocks, cut.start, key=lambda b: b.end) :]:
            if block.start >= cut.end:
                break
            if cut.holds(block):
                yield block
            elif block.kind == "list" and block.start < cut.start:
                yield from self._items(block, cut)
            elif block.kind in ("item", "quote", "footnote") and block.start < cut.start:
                yield from self._inside(block.children, cut)
            else:
                start, end = max(block.start, cut.start), min(block.end, cut.end)
                if any(line.strip() for line in cut.text(start, end)):
                    yield start, end

    def _items(self, block: Block, cut: _Cut) -> Iterator[Block | tuple[int, int]]:
        """The items of a divided list: whole ones that follow one another are a list again."""
        for whole, run in groupby(block.children, cut.holds):
            items = list(run)
            if whole:
                rest = Block(
                    "list",
                    items[0].start,
                    items[-1].end,
                    block.parent,
                    items,
                    ordered=block.ordered,
                    number=items[0].number,
                )
                rest.tight = is_tight(rest)
                yield rest
            else:
                yield from self._inside(items, cut)


class _Cut:
    """The lines of a slice against those of the note."""

    def __init__(self, lines: Sequence[str], start: int, note: Sequence[str]) -> None:
        self.lines = lines
        self.start, self.end = start, start + len(lines)
        self._changed = [
            start + at
            for at, line in enumerate(lines)
            if start + at >= len(note) or not _same(note[start + at], line)
        ]

    @property
    def written(self) -> list[int]:
        """The changed lines that hold something."""
        return [line for line in self._changed if self.lines[line - self.start].strip()]

    def holds(self, block: Block) -> bool:
        """Whether a block stands in the slice whole and unchanged."""
        if block.start < self.start or block.end > self.end:
            return False
        return not any(block.start <= line < block.end for line in self._changed)

    def text(self, start: int, end: int) -> Sequence[str]:
        """The slice's lines from one line of the note to another."""
        return self.lines[start - self.start : end - self.start]


def _same(line: str, cut: str) -> bool:
    """Whether a line of a slice is the note's, but for what blocks around it put before it."""
    line, cut = line.rstrip(), cut.strip()
    if not line.endswith(cut) or (not cut and line.strip(_PREFIX)):
        return False
    return not line[: len(line) - len(cut)].strip(_PREFIX)


def _moved(blocks: Sequence[Block], lines: int) -> Sequence[Block]:
    """Blocks of a piece with the line numbers of the whole."""
    for top in blocks:
        for block in top.walk():
            block.start += lines
            block.end += lines
            block.text = [(number + lines, text) for number, text in block.text]
    return blocks
