from __future__ import annotations

import itertools
import os
import socket
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from anki_export.model import SourceNote
from anki_export.notes.reader import MOST_BYTES, read_files, read_note
from anki_export.problems import Problem, ProblemKind, Problems, UsageError

FRONT = "---\ntags:\n- a\n---\n"


@dataclass(frozen=True)
class Read:
    notes: tuple[SourceNote, ...]
    unreadable: frozenset[str]
    problems: tuple[Problem, ...]


def read_folder(folder: Path, exclude: tuple[str, ...] = ()) -> Read:
    problems = Problems()
    reading = read_files(folder, exclude, problems)
    notes = {file.path: read_note(file, problems) for file in reading.files}
    unreadable = reading.unreadable | {path for path, note in notes.items() if note is None}
    return Read(tuple(filter(None, notes.values())), unreadable, tuple(problems))


def read(folder: Path, files: dict[str, str | bytes], exclude: tuple[str, ...] = ()) -> Read:
    for path, content in files.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_folder(folder, exclude)


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("bom", ["", "\ufeff"])
def test_lines_are_those_of_the_file(tmp_path: Path, newline: str, bom: str) -> None:
    text = bom + (FRONT + "\n# Title\ntext").replace("\n", newline)
    (note,) = read(tmp_path, {"a.md": text}).notes
    assert note.metadata == {"tags": ["a"]}
    at = note.first_line + note.lines.index("# Title")
    assert at == 6
    assert note.lines[-1] == "text"


@pytest.mark.parametrize(
    "text",
    ["# Title\n", "\n# Title\n", "---\n\n# Title\n", "---\nwords\n---\n# Title\n"],
)
def test_no_front_matter(tmp_path: Path, text: str) -> None:
    (note,) = read(tmp_path, {"a.md": text}).notes
    assert note.metadata == {}
    assert note.first_line + note.lines.index("# Title") == text.split("\n").index("# Title") + 1


def test_empty_front_matter(tmp_path: Path) -> None:
    (note,) = read(tmp_path, {"a.md": "---\n---\n# T\n"}).notes
    assert (note.metadata, note.first_line + note.lines.index("# T")) == ({}, 3)


@pytest.mark.parametrize("text", ["", "\n", "\ufeff", "---", "---\n", "---\n---"])
def test_files_with_nothing_in_them(tmp_path: Path, text: str) -> None:
    reading = read(tmp_path, {"a.md": text})
    assert reading.problems == ()
    assert [n.path for n in reading.notes] == ["a.md"]


@pytest.mark.parametrize(
    ("front", "line", "word"),
    [
        ("created: {{DATE}}", 2, "exclude"),
        ("tags: [a\nb: c", 3, "quote"),
        ("a: b\n\tc: d", 3, "quote"),
        ("title: x\ncreated: 2025-13-45", 3, "quote"),
        ("a: &x [*x]\n? {b: c}\n: d", None, ""),
    ],
)
def test_broken_front_matter(tmp_path: Path, front: str, line: int | None, word: str) -> None:
    reading = read(tmp_path, {"bad.md": f"---\n{front}\n---\n# T\n", "good.md": "# T\n"})
    assert [n.path for n in reading.notes] == ["good.md"]
    (problem,) = reading.problems
    assert problem.location.path == "bad.md"
    assert line is None or problem.location.line == line
    assert "not valid YAML" in problem.message
    assert word in problem.hint
    assert reading.unreadable == {"bad.md"}


