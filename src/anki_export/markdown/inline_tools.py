"""Inlines of other tools: Obsidian's marks, links and comments, GitHub's emoji codes.

GitHub's parser knows none of them; each is a rule of its own, asked only where its first
characters stand. What they hide becomes an HTML comment, which no card shows.
"""

from __future__ import annotations

import re
from functools import cache

from markdown_it.common.utils import normalizeReference
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

TERMINATORS = (
    r"==|%%|:(?=[a-z0-9+_-]{1,40}:)|#(?=flashcards)|\^(?=[a-zA-Z0-9-]{4,40}[ \t]*(?:\n|$))"
)
"""Where one of them may start, brackets aside: they start Markdown's own."""

# --------------------------------------------------------------------------- ==marks==

_OPENS = re.compile(r"(?<![=!<>a-zA-Z0-9_)\]])==(?![\s=])")
_CLOSES = re.compile(r"(?<![\s=])==(?![=a-zA-Z0-9_(\[])")
_SENTENCE_END = re.compile(r"[。！？；;]|[.!?]\s")


def mark(state: StateInline, silent: bool) -> bool:
    """``==marked==``; nothing is in ``a == b``, ``a==b`` and ``用==比较。用==判断``."""
    src, pos, last = state.src, state.pos, state.posMax
    if not _OPENS.match(src, pos):
        return False
    state.pos = pos + 2
    while state.pos < last and not src.startswith("==", state.pos):
        state.md.inline.skipToken(state)
    end, state.pos = state.pos, pos
    if end >= last or not _CLOSES.match(src, end):
        return False
    within_words = src[max(0, pos - 1) : pos].isalnum() and src[end + 2 : end + 3].isalnum()
    if within_words and _SENTENCE_END.search(src, pos, end):
        return False
    if not silent:
        state.push("mark_open", "mark", 1)
        state.pos, state.posMax = pos + 2, end
        state.md.inline.tokenize(state)
        state.push("mark_close", "mark", -1)
        state.posMax = last
    state.pos = end + 2
    return True


# --------------------------------------------------------------------------- what is hidden

_COMMENT = re.compile(r"(?<![\w%])%%(?!%)(?P<text>(?:(?!%%).)+)%%(?![\w%])", re.DOTALL)
_BLOCK_ID = re.compile(
    r"(?<![^\s])\^(?=[0-9-]*[a-zA-Z])[a-zA-Z0-9][a-zA-Z0-9-]{3,39}(?=[ \t]*(?:\n|$))"
)
_REST = re.compile(r"[ \t]*(?:\n|$)")
_TAG = re.compile(r"(?<!\S)#flashcards(?:/[\w-]+)*(?![\w/-])")


def comment(state: StateInline, silent: bool) -> bool:
    """``%%comment%%``: with spaces inside its marks it must start or end a line.

    So ``%% stands for % and %% too`` keeps its words.
    """
    found = _COMMENT.match(state.src, state.pos, state.posMax)
    if not found:
        return False
    text = found["text"]
    if text != text.strip() and not _at_edge(state.src, found.start(), found.end()):
        return False
    return _hide(state, found, silent)


def block_id(state: StateInline, silent: bool) -> bool:
    """The name of a block at the end of a line: ``text ^abc123``; a power (``^2``) is none."""
    return _hide(state, _BLOCK_ID.match(state.src, state.pos), silent)


def flashcard_tag(state: StateInline, silent: bool) -> bool:
    """``#flashcards/topic`` at the start or the end of a line."""
    found = _TAG.match(state.src, state.pos)
    edge = found is not None and _at_edge(state.src, found.start(), found.end())
    return edge and _hide(state, found, silent)


def _at_edge(src: str, start: int, end: int) -> bool:
    return not src[src.rfind("\n", 0, start) + 1 : start].strip() or _ends(src, end)


def _hide(state: StateInline, found: re.Match[str] | None, silent: bool) -> bool:
    if found is None or found.end() > state.posMax:
        return False
    if not silent:
        if _ends(state.src, found.end()):
            state.pending = state.pending.rstrip(" \t")
        state.push("html_inline", "", 0).content = f"<!--{found.group()}-->"
    state.pos = found.end()
    return True


def _ends(src: str, pos: int) -> bool:
    return _REST.match(src, pos) is not None


