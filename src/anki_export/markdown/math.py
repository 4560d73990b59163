r"""Math in prose: where a formula starts and ends, and what Anki wants around it.

Anki's MathJax knows ``\( \)`` and ``\[ \]`` alone (ANKI_FACTS, on the phone); notes also
hold ``$…$``, ``$$…$$`` and GitHub's ``$`…`$`` and fences named ``math``. What lies between
the marks is never changed.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import unquote

from anki_export.markdown.characters import is_cjk
from anki_export.markdown.scan import without_marks

MAX_LENGTH = 4000
"""Characters of one formula; a mark whose partner is farther away is text."""

MAX_TRIES = 10
"""Dollars that cannot end a formula before its first one counts as text."""

_DOLLAR = re.compile(r"\\.|\$", re.DOTALL)


class Math(NamedTuple):
    """A formula in a text: its TeX, whether it stands on lines of its own, its end."""

    tex: str
    display: bool
    end: int


_PICTURED = re.compile(
    r"(?:https?:)?//(?:render\.githubusercontent\.com/render/math\?(?:mode=(?P<mode>\w+)&)?math="
    r"|(?:latex|private|math)\.codecogs\.com/(?:\w+\.(?:latex|image|download)|svg|png|gif)\?)(?P<tex>.+)",
    re.DOTALL,
)
_OPTION = re.compile(r"&(?:mode|color|mathcolor)=\w*$")
_STYLING = re.compile(r"\\(?:inline|dpi\{\d+\}|bg_\w+|fn_\w+)[ ]*")
_SPELT = {"&space;": " ", "&plus;": "+", "&amp;": "&"}


def formula_in(url: str) -> Math | None:
    """The formula that the address of an image holds for a service that draws it."""
    found = _PICTURED.match(url.strip())
    if found is None:
        return None
    tex = _STYLING.sub("", unquote(_OPTION.sub("", found["tex"])))
    for spelt, meant in _SPELT.items():
        tex = tex.replace(spelt, meant)
    return Math(tex.strip(), found["mode"] == "display", 0) if tex.strip() else None


def scan_math(text: str, pos: int, starts_code: Callable[[int], bool]) -> Math | None:
    """The formula at ``pos``, or None.

    ``starts_code`` says whether backticks at a position open a code span: code wins.
    """
    if text.startswith("\\(", pos):
        return _between(text, pos, "\\)", display=False)
    if text.startswith("\\[", pos):
        found = _between(text, pos, "\\]", display=True)
        return None if found and _is_escaped_bracket(text, pos, found) else found
    if text.startswith("$`", pos):
        end = text.find("`$", pos + 2)
        tex = text[pos + 2 : end] if end > 0 else ""
        return Math(tex, display=False, end=end + 2) if tex.strip() and "`" not in tex else None
    if text.startswith("$$", pos):
        return _display_dollars(text, pos, starts_code)
    return _dollars(text, pos, starts_code) if text.startswith("$", pos) else None


def _between(text: str, pos: int, mark: str, *, display: bool) -> Math | None:
    end = text.find(mark, pos + 2, pos + MAX_LENGTH)
    # "\\]" after a line break of TeX (`\\[2pt]`, `\\]`) is no end of the formula.
    while end > 0 and text[end - 1] == "\\" and text[end - 2 : end - 1] != "\\":
        end = text.find(mark, end + 2, pos + MAX_LENGTH)
    if end < 0 or not text[pos + 2 : end].strip():
        return None
    return Math(text[pos + 2 : end], display, end + 2)


_PLAIN_WORDS = re.compile(r"[^\\^_=+{}<>|]*")


def _is_escaped_bracket(text: str, pos: int, found: Math) -> bool:
    r"""Whether ``\[…\]`` was written to keep a bracket a bracket (``\[1\]``, ``\[x\](y)``)."""
    if text[found.end : found.end + 1] in ("(", "[", ":"):
        return True
    line_before = text[text.rfind("\n", 0, pos) + 1 : pos]
    line_after = text[found.end :].split("\n", 1)[0]
    alone = not line_before.strip() and not line_after.strip(" \t.,;，。；")
    return not alone and _PLAIN_WORDS.fullmatch(found.tex) is not None


def _display_dollars(text: str, pos: int, starts_code: Callable[[int], bool]) -> Math | None:
    end = text.find("$$", pos + 2, pos + MAX_LENGTH)
    while end > 0 and text[end - 1] == "\\":
        end = text.find("$$", end + 1, pos + MAX_LENGTH)
    tex = text[pos + 2 : end] if end > 0 else ""
    if not tex.strip() or tex[0] == "]" or _holds_code(text, pos + 2, end, starts_code):
        return None
    return Math(tex, display=True, end=end + 2)


_PRICE = re.compile(r"\d[\d,.]*")
_TEX_TEXT = re.compile(r"\\(?:text|mathrm|textbf|mbox|operatorname)\s*\{[^{}]*\}")


def _dollars(text: str, pos: int, starts_code: Callable[[int], bool]) -> Math | None:
    r"""``$…$`` by pandoc's rule: no space inside the marks, no digit behind them.

    By GitHub's, no letter stands outside right beside a mark either, which keeps
    ``$HOME/$USER`` and prices text; Chinese characters may, Chinese text has no spaces.
    """
    before = text[pos - 1 : pos] if pos else ""
    if (before.isascii() and before.isalnum()) or before == "$":
        return None
    close = _closing_dollar(text, pos)
    if close is None:
        return None
    tex = text[pos + 1 : close]
    if _holds_code(text, pos + 1, close, starts_code) or "\n\n" in tex:
        return None
    if _PRICE.match(tex) and any(is_cjk(char) for char in _TEX_TEXT.sub("", tex)):
        return None
    return Math(tex, display=False, end=close + 1)


def _closing_dollar(text: str, pos: int) -> int | None:
    """Where the dollar that closes the one at ``pos`` stands."""
    if text[pos + 1 : pos + 2].isspace() or text[pos + 1 : pos + 2] in ("", "$", "]"):
        return None  # `[$]` is a mark of Anki's own
    tried = 0
    for found in _DOLLAR.finditer(text, pos + 1, pos + MAX_LENGTH):
        if found.group() != "$":
            continue
        after = text[found.end() : found.end() + 1]
        inside = not text[found.start() - 1].isspace()
        if inside and not (after.isascii() and (after.isalnum() or after in tuple("_{$"))):
            return found.start()
        tried += 1
        if tried == MAX_TRIES:
            break
    return None


def _holds_code(text: str, start: int, end: int, starts_code: Callable[[int], bool]) -> bool:
    tick = text.find("`", start, end)
    return tick >= 0 and starts_code(tick)


def for_anki(tex: str, *, display: bool) -> str:
    r"""The formula as a field of Anki holds it: ``\(…\)`` or ``\[…\]``, HTML-escaped."""
    escaped = without_marks(html.escape(tex, quote=False))
    return rf"\[{escaped}\]" if display else rf"\({escaped}\)"
