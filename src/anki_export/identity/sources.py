"""Which vanished source note is which new one: renamed, or moved to another folder."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence

from anki_export.identity.faces import Face
from anki_export.identity.matching import Renamed
from anki_export.model import Kind

SHARE = 0.5
"""Share of the smaller note's cards that must be in the other, with their answers."""
FIRM_SHARE = 0.7
FIRM_COUNT = 3
"""From here on the two notes are one, and a question of it may have a wholly new answer."""


def renamed_sources(old: Sequence[Face], new: Sequence[Face]) -> Mapping[str, Renamed]:
    """Pair vanished paths with new ones by their share of matching cards, best first.

    Only answers count (a row: all its cells): notes made from one template share their
    questions, and are different notes all the same.
    """
    before = Counter(face.path for face in old if not face.retired)
    after = Counter(face.path for face in new)
    gone, come = before.keys() - after.keys(), after.keys() - before.keys()
    if not gone or not come:
        return {}
    common = _common(old, new, gone, come)
    ranked = sorted(
        (-count / min(before[source], after[target]), -count, source, target)
        for (source, target), count in common.items()
    )
    renamed: dict[str, Renamed] = {}
    used: set[str] = set()
    for share, count, source, target in ranked:
        if -share < SHARE or source in renamed or target in used:
            continue
        whole = -count / max(before[source], after[target])
        renamed[source] = Renamed(target, whole >= FIRM_SHARE and -count >= FIRM_COUNT)
        used.add(target)
    return renamed


def _common(
    old: Sequence[Face], new: Sequence[Face], gone: Collection[str], come: Collection[str]
) -> Counter[tuple[str, str]]:
    """Count the answers that each vanished note shares with each new one."""
    sources: dict[object, Counter[str]] = defaultdict(Counter)
    targets: dict[object, Counter[str]] = defaultdict(Counter)
    for face in old:
        if face.path in gone and not face.retired:
            sources[_proof(face)][face.path] += 1
    for face in new:
        if face.path in come:
            targets[_proof(face)][face.path] += 1
    common: Counter[tuple[str, str]] = Counter()
    for proof, paths in targets.items():
        for target, there in paths.items():
            for source, here in sources.get(proof, Counter()).items():
                common[source, target] += min(here, there)
    return common


def _proof(face: Face) -> object:
    if face.kind is Kind.COMPARISON:
        return face.kind, face.name, face.reply
    return face.kind, face.reply if face.size >= 20 else (face.key, face.reply)
