"""Result → text or JSON; pure, and the only place where results become sentences."""

from __future__ import annotations

import difflib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any

from anki_export.model import Change, FileLocation, Guid, Kind, Location, What
from anki_export.names import RETIRED_TAG
from anki_export.problems import AnkiExportError, Problem, Severity

SEARCH_LENGTH = 40
"""Cards that one search names at most; Anki's search field takes long ones, readers do not."""


@dataclass(frozen=True, slots=True)
class Result:
    """What a command did or would do."""

    command: str
    notes: int = 0
    """Source notes that were found, unreadable ones included."""
    cards: Mapping[Kind, int] = field(default_factory=dict)
    """Live cards by kind, retired ones not counted."""
    changes: tuple[Change, ...] = ()
    texts: Mapping[Guid, tuple[str, str]] = field(default_factory=dict)
    """Question and answer as plain text, before and after, where both are known."""
    retired: int = 0
    """Retired cards that the package carries, those of earlier builds included."""
    pruned: int = 0
    """Retired cards that are left out from now on."""
    absent: int = 0
    """Cards of unreadable notes: they stay as they are in Anki, and out of the package."""
    folder: str = ""
    """The notes folder as the user named it: problems' places are shown below it."""
    problems: tuple[Problem, ...] = ()
    output: str = ""
    size: int | None = None
    """Bytes of the package; None if none was made."""
    written: bool = False
    refused: str = ""
    """Why nothing was written although nothing failed."""
    messages: tuple[str, ...] = ()
    """What else the command has to say, a line each."""


# --------------------------------------------------------------------------- problems


def problem_line(problem: Problem, folder: str) -> str:
    """A problem as ``path:line: severity: message (hint)``."""
    hint = f" ({problem.hint})" if problem.hint else ""
    place = _where(openable(problem.location, folder))
    return f"{place}: {problem.severity}: {problem.message}{hint}"


def problem_lines(problems: Iterable[Problem], folder: str) -> list[str]:
    """A line a problem, in the order of their places."""
    return [problem_line(problem, folder) for problem in in_order(problems)]


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


# --------------------------------------------------------------------------- text


def summary(result: Result, seconds: float) -> list[str]:
    """What a command comes to, for a terminal."""
    lines = list(result.messages)
    if result.command != "recover":
        lines.append(_cards_line(result))
    if result.command in ("build", "plan", "prune"):
        lines += [_changes_line(result), *_moves(result), *_retired(result)]
        if result.absent:
            verb = "stays" if result.absent == 1 else "stay"
            count = _count(result.absent, "card")
            lines.append(f"{count} of notes that cannot be read {verb} as in Anki")
    if line := _problems_line(result.problems):
        lines.append(line)
    if result.command in ("build", "prune"):
        lines.append(_package_line(result, seconds))
    return lines


def _cards_line(result: Result) -> str:
    kinds = {Kind.QA: "question", Kind.COMPARISON: "comparison row"}
    counts = [_count(result.cards.get(kind, 0), noun) for kind, noun in kinds.items()]
    total = sum(result.cards.values())
    return f"{_count(result.notes, 'note')}, {_count(total, 'card')}: {', '.join(counts)}"


def _changes_line(result: Result) -> str:
    counts = Counter(change.what for change in result.changes)
    parts = [f"{counts[what]:,} {what}" for what in What if counts[what] and what != What.MOVED]
    if moved := sum(change.moved for change in result.changes):
        parts.append(f"{moved:,} moved to another deck")
    if result.pruned:
        parts.append(f"{result.pruned:,} pruned")
    tense = "the next build" if result.command == "plan" else "since the last build"
    return f"{tense}: {', '.join(parts) or 'nothing'}"


def _moves(result: Result) -> Iterator[str]:
    """What to do about cards that Anki keeps in their old deck (ANKI_FACTS 3)."""
    moves: dict[tuple[str, str], list[str]] = {}
    for change in result.changes:
        if change.moved and change.old_deck:
            moves.setdefault((change.old_deck, change.deck), []).append(change.guid)
    for (old, new), guids in sorted(moves.items()):
        verb = "belongs" if len(guids) == 1 else "belong"
        yield f"{_count(len(guids), 'card')} in {old} now {verb} in {new}; an import moves none."
        yield "  In Anki's browser, search for the following, then Cards > Change Deck:"
        for start in range(0, len(guids), SEARCH_LENGTH):
            yield f"  {key_search(guids[start : start + SEARCH_LENGTH])}"


def key_search(guids: Sequence[str]) -> str:
    """The search in Anki's browser that finds these cards by their ``Key`` field."""
    return " OR ".join(f'"Key:{_escaped(guid)}"' for guid in guids)


