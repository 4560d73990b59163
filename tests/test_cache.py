"""What is kept between builds: never seen in the result, only in the time it takes."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import click
import pytest
from markdown_it.rules_block import StateBlock

from anki_export import Config, build, cache, gather, plan
from anki_export.markdown import grammar
from anki_export.model import What
from anki_export.problems import ProblemKind, Problems
from anki_export.report import Result
from support.cases_io import read_cases
from support.packages import database
from support.rendering import source_notes

PNG = bytes.fromhex("89504e470d0a1a0a")
TIME = 1_700_000_000

ROPES = """# Ropes

### Q: Why splice a rope?

A knot weakens it[^1], see [the book][b].

```python
def splice(tucks: int = 3) -> str:
    return "under" * tucks
```

[b]: https://example.org/book
[^1]: By a half.

| Rope | Stretch | Floats |
|---|---|---|
| Nylon | 15 % | no |
| Dyneema | 1 % | yes |
"""
KNOTS = "# Knots\n\n### Q: 什么是单套结？\n\n- 打在绳端的环\n- 不会滑动\n\n### Q: Why a bight?\n\n> A loop.\n"


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    folder = tmp_path / "notes"
    folder.mkdir()
    (folder / "ropes.md").write_text(ROPES, encoding="utf-8")
    (folder / "knots.md").write_text(KNOTS, encoding="utf-8")
    return folder


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many lines were given to the parser at each time."""
    counts: list[int] = []

    class Counting(StateBlock):
        def __init__(self, src: str, *rest: Any) -> None:
            super().__init__(src, *rest)
            counts.append(self.lineMax)

    monkeypatch.setattr(grammar, "StateBlock", Counting)
    return counts


def built(notes: Path, *, time: int = TIME, **choices: bool) -> Result:
    return build(notes, output=notes.parent / "deck.apkg", build_time=time, **choices)  # type: ignore[arg-type]


def package(notes: Path) -> bytes:
    return (notes.parent / "deck.apkg").read_bytes()


def fields(notes: Path) -> dict[str, str]:
    with database(package(notes)) as connection:
        return dict(connection.execute("SELECT guid, flds FROM notes"))


def kept(notes: Path) -> Path:
    return notes / ".anki-export" / cache.FILE


@pytest.mark.parametrize("name", ["corpus", "foreign"])
def test_text_is_parsed_once(name: str, parsed: list[int]) -> None:
    folder = Path(__file__).parents[2] / "shared" / name
    if not folder.is_dir():
        pytest.skip("these notes do not lie beside the checkout")
    maker = gather.Maker(folder, Config())
    lines = 0
    for note in source_notes(folder):
        lines += len(note.lines)
        maker.draft_note(note, None, Problems())
    assert sum(parsed) <= 1.05 * lines


EDITS: dict[str, Callable[[str], str]] = {
    "nothing": lambda text: text,
    "answer": lambda text: text.replace("weakens", "halves"),
    "definition": lambda text: text.replace("example.org/book", "example.org/other"),
    "footnote": lambda text: text.replace("By a half", "By a third"),
    "cell": lambda text: text.replace("15 %", "20 %"),
    "title": lambda text: text.replace("# Ropes", "# Lines"),
    "lines above": lambda text: text.replace("# Ropes", "# Ropes\n\nAbout ropes.\n"),
    "code": lambda text: text.replace("under", "over"),
    "front matter": lambda text: f"---\ntags: [sea]\ndifficulty: hard\n---\n{text}",
    "a question less": lambda text: text[: text.index("### Q")] + text[text.index("| Rope") :],
}


@pytest.mark.parametrize("edit", EDITS)
def test_the_package_is_the_same_with_and_without(notes: Path, edit: str) -> None:
    built(notes)
    ledger = notes / ".anki-export" / "ledger.jsonl"
    before, first = ledger.read_bytes(), package(notes)
    (notes / "ropes.md").write_text(EDITS[edit](ROPES), encoding="utf-8")
    built(notes, time=TIME + 60)
    with_cache, after = package(notes), ledger.read_bytes()
    ledger.write_bytes(before)
    (notes.parent / "deck.apkg").write_bytes(first)
    built(notes, time=TIME + 60, cache=False)
    assert package(notes) == with_cache
    assert ledger.read_bytes() == after


def golden(folder: Path) -> None:
    """Every golden case as a note: whole, and as an answer."""
    for where in ("extract", "render"):
        for number, case in enumerate(read_cases(where)):
            note = folder / f"{where}-{number}.md"
            note.write_text(case.input, encoding="utf-8")
            answer = f"# Golden\n\n### Q: Case {where} {number}?\n\n{case.input}\n"
            note.with_suffix(".answer.md").write_text(answer, encoding="utf-8")


