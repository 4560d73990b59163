"""GitHub's Markdown by markdown-it-py, set up once with our few rules beside it.

Blocks and inlines are markdown-it-py's (CommonMark, tables, strikethrough) and its plugins'
(footnotes, bare links). What differs from GitHub on purpose is listed in
:func:`make_grammar`, a function each in ``block_rules`` and ``inline_rules``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

from markdown.util import ETX, STX
from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.token import Token
from mdit_py_plugins.footnote import footnote_plugin
from mdit_py_plugins.gfm_autolink import gfm_autolink_plugin

from anki_export.markdown import block_rules, inline_rules, inline_tools
from anki_export.markdown.blocks import build_tree
from anki_export.markdown.characters import CJK
from anki_export.markdown.scan import Definition, normalise_label
from anki_export.markdown.tree import Document

MAX_NESTING = 100
"""Containers nested deeper than this stay text: no note means them, and stacks are finite."""


@dataclass(frozen=True, slots=True)
class Rules:
    """Where a card differs from GitHub on purpose; all off is GitHub's own grammar."""

    cjk_bold: bool = True
    """Bold where GitHub leaves ``**`` beside Chinese punctuation."""
    single_tilde: bool = False
    """Whether single tildes strike out."""
    cjk_links: bool = True
    """Bare links end at Chinese punctuation."""
    math: bool = True
    tools: bool = True
    """Syntax of other tools: boxes, ``==marks==``, ``[[links]]``, ``%%comments%%``, emoji codes."""


class _MarkdownIt(MarkdownIt):
    """The parser without a judgement on links: which ones pass is the card's affair."""

    def normalizeLink(self, url: str) -> str:  # noqa: N802 - markdown-it-py's name
        return url

    def normalizeLinkText(self, link: str) -> str:  # noqa: N802
        return link

    def validateLink(self, url: str) -> bool:  # noqa: N802
        return True


@lru_cache(maxsize=8)
def make_grammar(rules: Rules) -> MarkdownIt:
    """The parser with our rules in their places; the list of all that differs."""
    parser = _MarkdownIt("commonmark", {"maxNesting": MAX_NESTING, "store_labels": True})
    parser.enable(["table", "strikethrough"])
    parser.options["strikethrough_single_tilde"] = True
    parser.use(footnote_plugin, inline=False, move_to_end=False)
    parser.use(gfm_autolink_plugin)

    blocks = parser.block.ruler
    for name, rule, interrupts in (
        ("table", block_rules.table, "paragraph reference"),
        ("fence", block_rules.fence, "paragraph reference blockquote list"),
        ("blockquote", block_rules.blockquote, "paragraph reference blockquote list"),
        ("hr", block_rules.rule, "paragraph reference blockquote list"),
        ("list", block_rules.list_block, "paragraph reference blockquote"),
        ("footnote_def", block_rules.footnote, "paragraph reference"),
        ("reference", block_rules.reference, ""),
        ("html_block", block_rules.html_block, "paragraph reference blockquote"),
        ("heading", block_rules.heading, "paragraph reference blockquote"),
        ("paragraph", partial(block_rules.paragraph, math=rules.math), ""),
    ):
        blocks.at(name, rule, {"alt": interrupts.split()})
    if rules.tools:
        for name, rule, interrupts in block_rules.TOOLS:
            blocks.before("fence", name, rule, {"alt": interrupts.split()})
    parser.disable("lheading")  # the paragraph's rule makes the headings that `===` underlines

    inline = parser.inline.ruler
    if rules.math:
        inline.before("escape", "math", inline_rules.math)
    for tool in inline_tools.RULES if rules.tools else ():
        inline.before("link", tool.__name__, tool)
    if not rules.single_tilde:
        inline.before("strikethrough", "single_tilde", inline_rules.single_tilde)
    for name in inline_rules.BARE_LINKS:
        inline.at(name, inline_rules.bare_link(name, stop_at_cjk=rules.cjk_links))
    parser.disable("gfm_autolink_email")
    parser.inline.terminator_re = _MAY_START
    parser.inline.ruler2.push("emails", inline_rules.emails)
    return parser


_MAY_START = re.compile(
    r"[\n\\`*_~\[\]$]|!(?=\[)|<(?=[a-zA-Z/!?])|&(?=[#a-zA-Z])|:(?=//)|w(?=ww\.)"
    rf"|{inline_tools.TERMINATORS}"
)
"""Where an inline may start: elsewhere no rule is asked."""

