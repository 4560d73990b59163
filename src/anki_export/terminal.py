"""Printing for the command line: results to stdout, progress and problems to stderr.

Colour and progress appear on a terminal only. A reader that goes away (``| head``), a
stream that is closed and an encoding that lacks a character cost output, never the
command. Whatever is printed passes :func:`printable`: notes, names, configurations and
ledgers hold any characters, and none of them may drive the terminal or forge a line.
"""

from __future__ import annotations

import contextlib
import os
import re
import sys
import time
from collections.abc import Iterable
from typing import IO

import click

from anki_export.problems import WriteError

PROGRESS_EVERY = 0.1
"""Seconds between two looks of the progress line."""

_SEVERITY = re.compile(r"(?:(?<=: )|^)(error|warning|info)(?=: )")
_COLOURS = {"error": "red", "warning": "yellow", "info": "cyan"}
_DIFF_COLOURS = {"-": "red", "+": "green"}

_UNPRINTABLE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff]"
)
"""Controls (C0, C1), what ends a line, what turns the direction of text (Unicode's UAX 9),
lone surrogates: bytes of names that are no UTF-8."""


def printable(text: str) -> str:
    r"""A line of text in which no character does anything: ``\u001b`` for an escape.

    The form is that of JSON, so a JSON text stays one, of the same value.
    """
    return _UNPRINTABLE.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


class Terminal:
    """The two streams of a command."""

    def __init__(self, *, as_json: bool = False, quiet: bool = False) -> None:
        self.as_json = as_json
        self.quiet = quiet
        self._out = _Stream(sys.stdout)
        self._err = _Stream(sys.stderr)
        self._shown_at = 0.0

    # ---- while it runs

    def progress(self, step: str, done: int, total: int) -> None:
        """Show how far a step is, in one line that is written over; on a terminal only."""
        if self.quiet or not self._err.moves:
            return
        now = time.monotonic()
        if self._shown_at and now - self._shown_at < PROGRESS_EVERY:
            return
        self._shown_at = now
        count = f" {done:,}/{total:,}" if total > 1 else ""
        self._err.write(f"\r\x1b[K{printable(step)}{count} …", end="")

    def _end_progress(self) -> None:
        if self._shown_at:
            self._shown_at = 0.0
            self._err.write("\r\x1b[K", end="")

    # ---- results

    @property
    def is_unicode(self) -> bool:
        """Whether results may hold any character."""
        return self._out.is_unicode

    def say(self, *lines: str) -> None:
        """Print lines for people."""
        self._end_progress()
        if not self.quiet and not self.as_json:
            for line in lines:
                self._out.line(line)

    def json(self, text: str) -> None:
        """Print the JSON object, if one was asked for."""
        self._end_progress()
        if self.as_json:
            self._out.line(text)

    def diff(self, lines: Iterable[str]) -> None:
        """Print what would change, removed and added lines in colour."""
        self._end_progress()
        for line in lines:
            bare = line.lstrip()
            if not self.quiet and not self.as_json:
                colour = _DIFF_COLOURS.get(bare[:1]) if line != bare else None
                self._out.line(line, colour, bold=line == bare)

    def problems(self, lines: Iterable[str]) -> None:
        """Print problems, a line each, to stderr; JSON has them already."""
        self._end_progress()
        for line in lines:
            if not self.as_json:
                self._err.line(line)

    # ---- ends

    def last(self, *lines: str) -> None:
        """Say what ended the command: to stderr, whatever was asked for."""
        self._end_progress()
        for line in lines:
            self._err.line(line)

    def close(self, code: int) -> int:
        """Flush, so that no message comes from the interpreter's own end.

        Gives back the exit code: another one if results were lost, unless their reader
        went away on purpose.
        """
        if fault := self._out.flush():
            self._err.line(f"error: cannot write the results: {fault}")
            code = code or WriteError.exit_code
        self._err.flush()
        return code


class _Stream:
    """One stream: written while it can be, and forgotten from then on."""

    def __init__(self, stream: IO[str] | None) -> None:
        self._stream = stream  # none if its descriptor was closed before the start
        self._fault = ""
        terminal = stream is not None and stream.isatty()
        dumb = os.environ.get("TERM", "") == "dumb"
        self.moves = terminal and not dumb
        self.is_coloured = self.moves and not os.environ.get("NO_COLOR")
        encoding = getattr(stream, "encoding", None) or ""
        self.is_unicode = encoding.lower().replace("-", "").startswith("utf")
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:  # let it escape what its encoding lacks
            with contextlib.suppress(ValueError):
                reconfigure(errors="backslashreplace")

    def line(self, text: str, colour: str | None = None, *, bold: bool = False) -> None:
        """Write one line, whatever is in it, the severity that it names in its colour."""
        shown = printable(text)
        if self.is_coloured and (colour or bold):
            shown = click.style(shown, fg=colour, bold=bold)
        elif self.is_coloured:
            shown = _SEVERITY.sub(lambda m: click.style(m[0], fg=_COLOURS[m[0]]), shown, count=1)
        self.write(shown)

    def write(self, text: str, end: str = "\n") -> None:
        """Write text as it is."""
        if self._stream is None:
            return
        try:
            click.echo(text + end, file=self._stream, nl=False, color=self.moves)
        except (OSError, ValueError) as error:
            self._give_up(error)

    def flush(self) -> str:
        """Write what is still to be written; gives back what was wrong with the stream."""
        if self._stream is not None:
            try:
                self._stream.flush()
            except (OSError, ValueError) as error:
                self._give_up(error)
        return self._fault

    def _give_up(self, error: OSError | ValueError) -> None:
        """Send the rest nowhere, so that even the interpreter's last flush succeeds.

        So the Python documentation advises (signal, "Note on SIGPIPE").
        """
        if isinstance(error, OSError) and not isinstance(error, BrokenPipeError):
            self._fault = error.strerror or str(error)
        stream, self._stream = self._stream, None
        with contextlib.suppress(OSError, ValueError):
            if stream is not None:
                nowhere = os.open(os.devnull, os.O_WRONLY)
                os.dup2(nowhere, stream.fileno())
                os.close(nowhere)
