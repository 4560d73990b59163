"""Golden cases: readable Markdown files of ``title / input / expected``, split by dots.

A case is a title line, a line with a single dot, the input, a dot, what is expected, a
dot. ``python tests/test_render.py --update`` rewrites what is expected from what comes out:
read the difference before you keep it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

CASES = Path(__file__).parents[1] / "cases"
_CASE = re.compile(
    r"^(?P<title>\S.*)\n\.\n(?P<input>(?s:.*?))^\.\n(?P<expected>(?s:.*?))^\.$", re.MULTILINE
)


@dataclass(frozen=True)
class Case:
    file: Path
    line: int
    title: str
    input: str
    expected: str

    @property
    def where(self) -> str:
        return f"{self.file.relative_to(CASES).as_posix()}:{self.line}"


def read_cases(folder: str) -> Iterator[Case]:
    for file in sorted((CASES / folder).glob("*.md")):
        text = file.read_text(encoding="utf-8")
        for found in _CASE.finditer(text):
            line = text.count("\n", 0, found.start()) + 1
            yield Case(file, line, found["title"], found["input"], found["expected"])


def update(folder: str, run: Callable[[Case], str]) -> None:
    """Rewrite every expected part of a folder's cases with what ``run`` gives."""
    for file in sorted((CASES / folder).glob("*.md")):
        text = file.read_text(encoding="utf-8")
        for case in [c for c in read_cases(folder) if c.file == file]:
            old = f"{case.title}\n.\n{case.input}.\n{case.expected}.\n"
            assert text.count(old) == 1, f"{case.where}: two cases look the same"
            text = text.replace(old, f"{case.title}\n.\n{case.input}.\n{run(case)}.\n")
        file.write_text(text, encoding="utf-8")
