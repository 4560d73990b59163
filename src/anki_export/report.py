"""Result → text or JSON; pure, and the only place where results become sentences."""

from __future__ import annotations

import difflib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from anki_export.errors import AnkiExportError, Problem, Severity
from anki_export.model import Kind, Location
from anki_export.names import RETIRED_TAG

SEARCH_LENGTH = 40
"""Cards that one search names at most; Anki's search field takes long ones, readers do not."""


class State(StrEnum):
    """What became of a card since the last build; each card is in one state."""

    NEW = "new"
    CHANGED = "changed"
    REWORDED = "reworded"
    REVIVED = "revived"
    RETIRED = "retired"
    PRUNED = "pruned"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class CardChange:
    """One card, its state, and where it goes."""

    state: State
    kind: Kind
    guid: str
    location: Location | None
    """Where the card stands in the notes; for a retired one only the path is known."""
    ask: str
    """The question, or the row's name, as plain text."""
    deck: str
    moved_from: str = ""
    """The deck in which Anki has the card, where it is another one than ``deck``."""
    before: str | None = None
    """The old question and answer as plain text, for the diff; None if unknown."""
    after: str | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """What a command did or would do."""

    command: str
    notes: int
    """Source notes that were read."""
    cards: Mapping[Kind, int] = field(default_factory=dict)
    """Live cards by kind, retired ones not counted."""
    retired: int = 0
    """Retired cards that the package carries, those of earlier builds included."""
    changes: tuple[CardChange, ...] = ()
    problems: tuple[Problem, ...] = ()
    output: str = ""
    size: int | None = None
    """Bytes of the package; None if none was made."""
    written: bool = False
    messages: tuple[str, ...] = ()
    """What else the command has to say, one line each."""


# --------------------------------------------------------------------------- problems


def problem_line(problem: Problem) -> str:
    """A problem as ``path:line: severity: message (hint)``."""
    where = problem.location.path
    if problem.location.line is not None:
        where += f":{problem.location.line}"
    hint = f" ({problem.hint})" if problem.hint else ""
    return f"{where}: {problem.severity}: {problem.message}{hint}"


def problem_lines(problems: Iterable[Problem]) -> list[str]:
    """Problems in the order of their places, each said once."""

    def place(problem: Problem) -> tuple[str, int]:
        return problem.location.path, problem.location.line or 0

    lines = [problem_line(problem) for problem in sorted(problems, key=place)]
    return list(dict.fromkeys(lines))


# --------------------------------------------------------------------------- text


def summary(result: Result, seconds: float) -> str:
    """What a build, plan, check or prune comes to, for a terminal."""
    lines = [_cards_line(result)]
    if result.command != "check":
        lines += [_states_line(result), *_moves(result), *_retired(result)]
    if line := _problems_line(result.problems):
        lines.append(line)
    lines += result.messages
    if result.command in ("build", "prune"):
        lines.append(_package_line(result, seconds))
    return "\n".join(lines)


def _cards_line(result: Result) -> str:
    kinds = {Kind.QA: "question", Kind.COMPARISON: "comparison row"}
    counts = [_count(result.cards.get(kind, 0), noun) for kind, noun in kinds.items()]
    total = sum(result.cards.values())
    return f"{_count(result.notes, 'note')}, {_count(total, 'card')}: {', '.join(counts)}"


def _states_line(result: Result) -> str:
    counts = _states(result)
    parts = [f"{counts[state]:,} {state}" for state in State if state in counts]
    if moved := sum(bool(change.moved_from) for change in result.changes):
        parts.append(f"{moved:,} with another deck")
    tense = "since the last build" if result.command != "plan" else "in the next build"
    return f"{', '.join(parts) or 'nothing'} {tense}"


def _states(result: Result) -> Counter[State]:
    return Counter(change.state for change in result.changes)


def _moves(result: Result) -> Iterator[str]:
    """What to do about cards that Anki keeps in their old deck (ANKI_FACTS 3)."""
    moves: dict[tuple[str, str], list[str]] = {}
    for change in result.changes:
        if change.moved_from:
            moves.setdefault((change.moved_from, change.deck), []).append(change.guid)
    for (old, new), guids in sorted(moves.items()):
        yield f"{_count(len(guids), 'card')} of {old} now belongs in {new}; an import moves no card."
        yield "  In Anki's browser: search for this, then Cards > Change Deck"
        for start in range(0, len(guids), SEARCH_LENGTH):
            yield f"  {key_search(guids[start : start + SEARCH_LENGTH])}"


