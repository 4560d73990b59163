"""The changes of a plan as lines: card by card, with a text diff; what is alike in one."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterator, Sequence

from anki_export.model import Change, Kind, What
from anki_export.report.listing import where
from anki_export.report.result import Result
from anki_export.report.words import NOUNS, cards_by_kind, count

MANY = 20
"""New or retired cards that are listed one by one; more are counted note by note."""


def plan_lines(result: Result) -> list[str]:
    """What a build would change, in the order of the notes; last what retires, by last places."""
    live = [c for c in result.changes if c.what not in (What.UNCHANGED, What.RETIRED)]
    gone = [c for c in result.changes if c.what is What.RETIRED]
    gone.sort(key=lambda change: (change.location.path, change.ask))
    number = Counter(change.what for change in result.changes)
    bulky = [what for what in (What.NEW, What.RETIRED) if number[what] > MANY]
    lines: list[str] = []
    for changes in (live, gone):
        by_note: dict[str, list[Change]] = {}
        for change in changes:
            by_note.setdefault(change.location.path, []).append(change)
        for of_note in by_note.values():
            for what in bulky:
                lines += _in_bulk([c for c in of_note if c.what is what])
            lines += _one_by_one(result, [c for c in of_note if c.what not in bulky])
    return lines


def _in_bulk(changes: Sequence[Change]) -> Iterator[str]:
    """One line for all of a note's cards that are new or retire."""
    if changes:
        kinds = Counter(change.kind for change in changes)
        yield f"{changes[0].what:<9} {changes[0].location.path}: {cards_by_kind(kinds)}"


def _one_by_one(result: Result, changes: Sequence[Change]) -> Iterator[str]:
    """The changes of one note, each with what is different.

    An edit of one cell changes the cards of its whole table, an edit of a heading those
    below it: cards whose own text did not change are counted with the first that did.
    """
    details = {change.guid: _details(result, change) for change in changes}
    edited = [change for change in changes if change.what is What.CHANGED]
    silent = [change for change in edited if not details[change.guid]]
    for change in changes:
        follow = ""
        if change in edited:
            first = _speaker(change.kind, edited, silent)
            if change in silent and change is not first:
                continue
            others = [one for one in silent if one.kind is change.kind and one is not change]
            if change is first and others:
                verb = "is" if len(others) == 1 else "are"
                noun = count(len(others), f"more {NOUNS[change.kind]}")
                follow = f" (so {verb} {noun} around it)"
        yield f"{change.what:<9} {where(change.location)}: {change.ask}{follow}"
        yield from details[change.guid]


def _speaker(kind: Kind, edited: Sequence[Change], silent: Sequence[Change]) -> Change:
    """The changed card of a note that is shown for those without a change of their own."""
    of_kind = [change for change in edited if change.kind is kind]
    return next((change for change in of_kind if change not in silent), of_kind[0])


def _details(result: Result, change: Change) -> list[str]:
    """What is different about a card: its deck, its note, its text."""
    lines = []
    if change.moved:
        lines.append(f"  deck: {change.old_deck} -> {change.deck}")
    if change.old_path not in (None, change.location.path):
        lines.append(f"  note: {change.old_path} -> {change.location.path}")
    return lines + [f"  {line}" for line in diff(result, change)]


def diff(result: Result, change: Change) -> list[str]:
    """Removed lines with ``-``, added ones with ``+``, the others left out."""
    if change.guid in result.texts:
        before, after = result.texts[change.guid]
    elif change.old_ask is not None:
        before, after = change.old_ask, change.ask
    else:
        return []
    compared = difflib.ndiff(before.splitlines(), after.splitlines())
    return [line.rstrip() for line in compared if line[:2] in ("- ", "+ ")]
