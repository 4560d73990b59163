"""Matching questions: equal ones, then all evidence in one assignment, then the order of what is left."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from functools import cached_property

from anki_export.ledger.sketch import BUCKETS
from anki_export.match.evidence import (
    CODE,
    HALF,
    Tier,
    likeness,
    other_code,
    unlike,
    weigh,
)
from anki_export.match.features import Candidate
from anki_export.match.matching import MARGIN, Matching, Scored, grouped, only, shared
from anki_export.match.order import Counters, Neighbours, position, rank, stretches
from anki_export.match.wording import subject

FEW = 1_000
"""Pairs of two notes' cards that are all compared; of more, those that share something."""
CROWD = 20
"""Cards that have a piece of a sketch in common from which it is a template's."""


def match_questions(matching: Matching) -> None:
    """Pair questions, surest first."""
    _equal(matching)
    if matching.old and matching.new:
        _Weighing(matching).run()
        _by_order(matching)


# ------------------------------------------------------------------------- equal content


def _equal(matching: Matching) -> None:
    """Pair questions that say the same: in their place, in their note, in any note.

    What says the same elsewhere waits where the note still asks in these words: then it may
    be a copy, and the question edited.
    """
    counted = Counters(matching)
    for olds, news in shared(
        matching.old.values(),
        matching.new.values(),
        lambda old: (matching.place(old), *_content(old), old.known.context),
        lambda new: (new.known.path, *_content(new), new.known.context),
    ):
        _each(matching, sorted(olds, key=matching.claim), sorted(news, key=position))
    crossed = Crossed(matching, counted)
    known = {old.known.path for old in matching.all_old}
    for near in (True, False):
        places = matching.place if near else _anywhere, _path if near else _anywhere
        neighbours = Neighbours(matching)
        asked = set() if near else {(new.known.path, new.key) for new in matching.new.values()}
        for same, news in _equal_in(matching, *places):
            olds = [old for old in same if (matching.place(old), old.key) not in asked]
            fit = sorted(news, key=position)
            if any(crossed(old, new) for old in olds for new in fit):
                continue
            if near:
                _nearest(matching, olds, fit, neighbours)
            else:
                # It moved to a note that was there, rather than into a copy of its own.
                _each(matching, olds, sorted(fit, key=lambda new: new.known.path not in known))


def _equal_in(
    matching: Matching, old_in: Callable[[Candidate], str], new_in: Callable[[Candidate], str]
) -> Iterable[tuple[list[Candidate], list[Candidate]]]:
    """Return the unmatched cards of equal content that stand in one place."""
    return shared(
        _active(matching.old.values()),
        matching.new.values(),
        lambda old: (old_in(old), *_content(old)),
        lambda new: (new_in(new), *_content(new)),
    )


def _path(new: Candidate) -> str:
    return new.known.path


def _anywhere(_card: Candidate) -> str:
    return ""


def _each(matching: Matching, olds: Iterable[Candidate], news: Iterable[Candidate]) -> None:
    """Pair equal cards one by one, as far as there are some of both."""
    for old, new in zip(olds, news, strict=False):
        matching.pair(old, new)


def _nearest(
    matching: Matching, olds: list[Candidate], news: list[Candidate], neighbours: Neighbours
) -> None:
    """Pair equal cards of a note of which some are gone: by headings, then by neighbours."""
    if len(olds) == len(news) or len(olds) * len(news) > FEW:
        _each(matching, olds, sorted(news, key=position))
        return
    ranked = sorted(
        (
            -len({*old.known.context} & {*new.known.context}),
            neighbours.distance(old, new),
            old.number,
            new.number,
        )
        for old in olds
        for new in news
    )
    for _common, _distance, old, new in ranked:
        if old in matching.old and new in matching.new:
            matching.pair(matching.old[old], matching.new[new])


def _active(olds: Iterable[Candidate]) -> list[Candidate]:
    return sorted((old for old in olds if not old.retired), key=rank)


def _key(card: Candidate) -> str:
    return card.key


def _content(card: Candidate) -> tuple[str, str]:
    return card.key, card.known.reply


class Crossed:
    """Whether headings contradict: each of two is, in the other version, another question's.

    Under a heading that tells something, the heading is part of what is asked: two
    questions that read the same and swap their answers keep their histories.
    """

    def __init__(self, matching: Matching, counted: Counters) -> None:
        self._counted = counted
        self._place = matching.place
        self._old = {
            (matching.place(old), old.key, old.known.context) for old in matching.old.values()
        }
        self._new = {(new.known.path, new.key, new.known.context) for new in matching.new.values()}

    def __call__(self, old: Candidate, new: Candidate) -> bool:
        """Tell whether *old*'s heading has another question now, and *new*'s had one."""
        path, here, there = new.known.path, old.known.context, new.known.context
        return (
            here != there
            and self._place(old) == path
            and not self._counted(path) & {*here, *there}
            and (path, old.key, here) in self._new
            and (path, new.key, there) in self._old
        )


