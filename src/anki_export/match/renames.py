"""Which vanished source note is which new one: renamed, or moved to another folder."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Hashable, Mapping, Sequence

from anki_export.match.evidence import likeness
from anki_export.match.features import Candidate
from anki_export.match.matching import shared

SHARE = 0.5
"""Share of the smaller note's cards that must be in the other, with their answers."""
EDITED = 0.75
"""Likeness of two answers to one question from which they count as one."""
CROWD = 400
"""Pairs of notes that share an answer from which it tells none apart."""
TELLING = 20
"""Characters from which an answer alone proves something, whatever its question."""


def renamed_sources(old: Sequence[Candidate], new: Sequence[Candidate]) -> Mapping[str, str]:
    """Pair vanished paths with new ones by their share of matching cards, best first.

    Only answers count (a row: all its cells): notes made from one template share their
    questions, and are different notes all the same. Of two new notes that hold all of the
    old one, that is it which holds less besides.
    """
    before = Counter(card.known.path for card in old if not card.retired)
    after = Counter(card.known.path for card in new)
    gone, come = before.keys() - after.keys(), after.keys() - before.keys()
    if not gone or not come:
        return {}
    ranked = sorted(
        (
            -count / min(before[source], after[target]),
            -count / max(before[source], after[target]),
            source,
            target,
        )
        for (source, target), count in _common(old, new, gone, come).items()
    )
    renamed: dict[str, str] = {}
    used: set[str] = set()
    for share, _whole, source, target in ranked:
        if -share >= SHARE and source not in renamed and target not in used:
            renamed[source] = target
            used.add(target)
    return renamed


def _common(
    old: Sequence[Candidate],
    new: Sequence[Candidate],
    gone: Collection[str],
    come: Collection[str],
) -> Counter[tuple[str, str]]:
    """Count the answers that each vanished note shares with each new one."""
    olds = [card for card in old if card.known.path in gone and not card.retired]
    news = [card for card in new if card.known.path in come]
    common: Counter[tuple[str, str]] = Counter()
    used: set[tuple[int, str]] = set()
    for here, there in shared(olds, news, _proof, _proof):
        if len(here) * len(there) > CROWD:
            continue
        sources, targets = (Counter(card.known.path for card in side) for side in (here, there))
        for source in sources:
            for target in targets:
                common[source, target] += min(sources[source], targets[target])
        used |= {(card.number, target) for card in here for target in targets}
    for here, there in shared(olds, news, _asked, _asked):
        if len(here) * len(there) > CROWD:
            continue
        edited = {
            (one.number, one.known.path, other.known.path)
            for one in here
            for other in there
            if (one.number, other.known.path) not in used and likeness(one, other) >= EDITED
        }
        common.update((source, target) for _number, source, target in edited)
    return common


def _proof(card: Candidate) -> Hashable:
    known = card.known
    return known.kind, known.reply if known.size >= TELLING else (card.key, known.reply)


def _asked(card: Candidate) -> Hashable:
    return card.known.kind, card.key, card.known.given
