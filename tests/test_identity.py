from __future__ import annotations

import os
import random
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace

import pytest

from anki_export.issue.guids import make_id
from anki_export.issue.ranks import STEP, ranks
from anki_export.ledger.entries import (
    State,
    dump,
)
from anki_export.ledger.forms import ask_key, loose
from anki_export.ledger.numbers import RANKS, Taken
from anki_export.ledger.sketch import buckets, make_sketch, resemblance
from anki_export.match.wording import Difference, difference, similarity
from anki_export.model import MappedCard, MediaFile, Seconds, What
from anki_export.problems import ProblemKind, Problems, RetireError, UsageError
from support.mapped import FIRST, SECOND, build, fates, histories, question, rebuild, table

ROPE = (
    "A rope is spliced by unlaying its strands and tucking each under the next, three times over."
)
KNOT = (
    "A bowline makes a loop that neither slips nor jams, and comes undone by hand after any load."
)
SAIL = (
    "The mainsail drives a boat upwind only when its leech is tight and its foot is eased a little."
)
TIDE = "Spring tides come two days after full and new moon, when sun and moon pull in one line."
ZH = "先把三股绳头拆开，再依次压一股穿一股，至少穿插三遍，最后收紧并剪去多余的线头。"
ZH2 = "满月和新月之后两天出现大潮，因为太阳与月亮的引力落在同一条直线上，水位差最大。"


def given(before: Sequence[MappedCard], after: Sequence[MappedCard]) -> dict[str, str | None]:
    return histories(rebuild(before, after))


# ------------------------------------------------------------------------ small pieces


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("What is a splice?", "what is  a splice ？"),
        ("什么是编结？", "什么是编结"),
        ("Full-width Ａ：1？", "full-width a:1?"),
    ],
)
def test_a_key_ignores_case_width_and_final_punctuation(one: str, other: str) -> None:
    assert ask_key(one) == ask_key(other)


def test_a_key_of_punctuation_alone_stays() -> None:
    assert ask_key("??") == "??"


def test_a_cell_is_the_same_in_markdown_and_in_html() -> None:
    assert loose("**a** `x_y` &lt;b") == loose("a x_y <b")
    assert loose("a<br>b") == loose("ab")


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("什么是大潮？", "大潮是什么", Difference.NONE),
        ("请解释一下编结的原理", "编结的原理是什么？", Difference.NONE),
        ("What is the keel for?", "What's the keel for", Difference.NONE),
        ("请问What is the keel for呢?", "What is the keel for?", Difference.NONE),
        ("Explain the show", "Explain how", Difference.WORD),
        ("帆船not锚定时", "帆船锚定时", Difference.TWIN),
        ("帆船的优点是什么？", "帆船的缺点是什么？", Difference.TWIN),
        ("IPv4 的头部有多长？", "IPv6 的头部有多长？", Difference.TWIN),
        ("What does v2 change?", "What does v3 change?", Difference.TWIN),
        ("为什么要收帆？", "为什么不要收帆？", Difference.TWIN),
        ("为什么要收帆？", "什么时候要收帆？", Difference.TWIN),
        ("What is lost by reading a page?", "What is lost by writing a page?", Difference.WORD),
        ("INT2", "INT4", Difference.TWIN),
        ("主缆有什么作用？", "侧缆有什么作用？", Difference.WORD),
        ("进程如何切换？", "线程如何切换？", Difference.TWIN),
        ("Advantages of a long keel?", "Disadvantages of a long keel?", Difference.TWIN),
        ("How is a rope joined to another?", "What does splicing do?", Difference.WIDE),
    ],
)
def test_differences_are_classed(one: str, other: str, expected: Difference) -> None:
    assert difference(one, other) is expected
    assert difference(other, one) is expected


def test_similarity_is_blind_to_the_order_of_words() -> None:
    assert similarity("keel and rudder", "rudder and keel") == 1
    assert similarity("", "keel") == 0


def test_sketches_estimate_likeness() -> None:
    text = "".join((ROPE + KNOT + SAIL).split())
    edited = text.replace("three", "four")
    assert resemblance(buckets(make_sketch(text)), buckets(make_sketch(edited))) > 0.8
    other = "".join((ZH + ZH2).split())
    assert resemblance(buckets(make_sketch(text)), buckets(make_sketch(other))) < 0.1


