"""Mapped cards of tests' own making, and builds of them without any source note."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any, Literal

from anki_export.issue import Identified, identify
from anki_export.ledger.entries import Ledger
from anki_export.model import (
    Card,
    Kind,
    Location,
    MappedCard,
    MediaFile,
    Question,
    RenderedCard,
    Row,
    Seconds,
    Slice,
    Table,
    What,
)
from anki_export.problems import Problems

FIRST = Seconds(1_700_000_000)
SECOND = Seconds(1_700_100_000)


def question(
    ask: str,
    reply: str,
    *,
    given: str = "",
    path: str = "a.md",
    line: int = 1,
    headings: Sequence[str] = (),
    pin: str | None = None,
    deck: str = "Study::a",
    tags: Sequence[str] = ("a",),
    media: Sequence[MediaFile] = (),
) -> MappedCard:
    context = ("Title", *headings)
    body = Question(Slice(ask, line), Slice(reply, line + 2))
    card = Card(Kind.QA, Location(path, line), "heading", context, body, pin)
    crumbs = "".join(f'<span class="crumb">{part}</span>' for part in context)
    front = f"<p>{ask}</p><pre>{given}</pre>" if given else ask
    fields = {"Question": front, "Answer": reply, "Extra": "", "Context": crumbs}
    content = "\0".join((front, reply, *context))
    rendered = RenderedCard(card, fields, ask, reply, content, given, tuple(media))
    return MappedCard(rendered, deck, tuple(tags), "medium")


def table(
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    path: str = "a.md",
    line: int = 1,
    headings: Sequence[str] = (),
    names: int = 1,
    pin: str | None = None,
) -> list[MappedCard]:
    alignments: list[Literal[""]] = [""] * len(header)
    grid = Table(tuple(header), tuple(alignments), tuple(map(tuple, rows)), line)
    whole = hashlib.sha256(repr((grid.header, grid.rows)).encode()).hexdigest()
    cards = []
    for index, cells in enumerate(grid.rows):
        body = Row(grid, index, names, cells[:names])
        context = ("Title", *headings)
        card = Card(Kind.COMPARISON, Location(path, line + 2 + index), "table", context, body, pin)
        ask = " · ".join(cells[:names])
        blanks = "".join(f"<li>{head}</li>" for head in header[names:])
        fields = {
            "Prompt": f'<div class="row-name">{ask}</div><ul class="asked">{blanks}</ul>',
            "Answer": " ".join(cells[names:]),
            "Table": _html(grid, index),
            "Extra": "",
            "Context": "".join(f'<span class="crumb">{part}</span>' for part in context),
        }
        content = repr((whole, index, context))
        rendered = RenderedCard(card, fields, ask, "\n".join(cells[names:]), content)
        cards.append(MappedCard(rendered, "Study::a", ("a",), "medium"))
    return cards


def _html(grid: Table, marked: int) -> str:
    head = "".join(f"<th>{cell}</th>" for cell in grid.header)
    marks = [' class="this-row"' if index == marked else "" for index in range(len(grid.rows))]
    bodies = ["".join(f"<td>{cell}</td>" for cell in cells) for cells in grid.rows]
    rows = "".join(f"<tr{mark}>{body}</tr>" for mark, body in zip(marks, bodies, strict=True))
    return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def build(
    cards: Sequence[MappedCard],
    ledger: Ledger | None = None,
    problems: Problems | None = None,
    **options: Any,
) -> Identified:
    settings: dict[str, Any] = {
        "namespace": "Study",
        "root_deck": "Study",
        "build_time": FIRST if ledger is None else SECOND,
        "allow_retire": True,
        "problems": Problems() if problems is None else problems,
    }
    return identify(cards, ledger or Ledger("Study"), **(settings | options))


def rebuild(
    before: Sequence[MappedCard], after: Sequence[MappedCard], **options: Any
) -> Identified:
    return build(after, build(before).ledger, **options)


def fates(built: Identified) -> dict[str, list[What]]:
    """What happened to the cards by question, in order."""
    result: dict[str, list[What]] = {}
    for change in built.changes:
        result.setdefault(change.ask, []).append(change.what)
    return result


def histories(built: Identified) -> dict[str, str | None]:
    """Today's question → the question that its history is of, None for a new card."""
    return {
        change.ask: change.old_ask for change in built.changes if change.what is not What.RETIRED
    }
