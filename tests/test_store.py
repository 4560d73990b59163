from __future__ import annotations

import errno
import hashlib
import os
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from anki_export import api
from anki_export.files import write_new
from anki_export.ledger import writing as store
from anki_export.ledger.entries import dump
from anki_export.ledger.writing import Saved, read_ledger, session
from anki_export.package.apkg import build_package
from anki_export.problems import WriteError
from support.mapped import build, question
from support.packages import MOD, notetypes


def made(*asks: str) -> tuple[bytes, str]:
    """A package and its ledger."""
    built = build([question(ask, f"{ask} {'Tucks hold. ' * 40}") for ask in asks])
    kinds = notetypes()
    return build_package(built.notes, kinds, dict.fromkeys(kinds, MOD)), dump(built.ledger)


OLD, OLD_LEDGER = made("Why splice?")
NEW, NEW_LEDGER = made("Why splice?", "什么是编结？")
OTHER_LEDGER = OLD_LEDGER.replace('"deck":"Study::a"', '"deck":"Study::b"')
"""As the old one, of which only a deck's name was noted anew: the package stays."""


class Place:
    """A notes folder and a package beside it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.ledger = root / "notes" / ".anki-export" / "ledger.jsonl"
        self.output = root / "build" / "Study.apkg"

    def save(self, package: bytes, ledger: str) -> Saved:
        with session(self.ledger, self.output) as writing:
            return writing.save(package, ledger)

    def state(self) -> tuple[bytes | None, str | None]:
        package = self.output.read_bytes() if self.output.exists() else None
        text = self.ledger.read_text(encoding="utf-8") if self.ledger.exists() else None
        return package, text

    def leftovers(self) -> set[str]:
        kept = {"ledger.jsonl", ".gitattributes", ".gitignore", "lock", "Study.apkg"}
        kept.add(".Study.apkg.lock")
        return {path.name for path in self.root.rglob("*") if path.is_file()} - kept


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def test_both_files_are_written(place: Place) -> None:
    assert place.save(NEW, NEW_LEDGER) == Saved(package=True, ledger=True)
    assert place.state() == (NEW, NEW_LEDGER)
    assert place.leftovers() == set()
    assert read_ledger(place.ledger) == NEW_LEDGER


def test_git_is_told_how_to_treat_the_folder(place: Place) -> None:
    place.save(NEW, NEW_LEDGER)
    folder = place.ledger.parent
    assert folder.joinpath(".gitattributes").read_text() == "".join(
        f"{name} merge=union\n" for name in ("ledger.jsonl", "images.jsonl")
    )
    assert folder.joinpath(".gitignore").read_text().split() == ["cache*", "*.new", "lock"]
    folder.joinpath(".gitignore").write_text("mine\n")
    place.save(OLD, OLD_LEDGER)
    assert folder.joinpath(".gitignore").read_text() == "mine\n"


def test_a_ledger_elsewhere_gets_no_settings_beside_it(tmp_path: Path) -> None:
    with session(tmp_path / "here" / "my.jsonl", tmp_path / "x.apkg") as writing:
        writing.save(NEW, NEW_LEDGER)
    assert {path.name for path in (tmp_path / "here").iterdir()} == {"my.jsonl", "my.jsonl.lock"}


def test_what_has_these_bytes_already_is_left_alone(place: Place) -> None:
    place.save(NEW, NEW_LEDGER)
    for path in (place.ledger, place.output):
        os.utime(path, (1, 1))
    assert place.save(NEW, NEW_LEDGER) == Saved(package=False, ledger=False)
    assert [path.stat().st_mtime for path in (place.ledger, place.output)] == [1, 1]
    assert place.save(NEW, OLD_LEDGER) == Saved(package=False, ledger=True)
    assert place.save(OLD, OLD_LEDGER) == Saved(package=True, ledger=False)
    assert place.state() == (OLD, OLD_LEDGER)


def test_a_link_is_followed(place: Place) -> None:
    real = place.root / "elsewhere" / "real.apkg"
    real.parent.mkdir()
    real.write_bytes(OLD)
    place.output.parent.mkdir()
    place.output.symlink_to(real)
    place.save(NEW, NEW_LEDGER)
    assert place.output.is_symlink()
    assert real.read_bytes() == NEW


def test_new_files_have_the_usual_permissions(place: Place) -> None:
    plain = place.root / "plain"
    plain.write_bytes(b"")
    place.save(NEW, NEW_LEDGER)
    usual = stat.S_IMODE(plain.stat().st_mode)
    assert {stat.S_IMODE(path.stat().st_mode) for path in (place.output, place.ledger)} == {usual}


def test_what_is_there_can_be_read(place: Place) -> None:
    with session(place.ledger, place.output) as writing:
        assert writing.ledger_text() is None
        assert writing.package() is None
    place.save(NEW, NEW_LEDGER)
    with session(place.ledger, place.output) as writing:
        assert writing.ledger_text() == NEW_LEDGER
        assert writing.package() == NEW
        assert not writing.adopted


def test_a_ledger_that_is_no_text_is_still_handed_on(place: Place) -> None:
    place.save(NEW, NEW_LEDGER)
    place.ledger.write_bytes(b"\xff\xfe{")
    assert "{" in (read_ledger(place.ledger) or "")


# ------------------------------------------------------------------------ killed builds

CHANGES: dict[str, tuple[tuple[bytes | None, str | None], tuple[bytes, str]]] = {
    "first": ((None, None), (NEW, NEW_LEDGER)),
    "both": ((OLD, OLD_LEDGER), (NEW, NEW_LEDGER)),
    "ledger only": ((OLD, OLD_LEDGER), (OLD, OTHER_LEDGER)),
    "package only": ((NEW, OLD_LEDGER), (OLD, OLD_LEDGER)),
}

KILLED = """
import os, signal, sys
from pathlib import Path
sys.path[:0] = [sys.argv[1]]
from test_store import STEPS
left = 0
prepare, act = STEPS[sys.argv[3]]

