"""Writing package and ledger so that a kill at any moment leaves both old or both new.

The order (DESIGN, identity): the next ledger beside the old one, its name carrying the
package's hash; the package to a temporary file in its own folder and renamed; the ledger
renamed. Every step is synced before the next. A build that finds a next ledger left over
adopts it when its hash is the package's, else removes it.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from anki_export.ledger.entries import FOLDER, NAME
from anki_export.problems import WriteError

LOCK = "lock"
WAIT = 60.0
"""Seconds that a build waits for another one."""

_NEXT = re.compile(r"ledger(?:-[0-9a-f]{64})?\.new")
_BESIDE = {
    ".gitattributes": f"{NAME} merge=union\n",
    ".gitignore": f"cache*\n*.new\n{LOCK}\n",
}


@dataclass(frozen=True, slots=True)
class Saved:
    """Which of the two files were written; what had these bytes already was left alone."""

    package: bool
    ledger: bool


class Session:
    """What a build may do between taking the lock and giving it back."""

    def __init__(self, ledger: Path, output: Path) -> None:
        self._ledger, self._output = ledger, output
        self.adopted = False
        """Whether a killed build's ledger was adopted."""

    def settle(self) -> None:
        """Finish or undo what a killed build left over."""
        for left in _listed(self._output.parent, lambda name: name == _temporary(self._output)):
            left.unlink(missing_ok=True)
        leftovers = _listed(self._ledger.parent, lambda name: bool(_NEXT.fullmatch(name)))
        shipped = f"ledger-{_hash(_read(self._output))}.new" if leftovers else ""
        for left in leftovers:
            if left.name == shipped:
                left.replace(self._ledger)
                self.adopted = True
            else:
                left.unlink(missing_ok=True)
        if leftovers:
            _sync_folder(self._ledger.parent)

    def ledger_text(self) -> str | None:
        """Return the ledger as it stands, or nothing when there is none.

        Raises:
            WriteError: when it is there but cannot be read.
        """
        return read_ledger(self._ledger)

    def package(self) -> bytes | None:
        """Return the last package, or nothing when there is none.

        Raises:
            WriteError: when it is there but cannot be read.
        """
        with _reported(self._output, "read"):
            return _read(self._output)

    def save(self, package: bytes, ledger: str) -> Saved:
        """Write both files, or neither.

        Raises:
            WriteError: when the disk is full or a folder cannot be written; both files
                are the old ones then, and no temporary file is left.
        """
        text = ledger.encode("utf-8")
        saved = Saved(self.package() != package, _read(self._ledger) != text)
        following = self._ledger.with_name(f"ledger-{_hash(package)}.new")
        temporary = self._output.with_name(_temporary(self._output))
        with _reported(self._output):
            with _removed_on_failure(following, temporary):
                if saved.ledger:
                    _write(following, text)
                if saved.package:
                    self._output.parent.mkdir(parents=True, exist_ok=True)
                    _write(temporary, package)
                    temporary.replace(self._output)
            # From here on the package is the new one: whatever fails, the next build adopts.
            if saved.package:
                _sync_folder(self._output.parent)
            if saved.ledger:
                following.replace(self._ledger)
                _sync_folder(self._ledger.parent)
        return saved


@contextlib.contextmanager
def session(
    ledger: Path,
    output: Path,
    *,
    wait: float = WAIT,
    on_wait: Callable[[], None] = lambda: None,
) -> Iterator[Session]:
    """Give one build at a time the right to write *ledger* and *output*.

    Args:
        ledger: the ledger file; its folder is made, with git's settings for it.
        output: the package to write; a link is followed.
        wait: seconds to wait for another build.
        on_wait: called once when there is one to wait for.

    Raises:
        WriteError: when a folder cannot be written, or the other build does not end.
    """
    ledger, output = _resolved(ledger), _resolved(output)
    with _reported(ledger):
        ledger.parent.mkdir(parents=True, exist_ok=True)
        if ledger.parent.name == FOLDER:
            _write_settings(ledger.parent)
        lock = FileLock(ledger.parent / LOCK)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            on_wait()
            try:
                lock.acquire(timeout=wait)
            except Timeout:
                message = f"another build is still running after {wait:.0f} s"
                raise WriteError(message, f"it holds {lock.lock_file}") from None
    try:
        building = Session(ledger, output)
        with _reported(ledger):
            building.settle()
        yield building
    finally:
        lock.release()


def read_ledger(ledger: Path) -> str | None:
    """Return a ledger's text, or nothing when there is none; for commands that write nothing.

    Raises:
        WriteError: when it is there but cannot be read.
    """
    with _reported(ledger, "read"):
        raw = _read(ledger)
    # Undecodable bytes become a line that the ledger's own reader refuses by number.
    return None if raw is None else raw.decode("utf-8", errors="replace")


def _write_settings(folder: Path) -> None:
    for name, text in _BESIDE.items():
        target = folder / name
        if not target.exists():
            target.write_text(text, encoding="utf-8", newline="\n")


def _resolved(path: Path) -> Path:
    return Path(os.path.realpath(path))


def _temporary(output: Path) -> str:
    return f".{output.name}.new"


def _hash(data: bytes | None) -> str:
    return hashlib.sha256(data or b"").hexdigest()


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _listed(folder: Path, wanted: Callable[[str], bool]) -> list[Path]:
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if wanted(path.name))


def _write(path: Path, data: bytes) -> None:
    """Write a file to the disk itself, not only to the system's memory."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0)
    descriptor = os.open(path, flags, 0o666)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    """Make a rename in *folder* durable; not every system lets a folder be opened."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):
            raise
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def _removed_on_failure(*paths: Path) -> Iterator[None]:
    try:
        yield
    except BaseException:
        for path in paths:
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)
        raise


@contextlib.contextmanager
def _reported(path: Path, doing: str = "write") -> Iterator[None]:
    """Turn the system's errors into one line for the user."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise WriteError(f"cannot {doing} {error.filename or path}: {reason}") from error
