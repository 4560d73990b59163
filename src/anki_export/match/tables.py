"""Matching comparison rows: whole tables first, then the rows of a pair of tables."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from typing import NamedTuple

from anki_export.match.features import Candidate
from anki_export.match.matching import Matching, Score, Scored, grouped, only, overlap, shared
from anki_export.match.order import Counters, position, rank, stretches
from anki_export.match.wording import Difference, difference, subject

SAME_TABLE = 0.35
"""Likeness from which two tables of one note are one; see :func:`_likeness`."""
SAME_TABLE_ELSEWHERE = 0.6
"""The same in different notes, and for a table that had gone: its place proves nothing."""
TABLE_MARGIN = 0.05
"""Lead of a pair of tables over the next."""
HEADING = 0.1
"""What the same heading adds to the likeness of two tables."""
RICH = 4
"""Different cells in common from which cells alone, whatever their row, prove something."""
CROWD = 60
"""Tables that share a cell from which it finds no pairs: ``yes``, ``O(n)``."""
TELLING_CELLS = 4
"""Characters of a row's cells from which equal cells prove that the row was renamed."""
TELLING_CELLS_FOR_TWINS = 24
"""The same, where the names differ as twins do (``INT2``, ``INT4``)."""
TELLING_ROW = 8
"""Characters from which a row is known again outside its table."""

Rows = list[Candidate]


class _Pair(NamedTuple):
    likeness: float
    old: int
    new: int


def match_rows(matching: Matching) -> None:
    """Pair rows: in tables that are the same, then whole rows elsewhere; near before far."""
    tables = _Tables(matching)
    for old, new in tables.nearby():
        _rows(matching, old, new)
    _whole_rows(matching, same_note=True)
    for old, new in tables.elsewhere():
        _rows(matching, old, new)
    _whole_rows(matching, same_note=False)


# ------------------------------------------------------------------------ whole tables


