"""Writing package and ledger so that a kill at any moment leaves both old or both new.

The order (DESIGN, identity): the next ledger beside the old one, and renamed to a name that
carries the package's hash; the package to a temporary file in its own folder and renamed;
the ledger renamed. Every step is synced before the next. A build that finds a next ledger
left over adopts it when it fits the package and is whole, else removes it.
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

from anki_export.files import MOST_OF_PACKAGE, read_regular, write_new
from anki_export.ledger.entries import parse
from anki_export.ledger.packed import read_guids
from anki_export.names import FOLDER, IMAGES_LOCK
from anki_export.names import LEDGER as NAME
from anki_export.problems import Problems, UsageError, WriteError

LOCK = "lock"
WAIT = 60.0
"""Seconds that a build waits for another one."""

_BESIDE = {
    ".gitattributes": f"{NAME} merge=union\n{IMAGES_LOCK} merge=union\n",
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
        self._found = _read(output)
        self._lock = output.with_name(f".{output.name}.{LOCK}")
        self.adopted = False
        """Whether a killed build's ledger was adopted."""

    def settle(self) -> None:
        """Finish or undo what a killed build left over."""
        temporary = self._output.with_name(_temporary(self._output))
        if os.path.lexists(temporary):
            with contextlib.suppress(Timeout), FileLock(self._lock, timeout=0):
                temporary.unlink(missing_ok=True)
        stem = re.escape(_stem(self._ledger))
        leftovers = _listed(self._ledger.parent, rf"{stem}(-[0-9a-f]{{64}})?\.new")
        package = self._found
        following = self._following(package or b"")
        for left in leftovers:
            whole = left == following and not left.is_symlink() and package is not None
            if whole and _fits(_read(left), package or b""):
                left.replace(self._ledger)
                self.adopted = True
            else:
                left.unlink(missing_ok=True)
        if leftovers:
            _sync_folder(self._ledger.parent)

    def _following(self, package: bytes) -> Path:
        """Return the name under which the next ledger waits for *package*."""
        digest = hashlib.sha256(package).hexdigest()
        return self._ledger.with_name(f"{_stem(self._ledger)}-{digest}.new")

    def ledger_text(self) -> str | None:
        """Return the ledger as it stands, or nothing when there is none.

        Raises:
            WriteError: when it is there but cannot be read.
        """
        return read_ledger(self._ledger)

    def package(self) -> bytes | None:
        """Return the last package, or nothing when there is none."""
        return self._found

    def save(self, package: bytes, ledger: str) -> Saved:
        """Write both files, or neither.

        Raises:
            WriteError: when the disk is full or a folder cannot be written; both files
                are the old ones then, and no temporary file is left.
        """
        text = ledger.encode("utf-8")
        saved = Saved(self._found != package, _read(self._ledger) != text)
        with _reported(self._output):
            if saved.package:
                self._output.parent.mkdir(parents=True, exist_ok=True)
                with _locked(self._lock, WAIT):
                    self._write(package, text, saved)
            else:
                self._write(package, text, saved)
        return saved

    def _write(self, package: bytes, text: bytes, saved: Saved) -> None:
        part = self._ledger.with_name(f"{_stem(self._ledger)}.new")
        following = self._following(package)
        temporary = self._output.with_name(_temporary(self._output))
        if _read(self._output) != self._found:
            message = f"{self._output} has been written by another build meanwhile"
            raise WriteError(message, "does it belong to other notes? If not, build again")
        with _removed_on_failure(part, following, temporary):
            if saved.ledger:
                write_new(part, text)
                part.replace(following)
                _sync_folder(self._ledger.parent)
            if saved.package:
                write_new(temporary, package)
                temporary.replace(self._output)
        # From here on the package is the new one: whatever fails, the next build adopts.
        if saved.package:
            _sync_folder(self._output.parent)
        if saved.ledger:
            following.replace(self._ledger)
            _sync_folder(self._ledger.parent)


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
    with _reported(ledger):
        ledger, output = _inside(ledger), _resolved(output)
        ledger.parent.mkdir(parents=True, exist_ok=True)
        if ledger.parent.name == FOLDER:
            _write_settings(ledger.parent)
    ours = ledger.parent.name == FOLDER and ledger.name == NAME
    with _locked(ledger.parent / (LOCK if ours else f"{ledger.name}.{LOCK}"), wait, on_wait):
        with _reported(output, "read"):
            building = Session(ledger, output)
        with _reported(ledger):
            building.settle()
        yield building


@contextlib.contextmanager
def _locked(path: Path, wait: float, on_wait: Callable[[], None] = lambda: None) -> Iterator[None]:
    if path.is_symlink():
        raise WriteError(f"{path} is a link", "remove it: a lock is a file of its own")
    lock = FileLock(path)
    with _reported(path):
        try:
            lock.acquire(timeout=0)
        except Timeout:
            on_wait()
            try:
                lock.acquire(timeout=wait)
            except Timeout:
                message = f"another build is still running after {wait:.0f} s"
                raise WriteError(message, f"it holds {path}") from None
    try:
        yield
    finally:
        lock.release()


def _fits(ledger: bytes | None, package: bytes) -> bool:
    """Tell whether a left-over ledger can be read, to its end, and knows all of a package."""
    text = (ledger or b"").decode("utf-8", errors="replace")
    try:
        known = parse(text, "", Problems()).entries
        shipped = read_guids(package, "")
    except UsageError:
        return False
    return text.endswith("\n") and shipped <= known.keys()


def _inside(ledger: Path) -> Path:
    """Return where a ledger really is; one in the notes folder has to stay there.

    Raises:
        WriteError: when a link leads out of the notes folder.
    """
    real = _resolved(ledger)
    if ledger.parent.name == FOLDER and not real.is_relative_to(_resolved(ledger.parent.parent)):
        message = f"{ledger} leads out of the notes folder, to {real}"
        raise WriteError(message, "remove the link, or name the ledger by --ledger")
    return real


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
        if not os.path.lexists(folder / name):
            write_new(folder / name, text.encode())


def _resolved(path: Path) -> Path:
    return Path(os.path.realpath(path))


def _temporary(output: Path) -> str:
    return f".{output.name}.new"


def _stem(ledger: Path) -> str:
    """Return what the names of a ledger's helpers begin with."""
    return "ledger" if ledger.name == NAME else ledger.name


def _read(path: Path) -> bytes | None:
    try:
        return read_regular(path, MOST_OF_PACKAGE)
    except FileNotFoundError:
        return None


def _listed(folder: Path, pattern: str) -> list[Path]:
    return sorted(path for path in folder.iterdir() if re.fullmatch(pattern, path.name))


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
