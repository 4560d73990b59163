"""How fast the preview is: ``python -m benchmarks.preview NOTES``, in real Chromium.

The folder is copied. Measured are the start (from the command to the page, and to its cards),
a search as you type, the way from a key to the next card, and from an edit to its card.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from support.anki_page import start_chromium  # noqa: E402

WORDS = ("a", "memory", "的", "为什么", "内存 page", "zzzz", "cuda kernel", "？")

# Types into the search field and waits for the picture with the answer.
SEARCH = """
const done = arguments[1], field = document.getElementById("search"), start = performance.now();
field.value = arguments[0];
field.dispatchEvent(new Event("input"));
requestAnimationFrame(() => setTimeout(() => done(performance.now() - start)));
"""
STEP = """
const done = arguments[0], start = performance.now();
document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "j", bubbles: true }));
const frame = () => document.querySelector("iframe").contentDocument.getElementById("qa");
const before = frame().innerHTML;
const look = () => frame().innerHTML === before && performance.now() - start < 2000
  ? requestAnimationFrame(look) : done(performance.now() - start);
look();
"""


def until(found: Callable[[], Any], limit: float = 120) -> float:
    """Seconds until something is true."""
    start = time.perf_counter()
    while not found():
        assert time.perf_counter() - start < limit
        time.sleep(0.005)
    return time.perf_counter() - start


def main() -> None:
    """Print a line a measurement."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("notes", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        notes = Path(name) / "notes"
        shutil.copytree(options.notes, notes, ignore=shutil.ignore_patterns(".*"))
        driver = start_chromium(str(Path(name) / "profile"))
        start = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "-u", "-m", "anki_export", "preview", str(notes), "--no-open"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            encoding="utf-8",
        )
        try:
            assert process.stdout
            url = process.stdout.readline().strip()
            print(f"address after {time.perf_counter() - start:.2f} s")
            driver.get(url)
            print(f"page after {time.perf_counter() - start:.2f} s")
            measure(driver, notes, start)
        finally:
            process.terminate()
            process.communicate()
            driver.quit()


def measure(driver: Any, notes: Path, start: float) -> None:
    """The measurements on the page."""
    ready = "return Number(document.documentElement.dataset.ready ?? 0)"
    until(lambda: driver.execute_script(ready) == 1)
    print(f"cards after {time.perf_counter() - start:.2f} s")
    print(driver.execute_script("return document.getElementById('count').textContent"))
    searches = [driver.execute_async_script(SEARCH, word) for word in WORDS for _ in range(3)]
    print(f"search {statistics.median(searches):.0f} ms, at most {max(searches):.0f} ms")
    driver.execute_async_script(SEARCH, "")
    steps = [driver.execute_async_script(STEP) for _ in range(20)]
    print(f"next card {statistics.median(steps):.0f} ms, at most {max(steps):.0f} ms")
    path = notes / driver.execute_script("return index.cards[0].path")
    seconds = []
    for number in range(1, 4):
        with path.open("a", encoding="utf-8") as file:
            file.write(f"\n\n### Q: Which edit is number {number}?\n\nA: The last one.\n")
        script = f"{ready} > {number}"
        seconds.append(until(partial(driver.execute_script, script)))
    print(f"edit {statistics.median(seconds):.2f} s, at most {max(seconds):.2f} s")


if __name__ == "__main__":
    main()
