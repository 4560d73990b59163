"""Step one: every line of a note that could ask something, with what is seen of it.

A candidate is no question yet. One function a kind of place finds them; ``FINDERS``
names all of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from anki_export.extract.evidence import Asks, asks, refers
from anki_export.extract.sight import Fold, Head, Sight, marked_bold, marked_heading
from anki_export.markdown import Block
from anki_export.marks import (
    answer_label,
    answered_behind,
    card_tag,
    counts_question,
    is_label,
    is_question,
    leading_bold,
    question_marker,
    unbold,
    undecorated,
    visible,
    whole_bold,
    without_numbering,
)

_NUMBER = re.compile(
    r"(?:\*\*|__)?\s*(?:Q|No\.?|#|第)?\s*(?P<number>\d{1,4})\s*"
    r"(?P<delimiter>[.、．)）:：]|题|\s)(?!\d)(?!\s*(?:[-+/=<>×÷%]|\*(?!\*)))",
    re.IGNORECASE,
)
_REMARK = 20
"""Characters of a remark on a question, such as how often it is asked."""


@dataclass(slots=True, eq=False)
class Candidate:
    """A place that could ask: its text, and where the lines below it start."""

    kind: str
    """Where it stands: heading, item-heading, bold, lead, item, line, fold, quote …"""
    line: int
    text: str
    """Inline Markdown without marker and numbering."""
    body: int
    """The first line that may belong to the answer."""
    holder: Block
    """The container in which the answer starts."""
    asks: Asks = Asks.NOT
    tail: str = ""
    """What follows the question in its last line."""
    level: int = 0
    head: Head | None = None
    item: Block | None = None
    fold: Fold | None = None
    number: int | None = None
    delimiter: str = ""
    marker: bool = False
    """Whether a marker (``Q:``, ``问题：``) stands before it."""
    strong: bool = False
    """Whether that marker is proof alone."""
    limit: int | None = None
    """Where its answer ends at the latest, if the place itself says so."""
    bold: bool = False
    front_end: int | None = None
    """Of a question that goes on below its first line: one past its last one."""
    within: bool = False
    """Whether it stands in the answer of a heading."""
    reply: tuple[int, int] | None = None
    """Lines of an answer that stands elsewhere."""
    backwards: bool = False
    """Whether the answer asks for the question as well (``:::``, ``??``)."""
    # What the later steps find out.
    group: list[Candidate] = field(default_factory=list)
    """The candidates that it is in one series with, itself included."""
    form: str = ""
    barred: str | None = None
    """Why it is no question whatever speaks for it; empty if nothing bars it."""
    accepted: bool = False
    reason: str = ""
    end: int = 0
    reported: bool = True
    """Whether it is a problem if there is no answer."""


def find_candidates(sight: Sight) -> list[Candidate]:
    """All candidates of a note in the order of their lines."""
    found = [candidate for find in FINDERS for candidate in find(sight)]
    found.sort(key=lambda candidate: (candidate.line, candidate.kind == "line"))
    return found


def number_of(text: str) -> tuple[int | None, str]:
    """The number at the start of a line and what stands behind it."""
    found = _NUMBER.match(undecorated(text))
    if not found:
        return None, ""
    return int(found.group("number")), found.group("delimiter").strip() or " "


# --------------------------------------------------------------------------- headings


def find_headings(sight: Sight) -> Iterator[Candidate]:
    """Every heading of the document, raw HTML ones included."""
    for head in sight.heads:
        yield _heading(sight, head, "heading")


def find_item_headings(sight: Sight) -> Iterator[Candidate]:
    """Headings that start a list item: ``1. ### What is it?``."""
    for head in sight.inner_heads:
        candidate = _heading(sight, head, "item-heading")
        candidate.item = head.holder
        candidate.number = head.holder.number if head.holder.ordered else None
        yield candidate


def _heading(sight: Sight, head: Head, kind: str) -> Candidate:
    tagged = _tagged(sight, head.title)
    marked = (tagged[0], True) if tagged else marked_heading(head.title)
    number, delimiter = number_of(head.title)
    text = unbold(marked[0]) if marked and marked[0] else head.name
    said = asks(text)
    if said in (Asks.HINT, Asks.WORD) and refers(text) and _code_below(sight, head):
        said = Asks.MARK
    return Candidate(
        kind,
        head.line,
        text,
        head.body,
        head.holder,
        said,
        level=head.level,
        head=head,
        number=number,
        delimiter=delimiter,
        marker=(marked is not None and bool(marked[0])) or _is_bare(head.title),
        strong=marked is not None and bool(marked[0]) and marked[1],
        limit=head.end if kind == "heading" else head.holder.end if tagged else None,
        backwards=bool(tagged and tagged[1]),
    )


