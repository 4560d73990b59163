"""Rules of blocks that differ from markdown-it-py's, each in its place in the grammar."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable

from markdown_it import rules_block
from markdown_it.rules_block import StateBlock
from mdit_py_plugins.footnote import index as footnotes

from anki_export.markdown.scan import HTML_TAGS, TAG
from anki_export.markdown.tree import Callout

Rule = Callable[[StateBlock, int, int, bool], bool]

_MATH = ("$$", r"\[")
_MATH_END = re.compile(r"\\\]")
MATH_LIMIT = 200
"""Lines of one formula; a mark without a partner within them is text."""
_HEADING = re.compile(r"#{1,6}\s")
_UNDERLINE = re.compile(r"=+[ \t]*$")
_CODE_INDENT = 4
"""Columns of indentation that make code (CommonMark 4.4)."""

_MAX_ENDS = 50
"""Lines that are tried as the end of a container or comment; further ones are none."""


def _ends(state: StateBlock, pattern: re.Pattern[str]) -> list[int]:
    """Where in the whole text a pattern's matches end; they are looked for once."""
    known: dict[re.Pattern[str], list[int]] = state.env.setdefault("ends", {})
    if pattern not in known:
        known[pattern] = [found.end() for found in pattern.finditer(state.src)]
    return known[pattern]


def _ending(
    state: StateBlock, likely: re.Pattern[str], start: int, end: int, sure: re.Pattern[str]
) -> int | None:
    """The first line below ``start`` that ends what opened there; None without one.

    ``likely`` finds it in the whole text, ``sure`` says so of the line without its prefixes.
    """
    ends = _ends(state, likely)
    first = bisect_right(ends, state.eMarks[start])
    for at in ends[first : first + _MAX_ENDS]:
        number = bisect_left(state.eMarks, at)
        if number >= end or state.sCount[number] < state.blkIndent:
            return None
        if sure.search(_line(state, number)):
            return number
    return None


def _line(state: StateBlock, number: int) -> str:
    """A line without the prefixes and the indentation of the blocks around it."""
    return state.src[state.bMarks[number] + state.tShift[number] : state.eMarks[number]]


# --------------------------------------------------------------------------- paragraphs


def paragraph(state: StateBlock, start: int, end: int, silent: bool, *, math: bool) -> bool:
    """A paragraph, or the heading that ``===`` below it makes.

    Two differences from CommonMark: a line of dashes below is a thematic break, which ends
    the paragraph like any other; lines of display math are text whatever they look like,
    where ``math`` means anything.
    """
    del end, silent
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
        at = 1 + (_end_of_math(state, at, text) if math and text.startswith(_MATH) else at)
    content = state.getLines(start, at, state.blkIndent, False).strip(" \t\n")
    state.line = at + bool(level)
    kind, tag = ("heading", "h1") if level else ("paragraph", "p")
    token = state.push(f"{kind}_open", tag, 1)
    token.map = [start, state.line]
    inline = state.push("inline", "", 0)
    inline.content, inline.map, inline.children = content, [start, at], []
    state.push(f"{kind}_close", tag, -1)
    state.parentType = outer
    return True


_STARTS = frozenset("#>`~*-_+<[:%0123456789")
"""What blocks start with that may interrupt a paragraph; a table's header has a pipe."""


def _end_of_math(state: StateBlock, start: int, text: str) -> int:
    """The last line of the display math that a line opens; ``start`` itself if none goes on.

    Blank lines are part of a formula only if its mark stands alone on its line.
    """
    mark = "$$" if text.startswith("$$") else r"\]"
    alone = text.strip() in ("$$", r"\[")
    last = min(start + MATH_LIMIT, state.lineMax) - 1
    if mark == "$$":
        closed = text.count("$$") % 2 == 0
    else:  # each one would look at the next lines; most have no end there
        ends = _ends(state, _MATH_END)
        here, there = state.eMarks[start], state.eMarks[last]
        closed = mark in text or bisect_right(ends, here) == bisect_right(ends, there)
    for number in range(start + 1, start if closed else last + 1):
        line = _line(state, number)
        if line and state.sCount[number] < state.blkIndent:
            break
        before, text = text, line.strip()
        if mark in text:
            return number
        if (not alone and not text) or text.startswith(("```", "~~~")):
            break
        if not before and _HEADING.match(text):  # a formula that nobody closed
            break
    return start


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


MOST_LAZY = 100
"""Lines of a quote without its mark, beyond which only a paragraph goes on.

Whether such a line continues a paragraph is known when the quote has been parsed; if it does
not, whatever follows it was looked at in vain.
"""


def _marked(rule: Rule) -> Rule:
    """Quotes that look only so far for lines without a mark."""

    def limited(state: StateBlock, start: int, end: int, silent: bool) -> bool:
        lazy = 0
        for at in () if silent else range(start + 1, end):
            if state.isEmpty(at) or lazy > MOST_LAZY:
                return rule(state, start, at, silent)
            first = state.src[state.bMarks[at] + state.tShift[at]]
            lazy += first != ">" or state.sCount[at] < state.blkIndent
        return rule(state, start, end, silent)

    return limited


blockquote = starting(_shallow(_marked(rules_block.blockquote)), ">")
list_block = starting(_shallow(rules_block.list_block), "-+*0123456789")
footnote = starting(_shallow(footnotes.footnote_def), "[")
fence = starting(rules_block.fence, "`~")
rule = starting(rules_block.hr, "*-_")
heading = starting(rules_block.heading, "#")
reference = starting(rules_block.reference, "[")


