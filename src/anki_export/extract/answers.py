"""The lines of an answer: cut out, de-indented, labels and trailing clutter taken off."""

from __future__ import annotations

import re
from collections.abc import Sequence

from anki_export.markdown import Block, parse
from anki_export.marks import answer_label, is_label, without_numbering
from anki_export.model import Slice

TAB = 4

_LINK_LINE = re.compile(
    r"\s*(?:[-*+>]\s+)?(?:!?\[[^\]]*\]\([^)]*\)|<?https?://\S+>?)[\s，,;；、|]*$"
)
_LINK = re.compile(r"!?\[([^\]]*)\](?:\([^)]*\)|\[[^\]]*\])|<?https?://[^\s>]+>?")
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_ITEM = re.compile(r"\s*(?:[-*+]|\d{1,9}[.)])\s+")
_SERIES = re.compile(
    r"\s*(?:[-*+]\s+)?(?:\*\*)?(?:B|A\s*[2-9]|(?:答案|回答)\s*[二2])(?:\*\*)?\s*[:：]"
)
"""The second of several: options or variants, whose names are text and no labels."""
RELATED = re.compile(r"(?:相关笔记|相关链接笔记|Related notes)\s*[:：]?$", re.IGNORECASE)
"""Headings of sections that tools generate: links to other notes, no part of an answer."""


def dedent(line: str, columns: int, *, marker: bool = False) -> str:
    """A line without its first ``columns`` columns of white space (tabs reach fours).

    With ``marker`` the columns may hold anything: the first line of a list item.
    """
    column = i = 0
    while i < len(line) and column < columns and (marker or line[i] in " \t"):
        column += TAB - column % TAB if line[i] == "\t" else 1
        i += 1
    return " " * max(0, column - columns) + line[i:]


def cut(lines: Sequence[str], line: int) -> Slice | None:
    """The answer that stands in these lines, whose first one is ``line`` of the file.

    Its label, blank lines, generated link sections, and rules and comments at its end
    are taken off; None if nothing is left that a reader would see.
    """
    lines = list(lines)
    start = _skip_label(lines)
    end = _end_of_answer(lines, start)
    if not is_content("\n".join(lines[start:end])):
        return None
    while not lines[start].strip():
        start += 1
    return _unwrap(Slice("\n".join(lines[start:end]), line + start))


def is_content(text: str) -> bool:
    """Whether a reader would see anything but comments and rules."""
    return bool(re.search(r"[^\s*_\-]", _COMMENT.sub("", text)))


def is_reference(text: str) -> bool:
    """Whether text is but a pointer elsewhere: nothing beside links, or a link first of all."""
    text = _COMMENT.sub("", text)
    first = next((line for line in text.split("\n") if line.strip()), "")
    return bool(_LINK_LINE.match(first)) or not re.search(r"\w", _LINK.sub("", text))


def has_label(lines: Sequence[str]) -> bool:
    """Whether the first line that is not blank starts with an answer label."""
    for line in lines:
        if line.strip():
            bare = _ITEM.sub("", line, count=1).strip()
            return answer_label(bare) is not None or _is_label_line(line)
    return False


def fold(answer: Slice, limit: int) -> tuple[Slice, Slice | None]:
    """Split a long answer: what follows its first sub-heading is the folded part.

    An answer that starts with a sub-heading keeps that part open. ``limit`` counts
    source lines; 0 never folds.
    """
    lines = answer.text.split("\n")
    if not limit or len(lines) <= limit:
        return answer, None
    headings = [b.start for b in parse(lines).root.children if b.kind == "heading"]
    first = next((i for i in headings if is_content(_without_headings(lines[:i]))), None)
    if first is None:
        return answer, None
    head = Slice("\n".join(lines[:first]).rstrip(), answer.line)
    return head, Slice("\n".join(lines[first:]), answer.line + first)


def _without_headings(lines: Sequence[str]) -> str:
    return "\n".join(line for line in lines if not line.lstrip().startswith("#"))


def _skip_label(lines: list[str]) -> int:
    """Take the answer label off, in place; the index of the first line that stays.

    It may stand before text, alone, as a heading, as a list item, or below a link.
    """
    for i, line in enumerate(lines):
        if not line.strip():
            continue
        if _is_label_line(line):
            return i + 1 if not is_content("\n".join(lines[:i])) else _drop(lines, i)
        item = _ITEM.match(line)
        start = item.end() if item else len(line) - len(line.lstrip())
        if any(map(_SERIES.match, lines[i + 1 :])):
            return 0
        if (length := answer_label(line[start:])) is not None:
            rest = line[start + length :]
            lines[i] = line[:start] + rest if rest.strip() or item else ""
            return 0
        if not _LINK_LINE.match(line):
            return 0
    return 0


def _drop(lines: list[str], index: int) -> int:
    lines[index] = ""
    return 0


def _is_label_line(line: str) -> bool:
    """A line that is only a label: bold, a heading, or with a colon; a bare word is text."""
    text = line.strip()
    if text.startswith("#"):
        return is_label(without_numbering(text.lstrip("#").strip()))
    return text.startswith(("**", "__")) and is_label(text)


def _end_of_answer(lines: list[str], start: int) -> int:
    end = len(lines)
    children = parse(lines[start:]).root.children
    for i, block in enumerate(children):
        if block.kind == "heading" and RELATED.match(without_numbering(block.text[0][1])):
            level = block.level
            if not any(b.kind == "heading" and b.level <= level for b in children[i + 1 :]):
                end = start + block.start
                children = children[:i]
            break
    while children and _is_clutter(children[-1]):
        end = start + children.pop().start
    while end > start and not lines[end - 1].strip():
        end -= 1
    return end


def _is_clutter(block: Block) -> bool:
    if block.kind in ("rule", "heading"):  # a heading with nothing below it
        return True
    text = "\n".join(text for _, text in block.text)
    return block.kind == "html" and not _COMMENT.sub("", text).strip()


def _unwrap(answer: Slice) -> Slice:
    """The content of an answer that is one list item with text, as ``- A: …`` leaves it."""
    lines = answer.text.split("\n")
    children = parse(lines).root.children
    if len(children) != 1 or children[0].kind != "list" or len(children[0].children) != 1:
        return answer
    item = children[0].children[0]
    if item.ordered or item.checked is not None or not item.children:
        return answer
    inner = [dedent(lines[0], item.column, marker=True)]
    inner += [dedent(line, item.column) for line in lines[1:]]
    skip = 0 if inner[0].strip() else 1
    return Slice("\n".join(inner[skip:]), answer.line + skip)
