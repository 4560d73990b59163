"""Cards as HTML: Markdown in, the fields of the notetypes out, with the images they need."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import NamedTuple

from anki_export.cards.content import Form, blocks_form, card_form, inline_form, table_form
from anki_export.cards.language import guess, words
from anki_export.cards.media import Media
from anki_export.cards.pieces import Pieces
from anki_export.cards.rows import answer_html, near, prompt_html, table_html
from anki_export.cards.sources import Sources
from anki_export.markdown import Block, Outline
from anki_export.markdown.converter import Converter, Written
from anki_export.markdown.scope import Scope
from anki_export.model import (
    Card,
    MediaFile,
    Question,
    RenderedCard,
    Row,
    Slice,
    SourceNote,
    Table,
)
from anki_export.problems import Problems
from anki_export.text import as_html, columns, tidy

__all__ = ["Renderer"]

NAME_SEPARATOR = " · "
"""Between the naming cells of a row."""

LONG_QUESTION = 110
"""Columns beyond which a question is set as a text: about three lines of a phone."""


class Rendered(NamedTuple):
    """A note's cards in their order, and what became of each image that they name."""

    cards: tuple[RenderedCard, ...]
    images: Mapping[str, str]


class Renderer:
    """Renders the cards of a notes folder; Markdown is set up once for all of them."""

    def __init__(self, media: Media, language: str = "") -> None:
        """``language`` is that of all notes; empty: each note's own, guessed from its text."""
        self._media = media
        self._language = language
        self._converter = Converter(Scope("", self._media))

    def render_note(
        self,
        outline: Outline,
        cards: Sequence[Card],
        problems: Problems,
        finished: Mapping[str, RenderedCard] = MappingProxyType({}),
    ) -> Rendered:
        """The cards of a source note as HTML.

        Link definitions and footnotes anywhere in the note serve all its cards. Never
        fails, whatever the text. ``finished`` are cards of an earlier version of the note
        by their ``source``: what is made from the same is the same.
        """
        language = self._language or guess("\n".join(outline.note.lines))
        run = _Note(outline, self._media, self._converter, problems, language)
        return Rendered(tuple(run.finish(card, finished) for card in cards), run.outcomes)


@dataclass(slots=True)
class _Body:
    """What a card's body comes to: its fields, and what identity and content see of it."""

    fields: dict[str, str]
    ask: str
    reply: str
    form: Form
    given: str = ""


@dataclass(slots=True)
class _Grid:
    """A table whose cells are rendered once for all its cards."""

    header: list[Written]
    rows: Mapping[int, list[Written]]
    scope: Scope
    form: Form
    table: Table
    """Kept, so that its ``id`` is its own: its hash reads every cell."""
    own: str = ""
    """Footnotes of the header and of the card's own row; ``others`` are those of other rows."""
    others: str = ""


