from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from anki_export import report
from anki_export.model import Change, FileLocation, Guid, Kind, Location, What
from anki_export.problems import Problem, ProblemKind, UsageError
from anki_export.report import Result, listing, reference
from anki_export.report.summary import SEARCH_LENGTH, SEARCHES


def change(what: What, guid: str = "abc", **values: Any) -> Change:
    known: dict[str, Any] = {"deck": "Study::net", "ask": "How many packets?"}
    return Change(what, Guid(guid), Kind.QA, Location("net/tcp.md", 12), **(known | values))


def moved(guid: str, what: What = What.MOVED) -> Change:
    return change(
        what, guid, old_deck="Study::old", old_ask="How many packets?", old_path="net/tcp.md"
    )


RESULT = Result(
    command="build",
    notes=3,
    cards={Kind.QA: 1200, Kind.COMPARISON: 1},
    output="build/Study.apkg",
    size=123_456,
    ledger="notes/.anki-export/ledger.jsonl",
    written=True,
)


def lines(result: Result) -> list[str]:
    return report.summary(result, 1.26)


def test_the_first_line_counts_cards_by_kind() -> None:
    assert lines(RESULT)[0] == "3 notes, 1,201 cards: 1,200 questions, 1 comparison row"


def test_the_last_lines_name_the_package_and_what_to_do_next() -> None:
    assert lines(replace(RESULT, changes=(change(What.NEW),)))[-2:] == [
        "build/Study.apkg: 123 kB in 1.3 s",
        "next: import it in Anki (File > Import), and commit notes/.anki-export with your notes",
    ]


@pytest.mark.parametrize("changes", [(), (change(What.UNCHANGED),)])
def test_what_has_not_changed_need_not_be_imported(changes: tuple[Change, ...]) -> None:
    unchanged = replace(RESULT, changes=changes)
    assert "no need to import" in lines(unchanged)[-1]
    assert "next: import" in lines(replace(unchanged, pruned=1))[-1]
    assert "next: import" in lines(replace(unchanged, newer=True))[-1]


def test_what_is_not_written_need_not_be_imported() -> None:
    assert "import it" not in "".join(lines(replace(RESULT, written=False, refused="no")))


def test_another_ledger_is_named_itself() -> None:
    result = replace(RESULT, changes=(change(What.NEW),), ledger="/somewhere/other.jsonl")
    assert "and commit /somewhere/other.jsonl with" in lines(result)[-1]


def test_other_commands_lead_to_the_next_one() -> None:
    result = Result("init", folder="my/notes")
    assert lines(result)[-1] == "next: `anki-export build my/notes` makes the package"
    result = Result("recover", folder="my/notes", written=True)
    assert lines(result)[-1] == "next: `anki-export plan my/notes` shows what a build would change"


def test_notes_without_a_card_are_named_a_few() -> None:
    barren = tuple(f"{name}.md" for name in "abcde")
    several, one = (lines(replace(RESULT, barren=some))[1] for some in (barren, barren[:1]))
    assert several.startswith("5 notes gave no card: a.md, b.md, c.md … (`anki-export explain")
    assert one.startswith("1 note gave no card: a.md (")
    assert "gave no card" not in "".join(lines(replace(RESULT, barren=barren, cards={})))


def test_what_was_refused_is_said() -> None:
    result = replace(RESULT, written=False, refused="some notes have problems (--strict)")
    assert lines(result)[-1] == "nothing is written: some notes have problems (--strict)"


def test_changes_are_counted_in_a_fixed_order() -> None:
    changes = (change(What.UNCHANGED), change(What.NEW), change(What.UNCHANGED), moved("x"))
    counted = lines(replace(RESULT, changes=changes, pruned=2))[1]
    assert counted == (
        "since the last build: 1 new, 2 unchanged, 1 moved to another deck, 2 pruned"
    )
    assert lines(RESULT)[1] == "since the last build: nothing"


