"""Normal forms, fingerprints and numbers that identities are made of. No order enters them."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import unicodedata
from collections.abc import Collection, Mapping
from html import unescape

from anki_export.model import Guid, Kind, Millis

RENDERING_VERSION = 1
"""Bumped on purpose when all cards shall be updated; part of every content hash."""

_EARLIEST = 1_420_070_400_000
_SPAN = 280_000_000_000
"""Ids look like milliseconds of 2015 … 2023: plausible and past (ANKI_FACTS, identity)."""

_SPACE = re.compile(r"\s+")
_TAG = re.compile(r"<[^<>]*>")
_QUIET = re.compile(r"[\s*_`~$\\|]+")


def folded(text: str) -> str:
    """Return *text* in one Unicode form (NFKC), case and white space."""
    return _SPACE.sub(" ", unicodedata.normalize("NFKC", text).casefold()).strip()


def ask_key(ask: str) -> str:
    """Return the normal form of a question: what stands the same asks the same."""
    return folded(ask).rstrip(" ?!.。:;…") or folded(ask)


def loose(inline: str) -> str:
    """Return inline Markdown, or the text of its HTML, without emphasis marks and spaces.

    Both forms of a table's cell give the same, so that a ledger recovered from a package
    knows the rows of the notes again.
    """
    plain = _TAG.sub("", unescape(inline)) if "<" in inline or "&" in inline else inline
    return _QUIET.sub("", unicodedata.normalize("NFKC", plain).casefold())


def digest(*parts: str, length: int = 16) -> str:
    """Return a hexadecimal hash of *parts*, which cannot run into each other."""
    canonical = json.dumps(parts, ensure_ascii=False)
    return hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).hexdigest()[:length]


def fingerprint(text: str) -> str:
    """Return a short hash of a cell or heading; the empty text has the empty one."""
    form = loose(text)
    return digest(form, length=8) if form else ""


def reply_fingerprint(reply: str) -> str:
    """Return a hash of an answer's text, blind to case and white space."""
    return digest(_SPACE.sub("", folded(reply)))


def fields_hash(fields: Mapping[str, str], names: Collection[str]) -> str:
    """Return the hash of shipped fields, for cards recovered from a package."""
    values = [unicodedata.normalize("NFC", fields.get(name, "")) for name in sorted(names)]
    return "f:" + digest(*values)


def make_guid(namespace: str, path: str, kind: Kind, key: str, *salt: str) -> Guid:
    """Return the guid of a card first seen at *path* under *key*.

    Lower-case letters and digits only: it is also the ``Key`` field, which people type
    into Anki's search.
    """
    canonical = json.dumps([namespace, path, kind.value, key, *salt], ensure_ascii=False)
    raw = hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).digest()[:10]
    return Guid(base64.b32encode(raw).decode("ascii").lower())


def make_id(guid: Guid, what: str, taken: Collection[int]) -> Millis:
    """Return the note or card id of *guid*, the next free one where it is taken."""
    raw = hashlib.sha256(f"{what}\0{guid}".encode()).digest()[:8]
    number = _EARLIEST + int.from_bytes(raw) % _SPAN
    while number in taken:
        number += 1
    return Millis(number)
