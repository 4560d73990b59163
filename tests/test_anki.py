"""Packages in the real Anki: nothing here is simulated but the user's clicks."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml

from anki_export import pipeline
from anki_export.config import Config
from anki_export.job import Job
from anki_export.model import FIELDS, Guid, Kind, MediaFile, Millis, Seconds
from anki_export.package.apkg import build_package
from anki_export.report import key_search
from support.collection import Collection, Log
from support.packages import MOD, anki_note, database, notetypes, package

NOTES = [
    anki_note(n, Kind.QA if n % 2 else Kind.COMPARISON, deck=f"Study::d{n % 3}") for n in range(8)
]
OWN_NOTES = Path(__file__).parent.parent / "notes"
AWKWARD = [
    "plain",
    "two words",
    "a/b/c.md",
    "`free()`",
    'say "hi"',
    "2*3=6",
    "C:\\temp",
    "marked",
    "leech",
    "retired",
    "cafe\u0301",
    "全角　空格",
    "是什么？",
    "a::b",
    "Marked/deep",
    "C++",
    "C#",
    "-minus",
    "or",
    "x:y",
    "a & b",
    "<T>",
    "Default",
    "tab\there",
    "emoji 👩‍💻",
]
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000 1f15c4890000000d49444154789c"
    "6360606060000000050001a5f645400000000049454e44ae426082".replace(" ", "")
)


def test_every_note_is_new_then_a_duplicate(anki: Collection) -> None:
    data = package(NOTES)
    assert anki.import_package(data) == Log(8, 0, 0, 0)
    assert anki.import_package(data) == Log(0, 0, 8, 0)
    assert anki.check() == ""
    assert set(anki.notetypes()) == {"Study Q&A", "Study Comparison"}


def test_what_was_written_arrives(anki: Collection) -> None:
    anki.import_package(package(NOTES))
    found = anki.notes()
    for note in NOTES:
        assert found[note.guid]["fields"] == note.fields
        assert found[note.guid]["tags"] == set(note.tags)
        assert found[note.guid]["mod"] == note.mod
    assert anki.decks() == {"Study::d0": 3, "Study::d1": 3, "Study::d2": 2}


def test_every_card_shows_both_sides(anki: Collection) -> None:
    anki.import_package(package(NOTES))
    sides = anki.sides()
    assert len(sides) == len(NOTES)
    for note in NOTES:
        question, answer = sides[note.guid]
        assert note.fields[FIELDS[note.kind][0]] in question
        assert note.fields["Answer"] not in question
        assert note.fields["Answer"] in answer
        assert "a/b.md" in answer
        assert "{{" not in re.sub(r"<style>.*?</style>", "", question + answer, flags=re.DOTALL)


def test_anki_would_make_the_same_cards(anki: Collection) -> None:
    anki.import_package(package(NOTES))
    assert not anki.col.get_empty_cards().notes
    before = anki.schedule()
    numbers = list(anki.col.find_notes(""))
    anki.col._backend.after_note_updates(
        nids=numbers, mark_notes_modified=False, generate_cards=True
    )
    assert len(anki.schedule()) == len(before)


def test_new_cards_come_in_the_order_of_their_ranks(anki: Collection) -> None:
    notes = [anki_note(n) for n in (5, 2, 9)]
    anki.import_package(package(notes))
    numbers = anki.col.find_cards("", order="c.due")
    fronts = [anki.col.get_card(number).note().fields[0] for number in numbers]
    assert fronts == ["front 2", "front 5", "front 9"]


def test_only_changed_notes_are_updated(anki: Collection) -> None:
    anki.import_package(package(NOTES))
    assert anki.study(4) == 4
    schedule, schema = anki.schedule(), anki.schema_stamp()
    edited = replace(
        NOTES[0], mod=Seconds(NOTES[0].mod + 1), fields={**NOTES[0].fields, "Answer": "better"}
    )
    assert anki.import_package(package([edited, *NOTES[1:]])) == Log(0, 1, 7, 0)
    assert anki.notes()[edited.guid]["fields"]["Answer"] == "better"
    assert anki.schedule() == schedule
    assert anki.schema_stamp() == schema
    assert anki.check() == ""


def test_new_styles_reach_a_collection_without_touching_a_note(anki: Collection) -> None:
    anki.import_package(package(NOTES))
    anki.study(4)
    notes, schedule, schema = anki.notes(), anki.schedule(), anki.schema_stamp()
    later = dict.fromkeys(Kind, Seconds(MOD + 1))
    styled = build_package(NOTES, notetypes(css="/* new */ .x { color: red }"), later)
    assert anki.import_package(styled) == Log(0, 0, 8, 0)
    assert all("/* new */" in found["css"] for found in anki.notetypes().values())
    assert (anki.notes(), anki.schedule(), anki.schema_stamp()) == (notes, schedule, schema)
    assert set(anki.notetypes()) == {"Study Q&A", "Study Comparison"}


def test_new_templates_reach_a_collection_too(anki: Collection) -> None:
    anki.import_package(package(NOTES))
    before = anki.notes()
    changed = {
        kind: replace(found, back=found.back + "<p>at the foot</p>")
        for kind, found in notetypes().items()
    }
    later = dict.fromkeys(Kind, Seconds(MOD + 1))
    assert anki.import_package(build_package(NOTES, changed, later)) == Log(0, 0, 8, 0)
    assert all("at the foot" in answer for _, answer in anki.sides().values())
    assert anki.notes() == before


def test_an_older_style_does_not_come_back(anki: Collection) -> None:
    later = dict.fromkeys(Kind, Seconds(MOD + 1))
    anki.import_package(build_package(NOTES, notetypes(css="/* new */"), later))
    anki.import_package(package(NOTES))
    assert all("/* new */" in found["css"] for found in anki.notetypes().values())


def test_a_field_may_be_renamed(anki: Collection) -> None:
    """Fields are matched by id: a rename in Anki does not fork the notetype."""
    anki.import_package(package(NOTES))
    notetype = anki.notetypes()["Study Q&A"]
    anki.col.models.rename_field(notetype, notetype["flds"][1], "Reply")
    anki.col.models.update_dict(notetype)
    edited = replace(NOTES[1], mod=Seconds(NOTES[1].mod + 10**6))
    log = anki.import_package(package([edited]))
    assert (log.updated, log.conflicting) == (1, 0)
    assert set(anki.notetypes()) == {"Study Q&A", "Study Comparison"}


def test_two_namespaces_never_meet(anki: Collection) -> None:
    anki.import_package(package(NOTES))
    others = [
        replace(note, guid=Guid(f"other{note.due}"), note_id=Millis(note.note_id + 100))
        for note in NOTES
    ]
    assert anki.import_package(package(others, namespace="Uni")) == Log(8, 0, 0, 0)
    assert len(anki.notetypes()) == 4
    assert anki.check() == ""


def test_media_arrives(anki: Collection) -> None:
    note = anki_note(
        1, media=[MediaFile("dot-0a1b.png", PIXEL)], Answer='<img src="dot-0a1b.png" alt="dot">'
    )
    anki.import_package(package([note]))
    assert (anki.folder / "collection.media" / "dot-0a1b.png").read_bytes() == PIXEL
    assert anki.notes()[note.guid]["fields"]["Answer"] == note.fields["Answer"]


def test_deep_and_long_names_arrive(anki: Collection) -> None:
    deck = "::".join(["Study", *("层" * n for n in range(1, 11))])
    anki.import_package(package([anki_note(1, deck=deck)]))
    assert anki.decks() == {deck: 1}
    assert anki.check() == ""


def test_the_search_of_the_report_finds_the_cards(anki: Collection) -> None:
    notes = [
        replace(anki_note(n), guid=Guid(guid)) for n, guid in enumerate(["a_b", "axb", "c*", "d"])
    ]
    notes = [replace(note, fields={**note.fields, "Key": note.guid}) for note in notes]
    anki.import_package(package(notes))
    for wanted in (["a_b"], ["axb", "d"], ["c*"]):
        found = anki.col.find_notes(key_search(wanted))
        assert sorted(anki.col.get_note(number).guid for number in found) == wanted


# --------------------------------------------------------------------------- whole builds


def build(folder: Path, notes: Path, **options: Any) -> bytes:
    """What the command `build` would write for a folder of notes."""
    output = folder / "out.apkg"
    job = Job(
        notes=notes,
        config=options.pop("config", Config()),
        output=output,
        ledger=folder / "ledger.jsonl",
        templates=None,
        build_time=Seconds(options.pop("time", 1_700_000_000)),
        **options,
    )
    result = pipeline.build(job, lambda *_: None)
    assert result.written, result.refused
    return output.read_bytes()


def test_the_projects_own_notes(anki: Collection, tmp_path: Path) -> None:
    data = build(tmp_path, OWN_NOTES)
    log = anki.import_package(data)
    assert log.new > 100
    assert (log.updated, log.duplicate, log.conflicting) == (0, 0, 0)
    assert anki.import_package(data) == Log(0, 0, log.new, 0)
    assert anki.check() == ""
    assert not anki.col.get_empty_cards().notes
    for question, answer in anki.sides().values():
        text = re.sub(r"<style>.*?</style>", "", question + answer, flags=re.DOTALL)
        assert "has a problem" not in text
        assert 'src="latex-' not in text


def test_names_arrive_as_they_were_written(anki: Collection, tmp_path: Path) -> None:
    """Anki changes what is not canonical; and each tag can be searched for as it is."""
    notes = tmp_path / "notes"
    notes.mkdir()
    for number, tag in enumerate(AWKWARD):
        front = yaml.safe_dump({"tags": [tag]}, allow_unicode=True)
        text = f"---\n{front}---\n# N{number}\n\n## What is {number}?\n\nIt is {number}.\n"
        (notes / f"n{number}.md").write_text(text, encoding="utf-8")
    data = build(tmp_path, notes)
    with database(data) as db:
        written = {
            guid: set(tags.split()) for guid, tags in db.execute("SELECT guid, tags FROM notes")
        }
        decks = {
            d["name"]
            for d in json.loads(db.execute("SELECT decks FROM col").fetchone()[0]).values()
        }
    anki.import_package(data)
    assert {guid: note["tags"] for guid, note in anki.notes().items()} == written
    assert set(anki.decks()) == decks - {"Default"}
    assert len(written) == len(AWKWARD)
    for guid, tags in written.items():
        (tag,) = tags - {"difficulty::medium"}
        found = {anki.col.get_note(number).guid for number in anki.col.find_notes(f"tag:{tag}")}
        assert guid in found, tag
        assert len(found) <= 2, tag


def test_an_edit_updates_only_its_note(anki: Collection, tmp_path: Path) -> None:
    notes = tmp_path / "notes"
    shutil.copytree(OWN_NOTES, notes)
    total = anki.import_package(build(tmp_path, notes)).new
    assert anki.study(10) == 10
    schedule = anki.schedule()
    extra = "\n## Which note is the newest?\n\nThis one.\n"
    path = next(path for path in sorted(notes.rglob("*.md")) if path.name != "README.md")
    path.write_text(path.read_text(encoding="utf-8") + extra, encoding="utf-8")
    log = anki.import_package(build(tmp_path, notes, time=1_700_000_100))
    assert log == Log(1, 0, total, 0)
    kept = [row for row in anki.schedule() if row in schedule]
    assert kept == schedule
