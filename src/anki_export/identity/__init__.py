"""Which card is which: matching today's cards against the ledger (DESIGN, identity)."""

from anki_export.identity.assign import Identified, LastShipped, Shipped, identify
from anki_export.identity.keys import RENDERING_VERSION, fields_hash, make_guid

__all__ = [
    "RENDERING_VERSION",
    "Identified",
    "LastShipped",
    "Shipped",
    "fields_hash",
    "identify",
    "make_guid",
]
