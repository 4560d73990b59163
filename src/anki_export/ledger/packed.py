"""Reading a package back, ours or one that Anki exported: legacy and newest layout.

Anki's layouts (ANKI_FACTS, Package): ``collection.anki21b`` is SQLite of schema 18
compressed with Zstandard, ``collection.anki21`` and ``collection.anki2`` are SQLite of
schema 11. A newer package carries an older one's name too, as a note to update Anki.
"""

from __future__ import annotations

import io
import json
import sqlite3
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Any, TypeVar

import zstandard

from anki_export.model import Guid, Millis, Seconds
from anki_export.problems import UsageError

_SEPARATOR = "\x1f"
_MEMBERS = ("collection.anki21b", "collection.anki21", "collection.anki2")
_LARGEST = 500_000_000
"""Bytes beyond which a collection is not unpacked: twice what AnkiWeb takes (ANKI_FACTS, Package)."""


_UNREADABLE = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    zstandard.ZstdError,
    sqlite3.Error,
    LookupError,
    OverflowError,
    ValueError,
    TypeError,
    AttributeError,
    RuntimeError,
    OSError,
    EOFError,
)
"""What damaged bytes make the readers of zip, SQLite and JSON raise."""


_Read = TypeVar("_Read")


@dataclass(frozen=True, slots=True)
class PackedNote:
    """A note as a package has it, with its first card."""

    guid: Guid
    note_id: Millis
    card_id: Millis
    notetype: int
    """Id of its notetype."""
    fields: Mapping[str, str]
    tags: tuple[str, ...]
    mod: Seconds
    deck: str
    due: int | None
    """Rank among new cards; nothing when the card was studied already."""


@dataclass(frozen=True, slots=True)
class PackedNotetype:
    """A notetype's name and age, and its look where the layout tells it."""

    id: int
    name: str
    mod: Seconds
    fields: tuple[str, ...]
    look: tuple[str, tuple[tuple[str, str], ...]] | None
    """CSS, and the two sides of each template."""


@dataclass(frozen=True, slots=True)
class Packed:
    """All notes and notetypes of a package."""

    notes: tuple[PackedNote, ...]
    notetypes: Mapping[int, PackedNotetype]


class _Database:
    """A collection from anybody, of which no more is read than it has bytes.

    SQLite itself sets no such bound: views and generated columns compute without an end, and
    pages may be shared by any number of rows.
    """

    def __init__(self, connection: sqlite3.Connection, size: int) -> None:
        self._connection = connection
        self._left = size
        self.tables = {name for (name,) in self.rows("SELECT name FROM sqlite_master")}
        views = "SELECT 1 FROM sqlite_master WHERE type NOT IN ('table', 'index') OR NOT rootpage"
        made = "SELECT 1 FROM sqlite_master AS one, pragma_table_xinfo(one.name) WHERE hidden"
        if any(self.rows(views)) or any(self.rows(made)):
            raise ValueError("it computes what it holds")

    def rows(self, query: str) -> Iterator[tuple[Any, ...]]:
        """The rows of a query; it sorts nothing, which SQLite would do before the first one."""
        for row in self._connection.execute(query):
            self._left -= 1 + sum(len(one) for one in row if isinstance(one, (str, bytes)))
            if self._left < 0:
                raise ValueError("it shows more than it holds")
            yield row


def read_package(data: bytes, name: str) -> Packed:
    """Read an ``.apkg`` or ``.colpkg``.

    Args:
        data: the file's bytes.
        name: its name, for messages.

    Raises:
        UsageError: when it is no package that Anki or this tool wrote.
    """
    return _unpacked(data, name, _read)


def read_guids(data: bytes, name: str) -> frozenset[Guid]:
    """Return the guids of all notes in a package; arguments and errors as :func:`read_package`."""

    def guids(database: _Database) -> frozenset[Guid]:
        return frozenset(guid for (guid,) in database.rows("SELECT guid FROM notes"))

    return _unpacked(data, name, guids)