def key_search(guids: Sequence[str]) -> str:
    """The search in Anki's browser that finds these cards by their ``Key`` field."""
    terms = [f'"Key:{_escaped(guid)}"' for guid in guids]
    return " or ".join(terms)


def _escaped(text: str) -> str:
    """Text for a quoted search term, wildcards taken literally."""
    return "".join(f"\\{char}" if char in '\\"*_:' else char for char in text)


def _retired(result: Result) -> Iterator[str]:
    if result.retired and result.command != "prune":
        verb = "is" if result.retired == 1 else "are"
        yield (
            f"{_count(result.retired, 'card')} {verb} gone from the notes and stays retired"
            " until `anki-export prune`."
        )
    if result.retired or State.PRUNED in _states(result):
        yield (
            "  To delete retired cards in Anki: import, search for"
            f" `tag:{RETIRED_TAG}` in the browser, then Notes > Delete"
        )


def _problems_line(problems: Sequence[Problem]) -> str:
    counts = Counter(problem.severity for problem in problems)
    return ", ".join(_count(counts[level], level.value) for level in Severity if level in counts)


def _package_line(result: Result, seconds: float) -> str:
    size = f"{(result.size or 0) / 1000:,.0f} kB"
    if result.written:
        return f"{result.output}: {size} in {seconds:.1f} s"
    return f"{result.output} is not written"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


# --------------------------------------------------------------------------- plan


def plan_lines(result: Result) -> list[str]:
    """What a build would change, card by card, with a text diff."""
    lines: list[str] = []
    for change in result.changes:
        if change.state is State.UNCHANGED and not change.moved_from:
            continue
        lines.append(f"{change.state:<9} {_where(change)}: {change.ask}")
        if change.moved_from:
            lines.append(f"  deck: {change.moved_from} -> {change.deck}")
        lines += [f"  {line}" for line in diff(change)]
    return lines


def _where(change: CardChange) -> str:
    if change.location is None:
        return change.guid
    line = change.location.line
    return change.location.path + (f":{line}" if line is not None else "")


def diff(change: CardChange) -> list[str]:
    """Removed lines with ``-``, added ones with ``+``, the others left out."""
    if change.before is None or change.after is None:
        return []
    compared = difflib.ndiff(change.before.splitlines(), change.after.splitlines())
    return [line.rstrip() for line in compared if line[:2] in ("- ", "+ ")]


# --------------------------------------------------------------------------- JSON


def to_json(result: Result, seconds: float, exit_code: int, *, ascii_only: bool = False) -> str:
    """The result as one JSON object on one line."""
    counts = _states(result)
    return _dump(
        {
            "command": result.command,
            "exit_code": exit_code,
            "notes": result.notes,
            "cards": {kind.value: result.cards.get(kind, 0) for kind in Kind},
            "changes": {
                **{state.value: counts[state] for state in State},
                "moved": sum(bool(change.moved_from) for change in result.changes),
            },
            "retired": result.retired,
            "details": [
                _change_json(change)
                for change in result.changes
                if change.state is not State.UNCHANGED or change.moved_from
            ],
            "problems": [_problem_json(problem) for problem in result.problems],
            "messages": list(result.messages),
            "output": result.output,
            "size": result.size,
            "written": result.written,
            "seconds": round(seconds, 3),
        },
        ascii_only,
    )


def error_json(error: AnkiExportError, problems: Iterable[Problem], *, ascii_only: bool) -> str:
    """An error that ended the command, as one JSON object on one line."""
    return _dump(
        {
            "exit_code": error.exit_code,
            "error": {"message": error.message, "hint": error.hint},
            "problems": [_problem_json(problem) for problem in problems],
            "written": False,
        },
        ascii_only,
    )


def _dump(value: Mapping[str, Any], ascii_only: bool) -> str:
    return json.dumps(value, ensure_ascii=ascii_only)


def _change_json(change: CardChange) -> dict[str, Any]:
    location = change.location
    return {
        "state": change.state.value,
        "kind": change.kind.value,
        "guid": change.guid,
        "path": location.path if location else None,
        "line": location.line if location else None,
        "ask": change.ask,
        "deck": change.deck,
        "moved_from": change.moved_from or None,
        "diff": diff(change),
    }


def _problem_json(problem: Problem) -> dict[str, Any]:
    return {
        "path": problem.location.path,
        "line": problem.location.line,
        "severity": problem.severity.value,
        "message": problem.message,
        "hint": problem.hint,
    }
