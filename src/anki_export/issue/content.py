"""What a card shows in Anki, and whether that is what was shipped before."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from anki_export.issue.guids import RENDERING_VERSION
from anki_export.ledger.entries import Entry
from anki_export.ledger.forms import digest, fields_hash
from anki_export.model import FIELDS, Guid, MappedCard
from anki_export.text import as_html

_CONTROL = bytes({*range(0x20)} - {0x09, 0x0A, 0x0D})
"""Characters that no reader sees; U+001F parts the fields in Anki's database."""

_escaped = lru_cache(maxsize=4096)(as_html)


def content_of(card: MappedCard) -> str:
    """Return the hash of what the user sees of a card; the deck is none of a note's fields."""
    rendered = card.rendered
    return "c:" + digest(
        str(RENDERING_VERSION),
        rendered.content,
        rendered.card.location.path,
        card.difficulty,
        *card.tags,
    )


def same_content(entry: Entry, content: str, card: MappedCard, fields: Mapping[str, str]) -> bool:
    """Tell whether a card shows what it showed; of a recovered one only its fields are known."""
    if not entry.content.startswith("f:"):
        return entry.content == content
    same = entry.content == fields_hash(fields, FIELDS[entry.kind])
    return same and set(card.tags) <= set(entry.tags or card.tags)


def fields_of(card: MappedCard, guid: Guid) -> dict[str, str]:
    """Return all fields of a note."""
    rendered = card.rendered
    fields = dict.fromkeys(FIELDS[rendered.card.kind], "")
    fields.update(rendered.fields)
    fields["Difficulty"] = _escaped(card.difficulty)
    fields["Source"] = _escaped(rendered.card.location.path)
    fields["Key"] = guid
    whole = "".join(fields.values())
    if clean(whole) == whole:
        return fields
    return {name: clean(value) for name, value in fields.items()}


def clean(text: str) -> str:
    """Return *text* without control characters."""
    raw = text.encode("utf-8", "surrogatepass")
    kept = raw.translate(None, _CONTROL)
    return text if len(kept) == len(raw) else kept.decode("utf-8", "surrogatepass")
