"""Questions and their answers: every form in which authors write them.

A note is scanned once for *marks*: lines where a question starts, and lines that end an
answer. Each form then says which marks end its answers (``docs/note-format.md`` is the
reference; the table of forms there and ``FORMS`` in the configuration are in step).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Flag, auto

from anki_export.blocks import Block, Outline
from anki_export.config import Config
from anki_export.errors import Problem, Severity
from anki_export.extract import answers
from anki_export.extract.directives import Directives
from anki_export.marks import (
    answer_label,
    is_question,
    leading_bold,
    question_marker,
    unbold,
    whole_bold,
    without_numbering,
)
from anki_export.model import Card, Kind, Location, Question, Section, Slice


class Mark(Flag):
    """What a line is to the answer above it."""

    HEADING = auto()
    MARKED = auto()
    """A question with a marker, in whatever form."""
    BOLD = auto()
    """A paragraph whose first line is wholly bold."""
    RULE = auto()


_ENDS: dict[str, Mark] = {
    "marked-bold": Mark.MARKED | Mark.HEADING | Mark.RULE,
    "marked-plain": Mark.MARKED | Mark.HEADING | Mark.RULE,
    "marked-list": Mark.MARKED | Mark.HEADING,
    "bold-question": Mark.MARKED | Mark.HEADING | Mark.RULE | Mark.BOLD,
}
"""Marks that end an answer, by form; the other forms' answers end with their block."""


@dataclass(slots=True)
class Found:
    """A question where it stands: its text, and where its answer's lines start."""

    form: str
    line: int
    text: str
    body: int
    """The first line that may belong to the answer."""
    tail: str = ""
    """What follows the question in its last line."""
    end: int | None = None
    """Where the answer ends, if the form's block says so; else the next mark does."""
    section: Section | None = None
    """The question's own section, for headings."""
    item: Block | None = None
    holds_questions: bool = False
    """Whether a heading has no answer because it only holds other questions."""


@dataclass(slots=True)
class _Scan:
    outline: Outline
    config: Config
    directives: Directives
    found: list[Found] = field(default_factory=list)
    marks: list[tuple[int, Mark]] = field(default_factory=list)

    @property
    def lines(self) -> tuple[str, ...]:
        return self.outline.note.lines

    def add(self, found: Found) -> None:
        """Take a question, unless its form is switched off."""
        if found.form in self.config.forms:
            self.found.append(found)
            if found.form.startswith("marked"):
                self.marks.append((found.line, Mark.MARKED))

    def next_mark(self, line: int, kinds: Mark) -> int:
        """The first line after this one with such a mark, or the end."""
        start = bisect_right(self.marks, line, key=lambda m: m[0])
        ends = (at for at, kind in self.marks[start:] if kind & kinds)
        return next(ends, len(self.lines))


def find_questions(
    outline: Outline, config: Config, directives: Directives
) -> tuple[tuple[Card, ...], tuple[Problem, ...]]:
    """Every question of a note with its answer, in source order, and questions without one."""
    scan = _Scan(outline, config, directives)
    for step in (_scan_headings, _scan_blocks):
        step(scan)
    scan.marks.sort(key=lambda m: m[0])
    for section_step in (_scan_answer_sections, _scan_question_headings):
        section_step(scan)
    cards: list[Card] = []
    problems: list[Problem] = []
    for found in sorted(scan.found, key=lambda f: (f.line, f.body)):
        if directives.skips(found.line):
            continue
        card = _card(scan, found)
        if card is not None:
            cards.append(card)
        elif not found.holds_questions:
            problems.append(_unanswered(scan, found))
    return tuple(cards), tuple(problems)


# --------------------------------------------------------------------------- headings


def _scan_headings(scan: _Scan) -> None:
    for section in scan.outline.sections:
        scan.marks.append((section.start, Mark.HEADING))
        marked = question_marker(unbold(section.title))
        if marked and _is_asked(scan, marked.text, section.body, strong=marked.strong):
            text = unbold(marked.text)
            scan.add(Found("marked-heading", section.start, text, section.body, section=section))


def _scan_answer_sections(scan: _Scan) -> None:
    """The title with a section to memorise, unless that section answers another question."""
    names = [name.casefold() for name in scan.config.answer_headings]
    asked = [f.section for f in scan.found if f.section is not None]
    taken: list[Section] = []
    for section in scan.outline.sections:
        if section.level < 2 or not any(name in section.name.casefold() for name in names):
            continue
        ancestors = list(_ancestors(section))
        if section in asked or any(s in taken or s in asked for s in ancestors):
            continue
        if any(_is_heading_question(s) for s in ancestors if s.level > 1):
            continue
        if any(section.start < line < section.end for line in _marked_lines(scan)):
            continue
        taken.append(section)
        scan.add(
            Found(
                "title-answer",
                section.start,
                _title(scan.outline),
                section.body,
                end=section.end,
                section=section,
            )
        )


