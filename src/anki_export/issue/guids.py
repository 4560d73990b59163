"""Numbers that identities are made of, and the version that updates all cards."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Collection

from anki_export.ledger.features import Features
from anki_export.ledger.forms import ask_key
from anki_export.ledger.numbers import Taken
from anki_export.model import Guid, Kind, Millis

RENDERING_VERSION = 1
"""Bumped on purpose when all cards shall be updated; part of every content hash."""

_EARLIEST = 1_420_070_400_000
_SPAN = 280_000_000_000
"""Ids look like milliseconds of 2015 … 2023: plausible and past (ANKI_FACTS, identity)."""


def make_guid(namespace: str, path: str, kind: Kind, key: str, *salt: str) -> Guid:
    """Return the guid of a card first seen at *path* under *key*.

    Lower-case letters and digits only: it is also the ``Key`` field, which people type
    into Anki's search.
    """
    canonical = json.dumps([namespace, path, kind.value, key, *salt], ensure_ascii=False)
    raw = hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).digest()[:10]
    return Guid(base64.b32encode(raw).decode("ascii").lower())


def first_guid(namespace: str, known: Features) -> Guid:
    """Return the guid that a card gets where no other one has it."""
    return make_guid(namespace, *_place(known))


class Naming:
    """Gives new cards their guids; one that is taken is salted by the answer, not by order."""

    def __init__(self, namespace: str, taken: Collection[Guid]) -> None:
        self._namespace = namespace
        self._taken = set(taken)
        self._salts: dict[tuple[object, ...], tuple[str, ...]] = {}

    def name(self, known: Features) -> Guid:
        """Return the guid of a new card."""
        place = _place(known)
        guid = make_guid(self._namespace, *place)
        group = (*place, known.reply, known.context)
        while guid in self._taken:
            salt = self._salts.get(group, (known.reply, *known.context))
            self._salts[group] = (*salt, "")
            guid = make_guid(self._namespace, *place, "", *salt)
        self._taken.add(guid)
        return guid


def _place(known: Features) -> tuple[str, Kind, str, *tuple[str, ...]]:
    """Return what a new card's guid is made from: where it stands, and what is asked.

    Section, order, numbering and marker are no part of it. Of a question with code or
    options they are; a pinned card's place is its pin.
    """
    if known.pin:
        return "", known.kind, f"id={known.pin}", *known.name
    given = (known.given,) if known.given else ()
    return known.path, known.kind, ask_key(known.ask), *known.header[known.names :], *given


def make_id(path: str, what: str, taken: Taken) -> Millis:
    """Return a new note or card id, the next free one from that of the source note on.

    Asked for in source order, they are in it, and so are cards that Anki's browser sorts
    by their creation.
    """
    raw = hashlib.sha256(f"{what}\0{path}".encode("utf-8", "surrogatepass")).digest()[:8]
    return Millis(taken.free(_EARLIEST + int.from_bytes(raw) % _SPAN))
