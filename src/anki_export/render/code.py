"""Fenced code as HTML: Pygments' classes, a span per line so that a phone can wrap it.

A line's span carries its indentation (``--indent``), from which the style sheet makes
the hanging indent of a wrapped line; line ends stay in the text, so that copied code is
the code.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name
from pygments.token import STANDARD_TYPES, Error, Text, _TokenType
from pygments.util import ClassNotFound

MAX_INDENT = 40
"""Columns of indentation beyond which a line counts as this deep."""

TAB = 4
"""Columns of a tab in code, as ``tab-size`` in the style sheet."""

ALIASES = {
    "cu": "cuda",
    "cuh": "cuda",
    "sass": "ptx",  # in these notes NVIDIA's assembly, not the style sheets
    "nvptx": "ptx",
    "c++": "cpp",
    "h": "c",
    "hpp": "cpp",
    "py": "python",
    "python3": "python",
    "shell": "bash",
    "jsonc": "json",
    "assembly": "asm",
    "x86asm": "asm",
    "txt": "text",
    "plain": "text",
    "plaintext": "text",
}
"""Names in info strings that Pygments does not know, or knows as something else."""

_PLAIN = frozenset({"", "text", "none", "output", "mermaid"})
_NAME = re.compile(r"\{?\.?([^\s,:{}()\[\]]+)")
_ATT_SYNTAX = re.compile(r"%(?:[re]?[abcd][xlh]|[re]?[sd]i|[re]?[sb]p|r\d+|xmm\d)\b")


def language(info: str) -> str:
    """The language an info string names, lower case; empty without one."""
    found = _NAME.match(info.strip())
    return found.group(1).lower() if found else ""


def code_block(text: str, info: str) -> str:
    """The HTML of a code block; an unknown or missing language gives plain text.

    ``text`` has no line end after its last line.
    """
    name = language(info)
    lines = [line.rstrip() for line in text.split("\n")]
    lexer = _lexer(_lexer_name(name, text))
    body = "".join(_lines(_highlight(lexer, "\n".join(lines))))
    diagram = ' class="diagram"' if is_diagram(lines, lexed=lexer is not None) else ""
    label = f' class="language-{html.escape(name)}"' if name else ""
    return f'<div class="highlight"><pre{diagram}><code{label}>{body}</code></pre></div>'


# --------------------------------------------------------------------------- highlighting


def _lexer_name(name: str, text: str) -> str:
    name = ALIASES.get(name, name)
    if name in ("asm", "s"):
        return "gas" if _ATT_SYNTAX.search(text) else "nasm"
    return "" if name in _PLAIN else name


@lru_cache(maxsize=64)
def _lexer(name: str) -> Lexer | None:
    if not name:
        return None
    try:
        return get_lexer_by_name(name, stripnl=False, ensurenl=True)
    except ClassNotFound:
        return None


def _highlight(lexer: Lexer | None, text: str) -> Iterable[tuple[str, str]]:
    """Pairs of a Pygments class and text; joined, the texts are the code."""
    if lexer is None:
        return [("", text)]
    out = [(_css_class(kind), value) for kind, value in lexer.get_tokens(text)]
    # A lexer that changes the code (none should) must not change the card.
    if "".join(value for _, value in out).rstrip("\n") != text.rstrip("\n"):
        return [("", text)]
    return out


@lru_cache(maxsize=512)
def _css_class(kind: _TokenType) -> str:
    """Pygments' short class; what a lexer could not read is plain text, not an error."""
    if any(ancestor in (Error, Text) for ancestor in kind.split()):
        return ""
    while kind not in STANDARD_TYPES and kind.parent is not None:
        kind = kind.parent
    return STANDARD_TYPES.get(kind, "")


def _lines(tokens: Iterable[tuple[str, str]]) -> Iterator[str]:
    """The lines as HTML, each with its own line end inside its span."""
    for source, pieces in _split(tokens):
        body = "".join(
            f'<span class="{name}">{_escape(value)}</span>' if name else _escape(value)
            for name, value in pieces
        )
        indent = _indent(source)
        yield f'<span class="line" style="--indent:{indent}">{body}\n</span>'


def _split(tokens: Iterable[tuple[str, str]]) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Lines as their text and their tokens; neighbours of one class are joined."""
    line: list[tuple[str, str]] = []
    for name, value in _with_end(tokens):
        for number, part in enumerate(value.split("\n")):
            if number:
                yield "".join(text for _, text in line), line
                line = []
            if part and line and line[-1][0] == name:
                line[-1] = (name, line[-1][1] + part)
            elif part:
                line.append((name, part))


def _with_end(tokens: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """The tokens, the last of them with exactly one line end."""
    pairs = list(tokens)
    while pairs and not pairs[-1][1].strip("\n"):
        pairs.pop()
    if pairs:
        pairs[-1] = (pairs[-1][0], pairs[-1][1].rstrip("\n"))
    yield from pairs
    yield "", "\n"


def _indent(line: str) -> int:
    expanded = line.expandtabs(TAB)
    return min(MAX_INDENT, len(expanded) - len(expanded.lstrip(" ")))


def _escape(text: str) -> str:
    return html.escape(text, quote=False)


# --------------------------------------------------------------------------- diagrams

_BOX = re.compile("[\u2500-\u259f]")
_CORNER = re.compile("[\u2502-\u2503\u250c-\u254b\u2551-\u257f\u2580-\u259f]")
_ASCII_BOX = re.compile(r"\+[-=]{2,}[-=+]*\+")
_ARROWS = re.compile(r"\s*[|/\\vV↓↑▼▲⇓⇑↙↘↖↗│](?:\s+[|/\\vV↓↑▼▲⇓⇑↙↘↖↗│])*\s*")
_ARROW = re.compile("[↓↑▼▲⇓⇑↙↘↖↗]")


def is_diagram(lines: list[str], *, lexed: bool) -> bool:
    """Whether lines are a drawing, whose characters must keep their columns.

    In a language that is highlighted, box drawings are mostly rulers in comments: there
    two lines with corners or uprights are asked for.
    """
    if lexed:
        return sum(1 for line in lines if _CORNER.search(line)) >= 2
    if any(_BOX.search(line) for line in lines):
        return True
    if sum(1 for line in lines if _ASCII_BOX.search(line)) >= 2:
        return True
    return any(_ARROWS.fullmatch(line) and _ARROW.search(line) for line in lines)
