"""Cards as a person sees them: the real backend's rendering in the reviewer's own page.

    python -m support.anki_page PACKAGE OUTDIR [--width 390] [--night] [--search …] [--limit N]

writes a picture of both sides of every card. The tests (test_browser.py) put the same pages
into Chromium and WebKit. Needs the packages anki and selenium and the web files of aqt.
"""

from __future__ import annotations

import argparse
import base64
import os
import re
import subprocess
import tempfile
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal

from selenium import webdriver
from selenium.webdriver.chrome.service import Service as ChromeService
from selenium.webdriver.remote.webdriver import WebDriver
from selenium.webdriver.webkitgtk.service import Service as WebKitService

from support import requires
from support.anki_web import PHONE, Deck, RenderedSides, Server, body_class

Side = Literal["question", "answer"]
SIDES: tuple[Side, ...] = ("question", "answer")


# --------------------------------------------------------------------------- the cards


def render_package(package: Path, folder: Path, search: str = "") -> Deck:
    """Import a package into a new collection in ``folder`` and render the cards found there."""
    requires.require_anki()
    from anki.collection import (  # noqa: PLC0415 - skipped where anki is missing
        Collection,
        ImportAnkiPackageOptions,
        ImportAnkiPackageRequest,
    )

    collection = Collection(str(folder / "collection.anki2"))
    try:
        options = ImportAnkiPackageOptions()
        collection.import_anki_package(
            ImportAnkiPackageRequest(package_path=str(package), options=options)
        )
        escape = collection.media.escape_media_filenames
        cards = []
        for number in sorted(collection.find_cards(search)):
            card = collection.get_card(number)
            text = re.sub(r"<[^>]*>", "", card.note().fields[0])
            name = f"{number} {' '.join(text.split())[:40]}"
            sides = RenderedSides(name, escape(card.question()), escape(card.answer()))
            cards.append(sides)
    finally:
        collection.close()
    return Deck(tuple(cards), folder / "collection.media")


# --------------------------------------------------------------------------- the browsers


class Reviewer:
    """A browser that shows cards as Anki's reviewer; subclasses know the engine."""

    driver: WebDriver

    def __init__(self, server: Server) -> None:
        self.server = server
        self._night = False

    def open(self, width: int, night: bool) -> None:
        """Load the reviewer's page at a width in CSS pixels."""
        self._night = night
        self._load(width, "dark" if night else "light")
        self.driver.set_script_timeout(300)

    def _load(self, width: int, theme: str) -> None:
        raise NotImplementedError

    def check(self, deck: Deck, sides: Sequence[Side] = SIDES) -> list[str]:
        """Show every card and return what would disturb a person, one line each."""
        found = self._run(
            "const cards = await (await fetch(args[0])).json();"
            "return checkCards(cards, args[1], args[2]);",
            f"/_deck/{self.server.number_of(deck)}",
            list(sides),
            body_class(self._night),
        )
        return [str(problem) for problem in found]

    def show(self, deck: Deck, card: RenderedSides, side: Side) -> None:
        """Show one side of one card and leave it on the page."""
        self.server.number_of(deck)
        self._run("await showSide(...args);", asdict(card), side, body_class(self._night))

    def run(self, script: str, *args: Any) -> Any:
        """Return the value of an async script in the page; ``args`` are its arguments."""
        return self._run(script, *args)

    def _run(self, script: str, *args: Any) -> Any:
        result = self.driver.execute_async_script(
            "const done = arguments[arguments.length - 1];"
            "const args = [...arguments].slice(0, -1);"
            f"(async () => {{ {script} }})().then("
            "(value) => done({value}), (error) => done({error: String(error.stack || error)}));",
            *args,
        )
        if "error" in result:
            raise RuntimeError(result["error"])
        return result.get("value")

    def close(self) -> None:
        self.driver.quit()


class Chromium(Reviewer):
    """The engine of the desktop and of AnkiDroid."""

    driver: webdriver.Chrome

    def __init__(self, server: Server) -> None:
        super().__init__(server)
        self._profile = tempfile.TemporaryDirectory(prefix="anki-page-", ignore_cleanup_errors=True)
        self.driver = start_chromium(self._profile.name)

    def _load(self, width: int, theme: str) -> None:
        self.resize(width, 800, 1)
        self.driver.get(f"{self.server.url}/_page/{width}/{theme}")

    def resize(self, width: int, height: int, scale: float) -> None:
        metrics = {
            "width": width,
            "height": height,
            "deviceScaleFactor": scale,
            "mobile": width < PHONE,
        }
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)

    def picture(self, width: int) -> bytes:
        """Return a PNG of the whole card on the page."""
        height = self.run(
            "scrollTo(0, 0); return Math.ceil(document.body.getBoundingClientRect().bottom);"
        )
        self.resize(width, max(int(height), 200), 2)
        shot = self.driver.execute_cdp_cmd("Page.captureScreenshot", {"format": "png"})
        self.resize(width, 800, 1)
        return base64.b64decode(shot["data"])

    def close(self) -> None:
        super().close()
        self._profile.cleanup()


