"""The Python interface: `from anki_export import build, plan, check, Config`."""

from __future__ import annotations

from pathlib import Path

import pytest

import anki_export
from anki_export import AnkiExportError, Config, ConfigError, UsageError, build, check, plan
from anki_export.model import Kind, What
from anki_export.session import Choices

NOTE = "# Ropes\n\n### Q: Why splice?\n\nA knot weakens the rope.\n"
AT = 1_700_000_000


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    folder = tmp_path / "notes"
    folder.mkdir()
    (folder / "ropes.md").write_text(NOTE, encoding="utf-8")
    return folder


def test_build_writes_and_says_what_it_did(
    notes: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "out.apkg"
    result = build(notes, output=output, build_time=AT)
    assert (result.written, result.output) == (True, str(output))
    assert result.cards == {Kind.QA: 1}
    assert [change.what for change in result.changes] == [What.NEW]
    assert output.stat().st_size == result.size
    assert capsys.readouterr() == ("", "")


def test_names_may_be_text(notes: Path, tmp_path: Path) -> None:
    result = build(str(notes), output=str(tmp_path / "out.apkg"), build_time=AT)
    assert result.written


def test_plan_and_check_write_nothing(notes: Path, tmp_path: Path) -> None:
    output = tmp_path / "out.apkg"
    assert plan(notes, output=output).changes[0].ask == "Why splice?"
    assert check(notes).notes == 1
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["notes", "ropes.md"]


def test_a_configuration_is_given_named_or_found(notes: Path, tmp_path: Path) -> None:
    output = tmp_path / "out.apkg"
    given = plan(notes, output=output, config=Config(root_deck="Given"))
    assert given.changes[0].deck == "Given"
    (tmp_path / "named.toml").write_text('root_deck = "Named"\n', encoding="utf-8")
    assert plan(notes, output=output, config=tmp_path / "named.toml").changes[0].deck == "Named"
    (notes / "anki-export.toml").write_text('root_deck = "Found"\n', encoding="utf-8")
    assert plan(notes, output=output).changes[0].deck == "Found"


def test_what_is_wrong_in_a_note_is_a_problem(notes: Path, tmp_path: Path) -> None:
    (notes / "odd.md").write_bytes(b"\xff")
    result = build(notes, output=tmp_path / "out.apkg", build_time=AT)
    assert result.written
    assert [problem.kind for problem in result.problems] == ["unreadable-note"]
    strict = build(notes, output=tmp_path / "other.apkg", build_time=AT, strict=True)
    assert not strict.written
    assert strict.refused


def test_what_cannot_be_used_is_raised(notes: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such folder"):
        build(tmp_path / "none")
    with pytest.raises(UsageError, match="no time"):
        build(notes, output=tmp_path / "out.apkg", build_time=-1)
    (tmp_path / "bad.toml").write_text("root_dek = 1\n", encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        check(notes, config=tmp_path / "bad.toml")
    assert isinstance(caught.value, AnkiExportError)
    assert "did you mean `root_deck`?" in caught.value.problems[0].hint


def test_every_name_of_the_interface_is_there_and_no_other() -> None:
    for name in anki_export.__all__:
        assert getattr(anki_export, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'bild'"):
        anki_export.bild  # noqa: B018


def test_the_example_in_the_documentation_runs(
    notes: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = (Path(__file__).parent.parent / "docs" / "api.md").read_text(encoding="utf-8")
    monkeypatch.chdir(notes.parent)
    (notes / "odd.md").write_text("### Q: Why?\n", encoding="utf-8")
    exec(page.split("```python\n")[1].split("```")[0], {})
    shown = capsys.readouterr().out.splitlines()
    assert shown[0] == "warning odd.md 1 question without an answer: Why?"
    assert shown[1] == "1 cards are new, changed or as they were"
    assert shown[2].startswith("True build/Ropes.apkg ")


def test_the_documentation_names_every_choice_and_error() -> None:
    page = (Path(__file__).parent.parent / "docs" / "api.md").read_text(encoding="utf-8")
    for name in (*Choices.__annotations__, *anki_export.__all__):
        assert f"`{name}`" in page or f"import {name}" in page or f" {name}," in page, name
