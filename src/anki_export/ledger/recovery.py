"""Making a ledger from packages: the notes in them still carry all that identity needs."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from html import unescape
from html.parser import HTMLParser

from anki_export.ledger.entries import (
    RETIRED_TAG,
    Entry,
    Ledger,
    Notetype,
    State,
    notetype_digest,
    validated,
)
from anki_export.ledger.features import (
    Features,
    headings,
    question_features,
    question_text,
    row_features,
    table_name,
)
from anki_export.ledger.forms import fields_hash
from anki_export.ledger.packed import Packed, PackedNote, PackedNotetype, read_package
from anki_export.model import FIELDS, FileLocation, Guid, Kind
from anki_export.problems import ProblemKind, Problems, UsageError
from anki_export.text import text_of

_ROW_NAME = re.compile(r'<div class="row-name">(.*?)</div>', re.DOTALL)
_CRUMB = re.compile(r'<span class="crumb">(.*?)</span>(?=\s*<span class="crumb">|\s*$)', re.DOTALL)
_BLOCK = re.compile(r"</?(?:blockquote|details|div|dl|h[1-6]|ol|p|pre|section|table|ul)\b")
"""Where a question's first block ends; the front's other blocks are what is given."""
_OURS = frozenset({"Key", "Source", "Retired", "Reserved1", "Reserved2"})


def recover(
    packages: Sequence[tuple[str, bytes]],
    *,
    namespace: str,
    notetypes: Mapping[int, Kind] | None = None,
    problems: Problems,
) -> Ledger:
    """Return the ledger that these packages are the traces of.

    Of two packages that have a note, the one in which its ``mod`` is later holds; of equal
    ones the first that still knows the card's rank among new cards.

    Args:
        packages: name and bytes of each file, of this tool or exported by Anki.
        namespace: that of the notes folder.
        notetypes: ids of the namespace's notetypes; without them any notetype counts that
            has all of our fields.
        problems: gets the files that hold none of our notes.

    Raises:
        UsageError: when a file is no package, or no file has a note of ours.
    """
    found: dict[Guid, tuple[Kind, PackedNote]] = {}
    stamps: dict[str, Notetype] = {}
    for name, data in packages:
        packed = read_package(data, name)
        kinds = _kinds(packed, notetypes)
        notes = [(kinds[note.notetype], note) for note in packed.notes if note.notetype in kinds]
        if not notes:
            message = "holds no note that this tool made"
            problems.add(ProblemKind.FOREIGN_PACKAGE, FileLocation(name), message)
        for kind, note in notes:
            known = found.get(note.guid)
            if known is None or _rank(note) > _rank(known[1]):
                found[note.guid] = kind, note
        for number, kind in kinds.items():
            stamp = _stamp(packed.notetypes[number])
            known_stamp = stamps.get(kind.value)
            if known_stamp is None or stamp.mod > known_stamp.mod:
                stamps[kind.value] = stamp
    if not found:
        names = ", ".join(name for name, _data in packages)
        raise UsageError(f"no card of this tool is in {names}", "was it another notes folder's?")
    entries, faults = validated(_entry(*found[guid]) for guid in sorted(found))
    if not entries:
        raise UsageError(f"no card in {packages[0][0]} can be remembered: {faults[0]}")
    where = FileLocation(packages[0][0])
    for fault in faults:
        problems.add(ProblemKind.LEDGER_MERGED, where, fault)
    return Ledger(namespace, entries, dict(sorted(stamps.items())))


def last_fields(
    package: bytes | None, name: str, guids: Collection[Guid]
) -> dict[Guid, tuple[Mapping[str, str], tuple[str, ...]]]:
    """Return fields and tags that the last package has of *guids*: the old side of ``plan``.

    A package that is missing or cannot be read has none: it is only looked at here.
    """
    if package is None:
        return {}
    try:
        packed = read_package(package, name)
    except UsageError:
        return {}
    wanted = set(guids)
    return {note.guid: (note.fields, note.tags) for note in packed.notes if note.guid in wanted}


def _rank(note: PackedNote) -> tuple[int, bool]:
    return note.mod, note.due is not None


def _kinds(packed: Packed, notetypes: Mapping[int, Kind] | None) -> dict[int, Kind]:
    """Return which notetypes of a package are ours: by id, or by their fields."""
    if notetypes is not None:
        return {number: kind for number, kind in notetypes.items() if number in packed.notetypes}
    return {
        number: kind
        for number, notetype in packed.notetypes.items()
        for kind, names in FIELDS.items()
        if set(names) <= set(notetype.fields)
    }


def _stamp(notetype: PackedNotetype) -> Notetype:
    look = notetype.look
    return Notetype(notetype.mod, "" if look is None else notetype_digest(*look))


# ------------------------------------------------------------------------------- a card


def _entry(kind: Kind, note: PackedNote) -> Entry:
    fields = note.fields
    retired = bool(fields["Retired"].strip())
    entry = Entry(
        guid=note.guid,
        note_id=note.note_id,
        card_id=note.card_id,
        known=_question(fields) if kind is Kind.QA else _row(fields),
        content=fields_hash(fields, FIELDS[kind]),
        mod=note.mod,
        deck=note.deck,
        due=note.due,
        state=State.RETIRED if retired else State.ACTIVE,
        front=fields[FIELDS[kind][0]],
        tags=tuple(tag for tag in note.tags if not (retired and tag == RETIRED_TAG)) or None,
    )
    if retired:
        kept = {name: fields[name] for name in FIELDS[kind] if fields[name] and name not in _OURS}
        entry = replace(entry, fields=kept)
    return entry


def _place(fields: Mapping[str, str]) -> tuple[str, tuple[str, ...]]:
    """Return the source note and the headings that a card shows."""
    crumbs = [text_of(crumb) for crumb in _CRUMB.findall(fields["Context"])]
    return unescape(fields["Source"]), headings(crumbs)


def _question(fields: Mapping[str, str]) -> Features:
    front = fields["Question"]
    end = _BLOCK.search(front, 3)
    cut = end.start() if end else len(front)
    ask, given = text_of(front[:cut]), text_of(front[cut:])
    text = question_text(given, text_of(f"{fields['Answer']}\n{fields['Extra']}"))
    path, context = _place(fields)
    return question_features(path, ask, context, given, text, sketched=True)


def _row(fields: Mapping[str, str]) -> Features:
    """Return the features of a row with the cells that its picture of the table shows."""
    front = fields["Prompt"]
    name = _ROW_NAME.search(front)
    ask = text_of(name[1] if name else front)
    path, context = _place(fields)
    reader = _TableReader()
    reader.feed(fields["Table"])
    reader.close()
    if len(reader.rows) < 2:
        return row_features(path, ask, context, (), (), name=(), table="")
    header, rows = reader.rows[0], reader.rows[1:]
    rows = [(row + [""] * len(header))[: len(header)] for row in rows]
    asked = front.count("<li")
    names = max(1, len(header) - asked) if asked else 1
    at = _marked(rows, reader.marked - 1, ask, names)
    return row_features(
        path,
        ask,
        context,
        header,
        rows[at],
        name=_filled(rows, at, names),
        table=table_name(header, rows, context),
    )


def _marked(rows: Sequence[Sequence[str]], marked: int, ask: str, names: int) -> int:
    """Return which row is the card's own: the marked one, else the one of its name."""
    if 0 <= marked < len(rows):
        return marked
    for at in range(len(rows)):
        if all(part in ask for part in _filled(rows, at, names)):
            return at
    return 0


def _filled(rows: Sequence[Sequence[str]], at: int, names: int) -> list[str]:
    """Return a row's name; an empty cell continues the one above it (NOTE_FORMAT)."""
    parts = []
    for column in range(names):
        above = (rows[up][column] for up in range(at, -1, -1))
        parts.append(next((cell for cell in above if cell), ""))
    return parts


class _TableReader(HTMLParser):
    """Collects a table's cells as text, and which row is marked by a class of its own."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.rows: list[list[str]] = []
        self.marked = -1
        self._cell: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "tr":
            if dict(attrs).get("class") or dict(attrs).get("aria-current"):
                self.marked = len(self.rows)
            self.rows.append([])
        elif tag in ("td", "th"):
            self._cell = []
        elif tag == "img" and self._cell is not None:
            self._cell.append(dict(attrs).get("alt") or "")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th") and self._cell is not None and self.rows:
            self.rows[-1].append("".join(self._cell).strip())
            self._cell = None

    def handle_data(self, data: str) -> None:
        if self._cell is not None:
            self._cell.append(data)