# ------------------------------------------------------------------------- all evidence


class _Weighing:
    """All pairs that anything speaks for, weighed together."""

    def __init__(self, matching: Matching) -> None:
        self._matching = matching
        self._counted = Counters(matching)
        self._crossed = Crossed(matching, self._counted)
        paths = {new.known.path for new in matching.new.values()}
        self._olds = grouped(
            (old for old in matching.all_old if matching.place(old) in paths), matching.place
        )
        self._news = grouped(
            (new for new in matching.all_new if new.known.path in paths),
            lambda new: new.known.path,
        )
        self._old_asks: Counter[Hashable] = Counter(
            (path, ask)
            for path, olds in self._olds.items()
            for old in olds
            if not old.retired
            for ask in {old.key, subject(old.known.ask)}
        )
        self._new_asks: Counter[Hashable] = Counter(
            (path, ask)
            for path, news in self._news.items()
            for new in news
            for ask in {new.key, subject(new.known.ask)}
        )
        replies = {new.known.reply for new in matching.new.values()}
        self._old_texts = grouped(
            (old for old in matching.all_old if old.known.reply in replies),
            lambda old: old.known.reply,
        )
        self._new_texts = grouped(
            (new for new in matching.all_new if new.known.reply in replies),
            lambda new: new.known.reply,
        )
        self._old_keys = grouped(matching.old.values(), _key)
        self._new_keys = grouped(matching.new.values(), _key)

    def run(self) -> None:
        """Pair what is beyond doubt; what another note once had, after all that notes have."""
        seen: set[tuple[int, int]] = set()
        scored: list[Scored] = []
        retired: list[Scored] = []
        for old, new in (*self._nearby(), *self._anywhere()):
            if (old.number, new.number) in seen:
                continue
            seen.add((old.number, new.number))
            near = self._matching.place(old) == new.known.path
            sole = near and self._sole(old, new)
            heading = near and self._counted.tells(old, new, sole=sole)
            score = weigh(old, new, near=near, sole=sole, heading=heading)
            if score:
                (retired if old.retired and not near else scored).append(Scored(score, old, new))
        self._matching.settle(scored, self._bars)
        self._matching.settle(retired, self._bars)

    def _sole(self, old: Candidate, new: Candidate) -> bool:
        """Tell whether no other question of the note reads, or read, the same."""
        path = new.known.path
        ask: Hashable = new.key if old.key == new.key else subject(new.known.ask)
        return self._old_asks[path, ask] < 2 and self._new_asks[path, ask] == 1

    # ------------------------------------------------------------------ candidates

    def _nearby(self) -> Iterator[tuple[Candidate, Candidate]]:
        for path in self._news:
            olds = self._matching.left(self._olds.get(path, ()))
            news = self._matching.left(self._news[path])
            yield from _promising(
                olds,
                news,
                lambda card: card.known.reply,
                _key,
                lambda card: subject(card.known.ask),
            )

    def _anywhere(self) -> Iterator[tuple[Candidate, Candidate]]:
        olds, news = list(self._matching.old.values()), list(self._matching.new.values())
        return _promising(olds, news, lambda card: card.known.reply, _key, few=0)

    # ------------------------------------------------------------------ objections

    def _bars(self, one: Scored) -> bool:
        """Tell whether something else speaks against a pair when its turn has come."""
        old, new, tier = one.old, one.new, one.score.tier
        if tier in (Tier.SAME, Tier.WORDS_ALIKE):
            return self._crossed(old, new)
        if tier in (Tier.TEXT, Tier.FAR_TEXT):
            near = tier is Tier.TEXT
            return not self._sole_text(old, new, near=near) or self._asked(old, new)
        if tier is Tier.FAR_WORDS:
            return _template(old, new, self._same_asks[new.key], ())
        if tier is Tier.FAR_ALIKE:
            return self._asked(old, new) or _template(old, new, self._pieces.near(new), ())
        if tier is Tier.ALIKE:
            path = new.known.path
            return self._asked(old, new) or _template(old, new, self._olds[path], self._news[path])
        return False

    def _sole_text(self, old: Candidate, new: Candidate, *, near: bool) -> bool:
        """Tell whether no other card, matched ones included, has the same text."""
        path = new.known.path
        olds = self._old_texts[old.known.reply]
        news = self._new_texts[new.known.reply]
        if near:
            olds = [one for one in olds if self._matching.place(one) == path]
            news = [one for one in news if one.known.path == path]
        return only(olds) is old and len(news) == 1

    def _asked(self, old: Candidate, new: Candidate) -> bool:
        """Tell whether one of two questions is still asked, or was, by another unmatched card.

        Then wording and text tell different stories: answers swapped, or a card moved.
        """
        matching = self._matching
        return any(
            one.number in matching.old for one in self._old_keys.get(new.key, ()) if one is not old
        ) or any(
            one.number in matching.new for one in self._new_keys.get(old.key, ()) if one is not new
        )

    @cached_property
    def _same_asks(self) -> dict[str, list[Candidate]]:
        asked = {new.key for new in self._matching.new.values()}
        return grouped((old for old in self._matching.all_old if old.key in asked), _key)

    @cached_property
    def _pieces(self) -> _Pieces:
        return _Pieces(self._matching.all_old)


