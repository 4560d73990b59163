"""The command line in this process: messages, exit codes, what is written and what is not."""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
import sqlite3
import unicodedata
import zipfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from anki_export import cli, gather, pipeline
from anki_export.model import SourceNote
from anki_export.notes.outline import outline

NOTE = """\
---
tags: [net]
---
# Transport

### Q1: Which handshake opens a TCP connection?

**A:** SYN, SYN-ACK, ACK.

| protocol | ordered | connection |
|---|---|---|
| TCP | yes | yes |
| UDP | no | no |
"""


@dataclass(frozen=True)
class Outcome:
    code: int
    out: str
    err: str


Run = Callable[..., Outcome]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command in an empty folder, at a fixed time."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")

    def call(*arguments: str) -> Outcome:
        with pytest.raises(SystemExit) as ended:
            cli.main(list(arguments))
        output = capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return Outcome(ended.value.code, output.out, output.err)

    return call


def write(path: str, text: str = NOTE) -> Path:
    file = Path(path)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


def files() -> list[str]:
    return sorted(str(path) for path in Path().rglob("*") if path.is_file())


LEDGER = "notes/.anki-export/ledger.jsonl"


# --------------------------------------------------------------------------- build


def test_build_writes_the_package_and_the_ledger(run: Run) -> None:
    write("notes/a.md")
    outcome = run("build")
    assert outcome.code == 0
    assert outcome.err == ""
    assert outcome.out.splitlines()[:2] == [
        "1 note, 3 cards: 1 question, 2 comparison rows",
        "since the last build: 3 new",
    ]
    assert outcome.out.splitlines()[-1] == (
        "next: import it in Anki (File > Import), and commit notes/.anki-export with your notes"
    )
    assert {"build/Study.apkg", LEDGER} <= set(files())


def test_a_second_build_finds_nothing_changed(run: Run) -> None:
    write("notes/a.md")
    run("build")
    before = Path("build/Study.apkg").read_bytes(), Path(LEDGER).read_bytes()
    outcome = run("build")
    assert "since the last build: 3 unchanged" in outcome.out
    assert outcome.out.endswith("nothing has changed: there is no need to import it again\n")
    assert (Path("build/Study.apkg").read_bytes(), Path(LEDGER).read_bytes()) == before


def test_a_bad_note_does_not_stop_the_others(run: Run) -> None:
    write("notes/a.md")
    Path("notes/b.md").write_bytes(b"# caf\xe9\n")
    write("notes/c.md", "---\ntags: [\n---\n# x\n")
    outcome = run("build")
    assert outcome.code == 1
    assert "notes/b.md:1: error:" in outcome.err
    assert "notes/c.md:" in outcome.err
    assert "3 cards" in outcome.out
    assert Path("build/Study.apkg").exists()


def test_a_note_with_a_problem_is_written_and_said(run: Run) -> None:
    write("notes/a.md", NOTE.replace("tags:", "difficulty: tricky\ntags:"))
    outcome = run("build")
    assert outcome.code == 0
    assert "3 new" in outcome.out
    assert "notes/a.md:1: warning: the difficulty `tricky` is unknown; it is kept" in outcome.err


def test_strict_writes_nothing_if_there_is_any_problem(run: Run) -> None:
    write("notes/a.md", NOTE.replace("tags:", "difficulty: tricky\ntags:"))
    outcome = run("build", "--strict")
    assert outcome.code == 1
    assert "nothing is written: there are warnings" in outcome.out
    assert files() == ["notes/a.md"]


def test_strict_without_problems_writes(run: Run) -> None:
    write("notes/a.md")
    assert run("build", "--strict").code == 0


def test_strict_makes_a_check_fail_on_warnings_but_not_on_news(run: Run) -> None:
    write("notes/a.md")
    write("notes/copy.md")
    assert ": info: " in run("check").err
    assert run("check", "--strict").code == 0
    write("notes/b.md", NOTE.replace("tags:", "difficulty: tricky\ntags:"))
    assert run("check").code == 0
    assert run("check", "--strict").code == 1


