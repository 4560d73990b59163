"""Notes in memory as files, for whoever builds them as a user does."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import yaml

from anki_export.model import SourceNote


def write(root: Path, notes: Iterable[SourceNote]) -> dict[str, int]:
    """Make a folder hold these notes and no others.

    Returns how many lines further down each note's lines stand in its file than they say:
    the front matter is written anew.
    """
    for old in root.rglob("*.md"):
        old.unlink()
    moved = {}
    for note in notes:
        file = root / note.path
        file.parent.mkdir(parents=True, exist_ok=True)
        front = ""
        if note.metadata:
            front = f"---\n{yaml.safe_dump(dict(note.metadata), allow_unicode=True)}---\n"
        file.write_text(front + "\n".join(note.lines) + "\n", encoding="utf-8")
        moved[note.path] = front.count("\n") + 1 - note.first_line
    return moved
