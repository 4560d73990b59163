"""Normal forms and fingerprints of texts: what stands the same has the same. No order enters them."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Collection, Mapping
from functools import lru_cache
from html import unescape
from json.encoder import encode_basestring

_TAG = re.compile(r"<[^<>]*>")
_QUIET = re.compile(r"[\s*_`~$\\|]+")


def folded(text: str) -> str:
    """Return *text* in one Unicode form (NFKC), case and white space."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def squeezed(text: str) -> str:
    """Return *text* folded and without white space: what answers are compared by."""
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


def ask_key(ask: str) -> str:
    """Return the normal form of a question: what stands the same asks the same."""
    form = folded(ask)
    return form.rstrip(" ?!.。:;…") or form


def loose(inline: str) -> str:
    """Return inline Markdown, or the text of its HTML, without emphasis marks and spaces.

    Both forms of a table's cell give the same, so that a ledger recovered from a package
    knows the rows of the notes again.
    """
    plain = _TAG.sub("", unescape(inline)) if "<" in inline or "&" in inline else inline
    return _QUIET.sub("", unicodedata.normalize("NFKC", plain).casefold())


def digest(*parts: str, length: int = 16) -> str:
    """Return a hexadecimal hash of *parts*, which cannot run into each other."""
    canonical = f"[{', '.join(map(encode_basestring, parts))}]"  # as json.dumps writes it
    return hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).hexdigest()[:length]


@lru_cache(maxsize=65536)
def fingerprint(text: str) -> str:
    """Return a short hash of a cell or heading; the empty text has the empty one."""
    form = loose(text)
    return digest(form, length=8) if form else ""


def fields_hash(fields: Mapping[str, str], names: Collection[str]) -> str:
    """Return the hash of shipped fields, for cards recovered from a package."""
    values = [unicodedata.normalize("NFC", fields.get(name, "")) for name in sorted(names)]
    return "f:" + digest(*values)
