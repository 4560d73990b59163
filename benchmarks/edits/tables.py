"""Edits of comparison tables: cells, rows, columns, whole tables."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable

from anki_export.model import Row
from benchmarks.edits.folder import Folder, Target
from benchmarks.edits.questions import twin
from benchmarks.edits.truth import Edit, Edited, Place, fresh, note_edit

Maker = Callable[[Folder, Target, random.Random], Edit | None]
Grid = list[list[str]]


def _table(target: Target) -> tuple[Edited, Row, int] | None:
    """Return the note, the row and the index of its table's header, if the table is simple."""
    body = target.body
    if not isinstance(body, Row):
        return None
    edited = Edited.of(target.note)
    at = edited.at(body.table.line)
    rows = edited.lines[at : at + 2 + len(body.table.rows)]
    if any(not line.text.strip().startswith("|") or "\\|" in line.text for line in rows):
        return None
    if any(len(cells_of(line.text)) != len(body.table.header) for line in rows):
        return None
    return edited, body, at


def cells_of(text: str) -> list[str]:
    """Split a line of a table, in which no pipe is escaped."""
    return [cell.strip() for cell in text.strip().strip("|").split("|")]


def joined(cells: Iterable[str]) -> str:
    """Return cells as a line of a table."""
    return "| " + " | ".join(cells) + " |"


def _rows(folder: Folder, target: Target) -> set[Place]:
    """Return where the cards of the target's table start."""
    first, last = target.span
    lines = {(target.note.path, number) for number in range(first + 2, last + 1)}
    return lines & folder.places(target.note.path)


def _row_edit(
    change: Callable[[list[str], Row, Folder, random.Random], None], *, is_new: bool = False
) -> Maker:
    def make(folder: Folder, target: Target, chance: random.Random) -> Edit | None:
        found = _table(target)
        if found is None:
            return None
        edited, body, at = found
        line = edited.lines[at + 2 + body.index]
        cells = cells_of(line.text)
        change(cells, body, folder, chance)
        if cells == cells_of(line.text):
            return None
        line.text = joined(cells)
        targets = {target.place} if is_new else _rows(folder, target)
        result = note_edit(edited, targets, {(target.note.path, body.table.line)})
        result.fresh = {target.place} if is_new else set()
        return result

    return make


def _cell(cells: list[str], body: Row, folder: Folder, chance: random.Random) -> None:
    cells[chance.randrange(body.names, len(cells))] = chance.choice(folder.words) + " neu"


def _name_extended(cells: list[str], body: Row, folder: Folder, chance: random.Random) -> None:
    cells[0] += chance.choice(("（新）", " 型", "方案", " 方式"))


def _name_changed(cells: list[str], body: Row, folder: Folder, chance: random.Random) -> None:
    cells[0] = chance.choice(folder.words) + chance.choice(folder.words)


def _other_row(cells: list[str], body: Row, folder: Folder, chance: random.Random) -> None:
    name = cells[0]
    cells[:] = [chance.choice(folder.words) + str(chance.randrange(100)) for _ in cells]
    if chance.random() < 0.5:
        cells[0] = twin(name, folder.words, chance)
        if cells[0] == name:
            cells[0] += "2"


def _table_edit(change: Callable[[Grid, Row, Folder, random.Random], None]) -> Maker:
    """Make an edit that keeps every row on a line of its own."""

    def make(folder: Folder, target: Target, chance: random.Random) -> Edit | None:
        found = _table(target)
        if found is None:
            return None
        edited, body, at = found
        lines = edited.lines[at : at + 2 + len(body.table.rows)]
        grid = [cells_of(line.text) for line in lines]
        change(grid, body, folder, chance)
        for line, cells in zip(lines, grid, strict=True):
            line.text = joined(cells)
        return note_edit(edited, _rows(folder, target), {(edited.path, body.table.line)})

    return make


def _column_added(grid: Grid, body: Row, folder: Folder, chance: random.Random) -> None:
    at = chance.randint(body.names, len(grid[0]))
    for number, cells in enumerate(grid):
        cells.insert(at, "---" if number == 1 else chance.choice(folder.words))


def _column_dropped(grid: Grid, body: Row, folder: Folder, chance: random.Random) -> None:
    if len(grid[0]) > body.names + 2:
        at = chance.randrange(body.names, len(grid[0]))
        for cells in grid:
            del cells[at]


def _column_renamed(grid: Grid, body: Row, folder: Folder, chance: random.Random) -> None:
    grid[0][chance.randrange(len(grid[0]))] = chance.choice(folder.words) + " neu"


def _columns_reordered(grid: Grid, body: Row, folder: Folder, chance: random.Random) -> None:
    order = list(range(body.names, len(grid[0])))
    chance.shuffle(order)
    for cells in grid:
        cells[body.names :] = [cells[at] for at in order]


def _rows_reordered(folder: Folder, target: Target, chance: random.Random) -> Edit | None:
    found = _table(target)
    if found is None or found[1].names > 1 or any(not row[0] for row in found[1].table.rows):
        return None
    edited, body, at = found
    rows = edited.lines[at + 2 : at + 2 + len(body.table.rows)]
    chance.shuffle(rows)
    edited.lines[at + 2 : at + 2 + len(rows)] = rows
    return note_edit(edited, _rows(folder, target), {(edited.path, body.table.line)})


def _row_deleted(folder: Folder, target: Target, chance: random.Random) -> Edit | None:
    found = _table(target)
    if found is None or any(not row[0] for row in found[1].table.rows):
        return None
    edited, body, at = found
    del edited.lines[at + 2 + body.index]
    targets = _rows(folder, target) - {target.place}
    return note_edit(edited, targets, {(edited.path, body.table.line)})


def _table_moved(folder: Folder, target: Target, chance: random.Random) -> Edit | None:
    found = _table(target)
    if found is None:
        return None
    edited, body, at = found
    block = edited.lines[at : at + 2 + len(body.table.rows)]
    del edited.lines[at : at + len(block)]
    goal, notes = edited, [edited]
    other = folder.neighbour(target, chance)
    if other is not None and chance.random() < 0.5:
        goal = Edited.of(folder.notes[other])
        notes.append(goal)
    if not goal.balanced():
        return None
    goal.lines += [*fresh("", "# 表", ""), *block]
    return Edit(notes, targets=_rows(folder, target), touched={note.path for note in notes})


cell_edited = _row_edit(_cell)
TABLES: dict[str, Maker] = {
    "cell edited": cell_edited,
    "row's name extended": _row_edit(_name_extended),
    "row renamed": _row_edit(_name_changed),
    "rows reordered": _rows_reordered,
    "row deleted": _row_deleted,
    "column added": _table_edit(_column_added),
    "column dropped": _table_edit(_column_dropped),
    "column renamed": _table_edit(_column_renamed),
    "columns reordered": _table_edit(_columns_reordered),
    "table moved": _table_moved,
    "row replaced": _row_edit(_other_row, is_new=True),
}