def _scan_question_headings(scan: _Scan) -> None:
    """Headings that are questions by their question mark, innermost first.

    One ends before a sub-heading that is a question, so whether a heading has an answer
    of its own is known only when those below it are.
    """
    claimed = {f.section.start: f for f in scan.found if f.section is not None}
    asked: list[int] = [f.line for f in claimed.values() if f.form == "marked-heading"]
    for section in reversed(scan.outline.sections):
        found = claimed.get(section.start)
        if found is None and section.level > 1 and _is_heading_question(section):
            found = Found("question-heading", section.start, section.name, section.body)
            found.section = section
        if found is None or found.form == "title-answer":
            continue
        ends = [line for line in asked if section.start < line < section.end]
        if found.form == "marked-heading":
            ends.append(scan.next_mark(section.start, Mark.MARKED))
        found.end = min([*ends, section.end])
        if found.form == "question-heading":
            if _has_body(scan, found.body, found.end):
                asked.append(section.start)
            found.holds_questions = bool(ends)
            scan.add(found)


def _has_body(scan: _Scan, start: int, end: int) -> bool:
    """Whether more than headings stands there."""
    return any(
        block.kind != "heading"
        and start <= block.start < end
        and answers.cut(scan.lines[block.start : min(block.end, end)], 0) is not None
        for block in scan.outline.document.root.children
    )


def _is_heading_question(section: Section) -> bool:
    return is_question(section.name) and len(section.name) > 1


def _marked_lines(scan: _Scan) -> list[int]:
    return [line for line, kind in scan.marks if kind & Mark.MARKED]


def _title(outline: Outline) -> str:
    first = next((s for s in outline.sections if s.level == 1 and s.title), None)
    if first is None:
        return outline.title
    marked = question_marker(first.name)
    return unbold(marked.text) if marked and marked.strong else first.name


def _ancestors(section: Section) -> Iterator[Section]:
    parent = section.parent
    while parent is not None:
        yield parent
        parent = parent.parent


# --------------------------------------------------------------------------- paragraphs


def _scan_blocks(scan: _Scan) -> None:
    for block in scan.outline.document.root.children:
        match block.kind:
            case "rule":
                scan.marks.append((block.start, Mark.RULE))
            case "paragraph":
                _scan_paragraph(scan, block)
            case "list":
                _scan_list(scan, block, top=True)


def _scan_paragraph(scan: _Scan, block: Block) -> None:
    texts = block.text
    first = whole_bold(texts[0][1])
    if first is not None:
        scan.marks.append((block.start, Mark.BOLD))
    i = 0
    while i < len(texts):
        found, used = _marked_line(scan, texts, i, block.end)
        if found is not None:
            scan.add(found)
        elif i == 0 and first is not None and is_question(first) and not _is_marked(first):
            text = without_numbering(first)
            scan.add(Found("bold-question", block.start, text, block.start + 1))
        i += used


def _is_marked(text: str) -> bool:
    marked = question_marker(text)
    return marked is not None and marked.strong


def _marked_line(
    scan: _Scan, texts: list[tuple[int, str]], index: int, end: int
) -> tuple[Found | None, int]:
    """The marked question that starts in a line of a paragraph, and the lines it takes."""
    line, text = texts[index]
    used = 1
    if text.startswith(("**", "__")):
        while leading_bold(text) is None and index + used < len(texts) and used < 4:
            text += " " + texts[index + used][1].strip()
            used += 1
        parts = _marked_bold(text)
        if parts is None:
            return None, 1
        question, tail, strong = parts
        form = "marked-bold"
    else:
        marked = question_marker(text)
        if marked is None:
            return None, 1
        question, tail, strong, form = marked.text, "", False, "marked-plain"
        while not is_question(question) and index + used < len(texts) and used < 4:
            following = texts[index + used][1].strip()
            if answer_label(following) is not None or question_marker(following):
                break
            question += " " + following
            used += 1
        if not is_question(question):
            question, used = marked.text, 1
    body = texts[index + used][0] if index + used < len(texts) else end
    if not question or not _is_asked(scan, question, body, strong=strong, tail=tail):
        return None, 1
    return Found(form, line, question, body, tail=tail), used


def _marked_bold(text: str) -> tuple[str, str, bool] | None:
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


