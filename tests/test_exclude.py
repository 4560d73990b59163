"""What is left out: as pathspec says, in linear time."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pathspec import GitIgnoreSpec

from anki_export.notes.exclude import exclusion

PATTERNS = st.text(alphabet="ab*?/.!x[]\\\\(-", min_size=1, max_size=12)
PATHS = st.text(alphabet="ab/.x(*[", min_size=1, max_size=12).map(
    lambda text: text.strip("/") or "a"
)


@pytest.mark.filterwarnings("ignore::FutureWarning")
@settings(max_examples=500, deadline=None)
@given(st.lists(PATTERNS, min_size=1, max_size=2), PATHS)
@example(["*a*b*.x"], "aXabab.x")
@example(["a**b*[ab]?x"], "aabbax")
@example(["**/a*/**/*b*"], "a/b/ab/b.x")
@example(["*\\(*a"], "((a")
def test_the_same_paths_are_left_out(patterns: list[str], path: str) -> None:
    try:
        expected = GitIgnoreSpec.from_lines(patterns)
    except (ValueError, re.error):
        with pytest.raises((ValueError, re.error)):
            exclusion(patterns)
        return
    assert exclusion(patterns).match_file(path) == expected.match_file(path)


@pytest.mark.parametrize(
    "pattern", ["*a" * 9 + "*b", "*[a-b]" * 9 + "*c", "a*" * 9 + "?b", "*?a" * 9]
)
def test_many_stars_take_no_power_of_a_name(pattern: str) -> None:
    start = time.process_time()
    assert not exclusion([pattern]).match_file("a" * 255 + ".md")
    assert time.process_time() - start < 1


def test_many_double_stars_take_no_power_of_a_path() -> None:
    start = time.process_time()
    assert not exclusion(["**/a/**/a/**/a/**/b"]).match_file("a/" * 64 + "c.md")
    assert time.process_time() - start < 5
