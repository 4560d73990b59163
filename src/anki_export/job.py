"""What a command is to do, with every choice made and every path resolved."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from anki_export.cache import Cache
from anki_export.config import Config
from anki_export.model import Seconds
from anki_export.names import FOLDER, LEDGER
from anki_export.problems import Problem


@dataclass(frozen=True, slots=True)
class Job:
    """All that the pipeline has to know; it looks up nothing else, and no clock."""

    notes: Path
    config: Config
    output: Path
    ledger: Path | None
    """Instead of the one in the notes folder."""
    templates: Path | None
    """Instead of those that come with the tool."""
    build_time: Seconds
    touch_all: bool = False
    allow_retire: bool = False
    strict: bool = False
    prune: bool = False
    problems: tuple[Problem, ...] = ()
    """What was found while the choices were made."""
    secret: Path | None = None
    """The user's file that seals the cache beside the notes; None: nothing is kept."""

    @property
    def ledger_path(self) -> Path:
        """The ledger: in the notes folder unless another one was named."""
        return self.ledger or self.notes / FOLDER / LEDGER

    @property
    def cache(self) -> Cache | None:
        """What is kept of finished cards, always with the notes; None if nothing may be."""
        return self.cache_in(self.notes / FOLDER)

    def cache_in(self, folder: Path) -> Cache | None:
        """The same in another folder."""
        return Cache(folder, self.config, self.secret) if self.secret else None
