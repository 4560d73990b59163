"""Questions and their answers: every form in which authors write them.

A note is scanned once for *marks*: lines where a question starts, and lines that end an
answer. Each form then says which marks end its answers (``docs/note-format.md`` is the
reference; the table of forms there and ``FORMS`` in the configuration are in step).
"""

from __future__ import annotations

from anki_export.config import Config
from anki_export.extract import answers
from anki_export.extract.directives import Directives
from anki_export.extract.headings import (
    context_of,
    scan_answer_sections,
    scan_headings,
    scan_question_headings,
)
from anki_export.extract.paragraphs import scan_blocks
from anki_export.extract.scan import ANSWER_ENDS, Found, Scan
from anki_export.markdown import Outline
from anki_export.model import Card, Kind, Location, Question, Slice
from anki_export.problems import ProblemKind, Problems


def find_questions(
    outline: Outline, config: Config, directives: Directives, problems: Problems
) -> tuple[Card, ...]:
    """Every question of a note with its answer, in source order."""
    scan = Scan(outline, config, directives)
    scan_headings(scan)
    scan_blocks(scan)
    scan.marks.sort(key=lambda mark: mark[0])
    scan_answer_sections(scan)
    scan_question_headings(scan)
    cards: list[Card] = []
    for found in sorted(scan.found, key=lambda f: (f.line, f.body)):
        if directives.skips(found.line):
            continue
        card = _card(scan, found)
        if card is not None:
            cards.append(card)
        elif found.reported:
            _report_unanswered(scan, found, problems)
    return tuple(cards)


def _card(scan: Scan, found: Found) -> Card | None:
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


def _context(scan: Scan, found: Found) -> tuple[str, ...]:
    if found.form != "title-answer":
        return context_of(scan.outline, found.line, own=found.section)
    alone = sum(f.form == "title-answer" for f in scan.found) == 1
    return context_of(scan.outline, found.line, own=found.section if alone else None, title=False)


def _answer_lines(scan: Scan, found: Found) -> tuple[list[str], int]:
    """The raw lines of an answer, de-indented, and the number of the first one."""
    end = found.end
    if end is None:
        end = scan.next_mark(found.line, ANSWER_ENDS[found.form])
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


def _report_unanswered(scan: Scan, found: Found, problems: Problems) -> None:
    note = scan.outline.note
    problems.add(
        ProblemKind.NO_ANSWER,
        Location(note.path, note.first_line + found.line),
        f"question without an answer: {found.text}",
        "write the answer below it, or put <!-- anki: skip --> above it",
    )