def test_a_changed_card_that_moved_counts_twice() -> None:
    counted = lines(replace(RESULT, changes=(moved("x", What.CHANGED),)))[1]
    assert counted == "since the last build: 1 changed, 1 moved to another deck"


def test_a_move_comes_with_a_search() -> None:
    text = report.summary(replace(RESULT, changes=(moved("a_b"), moved("c"))), 1)
    assert "2 cards in Study::old now belong in Study::net; an import moves none." in text
    assert '  "Key:a\\_b" OR "Key:c"' in text


def test_a_long_search_is_split() -> None:
    changes = tuple(moved(f"g{n}") for n in range(SEARCH_LENGTH + 1))
    searches = [line for line in lines(replace(RESULT, changes=changes)) if '"Key:' in line]
    assert len(searches) == 2
    assert searches[1] == f'  "Key:g{SEARCH_LENGTH}"'


def test_a_move_of_very_many_cards_does_not_fill_the_screen() -> None:
    changes = tuple(moved(f"g{n}") for n in range(5000))
    text = lines(replace(RESULT, changes=changes))
    assert len([line for line in text if '"Key:' in line]) == SEARCHES
    assert "  … and so on for 4,880 more (--json has all)" in text


def test_retired_cards_and_how_to_delete_them() -> None:
    text = "\n".join(report.summary(replace(RESULT, retired=1), 1))
    assert "1 card is gone from the notes and stays in the package as retired" in text
    assert "`tag:retired`" in text
    pruned = "\n".join(report.summary(replace(RESULT, command="prune", pruned=4), 1))
    assert "`tag:retired`" in pruned
    assert "tag:retired" not in "\n".join(report.summary(RESULT, 1))


def test_cards_of_unreadable_notes_are_mentioned() -> None:
    text = report.summary(replace(RESULT, absent=2), 1)
    assert "2 cards of notes that cannot be read stay as in Anki" in text


def test_check_says_nothing_of_a_package() -> None:
    result = replace(RESULT, command="check", written=False)
    assert lines(result) == ["3 notes, 1,201 cards: 1,200 questions, 1 comparison row"]


# --------------------------------------------------------------------------- problems

WARNING = Problem(ProblemKind.TAG, Location("b.md", 10), "odd", "do this")
ERROR = Problem(ProblemKind.FRONT_MATTER, Location("b.md", 9), "broken")
WHOLE = Problem(ProblemKind.UNREADABLE_NOTE, Location("a.md"), "unreadable")
LEDGER = Problem(ProblemKind.LEDGER_MERGED, FileLocation("notes/ledger", 3), "two lines")


def test_a_problem_is_one_line() -> None:
    assert listing.problem_line(WARNING, "") == "b.md:10: warning: odd (do this)"
    assert listing.problem_line(WHOLE, "") == "a.md: error: unreadable"


def test_places_in_notes_can_be_opened_and_others_are_as_they_are() -> None:
    assert listing.problem_line(ERROR, "my/notes") == "my/notes/b.md:9: error: broken"
    assert listing.problem_line(WHOLE, ".") == "a.md: error: unreadable"
    assert listing.problem_line(LEDGER, "my/notes") == "notes/ledger:3: info: two lines"


def test_problems_are_sorted_by_place_and_said_once() -> None:
    assert report.all_lines([WARNING, ERROR, WHOLE, WARNING], "") == [
        "a.md: error: unreadable",
        "b.md:9: error: broken",
        "b.md:10: warning: odd (do this)",
    ]


def many(kind: ProblemKind, path: str, *numbers: int, hint: str = "mend it") -> list[Problem]:
    return [Problem(kind, Location(path, n), f"message {n}", hint) for n in numbers]


def test_many_problems_of_a_kind_are_one_line_with_the_first_places() -> None:
    images = many(ProblemKind.REMOTE_IMAGE, "a.md", 3, 5, 7) + many(
        ProblemKind.REMOTE_IMAGE, "b.md", 2
    )
    assert report.folded_lines([*images, ERROR], "my/notes") == [
        "warning: image on the web, which is not packed, 4 times (mend it):"
        " my/notes/a.md:3, my/notes/b.md:2 …",
        "my/notes/b.md:9: error: broken",
    ]
    assert report.folded_lines(images[:3], "") == report.all_lines(images[:3], "")


