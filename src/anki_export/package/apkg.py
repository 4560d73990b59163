"""Anki notes → the bytes of an ``.apkg``: the same notes always give the same bytes."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterable, Mapping, Sequence

from anki_export.model import AnkiNote, FileLocation, Kind, MediaFile, Seconds
from anki_export.package.notetypes import Notetype
from anki_export.problems import ProblemKind, Problems

ANKIWEB_LIMIT = 100_000_000
"""Bytes that AnkiWeb takes of a compressed collection and of one media file."""

_ZIP_DATE = (1980, 1, 1, 0, 0, 0)
"""The earliest date that a zip file can hold."""


def build_package(
    notes: Sequence[AnkiNote],
    notetypes: Mapping[Kind, Notetype],
    mods: Mapping[Kind, Seconds],
    template_media: Sequence[MediaFile] = (),
) -> bytes:
    """The package with these notes; ``mods`` are those of the notetypes, in seconds."""
    # genanki takes long to import, and only who makes a package needs it.
    from anki_export.package.collection import make_collection  # noqa: PLC0415

    media = media_of(notes, template_media)
    database = make_collection(notes, notetypes, mods)
    return _zip(database, [media[name] for name in sorted(media)])


def media_of(
    notes: Iterable[AnkiNote], template_media: Iterable[MediaFile] = ()
) -> dict[str, MediaFile]:
    """Every file of the cards and their templates, by name."""
    files = {file.name: file for note in notes for file in note.media}
    return files | {file.name: file for file in template_media}


def report_limits(package: bytes, notes: Sequence[AnkiNote], path: str, problems: Problems) -> None:
    """Warnings about what AnkiWeb would refuse to synchronise (ANKI_FACTS, Package)."""
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        sizes = [("the collection", archive.getinfo("collection.anki2").compress_size)]
    media = media_of(notes)
    sizes += [(f"the file {name}", len(media[name].data)) for name in sorted(media)]
    for what, size in sizes:
        if size > ANKIWEB_LIMIT:
            message = f"{what} has {size / 1e6:.0f} MB; AnkiWeb takes up to 100 MB"
            problems.add(ProblemKind.TOO_LARGE, FileLocation(path), message)


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
