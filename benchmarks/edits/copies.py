"""Questions that stand in two notes: copied into an index, renamed, edited, outlived."""

from __future__ import annotations

import random

from anki_export.model import Kind
from benchmarks.edits.folder import Folder, Target
from benchmarks.edits.notes import whole
from benchmarks.edits.questions import TITLE, answer_edited, deleted
from benchmarks.edits.trial import Trial, Trials
from benchmarks.edits.truth import Edit, Edited, Line, fresh


def note_copied(folder: Folder, target: Target, chance: random.Random) -> Edit | None:
    """The whole note in another folder; the question stays where it is."""
    copy = Edited.of(target.note)
    copy.path = f"{chance.choice('0zM')} copy/{target.note.path}"
    if copy.path in folder.notes:
        return None  # it would replace an earlier copy
    for line in copy.lines:
        line.origin = None
    targets = folder.places(target.note.path)
    return Edit([Edited.of(target.note), copy], targets=targets, touched=set())


def _indexed(folder: Folder, target: Target, chance: random.Random) -> Edit | None:
    """The question and its answer in an index as well, before or behind its own note."""
    if target.answer is None or target.form == TITLE:
        return None
    original = Edited.of(target.note)
    start, end = original.at(target.block[0]), original.at(target.block[1]) + 1
    lines = [Line(line.text, line.origin) for line in original.lines[start:end]]
    index = Edited(f"{chance.choice('0z')} index.md", [*fresh("# Index", ""), *lines])
    if index.path in folder.notes:
        return None  # it would replace an earlier index
    touched = {original.path, index.path}
    return Edit([original, index], targets={target.place}, touched=touched)


def copied_and_renamed(folder: Folder, target: Target, chance: random.Random) -> Edit | None:
    """In one commit; the new name stands before or behind the old one in the folder's order."""
    indexed = _indexed(folder, target, chance)
    if indexed is None:
        return None
    renamed = whole(folder, target, f"{chance.choice('0Mz')} neu/{target.note.path}")
    notes = [*renamed.notes, indexed.notes[1]]
    touched = {note.path for note in notes} | {target.note.path}
    return Edit(notes, renamed.gone, renamed.targets, touched=touched)


def copied_and_edited(folder: Folder, target: Target, chance: random.Random) -> Edit | None:
    """In one commit; either of the two may have the history, one of them must."""
    indexed, edited = _indexed(folder, target, chance), answer_edited(folder, target, chance)
    if indexed is None or edited is None:
        return None
    notes = [*edited.notes, indexed.notes[1]]
    return Edit(notes, targets={target.place}, touched={note.path for note in notes})


def _later(change: str) -> Trials:
    """A copy is made and exported; then something happens to one of the two."""

    def make(folder: Folder, chance: random.Random) -> list[Trial]:
        target = folder.draw(chance, Kind.QA)
        if target is None:
            return []
        first = _indexed(folder, target, chance)
        if first is None:
            return []
        copied = Trial(folder, first)
        base = folder.rebuilt(first)
        index = first.notes[1].path
        path = index if change == "copy edited" else target.note.path
        pool = [one for one in base.within(path) if one.wording == target.wording]
        if len(pool) != 1:
            return []
        if change == "original's note deleted":
            gone = {path}
            return [copied, Trial(base, Edit([], gone, base.places(index), touched={index}))]
        if change == "original deleted":
            edit = deleted(base, pool[0], chance)
            if edit is None:
                return []
            edit.targets, edit.touched = {pool[0].place} | base.places(index), {path, index}
            return [copied, Trial(base, edit)]
        edit = answer_edited(base, pool[0], chance)
        if edit is None:
            return []
        edit.targets |= base.places(index)
        edit.touched = {path, index, target.note.path}
        return [copied, Trial(base, edit)]

    return make


CHANGES = ("original edited", "copy edited", "original deleted", "original's note deleted")
LATER: dict[str, Trials] = {f"copied, then {change}": _later(change) for change in CHANGES}
