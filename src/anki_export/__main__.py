"""``anki-export`` and ``python -m anki_export``: signals first, then the command line."""

from __future__ import annotations

import gc
import os
import signal
import sys
from types import FrameType
from typing import NoReturn


class Terminated(KeyboardInterrupt):
    """Somebody else asked the command to end (SIGTERM)."""


def _terminate(_number: int, _frame: FrameType | None) -> NoReturn:
    raise Terminated


def interrupt_again(ignored: sys.UnraisableHookArgs) -> None:
    """Say an interruption anew that fell into a callback, where Python ignores it.

    A module that is imported has such callbacks; a hundredth of a second later they are done.
    """
    if not issubclass(ignored.exc_type, KeyboardInterrupt) or sys.platform == "win32":
        sys.__unraisablehook__(ignored)
        return
    ended = issubclass(ignored.exc_type, Terminated)
    signal.signal(signal.SIGALRM, _terminate if ended else signal.default_int_handler)
    signal.setitimer(signal.ITIMER_REAL, 0.01)


def main() -> NoReturn:
    """Run the command line, interruptible from its first import on."""
    try:
        signal.signal(signal.SIGTERM, _terminate)
        sys.unraisablehook = interrupt_again
        # A build makes millions of objects that live to its end: to look for circles among
        # them as often as usual costs a tenth of its time.
        gc.set_threshold(100_000, 50, 100)
        from anki_export.cli import main as run  # noqa: PLC0415 - may be interrupted, too

        try:
            run()
        finally:  # how it ended is said; nothing is left to interrupt
            for number in (signal.SIGINT, signal.SIGTERM):
                signal.signal(number, signal.SIG_IGN)
    except (KeyboardInterrupt, RuntimeError) as error:  # before or after the command itself
        # What interrupts the making of a class comes wrapped (Python before 3.12).
        cause = error if isinstance(error, KeyboardInterrupt) else error.__cause__
        if not isinstance(cause, KeyboardInterrupt):
            raise
        os._exit(143 if isinstance(cause, Terminated) else 130)


if __name__ == "__main__":
    sys.exit(main())