# --------------------------------------------------------------------------- [[links]]

_WIKI = re.compile(
    r"(?P<embed>!?)\[\[(?P<target>[^\[\]|\n\"'`=<>{};$]{1,200})(?:\|(?P<text>[^\[\]\n]{0,200}))?\]\](?![(\[])"
)
_WORD = re.compile(r"[\w:.+-]+", re.ASCII)
"""A word alone is also a name of its own: ``[[Prototype]]``, ``[[nodiscard]]``, ``[[1]]``."""
_MATRIX = re.compile(r"[\w.+-]{1,2}(?:,\s*[\w.+-]{1,2})*|[\d.,\s+-]+|.*,\S.*", re.ASCII)
_SIZE = re.compile(r"(?P<width>\d{1,4})(?:x(?P<height>\d{1,4}))?")
_PICTURE = re.compile(r".+\.(?:png|jpe?g|gif|webp|svg|avif|bmp|ico)", re.IGNORECASE)


def wiki(state: StateInline, silent: bool) -> bool:
    """``[[note|text]]`` as its text, ``![[picture.png|300]]`` as the picture.

    Lists of lists (``[[1, 2]]``), ``x[[i]]``, the shell's ``[[ -f x ]]``, labels that the
    document defines and a single word, which other languages write so, stay as they are.
    """
    found = _WIKI.match(state.src, state.pos, state.posMax)
    if not found or not (found["embed"] or _is_link(state, found)):
        return False
    target, text = found["target"].strip(), (found["text"] or "").strip()
    file = target.split("#", 1)[0]
    if not silent and found["embed"] and _PICTURE.fullmatch(file):
        _picture(state, file, text)
    elif not silent:
        shown = text or " › ".join(part for part in re.split(r"\s*#\s*\^?", target) if part)
        state.push("embed" if found["embed"] else "text", "", 0).content = shown
    state.pos = found.end()
    return True


def _is_link(state: StateInline, found: re.Match[str]) -> bool:
    target, before = found["target"], state.src[max(0, state.pos - 1) : state.pos]
    if before.isascii() and (before.isalnum() or before in ("_", ")", "]")):
        return False
    if target != target.strip() or target[0] in "-:.,+*/\\":
        return False
    if normalizeReference(target) in state.env.get("references", {}):
        return False
    return bool(found["text"]) or not (_WORD.fullmatch(target) or _MATRIX.fullmatch(target))


def _picture(state: StateInline, file: str, text: str) -> None:
    """An image, by its embed; the last part of its text may be its width, or width and height."""
    alt, _, size = text.rpartition("|")
    measured = _SIZE.fullmatch(size.strip())
    image = state.push("image", "img", 0)
    image.attrs, image.children = {"src": f"[[{file}]]"}, []
    if measured:
        image.attrs |= {name: length for name, length in measured.groupdict().items() if length}
    if words := alt if measured else text:
        image.children.append(Token("text", "", 0, content=words))


# --------------------------------------------------------------------------- :emoji:

_CODES = re.compile(r"(?<![a-zA-Z0-9_:/.])(?::[a-z0-9+_-]{1,40}:)+(?![a-zA-Z0-9_:/])")
_CODE = re.compile(r":[^:]+:")


def emoji(state: StateInline, silent: bool) -> bool:
    """GitHub's ``:rocket:``; unknown codes and ``a:b:c`` stay as they are."""
    found = _CODES.match(state.src, state.pos, state.posMax)
    if not found:
        return False
    known = _emoji()
    shown = _CODE.sub(lambda code: known.get(code.group(), code.group()), found.group())
    if shown == found.group():
        return False
    if not silent:
        state.pending += shown
    state.pos = found.end()
    return True


@cache
def _emoji() -> dict[str, str]:
    """GitHub's own table by code; read when the first code is met."""
    from pymdownx import gemoji_db  # noqa: PLC0415

    table = {
        code: "".join(
            chr(int(point, 16)) for point in (one.get("unicode_alt") or one["unicode"]).split("-")
        )
        for code, one in gemoji_db.emoji.items()
        if one.get("unicode")
    }
    return table | {
        alias: table[code] for alias, code in gemoji_db.aliases.items() if code in table
    }


RULES = (mark, comment, block_id, flashcard_tag, wiki, emoji)
"""All of them, in the order in which they are asked."""
