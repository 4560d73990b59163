from __future__ import annotations

import contextlib
import io
import json
import re
import sqlite3
import zipfile
from collections.abc import Mapping
from dataclasses import replace

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from anki_export.issue import Identified
from anki_export.ledger.entries import Ledger, State, dump, notetype_digest, parse, stamp_notetypes
from anki_export.ledger.packed import read_package
from anki_export.ledger.recovery import last_fields, recover
from anki_export.model import FIELDS, Kind, MappedCard
from anki_export.package.apkg import build_package
from anki_export.package.notetypes import make_notetypes
from anki_export.problems import Problems, UsageError
from support.collection import Collection
from support.mapped import FIRST, SECOND, build, histories, question, table
from support.packages import MOD, database, notetypes, shipped_templates
from support.tries import tries

HEADER = ("Rope", "Stretch", "Floats")
ROWS = [("**Nylon**", "15 % `a|b`", "no"), ("Dyneema", "1 %", "yes"), ("Hemp", "2 %", "no")]
CARDS = [
    question("Why splice?", "Three tucks hold better than any knot does.", headings=["Rope"]),
    question("Why splice?", "It halves the drag in a towed line.", headings=["Towing"]),
    question("为什么要编结？", "因为绳结会把绳索的强度削弱一半左右。", path="zh/a b.md"),
    *table(HEADER, ROWS, headings=["Ropes", "Kinds"]),
]


def packed(built: Identified, namespace: str = "Study") -> bytes:
    kinds = notetypes(namespace=namespace)
    return build_package(built.notes, kinds, dict.fromkeys(kinds, MOD))


def recovered(*packages: bytes, namespace: str = "Study") -> Ledger:
    files = [(f"{number}.apkg", data) for number, data in enumerate(packages)]
    return recover(files, namespace=namespace, problems=Problems())


def exported(anki: Collection, *, legacy: bool, whole: bool = False) -> bytes:
    from anki.collection import ExportAnkiPackageOptions  # noqa: PLC0415 - skipped where missing

    path = anki.folder / ("out.colpkg" if whole else "out.apkg")
    if whole:
        anki.col.export_collection_package(str(path), include_media=False, legacy=legacy)
    else:
        options = ExportAnkiPackageOptions(
            with_scheduling=True, with_deck_configs=False, with_media=False, legacy=legacy
        )
        anki.col.export_anki_package(out_path=str(path), options=options, limit=None)
    return path.read_bytes()


# ------------------------------------------------------------------------ our own packages


def test_a_recovered_ledger_knows_every_card_again() -> None:
    first = build(CARDS)
    ledger = recovered(packed(first))
    again = build(CARDS, ledger)
    assert again.notes == first.notes
    assert {change.what.value for change in again.changes} == {"unchanged"}
    assert again.ledger.entries == {
        guid: replace(
            entry, known=replace(entry.known, table=again.ledger.entries[guid].known.table)
        )
        for guid, entry in first.ledger.entries.items()
    }


def test_fields_are_read_with_and_without_room_between_their_elements() -> None:
    def aired(fields: Mapping[str, str]) -> dict[str, str]:
        crumb = '<span class="crumb">'
        new = dict(fields, Context=fields["Context"].replace(f"</span>{crumb}", f"</span> {crumb}"))
        for name in {"Prompt", "Table"} & new.keys():
            new[name] = re.sub(r">(?=<(?:div|ul|li|/ul|tr|td|th)\b)", ">\n", new[name])
        if "Prompt" in new:
            new["Prompt"] = f'<div class="row-head">{HEADER[0]}</div>\n{new["Prompt"]}'
        return new

    first = build(CARDS)
    notes = tuple(replace(note, fields=aired(note.fields)) for note in first.notes)
    changed = [one.fields != other.fields for one, other in zip(notes, first.notes, strict=True)]
    assert sum(changed) >= len(ROWS)
    plain, roomy = recovered(packed(first)), recovered(packed(replace(first, notes=notes)))
    assert {guid: entry.known for guid, entry in roomy.entries.items()} == {
        guid: entry.known for guid, entry in plain.entries.items()
    }


