"""What proves that a question is one of the ledger: every tier, at its thresholds."""

from __future__ import annotations

import random
import string
from functools import cache
from types import SimpleNamespace
from typing import Any

import pytest

from anki_export.ledger.entries import State
from anki_export.ledger.features import question_features, question_text
from anki_export.match.evidence import Tier, likeness, unlike, weigh
from anki_export.match.features import Candidate

ASK = "Why is a bowline tied to the forestay?"
GENERAL = "Why?"
ONE_WORD = "Why is a hitch tied to the forestay?"
TWIN = "Why is a bowline not tied to the forestay?"
ANEW = "Why do sailors rig bowlines so often?"
ELSEWISE = "Name three uses of tight knots in rigging"


def letters(count: int, seed: int = 1) -> str:
    return "".join(random.Random(seed).choices(string.ascii_lowercase, k=count))


def card(
    ask: str, text: str, given: str = "", headings: tuple[str, ...] = (), *, retired: bool = False
) -> Candidate:
    told = question_text(given, text)
    known = question_features("a.md", ask, headings, given, told, sketched=True)
    entry: Any = SimpleNamespace(state=State.RETIRED) if retired else None
    return Candidate(0, known, entry)


@cache
def edited(text: str, share: float) -> str:
    """A text as long, about *share* of whose trigrams the two have in common."""
    for seed in range(2000):
        kept = round(len(text) * 2 * share / (1 + share)) + seed % 9 - 4
        other = text[:kept] + letters(len(text) - kept, 100 + seed)
        if abs(likeness(card(ASK, text), card(ASK, other)) - share) < 0.01:
            return other
    raise AssertionError(share)


def tier(
    before: Candidate, now: Candidate, *, near: bool = True, sole: bool = False, head: bool = False
) -> int | None:
    score = weigh(before, now, near=near, sole=sole, heading=head)
    return score and score.tier


LONG = letters(400)


@pytest.mark.parametrize(
    ("ask", "size", "near", "far"),
    [
        (ONE_WORD, 5, None, None),
        (ONE_WORD, 6, Tier.TEXT, None),
        (ONE_WORD, 19, Tier.TEXT, None),
        (ONE_WORD, 20, Tier.TEXT, Tier.FAR_TEXT),
        (ANEW, 2, None, None),
        (ANEW, 3, Tier.TEXT, None),
        (ANEW, 20, Tier.TEXT, Tier.FAR_TEXT),
        (ELSEWISE, 5, None, None),
        (ELSEWISE, 6, Tier.TEXT, None),
        (ELSEWISE, 119, Tier.TEXT, None),
        (ELSEWISE, 120, Tier.TEXT, Tier.FAR_TEXT),
        (TWIN, 29, None, None),
        (TWIN, 30, Tier.TEXT, Tier.FAR_TEXT),
    ],
)
def test_an_equal_text_under_another_wording(
    ask: str, size: int, near: Tier | None, far: Tier | None
) -> None:
    before, now = card(ASK, letters(size)), card(ask, letters(size))
    assert tier(before, now) == near
    assert tier(before, now, near=False) == far


@pytest.mark.parametrize(
    ("ask", "share", "near", "far"),
    [
        (ANEW, 0.48, None, None),
        (ANEW, 0.52, Tier.ALIKE, None),
        (ANEW, 0.62, Tier.ALIKE, Tier.FAR_ALIKE),
        (ELSEWISE, 0.58, None, None),
        (ELSEWISE, 0.62, Tier.ALIKE, None),
        (ELSEWISE, 0.95, Tier.ALIKE, None),
        (ONE_WORD, 0.88, None, None),
        (ONE_WORD, 0.92, Tier.ALIKE, Tier.FAR_ALIKE),
        (TWIN, 0.88, None, None),
        (TWIN, 0.92, Tier.ALIKE, Tier.FAR_ALIKE),
    ],
)
def test_an_edited_text_under_another_wording(
    ask: str, share: float, near: Tier | None, far: Tier | None
) -> None:
    before, now = card(ASK, LONG), card(ask, edited(LONG, share))
    assert tier(before, now) == near
    assert tier(before, now, near=False) == far


def test_a_short_text_that_was_edited_proves_less() -> None:
    for size, found in ((119, None), (120, Tier.ALIKE)):
        assert tier(card(ASK, LONG[:size]), card(ONE_WORD, LONG[: size + 2])) == found
    assert tier(card(ASK, "never"), card(ELSEWISE, "never")) is None
    short, said = letters(19), letters(19) + "x"
    assert tier(card(ASK, short), card(ANEW, said)) == Tier.ALIKE
    assert tier(card(ASK, short[:5]), card(ANEW, said[:6])) is None
    assert tier(card(ASK, short), card(ANEW, said), near=False) is None
    assert tier(card(ASK, said), card(ANEW, said + "x"), near=False) == Tier.FAR_ALIKE


@pytest.mark.parametrize(
    ("ask", "share", "near", "far"),
    [
        (ASK, 1, Tier.SAME, Tier.FAR_SAME),
        (ASK, 0.48, None, None),
        (ASK, 0.52, Tier.WORDS_ALIKE, Tier.FAR_WORDS),
        (GENERAL, 0.48, None, None),
        (GENERAL, 0.52, Tier.WORDS_ALIKE, None),
        (GENERAL, 0.88, Tier.WORDS_ALIKE, None),
        (GENERAL, 0.92, Tier.WORDS_ALIKE, Tier.FAR_WORDS),
        ("Main advantages?", 0.52, Tier.WORDS_ALIKE, None),
        ("Main advantages today?", 0.52, Tier.WORDS_ALIKE, Tier.FAR_WORDS),
    ],
)
def test_an_edited_text_under_the_same_wording(
    ask: str, share: float, near: Tier | None, far: Tier | None
) -> None:
    before, now = card(ask, LONG), card(ask, LONG if share == 1 else edited(LONG, share))
    assert tier(before, now) == near
    assert tier(before, now, near=False) == far


