"""What all tests share: the real Anki, browsers, and how properties are tried.

Properties draw the same examples in every run, so that a failure is the fault of a change
and not of luck. ``pytest --hypothesis-profile deep`` looks for new ones, and for more.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from support import requires
from support.collection import Collection, collection
from support.tries import DEEP

if TYPE_CHECKING:
    from support.anki_page import Chromium, WebKit

for profile, fixed in (("fixed", True), (DEEP, False)):
    settings.register_profile(
        profile,
        derandomize=fixed,
        deadline=None,
        print_blob=True,
        suppress_health_check=[HealthCheck.too_slow],
    )
settings.load_profile("fixed")


@pytest.fixture(scope="session", autouse=True)
def _home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The user's own settings are none of the tests'."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CONFIG_HOME", str(tmp_path_factory.mktemp("config")))
        yield


@pytest.fixture
def heeded() -> Iterator[None]:
    """A program started here heeds SIGINT, even if the tests run where it is ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def anki() -> Iterator[Collection]:
    """An empty collection of the real Anki."""
    with collection() as opened:
        yield opened


@pytest.fixture(scope="session")
def chromium() -> Iterator[Chromium]:
    requires.require_selenium()
    requires.require_chromium()
    requires.require_reviewer()
    from support.anki_page import Chromium, reviewer  # noqa: PLC0415 - imports selenium

    with reviewer(Chromium) as browser:
        assert isinstance(browser, Chromium)
        yield browser


@pytest.fixture(scope="session")
def webkit() -> Iterator[WebKit]:
    requires.require_selenium()
    requires.require_webkit()
    requires.require_reviewer()
    from support.anki_page import WebKit, reviewer  # noqa: PLC0415 - imports selenium

    with reviewer(WebKit) as browser:
        assert isinstance(browser, WebKit)
        yield browser
