"""Input of every kind from people who mean no good: nothing fails, nothing foreign passes.

``make fuzz`` tries the same properties on many more examples, new ones each time.
"""

from __future__ import annotations

import io
import json
import sqlite3
import zipfile
from dataclasses import fields
from operator import itemgetter
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from anki_export.config import Config
from anki_export.config.declare import parse_config
from anki_export.gather import Maker
from anki_export.ledger.entries import dump, parse
from anki_export.ledger.packed import read_guids, read_package
from anki_export.ledger.recovery import recover
from anki_export.markdown.raw_html import harmless
from anki_export.model import Kind
from anki_export.notes.exclude import exclusion
from anki_export.notes.front_matter import FrontMatterError, load
from anki_export.notes.reader import NoteFile
from anki_export.package.templates import load_templates
from anki_export.problems import AnkiExportError, ProblemKind, Problems
from support.mapped import build, question, table
from support.packages import anki_note, database, package
from support.tries import tries

SCRAPS = (
    "---\n|title: x\n|# T\n|## What is it?\n|**Q:** why? |### Answer\n|Q: a\n|A: b\n|a::b\n|- |1. |> |    |\t|"
    "```c\n|~~~\n|:::\n|$$\n|$|\\[|\\]|\\(|<details><summary>a?</summary>\n|</details>\n|<b>|</b>|<!--|-->|"
    "<!-- anki: skip -->\n|[^1]|[^1]: n\n|[a]|[a]: /b\n|![a](b.png)|](c)|[[|]]|\\|a\\|b\\|c\\|\n|\\|-\\|-\\|-\\|\n|"
    "&amp;|&#0;|&#x110000;|\x00|\x1b[31m|\u202e|\ufeff|\ud7ff|😀|问？|[sound:x]|{{c1::x}}|*|**|_|~~|`|\\|\n|\n\n| "
).replace("\\|", "\x01").split("|")  # fmt: skip
NOTES = st.lists(st.sampled_from([s.replace("\x01", "|") for s in SCRAPS]) | st.text(max_size=3))


@pytest.fixture(scope="module")
def maker(tmp_path_factory: pytest.TempPathFactory) -> Maker:
    return Maker(tmp_path_factory.mktemp("notes"), Config())


@tries(300)
@given(NOTES.map("".join))
@example("# T\n\n## What is it?\n\n" + "![" * 60 + "a" + "](b)" * 60)
@example("# T\n\n## What is it?\n\na[^0]\n\n[^0]: b[^0]\n")
def test_every_note_is_processed_to_harmless_cards(maker: Maker, text: str) -> None:
    draft = maker.draft((NoteFile("note.md", text.encode()), None))
    assert not [p for p in draft.problems if p.kind is ProblemKind.FAILED_NOTE]
    for card in draft.cards:
        for html in card.fields.values():
            assert harmless(html) == html


YAML = ["a: ", "tags: ", "anki: ", "- ", "? ", ": ", "\n", "\n  ", "\t", "&a ", "*a", "<<: *a", "!!int ", "!!binary ", "!!set ", "!!python/name:os ", "!!timestamp ", "{", "}", "[", "]", ",", "'", '"', "|\n", ">-\n", "#", "%YAML 1.1\n", "...", "0x", "1e999", ".inf", "2001-01-01", "null", "~", "é", "\x85", "\u2028", "\x00"]  # fmt: skip


@tries(300)
@given(st.lists(st.sampled_from(YAML) | st.text(max_size=3)).map("".join))
@example("a: &a [*a]")
@example("tags: !!set {a, b}")
@example("<?")
def test_every_front_matter_is_used_or_reported(maker: Maker, text: str) -> None:
    try:
        if load(text) is None:  # text between two rules, which may open anything
            return
    except FrontMatterError:
        pass
    data = f"---\n{text}\n---\n# T\n\n## What is it?\n\nIt.\n".encode()
    draft = maker.draft((NoteFile("note.md", data), None))
    assert not [p for p in draft.problems if p.kind is ProblemKind.FAILED_NOTE]
    assert any("It." in card.fields["Answer"] for card in draft.cards) or list(draft.problems)


