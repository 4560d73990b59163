"""Edits of whole notes: renamed, moved, split, merged, tagged, kept by other tools."""

from __future__ import annotations

import random

from benchmarks.edits.folder import Folder, Target
from benchmarks.edits.questions import TITLE
from benchmarks.edits.truth import Edit, Edited, fresh


def whole(folder: Folder, target: Target, path: str) -> Edit:
    """Return the target's note under another path."""
    edited = Edited.of(target.note)
    edited.path = path
    gone = {target.note.path} - {path}
    touched = {target.note.path, path}
    return Edit([edited], gone, folder.places(target.note.path), touched=touched)


def file_renamed(folder: Folder, target: Target, chance: random.Random) -> Edit | None:
    head, _, _name = target.note.path.rpartition("/")
    return whole(folder, target, f"{head}/{chance.choice(folder.words)} neu.md".lstrip("/"))


def folder_moved(folder: Folder, target: Target, chance: random.Random) -> Edit | None:
    return whole(folder, target, f"{chance.choice(folder.words)}/{target.note.path}")


def title_changed(folder: Folder, target: Target, chance: random.Random) -> Edit | None:
    edited = Edited.of(target.note)
    for at, line in enumerate(edited.lines):
        if line.text.startswith("# ") and edited.balanced(at):
            line.text += " " + chance.choice(folder.words)
            targets = folder.places(edited.path)
            return Edit([edited], targets=targets, touched={edited.path})
    return None


def tags_changed(folder: Folder, target: Target, chance: random.Random) -> Edit | None:
    result = whole(folder, target, target.note.path)
    result.notes[0].metadata["tags"] = [chance.choice(folder.words)]
    return result


def bookkeeping(folder: Folder, target: Target, chance: random.Random) -> Edit | None:
    edited = Edited.of(target.note)
    edited.metadata |= {"review_count": 7, "last_reviewed": "2026-01-02", "mastery_level": 0.5}
    edited.first_line += 2
    return Edit([edited], touched=set(), edited=set(), targets=folder.places(edited.path))


def trailing_space(folder: Folder, target: Target, chance: random.Random) -> Edit | None:
    edited = Edited.of(target.note)
    for line in edited.lines:
        line.text = line.text.rstrip(" ") + " " if not line.text.endswith("  ") else line.text
    return Edit([edited], targets=folder.places(edited.path))


def note_split(folder: Folder, target: Target, chance: random.Random) -> Edit | None:
    if target.form == TITLE or target.first <= target.note.first_line:
        return None
    edited = Edited.of(target.note)
    at = edited.at(target.first)
    if not edited.balanced(at):
        return None
    title = fresh("# " + chance.choice(folder.words), "")
    second = Edited(edited.path[:-3] + " 2.md", title + edited.lines[at:], dict(edited.metadata))
    del edited.lines[at:]
    # What the cut takes from a longer section is its own affair.
    return Edit([edited, second], targets={target.place}, touched={edited.path, second.path})


def notes_merged(folder: Folder, target: Target, chance: random.Random) -> Edit | None:
    goal = folder.neighbour(target, chance)
    if goal is None or target.form == TITLE:
        return None
    edited, other = Edited.of(target.note), Edited.of(folder.notes[goal])
    if not other.balanced():
        return None
    other.lines += [*fresh(""), *edited.lines]
    touched = {edited.path, other.path}
    return Edit([other], {edited.path}, {target.place}, touched=touched)
