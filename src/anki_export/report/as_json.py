"""Result → one JSON object on one line (``docs/json.md`` describes it)."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any

from anki_export.model import Change, Kind, What
from anki_export.problems import AnkiExportError, Problem
from anki_export.report.changes import diff
from anki_export.report.listing import in_order, openable
from anki_export.report.result import Result


def to_json(result: Result, seconds: float, exit_code: int, *, ascii_only: bool = False) -> str:
    """The result as one JSON object on one line."""
    counts = Counter(change.what for change in result.changes)
    changed = [change for change in result.changes if change.what is not What.UNCHANGED]
    return _dump(
        {
            "command": result.command,
            "exit_code": exit_code,
            "notes": result.notes,
            "barren": list(result.barren),
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