def test_an_unusable_sketch_resembles_nothing() -> None:
    assert buckets("not base64!") == b""
    assert buckets("YQ") == b""
    assert resemblance(b"", buckets(make_sketch("abc"))) == 0


def test_ids_are_plausible_milliseconds_and_free() -> None:
    taken = Taken()
    number = make_id("a.md", "note", taken)
    assert 1_420_000_000_000 < number < 1_701_000_000_000
    assert make_id("a.md", "note", taken) == number + 1


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        ([None, None], [STEP, 2 * STEP]),
        ([50, None, 100], [50, 75, 100]),
        ([None, 50], [25, 50]),
        ([50, 150, 200, 100, 250], [50, 150, 200, 225, 250]),
        ([150, 200, 50, None], [150, 200, 250, 300]),
        ([50, 50, None, 51, 100], [25, 50, 66, 83, 100]),
        ([None, 1], [50, 100]),
        ([RANKS - 1, None, None], [50, 100, 150]),
    ],
)
def test_ranks_are_sparse_and_stay_in_order(known: list[int | None], expected: list[int]) -> None:
    assert ranks(known) == expected


def test_a_question_that_moved_is_known_by_its_new_place() -> None:
    """Short answers are told apart by their order alone, which is that of the last export."""

    def cards(*texts: str) -> list[MappedCard]:
        return [question("True?", text, line=at) for at, text in enumerate(texts, 1)]

    first = build(cards("yes", "no", "both"))
    moved = build(cards("no", "both", "yes"), first.ledger)
    edited = build(cards("none", "both", "yep"), moved.ledger)
    assert [c.guid for c in edited.changes] == [c.guid for c in moved.changes]


@pytest.mark.parametrize("count", [0, 1, 19_999, 50_000])
def test_ranks_stay_below_the_limit(count: int) -> None:
    given = ranks([None] * count)
    assert given == sorted(given)
    assert all(0 <= rank < RANKS for rank in given)
    assert len(set(given)) == count


# ------------------------------------------------------------------- histories are kept

KEPT = {
    "answer rewritten": (question("Why splice?", ROPE), question("Why splice?", KNOT)),
    "a word": (question("Why is rope spliced?", ROPE), question("Why is rope joined?", ROPE)),
    "half": (question("Why is rope spliced?", ROPE), question("Why is rope not tied?", ROPE)),
    "whole": (question("Why splice?", ROPE), question("Tell me about strands", ROPE)),
    "chinese word": (question("如何编结绳索？", ZH), question("如何连接绳索？", ZH)),
    "chinese whole": (question("如何编结绳索？", ZH), question("断了的缆怎么办？", ZH)),
    "politely": (question("如何编结绳索？", ZH), question("请问如何编结绳索呢？", ZH2)),
    "both touched": (
        question("Why is a rope ever spliced?", ROPE + KNOT),
        question("What speaks for joining ropes by strands?", ROPE + KNOT + " Try it."),
    ),
    "file renamed": (question("Why splice?", ROPE), question("Why splice?", ROPE, path="b.md")),
    "folder moved": (question("Why splice?", ROPE), question("Why splice?", ROPE, path="x/a.md")),
    "renamed, question too": (
        question("Why splice?", ROPE),
        question("What is splicing for?", ROPE, path="b.md"),
    ),
    "heading renamed": (
        question("Benefits?", ROPE, headings=["Rope"]),
        question("Benefits?", ROPE, headings=["Ropework"]),
    ),
    "section moved and answer edited": (
        question("Why is rope spliced at sea?", ROPE, headings=["Rope"]),
        question("Why is rope spliced at sea?", KNOT, headings=["Seamanship"]),
    ),
}


@pytest.mark.parametrize("name", KEPT)
def test_the_history_is_kept(name: str) -> None:
    before, after = KEPT[name]
    built = rebuild([before], [after])
    (change,) = built.changes
    assert change.old_ask == before.rendered.ask
    assert change.what in (What.CHANGED, What.REWORDED)
    (note,) = built.notes
    assert note.mod == SECOND
    assert note.fields["Key"] == note.guid


def test_the_history_is_kept_among_others() -> None:
    others = [question(f"Question {n}?", f"{TIDE} {n}", path="c.md") for n in range(5)]
    for name, (before, after) in KEPT.items():
        built = rebuild([before, *others], [*reversed(others), after])
        assert histories(built)[after.rendered.ask] == before.rendered.ask, name
        assert [change.what for change in built.changes].count(What.UNCHANGED) == 5, name