def _tagged(sight: Sight, text: str) -> tuple[str, bool] | None:
    """The question that a tag calls a flashcard, and whether it is asked both ways.

    One tag alone may be talk of tags: then the text must ask.
    """
    tagged = card_tag(text)
    if tagged is None or (sight.tagged < 2 and asks(tagged[0]) < Asks.WORD):
        return None
    return unbold(without_numbering(undecorated(tagged[0]))), tagged[1]


def _code_below(sight: Sight, head: Head) -> bool:
    """Whether code stands right below a heading."""
    blocks = sight.between(head.holder, head.body, head.body + 4)
    return bool(blocks) and blocks[0].kind == "code"


# --------------------------------------------------------------------------- paragraphs


def find_lines(sight: Sight) -> Iterator[Candidate]:
    """Marked lines, wholly bold first lines and numbered bold beginnings of paragraphs."""
    for block in sight.root.children:
        if block.kind == "paragraph":
            yield from _paragraph(sight, block)


def _paragraph(sight: Sight, block: Block) -> Iterator[Candidate]:
    texts = block.text
    first = whole_bold(texts[0][1])
    i = 0
    while i < len(texts):
        found, used = marked_line(sight, texts, i, block)
        if found is not None:
            yield found
        elif i == 0 and first is not None and _is_bare(first):
            yield Candidate(
                "line", block.start, first, texts[0][0] + 1, sight.root, Asks.HINT,
                marker=True, bold=True, reported=False,
            )  # fmt: skip
        elif i == 0 and first is not None:
            number, delimiter = number_of(first)
            yield Candidate(
                "bold", block.start, without_numbering(first), texts[0][0] + 1, sight.root,
                asks(first), number=number, delimiter=delimiter, bold=True,
            )  # fmt: skip
        elif i == 0 and (lead := _lead(sight, block)) is not None:
            yield lead
        i += used


def _is_bare(text: str) -> bool:
    """Whether a bold line is ``Question 3`` and nothing else: the question stands below it."""
    found = counts_question(text)
    return found is not None and not any(map(str.isalnum, text[found.end() :]))


def _lead(sight: Sight, block: Block) -> Candidate | None:
    """A paragraph that a bold number or numbered name begins: ``**5) RMSE**. Compute …``."""
    text = block.text[0][1].strip()
    parts = leading_bold(text)
    if parts is None or not parts[0]:
        return None
    number, delimiter = number_of(parts[0] + " ")
    if number is None and re.fullmatch(r"\(?[a-z][.)]", parts[0]):
        number, delimiter = ord(parts[0].strip("(")[0]) - ord("a") + 1, "a"
    if number is None or delimiter == " ":
        return None
    name = without_numbering(f"**{parts[0]}**").strip("* ")
    bare = name == parts[0] or not re.search(r"\w", re.sub(r"^\d+\W*", "", parts[0]))
    question = parts[1] if bare else f"**{name}**{text[text.index(parts[0]) + len(parts[0]) + 2 :]}"
    return Candidate(
        "lead", block.start, question, block.text[0][0] + 1, sight.root,
        asks(visible(question)), number=number, delimiter=delimiter,
    )  # fmt: skip


def marked_line(
    sight: Sight, texts: list[tuple[int, str]], index: int, block: Block
) -> tuple[Candidate | None, int]:
    """The marked question that starts in a line of a paragraph, and the lines it takes."""
    line, text = texts[index]
    used = 1
    if tagged := _tagged(sight, text):
        return Candidate(
            "line", line, tagged[0], line + 1, block.parent or sight.root, asks(tagged[0]),
            marker=True, strong=True, backwards=tagged[1], limit=_card_end(sight, line + 1),
        ), 1  # fmt: skip
    text = undecorated(text).rstrip("\\ ")
    bold = text.startswith(("**", "__"))
    if bold:
        while leading_bold(text) is None and index + used < len(texts) and used < 4:
            text += " " + texts[index + used][1].strip()
            used += 1
        parts = marked_bold(text)
        if parts is None:
            return None, 1
        question, tail, strong = parts
        reported = strong
    else:
        marked = question_marker(text)
        if marked is None:
            return None, 1
        question, tail, strong = marked.text, "", False
        reported = marked.strong
        while not is_question(question) and index + used < len(texts) and used < 4:
            following = texts[index + used][1].strip()
            if answer_label(following) is not None or question_marker(following):
                break
            question += " " + following
            used += 1
        if not is_question(question):
            question, used = marked.text, 1
    body = texts[index + used][0] if index + used < len(texts) else block.end
    if behind := answered_behind(f"{question} {tail}"):
        question, tail = behind
    elif tail and answer_label(tail) is None and not _answers(sight, tail, body):
        question, tail = f"{question} {tail}", ""
    if not question:
        return None, 1
    candidate = Candidate(
        "line", line, question, body, block.parent or sight.root, asks(question), tail=tail,
        marker=True, strong=strong, bold=bold, reported=reported,
    )  # fmt: skip
    return candidate, used


