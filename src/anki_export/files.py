"""Reading a file that anybody may have put there: only regular ones, and not without bound."""

from __future__ import annotations

import errno
import os
import sqlite3
import stat
from pathlib import Path

MEGABYTE = 1_000_000

MOST_OF_PACKAGE = 1_000 * MEGABYTE
"""Bytes of a package or ledger that is read, several times what AnkiWeb takes of notes
(ANKI_FACTS, Package)."""


def read_regular(path: Path, most: int) -> bytes:
    """The bytes of a file of at most ``most`` bytes.

    A pipe would be waited for and a device read for ever; opening is enough to hang, so
    the kind of file is asked for first, and again of what was opened.

    Raises:
        OSError: it cannot be read, is no regular file, or is larger; ``strerror`` says so.
    """
    _expect_regular(path.stat(), path)
    with path.open("rb", buffering=0) as file:
        found = os.fstat(file.fileno())
        _expect_regular(found, path)
        data = bytearray()
        if found.st_size <= most:
            while len(data) <= most and (part := file.read(most + 1 - len(data))):
                data += part
    if max(len(data), found.st_size) > most:
        raise OSError(errno.EFBIG, f"larger than {most / MEGABYTE:g} MB", str(path))
    return bytes(data)


def computes(database: sqlite3.Connection) -> bool:
    """Whether a database has views, generated columns or the like: they may have no end."""
    odd = "SELECT 1 FROM sqlite_master WHERE type NOT IN ('table', 'index') OR NOT rootpage"
    made = "SELECT 1 FROM sqlite_master AS one, pragma_table_xinfo(one.name) WHERE hidden"
    return any(database.execute(query).fetchone() for query in (odd, made))


def _expect_regular(found: os.stat_result, path: Path) -> None:
    if stat.S_ISDIR(found.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if not stat.S_ISREG(found.st_mode):
        raise OSError(errno.EINVAL, "a pipe, socket or device, not a file", str(path))
