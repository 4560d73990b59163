"""Candidates in lists: items with a marker, in bold, and those that ask or are divided."""

from __future__ import annotations

from collections.abc import Iterator

from anki_export.extract.candidates import ITEM, Candidate, marked_line
from anki_export.extract.evidence import Asks, asks
from anki_export.extract.sight import Sight
from anki_export.markdown import Block
from anki_export.marks import (
    answer_label,
    answered_behind,
    card_tag,
    is_question,
    leading_bold,
    unbold,
    undecorated,
    without_numbering,
)


def find_items(sight: Sight) -> Iterator[Candidate]:
    """List items that begin with a marked or bold question."""
    for block in sight.root.children:
        if block.kind == "list":
            yield from _list(sight, block, top=True)


def _list(sight: Sight, block: Block, *, top: bool) -> Iterator[Candidate]:
    marked: list[Candidate] = []
    for item in block.children:
        found = _item(sight, item) or _plain_item(sight, block, item, top=top)
        if found is not None:
            if found.marker:
                marked.append(found)
            yield found
        for child in item.children:
            if child.kind == "list":
                yield from _list(sight, child, top=False)
    for i, found in enumerate(marked):
        if found.limit is not None:
            continue
        if i + 1 < len(marked):
            found.limit = marked[i + 1].line
        elif not top:
            found.limit = block.end


def _item(sight: Sight, item: Block) -> Candidate | None:
    blocks = [b for b in item.children if b.kind != "html"]
    if not blocks or blocks[0].kind != "paragraph":
        return None
    paragraph = blocks[0]
    texts = paragraph.text
    found, _ = marked_line(sight, texts, 0, paragraph)
    if found is not None:
        found.kind, found.item, found.line, found.holder = "item", item, item.start, item
        if card_tag(texts[0][1]):
            found.limit = item.end
        return found
    parts = leading_bold(undecorated(texts[0][1]))
    if parts is None or not is_question(parts[0]):
        return None
    return Candidate(
        "item", item.start, without_numbering(parts[0]), paragraph.start + 1, item,
        asks(parts[0]), tail=parts[1].lstrip(":：—- "), item=item, limit=item.end, bold=True,
    )  # fmt: skip


def _plain_item(sight: Sight, block: Block, item: Block, *, top: bool) -> Candidate | None:
    """An item that asks, or that a label or fold divides, without bold and marker.

    The only item of a list may be answered below it: authors seldom indent.
    """
    first = item.children[0] if item.children else None
    if first is None or first.kind != "paragraph":
        return None
    alone = top and len(block.children) == 1
    text, used = undecorated(first.text[0][1]), 1
    behind = answered_behind(text)
    while not behind and not is_question(text) and used < min(3, len(first.text)):
        text, used = f"{text} {first.text[used][1].strip()}", used + 1
    if not behind and not is_question(text):
        text, used = undecorated(first.text[0][1]), 1
    end = min(item.end + 12 * alone, len(sight.lines))
    body = first.text[used][0] if used < len(first.text) else first.end
    question, tail = behind or (text, "")
    said = asks(question)
    if said < Asks.WORD and not any(map(_divides, sight.lines[body:end])):
        return None
    return Candidate(
        "list-item", item.start, unbold(without_numbering(question)), body, item, said, tail=tail,
        level=item.column, item=item, number=item.number if item.ordered else None,
        delimiter=block.marker or ".", limit=None if alone else item.end,
    )  # fmt: skip


def _divides(line: str) -> bool:
    if "<details" in line:
        return True
    bare = ITEM.sub("", line, count=1).strip() if ":" in line or "：" in line else ""
    return bool(bare) and answer_label(bare) is not None
