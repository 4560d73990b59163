"""The wheel in an empty environment, far from the checkout: what a user installs."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from support import requires

ROOT = Path(__file__).parent.parent
NOTE = "# Ropes\n\n### Q: Why splice?\n\nA knot weakens the rope.\n"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"  # of its own: a build may leave files behind
    source.mkdir()
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    for name in ("src", "templates"):
        shutil.copytree(ROOT / name, source / name)
    alone = ("--no-deps", "--no-build-isolation")
    requires.with_index(pip(sys.executable, "wheel", *alone, "--wheel-dir", folder, source))
    (found,) = folder.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of an environment that holds the wheel and what it asks for."""
    folder = tmp_path_factory.mktemp("environment")
    subprocess.run([sys.executable, "-m", "venv", folder], check=True, timeout=300)
    found = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    pins = ("--require-hashes", "--requirement", ROOT / "requirements" / "run.txt")
    requires.with_index(pip(str(found), "install", *pins))
    requires.with_index(pip(str(found), "install", "--no-deps", wheel))
    return found


def pip(python: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [python, "-m", "pip", "--disable-pip-version-check", *map(str, arguments)]
    return run(*command)


def run(*command: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    away = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    return subprocess.run(
        command, cwd=cwd, env=away, capture_output=True, text=True, check=False, timeout=600
    )


def test_the_wheel_holds_the_package_and_nothing_else(wheel: Path) -> None:
    assert wheel.name.startswith("anki_export_md-")
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    tops = {name.split("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"anki_export"}
    assert "anki_export/py.typed" in names
    assert "anki_export/_templates/style.css" in names


def test_what_is_listed_is_all_it_needs(python: Path) -> None:
    assert pip(str(python), "check").stdout == "No broken requirements found.\n"


def test_it_works_where_it_is_installed(python: Path, tmp_path: Path) -> None:
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "ropes.md").write_text(NOTE, encoding="utf-8")
    done = run(python.parent / "anki-export", "build", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("1 note, 1 card: 1 question")
    assert (tmp_path / "build" / "Study.apkg").is_file()
    code = 'from anki_export import plan; print([c.what for c in plan("notes").changes])'
    assert run(python, "-c", code, cwd=tmp_path).stdout == "[<What.UNCHANGED: 'unchanged'>]\n"


def test_the_preview_brings_its_page(python: Path, tmp_path: Path) -> None:
    (tmp_path / "ropes.md").write_text(NOTE, encoding="utf-8")
    done = run(python.parent / "anki-export", "preview", ".", "--export", "a.html", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "<style>" in (tmp_path / "a.html").read_text(encoding="utf-8")


def test_its_interface_is_typed(python: Path, tmp_path: Path) -> None:
    (tmp_path / "user.py").write_text(
        "from anki_export import Result, build\n"
        'result: Result = build("notes", output="out.apkg")\n'
        'build("notes", outptu="out.apkg")\n',
        encoding="utf-8",
    )
    mypy = (sys.executable, "-m", "mypy", "--strict", "--cache-dir", tmp_path / "cache")
    done = run(*mypy, "--python-executable", python, "user.py", cwd=tmp_path)
    assert 'user.py:3: error: Unexpected keyword argument "outptu"' in done.stdout
    assert "Found 1 error in 1 file" in done.stdout
