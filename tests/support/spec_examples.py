"""The examples of the CommonMark and GFM specifications, from an installed package.

``marko`` 1.0.0 carries both texts (version 0.29, on which GitHub's parser is built) in
its wheel; later ones do not.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib.metadata import files

_EXAMPLE = re.compile(r"^`{32} example[^\n]*\n(.*?)^\.\n(.*?)^`{32}$", re.DOTALL | re.MULTILINE)

NAMES = ("commonmark", "gfm")


@dataclass(frozen=True, slots=True)
class Example:
    """An example: its number in the specification, and its Markdown."""

    number: int
    lines: tuple[str, ...]


def examples(name: str) -> list[Example]:
    """All examples of ``commonmark`` or ``gfm``."""
    path = next(file for file in files("marko") or [] if file.name == f"{name}.txt")
    text = path.read_text(encoding="utf-8")
    found = [match.group(1).replace("→", "\t") for match in _EXAMPLE.finditer(text)]
    return [
        Example(number, tuple(markdown.removesuffix("\n").split("\n")))
        for number, markdown in enumerate(found, 1)
    ]
