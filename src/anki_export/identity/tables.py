"""Matching comparison rows: whole tables first, then the rows of a pair of tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from anki_export.identity.faces import Face
from anki_export.identity.matching import Candidate, Matching, claim, grouped, only, shared
from anki_export.identity.wording import Difference, difference

SAME_TABLE = 0.35
"""Likeness from which two tables of one note are one; see :func:`_likeness`."""
SAME_TABLE_ELSEWHERE = 0.6
"""The same in different notes."""
TABLE_MARGIN = 0.05
"""Lead of a pair of tables over the next."""
RICH = 4
"""Different cells in common from which cells alone, whatever their row, prove something."""
TELLING_CELLS = 4
"""Characters of a row's cells from which equal cells prove that the row was renamed."""
TELLING_CELLS_FOR_TWINS = 24
"""The same, where the names differ as twins do (``INT2``, ``INT4``)."""
TELLING_ROW = 8
"""Characters from which a row is known again outside its table."""


def match_rows(matching: Matching) -> None:
    """Pair rows: untouched ones, in tables that are the same, then whole rows elsewhere."""
    _untouched(matching)
    nearby, elsewhere = _table_pairs(matching)
    for old, new in nearby:
        _rows(matching, old, new)
    _whole_rows(matching, same_note=True)
    for old, new in elsewhere:
        _rows(matching, old, new)
    _whole_rows(matching, same_note=False)


def _untouched(matching: Matching) -> None:
    """Pair rows that are in one note, under one heading and header, with the same cells."""
    for olds, news in shared(
        matching.left(matching.all_old),
        matching.left(matching.all_new),
        lambda old: (matching.place(old), old.context, old.header, old.cells, old.names),
        lambda new: (new.path, new.context, new.header, new.cells, new.names),
    ):
        for old, new in zip(sorted(olds, key=claim), news, strict=False):
            matching.pair(old, new)


# ------------------------------------------------------------------------ whole tables


def _table_pairs(
    matching: Matching,
) -> tuple[list[tuple[list[Face], list[Face]]], list[tuple[list[Face], list[Face]]]]:
    """Return the pairs of tables in one note, and those across notes, each best first."""
    olds = _open_tables(matching, matching.all_old)
    news = _open_tables(matching, matching.all_new)
    cells: dict[str, set[int]] = {}
    for number, rows in enumerate(olds):
        for cell in {cell for row in rows for cell in (*row.cells, *row.header, row.pin or "")}:
            cells.setdefault(cell, set()).add(number)
    scored: list[tuple[bool, float, int, int]] = []
    for there, rows in enumerate(news):
        near: Counter[int] = Counter()
        for cell in {cell for row in rows for cell in (*row.cells, *row.header, row.pin or "")}:
            near.update(cells.get(cell, ()))
        for here in near:
            nearby = matching.place(olds[here][0]) == rows[0].path
            likeness = _likeness(olds[here], rows)
            if likeness >= (SAME_TABLE if nearby else SAME_TABLE_ELSEWHERE):
                scored.append((nearby, likeness, here, there))
    used_old: set[int] = set()
    used_new: set[int] = set()
    pairs: dict[bool, list[tuple[list[Face], list[Face]]]] = {True: [], False: []}
    for nearby, likeness, here, there in sorted(
        scored, key=lambda one: (not one[0], -one[1], olds[one[2]][0].guid or "", one[3])
    ):
        if here in used_old or there in used_new:
            continue
        if _contested(scored, (nearby, likeness, here, there), used_old, used_new):
            for row in olds[here]:
                for other in news[there]:
                    if row.key == other.key:
                        matching.doubt(row, other)
            continue
        used_old.add(here)
        used_new.add(there)
        pairs[nearby].append((olds[here], news[there]))
    return pairs[True], pairs[False]


def _open_tables(matching: Matching, faces: Sequence[Face]) -> list[list[Face]]:
    """Return the tables that have unmatched rows, each with all its rows."""
    tables = grouped(faces, lambda face: (face.path, face.table)).values()
    return [rows for rows in tables if matching.left(rows)]


def _contested(
    scored: Iterable[tuple[bool, float, int, int]],
    one: tuple[bool, float, int, int],
    used_old: set[int],
    used_new: set[int],
) -> bool:
    """Tell whether another free table is as like, and not merely by being its equal."""
    nearby, likeness, here, there = one
    return any(
        other[0] == nearby
        and (other[2] == here) != (other[3] == there)
        and other[2] not in used_old
        and other[3] not in used_new
        and other[1] > likeness - TABLE_MARGIN
        for other in scored
    )


