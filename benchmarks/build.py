"""What our commands cost on generated notes: growth, many decks, one long note, start-up.

    python -m benchmarks.build [--sizes N …] [--runs N] [--only PART …] [--huge]

Every figure is the processor time of the process and its children, the median of some runs;
wall clock and memory stand beside it. Tables go to build/bench/ as Markdown, from where
``python -m benchmarks.document`` puts them into docs/performance.md.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.generate import ONE_BIG_NOTE, Plan, edit, usual, write
from benchmarks.measure import Cost, cost, typical
from benchmarks.tables import OUT, Table, save

OURS = (sys.executable, "-m", "anki_export")
BUILD = (*OURS, "build", "notes")
SIZES = (1_250, 2_500, 5_000, 10_000)
HUGE = 100_000
FIRST, AGAIN, EDIT, PLAN, CHECK = "first export", "nothing changed", "one edit", "plan", "check"


@dataclass(frozen=True, slots=True)
class Project:
    """A folder with generated notes, built in by processes of their own."""

    root: Path
    plan: Plan
    runs: int

    def run(self, *command: str, prepare: Callable[[], object] = lambda: None) -> Cost:
        """Run a command several times, each prepared alike."""
        return typical(command, self.root, self.runs, prepare)

    def forget(self) -> None:
        """Remove all that builds have left: ledger, cache and package."""
        shutil.rmtree(self.root / "notes" / ".anki-export", ignore_errors=True)
        shutil.rmtree(self.root / "build", ignore_errors=True)

    def first(self) -> Cost:
        """Export the notes for the first time."""
        return self.run(*BUILD, prepare=self.forget)

    def edited(self) -> Cost:
        """Export them after an edit of one answer."""
        return self.run(*BUILD, prepare=lambda: edit(self.root / "notes"))


@contextmanager
def project(plan: Plan, runs: int) -> Iterator[Project]:
    """Write the notes of a plan into a folder for as long as they are needed."""
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        write(plan, root / "notes")
        yield Project(root, plan, runs)


def all_commands(plan: Plan, runs: int) -> dict[str, Cost]:
    """Measure what a user does with notes, in the order of a user's day."""
    with project(plan, runs) as made:
        return {
            FIRST: made.first(),
            AGAIN: made.run(*BUILD),
            EDIT: made.edited(),
            PLAN: made.run(*OURS, "plan", "notes"),
            CHECK: made.run(*OURS, "check", "notes"),
        }


# ------------------------------------------------------------------------------- parts


def sizes(given: argparse.Namespace) -> Table:
    """Growth from size to size, command by command."""
    costs = {size: all_commands(usual(size), given.runs) for size in given.sizes}
    data = {
        name: [[size, found[name].cpu] for size, found in costs.items()]
        for name in (FIRST, AGAIN, EDIT, PLAN, CHECK)
    }
    (OUT / "sizes.json").write_text(json.dumps(data, indent=1), encoding="utf-8")
    rows = []
    before: dict[str, Cost] = {}
    for size, found in costs.items():
        for name, one in found.items():
            growth = f"{one.cpu / before[name].cpu:.2f}" if name in before else ""
            rows.append((f"{size:,} cards, {name}", *_figures(one), growth))
        before = found
    return Table(("", "CPU s", "wall s", "MB", "MB together", "times the size before"), rows)


def decks(given: argparse.Namespace) -> Table:
    """Thousands of decks against eight, of the same notes."""
    plan = Plan(5_000, notes=2_500, decks=8)
    rows = []
    few: Cost | None = None
    for count in (8, 2_500):
        with project(replace(plan, decks=count), given.runs) as made:
            one = made.first()
        few = few or one
        rows.append((f"{count:,} decks", *_figures(one), f"{one.cpu / few.cpu:.2f}"))
    return Table(("", "CPU s", "wall s", "MB", "MB together", "times eight decks"), rows)


def one_note(given: argparse.Namespace) -> Table:
    """A single note with hundreds of questions."""
    found = all_commands(ONE_BIG_NOTE, given.runs)
    rows = [
        (name, *_figures(one), f"{one.cpu / found[FIRST].cpu:.2f}") for name, one in found.items()
    ]
    return Table(("", "CPU s", "wall s", "MB", "MB together", "of the first"), rows)


def start(given: argparse.Namespace) -> Table:
    """What it takes until anything happens."""
    runs = 5 * given.runs
    commands = {
        'python -c "import click"': (sys.executable, "-c", "import click"),
        "anki-export --help": (*OURS, "--help"),
        "anki-export build --help": (*OURS, "build", "--help"),
    }
    found = {name: typical(command, Path.cwd(), runs) for name, command in commands.items()}
    least = next(iter(found.values()))
    rows = [
        (name, f"{1000 * one.cpu:.0f}", f"{1000 * one.wall:.0f}", f"{one.cpu / least.cpu:.2f}")
        for name, one in found.items()
    ]
    return Table(("", "CPU ms", "wall ms", "times the import"), rows)


def stages(given: argparse.Namespace) -> Table:
    """Where the time goes, stage by stage."""
    columns: dict[str, dict[str, float]] = {}
    with project(usual(5_000), 1) as made:
        for name in (FIRST, AGAIN, EDIT):
            if name == EDIT:
                edit(made.root / "notes")
            columns[name] = _staged(made.root)
    names = sorted(
        {stage for found in columns.values() for stage in found},
        key=lambda stage: -columns[FIRST].get(stage, 0),
    )
    rows = [
        (stage, *(f"{found.get(stage, 0):.2f}" for found in columns.values())) for stage in names
    ]
    total = ("all", *(f"{sum(found.values()):.2f}" for found in columns.values()))
    return Table(("CPU s", *columns), [*rows, total])


def _staged(root: Path) -> dict[str, float]:
    out = root / "stages.json"
    command = [sys.executable, "-m", "benchmarks.stages", "--json", str(out)]
    subprocess.run(
        [*command, "build", str(root / "notes"), "-o", str(root / "x.apkg")],
        cwd=Path(__file__).parents[1],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    found: dict[str, float] = json.loads(out.read_text(encoding="utf-8"))
    return found


def huge(given: argparse.Namespace) -> Table:
    """Memory of a hundred thousand cards."""
    with project(usual(HUGE), 1) as made:
        rows = [
            (name, *_figures(cost(BUILD, made.root)))
            for name in (f"{HUGE:,} cards, {FIRST}", AGAIN)
        ]
    return Table(("", "CPU s", "wall s", "MB", "MB together"), rows)


PARTS: dict[str, Callable[[argparse.Namespace], Table]] = {
    "sizes": sizes,
    "decks": decks,
    "one-note": one_note,
    "start": start,
    "stages": stages,
    "huge": huge,
}


def _figures(one: Cost) -> tuple[str, ...]:
    return (f"{one.cpu:.2f}", f"{one.wall:.2f}", f"{one.largest:.0f}", f"{one.together:.0f}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print and keep the tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--only", nargs="+", choices=PARTS)
    parser.add_argument("--huge", action="store_true", help=f"{HUGE:,} cards as well")
    given = parser.parse_args(arguments)
    OUT.mkdir(parents=True, exist_ok=True)
    chosen = given.only or [name for name in PARTS if name != "huge" or given.huge]
    for name in chosen:
        table = PARTS[name](given)
        print(f"{(PARTS[name].__doc__ or '').strip()}\n\n{table}\n", flush=True)
        save(name, table)
    return 0


if __name__ == "__main__":
    sys.exit(main())
