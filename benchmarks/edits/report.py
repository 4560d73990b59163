"""Single edits of every kind, by the thousand: are histories kept, and none given away?

    python -m benchmarks.edits NOTES [--seed N] [--per-kind N] [--kind NAME] [--json]

A note of the folder is taken, one edit made in memory, and identity asked which card is
which, with the note's neighbours around it. The exit code is 1 when a history went to
another question.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path

from benchmarks.edits.folder import Folder
from benchmarks.edits.judge import Tally, judge
from benchmarks.edits.kinds import HUNDRED, KINDS
from benchmarks.edits.upgrades import built_by

HEAD = """| edit | edits | cards | right | wrong | lost | spurious |
|---|--:|--:|--:|--:|--:|--:|"""
TRIES = 20
"""How often luck may be bad for every edit that is wanted."""


def run(folder: Folder, kind: str, seed: int, per_kind: int) -> Tally:
    """Make up to *per_kind* edits of a kind, drawn by *seed*."""
    chance = random.Random(f"{seed} {kind}")
    tally = Tally()
    wanted = -(-per_kind // 20) if kind == HUNDRED else per_kind
    for _ in range(wanted * TRIES):
        if tally.edits >= wanted:
            break
        for trial in KINDS[kind](folder, chance):
            judge(trial.folder, trial.edit, tally, trial.ledger)
    return tally


def row(name: str, tally: Tally) -> str:
    """Return a tally as a line of the table."""
    right = f"{100 * tally.share:.1f}%" if tally.expected else "-"
    figures = (tally.edits, tally.expected, right, tally.wrong, tally.bystanders_lost)
    return f"| {name} | " + " | ".join(map(str, (*figures, tally.spurious))) + " |"


def _printed(kinds: Iterable[str], folder: Folder, given: argparse.Namespace) -> dict[str, Tally]:
    tallies = {}
    for kind in kinds:
        tallies[kind] = tally = run(folder, kind, given.seed, given.per_kind)
        if not given.json:
            print(row(kind, tally), flush=True)
        for sample in tally.samples[: given.show]:
            print("    " + sample, file=sys.stderr, flush=True)
    return tallies


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table, or all of it as JSON."""
    parser = argparse.ArgumentParser(
        description=(__doc__ or "").splitlines()[0], prog="python -m benchmarks.edits"
    )
    parser.add_argument("notes", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--per-kind", type=int, default=60)
    parser.add_argument("--kind", action="append", choices=KINDS, metavar="NAME")
    parser.add_argument("--show", type=int, default=0, help="failures to show of each kind")
    parser.add_argument("--json", action="store_true", help="print everything as JSON")
    parser.add_argument(
        "--upgrade-from", type=Path, metavar="SRC", help="src of an older version to build first"
    )
    given = parser.parse_args(arguments)
    folder = Folder.read(given.notes)
    if given.upgrade_from:
        folder = built_by(given.upgrade_from.resolve(), folder)
    if not given.json:
        cards = len(set(folder.guids.values()))
        print(f"{len(folder.notes)} notes, {cards} cards, seed {given.seed}\n\n{HEAD}")
    tallies = _printed(given.kind or KINDS, folder, given)
    total = Tally()
    for tally in tallies.values():
        total.add(tally)
    if given.json:
        print(json.dumps({"seed": given.seed, "kinds": {k: asdict(t) for k, t in tallies.items()}}))
    else:
        print(row("all", total))
    return int(total.wrong > 0)