def _template(
    old: Candidate, new: Candidate, olds: Iterable[Candidate], news: Iterable[Candidate]
) -> bool:
    """Tell whether others, matched ones too, have about the same text."""
    least = likeness(old, new) - MARGIN
    return any(likeness(one, new) > least for one in olds if one is not old) or any(
        likeness(old, one) > least for one in news if one is not new
    )


def _promising(
    olds: Sequence[Candidate],
    news: Sequence[Candidate],
    *keys: Callable[[Candidate], Hashable],
    few: int = FEW,
) -> Iterator[tuple[Candidate, Candidate]]:
    """Yield pairs that have a key or pieces of their texts in common; of few cards, all."""
    if len(olds) * len(news) <= few:
        yield from ((old, new) for new in news for old in olds)
        return
    for by in keys:
        for same_olds, same_news in shared(olds, news, by, by):
            if len(same_olds) * len(same_news) <= FEW:
                yield from ((old, new) for new in same_news for old in same_olds)
                continue
            for finer in (lambda card: card.known.given, lambda card: card.known.context):
                for some_olds, some_news in shared(same_olds, same_news, finer, finer):
                    if len(some_olds) * len(some_news) <= CROWD:
                        yield from ((old, new) for new in some_news for old in some_olds)
    pieces = _Pieces(olds)
    for new in news:
        yield from ((old, new) for old in pieces.near(new))


class _Pieces:
    """Old cards by pieces of their sketches; texts half alike share several of 32."""

    def __init__(self, olds: Iterable[Candidate]) -> None:
        self._by_piece: dict[tuple[int, bytes], list[Candidate]] = defaultdict(list)
        for old in olds:
            for piece in _pieces(old):
                self._by_piece[piece].append(old)

    def near(self, new: Candidate) -> list[Candidate]:
        """Return the cards that have some pieces in common; what a crowd has proves nothing."""
        hits: Counter[int] = Counter()
        found: dict[int, Candidate] = {}
        for piece in _pieces(new):
            some = self._by_piece.get(piece, ())
            for old in some if len(some) <= CROWD else ():
                hits[old.number] += 1
                found[old.number] = old
        return [found[number] for number in sorted(hits) if hits[number] >= HITS]


HITS = 2
"""Pieces that two texts must share to be compared; unlike ones share none as a rule."""


def _pieces(card: Candidate) -> set[tuple[int, bytes]]:
    """Return sketches in pieces of two buckets."""
    return {
        (at, told.buckets[at : at + 2])
        for told in card.told
        if told.buckets
        for at in range(0, BUCKETS, 2)
        if told.buckets[at] and told.buckets[at + 1]
    }


# -------------------------------------------------------------------------------- order


def _by_order(matching: Matching) -> None:
    """Pair what is left of questions that read the same, where their order leaves no choice.

    Matched neighbours part a note's equal questions into stretches. In one that has as many
    old ones left as new ones they are the same, one by one, unless anything contradicts.
    """
    counted = Counters(matching)
    left = {(new.known.path, new.key) for new in matching.new.values()}
    olds = grouped(
        (o for o in matching.all_old if not o.retired and (matching.place(o), o.key) in left),
        lambda old: (matching.place(old), old.key),
    )
    news = grouped(
        (new for new in matching.all_new if (new.known.path, new.key) in left),
        lambda new: (new.known.path, new.key),
    )
    numbered = {old.number: old for old in matching.all_old}
    for group, asked in news.items():
        known = olds.get(group, [])
        if len(asked) < 2 and len(known) < 2:
            continue
        matched = {
            new.number: numbered[matching.pairs[new.number]]
            for new in asked
            if new.number in matching.pairs
        }
        for some_olds, some_news in stretches(matching.left(known), asked, matched):
            agree = len(some_olds) == len(some_news) and not any(
                _contradicted(at, some_olds, some_news, counted) for at in range(len(some_olds))
            )
            if agree:
                _each(matching, some_olds, some_news)
            else:
                matching.doubt(some_olds, some_news)


def _contradicted(
    at: int, olds: Sequence[Candidate], news: Sequence[Candidate], counted: Counters
) -> bool:
    """Tell whether anything speaks against a pair that its place proposes."""
    old, new = olds[at], news[at]
    alike = likeness(old, new)
    headings = {*old.known.context} ^ {*new.known.context}
    if other_code(old, new):
        return alike < CODE
    if old.known.given != new.known.given or headings - counted(new.known.path):
        return alike < HALF
    around = range(max(0, at - AROUND), min(len(news), at + AROUND + 1))
    better = any(likeness(old, news[n]) > alike + MARGIN for n in around if n != at)
    return better or unlike(old, new)


AROUND = 8
"""Neighbours that are asked whether they fit better."""
