"""How authors mark text: numbering, ``Q:`` and ``A:`` labels, bold lines, question marks.

Everything here looks at one line of inline Markdown and returns what is left without
the mark; the text itself is never changed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from unicodedata import category

_DIGITS = "一二三四五六七八九十百"
_NUMBERING = re.compile(
    rf"""
    (?: \d+(?:\.\d+)*[.、．)）:：](?!\d)\s*         # 4.  1.2.  3)  2、
      | \d+(?:\.\d+)*\.[1-9]\d*(?=\s)\s*           # 1.2 Title
      | [(（]\s*(?:\d+|[{_DIGITS}]+|[a-zA-Z])\s*[)）][.、]?\s*   # (3)  （一）
      | [{_DIGITS}]+\s*[、.．:：]\s*                # 八、
      | 第\s*(?:\d+|[{_DIGITS}]+)\s*[章节部分篇步点]\s*[、.．:：]\s*  # 第一章：
      | [①-⑳㈠-㈩❶-❿]\s*
      | (?:[IVX]{{1,5}}|[A-HJ-Z])[.、．)）]\s+      # IV.  A.
      | [0-9]\ufe0f?\u20e3\s*                      # keycap emoji
    )
    """,
    re.VERBOSE,
)

_COUNT = rf"\s*(?:\d+(?:[.\-]\d+)*|[{_DIGITS}]+)?\s*"
_SHORT = r"(?:(?-i:Q)|问)"
_LONG = r"(?:问题|面试题|提问|追问|Question)"
_MARKER = re.compile(
    rf"(?:(?P<short>{_SHORT})|(?P<long>{_LONG})){_COUNT}[:：](?!//)\s*"
    rf"|(?P<counted>(?-i:Q))\s*\d+\s*[.、．)）]\s*",
    re.IGNORECASE,
)
_LABEL_WORDS = r"(?:面试)?(?:标准|参考|简短|精简|简要)?(?:面试)?(?:答案|回答|解答)(?:要点)?|答|(?-i:A)|Ans|Answer"
_LABEL = re.compile(
    rf"(?P<open>\*\*|__)?\s*(?:{_LABEL_WORDS}){_COUNT}"
    r"(?:(?P<inside>[:：])\s*(?P<close1>\*\*|__)|(?P<close2>\*\*|__)?\s*[:：])[ \t]*",
    re.IGNORECASE,
)
_BARE_LABEL = re.compile(
    rf"(?:\*\*|__)?\s*(?:{_LABEL_WORDS})\s*[:：]?\s*(?:\*\*|__)?$", re.IGNORECASE
)
_BOLD = re.compile(
    r"(?P<mark>\*\*|__)(?=\S)(?P<text>(?:`+[^`]*`+|\\.|(?!(?P=mark))[^`\\])+?)(?P=mark)"
)
_END_MARKS = "?？"
_TASK_BOX = re.compile(r"\[[ xX]\]\s+")
_DECORATION = {"So", "Sk", "Mn", "Cf"}
"""Unicode categories of emoji, their modifiers and joiners."""


@dataclass(frozen=True, slots=True)
class Marked:
    """A question marker was found: the text behind it, and whether it is proof alone.

    ``Q`` and ``问`` are (``strong``); ``问题`` may just mean "problem".
    """

    text: str
    strong: bool


def without_numbering(text: str) -> str:
    """Inline Markdown without its leading number (``1.2``, ``八、``, ``(3)``), bold kept."""
    text = text.strip()
    bold = text[:2] if text[:2] in ("**", "__") else ""
    rest = text[len(bold) :].lstrip()
    if found := _NUMBERING.match(rest):
        left = rest[found.end() :].lstrip()
        if left.strip("*_ "):
            return bold + left
    return text


def is_question(text: str) -> bool:
    """Whether it ends in a question mark, emphasis around it and emoji behind it aside."""
    end = len(text)
    while end and (text[end - 1] in "*_ \t" or category(text[end - 1]) in _DECORATION):
        end -= 1
    return text[:end].endswith(tuple(_END_MARKS))


def unbold(text: str) -> str:
    """The text of a line that is bold as a whole; any other text as it is."""
    whole = whole_bold(text)
    return text.strip() if whole is None else whole


def whole_bold(line: str) -> str | None:
    """The text of a line that is wholly bold, or None.

    Punctuation right after the bold counts: a question mark joins the text, a colon is
    dropped.
    """
    line = line.strip()
    found = _BOLD.match(line)
    if not found:
        return None
    tail = line[found.end() :].strip()
    text = found.group("text").strip()
    if not tail or tail in ":：":
        return text
    return text + tail if set(tail) <= set(_END_MARKS) else None


def leading_bold(line: str) -> tuple[str, str] | None:
    """The bold text at the start of a line and what follows it, or None.

    A question mark right after the bold belongs to the text.
    """
    line = line.strip()
    found = _BOLD.match(line)
    if not found:
        return None
    text, tail = found.group("text").strip(), line[found.end() :].lstrip()
    while tail[:1] and tail[0] in _END_MARKS:
        text, tail = text + tail[0], tail[1:].lstrip()
    return text, tail


def undecorated(text: str) -> str:
    """A line without the task box and the emoji that stand before its text."""
    text = _TASK_BOX.sub("", text.lstrip(), count=1)
    start = 0
    while start < len(text) and (text[start] == " " or category(text[start]) in _DECORATION):
        start += 1
    return text[start:] if start < len(text) else text


def question_marker(text: str) -> Marked | None:
    """What follows ``Q:``, ``Q3：``, ``问：``, ``问题2：`` … at the start; None without one."""
    text = undecorated(without_numbering(undecorated(text)))
    found = _MARKER.match(text)
    if not found:
        return None
    return Marked(text[found.end() :].strip(), strong=not found.group("long"))


def answer_label(line: str) -> int | None:
    """The length of an answer label at the start of a line (``**答**：``), or None."""
    found = _LABEL.match(line)
    if not found:
        return None
    if re.match(r"A\s*\d\d", line):  # a product (A100), not the answer to question 100
        return None
    opened = bool(found.group("open"))
    closed = bool(found.group("close1") or found.group("close2"))
    return found.end() if opened == closed else None


def is_label(text: str) -> bool:
    """Whether the text is nothing but an answer label, with or without a colon."""
    return bool(_BARE_LABEL.match(text.strip()))