def start_chromium(profile: str) -> webdriver.Chrome:
    """Start Chromium without a window and with nothing of its own on the network."""
    browser = requires.require_chromium()
    options = webdriver.ChromeOptions()
    options.binary_location = browser.program
    for flag in (
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--no-first-run",
        f"--user-data-dir={profile}",
    ):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    return webdriver.Chrome(options=options, service=ChromeService(browser.driver))


class WebKit(Reviewer):
    """The engine of AnkiMobile. Its window has a least width: the card is in a frame."""

    driver: webdriver.WebKitGTK

    def __init__(self, server: Server) -> None:
        super().__init__(server)
        browser = requires.require_webkit()
        self._screen = subprocess.Popen(
            [
                browser.display,
                "-displayfd",
                "1",
                "-screen",
                "0",
                "1400x4000x24",
                "-nolisten",
                "tcp",
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        assert self._screen.stdout
        display = self._screen.stdout.readline().decode().strip()
        options = webdriver.WebKitGTKOptions()
        options.binary_location = browser.program
        options.add_argument("--automation")
        environment = {
            **{name: value for name, value in os.environ.items() if name != "WAYLAND_DISPLAY"},
            "DISPLAY": f":{display}",
            "GDK_BACKEND": "x11",
            "WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS": "1",
        }
        service = WebKitService(browser.driver, env=environment)
        try:
            with warnings.catch_warnings():
                # Selenium's own way of starting this driver is one that it deprecates.
                warnings.simplefilter("ignore", DeprecationWarning)
                self.driver = webdriver.WebKitGTK(options=options, service=service)
        except BaseException:
            self._close_screen()
            raise

    def _load(self, width: int, theme: str) -> None:
        self.driver.switch_to.default_content()
        self.driver.get(f"{self.server.url}/_frame/{width}/{theme}")
        self.driver.switch_to.frame(0)

    def picture(self, width: int) -> bytes:
        """Return a PNG of the whole window: the card's frame is at its left."""
        height = int(self.run("return Math.ceil(document.body.getBoundingClientRect().height);"))
        self.driver.switch_to.default_content()
        self.driver.set_window_size(width + 40, min(height + 200, 3900))
        resize = "document.querySelector('iframe').style.height = `${arguments[0]}px`;"
        self.driver.execute_script(resize, max(height, 200))
        self.driver.switch_to.frame(0)
        self.run("scrollTo(0, 0); await new Promise((done) => requestAnimationFrame(done));")
        self.driver.switch_to.default_content()
        shot = base64.b64decode(self.driver.get_screenshot_as_base64())
        self.driver.switch_to.frame(0)
        return shot

    def close(self) -> None:
        super().close()
        self._close_screen()

    def _close_screen(self) -> None:
        self._screen.terminate()
        self._screen.wait()
        assert self._screen.stdout
        self._screen.stdout.close()


@contextmanager
def reviewer(engine: type[Chromium] | type[WebKit]) -> Iterator[Chromium | WebKit]:
    """Give a browser with a server of its own; both are closed at the end."""
    server = Server()
    try:
        browser = engine(server)
        try:
            yield browser
        finally:
            browser.close()
    finally:
        server.close()


# --------------------------------------------------------------------------- the tool


_UNFOLD = """
for (const details of document.querySelectorAll("details")) details.open = true;
document.body.getBoundingClientRect();
await document.fonts.ready;
"""


def save_pictures(
    package: Path, folder: Path, *, engine: str, width: int, night: bool, search: str, limit: int
) -> list[Path]:
    """Write a picture of each side of the package's cards, folded parts opened, as PNG."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    with tempfile.TemporaryDirectory() as place:
        deck = render_package(package, Path(place), search)
        with reviewer(WebKit if engine == "webkit" else Chromium) as browser:
            browser.open(width, night)
            for card in deck.cards[:limit]:
                for side in SIDES:
                    browser.show(deck, card, side)
                    browser.run(_UNFOLD)
                    theme = "night" if night else "light"
                    stem = re.sub(r"[^\w-]+", "-", card.name).strip("-")
                    file = folder / f"{stem}.{width}.{theme}.{side}.png"
                    file.write_bytes(browser.picture(width))
                    written.append(file)
    return written


def main() -> None:
    parser = argparse.ArgumentParser(description="Write pictures of a package's cards.")
    parser.add_argument("package", type=Path)
    parser.add_argument("outdir", type=Path)
    parser.add_argument("--width", type=int, default=390, help="CSS pixels")
    parser.add_argument("--night", action="store_true")
    parser.add_argument("--search", default="", help="a search as in Anki's browser")
    parser.add_argument("--limit", type=int, default=None, help="number of cards")
    parser.add_argument("--engine", choices=("chromium", "webkit"), default="chromium")
    options = vars(parser.parse_args())
    for file in save_pictures(options.pop("package"), options.pop("outdir"), **options):
        print(file)


if __name__ == "__main__":
    main()
