"""The one place that cuts: what of a question's lines is asked, and what is its answer.

The lines are those of the note. They are de-indented, a label or a tag may be taken off
a line, and lines may be emptied; the order and number of lines stay, so that each piece
still knows its place in the file. Blocks come from the note's own tree.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from anki_export.blocks import Block
from anki_export.extract.candidates import Candidate, is_label_line
from anki_export.extract.evidence import asks_value, refers, wants_reply
from anki_export.extract.sight import TAB, Fold, Sight
from anki_export.marks import (
    answer_label,
    is_attribute,
    summary_label,
    unlabelled,
    weak_label,
    without_numbering,
)
from anki_export.model import Slice

_LINK_LINE = re.compile(
    r"\s*(?:[-*+>]\s+)?(?:!?\[[^\]]*\]\([^)]*\)|<?https?://\S+>?)[\s，,;；、|]*$"
)
_LINK = re.compile(
    r"!?\[\[?([^\]]*)\]?\](?:\([^)]*\)|\[[^\]]*\])\]?|<?https?://[^\s>]+>?"
    r"|<a\b[^>]*>.*?</a>|\[\[[^\]]*\]\]",
    re.IGNORECASE | re.DOTALL,
)
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_TAGS = re.compile(r"</?[a-zA-Z][^<>]*>")
_ITEM = re.compile(r"\s*(?:[-*+]|\d{1,9}[.)])\s+")
_VARIANT = re.compile(
    r"\s*(?:[-*+]\s+)?(?:\*\*)?(?:B|A\s*[2-9]|(?:答案|回答)\s*[二2])(?:\*\*)?\s*[:：]"
)
"""The second of several: options or variants, whose names are text and no labels."""
RELATED = re.compile(r"(?:相关笔记|相关链接笔记|Related notes)\s*[:：]?$", re.IGNORECASE)
"""Headings of sections that tools generate: links to other notes, no part of an answer."""
_FILLER = re.compile(
    r"\s*(?:<br\s*/?>|</?(?:p|b|strong|div|center|i|em|details|hr)\b[^<>]*>|&nbsp;|\s)*$|"
    r"\s*(?:[-*_]\s*){3,}$|\s*<!--.*-->\s*$",
    re.IGNORECASE,
)
_FOOT = re.compile(
    r"[\s*_>|~-]*\[[^\]]*\]\((?![a-z]+://)[^()\s]*#[^()]*\)[\s*_.|~-]*$", re.IGNORECASE
)
_HTML_FOOT = re.compile(
    r"""\s*(?:<(?!a\b|img)[^<>]*>\s*)*<a\s[^<>]*href\s*=\s*["']?#[^<>]*>(?:(?!</a>).)*</a>\s*"""
    r"""(?:</?[a-z][^<>]*>\s*)*$""",
    re.IGNORECASE | re.DOTALL,
)
_PLACEHOLDER = re.compile(
    r"(?:answer(?:goes)?here|youranswer|todo|tbd|tba|tobe(?:completed|added|done|continued|updated|filled)|"
    r"comingsoon|wip|workinprogress|na|noanswer(?:yet)?|unanswered|待(?:补充|更新|完善|续|写|添加|解答|整理)|"
    r"未完(?:待续)?|暂无(?:答案)?|略|pendiente|porfazer|àcompléter|folgt|нетответа|неточныйответ|ответа?(?:пока)?нет|"
    r"작성중|추후작성|準備中|قريبا)"
)
_OPTION = re.compile(
    r"\s*(?:[-*+]\s+)?(?:\[[ xX]\]\s*)?(?:\*\*|`)?\(?(?P<letter>[A-Ha-h①-⑧])(?:\*\*)?\s*[.)、．：:）,，`]"
)
_HEADING_LINE = re.compile(r"#{1,6}\s")


@dataclass(slots=True)
class Cut:
    """A question's front, its answer and the folded rest of a long answer."""

    front: Slice
    answer: Slice
    extra: Slice | None = None


