"""A note as extraction looks at it: its headings, its ``<details>``, its labels, by line.

One walk over the tree collects them; the forms, the series and the cutting ask here and
never look at Markdown source again. Everything is found by bisection, so that a note of
thousands of questions costs no more a line than a short one.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass, field

from anki_export.config import Config
from anki_export.extract.directives import Directives
from anki_export.markdown import Block, Outline
from anki_export.marks import (
    card_tag,
    leading_bold,
    question_marker,
    unbold,
    undecorated,
    without_numbering,
)

TAB = 4

_DETAILS = re.compile(r"<(/?)(details|summary)\b[^>]*>", re.IGNORECASE)
_CODE_SPAN = re.compile(r"(`+)[^`].*?\1")
_RAW_HEADING = re.compile(r"\s*<h([1-6])\b[^>]*>(.*?)</h\1>\s*", re.IGNORECASE | re.DOTALL)
_SECTION = re.compile(r"\**\s*\d+\.\d")
_TAGS = re.compile(r"<[^<>]*>")


@dataclass(slots=True, eq=False)
class Fold:
    """A ``<details>``: its summary and what is inside; columns are those of raw lines."""

    start: int
    holder: Block
    outer: Fold | None
    summary: tuple[int, int] | None = None
    """Line and column behind ``<summary>``."""
    opened: tuple[int, int] = (0, 0)
    """Where the content starts: behind ``</summary>`` (or ``<details>``)."""
    closed: tuple[int, int] | None = None
    """Where ``</details>`` stands."""
    end: int = 0
    """One past the line of ``</details>``."""
    text: str = ""
    """The first line of the summary."""
    summary_end: tuple[int, int] = (0, 0)


@dataclass(slots=True, eq=False)
class Head:
    """A heading, wherever it stands, with what it governs."""

    block: Block
    line: int
    body: int
    level: int
    title: str
    name: str
    """The title without numbering and bold."""
    holder: Block
    fold: Fold | None = None
    parent: Head | None = None
    end: int = 0


@dataclass(slots=True)
class Sight:
    """All that is seen of a note, in source order."""

    outline: Outline
    config: Config
    directives: Directives
    heads: list[Head] = field(default_factory=list)
    """Headings of the document itself: they make its sections."""
    inner_heads: list[Head] = field(default_factory=list)
    """Headings at the start of list items."""
    folds: list[Fold] = field(default_factory=list)
    holders: dict[Block, list[int]] = field(default_factory=dict)
    """First lines of a container's blocks, for bisection."""
    head_lines: list[int] = field(default_factory=list)
    numbered_lines: list[int] = field(default_factory=list)
    """Lines of headings whose number has parts (``2.1``), as the sections of chapters have."""
    flashcards: bool = False
    """Whether the note says that it holds flashcards of the Spaced Repetition plug-in."""
    tagged: int = 0
    """Lines that a tag behind them calls flashcards (``Question #card``)."""
    code: set[int] = field(default_factory=set)
    """Lines of code blocks."""
    choices: int = 0
    """Lists with a ticked box."""
    outer: list[Fold] = field(default_factory=list)
    """Folds that are closed and in no other one."""
    outer_starts: list[int] = field(default_factory=list)

    @property
    def lines(self) -> tuple[str, ...]:
        """The lines of the note's body."""
        return self.outline.note.lines

    @property
    def root(self) -> Block:
        """The whole note."""
        return self.outline.document.root

    def between(self, holder: Block, start: int, end: int) -> list[Block]:
        """The blocks in these lines: those of a container, then those that follow it."""
        out: list[Block] = []
        while True:
            starts = self.holders.get(holder)
            if starts is None:
                starts = self.holders[holder] = [child.start for child in holder.children]
            first = bisect_left(starts, start)
            last = bisect_left(starts, end, first)
            out += holder.children[first:last]
            if holder.parent is None or end <= holder.end:
                return out
            start, holder = max(start, holder.end), holder.parent

    def fold_at(self, line: int) -> Fold | None:
        """The outermost fold that a line stands in, its first and last one included."""
        index = bisect_left(self.outer_starts, line + 1) - 1
        fold = self.outer[index] if index >= 0 else None
        return fold if fold is not None and line < fold.end else None

    def head_at(self, line: int) -> Head | None:
        """The innermost heading whose section includes this line."""
        index = bisect_left(self.head_lines, line + 1) - 1
        head = self.heads[index] if index >= 0 else None
        while head is not None and not (head.line <= line < head.end):
            head = head.parent
        return head

    def next_head(self, line: int) -> int:
        """The first line after this one with a heading of the document, or the end."""
        index = bisect_left(self.head_lines, line + 1)
        return self.head_lines[index] if index < len(self.head_lines) else len(self.lines)


