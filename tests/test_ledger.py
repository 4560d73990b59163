from __future__ import annotations

import itertools
import json
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anki_export.ledger.entries import (
    Ledger,
    Notetype,
    State,
    dump,
    namespace_for,
    notetype_digest,
    parse,
    stamp_notetypes,
)
from anki_export.ledger.numbers import LATEST, RANKS, Taken
from anki_export.model import Seconds
from anki_export.problems import Problems, UsageError
from support.mapped import FIRST, SECOND, build, question, table
from support.tries import tries

CARDS = [
    question("Why splice?", "Three tucks hold.", headings=["Rope", "Eye"]),
    question("为什么要编结？", "因为绳结会削弱绳索的强度。", pin="knot"),
    *table(("Rope", "Stretch", "Floats"), [("Nylon", "15 %", "no"), ("Dyneema", "1 %", "yes")]),
]


def read(text: str) -> Ledger:
    return parse(text, "ledger", Problems())


def ledger() -> Ledger:
    built = build(CARDS)
    return stamp_notetypes(built.ledger, {"qa": "abc", "comparison": "def"}, FIRST)


def test_a_ledger_is_read_as_it_was_written() -> None:
    before = ledger()
    assert read(dump(before)) == before
    retired = build(CARDS[:1], before).ledger
    assert {entry.state for entry in retired.entries.values()} == set(State)
    assert read(dump(retired)) == retired


def test_the_file_is_a_header_and_a_line_a_card_sorted_by_guid() -> None:
    lines = dump(ledger()).split("\n")
    assert lines[-1] == ""
    header, *records = [json.loads(line) for line in lines[:-1]]
    assert header["namespace"] == "Study"
    assert [one["guid"] for one in records] == sorted(one["guid"] for one in records)
    assert all(list(one) == sorted(one) for one in records)
    assert "为什么要编结？" in "".join(lines)


def test_separators_that_are_no_line_ends_stay_in_their_line() -> None:
    odd = build([question("a\u2028b\x85c\x0bd", "Three tucks hold.")]).ledger
    assert read(dump(odd)) == odd


def test_windows_line_ends_and_empty_lines_are_read() -> None:
    text = dump(ledger())
    assert read(text.replace("\n", "\r\n")) == ledger()
    assert read("\n" + text + "\n\n") == ledger()


# --------------------------------------------------------------------------- corruption


def broken(**values: object) -> str:
    record = json.loads(dump(ledger()).split("\n")[1]) | values
    return json.dumps({key: value for key, value in record.items() if value is not ...})


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "not JSON"),
        ("[]", "not an object"),
        ("<<<<<<< HEAD", "conflict"),
        ("=======", "conflict"),
        ("{}", "neither a card"),
        ('{"format": 99, "namespace": "Study", "notetypes": {}}', "format 99"),
        ('{"format": true}', "neither"),
        ('{"format": 1, "namespace": "", "notetypes": {}}', "namespace"),
        ('{"format": 1, "namespace": "Study", "notetypes": {"qa": 3}}', "notetypes"),
        ('{"format": 1, "namespace": "Boat", "notetypes": {}}', "different namespaces"),
        (broken(mod=...), "no mod"),
        (broken(mod="7"), "unusable mod"),
        (broken(mod=True), "unusable mod"),
        (broken(mod=-1), "unusable mod"),
        (broken(kind="cloze"), "unusable kind"),
        (broken(kind=["qa"]), "unusable kind"),
        (broken(state="gone"), "unusable state"),
        (broken(guid=""), "unusable guid"),
        (broken(context="Rope"), "unusable context"),
        (broken(due="1"), "unusable due"),
        (broken(fields={"Answer": 1}), "unusable fields"),
        (broken(cells=["a"], header=[]), "differ in length"),
        (broken(colour="red"), "unknown key 'colour'"),
        (broken(note_id=0), "unusable note_id"),
        (broken(card_id=-5), "unusable card_id"),
        (broken(note_id=1 << 60), "unusable note_id"),
        (broken(mod=1 << 50), "unusable mod"),
        (broken(due=1_000_000), "unusable due"),
        (broken(guid="a\x1fb"), "unusable guid"),
        (broken(tags=["two words"]), "unusable tags"),
        (broken(tags=["wide\u3000space"]), "unusable tags"),
        (broken(tags=[""]), "unusable tags"),
        (broken(ask="half \ud83d"), "surrogate"),
        (broken(fields={"Elsewhere": "x"}), "not those of its notetype"),
        (
            '{"format": 1, "namespace": "Study", "notetypes": {"qa": {"digest": "", "mod": -1}}}',
            "notetypes",
        ),
        ('{"format": 1, "namespace": "\\udc00", "notetypes": {}}', "surrogate"),
        ("[" * 100_000, "not JSON"),
    ],
)
def test_a_damaged_ledger_is_an_error_that_names_recover(line: str, message: str) -> None:
    text = dump(ledger()) + line + "\n"
    with pytest.raises(UsageError, match=r"damaged") as caught:
        parse(text, "notes/ledger.jsonl", Problems())
    assert message in caught.value.message
    assert "notes/ledger.jsonl:" in caught.value.message
    assert "recover" in caught.value.hint


