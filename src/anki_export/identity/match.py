"""Which card of today's notes is which card of the ledger."""

from __future__ import annotations

from collections.abc import Sequence

from anki_export.identity.faces import Face
from anki_export.identity.matching import Matching
from anki_export.identity.questions import match_questions
from anki_export.identity.sources import renamed_sources
from anki_export.identity.tables import match_rows
from anki_export.model import Kind


def match(old: Sequence[Face], new: Sequence[Face]) -> Matching:
    """Pair *new* cards with *old* ones, one-to-one; pins first, then surest first.

    ``number`` of every face is its index in its list. The order of the cards decides
    nothing but the order of what is reported.
    """
    renamed = renamed_sources(old, new)
    whole = Matching(old, new, renamed)
    _pinned(whole)
    for kind, passes in ((Kind.QA, match_questions), (Kind.COMPARISON, match_rows)):
        part = Matching(
            [face for face in old if face.kind is kind],
            [face for face in new if face.kind is kind],
            renamed,
        )
        for number, earlier in whole.pairs.items():
            if new[number].kind is kind:
                part.pair(old[earlier], new[number])
        passes(part)
        whole.pairs.update(part.pairs)
        whole.doubts.update(part.doubts)
    return whole


def _pinned(matching: Matching) -> None:
    """Pair questions by the name their author pinned; a table's pin is its rows' affair."""
    pins = {
        old.pin: old
        for old in sorted(matching.all_old, key=lambda old: (not old.retired, old.guid or ""))
        if old.pin and old.kind is Kind.QA
    }
    for new in matching.all_new:
        if new.pin and new.kind is Kind.QA and new.pin in pins:
            old = pins.pop(new.pin)
            matching.pair(old, new)
