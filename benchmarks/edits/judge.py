"""Comparing what a build makes of an edit with the truth."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import chain

from anki_export.ledger.entries import Ledger
from anki_export.model import Change, Guid, What
from benchmarks.edits.folder import Build, Folder
from benchmarks.edits.truth import Edit, Place

QUIET = (What.UNCHANGED, What.MOVED)


@dataclass(slots=True)
class Tally:
    """What became of the cards of many edits."""

    edits: int = 0
    expected: int = 0
    """Cards that the edits are about and that have, or must not have, a history."""
    kept: int = 0
    """Of them, those that have what they should have."""
    wrong: int = 0
    """Histories on another question, of any card."""
    bystanders_lost: int = 0
    """Cards that the edit is not about, without their history."""
    spurious: int = 0
    """Updates of cards that the edit did not touch."""
    samples: list[str] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        """Take in another tally."""
        for name in ("edits", "expected", "kept", "wrong", "bystanders_lost", "spurious"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.samples += other.samples

    @property
    def share(self) -> float:
        """Share of the cards that have what they should have."""
        return self.kept / self.expected if self.expected else 1.0


def judge(folder: Folder, edit: Edit, tally: Tally, ledger: Ledger | None = None) -> Build:
    """Build after an edit, compare with the truth, and return the build."""
    build = folder.build(edit, ledger)
    compare(build.identified.changes, folder, edit, tally)
    return build


def compare(changes: Iterable[Change], folder: Folder, edit: Edit, tally: Tally) -> None:
    """Compare with the truth what a build says to have become of the cards."""
    edited = edit.by_path
    tally.edits += 1
    seen: dict[Guid, list[tuple[Change, Place]]] = {}
    for change in changes:
        if change.what is What.RETIRED:
            continue
        path, line = change.location.path, change.location.line
        assert line is not None
        place: Place | None = edited[path].origin(line) if path in edited else (path, line)
        truth = None
        if place is not None and place not in edit.fresh:
            truth = folder.guids.get((*place, change.kind))
        given = None if change.what is What.NEW else change.guid
        if place in edit.either and given is None:
            continue
        if given is not None and given != truth:
            tally.wrong += 1
            tally.samples.append(f"WRONG {path}:{line}: {change.old_ask} -> {change.ask}")
        if truth is not None:
            assert place is not None
            seen.setdefault(truth, []).append((change, place))
        elif place in edit.targets:
            tally.expected += 1
            tally.kept += given is None
    may_update = _Touched(folder, edit)
    for truth, cards in seen.items():
        _judge_card(truth, cards, edit, may_update, tally)


def _judge_card(
    truth: Guid,
    cards: Sequence[tuple[Change, Place]],
    edit: Edit,
    may_update: _Touched,
    tally: Tally,
) -> None:
    """Judge a question; when copied, it may live on in any of its places."""
    kept = [one for one in cards if one[0].what is not What.NEW and one[0].guid == truth]
    mine = any(place in edit.targets for _, place in cards)
    if mine:
        tally.expected += 1
        tally.kept += bool(kept)
    if not kept:
        change, _ = cards[0]
        tally.bystanders_lost += not mine
        who = "lost" if mine else "bystander lost"
        tally.samples.append(f"{who} {change.location.path}: {change.ask}")
    for change, place in kept:
        if change.what not in QUIET and not may_update(place):
            tally.spurious += 1
            tally.samples.append(f"spurious {change.location.path}: {change.ask}")


class _Touched:
    """Tells whether an edit touched a card: its lines, its table, or a heading it shows."""

    def __init__(self, folder: Folder, edit: Edit) -> None:
        self.folder, self.edit = folder, edit

    def __call__(self, place: Place) -> bool:
        edit = self.edit
        if edit.touched is not None and place[0] in edit.touched:
            return True
        if place in edit.targets:
            return True
        target = next((one for one in self.folder.within(place[0]) if one.place == place), None)
        if target is None:
            return False
        lines = range(target.span[0], target.span[1] + 1)
        edited = chain(edit.edited, edit.fresh)
        if any(path == place[0] and line in lines for path, line in edited):
            return True
        reworded = (
            one.wording
            for one in self.folder.within(place[0])
            if one.place in edit.edited or one.place in edit.fresh
        )
        return any(wording and wording in target.context for wording in reworded)
