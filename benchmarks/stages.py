"""Where a build's time goes, stage by stage, seen from outside.

    python -m benchmarks.stages [--top N] [--json FILE] build NOTES …

runs a command of ours in this process and looks every few milliseconds of processor time at
what it is doing. Time in a library counts for the stage that called it. Nothing of the
pipeline is named here, so it measures whatever the pipeline is.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

EVERY = 0.002
"""Seconds of processor time between two looks."""
IMPORTS = "imports"


@dataclass(slots=True)
class Profile:
    """Seconds of processor time by stage, and by function within each."""

    stages: Counter[str] = field(default_factory=Counter)
    functions: Counter[tuple[str, str]] = field(default_factory=Counter)
    total: float = 0.0

    @property
    def shares(self) -> dict[str, float]:
        """Seconds by stage, most first; the looks are scaled to the time that has passed."""
        seen = sum(self.stages.values()) or 1
        return {name: self.total * count / seen for name, count in self.stages.most_common()}


def _stage(frame: FrameType | None) -> tuple[str, str]:
    """Return stage and function of the innermost frame of ours; imports are a stage too."""
    found: tuple[str, str] | None = None
    while frame is not None:
        code = frame.f_code
        if code.co_filename.startswith("<frozen importlib"):
            return IMPORTS, ""
        if found is None and "anki_export" in (parts := Path(code.co_filename).parts):
            inner = parts[len(parts) - parts[::-1].index("anki_export") :]
            found = inner[0].removesuffix(".py"), f"{'/'.join(inner)}:{code.co_name}"
        frame = frame.f_back
    return found or ("other", "")


@contextlib.contextmanager
def watching() -> Iterator[Profile]:
    """Profile what is done inside, on the main thread."""
    profile = Profile()

    def look(_signal: int, frame: FrameType | None) -> None:
        stage, function = _stage(frame)
        profile.stages[stage] += 1
        profile.functions[stage, function] += 1

    before = signal.signal(signal.SIGPROF, look)
    start = time.process_time()
    signal.setitimer(signal.ITIMER_PROF, EVERY, EVERY)
    try:
        yield profile
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        profile.total = time.process_time() - start
        signal.signal(signal.SIGPROF, before)


def profile(arguments: Sequence[str]) -> Profile:
    """Profile a command of ours, its imports included."""
    with watching() as found, contextlib.redirect_stdout(io.StringIO()):
        from anki_export import cli  # noqa: PLC0415 - its import is part of what is measured

        with contextlib.suppress(SystemExit):
            cli.main(list(arguments))
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the stages and their most expensive functions."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--top", type=int, default=4, help="functions to show of each stage")
    parser.add_argument("--json", type=Path, help="write the seconds of each stage to a file")
    parser.add_argument("command", nargs=argparse.REMAINDER)
    given = parser.parse_args(arguments)
    found = profile(given.command)
    if given.json:
        given.json.write_text(json.dumps(found.shares), encoding="utf-8")
    seen = sum(found.stages.values()) or 1
    for stage, seconds in found.shares.items():
        print(f"{stage:14} {seconds:7.2f} s {seconds / found.total:6.1%}")
        inside = Counter({name: n for (of, name), n in found.functions.items() if of == stage})
        for name, count in inside.most_common(given.top):
            print(f"    {found.total * count / seen:7.2f} s  {name}")
    print(f"{'all':14} {found.total:7.2f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