def test_not_utf8_names_the_line(tmp_path: Path) -> None:
    reading = read(tmp_path, {"a.md": b"one\ntwo \xb2\xe2\n", "b.md": "x"})
    assert [n.path for n in reading.notes] == ["b.md"]
    (problem,) = reading.problems
    assert (problem.location.line, problem.message) == (2, "is not UTF-8 text")
    assert reading.unreadable == {"a.md"}


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root reads every file")
def test_file_without_permission(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("x", encoding="utf-8")
    (tmp_path / "a.md").chmod(0)
    reading = read(tmp_path, {"b.md": "x"})
    assert [n.path for n in reading.notes] == ["b.md"]
    assert "cannot be read" in reading.problems[0].message


def test_a_folder_named_like_a_note(tmp_path: Path) -> None:
    reading = read(tmp_path, {"a.md/b.md": "x"})
    assert [n.path for n in reading.notes] == ["a.md/b.md"]


def test_which_files_are_notes_in_which_order(tmp_path: Path) -> None:
    paths = [
        "b/二.md", "b/一.MD", "a.markdown", ".hidden/x.md", "b/.git/x.md", "c.txt", "d.md.bak",
        "z.md", ".dot.md", "README.md", "b/readme.md", "drafts/x.md",
    ]  # fmt: skip
    files: dict[str, str | bytes] = dict.fromkeys(paths, "x")
    files["._z.md"] = b"\x00\x05\x16\x07\x00\x02"
    reading = read(tmp_path, files, exclude=("README.md", "readme.md", "drafts/"))
    assert [n.path for n in reading.notes] == [
        ".dot.md", "a.markdown", "b/一.MD", "b/二.md", "z.md",
    ]  # fmt: skip
    assert reading.problems == ()


def test_names_are_composed(tmp_path: Path) -> None:
    (note,) = read(tmp_path, {"e\u0301.md": "x"}).notes
    assert note.path == "\u00e9.md"


def test_a_name_that_is_no_text(tmp_path: Path) -> None:
    try:
        Path(os.fsdecode(os.fsencode(tmp_path) + b"/a\xff.md")).write_bytes(b"x")
    except OSError:
        pytest.skip("this file system takes UTF-8 names only")
    (note,) = read_folder(tmp_path).notes
    assert note.path == "a\\xff.md"


def test_symbolic_links(tmp_path: Path) -> None:
    notes, outside = tmp_path / "notes", tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.md").write_text("x", encoding="utf-8")
    read(notes, {"a.md": "x", "b/c.md": "x"})
    (notes / "b" / "loop").symlink_to(notes)
    (notes / "self.md").symlink_to(notes / "self.md")
    (notes / "again.md").symlink_to(notes / "a.md")
    (notes / "secret.md").symlink_to(outside / "secret.md")
    (notes / "folder").symlink_to(outside)
    reading = read_folder(notes)
    assert [n.path for n in reading.notes] == ["a.md", "b/c.md"]
    assert [(p.location.path, p.message) for p in reading.problems] == [
        ("secret.md", "is a symbolic link out of the notes folder; not read"),
        ("self.md", "is a symbolic link that leads nowhere; not read"),
    ]


def test_a_notes_folder_that_is_a_link(tmp_path: Path) -> None:
    read(tmp_path / "real", {"a.md": "x"})
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert [n.path for n in read_folder(tmp_path / "link").notes] == ["a.md"]


def test_nul_and_other_controls(tmp_path: Path) -> None:
    (note,) = read(tmp_path, {"a.md": "a\x00b\x0b\u2028c\n"}).notes
    assert note.lines == ("a\ufffdb\x0b\u2028c", "")


def test_no_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    for name, word in (("none", "No such file"), ("file", "Not a directory")):
        with pytest.raises(UsageError, match=word):
            read_folder(tmp_path / name)


# --------------------------------------------------------------------------- budgets


def bomb(level: str, merge: bool) -> str:
    """A few lines of aliases of aliases, which stand for thousands of millions of values."""
    lines = ["a: &a {x: 1}" if merge else "a: &a [x, x, x, x, x, x, x, x, x]"]
    for above, name in itertools.pairwise(level):
        aliases = ", ".join([f"*{above}"] * 9)
        value = f"{{<<: [{aliases}]}}" if merge else f"[{aliases}]"
        lines.append(f"{name}: &{name} {value}")
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("front", "line", "message"),
    [
        (bomb("abcdefghij", merge=False), 6, "more than 10,000 values"),
        (bomb("abcdefghij", merge=True), 6, "more than 10,000 values"),
        ("a: [" + "x," * 30_000 + "]", 2, "more than 10,000 values"),
        ("tags: &t\n- a\n- [b, *t]", 2, "holds itself"),
        ("a: b\nc: &x [*x]", 3, "holds itself"),
        ("a: " + "[" * 60_000, 2, "64 levels deep"),
        ("- " * 30_000, 2, "64 levels deep"),
        ("? " * 30_000, 2, "64 levels deep"),
        ("a: " + "1" * 60_000, 2, "digits"),
        ("1" * 900 + ": a", 2, "digits"),
    ],
    ids=[
        "aliases",
        "merges",
        "list",
        "cycle",
        "own",
        "brackets",
        "dashes",
        "keys",
        "number",
        "key",
    ],
)
def test_front_matter_has_a_budget(tmp_path: Path, front: str, line: int, message: str) -> None:
    start = time.process_time()
    reading = read(tmp_path, {"bad.md": f"---\n{front}\n---\n# T\n", "good.md": "# T\n"})
    assert time.process_time() - start < 2
    assert [n.path for n in reading.notes] == ["good.md"]
    (problem,) = reading.problems
    assert problem.kind is ProblemKind.FRONT_MATTER
    assert message in problem.message
    assert (problem.location.path, problem.location.line) == ("bad.md", line)


