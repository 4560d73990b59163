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
    return _lines(problems, folder, lambda one: (one.kind, one.location.path), _line_of_note)


def folded_lines(problems: Iterable[Problem], folder: str) -> list[str]:
    """One line a problem while they are few, and one for all of a kind with the first places."""
    return _lines(problems, folder, lambda one: one.kind, _line_of_kind)


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
    fold: Callable[[list[Problem], str, str], str],
) -> list[str]:
    """A line a problem; where more than a few have the same key, one line for all of them."""
    groups: dict[Hashable, list[Problem]] = {}
    for one in in_order(problems):
        groups.setdefault(key(one), []).append(one)
    lines: list[str] = []
    for group in groups.values():
        if len(group) <= FEW:
            lines += [problem_line(one, folder) for one in group]
        else:
            same = len({one.hint for one in group}) == 1
            lines.append(fold(group, folder, _hint(group[0]) if same else ""))
    return lines


def _line_of_note(group: list[Problem], folder: str, hint: str) -> str:
    """A note's path with the number of each line, and what they have in common."""
    path, kind = openable(group[0].location, folder).path, group[0].kind
    numbers = [str(one.location.line) for one in group if one.location.line is not None]
    places = f"{path}:{', '.join(dict.fromkeys(numbers))}" if numbers else path
    return f"{places}: {kind.severity}: {kind.summary}{hint}"


def _line_of_kind(group: list[Problem], folder: str, hint: str) -> str:
    """A kind, how often it is met, and the first place in each of the first notes."""
    kind = group[0].kind
    firsts = [next(of) for _path, of in groupby(group, key=lambda one: one.location.path)][:FEW]
    places = ", ".join(where(openable(one.location, folder)) for one in firsts)
    return f"{kind.severity}: {kind.summary}, {len(group):,} times{hint}: {places} …"


def _hint(problem: Problem) -> str:
    return f" ({problem.hint})" if problem.hint else ""
