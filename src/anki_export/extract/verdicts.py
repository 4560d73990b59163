"""Step three: the verdicts. Which candidates are questions, and where their answers end.

The rules (``rules``) are tried in their order of precedence; questions that stand inside
the answer of another one wait until that one is decided.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable

from anki_export.extract import pieces
from anki_export.extract.candidates import Candidate
from anki_export.extract.ends import Ends, Stop
from anki_export.extract.evidence import Asks
from anki_export.extract.rules import COVERING, RULES, Court, Rule, is_stop, marked, title_question
from anki_export.extract.sight import Head, Sight, marked_heading, title_of
from anki_export.markdown import Block
from anki_export.marks import (
    answer_label,
    is_attribute,
    is_label,
    is_question,
    is_weak_label,
    summary_label,
    visible,
    without_numbering,
)

_NESTED = frozenset({"bold", "lead", "item", "list-item", "quote"})
"""Kinds that are no questions inside an answer of a ``COVERING`` form."""


# --------------------------------------------------------------------------- judging


def judge(court: Court, candidates: list[Candidate]) -> Ends:
    """Give every candidate its verdict; accepted ones get their form and their end."""
    ends = Ends(court.sight)
    taken: set[int] = set()
    first = [c for c in candidates if c.kind not in ("heading", "title") and c.kind not in _NESTED]
    first += [c for c in candidates if c.kind == "item" and c.marker]
    _decide(court, first, taken)
    ends.add(c for c in first if c.accepted)
    headings = [c for c in candidates if c.kind == "heading"]
    _headings(court, headings, ends, taken)
    answered = _answer_sections(court, headings, ends)
    for candidate in first:
        if candidate.accepted:
            candidate.end = ends.of(candidate)
    candidates += answered
    nested = [c for c in candidates if c.kind in _NESTED and not c.reason]
    covered = _Covered([*first, *headings])
    answers = _Covered(headings, forms=None)
    for candidate in nested:
        candidate.within = answers(candidate)
        if covered(candidate):
            candidate.reason = "it stands in the answer of another question"
    _decide(court, [c for c in nested if not c.reason], taken)
    ends.add(c for c in nested if c.accepted)
    for candidate in nested:
        if candidate.accepted:
            candidate.end = ends.of(candidate)
    _titles(court, candidates, taken)
    return ends


def _decide(court: Court, candidates: Iterable[Candidate], taken: set[int]) -> None:
    for form, kinds, rule in RULES:
        for candidate in candidates:
            if candidate.kind in kinds and not candidate.accepted:
                _try(court, candidate, form, rule, taken)


def _try(court: Court, candidate: Candidate, form: str, rule: Rule, taken: set[int]) -> None:
    """Let one rule look at a candidate."""
    if candidate.barred is None:
        candidate.barred = _barred(candidate, court)
    if candidate.barred:
        candidate.reason = candidate.barred
        return
    reason = rule(candidate, court)
    if reason is None:
        return
    candidate.form = form
    if form not in court.sight.config.forms:
        candidate.reason = "its form is switched off"
    elif candidate.line in taken and candidate.kind != "fold":
        candidate.reason = "the line is a question already"
    else:
        candidate.accepted, candidate.reason = True, reason
        taken.add(candidate.line)


def _barred(candidate: Candidate, court: Court) -> str:
    """What is never a question, whatever speaks for it."""
    if court.sight.directives.skips(candidate.line):
        return "a comment leaves it out"
    text = visible(candidate.text).strip("*_ :：")
    if sum(map(str.isalnum, text)) < 2 and not candidate.strong:
        return "too short for a question"
    if candidate.kind == "fold":
        if summary_label(candidate.text):
            return "a summary that is only a label"
        return "a section that summarises or refers" if is_stop(text, court.stops) else ""
    if candidate.kind in ("heading", "item-heading") and not candidate.marker:
        bare = candidate.text
        if is_label(bare) or is_weak_label(bare) or answer_label(bare) is not None:
            return "an answer's label"
        if is_attribute(bare):
            return "it says whose or whence a question is"
        if is_stop(text, court.stops):
            return "a section that summarises or refers"
    return ""


def _headings(court: Court, headings: list[Candidate], ends: Ends, taken: set[int]) -> None:
    """Headings, the last first: one ends before a sub-heading that is a question."""
    rules = [
        (form, rule)
        for form, kinds, rule in RULES
        if "heading" in kinds and form != "title-question"
    ]
    marked_first = [c for c in headings if c.marker]
    for candidate in marked_first:
        _try(court, candidate, "marked-heading", marked, taken)
        if candidate.accepted:
            _extend(court.sight, candidate)
    ends.add(c for c in marked_first if c.accepted)
    covered = _Covered([c for c in marked_first if c.accepted and _spread(c)])
    asking: list[int] = []
    for candidate in reversed(headings):
        if not candidate.accepted and not covered(candidate):
            for form, rule in rules:
                if not candidate.accepted and not candidate.reason:
                    _try(court, candidate, form, rule, taken)
        if not candidate.accepted:
            continue
        limit = candidate.limit or 0
        inner = asking[-1] if asking and asking[-1] < limit else None
        if candidate.form == "marked-heading":
            candidate.end = min(limit, inner or limit, ends.next(candidate.line, Stop.MARKED))
        elif candidate.form == "question-heading":
            candidate.end = min(limit, inner or limit)
            candidate.reported = inner is None
        else:
            candidate.end = limit
        if _ends_outer(court.sight, candidate):
            asking.append(candidate.line)


def _ends_outer(sight: Sight, candidate: Candidate) -> bool:
    """Whether a heading ends the answer of the question heading that it stands below."""
    if candidate.form == "question-heading" and not _has_body(sight, candidate):
        return False
    asks_alone = candidate.form in ("marked-heading", "question-heading")
    return asks_alone and sight.fold_at(candidate.line) is None


def _has_body(sight: Sight, candidate: Candidate) -> bool:
    """Whether more than headings, rules and comments stands below a heading."""
    for block in sight.between(sight.root, candidate.body, candidate.end):
        if block.kind not in ("heading", "rule") and not _is_comment(block):
            return True
    return False


def _is_comment(block: Block) -> bool:
    return block.kind == "html" and not pieces.is_content("\n".join(t for _, t in block.text))


def _extend(sight: Sight, candidate: Candidate) -> None:
    """Let a marked heading reach past headings that only label or describe its parts.

    Its answer may be a heading of its own level: it ends then at the next heading above
    the label's level, or with the next question.
    """
    head = candidate.head
    if head is None or head.holder is not sight.root:
        return
    level = head.level
    at = bisect_left(sight.head_lines, head.line) + 1
    label: Head | None = None
    for other in sight.heads[at : at + 8]:
        if other.level < level and not _labels(other):
            break
        found = marked_heading(other.title)
        if found and found[0] and not _labels(other):
            break
        if _labels(other):
            label = other
            break
    if label is None or (label.parent is head):
        return
    top = min(level, label.level)
    end = len(sight.lines)
    for other in sight.heads[bisect_left(sight.head_lines, label.line) + 1 :]:
        found = marked_heading(other.title)
        if other.level < top or (found and found[0] and not _labels(other)):
            end = other.line
            break
    candidate.limit = end


def _labels(head: Head) -> bool:
    name = without_numbering(head.title)
    return is_label(name) or answer_label(name) is not None


def _spread(candidate: Candidate) -> bool:
    return candidate.head is not None and (candidate.limit or 0) > candidate.head.end


def _answer_sections(court: Court, headings: list[Candidate], ends: Ends) -> list[Candidate]:
    """The title with a section to memorise, unless that section answers another question."""
    sight = court.sight
    names = re.compile(
        "|".join(map(re.escape, sight.config.answer_headings)) or "(?!)", re.IGNORECASE
    )
    asked = {c.head for c in headings if c.accepted and c.form == "marked-heading"}
    asked |= {c.head for c in headings if c.accepted and c.form == "labelled-heading"}
    covered = _Covered([c for c in headings if c.accepted and c.form == "marked-heading"])
    taken: set[Head] = set()
    out: list[Candidate] = []
    if "title-answer" not in sight.config.forms:
        return out
    for head in sight.heads:
        if head.level < 2 or not names.search(head.name):
            continue
        parents = list(_ancestors(head))
        if head in asked or any(p in taken or p in asked for p in parents):
            continue
        if any(p.level > 1 and is_question(p.name) and len(p.name) > 1 for p in parents):
            continue
        if ends.next(head.line, Stop.MARKED) < head.end or sight.directives.skips(head.line):
            continue
        candidate = Candidate(
            "section", head.line, title_of(sight.outline), head.body, sight.root, Asks.WORD,
            head=head, limit=head.end,
        )  # fmt: skip
        if covered(candidate) or any(
            c.head and c.head.parent is head.parent and c.kind == "sections" and c.accepted
            for c in headings
        ):
            continue
        taken.add(head)
        candidate.form, candidate.accepted, candidate.end = "title-answer", True, head.end
        candidate.reason = "a section whose heading calls it the answer to the title"
        out.append(candidate)
    return out


def _ancestors(head: Head) -> Iterable[Head]:
    parent = head.parent
    while parent is not None:
        yield parent
        parent = parent.parent


def _titles(court: Court, candidates: list[Candidate], taken: set[int]) -> None:
    """The title as the question, where the note holds no other one."""
    if any(c.accepted for c in candidates):
        return
    for candidate in candidates:
        if candidate.kind == "title" or (candidate.kind == "heading" and candidate.level == 1):
            candidate.reason = ""
            _try(court, candidate, "title-question", title_question, taken)
            if candidate.accepted:
                candidate.end = _references(court.sight, candidate, court.stops)
                return


def _references(sight: Sight, candidate: Candidate, stops: frozenset[str]) -> int:
    """Where a note's references start, or its end."""
    limit = candidate.limit or len(sight.lines)
    end = limit
    for head in reversed(sight.heads):
        if head.line <= candidate.line or not is_stop(head.name, stops):
            break
        end = head.line
    return end


class _Covered:
    """Whether a line stands in the answer of an accepted question of these forms (None: any)."""

    def __init__(
        self, candidates: Iterable[Candidate], forms: frozenset[str] | None = COVERING
    ) -> None:
        spans = sorted(
            (c.line, max(c.end, c.limit or 0) if not c.end else c.end)
            for c in candidates
            if c.accepted and (forms is None or c.form in forms)
        )
        self._starts: list[int] = []
        self._ends: list[int] = []
        furthest = 0
        for start, end in spans:
            furthest = max(furthest, end)
            self._starts.append(start)
            self._ends.append(furthest)

    def __call__(self, candidate: Candidate) -> bool:
        index = bisect_left(self._starts, candidate.line) - 1
        return index >= 0 and candidate.line < self._ends[index]
