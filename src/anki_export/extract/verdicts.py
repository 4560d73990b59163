"""Step three: which candidates are questions, each with the reason that can be shown.

``RULES`` names every form in the order of precedence: the first rule that takes a
candidate gives it its form. A rule looks at what a candidate says of itself and at its
series; it never looks at the answer, which is cut afterwards (``cutting``).

The shares and counts are where readers of notes in several languages drew the line; the
docstring of each rule says why it should hold for notes that nobody has seen.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from anki_export.blocks import Block
from anki_export.extract import cutting
from anki_export.extract.candidates import Candidate, has_label
from anki_export.extract.ends import Ends, Stop
from anki_export.extract.evidence import Asks
from anki_export.extract.series import Company, Series
from anki_export.extract.sight import Head, Sight, marked_heading, title_of
from anki_export.marks import (
    answer_label,
    is_attribute,
    is_label,
    is_question,
    is_weak_label,
    summary_label,
    visible,
    weak_label,
    without_numbering,
)

SIBLINGS = 4
"""Members of a series of headings or bold lines: three alike happen, four are a habit."""
FEW_FOLDS = 5
ITEM_HEADINGS = 5
RUN = 4
LEADS = 3
MOST = 0.7
"""Share of a series that must ask for the rest to be believed without evidence."""
NEARLY_ALL = 0.9
HALF = 0.5
SOME = 0.3
"""Share that must ask where a member has a question word or an imperative of its own."""

COVERING = frozenset({
    "flashcard-line", "flashcard-block", "flashcard-rule", "answers-at-end", "marked-heading",
    "marked-bold", "marked-plain", "marked-list", "question-section", "item-heading",
    "numbered-heading", "sibling-heading", "labelled-heading", "details", "bold-numbered",
})  # fmt: skip
"""Forms whose answers hold no questions of lesser forms: a bold question in there is rhetoric."""


@dataclass(slots=True)
class Court:
    """What the rules may look at besides the candidate."""

    sight: Sight
    company: Company
    stops: frozenset[str]

    def siblings(self, candidate: Candidate) -> Series | None:
        return self.company.siblings.get(candidate)

    def numbered(self, candidate: Candidate) -> Series | None:
        return self.company.numbered.get(candidate)

    def cousins(self, candidate: Candidate) -> Series | None:
        return self.company.cousins.get(candidate)


Rule = Callable[[Candidate, Court], str | None]
"""Why a candidate is a question of the rule's form; None if it is not."""


# --------------------------------------------------------------------------- marked


def marked(candidate: Candidate, court: Court) -> str | None:
    """A marker is proof alone if it is strong; else a question mark or an answer label is."""
    if not candidate.marker:
        return None
    if candidate.strong:
        return "a question marker stands before it"
    if is_question(candidate.text):
        return "a question marker stands before it, and it ends in a question mark"
    lines = court.sight.lines
    near = [candidate.tail, *lines[candidate.body : candidate.body + 8]]
    if has_label(near) or _labelled_later(candidate, court):
        return "a question marker stands before it, and an answer label below it"
    return None


def _labelled_later(candidate: Candidate, court: Court) -> bool:
    """Whether a label of its own line follows, before the next question with a marker."""
    for line in range(candidate.body, min(candidate.body + 60, len(court.sight.lines))):
        text = court.sight.lines[line].strip()
        bare = text.lstrip("#").strip()
        if not text.startswith(("**", "__", "#", "【", "[")):
            continue
        if marked_heading(bare):
            return False
        if answer_label(bare) is not None or (text != bare and is_label(bare)) or is_label(text):
            return True
    return False


# --------------------------------------------------------------------------- headings


def question_heading(candidate: Candidate, court: Court) -> str | None:
    """A heading below the title that ends in a question mark."""
    if not is_question(candidate.text) or len(candidate.text) < 2 or candidate.marker:
        return None
    if candidate.level == 1 and not _many_titles(candidate, court):
        return None
    return "a heading that ends in a question mark"


def _many_titles(candidate: Candidate, court: Court) -> bool:
    """Whether headings of level 1 are this note's ordinary headings, the first included."""
    series = court.siblings(candidate)
    return series is not None and len(series) >= SIBLINGS and series.marks >= MOST


