"""Rules of inlines that differ from markdown-it-py's, each in its place in the grammar."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, MutableMapping
from functools import cached_property
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.rules_inline.state_inline import Scanned
from markdown_it.token import Token
from mdit_py_plugins.gfm_autolink import index as autolink
from mdit_py_plugins.gfm_autolink._match import match_http

from anki_export.markdown.characters import CJK_STOP, is_cjk, is_punctuation, is_space
from anki_export.markdown.math import scan_math

Rule = Callable[[StateInline, bool], bool]


class State(StateInline):
    """One reading of one text; ``relaxed`` lets ``**`` beside CJK text flank it."""

    def __init__(
        self,
        src: str,
        md: MarkdownIt,
        env: MutableMapping[str, Any],
        tokens: list[Token],
        *,
        relaxed: bool,
    ) -> None:
        super().__init__(src, md, env, tokens)
        self.relaxed = relaxed

    @cached_property
    def _last_ticks(self) -> dict[int, int]:
        """Where the last run of backticks of each length starts."""
        return {len(run.group()): run.start() for run in re.finditer("`+", self.src)}

    def starts_code(self, pos: int) -> bool:
        """Whether backticks at a position open a code span."""
        length = 1
        while self.src.startswith("`", pos + length):
            length += 1
        return self._last_ticks.get(length, -1) > pos

    def scanDelims(self, start: int, canSplitWord: bool) -> Scanned:  # noqa: N802, N803
        """Whether a run of delimiters opens and closes, by the characters around it.

        As GitHub's parser sees them: punctuation is ASCII's and Unicode's class P, and
        emphasis looks past tildes.
        """
        src, marker = self.src, self.src[start]
        end = start + 1
        while end < self.posMax and src[end] == marker:
            end += 1
        before, after = start, end
        if marker != "~":
            while before > 0 and src[before - 1] == "~":
                before -= 1
            while after < self.posMax and src[after] == "~":
                after += 1
        last = src[before - 1] if before else ""
        following = src[after] if after < self.posMax else ""
        relaxed = self.relaxed and marker == "*" and end - start >= 2
        left, right = _flanking(last, following, relaxed=relaxed)
        opens = left and (canSplitWord or not right or is_punctuation(last))
        closes = right and (canSplitWord or not left or is_punctuation(following))
        return Scanned(opens, closes, end - start)


def _flanking(before: str, after: str, *, relaxed: bool) -> tuple[bool, bool]:
    """Whether a run is left- and right-flanking (CommonMark 6.2).

    ``relaxed`` counts CJK punctuation as letters and CJK text as a word's end: it has no
    spaces, and its punctuation is no sign of a word's end.
    """
    hard_before, hard_after = is_punctuation(before), is_punctuation(after)
    beside_before, beside_after = is_space(before) or hard_before, is_space(after) or hard_after
    if relaxed:
        hard_before = hard_before and not is_cjk(before)
        hard_after = hard_after and not is_cjk(after)
        beside_before = beside_before or is_cjk(before)
        beside_after = beside_after or is_cjk(after)
    left = not is_space(after) and (not hard_after or beside_before)
    right = not is_space(before) and (not hard_before or beside_after)
    return left, right


def math(state: StateInline, silent: bool) -> bool:
    r"""A formula: ``$…$``, ``$$…$$``, ``\(…\)``, ``\[…\]``; nothing in it is Markdown."""
    if state.src[state.pos] not in "$\\" or not isinstance(state, State):
        return False
    found = scan_math(state.src, state.pos, state.starts_code)
    if found is None or found.end > state.posMax:
        return False
    if not silent:
        token = state.push("math", "", 0)
        token.content = found.tex
        token.markup = state.src[state.pos : found.end]
        token.meta = {"display": found.display}
    state.pos = found.end
    return True


def single_tilde(state: StateInline, silent: bool) -> bool:
    """A tilde alone is text: ``~30 … ~10`` is no strikethrough."""
    src, pos = state.src, state.pos
    if src[pos] != "~" or src.startswith("~", pos + 1):
        return False
    if not silent:
        state.push("text", "", 0).content = "~"
    state.pos += 1
    return True


# --------------------------------------------------------------------------- bare links

_SCHEME = re.compile(r"(?<![a-zA-Z])(?:https?|ftp)$", re.IGNORECASE)
_BLANK = re.compile(r"[ \t\n\r\v\f<]")


def _url(state: StateInline, silent: bool) -> bool:
    """A bare address with its scheme, whatever stands before it (as in GitHub's parser)."""
    src, pos = state.src, state.pos
    scheme = _SCHEME.search(src, max(0, pos - 6), pos)
    if silent or state.linkLevel or not scheme or not state.pending.endswith(scheme.group()):
        return False
    found = match_http("http" + src[pos : state.posMax])
    if found is None:
        return False
    address = src[scheme.start() : pos + found[1] - len("http")]
    before = len(scheme.group())
    return autolink._create_autolink(state, before, len(address), address, address)


BARE_LINKS: dict[str, tuple[re.Pattern[str], Rule]] = {
    "gfm_autolink_www": (re.compile(r"www\."), autolink._www_inline_rule),
    "gfm_autolink_protocol": (re.compile(r"://"), _url),
}


def bare_link(name: str, *, stop_at_cjk: bool) -> Rule:
    """The rule for a kind of bare link, which ends at Chinese punctuation."""
    start, rule = BARE_LINKS[name]

    def limited(state: StateInline, silent: bool) -> bool:
        if not start.match(state.src, state.pos):
            return False
        end = state.posMax
        blank = _BLANK.search(state.src, state.pos, end)  # no address goes on behind it
        state.posMax = blank.start() if blank else end
        if stop_at_cjk and (stop := CJK_STOP.search(state.src, state.pos, state.posMax)):
            state.posMax = stop.start()
        found = rule(state, silent)
        state.posMax = end
        return found

    return limited


_EMAIL = re.compile(r"(?:mailto:)?[a-zA-Z0-9.+_-]+@((?:[a-zA-Z0-9_-]|\.(?=[a-zA-Z0-9]))+)(?!@)")


def emails(state: StateInline) -> None:
    """Link the email addresses in what is text at last, as GitHub's parser does (GFM 6.9)."""
    if "@" not in state.src:
        return
    joined: list[Token] = []
    for token in state.tokens:
        if token.type == "text_special":  # an escaped character
            token.type = "text"
        if token.type == "text" and joined and joined[-1].type == "text":
            joined[-1].content += token.content
        else:
            joined.append(token)
    links = 0
    state.tokens.clear()
    for token in joined:
        if token.type in ("link_open", "link_close"):
            links += token.nesting
        state.tokens += [token] if links else _with_links(token)


def _with_links(token: Token) -> Iterator[Token]:
    """A text as text and links; any other token as it is."""
    if token.type != "text" or "@" not in token.content:
        yield token
        return
    last = 0
    for found in _EMAIL.finditer(token.content):
        domain, address = found.group(1), found.group()
        if "." not in domain or not domain[-1].isalpha():
            continue
        yield Token("text", "", 0, content=token.content[last : found.start()])
        href = "mailto:" + address.removeprefix("mailto:")
        yield Token("link_open", "a", 1, attrs={"href": href})
        yield Token("text", "", 0, content=address)
        yield Token("link_close", "a", -1)
        last = found.end()
    yield Token("text", "", 0, content=token.content[last:])