def test_style_is_judged_when_asked_for_and_counts_as_a_warning(run: Run) -> None:
    write("notes/a.md", "# Pipes\n\n## Is a pipe a file?\n\nIts ends are.\n")
    assert run("check", "--strict").code == 0
    assert "yes or no" not in run("check").err
    outcome = run("check", "--style")
    assert outcome.code == 0
    assert "notes/a.md:3: warning: yes or no is the answer: Is a pipe a file? (ask" in outcome.err
    assert run("check", "--style", "--strict").code == 1
    (problem,) = json.loads(run("check", "--style", "--json").out)["problems"]
    assert (problem["kind"], problem["line"]) == ("yes-no", 3)
    assert problem["hint"]


def test_a_bug_in_one_note_is_a_problem_of_that_note(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    write("notes/a.md")
    write("notes/b.md", NOTE.replace("TCP", "QUIC").replace("UDP", "SCTP"))
    run("build")

    def breaks(source: SourceNote) -> object:
        if source.path == "a.md":
            raise ZeroDivisionError("oops")
        return outline(source)

    monkeypatch.setattr(gather, "outline", breaks)
    outcome = run("build", "--no-cache")
    assert outcome.code == 1
    assert "notes/a.md: error: the note cannot be processed: ZeroDivisionError: oops" in outcome.err
    assert "3 cards of notes that cannot be read stay as in Anki" in outcome.out
    assert "retired" not in outcome.out
    monkeypatch.setattr(gather, "outline", outline)
    assert "since the last build: 6 unchanged" in run("build").out


def test_a_bug_elsewhere_shows_its_traceback(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    write("notes/a.md")
    monkeypatch.setattr(pipeline, "build_package", lambda *_: 1 / 0)
    outcome = run("build")
    assert outcome.code == 70
    assert "ZeroDivisionError" in outcome.err
    assert "This is a bug in anki-export" in outcome.err
    assert not Path("build").exists()


def test_interrupted(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    write("notes/a.md")

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(pipeline, "build_package", stop)
    outcome = run("build")
    assert (outcome.code, outcome.out) == (130, "")
    assert not Path("build").exists()


# --------------------------------------------------------------------------- refusals


def test_a_missing_folder(run: Run) -> None:
    outcome = run("build", "missing")
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err == (
        "error: missing: no such folder (name the folder that holds your notes)\n"
    )
    assert files() == []


def test_an_empty_folder(run: Run) -> None:
    Path("notes").mkdir()
    outcome = run("build")
    assert outcome.code == 2
    assert "no note in this folder" in outcome.err
    assert files() == []


def test_a_file_instead_of_a_folder(run: Run) -> None:
    write("a.md")
    outcome = run("build", "a.md")
    assert outcome.code == 2
    assert "a.md: not a folder" in outcome.err


def test_every_note_is_broken(run: Run) -> None:
    Path("notes").mkdir()
    Path("notes/a.md").write_bytes(b"\xff\xfe\x00")
    outcome = run("build")
    assert outcome.code == 1
    assert "notes/a.md:1: error:" in outcome.err
    assert "nothing is written: no question and no comparison table was found" in outcome.out
    assert files() == ["notes/a.md"]


@pytest.mark.parametrize("name", ["collection.apkg", "backup-2024.apkg", "x.colpkg"])
def test_a_name_that_would_replace_the_collection(run: Run, name: str) -> None:
    write("notes/a.md")
    outcome = run("build", "-o", name)
    assert outcome.code == 2
    assert "would replace everything" in outcome.err
    assert files() == ["notes/a.md"]


def test_an_output_that_is_no_package(run: Run) -> None:
    write("notes/a.md")
    assert run("build", "-o", "x.zip").code == 2


def test_an_output_that_is_a_folder(run: Run) -> None:
    write("notes/a.md")
    Path("out").mkdir()
    outcome = run("build", "-o", "out")
    assert outcome.code == 2
    assert "out is a folder (name a file in it, for example out/Study.apkg)" in outcome.err


def test_an_output_that_cannot_be_written(run: Run) -> None:
    write("notes/a.md")
    write("file", "")
    outcome = run("build", "-o", "file/x.apkg")
    assert outcome.code == 3
    assert "file/x.apkg: Not a directory" in outcome.err
    assert "Traceback" not in outcome.err
    assert not Path(LEDGER).exists()


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere"
)
def test_a_folder_that_is_read_only(run: Run) -> None:
    write("notes/a.md")
    Path("out").mkdir(mode=0o500)
    assert run("build", "-o", "out/x.apkg").code == 3
    assert not Path(LEDGER).exists()


def test_too_many_cards_would_retire(run: Run) -> None:
    write("notes/a.md")
    run("build")
    write("notes/a.md", "# Nothing left to ask\n")
    before = Path("build/Study.apkg").read_bytes()
    outcome = run("build")
    assert outcome.code == 4
    assert "--allow-retire" in outcome.err
    assert Path("build/Study.apkg").read_bytes() == before
    assert "3 retired" in run("build", "--allow-retire").out


@pytest.mark.parametrize("arguments", [("bild",), ("build", "--foo"), ("build", "a", "b")])
def test_a_wrong_command_line(run: Run, arguments: tuple[str, ...]) -> None:
    outcome = run(*arguments)
    assert outcome.code == 2
    assert outcome.err.startswith("error: ")
    assert "--help" in outcome.err


def test_no_command_shows_the_help(run: Run) -> None:
    outcome = run()
    assert (outcome.code, outcome.out) == (2, "")
    assert "Commands:" in outcome.err


def test_an_impossible_time(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    write("notes/a.md")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "yesterday")
    outcome = run("build")
    assert outcome.code == 2
    assert "SOURCE_DATE_EPOCH" in outcome.err


# --------------------------------------------------------------------------- configuration


def test_the_configuration_is_found_and_its_paths_are_its_own(run: Run) -> None:
    write("p/notes/a.md")
    write("p/anki-export.toml", 'root_deck = "Uni"\noutput = "out/uni.apkg"\n')
    outcome = run("build", "p/notes")
    assert outcome.code == 0
    assert Path("p/out/uni.apkg").exists()
    assert '"namespace":"Uni"' in Path("p", LEDGER).read_text(encoding="utf-8")


def test_all_faults_of_a_configuration(run: Run) -> None:
    write("notes/a.md")
    write("c.toml", 'root_dek = "x"\nfold_after = "many"\n')
    outcome = run("build", "--config", "c.toml")
    assert outcome.code == 2
    assert outcome.err.splitlines() == [
        "c.toml:1: error: `root_dek`: unknown key (did you mean `root_deck`?)",
        "c.toml:2: error: `fold_after`: must be a whole number, not a text",
        "error: c.toml: the configuration has 2 faults",
    ]


def test_templates_of_ones_own(run: Run) -> None:
    write("notes/a.md")
    write("look/qa.front.html", "{{Questoin}}")
    outcome = run("build", "--templates", "look")
    assert outcome.code == 2
    assert "look/qa.front.html:1: error:" in outcome.err
    assert not Path("build").exists()


def test_a_new_look_is_worth_an_import(run: Run) -> None:
    write("notes/a.md")
    shutil.copytree(Path(__file__).parent.parent / "templates", "look")
    run("build", "--templates", "look")
    with Path("look/style.css").open("a", encoding="utf-8") as style:
        style.write(".card { color: red }\n")
    outcome = run("build", "--templates", "look")
    assert "3 unchanged" in outcome.out
    assert "next: import it in Anki" in outcome.out
    assert "no need to import" in run("build", "--templates", "look").out


# --------------------------------------------------------------------------- other commands


def test_plan_shows_diffs_and_writes_nothing(run: Run) -> None:
    note = write("notes/a.md")
    run("build")
    note.write_text(NOTE.replace("SYN, SYN-ACK, ACK.", "Three segments."), encoding="utf-8")
    before = {name: Path(name).read_bytes() for name in files()}
    outcome = run("plan")
    assert outcome.code == 0
    lines = outcome.out.splitlines()
    assert "changed   a.md:6: Which handshake opens a TCP connection?" in lines
    assert "  - SYN, SYN-ACK, ACK." in lines
    assert "  + Three segments." in lines
    assert "the next build: 1 changed, 2 unchanged" in lines
    assert {name: Path(name).read_bytes() for name in files()} == before


def test_plan_of_a_first_build_writes_nothing(run: Run) -> None:
    write("notes/a.md")
    assert "3 new" in run("plan").out
    assert files() == ["notes/a.md"]


def test_plan_tells_what_a_build_would_refuse(run: Run) -> None:
    write("notes/a.md")
    run("build")
    write("notes/a.md", "# Nothing left to ask\n")
    outcome = run("plan")
    assert outcome.code == 0
    assert "a build would refuse this" in outcome.out


def test_check_writes_nothing(run: Run) -> None:
    write("notes/a.md")
    write("notes/b.md", "# Open\n\n### Q1: Why?\n")
    outcome = run("check")
    assert "notes/b.md:3:" in outcome.err
    assert outcome.out.startswith("2 notes, 3 cards")
    assert files() == ["notes/a.md", "notes/b.md"]


def test_check_reports_copies(run: Run) -> None:
    write("notes/a.md")
    write("notes/b.md")
    outcome = run("check")
    assert outcome.out.startswith("2 notes, 3 cards")
    assert outcome.err.count(": info: ") == 1
    assert outcome.code == 0


def test_front_matter_without_end_costs_one_note(run: Run) -> None:
    write("notes/a.md", NOTE.replace("tags: [net]", "tags: &x [net, *x]"))
    write("notes/b.md", NOTE.replace("TCP", "QUIC").replace("UDP", "SCTP"))
    outcome = run("build")
    assert outcome.code == 1
    assert (
        "notes/a.md:2: error: front matter: not valid YAML: a value that holds itself"
        in outcome.err
    )
    assert "3 new" in outcome.out


def test_init_writes_a_configuration_once(run: Run) -> None:
    write("notes/a.md")
    outcome = run("init")
    assert outcome.code == 0
    assert outcome.out.splitlines() == [
        "wrote notes/anki-export.toml",
        "1 note, 3 cards: 1 question, 2 comparison rows",
        "next: `anki-export build notes` makes the package",
    ]
    assert run("build").code == 0
    again = run("init")
    assert again.code == 2
    assert "anki-export.toml is there already" in again.err


def test_init_of_a_missing_folder(run: Run) -> None:
    assert run("init", "missing").code == 2
    assert files() == []


def test_prune_lets_retired_cards_go(run: Run) -> None:
    note = write("notes/a.md")
    run("build")
    note.write_text(NOTE.replace("| UDP | no | no |\n", ""), encoding="utf-8")
    assert "1 card is gone from the notes" in run("build").out
    outcome = run("prune")
    assert outcome.code == 0
    assert "1 pruned" in outcome.out
    assert "Pruned cards stay in Anki until you delete them there" in outcome.out
    assert "import the package" not in outcome.out
    assert "gone from the notes" not in run("build").out


def test_recover_brings_back_a_lost_ledger(run: Run) -> None:
    write("notes/a.md")
    run("build")
    known = {line.split('"guid":"')[1][:8] for line in ledger_lines()}
    Path(LEDGER).unlink()
    outcome = run("recover", "build/Study.apkg")
    assert outcome.code == 0
    assert "3 cards known again" in outcome.out
    assert {line.split('"guid":"')[1][:8] for line in ledger_lines()} == known
    assert "3 unchanged" in run("build").out


def ledger_lines() -> list[str]:
    return Path(LEDGER).read_text(encoding="utf-8").splitlines()[1:]


def test_recover_keeps_a_whole_ledger(run: Run) -> None:
    write("notes/a.md")
    run("build")
    outcome = run("recover", "build/Study.apkg")
    assert outcome.code == 2
    assert "is whole" in outcome.err


def test_recover_replaces_a_damaged_ledger(run: Run) -> None:
    write("notes/a.md")
    run("build")
    Path(LEDGER).write_text("{\n", encoding="utf-8")
    damaged = run("build")
    assert damaged.code == 2
    assert "recover" in damaged.err
    assert run("recover", "build/Study.apkg").code == 0
    assert "3 unchanged" in run("build").out


def test_recover_from_what_is_no_package(run: Run) -> None:
    write("notes/a.md")
    write("x.apkg", "text")
    assert run("recover", "x.apkg").code == 2
    assert run("recover", "missing.apkg").code == 2
    assert run("recover").code == 2
    assert not Path(LEDGER).exists()


def test_a_lost_ledger_is_rebuilt_from_the_last_package(run: Run) -> None:
    write("notes/a.md")
    run("build")
    Path(LEDGER).unlink()
    outcome = run("build")
    assert outcome.code == 0
    assert "the ledger is missing; it is rebuilt from" in outcome.err
    assert "3 unchanged" in outcome.out


def test_a_package_of_other_notes_is_never_overwritten(run: Run) -> None:
    write("notes/a.md")
    run("build")
    shipped = Path("build/Study.apkg").read_bytes()
    write("others/b.md", NOTE.replace("TCP", "QUIC"))
    for command in ("build", "plan", "prune"):
        outcome = run(command, "others")
        assert outcome.code == 2
        assert "was made from other notes" in outcome.err
        assert "--output" in outcome.err
    assert not Path("others", LEDGER.removeprefix("notes/")).exists()
    assert run("build", "others", "--output", "others.apkg").code == 0
    # With a ledger of its own it is refused all the same.
    assert run("build", "others").code == 2
    assert Path("build/Study.apkg").read_bytes() == shipped
    assert "3 unchanged" in run("build").out


def test_prune_keeps_what_no_package_has_shown_as_retired(run: Run) -> None:
    note = write("notes/a.md")
    run("build")
    note.write_text(NOTE.replace("| UDP | no | no |\n", ""), encoding="utf-8")
    outcome = run("prune")
    assert "1 card is gone only since the last build and not pruned" in outcome.out
    assert "import it" in outcome.out
    assert "1 pruned" in run("prune").out


def test_a_package_of_our_own_is_replaced_whatever_became_of_the_cards(run: Run) -> None:
    write("notes/a.md")
    run("build")
    write("notes/a.md", "# Ropes\n\n### Q: Why splice?\n\nA knot weakens the rope.\n")
    assert run("build", "--allow-retire").code == 0
    assert run("prune").code == 0


def test_a_lost_ledger_is_found_for_notes_that_moved(run: Run) -> None:
    write("notes/a.md")
    run("build")
    shutil.rmtree("notes")
    write("notes/deep/b.md")
    outcome = run("build")
    assert "it is rebuilt from" in outcome.err
    assert " new" not in outcome.out


def test_a_ledger_with_impossible_numbers(run: Run) -> None:
    write("notes/a.md")
    run("build")
    ledger = Path("notes/.anki-export/ledger.jsonl")
    text = ledger.read_text(encoding="utf-8")
    ledger.write_text(re.sub(r'"mod":\d+', '"mod":' + "9" * 23, text), encoding="utf-8")
    assert run("build").code == 2


def test_control_characters_part_no_field(run: Run) -> None:
    write("notes/a.md", NOTE + "\n### Q9: a &#31; b \x1f c?\nd &#x1f; `e \x1f`\n")
    assert run("build").code == 0
    with zipfile.ZipFile("build/Study.apkg") as package:
        Path("db").write_bytes(package.read("collection.anki2"))
    with closing(sqlite3.connect("db")) as db:
        counts = {flds.count("\x1f") for (flds,) in db.execute("select flds from notes")}
    assert counts == {9, 10}


# --------------------------------------------------------------------------- output


@pytest.mark.parametrize("command", ["build", "plan", "check", "init", "prune"])
def test_json_is_all_there_is_on_stdout(run: Run, command: str) -> None:
    write("notes/a.md", NOTE.replace("tags:", "difficulty: tricky\ntags:"))
    outcome = run(command, "--json")
    data = json.loads(outcome.out)
    assert (data["exit_code"], outcome.code) == (0, 0)
    assert data["cards"] == {"qa": 1, "comparison": 2}
    assert data["problems"][0]["line"] == 1


def test_errors_are_json_too(run: Run) -> None:
    outcome = run("build", "missing", "--json")
    assert json.loads(outcome.out)["exit_code"] == outcome.code == 2
    assert outcome.err == ""
    outcome = run("build", "--json", "--no-such-option")
    assert json.loads(outcome.out)["exit_code"] == outcome.code == 2
    assert outcome.err == ""


ESCAPES = "\x1b[31m\x07 \x9b2J \u202e \u2028 \x7f"
"""What drives a terminal, turns its text round or ends a line."""


def drives(text: str) -> list[str]:
    """Every character of a text that does something, ends of our own lines aside."""
    return [
        char for char in text if char != "\n" and unicodedata.category(char) in ("Cc", "Zl", "Zp")
    ] + [char for char in text if char in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"]


@pytest.mark.parametrize("flags", [(), ("--json",)], ids=["text", "json"])
@pytest.mark.parametrize("command", ["build", "plan", "check"])
def test_nothing_in_notes_and_names_drives_the_terminal(
    run: Run, command: str, flags: tuple[str, ...]
) -> None:
    write(
        f"notes/{ESCAPES.replace('/', '')}.md",
        f'---\ndifficulty: "\\e[31m\\x07 odd {ESCAPES[-8:]}"\ntags: ["a\\nerror: forged"]\n---\n'
        f"### Q: {ESCAPES} why?\n\nyes\n\n### Q: {ESCAPES} unanswered\n",
    )
    outcome = run(command, *flags)
    assert drives(outcome.out) == drives(outcome.err) == []
    assert not re.search(r"^error: forged", outcome.out + outcome.err, re.MULTILINE)
    if flags:
        assert json.loads(outcome.out)["problems"]
        assert outcome.err == ""
    else:
        assert r"\u001b[31m\u0007" in outcome.out + outcome.err


def test_nothing_in_a_configuration_drives_the_terminal(run: Run) -> None:
    write("notes/a.md")
    write("notes/anki-export.toml", '"a\\u001b[31m" = 1\nroot_deck = "a\\nerror: forged"\n')
    outcome = run("build")
    assert outcome.code == 2
    assert drives(outcome.err) == []
    assert r"a\u001b[31m" in outcome.err


def test_names_that_are_no_text_are_shown(run: Run) -> None:
    try:
        Path(os.fsdecode(b"caf\xe9")).mkdir()
    except OSError:
        pytest.skip("this file system takes UTF-8 names only")
    outcome = run("build", os.fsdecode(b"caf\xe9"))
    assert outcome.code == 2
    assert r"caf\udce9: no note in this folder" in outcome.err


def test_an_empty_name_is_not_the_current_folder(run: Run) -> None:
    write("a.md")
    for arguments in (("build", ""), ("build", ".", "-o", ""), ("check", ".", "--config", "")):
        outcome = run(*arguments)
        assert outcome.code == 2
        assert "the name is empty" in outcome.err
    assert files() == ["a.md"]


def test_a_folder_that_was_probably_meant(run: Run) -> None:
    write("noets/a.md")
    assert "did you mean `noets`?" in run("build").err
    write("deep/notes/a.md")
    assert "did you mean `deep/notes`?" in run("build", "deep/nots").err
    assert "name the folder that holds your notes" in run("check", "xyz").err


def test_the_current_folder_may_be_the_notes(run: Run) -> None:
    write("a.md")
    assert "this folder holds notes itself: name it by a dot" in run("build").err
    assert run("build", ".").code == 0


def test_where_one_may_not_write_another_place_is_suggested(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    write("notes/a.md")

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", "notes/.anki-export")

    monkeypatch.setattr(Path, "mkdir", refuse)
    outcome = run("build")
    assert outcome.code == 3
    assert "--output FILE, --ledger FILE" in outcome.err


@pytest.mark.parametrize("command", ["build", "plan", "check", "init", "prune", "recover"])
def test_every_help_has_an_example(run: Run, command: str) -> None:
    shown = run(command, "--help")
    assert (shown.code, shown.err) == (0, "")
    assert f"\n  anki-export {command} " in shown.out + " "
    assert run("help", command) == shown


def test_help_of_all_and_of_nothing(run: Run) -> None:
    assert run("help").out == run("--help").out
    unknown = run("help", "biuld")
    assert unknown.code == 2
    assert "No such command 'biuld'" in unknown.err


def test_quiet_says_only_errors(run: Run) -> None:
    write("notes/a.md", NOTE.replace("tags:", "difficulty: tricky\ntags:"))
    assert run("build", "--quiet") == Outcome(0, "", "")
    Path("notes/b.md").write_bytes(b"\xe9")
    outcome = run("build", "-q")
    assert (outcome.code, outcome.out) == (1, "")
    assert outcome.err.startswith("notes/b.md:1: error:")
    assert len(outcome.err.splitlines()) == 1


def test_no_cache_is_accepted(run: Run) -> None:
    write("notes/a.md")
    assert run("build", "--no-cache").code == 0


def test_another_place_for_the_ledger(run: Run) -> None:
    write("notes/a.md")
    run("build", "--ledger", "keep/l.jsonl")
    assert "keep/l.jsonl" in files()
    assert not Path(LEDGER).exists()


def test_touch_all_makes_every_note_newer(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    write("notes/a.md")
    run("build")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000500")
    assert "next: import it in Anki" in run("build", "--touch-all").out
    assert all('"mod":1700000500' in line for line in ledger_lines())


def test_explain_says_what_a_note_gives(run: Run) -> None:
    write("notes/a.md", "# T\n\n## What is it?\n\nA card.\n\n## Text\n\nNone.\n")
    done = run("explain", "notes/a.md")
    assert done.code == 0
    assert "notes/a.md:3: What is it?" in done.out
    assert "card, question-heading: a heading that ends in a question mark" in done.out
    near = json.loads(run("explain", "notes/a.md:8", "--json").out)
    assert [(one["line"], one["card"]) for one in near["verdicts"]] == [(7, False)]


def test_explain_needs_a_note(run: Run) -> None:
    write("notes/a.md")
    assert run("explain", "notes/b.md").code == 2
    assert run("explain", f"notes/a.md:{'9' * 5000}").code == 0


def test_notes_without_a_card_are_counted_and_named(run: Run) -> None:
    write("notes/a.md")
    write("notes/b.md", "# Text\n\nNothing is asked here.\n")
    done = run("check")
    assert "1 note gave no card: b.md" in done.out
    assert "no card: b.md" in run("check", "--empty").out
    assert json.loads(run("check", "--json").out)["barren"] == ["b.md"]


# --------------------------------------------------------------------------- what is no file


@pytest.mark.skipif(os.name == "nt", reason="no pipes with names")
@pytest.mark.parametrize("place", [LEDGER, "build/Study.apkg"])
def test_a_pipe_is_not_waited_for(run: Run, place: str) -> None:
    write("notes/a.md")
    Path(place).parent.mkdir(parents=True)
    os.mkfifo(place)
    outcome = run("build")
    assert outcome.code == 3
    assert f"{place}: a pipe, socket or device, not a file" in outcome.err
    assert run("check").code == 0


@pytest.mark.skipif(os.name == "nt", reason="no pipes with names")
def test_pipes_among_templates_and_packages(run: Run) -> None:
    write("notes/a.md")
    shutil.copytree(Path(__file__).parent.parent / "templates", "look")
    Path("look/style.css").unlink()
    os.mkfifo("look/style.css")
    outcome = run("build", "--templates", "look")
    assert outcome.code == 2
    assert "look/style.css: error: the file cannot be read: a pipe" in outcome.err
    os.mkfifo("old.apkg")
    outcome = run("recover", "old.apkg")
    assert outcome.code == 2
    assert "cannot read old.apkg: a pipe, socket or device" in outcome.err