def item_heading(candidate: Candidate, court: Court) -> str | None:
    """A heading in a list item: nobody numbers chapters so, and five are a habit."""
    series = court.siblings(candidate)
    if candidate.asks is Asks.MARK:
        return "a heading in a list item that asks"
    if series is not None and len(series) >= ITEM_HEADINGS and series.hints > SOME:
        return f"one of {len(series)} headings in list items"
    return None


def numbered_heading(candidate: Candidate, court: Court) -> str | None:
    """Numbers run on, and a third of the series asks: a textbook's chapters rarely ask.

    In a short series, which a guide's steps may be, half of it must; and words that a
    step could have as well (``Write …``, ``How to …``) are not enough alone.
    """
    series = court.numbered(candidate)
    if series is None or len(series) < RUN or candidate.level == 1:
        return None
    if max(c.number or 0 for c in series.members) < RUN:
        return None
    need = 1 / 3 if len(series) >= 8 else 1 / 2
    if series.hints < need or series.words < need / 2 or series.chapters >= 1 / 3:
        return None
    return f"one of {len(series)} numbered headings, of which {series.hints:.0%} ask"


def sibling_heading(candidate: Candidate, court: Court) -> str | None:
    """Most of its siblings ask, or some do and it has a question word of its own."""
    series = court.siblings(candidate)
    cousins = court.cousins(candidate)
    if candidate.level == 1 or series is None or cousins is None:
        return None
    if len(series) < SIBLINGS:
        if len(cousins) >= 2 * SIBLINGS and cousins.marks >= HALF and candidate.asks >= Asks.WORD:
            return f"it asks, as {cousins.marks:.0%} of the {len(cousins)} headings of its level do"
        return None
    asking = max(series.marks, _examining(series))
    if asking >= MOST and series.marks + series.words > 0:
        return f"{asking:.0%} of its {len(series)} siblings ask"
    if asking >= SOME and candidate.asks >= Asks.HINT:
        return f"it asks, as {asking:.0%} of its {len(series)} siblings do"
    return None


def _examining(series: Series) -> float:
    """The share of questions and examiner's imperatives; only where there are marks, too."""
    return series.words if series.marks >= SOME / 2 else series.words - 0.2


def labelled_heading(candidate: Candidate, court: Court) -> str | None:
    """An answer label stands below it, above any heading: an author divided the two."""
    if candidate.level == 1 or candidate.head is None:
        return None
    label = divider(candidate.head, court.sight)
    if not label:
        return None
    series = court.siblings(candidate)
    if candidate.asks >= Asks.HINT and label == "answer":
        return "an answer label stands below it"
    if series is None or len(series) < 3:
        return None
    share = sum(bool(c.head and divider(c.head, court.sight)) for c in series.members)
    if share / len(series) >= MOST:
        return f"a label divides it and {share} of its {len(series)} siblings"
    return None


def divider(head: Head, sight: Sight) -> str:
    """Which label divides a heading's section: ``answer``, ``weak`` or none."""
    end = min(head.end, sight.next_head(head.line))
    coded = False
    for index, block in enumerate(sight.between(sight.root, head.body, end)[:20]):
        coded = coded or block.kind == "code" or cutting.is_option(block)
        if block.kind == "paragraph":
            text = block.text[0][1].strip()
            if answer_label(text) is not None or (text.startswith("**") and is_label(text)):
                return "answer" if index else ""
            if weak_label(text) is not None:
                return "weak" if coded else ""
        elif block.kind == "html" and index:
            fold = sight.fold_at(block.start)
            if fold is not None and fold.start < block.end and fold.text:
                return "answer" if summary_label(re.sub(r"<[^>]*>", "", fold.text)) == "answer" else ""
    return ""


# --------------------------------------------------------------------------- others


def details(candidate: Candidate, court: Court) -> str | None:
    """A summary that asks; or five and more that make up most of their section."""
    series = court.siblings(candidate)
    if candidate.asks is Asks.MARK:
        return "a summary that asks"
    if series is None:
        return None
    cousins = court.cousins(candidate)
    if candidate.asks >= Asks.WORD and len(series) >= 3:
        return "a summary that asks, among others"
    if cousins and len(cousins) >= FEW_FOLDS and cousins.marks >= HALF and candidate.asks:
        return f"it asks, as {cousins.marks:.0%} of the {len(cousins)} summaries do"
    if len(series) >= FEW_FOLDS and _fill(series, court.sight):
        return f"one of {len(series)} summaries that make up most of their section"
    return None


