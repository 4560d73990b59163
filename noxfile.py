"""The suite on every supported Python, with the lowest and with the pinned dependencies.

``nox`` runs what interpreters are at hand; ``nox --session "tests-3.13(lowest)"`` one of them.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import nox

PYTHONS = ["3.11", "3.12", "3.13"]
nox.options.error_on_missing_interpreters = False
nox.options.default_venv_backend = "venv"


def lowest() -> list[str]:
    """The lowest version of each dependency that is declared."""
    project = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))["project"]
    pins = []
    for requirement in project["dependencies"]:
        found = re.match(r"([\w.-]+)>=([\w.]+)", requirement)
        assert found, requirement
        pins.append(f"{found[1]}=={found[2]}")
    return pins


@nox.session(python=PYTHONS)
@nox.parametrize("versions", ["lowest", "pinned"], ids=["lowest", "pinned"])
def tests(session: nox.Session, versions: str) -> None:
    """Everything but the browsers."""
    if versions == "pinned":
        session.install("--constraint", "constraints.txt", ".[test]")
    else:
        session.install(*lowest(), ".[test]")
    session.run(
        "python", "-m", "pytest", "--quiet", "--ignore=tests/test_browser.py", *session.posargs
    )
