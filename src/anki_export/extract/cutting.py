"""The one place that cuts: what of a question's lines is asked, and what is its answer.

The lines are those of the note. They are de-indented, a label or a tag may be taken off
a line, and lines may be emptied; the order and number of lines stay, so that each piece
still knows its place in the file. Blocks come from the note's own tree.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from anki_export.extract.candidates import ITEM, Candidate, is_label_line
from anki_export.extract.dividing import VARIANT, divide
from anki_export.extract.evidence import wants_reply
from anki_export.extract.pieces import (
    COMMENT,
    FOOT,
    LINK_LINE,
    TAGS,
    Text,
    dedent,
    is_clutter,
    is_content,
    is_filler,
    is_pointer,
    title_text,
    without_tags,
)
from anki_export.extract.sight import Sight
from anki_export.markdown import Block
from anki_export.marks import is_attribute, unlabelled, without_numbering
from anki_export.model import Slice

RELATED = re.compile(r"(?:相关笔记|相关链接笔记|Related notes)\s*[:：]?$", re.IGNORECASE)
"""Headings of sections that tools generate: links to other notes, no part of an answer."""
_HTML_FOOT = re.compile(
    r"""\s*(?:<(?!a\b|img)[^<>]*>\s*)*<a\s[^<>]*href\s*=\s*["']?#[^<>]*>(?:(?!</a>).)*</a>\s*"""
    r"""(?:</?[a-z][^<>]*>\s*)*$""",
    re.IGNORECASE | re.DOTALL,
)
_QUOTED = re.compile(r"^\s*>\s?")
_TICK = re.compile(r"^(?P<box>\s*[-*+]\s+)\[[xX]\](?=\s|$)")
_PLACEHOLDER = re.compile(
    r"(?:answer(?:goes)?here|youranswer|todo|tbd|tba|tobe(?:completed|added|done|continued|updated|filled)|"
    r"comingsoon|wip|workinprogress|na|noanswer(?:yet)?|unanswered|待(?:补充|更新|完善|续|写|添加|解答|整理)|"
    r"未完(?:待续)?|暂无(?:答案)?|略|pendiente|porfazer|àcompléter|folgt|нетответа|неточныйответ|ответа?(?:пока)?нет|"
    r"작성중|추후작성|準備中|قريبا)"
)
_SHORT = 500
"""Characters of an answer that may be but a placeholder, its tags included."""


@dataclass(slots=True)
class Cut:
    """A question's front, its answer and the folded rest of a long answer."""

    front: Slice
    answer: Slice
    extra: Slice | None = None


# --------------------------------------------------------------------------- cutting


def cut(sight: Sight, candidate: Candidate, *, by_code: bool = False) -> Cut | str:
    """Front and answer of an accepted candidate, or why it has none.

    ``by_code``: in its series the answers are code, so that all above belongs to the
    question.
    """
    text = Text(sight, candidate)
    start, end = _region(text)
    front_end = candidate.body
    labelled = candidate.kind == "paired"  # there, `1. A` is the answer itself
    if candidate.reply is not None:
        front_end = candidate.front_end or candidate.body
        start, end = candidate.reply
    elif candidate.fold is not None:
        front_end = candidate.fold.summary_end[0] + 1
    elif candidate.form != "title-answer":
        divided = divide(text, start, end, by_code=by_code)
        if divided is not None:
            front_end, start = divided
            labelled = bool(text.edits.get(start, "").strip())  # `A` may be all that is left
    answer = _answer(text, start, end, labelled=labelled)
    if isinstance(answer, str):
        return answer
    if start == candidate.body and not candidate.reply and _only_asked(text, *answer):
        return "only the code that it asks about stands below it"
    return Cut(_front(text, front_end), *_folded(text, answer))


def _only_asked(text: Text, start: int, end: int) -> bool:
    """Whether an answer is nothing but the code that the question speaks of."""
    if not wants_reply(text.candidate.text):
        return False
    blocks = text.sight.between(text.candidate.holder, start, end)
    return len(blocks) == 1 and blocks[0].kind == "code" and blocks[0].end >= end


