"""Tables of figures as Markdown, for the terminal and for the documents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
OUT = ROOT / "build" / "bench"
"""Where tables and figures are kept."""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of text below a header; all columns but the first hold figures."""

    header: Sequence[str]
    rows: Sequence[Sequence[str]]

    def __str__(self) -> str:
        widths = [
            max(3, *(len(row[at]) for row in (self.header, *self.rows)))
            for at in range(len(self.header))
        ]
        rule = [":".rjust(width, "-") if at else "-" * width for at, width in enumerate(widths)]
        lines = [_line(self.header, widths), "|" + "|".join(f" {part} " for part in rule) + "|"]
        return "\n".join([*lines, *(_line(row, widths) for row in self.rows)])


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = (
        cell.rjust(width) if at else cell.ljust(width)
        for at, (cell, width) in enumerate(zip(cells, widths, strict=True))
    )
    return "| " + " | ".join(padded) + " |"


def save(name: str, table: Table) -> None:
    """Write a table where ``benchmarks.document`` looks for it."""
    OUT.mkdir(parents=True, exist_ok=True)
    (OUT / f"{name}.md").write_text(f"{table}\n", encoding="utf-8")