@tries(200)
@given(st.binary(max_size=200) | st.tuples(st.just(b"---\n"), st.binary(max_size=60), st.just(b"\n---\n")).map(b"".join))  # fmt: skip
@example(b"\x0b")
@example("\u3000\n\n\xa0\n\n## What?\n\n\u3000".encode())
def test_every_file_is_a_note_or_a_problem(maker: Maker, data: bytes) -> None:
    draft = maker.draft((NoteFile("note.md", data), None))
    assert not [p for p in draft.problems if p.kind is ProblemKind.FAILED_NOTE]
    assert not draft.failed or draft.problems


# ----------------------------------------------------------------------------- what travels

FOREIGN = ["<script>a</script>", "<img src=x onerror=a>", "<iframe src=//x>", "<svg onload=a>", "<a href=javascript:a>", "[sound:a.mp3]", "[latex]", "[/latex]", "[$]", "<style>", "<!--", "-->", "<b", "<![CDATA[", "<math><style>", "\"'><script>", "<a href='x' onclick='a'>", "<p style=x>", "<form action=x>", "</textarea>", "<b>", "</b>", "&lt;", "&#91;sound:a]", "\\(", "a"]  # fmt: skip


@tries(300)
@given(st.lists(st.sampled_from(FOREIGN) | st.text(max_size=3)).map("".join))
@example("<a href=javascript:a>x</a>")
@example("&#91;sound:a.mp3]")
def test_nothing_foreign_stays_in_a_field(text: str) -> None:
    left = harmless(text)
    assert harmless(left) == left
    low = left.casefold()
    for mark in ("<script", "<iframe", "<svg", "<style", "<form", "<!--", "[sound:", "[latex]"):
        assert mark not in low
    assert not any(f" {name}=" in tag for tag in low.split("<")[1:]
                   for name in ("onerror", "onclick", "onload") if ">" in tag
                   and f" {name}=" in tag.split(">")[0] and '"' not in tag.split(">")[0])  # fmt: skip


def test_a_ledgers_html_is_cleaned_on_its_way_to_a_card() -> None:
    first = build([question("Why?", "So.")])
    shown = {"Question": "Why?", "Answer": "So.<script>a</script>[sound:a.mp3]", "Extra": ""}
    retired = build([], first.ledger, last_shipped=lambda guids: dict.fromkeys(guids, (shown, ())))
    lines = dump(retired.ledger).replace('"front":"', '"front":"<img src=x onerror=a><iframe>')
    (note,) = build([], parse(lines, "ledger", Problems())).notes
    assert "[sound:" not in note.fields["Answer"]
    assert not any(bad in "".join(note.fields.values()) for bad in ("<script", "onerror", "<ifr"))


# ----------------------------------------------------------------------------- other files

CARDS = [question("Why?", "So."), *table(("Rope", "Floats"), [("Nylon", "no"), ("Hemp", "yes")])]
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=8,
)


@tries(200)
@given(st.data())
def test_a_ledger_is_read_or_refused(data: st.DataObject) -> None:
    lines = dump(build(CARDS).ledger).split("\n")
    for number in data.draw(st.lists(st.integers(0, len(lines) - 2), max_size=3)):
        record = json.loads(lines[number])
        key = data.draw(st.sampled_from(sorted(record)) | st.text(max_size=5))
        lines[number] = json.dumps(record | {key: data.draw(VALUES)})
    order = data.draw(st.lists(st.sampled_from(lines), max_size=6))
    use_ledger("\n".join(order or lines))


