"""What the tests need beyond Python packages: found, or a clear reason to skip.

With ``ANKI_EXPORT_REQUIRE_ALL=1`` (as in CI) nothing is skipped: what is missing fails.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from subprocess import CompletedProcess
from types import ModuleType
from typing import NoReturn

import pytest


@dataclass(frozen=True, slots=True)
class Browser:
    """A browser's program and its WebDriver; ``display`` is the program of a virtual screen."""

    program: str
    driver: str
    display: str = ""


def require_anki() -> ModuleType:
    """Return the package ``anki``, Anki's own backend."""
    if importlib.util.find_spec("anki") is None:
        _missing("the package 'anki' is not installed (pip install anki)")
    return importlib.import_module("anki")


def require_reviewer() -> Path:
    """Return the folder of the web files of Anki's reviewer: its style sheets and MathJax."""
    spec = importlib.util.find_spec("_aqt")
    places = (spec and spec.submodule_search_locations) or ()
    found = [web for place in places if (web := Path(place) / "data" / "web").is_dir()]
    if not found:
        _missing("the reviewer's web files are not installed (pip install --no-deps aqt)")
    return found[0]


def require_chromium() -> Browser:
    """Return Chromium, the engine of the desktop and of AnkiDroid."""
    program = next(
        filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), ""
    )
    driver = shutil.which("chromedriver")
    require_selenium()
    if not program or not driver:
        _missing("Chromium or its driver is not installed (chromium, chromium-driver)")
    return Browser(program, driver)


def require_webkit() -> Browser:
    """Return WebKit's small browser, the engine of AnkiMobile, and the screen it needs."""
    driver, display = shutil.which("WebKitWebDriver"), shutil.which("Xvfb")
    programs = sorted(Path("/usr").glob("lib*/**/webkit2gtk-4*/MiniBrowser"))
    require_selenium()
    if not programs or not driver or not display:
        _missing("WebKit's driver or Xvfb is not installed (webkit2gtk-driver, xvfb)")
    return Browser(str(programs[-1]), driver, display)


def require_selenium() -> None:
    """See to it that selenium is installed; also for the top of a module."""
    if importlib.util.find_spec("selenium") is None:
        _missing("the package 'selenium' is not installed (pip install selenium)")


def with_index(done: CompletedProcess[str]) -> None:
    """See to it that pip has done its work; without a package index it cannot."""
    unreachable = ("No matching distribution", "Failed to establish a new connection")
    if done.returncode and any(reason in done.stderr for reason in unreachable):
        _missing("the package index cannot be reached, from which pip installs")
    assert done.returncode == 0, done.stderr


def _missing(what: str) -> NoReturn:
    if os.environ.get("ANKI_EXPORT_REQUIRE_ALL") == "1":
        pytest.fail(what, pytrace=False)
    pytest.skip(what, allow_module_level=True)
