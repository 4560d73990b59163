from __future__ import annotations

import io
import json
import sys
import tempfile
import time
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from anki_export.model import FIELDS, Kind, MediaFile, Seconds
from anki_export.package import apkg as module
from anki_export.package import collection
from anki_export.problems import Problems
from support import packages
from support.packages import MOD, MODS, anki_note, database, media_map, notetypes, package

NOTES = [anki_note(n, Kind.QA if n % 2 else Kind.COMPARISON) for n in range(6)]


def test_numbers_are_those_of_the_notes() -> None:
    with database(package(NOTES)) as db:
        rows = db.execute("SELECT id, guid, mod, usn FROM notes ORDER BY id").fetchall()
        cards = db.execute("SELECT id, nid, ord, mod, due FROM cards ORDER BY id").fetchall()
    assert rows == [(n.note_id, n.guid, n.mod, -1) for n in NOTES]
    assert cards == [(n.card_id, n.note_id, 0, n.mod, n.due) for n in NOTES]


def test_fields_and_tags_are_in_order() -> None:
    with database(package(NOTES[:2])) as db:
        rows = db.execute("SELECT tags, flds FROM notes ORDER BY id").fetchall()
    for note, (tags, fields) in zip(NOTES, rows, strict=False):
        assert tags.split() == ["difficulty::medium", "topic"]
        assert fields.split("\x1f") == [note.fields[name] for name in FIELDS[note.kind]]


def test_fields_and_templates_have_ids_of_their_own() -> None:
    with database(package(NOTES)) as db:
        models = json.loads(db.execute("SELECT models FROM col").fetchone()[0])
    assert {model["name"] for model in models.values()} == {"Study Q&A", "Study Comparison"}
    numbers = []
    for model in models.values():
        assert [field["ord"] for field in model["flds"]] == list(range(len(model["flds"])))
        numbers += [part["id"] for part in (*model["flds"], *model["tmpls"])]
        assert [template["name"] for template in model["tmpls"]] == ["Recall"]
        assert model["sortf"] == 0
        assert model["mod"] == MOD
    assert len(set(numbers)) == len(numbers)
    # JavaScript and JSON readers keep whole numbers up to 2**53.
    assert all(0 < number < 2**53 for number in numbers)


def test_the_numbers_of_notetypes_never_change() -> None:
    """A change here makes every collection's notes conflict: it cannot be right."""
    fixed = {
        kind: (found.id, found.field_ids[0], len(found.fields), found.template_id)
        for kind, found in notetypes().items()
    }
    assert fixed == {
        Kind.QA: (1719403152407, 4823170956311200, 10, 2907645183027519),
        Kind.COMPARISON: (1719403268913, 6190347528864100, 11, 7364018259471638),
    }


def test_other_namespaces_have_notetypes_of_their_own() -> None:
    seen = set()
    for namespace in ("Study", "Uni", 'say "x"', "学习"):
        for found in notetypes(namespace).values():
            seen |= {found.id, found.name}
            assert '"' not in found.name
            assert 1e11 < found.id < time.time() * 1000
    assert len(seen) == 16
    assert notetypes("Uni")[Kind.QA].name == "Study Q&A (Uni)"
    assert notetypes("Uni")[Kind.QA].id == notetypes("Uni")[Kind.QA].id


def test_each_note_lies_in_its_deck() -> None:
    notes = [
        anki_note(1, deck="学习::一"),
        anki_note(2, deck="学习::二"),
        anki_note(3, deck="学习::一"),
    ]
    with database(package(notes)) as db:
        decks = json.loads(db.execute("SELECT decks FROM col").fetchone()[0])
        cards = dict(db.execute("SELECT nid, did FROM cards"))
    names = {notes[i].note_id: decks[str(cards[notes[i].note_id])]["name"] for i in range(3)}
    assert list(names.values()) == ["学习::一", "学习::二", "学习::一"]


