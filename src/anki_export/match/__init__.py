"""Which card of today's notes is which card of the ledger; it decides, and issues nothing."""

from anki_export.match.duplicates import copies, place_text, report_copies, with_single_pins
from anki_export.match.features import Candidate, features_of, sketched
from anki_export.match.match import match
from anki_export.match.matching import Matching

__all__ = [
    "Candidate",
    "Matching",
    "copies",
    "features_of",
    "match",
    "place_text",
    "report_copies",
    "sketched",
    "with_single_pins",
]
