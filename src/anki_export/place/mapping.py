"""Where a card goes in the collection: its deck, its tags and its difficulty.

The deck and the tags are a note's, so they are made once a source note (:func:`place`);
their spelling is the whole build's (:class:`Mapper`), because Anki folds names that differ
only by case.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from anki_export import names
from anki_export.config import Config
from anki_export.config.checks import PLACEHOLDER
from anki_export.model import Kind, Location, MappedCard, RenderedCard, SourceNote
from anki_export.problems import ProblemKind, Problems

DIFFICULTIES = ("easy", "medium", "hard")
"""The values that templates have colours for; others are kept and reported."""

Levels = tuple[str, ...]

_Report = Callable[..., None]
"""Takes the kind of a problem with a front matter, a message and perhaps a hint."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the cards of a source note go, before the build's spelling is applied."""

    deck: Levels
    tags: tuple[Levels, ...]
    difficulty: str


class Mapper:
    """Places the cards of one build; notes must come in the build's order.

    Of names that differ only by case the first one met gives the spelling.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        self._decks = names.CaseFolder()
        self._tags = names.CaseFolder()
        # The retired cards' deck and tag exist in every collection.
        self._decks.fold(names.deck_levels(config.root_deck))

    def map_cards(self, found: Place, cards: Sequence[RenderedCard]) -> list[MappedCard]:
        """The cards of one source note with the place that :func:`place` found for them."""
        tags = tuple(sorted({self._tags.fold(levels) for levels in found.tags}))
        sub_deck = names.deck_levels(self._config.comparison_deck)
        mapped = []
        for card in cards:
            below = sub_deck if card.card.kind is Kind.COMPARISON else []
            deck = self._decks.fold((*found.deck, *below)[: names.MAX_DECK_LEVELS])
            mapped.append(MappedCard(card, deck, tags, found.difficulty))
        return mapped


def place(source: SourceNote, title: str, config: Config, problems: Problems) -> Place:
    """The deck, tags and difficulty of a source note's cards."""

    def odd(kind: ProblemKind, message: str, hint: str = "") -> None:
        # The front matter begins on the file's first line; YAML gives no lines of its keys.
        problems.add(kind, Location(source.path, 1), message, hint)

    metadata = source.metadata
    own = _overrides(metadata.get("anki"), odd)
    topics = _tags(metadata.get("tags"), "tags", odd)
    difficulty = _difficulty(metadata.get("difficulty"), config, odd)
    values = {
        "root": config.root_deck,
        "tag": _topic(topics, config) or _folder(source.path),
        "folder": _folder(source.path),
        "difficulty": difficulty,
        "title": _plain_title(title),
    }
    deck = _deck(own.get("deck"), values, config, odd)
    tags = _tags(own["tags"], "anki.tags", odd) if "tags" in own else topics
    levels = [_anki_tag(tag, odd) for tag in _within(tags, odd)]
    if difficulty:
        levels.append(("difficulty", *names.tag_levels(difficulty)))
    return Place(deck, tuple(filter(None, levels)), difficulty)


def _overrides(value: Any, odd: _Report) -> Mapping[str, Any]:
    """The note's own ``anki: {deck, tags}``; a switch (``anki: false``) is the reader's."""
    if value is None or isinstance(value, bool):
        return {}
    if not isinstance(value, Mapping):
        hint = "write `anki: {deck: …, tags: […]}`"
        odd(ProblemKind.METADATA, f"`anki: {value}` is not understood", hint)
        return {}
    hint = "known are `deck` and `tags`"
    for key in value:
        if key not in ("deck", "tags"):
            odd(ProblemKind.METADATA, f"`anki.{key}` is unknown", hint)
    return value


# --------------------------------------------------------------------------- tags

MOST_TAGS = 100
"""Of a note: each of its cards has them all."""

LONGEST = 200
"""Characters of a tag, a difficulty and a level of a deck, for the same reason."""


def _within(tags: Sequence[str], odd: _Report) -> list[str]:
    """The tags that the cards can bear."""
    kept = [tag for tag in tags if len(tag) <= LONGEST]
    if len(kept) < len(tags):
        odd(ProblemKind.TAG, f"a tag of more than {LONGEST} characters is left out")
    if len(kept) > MOST_TAGS:
        odd(ProblemKind.TAG, f"of {len(kept)} tags only {MOST_TAGS} are kept")
    return kept[:MOST_TAGS]


def _tags(value: Any, name: str, odd: _Report) -> list[str]:
    """The tags of a front matter as text, however they were written."""
    if value is None:
        return []
    if isinstance(value, str):
        value = value.split(",")
    elif isinstance(value, (set, frozenset)):  # YAML's !!set has no order of its own
        value = sorted(value, key=str)
    elif not isinstance(value, (list, tuple)):
        value = [value]
    tags = []
    for item in value:
        if isinstance(item, (list, tuple)):
            tags += _tags(item, name, odd)
        elif (tag := _tag_text(item, name, odd)) and tag not in tags:
            tags.append(tag)
    return tags


