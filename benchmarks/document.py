"""Puts the tables and the picture of the last measurements into docs/performance.md.

    python -m benchmarks.document

A table named NAME in build/bench/ replaces what stands in the document between
``<!-- bench: NAME -->`` and ``<!-- /bench -->``; a place without a table stays as it is.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping
from pathlib import Path

from benchmarks.picture import Line, growth
from benchmarks.tables import OUT, ROOT

DOCUMENT = ROOT / "docs" / "performance.md"
PICTURE = ROOT / "docs" / "growth.svg"
_PLACE = re.compile(r"(<!-- bench: ([\w-]+) -->\n)(.*?)(<!-- /bench -->)", re.DOTALL)


def placed(text: str, folder: Path) -> str:
    """Return a document with the tables of a folder in their places."""

    def table(found: re.Match[str]) -> str:
        file = folder / f"{found[2]}.md"
        body = file.read_text(encoding="utf-8") if file.exists() else found[3]
        return f"{found[1]}{body}{found[4]}"

    return _PLACE.sub(table, text)


def picture(folder: Path) -> str:
    """Draw the growth that was measured last."""
    lines: Mapping[str, Line] = json.loads((folder / "sizes.json").read_text(encoding="utf-8"))
    return growth(lines, "cards", "CPU seconds")


def main() -> int:
    """Refresh the document and its picture."""
    DOCUMENT.write_text(placed(DOCUMENT.read_text(encoding="utf-8"), OUT), encoding="utf-8")
    if (OUT / "sizes.json").exists():
        PICTURE.write_text(picture(OUT), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