@dataclass(slots=True)
class _Text:
    """The lines around a question, de-indented, with what is changed in them."""

    sight: Sight
    candidate: Candidate
    edits: dict[int, str] = field(default_factory=dict)

    def raw(self, line: int) -> str:
        edited = self.edits.get(line)
        return self.sight.lines[line] if edited is None else edited

    def get(self, line: int) -> str:
        """A line without the columns of the list item in which the question stands."""
        if line in self.edits or self.candidate.item is None:
            return self.raw(line)
        item = self.candidate.item
        inside = line < item.end
        columns = item.column if inside else max(0, item.column - item.indent)
        return dedent(self.sight.lines[line], columns)

    def span(self, start: int, end: int) -> list[str]:
        return [self.get(line) for line in range(start, end)]

    def slice(self, start: int, end: int) -> Slice | None:
        """These lines without blank ones around them; None if nothing is left."""
        while end > start and not self.get(end - 1).strip():
            end -= 1
        while start < end and not self.get(start).strip():
            start += 1
        if start == end:
            return None
        first = self.sight.outline.note.first_line
        return Slice("\n".join(self.span(start, end)), first + start)


def dedent(line: str, columns: int, *, marker: bool = False) -> str:
    """A line without its first ``columns`` columns of white space (tabs reach fours).

    With ``marker`` the columns may hold anything: the first line of a list item.
    """
    column = i = 0
    while i < len(line) and column < columns and (marker or line[i] in " \t"):
        column += TAB - column % TAB if line[i] == "\t" else 1
        i += 1
    return " " * max(0, column - columns) + line[i:]


# --------------------------------------------------------------------------- cutting


def cut(sight: Sight, candidate: Candidate, *, by_code: bool = False) -> Cut | str:
    """Front and answer of an accepted candidate, or why it has none.

    ``by_code``: in its series the answers are code, so that all above belongs to the
    question.
    """
    text = _Text(sight, candidate)
    start, end = _region(text)
    front_end = candidate.body
    if candidate.reply is not None:
        front_end = candidate.front_end or candidate.body
        start, end = candidate.reply
    elif candidate.fold is not None:
        front_end = candidate.fold.summary_end[0] + 1
    elif candidate.form != "title-answer":
        divided = _divide(text, start, end, by_code=by_code)
        if divided is not None:
            front_end, start = divided
    answer = _answer(text, start, end)
    if isinstance(answer, str):
        return answer
    if start == candidate.body and not candidate.reply and _only_asked(text, *answer):
        return "only the code that it asks about stands below it"
    return Cut(_front(text, front_end), *_folded(text, answer))


def _only_asked(text: _Text, start: int, end: int) -> bool:
    """Whether an answer is nothing but the code that the question speaks of."""
    if not wants_reply(text.candidate.text):
        return False
    blocks = text.sight.between(text.candidate.holder, start, end)
    return len(blocks) == 1 and blocks[0].kind == "code" and blocks[0].end >= end


def _region(text: _Text) -> tuple[int, int]:
    """The lines in which the answer stands, the rest of the question's line included."""
    candidate, lines = text.candidate, text.sight.lines
    start, end = candidate.body, min(candidate.end, len(lines))
    fold = candidate.fold
    if fold is not None:
        line, column = fold.opened
        text.edits[line] = _without_tags(lines[line][column:])
        if fold.closed is not None:
            last, column = fold.closed
            if last == line:
                text.edits[line] = _without_tags(lines[line][fold.opened[1] : column])
            else:
                text.edits[last] = _without_tags(lines[last][:column])
        return line, max(line + 1, end)
    if candidate.tail:
        text.edits[start - 1] = candidate.tail
        return start - 1, end
    return start, max(start, end)


def _without_tags(text: str) -> str:
    """The rest of a line beside a ``<details>`` or ``<summary>``, but for lone tags."""
    text = re.sub(r"^\s*(?:</?(?:br|b|p|strong|div|summary)\b[^<>]*>\s*)+", "", text, flags=re.I)
    text = re.sub(r"(?:\s*</?(?:br|p|div)\b[^<>]*>|\s*</(?:b|strong)>)+\s*$", "", text, flags=re.I)
    return text if text.strip() else ""


# --------------------------------------------------------------------------- front and back


