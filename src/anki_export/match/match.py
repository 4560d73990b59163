"""Which card of today's notes is which card of the ledger."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from anki_export.ledger.features import Features
from anki_export.match.duplicates import bring_home
from anki_export.match.features import Candidate
from anki_export.match.matching import Matching
from anki_export.match.questions import match_questions
from anki_export.match.renames import renamed_sources
from anki_export.match.tables import match_rows
from anki_export.model import Guid, Kind


def match(
    old: Sequence[Candidate],
    new: Sequence[Candidate],
    known: Mapping[int, int],
    older: Callable[[Guid, Features], bool],
) -> Matching:
    """Pair *new* cards with *old* ones, one-to-one; pins first, then surest first.

    ``number`` of every card is its index in its list. The order of the cards decides
    nothing but the order of what is reported.

    Args:
        old: the cards of the ledger.
        new: today's.
        known: pairs that are certain: new number → old number.
        older: whether an old card's guid shows that it was reworded before.
    """
    whole = Matching(old, new, renamed_sources(old, new), older)
    for number, earlier in known.items():
        whole.pair(old[earlier], new[number])
    _pinned(whole)
    for kind, passes in ((Kind.QA, match_questions), (Kind.COMPARISON, match_rows)):
        part = whole.of_kind(kind)
        if part.old and part.new:
            passes(part)
        whole.pairs.update(part.pairs)
        whole.doubts.update(part.doubts)
    bring_home(whole)
    return whole


def _pinned(matching: Matching) -> None:
    """Pair cards by the name that their author pinned, or by the key of the card that is meant.

    A table's pin is its rows' affair.
    """
    pins: dict[str, Candidate] = {}
    for old in sorted(matching.old.values(), key=matching.claim, reverse=True):
        pins[old.guid] = old
        if old.known.pin and old.known.kind is Kind.QA:
            pins[old.known.pin] = old
    for new in list(matching.new.values()):
        pinned = pins.get(new.known.pin or "")
        if (
            pinned
            and pinned.number in matching.old
            and pinned.known.kind is new.known.kind is Kind.QA
        ):
            matching.pair(pinned, new)