# --------------------------------------------------------------------------- other tools

_ALERT = re.compile(r"\[!([a-zA-Z][\w-]*)(?:\|[^\]]*)?\]([+-]?)(?:[ \t]+(.*))?")
_CONTAINER = re.compile(
    r"(:{3,})[ \t]*([a-zA-Z][\w-]*)(?:\[(.*)\])?(?:[ \t]+((?!\{).*?))?[ \t]*(?:\{[^{}]*\})?"
)
_ADMONITION = re.compile(
    r'(!!!|\?\?\?\+?)[ \t]+([a-zA-Z][\w-]*)(?:[ \t]+[\w-]+)*(?:[ \t]+"(.*)")?[ \t]*'
)
_CONTAINER_END = re.compile(r"^[ \t>]*:{3,}[ \t]*$", re.MULTILINE)
_COMMENT_END = re.compile(r"%%[ \t]*$", re.MULTILINE)


def _is_code(state: StateBlock, start: int) -> bool:
    return state.sCount[start] - state.blkIndent >= _CODE_INDENT


def _matched(state: StateBlock, start: int, pattern: re.Pattern[str]) -> re.Match[str] | None:
    return None if _is_code(state, start) else pattern.fullmatch(_line(state, start).rstrip())


def callout(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """The first line of a quote that makes it a box: ``[!NOTE]``, ``[!tip]- Title``."""
    del end
    if silent or not state.tokens or state.tokens[-1].type != "blockquote_open":
        return False
    if (found := _matched(state, start, _ALERT)) is None:
        return False
    name, fold, title = found.groups()
    token = state.push("callout", "", 0)
    token.map = [start, start + 1]
    token.meta = {"callout": Callout(name.lower(), (title or "").strip(), fold)}
    state.line = start + 1
    return True


def admonition(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """``!!! note "Title"`` or ``??? question "Title"`` above indented lines: MkDocs' boxes."""
    found = None if _is_code(state, start) else _ADMONITION.fullmatch(_line(state, start))
    if silent or found is None:
        return False
    last = start
    for line in range(start + 1, end):
        if not state.isEmpty(line):
            if state.sCount[line] - state.blkIndent < _CODE_INDENT:
                break
            last = line
    if last == start:
        return False
    mark, name, title = found.groups()
    outer = state.parentType, state.lineMax
    state.push("blockquote_open", "blockquote", 1).map = [start, last + 1]
    token = state.push("callout", "", 0)
    token.map = [start, start + 1]
    fold = {"???": "-", "???+": "+"}.get(mark, "")
    token.meta = {"callout": Callout(name.lower(), (title or "").strip(), fold)}
    state.parentType, state.lineMax = "blockquote", last + 1
    state.blkIndent += _CODE_INDENT
    token.meta["column"] = state.blkIndent
    state.md.block.tokenize(state, start + 1, last + 1)
    state.blkIndent -= _CODE_INDENT
    state.parentType, state.lineMax = outer
    state.push("blockquote_close", "blockquote", -1)
    state.line = last + 1
    return True


def container(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """``::: tip Title`` … ``:::``; without its last line it is text.

    Its lines are blocks of their own and what they enclose stays where it is, so that a
    heading in a container opens a section as any other.
    """
    if (found := _matched(state, start, _CONTAINER)) is None:
        return False
    fence, name, bracketed, title = found.groups()
    pattern = re.compile(rf"^:{{{len(fence)},}}[ \t]*$")
    last = _ending(state, _CONTAINER_END, start, end, pattern)
    if last is None:
        return False
    if silent:
        return True
    given = (bracketed or title or "").strip()
    box = Callout(name.lower(), given, "-" if name.lower() == "details" else "")
    outer = state.parentType, state.lineMax
    state.parentType, state.lineMax = "container", last
    _edge(state, start, box)
    state.level += 1
    state.md.block.tokenize(state, start + 1, last)
    state.level -= 1
    _edge(state, last, box._replace(closing=True))
    state.parentType, state.lineMax = outer
    state.line = last + 1
    return True


def _edge(state: StateBlock, line: int, box: Callout) -> None:
    token = state.push("container", "", 0)
    token.map, token.content, token.meta = [line, line + 1], _line(state, line), {"callout": box}


def comment(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Obsidian's ``%%`` … ``%%`` over several lines, as the HTML comment that it means."""
    text = _line(state, start)
    if not text.startswith("%%") or "%%" in text[2:]:
        return False
    last = _ending(state, _COMMENT_END, start, end, _COMMENT_END)
    if last is None or _is_code(state, start):
        return False
    if not silent:
        lines = state.getLines(start, last + 1, state.blkIndent, False).strip(" \t\n")
        token = state.push("html_block", "", 0)
        token.map = [start, last + 1]
        token.content = "<!--" + lines[2:-2].replace("-->", "--&gt;") + "-->\n"
        state.line = last + 1
    return True


TOOLS: tuple[tuple[str, Rule, str], ...] = (
    ("callout", starting(callout, "["), ""),
    ("admonition", starting(_shallow(admonition), "!?"), ""),
    ("container", starting(_shallow(container), ":"), "paragraph reference blockquote list"),
    ("comment", starting(comment, "%"), "paragraph reference blockquote list"),
)
"""Blocks of other tools, and what they interrupt."""