def test_a_recovered_ledger_can_be_written_and_read() -> None:
    ledger = recovered(packed(build(CARDS)))
    assert parse(dump(ledger), "ledger", Problems()) == ledger


EDITED: dict[str, list[MappedCard]] = {
    "answer": [question("Why splice?", "Because.", headings=["Rope"]), *CARDS[1:]],
    "question": [
        question("What speaks for splicing?", CARDS[0].rendered.reply, headings=["Rope"]),
        *CARDS[1:],
    ],
    "heading": [question("Why splice?", CARDS[0].rendered.reply, headings=["Knots"]), *CARDS[1:]],
    "cell": [*CARDS[:3], *table(HEADER, [ROWS[0], ("Dyneema", "3 %", "yes"), ROWS[2]])],
    "row": [*CARDS[:3], *table(HEADER, [("Polyamide", *ROWS[0][1:]), *ROWS[1:]])],
    "column": [*CARDS[:3], *table((*HEADER, "€"), [(*row, f"{n}") for n, row in enumerate(ROWS)])],
}


@pytest.mark.parametrize("name", EDITED)
def test_edited_cards_are_known_again(name: str) -> None:
    first = build(CARDS)
    built = build(EDITED[name], recovered(packed(first)))
    assert [change.guid for change in built.changes] == [note.guid for note in first.notes]
    known = build(EDITED[name], first.ledger)
    assert [change.what for change in built.changes] == [change.what for change in known.changes]


def test_retired_cards_stay_retired() -> None:
    first = build(CARDS)
    shipped = {note.guid: (note.fields, note.tags) for note in first.notes}
    second = build(
        CARDS[:2], first.ledger, last_shipped=lambda guids: {g: shipped[g] for g in guids}
    )
    ledger = recovered(packed(second))
    assert sum(entry.state is State.RETIRED for entry in ledger.entries.values()) == 4
    assert build(CARDS[:2], ledger).notes == second.notes
    revived = build(CARDS, ledger, build_time=SECOND + 5)
    assert [change.guid for change in revived.changes] == [note.guid for note in first.notes]


def test_of_two_packages_the_later_mod_wins() -> None:
    first = build(CARDS)
    second = build(EDITED["answer"], first.ledger)
    for order in ((first, second), (second, first)):
        ledger = recovered(*map(packed, order))
        again = build(EDITED["answer"], ledger)
        assert {change.what.value for change in again.changes} == {"unchanged"}


def test_a_card_that_only_an_older_package_has_is_known_too() -> None:
    ledger = recovered(packed(build(CARDS[2:])), packed(build(CARDS[:2])))
    assert len(ledger.entries) == len(CARDS)


def test_notetypes_keep_their_age() -> None:
    templates = shipped_templates()
    ledger = recovered(packed(build(CARDS)))
    digests = {
        kind.value: notetype_digest(one.css, [(one.front, one.back)])
        for kind, one in make_notetypes(templates, "Study").items()
    }
    assert stamp_notetypes(ledger, digests, SECOND) == ledger
    assert ledger.notetypes["qa"].mod == MOD


def test_another_namespaces_notes_are_left_out() -> None:
    boat = build(CARDS, None, namespace="Boat")
    ours = {one.id: kind for kind, one in notetypes().items()}
    package = packed(boat, "Boat")
    with pytest.raises(UsageError, match="no card"):
        recover([("boat.apkg", package)], namespace="Study", notetypes=ours, problems=Problems())
    both = [("boat.apkg", package), ("ours.apkg", packed(build(CARDS[:1])))]
    problems = Problems()
    ledger = recover(both, namespace="Study", notetypes=ours, problems=problems)
    assert len(ledger.entries) == 1
    assert next(iter(problems)).location.path == "boat.apkg"


def test_old_fields_are_read_for_a_plan() -> None:
    first = build(CARDS)
    data = packed(first)
    note = first.notes[0]
    assert last_fields(data, "x", [note.guid]) == {note.guid: (note.fields, note.tags)}
    assert last_fields(None, "x", [note.guid]) == {}
    assert last_fields(b"no package", "x", [note.guid]) == {}