def _unpacked(data: bytes, name: str, read: Callable[[_Database], _Read]) -> _Read:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.namelist()
            member = next((one for one in _MEMBERS if one in members), None)
            if member is None:
                raise UsageError(f"{name} holds no collection", "is it an Anki package?")
            if archive.getinfo(member).file_size > _LARGEST:
                raise UsageError(f"{name} would take more than {_LARGEST:,} bytes unpacked")
            database = archive.read(member)
        if member.endswith("b"):
            with zstandard.ZstdDecompressor().stream_reader(io.BytesIO(database)) as stream:
                database = stream.read(_LARGEST)
        return _opened(database, read)
    except _UNREADABLE as error:
        message = f"{name} cannot be read as an Anki package: {error}"
        raise UsageError(message, "is the file whole?") from error


def _opened(database: bytes, read: Callable[[_Database], _Read]) -> _Read:
    # A database in write-ahead mode cannot be opened from memory; its header says so in
    # two bytes (SQLite file format, 1.3.4). Nothing is lost: a package has no such log.
    if len(database) < 512:
        raise ValueError("no database in it")
    plain = database[:18] + b"\x01\x01" + database[20:]
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.create_collation("unicase", _unicase)
        connection.deserialize(plain)
        return read(_Database(connection, len(plain)))


def _read(database: _Database) -> Packed:
    notetypes, decks = _newest(database) if "notetypes" in database.tables else _legacy(database)
    cards: dict[int, tuple[int, int, int | None]] = {}
    query = "SELECT nid, ord, id, CASE WHEN odid THEN odid ELSE did END, type, due FROM cards"
    for note, _ord, card, deck, kind, due in sorted(database.rows(query), reverse=True):
        rank = due if kind == 0 and 0 <= due < 1_000_000 else None
        cards[note] = (card, deck, rank)
    notes = []
    query = "SELECT id, guid, mid, mod, tags, flds FROM notes"
    for number, guid, mid, mod, tags, fields in sorted(database.rows(query)):
        if number not in cards or mid not in notetypes:
            continue
        card, deck, rank = cards[number]
        values = fields.split(_SEPARATOR)
        notes.append(
            PackedNote(
                guid=Guid(guid),
                note_id=Millis(number),
                card_id=Millis(card),
                notetype=mid,
                fields=dict(zip(notetypes[mid].fields, values, strict=False)),
                tags=tuple(tags.split()),
                mod=Seconds(mod),
                deck=decks.get(deck, ""),
                due=rank,
            )
        )
    return Packed(tuple(notes), notetypes)


def _unicase(one: str, other: str) -> int:
    """Compare as Anki's own collation does, near enough to read by."""
    left, right = one.casefold(), other.casefold()
    return (left > right) - (left < right)


def _legacy(database: _Database) -> tuple[dict[int, PackedNotetype], dict[int, str]]:
    models, decks = next(database.rows("SELECT models, decks FROM col"), ())
    notetypes = {}
    for model in json.loads(models).values():
        number = int(model["id"])
        sides = tuple((one["qfmt"], one["afmt"]) for one in model["tmpls"])
        notetypes[number] = PackedNotetype(
            number,
            model["name"],
            Seconds(int(model["mod"])),
            tuple(field["name"] for field in model["flds"]),
            (model.get("css", ""), sides),
        )
    return notetypes, {int(deck["id"]): deck["name"] for deck in json.loads(decks).values()}


def _newest(database: _Database) -> tuple[dict[int, PackedNotetype], dict[int, str]]:
    fields: dict[int, list[str]] = {}
    for number, _ord, name in sorted(database.rows("SELECT ntid, ord, name FROM fields")):
        fields.setdefault(number, []).append(name)
    notetypes = {
        number: PackedNotetype(number, name, Seconds(mod), tuple(fields.get(number, ())), None)
        for number, name, mod in database.rows("SELECT id, name, mtime_secs FROM notetypes")
    }
    rows = database.rows("SELECT id, name FROM decks")
    return notetypes, {number: name.replace(_SEPARATOR, "::") for number, name in rows}
