"""Notes that were made to be slow: their time and their cards grow with their size."""

from __future__ import annotations

import sys

import pytest

from anki_export.markdown import parse
from support.growth import SHAPES, Shape, measure

FORMERLY_SLOW = [
    "answer answers", "answer tex-lines", "asked references", "asked short rows", "asked table notes",
    "asked table rows", "cell comment-opens", "cell image-opens", "code csharp", "code perl",
    "code-lines java", "code-lines lua", "front bare-links", "front cdata", "front comment-short",
    "front image-opens", "lines answers", "lines head-answer", "qa comment-opens", "run footnote-opens",
    "run inline-footnotes", "run link-titles", "run open-brackets", "run sounds", "run tags-open",
    "run tex-display", "spread bare-www", "spread hashes", "spread open-brackets",
    "whole asking items", "whole short rows", "whole table rows",
]  # fmt: skip
"""Shapes that took the square of their size; each took seconds at 32,000 bytes."""

LIMIT = 3.0
"""Seconds of CPU time; on a usual machine they take a tenth of it."""


@pytest.mark.parametrize("name", FORMERLY_SLOW)
def test_no_note_of_32_000_bytes_takes_long(name: str) -> None:
    growth = measure(SHAPES[name], [32_000], LIMIT)
    assert not growth.failed
    assert growth.seconds[-1] < LIMIT
    assert growth.out[-1] < 200 * 32_000


def calls(shape: Shape, size: int) -> int:
    """How many functions are called for a note: as its time, but the same on any machine."""
    count = 0

    def tally(_frame: object, event: str, _value: object) -> None:
        nonlocal count
        count += event == "call"

    lines = shape(size).split("\n")
    sys.setprofile(tally)
    try:
        parse(lines)
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize("name", ["quote depths", "quote heads", "quote items"])
def test_quotes_in_quotes_take_no_square_of_their_lines(name: str) -> None:
    shape = SHAPES[f"whole {name}"]
    assert calls(shape, 48_000) < 2.5 * calls(shape, 24_000)


def test_every_shape_is_processed() -> None:
    for name, shape in SHAPES.items():
        assert not measure(shape, [600], LIMIT).failed, name


REPEATED = {
    "a title": lambda n: f"# {'long ' * (n // 10)}\n\n{questions(n // 30)}",
    "a heading": lambda n: f"# T\n\n## {'long ' * (n // 10)}\n\n{questions(n // 30)}",
    "a front matter's title": lambda n: f"---\ntitle: {'t' * (n // 2)}\n---\n{questions(n // 30)}",
    "a footnote": lambda n: (
        questions(n // 40, "a[^a]") + f"[^a]: see[^b]\n\n[^b]: {'note ' * (n // 10)}\n"
    ),
    "a header": lambda n: (
        f"# T\n\n| Name | {'long ' * (n // 10)} | B |\n|---|---|---|\n"
        + "| r | a | b |\n" * (n // 28)
    ),
}
"""What each of a note's cards shows, half of the note long."""


def questions(count: int, answer: str = "a") -> str:
    return "".join(f"## What is {at}?\n\n{answer}\n\n" for at in range(count))


@pytest.mark.parametrize("name", REPEATED)
def test_what_all_cards_show_is_not_shown_without_end(name: str) -> None:
    growth = measure(REPEATED[name], [30_000, 60_000], 30)
    assert not growth.failed
    assert growth.out[0] > 0
    assert growth.out[1] < 2.5 * growth.out[0]
    assert growth.out[1] < 200 * 60_000
