"""The two notetypes: their fields and every number that must never change.

Anki matches notetypes by id, fields and templates by theirs (ANKI_FACTS 2). A field added,
removed or reordered forks the notetype in every collection, so all fields are here from
the first release, spares included; the templates name them.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from anki_export.model import FIELDS, Kind
from anki_export.package.templates import Templates

DEFAULT_NAMESPACE = "Study"
"""The namespace whose notetypes bear the plain names and ids."""

TEMPLATE_NAME = "Recall"
"""Name of the only template of each notetype."""

NAMES = {Kind.QA: "Study Q&A", Kind.COMPARISON: "Study Comparison"}
"""The notetypes' names; those of other namespaces say the namespace as well."""

# Chosen once at random; part of every collection that imported a package.
_IDS = {Kind.QA: 1_719_403_152_407, Kind.COMPARISON: 1_719_403_268_913}
_FIRST_FIELD_ID = {Kind.QA: 4_823_170_956_311_200, Kind.COMPARISON: 6_190_347_528_864_100}
_TEMPLATE_ID = {Kind.QA: 2_907_645_183_027_519, Kind.COMPARISON: 7_364_018_259_471_638}


@dataclass(frozen=True, slots=True)
class Notetype:
    """A notetype as it stands in the package, but for the time of its last change."""

    kind: Kind
    id: int
    name: str
    fields: tuple[str, ...]
    front: str
    back: str
    css: str

    @property
    def field_ids(self) -> tuple[int, ...]:
        """An id a field, the same in every namespace: Anki compares them within a notetype."""
        return tuple(_FIRST_FIELD_ID[self.kind] + place for place in range(len(self.fields)))

    @property
    def template_id(self) -> int:
        """The template's id, the same in every namespace."""
        return _TEMPLATE_ID[self.kind]


def notetype_id(kind: Kind, namespace: str) -> int:
    """The id of a kind's notetype in a namespace, in milliseconds like all of Anki's."""
    if namespace == DEFAULT_NAMESPACE:
        return _IDS[kind]
    return hashed_id(f"{namespace}\x1f{kind}")


def hashed_id(name: str) -> int:
    """An id made of a name: plausible milliseconds (2017-07 … 2023-11), unlike the ids above."""
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).digest()
    return 1_500_000_000_000 + int.from_bytes(digest[:8]) % 200_000_000_000


def make_notetypes(templates: Templates, namespace: str) -> dict[Kind, Notetype]:
    """The notetype of each kind of card in a namespace."""
    # A quote in a notetype's name breaks searches for it.
    plain = namespace.replace('"', "”")
    suffix = "" if namespace == DEFAULT_NAMESPACE else f" ({plain})"
    return {
        kind: Notetype(
            kind,
            notetype_id(kind, namespace),
            NAMES[kind] + suffix,
            FIELDS[kind],
            sides.front,
            sides.back,
            templates.css,
        )
        for kind, sides in templates.cards.items()
    }
