"""Anki notes → the database of a package; genanki writes its rows.

genanki would stamp everything with the present time, count ids up, and rewrite all decks
for each deck (ANKI_FACTS 1 and 2, Identity numbers): here it is told the times and ids row
by row, and the decks are written at once.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence

import genanki

from anki_export.model import AnkiNote, Kind, Seconds
from anki_export.package.notetypes import TEMPLATE_NAME, Notetype, hashed_id

_SQLITE_VERSION = slice(96, 100)
"""Where a database names the library that wrote it last: no reason for other bytes
(SQLite file format, 1.3.13)."""

_COLLAPSED = frozenset({"Key", "Retired", "Reserved1", "Reserved2"})
"""Fields that Anki's editor shows folded: nothing in them is for writing."""


def make_collection(
    notes: Sequence[AnkiNote],
    notetypes: Mapping[Kind, Notetype],
    mods: Mapping[Kind, Seconds],
) -> bytes:
    """The database with these notes; ``mods`` are those of the notetypes, in seconds."""
    connection = sqlite3.connect(":memory:")
    try:
        _write(connection.cursor(), notes, notetypes, mods)
        connection.commit()
        database = bytearray(connection.serialize())
    finally:
        connection.close()
    database[_SQLITE_VERSION] = bytes(4)
    return bytes(database)


def _write(
    cursor: sqlite3.Cursor,
    notes: Sequence[AnkiNote],
    notetypes: Mapping[Kind, Notetype],
    mods: Mapping[Kind, Seconds],
) -> None:
    """Write decks and notetypes, then the notes: by the names of their decks, else as given."""
    genanki.Package([]).write_to_db(cursor, 0.0, iter(()))
    (empty,) = cursor.execute("SELECT decks FROM col").fetchone()
    deck_ids = _deck_ids({note.deck for note in notes})
    decks = {str(number): genanki.Deck(number, name).to_json() for name, number in deck_ids.items()}
    models = {kind: _Model(notetypes[kind]) for kind in {note.kind for note in notes}}
    written = {
        str(models[kind].model_id): models[kind].to_json(mods[kind], None) for kind in models
    }
    cursor.execute(
        "UPDATE col SET decks = ?, models = ?",
        (
            json.dumps(json.loads(empty) | decks, ensure_ascii=False),
            json.dumps(dict(sorted(written.items())), ensure_ascii=False),
        ),
    )
    for note in sorted(notes, key=lambda note: note.deck):
        fields = [note.fields[name] for name in notetypes[note.kind].fields]
        row = _Note(models[note.kind], fields, tags=note.tags, guid=note.guid, due=note.due)
        ids = iter((note.note_id, note.card_id))
        row.write_to_db(cursor, note.mod, deck_ids[note.deck], ids)


class _Model(genanki.Model):  # type: ignore[misc]
    """A notetype with ids for its fields and template."""

    # Which fields a front needs; Anki works it out itself, for any template.
    _req = ((0, "any", (0,)),)

    def __init__(self, notetype: Notetype) -> None:
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


class _Note(genanki.Note):  # type: ignore[misc]
    """A note whose HTML is known to be sound."""

    @classmethod
    def _find_invalid_html_tags_in_field(cls, _field: str) -> list[str]:
        """Nothing: genanki's own search takes a square of a long line's length."""
        return []


def _deck_ids(names: Iterable[str]) -> dict[str, int]:
    """An id a deck, unique in the package; Anki matches decks by name (ANKI_FACTS)."""
    ids: dict[str, int] = {}
    taken: set[int] = set()
    for name in sorted(names):
        number = hashed_id(name)
        while number in taken:
            number += 1
        taken.add(number)
        ids[name] = number
    return ids
