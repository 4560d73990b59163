"""Names that Anki keeps as they are: decks, tags and the package's file (ANKI_FACTS, Names).

Whatever Anki would change while importing (trim, fold, normalise) is done here already,
so that the collection shows the names that the report announced.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from pathlib import PurePath

SEPARATOR = "::"
"""Between the levels of a deck or tag."""

MAX_DECK_LEVELS = 11
"""Deeper decks are refused by Anki (ANKI_FACTS, Names)."""

FOLDER = ".anki-export"
"""Folder in the notes folder that is the tool's own."""

LEDGER = "ledger.jsonl"

IMAGES = "images"
"""Folder in it for images from the web."""

IMAGES_LOCK = "images.jsonl"
"""What these images are: every address with the hash of what it gave."""

RETIRED_TAG = "retired"
"""The tag of cards that are gone from the notes; no live card may carry it."""

_RESERVED_TAGS = frozenset({"marked", "leech", RETIRED_TAG})
"""``marked`` and ``leech`` are stripped by an import; ``retired`` invites to delete."""

_SEARCH_SYNTAX = {ord(c): chr(ord(c) + 0xFEE0) for c in '"\\()*'}
"""Syntax in Anki's searches becomes its full-width twin; a backtick has no meaning there."""

_FORBIDDEN_FILES = re.compile(r"(collection\.apkg|backup-.*\.apkg|.*\.colpkg)", re.IGNORECASE)


def is_control(char: str) -> bool:
    """True for characters that have no place in any name, tabs and line ends included."""
    return unicodedata.category(char) in ("Cc", "Cs")


def _without_controls(text: str) -> str:
    return "".join(" " if is_control(c) else c for c in unicodedata.normalize("NFC", text))


def deck_levels(name: str) -> list[str]:
    """The levels of a deck's name as Anki keeps them: NFC, one line, trimmed; empty ones left out."""
    plain = re.sub(r"\s+", " ", _without_controls(name))
    return [level for part in plain.split(SEPARATOR) if (level := part.strip(" :"))]


def deck_fault(name: str) -> str | None:
    """Say why a deck cannot bear this name, or nothing."""
    levels = deck_levels(name)
    if not levels:
        return "is empty"
    if len(levels) > MAX_DECK_LEVELS:
        return f"has more than {MAX_DECK_LEVELS} levels"
    if [part.casefold() for part in levels] == ["default"]:
        return "is Anki's own deck `Default`, which an import cannot fill"
    if SEPARATOR.join(levels) != name:
        return f"would be renamed by Anki to `{SEPARATOR.join(levels)}`"
    return None


def tag_levels(text: str) -> list[str]:
    r"""The levels of a front-matter tag as an Anki tag's, empty ones left out.

    ``/`` and ``::`` separate levels, spaces (U+3000 too) become ``_``, a final ``.md`` is
    dropped, backticks too; ``" \ ( ) *`` become full-width, because Anki's search reads
    the plain ones as syntax. A tag that means something to Anki or to this tool gets a
    ``_`` at its end.
    """
    plain = re.sub(r"\.md$", "", _without_controls(text).strip(), flags=re.IGNORECASE)
    plain = plain.replace("`", "").translate(_SEARCH_SYNTAX)
    parts = [part.strip().strip(":") for part in re.split(r"/|::", plain)]
    levels = [re.sub(r"\s+", "_", part.strip()) for part in parts if part.strip()]
    if levels and is_reserved(levels):
        levels[0] += "_"
    return levels


def is_reserved(levels: list[str]) -> bool:
    """True for ``marked`` and ``leech``, and for all that a search for ``retired`` finds."""
    first = levels[0].casefold()
    return first in _RESERVED_TAGS and (len(levels) == 1 or first == RETIRED_TAG)


def output_fault(path: PurePath) -> str | None:
    """Say why the package must not be written under this name, or nothing."""
    if _FORBIDDEN_FILES.fullmatch(path.name):
        return (
            f"Anki takes a file named `{path.name}` for a whole collection"
            " and would replace everything the user has"
        )
    if path.suffix.lower() != ".apkg":
        return f"`{path.name}` does not end in `.apkg`; Anki would not offer to import it"
    return None


def package_name(root_deck: str) -> str:
    """The default file name of the package: the root deck's, safe on every file system."""
    stem = re.sub(r'[<>:"/\\|?*]+', "-", root_deck).strip("-. ")[:80] or "Study"
    name = f"{stem}.apkg"
    return f"Study {name}" if output_fault(PurePath(name)) else name


class CaseFolder:
    """Gives names that differ only by case one spelling, the first one met, level by level."""

    def __init__(self) -> None:
        self._spelling: dict[tuple[str, ...], str] = {}

    def fold(self, levels: Iterable[str]) -> str:
        """The name in the spelling of its first use, levels joined by ``::``."""
        key: tuple[str, ...] = ()
        parts = []
        for level in levels:
            key = (*key, level.casefold())
            parts.append(self._spelling.setdefault(key, level))
        return SEPARATOR.join(parts)
