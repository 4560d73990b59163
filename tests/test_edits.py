"""The benchmark's edits as a user makes them: written, built, imported, reviewed, edited, imported.

What the benchmark judges in memory (test_properties.py) is judged here of what really was
written and what Anki really did with it: the kinds that test_reimport.py does not spell out.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from anki_export import pipeline
from anki_export.config import Config
from anki_export.job import Job
from anki_export.ledger.entries import dump, parse
from anki_export.model import Change, Seconds, SourceNote, What
from anki_export.problems import Problems
from benchmarks.edits.alike import ALIKE
from benchmarks.edits.copies import LATER
from benchmarks.edits.files import write
from benchmarks.edits.judge import Tally, compare
from benchmarks.edits.kinds import KINDS
from benchmarks.edits.trial import Trial
from benchmarks.edits.upgrades import as_of
from support.collection import Collection
from support.small_folder import small_folder

FIRST, SECOND = 1_700_000_000, 1_700_100_000
OTHERS = ("copied and note renamed", "copied and edited", "four edits in a note", "notes merged")
UPGRADES = tuple(kind for kind in KINDS if kind.startswith("upgrade"))


def built(root: Path, notes: Iterable[SourceNote], time: int) -> tuple[Change, ...]:
    """Build notes and say what became of the cards, by the lines that the notes have in memory."""
    moved = write(root / "notes", notes)
    job = Job(
        notes=root / "notes",
        config=Config(),
        output=root / "out.apkg",
        ledger=None,
        templates=None,
        build_time=Seconds(time),
        allow_retire=True,
        secret=None,
    )
    result = pipeline.build(job, lambda *_: None)
    assert result.written, result.refused
    changes = []
    for change in result.changes:
        place = change.location
        if change.what is not What.RETIRED:
            assert place.line is not None
            place = replace(place, line=place.line - moved[place.path])
        changes.append(replace(change, location=place))
    return tuple(changes)


def a_trial(kind: str) -> Trial:
    """The last commit of the first edit of a kind that can be made."""
    for seed in range(40):
        trials = KINDS[kind](small_folder(2), random.Random(f"{seed} {kind}"))
        if trials:
            return trials[-1]
    raise AssertionError(f"{kind}: nothing to edit")


@pytest.mark.parametrize("kind", [*ALIKE, *LATER, *OTHERS, *UPGRADES])
def test_an_edit_through_anki(anki: Collection, tmp_path: Path, kind: str) -> None:
    trial = a_trial(kind)
    folder, edit = trial.folder, trial.edit
    first = built(tmp_path, folder.notes.values(), FIRST)
    assert anki.import_package((tmp_path / "out.apkg").read_bytes()).new == len(first)
    assert anki.study(9) == 9
    anki.col.fix_integrity()
    schedule, before = anki.schedule(), anki.notes()
    if trial.ledger is not None:
        ledger = tmp_path / "notes" / ".anki-export" / "ledger.jsonl"
        text = ledger.read_text(encoding="utf-8")
        older = as_of("0.1.0", parse(text, "ledger", Problems()))
        ledger.write_text(dump(older), encoding="utf-8")

    edited = edit.by_path
    kept = {path: note for path, note in folder.notes.items() if path not in edit.gone}
    after = kept | {path: note.note() for path, note in edited.items()}
    second = built(tmp_path, after.values(), SECOND)
    log = anki.import_package((tmp_path / "out.apkg").read_bytes())

    tally = Tally()
    compare(second, folder.with_histories(first), edit, tally)
    assert (tally.wrong, tally.bystanders_lost, tally.spurious) == (0, 0, 0), tally.samples
    assert tally.kept == tally.expected, tally.samples

    fresh = {one.guid for one in second if one.what is What.NEW}
    assert (log.new, log.conflicting) == (len(fresh), 0)
    notes = anki.notes()
    assert notes.keys() == before.keys() | fresh
    assert [row for row in anki.schedule() if row in schedule] == schedule
    for change in second:
        fields = notes[change.guid]["fields"]
        assert bool(fields["Retired"]) == (change.what is What.RETIRED)
        if change.what not in (What.RETIRED, What.UNCHANGED, What.MOVED):
            assert fields["Source"] == change.location.path
    assert anki.check() == ""