@pytest.mark.parametrize("text", ["", "\n", "\0\0\0", "null\n"])
def test_an_empty_file_is_no_fresh_start(text: str) -> None:
    with pytest.raises(UsageError):
        read(text)


def test_every_fault_is_counted() -> None:
    with pytest.raises(UsageError, match="and 2 more"):
        read("{\n" * 7)


@given(st.integers(0, 2000), st.text(max_size=3))
@tries(200)
def test_damage_anywhere_is_noticed_or_harmless(at: int, text: str) -> None:
    whole = dump(ledger())
    damaged = whole[: at % len(whole)] + text + whole[at % len(whole) + 1 :]
    try:
        healed = read(damaged)
    except UsageError:
        return
    assert read(dump(healed)) == healed


def test_what_is_accepted_is_never_refused_later() -> None:
    text = dump(ledger())
    record = json.loads(text.split("\n")[1])
    record |= {
        "mod": LATEST,
        "note_id": 1000 * LATEST - 5,
        "card_id": 1000 * LATEST - 5,
        "due": RANKS - 1,
    }
    old = read(text.split("\n")[0] + "\n" + json.dumps(record) + "\n")
    touched = build(CARDS, old, touch_all=True).ledger
    assert read(dump(touched)) == touched
    assert touched.entries[record["guid"]].mod == LATEST
    retired = build([], touched).ledger
    assert read(dump(retired)) == retired


def test_a_retired_cards_fields_reach_anki_without_control_characters() -> None:
    first = build(CARDS)
    fields = {"Question": "Why?", "Answer": "one\x1ftwo\x00", "Extra": ""}
    built = build([], first.ledger, last_shipped=lambda guids: dict.fromkeys(guids, (fields, ())))
    again = build([], read(dump(built.ledger)))
    assert "onetwo" in {note.fields["Answer"] for note in again.notes}


@pytest.mark.parametrize("same", [True, False])
def test_many_claims_to_one_number_are_settled_in_linear_time(same: bool) -> None:
    taken = Taken()
    numbers = [taken.free(7 if same else 50_000 - at) for at in range(50_000)]
    assert len(set(numbers)) == 50_000
    assert taken.free(7) == (50_007 if same else 50_001)


# ----------------------------------------------------------------------------- healing


def test_of_two_lines_with_one_guid_the_later_mod_wins() -> None:
    before = ledger()
    edited = build([question("Why splice?", "Five.", headings=["Rope"]), *CARDS[1:]], before).ledger
    lines = {*dump(before).split("\n"), *dump(edited).split("\n")} - {""}
    results = []
    for order in itertools.islice(itertools.permutations(sorted(lines)), 50):
        problems = Problems()
        results.append(parse("\n".join(order), "ledger", problems))
        (problem,) = problems
        assert "later mod" in problem.message
        assert problem.location.line is not None
    assert all(one == edited for one in results)


def test_of_equal_mods_the_active_card_wins() -> None:
    before = ledger()
    guid = min(before.entries)
    retired = replace(before.entries[guid], state=State.RETIRED)
    other = replace(before, entries={**before.entries, guid: retired})
    text = dump(before) + dump(other).split("\n", 1)[1]
    assert read(text) == before
    assert read("\n".join(reversed(text.split("\n")))) == before


def test_headers_are_merged_notetype_by_notetype() -> None:
    one = replace(ledger(), notetypes={"qa": Notetype(Seconds(5), "a")})
    other = replace(
        ledger(),
        notetypes={"qa": Notetype(Seconds(7), "b"), "comparison": Notetype(Seconds(1), "c")},
    )
    for texts in ((dump(one), dump(other)), (dump(other), dump(one))):
        merged = read("".join(texts))
        assert merged.notetypes == other.notetypes


