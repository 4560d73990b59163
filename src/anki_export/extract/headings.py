"""Questions in headings, and the title with its section to memorise; their context."""

from __future__ import annotations

from collections.abc import Iterator

from anki_export.extract import answers
from anki_export.extract.scan import Found, Mark, Scan, is_asked, marked_bold
from anki_export.markdown import Outline
from anki_export.marks import (
    Marked,
    is_question,
    question_marker,
    unbold,
    undecorated,
    without_numbering,
)
from anki_export.model import Section


def scan_headings(scan: Scan) -> None:
    """Every heading ends answers; marked ones are questions."""
    for section in scan.outline.sections:
        scan.marks.append((section.start, Mark.HEADING))
        marked = _marked(section.title)
        if marked and is_asked(scan, marked.text, section.body, strong=marked.strong):
            text = unbold(marked.text)
            scan.add(Found("marked-heading", section.start, text, section.body, section=section))


def _marked(title: str) -> Marked | None:
    """The question of a heading with a marker, in part bold or not at all."""
    title = undecorated(without_numbering(undecorated(title)))
    parts = marked_bold(title)
    if parts is None:
        return question_marker(unbold(title))
    question, tail, strong = parts
    remark = f" {tail}" if any(map(str.isalnum, tail)) else ""
    return Marked(question + remark, strong)


def scan_answer_sections(scan: Scan) -> None:
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


def scan_question_headings(scan: Scan) -> None:
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
            found.reported = not ends  # else it only holds other questions
            scan.add(found)


def _has_body(scan: Scan, start: int, end: int) -> bool:
    """Whether more than headings stands there."""
    return any(
        block.kind != "heading"
        and start <= block.start < end
        and answers.cut(scan.lines[block.start : min(block.end, end)], 0) is not None
        for block in scan.outline.document.root.children
    )


def _is_heading_question(section: Section) -> bool:
    return is_question(section.name) and len(section.name) > 1


def _marked_lines(scan: Scan) -> list[int]:
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
            marked = _marked(section.name)
            names.append(unbold(marked.text) if marked and marked.text else section.name)
        section = section.parent
    if title:
        names.append(_title(outline))
    return tuple(name for name in reversed(names) if name)
