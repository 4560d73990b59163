"""The preview in real Chromium: what tests ask of it, and the pictures of the documentation.

    python -m support.preview_page NOTES OUTDIR

writes preview-wide.png and preview-phone.png.
"""

from __future__ import annotations

import base64
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from support.anki_page import start_chromium

PATIENCE = 20.0
"""Seconds that a busy machine is given."""

WIDE, PHONE = (1280, 860), (390, 800)
"""Windows in CSS pixels."""


class Browser:
    """Chromium with the preview in it."""

    def __init__(self, profile: str) -> None:
        self.driver = start_chromium(profile)

    def open(self, url: str, size: tuple[int, int] = WIDE) -> None:
        self.resize(size)
        self.driver.get("about:blank")
        self.complaints()
        self.driver.get(url)
        self.until("return document.documentElement.dataset.ready")

    def resize(self, size: tuple[int, int], scale: float = 1) -> None:
        metrics = {"width": size[0], "height": size[1], "deviceScaleFactor": scale}
        self.driver.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride", {**metrics, "mobile": size[0] < 500}
        )

    def run(self, script: str, *arguments: Any) -> Any:
        return self.driver.execute_script(script, *arguments)

    def until(self, script: str, *arguments: Any) -> Any:
        """Wait until a script gives something true."""
        end = time.monotonic() + PATIENCE
        while not (found := self.run(script, *arguments)):
            assert time.monotonic() < end, script
            time.sleep(0.02)
        return found

    def type(self, keys: str, place: str = "body") -> None:
        self.driver.find_element("css selector", place).send_keys(keys)

    def text(self, selector: str) -> str:
        found = self.driver.find_element("css selector", selector).text
        assert isinstance(found, str)
        return found

    def frame_text(self, number: int = 0) -> str:
        found = self.run(
            "return document.querySelectorAll('iframe')[arguments[0]]?.contentDocument.body.innerText",
            number,
        )
        return str(found)

    def shows(self, part: str, number: int = 0) -> None:
        """Wait until a frame shows this."""
        self.until(
            "return document.querySelectorAll('iframe')[arguments[1]]"
            "?.contentDocument?.body?.innerText.includes(arguments[0])",
            part,
            number,
        )

    def complaints(self) -> list[str]:
        entries = self.driver.get_log("browser")  # type: ignore[no-untyped-call]
        return [entry["message"] for entry in entries]

    def picture(self, file: Path, scale: float) -> None:
        """Write what the window shows as PNG."""
        width, height = self.run("return [innerWidth, innerHeight]")
        self.resize((width, height), scale)
        time.sleep(0.5)
        shot = self.driver.execute_cdp_cmd("Page.captureScreenshot", {"format": "png"})
        file.write_bytes(base64.b64decode(shot["data"]))


def main() -> None:
    """Write the pictures of the documentation."""
    notes, folder = map(Path, sys.argv[1:3])
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        file = Path(name) / "cards.html"
        command = [sys.executable, "-m", "anki_export", "preview", str(notes)]
        subprocess.run([*command, "--export", str(file)], check=True)
        browser = Browser(str(Path(name) / "profile"))
        browser.open(file.as_uri(), WIDE)
        browser.run(
            "return select(index.cards.find((card) => card.ask.includes(arguments[0])))", ASK
        )
        browser.picture(folder / "preview-wide.png", 1)
        browser.open(file.as_uri(), PHONE)
        browser.picture(folder / "preview-phone.png", 1)
        browser.driver.quit()


ASK = "What's the output?"
"""What the pictured card asks."""

if __name__ == "__main__":
    main()