@tries(200)
@given(st.integers(0), st.integers(0, 20), st.text(max_size=4))
def test_a_ledger_with_torn_text_is_read_or_refused(at: int, length: int, text: str) -> None:
    whole = dump(build(CARDS).ledger)
    start = at % len(whole)
    use_ledger(whole[:start] + text + whole[start + length :])


def use_ledger(text: str) -> None:
    try:
        built = build(CARDS, parse(text, "ledger", Problems()))
    except AnkiExportError as refused:  # also if it is another namespace's
        assert "ledger" in refused.message
        return
    assert {change.guid for change in built.changes} >= {note.guid for note in built.notes}
    assert parse(dump(built.ledger), "ledger", Problems()) == built.ledger


KEYS = [field.name for field in fields(Config)]


@tries(300)
@given(st.text(max_size=60) | st.lists(st.tuples(st.sampled_from(KEYS), VALUES), max_size=3, unique_by=itemgetter(0)).map(lambda pairs: "\n".join(f"{key} = {json.dumps(value)}" for key, value in pairs)))  # fmt: skip
@example('exclude = ["!(*"]')
@example("fold_after = " + "9" * 5000)
def test_a_configuration_is_used_or_refused(text: str) -> None:
    try:
        config = parse_config(text, "anki-export.toml")
    except AnkiExportError as refused:
        assert refused.problems
        return
    note = NoteFile("note.md", b"---\ntags: [a]\n---\n# T\n\n## What is it?\n\nIt.\n")
    draft = Maker(Path("/nonexistent"), config).draft((note, None))
    assert not [p for p in draft.problems if p.kind is ProblemKind.FAILED_NOTE]
    exclusion(config.exclude).match_file("a/b.md")


