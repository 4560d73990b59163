"""Generated notes as a folder to edit, small enough for a property to try many."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path

from benchmarks.edits.folder import Folder
from benchmarks.generate import Plan, write


@cache
def small_folder(seed: int, notes: int = 4, cards: int = 28) -> Folder:
    """Return a folder of notes in two languages, questions and tables of all forms."""
    with tempfile.TemporaryDirectory() as name:
        write(Plan(cards, notes, decks=2, lines=8, seed=seed), Path(name))
        return Folder.read(Path(name))
