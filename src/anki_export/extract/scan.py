"""A note under scan: the questions found so far, and the lines that end answers."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from enum import Flag, auto

from anki_export.config import Config
from anki_export.extract import answers
from anki_export.extract.directives import Directives
from anki_export.markdown import Block, Outline
from anki_export.marks import is_question, leading_bold, question_marker, unbold
from anki_export.model import Section


class Mark(Flag):
    """What a line is to the answer above it."""

    HEADING = auto()
    MARKED = auto()
    """A question with a marker, in whatever form."""
    BOLD = auto()
    """A paragraph whose first line is wholly bold."""
    RULE = auto()


ANSWER_ENDS: dict[str, Mark] = {
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
    reported: bool = True
    """Whether it is a problem if there is no answer."""


@dataclass(slots=True)
class Scan:
    """What one pass over a note collects."""

    outline: Outline
    config: Config
    directives: Directives
    found: list[Found] = field(default_factory=list)
    marks: list[tuple[int, Mark]] = field(default_factory=list)

    @property
    def lines(self) -> tuple[str, ...]:
        """The lines of the note's body."""
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


def is_asked(scan: Scan, text: str, body: int, *, strong: bool, tail: str = "") -> bool:
    """A marker is proof alone if it is strong; else a question mark or an answer label is."""
    if not text:
        return False
    return strong or is_question(text) or answers.has_label([tail, *scan.lines[body : body + 8]])


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
