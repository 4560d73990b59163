"""What can go wrong: problems that are reported, and errors that end a command.

Every stage that may find something is given a :class:`Problems` and adds to it; the
pipeline makes one for each thing that can fail alone. There is no other way.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # a help text needs no model
    from anki_export.model import FileLocation, Location


class Severity(StrEnum):
    """How much a problem costs."""

    ERROR = "error"
    """Something that the notes hold is missing from the package (exit 1)."""
    WARNING = "warning"
    """Something may surprise; ``--strict`` refuses it."""
    INFO = "info"
    """News of what was decided; nothing is wrong."""


class ProblemKind(StrEnum):
    """Every kind of problem: a stable code, what it costs, and what all of the kind share.

    Reports group problems by kind; the code is part of the JSON form, so it never changes.
    """

    severity: Severity
    summary: str

    def __new__(cls, code: str, severity: Severity, summary: str) -> ProblemKind:
        """A string, the code, with two attributes."""
        kind = str.__new__(cls, code)
        kind._value_ = code
        kind.severity = severity
        kind.summary = summary
        return kind

    # reading
    UNREADABLE_NOTE = "unreadable-note", Severity.ERROR, "note that cannot be read"
    UNREADABLE_FOLDER = "unreadable-folder", Severity.ERROR, "folder that cannot be read"
    FRONT_MATTER = "front-matter", Severity.ERROR, "front matter that cannot be read"
    LINKED_NOTE = "linked-note", Severity.WARNING, "symbolic link that is not followed"
    FAILED_NOTE = "failed-note", Severity.ERROR, "note that cannot be processed"
    LONG_LINE = "long-line", Severity.WARNING, "line that is too long to be read"
    NUL = "nul", Severity.WARNING, "line with a NUL character"
    # extracting
    NO_ANSWER = "no-answer", Severity.WARNING, "question without an answer"
    UNCLOSED = "unclosed", Severity.WARNING, "fence or comment that is never closed"
    DIRECTIVE = "directive", Severity.WARNING, "`anki:` comment that says nothing"
    LOST_CELLS = "lost-cells", Severity.WARNING, "row with more cells than its table has columns"
    UNNAMED_COLUMN = "unnamed-column", Severity.WARNING, "column that cannot be asked"
    SAME_FRONT = "same-front", Severity.WARNING, "question that another one reads the same as"
    NESTED_ANSWERS = "nested-answers", Severity.ERROR, "question in too many others"
    # rendering
    MISSING_IMAGE = "missing-image", Severity.WARNING, "image that cannot be packed"
    REMOTE_IMAGE = "remote-image", Severity.WARNING, "image on the web, which is not packed"
    LOST_IMAGE = "lost-image", Severity.ERROR, "image that was fetched, and is not to be had again"
    HTML = "html", Severity.WARNING, "HTML that has no place on a card"
    UNSHOWN = "unshown", Severity.WARNING, "what a card cannot show as its author sees it"
    INTRICATE = "intricate", Severity.WARNING, "text that is too intricate to be read in full"
    PLAIN_CODE = "plain-code", Severity.INFO, "code that is too long to be highlighted"
    # placing
    METADATA = "metadata", Severity.WARNING, "front matter that is not understood"
    TAG = "tag", Severity.WARNING, "tag that Anki would not keep"
    DIFFICULTY = "difficulty", Severity.WARNING, "difficulty that is unknown"
    DECK = "deck", Severity.WARNING, "deck that Anki would not keep"
    # matching
    COPY = "copy", Severity.INFO, "question that another note asks as well"
    NEAR_CARD = "near-card", Severity.INFO, "new card that is near to one that is gone"
    WAITING = "waiting", Severity.INFO, "question that waits for a note that cannot be read"
    DOUBLE_PIN = "double-pin", Severity.WARNING, "id that is pinned twice"
    # style
    REPEATED_FRONT = "repeated-front", Severity.WARNING, "question that another card asks"
    TWO_QUESTIONS = "two-questions", Severity.WARNING, "two questions in one"
    TOLD_ANSWER = "told-answer", Severity.WARNING, "question that tells its answer"
    LONG_ANSWER = "long-answer", Severity.WARNING, "answer that is too long to be recalled"
    LONG_LIST = "long-list", Severity.WARNING, "list that is too long to be recalled"
    YES_NO = "yes-no", Severity.WARNING, "question that yes or no answers"
    # the ledger and packages
    LEDGER_LOST = "ledger-lost", Severity.WARNING, "ledger that is missing"
    LEDGER_MERGED = "ledger-merged", Severity.INFO, "card that two branches changed"
    CACHE = "cache", Severity.INFO, "cache that is made anew"
    FOREIGN_PACKAGE = "foreign-package", Severity.WARNING, "package of another tool"
    TOO_LARGE = "too-large", Severity.WARNING, "file that AnkiWeb would not take"
    # configuration and templates
    CONFIGURATION = "configuration", Severity.ERROR, "fault of the configuration"
    CONFIGURATION_IGNORED = "configuration-ignored", Severity.WARNING, "file that is not read"
    TEMPLATE = "template", Severity.ERROR, "card template that cannot be used"
    TEMPLATE_STYLE = "template-style", Severity.WARNING, "card template that may surprise"


@dataclass(frozen=True, slots=True)
class Problem:
    """Something in the input that the author should look at; the rest goes on."""

    kind: ProblemKind
    location: Location | FileLocation
    message: str
    hint: str = ""

    @property
    def severity(self) -> Severity:
        """What it costs: the same for all problems of a kind."""
        return self.kind.severity


class Problems:
    """Collects problems in the order in which they are found, each of them once."""

    __slots__ = ("_found",)

    def __init__(self, found: Iterable[Problem] = ()) -> None:
        self._found = dict.fromkeys(found)

    def add(
        self, kind: ProblemKind, where: Location | FileLocation, message: str, hint: str = ""
    ) -> None:
        """Note a problem."""
        self._found.setdefault(Problem(kind, where, message, hint))

    def extend(self, found: Iterable[Problem]) -> None:
        """Note what was found elsewhere."""
        self._found.update(dict.fromkeys(found))

    def __iter__(self) -> Iterator[Problem]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)


def nearest(name: str, known: Iterable[str], what: str = "known") -> str:
    """A hint: the known name that was probably meant, or all of them after ``what``."""
    names = list(known)
    close = closest(name, names)
    return f"did you mean `{close}`?" if close else f"{what}: {', '.join(names)}"


def closest(name: str, known: Sequence[str]) -> str:
    """The known name that was probably meant, or nothing."""
    plain = {_plain(one): one for one in reversed(known)}
    close = get_close_matches(_plain(name), plain, n=1, cutoff=0.5)
    return plain[close[0]] if close else ""


def _plain(name: str) -> str:
    """A name without what people confuse: case, and dashes for underscores."""
    return name.casefold().replace("_", "-")


class AnkiExportError(Exception):
    """An expected failure: one line for the user, and the command's exit code."""

    exit_code = 2

    def __init__(self, message: str, hint: str = "", problems: Iterable[Problem] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.problems = tuple(problems)
        """All that is wrong where it is more than one thing."""

    @property
    def line(self) -> str:
        """What is wrong and what to do, in one line."""
        return f"{self.message} ({self.hint})" if self.hint else self.message


class UsageError(AnkiExportError):
    """The command line, the configuration or the ledger cannot be used (exit 2)."""


class WriteError(AnkiExportError):
    """The package or the ledger cannot be written (exit 3)."""

    exit_code = 3


class RetireError(AnkiExportError):
    """Too many cards would retire at once (exit 4)."""

    exit_code = 4
