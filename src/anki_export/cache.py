"""Finished notes, kept beside the notes between builds: disposable, and never trusted blindly.

One SQLite file, so that a build that is killed leaves the old or the new content, and two
builds at once do no harm. A row a note; notes that are gone lose theirs, so the file is
bounded by the notes. A row counts only for the very bytes of the note, this version of the
tool and the configuration, and only under the seal of this user: what came with somebody
else's notes was not made here.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import json
import os
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path

from anki_export import __version__
from anki_export.config import Config
from anki_export.files import computes, read_regular

FILE = "cache.sqlite"
RECORD = "the last build"
"""Name of what is no note's, whose paths end like a Markdown file's."""
WAIT = 1.0
"""Seconds to wait for another build's writing; then this one goes without."""
Kept = tuple[str, bytes]
"""The key and the text, in UTF-8, of what is kept under a name."""
LENGTH = 32
"""Bytes of the user's secret."""
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

    def __init__(self, folder: Path, config: Config, secret: Path) -> None:
        """The cache below a folder, which may not exist yet.

        ``secret`` is a file of the user's, outside all notes, which is made when it is wanted.
        """
        self._file = folder / FILE
        self._secret_file = secret
        self._secret = _secret(secret)
        self._stamp = stamp(config)
        self.damaged = False
        """Whether something was there that is no cache; it is made anew."""

    def get(self, name: str) -> Kept:
        """The key and the text that are kept under a name, or empty ones."""
        return self._read("WHERE name = ?", name).get(name, ("", b""))

    def load(self) -> dict[str, Kept]:
        """All that is kept: the key and the text of each name."""
        return self._read("")

    def _read(self, where: str, *values: str) -> dict[str, Kept]:
        if not (self._secret and self._file.is_file()) or self._file.is_symlink():
            return {}
        try:
            with contextlib.closing(self._open()) as database:
                if not self._is_ours(database):
                    return {}
                query = f"SELECT name, key, text, seal FROM kept {where}"
                rows = database.execute(query, values).fetchall()
                sealed = [row[:3] for row in rows if self._is_whole(*row)]
                self.damaged = len(sealed) < len(rows)
                return {name: (key, text) for name, key, text in sealed}
        except sqlite3.OperationalError:  # locked, or not ours to read
            return {}
        except sqlite3.DatabaseError:
            self.damaged = True
            return {}

    def save(self, kept: Mapping[str, Kept], gone: Iterable[str]) -> None:
        """Keep new values and drop those that are gone; what cannot be written is not kept."""
        if not self._file.parent.is_dir() or self._file.is_symlink():
            return
        self._secret = self._secret or _new_secret(self._secret_file)
        if not self._secret:
            return
        if self.damaged:
            with contextlib.suppress(OSError):
                self._file.unlink()
        rows = (
            (name, *value, self._seal(name, *value))
            for name, value in kept.items()
            if len(value[1]) <= LARGEST
        )
        with contextlib.suppress(sqlite3.Error), contextlib.closing(self._open()) as database:
            # Whatever a loss of power does to the file is seen when it is read.
            database.execute("PRAGMA synchronous = OFF")
            with database:
                if not self._is_ours(database):
                    database.execute("DROP TABLE IF EXISTS kept")
                    database.execute("DROP TABLE IF EXISTS stamp")
                    database.execute("CREATE TABLE stamp (value TEXT)")
                    database.execute("CREATE TABLE kept (name TEXT PRIMARY KEY, key, text, seal)")
                    database.execute("INSERT INTO stamp VALUES (?)", (self._seal(""),))
                database.executemany("DELETE FROM kept WHERE name = ?", ((one,) for one in gone))
                database.executemany("INSERT OR REPLACE INTO kept VALUES (?, ?, ?, ?)", rows)

    def _is_ours(self, database: sqlite3.Connection) -> bool:
        if computes(database):
            raise sqlite3.DatabaseError("no cache of ours holds a view")
        found = database.execute("SELECT name FROM sqlite_master WHERE name = 'stamp'").fetchone()
        stamp = found and database.execute("SELECT value FROM stamp").fetchone()
        return bool(stamp) and stamp[0] == self._seal("")

    def _is_whole(self, name: object, key: object, text: object, seal: object) -> bool:
        """Whether a row is as it was written here."""
        return (
            isinstance(name, str)
            and isinstance(key, str)
            and isinstance(text, bytes)
            and self._seal(name, key, text) == seal
        )

    def _seal(self, name: str, key: str = "", text: bytes = b"") -> str:
        """What only this user's tool can say of a row."""
        head = json.dumps((self._stamp, name, key))
        return hmac.digest(self._secret, head.encode() + text, "sha256").hex()

    def _open(self) -> sqlite3.Connection:
        return sqlite3.connect(self._file, timeout=WAIT)


def _secret(file: Path) -> bytes:
    """This user's secret; empty where there is none yet."""
    try:
        found = read_regular(file, LENGTH)
    except OSError:
        return b""
    return found if len(found) == LENGTH else b""


def _new_secret(file: Path) -> bytes:
    """A secret for this user from now on; empty where none can be kept."""
    made = os.urandom(LENGTH)
    part = file.with_name(f"{file.name}.{os.urandom(4).hex()}")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as out:
            out.write(made)
        part.replace(file)
    except OSError:
        with contextlib.suppress(OSError):
            part.unlink()
        return b""
    return made
