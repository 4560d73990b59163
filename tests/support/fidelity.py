"""How near our Markdown is to GitHub's on a folder of notes: ``python -m support.fidelity NOTES``.

Every note is split at its headings, every section rendered by us and by ``cmarkgfm``,
and the structure of blocks and inlines compared. Differences that are meant are known by
their rule (see ``oracle.py``), never by where they occur. Sections with math or raw HTML
are judged apart.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from difflib import unified_diff
from pathlib import Path

from support.oracle import Verdict, compare, sections
from support.rendering import source_notes

NEEDED = 0.995
CONTEXT = 3


@dataclass(slots=True)
class Count:
    """Sections of one class: how many, and why they differ."""

    total: int = 0
    reasons: Counter[str] = field(default_factory=Counter)

    @property
    def share(self) -> float:
        return 1 - self.reasons["different"] / self.total if self.total else 1.0


@dataclass(slots=True)
class Result:
    """What was measured."""

    counts: dict[str, Count] = field(
        default_factory=lambda: {"plain": Count(), "math": Count(), "raw HTML": Count()}
    )
    different: list[tuple[str, int, str, Verdict]] = field(default_factory=list)

    @property
    def share(self) -> float:
        """Of the sections without math and raw HTML, those that are as on GitHub or differ by rule."""
        return self.counts["plain"].share


def measure(folder: Path) -> Result:
    """Compare every section of a folder's notes."""
    result = Result()
    for note in source_notes(folder):
        for start, lines in sections(note.lines):
            verdict = compare(lines)
            name = "raw HTML" if verdict.html else "math" if verdict.math else "plain"
            count = result.counts[name]
            count.total += 1
            count.reasons[verdict.reason] += 1
            if not verdict.equal:
                result.different.append((note.path, note.first_line + start, name, verdict))
    return result


def report(result: Result) -> Iterable[str]:
    """The measurement as lines of text."""
    for path, line, name, verdict in result.different:
        yield f"{path}:{line}: {name}: differs"
        diff = unified_diff(verdict.github, verdict.ours, "GitHub", "card", lineterm="", n=CONTEXT)
        yield from (f"    {text[:160]!r}" for text in diff)
    for name, count in result.counts.items():
        yield f"{name}: {count.total} sections, {count.share:.2%} as on GitHub or different by rule"
        for reason, number in sorted(count.reasons.items()):
            yield f"    {number:6} {reason or 'the same'}"


def main() -> int:
    """Print the measurement; 1 if the share is below what is needed."""
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    result = measure(Path(sys.argv[1]))
    print("\n".join(report(result)))
    return int(result.share < NEEDED)


if __name__ == "__main__":
    sys.exit(main())
