"""What a conversion reads and collects: references, images, problems, footnotes, formulas."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from html import unescape
from typing import Any, Protocol, Self

from anki_export.markdown.grammar import Rules
from anki_export.markdown.math import for_anki
from anki_export.markdown.scan import Definition
from anki_export.markdown.stash import Stash
from anki_export.markdown.tree import Block
from anki_export.model import Location, MediaFile
from anki_export.problems import ProblemKind, Problems

Lines = Callable[[int], int]
"""Gives the file's line of a line of the parsed text."""


class Source(str):
    """Inline Markdown that is still to be read, with the file's line of each of its lines."""

    lines: Sequence[int]
    task: bool | None
    """Of a task list item's text: whether it is ticked."""

    def __new__(cls, text: str, lines: Sequence[int], task: bool | None = None) -> Self:
        """A string with two attributes."""
        source = super().__new__(cls, text)
        source.lines, source.task = lines, task
        return source


@dataclass(frozen=True, slots=True)
class Missing:
    """An image that cannot be packed: why, and what to do about it."""

    reason: str
    hint: str = ""
    remote: str = ""
    """Its address if the card shall link to it on the web."""
    kind: ProblemKind | None = ProblemKind.MISSING_IMAGE
    """How it is reported; None if its text is all that is wanted."""

    @property
    def form(self) -> str | None:
        """What of it is part of a card's content: one for a text that is wanted, one for the rest."""
        return "" if self.kind is None else None


class Images(Protocol):
    """Where the images of notes are found."""

    def find(self, note: str, url: str) -> MediaFile | Missing:
        """The image that the note at path ``note`` names."""


@dataclass(slots=True)
class Scope:
    """Shared by all fields of one card."""

    path: str
    """Of the source note, as problems name it and relative images start from it."""
    media: Images
    definitions: Mapping[str, Definition] = field(default_factory=dict)
    footnotes: Mapping[str, Block] = field(default_factory=dict)
    environment: dict[str, Any] = field(default_factory=dict)
    """The document's own, for the inline parser."""
    footnote_line: Callable[[int], int] = int
    """The file's line of an index in the note's lines, which footnotes are made of."""
    prefix: str = "fn"
    """Starts the ids of this card's footnotes."""
    problems: Problems = field(default_factory=Problems)
    used: dict[str, Definition] = field(default_factory=dict)
    """Link definitions that the card depends on."""
    expanded: int = 0
    """Characters that link definitions came to so far, each use counted."""
    numbers: dict[str, int] = field(default_factory=dict)
    """Footnotes referred to so far, in order."""
    images: dict[str, MediaFile | Missing] = field(default_factory=dict)
    """Images that the card names, by what it calls them."""

    outcomes: dict[str, str] = field(default_factory=dict)
    """What became of each image of the note: its name in the package, or why not."""

    def report(
        self, line: int | None, message: str, hint: str, kind: ProblemKind = ProblemKind.HTML
    ) -> None:
        """Note a problem."""
        self.problems.add(kind, Location(self.path, line), message, hint)

    def image(self, url: str, line: int | None) -> MediaFile | Missing:
        """The image that the note names; one that is missing is reported."""
        found = self.images[url] = self.media.find(self.path, url)
        self.outcomes[url] = found.reason if isinstance(found, Missing) else found.name
        if isinstance(found, Missing) and found.kind is not None:
            self.report(line, found.reason, found.hint, found.kind)
        return found

    def footnote(self, label: str) -> int:
        """The number of a footnote on this card."""
        return self.numbers.setdefault(label, len(self.numbers) + 1)


@dataclass(slots=True)
class Conversion:
    """What is under way: for which card, by which rules, and what is finished of it."""

    scope: Scope
    rules: Rules
    line: Lines = int
    stash: Stash = field(default_factory=Stash)

    def formula(self, tex: str, *, display: bool) -> str:
        """The mark of a formula, which is put back when the rest is clean."""
        formula = for_anki(tex, display=display)
        return self.stash.store(formula, unescape(formula), safe=True)
