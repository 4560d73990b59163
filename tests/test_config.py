from __future__ import annotations

import os
import time
import tomllib
from pathlib import Path

import pytest

from anki_export import names
from anki_export.config import reference as config_docs
from anki_export.config.declare import (
    ANSWER_HEADINGS,
    FORMS,
    Config,
    ConfigError,
    find_config,
    load_config,
    options,
    parse_config,
)
from anki_export.problems import Problem, ProblemKind, Problems, UsageError

DOCS = Path(__file__).parent.parent / "docs" / "configuration.md"


def faults(text: str, prefix: tuple[str, ...] = ()) -> list[tuple[int | None, str, str]]:
    with pytest.raises(ConfigError) as caught:
        parse_config(text, "c.toml", prefix)
    assert caught.value.exit_code == 2
    assert all(problem.location.path == "c.toml" for problem in caught.value.problems)
    return [flat(problem) for problem in caught.value.problems]


def flat(problem: Problem) -> tuple[int | None, str, str]:
    return problem.location.line, problem.message, problem.hint


def fault(text: str) -> tuple[int | None, str, str]:
    (only,) = faults(text)
    return only


def test_an_empty_file_is_the_default() -> None:
    assert parse_config("", "c.toml") == Config()
    assert Config().forms == frozenset(FORMS)
    assert Config().answer_headings == ANSWER_HEADINGS


def test_every_key_is_taken_over() -> None:
    text = """
    root_deck = "Uni::Semester 3"
    namespace = "uni"
    deck = "{root}::{folder}::{difficulty}"
    comparison_deck = "Tables"
    default_difficulty = "hard"
    source_url = "https://example.org/notes/"
    output = "out/uni.apkg"
    templates = "look"
    exclude = ["drafts/"]
    answer_headings = ["In short"]
    fold_after = 12
    two_column_tables = true
    plain_value_tables = false
    max_media_mb = 5
    [tag_aliases]
    "a/b" = "AB"
    [forms]
    bold-list = false
    """
    config = parse_config(text, "c.toml")
    assert config == Config(
        root_deck="Uni::Semester 3",
        namespace="uni",
        deck="{root}::{folder}::{difficulty}",
        comparison_deck="Tables",
        default_difficulty="hard",
        source_url="https://example.org/notes/",
        output="out/uni.apkg",
        templates="look",
        exclude=("drafts/",),
        answer_headings=("In short",),
        fold_after=12,
        two_column_tables=True,
        plain_value_tables=False,
        max_media_mb=5,
        tag_aliases={"a/b": "AB"},
        forms=frozenset(FORMS) - {"bold-list"},
    )


def test_all_faults_come_at_once_in_the_order_of_their_lines() -> None:
    text = (
        'root_dek = "x"\n'
        "fold_after = 0\n"
        "two_column_tables = 1\n"
        'exclude = ["", 3]\n'
        "[forms]\n"
        "tabel = true\n"
        'table = "yes"\n'
    )
    assert faults(text) == [
        (1, "`root_dek`: unknown key", "did you mean `root_deck`?"),
        (2, "`fold_after`: must be between 1 and 100000, not 0", ""),
        (3, "`two_column_tables`: must be true or false, not a whole number", ""),
        (4, "`exclude.0`: must not be empty", ""),
        (4, "`exclude.1`: must be a text, not a whole number", ""),
        (6, "`forms.tabel`: unknown form", "did you mean `table`?"),
        (7, "`forms.table`: must be true or false", ""),
    ]


def test_a_fault_in_pyproject_has_its_line() -> None:
    text = '[project]\nname = "x"\n\n[tool.anki-export.forms]\ntabel = true\n'
    assert faults(text, ("tool", "anki-export")) == [
        (5, "`forms.tabel`: unknown form", "did you mean `table`?")
    ]


def test_a_form_in_the_wrong_place_is_told_where_it_belongs() -> None:
    assert fault("bold-list = false")[2] == "it belongs into the table `[forms]`: `forms.bold-list`"


def test_broken_toml_names_its_line() -> None:
    line, message, _ = fault('root_deck = "a"\ndeck = = 3\n')
    assert line == 2
    assert message.startswith("not valid TOML")


def test_a_number_of_very_many_digits_names_its_line() -> None:
    line, message, _ = fault(f'root_deck = "a"\nfold_after = {"9" * 5000}\n')
    assert (line, message) == (2, "not valid TOML: a number of too many digits (at line 2)")


@pytest.mark.parametrize("pattern", ["[b-a]", "!"])
def test_what_is_no_pattern(pattern: str) -> None:
    assert "is no pattern" in fault(f'exclude = ["{pattern}"]')[1]


