"""Small scanners of inline Markdown: code, entities, link targets, bare links, characters.

Each looks at the text alone and knows nothing of delimiters or nodes. Chapters are
those of CommonMark 0.31; "GFM" is GitHub's specification of its extensions.
"""

from __future__ import annotations

import html.entities
import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

# --------------------------------------------------------------------------- characters

_ASCII_PUNCTUATION = frozenset("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~")
ESCAPABLE = _ASCII_PUNCTUATION
"""What a backslash escapes (CommonMark 2.4)."""

_CJK = re.compile(
    "[\u1100-\u11ff\u2e80-\u2fdf\u2ff0-\u9fff\ua000-\ua4cf\uac00-\ud7af\uf900-\ufaff"
    "\ufe30-\ufe4f\uff00-\uffef\U0001b000-\U0001b2ff\U00020000-\U0003ffff"
    "\u2014\u2018-\u201d\u2026\u00b7]"
)
_CJK_STOP = re.compile("[\u2018-\u201d\u2026\u3000-\u3003\u3008-\u301f\ufe30-\ufe4f"
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


# --------------------------------------------------------------------------- spans

ENTITY = re.compile(r"&(?:#[xX]([0-9a-fA-F]{1,6})|#([0-9]{1,7})|([a-zA-Z][a-zA-Z0-9]{1,31}));")
AUTOLINK = re.compile(r"<([a-zA-Z][a-zA-Z0-9+.-]{1,31}:[^<>\x00-\x20]*)>")
EMAIL_AUTOLINK = re.compile(
    r"<([a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]+@[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
    r"(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*)>"
)


def entity(text: str, pos: int) -> tuple[str, int] | None:
    """The character of an entity at ``pos`` and where the entity ends (2.5)."""
    found = ENTITY.match(text, pos)
    if not found:
        return None
    hexadecimal, decimal, name = found.groups()
    if name:
        char = html.entities.html5.get(name + ";")
        return (char, found.end()) if char else None
    code = int(hexadecimal, 16) if hexadecimal else int(decimal)
    valid = 0 < code < 0x110000 and not 0xD800 <= code < 0xE000
    # STX and ETX are Python-Markdown's own marks and show nothing anyway.
    return (chr(code) if valid and code not in (2, 3) else "\ufffd"), found.end()


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


def code_text(text: str) -> str:
    """Content of a code span: line ends are spaces, one space of padding goes (6.1)."""
    text = text.replace("\n", " ")
    if text.startswith(" ") and text.endswith(" ") and text.strip(" "):
        return text[1:-1]
    return text


# --------------------------------------------------------------------------- links

_SPACE = re.compile(r"[ \t\n]*")
_ANGLE = re.compile(r"<((?:[^<>\\\n]|\\.)*)>")
_TITLE = re.compile(r"\"((?:[^\"\\]|\\.)*)\"|'((?:[^'\\]|\\.)*)'|\(((?:[^()\\]|\\.)*)\)", re.DOTALL)
LABEL = re.compile(r"\[((?:[^\\\[\]]|\\.){0,1000})\]", re.DOTALL)

_MAX_PARENTHESES = 32


class Target(NamedTuple):
    """Where an inline link points, and the position after it."""

    url: str
    title: str
    end: int


def link_target(text: str, pos: int) -> Target | None:
    """``(destination "title")`` at ``pos``, still with escapes and entities (6.3)."""
    if not text.startswith("(", pos):
        return None
    start = _skip(text, pos + 1)
    destination = _destination(text, start)
    if destination is None:
        return None
    url, after = destination
    title = ""
    end = _skip(text, after)
    if end > after and (found := _TITLE.match(text, end)):
        title = next(group for group in found.groups() if group is not None)
        end = _skip(text, found.end())
    return Target(url, title, end + 1) if text.startswith(")", end) else None


def _skip(text: str, pos: int) -> int:
    found = _SPACE.match(text, pos)
    return found.end() if found else pos


def _destination(text: str, pos: int) -> tuple[str, int] | None:
    if text.startswith("<", pos):
        found = _ANGLE.match(text, pos)
        return (found.group(1), found.end()) if found else None
    depth, i = 0, pos
    while i < len(text):
        char = text[i]
        if char == "\\" and text[i + 1 : i + 2] in _ASCII_PUNCTUATION and i + 1 < len(text):
            i += 2
            continue
        if char == "(":
            depth += 1
            if depth > _MAX_PARENTHESES:
                return None
        elif char == ")":
            if depth == 0:
                break
            depth -= 1
        elif char in " \n\t" or ord(char) < 0x20 or ord(char) == 0x7F:
            break
        i += 1
    return (text[pos:i], i) if depth == 0 else None


# --------------------------------------------------------------------------- bare links

_SCHEME = re.compile(r"(?:https?|ftp)$", re.IGNORECASE)
_STOP = re.compile(r"[ \t\n\r\v\f<]")
_TRAILING = "?!.,:*_~'\""
_ENTITY_TAIL = re.compile(r"&[a-zA-Z]+;$")
_EMAIL = re.compile(r"(?:mailto:)?[a-zA-Z0-9.+_-]+@((?:[a-zA-Z0-9_-]|\.(?=[a-zA-Z0-9]))+)(?!@)")


def emails(text: str) -> Iterator[re.Match[str]]:
    """The email addresses in a text: a dot in the domain, a letter at its end (GFM 6.9)."""
    for found in _EMAIL.finditer(text):
        if "." in found.group(1) and found.group(1)[-1].isalpha():
            yield found


def scheme_before(text: str) -> str:
    """The scheme that ends a text, such as ``https``; empty if it is none that links."""
    letters = len(text) - len(text.rstrip("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"))
    found = _SCHEME.fullmatch(text[len(text) - letters :]) if letters else None
    return found.group() if found else ""


def bare_url(text: str, pos: int, *, stop_at_cjk: bool) -> int | None:
    """Where a bare link whose ``://`` stands at ``pos`` ends (GFM 6.9), or None."""
    after = text[pos + 3 : pos + 4]
    if not (after.isascii() and after.isalnum()):
        return None
    domain = _domain(text, pos + 3, short=True)
    return _link_end(text, pos, domain, stop_at_cjk) if domain else None


def bare_www(text: str, pos: int, *, stop_at_cjk: bool) -> int | None:
    """Where a bare link that starts with ``www.`` at ``pos`` ends, or None."""
    if pos and text[pos - 1] not in "*_~(" and not text[pos - 1].isspace():
        return None
    domain = _domain(text, pos, short=False)
    return _link_end(text, pos, domain, stop_at_cjk) if domain else None


def _domain(text: str, pos: int, *, short: bool) -> int:
    """End of a domain; 0 if it is none: underscores in its last parts, or no dot."""
    dots = before = last = 0
    i = pos + 1
    while i < len(text) - 1:
        char = text[i]
        if char == "_":
            last += 1
        elif char == ".":
            before, last = last, 0
            dots += 1
        elif char != "-" and (is_space(char) or is_punctuation(char)):
            break
        i += 1
    if (before or last) and dots <= 10:
        return 0
    return i if short or dots else 0


def _link_end(text: str, start: int, domain: int, stop_at_cjk: bool) -> int | None:
    stop = _STOP.search(text, domain)
    end = stop.start() if stop else len(text)
    if stop_at_cjk and (mark := _CJK_STOP.search(text, start, end)):
        end = mark.start()
    opened, closed = text.count("(", start, end), text.count(")", start, end)
    while end > start:
        char = text[end - 1]
        if char == ")":
            if closed <= opened:
                break
            closed -= 1
            end -= 1
        elif char == ";":
            tail = _ENTITY_TAIL.search(text[start:end])
            end = start + tail.start() if tail else end - 1
        elif char in _TRAILING:
            end -= 1
        else:
            break
    return end if end > start else None
