"""What is missing skips a test here, and fails it where everything is required."""

from __future__ import annotations

import importlib.util
import shutil
from collections.abc import Callable

import pytest

from support import requires

ALL = [
    requires.require_anki,
    requires.require_reviewer,
    requires.require_selenium,
    requires.require_chromium,
    requires.require_webkit,
]


@pytest.fixture(autouse=True)
def _nothing_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)


@pytest.mark.parametrize("require", ALL, ids=lambda require: require.__name__)
def test_skips_with_a_reason(
    require: Callable[[], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ANKI_EXPORT_REQUIRE_ALL", raising=False)
    with pytest.raises(pytest.skip.Exception, match="not installed"):
        require()


@pytest.mark.parametrize("require", ALL, ids=lambda require: require.__name__)
def test_fails_where_all_is_required(
    require: Callable[[], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANKI_EXPORT_REQUIRE_ALL", "1")
    with pytest.raises(pytest.fail.Exception, match="not installed"):
        require()
