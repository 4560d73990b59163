"""Which paths are left out: patterns as in a ``.gitignore``, matched in linear time.

pathspec writes a pattern as a regular expression in which every star may give back what it
took: some stars in one name take a power of its length. Of stars in one part of a path the
first place where the text after a star fits is as good as any later one, so that all but
the last need not give anything back.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable

from pathspec import GitIgnoreSpec
from pathspec.patterns.gitignore.spec import GitIgnoreSpecPattern

_STARS = re.compile(r"(?:\[\^/\]\*){2,}")
_STAR_BEFORE_STAR = re.compile(
    r"""
    \[\^/\]\*                   # a star
    (?P<text>(?:
        \\.                     # and text: a character escaped,
      | \[\^/\](?!\*)           # a question mark,
      | (?!\[\^/\])\[[^]/]+\]   # a class of characters,
      | [^][/()$\\]             # or any other one
    )+)
    (?=\[\^/\]\*)               # up to the next star
    """,
    re.VERBOSE,
)


def exclusion(patterns: Iterable[str]) -> GitIgnoreSpec:
    """The paths that these patterns mean, the last one that fits first.

    Raises:
        ValueError, re.error: one of them is no pattern.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # of a bracket in brackets
        return GitIgnoreSpec.from_lines(patterns, _Pattern)


class _Pattern(GitIgnoreSpecPattern):
    """A pattern whose stars keep what they took."""

    @classmethod
    def pattern_to_regex(cls, pattern: str) -> tuple[str | None, bool | None]:  # type: ignore[override]
        """The regular expression of a pattern, and whether what it fits is left out."""
        regex, include = super().pattern_to_regex(pattern)
        if regex is None:
            return None, include
        single = _STARS.sub("[^/]*", regex)
        return _STAR_BEFORE_STAR.sub(r"(?>[^/]*?\g<text>)", single), include