def _is_asked(scan: _Scan, text: str, body: int, *, strong: bool, tail: str = "") -> bool:
    """A marker is proof alone if it is strong; else a question mark or an answer label is."""
    if not text:
        return False
    return strong or is_question(text) or answers.has_label([tail, *scan.lines[body : body + 8]])


# --------------------------------------------------------------------------- lists


def _scan_list(scan: _Scan, block: Block, *, top: bool) -> None:
    marked: list[Found] = []
    for item in block.children:
        found = _question_item(scan, item)
        if found is not None:
            scan.add(found)
            if found.form == "marked-list":
                marked.append(found)
        for child in item.children:
            if child.kind == "list":
                _scan_list(scan, child, top=False)
    for i, found in enumerate(marked):
        if i + 1 < len(marked):
            found.end = marked[i + 1].line
        elif not top:
            found.end = block.end


def _question_item(scan: _Scan, item: Block) -> Found | None:
    blocks = [b for b in item.children if b.kind != "html"]
    if not blocks or blocks[0].kind != "paragraph":
        return None
    texts = blocks[0].text
    if texts[0][1].startswith(("**", "__")):
        found, _ = _marked_line(scan, texts, 0, blocks[0].end)
        if found is None:
            return _bold_item(scan, item, blocks[0])
    else:
        found, _ = _marked_line(scan, texts, 0, blocks[0].end)
    if found is not None:
        found.form, found.item, found.line = "marked-list", item, item.start
    return found


def _bold_item(scan: _Scan, item: Block, paragraph: Block) -> Found | None:
    parts = leading_bold(paragraph.text[0][1])
    if parts is None or not is_question(parts[0]):
        return None
    tail = parts[1].lstrip(":：—- ")
    rest = "\n".join([tail, *scan.lines[paragraph.start + 1 : item.end]])
    if not answers.is_more_than_links(rest):
        return None
    return Found(
        "bold-list",
        item.start,
        without_numbering(parts[0]),
        paragraph.start + 1,
        tail=tail,
        end=item.end,
        item=item,
    )


# --------------------------------------------------------------------------- cards


def _card(scan: _Scan, found: Found) -> Card | None:
    note = scan.outline.note
    answer = answers.cut(*_answer_lines(scan, found))
    if answer is None:
        return None
    answer, extra = answers.fold(answer, scan.config.fold_after)
    question = Slice(found.text, note.first_line + found.line)
    return Card(
        Kind.QA,
        Location(note.path, note.first_line + found.line),
        found.form,
        _context(scan, found),
        Question(question, answer, extra),
        scan.directives.pins.get(found.line),
    )


def _context(scan: _Scan, found: Found) -> tuple[str, ...]:
    if found.form != "title-answer":
        return context_of(scan.outline, found.line, own=found.section)
    alone = sum(f.form == "title-answer" for f in scan.found) == 1
    return context_of(scan.outline, found.line, own=found.section if alone else None, title=False)


def _answer_lines(scan: _Scan, found: Found) -> tuple[list[str], int]:
    """The raw lines of an answer, de-indented, and the number of the first one."""
    end = found.end
    if end is None:
        end = scan.next_mark(found.line, _ENDS[found.form])
    lines = list(scan.lines[found.body : end])
    if found.item is not None:
        inside = max(0, found.item.end - found.body)
        outer = max(0, found.item.column - found.item.indent)
        lines = [
            answers.dedent(line, found.item.column if i < inside else outer)
            for i, line in enumerate(lines)
        ]
    first = scan.outline.note.first_line + found.body
    if found.tail:
        return [found.tail, *lines], first - 1
    return lines, first


def context_of(
    outline: Outline, line: int, *, own: Section | None = None, title: bool = True
) -> tuple[str, ...]:
    """A note's title and the names of the headings around a line, the outermost first.

    ``own`` is the question's own heading, which is left out.
    """
    section = own.parent if own is not None else outline.section_at(line)
    names = []
    first = next((s for s in outline.sections if s.level == 1 and s.title), None)
    while section is not None:
        if section is not first:
            marked = question_marker(section.name)
            names.append(unbold(marked.text) if marked and marked.text else section.name)
        section = section.parent
    if title:
        names.append(_title(outline))
    return tuple(name for name in reversed(names) if name)


def _unanswered(scan: _Scan, found: Found) -> Problem:
    note = scan.outline.note
    return Problem(
        Location(note.path, note.first_line + found.line),
        Severity.WARNING,
        f"question without an answer: {found.text}",
        "write the answer below it, or put <!-- anki: skip --> above it",
    )
