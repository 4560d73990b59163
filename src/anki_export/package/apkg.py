"""Anki notes → the bytes of an ``.apkg``: the same notes always give the same bytes.

genanki builds the database; its classes are extended where it would stamp everything with
the present time, count ids up, or rewrite all decks for each deck (ANKI_FACTS 1 and 2).
"""

from __future__ import annotations

import hashlib
import io
import json
import sqlite3
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any

import genanki
from genanki.apkg_col import APKG_COL
from genanki.apkg_schema import APKG_SCHEMA

from anki_export.model import AnkiNote, FileLocation, Kind, MediaFile, Seconds
from anki_export.package.notetypes import TEMPLATE_NAME, Notetype
from anki_export.problems import ProblemKind, Problems

ANKIWEB_LIMIT = 100_000_000
"""Bytes that AnkiWeb takes of a compressed collection and of one media file."""

_ZIP_DATE = (1980, 1, 1, 0, 0, 0)
"""The earliest date that a zip file can hold."""

_SQLITE_VERSION = slice(96, 100)
"""Where a database names the library that wrote it last: no reason for other bytes
(SQLite file format, 1.3.13)."""

_COLLAPSED = frozenset({"Key", "Retired", "Reserved1", "Reserved2"})
"""Fields that Anki's editor shows folded: nothing in them is for writing."""


def build_package(
    notes: Sequence[AnkiNote],
    notetypes: Mapping[Kind, Notetype],
    mods: Mapping[Kind, Seconds],
    template_media: Sequence[MediaFile] = (),
) -> bytes:
    """The package with these notes; ``mods`` are those of the notetypes, in seconds."""
    media = {file.name: file for note in notes for file in note.media}
    media |= {file.name: file for file in template_media}
    members = [media[name] for name in sorted(media)]
    connection = sqlite3.connect(":memory:")
    try:
        package = _Package(_decks(notes, notetypes, mods))
        package.write_to_db(connection.cursor(), 0.0, iter(()))
        connection.commit()
        database = bytearray(connection.serialize())
    finally:
        connection.close()
    database[_SQLITE_VERSION] = bytes(4)
    return _zip(bytes(database), members)


def report_limits(package: bytes, notes: Sequence[AnkiNote], path: str, problems: Problems) -> None:
    """Warnings about what AnkiWeb would refuse to synchronise (ANKI_FACTS, Package)."""
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        size = archive.getinfo("collection.anki2").compress_size
    if size > ANKIWEB_LIMIT:
        message = f"the collection has {size / 1e6:.0f} MB; AnkiWeb takes up to 100 MB"
        problems.add(ProblemKind.TOO_LARGE, FileLocation(path), message)
    large = {file.name: file for note in notes for file in note.media}
    for name in sorted(large):
        size = len(large[name].data)
        if size > ANKIWEB_LIMIT:
            message = f"the file {name} has {size / 1e6:.0f} MB; AnkiWeb takes up to 100 MB"
            problems.add(ProblemKind.TOO_LARGE, FileLocation(path), message)


# --------------------------------------------------------------------------- genanki


class _Model(genanki.Model):  # type: ignore[misc]
    """A notetype with ids for its fields and template, and a mod of its own."""

    # Which fields a front needs; Anki works it out itself, for any template.
    _req = ((0, "any", (0,)),)

    def __init__(self, notetype: Notetype, mod: Seconds) -> None:
        fields = [
            {"name": name, "id": number, "collapsed": name in _COLLAPSED}
            for name, number in zip(notetype.fields, notetype.field_ids, strict=True)
        ]
        template = {
            "name": TEMPLATE_NAME,
            "id": notetype.template_id,
            "qfmt": notetype.front,
            "afmt": notetype.back,
        }
        super().__init__(notetype.id, notetype.name, fields, [template], css=notetype.css)
        self._mod = mod

    def to_json(self, timestamp: float, deck_id: int | None) -> dict[str, Any]:
        """The notetype as the collection stores it; the package's time does not enter."""
        del timestamp
        result: dict[str, Any] = super().to_json(self._mod, deck_id)
        return result


