"""What a configuration's values may be: each check gives the value back or rejects it."""

from __future__ import annotations

import re
import tomllib
import warnings
from collections.abc import Callable, Collection, Mapping
from pathlib import PurePath
from typing import Any, NamedTuple, NoReturn
from urllib.parse import urlsplit

import pathspec

from anki_export import names
from anki_export.problems import nearest

PLACEHOLDERS = ("root", "tag", "folder", "difficulty", "title")
"""What a deck template may name."""

PLACEHOLDER = re.compile(r"\{([^{}]*)\}")

MOST_DOUBLE_STARS = 4
"""Of a pattern: each may stand for any number of folders."""

MOST_PARTS = 50
"""Of a key with dots in it."""

_TOML_TYPES = {
    str: "a text",
    bool: "true or false",
    int: "a whole number",
    float: "a number with a fraction",
    list: "a list",
    dict: "a table",
}


class Fault(NamedTuple):
    """What is wrong with a key; ``key`` is its path below the one that was checked."""

    key: tuple[str, ...]
    message: str
    hint: str = ""


class Rejected(Exception):  # noqa: N818 - raised and caught within the configuration only
    """A value did not pass; all its faults."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__(*faults)
        self.faults = faults


Check = Callable[[Any], Any]
"""Gives back what :class:`~anki_export.config.declare.Config` holds; raises :class:`Rejected`."""


def _reject(message: str, hint: str = "") -> NoReturn:
    raise Rejected(Fault((), message, hint))


def _expect(value: Any, kind: type) -> None:
    """Reject a value of another TOML type; True is no number here, as in TOML."""
    if type(value) is not kind:
        found = _TOML_TYPES.get(type(value), "a date or time")
        _reject(f"must be {_TOML_TYPES[kind]}, not {found}")


def text(value: Any) -> str:
    """One line of text, trimmed."""
    _expect(value, str)
    if any(names.is_control(char) for char in value):
        _reject("must be one line without control characters")
    return str(value).strip()


def optional_word(value: Any) -> str:
    """A text without spaces, which becomes part of a tag, or nothing."""
    result = text(value)
    if len(result.split()) > 1:
        _reject("must be one word")
    return result


def language(value: Any) -> str:
    """A language tag (BCP 47) such as ``en`` or ``zh-Hans``, or nothing."""
    result = text(value)
    if result and not re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*", result):
        _reject("must be a language tag such as `en`, `zh-Hans` or `pt-BR`")
    return result


def switch(value: Any) -> bool:
    """True or false."""
    _expect(value, bool)
    return bool(value)


def choice(*known: str) -> Check:
    """Make the check of one of several words."""

    def check(value: Any) -> str:
        if text(value) not in known:
            _reject(f"unknown value `{text(value)}`", nearest(text(value), known, "valid values"))
        return text(value)

    return check


def number(least: int, most: int) -> Check:
    """Make the check of a whole number within bounds."""

    def check(value: Any) -> int:
        _expect(value, int)
        if not least <= value <= most:
            _reject(f"must be between {least} and {most}, not {value}")
        return int(value)

    return check


def texts(value: Any) -> tuple[str, ...]:
    """A list of texts, none of them empty; every fault with its place in the list."""
    _expect(value, list)
    found, faults = [], []
    for index, item in enumerate(value):
        try:
            found.append(text(item))
            if not found[-1]:
                _reject("must not be empty")
        except Rejected as rejected:
            faults += [Fault((str(index),), *fault[1:]) for fault in rejected.faults]
    if faults:
        raise Rejected(*faults)
    return tuple(found)


def patterns(value: Any) -> tuple[str, ...]:
    """A list of patterns as in a ``.gitignore``."""
    found = texts(value)
    faults = []
    for index, pattern in enumerate(found):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", FutureWarning)  # of a bracket in brackets
                pathspec.GitIgnoreSpec.from_lines([pattern])
        except (ValueError, re.error) as error:
            faults.append(Fault((str(index),), f"is no pattern: {error}"))
        if pattern.count("**") > MOST_DOUBLE_STARS:
            message = f"has more than {MOST_DOUBLE_STARS} `**`"
            faults.append(Fault((str(index),), message, "write several patterns"))
    if faults:
        raise Rejected(*faults)
    return found


def deck(value: Any) -> str:
    """A deck's name that Anki keeps as it is (ANKI_FACTS, Names)."""
    name = text(value)
    if fault := names.deck_fault(name):
        _reject(f"the deck's name {fault}")
    return name


def sub_deck(value: Any) -> str:
    """A deck's name, or nothing."""
    return deck(value) if text(value) else ""


def deck_template(value: Any) -> str:
    """A deck's name with placeholders."""
    template = text(value)
    faults = []
    for name in PLACEHOLDER.findall(template):
        if name not in PLACEHOLDERS:
            valid = [f"{{{known}}}" for known in PLACEHOLDERS]
            hint = nearest(f"{{{name}}}", valid, "valid placeholders")
            faults.append(Fault((), f"unknown placeholder `{{{name}}}`", hint))
    bare = PLACEHOLDER.sub("x", template)
    if "{" in bare or "}" in bare:
        faults.append(Fault((), "has a brace without its twin"))
    elif fault := names.deck_fault(bare):
        faults.append(Fault((), f"the deck's name {fault}"))
    if faults:
        raise Rejected(*faults)
    return template


