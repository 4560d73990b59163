"""What makes a card hard to learn although nothing is wrong with it: ``check --style``.

The rules look at what a card shows. Some go by words, and know them in Chinese and English:
of notes in other languages these say nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from html.parser import HTMLParser

from anki_export.model import Kind, RenderedCard
from anki_export.problems import ProblemKind, Problems
from anki_export.text import columns, text_of

LONG_ANSWER = 2_000
"""Columns of an answer's prose that are too many: about 330 words, or 1,000 characters."""

LONG_LIST = 7
"""Items that are remembered as one list (G. A. Miller, The Magical Number Seven, 1956)."""

TOLD = 4
"""Columns of an answer that is more than a word such as *yes*."""

SHOWN = 80
"""Characters of a question in a message."""

Fault = tuple[ProblemKind, str, str]
"""A kind, what is to be said of a question, and what to do."""


def report_style(cards: Iterable[RenderedCard], problems: Problems) -> None:
    """Report what the authors of these cards may want to ask in another way."""
    seen: dict[str, RenderedCard] = {}
    for card in cards:
        ask = card.ask.replace("\n", " ")
        quoted = ask if len(ask) <= SHOWN else f"{ask[:SHOWN]}…"
        for kind, message, hint in (*_repeated(card, seen), *_judged(card, ask)):
            problems.add(kind, card.card.location, f"{message}: {quoted}", hint)


def _repeated(card: RenderedCard, seen: dict[str, RenderedCard]) -> Iterator[Fault]:
    """The same front as an earlier card's with another answer; copies are one card anyway."""
    front = next(iter(card.fields.values()))
    pictures = re.findall(r'src="([^"]*)', front)
    first = seen.setdefault("\n".join((text_of(front).casefold(), *pictures)), card)
    if first.reply != card.reply:
        place = f"{first.card.location.path}:{first.card.location.line}"
        hint = "say in the question which is meant, or make one card of them"
        yield ProblemKind.REPEATED_FRONT, f"{place} asks the same and answers otherwise", hint


def _judged(card: RenderedCard, ask: str) -> Iterator[Fault]:
    items, prose = _size(card.fields["Answer"])
    if card.card.kind is Kind.QA:
        by_words = _language(card) in ("en", "zh")
        if _is_double(ask, by_words):
            yield ProblemKind.TWO_QUESTIONS, "two questions in one", "make a card of each"
        if by_words and not card.given and _YES_NO.match(ask):
            hint = "ask what, why or how: yes or no can be guessed"
            yield ProblemKind.YES_NO, "yes or no is the answer", hint
        if items > LONG_LIST:
            hint = "group the items, or ask for a part of them"
            yield ProblemKind.LONG_LIST, f"a list of {items} items is to be recalled", hint
    if columns(prose) > LONG_ANSWER:
        hint = "make several cards of it, or begin what may be folded by a sub-heading"
        yield ProblemKind.LONG_ANSWER, f"the answer has {len(prose):,} characters of text", hint
    if told := _told(card, ask):
        hint = "leave out of the question what is to be recalled"
        yield ProblemKind.TOLD_ANSWER, f"the question tells its answer ({told})", hint


def _language(card: RenderedCard) -> str:
    """The language that the card's note was found to have, without script or region."""
    found = re.match(r'<div lang="(\w+)', next(iter(card.fields.values())))
    return found[1] if found else ""


# --------------------------------------------------------------------------- questions

_ENGLISH = r"\b(?:what|why|how|when|where|which|who)\b"
_CHINESE = r"(?:什[么麼]|[为為]何|如何|怎[么麼样樣]|哪[些个個种種里裡]|多少|[区區][别別])"
_AND_ENGLISH = re.compile(
    r"\b(?:what|why|how|when (?:is|are|do|does|did|can|should|would|to))\b"
    r"(?:(?!\b(?:between|differences?|compare)\b).){0,300}?"
    rf"(?:[,;] (?:what|why|how)\b|\band {_ENGLISH})",
    re.IGNORECASE,
)
_AND_CHINESE = re.compile(rf"{_CHINESE}[^，、,；;]{{0,200}}[，、,；;].{{0,8}}?{_CHINESE}")
_END = re.compile(r"[？؟]+|(?<!\?)\?++(?=\s|$|[^\x00-\x7f])")
_REASON = re.compile(
    r"(?:\band |[,.，。、;；?？])\s*(?:and |but |[请請]?[说說][出明])?(?:why(?: not)?|how so|[为為]什[么麼]|[为為]何)呢?\W*$",
    re.IGNORECASE,
)


def _is_double(ask: str, by_words: bool) -> bool:
    """Whether two things are asked; the reason for the answer is no second one."""
    ask = _REASON.sub("?", ask)
    if len([part for part in _END.split(ask)[:-1] if part.strip()]) > 1:
        return True
    return by_words and bool(_AND_ENGLISH.search(ask) or _AND_CHINESE.search(ask))


_YES_NO = re.compile(
    r"(?:so,? |and |but )?(?:is|are|was|were|do|does|did|can|could|should|would|will|has|have|must)"
    rf" (?!.*\b(?:you|or)\b)(?!.*{_ENGLISH})"
    rf"|(?!.*{_CHINESE})(?!.*(?:[还還]是|哪|[几幾]|[说說]明|解[释釋]|[举舉]例|了解|知道|熟悉|用[过過]))"
    r".*(?:[吗嗎]\W*$|是否|是不是|能不能|能否|可否|可不可以|[会會]不[会會]|有[没沒]有|[对對]不[对對]|要不要)",
    re.IGNORECASE,
)
_EITHER = re.compile(r"\bor\b|[还還]是|或|/", re.IGNORECASE)


def _told(card: RenderedCard, ask: str) -> str:
    """The answer, or a value of a row, of which the question holds every word."""
    values = card.reply.split("\n") if card.card.kind is Kind.COMPARISON else [card.reply]
    asked = f" {_plain(ask)} "
    told = [one for one in values if columns(_plain(one)) >= TOLD and f" {_plain(one)} " in asked]
    return told[0] if told and not _EITHER.search(ask) else ""


def _plain(text: str) -> str:
    """The words of a text; empty if none has a letter."""
    words = re.findall(r"[^\W_]+", text.casefold())
    return " ".join(words) if not all(word.isdecimal() for word in words) else ""


# --------------------------------------------------------------------------- answers


def _size(html: str) -> tuple[int, str]:
    """The items of an answer's longest list, those in others not counted; and its prose."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.items, "".join(reader.prose).strip()


class _Reader(HTMLParser):
    """Counts what an answer asks to be recalled: code and tables are looked at rather."""

    def __init__(self) -> None:
        super().__init__()
        self.items = self._count = 0
        self.prose: list[str] = []
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("ul", "ol", "pre", "table"):
            self._count = self._count if self._open else 0
            self._open.append(tag)
        elif tag == "li" and len(self._open) == 1:
            self._count += 1
            self.items = max(self.items, self._count)

    def handle_endtag(self, tag: str) -> None:
        if self._open and tag == self._open[-1]:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        if not {"pre", "table"} & set(self._open):
            self.prose.append(data)