def _region(text: Text) -> tuple[int, int]:
    """The lines in which the answer stands, the rest of the question's line included."""
    candidate, lines = text.candidate, text.sight.lines
    start, end = candidate.body, min(candidate.end, len(lines))
    fold = candidate.fold
    if fold is not None:
        line, column = fold.opened
        text.edits[line] = without_tags(lines[line][column:])
        if fold.closed is not None:
            last, column = fold.closed
            if last == line:
                text.edits[line] = without_tags(lines[line][fold.opened[1] : column])
            else:
                text.edits[last] = without_tags(lines[last][:column])
        return line, max(line + 1, end)
    if candidate.kind == "box" and candidate.item is None:
        text.edits.update({i: _QUOTED.sub("", lines[i], count=1) for i in range(start, end)})
    if candidate.tail:
        text.edits[start - 1] = candidate.tail
        return start - 1, end
    if candidate.kind == "line" and start < end and lines[start][:1].isspace():
        text.edits[start] = lines[start].strip()  # the paragraph goes on: it is no code
    return start, max(start, end)


# --------------------------------------------------------------------------- front and back


def _front(text: Text, end: int) -> Slice:
    """The question: its own line, then what else is asked, each line in its place."""
    candidate, sight = text.candidate, text.sight
    first = sight.outline.note.first_line
    start = candidate.body
    if candidate.fold is not None and candidate.fold.summary is not None:
        start = candidate.fold.summary[0] + 1
        line, column = candidate.fold.summary_end
        if line >= start:
            text.edits[line] = sight.lines[line][:column]
    below = [_asked_line(text.get(line)) for line in range(start, max(start, end))]
    while below and is_clutter(below[-1]):
        below.pop()
    if not any(line.strip() for line in below):
        return Slice(candidate.text, first + candidate.line)
    gap = [""] * (start - candidate.line - 1)
    return Slice("\n".join([candidate.text, *gap, *below]), first + candidate.line)


def _asked_line(line: str) -> str:
    """A line of the front; who asked it, and how hard it is, is no part of it."""
    bare = line.lstrip("# \t")
    if is_attribute(bare) and (bare != line or bare.startswith("**")):
        return ""
    return "" if FOOT.match(line) else _TICK.sub(r"\g<box>[ ]", line)


# --------------------------------------------------------------------------- the answer


def _answer(text: Text, start: int, end: int, *, labelled: bool) -> tuple[int, int] | str:
    """The lines of an answer without its label and what clutters its end, or why not."""
    if not labelled:
        start = _skip_label(text, start, end)
    while start < end and _is_opening_clutter(text.get(start)):
        start += 1
    blocks = text.sight.between(text.candidate.holder, start, end)
    end = _end_of_answer(text, blocks, start, end)
    shown = "\n".join(text.span(start, end))
    if not is_content(shown):
        return "nothing stands below it"
    if len(shown) <= _SHORT and _PLACEHOLDER.fullmatch(
        "".join(filter(str.isalnum, TAGS.sub("", shown).lower()))
    ):
        return "its answer is a placeholder"
    if is_pointer(shown):
        return "its answer is only a link"
    return start, end


def _skip_label(text: Text, start: int, end: int) -> int:
    """Take the answer label off; the first line that stays.

    It may stand before text, alone, as a heading, as a list item, or below a link.
    """
    linked = False
    for line in range(start, end):
        raw = text.get(line)
        if not raw.strip():
            continue
        if is_label_line(raw):
            if not linked:
                return line + 1
            text.edits[line] = ""
            return start
        item = ITEM.match(raw)
        marker = item or _QUOTED.match(raw)
        at = marker.end() if marker else len(raw) - len(raw.lstrip())
        if raw.lstrip().startswith("#"):
            at, item = len(raw) - len(raw.lstrip("# \t")), None
        rest = unlabelled(raw[at:])
        if rest is not None:
            variants = range(line + 1, min(end, line + 40))
            if any(VARIANT.match(text.get(number)) for number in variants):
                return start
            keep = raw[:at] if not raw.lstrip().startswith("#") else ""
            text.edits[line] = keep + rest if rest.strip() or item else ""
            return start
        if not LINK_LINE.match(raw):
            return start
        linked = True
    return start


def _is_opening_clutter(line: str) -> bool:
    return not line.strip() or bool(
        re.fullmatch(
            r"\s*(?:<br\s*/?>|<(?:b|p|strong)>|</(?:b|p|strong)>|\s)+", line, re.IGNORECASE
        )
    )


