"""Questions and their answers: candidates, series, verdicts, and then the cutting."""

from __future__ import annotations

from dataclasses import dataclass, field

from anki_export.extract import items, pairs
from anki_export.extract.candidates import Candidate, find_candidates
from anki_export.extract.cutting import Cut, cut
from anki_export.extract.pieces import is_pointer
from anki_export.extract.rules import Court, is_stop
from anki_export.extract.series import find_series
from anki_export.extract.sight import Sight, context_of
from anki_export.extract.verdicts import judge
from anki_export.marks import visible
from anki_export.model import Card, Kind, Location, Question
from anki_export.problems import ProblemKind, Problems

_CODED = 0.6
"""Share of a numbered series whose answers are code: then all above the code is asked."""


@dataclass(slots=True)
class Found:
    """What became of a note's candidates."""

    candidates: list[Candidate]
    court: Court
    cards: list[Card] = field(default_factory=list)


def find_questions(sight: Sight, problems: Problems) -> Found:
    """Every question of a note with its answer, in source order, and those without one."""
    candidates = find_candidates(sight)
    for find in (items.find_items, *pairs.FINDERS):
        candidates += find(sight)
    candidates.sort(key=lambda c: c.line)
    stops = frozenset(name.casefold() for name in sight.config.stop_headings)
    company = find_series(sight, candidates, lambda c: is_stop(visible(c.text), stops))
    court = Court(sight, company, stops)
    judge(court, candidates)
    found = Found(candidates, court)
    alone = sum(c.form == "title-answer" for c in candidates) == 1
    for candidate in sorted(candidates, key=lambda c: (c.line, c.body)):
        if not candidate.accepted:
            continue
        series = company.numbered.get(candidate)
        by_code = (
            candidate.form == "bold-numbered" and series is not None and series.coded >= _CODED
        )
        result = cut(sight, candidate, by_code=by_code)
        if isinstance(result, str):
            candidate.accepted, candidate.reason = False, result
            if candidate.reported and candidate.form in REPORTED and not is_pointer(candidate.text):
                _report_unanswered(sight, candidate, problems)
            continue
        found.cards += _cards(sight, candidate, result, alone=alone)
    return found


REPORTED = frozenset({
    "marked-heading", "marked-bold", "marked-plain", "marked-list", "question-heading",
    "bold-question", "bold-list",
})  # fmt: skip
"""Forms in which a question without an answer is worth a word: the others only look so."""


def _cards(sight: Sight, candidate: Candidate, found: Cut, *, alone: bool) -> list[Card]:
    note = sight.outline.note
    where = Location(note.path, note.first_line + candidate.line)
    pin = sight.directives.pins.get(candidate.item.start if candidate.item else candidate.line)
    context = _context(sight, candidate, alone=alone)
    question = Question(found.front, found.answer, found.extra)
    cards = [Card(Kind.QA, where, candidate.form, context, question, pin)]
    if candidate.backwards:
        back = Question(found.answer, found.front)
        cards.append(Card(Kind.QA, where, candidate.form, context, back))
    return cards


def _context(sight: Sight, candidate: Candidate, *, alone: bool) -> tuple[str, ...]:
    if candidate.form == "title-question":
        return ()
    if candidate.form != "title-answer":
        own = candidate.head if candidate.kind in ("heading", "paired", "sections") else None
        return context_of(sight, candidate.line, own=own)
    own = candidate.head if alone else None
    return context_of(sight, candidate.line, own=own, title=False)


def _report_unanswered(sight: Sight, candidate: Candidate, problems: Problems) -> None:
    note = sight.outline.note
    problems.add(
        ProblemKind.NO_ANSWER,
        Location(note.path, note.first_line + candidate.line),
        f"question without an answer: {candidate.text}",
        "write the answer below it, or put <!-- anki: skip --> above it",
    )