def test_a_note_split_in_two_keeps_all() -> None:
    asks = [question(f"About {text[:9]}?", text) for text in (ROPE, KNOT, SAIL, TIDE)]
    moved = [question(one.rendered.ask, one.rendered.reply, path="b.md") for one in asks[2:]]
    built = rebuild(asks, [*asks[:2], *moved])
    assert [change.what for change in built.changes] == [What.UNCHANGED] * 2 + [What.CHANGED] * 2
    back = build(asks, built.ledger, build_time=SECOND + 9)
    assert {change.what for change in back.changes} == {What.UNCHANGED, What.CHANGED}


def test_questions_that_swap_answers_keep_their_histories() -> None:
    before = [question("Why splice?", ROPE), question("Why tie?", KNOT)]
    after = [question("Why splice?", KNOT), question("Why tie?", ROPE)]
    assert given(before, after) == {"Why splice?": "Why splice?", "Why tie?": "Why tie?"}


def test_a_question_under_two_headings_is_told_apart_by_heading_then_answer() -> None:
    before = [
        question("Benefits?", ROPE, headings=["Splice"]),
        question("Benefits?", KNOT, headings=["Knot"]),
    ]
    guids = [change.guid for change in build(before).changes]
    assert len(set(guids)) == 2
    reordered = [
        question("Benefits?", SAIL, headings=["Knot"]),
        question("Benefits?", ROPE, headings=["Eye splice"]),
    ]
    assert [change.guid for change in rebuild(before, reordered).changes] == guids[::-1]
    swapped = [
        question("Benefits?", KNOT, headings=["Splice"]),
        question("Benefits?", ROPE, headings=["Knot"]),
    ]
    assert [change.guid for change in rebuild(before, swapped).changes] == guids


# ------------------------------------------------- a history never goes to another question

FRESH = {
    "antonym": (question("帆船的优点是什么？", ZH), question("帆船的缺点是什么？", ZH2)),
    "number": (question("What is new in v2?", ROPE), question("What is new in v3?", KNOT)),
    "negation": (question("Why splice?", ROPE), question("Why not splice?", KNOT)),
    "one word": (question("What is a sheet for?", ROPE), question("What is a stay for?", KNOT)),
    "another one": (question("Why splice?", ROPE), question("When is high water?", TIDE)),
    "template": (
        question("How heavy is INT4?", "70 billion weights times 0.5 bytes are 35 gigabytes."),
        question("How heavy is INT8?", "70 billion weights times 1.0 bytes are 70 gigabytes."),
    ),
    "short answer": (
        question("时间复杂度是多少？", "O(n)"),
        question("空间复杂度是多少？", "O(n)"),
    ),
    "generic question, other heading": (
        question("Benefits?", ROPE, headings=["Splice"]),
        question("Benefits?", TIDE, headings=["Tide"]),
    ),
    "generic question, other note": (
        question("优点是什么？", ZH, path="b.md"),
        question("优点是什么？", ZH2, path="c.md"),
    ),
}


@pytest.mark.parametrize("name", FRESH)
def test_the_history_is_not_given_away(name: str) -> None:
    before, after = FRESH[name]
    built = rebuild([before], [after])
    assert [change.what for change in built.changes] == [What.NEW, What.RETIRED]
    assert len({note.guid for note in built.notes}) == 2
    # The twin that comes back meets its own history again.
    back = build([before], built.ledger, build_time=SECOND + 9)
    assert histories(back) == {before.rendered.ask: before.rendered.ask}
    assert back.changes[0].what is What.REVIVED


@pytest.mark.parametrize("name", FRESH)
def test_deleting_one_of_two_twins_leaves_the_other(name: str) -> None:
    one, other = FRESH[name]
    for gone, stays in ((one, other), (other, one)):
        built = rebuild([one, other], [stays])
        assert [change.what for change in built.changes] == [What.UNCHANGED, What.RETIRED]
        if gone.rendered.ask != stays.rendered.ask:
            assert built.changes[1].ask == gone.rendered.ask


def test_a_doubtful_pair_is_reported() -> None:
    before = [question("Why?", ROPE, headings=["A"]), question("Why?", KNOT, headings=["B"])]
    problems = Problems()
    built = rebuild(before, [question("Why?", SAIL, headings=["C"], line=7)], problems=problems)
    assert [change.what for change in built.changes] == [What.NEW, What.RETIRED, What.RETIRED]
    (problem,) = problems
    assert problem.kind is ProblemKind.NEAR_CARD
    assert problem.location.line == 7
    assert "Why?" in problem.message
    assert "pin" in problem.hint


