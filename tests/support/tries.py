"""How many examples a property is tried on."""

from __future__ import annotations

from hypothesis import settings

DEEP = "deep"
MORE = 20
"""How many times as many examples the deep profile tries."""


def tries(count: int) -> settings:
    """Return a decorator for ``count`` examples, more of them in the deep profile."""
    deep = settings.get_current_profile_name() == DEEP
    return settings(max_examples=count * MORE if deep else count)
