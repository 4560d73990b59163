"""A canonical form of Markdown: equal for two texts that say the same thing.

It is made of the block tree and the inline source, never of rendered HTML: a new
version of a library that renders a comma differently changes no card (DESIGN,
identity). List markers, blank lines, line breaks without a meaning and white space at
line ends are not in it; hard breaks are.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from typing import Any

from anki_export.markdown import Block
from anki_export.markdown.scope import Missing, Scope
from anki_export.model import Card, MediaFile, Row, Table

Form = list[Any]

LONG_TABLE = 500
"""Rows of a table beyond which its form is a digest."""

_HARD_BREAK = re.compile(r"(?:  +|\\)\n")
_SOFT_BREAK = re.compile(r"[ \t]*\n")


def inline_form(text: str) -> str:
    """Inline Markdown: lines joined, a hard break in one form."""
    joined = "\n".join(line.lstrip(" \t") for line in text.split("\n")).strip()
    return "\\\n".join(_SOFT_BREAK.sub(" ", part) for part in _HARD_BREAK.split(joined))


def blocks_form(blocks: Sequence[Block]) -> Form:
    """A sequence of blocks; definitions of footnotes count only where they are used."""
    return [_block_form(block) for block in blocks if block.kind != "footnote"]


def _block_form(block: Block) -> Form:
    match block.kind:
        case "paragraph":
            return ["p", inline_form(block.source())]
        case "heading":
            return [f"h{block.level}", inline_form(block.source())]
        case "rule":
            return ["hr"]
        case "code":
            lines = [line.rstrip() for _, line in block.text]
            return ["code", block.info, "\n".join(lines)]
        case "html":
            return ["html", "\n".join(line.rstrip() for _, line in block.text)]
        case "table":
            return ["table", list(block.alignments), block.rows()]
        case "list":
            number = block.number if block.ordered else None
            items = [[item.checked, blocks_form(item.children)] for item in block.children]
            return ["list", number, block.tight, items]
    boxed: Form = [list(block.callout)] if block.callout else []
    return [block.kind, *boxed, blocks_form(block.children)]


def _image_form(found: MediaFile | Missing) -> str | None:
    return found.form if isinstance(found, Missing) else found.name


def table_form(table: Table) -> Form:
    """A comparison table."""
    cells = [[inline_form(cell) for cell in row] for row in (table.header, *table.rows)]
    form = [list(table.alignments), cells]
    if len(cells) <= LONG_TABLE:
        return form
    # Every row's card has this form: whole, it would grow with the square of the table.
    return [hashlib.sha256(json.dumps(form).encode()).hexdigest()]


def card_form(card: Card, scope: Scope, parts: Form) -> str:
    """All that a card's fields are made of, as text.

    ``parts`` is the body's form; ``scope`` has seen the rendering, so it knows which
    definitions, footnotes and images the card depends on.
    """
    body = card.body
    if isinstance(body, Row):
        parts = [*parts, body.index, body.names, [inline_form(part) for part in body.name]]
    used: Form = [
        [[label, *scope.used[label]] for label in sorted(scope.used)],
        [[label, blocks_form(scope.footnotes[label].children)] for label in scope.numbers],
        [[url, _image_form(scope.images[url])] for url in sorted(scope.images)],
    ]
    context = [inline_form(part) for part in card.context]
    whole = [card.kind.value, context, parts, used]
    return json.dumps(whole, ensure_ascii=False, separators=(",", ":"))