@tries(60)
@given(st.lists(st.sampled_from(["{{", "}}", "#", "^", "/", "Question", "FrontSide", "cloze:", "<!--", "-->", "\n", "<style>", "url(", ")"]) | st.text(max_size=3)).map("".join))  # fmt: skip
def test_a_template_is_used_or_refused(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    folder = tmp_path_factory.mktemp("templates")
    for file in (Path(__file__).parent.parent / "templates").iterdir():
        if file.is_file():
            (folder / file.name).write_text(text, encoding="utf-8", errors="replace")
    try:
        load_templates(folder, source_url=None, problems=Problems())
    except AnkiExportError as refused:
        assert refused.message


@tries(100)
@given(st.binary(max_size=100))
@example(b"PK\x03\x04" + bytes(40))
@example(b"PK\x05\x06" + bytes(18))
def test_a_package_is_read_or_refused(data: bytes) -> None:
    with pytest.raises(AnkiExportError):
        read_package(data, "old.apkg")


PACKAGE = package([anki_note(1), anki_note(2, Kind.COMPARISON)])
COLUMNS = ["notes.id", "notes.guid", "notes.mid", "notes.mod", "notes.tags", "notes.flds", "cards.nid", "cards.id", "cards.did", "cards.odid", "cards.type", "cards.due", "col.models", "col.decks"]  # fmt: skip


@tries(100)
@given(st.integers(0), st.integers(0, 40), st.binary(max_size=8))
def test_a_torn_package_is_read_or_refused(at: int, length: int, data: bytes) -> None:
    start = at % len(PACKAGE)
    use_package(PACKAGE[:start] + data + PACKAGE[start + length :])


@tries(100)
@given(st.sampled_from(COLUMNS), st.none() | st.integers(-(1 << 63), (1 << 63) - 1) | st.floats() | st.text() | st.binary() | VALUES.map(json.dumps))  # fmt: skip
def test_a_package_of_odd_values_is_read_or_refused(column: str, value: object) -> None:
    table, name = column.split(".")
    with database(PACKAGE) as collection:
        try:
            collection.execute(f"UPDATE {table} SET {name} = ?", (value,))
        except sqlite3.Error:  # two rows of one id
            return
        use_package(packed(collection.serialize()))


@tries(100)
@given(st.integers(0), st.binary(min_size=1, max_size=8))
def test_a_package_of_a_damaged_database_is_read_or_refused(at: int, data: bytes) -> None:
    whole = zipfile.ZipFile(io.BytesIO(PACKAGE)).read("collection.anki2")
    start = at % len(whole)
    use_package(packed(whole[:start] + data + whole[start + len(data) :]))


def test_a_package_of_which_nothing_can_be_remembered_is_refused() -> None:
    with database(PACKAGE) as collection:
        collection.execute("UPDATE notes SET mod = 'x'")
        collection.commit()
        data = packed(collection.serialize())
    with pytest.raises(AnkiExportError, match=r"no card in old\.apkg can be remembered"):
        recover([("old.apkg", data)], namespace="Study", problems=Problems())


ENDLESS = "WITH RECURSIVE a(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM a)"
COMPUTED = {
    "view": f"ALTER TABLE notes RENAME TO old; CREATE VIEW notes AS {ENDLESS} "
    "SELECT n AS id, n AS guid, 1 AS mid, 1 AS mod, '' AS tags, '' AS flds FROM a",
    "filter": f"ALTER TABLE notes RENAME TO old; CREATE VIEW notes AS {ENDLESS} "
    "SELECT id, guid, mid, mod, tags, flds FROM old WHERE EXISTS (SELECT 1 FROM a WHERE n < 0)",
    "generated": "ALTER TABLE notes RENAME TO old; CREATE TABLE notes (id, guid, mid, mod, tags, "
    "n, flds AS (hex(zeroblob(n))) VIRTUAL); INSERT INTO notes "
    "SELECT id, guid, mid, mod, tags, 100 FROM old",
    "virtual": "DROP TABLE notes; CREATE VIRTUAL TABLE notes USING fts5(guid, mid, mod, tags, flds)",
}


@pytest.mark.parametrize("name", COMPUTED)
def test_a_package_that_computes_is_refused(name: str) -> None:
    with database(PACKAGE) as collection:
        collection.executescript(COMPUTED[name])
        data = packed(collection.serialize())
    for read in (read_package, read_guids):
        with pytest.raises(AnkiExportError, match="it computes what it holds"):
            read(data, "old.apkg")


def test_a_package_whose_rows_share_their_text_is_refused() -> None:
    """Every page of the table is the same one, again and again."""
    with database(PACKAGE) as collection:
        collection.executemany(
            "INSERT INTO notes SELECT ?, ?, mid, mod, usn, tags, ?, sfld, csum, flags, data "
            "FROM notes LIMIT 1",
            [
                (number, f"g{number}", "x" * (200_000 if number == 1 else 3000))
                for number in range(1, 400)
            ],
        )
        collection.commit()
        (root,) = collection.execute(
            "SELECT rootpage FROM sqlite_master WHERE name = 'notes'"
        ).fetchone()
        whole = bytearray(collection.serialize())
    page = int.from_bytes(whole[16:18], "big")
    at = (root - 1) * page
    assert whole[at] == 5  # an inner page of a table (SQLite file format, 1.6)
    cells = int.from_bytes(whole[at + 3 : at + 5], "big")
    starts = [int.from_bytes(whole[at + 12 + 2 * n : at + 14 + 2 * n], "big") for n in range(cells)]
    for start in starts:
        whole[at + start : at + start + 4] = whole[at + starts[0] : at + starts[0] + 4]
    with pytest.raises(AnkiExportError, match="it shows more than it holds"):
        read_package(packed(bytes(whole)), "old.apkg")


def packed(collection: bytes) -> bytes:
    with io.BytesIO() as file:
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr("collection.anki2", collection)
        return file.getvalue()


def use_package(data: bytes) -> None:
    try:
        ledger = recover([("old.apkg", data)], namespace="Study", problems=Problems())
    except AnkiExportError as refused:
        assert "old.apkg" in refused.message
        return
    assert parse(dump(ledger), "ledger", Problems()) == ledger