def _tag_text(item: Any, name: str, odd: _Report) -> str:
    """One tag as text; YAML reads some words as other things."""
    hint = "put it in quotes, so that YAML takes it as text"
    if isinstance(item, str):
        return item.strip()
    if isinstance(item, bool):
        word = str(item).lower()
        odd(ProblemKind.TAG, f"`{name}` holds a word that YAML reads as {word}", hint)
        return word
    if isinstance(item, int):
        return str(item)
    if isinstance(item, (float, date)):
        odd(ProblemKind.TAG, f"`{name}` holds what YAML reads as {item}", hint)
        return str(item)
    what = "an empty item" if item is None else "an item that is no text"
    odd(ProblemKind.TAG, f"`{name}` holds {what}; it is left out")
    return ""


def _anki_tag(tag: str, odd: _Report) -> Levels:
    """A tag's levels in Anki; empty if nothing is left of it."""
    levels = tuple(names.tag_levels(tag))
    if not levels:
        odd(ProblemKind.TAG, f"nothing is left of the tag `{tag}`")
    elif levels[0].endswith("_") and names.is_reserved([levels[0][:-1], *levels[1:]]):
        message = f"the tag `{tag}` has a meaning of its own in Anki; it becomes `{levels[0]}`"
        odd(ProblemKind.TAG, message)
    return levels


# --------------------------------------------------------------------------- difficulty


def _difficulty(value: Any, config: Config, odd: _Report) -> str:
    """The difficulty as one word; where the note has none the configured one, or nothing."""
    plain = str(value).strip() if value is not None else ""
    if len(plain) > LONGEST:
        message = f"a difficulty of more than {LONGEST} characters is left out"
        odd(ProblemKind.DIFFICULTY, message)
        plain = ""
    # It becomes a field, which is HTML, and there a class.
    word = names.SEPARATOR.join(names.tag_levels(re.sub(r"[<>&'\"]", "", plain)))
    if not word:
        return config.default_difficulty
    if word.lower() in DIFFICULTIES:
        return word.lower()
    if word != config.default_difficulty:
        message = f"the difficulty `{plain}` is unknown; it is kept"
        odd(ProblemKind.DIFFICULTY, message, f"known are {', '.join(DIFFICULTIES)}")
    return word


# --------------------------------------------------------------------------- decks


def _topic(tags: Sequence[str], config: Config) -> str:
    """The first tag as a deck: a tag that is a path back to the note gives its folder."""
    plain = [tag for tag in tags if not tag.lower().endswith(".md")]
    topic = plain[0] if plain else tags[0].rpartition("/")[0] if tags else ""
    levels = names.deck_levels(topic.replace("/", names.SEPARATOR).replace("`", ""))
    return _alias(levels, config.tag_aliases)


def _alias(levels: list[str], aliases: Mapping[str, str]) -> str:
    """The deck with its longest aliased beginning replaced."""
    known = {
        tuple(names.deck_levels(tag.replace("/", names.SEPARATOR).casefold())): alias
        for tag, alias in aliases.items()
    }
    folded = tuple(level.casefold() for level in levels)
    for count in range(len(levels), 0, -1):
        if alias := known.get(folded[:count]):
            return names.SEPARATOR.join((alias, *levels[count:]))
    return names.SEPARATOR.join(levels)


def _plain_title(title: str) -> str:
    """A title without its markup; one level, whatever it says about ``std::vector``."""
    plain = re.sub(r"\\([!-/:-@\[-`{-~])|`+|\*+", r"\1", title)
    return html.unescape(plain).replace(names.SEPARATOR, "∷")


def _folder(path: str) -> str:
    """The note's folder as a deck, empty for a note at the top."""
    parts = [part.replace(names.SEPARATOR, "∷") for part in path.split("/")[:-1]]
    return names.SEPARATOR.join(parts)


def _deck(own: Any, values: Mapping[str, str], config: Config, odd: _Report) -> Levels:
    """The deck's levels: the note's own or the configured template, filled in."""
    template = config.deck
    if isinstance(own, str) and own.strip():
        template = own
        for name in sorted(set(PLACEHOLDER.findall(own)) - values.keys()):
            odd(ProblemKind.DECK, f"`anki.deck` has an unknown placeholder `{{{name}}}`")
    elif own is not None:
        odd(ProblemKind.DECK, "`anki.deck` is no text; it is left out")
    filled = PLACEHOLDER.sub(lambda match: values.get(match[1], match[0]), template)
    levels = names.deck_levels(filled) or names.deck_levels(config.root_deck)
    if [level.casefold() for level in levels] == ["default"]:
        levels = [*names.deck_levels(config.root_deck), *levels]
    if len(levels) > names.MAX_DECK_LEVELS:
        odd(ProblemKind.DECK, f"the deck `{filled:.200}` has too many levels; it is cut")
    if any(len(level) > LONGEST for level in levels):
        odd(ProblemKind.DECK, f"the deck `{filled:.200}` has too long a name; it is cut")
    return tuple(level[:LONGEST].strip(" :") for level in levels[: names.MAX_DECK_LEVELS])
