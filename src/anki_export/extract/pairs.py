"""Candidates whose question and answer an author has set apart by a line of its own.

Flashcards of Obsidian's Spaced Repetition plug-in (https://stephenmwangi.com/
obsidian-spaced-repetition/), sections called *Question* and *Answer*, and answers that
stand together at the end of a note.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence

from anki_export.extract.candidates import Candidate, number_of
from anki_export.extract.evidence import Asks, asks
from anki_export.extract.labels import end_of_box, is_answer_box
from anki_export.extract.sight import Head, Sight
from anki_export.markdown import Block
from anki_export.marks import (
    counts_question,
    is_label,
    is_weak_label,
    names_answer,
    question_marker,
    unbold,
    without_numbering,
)

SCHEDULE = "<!--SR:"
_OPAQUE = re.compile(r"(`+).+?\1|\$\$.+?\$\$|\$[^$\n]+\$|https?://\S+")
_INLINE = re.compile(r":::?(?!:)")
_TRAILER = re.compile(r"\s*(?:<!--.*?-->|\s\^[\w-]+\s*$)")
_TAG = re.compile(r"(?:^|\s)#[\w-]+(?:/[\w/-]+)?(?=\s|$)")
_LINE = re.compile(r"\?\??$")
_FENCE = re.compile(r"\s*(`{3,}|~{3,})")


def find_inline_cards(sight: Sight) -> Iterator[Candidate]:
    """``Q::A`` and ``Q:::A`` on one line."""
    if not (sight.flashcards or sight.config.flashcards_everywhere):
        return
    for block in sight.root.walk():
        if block.kind != "paragraph":
            continue
        for line, text in block.text:
            if "::" not in text:
                continue
            scheduled = any(SCHEDULE in t for t in sight.lines[line : line + 2])
            if parts := split_card(text, sure=scheduled):
                question, answer, both = parts
                yield Candidate(
                    "card-line", line, question, line + 1, sight.root, asks(question),
                    tail=answer, limit=line + 1, backwards=both,
                )  # fmt: skip


def split_card(text: str, *, sure: bool) -> tuple[str, str, bool] | None:
    """Question, answer and whether it is asked both ways, of a line with ``::``.

    Not in code, math and addresses; between two names (``std::vector``) it is C++, unless
    the plug-in has scheduled the card (``sure``).
    """
    shown = _OPAQUE.sub(lambda found: "·" * len(found.group()), text)
    found = _INLINE.search(shown)
    if found is None:
        return None
    before, after = shown[: found.start()], shown[found.end() :]
    if (
        not sure
        and found.group() == "::"
        and re.search(r"[A-Za-z_]$", before)
        and re.match(r"[A-Za-z_]", after)
    ):
        return None
    question = clean(text[: found.start()])
    answer = clean(text[found.end() :])
    question = re.sub(r"^(?:[-*+]|\d+[.)])\s+", "", question)
    if not re.search(r"\w", question) or not answer:
        return None
    return question, answer, found.group() == ":::"


def clean(text: str) -> str:
    """A line without the plug-in's schedule, a block's id and flashcard tags."""
    return _TAG.sub("", _TRAILER.sub("", text)).strip()


def find_block_cards(sight: Sight) -> Iterator[Candidate]:
    """Lines, a line that is ``?`` or ``??``, lines."""
    if not (sight.flashcards or sight.config.flashcards_everywhere):
        return
    for block in sight.root.walk():
        if block.kind != "paragraph":
            continue
        start = 0
        for k, (line, text) in enumerate(block.text):
            if k > start and _LINE.match(text.strip()):
                first, question = block.text[start]
                item = block.parent if block.parent and block.parent.kind == "item" else None
                question = clean(question)
                yield Candidate(
                    "card-block", first, question, first + 1, sight.root, asks(question),
                    front_end=line, reply=(line + 1, _end_of_card(sight, line + 1)), item=item,
                    backwards=text.strip() == "??", limit=line + 1,
                )  # fmt: skip
                start = k + 1


def _end_of_card(sight: Sight, line: int) -> int:
    """The first blank line outside code, or the plug-in's schedule: where a card ends."""
    fence = ""
    for i in range(line, len(sight.lines)):
        text = sight.lines[i]
        if found := _FENCE.match(text):
            mark = found.group(1)
            fence = "" if fence and mark.startswith(fence) else fence or mark[:3]
        elif not fence and (not text.strip() or text.lstrip().startswith(SCHEDULE)):
            return i
    return len(sight.lines)


def find_rule_cards(sight: Sight) -> Iterator[Candidate]:
    """Lines, a rule of underscores, lines up to the plug-in's schedule."""
    blocks = sight.root.children
    for i, block in enumerate(blocks[:-2]):
        rule = blocks[i + 1]
        if (
            block.kind not in ("paragraph", "heading")
            or rule.kind != "rule"
            or rule.start > block.end + 1
            or not sight.lines[rule.start].strip().startswith("_")
        ):
            continue
        end = next(
            (b.start for b in blocks[i + 2 :] if b.kind in ("rule", "heading") or _is_schedule(b)),
            None,
        )
        if end is None or not sight.lines[end].lstrip().startswith(SCHEDULE):
            continue
        question = clean(block.text[0][1])
        yield Candidate(
            "card-rule", block.start, question, block.text[0][0] + 1, sight.root, asks(question),
            front_end=block.end, reply=(rule.end, end), limit=rule.end,
        )  # fmt: skip


