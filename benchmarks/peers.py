"""A race with markdown-anki-decks on the same notes, each tool in an environment of its own.

    python -m benchmarks.peers [--cards N] [--runs N]

Both tools read the very same files (see ``generate --headings``), and the packages must hold
the same number of cards. Theirs runs twice: as pip installs it, without Pygments and so
without highlighting, and with Pygments, when it highlights as ours always does.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict
from pathlib import Path

from benchmarks.generate import Plan, edit, usual, write
from benchmarks.measure import Cost, typical
from benchmarks.tables import OUT, ROOT, Table, save

PEER = ("markdown-anki-decks==1.1.1", "click<8.2")
"""With a later click its typer takes every call for ``--version``."""
OURS = (sys.executable, "-m", "anki_export")
WANTED = {
    "first export": ("≤ 0.80", "≤ 0.50"),
    "nothing changed": ("≤ 0.06", ""),
    "one edit": ("≤ 0.18", ""),
}


def environment(folder: Path, *requirements: str) -> Path:
    """Make a virtual environment with these packages, once, and return its folder of programs."""
    done = folder / "installed"
    wanted = "\n".join(requirements)
    if not done.exists() or done.read_text(encoding="utf-8") != wanted:
        subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
        python = str(folder / "bin" / "python")
        pip = [python, "-m", "pip", "--disable-pip-version-check", "--quiet", "install"]
        subprocess.run([*pip, *requirements], check=True)
        done.write_text(wanted, encoding="utf-8")
    return folder / "bin"


def cards_in(packages: Path) -> int:
    """Count the cards of all packages in a folder."""
    total = 0
    for file in sorted(packages.glob("*.apkg")):
        with zipfile.ZipFile(file) as package, tempfile.NamedTemporaryFile() as collection:
            collection.write(package.read("collection.anki2"))
            collection.flush()
            with closing(sqlite3.connect(collection.name)) as database:
                total += database.execute("SELECT count() FROM cards").fetchone()[0]
    return total


def race(plan: Plan, runs: int, programs: Path) -> dict[str, Cost]:
    """Measure both tools, theirs with and without highlighting.

    Raises:
        ValueError: the tools do not give the same number of cards.
    """
    plain = environment(programs / "plain", *PEER)
    coloured = environment(programs / "pygments", *PEER, "pygments")
    costs: dict[str, Cost] = {}
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        expected = write(plan, root / "notes")
        for title, bin_folder in (("theirs", plain), ("theirs, highlighting", coloured)):
            packages = root / title
            packages.mkdir()
            command = [bin_folder / "mdankideck", root / "notes", packages]
            costs[title] = typical(command, root, runs)
            _same(title, cards_in(packages), expected)
        ours = _ours(root, runs)
        _same("ours", cards_in(root / "build"), expected)
    return costs | ours


def _ours(root: Path, runs: int) -> dict[str, Cost]:
    build = (*OURS, "build", "notes")

    def forget() -> None:
        shutil.rmtree(root / "notes" / ".anki-export", ignore_errors=True)
        shutil.rmtree(root / "build", ignore_errors=True)

    return {
        "first export": typical(build, root, runs, forget),
        "nothing changed": typical(build, root, runs),
        "one edit": typical(build, root, runs, lambda: edit(root / "notes")),
    }


def _same(title: str, found: int, expected: int) -> None:
    if found != expected:
        raise ValueError(f"{title}: {found} cards, not {expected}")


def table(costs: dict[str, Cost]) -> Table:
    """Return the race as a table: seconds, and ours as shares of theirs."""
    theirs, highlighting = costs["theirs"], costs["theirs, highlighting"]
    rows = []
    for title, one in costs.items():
        ours = not title.startswith("theirs")
        cpu, wall = WANTED.get(title, ("", ""))
        rows.append(
            (
                title,
                f"{one.cpu:.2f}",
                f"{one.wall:.2f}",
                f"{one.together or one.largest:.0f}",
                f"{one.cpu / theirs.cpu:.2f}" if ours else "",
                cpu,
                f"{one.wall / theirs.wall:.2f}" if ours else "",
                wall,
                f"{one.cpu / highlighting.cpu:.2f}" if ours else "",
            )
        )
    head = (
        "",
        "CPU s",
        "wall s",
        "MB",
        "of its CPU",
        "aim",
        "of its wall",
        "aim",
        "of its CPU, highlighting",
    )
    return Table(head, rows)  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> int:
    """Race and print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--cards", type=int, default=5000)
    parser.add_argument("--runs", type=int, default=3)
    given = parser.parse_args(arguments)
    costs = race(usual(given.cards, headings=True), given.runs, ROOT / "build" / "peers")
    found = table(costs)
    print(found)
    save("peers", found)
    data = {name: asdict(one) for name, one in costs.items()}
    (OUT / "peers.json").write_text(json.dumps(data, indent=1), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