def test_aliases_within_the_budget_are_what_they_stand_for(tmp_path: Path) -> None:
    front = "base: &b {deck: x}\nanki:\n  <<: *b\ntags: &t [a]\nmore: [*t, *t]"
    (note,) = read(tmp_path, {"a.md": f"---\n{front}\n---\n"}).notes
    assert note.metadata["anki"] == {"deck": "x"}
    assert note.metadata["more"] == [["a"], ["a"]]


def test_text_between_two_rules_that_lie_far_apart(tmp_path: Path) -> None:
    text = "---\n" + "words: and more\n" * 5_000 + "---\n# T\n"
    reading = read(tmp_path, {"a.md": text})
    (note,) = reading.notes
    assert (note.metadata, len(note.lines), note.first_line) == ({}, 5_004, 1)
    assert [problem.kind for problem in reading.problems] == [ProblemKind.METADATA]


def test_a_note_may_be_large_but_not_without_bound(tmp_path: Path) -> None:
    fine = "word " * 15 + "\n"
    text = fine * 60_000
    reading = read(tmp_path, {"a.md": text, "b.md": fine * (MOST_BYTES // len(fine) + 1)})
    assert [len(note.lines) for note in reading.notes] == [60_001]
    (problem,) = reading.problems
    assert (problem.location.path, problem.message) == (
        "b.md",
        "cannot be read: larger than 16 MB",
    )
    assert reading.unreadable == {"b.md"}


def test_a_very_long_line_is_left_out_and_the_others_keep_their_place(tmp_path: Path) -> None:
    reading = read(tmp_path, {"a.md": "one\n![](data:image/png;base64," + "A" * 200_000 + ")\nend"})
    assert reading.notes[0].lines == ("one", "", "end")
    (problem,) = reading.problems
    assert (problem.kind, problem.location.line) == (ProblemKind.LONG_LINE, 2)
    assert "200,027 characters" in problem.message


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_other_encodings_are_reported(tmp_path: Path, encoding: str) -> None:
    reading = read(tmp_path, {"a.md": ("# Title\n" * 9).encode(encoding)})
    assert reading.notes == ()
    (problem,) = reading.problems
    assert problem.message.startswith("is not UTF-8 text")
    assert problem.hint == "save the file as UTF-8"


def test_a_stray_nul_is_reported(tmp_path: Path) -> None:
    (problem,) = read(tmp_path, {"a.md": "one\ntwo\0\n"}).problems
    assert (problem.kind, problem.location.line) == (ProblemKind.NUL, 2)


@pytest.mark.skipif(os.name == "nt", reason="no pipes with names")
@pytest.mark.parametrize("kind", ["pipe", "socket"])
def test_what_is_no_file_is_reported_and_not_waited_for(tmp_path: Path, kind: str) -> None:
    place = tmp_path / "a.md"
    with socket.socket(socket.AF_UNIX) as other:
        if kind == "pipe":
            os.mkfifo(place)
        else:
            other.bind(os.path.relpath(place))  # a name of a socket must be short
        reading = read(tmp_path, {"b.md": "x"})
    assert [note.path for note in reading.notes] == ["b.md"]
    (problem,) = reading.problems
    assert problem.message == "cannot be read: a pipe, socket or device, not a file"


def test_a_folder_named_like_a_note_is_a_folder(tmp_path: Path) -> None:
    assert [n.path for n in read(tmp_path, {"a.md/b.md": "x"}).notes] == ["a.md/b.md"]


def test_folders_have_a_bottom(tmp_path: Path) -> None:
    deep = "d/" * 500
    reading = read(tmp_path, {deep + "a.md": "x", "d/" * 20 + "b.md": "x"})
    assert [note.path for note in reading.notes] == ["d/" * 20 + "b.md"]
    (problem,) = reading.problems
    assert "more than 64 folders deep" in problem.message
    assert deep.startswith(next(iter(reading.unreadable)))
