"""What a command comes to, for a terminal: counts, and what to do next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import PurePath

from anki_export.model import What
from anki_export.names import RETIRED_TAG
from anki_export.problems import Severity
from anki_export.report.listing import FEW, counts_by_kind
from anki_export.report.result import Result
from anki_export.report.words import cards_by_kind, count

SEARCHES = 3
"""Searches that are shown for the cards of one deck."""

SEARCH_LENGTH = 40
"""Cards that one search names at most; Anki's search field takes long ones, readers do not."""


def summary(result: Result, seconds: float) -> list[str]:
    """What a command comes to, for a terminal."""
    lines = list(result.messages)
    if result.command != "recover":
        lines += [_cards_line(result), *_barren(result)]
    if result.command in ("build", "plan", "prune"):
        lines += [_changes_line(result), *_moves(result), *_retired(result)]
        if result.absent:
            verb = "stays" if result.absent == 1 else "stay"
            number = count(result.absent, "card")
            lines.append(f"{number} of notes that cannot be read {verb} as in Anki")
    lines += _problems(result)
    if result.command in ("build", "prune"):
        lines.append(_package_line(result, seconds))
    return lines + _next(result)


def _cards_line(result: Result) -> str:
    line = f"{count(result.notes, 'note')}, {count(sum(result.cards.values()), 'card')}"
    return f"{line}: {kinds}" if (kinds := cards_by_kind(result.cards)) else line


def _barren(result: Result) -> Iterator[str]:
    """The notes without a card; in a folder of none, they are all."""
    if result.barren and any(result.cards.values()):
        more = " …" if len(result.barren) > FEW else ""
        shown = ", ".join(result.barren[:FEW])
        yield (
            f"{count(len(result.barren), 'note')} gave no card: {shown}{more}"
            " (`anki-export explain NOTE` says why)"
        )


def _changes_line(result: Result) -> str:
    counts = Counter(change.what for change in result.changes)
    parts = [f"{counts[what]:,} {what}" for what in What if counts[what] and what != What.MOVED]
    if moved := sum(change.moved for change in result.changes):
        parts.append(f"{moved:,} moved to another deck")
    if result.pruned:
        parts.append(f"{result.pruned:,} pruned")
    tense = "the next build" if result.command == "plan" else "since the last build"
    return f"{tense}: {', '.join(parts) or 'nothing'}"


def _moves(result: Result) -> Iterator[str]:
    """What to do about cards that Anki keeps in their old deck (ANKI_FACTS 3)."""
    moves: dict[tuple[str, str], list[str]] = {}
    for change in result.changes:
        if change.moved and change.old_deck:
            moves.setdefault((change.old_deck, change.deck), []).append(change.guid)
    for (old, new), guids in sorted(moves.items()):
        verb = "belongs" if len(guids) == 1 else "belong"
        yield f"{count(len(guids), 'card')} in {old} now {verb} in {new}; an import moves none."
        yield "  In Anki's browser, search for the following, then Cards > Change Deck:"
        starts = range(0, len(guids), SEARCH_LENGTH)
        for start in starts[:SEARCHES]:
            yield f"  {key_search(guids[start : start + SEARCH_LENGTH])}"
        if len(starts) > SEARCHES:
            yield f"  … and so on for {len(guids) - SEARCHES * SEARCH_LENGTH:,} more (--json has all)"


def key_search(guids: Sequence[str]) -> str:
    """The search in Anki's browser that finds these cards by their ``Key`` field."""
    return " OR ".join(f'"Key:{_escaped(guid)}"' for guid in guids)


def _escaped(text: str) -> str:
    """Text for a quoted search term, wildcards taken literally."""
    return "".join(f"\\{char}" if char in '\\"*_:' else char for char in text)


def _retired(result: Result) -> Iterator[str]:
    if result.retired and result.command != "prune":
        verb, keep = ("is", "stays") if result.retired == 1 else ("are", "stay")
        yield (
            f"{count(result.retired, 'card')} {verb} gone from the notes and {keep} in the"
            " package as retired until `anki-export prune`."
        )
    search = f"search for `tag:{RETIRED_TAG}` in the browser, then Notes > Delete"
    if result.retired and not result.pruned:
        yield f"  To delete retired cards in Anki: import the package, {search}."
    elif result.pruned:
        yield f"  Pruned cards stay in Anki until you delete them there: {search}."


def _problems(result: Result) -> Iterator[str]:
    """How many problems there are, and of which kinds; where to find those not shown."""
    kinds = Counter(one.kind for one in result.problems)
    levels = Counter(one.severity for one in result.problems)
    if not levels:
        return
    line = ", ".join(count(levels[level], level.value) for level in Severity if level in levels)
    if result.command == "check":
        yield line
        if len(kinds) > 1:
            yield from counts_by_kind(result.problems)
    elif max(kinds.values()) > FEW:
        yield f"{line}; `anki-export check {result.folder}` lists every place"
    else:
        yield line


def _package_line(result: Result, seconds: float) -> str:
    if result.written:
        return f"{result.output}: {(result.size or 0) / 1000:,.0f} kB in {seconds:.1f} s"
    return f"nothing is written: {result.refused}"


def _next(result: Result) -> list[str]:
    """What to do now."""
    if result.command == "init":
        return [f"next: `anki-export build {result.folder}` makes the package"]
    if result.command == "recover":
        return [f"next: `anki-export plan {result.folder}` shows what a build would change"]
    if not result.written:
        return []
    unchanged = all(change.what is What.UNCHANGED for change in result.changes)
    if unchanged and not result.pruned and not result.newer:
        return ["nothing has changed: there is no need to import it again"]
    ledger = PurePath(result.ledger)
    memory = ledger.parent if ledger.parent.name.startswith(".") else ledger
    return [f"next: import it in Anki (File > Import), and commit {memory} with your notes"]
