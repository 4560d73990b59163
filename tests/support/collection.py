"""A throw-away collection of the real Anki, for tests that import packages into it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from support import requires


@dataclass(frozen=True, slots=True)
class Log:
    """What an import says that it did."""

    new: int
    updated: int
    duplicate: int
    conflicting: int


@contextmanager
def collection() -> Iterator[Collection]:
    """Open an empty collection; skips or fails where Anki is missing."""
    requires.require_anki()
    with tempfile.TemporaryDirectory() as folder:
        opened = Collection(Path(folder))
        try:
            yield opened
        finally:
            opened.col.close()


class Collection:
    """What the tests ask of a collection."""

    def __init__(self, folder: Path) -> None:
        from anki.collection import Collection as Anki  # noqa: PLC0415 - skipped where missing

        self.folder = folder
        self.col: Any = Anki(str(folder / "collection.anki2"))

    def import_package(self, data: bytes) -> Log:
        """Import a package as desktop does by default."""
        from anki.collection import (  # noqa: PLC0415 - skipped where missing
            ImportAnkiPackageOptions,
            ImportAnkiPackageRequest,
        )

        path = self.folder / "import.apkg"
        path.write_bytes(data)
        request = ImportAnkiPackageRequest(
            package_path=str(path), options=ImportAnkiPackageOptions()
        )
        log = self.col.import_anki_package(request).log
        return Log(len(log.new), len(log.updated), len(log.duplicate), len(log.conflicting))

    def notes(self) -> dict[str, dict[str, Any]]:
        """Fields by name, tags and mod of every note, by guid."""
        result = {}
        for number in self.col.find_notes(""):
            note = self.col.get_note(number)
            fields = dict(note.items())
            result[note.guid] = {"fields": fields, "tags": set(note.tags), "mod": note.mod}
        return result

    def decks(self) -> dict[str, int]:
        """How many cards each deck holds, empty ones left out."""
        counts: dict[str, int] = {}
        for did, number in self.col.db.execute("SELECT did, count() FROM cards GROUP BY did"):
            counts[self.col.decks.name(did)] = number
        return counts

    def sides(self) -> dict[str, tuple[str, str]]:
        """Both sides of every card as the reviewer gets them, by the note's guid."""
        result = {}
        for number in self.col.find_cards(""):
            card = self.col.get_card(number)
            result[card.note().guid] = (card.question(), card.answer())
        return result

    def notetypes(self) -> dict[str, dict[str, Any]]:
        """The notetypes that notes use, by name."""
        self.col.models._clear_cache()  # an import through the backend leaves it stale
        used = self.col.db.list("SELECT DISTINCT mid FROM notes")
        return {found["name"]: found for found in map(self.col.models.get, used)}

    def study(self, count: int, deck: str = "Study") -> int:
        """Answer cards with the real scheduler; gives back how many there were."""
        from anki.cards import Card  # noqa: PLC0415 - skipped where missing

        self.col.decks.select(self.col.decks.id(deck))
        for done in range(count):
            queued = self.col.sched.get_queued_cards(fetch_limit=1).cards
            if not queued:
                return done
            card = Card(self.col, backend_card=queued[0].card)
            card.start_timer()
            answer = self.col.sched.build_answer(card=card, states=queued[0].states, rating=2)
            self.col.sched.answer_card(answer)
        return count

    def schedule(self) -> list[Any]:
        """Every card row and every review, for comparison."""
        rows: list[Any] = self.col.db.all("SELECT * FROM cards ORDER BY id")
        return [*rows, *self.col.db.all("SELECT * FROM revlog ORDER BY id")]

    def schema_stamp(self) -> int:
        """Moves when the next synchronisation would have to be one-way."""
        stamp: int = self.col.db.scalar("SELECT scm FROM col")
        return stamp

    def check(self) -> str:
        """What Anki's own check of the database finds, but for its last line."""
        message, ok = self.col.fix_integrity()
        lines: list[str] = message.strip().splitlines()
        assert ok, message
        return "\n".join(lines[:-1])
