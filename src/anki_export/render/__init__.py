"""Cards as HTML: Markdown in, the fields of the notetypes out, with the images they need."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from html import escape
from pathlib import Path

from anki_export.blocks import Document, parse
from anki_export.config import Config
from anki_export.model import Card, Question, RenderedCard, Row, Slice, SourceNote, Table
from anki_export.problems import Problem
from anki_export.render.canonical import Form, card_form, inline_form, table_form, text_form
from anki_export.render.gfm import Converter, clean_line
from anki_export.render.media import Media
from anki_export.render.scope import Scope
from anki_export.text import text_of

__all__ = ["Renderer"]

NAME_SEPARATOR = " · "
"""Between the naming cells of a row."""


class Renderer:
    """Renders the cards of a notes folder; Markdown is set up once for all of them."""

    def __init__(self, notes_folder: Path, config: Config) -> None:
        self._media = Media(notes_folder, config.max_media_mb)
        self._converter = Converter(Scope("", self._media))

    def render_note(
        self, note: SourceNote, cards: Sequence[Card]
    ) -> tuple[tuple[RenderedCard, ...], tuple[Problem, ...]]:
        """The cards of a source note as HTML, in their order, and what is wrong with them.

        Link definitions and footnotes anywhere in the note serve all its cards. Never
        fails, whatever the text.
        """
        document = parse([clean_line(line) for line in note.lines])
        run = _Note(note, document, self._media, self._converter)
        rendered = tuple(run.render(card) for card in cards)
        return rendered, tuple(dict.fromkeys(run.problems))


@dataclass(slots=True)
class _TableHtml:
    """A table whose cells are rendered once for all its cards."""

    header: list[str]
    rows: list[list[str]]
    scope: Scope
    form: Form


class _Note:
    """The rendering of one source note."""

    def __init__(
        self, note: SourceNote, document: Document, media: Media, converter: Converter
    ) -> None:
        self._note = note
        self._document = document
        self._media = media
        self._converter = converter
        self._tables: dict[Table, _TableHtml] = {}
        self.problems: list[Problem] = []

    def render(self, card: Card) -> RenderedCard:
        """One card."""
        scope = self._scope(card)
        # A crumb has no place for a footnote's text: its reference stays as it is written.
        self._converter.use(replace(scope, footnotes={}))
        context = "".join(
            f'<span class="crumb">{self._inline(part, card.location.line)}</span>'
            for part in card.context
        )
        self._converter.use(scope)
        body = card.body
        given = ""
        if isinstance(body, Question):
            fields, ask, reply, parts = self._question(body, scope)
            ask, given = _wording(body.question, ask)
        else:
            fields, ask, reply, parts = self._row(body, scope)
        fields["Context"] = context
        self.problems += scope.problems
        files = {file.name: file for file in scope.images.values() if file is not None}
        return RenderedCard(
            card=card,
            fields=fields,
            ask=ask,
            reply=reply,
            content=card_form(card, scope, parts),
            media=tuple(files[name] for name in sorted(files)),
            given=given,
        )

    def _scope(self, card: Card | None = None) -> Scope:
        note = self._note
        return Scope(
            path=note.path,
            media=self._media,
            definitions=self._document.definitions,
            footnotes=self._document.footnotes,
            footnote_line=lambda index: note.first_line + index,
            prefix=_prefix(note, card),
        )

    # ------------------------------------------------------------------ kinds

    def _question(self, body: Question, scope: Scope) -> tuple[dict[str, str], str, str, Form]:
        question = self._front(body.question) + self._converter.footnotes(0)
        count = len(scope.numbers)
        answer = self._slice(body.answer) + self._converter.footnotes(count)
        count = len(scope.numbers)
        extra = ""
        if body.extra is not None:
            extra = self._slice(body.extra) + self._converter.footnotes(count)
        fields = {"Question": question, "Answer": answer, "Extra": extra}
        reply = "\n".join(filter(None, (text_of(answer), text_of(extra))))
        parts: Form = [
            inline_form(body.question.text)
            if _is_inline(body.question)
            else text_form(body.question.text),
            text_form(body.answer.text),
            text_form(body.extra.text) if body.extra is not None else None,
        ]
        return fields, text_of(question), reply, parts

    def _row(self, body: Row, scope: Scope) -> tuple[dict[str, str], str, str, Form]:
        table = self._table(body.table, scope)
        line = _row_line(body.table, body.index)
        names = [self._inline(part, line) for part in body.name]
        cells = table.rows[body.index]
        asked = [c for c in range(body.names, len(table.header)) if cells[c].strip()]
        name = NAME_SEPARATOR.join(part for part in names if part)
        blanks = "".join(
            f'<li><span class="column">{table.header[column]}</span><span class="blank"></span></li>'
            for column in asked
        )
        turned = "".join(
            f"<dt>{table.header[column]}</dt><dd>{cells[column]}</dd>" for column in asked
        )
        fields = {
            "Prompt": f'<div class="row-name">{name}</div><ul class="asked">{blanks}</ul>',
            "Answer": f'<dl class="turned">{turned}</dl>{self._converter.footnotes(0)}',
            "Table": _table_html(table, body),
            "Extra": "",
        }
        reply = "\n".join(text_of(cells[column]) for column in asked)
        return fields, text_of(name), reply, table.form

    def _table(self, table: Table, scope: Scope) -> _TableHtml:
        """The table's cells; rendered once, unless footnotes number them anew on each card."""
        found = self._tables.get(table)
        if found is None:
            own = self._scope()
            self._converter.use(own)
            found = self._cells(table, own)
            self.problems += own.problems
            self._tables[table] = found
            self._converter.use(scope)
        if found.scope.numbers:
            return self._cells(table, scope)
        scope.used.update(found.scope.used)
        scope.images.update(found.scope.images)
        return found

    def _cells(self, table: Table, scope: Scope) -> _TableHtml:
        header = [self._inline(cell, table.line) for cell in table.header]
        rows = [
            [self._inline(cell, _row_line(table, index)) for cell in row]
            for index, row in enumerate(table.rows)
        ]
        return _TableHtml(header, rows, scope, table_form(table))

    # ------------------------------------------------------------------ pieces

    def _inline(self, text: str, line: int | None) -> str:
        return self._converter.inline(text, lambda _: line or self._note.first_line)

    def _slice(self, piece: Slice) -> str:
        return self._converter.blocks(piece.text, _from(piece.line))

    def _front(self, piece: Slice) -> str:
        """A question: inline where it is one paragraph, as headings and bold ones are."""
        if _is_inline(piece):
            return self._converter.inline(piece.text, _from(piece.line))
        return self._slice(piece)


