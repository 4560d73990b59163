"""Storms of edits on notes of random making: what must hold whatever is edited.

Every card carries a number that identity never sees. After a storm that number tells
whose history a card should have; to have none is allowed where question and answer both
changed, to have another one's never.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from anki_export.issue import Identified
from anki_export.ledger.entries import Ledger, dump, parse
from anki_export.model import Kind, MappedCard, Seconds, What
from anki_export.problems import Problems
from benchmarks.edits.folder import Folder as Edits
from benchmarks.edits.judge import Tally, judge
from benchmarks.edits.kinds import KINDS, QUESTIONS
from benchmarks.edits.report import run
from benchmarks.edits.tables import TABLES
from benchmarks.edits.trial import Maker
from benchmarks.edits.truth import Edit, after
from support.mapped import FIRST, SECOND, build, question, table
from support.small_folder import small_folder
from support.tries import tries

WORDS = (
    "anchor buoy cable deck ebb fender gale halyard inlet jib keel leech mast neap oar pilot"
    " quay rudder sail tide 锚 浮标 缆绳 甲板 退潮 护舷 大风 升帆索 海湾 三角帆 龙骨 帆缘 桅杆 小潮 船桨"
    " 引水员 码头 船舵 主帆 潮水"
)
VOCABULARY = WORDS.split()


def text(seed: int, least: int, most: int) -> str:
    chance = random.Random(seed)  # the same text for the same number, everywhere
    return " ".join(chance.choice(VOCABULARY) for _ in range(chance.randint(least, most)))


@dataclass(frozen=True)
class Asked:
    """A question with a truth of its own."""

    truth: int
    ask: str
    reply: str
    path: str
    heading: str
    touched: frozenset[str] = frozenset()

    def card(self, line: int) -> MappedCard:
        return question(self.ask, self.reply, path=self.path, line=line, headings=[self.heading])


@dataclass(frozen=True)
class Listed:
    """A row with a truth of its own."""

    truth: int
    cells: tuple[str, ...]
    touched: frozenset[str] = frozenset()


@dataclass
class Folder:
    """Notes in the making."""

    asked: list[Asked]
    rows: list[Listed]
    header: tuple[str, ...] = ("Part", "Use", "Made of", "Found")
    table_path: str = "t.md"
    made: int = 1000
    renamed: set[str] = field(default_factory=set)

    def next(self) -> int:
        self.made += 1
        return self.made

    def cards(self) -> tuple[list[MappedCard], list[int]]:
        cards = [one.card(10 * at + 1) for at, one in enumerate(self.asked)]
        rows = table(self.header, [one.cells for one in self.rows], path=self.table_path, line=9000)
        return cards + rows, [one.truth for one in self.asked] + [one.truth for one in self.rows]


def start(seed: int, notes: int, each: int) -> Folder:
    folder = Folder([], [])
    for note in range(notes):
        for number in range(each):
            truth = folder.next()
            ask = f"{text(seed + truth, 2, 6)} {truth}?"
            if number == 0:
                ask = "优点是什么？"
            reply = text(seed * 7 + truth, 8, 30)
            folder.asked.append(Asked(truth, ask, reply, f"{note}.md", f"Part {number % 2}"))
    for _ in range(5):
        truth = folder.next()
        name = f"{text(seed * 3 + truth, 1, 2)} {truth}"
        cells = tuple(text(seed * 5 + truth * 9 + at, 1, 3) for at in range(3))
        folder.rows.append(Listed(truth, (name, *cells)))
    return folder


def edit(folder: Folder, operation: str, first: int, second: int) -> None:
    """Make one edit.

    What nobody could tell afterwards is not done to one card in one storm: answers swapped
    and the question reworded, moved and answered anew, new and swapped.
    """
    at = first % len(folder.asked) if folder.asked else -1
    row = first % len(folder.rows) if folder.rows else -1
    one = folder.asked[at] if folder.asked else None
    seed = folder.next()
    if operation.startswith("row"):
        if row >= 0:
            edit_row(folder, operation, row, second, seed)
        return
    if operation == "add":
        ask, reply = f"{text(seed, 2, 6)} {seed}?", text(seed * 11, 8, 30)
        path = f"{first % 4}.md"
        folder.asked.append(Asked(seed, ask, reply, path, "New", frozenset({"new"})))
        return
    if one is None:
        return
    if operation == "reword" and "swapped" not in one.touched:
        new = f"{text(seed, 2, 6)} {seed}?"
        folder.asked[at] = replace(one, ask=new, touched=one.touched | {"ask"})
    elif operation == "answer" and not one.touched & {"swapped", "moved"}:
        folder.asked[at] = replace(
            one, reply=text(seed * 13, 8, 30), touched=one.touched | {"reply"}
        )
    elif operation == "swap":
        other = second % len(folder.asked)
        two = folder.asked[other]
        if other != at and one.ask != two.ask and not (one.touched | two.touched):
            folder.asked[at] = replace(
                one, reply=two.reply, touched=frozenset({"swapped", "reply"})
            )
            folder.asked[other] = replace(
                two, reply=one.reply, touched=frozenset({"swapped", "reply"})
            )
    elif operation == "delete":
        del folder.asked[at]
    elif operation == "twin":
        twin = one.ask.replace("优点", "缺点") if "优点" in one.ask else one.ask[:-1] + "7?"
        reply = text(seed * 17, 8, 30)
        folder.asked[at] = Asked(seed, twin, reply, one.path, one.heading, frozenset({"new"}))
    elif operation == "move" and not one.touched:
        moved = replace(folder.asked.pop(at), path="m.md", touched=frozenset({"moved"}))
        folder.asked.insert(second % (len(folder.asked) + 1), moved)
    elif operation == "reorder":
        folder.asked.insert(second % len(folder.asked), folder.asked.pop(at))
    elif operation == "heading":
        folder.asked[at] = replace(one, heading=f"Part {seed}")
    elif operation == "rename":
        new = f"renamed {seed}.md"
        folder.asked = [replace(x, path=new) if x.path == one.path else x for x in folder.asked]
    elif operation == "table":
        folder.table_path = f"table {seed}.md"


def edit_row(folder: Folder, operation: str, at: int, second: int, seed: int) -> None:
    one = folder.rows[at]
    if operation == "row rename":
        name = f"{text(seed, 1, 2)} {seed}"
        folder.rows[at] = replace(one, cells=(name, *one.cells[1:]), touched=one.touched | {"ask"})
    elif operation == "row cell":
        cells = list(one.cells)
        cells[1 + second % 3] = text(seed, 2, 4)
        folder.rows[at] = replace(one, cells=tuple(cells), touched=one.touched | {"reply"})
    elif operation == "row delete" and len(folder.rows) > 2:
        del folder.rows[at]
    elif operation == "row add":
        added = (
            f"{text(seed, 1, 2)} {seed}",
            *(text(10**6 + seed * 9 + n, 1, 3) for n in range(3)),
        )
        folder.rows.append(Listed(seed, added))
    elif operation == "row order":
        folder.rows.insert(second % len(folder.rows), folder.rows.pop(at))


OPERATIONS = (
    "reword", "answer", "swap", "delete", "twin", "move", "reorder", "heading", "rename", "add",
    "table", "row rename", "row cell", "row delete", "row add", "row order",
)  # fmt: skip
STORM = st.lists(
    st.tuples(st.sampled_from(OPERATIONS), st.integers(0, 50), st.integers(0, 50)), max_size=25
)
SHAPE = st.tuples(st.integers(0, 10_000), st.integers(1, 4), st.integers(1, 5))


def truths_of(built: Identified, truths: Sequence[int]) -> dict[str, int]:
    """The truth behind every guid that ships for a card of today."""
    shipped = [change.guid for change in built.changes if change.what is not What.RETIRED]
    assert len(shipped) == len(truths)
    assert len(set(shipped)) == len(shipped), "one-to-one"
    return dict(zip(shipped, truths, strict=True))


def check_ledger(ledger: Ledger) -> None:
    numbers = [n for entry in ledger.entries.values() for n in (entry.note_id, entry.card_id)]
    assert len(set(numbers)) == len(numbers)
    assert parse(dump(ledger), "ledger", Problems()) == ledger


@example(
    # A retired general question's answer comes to stand under another note's one.
    shape=(7623, 2, 3),
    storms=[[("move", 0, 9), ("add", 0, 0), ("reword", 3, 0)], [("swap", 16, 24)]],
)
@example(
    # A general question under a counted heading, its answer swapped twice.
    shape=(7623, 2, 3),
    storms=[[("swap", 0, 1)], [("swap", 1, 45)]],
)
@example(shape=(0, 2, 3), storms=[[("swap", 0, 4)], [("swap", 3, 22)]])
@given(SHAPE, st.lists(STORM, min_size=1, max_size=3))
# A general question that had retired gave its history to another note's, which now had its answer.
@example((7623, 2, 3), [[("swap", 0, 1)], [("swap", 1, 3)]])
@tries(60)
def test_no_history_ever_goes_to_another_question(
    shape: tuple[int, int, int], storms: list[list[tuple[str, int, int]]]
) -> None:
    folder = start(*shape)
    cards, truths = folder.cards()
    built = build(cards)
    known = truths_of(built, truths)
    time = SECOND
    for storm in storms:
        folder.asked = [replace(one, touched=frozenset()) for one in folder.asked]
        folder.rows = [replace(one, touched=frozenset()) for one in folder.rows]
        before = {
            card.rendered.content + card.rendered.card.location.path for card in folder.cards()[0]
        }
        mods = {entry.guid: entry.mod for entry in built.ledger.entries.values()}
        for operation in storm:
            edit(folder, *operation)
        cards, truths = folder.cards()
        built = build(cards, built.ledger, build_time=time)
        given_to = truths_of(built, truths)
        for guid, truth in given_to.items():
            assert known.setdefault(guid, truth) == truth, "a history went to another question"
        everything: list[Asked | Listed] = [*folder.asked, *folder.rows]
        keep = {one.truth for one in everything if one.touched <= {"moved"}}
        lost = keep & set(known.values()) - set(given_to.values())
        assert not lost, "an untouched question lost its history"
        fresh = {change.guid for change in built.changes if change.what is What.NEW}
        old = [truth for guid, truth in known.items() if guid not in fresh]
        assert not {given_to[guid] for guid in fresh} & keep & set(old), "its history was there"
        what = {change.guid: change.what for change in built.changes}
        for note, card in zip(built.notes, cards, strict=False):
            untouched = card.rendered.content + note.fields["Source"] in before
            if untouched and what[note.guid] not in (What.NEW, What.REVIVED):
                assert note.mod == mods[note.guid], "an untouched note was updated"
        check_ledger(built.ledger)
        time = Seconds(time + 100)


@given(SHAPE, STORM, st.randoms(use_true_random=False))
@tries(30)
def test_the_order_of_cards_decides_nothing(
    shape: tuple[int, int, int], storm: list[tuple[str, int, int]], chance: random.Random
) -> None:
    folder = start(*shape)
    first = build(folder.cards()[0])
    for operation in storm:
        edit(folder, *operation)
    cards, _truths = folder.cards()
    built = build(cards, first.ledger)
    assert build(cards, first.ledger) == built
    shuffled = [card for card in cards if card.rendered.card.kind is Kind.QA]
    chance.shuffle(shuffled)
    shuffled += [card for card in cards if card.rendered.card.kind is Kind.COMPARISON]
    again = build(shuffled, first.ledger)

    def histories(one: Identified) -> set[tuple[str, int | None, str]]:
        return {
            (change.guid, change.location.line, change.what.value)
            for change in one.changes
            if change.what is not What.MOVED
        }

    assert histories(again) == histories(built)


@given(SHAPE, STORM)
@tries(30)
def test_building_again_changes_nothing(
    shape: tuple[int, int, int], storm: list[tuple[str, int, int]]
) -> None:
    folder = start(*shape)
    first = build(folder.cards()[0], None, build_time=FIRST)
    for operation in storm:
        edit(folder, *operation)
    second = build(folder.cards()[0], first.ledger)
    third = build(folder.cards()[0], second.ledger, build_time=Seconds(SECOND + 77))
    assert third.notes == second.notes
    assert third.ledger == second.ledger
    assert {change.what for change in third.changes} <= {What.UNCHANGED}


# ---------------------------------------------------------- the benchmark's edits, in storms

EDITS: dict[str, tuple[Kind, Maker]] = {
    **{name: (Kind.QA, maker) for name, maker in QUESTIONS.items()},
    **{name: (Kind.COMPARISON, maker) for name, maker in TABLES.items()},
}
STORMS = st.lists(
    st.lists(st.tuples(st.sampled_from(sorted(EDITS)), st.integers(0, 10_000)), max_size=5),
    min_size=1,
    max_size=3,
)


def storm(folder: Edits, edits: list[tuple[str, int]]) -> Edit:
    """Make edits one after the other, no two of the same card, before anything is exported.

    A note is not copied in one breath with a renaming: which of the two new notes is the old
    one then, nobody can tell.
    """
    total, copied = Edit([], touched=set()), False
    for name, seed in edits:
        kind, make = EDITS[name]
        chance = random.Random(seed)
        view = folder.view(total)
        target = view.draw(chance, kind)
        edit = target and make(view, target, chance)
        if isinstance(edit, Edit):
            copies = copied or name == "note copied"
            if copies and (total.gone or edit.gone):
                continue
            total, copied = after(total, edit), copies
    return total


@given(st.integers(0, 3), STORMS)
# The history of a question goes on in its copy when its own note is renamed.
@example(0, [[("note copied", 1)], [("copied and note renamed", 13)]])
# Of a note that is copied and renamed at once, either may go on.
@example(
    0,
    [
        [("note copied", 1), ("note copied", 1)],
        [("copied and note renamed", 0), ("note copied", 1)],
    ],
)
# The rows of a table move as one.
@example(
    0,
    [
        [("row replaced", 0)],
        [("note copied", 0)],
        [("copied and note renamed", 0), ("note split", 0)],
    ],
)
@example(
    0,
    [
        [("note copied", 1), ("row replaced", 1)],
        [("note copied", 1)],
        [("copied and note renamed", 1), ("note split", 1)],
    ],
)
@tries(20)
def test_edits_of_notes_in_storms_keep_every_history(
    seed: int, storms: list[list[tuple[str, int]]]
) -> None:
    folder = small_folder(seed)
    for edits in storms:
        edit, tally = storm(folder, edits), Tally()
        if not edit.notes:
            continue  # none of the edits could be made
        build = judge(folder, edit, tally)
        assert (tally.wrong, tally.bystanders_lost, tally.spurious) == (0, 0, 0), tally.samples
        folder = folder.rebuilt(edit, build)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_an_edit_of_every_kind_keeps_every_history(kind: str) -> None:
    tally = run(small_folder(1), kind, seed=1, per_kind=3)
    assert tally.expected or kind in ("question deleted", "twin takes over")
    assert (tally.wrong, tally.bystanders_lost, tally.spurious) == (0, 0, 0), tally.samples
    assert tally.kept == tally.expected, tally.samples
