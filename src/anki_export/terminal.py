"""Printing for ``cli``: results to stdout, progress and problems to stderr.

Colour and bars appear on a terminal only. A reader that goes away (``| head``) and an
encoding that lacks a character cost output, never the command.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterable
from typing import IO, Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.text import Text

from anki_export import report
from anki_export.problems import AnkiExportError, Problem

_STYLES = {": error: ": "red", ": warning: ": "yellow"}
_DIFF_STYLES = {"-": "red", "+": "green"}


class Terminal:
    """The two streams of a command."""

    def __init__(self, *, as_json: bool, quiet: bool) -> None:
        self._as_json = as_json
        self._quiet = quiet
        self._bar: Progress | None = None
        self._task: Any = None
        self._step = ""
        for stream in (sys.stdout, sys.stderr):
            _survive_encoding(stream)
        self._out = _Console(sys.stdout)
        self._err = _Console(sys.stderr)

    # ---- while it runs

    def progress(self, step: str, done: int, total: int) -> None:
        """Show how far a step is; a bar, on a terminal only."""
        if self._quiet or not self._err.is_terminal:
            return
        if self._bar is None:
            columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
            self._bar = Progress(*columns, console=self._err, transient=True)
            self._task = self._bar.add_task(step, total=total)
            self._bar.start()
        self._bar.update(self._task, description=step, completed=done, total=total)

    def _end_progress(self) -> None:
        if self._bar is not None:
            self._bar.stop()
            self._bar = None

    # ---- results

    def say(self, line: str) -> None:
        """Print a line for people."""
        if not self._quiet and not self._as_json:
            self._print(self._out, Text(line))

    def diff(self, lines: Iterable[str]) -> None:
        """Print what would change, removed and added lines in colour."""
        self._end_progress()
        for line in lines:
            bare = line.lstrip()
            style = _DIFF_STYLES.get(bare[:1], "") if line != bare else "bold"
            if not self._quiet and not self._as_json:
                self._print(self._out, Text(line, style=style))

    def problems(self, problems: Iterable[Problem], folder: str) -> None:
        """Print problems, a line each, to stderr."""
        self._end_progress()
        for line in report.problem_lines(problems, folder):
            if self._quiet and ": error: " not in line:
                continue
            style = next((s for mark, s in _STYLES.items() if mark in line), "")
            self._print(self._err, _head_styled(line, style))

    def result(self, result: report.Result, seconds: float, code: int) -> None:
        """Print the summary, or the JSON object."""
        self._end_progress()
        if self._as_json:
            ascii_only = not _is_unicode(sys.stdout)
            text = report.to_json(result, seconds, code, ascii_only=ascii_only)
            self._print(self._out, Text(text))
        elif not self._quiet:
            self._print(self._out, Text(report.summary(result, seconds)))

    # ---- ends

    def error(self, error: AnkiExportError) -> int:
        """Say in a line what ended the command; gives back its exit code."""
        self._end_progress()
        for line in report.problem_lines(error.problems, ""):
            self._print(self._err, _head_styled(line, "red"))
        hint = f" ({error.hint})" if error.hint else ""
        self._print(self._err, Text.assemble(("error", "red"), f": {error.message}{hint}"))
        if self._as_json:
            ascii_only = not _is_unicode(sys.stdout)
            self._print(self._out, Text(report.error_json(error, ascii_only=ascii_only)))
        return error.exit_code

    def help(self, text: str, code: int) -> int:
        """Show the help to whoever gave no command."""
        self._print(self._err, Text(text))
        return code

    def interrupted(self, code: int) -> int:
        """Say that the user ended the command."""
        self._end_progress()
        self._print(self._err, Text("interrupted; nothing half-written is left"))
        return code

    def bug(self, details: str) -> None:
        """Show a traceback: whoever reports the bug needs it."""
        self._end_progress()
        self._print(self._err, Text(details + "This is a bug in anki-export; please report it."))

    def close(self) -> None:
        """Flush, so that no message comes from the interpreter's own end."""
        for stream in (sys.stdout, sys.stderr):
            try:
                stream.flush()
            except (BrokenPipeError, ValueError):
                _send_nowhere(stream)

    def _print(self, console: Console, text: Text) -> None:
        console.print(text, soft_wrap=True)


class _Console(Console):
    """Writes what it is given: no guessing of styles, no markup; notes hold any characters."""

    def __init__(self, stream: IO[str]) -> None:
        super().__init__(file=stream, highlight=False, markup=False, emoji=False, soft_wrap=True)
        self._stream = stream

    def on_broken_pipe(self) -> None:
        """Go on without a reader, where rich would exit."""
        self.quiet = True
        _send_nowhere(self._stream)


def _head_styled(line: str, style: str) -> Text:
    """The line with its severity in colour."""
    head, mark, rest = line.partition(": error: ")
    if not mark:
        head, mark, rest = line.partition(": warning: ")
    return Text.assemble(head, (mark, style), rest)


def _survive_encoding(stream: Any) -> None:
    """Let a stream escape what its encoding lacks."""
    with contextlib.suppress(AttributeError, ValueError):
        stream.reconfigure(errors="backslashreplace")


def _is_unicode(stream: IO[str]) -> bool:
    return (getattr(stream, "encoding", "") or "").lower().replace("-", "").startswith("utf")


def _send_nowhere(stream: IO[str]) -> None:
    """Replace a stream's descriptor, so that even the interpreter's last flush succeeds.

    So the Python documentation advises (signal, "Note on SIGPIPE").
    """
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