def _fill(series: Series, sight: Sight) -> bool:
    """Whether folds cover most of the lines from the first to the section's end."""
    folds = [c.fold for c in series.members if c.fold is not None and c.fold.closed]
    if not folds:
        return False
    head = sight.head_at(folds[0].start)
    first = head.body if head is not None else 0
    end = min(sight.next_head(folds[-1].end), head.end if head is not None else len(sight.lines))
    return sum(fold.end - fold.start for fold in folds) >= 0.5 * max(1, end - first)


def bold_question(candidate: Candidate, court: Court) -> str | None:
    """A wholly bold first line that ends in a question mark, or asks among such lines."""
    if candidate.kind != "bold":
        return None
    if is_question(candidate.text) and len(candidate.text) > 1:
        return "a bold line that ends in a question mark"
    series = court.siblings(candidate)
    if series is None or len(series) < SIBLINGS or series.marks < MOST:
        return None
    raw = court.sight.lines[candidate.line].rstrip(" *_")
    sure = len(series) >= 2 * SIBLINGS and series.marks >= NEARLY_ALL
    if raw.endswith((":", "：")) or (candidate.asks < Asks.HINT and not sure):
        return None
    return f"it asks, as {series.marks:.0%} of the {len(series)} bold lines around it do"


def bold_numbered(candidate: Candidate, court: Court) -> str | None:
    """``**5) …**``: three and more such numbers that run on, each with something below."""
    series = court.numbered(candidate)
    if candidate.kind not in ("lead", "bold") or candidate.delimiter not in (")", "）"):
        return None
    if series is None or len(series) < LEADS:
        return None
    if series.hints < SOME and series.coded < 0.5:
        return None
    return f"one of {len(series)} numbered bold lines"


def bold_list(candidate: Candidate, court: Court) -> str | None:
    """A list item that begins with a bold question and says more than links."""
    item = candidate.item
    if candidate.marker or item is None or not candidate.bold:
        return None
    rest = "\n".join([candidate.tail, *court.sight.lines[candidate.body : item.end]])
    return None if cutting.is_reference(rest) else "a bold question in a list item"


def quote_question(candidate: Candidate, court: Court) -> str | None:
    """A quote that is one line, asks and holds no link: two and more are a habit."""
    raw = court.sight.lines[candidate.line]
    if not is_question(candidate.text) or "](" in raw or "://" in raw:
        return None
    series = court.cousins(candidate)
    asking = sum(c.asks is Asks.MARK for c in series.members) if series else 0
    return "a one-line quote that asks" if asking >= 2 else None


_INTERVIEWER = re.compile(r"(?:面试官|面試官|Interviewer|Интервьюер|면접관)\s*[:：]", re.IGNORECASE)


def title_question(candidate: Candidate, court: Court) -> str | None:
    """A title that asks while nothing else in the note does: the note is its answer."""
    if candidate.kind == "heading" and candidate.level != 1:
        return None
    if not is_question(candidate.text):
        return None
    if _INTERVIEWER.match(visible(candidate.text)):
        return "an interviewer's question as the title"
    heads = court.sight.heads
    others = [h for h in heads if h is not candidate.head and h.level <= 6]
    if any(is_question(h.title) or (h.level == 1 and h.title) for h in others):
        return None
    if sum(h.level == 2 for h in others) > 8:
        return None
    return "a title that asks, and nothing else does"


def flashcard(candidate: Candidate, court: Court) -> str | None:
    """The note says that it holds flashcards, and this line has their form."""
    return "a flashcard in a note that says it holds them"


def question_section(candidate: Candidate, court: Court) -> str | None:
    """A section called *Question*, and one called *Answer* right after it."""
    return "a section called question, and one called answer after it"


def answers_at_end(candidate: Candidate, court: Court) -> str | None:
    """Its number pairs with one of the answers that stand together below."""
    return "its number pairs with an answer at the end"