class _Note:
    """The rendering of one source note."""

    def __init__(
        self,
        outline: Outline,
        media: Media,
        converter: Converter,
        problems: Problems,
        language: str,
    ) -> None:
        self._note = outline.note
        self._document = outline.document
        self._pieces = Pieces(outline)
        self._media = media
        self._converter = converter
        self._tables: dict[int, _Grid] = {}
        self._crumbs: dict[str, str] = {}
        self._problems = problems
        self._language = language
        self._words = words(language)
        self._sources = Sources(outline, language)
        self.outcomes: dict[str, str] = {}

    def finish(self, card: Card, finished: Mapping[str, RenderedCard]) -> RenderedCard:
        """One card: the finished one that was made from the same, or a new one."""
        blocks: list[list[Block]] = []
        if isinstance(card.body, Question):
            # A question on one line is inline, whatever it looks like.
            front = card.body.question if "\n" in card.body.question.text.strip() else None
            pieces = (front, card.body.answer, card.body.extra)
            blocks = [self._pieces.blocks(one) if one else [] for one in pieces]
        source = self._sources.of(card, blocks)
        if source in finished:
            return replace(finished[source], card=card)
        return self._render(card, blocks, source)

    def _render(self, card: Card, blocks: Sequence[list[Block]], source: str) -> RenderedCard:
        scope = self._scope(card)
        context = self._context(card, scope)
        self._converter.use(scope)
        made = (
            self._question(card.body, blocks, scope)
            if isinstance(card.body, Question)
            else self._row(card.body, scope)
        )
        labels = ("Extra",) if isinstance(card.body, Row) else ()
        self._problems.extend(scope.problems)
        files = {file.name: file for file in scope.images.values() if isinstance(file, MediaFile)}
        return RenderedCard(
            card=card,
            fields=self._spoken(made.fields, *labels) | {"Context": context},
            ask=made.ask,
            reply=made.reply,
            content=card_form(card, scope, made.form),
            given=made.given,
            media=tuple(files[name] for name in sorted(files)),
            # What is reported has a line, and an image a file: neither is in the digest.
            source="" if len(scope.problems) or scope.images else source,
        )

    def _scope(self, card: Card | None = None) -> Scope:
        note, document = self._note, self._document
        return Scope(
            path=note.path,
            media=self._media,
            definitions=document.definitions,
            footnotes=document.footnotes,
            environment=document.environment,
            footnote_line=lambda index: note.first_line + index,
            prefix=_prefix(note, card),
            outcomes=self.outcomes,
        )

    def _context(self, card: Card, scope: Scope) -> str:
        """The crumbs of a card; one without images is the same on all cards of the note."""
        # A crumb has no place for a footnote's text: its reference stays as it is written.
        environment = {k: v for k, v in scope.environment.items() if k != "footnotes"}
        crumbs = []
        for part in dict.fromkeys(card.context):
            if part not in self._crumbs:
                own = replace(scope, footnotes={}, environment=environment)
                self._converter.use(own)
                html = self._inline(part, card.location.line).html
                crumb = f'<span class="crumb">{html}</span>'
                if not own.images and not own.used:
                    self._crumbs[part] = crumb
            else:
                crumb = self._crumbs[part]
            crumbs.append(crumb)
        # The style sheet sets a mark between crumbs; the space is for Anki's lists of notes.
        return " ".join(crumbs)

    # ------------------------------------------------------------------ kinds

    def _question(self, body: Question, blocks: Sequence[list[Block]], scope: Scope) -> _Body:
        front_blocks, answer_blocks, extra_blocks = blocks
        wording, given, form = self._front(body.question, front_blocks)
        front = wording.html + ("\n" if given.html else "") + given.html
        front += self._converter.footnotes(0).html
        count = len(scope.numbers)
        answer = self._blocks(answer_blocks)
        answer += self._converter.footnotes(count)
        count = len(scope.numbers)
        extra = self._blocks(extra_blocks)
        extra += self._converter.footnotes(count)
        sides = {"Question": front, "Answer": answer.html, "Extra": extra.html}
        fields = {name: _without_idle_breaks(html) for name, html in sides.items()}
        reply = "\n".join(filter(None, (answer.text, extra.text)))
        forms: Form = [form, blocks_form(answer_blocks)]
        forms.append(blocks_form(extra_blocks) if body.extra else None)
        return _Body(fields, wording.text, reply, forms, given.text)

    def _front(self, piece: Slice, blocks: list[Block]) -> tuple[Written, Written, Form | str]:
        """A question: its wording, and what else is given with it.

        The wording is inline where it is one paragraph, as headings and bold ones are.
        """
        if not blocks or (len(blocks) == 1 and blocks[0].kind == "paragraph"):
            wording = self._converter.inline(piece.text, _from(piece.line))
            if columns(wording.text) > LONG_QUESTION:
                wording = wording._replace(html=f'<span class="long">{wording.html}</span>')
            return wording, Written(), inline_form(piece.text)
        first = self._blocks(blocks[:1])
        return first, self._blocks(blocks[1:]), blocks_form(blocks)

    def _row(self, body: Row, scope: Scope) -> _Body:
        table = self._table(body.table, body.index, scope)
        line, seen = _row_line(body.table, body.index), len(scope.numbers)
        names = [self._inline(part, line) for part in body.name]
        cells = table.rows[body.index]
        asked = [c for c in range(body.names, len(table.header)) if cells[c].html]
        name = NAME_SEPARATOR.join(part.html for part in names if part.html)
        head = NAME_SEPARATOR.join(
            part.html
            for part, own in zip(table.header, names, strict=False)
            if own.html and part.html
        )
        pairs = [(table.header[column], cells[column]) for column in asked]
        count, words = len(body.table.rows), self._words
        fields = {
            "Prompt": prompt_html(head, name, pairs),
            "Answer": answer_html(pairs) + table.own + self._converter.footnotes(seen).html,
            "Table": table_html(table.header, table.rows, body) + table.others,
            # Of a row there is nothing else to say than how large its table is.
            "Extra": f"{words.table} · {count} {words.row if count == 1 else words.rows}",
        }
        ask = NAME_SEPARATOR.join(part.text for part in names if part.html)
        reply = "\n".join(cells[column].text for column in asked)
        return _Body(fields, tidy(ask), reply, table.form)

    def _table(self, table: Table, index: int, scope: Scope) -> _Grid:
        """The table's cells; rendered once, unless footnotes number them anew on each card."""
        found = self._tables.get(id(table))
        if found is None:
            own = self._scope()
            self._converter.use(own)
            found = self._cells(table, own, range(len(table.rows)), table_form(table), index)
            self._tables[id(table)] = found
            self._converter.use(scope)
        if found.scope.numbers:
            return self._cells(table, scope, near(table, index), found.form, index)
        scope.problems.extend(found.scope.problems)
        scope.used.update(found.scope.used)
        scope.images.update(found.scope.images)
        return found

    def _cells(self, table: Table, scope: Scope, near: range, form: Form, own: int) -> _Grid:
        """The cells of the header and of some rows, ``own`` first: its footnotes are asked for."""

        def row(index: int) -> list[Written]:
            return [self._inline(cell, _row_line(table, index)) for cell in table.rows[index]]

        header = [self._inline(cell, table.line) for cell in table.header]
        rows = {own: row(own)}
        notes = self._converter.footnotes(0).html
        count = len(scope.numbers)
        rows |= {index: row(index) for index in near if index != own}
        others = self._converter.footnotes(count).html
        return _Grid(header, rows, scope, form, table, notes, others)

    # ------------------------------------------------------------------ pieces

    def _spoken(self, fields: Mapping[str, str], *plain: str) -> dict[str, str]:
        """The fields with the note's language, which decides the shape of Chinese characters.

        ``plain`` ones are labels and stay as they are.
        """
        if not self._language:
            return dict(fields)
        start = f'<div lang="{as_html(self._language)}">'
        return {
            name: f"{start}{html}</div>" if html and name not in plain else html
            for name, html in fields.items()
        }

    def _inline(self, text: str, line: int | None) -> Written:
        return self._converter.inline(text, lambda _: line or self._note.first_line)

    def _blocks(self, blocks: Sequence[Block]) -> Written:
        return self._converter.blocks(blocks, _from(self._note.first_line))