def look(outline: Outline, config: Config, directives: Directives) -> Sight:
    """Walk over a note's tree once and collect what extraction asks for."""
    sight = Sight(outline, config, directives)
    folds = _Folds(sight)
    for block in sight.root.walk():
        if block.kind in ("html", "paragraph", "heading"):
            folds.feed(block)
            sight.tagged += sum(card_tag(text) is not None for _, text in block.text)
            if block.kind == "html" and not sight.flashcards:
                sight.flashcards = any("<!--SR:" in text for _, text in block.text)
        if block.kind == "code":
            sight.code.update(range(block.start, block.end))
        if block.kind == "list":
            sight.choices += any(box(item) for item in block.children)
        if block.kind == "heading" or (block.kind == "html" and "<h" in block.text[0][1].lower()):
            _add_head(sight, block, folds.open)
    folds.finish()
    sight.outer = [fold for fold in sight.folds if fold.closed and not _in_closed(fold)]
    sight.outer_starts = [fold.start for fold in sight.outer]
    sight.flashcards = sight.flashcards or _is_tagged(sight)
    _close_heads(sight)
    sight.head_lines = [head.line for head in sight.heads]
    sight.numbered_lines = [head.line for head in sight.heads if _SECTION.match(head.title)]
    return sight


_BOX = re.compile(r"\[([ xX])\]")


def box(item: Block) -> bool | None:
    """Whether the box of a list item is ticked, one with code below included; None without."""
    first = item.children[0].text if item.children else []
    lone = _BOX.fullmatch(first[0][1].strip()) if first and item.checked is None else None
    return item.checked if lone is None else lone.group(1) != " "


def _in_closed(fold: Fold) -> bool:
    outer = fold.outer
    while outer is not None and outer.closed is None:
        outer = outer.outer
    return outer is not None


def _add_head(sight: Sight, block: Block, fold: Fold | None) -> None:
    if block.kind == "html":
        raw = _RAW_HEADING.match("\n".join(text for _, text in block.text))
        if raw is None:
            return
        level, title = int(raw.group(1)), " ".join(raw.group(2).split())
        title = _TAGS.sub("", title).strip()
        body = block.start + 1 + raw.group().rstrip().count("\n")
    else:
        level, body = block.level, block.end
        title = " ".join(text.strip() for _, text in block.text).strip()
    holder = block.parent or sight.root
    tagged = card_tag(title)
    name = unbold(without_numbering(unbold(tagged[0] if tagged else title)))
    head = Head(block, block.start, body, level, title, name, holder, fold)
    if holder is sight.root:
        sight.heads.append(head)
    elif holder.kind == "item" and holder.children[0] is block:
        sight.inner_heads.append(head)


def _close_heads(sight: Sight) -> None:
    """Every heading's end and parent: what stands in a fold ends nothing outside of it."""
    open_: list[Head] = []
    end = len(sight.lines)
    for head in sight.heads:
        while head.fold is not None and head.fold.closed is None:
            head.fold = head.fold.outer
        while open_ and (fold := open_[-1].fold) is not None and fold.end <= head.line:
            open_.pop().end = fold.end - 1
        while open_ and open_[-1].fold is head.fold and open_[-1].level >= head.level:
            open_.pop().end = head.line
        head.parent = open_[-1] if open_ else None
        open_.append(head)
    for head in open_:
        head.end = head.fold.end - 1 if head.fold is not None else end