def test_answers_from_one_template_prove_nothing() -> None:
    text = "In the harbour of {} the pilot comes aboard at the outer buoy and leaves at the lock."
    before = [question(f"{name} Hafen?", text.format(name)) for name in ("Emden", "Bremen")]
    after = [before[0], question("Where does one call the pilot?", text.format("Kiel"))]
    assert given(before, after)["Where does one call the pilot?"] is None


def test_the_same_note_in_two_folders_is_one_set_of_cards() -> None:
    cards = [question("Why splice?", ROPE), question("Why tie?", KNOT)]
    copies = [question(one.rendered.ask, one.rendered.reply, path="0/a.md") for one in cards]
    problems = Problems()
    built = rebuild(cards, [*copies, *cards], problems=problems)
    assert [change.what for change in built.changes] == [What.UNCHANGED] * 2
    assert {note.fields["Source"] for note in built.notes} == {"a.md"}
    assert all("one card is made" in problem.message for problem in problems)
    # Once the copy is edited it is a card of its own; once the original goes, it takes over.
    edited = [question("Why splice?", SAIL, path="0/a.md"), *cards]
    assert [c.what for c in build(edited, built.ledger).changes] == [What.NEW] + [
        What.UNCHANGED
    ] * 2
    alone = build(copies, built.ledger)
    assert [change.what for change in alone.changes] == [What.CHANGED] * 2


def test_copies_in_a_new_folder_are_one_card_of_the_first_path() -> None:
    built = build([question("Why splice?", ROPE, path=path) for path in ("a.md", "b.md")])
    assert [note.fields["Source"] for note in built.notes] == ["a.md"]


def test_namespaces_never_meet() -> None:
    cards = [question("Why splice?", ROPE)]
    one = build(cards)
    other = build(cards, None, namespace="Boat")
    assert one.notes[0].guid != other.notes[0].guid
    with pytest.raises(UsageError, match="namespace"):
        build(cards, one.ledger, namespace="Boat")


# ------------------------------------------------------------------------------- tables

HEADER = ("Rope", "Stretch", "Floats")
ROWS = (("Nylon", "a lot, 15 %", "no"), ("Polyester", "5 %", "no"), ("Dyneema", "1 %", "yes"))
TABLE_KEPT = {
    "cell edited": table(HEADER, [("Nylon", "16 %", "no"), *ROWS[1:]]),
    "row renamed": table(HEADER, [("Polyamide", *ROWS[0][1:]), *ROWS[1:]]),
    "reordered": table(HEADER, ROWS[::-1]),
    "column added": table((*HEADER, "Price"), [(*row, f"{n} €") for n, row in enumerate(ROWS)]),
    "column renamed": table(("Rope", "Elongation", "Floats"), ROWS),
    "columns reordered": table(("Rope", "Floats", "Stretch"), [(r[0], r[2], r[1]) for r in ROWS]),
    "name column renamed": table(("Line", *HEADER[1:]), ROWS),
    "section moved": table(HEADER, ROWS, headings=["Ropes"], line=40),
    "other note": table(HEADER, ROWS, path="b.md"),
    "cell and heading": table(HEADER, [*ROWS[:2], ("Dyneema", "2 %", "yes")], headings=["X"]),
}


@pytest.mark.parametrize("name", TABLE_KEPT)
def test_rows_keep_their_histories(name: str) -> None:
    others = [question("Why splice?", ROPE), *table(("K", "L", "M"), [("1", "2", "3")], line=90)]
    built = rebuild([*table(HEADER, ROWS), *others], [*others, *TABLE_KEPT[name]])
    assert not [change for change in built.changes if change.what in (What.NEW, What.RETIRED)]
    found = histories(built)
    assert found.pop("Polyamide", "Nylon") == "Nylon"
    assert all(ask == old for ask, old in found.items())
    assert sum(change.what is What.UNCHANGED for change in built.changes) == len(others)


def test_a_row_replaced_by_its_twin_is_new() -> None:
    header = ("Type", "Bits", "Loss")
    rows = [("INT2", "2", "much"), ("INT4", "4", "some"), ("INT8", "8", "none")]
    before = table(header, rows)
    assert given(before, table(header, [("INT3", "3", "quite a bit"), *rows[1:]]))["INT3"] is None
    found = rebuild(before, table(header, rows[1:]))
    assert fates(found) == {
        "INT4": [What.CHANGED],
        "INT8": [What.CHANGED],
        "INT2": [What.RETIRED],
    }


