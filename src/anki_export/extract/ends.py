"""Where an answer ends: at the next question of its form or above, or with its place.

What stands inside a ``<details>`` that is closed ends nothing outside of it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from enum import Flag, auto

from anki_export.extract.candidates import Candidate
from anki_export.extract.sight import Sight
from anki_export.marks import whole_bold


class Stop(Flag):
    """What a line is to the answer above it."""

    HEADING = auto()
    """A heading of the document."""
    MARKED = auto()
    """An accepted question with a marker, in whatever form."""
    ASKING = auto()
    """A heading that is a question by its mark or marker."""
    ITEM = auto()
    """A heading in a list item that is a question."""
    BOLD = auto()
    """A paragraph whose first line is wholly bold."""
    LEAD = auto()
    """A numbered bold beginning that is a question."""
    LISTED = auto()
    """A list item that is a question without a mark of its own."""
    QUOTE = auto()
    """A quote that is a question."""
    RULE = auto()


ENDS: dict[str, Stop] = {
    "marked-heading": Stop.MARKED | Stop.ASKING,
    "marked-bold": Stop.MARKED | Stop.HEADING | Stop.RULE,
    "marked-plain": Stop.MARKED | Stop.HEADING | Stop.RULE,
    "marked-list": Stop.MARKED | Stop.HEADING,
    "question-heading": Stop.ASKING,
    "item-heading": Stop.ITEM | Stop.HEADING,
    "bold-question": Stop.MARKED | Stop.HEADING | Stop.RULE | Stop.BOLD,
    "bold-numbered": Stop.LEAD | Stop.HEADING,
    "list-question": Stop.LISTED | Stop.MARKED | Stop.HEADING | Stop.RULE,
    "quote-question": Stop.QUOTE | Stop.HEADING,
}
"""What ends an answer, by form; the other forms' answers end with their place."""


class Ends:
    """The lines of one note at which answers end."""

    def __init__(self, sight: Sight) -> None:
        self._sight = sight
        self._lines: dict[Stop, list[int]] = {stop: [] for stop in Stop}
        self._lines[Stop.HEADING] = [head.line for head in sight.heads]
        for block in sight.root.children:
            if block.kind == "rule":
                self._lines[Stop.RULE].append(block.start)
            elif block.kind == "paragraph" and whole_bold(block.text[0][1]) is not None:
                self._lines[Stop.BOLD].append(block.start)

    def add(self, candidates: Iterable[Candidate]) -> None:
        """Take accepted questions: they end the answers of their form and below."""
        for candidate in candidates:
            for stop in STOPS.get(candidate.form, ()):
                self._lines[stop].append(candidate.line)
        for lines in self._lines.values():
            lines.sort()

    def of(self, candidate: Candidate) -> int:
        """One past the last line that may belong to a candidate's answer."""
        kinds = ENDS.get(candidate.form)
        limit = len(self._sight.lines) if candidate.limit is None else candidate.limit
        if kinds is None or (candidate.form == "marked-list" and candidate.limit is not None):
            return limit
        return min(limit, self.next(candidate.line, kinds))

    def next(self, line: int, kinds: Stop) -> int:
        """The first line after this one with such a stop, or the note's end."""
        return min(self._next(self._lines[kind], line) for kind in kinds)

    def _next(self, lines: list[int], line: int) -> int:
        own = self._sight.fold_at(line)
        i = bisect_right(lines, line)
        while i < len(lines):
            fold = self._sight.fold_at(lines[i])
            if fold is None or fold is own:
                return lines[i]
            i = bisect_right(lines, fold.end - 1)
        return len(self._sight.lines)


STOPS: dict[str, tuple[Stop, ...]] = {
    "marked-heading": (Stop.MARKED, Stop.ASKING),
    "marked-bold": (Stop.MARKED,),
    "marked-plain": (Stop.MARKED,),
    "marked-list": (Stop.MARKED,),
    "question-heading": (Stop.ASKING,),
    "item-heading": (Stop.ITEM,),
    "bold-numbered": (Stop.LEAD,),
    "list-question": (Stop.LISTED,),
    "quote-question": (Stop.QUOTE,),
}
"""What an accepted question of a form is to the answers above it."""