def step():
    global left
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)

def watched(function):
    def call(*args, **kwargs):
        step()
        result = function(*args, **kwargs)
        step()
        return result
    return call

class Watched:
    def __init__(self, file):
        self.file = file
    def __enter__(self):
        return self
    def __exit__(self, *reason):
        self.file.close()
    def write(self, data):
        self.file.write(data[: len(data) // 2])
        self.file.flush()
        step()
        self.file.write(data[len(data) // 2 :])
    def __getattr__(self, name):
        return getattr(self.file, name)

def child(root):
    fdopen = os.fdopen
    os.fdopen = lambda *args, **kwargs: Watched(fdopen(*args, **kwargs))
    for name in ("open", "fsync", "replace", "unlink", "mkdir", "close"):
        setattr(os, name, watched(getattr(os, name)))
    act(root)
    os._exit(0)

for count in range(1, 500):
    root = Path(sys.argv[2]) / str(count)
    prepare(root)
    left = count
    number = os.fork()
    if number == 0:
        child(root)
    status = os.waitstatus_to_exitcode(os.waitpid(number, 0)[1])
    if status == 0:
        break
    assert status == -signal.SIGKILL, status
"""


QUESTION = "### Q: Why splice?\n\nTucks hold.\n"
EDITED = "### Q: Why splice?\n\nTucks hold, and knots slip.\n"


def build_notes(root: Path) -> None:
    api.build(root / "notes", output=root / "out.apkg", build_time=1_700_000_900, cache=False)


def edit(root: Path, change: str) -> None:
    """Make a built folder in which the next build changes the ledger, the package, or both."""
    (root / "notes").mkdir(parents=True)
    (root / "notes" / "a.md").write_text(QUESTION, encoding="utf-8")
    api.build(root / "notes", output=root / "out.apkg", build_time=1_700_000_000, cache=False)
    if change == "package only":
        (root / "out.apkg").unlink()
    else:
        name = "copy.md" if change == "ledger only" else "a.md"
        text = QUESTION if change == "ledger only" else EDITED
        (root / "notes" / name).write_text(text, encoding="utf-8")


def written(root: Path) -> list[bytes | None]:
    files = (root / "out.apkg", root / "notes" / ".anki-export" / "ledger.jsonl")
    return [file.read_bytes() if file.exists() else None for file in files]


BUILDS = {"ledger only": (False, True), "package only": (True, False), "both": (True, True)}
"""Whether the package changes, and whether the ledger does."""
Step = Callable[[Path], object]


def _store(before: tuple[bytes | None, str | None], after: tuple[bytes, str]) -> tuple[Step, Step]:
    def prepare(root: Path) -> None:
        if before[0] is not None and before[1] is not None:
            Place(root).save(before[0], before[1])

    return prepare, lambda root: Place(root).save(*after)


STEPS: dict[str, tuple[Step, Step]] = {name: _store(*states) for name, states in CHANGES.items()}
STEPS |= {f"build: {name}": (partial(edit, change=name), build_notes) for name in BUILDS}


def killed_at_every_step(tmp_path: Path, run: str) -> list[Path]:
    """Make folders, in each of which the run was killed one step later."""
    program = [sys.executable, "-c", KILLED, str(Path(__file__).parent), str(tmp_path), run]
    done = subprocess.run(program, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    roots = list(tmp_path.iterdir())
    assert len(roots) > 10
    return roots


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no SIGKILL there")
@pytest.mark.parametrize("run", BUILDS)
def test_a_build_killed_at_any_step_is_made_good_by_the_next(tmp_path: Path, run: str) -> None:
    quiet = tmp_path / "quiet"
    edit(quiet, run)
    before = written(quiet)
    build_notes(quiet)
    after = written(quiet)
    assert tuple(old != new for old, new in zip(before, after, strict=True)) == BUILDS[run]
    for root in killed_at_every_step(tmp_path / "killed", f"build: {run}"):
        build_notes(root)
        assert written(root) == after


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no SIGKILL there")
@pytest.mark.parametrize("run", CHANGES)
def test_killed_at_any_step_both_files_are_whole(tmp_path: Path, run: str) -> None:
    before, after = CHANGES[run]
    seen = set()
    for root in killed_at_every_step(tmp_path, run):
        place = Place(root)
        package, text = place.state()
        assert package in (before[0], after[0])
        assert text in (before[1], after[1])
        assert text == before[1] or package == after[0], "the ledger never runs ahead"
        seen.add((package == after[0], text == after[1]))
        # The next build sees both old or both new, and clears up.
        with session(place.ledger, place.output) as writing:
            found = (writing.package(), writing.ledger_text())
        assert found in (before, after)
        assert place.leftovers() == set()
        place.save(*after)
        assert place.state() == after
    assert (True, True) in seen
    assert (False, False) in seen or before[0] == after[0] or before[1] == after[1]


def test_a_leftover_of_another_package_is_removed(place: Place) -> None:
    place.save(OLD, OLD_LEDGER)
    folder = place.ledger.parent
    strangers = [folder / "ledger.new", folder / f"ledger-{'0' * 64}.new"]
    for stranger in strangers:
        stranger.write_text("x")
    temporary = place.output.with_name(".Study.apkg.new")
    temporary.write_text("x")
    mine = folder / "my.new"
    mine.write_text("x")
    with session(place.ledger, place.output) as writing:
        assert not writing.adopted
    assert place.state() == (OLD, OLD_LEDGER)
    assert place.leftovers() == {"my.new"}


@pytest.mark.parametrize(
    "left",
    ["", NEW_LEDGER[:200], NEW_LEDGER[:-1], OLD_LEDGER, "{}\n", "\0" * 99],
    ids=["empty", "cut off", "its last byte missing", "of fewer cards", "no ledger", "zeros"],
)
def test_a_leftover_that_is_not_whole_is_removed(place: Place, left: str) -> None:
    # Version 0.1.0 wrote under the final name, so what it left over may be a part.
    place.save(NEW, OTHER_LEDGER)
    name = f"ledger-{hashlib.sha256(NEW).hexdigest()}.new"
    place.ledger.with_name(name).write_text(left, encoding="utf-8")
    with session(place.ledger, place.output) as writing:
        assert not writing.adopted
        assert writing.ledger_text() == OTHER_LEDGER
    assert place.leftovers() == set()


def test_a_whole_leftover_of_version_0_1_0_is_adopted(place: Place) -> None:
    place.save(NEW, OLD_LEDGER)
    name = f"ledger-{hashlib.sha256(NEW).hexdigest()}.new"
    place.ledger.with_name(name).write_text(NEW_LEDGER, encoding="utf-8")
    with session(place.ledger, place.output) as writing:
        assert writing.adopted
    assert place.state() == (NEW, NEW_LEDGER)


# -------------------------------------------------------------------------------- links


def test_links_are_not_followed_out_of_the_notes_folder(place: Place) -> None:
    outside = place.root / "outside"
    outside.mkdir()
    place.root.joinpath("notes").mkdir()
    place.ledger.parent.symlink_to(outside)
    with pytest.raises(WriteError, match="out of the notes folder") as caught:
        place.save(NEW, NEW_LEDGER)
    assert "--ledger" in caught.value.hint
    assert list(outside.iterdir()) == []
    place.ledger.parent.unlink()
    place.ledger.parent.mkdir()
    place.ledger.symlink_to(outside / "ledger.jsonl")
    with pytest.raises(WriteError, match="out of the notes folder"):
        place.save(NEW, NEW_LEDGER)
    assert list(outside.iterdir()) == []


@pytest.mark.parametrize("name", [".gitattributes", ".gitignore", "ledger.new", "lock"])
def test_no_helper_is_created_through_a_link(place: Place, name: str) -> None:
    target = place.root / "target"
    place.ledger.parent.mkdir(parents=True)
    place.ledger.with_name(name).symlink_to(target)
    if name == "lock":
        with pytest.raises(WriteError, match="link"):
            place.save(NEW, NEW_LEDGER)
    else:
        place.save(NEW, NEW_LEDGER)
    assert not target.exists()


def test_a_temporary_name_that_is_a_link_is_replaced(place: Place) -> None:
    target = place.root / "target"
    place.output.parent.mkdir()
    place.output.with_name(".Study.apkg.new").symlink_to(target)
    place.save(NEW, NEW_LEDGER)
    assert not target.exists()
    assert place.state() == (NEW, NEW_LEDGER)


# ----------------------------------------------------------------------------- failures


@pytest.mark.parametrize(
    ("failing", "nth"),
    [
        ("write", 1),
        ("write", 2),
        *(("fsync", n) for n in (1, 2, 3)),
        *(("replace", n) for n in (1, 2, 3)),
    ],
)
def test_a_full_disk_leaves_the_old_files(
    place: Place, monkeypatch: pytest.MonkeyPatch, failing: str, nth: int
) -> None:
    place.save(OLD, OLD_LEDGER)
    calls = []

    def fail(original: Any) -> Any:
        def call(*args: Any, **kwargs: Any) -> Any:
            calls.append(failing)
            if len(calls) == nth:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return original(*args, **kwargs)

        return call

    if failing == "write":
        monkeypatch.setattr(store, "write_new", fail(write_new))
    else:
        monkeypatch.setattr(os, failing, fail(getattr(os, failing)))
    with pytest.raises(WriteError, match="No space left") as caught:
        place.save(NEW, NEW_LEDGER)
    assert caught.value.exit_code == 3
    monkeypatch.undo()
    if failing == "replace" and nth == 3:
        # The package is the new one already: the ledger waits to be adopted.
        with session(place.ledger, place.output) as writing:
            assert writing.adopted
        assert place.state() == (NEW, NEW_LEDGER)
    else:
        assert place.leftovers() == set()
        assert place.state() == (OLD, OLD_LEDGER)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write all")
@pytest.mark.parametrize("which", ["ledger", "output"])
def test_a_folder_that_cannot_be_written(place: Place, which: str) -> None:
    place.save(OLD, OLD_LEDGER)
    folder = getattr(place, which).parent
    folder.chmod(0o500)
    try:
        with pytest.raises(WriteError):
            place.save(NEW, NEW_LEDGER)
    finally:
        folder.chmod(0o700)
    assert place.state() == (OLD, OLD_LEDGER)


def test_a_place_that_can_hold_no_file(place: Place) -> None:
    place.root.joinpath("build").write_text("a file, no folder")
    with pytest.raises(WriteError, match="build"):
        place.save(NEW, NEW_LEDGER)
    assert place.state()[1] is None
    assert place.leftovers() == {"build"}


def test_an_output_that_is_a_folder(place: Place) -> None:
    place.output.mkdir(parents=True)
    with pytest.raises(WriteError):
        place.save(NEW, NEW_LEDGER)
    assert place.leftovers() == set()


# --------------------------------------------------------------------------- two builds


def test_the_second_build_waits_for_the_first(place: Place) -> None:
    order = []
    started = threading.Event()

    def first() -> None:
        with session(place.ledger, place.output) as writing:
            started.set()
            time.sleep(0.3)
            order.append("first")
            writing.save(OLD, OLD_LEDGER)

    thread = threading.Thread(target=first)
    thread.start()
    started.wait()
    waited = []
    with session(place.ledger, place.output, on_wait=lambda: waited.append(1)) as writing:
        order.append("second")
        assert writing.ledger_text() == OLD_LEDGER
        writing.save(NEW, NEW_LEDGER)
    thread.join()
    assert (order, waited) == (["first", "second"], [1])
    assert place.state() == (NEW, NEW_LEDGER)


def test_ledgers_in_one_folder_are_kept_apart(tmp_path: Path) -> None:
    one, other = tmp_path / "one.jsonl", tmp_path / "other.jsonl"
    theirs = tmp_path / "lock"
    theirs.write_text("somebody else's")
    left = tmp_path / f"one.jsonl-{hashlib.sha256(NEW).hexdigest()}.new"
    with session(one, tmp_path / "1.apkg") as first:
        left.write_text(NEW_LEDGER)
        with session(other, tmp_path / "2.apkg", wait=0.1) as second:
            second.save(NEW, NEW_LEDGER)
        assert left.exists()
        first.save(OLD, OLD_LEDGER)
    assert theirs.read_text() == "somebody else's"
    assert (one.read_text(), other.read_text(encoding="utf-8")) == (OLD_LEDGER, NEW_LEDGER)


def test_builds_with_one_output_and_two_ledgers_do_not_overwrite_each_other(tmp_path: Path) -> None:
    output = tmp_path / "x.apkg"
    with session(tmp_path / "one.jsonl", output) as first:
        with session(tmp_path / "other.jsonl", output) as second:
            second.save(NEW, NEW_LEDGER)
        with pytest.raises(WriteError, match="another build"):
            first.save(OLD, OLD_LEDGER)
    assert output.read_bytes() == NEW
    assert not (tmp_path / "one.jsonl").exists()


def test_waiting_has_an_end(place: Place) -> None:
    with (
        session(place.ledger, place.output),
        pytest.raises(WriteError, match="another build") as caught,
        session(place.ledger, place.output, wait=0.1),
    ):
        pass
    assert "lock" in caught.value.hint


def test_the_lock_is_given_back_after_an_error(place: Place) -> None:
    with pytest.raises(ZeroDivisionError), session(place.ledger, place.output):
        raise ZeroDivisionError
    assert place.save(NEW, NEW_LEDGER).package