class _Tables:
    """The tables that have unmatched rows, each with all its rows, and which is which."""

    def __init__(self, matching: Matching) -> None:
        self._matching = matching
        self._counted = Counters(matching)
        self._olds = self._open(matching.all_old)
        self._news = self._open(matching.all_new)
        self._shapes: Counter[Hashable] = Counter()
        """How many tables a note has, or had, of a shape."""
        self._often: Counter[Hashable] = Counter()
        """In how many of them a cell stands in its row and column."""
        for side, cards in enumerate((matching.all_old, matching.all_new)):
            for rows in self._tables(cards):
                group = side, matching.place(rows[0]), _shape(rows)
                self._shapes[group] += 1
                self._often.update((group, cell) for cell in set(_cells_of(rows)))
        self._used_old: dict[int, int] = {}
        self._used_new: dict[int, int] = {}

    def _tables(self, cards: Iterable[Candidate]) -> list[Rows]:
        active = [card for card in cards if not card.retired]
        return list(grouped(active, lambda card: (card.known.path, card.known.table)).values())

    def _open(self, cards: Sequence[Candidate]) -> list[Rows]:
        tables = grouped(cards, lambda card: (card.known.path, card.known.table)).values()
        return [rows for rows in tables if self._matching.left(rows)]

    def nearby(self) -> Iterator[tuple[Rows, Rows]]:
        """Yield the pairs of tables in one note: by pin, cells and frame, then by order."""
        yield from self._settled(self._scored(near=True))
        yield from self._ordered()

    def elsewhere(self) -> Iterator[tuple[Rows, Rows]]:
        """Yield the pairs of tables in different notes."""
        yield from self._settled(self._scored(near=False))

    def _scored(self, *, near: bool) -> list[_Pair]:
        holders: dict[Hashable, list[int]] = defaultdict(list)
        for number, rows in enumerate(self._olds):
            if number not in self._used_old and self._matching.left(rows):
                place = self._matching.place(rows[0]) if near else ""
                for mark in _marks(rows):
                    holders[place, mark].append(number)
        scored = []
        for number in self._free_news() if near else self._without_copies():
            rows = self._news[number]
            place = rows[0].known.path if near else ""
            found = [holders.get((place, mark), []) for mark in _marks(rows)]
            for old in sorted({one for some in found if len(some) <= CROWD for one in some}):
                likeness = self._likeness(self._olds[old], rows, near=near)
                here = near and not all(row.retired for row in self._olds[old])
                if likeness >= (SAME_TABLE if here else SAME_TABLE_ELSEWHERE):
                    scored.append(_Pair(likeness, old, number))
        return scored

    def _free_news(self) -> list[int]:
        return [
            number
            for number, rows in enumerate(self._news)
            if number not in self._used_new and self._matching.left(rows)
        ]

    def _without_copies(self) -> list[int]:
        """Return one of each set of equal tables: they are one card a row, and no rivals.

        A copy that the ledger knows waits: it was there when its rows stood elsewhere.
        """
        known = {
            path for rows in self._olds for row in rows if row.entry for path in row.entry.copies
        }

        def order(number: int) -> tuple[bool, tuple[str, int]]:
            first = _first(self._news[number], position)
            return first.known.path in known, position(first)

        equal: dict[Hashable, int] = {}
        for number in sorted(self._free_news(), key=order):
            rows = self._news[number]
            equal.setdefault((_shape(rows), frozenset(row.known.cells for row in rows)), number)
        return sorted(equal.values())

    def _settled(self, scored: list[_Pair]) -> Iterator[tuple[Rows, Rows]]:
        """Yield what is clear, best first; tables too near to tell are left in doubt."""
        rivals: dict[tuple[bool, int], list[_Pair]] = defaultdict(list)
        for pair in scored:
            rivals[True, pair.old].append(pair)
            rivals[False, pair.new].append(pair)
        for pair in sorted(scored, key=lambda one: (-one.likeness, self._guid(one.old), one.new)):
            if pair.old in self._used_old or pair.new in self._used_new:
                continue
            contested = any(
                (other.old == pair.old) != (other.new == pair.new)
                and other.likeness > pair.likeness - TABLE_MARGIN
                and other.old not in self._used_old
                and other.new not in self._used_new
                for other in (*rivals[True, pair.old], *rivals[False, pair.new])
            )
            olds, news = self._olds[pair.old], self._news[pair.new]
            if contested:
                for same_olds, same_news in shared(olds, news, _key, _key):
                    self._matching.doubt(same_olds, same_news)
            else:
                yield self._use(pair.old, pair.new)

    def _use(self, old: int, new: int) -> tuple[Rows, Rows]:
        self._used_old[old], self._used_new[new] = new, old
        return self._olds[old], self._news[new]

    def _guid(self, old: int) -> str:
        return self._olds[old][0].guid

    def _ordered(self) -> Iterator[tuple[Rows, Rows]]:
        """Yield tables of one shape in a note that only their order tells apart."""
        olds = {_first(rows, rank).number: at for at, rows in enumerate(self._olds)}
        news = {_first(rows, position).number: at for at, rows in enumerate(self._news)}
        old_by = grouped(
            (_first(rows, rank) for rows in self._olds if not rows[0].retired),
            lambda card: (self._matching.place(card), _shape(self._olds[olds[card.number]])),
        )
        new_by = grouped(
            (_first(rows, position) for rows in self._news),
            lambda card: (card.known.path, _shape(self._news[news[card.number]])),
        )
        firsts = {card.number: card for group in old_by.values() for card in group}
        for group, there in new_by.items():
            here = old_by.get(group, [])
            known = {
                card.number: firsts[first]
                for card in there
                if (old := self._used_new.get(news[card.number])) is not None
                and (first := _first(self._olds[old], rank).number) in firsts
            }
            free = [card for card in here if olds[card.number] not in self._used_old]
            for some_olds, some_news in stretches(free, there, known):
                pairs = [
                    (olds[o.number], news[n.number])
                    for o, n in zip(some_olds, some_news, strict=False)
                ]
                if len(some_olds) == len(some_news) and all(
                    overlap(*self._compared(self._olds[old], self._news[new])) >= SAME_TABLE
                    for old, new in pairs
                ):
                    for old, new in pairs:
                        yield self._use(old, new)

    def _likeness(self, old: Rows, new: Rows, *, near: bool) -> float:
        """Return how much two tables have in common, 0 … 1, blind to order.

        The asked cells count most: row names and headers alone (``INT8``, ``speed``) are
        shared by tables about different things, and so are cells that say little (``yes``).
        """
        if old[0].known.pin and old[0].known.pin == new[0].known.pin:
            return 2.0
        told = self._compared(old, new)
        exact = overlap(*told)
        rows = overlap(*([(cell.name, cell.text) for cell in cells] for cells in told))
        texts = [[cell.text for cell in cells] for cells in told]
        several = len({*texts[0]} & {*texts[1]}) >= max(RICH, min(len(old), len(new)) // 2)
        free = overlap(*texts) if several else 0.0
        heads = overlap(old[0].known.header, new[0].known.header)
        if not several and heads < 0.5:
            rows = 0.0
        here = old[0].known.context == new[0].known.context
        here = here and near and not self._counted(new[0].known.path) & {*new[0].known.context}
        framed = self._framed(old, new, heads) if here else 0.0
        return 0.9 * max(exact, 0.95 * rows, 0.9 * free, framed) + HEADING * here

    def _compared(self, old: Rows, new: Rows) -> tuple[list[_Cell], list[_Cell]]:
        """Return the cells that are compared.

        What several tables of one shape say in the same row and column is their template's,
        as long as each has a few cells of its own.
        """
        every = _cells_of(old), _cells_of(new)
        places = (0, self._matching.place(old[0])), (1, new[0].known.path)
        shapes = _shape(old), _shape(new)
        own = [
            [cell for cell in cells if self._often[(*place, shape), cell] < 2]
            for cells, place, shape in zip(every, places, shapes, strict=True)
        ]
        return (own[0], own[1]) if min(map(len, own)) >= RICH else every

    def _framed(self, old: Rows, new: Rows, heads: float) -> float:
        """Return what names and headers prove by themselves: something under one heading.

        Where several tables of a note have this shape they prove nothing.
        """
        names = overlap([row.known.name for row in old], [row.known.name for row in new])
        group = new[0].known.path, _shape(new)
        alone = all(self._shapes[side, *group] < 2 for side in (0, 1))
        return 0.4 * (names + heads) / 2 if alone and names > 0.5 and heads > 0.5 else 0.0


def _shape(rows: Rows) -> Hashable:
    return rows[0].known.header, frozenset(row.known.name for row in rows)


def _key(row: Candidate) -> str:
    return row.key


def _first(rows: Rows, by: Callable[[Candidate], tuple[int | str, int | str]]) -> Candidate:
    return min(rows, key=by)


def _marks(rows: Rows) -> set[str]:
    """Return what a table may be found by: its cells, headers and pin."""
    known = [row.known for row in rows]
    return {mark for one in known for mark in (*one.cells, *one.header, one.pin or "") if mark}


class _Cell(NamedTuple):
    name: tuple[str, ...]
    head: str
    text: str


def _cells_of(rows: Rows) -> list[_Cell]:
    """Return what a table says in answer, each cell with its row's name and its header."""
    return [
        _Cell(row.known.name, head, cell)
        for row in rows
        for head, cell in zip(row.known.header[row.known.names :], row.known.asked, strict=True)
        if cell
    ]


# ---------------------------------------------------------------------- rows of a table


def _rows(matching: Matching, olds: Rows, news: Rows) -> None:
    """Pair the rows of two tables that are the same: whole row, name, cells."""
    for by in (_entire, lambda row: row.known.name, _key, _but_group):
        for same_olds, same_news in shared(matching.left(olds), matching.left(news), by, by):
            sole = only(same_olds)
            if by(same_news[0]) is not None and sole and len(same_news) == 1:
                matching.pair(sole, same_news[0])
    _renamed_rows(matching, olds, news)
    # A row that was renamed *and* edited: only a name that was touched up counts. Rows of
    # one table share too many cells by nature for some equal ones to prove anything.
    left = matching.left(olds), matching.left(news)
    matching.settle(
        Scored(Score(1, cells), old, new)
        for some_olds, some_news in shared(*left, _subject, _subject)
        for old in some_olds
        for new in some_news
        if (cells := overlap(filter(None, old.known.asked), filter(None, new.known.asked)))
    )


def _renamed_rows(matching: Matching, olds: Rows, news: Rows) -> None:
    """Pair rows with the same cells; cells that another row of the table has too prove nothing."""
    for by in (_cells_by_column, _cells):
        for same_olds, same_news in shared(olds, news, by, by):
            left = matching.left(same_olds), matching.left(same_news)
            if not (left[0] and left[1]):
                continue
            old = only(same_olds)
            if old and len(same_news) == 1 and _may_be_renamed(old, same_news[0]):
                matching.pair(old, same_news[0])
                continue
            for some_olds, some_news in shared(*left, _subject, _subject):
                if len(some_olds) == len(some_news) == 1:
                    matching.pair(some_olds[0], some_news[0])
            matching.doubt(matching.left(left[0]), matching.left(left[1]))
    left = matching.left(olds), matching.left(news)
    if len(olds) == len(news) and len(left[0]) == len(left[1]) == 1:
        old, new = left[0][0], left[1][0]
        same = _cells(old) == _cells(new)
        if same and difference(old.known.ask, new.known.ask) is not Difference.TWIN:
            # All other rows are accounted for: it is this one that was renamed.
            matching.pair(old, new)


def _may_be_renamed(old: Candidate, new: Candidate) -> bool:
    kind, size = difference(old.known.ask, new.known.ask), new.known.size
    if kind is Difference.NONE:
        return True
    if kind is Difference.WIDE:
        return size > 1
    return size >= (TELLING_CELLS_FOR_TWINS if kind is Difference.TWIN else TELLING_CELLS)


def _subject(row: Candidate) -> Hashable:
    return subject(row.known.ask)


def _entire(row: Candidate) -> Hashable:
    """Return the whole row, blind to the order of its columns and to how many name it."""
    return tuple(sorted(row.known.cells))


def _but_group(row: Candidate) -> Hashable:
    """Return a row without the first of its names, which it may share with its neighbours."""
    known = row.known
    return (*known.name[1:], "", *sorted(known.asked)) if known.names > 1 else None


def _cells_by_column(row: Candidate) -> Hashable:
    return tuple(sorted(zip(row.known.header[row.known.names :], row.known.asked, strict=True)))


def _cells(row: Candidate) -> Hashable:
    return tuple(sorted(row.known.asked))


# ------------------------------------------------------------------------- single rows


def _whole_rows(matching: Matching, *, same_note: bool) -> None:
    """Pair rows that went to another table with name and cells, unique on both sides."""
    if not (matching.old and matching.new):
        return

    def here(row: Candidate) -> Hashable:
        return (matching.place(row) if same_note else "", _entire(row))

    def there(row: Candidate) -> Hashable:
        return (row.known.path if same_note else "", _entire(row))

    for olds, news in shared(matching.all_old, matching.all_new, here, there):
        old, left = only(olds), matching.left(news)
        enough = same_note or news[0].known.size >= TELLING_ROW
        if old and enough and len(news) == 1 and left and matching.left([old]):
            matching.pair(old, news[0])
        else:
            matching.doubt(matching.left(olds), left)
