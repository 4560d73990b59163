"""Several edits between two exports."""

from __future__ import annotations

import random
from collections.abc import Sequence

from benchmarks.edits import notes, questions
from benchmarks.edits.folder import Folder, Target
from benchmarks.edits.tables import TABLES, cell_edited
from benchmarks.edits.trial import Maker, Trial
from benchmarks.edits.truth import Edit, after, together

SMALL: Sequence[Maker] = (
    questions.answer_rewritten,
    questions.answer_edited,
    questions.question_word,
    questions.question_half,
    cell_edited,
)
ANY: Sequence[Maker] = (
    *SMALL, questions.question_whole, notes.file_renamed, notes.folder_moved,
    questions.order_changed, questions.level_changed, questions.marker_changed, notes.tags_changed,
    questions.replaced_by_twin, questions.replaced_by_other, questions.answers_swapped,
    questions.deleted, questions.twin_added, *TABLES.values(),
)  # fmt: skip


def storm(
    folder: Folder, path: str, makers: Sequence[Maker], count: int, chance: random.Random
) -> Edit | None:
    """Make edits to different cards of one note, each on the outcome of those before."""
    total: Edit | None = None
    made = 0
    for _ in range(4 * count):
        view = folder if total is None else folder.view(total)
        pool = view.within(path)
        if made == count or not pool:
            break
        edit = chance.choice(makers)(view, chance.choice(pool), chance)
        if edit is not None and [note.path for note in edit.notes] == [path]:
            total = edit if total is None else after(total, edit)
            made += 1
    return total


def several(folder: Folder, target: Target, chance: random.Random) -> Edit | None:
    return storm(folder, target.note.path, SMALL, 4, chance)


def several_and_renamed(folder: Folder, target: Target, chance: random.Random) -> Edit | None:
    makers = (questions.answer_edited, questions.question_word, cell_edited)
    path = target.note.path
    edit = storm(folder, path, makers, max(1, min(4, len(folder.within(path)) // 4)), chance)
    if edit is None or len(folder.within(path)) < 2 * len(edit.targets):
        return None
    head, _, name = path.rpartition("/")
    edit.notes[0].path = f"{head}/neu {name}".lstrip("/")
    edit.gone, edit.touched = {path}, {path}
    return edit


def hundred(folder: Folder, chance: random.Random) -> list[Trial]:
    """Edit a hundred notes, one edit of any kind in each, between two exports."""
    edits: list[Edit] = []
    taken: set[str] = set()
    paths = [path for path in folder.notes if folder.within(path)]
    for path in chance.sample(paths, len(paths)):
        edit = chance.choice(ANY)(folder, chance.choice(folder.within(path)), chance)
        if edit is None or len(edit.notes) != 1 or {*edit.by_path, *edit.gone} & taken:
            continue
        taken |= {*edit.by_path, *edit.gone}
        edits.append(edit)
        if len(edits) == 100:
            break
    return [Trial(folder, together(edits))]