# ----------------------------------------------------------------------------- Anki's own


@pytest.mark.parametrize("legacy", [True, False], ids=["legacy", "newest"])
@pytest.mark.parametrize("whole", [True, False], ids=["colpkg", "apkg"])
def test_ankis_own_export_is_enough(anki: Collection, legacy: bool, whole: bool) -> None:
    first = build(CARDS)
    anki.import_package(packed(first))
    assert anki.study(2) == 2
    data = exported(anki, legacy=legacy, whole=whole)
    names = zipfile.ZipFile(io.BytesIO(data)).namelist()
    assert ("collection.anki21b" in names) is not legacy
    ledger = recovered(data)
    for name, cards in EDITED.items():
        built = build(cards, ledger)
        assert [change.guid for change in built.changes] == [n.guid for n in first.notes], name
    again = build(CARDS, ledger)
    assert {change.what.value for change in again.changes} == {"unchanged"}
    assert [note.mod for note in again.notes] == [note.mod for note in first.notes]


def test_a_tag_of_the_users_own_is_no_change(anki: Collection) -> None:
    anki.import_package(packed(build(CARDS)))
    note = anki.col.get_note(anki.col.find_notes("")[0])
    note.tags.append("mine")
    anki.col.update_note(note)
    built = build(CARDS, recovered(exported(anki, legacy=False)))
    assert {change.what.value for change in built.changes} == {"unchanged"}


def test_a_moved_card_is_found_in_its_deck(anki: Collection) -> None:
    anki.import_package(packed(build(CARDS)))
    goal = anki.col.decks.id("Elsewhere::Here")
    anki.col.set_deck(anki.col.find_cards(""), goal)
    ledger = recovered(exported(anki, legacy=False))
    assert {entry.deck for entry in ledger.entries.values()} == {"Elsewhere::Here"}


# ------------------------------------------------------------------------ unusable packages


def zipped(**members: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in members.items():
            archive.writestr(name.replace("_", "."), data)
    return buffer.getvalue()


def empty_database() -> bytes:
    with contextlib.closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("CREATE TABLE x (y)")
        return connection.serialize()


UNUSABLE = {
    "nothing": b"",
    "no zip": b"PK but no zip at all",
    "no collection": zipped(media=b"{}"),
    "no database": zipped(collection_anki2=b"not a database" * 99),
    "no bytes": zipped(collection_anki2=b""),
    "no tables": zipped(collection_anki2=empty_database()),
    "no zstd": zipped(collection_anki21b=b"not compressed"),
    "cut off": zipped(collection_anki21b=zstandard.compress(empty_database())[:-9]),
}


@pytest.mark.parametrize("name", UNUSABLE)
def test_what_is_no_package_is_an_error(name: str) -> None:
    with pytest.raises(UsageError, match=r"x\.apkg"):
        read_package(UNUSABLE[name], "x.apkg")


def test_a_package_of_others_has_no_card_of_ours() -> None:
    with database(packed(build(CARDS))) as connection:
        (models,) = connection.execute("SELECT models FROM col").fetchone()
        renamed = json.loads(models)
        for model in renamed.values():
            model["flds"][0]["name"] = "Front"
        connection.execute("UPDATE col SET models = ?", (json.dumps(renamed),))
        connection.commit()
        data = zipped(collection_anki2=connection.serialize())
    with pytest.raises(UsageError, match="no card"):
        recovered(data)


@given(st.data())
@tries(100)
def test_damage_is_an_error_and_never_a_crash(data: st.DataObject) -> None:
    whole = bytearray(packed(build(CARDS[:2])))
    for _ in range(data.draw(st.integers(1, 20))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(UsageError):
        recover([("x.apkg", bytes(whole))], namespace="Study", problems=Problems())


def test_every_field_of_ours_is_read() -> None:
    for note in read_package(packed(build(CARDS)), "x").notes:
        assert any(set(note.fields) == set(FIELDS[kind]) for kind in Kind)
        assert note.mod == FIRST
        assert note.due
    assert histories(build(CARDS, recovered(packed(build(CARDS)))))
