"""Finished notes, kept beside the notes between builds: disposable, and never trusted blindly.

One SQLite file, so that a build that is killed leaves the old or the new content, and two
builds at once do no harm. A row a note; notes that are gone lose theirs, so the file is
bounded by the notes. A row counts only for the very bytes of the note, this version of the
tool, the configuration, and this folder on this disk: a cache that came with somebody
else's notes is none of ours.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path

from anki_export import __version__
from anki_export.config import Config
from anki_export.files import computes

FILE = "cache.sqlite"
RECORD = "the last build"
"""Name of what is no note's, whose paths end like a Markdown file's."""
WAIT = 1.0
"""Seconds to wait for another build's writing; then this one goes without."""
LARGEST = 64_000_000
"""Bytes of one note's row; what is larger is made anew each time."""


MAKERS = ("markdown", "markdown-it-py", "mdit-py-plugins", "nh3", "pygments", "pymdown-extensions")
"""The libraries whose versions decide what a finished card looks like."""


def stamp(config: Config) -> str:
    """A digest of all that a kept value depends on besides the notes and their images."""
    versions = [f"{name} {version(name)}" for name in MAKERS]
    chosen = json.dumps(asdict(config), default=sorted, sort_keys=True)
    return hashlib.sha256("\0".join((__version__, *versions, chosen)).encode()).hexdigest()


class Cache:
    """What was kept of a notes folder; reading it never fails, it only finds nothing."""

    def __init__(self, folder: Path, stamp: str) -> None:
        """The cache below a folder, which may not exist yet.

        ``stamp`` is a digest of all that the kept values depend on besides the notes.
        """
        self._file = folder / FILE
        self._stamp = stamp
        self.damaged = False
        """Whether something was there that is no cache; it is made anew."""

    def get(self, name: str) -> tuple[str, str]:
        """The key and the text that are kept under a name, or empty ones."""
        return self._read("WHERE name = ?", name).get(name, ("", ""))

    def load(self) -> dict[str, tuple[str, str]]:
        """All that is kept: the key and the text of each name."""
        return self._read("")

    def _read(self, where: str, *values: str) -> dict[str, tuple[str, str]]:
        if not self._file.is_file() or self._file.is_symlink():
            return {}
        try:
            with contextlib.closing(self._open()) as database:
                if not self._is_ours(database):
                    return {}
                query = f"SELECT name, key, text FROM kept {where}"
                rows = database.execute(query, values).fetchall()
                return {name: (key, text) for name, key, text in rows}
        except sqlite3.OperationalError:  # locked, or not ours to read
            return {}
        except sqlite3.DatabaseError:
            self.damaged = True
            return {}

    def save(self, kept: Mapping[str, tuple[str, str]], gone: Iterable[str]) -> None:
        """Keep new values and drop those that are gone; what cannot be written is not kept."""
        if not self._file.parent.is_dir() or self._file.is_symlink():
            return
        if self.damaged:
            with contextlib.suppress(OSError):
                self._file.unlink()
        rows = ((name, *value) for name, value in kept.items() if len(value[1]) <= LARGEST)
        with contextlib.suppress(sqlite3.Error), contextlib.closing(self._open()) as database:
            # Whatever a loss of power does to the file is seen when it is read.
            database.execute("PRAGMA synchronous = OFF")
            with database:
                if not self._is_ours(database):
                    database.execute("DROP TABLE IF EXISTS kept")
                    database.execute("DROP TABLE IF EXISTS stamp")
                    database.execute("CREATE TABLE stamp (value TEXT)")
                    database.execute("CREATE TABLE kept (name TEXT PRIMARY KEY, key, text)")
                    database.execute("INSERT INTO stamp VALUES (?)", (self._whole_stamp(),))
                database.executemany("DELETE FROM kept WHERE name = ?", ((one,) for one in gone))
                database.executemany("INSERT OR REPLACE INTO kept VALUES (?, ?, ?)", rows)

    def _is_ours(self, database: sqlite3.Connection) -> bool:
        if computes(database):
            raise sqlite3.DatabaseError("no cache of ours holds a view")
        found = database.execute("SELECT name FROM sqlite_master WHERE name = 'stamp'").fetchone()
        stamp = found and database.execute("SELECT value FROM stamp").fetchone()
        return bool(stamp) and stamp[0] == self._whole_stamp()

    def _whole_stamp(self) -> str:
        """The stamp with what is this folder's alone: none can be made for it beforehand."""
        found = self._file.parent.stat()
        return f"{self._stamp}:{found.st_dev}:{found.st_ino}"

    def _open(self) -> sqlite3.Connection:
        return sqlite3.connect(self._file, timeout=WAIT)