def _end_of_answer(text: Text, blocks: list[Block], start: int, end: int) -> int:
    for i, block in enumerate(blocks):
        if block.kind == "heading" and RELATED.match(without_numbering(title_text(block))):
            level = block.level
            if not any(b.kind == "heading" and b.level <= level for b in blocks[i + 1 :]):
                end = block.start
                blocks = blocks[:i]
            break
    while end > start:
        while blocks and blocks[-1].start >= end:
            blocks.pop()
        if blocks and blocks[-1].start >= start and _is_trailing(text, blocks[-1], end):
            end = blocks.pop().start
        elif is_clutter(text.get(end - 1)) and not _in_code(blocks, end - 1):
            end -= 1
        else:
            break
    return end


def _in_code(blocks: list[Block], line: int) -> bool:
    return bool(blocks) and blocks[-1].kind == "code" and line < blocks[-1].end


def _is_trailing(text: Text, block: Block, end: int) -> bool:
    """Whether a block at an answer's end says nothing: rules, empty headings, feet."""
    if block.kind in ("rule", "heading"):
        if text.candidate.reply is not None and block.start == text.candidate.reply[0]:
            return False
        return not text.edits.get(block.start, "").strip()
    if block.kind not in ("html", "paragraph"):
        return False
    if block.callout:
        return not block.callout.closing or not _opened(text, block)
    shown = "\n".join(text.get(line) for line in range(block.start, min(block.end, end)))
    bare = COMMENT.sub("", shown)
    if "<details" in bare or "<summary" in bare:
        return False
    if "</details" in bare:
        return False
    if _HTML_FOOT.match(bare):
        return True
    return not re.search(r"\S", TAGS.sub("", bare).replace("&nbsp;", "")) and not re.search(
        r"<(?:img|video|audio|iframe|object|svg|table|input)\b", bare, re.IGNORECASE
    )


def _opened(text: Text, edge: Block) -> bool:
    """Whether the box that a line ends was opened in the answer, not above it."""
    candidate = text.candidate
    blocks = text.sight.between(candidate.holder, candidate.body, edge.start + 1)
    edges = [block.callout.closing for block in blocks if block.kind == "html" and block.callout]
    return edges.count(False) >= edges.count(True)


# --------------------------------------------------------------------------- long answers


def _folded(text: Text, lines: tuple[int, int]) -> tuple[Slice, Slice | None]:
    """Split a long answer: what follows its first sub-heading is the folded part.

    An answer that starts with a sub-heading keeps that part open.
    """
    start, end = lines
    blocks = [b for b in text.sight.between(text.candidate.holder, start, end) if b.start < end]
    whole = text.slice(start, end)
    assert whole is not None
    limit = text.sight.config.fold_after
    if not limit or len(whole.text.split("\n")) <= limit:
        return _unwrapped(text, whole, blocks, start), None
    content = False
    for block in blocks:
        if block.kind == "heading" and content:
            head = text.slice(start, block.start)
            rest = text.slice(block.start, end)
            if head is not None and rest is not None:
                return head, rest
        content = content or (block.kind != "heading" and not is_filler(block))
    return _unwrapped(text, whole, blocks, start), None


def _unwrapped(text: Text, answer: Slice, blocks: list[Block], start: int) -> Slice:
    """The content of an answer that is one list item with text, as ``- A: …`` leaves it."""
    if len(blocks) != 1 or blocks[0].kind not in ("list", "item"):
        return answer
    items = blocks[0].children if blocks[0].kind == "list" else blocks
    if len(items) != 1:
        return answer
    item = items[0]
    first = text.sight.outline.note.first_line
    if item.ordered or item.checked is not None or not item.children or item.column == 0:
        return answer
    if answer.line != first + item.start or not ITEM.match(answer.text + " "):
        return answer
    columns = item.column - text.columns(item.start)
    lines = answer.text.split("\n")
    inner = [dedent(lines[0], columns, marker=True)]
    inner += [dedent(line, columns) for line in lines[1:]]
    skip = 0 if inner[0].strip() else 1
    return Slice("\n".join(inner[skip:]), answer.line + skip)