def _divide(text: _Text, start: int, end: int, *, by_code: bool) -> tuple[int, int] | None:
    """One past the question's last line and the answer's first one, where they are apart.

    A label or a ``<details>`` with a generic summary divides; without one, code right
    below a question that speaks of it does, if something else follows.
    """
    sight, candidate = text.sight, text.candidate
    blocks = sight.between(candidate.holder, start, end)
    lead = blocks[0].start if blocks else end
    above: list[Block] = []
    prose = 0
    for line in range(start, lead):
        raw = text.get(line).strip()
        if not raw:
            continue
        if line > start and (rest := _strong(raw)) is not None:
            text.edits[line] = rest
            return line, line
        prose += 1
    opening = prose
    for block in blocks[:60]:
        fold = _fold_of(sight, block)
        if fold is not None:
            kind = summary_label(_plain(fold.text))
            if kind and _divides(kind == "answer", above, prose) and _rest_is_answer(text, fold, end):
                _unfold(text, fold)
                return block.start, fold.opened[0]
            if kind:
                break
        label = _label(text, block)
        if label is not None:
            line, rest, strong = label
            if (above or prose) and _divides(strong, above, prose):
                if not _is_variant(text, line, end):
                    text.edits[line] = rest
                    return line, line
            break
        if block.kind == "heading" and not is_attribute(_title(block)):
            break
        above.append(block)
        prose += block.kind == "paragraph" and not is_option(block) and not _is_link(block)
        if prose > 8:
            break
    return _by_code(candidate, blocks, text, prose_first=bool(opening), series=by_code)


def _divides(strong: bool, above: list[Block], prose: int) -> bool:
    """Whether what stands above a divider can be a question's.

    An answer label proves it. ``Output`` and ``See more`` also stand in answers: there,
    only code, options and pictures may be above.
    """
    seen = [b for b in above if not _is_filler(b)]
    if not strong:
        return bool(seen) and prose == 0 and any(b.kind in ("code", "list", "table") for b in seen)
    return bool(prose) or any(not _is_link(b) for b in seen)


def _label(text: _Text, block: Block) -> tuple[int, str, bool] | None:
    """The label with which a block starts: its line, what follows it, whether it is strong."""
    leaf = block
    if block.kind == "list" and block.children and block.children[0].children:
        leaf = block.children[0].children[0]
    if leaf.kind not in ("paragraph", "heading"):
        return None
    for index, (line, raw) in enumerate(leaf.text):
        shown = without_numbering(raw.strip()) if leaf.kind == "heading" else raw.strip()
        rest = _strong(shown)
        if rest is not None and (index == 0 or not shown.startswith("A")):
            return line, rest, True
        if index == 0 and leaf is block and (length := weak_label(shown)) is not None:
            rest = shown[length:]
            keep = bool(rest.strip()) and length < len(shown)
            return line, rest if keep else "", False
    return None


def _strong(line: str) -> str | None:
    """What stands behind an answer label; None if the line starts with none."""
    if is_label_line(line) or (line.startswith(("**", "__", "#")) and is_label_line(line)):
        return ""
    return unlabelled(line)


def _is_variant(text: _Text, line: int, end: int) -> bool:
    """Whether the label is one of several: options ``A：`` and ``B：`` are no labels."""
    near = range(line + 1, min(end, line + 12))
    raw = text.get(line)
    return bool(re.match(r"\s*(?:[-*+]\s+)?(?:\*\*)?A", raw)) and any(
        _VARIANT.match(text.get(i)) for i in near
    )


def _fold_of(sight: Sight, block: Block) -> Fold | None:
    if block.kind not in ("html", "paragraph"):
        return None
    fold = sight.fold_at(block.start)
    if fold is None or not block.start <= fold.start < block.end or fold.summary is None:
        return None
    return fold


def _plain(html: str) -> str:
    return _TAGS.sub("", html).strip()


def _rest_is_answer(text: _Text, fold: Fold, end: int) -> bool:
    return fold.end <= end


