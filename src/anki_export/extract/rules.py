"""Step three: the rules, each with the reason that can be shown.

``RULES`` names every form in the order of precedence: the first rule that takes a
candidate gives it its form. A rule looks at what a candidate says of itself and at its
series; it never looks at the answer, which is cut afterwards (``cutting``).

The shares and counts are where readers of notes in several languages drew the line; the
docstring of each rule says why it should hold for notes that nobody has seen.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, field

from anki_export.extract import pieces
from anki_export.extract.candidates import Candidate, has_label
from anki_export.extract.evidence import Asks
from anki_export.extract.labels import (
    answer_fold,
    asks_inside,
    divider,
    head_divider,
    is_answered,
    item_asks,
    labelled_later,
)
from anki_export.extract.series import Company, Series
from anki_export.extract.sight import Sight
from anki_export.markdown import Block
from anki_export.marks import (
    is_question,
    visible,
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
    lists: dict[Block, tuple[int, int, int]] = field(default_factory=dict)

    def habit(self, items: Block) -> tuple[int, int, int]:
        """How many items of a list ask, with a mark, and are answered; a list is read once."""
        if items not in self.lists:
            asking = [item for item in items.children if item_asks(item)]
            marks = sum(item_asks(item, Asks.MARK) for item in asking)
            answered = sum(is_answered(item, self.sight, item.start + 1) for item in asking)
            self.lists[items] = len(asking), marks, answered
        return self.lists[items]

    def siblings(self, candidate: Candidate) -> Series | None:
        """Those of its kind and level in one parent."""
        return self.company.siblings.get(candidate)

    def numbered(self, candidate: Candidate) -> Series | None:
        """Those whose numbers it continues, if they run on."""
        return self.company.numbered.get(candidate)

    def cousins(self, candidate: Candidate) -> Series | None:
        """Those of its kind and level in the whole note."""
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
    if has_label(near) or labelled_later(candidate, court.sight):
        return "a question marker stands before it, and an answer label below it"
    return None


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
    if candidate.asks is Asks.MARK or candidate.strong:
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
    if series.chapters >= 1 / 3:
        return None
    most = series.marks >= MOST or (series.words >= MOST and series.marks >= SOME / 2)
    if most and len(series) > SIBLINGS:
        return f"{series.words:.0%} of its {len(series)} siblings ask"
    if candidate.asks >= Asks.HINT and (most or series.marks >= SOME):
        return f"it asks, as {series.words:.0%} of its {len(series)} siblings do"
    if candidate.asks >= Asks.WORD and series.words >= MOST:
        return f"it asks, as {series.words:.0%} of its {len(series)} siblings do"
    return None


def labelled_heading(candidate: Candidate, court: Court) -> str | None:
    """An answer label stands below it, above any heading: an author divided the two."""
    if candidate.level == 1 or candidate.head is None:
        return None
    label = head_divider(candidate.head, court.sight)
    if not label:
        return None
    below = court.sight.between(court.sight.root, candidate.head.body, candidate.head.end)[:3]
    if candidate.asks < Asks.WORD and any(map(asks_inside, below)):
        return None
    series = court.siblings(candidate)
    sure = Asks.WORD if label == "first" else Asks.HINT
    if candidate.asks >= sure and label in ("answer", "first"):
        return "an answer label stands below it"
    if label == "answer" and below[0].text and is_question(below[0].text[-1][1]):
        return "what stands below it asks, and an answer label follows"
    if series is None or len(series) < 3 or label == "first":
        return None
    share = sum(bool(c.head and head_divider(c.head, court.sight)) for c in series.members)
    if share / len(series) >= MOST and (label == "answer" or series.hints >= SOME):
        return f"a label divides it and {share} of its {len(series)} siblings"
    return None


# --------------------------------------------------------------------------- others


def details(candidate: Candidate, court: Court) -> str | None:
    """A summary that asks; or one of many that ask, or that make up most of their section."""
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
    if cousins and len(cousins) >= 2 * FEW_FOLDS and cousins.words >= MOST:
        return f"one of {len(cousins)} summaries in the note, of which {cousins.words:.0%} ask"
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
    run = court.numbered(candidate)
    if run and len(run) >= RUN and run.marks >= SOME and candidate.asks >= Asks.HINT:
        return f"one of {len(run)} numbered bold lines, of which {run.marks:.0%} ask"
    if series is None or len(series) < SIBLINGS or series.marks < MOST:
        return None
    raw = court.sight.lines[candidate.line].rstrip(" *_")
    sure = len(series) >= 2 * SIBLINGS and series.marks >= NEARLY_ALL
    if raw.endswith((":", "：")) or (candidate.asks < Asks.HINT and not sure):
        return None
    return f"it asks, as {series.marks:.0%} of the {len(series)} bold lines around it do"


def bold_numbered(candidate: Candidate, court: Court) -> str | None:
    """``**5) …**``: three and more such numbers that run on, each with something below."""
    if candidate.kind == "lead" and _divided(candidate, court):
        return "a numbered bold line, and an answer label below it"
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
    return None if pieces.is_reference(rest) else "a bold question in a list item"


def list_question(candidate: Candidate, court: Court) -> str | None:
    """A list item that a label divides; or one of three and more that ask and are answered.

    What stands in an item that asks may be a sub-list of questions: that answers nothing.
    """
    item, sight = candidate.item, court.sight
    if item is None or item.parent is None:
        return None
    if candidate.tail:
        return "an answer stands behind it, with a label"
    if _divided(candidate, court):
        return "an answer label stands below it"
    if candidate.within:
        return None
    if candidate.limit is None:
        if is_answered(item, sight, candidate.body):
            candidate.limit = item.end
        run = court.numbered(candidate)
        if run and len(run) >= LEADS and run.marks >= MOST:
            return f"one of {len(run)} numbered items that ask"
        return None
    count = len(item.parent.children)
    asking, marks, answered = court.habit(item.parent)
    if count < LEADS or asking < MOST * count or marks < HALF * count:
        return None
    if answered < MOST * asking or not is_answered(item, sight, candidate.body):
        return None
    return f"one of {count} items of a list, of which {asking / count:.0%} ask"


def _divided(candidate: Candidate, court: Court) -> bool:
    """Whether a label or fold divides a list item or numbered line, before the next such.

    A fold holds the whole answer.
    """
    sight = court.sight
    end = candidate.limit or sight.next_head(candidate.line)
    cousins = court.cousins(candidate)
    if cousins is not None and candidate.limit is None:
        after = bisect_right(cousins.members, candidate.line, key=lambda c: c.line)
        end = min([end, *(c.line for c in cousins.members[after : after + 1])])
    blocks = sight.between(candidate.holder, candidate.body, end)
    label = divider(blocks, sight)
    fold = next((f for b in blocks if (f := answer_fold(b, sight))), None)
    if label == "answer" or (label == "first" and (fold or candidate.asks >= Asks.WORD)):
        if fold is not None and candidate.limit is None:
            candidate.limit = fold.end
        return True
    return False


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


def is_stop(name: str, stops: frozenset[str]) -> bool:
    """Whether a heading is on the list of those that ask nothing (``stop_headings``)."""
    name = without_numbering(visible(name)).strip("*_ :：.。!！").casefold()
    if name in stops:
        return True
    return name.endswith(_SUMMING)


_SUMMING = ("总结", "小结", "參考資料", "参考资料", "まとめ")
"""What ends a heading that sums up in languages without spaces."""


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
    ("details", ("fold", "box"), details),
    ("bold-numbered", ("lead", "bold"), bold_numbered),
    ("bold-question", ("bold",), bold_question),
    ("bold-list", ("item",), bold_list),
    ("list-question", ("list-item",), list_question),
    ("quote-question", ("quote",), quote_question),
    ("title-question", ("heading", "title"), title_question),
)
"""Every form of question in the order of precedence: its name, its places, its rule."""
