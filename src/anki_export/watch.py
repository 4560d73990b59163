"""Waiting for edits of the notes, their configuration and the card templates."""

from __future__ import annotations

import threading
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Self

import watchfiles

QUIET = 50
"""Milliseconds without an edit after which a batch of edits is over: a file is often saved as
another one that is renamed, and a branch is checked out file by file."""

LONGEST = 500
"""Milliseconds after which a batch is over in any case."""

_SWAP = ("~", ".swp", ".swx", ".tmp", ".part", ".crdownload")
"""Ends of what editors and browsers keep beside a file that is being written."""


class Edits:
    """Collects edits while it is entered; :meth:`wait` gives back when there is one.

    Args:
        folders: everything below them counts, hidden files and folders aside, in which the
            ledger is; those that do not exist are left out.
        files: these count wherever they lie; they need not exist yet.
        ignored: these do not, such as the package itself.
    """

    def __init__(
        self, folders: Sequence[Path], files: Sequence[Path] = (), ignored: Collection[Path] = ()
    ) -> None:
        self._folders = [folder.resolve() for folder in folders if folder.is_dir()]
        self._files = {file.resolve() for file in files}
        self._ignored = {file.resolve() for file in ignored}
        self._happened = threading.Event()
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> Self:
        around = {file.parent for file in self._files if file.parent.is_dir()}
        for places, deep in ((self._folders, True), (sorted(around), False)):
            if places:
                thread = threading.Thread(target=self._watch, args=(places, deep), daemon=True)
                thread.start()
                self._threads.append(thread)
        return self

    def __exit__(self, *_error: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(timeout=2)

    def wait(self) -> None:
        """Return after the next batch of edits, at once if there was one since the last call."""
        # A wait without limit cannot be interrupted on every system.
        while not self._happened.wait(0.5):
            pass
        self._happened.clear()

    def _watch(self, places: Sequence[Path], deep: bool) -> None:
        for _batch in watchfiles.watch(
            *places,
            watch_filter=lambda _change, path: self.counts(Path(path)),
            step=QUIET,
            debounce=LONGEST,
            recursive=deep,
            stop_event=self._stop,
            raise_interrupt=False,
        ):
            self._happened.set()

    def counts(self, path: Path) -> bool:
        """Whether an edit of this file is one of the notes or of how they are shown."""
        if path in self._files:
            return True
        if path in self._ignored or path.name.endswith(_SWAP):
            return False
        inside = [folder for folder in self._folders if path.is_relative_to(folder)]
        return any(
            not any(part.startswith(".") for part in path.relative_to(folder).parts)
            for folder in inside
        )
