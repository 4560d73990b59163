"""What of a note is a card and why, as text and JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence

from anki_export.model import Verdict


def near(verdicts: Sequence[Verdict], line: int | None) -> list[Verdict]:
    """The verdicts on a line, else the last ones above it; without a line, all."""
    if line is None:
        return list(verdicts)
    at = max((one.line for one in verdicts if one.line <= line), default=None)
    return [one for one in verdicts if one.line == at]


def verdict_lines(note: str, verdicts: Iterable[Verdict]) -> Iterator[str]:
    """A line for what could ask, and one for what became of it and why."""
    for one in verdicts:
        yield f"{note}:{one.line}: {one.text}"
        switch = f" (option: {one.switch})" if one.switch else ""
        became = f"card, {one.form}" if one.accepted else f"no card ({one.form})"
        yield f"  {became}: {one.reason}{switch}"


def verdicts_json(note: str, verdicts: Iterable[Verdict], *, ascii_only: bool) -> str:
    """The verdicts as one JSON object on one line."""
    shown = [
        {
            "line": one.line,
            "text": one.text,
            "form": one.form,
            "card": one.accepted,
            "reason": one.reason,
            "switch": one.switch,
        }
        for one in verdicts
    ]
    value = {"command": "explain", "note": note, "verdicts": shown}
    return json.dumps(value, ensure_ascii=ascii_only)
