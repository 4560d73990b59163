"""A source note's cards: questions and comparison rows, still Markdown.

Three steps find the questions: candidates, series, verdicts (``candidates``, ``series``,
``rules``); then their answers are cut (``cutting``). Tables have verdicts of their own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from anki_export.config import Config
from anki_export.extract.directives import find_directives
from anki_export.extract.explaining import verdicts_of
from anki_export.extract.fronts import report_same_fronts
from anki_export.extract.questions import Found, find_questions
from anki_export.extract.sight import look
from anki_export.extract.tables import find_rows
from anki_export.markdown import Outline, parse_inline
from anki_export.markdown.callouts import is_known
from anki_export.model import Card, Location, Question, Verdict
from anki_export.problems import ProblemKind, Problems

_NO_COMMENT_END = re.compile(r"<!--(?!.*-->)", re.DOTALL)

__all__ = ["explain", "extract"]


def extract(outline: Outline, config: Config, problems: Problems) -> tuple[Card, ...]:
    """The cards of a note in source order.

    A note whose front matter says ``anki: false`` has none.
    """
    found = _find(outline, config, problems)
    return found.cards if found else ()


def explain(outline: Outline, config: Config) -> tuple[Verdict, ...]:
    """Every place of a note that could ask, in source order, with what became of it and why."""
    found = _find(outline, config, Problems())
    if found is None:
        return ()
    verdicts = (*verdicts_of(found.questions, outline.note.first_line), *found.tables)
    return tuple(sorted(verdicts, key=lambda verdict: verdict.line))


@dataclass(frozen=True, slots=True)
class _Found:
    cards: tuple[Card, ...]
    questions: Found
    tables: tuple[Verdict, ...]


def _find(outline: Outline, config: Config, problems: Problems) -> _Found | None:
    """Look at a note once; None if its front matter leaves it out."""
    if outline.note.metadata.get("anki") is False:
        return None
    directives = find_directives(outline, problems)
    report_unclosed(outline, problems)
    report_unshown(outline, problems)
    sight = look(outline, config, directives)
    questions = find_questions(sight, problems)
    rows, tables = find_rows(sight, problems)
    report_same_fronts(questions.cards, problems)
    cards = sorted((*questions.cards, *rows), key=lambda card: card.location.line or 0)
    return _Found(tuple(_within(cards, outline, problems)), questions, tables)


USUAL_LINE = 50
"""Characters of a line, where characters are counted."""

_FOOTNOTE = re.compile(r"\[\^([^\]\s]+)\]")

MOST_REPEATED = 20
"""How often all lines of a note may stand on its cards, beyond some thousands of lines."""


def _within(cards: Sequence[Card], outline: Outline, problems: Problems) -> Iterator[Card]:
    """The cards, as long as together they are no more than the note many times over.

    Answers within answers within answers grow with the square of the note; so do a long
    footnote of many answers and a long header of many rows.
    """
    left = MOST_REPEATED * (500 + len(outline.note.lines))
    for card in cards:
        if isinstance(card.body, Question):
            parts = (card.body.question, card.body.answer, card.body.extra)
            texts = [part.text for part in parts if part]
            lines = sum(text.count("\n") for text in texts)
            lines += _footnotes(texts, outline, left * USUAL_LINE) // USUAL_LINE
        else:
            lines = sum(map(len, card.body.table.header)) // USUAL_LINE
        if lines <= left:
            left -= lines
            yield card
            continue
        message = "question is left out: the cards of this note repeat its text too often"
        hint = "part the note, or nest its folds less deeply"
        problems.add(ProblemKind.NESTED_ANSWERS, card.location, message, hint)


def _footnotes(texts: Sequence[str], outline: Outline, most: int) -> int:
    """Characters of the footnotes that texts refer to, and these in turn; enough beyond ``most``.

    A short one counts as a line: it is a block to make, however short.
    """
    known = outline.document.footnotes
    waiting, seen, size = list(texts), set[str](), 0
    while known and waiting and size <= most:
        for label in _FOOTNOTE.findall(waiting.pop()):
            note = known.get(label.casefold())
            if note and label not in seen:
                seen.add(label)
                waiting.append("\n".join(outline.note.lines[note.start : note.end]))
                size += max(USUAL_LINE, len(waiting[-1]))
    return size


def report_unclosed(outline: Outline, problems: Problems) -> None:
    """Fences and comments that nobody closed: all that follows is theirs."""
    for block in outline.document.root.walk():
        what = hint = ""
        if block.kind == "code" and block.fence and not block.closed:
            what, hint = "fence is never closed", "everything below it is code"
        elif block.kind == "html" and _NO_COMMENT_END.search("\n".join(t for _, t in block.text)):
            what, hint = "HTML comment is never closed", "nothing below it is shown"
        if what:
            where = Location(outline.note.path, outline.note.first_line + block.start)
            problems.add(ProblemKind.UNCLOSED, where, what, hint)


_DIAGRAMS = frozenset(
    ["mermaid", "plantuml", "geojson", "topojson", "stl", "dataview", "dataviewjs"]
)
"""Fences that GitHub or Obsidian draw; a card shows their source."""


def report_unshown(outline: Outline, problems: Problems) -> None:
    """What other tools draw and a card cannot: each sort once, where it first stands."""
    first: dict[tuple[str, str], int] = {}
    for block in outline.document.root.walk():
        if block.kind == "code" and (words := block.info.split()) and words[0].lower() in _DIAGRAMS:
            what = (f"{words[0].lower()} is shown as code", "draw it and save it as an image")
            first.setdefault(what, block.start)
        elif block.kind == "html" and block.callout and not is_known(block.callout):
            what = (f"container `{block.callout.name}` is shown without its look", "")
            first.setdefault(what, block.start)
        elif block.kind in ("paragraph", "heading"):
            for line, text in block.text:
                if "![[" in text and any(t.type == "embed" for t in parse_inline(text)):
                    what = ("embedded note or file is shown as its name", "copy it into the note")
                    first.setdefault(what, line)
    for (message, hint), line in first.items():
        where = Location(outline.note.path, outline.note.first_line + line)
        problems.add(ProblemKind.UNSHOWN, where, message, hint)
