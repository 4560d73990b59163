r"""Formulas for a browser: ``\( \)`` and ``\[ \]`` become MathML, which needs no script.

Anki typesets formulas by MathJax; a page without scripts and requests shows MathML Core, which
Chromium, Firefox and WebKit know. What is between the delimiters is found as MathJax finds it
with Anki's settings: in text, across ``<br>``, never in code.
"""

from __future__ import annotations

import html
import re
from functools import lru_cache

from math_core import LatexError, LatexToMathML

_PIECE = re.compile(
    r"<(pre|code|script|style|textarea)\b.*?</\1\s*>|<[^>]*>"
    r"|\\\((?P<inline>(?:[^<]|<br\s*/?>)+?)\\\)|\\\[(?P<display>(?:[^<]|<br\s*/?>)+?)\\\]",
    re.DOTALL | re.IGNORECASE,
)
_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)

_CONVERTER = LatexToMathML(
    ignore_unknown_commands=True, allow_unreliable_rendering=True, fancy_error=False
)

MOST_NESTED = 100
"""Levels that are converted: the converter is recursive and ends the process by some 500."""

_LEVEL = re.compile(r"(\{|\\left\b|\\begin\b)|\}|\\right\b|\\end\b")
_RUN = re.compile(rf"(?:\\[A-Za-z]+\s*){{{MOST_NESTED}}}")


def with_mathml(text: str) -> str:
    """Return HTML whose formulas are MathML, in elements named as MathJax names them.

    So the style sheet's rules for formulas hold here as well.
    """
    return _PIECE.sub(_replace, text) if "\\(" in text or "\\[" in text else text


def _replace(piece: re.Match[str]) -> str:
    tex, display = piece["inline"] or piece["display"], bool(piece["display"])
    if not tex:
        return piece[0]
    attribute = ' display="true"' if display else ""
    source = html.unescape(_BREAK.sub("\n", tex))
    return f"<mjx-container{attribute}>{_mathml(source, display)}</mjx-container>"


@lru_cache(maxsize=20_000)
def _mathml(tex: str, display: bool) -> str:
    if _depth(tex) > MOST_NESTED or _RUN.search(tex):
        return _unset(tex, "too deeply nested")
    try:
        return _CONVERTER.convert_with_local_state(tex, displaystyle=display)
    except LatexError as error:
        return _unset(tex, str(error))


def _depth(tex: str) -> int:
    deepest = depth = 0
    for level in _LEVEL.finditer(tex):
        depth += 1 if level[1] else -1
        deepest = max(deepest, depth)
    return deepest


def _unset(tex: str, reason: str) -> str:
    """A formula that cannot be set, as its source."""
    return f'<code class="math-error" title="{html.escape(reason)}">{html.escape(tex)}</code>'