def test_a_row_replaced_by_another_is_new() -> None:
    after = table(HEADER, [("Hemp", "2 %", "rots"), *ROWS[1:]])
    assert given(table(HEADER, ROWS), after) == {
        "Hemp": None,
        "Polyester": "Polyester",
        "Dyneema": "Dyneema",
    }


def test_rows_with_the_same_cells_stay_apart() -> None:
    rows = [(f"Mark {name}", "red", "left") for name in ("A", "B", "C", "D", "E", "F")]
    before = table(("Buoy", "Colour", "Side"), rows)
    shuffled = random.Random(4).sample(rows, 6)
    assert all(
        ask == old
        for ask, old in given(before, table(("Buoy", "Colour", "Side"), shuffled)).items()
    )
    two = [("Wreck", "red", "left"), ("Reef", "red", "left"), *rows[2:]]
    found = given(before, table(("Buoy", "Colour", "Side"), two))
    assert found.pop("Wreck") is None
    assert found.pop("Reef") is None
    assert all(ask == old for ask, old in found.items())


def test_a_table_about_something_else_with_the_same_rows_is_new() -> None:
    before = table(("Port", "Pilot", "Lock"), [("Emden", "yes", "yes"), ("Kiel", "no", "yes")])
    after = table(("Port", "Fuel", "Crane"), [("Emden", "no", "yes"), ("Kiel", "yes", "yes")])
    assert set(given(before, after).values()) == {None}


def test_naming_columns_may_grow() -> None:
    header = ("Rope", "Size", "Load", "Price")
    rows = [("Nylon", "8 mm", "1.3 t", "2 €"), ("Hemp", "8 mm", "0.5 t", "3 €")]
    grown = [*rows, ("Nylon", "10 mm", "2 t", "4 €")]
    found = given(table(header, rows), table(header, grown, names=2))
    assert found == {
        "Nylon · 8 mm": "Nylon",
        "Hemp · 8 mm": "Hemp",
        "Nylon · 10 mm": None,
    }


# -------------------------------------------------------------------------- mod and undo


def test_nothing_changes_without_an_edit() -> None:
    cards = [question("Why splice?", ROPE), *table(HEADER, ROWS)]
    first = build(cards)
    again = build(cards, first.ledger)
    assert again.notes == first.notes
    assert again.ledger == first.ledger
    assert {change.what for change in again.changes} == {What.UNCHANGED}


def test_only_the_changed_note_gets_a_newer_mod() -> None:
    before = [question("Why splice?", ROPE), question("Why tie?", KNOT)]
    built = rebuild(before, [before[0], question("Why tie?", KNOT + "!!")])
    assert [note.mod for note in built.notes] == [FIRST, SECOND]


def test_a_clock_set_back_is_survived() -> None:
    before = [question("Why splice?", ROPE)]
    built = rebuild(before, [question("Why splice?", KNOT)], build_time=Seconds(5))
    assert built.notes[0].mod == FIRST + 1


def test_touch_all_makes_every_mod_newer() -> None:
    before = [question("Why splice?", ROPE), question("Why tie?", KNOT)]
    built = rebuild(before, before[:1], touch_all=True)
    assert [note.mod for note in built.notes] == [SECOND, SECOND]
    again = build(before[:1], built.ledger, touch_all=True, build_time=FIRST)
    assert [note.mod for note in again.notes] == [SECOND + 1, SECOND + 1]


def test_tags_and_difficulty_count_and_the_deck_does_not() -> None:
    before = question("Why splice?", ROPE)
    tagged = rebuild([before], [replace(before, tags=("a", "b"))])
    assert tagged.changes[0].what is What.CHANGED
    harder = rebuild([before], [replace(before, difficulty="hard")])
    assert harder.changes[0].what is What.CHANGED
    moved = rebuild([before], [replace(before, deck="Study::b")])
    (change,) = moved.changes
    assert (change.what, change.moved) == (What.MOVED, True)
    assert (change.old_deck, change.deck) == ("Study::a", "Study::b")
    assert moved.notes[0].mod == FIRST
    assert moved.notes[0].deck == "Study::b"
    settled = build([replace(before, deck="Study::b")], moved.ledger)
    assert settled.changes[0].what is What.UNCHANGED


