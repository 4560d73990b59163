"""Waiting for edits: which ones count, and that none is missed."""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from anki_export.watch import Edits

PATIENCE = 20.0
"""Seconds that a busy machine is given."""


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    folder = tmp_path / "project" / "notes"
    (folder / "sub").mkdir(parents=True)
    (folder / ".anki-export").mkdir()
    (folder / "a.md").write_text("a", encoding="utf-8")
    return folder


def edits_of(notes: Path) -> Edits:
    return Edits([notes, notes / "none"], [notes.parent / "own.toml"], [notes / "out.apkg"])


@pytest.mark.parametrize(
    ("path", "counts"),
    [
        ("notes/a.md", True),
        ("notes/sub/new.md", True),
        ("notes/images/p.png", True),
        ("own.toml", True),
        ("other.toml", False),
        ("other/a.md", False),
        ("notes/.anki-export/ledger.jsonl", False),
        ("notes/.git/index", False),
        ("notes/sub/.a.md.swp", False),
        ("notes/a.md~", False),
        ("notes/out.apkg", False),
    ],
)
def test_what_counts(notes: Path, path: str, counts: bool) -> None:
    assert edits_of(notes).counts(notes.parent.resolve() / path) is counts


def test_a_hidden_folder_above_the_notes_hides_nothing(tmp_path: Path) -> None:
    folder = tmp_path / ".vault"
    folder.mkdir()
    assert Edits([folder]).counts(folder.resolve() / "a.md")


def noticed(edits: Edits, edit: Callable[[], object], within: float = PATIENCE) -> bool:
    """Whether an edit is noticed; it is made again until then, for the watch may just begin."""
    until = time.monotonic() + within
    edits._happened.clear()
    while time.monotonic() < until:
        edit()
        if edits._happened.wait(0.3):
            edits.wait()  # returns at once
            return True
    return False


def test_edits_are_noticed(notes: Path) -> None:
    def rewritten() -> None:
        (notes / "a.md").write_text("b", encoding="utf-8")

    def added() -> None:
        (notes / "sub" / "deeper").mkdir(exist_ok=True)
        (notes / "sub" / "deeper" / "b.md").write_text("b", encoding="utf-8")

    def removed() -> None:
        added()
        (notes / "sub" / "deeper" / "b.md").unlink()

    def replaced() -> None:
        draft = notes.parent / "draft.tmp"
        draft.write_text("x", encoding="utf-8")
        draft.replace(notes.parent / "own.toml")

    with edits_of(notes) as edits:
        for edit in (rewritten, added, removed, replaced, replaced, rewritten):
            assert noticed(edits, edit), edit.__name__


def test_the_tools_own_files_are_not_noticed(notes: Path) -> None:
    def own() -> None:
        (notes / "out.apkg").write_bytes(b"x")
        (notes / ".anki-export" / "ledger.jsonl").write_text("{}", encoding="utf-8")
        (notes.parent / "other.toml").write_text("x", encoding="utf-8")

    with edits_of(notes) as edits:
        assert noticed(edits, lambda: (notes / "a.md").write_text("b", encoding="utf-8"))
        time.sleep(0.6)  # the rest of that batch
        assert not noticed(edits, own, within=1.5)


# --------------------------------------------------------------------------- the commands

NOTE = "# Ports\n\n### Q: Which port has {what}?\n\nA: {port}\n"


class Running:
    """A command that runs until it is interrupted; its lines are read as they come."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-u", "-m", "anki_export", *arguments],
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
        )
        self._lines: queue.Queue[str] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self._process.stdout
        for line in self._process.stdout:
            self._lines.put(line)

    def until(self, part: str) -> str:
        """The next line with this part."""
        end = time.monotonic() + PATIENCE
        while part not in (line := self._lines.get(timeout=end - time.monotonic())):
            assert "Traceback" not in line
        return line.strip()

    def interrupt(self) -> int:
        self._process.send_signal(signal.SIGINT)
        code = self._process.wait(PATIENCE)
        assert self._process.stdout
        self._process.stdout.close()
        return code


@pytest.fixture
def start(notes: Path) -> Iterator[Callable[..., Running]]:
    running: list[Running] = []

    def call(*arguments: str) -> Running:
        running.append(Running(notes.parent, *arguments))
        return running[-1]

    yield call
    for one in running:
        if one._process.poll() is None:
            one.interrupt()


def write(notes: Path, what: str, port: int) -> None:
    (notes / "a.md").write_text(NOTE.format(what=what, port=port), encoding="utf-8")


@pytest.mark.skipif(os.name == "nt", reason="no SIGINT for another process")
@pytest.mark.usefixtures("heeded")
def test_a_watching_build_goes_on_until_it_is_interrupted(
    notes: Path, start: Callable[..., Running]
) -> None:
    write(notes, "SSH", 22)
    build = start("build", "--watch")
    assert "1 new" in build.until("since the last build")
    write(notes, "SSH", 2222)
    assert "1 changed" in build.until("since the last build")
    (notes.parent / "anki-export.toml").write_text("root_dekc = 'X'", encoding="utf-8")
    build.until("did you mean `root_deck`?")
    (notes.parent / "anki-export.toml").unlink()
    assert "1 unchanged" in build.until("since the last build")
    assert build.interrupt() == 130


@pytest.mark.skipif(os.name == "nt", reason="no SIGINT for another process")
@pytest.mark.usefixtures("heeded")
def test_a_preview_follows_the_notes_and_writes_nothing(
    notes: Path, start: Callable[..., Running]
) -> None:
    write(notes, "SSH", 22)
    (notes / ".anki-export").rmdir()  # never built
    before = sorted(notes.parent.rglob("*"))
    preview = start("preview", "--no-open")
    url = preview.until("http://127.0.0.1:")

    def ask() -> str:
        with urllib.request.urlopen(f"{url}cards.json", timeout=PATIENCE) as answer:
            (card,) = json.load(answer)["cards"]
            return str(card["ask"])

    preview.until("1 question")
    assert ask() == "Which port has SSH?"
    write(notes, "DNS", 53)
    preview.until("1 question")
    assert ask() == "Which port has DNS?"
    assert sorted(notes.parent.rglob("*")) == before
    assert preview.interrupt() == 130


def test_an_export_is_one_file(notes: Path) -> None:
    write(notes, "SSH", 22)
    command = [sys.executable, "-m", "anki_export", "preview", "--export", "out/cards.html"]
    done = subprocess.run(command, cwd=notes.parent, capture_output=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    page = (notes.parent / "out" / "cards.html").read_text(encoding="utf-8")
    assert page.startswith("<!doctype html>")
    assert not (notes / ".anki-export" / "ledger.jsonl").exists()


@pytest.mark.parametrize(
    "arguments", [["--editor", "vim"], ["--port", "99999"], ["nowhere"], ["--config", "none.toml"]]
)
def test_wrong_options_are_refused(notes: Path, arguments: list[str]) -> None:
    command = [sys.executable, "-m", "anki_export", "preview", "--no-open", *arguments]
    done = subprocess.run(command, cwd=notes.parent, capture_output=True, check=False, timeout=60)
    assert done.returncode == 2
    assert done.stdout == b""