def test_another_text_under_the_same_wording_needs_its_place() -> None:
    other = letters(400, 2)
    before, now = card(ASK, LONG), card(ASK, other)
    assert tier(before, now, sole=True) == Tier.WORDS
    assert tier(before, now) is None
    assert tier(before, now, head=True) == Tier.PLACE
    assert tier(before, now, near=False, sole=True, head=True) is None
    assert tier(card(ASK, LONG, retired=True), now, sole=True, head=True) is None
    assert tier(card(ASK, LONG, "a = 1"), card(ASK, other, "b = 2"), sole=True) is None
    assert tier(card(ASK, LONG, "a = 1"), card(ASK, other, "a = 1")) == Tier.WORDS_ALIKE
    assert tier(before, card(ASK, other, "b = 2"), sole=True) is None
    assert tier(card(ASK, LONG, "a = 1"), now, sole=True) is None
    half = edited(LONG, 0.45)
    coded = card(ASK, half[5:], half[:5])
    assert tier(before, coded, sole=True) == tier(coded, before, sole=True) == Tier.WORDS
    assert tier(card(ASK, LONG[6:], LONG[:6]), coded, sole=True) is None

    says_little, answered = card(GENERAL, LONG), card(GENERAL, other)
    assert tier(says_little, answered, sole=True) == Tier.PLACE
    assert tier(says_little, answered, head=True) == Tier.PLACE
    assert tier(says_little, answered) is None
    one, two = card(GENERAL, LONG, headings=("a",)), card(GENERAL, other, headings=("b",))
    assert tier(one, two, sole=True) is None
    assert tier(one, answered, sole=True) == tier(says_little, two, sole=True) == Tier.PLACE


def test_a_part_of_the_other_text_is_enough_for_the_only_one_of_its_wording() -> None:
    for long, near in ((3.9, Tier.WORDS_ALIKE), (4.2, Tier.WORDS)):
        whole = LONG[:100] + letters(round(100 * long) - 100, 7)
        one, other = card(ASK, LONG[:100]), card(ASK, whole)
        assert tier(one, other, sole=True) == tier(other, one, sole=True) == near
        assert tier(one, other) is None


def test_other_code_is_an_edited_one_only_if_nearly_all_of_it_stays() -> None:
    for share, several in ((0.72, None), (0.78, Tier.WORDS_ALIKE)):
        one, other = card(ASK, "", LONG), card(ASK, "", edited(LONG, share))
        assert tier(one, other) == several
        assert tier(one, other, sole=True) == Tier.WORDS_ALIKE
    half = edited(LONG, 0.52)
    told, coded = card(ASK, half), card(ASK, half[9:], half[:9])
    assert tier(card(ASK, LONG[8:], LONG[:8]), coded, sole=True) == Tier.WORDS_ALIKE
    assert tier(card(ASK, LONG), coded) == Tier.WORDS_ALIKE
    assert tier(card(ASK, LONG[9:], LONG[:9]), told) == Tier.WORDS_ALIKE


def test_of_two_that_ask_the_same_the_one_to_the_letter_is_nearer() -> None:
    half = edited(LONG, 0.6)
    plain, asked = card("Is it tied to the forestay?", LONG), card("Is it tied to forestay?", half)
    letter = card("Is it tied to the forestay?", half)
    scores = [weigh(plain, now, near=True, sole=False, heading=False) for now in (letter, asked)]
    assert scores[0]
    assert scores[1]
    assert scores[0].tier == scores[1].tier
    assert scores[0].fine > scores[1].fine + 0.15


def test_the_same_heading_and_the_better_text_are_nearer() -> None:
    before = card(ASK, LONG)
    score = weigh(before, card(ASK, edited(LONG, 0.6)), near=True, sole=False, heading=False)
    there = weigh(before, card(ASK, edited(LONG, 0.6)), near=True, sole=False, heading=True)
    better = weigh(before, card(ASK, edited(LONG, 0.9)), near=True, sole=False, heading=False)
    assert score
    assert there
    assert better
    assert min(there.fine, better.fine) > score.fine + 0.15
    anew = [
        weigh(before, card(ask, edited(LONG, share)), near=True, sole=False, heading=False)
        for ask, share in ((ANEW, 0.7), (ANEW, 0.9), (ELSEWISE, 0.7))
    ]
    assert anew[0]
    assert anew[1]
    assert anew[2]
    assert anew[1].fine > anew[0].fine > anew[2].fine


def test_what_has_nothing_in_common_is_long_enough_to_tell() -> None:
    assert unlike(card(ASK, "mooring!"), card(ASK, "halyards"))
    assert not unlike(card(ASK, "moor"), card(ASK, "halyards and sheets"))
    assert not unlike(card(ASK, LONG), card(ASK, edited(LONG, 0.42)))
    assert unlike(card(ASK, LONG), card(ASK, edited(LONG, 0.38)))
    assert not unlike(card(ASK, LONG[:100]), card(ASK, LONG[:100] + letters(250, 7)))
