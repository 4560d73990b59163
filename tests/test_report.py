from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from anki_export import report
from anki_export.model import Change, FileLocation, Guid, Kind, Location, What
from anki_export.problems import Problem, ProblemKind, UsageError
from anki_export.report import Result


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
    written=True,
)


def lines(result: Result) -> list[str]:
    return report.summary(result, 1.26)


def test_the_first_line_counts_cards_by_kind() -> None:
    assert lines(RESULT)[0] == "3 notes, 1,201 cards: 1,200 questions, 1 comparison row"


def test_the_last_line_names_the_package_its_size_and_the_time() -> None:
    assert lines(RESULT)[-1] == "build/Study.apkg: 123 kB in 1.3 s"


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
    changes = tuple(moved(f"g{n}") for n in range(report.SEARCH_LENGTH + 1))
    searches = [line for line in lines(replace(RESULT, changes=changes)) if '"Key:' in line]
    assert len(searches) == 2
    assert searches[1] == f'  "Key:g{report.SEARCH_LENGTH}"'


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
    assert report.problem_line(WARNING, "") == "b.md:10: warning: odd (do this)"
    assert report.problem_line(WHOLE, "") == "a.md: error: unreadable"


def test_places_in_notes_can_be_opened_and_others_are_as_they_are() -> None:
    assert report.problem_line(ERROR, "my/notes") == "my/notes/b.md:9: error: broken"
    assert report.problem_line(WHOLE, ".") == "a.md: error: unreadable"
    assert report.problem_line(LEDGER, "my/notes") == "notes/ledger:3: info: two lines"


def test_problems_are_sorted_by_place_and_said_once() -> None:
    assert report.problem_lines([WARNING, ERROR, WHOLE, WARNING], "") == [
        "a.md: error: unreadable",
        "b.md:9: error: broken",
        "b.md:10: warning: odd (do this)",
    ]


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
