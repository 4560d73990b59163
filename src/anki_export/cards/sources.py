"""A digest of all that a card is made from, to the letter: what has it already is finished."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from anki_export.markdown import Block, Outline
from anki_export.model import Card, Row, Table


class Sources:
    """Digests for the cards of one source note; what they share is read once."""

    def __init__(self, outline: Outline, language: str = "") -> None:
        """``language`` is the note's, which is guessed from all of its text."""
        self._path = outline.note.path
        self._language = language
        document = outline.document
        footnotes = [(label, _exact(note)) for label, note in document.footnotes.items()]
        self._around = _digest((sorted(document.definitions.items()), footnotes))
        self._tables: dict[int, tuple[Table, str]] = {}

    def of(self, card: Card, blocks: Sequence[Sequence[Block]]) -> str:
        """The digest of a card; ``blocks`` are those of its question, answer and extra."""
        body = card.body
        parts: list[Any] = [self._path, self._language, card.kind.value, card.context, self._around]
        if isinstance(body, Row):
            parts += [self._table(body.table), body.index, body.names, body.name]
        else:
            parts += [body.question.text, [[_exact(one) for one in some] for some in blocks]]
        return _digest(parts)

    def _table(self, table: Table) -> str:
        if id(table) not in self._tables:  # its hash would read every cell, for every row
            digest = _digest((table.header, table.alignments, table.rows))
            self._tables[id(table)] = table, digest
        return self._tables[id(table)][1]


def _exact(block: Block) -> tuple[Any, ...]:
    """All of a block that its HTML is made from; where it stands is none of it."""
    return (
        block.kind,
        [text for _, text in block.text],
        block.level,
        block.info,
        block.fence,
        block.ordered,
        block.number,
        block.tight,
        block.checked,
        block.alignments,
        block.callout,
        [_exact(child) for child in block.children],
    )


def _digest(value: Any) -> str:
    return hashlib.sha256(repr(value).encode("utf-8", "surrogatepass")).hexdigest()[:24]
