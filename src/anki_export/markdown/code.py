"""Fenced code as HTML: Pygments' classes, a span per line so that a phone can wrap it.

A line's span carries its indentation (``--indent``), from which the style sheet makes
the hanging indent of a wrapped line; line ends stay in the text, so that copied code is
the code.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache, partial
from io import StringIO

from pygments.formatters.html import HtmlFormatter
from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name
from pygments.token import STANDARD_TYPES, Error, Text, _TokenType
from pygments.util import ClassNotFound

MAX_INDENT = 40
"""Columns of indentation beyond which a line counts as this deep."""

ROOM = 24
"""Columns that a line's first word may reach, its indentation counted, with room on any phone."""

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


MOST_CODE = 10_000
"""Characters of code that is highlighted: some lexers take the square of it."""

MOST_OF_LINE = 1_000
"""Characters of a line of such code."""


def is_long(text: str) -> bool:
    """Whether code is shown without colours, because lexers would take too long."""
    return len(text) > MOST_CODE or any(len(line) > MOST_OF_LINE for line in text.split("\n"))


def highlights(info: str, text: str) -> bool:
    """Whether the language that an info string names would be highlighted."""
    return _lexer_of(language(info), text) is not None


def code_block(text: str, info: str) -> str:
    """The HTML of a code block; an unknown or missing language gives plain text.

    ``text`` has no line end after its last line.
    """
    name = language(info)
    lines = [line.rstrip() for line in text.split("\n")]
    lexer = None if is_long(text) else _lexer_of(name, text)
    diagram = ' class="diagram"' if is_diagram(lines, lexed=lexer is not None) else ""
    label = f' class="language-{html.escape(name)}"' if name else ""
    out = StringIO()
    _FORMATTER.start = f"<pre{diagram}><code{label}>"
    _FORMATTER.format(_tokens(lexer, "\n".join(lines)), out)
    return out.getvalue().rstrip("\n")


# --------------------------------------------------------------------------- highlighting

_START = re.compile(r"(?:<span[^>]*>)*([ \t]*)")
_TAG = re.compile(r"<[^>]*>")
_FIRST_WORD = re.compile(
    r"\A((?:<span[^>]*>)*[ \t]+(?:</span>)?)((?:<span[^>]*>[^\s<]+</span>|[^\s<]+)+)"
)


class _LineFormatter(HtmlFormatter[str]):
    """Pygments' HTML with a span a line, which carries the line's indentation."""

    start = ""
    """The tags before the first line of the block under way."""

    def wrap(self, source: Iterable[tuple[int, str]]) -> Iterator[tuple[int, str]]:
        """The lines, each with its own line end inside its span."""
        yield 0, self.start
        for kind, line in source:
            found = _START.match(line)
            white = found.group(1).expandtabs(TAB) if found else ""
            indent = min(MAX_INDENT, len(white))
            if white and len(line) > ROOM:
                line = _FIRST_WORD.sub(partial(_run, len(white)), line, count=1)  # noqa: PLW2901
            yield kind, f'<span class="line" style="--indent:{indent}">{line}</span>'
        yield 0, "</code></pre>"


def _run(indent: int, found: re.Match[str]) -> str:
    """An indented line's first word, marked where it may not fit beside its indentation."""
    width = indent + len(html.unescape(_TAG.sub("", found[2])))
    return f'{found[1]}<span class="run">{found[2]}</span>' if width > ROOM else found[0]


_FORMATTER = _LineFormatter()


def _lexer_of(name: str, text: str) -> Lexer | None:
    name = ALIASES.get(name, name)
    if name in ("asm", "s"):
        name = "gas" if _ATT_SYNTAX.search(text) else "nasm"
    return None if name in _PLAIN else _lexer(name)


@lru_cache(maxsize=64)
def _lexer(name: str) -> Lexer | None:
    try:
        return get_lexer_by_name(name, stripnl=False, ensurenl=True)
    except ClassNotFound:
        return None


def _tokens(lexer: Lexer | None, text: str) -> Iterable[tuple[_TokenType, str]]:
    """Pairs of a token's type and text; joined, the texts are the code and a line end."""
    if lexer is None:
        return [(Text, text.rstrip("\n") + "\n")]
    out = [(_SHOWN[kind], value) for kind, value in lexer.get_tokens(text)]
    # A lexer that changes the code (none should) must not change the card.
    if "".join([value for _, value in out]).rstrip("\n") != text.rstrip("\n"):
        return [(Text, text.rstrip("\n") + "\n")]
    while len(out) > 1 and not out[-1][1].strip("\n"):
        out.pop()
    return [*out[:-1], (out[-1][0], out[-1][1].rstrip("\n") + "\n")]


class _Shown(dict[_TokenType, _TokenType]):
    """Types that style sheets know; what a lexer could not read is plain text, not an error."""

    def __missing__(self, kind: _TokenType) -> _TokenType:
        shown = kind
        if any(ancestor in (Error, Text) for ancestor in kind.split()):
            shown = Text
        while shown not in STANDARD_TYPES and shown.parent is not None:
            shown = shown.parent
        self[kind] = shown
        return shown


_SHOWN = _Shown()


# --------------------------------------------------------------------------- diagrams

_BOX = re.compile("[\u2500-\u259f]")
_CORNER = re.compile("[\u2502-\u2503\u250c-\u254b\u2551-\u257f\u2580-\u259f]")
_ASCII_BOX = re.compile(r"\+[-=]{2,}[-=+]*\+")
_ARROWS = re.compile(r"\s*[|/\\vV↓↑▼▲⇓⇑↙↘↖↗│](?:\s+[|/\\vV↓↑▼▲⇓⇑↙↘↖↗│])*\s*")
_RAIL = re.compile(r"\s*[|/\\vV^+](?:\s+[|/\\vV^+])*\s*")
_LEVEL = re.compile(r"[-=~]{3}>|<[-=~]{3}|\s{3}[←→↔⇐⇒]|[←→↔⇐⇒]\s{3}")
_ARROW = re.compile("[↓↑▼▲⇓⇑↙↘↖↗]")


def is_diagram(lines: list[str], *, lexed: bool) -> bool:
    """Whether lines are a drawing, whose characters must keep their columns.

    In a language that is highlighted, box drawings are mostly rulers in comments: there
    two lines with corners or uprights are asked for.
    """

    def count(pattern: re.Pattern[str]) -> int:
        return sum(1 for line in lines if pattern.search(line))

    if lexed:
        return count(_CORNER) >= 2
    if count(_BOX) or count(_ASCII_BOX) >= 2 or count(_LEVEL) >= 2:
        return True
    if any(_ARROWS.fullmatch(line) and _ARROW.search(line) for line in lines):
        return True
    rails = sum(1 for line in lines if "|" in line and _RAIL.fullmatch(line))
    pointed = any(line.strip() in {"v", "V"} or _LEVEL.search(line) for line in lines)
    return rails >= 2 or (rails == 1 and pointed)