def url(value: Any) -> str:
    """An absolute web address, or nothing."""
    address = text(value)
    if not address:
        return ""
    try:
        parts = urlsplit(address)
    except ValueError as error:
        _reject(f"is no web address: {error}")
    if parts.scheme not in ("http", "https") or not parts.netloc:
        _reject("must be a web address that begins with https:// or http://")
    return address


def output(value: Any) -> str:
    """A file name that Anki imports without replacing a collection, or nothing."""
    name = text(value)
    if name and (fault := names.output_fault(PurePath(name))):
        _reject(fault)
    return name


def aliases(value: Any) -> Mapping[str, str]:
    """A table of tags and the names that they get in decks."""
    _expect(value, dict)
    faults = []
    for tag, alias in value.items():
        try:
            if fault := names.deck_fault(text(alias)):
                _reject(f"the deck's name {fault}")
        except Rejected as rejected:
            faults += [Fault((tag,), *fault[1:]) for fault in rejected.faults]
    if faults:
        raise Rejected(*faults)
    return {tag: alias.strip() for tag, alias in value.items()}


def switches(known: Collection[str]) -> Check:
    """Make the check of a table of switches; the names that stay on are its value."""

    def check(value: Any) -> frozenset[str]:
        _expect(value, dict)
        faults = []
        for name, on in value.items():
            if name not in known:
                faults.append(Fault((name,), "unknown form", nearest(name, known, "valid")))
            elif not isinstance(on, bool):
                faults.append(Fault((name,), "must be true or false"))
        if faults:
            raise Rejected(*faults)
        return frozenset(name for name in known if value.get(name, True))

    return check


# --------------------------------------------------------------------------- places


class NotTomlError(ValueError):
    """Why a text is no TOML, the line that says so, and what to do about it."""

    def __init__(self, reason: str, source: str) -> None:
        super().__init__(f"not valid TOML: {reason}")
        lines = source.split("\n")
        match = re.search(r"line (\d+)", reason)
        self.line = int(match[1]) if match else None
        if "end of document" in reason:
            self.line = len(lines)
        self.hint = _quotes_hint(lines[self.line - 1]) if self.line else ""


def parse(source: str) -> dict[str, Any]:
    """The values of a TOML text.

    Raises:
        NotTomlError: it is none, or nested too deeply to be read.
    """
    lines = source.split("\n")
    deep = next((number for number, line in enumerate(lines, 1) if _is_deep(line)), None)
    if deep:
        raise NotTomlError(f"a key of too many parts (at line {deep})", source)
    try:
        return tomllib.loads(source)
    except tomllib.TOMLDecodeError as error:
        raise NotTomlError(str(error), source) from None
    except RecursionError:
        opened = [line.count("[") + line.count("{") for line in lines]
        deepest = opened.index(max(opened)) + 1
        raise NotTomlError(f"it is nested too deeply (at line {deepest})", source) from None
    except ValueError as error:  # of Python's: no number is read that has thousands of digits
        found = _DIGITS.search(source)
        line = source.count("\n", 0, found.start()) + 1 if found else 1
        reason = "a number of too many digits" if found else str(error)
        raise NotTomlError(f"{reason} (at line {line})", source) from None


_DIGITS = re.compile(r"\d[\d_]{4000}")


def _is_deep(line: str) -> bool:
    """Whether a key is of more parts than any: the parser takes a square of their number."""
    if line.count(".") < MOST_PARTS:
        return False
    parts = 0
    for part in line.split("."):
        parts = parts + 1 if _KEY_PART.fullmatch(part) else 0
        if parts > MOST_PARTS:
            return True
    return False


_KEY_PART = re.compile(r"\s*(?:[\w-]+|\"[^\"]*\"|'[^']*')\s*")
_BARE_TEXT = re.compile(r"\s*(?P<key>[\w-]+)\s*=\s*(?P<text>[^\"'\[{\s#][^#\"']*?)\s*(?:#.*)?")


def _quotes_hint(line: str) -> str:
    """What to do about a text without quotes, or nothing."""
    found = _BARE_TEXT.fullmatch(line)
    return f'texts stand in quotes: {found["key"]} = "{found["text"]}"' if found else ""


def key_lines(source: str) -> dict[tuple[str, ...], int]:
    """Where each key and table of a valid TOML text stands.

    The standard library's parser gives no positions; each line that could be a header or
    a key is read by it alone. A line inside a multi-line string may be taken for a key,
    which does no harm: the first place of a key counts, and only faulty keys are asked for.
    """
    lines: dict[tuple[str, ...], int] = {}
    table: tuple[str, ...] = ()
    for number_, line in enumerate(source.splitlines(), 1):
        bare = line.strip()
        if bare.startswith("["):
            if path := _key_path(bare):
                table = path
                lines.setdefault(table, number_)
        elif "=" in bare and (path := _key_path(bare.partition("=")[0] + "= 0")):
            lines.setdefault((*table, *path), number_)
    return lines


def _key_path(line: str) -> tuple[str, ...]:
    """The path of the key or table that one line of TOML declares; empty if none."""
    try:
        node: Any = tomllib.loads(line)
    except (ValueError, RecursionError):
        return ()
    path: tuple[str, ...] = ()
    while isinstance(node, (dict, list)) and node:
        if isinstance(node, list):
            node = node[0]
        else:
            key, node = next(iter(node.items()))
            path = (*path, key)
    return path
