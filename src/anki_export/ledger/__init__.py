"""What was shipped before: the ledger file, how it is written, how a lost one is recovered."""

from anki_export.ledger.entries import Entry, Ledger, Notetype, State

__all__ = ["Entry", "Ledger", "Notetype", "State"]