def neighbour(name: str) -> Callable[[Path], None]:
    def fill(folder: Path) -> None:
        source = Path(__file__).parents[2] / "shared" / name
        if not source.is_dir():
            pytest.skip("these notes do not lie beside the checkout")
        shutil.copytree(source, folder, dirs_exist_ok=True)

    return fill


@pytest.mark.parametrize(
    "fill", [golden, neighbour("corpus"), neighbour("foreign")], ids=["golden", "corpus", "foreign"]
)
def test_no_card_looks_other_when_it_comes_from_the_cache(
    notes: Path, fill: Callable[[Path], None]
) -> None:
    fill(notes)
    rope = f"| Rope | Use |\n|---|---|\n| Hemp | {'towing and mooring, ' * 4} |\n| Wire | none |\n"
    (notes / "uses.md").write_text(f"# Uses\n\n{rope}", encoding="utf-8")
    built(notes)
    (notes / "ropes.md").write_text(EDITS["answer"](ROPES), encoding="utf-8")
    built(notes, time=TIME + 60, cache=False)
    anew = fields(notes)
    built(notes, time=TIME + 120)
    assert fields(notes) == anew


def test_only_what_was_edited_is_parsed(notes: Path, parsed: list[int]) -> None:
    built(notes)
    assert ROPES.count("\n") + KNOTS.count("\n") <= sum(parsed)
    parsed.clear()
    (notes / "knots.md").write_text(KNOTS.replace("A loop", "A turn"), encoding="utf-8")
    result = built(notes)
    assert KNOTS.count("\n") <= sum(parsed) < KNOTS.count("\n") + 8
    assert sum(change.what is What.CHANGED for change in result.changes) == 1


