"""What the commands take: their options as typed values, each declared once.

A class a command; its fields are the options, with their declaration for click.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, fields
from functools import partial
from os import PathLike
from pathlib import Path
from typing import Any, TypeVar

import click

T = TypeVar("T")


class _Name(click.Path):
    """A path; an empty one is no name for the current folder but a variable that is not set."""

    def convert(
        self, value: str | PathLike[str], param: click.Parameter | None, ctx: click.Context | None
    ) -> str | bytes | PathLike[str]:
        """Turn the text of the command line into a path."""
        if value == "":
            self.fail("the name is empty", param, ctx)
        return super().convert(value, param, ctx)


_PATH = _Name(path_type=Path)


def _option(default: T, *flags: str, about: str, **how: Any) -> T:
    """Declare an option that takes a path, or a switch if its default is one, or ``how``."""
    if isinstance(default, bool):
        how |= {"is_flag": True, "flag_value": not default}
    else:
        how.setdefault("type", _PATH)
    make = partial(click.option, *flags, default=default, help=about, **how)
    return field(default=default, metadata={"make": make})


def _argument(default: T, /, **how: Any) -> T:
    """Declare an argument; a ``default`` of its own makes it one that may be left out."""
    return field(default=default, metadata={"make": partial(click.argument, **how)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Common:
    """What every command takes."""

    config: Path | None = _option(None, "--config", about="Configuration file to use.")
    ledger: Path | None = _option(
        None, "--ledger", about="Ledger to use instead of the notes' own."
    )
    as_json: bool = _option(False, "--json", about="Report as one JSON object.")
    quiet: bool = _option(False, "--quiet", "-q", about="Say nothing but errors.")
    cache: bool = _option(True, "--no-cache", about="Make every card anew.")


@dataclass(frozen=True, slots=True, kw_only=True)
class OfNotes(Common):
    """``init``."""

    notes: Path = _argument(Path("notes"), type=_PATH, default=Path("notes"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Checking(OfNotes):
    """``check``."""

    empty: bool = _option(False, "--empty", about="List the notes that give no card, too.")
    style: bool = _option(False, "--style", about="Warn of cards that are hard to learn, too.")
    strict: bool = _option(False, "--strict", about="Let warnings count: exit 1, write nothing.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Explaining(Common):
    """``explain``."""

    note: str = _argument("", metavar="NOTE[:LINE]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Building(OfNotes):
    """``build``, ``plan`` and ``prune``."""

    strict: bool = _option(False, "--strict", about="Let warnings count: exit 1, write nothing.")
    output: Path | None = _option(None, "-o", "--output", about="Package to write (.apkg).")
    templates: Path | None = _option(
        None, "--templates", about="Folder with your own card templates."
    )
    touch_all: bool = _option(False, "--touch-all", about="Let the notes win over edits in Anki.")
    allow_retire: bool = _option(False, "--allow-retire", about="Retire any number of cards.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeating(Building):
    """``build``."""

    watch: bool = _option(False, "--watch", about="Build again on every edit, until Ctrl-C.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Previewing(OfNotes):
    """``preview``."""

    export: Path | None = _option(None, "--export", about="Write the preview as one HTML file.")
    browser: bool = _option(True, "--no-open", about="Do not open the browser.")
    port: int = _option(0, "--port", about="Port of the page.", type=click.IntRange(0, 65535))
    editor: str = _option(
        "",
        "--editor",
        about="Editor for links to the notes: a name such as vscode, or an address with {path} and {line}.",
        type=str,
        envvar="ANKI_EXPORT_EDITOR",
    )
    output: Path | None = _option(None, "-o", "--output", about="The last package (.apkg).")
    templates: Path | None = _option(
        None, "--templates", about="Folder with your own card templates."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovering(Common):
    """``recover``."""

    packages: tuple[Path, ...] = _argument((), type=_PATH, nargs=-1, required=True)
    notes: Path = _option(Path("notes"), "--notes", about="The notes' folder.")


Options = TypeVar("Options", bound=Common)


def takes(options: type[Options]) -> Callable[[Callable[[Options], int]], Callable[..., int]]:
    """Give a command its options: declared for click, handed over as one value."""
    common = [one.name for one in fields(Common)]
    own = [one for one in fields(options) if one.name not in common]
    declared = [*own, *fields(Common)]

    def decorate(command: Callable[[Options], int]) -> Callable[..., int]:
        def invoke(**_values: object) -> int:
            return command(options(**click.get_current_context().params))

        invoke.__doc__, invoke.__name__ = command.__doc__, command.__name__
        decorated: Callable[..., int] = invoke
        for one in reversed(declared):
            decorated = one.metadata["make"](one.name)(decorated)
        return decorated

    return decorate
