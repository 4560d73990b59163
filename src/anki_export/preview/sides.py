"""An Anki note through its card template: the two sides that the reviewer shows.

The rules are those of Anki's own templates (its manual, "Card Templates"): ``{{Field}}`` is
HTML as it is, ``{{#Field}}`` and ``{{^Field}}`` ask whether a field holds more than white space
and breaks, and the back may show ``{{FrontSide}}``. What Anki does not escape is not escaped
here either. The templates' form has been checked before.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from anki_export.model import AnkiNote
from anki_export.package.notetypes import NAMES, TEMPLATE_NAME
from anki_export.package.templates import Sides, Templates
from anki_export.preview.mathml import with_mathml
from anki_export.text import as_html, text_of

MEDIA = "media/"
"""Where a page finds the cards' files."""

_TAG = re.compile(r"\{\{([#^/]?)\s*((?:(?!\{\{|\}\}).)+?)\s*\}\}", re.DOTALL)
_EMPTY = re.compile(r"(?:\s|</?(?:br|div)\s?/?>)*", re.IGNORECASE)
_REFERENCE = re.compile(r"""(\b(?:src|data|poster)\s*=\s*["']?|\burl\(\s*["']?)([^"'\s)>]+)""")


def sides_of(note: AnkiNote, templates: Templates) -> Sides:
    """The card of a note, its formulas typeset and its files below :data:`MEDIA`."""
    template = templates.cards[note.kind]
    values = {
        **note.fields,
        "Tags": " ".join(note.tags),
        "Type": NAMES[note.kind],
        "Deck": note.deck,
        "Subdeck": note.deck.rpartition("::")[2],
        "Card": TEMPLATE_NAME,
    }
    files = {file.name for file in (*note.media, *templates.media)}
    front = fill(template.front, values)
    back = fill(template.back, {**values, "FrontSide": front})
    return Sides(*(with_mathml(with_media(side, files)) for side in (front, back)))


def fill(template: str, values: Mapping[str, str]) -> str:
    """Put values into a template as Anki does."""
    parts: list[str] = []
    shown: list[bool] = []
    at = 0
    for tag in _TAG.finditer(template):
        if all(shown):
            parts.append(template[at : tag.start()])
        at = tag.end()
        sign, name = tag[1], tag[2]
        if sign == "/":
            shown.pop()
        elif sign:
            empty = _EMPTY.fullmatch(values.get(name, "")) is not None
            shown.append(empty == (sign == "^"))
        elif all(shown):
            parts.append(_value(name, values))
    return "".join([*parts, template[at:]])


def _value(name: str, values: Mapping[str, str]) -> str:
    """A field with its filters, the nearest one first; speech and typing have no picture."""
    *filters, field = (part.strip() for part in name.split(":"))
    value = values.get(field, "")
    for one in reversed(filters):
        if one == "text":
            value = text_of(value)
        elif one == "hint" and value:
            value = f"<details><summary>{as_html(field)}</summary>{value}</details>"
        elif one == "type" or one.startswith("tts"):
            value = ""
    return value


def with_media(text: str, files: Collection[str]) -> str:
    """HTML or CSS whose references to these files lead below :data:`MEDIA`."""
    if not files:
        return text
    return _REFERENCE.sub(
        lambda found: f"{found[1]}{MEDIA}{found[2]}" if found[2] in files else found[0], text
    )