def _unfold(text: _Text, fold: Fold) -> None:
    """Take the tags of a fold off: its content is the answer, shown unfolded."""
    lines = text.sight.lines
    for line in range(fold.start, fold.opened[0]):
        text.edits[line] = ""
    assert fold.closed is not None
    (first, column), (last, at) = fold.opened, fold.closed
    if first == last:
        text.edits[first] = _without_tags(lines[first][column:at])
    else:
        text.edits[first] = _without_tags(lines[first][column:])
        text.edits[last] = _without_tags(lines[last][:at])


def _by_code(
    candidate: Candidate, blocks: list[Block], text: _Text, *, prose_first: bool, series: bool
) -> tuple[int, int] | None:
    seen = [b for b in blocks if not _is_filler(b)]
    if series:
        fenced = [b for b in seen if b.kind == "code" and b.fence]
        return (fenced[0].start, fenced[0].start) if fenced else None
    if prose_first or not seen:
        return None
    code = "\n".join(line for _, line in seen[0].text) if seen[0].kind == "code" else ""
    if not refers(candidate.text) and not (code and asks_value(candidate.text, code)):
        return None
    count = 0
    if seen[0].kind == "code" or _is_picture(seen[0]):
        count = 1
    while count < len(seen) and _are_options(seen[count:]):
        count += 1
    rest = seen[count:]
    if not count or not rest or all(_is_link(b) or b.kind == "heading" for b in rest):
        return None
    return rest[0].start, rest[0].start


def _are_options(blocks: list[Block]) -> bool:
    """Whether the first of these blocks is options ``A`` … of a choice, or some of them."""
    return is_option(blocks[0])


def is_option(block: Block) -> bool:
    """Whether a list or paragraph holds options that letters name."""
    if block.kind == "list":
        firsts = [
            item.children[0].text[0][1]
            for item in block.children
            if item.children and item.children[0].text
        ]
        marks = [f"- {text}" for text in firsts]
        return len(marks) > 1 and all(map(_OPTION.match, marks))
    if block.kind != "paragraph":
        return False
    return all(_OPTION.match(line) for _, line in block.text)


def _is_picture(block: Block) -> bool:
    text = "\n".join(line for _, line in block.text)
    return block.kind in ("paragraph", "html") and bool(
        re.fullmatch(r"\s*(?:!\[[^\]]*\]\([^)]*\)|<img\b[^>]*>|</?p[^>]*>|\s)+", text)
        and re.search(r"!\[|<img", text)
    )


def _is_link(block: Block) -> bool:
    text = "\n".join(line for _, line in block.text)
    return block.kind == "paragraph" and bool(text) and is_reference(text)


def _is_filler(block: Block) -> bool:
    if block.kind == "rule":
        return True
    text = _COMMENT.sub("", "\n".join(line for _, line in block.text))
    return block.kind in ("html", "paragraph") and bool(
        all(_FILLER.match(line) for line in text.split("\n")) and "<details" not in text
    )


def _title(block: Block) -> str:
    return " ".join(text.strip() for _, text in block.text)


def _front(text: _Text, end: int) -> Slice:
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
    while below and _is_clutter(below[-1]):
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
    return "" if _FOOT.match(line) else line


# --------------------------------------------------------------------------- the answer


def _answer(text: _Text, start: int, end: int) -> tuple[int, int] | str:
    """The lines of an answer without its label and what clutters its end, or why not."""
    start = _skip_label(text, start, end)
    while start < end and _is_opening_clutter(text.get(start)):
        start += 1
    blocks = text.sight.between(text.candidate.holder, start, end)
    end = _end_of_answer(text, blocks, start, end)
    shown = "\n".join(text.span(start, end))
    if not is_content(shown):
        return "nothing stands below it"
    if _PLACEHOLDER.fullmatch("".join(filter(str.isalnum, _TAGS.sub("", shown).lower()))):
        return "its answer is a placeholder"
    if is_pointer(shown):
        return "its answer is only a link"
    return start, end


def _skip_label(text: _Text, start: int, end: int) -> int:
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
        item = _ITEM.match(raw)
        at = item.end() if item else len(raw) - len(raw.lstrip())
        if any(_VARIANT.match(text.get(i)) for i in range(line + 1, min(end, line + 40))):
            return start
        rest = unlabelled(raw[at:])
        if rest is not None:
            text.edits[line] = raw[:at] + rest if rest.strip() or item else ""
            return start
        if not _LINK_LINE.match(raw):
            return start
        linked = True
    return start


