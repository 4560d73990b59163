"""What a fresh clone relies on: pinned dependencies, make targets, one version."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LISTS = {path.stem: path for path in (ROOT / "requirements").glob("*.txt")}
PIN = re.compile(
    r"([\w.-]+)==[\w.]+( ; [^\\]+)? \\\n((?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)"
)


def name(requirement: str) -> str:
    found = re.match(r"[\w.-]+", requirement)
    assert found, requirement
    return re.sub(r"[-_.]+", "-", found[0]).lower()


def pinned(*lists: str) -> set[str]:
    return {name(found[1]) for one in lists for found in PIN.finditer(read(LISTS[one]))}


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", LISTS.values(), ids=LISTS)
def test_the_lists_hold_exact_versions_with_their_hashes_and_no_address(path: Path) -> None:
    assert PIN.sub("", read(path)) == ""


def test_every_dependency_is_pinned() -> None:
    extras = PYPROJECT["project"]["optional-dependencies"]
    needed = [*PYPROJECT["project"]["dependencies"], *PYPROJECT["build-system"]["requires"]]
    assert {name(one) for one in needed} <= pinned("run")
    assert {name(one) for one in extras["test"] + extras["lint"]} <= pinned("run", "test")
    assert {name(one) for one in extras["quality"]} <= pinned("run", "test", "quality")


def test_the_reviewer_is_that_of_the_backend() -> None:
    backend = re.search(r"^anki==(\S+)", read(LISTS["test"]), re.MULTILINE)
    assert backend
    assert read(LISTS["reviewer"]).startswith(f"aqt=={backend[1]} ")


def test_what_is_imported_is_declared() -> None:
    modules = {
        "frontmatter": "python-frontmatter",
        "yaml": "pyyaml",
        "markdown_it": "markdown-it-py",
    }
    declared = {name(one) for one in PYPROJECT["project"]["dependencies"]}
    for path in (ROOT / "src").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        for found in re.findall(r"^(?:from|import) (\w+)", text, re.MULTILINE):
            known = found in sys.stdlib_module_names or found == "anki_export"
            assert known or name(modules.get(found, found)) in declared, f"{path}: {found}"


def test_make_lists_its_targets() -> None:
    done = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True)
    listed = {line.split()[1] for line in done.stdout.splitlines() if line.startswith("make ")}
    assert {"deck", "preview", "test", "lint", "check", "bench", "fidelity", "clean"} <= listed
    assert {"bench-peers", "bench-docs", "coverage", "mutants", "fuzz", "growth"} <= listed
    assert {"pins", "audit"} <= listed
