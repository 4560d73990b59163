"""Anki notes and packages of tests' own making, without any source note."""

from __future__ import annotations

import io
import json
import sqlite3
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from anki_export.model import FIELDS, AnkiNote, Guid, Kind, MediaFile, Millis, Seconds
from anki_export.package.apkg import build_package
from anki_export.package.notetypes import Notetype, make_notetypes
from anki_export.package.templates import Templates, load_templates
from anki_export.problems import Problems

MOD = Seconds(1_700_000_000)
MODS = {Kind.QA: MOD, Kind.COMPARISON: MOD}


def shipped_templates() -> Templates:
    return load_templates(None, source_url=None, problems=Problems())


def notetypes(namespace: str = "Study", css: str = "") -> dict[Kind, Notetype]:
    templates = shipped_templates()
    return make_notetypes(replace(templates, css=templates.css + css), namespace)


def anki_note(
    number: int,
    kind: Kind = Kind.QA,
    deck: str = "Study::a",
    media: Sequence[MediaFile] = (),
    **fields: str,
) -> AnkiNote:
    guid = f"guid{number}"
    front = FIELDS[kind][0]
    values = dict.fromkeys(FIELDS[kind], "")
    values |= {front: f"front {number}", "Answer": f"answer {number}", "Key": guid}
    values |= {"Context": "Title", "Difficulty": "medium", "Source": "a/b.md", **fields}
    return AnkiNote(
        guid=Guid(guid),
        note_id=Millis(1_650_000_000_000 + number),
        card_id=Millis(1_660_000_000_000 + number),
        mod=Seconds(MOD + number),
        kind=kind,
        fields=values,
        tags=("difficulty::medium", "topic"),
        deck=deck,
        due=number,
        media=tuple(media),
    )


def package(notes: Sequence[AnkiNote], **options: Any) -> bytes:
    return build_package(notes, notetypes(**options), MODS)


@contextmanager
def database(data: bytes) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(":memory:")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            connection.deserialize(archive.read("collection.anki2"))
        yield connection
    finally:
        connection.close()


def media_map(data: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names: dict[str, str] = json.loads(archive.read("media"))
    return names
