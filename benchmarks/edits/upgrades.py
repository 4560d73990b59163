"""Ledgers of an older version of the tool: an upgrade is an edit of all notes at once."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from anki_export.ledger.entries import Ledger, dump, parse
from anki_export.model import Change, Guid, Kind, Location, What
from anki_export.problems import Problems
from benchmarks.edits.files import write
from benchmarks.edits.folder import FIRST, Folder
from benchmarks.edits.trial import Trial, Trials

KNOWN = {
    "0.1.0": [
        "ask",
        "card_id",
        "cells",
        "content",
        "context",
        "deck",
        "due",
        "front",
        "guid",
        "header",
        "kind",
        "mod",
        "names",
        "note_id",
        "path",
        "pin",
        "reply",
        "size",
        "sketch",
        "state",
        "table",
        "tags",
    ]
}
"""What an entry could say in each version; all else is taken from it again."""


def as_of(version: str, ledger: Ledger) -> Ledger:
    """Return a ledger as that version would have written it."""
    head, *lines = dump(ledger).removesuffix("\n").split("\n")
    known = set(KNOWN[version])
    older = [
        json.dumps({key: value for key, value in json.loads(line).items() if key in known})
        for line in lines
    ]
    return parse("\n".join([head, *older, ""]), f"ledger of {version}", Problems())


def upgraded(version: str, trials: Trials) -> Trials:
    """Return edits of a kind, made after the last build of an older version."""

    def make(folder: Folder, chance: random.Random) -> list[Trial]:
        return [
            replace(trial, ledger=as_of(version, trial.folder.ledger))
            for trial in trials(folder, chance)
        ]

    return make


def built_by(source: Path, folder: Folder) -> Folder:
    """Return the folder with the ledger that another version really writes for it.

    Args:
        source: the ``src`` of a checkout of that version.
        folder: notes as they are read and cut today.

    Raises:
        CalledProcessError: it does not build them.
    """
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        moved = write(root / "notes", folder.notes.values())
        done = subprocess.run(
            [sys.executable, "-m", "anki_export", "build", "--json"],
            cwd=root,
            env=os.environ | {"PYTHONPATH": str(source), "SOURCE_DATE_EPOCH": str(FIRST)},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode not in (0, 1):
            raise subprocess.CalledProcessError(done.returncode, done.args, stderr=done.stderr)
        ledger = (root / "notes" / ".anki-export" / "ledger.jsonl").read_text(encoding="utf-8")
    changes = [
        Change(
            What.NEW,
            Guid(one["guid"]),
            Kind(one["kind"]),
            Location(one["path"], one["line"] - moved[one["path"]]),
            one["ask"],
        )
        for one in json.loads(done.stdout)["details"]
    ]
    return folder.with_histories(changes, parse(ledger, str(source), Problems()))
