"""Matching questions: passes from the surest to the least sure (DESIGN, identity)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from anki_export.identity.faces import Face
from anki_export.identity.matching import Candidate, Matching, claim, grouped, only, shared
from anki_export.identity.sketch import BUCKETS, resemblance
from anki_export.identity.wording import Difference, difference, similarity, weight

ALIKE = 0.5
"""Share of common trigrams from which two answers are versions of one another.

Answers to different questions of the corpus stay below 0.3; an answer of which a third
was rewritten keeps about 0.5.
"""
VERY_ALIKE = 0.6
"""The same, where the question was reworded too and carries less of the proof."""
NEARLY_EQUAL = 0.9
"""The same, where the question differs as twins do; see :data:`LONG`."""
MARGIN = 0.15
"""Lead over the second best; two and a half times the error of a sketch."""
LONG = 120
"""Characters from which a nearly equal answer is no template filled in twice."""
TELLING = 6
"""Characters from which an equal answer says something: less is ``yes``, ``O(n)``, ``32``."""
TELLING_FOR_TWINS = 30
"""The same, where a number, negation or antonym of the question changed."""
TELLING_ANYWHERE = 20
"""The same, where the cards stand in different notes."""
HITS = 6
"""Pairs of buckets, of 32, that answers alike by half or more share; by chance it is one."""
GENERIC = 6
"""Weight below which a question needs its heading: ``优点？``, ``How does it work?``."""


def match_questions(matching: Matching) -> None:
    """Pair questions, surest first."""
    _same_key(matching)
    _same_reply(matching)
    _similar_nearby(matching)
    _same_key_elsewhere(matching)
    _same_reply_elsewhere(matching)
    _similar_elsewhere(matching)


# ------------------------------------------------------------- same note, same question


def _same_key(matching: Matching) -> None:
    """Same note, same question; identical questions of a note are told apart first."""
    groups = shared(
        list(matching.old.values()),
        list(matching.new.values()),
        lambda old: (matching.place(old), old.key),
        lambda new: (new.path, new.key),
    )
    for olds, news in groups:
        _twins(matching, olds, news)


def _twins(matching: Matching, olds: Sequence[Face], news: Sequence[Face]) -> None:
    """Pair cards that ask the same in one note: by heading and answer, heading, answer."""
    for same_olds, same_news in shared(olds, news, _whole, _whole):
        for old, new in zip(sorted(same_olds, key=claim), same_news, strict=False):
            matching.pair(old, new)
    _by_heading(matching, olds, news)
    for same_olds, same_news in shared(
        matching.left(olds), matching.left(news), lambda face: face.reply, lambda face: face.reply
    ):
        sole = only(same_olds)
        if sole and len(same_news) == 1:
            matching.pair(sole, same_news[0])
    scored = [
        (score, old, new)
        for old in matching.left(olds)
        for new in matching.left(news)
        if (score := resemblance(old.buckets, new.buckets)) >= ALIKE
    ]
    unclear = matching.settle(scored, MARGIN)
    _by_heading(matching, olds, news)
    single = len(news) == 1 and len([old for old in olds if not old.retired]) < 2
    last, rest = only(matching.left(olds)), matching.left(news)
    if single and rest and last and not unclear and _plausible(matching, last, rest[0]):
        matching.pair(last, rest[0])
    _all_doubtful(matching, matching.left(olds), matching.left(news))


def _whole(face: Face) -> tuple[tuple[str, ...], str]:
    return face.context, face.reply


def _by_heading(matching: Matching, olds: Sequence[Face], news: Sequence[Face]) -> None:
    """Pair what stands under the same headings and is the only one to."""
    left = matching.left(olds), matching.left(news)
    for same_olds, same_news in shared(*left, lambda old: old.context, lambda new: new.context):
        old = only(same_olds)
        if old is None or len(same_news) > 1:
            continue
        if _plausible(matching, old, same_news[0]) and not _torn(*left, old, same_news[0]):
            matching.pair(old, same_news[0])


def _torn(olds: Sequence[Face], news: Sequence[Face], old: Face, new: Face) -> bool:
    """Tell whether *new* stands under *old*'s heading but has the answer of a vanished twin.

    Where the twin's heading is still there too, two questions have swapped their answers.
    """
    others = [other for other in news if other is not new]
    return any(
        other.reply == new.reply and other.context not in {one.context for one in others}
        for other in olds
        if other is not old
    )


def containment(old: Face, new: Face) -> float:
    """Return about how much of the shorter answer is in the longer one, 0 … 1."""
    alike = resemblance(old.buckets, new.buckets)
    if not alike:
        return 0.0
    return min(1.0, alike * (old.size + new.size) / (1 + alike) / max(1, min(old.size, new.size)))


def _plausible(matching: Matching, old: Face, new: Face) -> bool:
    """Tell whether equal wording is enough, although the answers have nothing in common.

    It is, unless the wording needs its heading (or its note) and that is another one.
    """
    if containment(old, new) >= ALIKE:
        return True
    if matching.moved_in(new):
        return False
    if weight(new.ask) >= GENERIC:
        return True
    if old.path != new.path and not matching.renamed[old.path].firm:
        return False
    return not old.context or not new.context or bool(set(old.context) & set(new.context))


# --------------------------------------------------------------- same note, other words


def _same_reply(matching: Matching) -> None:
    """Same note, same answer, unique on both sides: the question was reworded."""
    groups = shared(
        matching.all_old,
        matching.all_new,
        lambda old: (matching.place(old), old.reply),
        lambda new: (new.path, new.reply),
    )
    _reworded_pairs(matching, groups, TELLING)


def _reworded_pairs(
    matching: Matching, groups: Iterable[tuple[list[Face], list[Face]]], telling: int
) -> None:
    """Pair the groups of cards with one answer that have one card on each side.

    Cards that are already matched count: an answer that two cards share proves nothing.
    """
    for olds, news in groups:
        old = only(olds)
        free = old and len(news) == 1 and matching.left([old]) and matching.left(news)
        if old and free and _reworded(old, news[0], telling) and not _asked(matching, old, news[0]):
            matching.pair(old, news[0])
        elif news[0].size >= TELLING:
            _all_doubtful(matching, matching.left(olds), matching.left(news))


def _asked(matching: Matching, old: Face, new: Face) -> bool:
    """Tell whether one of two questions is still asked, or was, by another unmatched card.

    Then question and answer tell different stories: answers swapped, and a card moved.
    """
    mine = int(old.key == new.key)
    return matching.old_keys[new.key] > mine or matching.new_keys[old.key] > mine


def _reworded(old: Face, new: Face, telling: int) -> bool:
    """Tell whether two questions with the same answer may be one."""
    kind = difference(old.ask, new.ask)
    if kind is Difference.NONE:
        return True
    if kind is Difference.TWIN:
        return new.size >= TELLING_FOR_TWINS
    if telling == TELLING_ANYWHERE and similarity(old.ask, new.ask) < ALIKE:
        return new.size >= LONG
    if new.size >= telling:
        return True
    return kind is Difference.WIDE and new.size >= 3 and similarity(old.ask, new.ask) >= ALIKE


def _similar_nearby(matching: Matching) -> None:
    """Same note, similar answer and question; the words alone are no proof."""
    olds = grouped(matching.all_old, matching.place)
    mine = grouped(matching.all_new, lambda face: face.path)
    scored: list[Candidate] = []
    for path, news in grouped(matching.new.values(), lambda face: face.path).items():
        for old in matching.left(olds.get(path, ())):
            for new in news:
                score = _score(old, new)
                if not score:
                    continue
                alike = score < 1 and _template(old, new, olds[path], mine[path])
                if alike or _asked(matching, old, new):
                    matching.doubt(old, new)
                else:
                    scored.append((score, old, new))
    matching.settle(scored, MARGIN)


def _score(old: Face, new: Face) -> float:
    """Return how sure it is that *new* is *old* edited in question and answer, or 0.

    From 1 on the questions say the same, and only the words around the subject differ.
    """
    kind = difference(old.ask, new.ask)
    answers = resemblance(old.buckets, new.buckets)
    same_place = old.context == new.context
    if kind is Difference.NONE:
        enough = same_place or answers >= ALIKE or weight(new.ask) >= GENERIC
        return 1 + answers + 0.3 * same_place if enough else 0.0
    words = similarity(old.ask, new.ask)
    if kind in (Difference.TWIN, Difference.WORD):
        enough = answers >= NEARLY_EQUAL and min(old.size, new.size) >= LONG
    else:
        enough = answers >= VERY_ALIKE or (answers >= ALIKE and words >= ALIKE)
    return (2 * answers + words) / 3 if enough else 0.0


def _template(old: Face, new: Face, olds: Iterable[Face], news: Iterable[Face]) -> bool:
    """Tell whether other cards, matched ones too, have about the same answer."""
    least = resemblance(old.buckets, new.buckets) - MARGIN
    return any(
        resemblance(other.buckets, new.buckets) > least for other in olds if other is not old
    ) or any(resemblance(old.buckets, other.buckets) > least for other in news if other is not new)


def _all_doubtful(matching: Matching, olds: Iterable[Face], news: Sequence[Face]) -> None:
    for old in olds:
        for new in news:
            matching.doubt(old, new)


# ------------------------------------------------------------------------- other notes


def _same_key_elsewhere(matching: Matching) -> None:
    """Same question in another note, with the same or a similar answer: it was moved."""
    for olds, news in shared(
        matching.all_old, matching.new.values(), lambda old: old.key, lambda new: new.key
    ):
        left = matching.left(olds)
        scored = [(score, old, new) for old in left for new in news if (score := _moved(old, new))]
        scored = [
            (score, old, new)
            for score, old, new in scored
            if score > 1 or not _template(old, new, olds, ())
        ]
        matching.settle(scored, MARGIN)
        _all_doubtful(matching, matching.left(left), matching.left(news))


def _moved(old: Face, new: Face) -> float:
    if old.reply == new.reply:
        return 2.0 if old.context == new.context else 1.5
    answers = resemblance(old.buckets, new.buckets)
    return answers if answers >= (ALIKE if weight(new.ask) >= GENERIC else NEARLY_EQUAL) else 0.0


def _same_reply_elsewhere(matching: Matching) -> None:
    """Same answer in another note, unique on both sides and long enough to be a proof."""
    if matching.old and matching.new:
        groups = shared(
            matching.all_old, matching.all_new, lambda old: old.reply, lambda new: new.reply
        )
        telling = ((olds, news) for olds, news in groups if news[0].size >= TELLING_ANYWHERE)
        _reworded_pairs(matching, telling, TELLING_ANYWHERE)


def _similar_elsewhere(matching: Matching) -> None:
    """Similar question and answer anywhere; candidates through the sketches' bands."""
    if not (matching.old and matching.new):
        return
    bands: dict[tuple[int, bytes], list[Face]] = defaultdict(list)
    for old in matching.all_old:
        for band in _bands(old):
            bands[band].append(old)
    numbered = {old.number: old for old in matching.all_old}
    scored: list[Candidate] = []
    for new in list(matching.new.values()):
        hits = Counter(old.number for band in _bands(new) for old in bands.get(band, ()))
        near = [
            numbered[number]
            for number, count in sorted(hits.items())
            if count >= HITS and resemblance(numbered[number].buckets, new.buckets) >= ALIKE
        ]
        for old in matching.left(near):
            score = _score_elsewhere(old, new)
            if score and (_asked(matching, old, new) or _template(old, new, near, ())):
                matching.doubt(old, new)
            elif score:
                scored.append((score, old, new))
    matching.settle(scored, MARGIN)


def _score_elsewhere(old: Face, new: Face) -> float:
    """Return how sure it is that *new* is *old* edited and moved, or 0."""
    enough = (
        min(old.size, new.size) >= TELLING_ANYWHERE
        and resemblance(old.buckets, new.buckets) >= VERY_ALIKE
        and similarity(old.ask, new.ask) >= 0.4
    )
    return _score(old, new) if enough else 0.0


def _bands(face: Face) -> Iterable[tuple[int, bytes]]:
    """Return the sketch in pieces of two buckets; alike answers share at least one."""
    raw = face.buckets
    return [
        (at, raw[at : at + 2]) for at in range(0, BUCKETS, 2) if raw and raw[at] and raw[at + 1]
    ]