_BREAKS = re.compile(r"(?:<br\s*/?>\s*)+(</(?:p|li|dd|div|blockquote)>|\Z)?")
_BREAKS_BELOW = re.compile(
    r"(</(?:p|ul|ol|dl|div|pre|table|blockquote|details|h[1-6])>)(?:\s*<br\s*/?>)+"
)


def _without_idle_breaks(html: str) -> str:
    """HTML without line breaks that part nothing: before the end of a block, and below one."""
    if "<br" not in html:
        return html
    return (
        _BREAKS_BELOW.sub(r"\1", _BREAKS.sub(_needed, html))
        .replace("<p></p>\n", "")
        .removesuffix("<p></p>")
        .rstrip("\n")
    )


def _needed(breaks: re.Match[str]) -> str:
    return breaks[0] if breaks[1] is None else breaks[1]


def _from(first: int) -> Callable[[int], int]:
    return lambda index: first + index


def _row_line(table: Table, index: int) -> int:
    """The file's line of a row: the header and the delimiter row stand above the first."""
    return table.line + 2 + index


def _prefix(note: SourceNote, card: Card | None) -> str:
    """What starts the ids of a card's footnotes: its own, and the same in every build."""
    if card is None:
        return "fn"
    body = card.body
    words: Iterable[str] = [body.question.text] if isinstance(body, Question) else body.name
    digest = hashlib.sha256("\0".join((note.path, *card.context, *words)).encode())
    return f"fn-{digest.hexdigest()[:8]}"
