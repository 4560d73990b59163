"""Time and peak memory of a build: ``python benchmarks/build.py NOTES [--copies N]``.

The folder is copied, N times under other names for a larger one, and built by a process of
its own: a first build, one without an edit, and a check.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path


def measure(folder: Path, *arguments: str) -> tuple[float, float, dict[str, object]]:
    """Seconds, peak megabytes and the report of a command run in ``folder``."""
    command = [sys.executable, "-m", "anki_export", *arguments, "--json"]
    start = time.perf_counter()
    process = subprocess.Popen(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert process.stdout
    with process.stdout as out:
        text = out.read()
    _, _, usage = os.wait4(process.pid, 0)
    # Linux counts kilobytes, macOS bytes (getrusage(2)).
    unit = 1e6 if sys.platform == "darwin" else 1e3
    return time.perf_counter() - start, usage.ru_maxrss / unit, json.loads(text)


def copy_notes(source: Path, target: Path, copies: int) -> None:
    """Copy a folder; later copies say so in every question, or they would be duplicates."""
    ignore = shutil.ignore_patterns(".*")
    for number in range(copies):
        folder = target / f"part-{number}" if copies > 1 else target
        shutil.copytree(source, folder, ignore=ignore)
        for path in folder.rglob("*.md") if number else ():
            text = path.read_bytes().decode("utf-8", "replace")
            path.write_text(text.replace("？", f" {number}？").replace("?", f" {number}?"), "utf-8")


def main() -> None:
    """Print a line a command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("notes", type=Path)
    parser.add_argument("--copies", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        copy_notes(options.notes, folder / "notes", options.copies)
        for title, command in (("first", "build"), ("unchanged", "build"), ("check", "check")):
            seconds, megabytes, result = measure(folder, command)
            cards = result["cards"]
            assert isinstance(cards, dict)
            print(
                f"{title:10} {seconds:6.1f} s {megabytes:6.0f} MB"
                f"  {result['notes']} notes, {sum(cards.values())} cards"
            )


if __name__ == "__main__":
    main()
