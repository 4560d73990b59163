"""Rules of matching that the tests of whole edits do not name, each with its reason."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from types import FrameType

import pytest

from anki_export.model import MappedCard, What
from anki_export.problems import Problems
from support.alike import WORDS
from support.mapped import build, histories, question, rebuild, table

ROPE = "A rope is spliced by unlaying its strands and tucking each under the next, three times."
KNOT = "A bowline makes a loop that neither slips nor jams, and comes undone by hand again."
SAIL = "The mainsail drives a boat upwind only when its leech is tight and its foot is eased."
TIDE = "Spring tides come two days after full and new moon, when sun and moon pull in one line."


def owners(before: Sequence[MappedCard], after: Sequence[MappedCard]) -> list[int | None]:
    """For every card of today the index of the one whose history it has."""
    first = build(before)
    at = {change.guid: number for number, change in enumerate(first.changes)}
    built = build(after, first.ledger)
    return [at.get(c.guid) for c in built.changes if c.what is not What.RETIRED]


# ------------------------------------------------------------------------------ evidence


def test_equal_content_in_another_note_beats_an_equal_place() -> None:
    before = [question("Why?", ROPE, headings=["Splice"])]
    moved = question("Why?", ROPE, path="b.md", headings=["Elsewhere"])
    another = question("Why?", TIDE, headings=["Splice"])
    assert owners(before, [another, moved]) == [None, 0]


def test_an_answer_made_longer_is_the_same_under_any_heading() -> None:
    longer = f"{ROPE} {KNOT} {SAIL}"
    before = [question("Why?", ROPE, headings=["Splice"])]
    assert owners(before, [question("Why?", longer, headings=["Rope", "Work"])]) == [0]
    assert owners([question("Why?", longer, headings=["Rope", "Work"])], before) == [0]
    assert owners(before, [question("Why?", f"{KNOT} {SAIL}", headings=["Rope"])]) == [None]


def test_a_word_that_two_questions_are_answered_with_proves_nothing() -> None:
    before = [question("Is a granny knot safe for climbing?", "never"), question("Why?", ROPE)]
    after = [question("How often does one reef in calm water?", "never"), before[1]]
    assert owners(before, after) == [None, 1]


def test_the_wordings_and_the_text_that_tell_different_stories_are_left_alone() -> None:
    before = [question("Why splice at sea?", ROPE), question("Why whip an end?", KNOT, path="b.md")]
    after = [question("Why whip an end?", ROPE)]
    assert owners(before, after) == [None]


def test_a_twins_answer_in_a_renamed_note_is_no_proof() -> None:
    shared = [question(f"What is a {word}?", f"{word} {ROPE}") for word in WORDS[:3]]
    there = [question(c.rendered.ask, c.rendered.reply, path="b.md") for c in shared]
    before = [*shared, question("Benefits?", SAIL)]
    after = [*there, question("Benefits?", TIDE, path="b.md")]
    assert owners(before, after) == [0, 1, 2, None]


def test_a_question_alone_under_a_counted_heading_keeps_its_place_until_numbers_shift() -> None:
    before = [
        question("What is a jib?", KNOT, headings=["Example 1"]),
        question("Why?", ROPE, headings=["Example 2"]),
    ]
    edited = question("Why?", TIDE, headings=["Example 2"], line=9)
    assert owners(before, [before[0], edited]) == [0, 1]
    shifted = question("What is a jib?", KNOT, headings=["Example 2"])
    assert owners(before, [shifted, question("Why?", TIDE, headings=["Example 2"], line=9)]) == [
        0,
        None,
    ]


def test_the_code_is_a_proof_where_the_answer_is_none() -> None:
    ask, code = "Output?", "let keel = 4; show(keel)"
    before = [question(ask, ROPE, given=code), question(ask, KNOT, given="show(1)", line=5)]
    after = [question(ask, TIDE, given="show(1)"), question(ask, SAIL, given=code, line=5)]
    assert owners(before, after) == [1, 0]


def test_what_is_left_is_paired_by_order_unless_their_headings_tell() -> None:
    def cards(*asked: tuple[str, str]) -> list[MappedCard]:
        return [
            question("Why?", text, headings=[head], line=at)
            for at, (head, text) in enumerate(asked)
        ]

    known = [("Splice", ROPE), ("Knot", "yes"), ("Tide", TIDE)]
    counted = [("Case 1", ROPE), ("Case 2", "yes"), ("Case 3", TIDE)]
    replaced = [known[0], ("Whipping", "no"), known[2]]
    assert owners(cards(*known), cards(*replaced)) == [0, None, 2]
    shifted = [("Case 2", ROPE), ("Case 3", "no"), ("Case 4", TIDE)]
    assert owners(cards(*counted), cards(*shifted)) == [0, 1, 2]


def test_neighbours_whose_answers_fit_better_contradict_the_order() -> None:
    def cards(*texts: str) -> list[MappedCard]:
        return [question("Why?", text, line=at) for at, text in enumerate(texts)]

    near = "knots halve the strength of a rope in a block"
    before = cards(f"{near} of wood", f"{near} of iron", "reef early", "luff up")
    after = cards("reef late", "luff now", f"{near} of wood", f"{near} of iron")
    found = owners(before, after)
    assert found[2:] == [0, 1]
    assert found[:2] in ([None, None], [2, 3])


def test_of_equal_questions_the_one_whose_neighbours_stay_stays() -> None:
    one = question("Why splice?", ROPE, headings=["Rope"], line=1)
    other = question("Why splice?", ROPE, headings=["Towing"], line=9)
    before = [one, question("A?", KNOT, line=3), question("B?", TIDE, line=7), other]
    left = question("Why splice?", ROPE, headings=["Being towed"], line=9)
    assert owners(before, [before[2], left]) == [2, 3]
    moved = question("Why splice?", ROPE, path="b.md")
    assert owners(before, [before[2], left, moved]) == [2, 3], "and that is one card"


# -------------------------------------------------------------------------------- renames

SPLICE, BOWLINE = ("What is a splice?", ROPE), ("What is a bowline?", KNOT)
LEECH, SPRING = (
    ("What does a tight leech do for a mainsail?", SAIL),
    ("What is a spring tide?", TIDE),
)
REWRITTEN = (LEECH[0], "Ask whoever has sailed before.")
"""Says enough to be known in its own note, and says nothing in another one."""
OTHERS = [(f"What does the word {word} mean?", word * 9) for word in WORDS[:3]]


def note(path: str, *asked: tuple[str, str]) -> list[MappedCard]:
    return [question(ask, text, path=path, line=at) for at, (ask, text) in enumerate(asked, 1)]


def test_a_note_is_known_by_half_of_the_smaller_ones_answers() -> None:
    before = note("a.md", SPLICE, BOWLINE, LEECH, SPRING)
    assert owners(before, note("b.md", SPLICE, BOWLINE, REWRITTEN, OTHERS[0])) == [0, 1, 2, None]
    assert owners(before, note("b.md", SPLICE, REWRITTEN)) == [0, 2]
    assert owners(before, note("b.md", SPLICE, REWRITTEN, *OTHERS)) == [0, *[None] * 4]


def test_what_had_gone_before_a_note_was_renamed_counts_no_more() -> None:
    first = build(note("a.md", SPLICE, LEECH, *OTHERS))
    left = build(note("a.md", SPLICE, LEECH), first.ledger)
    other = [(f"Which {word} is it?", word * 8) for word in WORDS[4:7]]
    built = build(note("b.md", SPLICE, REWRITTEN, *other), left.ledger)
    assert [c.guid for c in built.changes[:2]] == [c.guid for c in first.changes[:2]]


def test_a_lightly_edited_answer_counts_too() -> None:
    before = note("a.md", SPLICE, LEECH)
    edited, half = f"{ROPE} Always.", f"{ROPE[:60]} {SPRING[1][:40]}"
    assert owners(before, note("b.md", (SPLICE[0], edited), REWRITTEN)) == [0, 1]
    assert owners(before, note("b.md", (SPLICE[0], half), REWRITTEN))[1] is None


def test_of_two_new_notes_the_one_that_holds_more_is_the_old_one() -> None:
    before = note("a.md", SPLICE, BOWLINE, SPRING, LEECH)
    some = note("b.md", SPLICE, OTHERS[0], REWRITTEN)
    most = note("c.md", BOWLINE, SPRING, (REWRITTEN[0], "Only who has sailed will know it."))
    assert owners(before, [*some, *most]) == [0, None, None, 1, 2, 3]


def test_of_two_new_notes_that_hold_it_all_the_smaller_one_is_the_old_one() -> None:
    before = note("a.md", SPLICE, BOWLINE)
    after = [*note("b.md", SPLICE, BOWLINE, *OTHERS), *note("c.md", SPLICE, BOWLINE)]
    first = build(before)
    built = build(after, first.ledger)
    kept = {c.guid: c.location.path for c in built.changes}
    assert [kept[c.guid] for c in first.changes] == ["c.md", "c.md"]


def test_a_note_that_was_split_is_one_of_its_parts_and_two_that_were_joined_one_of_them() -> None:
    other = (OTHERS[0][0], "Ask whoever has sailed after.")
    whole = note("a.md", SPLICE, BOWLINE, LEECH, OTHERS[0])
    parts = [*note("b.md", SPLICE, REWRITTEN), *note("c.md", BOWLINE, other)]
    assert owners(whole, parts) in ([0, 2, 1, None], [0, None, 1, 3])
    two = [*note("a.md", SPLICE, LEECH), *note("b.md", BOWLINE, OTHERS[0])]
    joined = note("c.md", SPLICE, REWRITTEN, BOWLINE, other)
    assert owners(two, joined) in ([0, 1, 2, None], [0, None, 2, 3])


def test_a_renamed_notes_table_is_known_by_less() -> None:
    def made(path: str, *rows: tuple[str, ...]) -> list[MappedCard]:
        return table(HEADER, rows, path=path)

    kept, gone = ("Nylon", "a quarter of it", "no", "eight tons"), ("Hemp", "little", "yes", "two")
    again = ("Hemp", "a tenth", "never", "three")
    assert owners(made("a.md", kept, gone), made("b.md", kept, again)) == [0, 1]
    beside = note("a.md", SPLICE)
    moved = [*beside, *made("b.md", kept, again)]
    assert owners([*beside, *made("a.md", kept, gone)], moved) == [0, 1, None]


# --------------------------------------------------------------------------------- copies


def test_a_copied_question_keeps_its_guid_when_its_note_is_renamed() -> None:
    before = [question("Why splice?", ROPE), question("Why tie a bowline?", KNOT)]
    copy = question("Why splice?", ROPE, path="index.md")
    renamed = [question(c.rendered.ask, c.rendered.reply, path="ropes.md") for c in before]
    first = build(before)
    built = build([copy, *renamed], first.ledger)
    assert [c.guid for c in built.changes] == [c.guid for c in first.changes]
    assert {c.location.path for c in built.changes} == {"ropes.md"}
    # So it does when the copy came first, and is known as one.
    both = build([*before, copy], first.ledger)
    assert [c.guid for c in build([copy, *renamed], both.ledger).changes] == [
        c.guid for c in first.changes
    ]


@pytest.mark.parametrize("gone", ["a.md", "index.md"])
def test_a_copied_question_keeps_its_guid_in_whichever_note_survives(gone: str) -> None:
    both = [question("Why splice?", ROPE), question("Why splice?", ROPE, path="index.md")]
    first = build(both)
    left = [card for card in both if card.rendered.card.location.path != gone]
    assert [c.guid for c in build(left, first.ledger).changes] == [first.changes[0].guid]


def test_a_question_that_goes_leaves_its_history_to_one_of_two_known_copies() -> None:
    copies = [question("Why splice?", ROPE, path=f"{name}.md") for name in ("deck", "index")]
    other = question("Why tie a bowline?", KNOT, line=9)
    first = build([question("Why splice?", ROPE), other, *copies])
    built = build([other, *copies], first.ledger)
    assert {c.guid for c in built.changes} == {c.guid for c in first.changes}


def test_an_edited_original_keeps_its_guid_beside_a_known_copy() -> None:
    copy = question("Why splice?", ROPE, path="index.md")
    first = build([question("Why splice?", ROPE), copy])
    edited = question("Why splice?", f"{ROPE} So it is.")
    built = build([edited, copy], first.ledger)
    assert built.changes[0].guid == first.changes[0].guid
    assert [c.what for c in built.changes] == [What.CHANGED, What.NEW]


def test_a_copy_that_is_new_takes_no_history_from_an_edited_original() -> None:
    original, copy = question("Why splice?", ROPE), question("Why splice?", ROPE, path="index.md")
    assert owners([original], [question("Why splice?", f"{ROPE} So it is."), copy]) == [0, None]


def test_a_copy_that_still_asks_it_takes_the_history_from_a_reworded_original() -> None:
    original, copy = question("Why splice?", ROPE), question("Why splice?", ROPE, path="index.md")
    known = build([original, copy])
    built = build([question("What is splicing good for at sea?", ROPE), copy], known.ledger)
    assert [c.guid == known.changes[0].guid for c in built.changes] == [False, True]


def test_of_two_cards_edited_into_copies_one_stays() -> None:
    before = [question("Why splice?", ROPE), question("Why splice?", KNOT, path="b.md")]
    built = rebuild(before, [before[0], question("Why splice?", ROPE, path="b.md")])
    assert [c.what for c in built.changes] == [What.UNCHANGED, What.RETIRED]


def test_of_two_cards_of_a_note_edited_into_copies_the_one_that_read_so_stays() -> None:
    others = [
        question(f"What is a {word}?", KNOT, line=at) for at, word in ((3, "knot"), (7, "bay"))
    ]
    labelled, plain = (
        question("Why splice?", text, line=at) for text, at in ((f"Answer {ROPE}", 1), (ROPE, 9))
    )
    first = build([labelled, *others, plain])
    built = build([question("Why splice?", ROPE, line=1), *others, plain], first.ledger)
    assert [c.guid for c in built.changes[:3]] == [c.guid for c in first.changes[1:]]
    assert [c.location.line for c in built.changes] == [3, 7, 9, None]
    again = build([question("Why splice?", ROPE, line=1), *others, plain], built.ledger)
    assert [c.what for c in again.changes[:3]] == [What.UNCHANGED] * 3


# ---------------------------------------------------------------------------------- tables

HEADER = ("Rope", "Stretch", "Floats", "Load")


def test_a_table_replaced_by_one_of_its_shape_is_new() -> None:
    def made(*cells: str) -> list[tuple[str, ...]]:
        return [(name, f"{name} {cells[0]}", cells[1], cells[2]) for name in ("A", "B", "C")]

    def cards(*tables: list[tuple[str, ...]]) -> list[MappedCard]:
        return [c for at, rows in enumerate(tables) for c in table(HEADER, rows, line=20 * at)]

    one, two = made("tight lay", "never", "ten"), made("loose braid", "always", "twelve")
    other = made("woven flat", "at times", "seven")
    assert owners(cards(one, two), cards(one, other)) == [0, 1, 2, None, None, None]
    assert owners(cards(one, two), cards(other, two, one))[3:] == [3, 4, 5, 0, 1, 2]


FIXED = [(word, word * 2) for word in WORDS[:4]]


def renamed(*rows: tuple[str, str, str]) -> list[int | None]:
    """Whose histories rows have that went by another name, beside four that stay."""
    before = [*FIXED, *((old, cell) for old, _, cell in rows)]
    after = [*FIXED, *((new, cell) for _, new, cell in rows)]
    found = owners(table(HEADER[:2], before), table(HEADER[:2], after))
    assert found[:4] == [0, 1, 2, 3]
    return found[4:]


@pytest.mark.parametrize(
    ("names", "enough"),
    [
        (("Nylon", "Polyamide thread", "Hemp", "Ropes of old"), 2),
        (("tarred hemp rope", "tarred jute rope", "a bare hemp rope", "a bare jute rope"), 4),
        (("INT2", "INT4", "FP8", "FP16"), 24),
        (("the hemp", "hemp", "what jute", "jute"), 1),
    ],
)
def test_a_row_is_renamed_where_its_cells_say_enough(
    names: tuple[str, str, str, str], enough: int
) -> None:
    one, two, other, another = names
    for size in range(max(1, enough - 1), enough + 1):
        cells = ("x" * size, "y" * size)
        kept = [4, 5] if size >= enough else [None, None]
        assert renamed((one, two, cells[0]), (other, another, cells[1])) == kept


def test_the_only_row_that_is_not_accounted_for_was_renamed_unless_it_is_a_twin() -> None:
    assert renamed(("tarred hemp rope", "tarred jute rope", "8")) == [4]
    assert renamed(("INT2", "INT4", "8")) == [None]


def test_cells_that_two_rows_share_tell_none_of_them_but_by_their_names() -> None:
    hemp, jute = ("Hemp line", "much"), ("Jute line", "much")
    assert renamed((hemp[0], "Coir", "much"), (jute[0], "Sisal", "much")) == [None, None]
    assert renamed((hemp[0], "Coir", "much"), (jute[0], "the jute line", "much")) == [4, 5]


def test_a_row_in_another_table_is_known_by_all_of_it() -> None:
    for cell, kept in (("8 tonnes", None), ("80 tonnes", 5)):
        before = [question("Why?", ROPE), *table(HEADER[:2], [*FIXED, ("Hemp", cell)])]
        rows = [*((word, word * 3) for word in WORDS[5:9]), ("Hemp", cell)]
        moved = table(HEADER[:2], rows, path="b.md", headings=["Weights"])
        assert owners(before, [*before[:5], *moved]) == [0, 1, 2, 3, 4, *[None] * 4, kept]
    before = table(HEADER[:2], [*FIXED, ("Hemp", "two")])
    below = table(HEADER[:2], [("Hemp", "two")], line=30, headings=["Weights"])
    assert owners(before, [*before[:4], *below]) == [0, 1, 2, 3, 4]


def shaped(number: int, *cells: str, path: str = "a.md") -> list[MappedCard]:
    """A table whose last column says the same in all of its shape."""
    rows = [(name, *cells[2 * at : 2 * at + 2], "yes") for at, name in enumerate("ABC")]
    return table(HEADER, rows, path=path, line=20 * number, headings=[f"Option {number}"])


def test_cells_that_all_tables_of_a_shape_have_prove_nothing() -> None:
    before = [*shaped(1, *WORDS[:6]), *shaped(2, *WORDS[6:12])]
    replaced = [*shaped(1, WORDS[0], *WORDS[12:17]), *before[3:]]
    assert owners(before, replaced) == [None, None, None, 3, 4, 5]
    edited = [*shaped(1, *WORDS[:4], *WORDS[12:14]), *before[3:]]
    assert owners(before, edited) == [0, 1, 2, 3, 4, 5]


def test_a_table_that_had_gone_comes_back_by_its_cells_alone() -> None:
    other = question("Why splice?", ROPE)
    first = build([other, *shaped(1, *WORDS[:6])])
    gone = build([other], first.ledger)
    for cells, what in ((WORDS[:5], What.REVIVED), (WORDS[:1], What.NEW)):
        after = [other, *shaped(1, *cells, *WORDS[20 : 26 - len(cells)])]
        assert {c.what for c in build(after, gone.ledger).changes[1:4]} == {what}


def test_of_two_tables_that_are_as_near_none_is_meant() -> None:
    one, two, three = (shaped(at, *WORDS[:5], WORDS[5 + at]) for at in (1, 2, 3))
    assert owners([*one, *two], three) == [None] * 3
    assert owners(one, [*two, *three]) == [None] * 6
    assert owners([*one, *shaped(4, *WORDS[10:16])], three) == [0, 1, 2]


def test_a_table_that_nothing_but_its_frame_tells_keeps_its_place_under_a_heading() -> None:
    def made(*cells: str, heading: str = "Ropes") -> list[MappedCard]:
        rows = [(name, *cells[2 * at : 2 * at + 2]) for at, name in enumerate("AB")]
        return table(HEADER[:3], rows, headings=[heading])

    assert owners(made(*WORDS[:4]), made(*WORDS[4:8])) == [0, 1]
    assert owners(made(*WORDS[:4]), made(*WORDS[4:8], heading="Wires")) == [None, None]
    assert owners(made(*WORDS[:4], heading="Step 1"), made(*WORDS[4:8], heading="Step 1")) == [
        None,
        None,
    ]


def test_a_row_that_is_added_is_of_the_table_when_it_moves() -> None:
    rows = [("Nylon", "a quarter", "no", "eight"), ("Hemp", "little", "yes", "two")]
    more = [*rows[:1], ("Jute", "a tenth", "never", "one"), ("Silk", "much", "well", "half")]
    first = build(table(HEADER, rows))
    added = build(table(HEADER, more), first.ledger)
    assert len({e.known.table for e in added.ledger.entries.values() if e.path == "a.md"}) == 1
    moved = build([*table(HEADER, more, path="b.md"), question("Why?", ROPE)], added.ledger)
    assert [c.guid for c in moved.changes[:3]] == [c.guid for c in added.changes[:3]]


def test_a_table_that_moves_beside_a_known_copy_keeps_its_histories() -> None:
    rows = [("A", "tight lay", "never", "ten"), ("B", "loose", "always", "two")]
    copy, there = table(HEADER, rows, path="c.md"), table(HEADER, rows, path="b.md")
    quiet = question("Why splice?", ROPE, line=90)
    first = build([quiet, *table(HEADER, rows), *copy])
    built = build([quiet, *there, *copy], first.ledger)
    assert [c.guid for c in built.changes] == [c.guid for c in first.changes]
    assert {c.location.path for c in built.changes} == {"a.md", "b.md"}


def test_tables_too_near_to_tell_are_paired_by_their_order() -> None:
    def cards(*tables: tuple[str, str]) -> list[MappedCard]:
        return [
            card
            for at, (heading, last) in enumerate(tables)
            for card in table(
                HEADER,
                [(name, "yes", "no", last if name == "C" else "x") for name in "ABC"],
                headings=[heading],
                line=20 * at,
            )
        ]

    before = cards(("Lay", "p"), ("Braid", "q"))
    assert owners(before, cards(("Laid", "r"), ("Braided", "s"))) == [0, 1, 2, 3, 4, 5]


# ----------------------------------------------------------------------------------- pins


def test_a_pin_may_name_the_key_of_the_card_that_is_meant() -> None:
    before = [question("Why?", ROPE, headings=["A"]), question("Why?", KNOT, headings=["B"])]
    first = build(before)
    problems = Problems()
    doubtful = build([question("Why?", SAIL, headings=["C"])], first.ledger, problems=problems)
    (problem,) = problems
    key = problem.hint.partition("id=")[2].split()[0]
    assert key in {note.guid for note in first.notes}
    assert key in problem.message
    pinned = build([question("Why?", SAIL, headings=["C"], pin=key)], doubtful.ledger)
    assert pinned.changes[0].guid == key
    assert pinned.changes[0].what is What.REVIVED


# ---------------------------------------------------------------------------------- scale


def words(seed: int, count: int) -> str:
    return " ".join(
        WORDS[(seed * 7 + at * at * 3 + at * seed) % len(WORDS)] + str((seed * 31 + at * 17) % 997)
        for at in range(count)
    )


def grown(count: int) -> dict[str, tuple[list[MappedCard], list[MappedCard]]]:
    """Edits of a whole note with *count* cards."""
    numbers = range(count)
    header = ("Rope", "Stretch", "Floats", "Load")
    rows = [(f"r{at}", words(at, 2), words(at + 3, 2), "yes") for at in numbers]
    return {
        "questions reworded": (
            [question(f"What is {words(at, 4)}?", words(at + 9, 40), line=at) for at in numbers],
            [
                question(f"How does {words(at + 7, 5)} go?", words(at + 9, 40), line=at)
                for at in numbers
            ],
        ),
        "questions and answers rewritten": (
            [question(f"What is {words(at, 4)}?", words(at + 9, 40), line=at) for at in numbers],
            [
                question(f"How does {words(at + 7, 5)} go?", words(at + 4000, 40), line=at)
                for at in numbers
            ],
        ),
        "equal questions, answers edited": (
            [question("What is it?", words(at, 40), line=at) for at in numbers],
            [question("What is it?", words(at, 36) + " and more", line=at) for at in numbers],
        ),
        "rows renamed": (
            table(header, rows),
            table(header, [(f"n{at}", *r[1:]) for at, r in enumerate(rows)]),
        ),
        "rows rewritten": (
            table(header, rows),
            table(
                header, [(f"n{at}", words(at + 900, 2), words(at + 70, 2), "no") for at in numbers]
            ),
        ),
        "tables changed": (
            [
                c
                for at in range(count // 4)
                for c in table(header, rows[4 * at : 4 * at + 4], line=20 * at)
            ],
            [
                c
                for at in range(count // 4)
                for c in table(
                    header, [(*r[:3], "no") for r in rows[4 * at : 4 * at + 4]], line=20 * at
                )
            ],
        ),
    }


@pytest.mark.parametrize("name", grown(4))
def test_four_times_the_cards_take_about_four_times_the_work(name: str) -> None:
    def calls(count: int) -> int:
        before, after = grown(count)[name]
        ledger = build(before).ledger
        found = 0

        def count_one(_frame: FrameType, event: str, _argument: object) -> None:
            nonlocal found
            found += event in ("call", "c_call")

        profiler = sys.getprofile()
        sys.setprofile(count_one)
        try:
            build(after, ledger)
        finally:
            sys.setprofile(profiler)
        return found

    # Pairs of all with all would be sixteen times as many.
    assert calls(400) < 8 * calls(100)


def test_the_history_of_a_moved_and_edited_note_is_kept() -> None:
    before = [question("Why?", f"{ROPE} {KNOT} {SAIL}", headings=["A"])]
    after = [question("Why?", f"{ROPE} {KNOT} {SAIL} So.", path="b.md", headings=["B"])]
    assert histories(rebuild(before, after)) == {"Why?": "Why?"}
