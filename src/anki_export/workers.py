"""Spreads work over two processes where that pays; the results come in order all the same."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Any, TypeVar

Task = TypeVar("Task")
Made = TypeVar("Made")

WORTH = 400_000
"""Bytes of notes from which a second process saves more time than its start costs."""
PROCESSES = 2
CHUNKS = 8
"""Parts that each process gets one after the other: few enough to be cheap, even at the end."""

_todo: tuple[Callable[[Any], Any], Sequence[Any]]
"""What is done on which tasks: a forked process finds both here, however large they are."""


def spread(
    work: Callable[[Task], Made], tasks: Sequence[Task], sizes: Sequence[int]
) -> Iterator[Made]:
    """Do *work* on every task and yield the results in the tasks' order.

    Args:
        work: what is done; it must not depend on what was done before.
        tasks: what it is done on.
        sizes: how large each task is, in bytes of notes.
    """
    done = 0
    if len(tasks) >= PROCESSES and sum(sizes) >= WORTH and _can_fork():
        try:
            for made in _forked(work, tasks):
                yield made
                done += 1
        except BrokenProcessPool:  # a process was killed; this one can do the rest
            pass
    yield from map(work, tasks[done:])


def _forked(work: Callable[[Task], Made], tasks: Sequence[Task]) -> Iterator[Made]:
    global _todo  # noqa: PLW0603 - see its documentation
    _todo = work, tasks
    context = multiprocessing.get_context("fork")
    chunk = max(1, len(tasks) // (PROCESSES * CHUNKS))
    pool = ProcessPoolExecutor(PROCESSES, context, initializer=_ignore_interrupts)
    try:
        yield from pool.map(_do, range(len(tasks)), chunksize=chunk)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _do(number: int) -> Any:
    work, tasks = _todo
    return work(tasks[number])


def _ignore_interrupts() -> None:
    """Leave Ctrl-C to the first process, which ends the others."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _can_fork() -> bool:
    """Whether a process may be forked: on Linux, with two processors, and without threads."""
    return (
        sys.platform == "linux"
        and (os.cpu_count() or 1) >= PROCESSES
        and threading.active_count() == 1
    )