def test_a_pattern_has_few_double_stars() -> None:
    assert parse_config('exclude = ["**/a/**/b/**"]', "c.toml").exclude
    assert fault('exclude = ["**/a/**/b/**/c/**/d/**"]')[1] == "`exclude.0`: has more than 4 `**`"


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("root_deck = My Deck", 'texts stand in quotes: root_deck = "My Deck"'),
        ("root_deck = Uni # all", 'texts stand in quotes: root_deck = "Uni"'),
        ("templates = ~/look", 'texts stand in quotes: templates = "~/look"'),
        ("root_deck = [", ""),
        ('root_deck = "a', ""),
    ],
)
def test_a_text_without_quotes_is_seen(line: str, hint: str) -> None:
    assert fault(f"fold_after = 3\n{line}\n")[2] == hint


@pytest.mark.parametrize(
    "text", ["a = " + "[" * 5000, "a = " + "{a=" * 5000, "a" + ".a" * 50_000 + " = 0"]
)
def test_depth_is_no_bug(text: str) -> None:
    start = time.process_time()
    line, message, _ = fault(f"fold_after = 3\n{text}")
    assert line == 2
    assert "nested too deeply" in message or "too many parts" in message
    assert time.process_time() - start < 5


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("root_deck = 3", "must be a text, not a whole number"),
        ("root_deck = 1.5", "must be a text, not a number with a fraction"),
        ("root_deck = 2024-01-01", "must be a text, not a date or time"),
        ('root_deck = ""', "the deck's name is empty"),
        ('root_deck = "default"', "the deck's name is Anki's own deck"),
        ('root_deck = "a:: b"', "would be renamed by Anki to `a::b`"),
        ('root_deck = "a::::b"', "would be renamed by Anki to `a::b`"),
        ('root_deck = "cafe\u0301"', "would be renamed by Anki to `caf\u00e9`"),
        ('root_deck = "a\\tb"', "must be one line"),
        (f'root_deck = "{"::".join("abcdefghijkl")}"', "has more than 11 levels"),
        ('deck = "{rot}::x"', "unknown placeholder `{rot}`"),
        ('deck = "{root}::{tag"', "has a brace without its twin"),
        ('deck = "{}"', "unknown placeholder `{}`"),
        ('deck = ""', "the deck's name is empty"),
        ('comparison_deck = "Default"', "is Anki's own deck"),
        ('source_url = "example.org"', "must be a web address"),
        ('source_url = "file:///tmp"', "must be a web address"),
        ('default_difficulty = "not so easy"', "must be one word"),
        ('output = "build/collection.apkg"', "would replace everything"),
        ('output = "backup-2024.apkg"', "would replace everything"),
        ('output = "x.colpkg"', "would replace everything"),
        ('output = "x.zip"', "does not end in `.apkg`"),
        ("fold_after = true", "must be a whole number, not true or false"),
        ("max_media_mb = 101", "must be between 1 and 100"),
        ('answer_headings = "In short"', "must be a list, not a text"),
        ('exclude = ["!"]', "is no pattern"),
        ('tag_aliases = "x"', "must be a table, not a text"),
        ("forms = true", "must be a table, not true or false"),
    ],
)
def test_values_that_are_refused(text: str, message: str) -> None:
    line, found, _ = fault(text)
    assert line == 1
    assert message in found


def test_an_alias_that_names_no_deck_is_refused() -> None:
    assert fault('[tag_aliases]\n"a/b" = "x::"\n')[:2] == (
        2,
        "`tag_aliases.a/b`: the deck's name would be renamed by Anki to `x`",
    )


# --------------------------------------------------------------------------- finding


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    folder = tmp_path / "notes"
    folder.mkdir()
    return folder


def test_found_beside_the_notes_or_in_them(notes: Path) -> None:
    assert find_config(notes, Problems()) is None
    beside = notes.parent / "anki-export.toml"
    beside.touch()
    assert find_config(notes, Problems()) == beside
    beside.unlink()
    inside = notes / "anki-export.toml"
    inside.touch()
    assert find_config(notes, Problems()) == inside


