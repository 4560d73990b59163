"""What every card is in Anki: its guid, mod, ids and rank, and how it retires."""

from anki_export.issue.guids import RENDERING_VERSION, make_guid
from anki_export.issue.issuing import Identified, LastShipped, Shipped, identify
from anki_export.issue.retiring import refusal

__all__ = [
    "RENDERING_VERSION",
    "Identified",
    "LastShipped",
    "Shipped",
    "identify",
    "make_guid",
    "refusal",
]
