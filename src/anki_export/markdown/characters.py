"""Characters that Markdown and Chinese text treat apart, and where code spans lie."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_ASCII_PUNCTUATION = frozenset("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~")

_CJK = re.compile(
    "[\u1100-\u11ff\u2e80-\u2fdf\u2ff0-\u9fff\ua000-\ua4cf\uac00-\ud7af\uf900-\ufaff"
    "\ufe30-\ufe4f\uff00-\uffef\U0001b000-\U0001b2ff\U00020000-\U0003ffff"
    "\u2014\u2018-\u201d\u2026\u00b7]"
)
CJK_STOP = re.compile("[\u2018-\u201d\u2026\u3000-\u3003\u3008-\u301f\ufe30-\ufe4f"
                       "\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65]")  # fmt: skip


@lru_cache(maxsize=4096)
def is_punctuation(char: str) -> bool:
    """Whether GitHub counts a character as punctuation: ASCII's, or Unicode's class P."""
    return char in _ASCII_PUNCTUATION or unicodedata.category(char)[0] == "P"


def is_space(char: str) -> bool:
    """Unicode white space; the empty string, a text's end, counts as such (6.2)."""
    return not char or char in "\t\n\f\r" or unicodedata.category(char) == "Zs"


def is_cjk(char: str) -> bool:
    """A Chinese, Japanese or Korean letter or mark, quotes and dashes they share included."""
    return bool(char) and _CJK.match(char) is not None


class Code:
    """Where the code spans of a text lie; built once, each look-up is a dictionary's."""

    def __init__(self, text: str) -> None:
        self._runs: dict[int, list[int]] = {}
        self._text = text
        for run in re.finditer(r"`+", text):
            self._runs.setdefault(len(run.group()), []).append(run.start())
        for starts in self._runs.values():
            starts.reverse()

    def end(self, pos: int, length: int) -> int | None:
        """Start of the run that closes ``length`` backticks before ``pos``; None without one.

        Positions must not decrease between calls.
        """
        starts = self._runs.get(length, [])
        while starts and starts[-1] < pos:
            starts.pop()
        return starts[-1] if starts else None

    def starts_span(self, pos: int) -> bool:
        """Whether a run of backticks at ``pos`` opens a code span."""
        length = 1
        while self._text.startswith("`", pos + length):
            length += 1
        return any(start > pos for start in self._runs.get(length, []))