def test_found_beside_the_current_folder(notes: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(notes)
    beside = notes.parent / "anki-export.toml"
    beside.touch()
    found = find_config(Path(), Problems())
    assert found is not None
    assert found.samefile(beside)


def test_two_configurations_are_refused(notes: Path) -> None:
    (notes / "anki-export.toml").touch()
    (notes.parent / "anki-export.toml").touch()
    with pytest.raises(UsageError, match="two configurations"):
        find_config(notes, Problems())


def test_pyproject_counts_only_with_its_table(notes: Path) -> None:
    pyproject = notes.parent / "pyproject.toml"
    pyproject.write_text('[project]\nname = "x"\n', encoding="utf-8")
    assert find_config(notes, Problems()) is None
    pyproject.write_text('[tool.anki-export]\nroot_deck = "P"\n', encoding="utf-8")
    found = find_config(notes, Problems())
    assert found == pyproject
    assert load_config(found).root_deck == "P"


@pytest.mark.parametrize(
    "content",
    [b"[project\n", b"\xff", b"a = " + b"[" * 5000, b'a = "' + b"x" * 2_000_000],
    ids=["broken", "encoding", "deep", "large"],
)
def test_a_pyproject_of_others_that_cannot_be_read_is_a_warning(
    notes: Path, content: bytes
) -> None:
    (notes.parent / "pyproject.toml").write_bytes(content)
    problems = Problems()
    assert find_config(notes, problems) is None
    (problem,) = problems
    assert problem.kind is ProblemKind.CONFIGURATION_IGNORED
    assert problem.location.path == str(notes.parent / "pyproject.toml")


def test_a_broken_pyproject_with_our_table_is_ours(notes: Path) -> None:
    pyproject = notes.parent / "pyproject.toml"
    pyproject.write_text("[tool.anki-export]\nroot_deck = x\n", encoding="utf-8")
    assert find_config(notes, Problems()) == pyproject


@pytest.mark.skipif(os.name == "nt", reason="no pipes with names")
def test_a_pipe_is_not_waited_for(notes: Path) -> None:
    os.mkfifo(notes.parent / "pyproject.toml")
    problems = Problems()
    assert find_config(notes, problems) is None
    assert "a pipe, socket or device" in next(iter(problems)).message
    os.mkfifo(notes / "anki-export.toml")
    with pytest.raises(UsageError, match="a pipe, socket or device"):
        load_config(find_config(notes, Problems()) or notes)


def test_a_link_that_leads_nowhere_is_no_default(notes: Path) -> None:
    (notes / "anki-export.toml").symlink_to(notes / "absent.toml")
    found = find_config(notes, Problems())
    assert found is not None
    with pytest.raises(UsageError, match="No such file"):
        load_config(found)


def test_a_byte_order_mark_is_no_fault(tmp_path: Path) -> None:
    path = tmp_path / "anki-export.toml"
    path.write_bytes(b'\xef\xbb\xbfroot_deck = "P"\r\n')
    assert load_config(path).root_deck == "P"


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="No such file"):
        load_config(tmp_path / "missing.toml")
    (tmp_path / "latin.toml").write_bytes(b'fold_after = 3\nroot_deck = "\xe9"')
    with pytest.raises(UsageError, match=r"latin\.toml:2: the configuration is not UTF-8 text"):
        load_config(tmp_path / "latin.toml")


def test_a_file_of_other_tools_may_hold_anything(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("tool = 5\n", encoding="utf-8")
    (tmp_path / "notes").mkdir()
    problems = Problems()
    assert find_config(tmp_path / "notes", problems) is None
    assert not list(problems)


# --------------------------------------------------------------------------- documentation


def test_the_reference_page_is_in_step() -> None:
    assert DOCS.read_text(encoding="utf-8") == config_docs.reference()


def test_the_example_file_changes_nothing() -> None:
    assert parse_config(config_docs.example_file(), "c.toml") == Config()


def test_every_example_is_valid() -> None:
    active = [
        line.removeprefix("# ")
        for line in config_docs.example_file().splitlines()
        if line.startswith("# ") and (" = " in line or line.startswith("# ["))
    ]
    text = "\n".join(active)
    assert set(tomllib.loads(text)) == {option.name for option in options()}
    parse_config(text, "c.toml")


def test_every_option_is_documented() -> None:
    for option in options():
        assert option.doc.endswith("."), option.name


# --------------------------------------------------------------------------- file names


@pytest.mark.parametrize(
    ("root", "name"),
    [
        ("Study", "Study.apkg"),
        ("学习::面试", "学习-面试.apkg"),
        ("a/b", "a-b.apkg"),
        ("collection", "Study collection.apkg"),
        ("backup-1", "Study backup-1.apkg"),
        ("...", "Study.apkg"),
    ],
)
def test_the_default_name_of_the_package(root: str, name: str) -> None:
    assert names.package_name(root) == name
    assert names.output_fault(Path(name)) is None
