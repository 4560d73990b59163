"""What became of one source note, as a value that can be kept, and its form as text."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from anki_export.model import (
    Card,
    Kind,
    Location,
    MediaFile,
    Question,
    RenderedCard,
    Row,
    Slice,
    Table,
)
from anki_export.place.mapping import Place
from anki_export.problems import Problem, ProblemKind

_KINDS = {kind.value: kind for kind in ProblemKind}


@dataclass(frozen=True, slots=True)
class Draft:
    """A source note's cards and their place, or the reason why there are none."""

    path: str
    cards: tuple[RenderedCard, ...] = ()
    place: Place | None = None
    """Of all its cards; None if there are none."""
    problems: tuple[Problem, ...] = ()
    images: Mapping[str, str] = field(default_factory=dict)
    """What became of each image that it names: its name in the package, or why not."""
    failed: bool = False


class Stale(Exception):  # noqa: N818 - raised and caught where drafts are kept
    """A kept draft does not hold: an image has changed."""


def to_text(draft: Draft) -> bytes:
    """A draft as text in UTF-8; what is the same in several cards is in it once."""
    tables: dict[Table, int] = {}
    cards = [_card_record(card, tables) for card in draft.cards]
    place = draft.place
    record = {
        "cards": cards,
        "tables": [[t.header, t.alignments, t.rows, t.line] for t in tables],
        "place": place and [place.deck, place.tags, place.difficulty],
        "problems": [
            [p.kind.value, p.location.line, p.message, p.hint]
            for p in draft.problems
            if isinstance(p.location, Location)
        ],
        "images": draft.images,
    }
    text = json.dumps(record, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "surrogatepass")


def from_text(text: bytes, path: str, image: Callable[[str], MediaFile | str]) -> Draft:
    """The draft that :func:`to_text` wrote, of the note at *path*.

    Args:
        text: what was kept.
        path: the note's.
        image: looks an image up anew: the file, or why there is none.

    Raises:
        Stale: an image is not what it was.
        ValueError, KeyError, TypeError: the text is damaged.
    """
    record = json.loads(text)
    images: dict[str, str] = record["images"]
    files: dict[str, MediaFile] = {}
    for url, outcome in images.items():
        found = image(url)
        if isinstance(found, MediaFile):
            files[found.name] = found
        if outcome != (found.name if isinstance(found, MediaFile) else found):
            raise Stale
    tables = [
        Table(tuple(header), tuple(alignments), tuple(map(tuple, rows)), line)
        for header, alignments, rows, line in record["tables"]
    ]
    place = record["place"]
    return Draft(
        path,
        tuple(_card(one, path, tables, files) for one in record["cards"]),
        place and Place(tuple(place[0]), tuple(map(tuple, place[1])), place[2]),
        tuple(
            Problem(_KINDS[kind], Location(path, line), message, hint)
            for kind, line, message, hint in record["problems"]
        ),
        images,
    )


def _card_record(rendered: RenderedCard, tables: dict[Table, int]) -> list[Any]:
    card = rendered.card
    body: list[Any]
    if isinstance(card.body, Row):
        number = tables.setdefault(card.body.table, len(tables))
        body = [number, card.body.index, card.body.names, card.body.name]
    else:
        pieces = (card.body.question, card.body.answer, card.body.extra)
        body = [piece and [piece.text, piece.line] for piece in pieces]
    return [
        card.kind.value,
        card.location.line,
        card.form,
        card.context,
        body,
        card.pin,
        dict(rendered.fields),
        rendered.ask,
        rendered.reply,
        rendered.content,
        rendered.given,
        [file.name for file in rendered.media],
        rendered.source,
    ]


def _card(
    record: list[Any], path: str, tables: list[Table], files: Mapping[str, MediaFile]
) -> RenderedCard:
    kind, line, form, context, body, pin, fields, ask, reply, content, given, media, source = record
    found: Question | Row
    if kind == Kind.COMPARISON:
        number, index, names, name = body
        found = Row(tables[number], index, names, tuple(name))
    else:
        question, answer, extra = (piece and Slice(*piece) for piece in body)
        found = Question(question, answer, extra)
    card = Card(Kind(kind), Location(path, line), form, tuple(context), found, pin)
    kept = tuple(files[name] for name in media)
    return RenderedCard(card, fields, ask, reply, content, given, kept, source)