def _escaped(text: str) -> str:
    """Text for a quoted search term, wildcards taken literally."""
    return "".join(f"\\{char}" if char in '\\"*_:' else char for char in text)


def _retired(result: Result) -> Iterator[str]:
    if result.retired and result.command != "prune":
        verb, keep = ("is", "stays") if result.retired == 1 else ("are", "stay")
        yield (
            f"{_count(result.retired, 'card')} {verb} gone from the notes and {keep} in the"
            " package as retired until `anki-export prune`."
        )
    search = f"search for `tag:{RETIRED_TAG}` in the browser, then Notes > Delete"
    if result.retired and not result.pruned:
        yield f"  To delete retired cards in Anki: import the package, {search}."
    elif result.pruned:
        yield f"  Pruned cards stay in Anki until you delete them there: {search}."


def _problems_line(problems: Sequence[Problem]) -> str:
    counts = Counter(problem.severity for problem in problems)
    return ", ".join(_count(counts[level], level.value) for level in Severity if level in counts)


def _package_line(result: Result, seconds: float) -> str:
    if result.written:
        return f"{result.output}: {(result.size or 0) / 1000:,.0f} kB in {seconds:.1f} s"
    return f"nothing is written: {result.refused}"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


# --------------------------------------------------------------------------- plan


def plan_lines(result: Result) -> list[str]:
    """What a build would change, card by card, with a text diff."""
    lines: list[str] = []
    for change in result.changes:
        if change.what is What.UNCHANGED:
            continue
        lines.append(f"{change.what:<9} {_where(change.location)}: {change.ask}")
        if change.moved:
            lines.append(f"  deck: {change.old_deck} -> {change.deck}")
        if change.old_path not in (None, change.location.path):
            lines.append(f"  note: {change.old_path} -> {change.location.path}")
        lines += [f"  {line}" for line in diff(result, change)]
    return lines


def diff(result: Result, change: Change) -> list[str]:
    """Removed lines with ``-``, added ones with ``+``, the others left out."""
    if change.guid in result.texts:
        before, after = result.texts[change.guid]
    elif change.old_ask is not None:
        before, after = change.old_ask, change.ask
    else:
        return []
    compared = difflib.ndiff(before.splitlines(), after.splitlines())
    return [line.rstrip() for line in compared if line[:2] in ("- ", "+ ")]


def _where(location: Location | FileLocation) -> str:
    return location.path if location.line is None else f"{location.path}:{location.line}"


# --------------------------------------------------------------------------- JSON


def to_json(result: Result, seconds: float, exit_code: int, *, ascii_only: bool = False) -> str:
    """The result as one JSON object on one line."""
    counts = Counter(change.what for change in result.changes)
    changed = [change for change in result.changes if change.what is not What.UNCHANGED]
    return _dump(
        {
            "command": result.command,
            "exit_code": exit_code,
            "notes": result.notes,
            "cards": {kind.value: result.cards.get(kind, 0) for kind in Kind},
            "changes": {
                **{what.value: counts[what] for what in What},
                What.MOVED.value: sum(change.moved for change in result.changes),
                "pruned": result.pruned,
            },
            "retired": result.retired,
            "absent": result.absent,
            "details": [_change_json(result, change) for change in changed],
            "problems": [_problem_json(one, result.folder) for one in in_order(result.problems)],
            "messages": list(result.messages),
            "output": result.output,
            "size": result.size,
            "written": result.written,
            "refused": result.refused,
            "seconds": round(seconds, 3),
        },
        ascii_only,
    )


def error_json(error: AnkiExportError, *, ascii_only: bool) -> str:
    """An error that ended the command, as one JSON object on one line."""
    return _dump(
        {
            "exit_code": error.exit_code,
            "error": {"message": error.message, "hint": error.hint},
            "problems": [_problem_json(one, "") for one in in_order(error.problems)],
            "written": False,
        },
        ascii_only,
    )


def _dump(value: Mapping[str, Any], ascii_only: bool) -> str:
    return json.dumps(value, ensure_ascii=ascii_only)


def _change_json(result: Result, change: Change) -> dict[str, Any]:
    return {
        "what": change.what.value,
        "guid": change.guid,
        "kind": change.kind.value,
        "path": change.location.path,
        "line": change.location.line,
        "old_path": change.old_path,
        "ask": change.ask,
        "old_ask": change.old_ask,
        "deck": change.deck,
        "old_deck": change.old_deck,
        "diff": diff(result, change),
    }


def _problem_json(problem: Problem, folder: str) -> dict[str, Any]:
    place = openable(problem.location, folder)
    return {
        "kind": problem.kind.value,
        "path": place.path,
        "line": place.line,
        "severity": problem.severity.value,
        "message": problem.message,
        "hint": problem.hint,
    }