def _is_schedule(block: Block) -> bool:
    return block.kind == "html" and block.text[0][1].lstrip().startswith(SCHEDULE)


# --------------------------------------------------------------------------- sections


def find_label_sections(sight: Sight) -> Iterator[Candidate]:
    """A section called *Question* and the next one, called *Answer*, at one level."""
    for head, following in zip(sight.heads, sight.heads[1:], strict=False):
        if following.level != head.level or not _asks_below(head.name):
            continue
        name = following.name
        if not (is_label(name) or is_weak_label(name)):
            continue
        blocks = [b for b in sight.between(sight.root, head.body, following.line) if b.text]
        if not blocks or blocks[0].kind != "paragraph":
            continue
        line, text = blocks[0].text[0]
        yield Candidate(
            "sections", line, text.strip(), line + 1, sight.root, asks(text), head=head,
            front_end=following.line, reply=(following.body, following.end),
            limit=following.line,
        )  # fmt: skip


def _asks_below(name: str) -> bool:
    """Whether a heading is nothing but the word *question*."""
    marked = question_marker(name.rstrip(":： ") + ":")
    return marked is not None and not marked.text and len(name.strip()) > 1


def find_answers_at_end(sight: Sight) -> Iterator[Candidate]:
    """Numbered headings or items whose numbers pair with those of the answers below.

    The answers stand in a section or in a fold.
    """
    numbered = [(h, n) for h in sight.heads if (n := _number(h)) is not None]
    lines = [h.line for h, _ in numbered]
    for line, body, end in _answer_keys(sight):
        below = numbered[bisect_right(lines, line) : bisect_left(lines, end)]
        replies = _replies(sight, body, end, below)
        if len(replies) < 2:
            continue
        yield from _listed(sight, line, replies)
        above = numbered[: bisect_left(lines, line)]
        asked = [(h, number) for h, number in above if number in replies]
        for level in sorted({h.level for h, _ in asked}):
            of_level = [(h, number) for h, number in asked if h.level == level]
            if sorted(number for _, number in of_level) != sorted(replies):
                continue
            for h, number in of_level:
                title = re.sub(r"^\s*\d+\s+", "", unbold(without_numbering(unbold(h.title))))
                yield Candidate(
                    "paired", h.line, title, h.body, sight.root, asks(title), level=level,
                    head=h, number=number, front_end=min(h.end, line),
                    reply=replies[number], limit=h.end,
                )  # fmt: skip
            break


def _number(head: Head) -> int | None:
    """The number of a heading: ``3.``, or ``Question 3`` and nothing else."""
    title = unbold(head.title)
    counted = counts_question(title)
    digits = re.findall(r"\d+", counted.group()) if counted and counted.end() == len(title) else []
    return int(digits[-1]) if digits else number_of(title)[0]


def _listed(sight: Sight, line: int, replies: dict[int, tuple[int, int]]) -> Iterator[Candidate]:
    """The items of the list above the answers, if most ask and each has its answer."""
    above = sight.between(sight.root, max(0, line - 200), line)
    asked = next((b for b in reversed(above) if b.kind == "list"), None)
    if asked is None or not asked.ordered:
        return
    items = [i for i in asked.children if i.children and i.children[0].kind == "paragraph"]
    said = [asks(" ".join(text for _, text in i.children[0].text)) for i in items]
    numbers = range(asked.number, asked.number + len(asked.children))
    if set(numbers) != set(replies) or 2 * sum(s >= Asks.WORD for s in said) < len(numbers):
        return
    for number, item in zip(numbers, asked.children, strict=True):
        if item in items:
            first, text = item.children[0].text[0]
            yield Candidate(
                "paired", item.start, unbold(text), first + 1, item, asks(text), item=item,
                number=number, front_end=item.end, reply=replies[number], limit=item.end,
            )  # fmt: skip


def _answer_keys(sight: Sight) -> Iterator[tuple[int, int, int]]:
    """Where answers stand together: the line that says so, the first below and the end."""
    for head in sight.heads:
        if _is_answer_key(head):
            yield head.line, head.body, head.end
    blocks = sight.root.children
    for box in filter(is_answer_box, blocks):
        if (end := end_of_box(blocks, box)) is not None:
            yield box.start, box.end, end
    for fold in sight.outer:
        if fold.closed and names_answer(fold.text):
            yield fold.start, fold.opened[0] + 1, fold.closed[0]


def _is_answer_key(head: Head) -> bool:
    name = head.name.rstrip(":： ")
    if len(name) < 2:  # the answer A, not the word
        return False
    return is_label(name) or bool(
        re.match(
            r"(?:answer key|solutions?|solucionario|gabarito|corrig[ée]s?|lösungen)$",
            name,
            re.IGNORECASE,
        )
    )


def _replies(
    sight: Sight, start: int, end: int, below: Sequence[tuple[Head, int]]
) -> dict[int, tuple[int, int]]:
    """The answers of a section by number: its sub-headings, else the items of its list."""
    out: dict[int, tuple[int, int]] = {}
    for sub, number in below:
        if number in out:
            return {}
        out[number] = (sub.line, sub.end)
    if out:
        return out
    for block in sight.between(sight.root, start, end):
        items = block.children if block.kind == "list" and block.ordered else ()
        for number, item in enumerate(items, block.number):
            if number in out:
                return {}
            out[number] = (item.start, item.end)
    return out


FINDERS = (
    find_inline_cards,
    find_block_cards,
    find_rule_cards,
    find_label_sections,
    find_answers_at_end,
)
