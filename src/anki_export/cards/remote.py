"""Images from the web that were fetched once: kept beside the notes, with a lock file.

The lock file has a line an address, sorted, with the hash of what the address gave; the
files bear the names that they have in the package. What they hold is believed only if it
has the hash, so a build that finds all of them whole asks nobody. Fetching is not done
here: :meth:`Remote.take` is given what was fetched.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from anki_export.cards.media import EXTENSIONS, media_file, media_name, too_large, web_address
from anki_export.files import MEGABYTE, read_regular, write_whole
from anki_export.markdown.scope import Missing
from anki_export.model import MediaFile
from anki_export.names import FOLDER, IMAGES, IMAGES_LOCK
from anki_export.problems import ProblemKind, UsageError, WriteError

MOST_OF_LOCK = 16 * MEGABYTE
"""Bytes of a lock file."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the lock file: what an address gave when it was fetched."""

    address: str
    sha256: str
    size: int
    """Bytes."""
    type: str
    """The extension of its file."""

    def __post_init__(self) -> None:
        """Refuse what no build writes.

        Raises:
            ValueError: it is not an entry.
        """
        if not (
            all(isinstance(one, str) for one in (self.address, self.sha256, self.type))
            and self.address.encode()
            and web_address(self.address) == self.address
            and re.fullmatch("[0-9a-f]{64}", self.sha256)
            and type(self.size) is int
            and self.size > 0
            and self.type in EXTENSIONS
        ):
            raise ValueError


class Remote:
    """The images from the web that a notes folder keeps."""

    def __init__(self, notes_folder: Path, max_mb: int) -> None:
        """Read the lock file; images over ``max_mb`` megabytes are not shown.

        Raises:
            UsageError: the lock file is damaged.
        """
        self._notes = notes_folder
        self._lock = notes_folder / FOLDER / IMAGES_LOCK
        self._entries = _read(self._lock)
        self._fresh: dict[str, Entry] = {}
        self._files: dict[str, MediaFile] = {}
        self._failed: dict[str, Missing] = {}
        self.most = max_mb * MEGABYTE
        """Bytes of one image."""

    def find(self, address: str) -> MediaFile | Missing:
        """The image that an address gave, if it is kept and whole."""
        if found := self._files.get(address) or self._failed.get(address):
            return found
        if entry := self._entries.get(address):
            if entry.size > self.most:
                return too_large(entry.size, address, address)
            with contextlib.suppress(OSError):
                data = read_regular(self._path(entry), entry.size)
                if hashlib.sha256(data).hexdigest() == entry.sha256:
                    self._files[address] = media_file(data, entry.type)
                    return self._files[address]
        message = f"remote image is not fetched yet: {address}"
        return Missing(message, "a build fetches it", address, ProblemKind.REMOTE_IMAGE)

    def lacks(self, address: str) -> bool:
        """Whether an image has to be fetched to be shown."""
        entry = self._entries.get(address)
        return isinstance(self.find(address), Missing) and (not entry or entry.size <= self.most)

    def take(self, address: str, data: bytes, extension: str) -> None:
        """Keep what an address gives, unless another build got something else from it.

        Raises:
            WriteError: it cannot be kept.
        """
        entry = Entry(address, hashlib.sha256(data).hexdigest(), len(data), extension)
        known = self._entries.setdefault(address, entry)
        if known.sha256 != entry.sha256:
            lock = f"{FOLDER}/{IMAGES_LOCK}"
            self.fail(address, "it is another one now", f"to take it, remove its line from {lock}")
            return
        if known is entry:
            self._fresh[address] = entry
        self._write(self._path(known), data)
        self._files[address] = media_file(data, known.type)

    def fail(self, address: str, reason: str, hint: str) -> None:
        """Say why an address gives no image."""
        lost = address in self._entries
        kind = ProblemKind.LOST_IMAGE if lost else ProblemKind.REMOTE_IMAGE
        message = f"remote image cannot be fetched{' again' if lost else ''} ({reason}): {address}"
        self._failed[address] = Missing(message, hint, address, kind)

    def save(self) -> None:
        """Add what was taken to the lock file, beside what other builds have added meanwhile.

        Raises:
            WriteError: it cannot be written.
        """
        if self._fresh:
            entries = self._fresh | _read(self._lock)
            lines = [
                json.dumps(asdict(entries[one]), ensure_ascii=False) for one in sorted(entries)
            ]
            self._write(self._lock, "".join(f"{line}\n" for line in lines).encode())

    def _path(self, entry: Entry) -> Path:
        return self._lock.with_name(IMAGES) / media_name(entry.sha256, entry.type)

    def _write(self, path: Path, data: bytes) -> None:
        if not path.parent.resolve().is_relative_to(self._notes.resolve()):
            raise WriteError(f"{path} leads out of the notes folder", "remove the link")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(path, data)
        except OSError as error:
            raise WriteError(f"cannot write {path}: {error.strerror or error}") from error


def _read(lock: Path) -> dict[str, Entry]:
    """The entries of a lock file by their addresses; none if there is no file.

    Raises:
        UsageError: it is damaged, in one line that says where.
    """
    try:
        text = read_regular(lock, MOST_OF_LOCK).decode("utf-8")
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        hint = "remove it; the images are fetched anew"
        raise UsageError(f"cannot read {lock}: {reason}", hint) from error
    entries: dict[str, Entry] = {}
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            record: Any = json.loads(line)
            entry = Entry(**record)
        except (ValueError, TypeError, RecursionError):
            hint = "take the file from your backup, or remove the line: the image is fetched anew"
            raise UsageError(f"{lock}:{number}: not the line of an image", hint) from None
        if entries.setdefault(entry.address, entry) != entry:
            raise UsageError(f"{lock}:{number}: another hash of an address above", "keep one line")
    return entries
