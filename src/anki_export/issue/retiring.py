"""Cards that are gone from the notes: what they ship, and when that is refused."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from anki_export.issue.content import clean
from anki_export.ledger.entries import (
    RETIRED_TAG,
    Entry,
    State,
)
from anki_export.ledger.numbers import newer
from anki_export.markdown.raw_html import harmless
from anki_export.model import FIELDS, AnkiNote, Seconds
from anki_export.problems import RetireError
from anki_export.text import as_html

BANNER = "This card is no longer in the notes."
MOST = 20
"""Cards that may always retire at once; beyond it a quarter is too much (DESIGN)."""

_IMAGE = re.compile(r"<img\b[^>]*>", re.IGNORECASE)
_ALT = re.compile(r"""\balt\s*=\s*(?:"([^"]*)"|'([^']*)')""", re.IGNORECASE)
_PLAYER = re.compile(
    r"</?(?:audio|video|object|source|embed)\b[^>]*>|\[sound:[^\]]*\]", re.IGNORECASE
)


def check_retirement(count: int, active: int) -> None:
    """Refuse a build that would retire too many of *active* cards.

    Raises:
        RetireError: for more than 20 cards and more than a quarter, or all of them.
    """
    if message := refusal(count, active):
        raise RetireError(message, "is this the right folder? If so: --allow-retire")


def refusal(count: int, active: int) -> str:
    """Return why *count* of *active* cards do not retire at once, or nothing."""
    if count and count == active:
        return f"all cards would retire at once ({count})"
    if count > MOST and count * 4 > active:
        return f"{count} of {active} cards would retire at once"
    return ""


def retire(
    entry: Entry,
    shipped: tuple[Mapping[str, str], tuple[str, ...]] | None,
    build_time: Seconds,
) -> Entry:
    """Return *entry* retired, with its last fields where they are known.

    Media are not shipped with it: the files may be gone. Pictures become their
    description, so that no reference is left without its file.
    """
    fields = tags = None
    if shipped is not None:
        kept = {name: _without_media(shipped[0].get(name, "")) for name in FIELDS[entry.kind]}
        fields = {name: value for name, value in kept.items() if value and name not in _OURS}
        tags = tuple(tag for tag in shipped[1] if tag != RETIRED_TAG)
    return replace(
        entry,
        state=State.RETIRED,
        mod=newer(entry.mod, build_time),
        front=_without_media(entry.front),
        copies=(),
        fields=fields or None,
        tags=tags or None,
    )


_OURS = frozenset({"Key", "Source", "Retired", "Reserved1", "Reserved2"})


def retired_note(entry: Entry, root_deck: str) -> AnkiNote:
    """Return the Anki note of a retired card: its front, a banner, and what else is known."""
    names = FIELDS[entry.kind]
    fields = dict.fromkeys(names, "") | dict(entry.fields or {})
    fields |= {
        names[0]: entry.front,
        "Source": as_html(entry.path),
        "Key": entry.guid,
        "Retired": BANNER,
    }
    fields = {name: harmless(clean(value)) for name, value in fields.items()}
    return AnkiNote(
        guid=entry.guid,
        note_id=entry.note_id,
        card_id=entry.card_id,
        mod=entry.mod,
        kind=entry.kind,
        fields=fields,
        tags=tuple(sorted({*(entry.tags or ()), RETIRED_TAG})),
        deck=f"{root_deck}::Retired",
        due=entry.due or 0,
    )


def _without_media(html: str) -> str:
    return _PLAYER.sub("", _IMAGE.sub(_description, html))


def _description(image: re.Match[str]) -> str:
    alt = _ALT.search(image[0])
    return (alt[1] or alt[2] or "") if alt else ""
