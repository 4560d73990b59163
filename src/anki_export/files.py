"""Files where anybody may have put others: read only if regular, and not without bound; written anew."""

from __future__ import annotations

import errno
import os
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


def write_new(path: Path, data: bytes) -> None:
    """Write a file to the disk itself, not only to the system's memory.

    Raises:
        OSError: it cannot be written.
    """
    path.unlink(missing_ok=True)  # a link that lies in wait is not followed
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    descriptor = os.open(path, flags, 0o666)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def write_whole(path: Path, data: bytes) -> None:
    """Write a file so that it is the old or the new one, whenever the process ends.

    Raises:
        OSError: it cannot be written; the old one is left.
    """
    part = path.with_name(f".{path.name}.new")
    try:
        write_new(part, data)
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def _expect_regular(found: os.stat_result, path: Path) -> None:
    if stat.S_ISDIR(found.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if not stat.S_ISREG(found.st_mode):
        raise OSError(errno.EINVAL, "a pipe, socket or device, not a file", str(path))
