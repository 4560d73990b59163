"""What can go wrong: problems that are reported, and errors that end a command."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from anki_export.model import Location


class Severity(StrEnum):
    """How much a problem costs: an error loses a note or card, a warning may surprise."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Problem:
    """Something in the input that the author should look at; the rest goes on."""

    location: Location
    severity: Severity
    message: str
    hint: str = ""


class AnkiExportError(Exception):
    """An expected failure: one line for the user, and the command's exit code."""

    exit_code = 2

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(AnkiExportError):
    """The command line, the configuration or the ledger cannot be used (exit 2)."""


class WriteError(AnkiExportError):
    """The package or the ledger cannot be written (exit 3)."""

    exit_code = 3


class RetireError(AnkiExportError):
    """Too many cards would retire at once (exit 4)."""

    exit_code = 4