def _likeness(old: Sequence[Face], new: Sequence[Face]) -> float:
    """Return how much two tables have in common, 0 … 1, blind to order.

    The asked cells count most: row names and headers alone (``INT8``, ``speed``) are
    shared by tables about different things, and so are cells that say little (``yes``).
    """
    if old[0].pin and old[0].pin == new[0].pin:
        return 2.0
    exact = _overlap(_placed(old), _placed(new))
    rows = _overlap(_named(old), _named(new))
    kinds = {cell for row in old for cell in row.asked if cell} & {
        cell for row in new for cell in row.asked if cell
    }
    several = len(kinds) >= max(RICH, min(len(old), len(new)) // 2)
    free = _overlap(_free(old), _free(new)) if several else 0.0
    names = _overlap([row.name for row in old], [row.name for row in new])
    heads = _overlap(old[0].header, new[0].header)
    place = 0.1 if old[0].context == new[0].context else 0.0
    if not several and heads < 0.5:
        rows = 0.0
    return 0.9 * max(exact, 0.95 * rows, 0.9 * free, _framed(names, heads, place)) + place


def _placed(rows: Sequence[Face]) -> list[object]:
    return [
        (row.name, head, cell)
        for row in rows
        for head, cell in zip(row.header[row.names :], row.asked, strict=True)
        if cell
    ]


def _named(rows: Sequence[Face]) -> list[object]:
    return [(row.name, cell) for row in rows for cell in row.asked if cell]


def _free(rows: Sequence[Face]) -> list[object]:
    return [cell for row in rows for cell in row.asked if cell]


def _framed(names: float, heads: float, place: float) -> float:
    """Return what row names and headers prove by themselves: something under one heading."""
    return 0.4 * (names + heads) / 2 if place and names > 0.5 and heads > 0.5 else 0.0


def _overlap(one: Sequence[object], other: Sequence[object]) -> float:
    """Return the share of the smaller multiset that is in the other one."""
    least = min(len(one), len(other))
    return sum((Counter(one) & Counter(other)).values()) / least if least else 0.0


# ---------------------------------------------------------------------- rows of a table


def _rows(matching: Matching, olds: Sequence[Face], news: Sequence[Face]) -> None:
    """Pair the rows of two tables that are the same: whole row, name, cells."""
    left = matching.left(olds), matching.left(news)
    for by in (_entire, lambda face: face.name, lambda face: face.key, _but_group):
        for same_olds, same_news in shared(*left, by, by):
            sole, rest = only(matching.left(same_olds)), matching.left(same_news)
            if sole and len(rest) == 1:
                matching.pair(sole, rest[0])
    _renamed_rows(matching, olds, news)
    scored: list[Candidate] = []
    for old in matching.left(olds):
        for new in matching.left(news):
            score = _row_score(old, new)
            if score:
                scored.append((score, old, new))
    matching.settle(scored, 0.2)


def _renamed_rows(matching: Matching, olds: Sequence[Face], news: Sequence[Face]) -> None:
    """Pair rows with the same cells; cells that another row of the table has too prove nothing."""
    for by in (_cells_by_column, _cells):
        for same_olds, same_news in shared(olds, news, by, by):
            old, new = only(same_olds), same_news[0]
            left = matching.left(same_olds), matching.left(same_news)
            if not (left[0] and left[1]):
                continue
            if old and len(same_news) == 1 and _may_be_renamed(old, new):
                matching.pair(old, new)
                continue
            touched = [
                (1.0, one, other)
                for one in left[0]
                for other in left[1]
                if difference(one.ask, other.ask) is Difference.NONE
            ]
            matching.settle(touched, 0.2)
            rest = matching.left(olds), matching.left(news)
            alone = len(olds) == len(news) and len(rest[0]) == len(rest[1]) == 1
            if alone and difference(rest[0][0].ask, rest[1][0].ask) is not Difference.TWIN:
                # All other rows are accounted for: it is this one that was renamed.
                matching.pair(rest[0][0], rest[1][0])
            for one in matching.left(left[0]):
                for other in matching.left(left[1]):
                    matching.doubt(one, other)


def _may_be_renamed(old: Face, new: Face) -> bool:
    kind = difference(old.ask, new.ask)
    if kind is Difference.NONE:
        return True
    if kind is Difference.WIDE:
        return new.size > 1
    return new.size >= (TELLING_CELLS_FOR_TWINS if kind is Difference.TWIN else TELLING_CELLS)


def _row_score(old: Face, new: Face) -> float:
    """Return how sure it is that a row was renamed *and* edited, or 0.

    Only a name that was touched up counts: rows of one table share too many cells by
    nature (``yes``, ``O(n)``) for some equal ones to prove anything.
    """
    cells = _overlap([cell for cell in old.asked if cell], [cell for cell in new.asked if cell])
    return 1 + cells if cells and difference(old.ask, new.ask) is Difference.NONE else 0.0


def _entire(face: Face) -> tuple[str, ...]:
    """Return the whole row, blind to the order of its columns and to how many name it."""
    return tuple(sorted(face.cells))


def _but_group(face: Face) -> tuple[str, ...] | None:
    """Return a row without the first of its names, which it may share with its neighbours."""
    return (*face.name[1:], "", *sorted(face.asked)) if face.names > 1 else None


def _cells_by_column(face: Face) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(zip(face.header[face.names :], face.asked, strict=True)))


def _cells(face: Face) -> tuple[str, ...]:
    return tuple(sorted(face.asked))


# ------------------------------------------------------------------------- single rows


def _whole_rows(matching: Matching, *, same_note: bool) -> None:
    """Pair rows that went to another table with name and cells, unique on both sides."""

    def here(face: Face) -> tuple[object, ...]:
        return (matching.place(face) if same_note else "", *_entire(face))

    def there(face: Face) -> tuple[object, ...]:
        return (face.path if same_note else "", *_entire(face))

    for olds, news in shared(matching.all_old, matching.all_new, here, there):
        old, left = only(olds), matching.left(news)
        enough = same_note or news[0].size >= TELLING_ROW
        if old and enough and len(news) == 1 and left and matching.left([old]):
            matching.pair(old, news[0])
            continue
        for one in matching.left(olds):
            for other in left:
                matching.doubt(one, other)