def test_a_new_card_is_ranked_between_its_neighbours() -> None:
    before = [question("One?", ROPE), question("Two?", KNOT)]
    built = rebuild(before, [before[0], question("Between?", SAIL), before[1]])
    assert [note.due for note in built.notes] == [STEP, STEP + STEP // 2, 2 * STEP]


# --------------------------------------------------------------------------- retirement


def test_a_retired_card_keeps_its_front_and_says_so() -> None:
    before = [question("Why splice?", ROPE), question("Why tie?", KNOT)]
    built = rebuild(before, before[:1])
    assert built.notes[0].deck == "Study::a"
    gone = built.notes[1]
    assert gone.fields["Question"] == "Why tie?"
    assert gone.fields["Retired"]
    assert gone.fields["Key"] == gone.guid
    assert gone.tags == ("retired",)
    assert gone.deck == "Study::Retired"
    assert gone.mod == SECOND
    again = build(before[:1], built.ledger, build_time=SECOND + 5)
    assert again.notes == built.notes
    assert again.ledger == built.ledger
    assert again.kept_retired == 1
    back = build(before, again.ledger, build_time=SECOND + 9)
    assert [change.what for change in back.changes] == [What.UNCHANGED, What.REVIVED]
    assert back.notes[1].mod == SECOND + 9
    assert back.notes[1].guid == gone.guid
    assert back.notes[1].fields["Retired"] == ""


def test_a_retired_card_keeps_its_last_fields_when_they_are_known() -> None:
    picture = '<img src="x-1.png" alt="a &lt;loop">'
    before = [question("Why splice?", ROPE), question("Why tie?", f"{KNOT} {picture}")]
    first = build(before)
    shipped = {note.guid: (note.fields, note.tags) for note in first.notes}
    built = build(
        before[:1], first.ledger, last_shipped=lambda guids: {g: shipped[g] for g in guids}
    )
    gone = built.notes[1]
    assert gone.fields["Answer"] == f"{KNOT} a &lt;loop"
    assert gone.tags == ("a", "retired")
    assert gone.media == ()
    # From now on the ledger knows, and the old package is not asked again.
    again = build(before[:1], built.ledger, build_time=SECOND + 5)
    assert again.notes == built.notes


def test_pruned_cards_leave_for_good() -> None:
    before = [question("Why splice?", ROPE), question("Why tie?", KNOT)]
    built = rebuild(before, before[:1])
    pruned = build(before[:1], built.ledger, prune=True)
    assert len(pruned.notes) == len(pruned.ledger.entries) == 1
    # What goes now is shown as retired once before it can be pruned.
    at_once = rebuild(before, before[:1], prune=True)
    assert len(at_once.notes) == 2


def test_new_twins_take_their_guids_by_answer_not_by_order() -> None:
    rope = question("Benefits?", ROPE, headings=("Rope",))
    knot = question("Benefits?", KNOT, headings=("Knot",))
    one, other = build([rope, knot]), build([knot, rope])
    assert {n.guid: n.fields["Answer"] for n in one.notes} == {
        n.guid: n.fields["Answer"] for n in other.notes
    }
    assert len(one.ledger.entries) == 2


def test_an_unreadable_note_retires_nothing() -> None:
    before = [question("Why splice?", ROPE), question("Why tie?", KNOT, path="b.md")]
    first = build(before)
    thief = question("Why tie?", KNOT, path="c.md")
    problems = Problems()
    built = build([before[0], thief], first.ledger, problems, unreadable={"b.md"})
    assert [change.what for change in built.changes] == [What.UNCHANGED]
    assert [problem.location.path for problem in problems] == ["c.md"]
    assert built.absent == 1
    assert len(built.ledger.entries) == 2
    assert all(entry.state is State.ACTIVE for entry in built.ledger.entries.values())
    back = build(before, build(before[:1], first.ledger, unreadable={"b.md"}).ledger)
    assert back.notes == first.notes


@pytest.mark.parametrize(
    ("total", "gone", "refused"),
    [
        (100, 20, False),
        (100, 25, False),
        (100, 26, True),
        (80, 21, True),
        (3, 3, True),
        (3, 2, False),
    ],
)
def test_too_many_retirements_are_refused(total: int, gone: int, refused: bool) -> None:
    cards = [question(f"Number {n}?", f"{n} {TIDE}") for n in range(total)]
    first = build(cards)
    if refused:
        with pytest.raises(RetireError, match=str(gone)) as caught:
            build(cards[gone:], first.ledger, allow_retire=False)
        assert caught.value.exit_code == 4
    built = build(cards[gone:], first.ledger, allow_retire=refused)
    assert [change.what for change in built.changes].count(What.RETIRED) == gone


# --------------------------------------------------------------------------------- pins


def test_a_pin_wins_over_everything() -> None:
    before = [question("Why splice?", ROPE, pin="splice"), question("Why tie?", KNOT)]
    after = [
        question("Something else altogether?", TIDE, path="z.md", pin="splice"),
        question("Why splice?", ROPE),
    ]
    built = rebuild(before, after)
    assert histories(built) == {"Something else altogether?": "Why splice?", "Why splice?": None}


def test_a_pin_may_be_added_later_and_dropped_again() -> None:
    plain, pinned = question("Why splice?", ROPE), question("Why splice?", ROPE, pin="splice")
    first = build([plain])
    second = build([pinned], first.ledger)
    assert second.notes == first.notes
    third = build([question("When is high water?", TIDE, pin="splice")], second.ledger)
    assert third.changes[0].guid == first.notes[0].guid
    assert build([plain], second.ledger).notes == first.notes


def test_a_pin_used_twice_is_reported() -> None:
    cards = [question("One?", ROPE, pin="x"), question("Two?", KNOT, pin="x", line=9)]
    problems = Problems()
    built = build(cards, problems=problems)
    (problem,) = problems
    assert problem.kind is ProblemKind.DOUBLE_PIN
    assert (problem.location.line, "id=x" in problem.message) == (9, True)
    assert len(built.notes) == 2


def test_a_pinned_table_may_change_altogether() -> None:
    before = table(HEADER, ROWS, pin="ropes")
    after = table(
        ("Rope", "Use"), [("Nylon", "anchor"), ("Hemp", "decoration")], pin="ropes", path="z.md"
    )
    assert given(before, after) == {"Nylon": "Nylon", "Hemp": None}
    problems = Problems()
    build(before, problems=problems)
    assert not problems


# -------------------------------------------------------------------------- determinism


def test_a_lost_ledger_gives_the_same_identities() -> None:
    cards = [
        question("Why splice?", ROPE),
        question("Benefits?", KNOT, headings=["A"]),
        question("Benefits?", SAIL, headings=["B"]),
        *table(HEADER, ROWS),
    ]
    guids = {
        note.fields["Source"] + str(note.fields["Answer"]): note.guid for note in build(cards).notes
    }
    assert len(set(guids.values())) == len(cards)
    other = build(cards[:1] + cards[3:])
    for note in other.notes:
        assert guids[note.fields["Source"] + str(note.fields["Answer"])] == note.guid


def test_the_cards_bring_their_media() -> None:
    file = MediaFile("a-1.png", b"x")
    assert build([question("Why splice?", ROPE, media=[file])]).notes[0].media == (file,)


PROGRAM = """
from support.mapped import *
cards = [question(f"Why {n}?", f"because {n % 7} " * 9, path=f"{n % 5}.md") for n in range(60)]
cards += table(("a", "b", "c"), [(str(n), "x", "y") for n in range(9)])
after = [question(f"Why {n} then?", f"because {n % 6} " * 9, path=f"{n % 4}.md") for n in range(50)]
import hashlib
from anki_export.ledger.entries import dump
print(hashlib.sha256(dump(rebuild(cards, after).ledger).encode()).hexdigest())
"""


def test_hash_seeds_locales_and_time_zones_change_nothing() -> None:
    outputs = set()
    for seed, zone in (("0", "UTC"), ("1", "Asia/Tokyo"), ("77", "America/Lima")):
        environment = os.environ | {
            "PYTHONHASHSEED": seed,
            "TZ": zone,
            "LC_ALL": "C",
            "PYTHONPATH": os.pathsep.join(sys.path),
        }
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM], env=environment, capture_output=True, check=True
        )
        outputs.add(done.stdout)
    assert len(outputs) == 1


def test_the_ledger_does_not_depend_on_the_order_of_cards() -> None:
    cards = [question(f"Why {n}?", f"{n} {TIDE}", deck=f"Study::{n}") for n in range(20)]
    shuffled = random.Random(1).sample(cards, 20)
    assert dump(build(cards).ledger) == dump(build(shuffled).ledger)
