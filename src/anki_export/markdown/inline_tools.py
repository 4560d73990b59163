"""Inlines of other tools: Obsidian's marks, links and comments, GitHub's emoji codes.

GitHub's parser knows none of them; each is a rule of its own, asked only where its first
characters stand. What they hide becomes an HTML comment, which no card shows.
"""

from __future__ import annotations

import re
from functools import cache

from markdown_it.rules_inline import StateInline

from anki_export.markdown.scan import normalise_label

TERMINATORS = (
    r"==|%%|!?\[\[|:(?=[a-z0-9+_-]{1,40}:)|#(?=flashcards)|\^(?=[a-zA-Z0-9-]{4,40}[ \t]*(?:\n|$))"
)
"""Where one of them may start."""

# --------------------------------------------------------------------------- ==marks==

_OPENS = re.compile(r"(?<![=!<>])==(?![\s=])(?<![a-zA-Z0-9_)\]]==(?=[a-zA-Z0-9_(]))")
_CLOSES = re.compile(r"(?<![\s=])==(?!=)(?<![a-zA-Z0-9_)\]]==(?=[a-zA-Z0-9_(]))")


def mark(state: StateInline, silent: bool) -> bool:
    """``==marked==``; in ``a == b`` and ``a==b`` nothing is."""
    src, pos, last = state.src, state.pos, state.posMax
    if not _OPENS.match(src, pos):
        return False
    state.pos = pos + 2
    while state.pos < last and not src.startswith("==", state.pos):
        state.md.inline.skipToken(state)
    end, state.pos = state.pos, pos
    if end >= last or not _CLOSES.match(src, end):
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
    before, after = src[src.rfind("\n", 0, start) + 1 : start], src[end:].split("\n", 1)[0]
    return not before.strip() or not after.strip()


def _hide(state: StateInline, found: re.Match[str] | None, silent: bool) -> bool:
    if found is None or found.end() > state.posMax:
        return False
    if not silent:
        state.pending = (
            state.pending.rstrip(" \t") if _ends(state.src, found.end()) else state.pending
        )
        state.push("html_inline", "", 0).content = f"<!--{found.group()}-->"
    state.pos = found.end()
    return True


def _ends(src: str, pos: int) -> bool:
    return not src[pos:].split("\n", 1)[0].strip()


# --------------------------------------------------------------------------- [[links]]

_WIKI = re.compile(
    r"(?P<embed>!?)\[\[(?P<target>[^\[\]|\n\"'`=<>{};$]{1,200})(?:\|(?P<text>[^\[\]\n]{0,200}))?\]\](?![(\[])"
)
_MATRIX = re.compile(r"[\w.+-]{1,2}(?:,\s*[\w.+-]{1,2})*|[\d.,\s+-]+|.*,\S.*")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_SIZE = re.compile(r"(\d{1,4})(?:x(\d{1,4}))?")
_PICTURE = re.compile(r".+\.(?:png|jpe?g|gif|webp|svg|avif|bmp|ico)", re.IGNORECASE)


def wiki(state: StateInline, silent: bool) -> bool:
    """``[[note|text]]`` as its text, ``![[picture.png|300]]`` as the picture.

    Lists of lists (``[[1, 2]]``), ``x[[i]]``, the shell's ``[[ -f x ]]`` and labels that
    the document defines are none.
    """
    src, pos = state.src, state.pos
    found = _WIKI.match(src, pos, state.posMax)
    if not found or not _is_name(state, found):
        return False
    if not silent:
        _write(state, found)
    state.pos = found.end()
    return True


def _is_name(state: StateInline, found: re.Match[str]) -> bool:
    target, pos = found["target"], state.pos
    if found["embed"]:
        return bool(target.strip())
    before = state.src[pos - 1 : pos]
    if (before.isascii() and (before.isalnum() or before in "_)]")) and before:
        return False
    if normalise_label(target) in state.env.get("references", {}):
        return False
    if target != target.strip() or target[0] in "-:.,+*/\\":
        return False
    return (
        not _MATRIX.fullmatch(target) or _DATE.fullmatch(target) is not None or bool(found["text"])
    )


def _write(state: StateInline, found: re.Match[str]) -> None:
    target, text = found["target"].strip(), (found["text"] or "").strip()
    file = target.split("#", 1)[0]
    if found["embed"] and _PICTURE.fullmatch(file):
        *words, size = text.split("|")
        measured = _SIZE.fullmatch(size.strip())
        attributes: dict[str, str | int | float] = {"src": file}
        if measured:
            attributes |= {
                k: v for k, v in zip(("width", "height"), measured.groups(), strict=True) if v
            }
        alt = "|".join(words) if measured else text
        image = state.push("image", "img", 0)
        image.attrs, image.children = attributes, []
        if alt:
            state_token = image.children
            state_token.append(type(image)("text", "", 0, content=alt))
        return
    shown = text or " › ".join(part.strip() for part in target.split("#") if part.strip(" ^"))
    token = state.push("embed" if found["embed"] else "text", "", 0)
    token.content = shown


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
