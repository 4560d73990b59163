"""The suite on every supported Python, with the lowest and with the pinned dependencies.

``nox`` runs what interpreters are at hand; ``nox --session "tests-3.13(lowest)"`` one of them,
and ``nox --session anki`` imports packages into backends of Anki, from the oldest that is served.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import nox

PYTHONS = ["3.11", "3.12", "3.13"]
BACKENDS = ["25.2", "25.2.7", "25.9.5", "pinned"]
"""Anki says "25.02" for what its wheel calls 25.2."""

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


def install_pinned(session: nox.Session) -> None:
    """Install what ``make test`` does, by hash, and the project."""
    lists = [f"--requirement=requirements/{name}.txt" for name in ("run", "test")]
    session.install("--require-hashes", *lists)
    session.install("--no-deps", "--no-build-isolation", ".")


@nox.session(python=PYTHONS)
@nox.parametrize("versions", ["lowest", "pinned"], ids=["lowest", "pinned"])
def tests(session: nox.Session, versions: str) -> None:
    """Everything but the browsers."""
    install_pinned(session)
    if versions == "lowest":
        session.install(*lowest())
        session.run("python", "-m", "pip", "check")
    session.run(
        "python", "-m", "pytest", "--quiet", "--ignore=tests/test_browser.py", *session.posargs
    )


@nox.session(python="3.11")
@nox.parametrize("version", BACKENDS, ids=BACKENDS)
def anki(session: nox.Session, version: str) -> None:
    """Packages against a version of Anki's backend: import, review, edit, import again."""
    install_pinned(session)
    if version != "pinned":
        session.install(f"anki=={version}")
    files = [f"tests/test_{name}.py" for name in ("anki", "reimport", "render_anki")]
    session.env["ANKI_EXPORT_REQUIRE_ALL"] = "1"
    session.run("python", "-m", "pytest", "--quiet", *files, *session.posargs)
