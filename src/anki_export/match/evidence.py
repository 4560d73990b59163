"""What proves that a question of today is one of the ledger: wording, code, answer, place."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from anki_export.ledger.sketch import resemblance
from anki_export.match.features import Candidate
from anki_export.match.matching import Score
from anki_export.match.wording import Difference, difference, similarity, weight


class Tier(IntEnum):
    """Kinds of proof, from the weakest to the surest. Place alone is the weakest."""

    FAR_ALIKE = 1
    """Another note; wording and text both edited."""
    ALIKE = 2
    PLACE = 3
    """The same wording, which says little, under the same heading; another text."""
    FAR_TEXT = 4
    """Another note; the same text under other words."""
    FAR_WORDS = 5
    """Another note; the same wording, the text edited."""
    TEXT = 6
    FAR_SAME = 7
    """Another note; wording and text. The place asks no more, or something else."""
    WORDS = 8
    """The same wording, which says enough; another text."""
    WORDS_ALIKE = 9
    """The same wording, the text edited or the same code."""
    SAME = 10
    """Wording and text."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """From where on evidence proves something; likeness is a share of common trigrams."""

    alike: float
    """Of two texts under one wording."""
    alike_general: float
    """The same, where the wording says little (:data:`GENERAL`)."""
    both: float
    """Of two texts whose wording was edited too, and is half alike."""
    both_unlike: float
    """The same, where the wording is not."""
    telling: int
    """Characters of an equal text that prove that it was reworded."""
    unlike: int
    """The same, where the two wordings are not half alike."""


NEAR = Thresholds(alike=0.5, alike_general=0.5, both=0.5, both_unlike=0.6, telling=6, unlike=6)
"""In one note. Texts of different questions stay below 0.3; one of which a third was
rewritten keeps about 0.5. Less than 6 characters are ``yes``, ``O(n)``, ``32``."""
FAR = Thresholds(alike=0.5, alike_general=0.9, both=0.6, both_unlike=2, telling=20, unlike=120)
"""In different notes, where there are many more candidates."""

GENERAL = 6
"""Weight below which a question needs its heading: ``优点？``, ``How does it work?``."""
TWIN = 30
"""Characters of an equal text that prove something although a number, negation or antonym
of the wording changed."""
HALF = 0.5
"""Likeness of wordings that are half alike."""
NEARLY_EQUAL = 0.9
LONG = 120
"""Likeness and length of texts whose wordings differ as twins do: a short template that
was filled in twice reaches 0.9 by chance."""
SHORT = 3
"""Characters of an equal text that are enough where the wording is anew and half alike."""
HEADING = 0.3
"""What the same headings add to likeness."""
PART = 0.3
"""What a part of front and answer counts less than all of it: a part that was a card of its
own may be equal, while the whole was cut anew."""
CONTAINED = 0.7
"""Share of the shorter text in the longer one from which one was made of the other."""
LONGER = 4
"""Times that the longer one may be as long; beyond, a sketch cannot tell."""
TRIGRAMS = 8
"""Characters from which two texts that are versions of one another share trigrams."""
UNLIKE = 0.4
"""Likeness below which two texts have nothing in common, if they are long enough to tell:
what chance gives (0.3), and a sketch's error."""
LETTER = 0.3
"""What a wording that is the same to the letter adds to likeness."""
CODE = 0.75
"""Likeness from which other code is an edited one, where several questions read the same:
what two pieces of one language have as their frame reaches 0.65."""


def weigh(old: Candidate, new: Candidate, *, near: bool, sole: bool, heading: bool) -> Score | None:
    """Return how sure it is that *new* is *old*, or nothing.

    Args:
        old: a question of the ledger.
        new: one of today's notes.
        near: whether they stand in one note.
        sole: whether no other question of either note reads the same.
        heading: whether they stand under a heading that tells them from others.
    """
    row = NEAR if near else FAR
    before, now = old.known, new.known
    kind = difference(before.ask, now.ask)
    if kind is Difference.NONE:
        return _same_words(old, new, near=near, sole=sole, heading=heading)
    words = similarity(before.ask, now.ask)
    if before.reply == now.reply and _reworded(now.size, words, kind, row):
        return Score(Tier.TEXT if near else Tier.FAR_TEXT, words)
    alike = likeness(old, new)
    least = min(before.size, now.size)
    if kind is Difference.WIDE:
        enough = alike >= (row.both if words >= HALF else row.both_unlike)
        enough = enough and least >= row.telling
    else:
        enough = alike >= NEARLY_EQUAL and least >= LONG
    if not enough:
        return None
    return Score(Tier.ALIKE if near else Tier.FAR_ALIKE, (2 * alike + words) / 3)


def _same_words(
    old: Candidate, new: Candidate, *, near: bool, sole: bool, heading: bool
) -> Score | None:
    row = NEAR if near else FAR
    before, now = old.known, new.known
    place = HEADING * heading + LETTER * (old.key == new.key)
    if before.reply == now.reply:
        return Score(Tier.SAME if near else Tier.FAR_SAME, place)
    general = weight(now.ask) < GENERAL
    alike = likeness(old, new)
    whole = resemblance(old.told[0].buckets, new.told[0].buckets)
    if before.given and before.given == now.given:
        alike, whole = alike + 1, whole + 1
    elif near and sole:
        alike = whole = max(alike, containment(old, new))
    least = row.alike_general if general else row.alike
    if before.given and now.given and not sole:
        least = max(least, CODE)
    if alike >= least:
        fit = max(whole, alike - PART) + place
        return Score(Tier.WORDS_ALIKE if near else Tier.FAR_WORDS, fit)
    if not near or old.retired or other_code(old, new):
        return None
    if sole and not general:
        return Score(Tier.WORDS, alike)
    here = heading or (sole and not (before.context and now.context))
    return Score(Tier.PLACE, alike) if here and before.path == now.path else None


def _reworded(size: int, words: float, kind: Difference, row: Thresholds) -> bool:
    """Tell whether an equal text proves that a question was reworded."""
    if kind is Difference.TWIN:
        return size >= TWIN
    if kind is Difference.WIDE and row is NEAR and words >= HALF and size >= SHORT:
        return True
    return size >= (row.telling if words >= HALF else row.unlike)


def likeness(old: Candidate, new: Candidate) -> float:
    """Return the share of trigrams that two texts have in common, however they were cut."""
    return max(resemblance(one.buckets, other.buckets) for one in old.told for other in new.told)


def containment(old: Candidate, new: Candidate) -> float:
    """Return about how much of the shorter text is in the longer one, 0 … 1."""
    best = 0.0
    for one in old.told:
        for other in new.told:
            short, long = sorted((one.size, other.size))
            alike = resemblance(one.buckets, other.buckets)
            if alike and long <= LONGER * short:
                best = max(best, alike * (short + long) / (1 + alike) / short)
    return best if best >= CONTAINED else 0.0


def other_code(old: Candidate, new: Candidate) -> bool:
    """Tell whether two fronts hold different code or options.

    Where only one holds any the other may have told it in its answer.
    """
    before, now = old.known.given, new.known.given
    return before != now and (bool(before and now) or unlike(old, new))


def unlike(old: Candidate, new: Candidate) -> bool:
    """Tell whether two texts are long enough to tell, and have nothing in common."""
    telling = min(old.known.size, new.known.size) >= TRIGRAMS
    return telling and likeness(old, new) < UNLIKE and not containment(old, new)
