"""The one assignment: surest first, and what is not clear is left alone."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from anki_export.ledger.entries import State
from anki_export.ledger.features import question_features, row_features
from anki_export.match.features import Candidate
from anki_export.match.matching import FEW, Matching, Score, Scored, only, overlap


def old(number: int, *, retired: bool = False) -> Candidate:
    state = State.RETIRED if retired else State.ACTIVE
    entry: Any = SimpleNamespace(state=state, guid=f"guid {number}")
    return Candidate(number, question_features("a.md", f"Old {number}?", (), "", "x"), entry)


def new(number: int, *, path: str = "a.md", text: str | None = None) -> Candidate:
    known = question_features(path, text or f"New {number}?", (), "", text or str(number))
    return Candidate(number, known)


OLD, GONE, NEW = [old(0), old(1)], [old(n, retired=True) for n in (0, 1)], [new(0), new(1)]


def settled(
    *pairs: tuple[int, float, Candidate, Candidate], bars: tuple[int, int] = (-1, -1)
) -> Matching:
    """Settle pairs, given with tier and measure, whatever their order; *bars* keeps one apart."""
    outcomes = []
    for order in (pairs, pairs[::-1]):
        olds = {id(one[2]): one[2] for one in pairs}.values()
        news = {id(one[3]): one[3] for one in pairs}.values()
        matching = Matching([*olds], [*news], {}, lambda _guid, _known: False)
        matching.settle(
            (Scored(Score(tier, fine), one, other) for tier, fine, one, other in order),
            lambda one: (one.old.number, one.new.number) == bars,
        )
        outcomes.append(matching)
    assert (outcomes[0].pairs, outcomes[0].doubts) == (outcomes[1].pairs, outcomes[1].doubts)
    return outcomes[0]


def test_the_surest_pair_comes_first() -> None:
    assert settled((5, 0.9, OLD[0], NEW[0]), (9, 0.1, OLD[0], NEW[1])).pairs == {1: 0}
    assert settled((5, 0.9, OLD[0], NEW[0]), (9, 0.1, OLD[1], NEW[0])).pairs == {0: 1}
    both = settled((9, 0.9, OLD[0], NEW[0]), (8, 0.9, OLD[1], NEW[0]), (8, 0.85, OLD[1], NEW[1]))
    assert both.pairs == {0: 0, 1: 1}, "what is gone is no rival"
    chain = settled((8, 0.9, OLD[0], NEW[0]), (8, 0.7, OLD[0], NEW[1]), (8, 0.6, OLD[1], NEW[1]))
    assert chain.pairs == {0: 0, 1: 1}


def test_of_one_tier_only_a_clear_lead_counts() -> None:
    assert settled((5, 0.9, OLD[0], NEW[0]), (5, 0.74, OLD[0], NEW[1])).pairs == {0: 0}
    near = settled((5, 0.9, OLD[0], NEW[0]), (5, 0.76, OLD[0], NEW[1]))
    assert near.pairs == {}
    assert near.doubts == {0: {0}, 1: {0}}
    near = settled((5, 0.9, OLD[0], NEW[0]), (5, 0.76, OLD[1], NEW[0]))
    assert (near.pairs, near.doubts) == ({}, {0: {0, 1}})


def test_a_retired_card_is_no_rival_of_an_active_one() -> None:
    assert settled((5, 0.8, OLD[0], NEW[0]), (5, 0.9, GONE[1], NEW[0])).pairs == {0: 0}
    assert settled((5, 0.8, GONE[0], NEW[0]), (5, 0.9, GONE[1], NEW[0])).pairs == {}
    assert settled((5, 0.8, OLD[0], NEW[0]), (6, 0.1, GONE[1], NEW[0])).pairs == {0: 1}, (
        "but it may be surer"
    )


def test_what_is_barred_is_left_alone_and_no_rival() -> None:
    barred = settled((9, 0.9, OLD[0], NEW[0]), (5, 0.5, OLD[1], NEW[1]), bars=(0, 0))
    assert (barred.pairs, barred.doubts) == ({1: 1}, {0: {0}})
    barred = settled((5, 0.9, OLD[0], NEW[0]), (5, 0.9, OLD[0], NEW[1]), bars=(0, 0))
    assert barred.pairs == {1: 0}


def test_copies_in_two_notes_are_no_rivals() -> None:
    one, other = new(0, text="Same"), new(1, path="b.md", text="Same")
    assert settled((5, 0.9, OLD[0], one), (5, 0.9, OLD[0], other)).pairs == {0: 0}
    assert settled((5, 0.9, OLD[0], one), (5, 0.9, OLD[0], new(1, text="Same"))).pairs == {}
    assert settled((5, 0.9, OLD[0], one), (5, 0.9, OLD[0], new(1, path="b.md"))).pairs == {}
    cells = ("Nylon", "no")
    rows = [
        Candidate(at, row_features(path, "Nylon", (), ("", "a"), cells, name=cells[:1], table=path))
        for at, path in enumerate(("a.md", "b.md"))
    ]
    assert settled((5, 0.9, OLD[0], rows[0]), (5, 0.9, OLD[0], rows[1])).pairs == {}


def test_a_doubt_names_a_few_rivals() -> None:
    matching = Matching([], [NEW[0]], {}, lambda _guid, _known: False)
    matching.doubt([], [NEW[0]])
    assert matching.doubts == {}
    matching.doubt([old(number) for number in range(30)], [NEW[0]])
    assert matching.doubts == {0: set(range(FEW))}


def test_the_overlap_is_of_the_smaller_side() -> None:
    assert overlap([], ["a"]) == overlap([], []) == 0
    assert overlap(["a", "a", "b"], ["a", "b", "b", "c"]) == 2 / 3


def test_the_only_active_one_is_meant_or_the_only_one() -> None:
    assert only([OLD[0], GONE[1]]) is OLD[0]
    assert only([GONE[1]]) is GONE[1]
    assert only(GONE) is only(OLD) is None