class _Note(genanki.Note):  # type: ignore[misc]
    """A note with the ids, mod and due rank that identity gave it, and its only card."""

    def __init__(self, note: AnkiNote, model: _Model, names: Sequence[str]) -> None:
        super().__init__(
            model=model,
            fields=[note.fields[name] for name in names],
            tags=note.tags,
            guid=note.guid,
            due=note.due,
        )
        self._note = note

    def write_to_db(
        self, cursor: sqlite3.Cursor, timestamp: float, deck_id: int, id_gen: Any
    ) -> None:
        """Write the note and its card; no number comes from the clock or a counter."""
        del timestamp, id_gen
        note = self._note
        # id, guid, mid, mod, usn, tags, flds, sfld, csum, flags, data; an import computes
        # sfld and csum anew.
        cursor.execute(
            "INSERT INTO notes VALUES (?, ?, ?, ?, -1, ?, ?, ?, 0, 0, '')",
            (
                note.note_id,
                note.guid,
                self.model.model_id,
                note.mod,
                self._format_tags(),
                self._format_fields(),
                self.sort_field,
            ),
        )
        # id, nid, did, ord, mod, usn, type, queue, due, and a new card's zeros.
        cursor.execute(
            "INSERT INTO cards VALUES (?, ?, ?, 0, ?, -1, 0, 0, ?, 0, 0, 0, 0, 0, 0, 0, 0, '')",
            (note.card_id, note.note_id, deck_id, note.mod, note.due),
        )


class _Package(genanki.Package):  # type: ignore[misc]
    """Writes decks and notetypes once, where genanki rewrites them for each deck."""

    def write_to_db(self, cursor: sqlite3.Cursor, timestamp: float, id_gen: Any) -> None:
        """Write the whole collection."""
        cursor.executescript(APKG_SCHEMA)
        cursor.executescript(APKG_COL)
        (text,) = cursor.execute("SELECT decks FROM col").fetchone()
        decks = json.loads(text)
        models = {}
        for deck in self.decks:
            decks[str(deck.deck_id)] = deck.to_json()
            for note in deck.notes:
                models[note.model.model_id] = note.model
        written = {
            str(number): models[number].to_json(timestamp, None) for number in sorted(models)
        }
        cursor.execute(
            "UPDATE col SET decks = ?, models = ?",
            (json.dumps(decks, ensure_ascii=False), json.dumps(written, ensure_ascii=False)),
        )
        for deck in self.decks:
            for note in deck.notes:
                note.write_to_db(cursor, timestamp, deck.deck_id, id_gen)


def _decks(
    notes: Sequence[AnkiNote],
    notetypes: Mapping[Kind, Notetype],
    mods: Mapping[Kind, Seconds],
) -> list[genanki.Deck]:
    """The decks in the order of their names, each with its notes in the order given."""
    models = {kind: _Model(notetypes[kind], mods[kind]) for kind in notetypes}
    decks: dict[str, genanki.Deck] = {}
    taken: set[int] = set()
    for name in sorted({note.deck for note in notes}):
        decks[name] = genanki.Deck(_deck_id(name, taken), name)
    for note in notes:
        names = notetypes[note.kind].fields
        decks[note.deck].add_note(_Note(note, models[note.kind], names))
    return list(decks.values())


def _deck_id(name: str, taken: set[int]) -> int:
    """A deck's id, unique in the package; Anki matches decks by name (ANKI_FACTS)."""
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).digest()
    number = 1_500_000_000_000 + int.from_bytes(digest[:8]) % 200_000_000_000
    while number in taken:
        number += 1
    taken.add(number)
    return number


# --------------------------------------------------------------------------- zip


def _zip(database: bytes, media: Sequence[MediaFile]) -> bytes:
    """The archive: deflated, with fixed dates and the same marks on every system."""
    names = {str(number): file.name for number, file in enumerate(media)}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(_member("collection.anki2"), database)
        archive.writestr(_member("media"), json.dumps(names, ensure_ascii=False))
        for number, file in enumerate(media):
            archive.writestr(_member(str(number)), file.data)
    return buffer.getvalue()


def _member(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, _ZIP_DATE)
    info.compress_type = zipfile.ZIP_DEFLATED
    info.create_system = 3
    info.external_attr = 0o644 << 16
    return info