class _Folds:
    """Finds ``<details>`` and their summaries in HTML and in paragraphs, line by line."""

    def __init__(self, sight: Sight) -> None:
        self._sight = sight
        self._stack: list[Fold] = []
        self._in_summary: Fold | None = None

    @property
    def open(self) -> Fold | None:
        return self._stack[-1] if self._stack else None

    def feed(self, block: Block) -> None:
        for line, text in block.text:
            if "<" not in text or not _DETAILS.search(text):
                continue
            raw = self._sight.lines[line]
            shown = _CODE_SPAN.sub(lambda found: " " * len(found.group()), raw)
            for found in _DETAILS.finditer(shown):
                self._tag(found, line, block)

    def _tag(self, found: re.Match[str], line: int, block: Block) -> None:
        closing, name = bool(found.group(1)), found.group(2).lower()
        top = self.open
        if name == "details" and not closing:
            fold = Fold(line, block.parent or self._sight.root, top, opened=(line, found.end()))
            self._stack.append(fold)
            self._sight.folds.append(fold)
        elif name == "details" and top is not None:
            self._stack.pop()
            top.closed, top.end = (line, found.start()), line + 1
        elif name == "summary" and top is not None and not closing and top.summary is None:
            top.summary = (line, found.end())
        elif name == "summary" and top is not None and closing and top.summary is not None:
            top.summary_end, top.opened = (line, found.start()), (line, found.end())

    def finish(self) -> None:
        lines = self._sight.lines
        for fold in self._sight.folds:
            if fold.summary is None:
                continue
            (first, column), (last, end) = fold.summary, fold.summary_end
            while first < last and not lines[first][column:].strip():
                first, column = first + 1, 0
            fold.summary = (first, column)
            text = lines[first][column : end if first == last else None]
            fold.text = text.strip()


def _is_tagged(sight: Sight) -> bool:
    """Whether a note says that it holds flashcards: by a tag in its text or front matter."""
    names = tuple(name.casefold().lstrip("#") for name in sight.config.flashcard_tags)
    tags = sight.outline.note.metadata.get("tags") or ()
    listed = tags if isinstance(tags, list | tuple) else str(tags).replace(",", " ").split()
    given = [str(tag).casefold().lstrip("#") for tag in listed]
    if any(tag == name or tag.startswith(f"{name}/") for tag in given for name in names):
        return True
    pattern = re.compile(rf"(?:^|\s)#(?:{'|'.join(map(re.escape, names))})(?![\w-])", re.IGNORECASE)
    return bool(names) and any(
        pattern.search(_CODE_SPAN.sub("", text))
        for block in sight.root.walk()
        if block.kind == "paragraph"
        for _, text in block.text
        if "#" in text
    )


# --------------------------------------------------------------------------- context

LONGEST_NAME = 300
"""Characters of a title or a heading on the cards below it, each of which repeats it."""


def title_of(outline: Outline) -> str:
    """What a note is called on its cards: its title without numbering and marker."""
    title = unbold(without_numbering(unbold(outline.title)))
    marked = question_marker(title)
    return unbold(marked.text) if marked and marked.strong and marked.text else title


def context_of(
    sight: Sight, line: int, *, own: Head | None = None, title: bool = True
) -> tuple[str, ...]:
    """A note's title and the names of the headings around a line, the outermost first.

    ``own`` is the question's own heading, which is left out.
    """
    head = own.parent if own is not None and own.holder is sight.root else sight.head_at(line)
    first = next((h for h in sight.heads if h.level == 1 and h.title), None)
    names = []
    while head is not None:
        if head is not first and head is not own:
            marked = marked_heading(head.name)
            names.append(unbold(marked[0]) if marked and marked[0] else head.name)
        head = head.parent
    if title:
        names.append(title_of(sight.outline))
    return tuple(short(name) for name in reversed(names) if name)


def short(name: str) -> str:
    """A name as the cards below it repeat it."""
    return name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1].rstrip()}…"


def marked_heading(title: str) -> tuple[str, bool] | None:
    """Question and whether its marker is proof, of a heading in part bold or not at all."""
    title = undecorated(title)
    parts = marked_bold(undecorated(without_numbering(title)))
    if parts is None:
        marked = question_marker(unbold(title))
        return (marked.text, marked.strong) if marked else None
    question, tail, strong = parts
    return (f"{question} {tail}" if any(map(str.isalnum, tail)) else question), strong


def marked_bold(text: str) -> tuple[str, str, bool] | None:
    """Question, what follows it, and whether its marker is proof, of a bold marked line."""
    parts = leading_bold(text)
    if parts is None:
        return None
    bold, tail = parts
    marked = question_marker(bold)
    if marked is None and tail[:1] and tail[0] in ":：":
        marked = question_marker(bold + ":")
        if marked is None:
            return None
        tail = tail[1:].lstrip()
    if marked is None:
        return None
    if marked.text:
        return unbold(marked.text), tail.lstrip(":： "), marked.strong
    return (unbold(tail), "", marked.strong) if tail else None
