"""What a fresh clone relies on: pinned dependencies, make targets, one version."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PINS = [
    line
    for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
]


def name(requirement: str) -> str:
    found = re.match(r"[\w.-]+", requirement)
    assert found, requirement
    return re.sub(r"[-_.]+", "-", found[0]).lower()


def test_every_dependency_is_pinned_exactly() -> None:
    for pin in PINS:
        assert re.fullmatch(r"[\w.-]+==[\w.]+", pin), pin
    extras = PYPROJECT["project"]["optional-dependencies"]
    wanted = {name(one) for one in PYPROJECT["project"]["dependencies"]}
    wanted |= {name(one) for extra in extras.values() for one in extra}
    assert wanted <= {name(pin) for pin in PINS}


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
