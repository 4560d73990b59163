"""Packages read back: a lost ledger from them, and the old texts that ``plan`` compares with."""

from anki_export.recover.packed import Packed, PackedNote, PackedNotetype, read_package
from anki_export.recover.rebuild import last_fields, recover

__all__ = [
    "Packed",
    "PackedNote",
    "PackedNotetype",
    "last_fields",
    "read_package",
    "recover",
]