_UNUSABLE = re.compile(f"[\0{STX}{ETX}]")


def clean(text: str) -> str:
    """Text without the characters that HTML cannot hold or Python-Markdown marks with."""
    return _UNUSABLE.sub("\ufffd", text)


# --------------------------------------------------------------------------- blocks


def parse(lines: Sequence[str], rules: Rules = Rules()) -> Document:
    """Parse Markdown lines (without terminators); every input has a structure, none fails."""
    parser = make_grammar(rules)
    environment: dict[str, Any] = {}
    tokens: list[Token] = []
    # A last line of blanks alone would get no mark; with its line end it does.
    text = clean("\n".join(lines))
    state = StateBlock(f"{text}\n", parser, environment, tokens)
    parser.block.tokenize(state, 0, state.lineMax)
    environment.pop("ends", None)
    root, footnotes = build_tree(tokens, lines)
    definitions = {
        normalise_label(label): Definition(found["href"], found["title"])
        for label, found in environment.get("references", {}).items()
    }
    return Document(root, definitions, footnotes, environment)


# --------------------------------------------------------------------------- inlines

_BOLD_BESIDE_CJK = re.compile(rf"{CJK.pattern}\*\*|\*\*{CJK.pattern}")
_BOLD = re.compile(r"\*\*+")
_MARKUP = re.compile(r"[\n\\`*_~\[<&$@]|://|www\.|" + inline_tools.TERMINATORS)


def is_plain(text: str) -> bool:
    """Whether nothing in a text is inline Markdown: it is what it shows."""
    return not _MARKUP.search(text)


MOST_OPEN = 64
"""Brackets or tags that are open at once in a text that is read; no note needs as many."""

_OPENING = re.compile(r"(\[|<(?=[a-zA-Z/!?]))|\]|>")

_REMARKS = (("<!--", "-->"), ("<?", "?>"), ("<![CDATA[", "]]>"))


def is_intricate(text: str) -> bool:
    """Whether so much is left open in a text that reading it would take its square.

    Each opening looks for its end behind it. Tags end at the first ``>``, so only those
    brackets count as closed which have a partner of their own.
    """
    if text.count("[") + text.count("<") <= MOST_OPEN:
        return False
    if any(text.count(start) - text.count(end) > MOST_OPEN for start, end in _REMARKS):
        return True
    brackets = tags = 0
    for found in _OPENING.finditer(text):
        match found.group():
            case "[":
                brackets += 1
            case "]":
                brackets = max(0, brackets - 1)
            case "<":
                tags += 1
            case _:
                tags = 0
        if brackets > MOST_OPEN or tags > MOST_OPEN:
            return True
    return False


def parse_inline(
    text: str,
    environment: dict[str, Any] | None = None,
    rules: Rules = Rules(),
) -> list[Token]:
    """The tokens of inline Markdown; ``environment`` is that of its document.

    Where GitHub's rules leave ``**`` beside Chinese text as it is, the text is read once
    more with rules that know Chinese punctuation; the reading that leaves fewer marks
    stands. So everything that GitHub sets in bold stays exactly as it is there. A text that
    is intricate (:func:`is_intricate`) is one token, as it is written.
    """
    if is_plain(text) or is_intricate(text):
        return [Token("text", "", 0, content=text)] if text else []
    environment = {} if environment is None else environment
    tokens = _read(text, environment, rules, relaxed=False)
    beside = rules.cjk_bold and "**" in text and _BOLD_BESIDE_CJK.search(text)
    if beside and (left := _left(tokens)):
        again = _read(text, environment, rules, relaxed=True)
        if _left(again) < left:
            return again
    return tokens


def _read(text: str, environment: dict[str, Any], rules: Rules, *, relaxed: bool) -> list[Token]:
    parser = make_grammar(rules)
    tokens: list[Token] = []
    state = inline_rules.State(text, parser, environment, tokens, relaxed=relaxed)
    parser.inline.tokenize(state)
    for rule in parser.inline.ruler2.getRules(""):
        rule(state)
    return state.tokens


def _left(tokens: Sequence[Token]) -> int:
    """How many runs of two or more asterisks were left as text."""
    return sum(len(_BOLD.findall(token.content)) for token in tokens if token.type == "text")
