"""What became of every candidate, as a person reads it."""

from __future__ import annotations

from collections.abc import Iterator

from anki_export.extract.candidates import Candidate
from anki_export.extract.evidence import Asks
from anki_export.extract.questions import Found
from anki_export.model import Verdict

_SWITCHES = {
    "a section that summarises or refers": "stop_headings",
}


def verdicts_of(found: Found, first_line: int) -> Iterator[Verdict]:
    """A verdict for each candidate; of several on one line, those that tell something."""
    accepted = {c.line for c in found.candidates if c.accepted}
    for candidate in found.candidates:
        if not candidate.accepted and candidate.line in accepted:
            continue
        reason = candidate.reason or _why_not(candidate, found)
        yield Verdict(
            first_line + candidate.line,
            candidate.text,
            candidate.form or candidate.kind,
            candidate.accepted,
            reason,
            _SWITCHES.get(reason, f"forms.{candidate.form}" if candidate.form else ""),
        )


def _why_not(candidate: Candidate, found: Found) -> str:
    """Why no rule took a candidate: what it says of itself, and what its company says."""
    own = {
        Asks.NOT: "nothing in it asks",
        Asks.HINT: "it may ask or tell",
        Asks.WORD: "it seems to ask, without a question mark",
        Asks.MARK: "it asks, but not in a form of its own",
    }[candidate.asks]
    series = found.court.siblings(candidate)
    if series is None or len(series) < 2:
        return f"{own}, and it stands alone"
    return f"{own}, and of the {len(series)} like it around, {series.marks:.0%} ask"