_CARD_END = re.compile(r"\s*(?:<!--\s*ID:|\^[\w-]{4,}\s*$)")


def _card_end(sight: Sight, start: int) -> int | None:
    """The line with which a tool has numbered a card: the card ends there."""
    lines = range(start, min(start + 200, len(sight.lines)))
    return next((line for line in lines if _CARD_END.match(sight.lines[line])), None)


def _answers(sight: Sight, tail: str, body: int) -> bool:
    """Whether the text right behind a bold question is its answer, not a remark on it."""
    if len(tail) > _REMARK or not any(map(str.isalnum, tail)):
        return len(tail) > _REMARK
    return not has_label(sight.lines[body : body + 3])


ITEM = re.compile(r"^\s*(?:[-*+]|\d{1,9}[.)])\s+")
"""The marker of a list item."""


def has_label(lines: tuple[str, ...] | list[str]) -> bool:
    """Whether the first line that is not blank starts with an answer label."""
    for line in lines:
        if line.strip():
            bare = ITEM.sub("", line.lstrip("> "), count=1).strip()
            return answer_label(bare) is not None or is_label_line(line)
    return False


def is_label_line(line: str) -> bool:
    """A line that is only a label: bold, a heading, or with a colon; a bare word is text."""
    text = line.strip()
    text = undecorated(text) if text[:1] != "[" else text
    if text.startswith("#"):
        return is_label(without_numbering(text.lstrip("#").strip()))
    return text.startswith(("**", "__")) and is_label(text)


# --------------------------------------------------------------------------- the rest


def find_folds(sight: Sight) -> Iterator[Candidate]:
    """Every ``<summary>``."""
    starts = [fold.start for fold in sight.folds]
    for index, fold in enumerate(sight.folds):
        if fold.summary is None or not fold.text:
            continue
        following = min([sight.next_head(fold.start), *starts[index + 1 : index + 2]])
        text = fold.text
        if text.lower().startswith(("<b>", "<strong>")):
            text = re.sub(r"</?(?:b|strong)>", "", text, flags=re.IGNORECASE).strip()
        text = unbold(without_numbering(re.sub(r"</?(?:code|h\d|br)\s*/?>$", "", text).strip()))
        marked = question_marker(text)
        if marked is not None and marked.strong and marked.text:
            text = marked.text
        yield Candidate(
            "fold", fold.summary[0], text, fold.opened[0], fold.holder, asks(text), fold=fold,
            number=number_of(fold.text)[0],
            limit=fold.closed[0] + 1 if fold.closed else following,
        )  # fmt: skip


_ASKING = frozenset({"question", "faq", "help"})
"""Obsidian's boxes whose title is a question and whose content answers it."""


def find_quotes(sight: Sight) -> Iterator[Candidate]:
    """Quotes at the top level that are one line without a link, and boxes for questions."""
    for block in sight.root.children:
        if block.kind == "quote" and block.callout and block.callout.name in _ASKING:
            text = unbold(without_numbering(undecorated(block.callout.title)))
            yield Candidate(
                "box", block.start, text, block.start + 1, block, asks(text), limit=block.end,
                item=block if block.column else None,
            )  # fmt: skip
        if block.kind != "quote" or block.callout or len(block.children) != 1:
            continue
        inner = block.children[0]
        if inner.kind not in ("paragraph", "heading") or len(inner.text) != 1:
            continue
        text = unbold(without_numbering(unbold(inner.text[0][1].strip())))
        yield Candidate("quote", block.start, text, block.end, sight.root, asks(text))


def find_title(sight: Sight) -> Iterator[Candidate]:
    """The note's own name, where it has no heading of level 1."""
    if any(head.level == 1 and head.title for head in sight.heads):
        return
    title = sight.outline.title
    yield Candidate("title", 0, title, 0, sight.root, asks(title), limit=len(sight.lines))


FINDERS: tuple[Callable[[Sight], Iterator[Candidate]], ...] = (
    find_headings,
    find_item_headings,
    find_lines,
    find_folds,
    find_quotes,
    find_title,
)
"""Every kind of place where a question may stand."""