def _is_opening_clutter(line: str) -> bool:
    return not line.strip() or bool(
        re.fullmatch(r"\s*(?:<br\s*/?>|<(?:b|p|strong)>|</(?:b|p|strong)>|\s)+", line, re.I)
    )


def _end_of_answer(text: _Text, blocks: list[Block], start: int, end: int) -> int:
    for i, block in enumerate(blocks):
        if block.kind == "heading" and RELATED.match(without_numbering(_title(block))):
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
        elif _is_clutter(text.get(end - 1)) and not _in_code(blocks, end - 1):
            end -= 1
        else:
            break
    return end


def _in_code(blocks: list[Block], line: int) -> bool:
    return bool(blocks) and blocks[-1].kind == "code" and line < blocks[-1].end


def _is_trailing(text: _Text, block: Block, end: int) -> bool:
    """Whether a block at an answer's end says nothing: rules, empty headings, feet."""
    if block.kind in ("rule", "heading"):
        return not text.edits.get(block.start, "").strip()
    if block.kind not in ("html", "paragraph"):
        return False
    shown = "\n".join(text.get(line) for line in range(block.start, min(block.end, end)))
    bare = _COMMENT.sub("", shown)
    if "<details" in bare or "<summary" in bare:
        return False
    if "</details" in bare:
        return False
    if _HTML_FOOT.match(bare):
        return True
    return not re.search(r"\S", _TAGS.sub("", bare).replace("&nbsp;", "")) and not re.search(
        r"<(?:img|video|audio|iframe|object|svg|table|input)\b", bare, re.IGNORECASE
    )


def _is_clutter(line: str) -> bool:
    if "</details" in line or "<details" in line:
        return False
    return bool(_FILLER.match(line) or _FOOT.match(line)) or line.lstrip().startswith("<!--SR:")


def is_content(text: str) -> bool:
    """Whether a reader would see anything but comments and rules."""
    text = _COMMENT.sub("", text)
    if re.search(r"<(?:img|video|audio|iframe)\b", text, re.IGNORECASE):
        return True
    return bool(re.search(r"[^\s*_\-]", _TAGS.sub("", text).replace("&nbsp;", "")))


def is_reference(text: str) -> bool:
    """Whether text is but a pointer elsewhere: nothing beside links, or a link first of all."""
    text = _COMMENT.sub("", text)
    first = next((line for line in text.split("\n") if line.strip()), "")
    return bool(_LINK_LINE.match(first)) or not re.search(r"\w", _LINK.sub("", text))


def is_pointer(text: str) -> bool:
    """Whether text holds links and nothing else: no word, picture or code beside them."""
    text = _COMMENT.sub("", text)
    if "![" in text or "<img" in text or "```" in text:
        return False
    return not re.search(r"\w", _TAGS.sub("", _LINK.sub("", text)))


# --------------------------------------------------------------------------- long answers


def _folded(text: _Text, lines: tuple[int, int]) -> tuple[Slice, Slice | None]:
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
        content = content or (block.kind != "heading" and not _is_filler(block))
    return _unwrapped(text, whole, blocks, start), None


def _unwrapped(text: _Text, answer: Slice, blocks: list[Block], start: int) -> Slice:
    """The content of an answer that is one list item with text, as ``- A: …`` leaves it."""
    if len(blocks) != 1 or blocks[0].kind != "list" or len(blocks[0].children) != 1:
        return answer
    item = blocks[0].children[0]
    first = text.sight.outline.note.first_line
    if item.ordered or item.checked is not None or not item.children or item.column == 0:
        return answer
    if answer.line != first + item.start:
        return answer
    outer = text.candidate.item.column if text.candidate.item is not None else 0
    columns = item.column - outer
    lines = answer.text.split("\n")
    inner = [dedent(lines[0], columns, marker=True)]
    inner += [dedent(line, columns) for line in lines[1:]]
    skip = 0 if inner[0].strip() else 1
    return Slice("\n".join(inner[skip:]), answer.line + skip)


