"""Running a command and saying what it cost: processor, wall clock, memory."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

KILOBYTE = 1e6 if sys.platform == "darwin" else 1e3
"""Of what ru_maxrss counts, so many are a megabyte: Linux has kilobytes (getrusage(2))."""
_UNCOMPILED = "PYTHONDONTWRITEBYTECODE"
"""With it, sources that were never compiled are compiled at each start: nobody's tool runs so."""
LOOK = 0.1
"""Seconds between two looks at the memory of all processes together."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What a command cost."""

    cpu: float
    """Seconds of processor time, user and system, of the process and its children."""
    wall: float
    largest: float
    """Megabytes of the largest of its processes, at its peak."""
    together: float
    """Megabytes of all its processes at the worst moment, shared pages counted once;
    0 where the system does not tell."""


def cost(command: Sequence[str | Path], folder: Path) -> Cost:
    """Run a command in a folder.

    Raises:
        CalledProcessError: it failed; a 1 of ours is "done, with problems".
    """
    start = time.perf_counter()
    process = subprocess.Popen(
        [str(part) for part in command],
        cwd=folder,
        env={name: value for name, value in os.environ.items() if name != _UNCOMPILED},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    watch = _Memory(process.pid)
    watch.start()
    assert process.stderr
    with process.stderr:
        said = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    watch.stop()
    code = os.waitstatus_to_exitcode(status)
    process.returncode = code  # wait4 has taken it; nobody needs to wait again
    if code not in (0, 1):
        raise subprocess.CalledProcessError(code, process.args, stderr=said.decode())
    cpu = usage.ru_utime + usage.ru_stime
    return Cost(cpu, wall, usage.ru_maxrss / KILOBYTE, watch.peak)


def typical(
    command: Sequence[str | Path],
    folder: Path,
    runs: int,
    prepare: Callable[[], object] = lambda: None,
) -> Cost:
    """Return the medians of several runs, each prepared alike."""
    costs = []
    for _ in range(runs):
        prepare()
        costs.append(cost(command, folder))
    return Cost(
        *(
            statistics.median(getattr(one, name) for one in costs)
            for name in ("cpu", "wall", "largest", "together")
        )
    )


class _Memory(threading.Thread):
    """Watches what a process and its children have in memory."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.pid = pid
        self.peak = 0.0
        self._over = threading.Event()

    def run(self) -> None:
        while not self._over.wait(LOOK):
            self.peak = max(self.peak, sum(_proportional(pid) for pid in _family(self.pid)))

    def stop(self) -> None:
        self._over.set()
        self.join()


def _family(pid: int) -> list[int]:
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
    except OSError:
        return [pid]
    return [pid, *(one for child in children.split() for one in _family(int(child)))]


def _proportional(pid: int) -> float:
    """Megabytes of a process, a page that several share counted in parts (proc(5))."""
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) / 1e3
    except OSError:
        pass  # it has ended, or this is no Linux
    return 0.0