def test_ids_that_two_branches_both_took_are_moved_apart() -> None:
    before = ledger()
    first, second, *_rest = sorted(before.entries)
    same = replace(before.entries[second], note_id=before.entries[first].note_id)
    healed = read(dump(replace(before, entries={**before.entries, second: same})))
    numbers = [n for e in healed.entries.values() for n in (e.note_id, e.card_id)]
    assert len(set(numbers)) == len(numbers)
    assert healed.entries[first] == before.entries[first]


def test_git_merges_two_branches_into_one_ledger(tmp_path: Path) -> None:
    def git(*words: str) -> None:
        identity = ("-c", "user.name=a", "-c", "user.email=a@example.org")
        subprocess.run(
            ["git", "-C", str(tmp_path), *identity, *words], check=True, capture_output=True
        )

    def commit(cards: list[object], base: Ledger | None, time: int) -> Ledger:
        built = build(cards, base, build_time=Seconds(time)).ledger  # type: ignore[arg-type]
        (tmp_path / "ledger.jsonl").write_text(dump(built), encoding="utf-8")
        git("add", "-A")
        git("commit", "-m", "x")
        return built

    git("init", "-b", "main")
    (tmp_path / ".gitattributes").write_text("ledger.jsonl merge=union\n", encoding="utf-8")
    base = commit([*CARDS], None, FIRST)
    git("checkout", "-b", "side")
    ours_new = question("When is high water?", "Twice a day.")
    edited = question("Why splice?", "Five tucks.", headings=["Rope", "Eye"])
    side = commit([edited, *CARDS[1:]], base, FIRST + 10)
    git("checkout", "main")
    later = question("Why splice?", "Six tucks.", headings=["Rope", "Eye"])
    main = commit([later, *CARDS[1:], ours_new], base, FIRST + 20)
    git("merge", "side")
    text = (tmp_path / "ledger.jsonl").read_text(encoding="utf-8")
    healed = read(text)
    assert healed.entries == main.entries
    assert side.entries.keys() == base.entries.keys()
    again = build([later, *CARDS[1:], ours_new], healed)
    assert {change.what.value for change in again.changes} == {"unchanged"}


def test_two_guids_that_claim_one_card_are_settled_the_same_way_everywhere() -> None:
    # One branch reworded the question, the other deleted it and asked the new one afresh.
    old, new = (
        question("Why splice?", "Three tucks hold."),
        question("Why tuck?", "Three tucks hold."),
    )
    base = build([old]).ledger
    reworded = build([new], base).ledger
    afresh = build([new]).ledger
    both = replace(base, entries={**reworded.entries, **afresh.entries})
    assert len(both.entries) == 2
    built = build([new], both)
    assert built.changes[0].guid == next(iter(base.entries))
    assert [change.what.value for change in built.changes] == ["unchanged", "retired"]


# ------------------------------------------------------------------ header and notetypes


def test_a_notetypes_mod_moves_only_with_its_look() -> None:
    start = Ledger("Study")
    one = stamp_notetypes(start, {"qa": "a"}, FIRST)
    assert one.notetypes["qa"].mod == FIRST
    assert stamp_notetypes(one, {"qa": "a"}, SECOND) == one
    assert stamp_notetypes(one, {"qa": "b"}, SECOND).notetypes["qa"].mod == SECOND
    assert stamp_notetypes(one, {"qa": "b"}, Seconds(3)).notetypes["qa"].mod == FIRST + 1


def test_a_digest_sees_every_part_of_a_look() -> None:
    looks = [
        ("", [("a", "b")]),
        ("c", [("a", "b")]),
        ("", [("ab", "")]),
        ("", [("a", "b"), ("a", "b")]),
    ]
    assert len({notetype_digest(css, sides) for css, sides in looks}) == 4


def test_the_namespace_is_kept_when_the_root_deck_is_renamed() -> None:
    assert namespace_for("", "Study", None) == "Study"
    assert namespace_for("boat", "Study", None) == "boat"
    assert namespace_for("", "Sea", ledger()) == "Study"
    assert namespace_for("Study", "Sea", ledger()) == "Study"
    assert namespace_for("boat", "Study", Ledger("Study")) == "boat"
    with pytest.raises(UsageError, match="namespace"):
        namespace_for("boat", "Study", ledger())
