"""Input of every kind from people who mean no good: nothing fails, nothing foreign passes.

``make fuzz`` tries the same properties on many more examples, new ones each time.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from anki_export.config import Config
from anki_export.config.declare import parse_config
from anki_export.gather import Maker
from anki_export.ledger.entries import dump, parse
from anki_export.ledger.packed import read_package
from anki_export.markdown.raw_html import harmless
from anki_export.notes.reader import NoteFile
from anki_export.package.templates import load_templates
from anki_export.problems import AnkiExportError, ProblemKind, Problems
from support.mapped import build, question
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

LINES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=8,
)


@tries(200)
@given(st.data())
def test_a_ledger_is_read_or_refused(data: st.DataObject) -> None:
    lines = dump(build([question("Why?", "So.")]).ledger).split("\n")
    record = json.loads(lines[1])
    key = data.draw(st.sampled_from(sorted(record)) | st.text(max_size=5))
    lines[1] = json.dumps(record | {key: data.draw(LINES)})
    try:
        parse("\n".join(lines), "ledger", Problems())
    except AnkiExportError as refused:
        assert "ledger" in refused.message


@tries(200)
@given(st.text(max_size=60) | st.tuples(st.sampled_from(["exclude", "forms", "deck", "max_media_mb"]), LINES).map(lambda kv: f"{kv[0]} = {json.dumps(kv[1])}"))  # fmt: skip
def test_a_configuration_is_read_or_refused(text: str) -> None:
    try:
        parse_config(text, "anki-export.toml")
    except AnkiExportError as refused:
        assert refused.problems


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