def test_decks_with_the_same_hash_stay_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collection, "hashed_id", lambda _name: 1_600_000_000_000)
    with database(package([anki_note(1, deck="a"), anki_note(2, deck="b")])) as db:
        decks = json.loads(db.execute("SELECT decks FROM col").fetchone()[0])
    names = {deck["name"]: deck["id"] for deck in decks.values()}
    assert names["b"] == names["a"] + 1


def test_many_decks_cost_little() -> None:
    notes = [anki_note(n, deck=f"Study::{n}") for n in range(3000)]
    start = time.process_time()
    package(notes)
    # genanki's own way takes about 27 s for as many decks.
    assert time.process_time() - start < 5


def test_the_same_notes_give_the_same_bytes() -> None:
    first = package(NOTES)
    time.sleep(1.1)
    assert package(NOTES) == first


def test_the_order_of_the_media_does_not_matter() -> None:
    files = [MediaFile("b-1.png", b"b"), MediaFile("a-1.png", b"a")]
    one = package([anki_note(1, media=files)])
    two = package([anki_note(1, media=files[::-1])])
    assert one == two


def test_nothing_of_the_machine_is_in_the_archive() -> None:
    data = package([anki_note(1, media=[MediaFile("a-1.png", b"a" * 1000)])])
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for member in archive.infolist():
            assert member.date_time == (1980, 1, 1, 0, 0, 0)
            assert member.compress_type == zipfile.ZIP_DEFLATED
            assert member.create_system == 3
        assert archive.namelist() == ["collection.anki2", "media", "0"]


def test_no_temporary_file_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    package(NOTES)
    assert list(tmp_path.iterdir()) == []


def test_media_is_packed_once() -> None:
    file = MediaFile("a-1.png", b"picture")
    data = package([anki_note(1, media=[file]), anki_note(2, media=[file])])
    assert media_map(data) == {"0": "a-1.png"}
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.read("0") == b"picture"


def test_media_of_the_templates_is_packed() -> None:
    data = module.build_package(NOTES, notetypes(), MODS, [MediaFile("_x.woff", b"font")])
    assert media_map(data) == {"0": "_x.woff"}


def test_an_empty_package_is_whole() -> None:
    with database(package([])) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_a_field_that_is_missing_is_a_bug() -> None:
    note = anki_note(1)
    fields = {name: text for name, text in note.fields.items() if name != "Extra"}
    with pytest.raises(KeyError):
        package([replace(note, fields=fields)])


def test_what_ankiweb_refuses_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    notes = [anki_note(1, media=[MediaFile("big-1.png", b"x" * 2000)])]
    data = package(notes)
    problems = Problems()
    module.report_limits(data, notes, "out.apkg", problems)
    assert not problems
    monkeypatch.setattr(module, "ANKIWEB_LIMIT", 1000)
    module.report_limits(data, notes, "out.apkg", problems)
    messages = [problem.message for problem in problems]
    assert len(messages) == 2
    assert "the collection" in messages[0]
    assert "big-1.png" in messages[1]


def test_a_notetype_may_be_newer_than_the_other() -> None:
    mods = {Kind.QA: MOD, Kind.COMPARISON: Seconds(MOD + 5)}
    data = module.build_package(NOTES, packages.notetypes(), mods)
    with database(data) as db:
        models = json.loads(db.execute("SELECT models FROM col").fetchone()[0])
    assert {model["name"]: model["mod"] - MOD for model in models.values()} == {
        "Study Q&A": 0,
        "Study Comparison": 5,
    }


def test_ten_thousand_notes_take_little_time() -> None:
    notes = [anki_note(n, Answer="<p>some answer</p>" * 50) for n in range(10_000)]
    start = time.process_time()
    data = package(notes)
    assert time.process_time() - start < 20
    assert sys.getsizeof(data) < 10_000_000


def test_a_long_line_of_html_takes_little_time() -> None:
    note = anki_note(1, Answer='<b class="x">y</b>' * 20_000)
    start = time.process_time()
    package([note])
    assert time.process_time() - start < 5
