"""A short, deterministic stand-in for an answer, so that answers can be compared unseen.

One-permutation MinHash over character trigrams: 64 buckets, one byte each. It estimates
the Jaccard similarity of two answers' trigrams within about ±0.06 and needs no words, so
that Chinese and English are treated alike.
"""

from __future__ import annotations

import base64
import binascii
import zlib
from operator import eq

BUCKETS = 64
_LONGEST = 6_000
"""Characters of an answer that enter its sketch; the rest changes nothing in practice."""

_MIX = 0x9E3779B1
"""Spreads CRC-32's linear values over the buckets (Knuth, multiplicative hashing)."""


_NONE = 1 << 32
_MOST_KEPT = 200_000
"""Trigrams whose values are kept: texts in one language have most of theirs in common."""


class _Values(dict[str, int]):
    """Every trigram's value: its highest 6 bits name its bucket, the others compete in it."""

    def __missing__(self, gram: str) -> int:
        value = zlib.crc32(gram.encode("utf-8", "surrogatepass")) * _MIX & 0xFFFFFFFF
        self[gram] = value
        return value


_values = _Values()


def make_sketch(form: str) -> str:
    """Return the sketch of a normalised text, in base64; empty for an empty text."""
    if not form:
        return ""
    if len(_values) > _MOST_KEPT:
        _values.clear()
    form = form[:_LONGEST]
    grams = map("".join, zip(form, form[1:], form[2:], strict=False)) if form[2:] else (form,)
    least = [_NONE] * BUCKETS
    for value in map(_values.__getitem__, grams):
        if value < least[value >> 26]:  # noqa: PLR1730 - `min` takes twice as long
            least[value >> 26] = value
    raw = bytes(0 if one == _NONE else (one & 0x3FFFFFF) % 255 + 1 for one in least)
    return base64.b64encode(raw).decode("ascii").rstrip("=")


def buckets(sketch: str) -> bytes:
    """Return a sketch's bytes, one a bucket (0 is empty); ``b""`` when it is unusable."""
    try:
        raw = base64.b64decode(sketch + "=" * (-len(sketch) % 4), validate=True)
    except (binascii.Error, ValueError):
        return b""
    return raw if len(raw) == BUCKETS else b""


def resemblance(one: bytes, other: bytes) -> float:
    """Return the estimated share of trigrams that two sketched texts have in common."""
    if not one or not other:
        return 0.0
    empty = 0
    if 0 in one and 0 in other:
        empty = sum(1 for pair in zip(one, other, strict=True) if pair == (0, 0))
    used = BUCKETS - empty
    return (sum(map(eq, one, other)) - empty) / used if used else 0.0
