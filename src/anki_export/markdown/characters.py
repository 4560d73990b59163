"""Characters that Markdown and Chinese text treat apart."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_ASCII_PUNCTUATION = frozenset("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~")

CJK = re.compile(
    "[\u1100-\u11ff\u2e80-\u2fdf\u2ff0-\u9fff\ua000-\ua4cf\uac00-\ud7af\uf900-\ufaff"
    "\ufe30-\ufe4f\uff00-\uffef\U0001b000-\U0001b2ff\U00020000-\U0003ffff"
    "\u2014\u2018-\u201d\u2026\u00b7]"
)
CJK_STOP = re.compile("[\u2018-\u201d\u2026\u3000-\u3003\u3008-\u301f\ufe30-\ufe4f"
                       "\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65]")  # fmt: skip


@lru_cache(maxsize=4096)
def is_punctuation(char: str) -> bool:
    """Whether GitHub counts a character as punctuation: ASCII's, or Unicode's class P."""
    return char in _ASCII_PUNCTUATION or (char != "" and unicodedata.category(char)[0] == "P")


def is_space(char: str) -> bool:
    """Unicode white space; the empty string, a text's end, counts as such (6.2)."""
    return not char or char in "\t\n\f\r" or unicodedata.category(char) == "Zs"


def is_cjk(char: str) -> bool:
    """A Chinese, Japanese or Korean letter or mark, quotes and dashes they share included."""
    return CJK.match(char) is not None