def test_a_list_of_all_names_every_line_of_a_note() -> None:
    images = many(ProblemKind.REMOTE_IMAGE, "a.md", 3, 5, 7, 7, 9, hint="")
    images += many(ProblemKind.REMOTE_IMAGE, "b.md", 2)
    assert report.all_lines(images, "my") == [
        "my/a.md:3, 5, 7, 9: warning: image on the web, which is not packed",
        "my/b.md:2: warning: message 2 (mend it)",
    ]


def test_hints_that_differ_are_no_hint_for_all() -> None:
    images = many(ProblemKind.MISSING_IMAGE, "a.md", 1, 2, 3)
    images += many(ProblemKind.MISSING_IMAGE, "a.md", 4, hint="other")
    assert report.all_lines(images, "") == ["a.md:1, 2, 3, 4: warning: image that cannot be packed"]


def test_faults_are_all_shown_up_to_a_screenful() -> None:
    faults = [
        Problem(ProblemKind.CONFIGURATION, FileLocation("c.toml", n), "no") for n in range(1, 41)
    ]
    shown = report.fault_lines(faults)
    assert shown[:2] == ["c.toml:1: error: no", "c.toml:2: error: no"]
    assert shown[-1] == f"and {41 - len(shown)} more"
    assert len(shown) < 35


def test_a_check_counts_problems_by_kind() -> None:
    found = (*many(ProblemKind.REMOTE_IMAGE, "a.md", 3, 5, 7, 9), ERROR)
    assert lines(replace(RESULT, command="check", problems=found, written=False))[1:] == [
        "1 error, 4 warnings",
        "      1  error: front matter that cannot be read [front-matter]",
        "      4  warning: image on the web, which is not packed [remote-image]",
    ]


def test_what_was_folded_is_said() -> None:
    found = tuple(many(ProblemKind.REMOTE_IMAGE, "a.md", 3, 5, 7, 9))
    result = replace(RESULT, problems=found, folder="my/notes")
    assert "4 warnings; `anki-export check my/notes` lists every place" in lines(result)


def test_problems_are_counted() -> None:
    assert "2 errors, 1 warning" in lines(replace(RESULT, problems=(WARNING, ERROR, WHOLE)))
    assert "1 warning" in lines(replace(RESULT, problems=(WARNING,)))


# --------------------------------------------------------------------------- plan


def test_a_plan_lists_each_card_that_changes() -> None:
    reworded = change(
        What.REWORDED, "w", old_ask="How many?", old_path="net/old.md", old_deck="Study::net"
    )
    changes = (change(What.UNCHANGED), change(What.NEW, "n"), reworded, moved("m"))
    result = replace(RESULT, command="plan", changes=changes)
    assert report.plan_lines(result) == [
        "new       net/tcp.md:12: How many packets?",
        "reworded  net/tcp.md:12: How many packets?",
        "  note: net/old.md -> net/tcp.md",
        "  - How many?",
        "  + How many packets?",
        "moved     net/tcp.md:12: How many packets?",
        "  deck: Study::old -> Study::net",
    ]


def test_much_that_is_new_is_counted_note_by_note() -> None:
    new = tuple(
        replace(change(What.NEW, f"n{n}"), location=Location(f"{n % 2}.md", n)) for n in range(30)
    )
    edited = replace(change(What.CHANGED, "c"), location=Location("1.md", 99))
    result = replace(RESULT, command="plan", changes=(*new, edited))
    assert report.plan_lines(result) == [
        "new       0.md: 15 questions",
        "new       1.md: 15 questions",
        "changed   1.md:99: How many packets?",
    ]