def test_a_card_that_is_made_from_the_same_is_not_rendered_again(
    notes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    built(notes)
    rendered: list[str] = []
    from anki_export.cards.fields import _Note  # noqa: PLC0415 - what counts is how often

    whole = _Note._render

    def counted(self: _Note, card: object, *rest: object) -> object:
        rendered.append(str(card))
        return whole(self, card, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(_Note, "_render", counted)
    (notes / "ropes.md").write_text(ROPES.replace("By a half", "By a third"), encoding="utf-8")
    built(notes)
    assert len(rendered) == 3  # a footnote is around all cards of its note
    rendered.clear()
    text = ROPES.replace("By a half", "By a third").replace("A knot", "Any knot")
    (notes / "ropes.md").write_text("About.\n\n" + text, encoding="utf-8")
    built(notes)
    assert len(rendered) == 1


def test_a_build_with_nothing_to_do_reads_and_writes_nothing_more(
    notes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = built(notes)
    monkeypatch.setattr(gather, "gather", None)  # what would make cards
    again = built(notes, time=TIME + 60)
    assert {change.what for change in again.changes} == {What.UNCHANGED}
    assert len(again.changes) == len(first.changes) == 5
    assert (again.notes, dict(again.cards), again.size) == (2, dict(first.cards), first.size)
    assert again.written


@pytest.mark.parametrize("what", ["note", "template", "package", "ledger", "left over", "new note"])
def test_a_build_with_anything_to_do_is_done(notes: Path, tmp_path: Path, what: str) -> None:
    from anki_export.package.templates import default_directory  # noqa: PLC0415

    templates = tmp_path / "templates"
    shutil.copytree(default_directory(), templates)
    deck = tmp_path / "deck.apkg"

    def run() -> bytes:
        build(notes, output=deck, templates=templates, build_time=TIME)
        return deck.read_bytes()

    first = run()
    match what:
        case "note":
            (notes / "knots.md").write_text(KNOTS.replace("loop", "turn"), encoding="utf-8")
        case "new note":
            (notes / "bends.md").write_text("### Q: Bend?\n\nJoins two ropes.\n", encoding="utf-8")
        case "template":
            style = templates / "style.css"
            style.write_text(style.read_text("utf-8") + "\n.card { color: red }\n", "utf-8")
        case "package":
            deck.unlink()
        case "ledger":
            ledger = notes / ".anki-export" / "ledger.jsonl"
            ledger.write_text(ledger.read_text("utf-8").replace(str(TIME), str(TIME - 5)), "utf-8")
        case "left over":
            (notes / ".anki-export" / "ledger.new").write_text("", encoding="utf-8")
    second = run()
    assert (second == first) == (what in ("package", "left over"))
    assert not (notes / ".anki-export" / "ledger.new").exists()


def test_a_changed_image_is_seen(notes: Path) -> None:
    (notes / "knot.png").write_bytes(PNG)
    text = KNOTS.replace("A loop.", "![loop](knot.png)")
    (notes / "knots.md").write_text(text, encoding="utf-8")
    built(notes)
    (notes / "knot.png").write_bytes(PNG + b"more")
    result = built(notes)
    assert [change.ask for change in result.changes if change.what is What.CHANGED] == [
        "Why a bight?"
    ]
    (notes / "knot.png").unlink()
    missing = built(notes)
    assert [one.kind for one in missing.problems] == [ProblemKind.MISSING_IMAGE]
    assert [one.kind for one in built(notes).problems] == [ProblemKind.MISSING_IMAGE]


def test_problems_are_said_again_with_their_present_lines(notes: Path) -> None:
    text = KNOTS.replace("A loop.", '<p onclick="x">A loop.</p>')
    (notes / "knots.md").write_text(text, encoding="utf-8")
    (one,) = built(notes).problems
    (notes / "ropes.md").write_text(ROPES.replace("Why", "Why ever"), encoding="utf-8")
    assert list(built(notes).problems) == [one]
    (notes / "knots.md").write_text("Above.\n\n" + text, encoding="utf-8")
    (moved,) = built(notes).problems
    assert (moved.message, moved.location.line) == (one.message, (one.location.line or 0) + 2)


@pytest.mark.parametrize("damage", [b"", b"no database", b"SQLite format 3\0" + bytes(300)])
def test_a_damaged_cache_is_made_anew(notes: Path, damage: bytes) -> None:
    built(notes)
    first = package(notes)
    kept(notes).write_bytes(damage)
    result = built(notes)
    assert package(notes) == first
    assert {one.kind for one in result.problems} <= {ProblemKind.CACHE}
    assert bool(damage) == bool(result.problems)
    assert not built(notes).problems


@contextmanager
def database_of(notes: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(kept(notes))) as database, database:
        yield database


def test_damaged_rows_are_made_anew(notes: Path) -> None:
    built(notes)
    first = package(notes)
    with database_of(notes) as database:
        database.execute("UPDATE kept SET text = '{\"cards\": [[]]}'")
    built(notes)
    assert package(notes) == first


def test_what_was_changed_in_the_cache_is_not_believed(notes: Path) -> None:
    built(notes)
    first = fields(notes)
    with database_of(notes) as database:
        query = "UPDATE kept SET text = CAST(replace(text, 'weakens', '<b>poisons</b>') AS BLOB)"
        assert database.execute(query).rowcount
    result = built(notes, time=TIME + 60, touch_all=True)
    assert [one.kind for one in result.problems] == [ProblemKind.CACHE]
    assert fields(notes) == first
    assert b"poisons" not in kept(notes).read_bytes()


def test_what_somebody_else_made_is_not_believed(
    notes: Path, tmp_path: Path, parsed: list[int]
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(click, "get_app_dir", lambda _name: str(tmp_path / "somebody"))
        built(notes)
    parsed.clear()
    assert not built(notes).problems
    assert sum(parsed) >= ROPES.count("\n") + KNOTS.count("\n")


def test_without_a_place_for_the_secret_nothing_is_kept(
    notes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setattr(click, "get_app_dir", lambda _name: str(tmp_path / "file" / "below"))
    assert built(notes).written
    assert not kept(notes).exists()


def test_another_configuration_finds_nothing(notes: Path, parsed: list[int]) -> None:
    built(notes)
    parsed.clear()
    config = Config(fold_after=1)
    build(notes, config=config, output=notes.parent / "deck.apkg", build_time=TIME)
    assert sum(parsed) >= ROPES.count("\n") + KNOTS.count("\n")


def test_notes_that_are_gone_leave_the_cache(notes: Path) -> None:
    built(notes)
    (notes / "knots.md").unlink()
    built(notes, allow_retire=True)
    with database_of(notes) as database:
        names = {name for (name,) in database.execute("SELECT name FROM kept")}
    assert "knots.md" not in names
    assert "ropes.md" in names


def test_without_it_nothing_is_kept(notes: Path) -> None:
    built(notes, cache=False)
    assert not kept(notes).exists()


def test_plan_writes_none(notes: Path) -> None:
    plan(notes, output=notes.parent / "deck.apkg")
    assert not (notes / ".anki-export").exists()


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere"
)
def test_a_cache_that_cannot_be_written_is_done_without(notes: Path) -> None:
    built(notes)
    kept(notes).chmod(0o400)
    (notes / "knots.md").write_text(KNOTS.replace("loop", "turn"), encoding="utf-8")
    assert built(notes).written


def test_a_locked_cache_is_done_without(notes: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    built(notes)
    monkeypatch.setattr(cache, "WAIT", 0.01)
    with database_of(notes) as other:
        other.execute("BEGIN EXCLUSIVE")
        (notes / "knots.md").write_text(KNOTS.replace("loop", "turn"), encoding="utf-8")
        assert built(notes).written
