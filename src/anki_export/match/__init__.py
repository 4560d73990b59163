"""Which card of today's notes is which card of the ledger; it decides, and issues nothing."""

from anki_export.match.duplicates import copies, copies_reported, place_text, with_single_pins
from anki_export.match.features import Candidate, features_of, sketched
from anki_export.match.match import match
from anki_export.match.matching import Matching

__all__ = [
    "Candidate",
    "Matching",
    "copies",
    "copies_reported",
    "features_of",
    "match",
    "place_text",
    "sketched",
    "with_single_pins",
]