def test_what_retires_comes_last_by_its_last_places() -> None:
    gone = [
        replace(change(What.RETIRED, f"r{n}", ask=ask), location=Location(path))
        for n, (path, ask) in enumerate([("b.md", "Z?"), ("b.md", "Y?"), ("a.md", "X?")])
    ]
    result = replace(RESULT, command="plan", changes=(*gone, change(What.NEW, "n")))
    assert report.plan_lines(result) == [
        "new       net/tcp.md:12: How many packets?",
        "retired   a.md: X?",
        "retired   b.md: Y?",
        "retired   b.md: Z?",
    ]


def test_one_edited_cell_is_one_line() -> None:
    rows = [
        replace(
            change(What.CHANGED, f"g{n}", ask=f"row {n}"),
            kind=Kind.COMPARISON,
            location=Location("a.md", n),
        )
        for n in range(1, 8)
    ]
    texts = {one.guid: ("same", "same") for one in rows} | {rows[3].guid: ("yes", "no")}
    result = replace(RESULT, command="plan", changes=tuple(rows), texts=texts)
    assert report.plan_lines(result) == [
        "changed   a.md:4: row 4 (so are 6 more comparison rows around it)",
        "  - yes",
        "  + no",
    ]
    silent = replace(result, texts={one.guid: ("same", "same") for one in rows})
    assert report.plan_lines(silent) == [
        "changed   a.md:1: row 1 (so are 6 more comparison rows around it)"
    ]


def test_a_diff_shows_only_the_lines_that_differ() -> None:
    changed = change(What.CHANGED, old_ask="How many packets?", old_path="net/tcp.md")
    texts = {changed.guid: ("ask\nsame\ntwo", "ask\nsame\nthree")}
    result = replace(RESULT, changes=(changed,), texts=texts)
    assert report.diff(result, changed) == ["- two", "+ three"]


# --------------------------------------------------------------------------- JSON


def test_json_is_one_object_on_one_line() -> None:
    result = replace(RESULT, changes=(moved("m"), change(What.UNCHANGED)), problems=(WARNING,))
    text = report.to_json(result, 1.23456, 1)
    assert "\n" not in text
    data = json.loads(text)
    assert data["command"] == "build"
    assert data["exit_code"] == 1
    assert data["cards"] == {"qa": 1200, "comparison": 1}
    assert data["changes"]["moved"] == 1
    assert data["changes"]["unchanged"] == 1
    assert [detail["guid"] for detail in data["details"]] == ["m"]
    assert data["problems"] == [
        {
            "kind": "tag",
            "path": "b.md",
            "line": 10,
            "severity": "warning",
            "message": "odd",
            "hint": "do this",
        }
    ]
    assert (data["size"], data["written"], data["seconds"]) == (123456, True, 1.235)


def test_json_for_a_terminal_without_unicode() -> None:
    result = replace(RESULT, output="学习.apkg")
    assert "学习" in report.to_json(result, 1, 0)
    assert report.to_json(result, 1, 0, ascii_only=True).isascii()


def test_an_error_as_json() -> None:
    data = json.loads(report.error_json(UsageError("no", "try yes", [ERROR]), ascii_only=False))
    assert data["exit_code"] == 2
    assert data["error"] == {"message": "no", "hint": "try yes"}
    assert data["problems"][0]["line"] == 9
    assert data["written"] is False


# --------------------------------------------------------------------------- reference

PAGE = Path(__file__).parent.parent / "docs" / "report.md"


def test_the_page_is_in_step() -> None:
    assert PAGE.read_text(encoding="utf-8") == reference.reference()


def test_the_page_names_all_of_the_json() -> None:
    page = PAGE.read_text(encoding="utf-8").split("## JSON")[1]
    result = replace(RESULT, changes=(moved("m"),), problems=(WARNING,))
    data = json.loads(report.to_json(result, 1, 0))
    failed = json.loads(report.error_json(UsageError("no", "try yes", [ERROR]), ascii_only=False))
    for part in (data, data["changes"], data["details"][0], data["problems"][0], failed):
        for name in part:
            assert f"`{name}`" in page, name
