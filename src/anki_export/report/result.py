"""What a command did or would do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from anki_export.model import Change, Guid, Kind
from anki_export.problems import Problem


@dataclass(frozen=True, slots=True)
class Result:
    """What a command did or would do."""

    command: str
    notes: int = 0
    """Source notes that were found, unreadable ones included."""
    cards: Mapping[Kind, int] = field(default_factory=dict)
    """Live cards by kind, retired ones not counted."""
    barren: tuple[str, ...] = ()
    """Paths of the notes that gave no card."""
    changes: tuple[Change, ...] = ()
    texts: Mapping[Guid, tuple[str, str]] = field(default_factory=dict)
    """Question and answer as plain text, before and after, where both are known."""
    retired: int = 0
    """Retired cards that the package carries, those of earlier builds included."""
    pruned: int = 0
    """Retired cards that are left out from now on."""
    newer: bool = False
    """Whether Anki takes something over even if no card has changed: templates, or newer times."""
    absent: int = 0
    """Cards of unreadable notes: they stay as they are in Anki, and out of the package."""
    folder: str = ""
    """The notes folder as the user named it: problems' places are shown below it."""
    problems: tuple[Problem, ...] = ()
    output: str = ""
    ledger: str = ""
    """The ledger's file, where one was written."""
    size: int | None = None
    """Bytes of the package; None if none was made."""
    written: bool = False
    refused: str = ""
    """Why nothing was written although nothing failed."""
    messages: tuple[str, ...] = ()
    """What else the command has to say, a line each."""
