"""Problems as lines: all of them, or those of a kind in one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable
from itertools import groupby
from pathlib import PurePath

from anki_export.model import FileLocation, Location
from anki_export.problems import Problem, Severity

SCREENFUL = 30
"""Faults that are shown of a configuration or of templates."""

FEW = 3
"""Problems of a kind that are shown one by one; more are one line."""


def all_lines(problems: Iterable[Problem], folder: str) -> list[str]:
    """Every problem's place, in order: one line a problem, or for all of a kind in a note."""
    return _lines(problems, folder, lambda one: (one.kind, one.location.path), _lines_of_note)


def folded_lines(problems: Iterable[Problem], folder: str) -> list[str]:
    """One line a problem while they are few, and one for all of a kind with the first places."""
    return _lines(problems, folder, lambda one: one.kind, _first_places)


def fault_lines(problems: Iterable[Problem]) -> list[str]:
    """What keeps a command from its work: a line a fault, up to a screenful."""
    lines = [problem_line(one, "") for one in in_order(problems)]
    rest = len(lines) - SCREENFUL
    return [*lines[:SCREENFUL], f"and {rest:,} more"] if rest > 0 else lines


def counts_by_kind(problems: Iterable[Problem]) -> list[str]:
    """How many problems there are of each kind, the worst and most frequent ones first."""
    counts = Counter(one.kind for one in problems)
    order = list(Severity)
    kinds = sorted(counts, key=lambda kind: (order.index(kind.severity), -counts[kind], kind))
    return [f"{counts[kind]:>7,}  {kind.severity}: {kind.summary} [{kind}]" for kind in kinds]


def problem_line(problem: Problem, folder: str) -> str:
    """A problem as ``path:line: severity: message (hint)``."""
    place = where(openable(problem.location, folder))
    return f"{place}: {problem.severity}: {problem.message}{_hint(problem)}"


def in_order(problems: Iterable[Problem]) -> list[Problem]:
    """Problems in the order of their places, each once."""
    return sorted(
        dict.fromkeys(problems), key=lambda one: (one.location.path, one.location.line or 0)
    )


def openable(location: Location | FileLocation, folder: str) -> FileLocation:
    """The place with the path that leads there from the current folder."""
    if isinstance(location, FileLocation):
        return location
    return FileLocation(str(PurePath(folder, location.path)), location.line)


def where(location: Location | FileLocation) -> str:
    """The place as text: ``path:line``, or the path alone."""
    return location.path if location.line is None else f"{location.path}:{location.line}"


# --------------------------------------------------------------------------- folding


def _lines(
    problems: Iterable[Problem],
    folder: str,
    key: Callable[[Problem], Hashable],
    places: Callable[[list[Problem], str], str],
) -> list[str]:
    """A line a problem; where more than a few have the same key, one line for all of them."""
    groups: dict[Hashable, list[Problem]] = {}
    for one in in_order(problems):
        groups.setdefault(key(one), []).append(one)
    lines: list[str] = []
    for group in groups.values():
        kind, hints = group[0].kind, {one.hint for one in group}
        if len(group) <= FEW:
            lines += [problem_line(one, folder) for one in group]
        else:
            hint = _hint(group[0]) if len(hints) == 1 else ""
            lines.append(f"{places(group, folder)}: {kind.severity}: {kind.summary}{hint}")
    return lines


def _lines_of_note(group: list[Problem], folder: str) -> str:
    """One note's path with the number of each line."""
    path = openable(group[0].location, folder).path
    numbers = [str(one.location.line) for one in group if one.location.line is not None]
    return f"{path}:{', '.join(dict.fromkeys(numbers))}" if numbers else path


def _first_places(group: list[Problem], folder: str) -> str:
    """The first place in each of the first notes, and how many more there are."""
    firsts = [next(of) for _path, of in groupby(group, key=lambda one: one.location.path)][:FEW]
    shown = ", ".join(where(openable(one.location, folder)) for one in firsts)
    return f"{shown} and {len(group) - len(firsts):,} more"


def _hint(problem: Problem) -> str:
    return f" ({problem.hint})" if problem.hint else ""
