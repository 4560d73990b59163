"""Rules of blocks that differ from markdown-it-py's, each in its place in the grammar."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable

from markdown_it import rules_block
from markdown_it.rules_block import StateBlock
from mdit_py_plugins.footnote import index as footnotes

from anki_export.markdown.scan import HTML_TAGS, MATH_LIMIT, TAG, closes_math, opens_math

Rule = Callable[[StateBlock, int, int, bool], bool]

_UNDERLINE = re.compile(r"=+[ \t]*$")
_CODE_INDENT = 4
"""Columns of indentation that make code (CommonMark 4.4)."""


def _line(state: StateBlock, number: int) -> str:
    """A line without the prefixes and the indentation of the blocks around it."""
    return state.src[state.bMarks[number] + state.tShift[number] : state.eMarks[number]]


# --------------------------------------------------------------------------- paragraphs


def paragraph(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """A paragraph, or the heading that ``===`` below it makes.

    Two differences from CommonMark: a line of dashes below is a thematic break, which ends
    the paragraph like any other; lines of display math are text whatever they look like.
    """
    del end, silent
    return _paragraph(state, start, math=True)


def plain_paragraph(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """A paragraph where math means nothing."""
    del end, silent
    return _paragraph(state, start, math=False)


def _paragraph(state: StateBlock, start: int, *, math: bool) -> bool:
    outer, state.parentType = state.parentType, "paragraph"
    interrupting = state.md.block.ruler.getRules("paragraph")
    level, at = 0, start
    while at < state.lineMax:
        text = _line(state, at)
        if at > start:
            if not text.strip(" \t"):
                break
            depth = state.sCount[at] - state.blkIndent
            if 0 <= depth < _CODE_INDENT and _UNDERLINE.match(text):
                level = 1
                break
            # A deeper line goes on lazily; a negative count is a quote's lazy line.
            deep = depth >= _CODE_INDENT or state.sCount[at] < 0
            likely = not deep and (text[0] in _STARTS or "|" in text)
            if likely and any(rule(state, at, state.lineMax, True) for rule in interrupting):
                break
        at = _end_of_math(state, at, text) + 1 if math and opens_math(text) else at + 1
    content = state.getLines(start, at, state.blkIndent, False).strip(" \t\n")
    state.line = at + bool(level)
    kind, tag = ("heading", "h1") if level else ("paragraph", "p")
    token = state.push(f"{kind}_open", tag, 1)
    token.map, token.markup = [start, state.line], "=" * level
    inline = state.push("inline", "", 0)
    inline.content, inline.map, inline.children = content, [start, at], []
    state.push(f"{kind}_close", tag, -1)
    state.parentType = outer
    return True


_STARTS = frozenset("#>`~*-_+<[0123456789")
"""What blocks start with that may interrupt a paragraph; a table's header has a pipe."""


def _end_of_math(state: StateBlock, start: int, text: str) -> int:
    """The last line of the display math opened at ``start``; ``start`` itself without one."""

    def line(number: int) -> str | None:
        inside = number < state.lineMax and (
            state.sCount[number] >= state.blkIndent or not _line(state, number)
        )
        return _line(state, number) if inside else None

    if text.startswith("\\["):  # each one would look at the next lines; most have no end there
        ends = state.env.get("math_ends")
        if ends is None:
            ends = [found.start() for found in re.finditer(r"\\\]", state.src)]
            state.env["math_ends"] = ends
        here = state.eMarks[start]
        last = state.eMarks[min(start + MATH_LIMIT, state.lineMax) - 1]
        if bisect_left(ends, here) == bisect_left(ends, last):
            return start
    return max(start, closes_math(line, start, text))


# --------------------------------------------------------------------------- other blocks


MOST_EMPTY_CELLS = 50_000
"""Cells that a table's rows lack, beyond one for each of its characters; there it ends.

So does cmark-gfm's table, later: short rows below a wide header grow with its square.
"""


def table(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """A GFM table; its token keeps the source of its lines, its rows get no tokens."""
    first = len(state.tokens)
    if not rules_block.table(state, start, min(end, start + 2), silent):
        return False
    if silent:
        return True
    outer, state.parentType = state.parentType, "table"
    interrupting = state.md.block.ruler.getRules("blockquote")
    at = start + 2
    columns = sum(token.type == "th_open" for token in state.tokens[first:])
    given = MOST_EMPTY_CELLS
    while at < end and state.blkIndent <= state.sCount[at] < state.blkIndent + _CODE_INDENT:
        if state.isEmpty(at) or any(rule(state, at, end, True) for rule in interrupting):
            break
        given += state.eMarks[at] - state.bMarks[at] - columns
        if given < 0:
            break
        at += 1
    state.parentType, state.line = outer, at
    lines = [_line(state, number).strip(" \t") for number in range(start, at)]
    state.tokens[first].meta = {"lines": lines}
    state.tokens[first].map = [start, at]
    return True


_TAG = re.compile(r"</?([a-zA-Z][a-zA-Z0-9-]*)")


def html_block(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """A block of HTML, unless it starts with a tag that is none of HTML's: that is text."""
    if not state.src.startswith("<", state.bMarks[start] + state.tShift[start]):
        return False
    text = _line(state, start)
    tag = _TAG.match(text)
    if tag and tag.group(1).lower() not in HTML_TAGS:
        return False
    if silent and state.parentType == "table" and TAG.fullmatch(text.strip()):
        return True  # a tag alone interrupts no paragraph, but a table (as in GitHub's parser)
    return rules_block.html_block(state, start, end, silent)


def starting(rule: Rule, characters: str) -> Rule:
    """A rule that is asked only where its block may start: most lines start with letters."""

    def limited(state: StateBlock, start: int, end: int, silent: bool) -> bool:
        first = state.src[state.bMarks[start] + state.tShift[start]]
        return first in characters and rule(state, start, end, silent)

    return limited


def _shallow(rule: Rule) -> Rule:
    """A container that is text where it would be nested too deeply, so that none is lost."""

    def limited(state: StateBlock, start: int, end: int, silent: bool) -> bool:
        # A list opens two levels, and its content a third.
        deep = state.level + 3 >= state.md.options.maxNesting
        return not deep and rule(state, start, end, silent)

    return limited


blockquote = starting(_shallow(rules_block.blockquote), ">")
list_block = starting(_shallow(rules_block.list_block), "-+*0123456789")
footnote = starting(_shallow(footnotes.footnote_def), "[")
fence = starting(rules_block.fence, "`~")
rule = starting(rules_block.hr, "*-_")
heading = starting(rules_block.heading, "#")
reference = starting(rules_block.reference, "[")
