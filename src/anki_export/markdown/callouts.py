"""Boxes around text: which of them a card shows, in which of five looks, under which title.

GitHub's alerts, Obsidian's callouts and the containers of VuePress and Docusaurus share
their names for the most part.
"""

from __future__ import annotations

from anki_export.markdown.tree import Callout

_LOOKS = {
    "note": "note info abstract summary tldr todo example quote cite seealso details",
    "tip": "tip hint success check done",
    "important": "important question help faq",
    "warning": "warning warn attention",
    "caution": "caution danger error failure fail missing bug",
}
"""Names by their look; GitHub's five give the looks theirs."""

_LOOK = {name: look for look, names in _LOOKS.items() for name in names.split()}


def is_known(callout: Callout) -> bool:
    """Whether a container is a box; ``code-group`` and the like are arrangements of a page."""
    return callout.name in _LOOK


def box(callout: Callout) -> tuple[str, dict[str, str]]:
    """The element of a box and its attributes; a name of its own looks like a note."""
    attributes = {"class": f"callout callout-{_LOOK.get(callout.name, 'note')}"}
    if callout.fold == "+":
        attributes["open"] = ""
    return "details" if callout.fold else "div", attributes


def title(callout: Callout) -> str:
    """The title as inline Markdown: the author's, else the box's name."""
    return callout.title or callout.name.replace("-", " ").capitalize()