RULES: tuple[tuple[str, tuple[str, ...], Rule], ...] = (
    ("flashcard-line", ("card-line",), flashcard),
    ("flashcard-block", ("card-block",), flashcard),
    ("flashcard-rule", ("card-rule",), flashcard),
    ("answers-at-end", ("paired",), answers_at_end),
    ("marked-heading", ("heading",), marked),
    ("marked-bold", ("line",), lambda c, court: marked(c, court) if c.bold else None),
    ("marked-list", ("item",), marked),
    ("marked-plain", ("line",), lambda c, court: None if c.bold else marked(c, court)),
    ("question-section", ("sections",), question_section),
    ("question-heading", ("heading",), question_heading),
    ("item-heading", ("item-heading",), item_heading),
    ("numbered-heading", ("heading",), numbered_heading),
    ("sibling-heading", ("heading",), sibling_heading),
    ("labelled-heading", ("heading",), labelled_heading),
    ("details", ("fold",), details),
    ("bold-numbered", ("lead", "bold"), bold_numbered),
    ("bold-question", ("bold",), bold_question),
    ("bold-list", ("item",), bold_list),
    ("quote-question", ("quote",), quote_question),
    ("title-question", ("heading", "title"), title_question),
)
"""Every form of question in the order of precedence: its name, its places, its rule."""

_NESTED = frozenset({"bold", "lead", "item", "quote"})
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
    for candidate in nested:
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
    if court.sight.directives.skips(candidate.line):
        candidate.reason = "a comment leaves it out"
        return
    if why_not := _barred(candidate, court):
        candidate.reason = why_not
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


def is_stop(name: str, stops: frozenset[str]) -> bool:
    """Whether a heading is on the list of those that ask nothing (``stop_headings``)."""
    name = without_numbering(visible(name)).strip("*_ :：.。!！").casefold()
    if name in stops:
        return True
    return name.endswith(_SUMMING)


_SUMMING = ("总结", "小结", "參考資料", "参考资料", "まとめ")
"""What ends a heading that sums up in languages without spaces."""


def _headings(court: Court, headings: list[Candidate], ends: Ends, taken: set[int]) -> None:
    """Headings, the last first: one ends before a sub-heading that is a question."""
    rules = [(form, rule) for form, kinds, rule in RULES if "heading" in kinds and form != "title-question"]
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
        if candidate.form in ("marked-heading", "question-heading") and _in_flow(court.sight, candidate):
            if candidate.form == "marked-heading" or _has_body(court.sight, candidate):
                asking.append(candidate.line)


def _in_flow(sight: Sight, candidate: Candidate) -> bool:
    return sight.fold_at(candidate.line) is None


def _has_body(sight: Sight, candidate: Candidate) -> bool:
    """Whether more than headings, rules and comments stands below a heading."""
    for block in sight.between(sight.root, candidate.body, candidate.end):
        if block.kind not in ("heading", "rule") and not _is_comment(block):
            return True
    return False


def _is_comment(block: Block) -> bool:
    return block.kind == "html" and not cutting.is_content("\n".join(t for _, t in block.text))


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
    names = [name.casefold() for name in sight.config.answer_headings]
    asked = {c.head for c in headings if c.accepted and c.form == "marked-heading"}
    asked |= {c.head for c in headings if c.accepted and c.form == "labelled-heading"}
    covered = _Covered([c for c in headings if c.accepted and c.form == "marked-heading"])
    taken: set[Head] = set()
    out: list[Candidate] = []
    if "title-answer" not in sight.config.forms:
        return out
    for head in sight.heads:
        if head.level < 2 or not any(name in head.name.casefold() for name in names):
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
    for head in sight.heads:
        if candidate.line < head.line < limit and is_stop(head.name, stops):
            if not any(h.line > head.line and not is_stop(h.name, stops) for h in sight.heads):
                return head.line
    return limit


class _Covered:
    """Whether a line stands in the answer of an accepted question of a covering form."""

    def __init__(self, candidates: Iterable[Candidate]) -> None:
        spans = sorted(
            (c.line, max(c.end, c.limit or 0) if not c.end else c.end)
            for c in candidates
            if c.accepted and c.form in COVERING
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