def _from(first: int) -> Callable[[int], int]:
    return lambda index: first + index


def _row_line(table: Table, index: int) -> int:
    """The file's line of a row: the header and the delimiter row stand above the first."""
    return table.line + 2 + index


def _is_inline(piece: Slice) -> bool:
    """Whether a question is inline Markdown: on one line always, else if it is a paragraph."""
    if "\n" not in piece.text.strip():
        return True
    blocks = parse(piece.text.split("\n")).root.children
    return len(blocks) == 1 and blocks[0].kind == "paragraph"


def _wording(piece: Slice, shown: str) -> tuple[str, str]:
    """A front's text as that of its first block, and that of the rest: what it gives."""
    if _is_inline(piece):
        return shown, ""
    first = parse(piece.text.split("\n")).root.children[0]
    lines = shown.split("\n")
    count = max(1, sum(bool(text.strip()) for _, text in first.text))
    return "\n".join(lines[:count]), "\n".join(lines[count:])


def _prefix(note: SourceNote, card: Card | None) -> str:
    """What starts the ids of a card's footnotes: its own, and the same in every build."""
    if card is None:
        return "fn"
    body = card.body
    words: Iterable[str] = [body.question.text] if isinstance(body, Question) else body.name
    digest = hashlib.sha256("\0".join((note.path, *card.context, *words)).encode())
    return f"fn-{digest.hexdigest()[:8]}"


WHOLE_TABLE = 100
"""Rows of a table on its cards; of a longer one, those around the card's row."""


def _table_html(table: _TableHtml, body: Row) -> str:
    def row(tag: str, cells: list[str], attribute: str = "") -> str:
        inner = "".join(
            f'<{tag} align="{escape(alignment)}">{cell}</{tag}>'
            if alignment
            else f"<{tag}>{cell}</{tag}>"
            for cell, alignment in zip(cells, body.table.alignments, strict=False)
        )
        return f"<tr{attribute}>{inner}</tr>"

    near = range(len(table.rows))
    if len(near) > WHOLE_TABLE:
        first = min(max(0, body.index - WHOLE_TABLE // 2), len(near) - WHOLE_TABLE)
        near = near[first : first + WHOLE_TABLE]
    rows = "".join(
        row("td", table.rows[index], ' class="this-row"' if index == body.index else "")
        for index in near
    )
    head = row("th", table.header)
    return f'<div class="table"><table><thead>{head}</thead><tbody>{rows}</tbody></table></div>'
