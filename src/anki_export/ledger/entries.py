"""The identity ledger: one JSON line a card, kept beside the notes and committed with them.

The first line is the header. Lines are sorted by guid, keys are sorted, so that git's
union merge of two branches gives a file that :func:`parse` can heal: of two lines with
one guid the later ``mod`` wins, two headers are merged, and the result does not depend
on the order of the lines.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from anki_export.model import FileLocation, Guid, Kind, Millis, Seconds
from anki_export.problems import ProblemKind, Problems, UsageError

FORMAT = 1
"""Version of the file's layout; a newer one is refused rather than misread."""

FOLDER = ".anki-export"
NAME = "ledger.jsonl"

_HINT = "restore it from version control, or rebuild it: anki-export recover PACKAGE…"


class State(StrEnum):
    """Whether the card is in the notes (active) or gone from them (retired)."""

    ACTIVE = "active"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True)
class Entry:
    """What is remembered of one card: its identity, and how to know it again."""

    guid: Guid
    note_id: Millis
    card_id: Millis
    kind: Kind
    path: str
    """The source note it was last seen in."""
    ask: str
    """Text of the question, or the row's name; the key is made from it."""
    context: tuple[str, ...]
    """Fingerprints of the headings around it, the note's title left out."""
    reply: str
    """Fingerprint of the answer's text."""
    size: int
    """Length of the answer's text: how much an equal answer proves."""
    content: str
    """``c:`` and a hash of the content, or ``f:`` and one of the shipped fields (recovered)."""
    mod: Seconds
    deck: str
    due: int | None
    state: State
    front: str
    """HTML of the first field: what a retired card still shows."""
    sketch: str = ""
    """MinHash sketch of the answer's text (questions only)."""
    header: tuple[str, ...] = ()
    """Fingerprints of the table's header cells (rows only)."""
    cells: tuple[str, ...] = ()
    """Fingerprints of the row's cells, as many as the header's."""
    names: int = 0
    """How many leading cells name the row."""
    table: str = ""
    """Name of the table that the row belongs to, the same for all its rows."""
    pin: str | None = None
    fields: Mapping[str, str] | None = None
    """A retired card's last fields, when known."""
    tags: tuple[str, ...] | None = None
    """Last tags of a retired or recovered card, when known."""


@dataclass(frozen=True, slots=True)
class Notetype:
    """When a notetype's look last changed, and a digest to see that it did."""

    mod: Seconds
    digest: str


@dataclass(frozen=True, slots=True)
class Ledger:
    """All cards ever shipped from a notes folder, by guid."""

    namespace: str
    entries: Mapping[Guid, Entry] = field(default_factory=dict)
    notetypes: Mapping[str, Notetype] = field(default_factory=dict)


# ----------------------------------------------------------------------------- writing


def dump(ledger: Ledger) -> str:
    """Return the file's text: the header, then one line a card sorted by guid."""
    header = {
        "format": FORMAT,
        "namespace": ledger.namespace,
        "notetypes": {
            name: {"digest": notetype.digest, "mod": notetype.mod}
            for name, notetype in ledger.notetypes.items()
        },
    }
    lines = [_line(header)]
    lines += [_line(_record(ledger.entries[guid])) for guid in sorted(ledger.entries)]
    return "\n".join(lines) + "\n"


def _line(record: Mapping[str, Any]) -> str:
    return json.dumps(record, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _record(entry: Entry) -> dict[str, Any]:
    """Return *entry* as JSON; what is empty is left out."""
    record: dict[str, Any] = {}
    for name in Entry.__slots__:
        value = getattr(entry, name)
        if name in _OPTIONAL and not value and value != 0:
            continue
        if name == "names" and not value:
            continue
        record[name] = dict(value) if isinstance(value, Mapping) else value
    return record


# ----------------------------------------------------------------------------- reading


def _text(value: Any) -> bool:
    return isinstance(value, str)


def _filled(value: Any) -> bool:
    return isinstance(value, str) and bool(value)


def _count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 53


def _texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(part, str) for part in value)


def _table(value: Any) -> bool:
    return isinstance(value, dict) and all(isinstance(part, str) for part in value.values())


_REQUIRED: Mapping[str, Callable[[Any], bool]] = MappingProxyType(
    {
        "guid": _filled,
        "note_id": _count,
        "card_id": _count,
        "kind": lambda value: _text(value) and value in set(Kind),
        "path": _text,
        "ask": _text,
        "context": _texts,
        "reply": _text,
        "size": _count,
        "content": _text,
        "mod": _count,
        "deck": _text,
        "state": lambda value: _text(value) and value in set(State),
        "front": _text,
    }
)
_OPTIONAL: Mapping[str, Callable[[Any], bool]] = MappingProxyType(
    {
        "due": _count,
        "sketch": _text,
        "header": _texts,
        "cells": _texts,
        "names": _count,
        "table": _text,
        "pin": _filled,
        "fields": _table,
        "tags": _texts,
    }
)


def parse(text: str, path: str, problems: Problems) -> Ledger:
    """Read and heal a ledger.

    Args:
        text: the whole file.
        path: its name, for messages.
        problems: gets what had to be healed.

    Raises:
        UsageError: when any line cannot be trusted; names ``recover``, never starts anew.
    """
    headers: list[dict[str, Any]] = []
    claims: dict[Guid, list[tuple[int, Entry]]] = {}
    faults: list[str] = []
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            record = _load(line)
            if "guid" in record:
                entry = _entry(record)
                claims.setdefault(entry.guid, []).append((number, entry))
            else:
                _check_header(record)
                headers.append(record)
        except ValueError as fault:
            faults.append(f"{path}:{number}: {fault}")
    if not headers and not faults:
        faults.append(f"{path}:1: no header line")
    namespaces = sorted({header["namespace"] for header in headers})
    if len(namespaces) > 1:
        faults.append(f"{path}:1: headers of different namespaces: {', '.join(namespaces)}")
    if faults:
        more = f"\nand {len(faults) - 5} more" if len(faults) > 5 else ""
        raise UsageError("the ledger is damaged\n" + "\n".join(faults[:5]) + more, _HINT)
    entries = {guid: _winner(claims[guid], path, problems) for guid in sorted(claims)}
    _unique_ids(entries)
    notetypes = _merged_notetypes(headers)
    return Ledger(namespaces[0], entries, notetypes)


def _load(line: str) -> dict[str, Any]:
    if line.startswith(("<<<<<<<", "=======", ">>>>>>>", "|||||||")):
        raise ValueError("a conflict of version control is not resolved here")
    try:
        record = json.loads(line)
    except json.JSONDecodeError as error:
        raise ValueError(f"not JSON: {error.msg} at column {error.colno}") from None
    except RecursionError:
        raise ValueError("not JSON of this tool: nested too deeply") from None
    if not isinstance(record, dict):
        raise ValueError("not an object")
    return record


def _check_header(record: Mapping[str, Any]) -> None:
    version = record.get("format")
    if not _count(version):
        raise ValueError("neither a card (no guid) nor a header (no format)")
    if version != FORMAT:
        raise ValueError(f"format {version} is not format {FORMAT}: use a newer anki-export")
    if not _filled(record.get("namespace")):
        raise ValueError("header without a namespace")
    notetypes = record.get("notetypes")
    if not isinstance(notetypes, dict) or not all(
        isinstance(one, dict) and _count(one.get("mod")) and _text(one.get("digest"))
        for one in notetypes.values()
    ):
        raise ValueError("header with unusable notetypes")


def _entry(record: Mapping[str, Any]) -> Entry:
    for name, valid in _REQUIRED.items():
        if name not in record:
            raise ValueError(f"no {name}")
        if not valid(record[name]):
            raise ValueError(f"unusable {name}: {record[name]!r:.60}")
    values: dict[str, Any] = {"due": None}
    for name, value in record.items():
        if name in _OPTIONAL and not _OPTIONAL[name](value):
            raise ValueError(f"unusable {name}: {value!r:.60}")
        if name not in _OPTIONAL and name not in _REQUIRED:
            raise ValueError(f"unknown key {name!r}: use a newer anki-export")
        values[name] = tuple(value) if isinstance(value, list) else value
    if len(values.get("header", ())) != len(values.get("cells", ())):
        raise ValueError("header and cells differ in length")
    values["kind"], values["state"] = Kind(values["kind"]), State(values["state"])
    return Entry(**values)


def _rank(entry: Entry) -> tuple[int, bool, str]:
    """Order the claims to one guid; the greatest wins, whatever the order of the lines."""
    return (entry.mod, entry.state is State.ACTIVE, _line(_record(entry)))


def _winner(claims: Sequence[tuple[int, Entry]], path: str, problems: Problems) -> Entry:
    number, best = max(claims, key=lambda claim: _rank(claim[1]))
    losers = sorted(other for other, entry in claims if entry != best)
    if losers:
        listed = ", ".join(map(str, losers))
        message = (
            f"{best.guid} has several lines after a merge; the later mod is kept (not {listed})"
        )
        problems.add(ProblemKind.LEDGER_MERGED, FileLocation(path, number), message)
    return best


def _unique_ids(entries: dict[Guid, Entry]) -> None:
    """Move apart note and card ids that a merge made equal, in guid order."""
    taken: set[int] = set()
    for guid, entry in entries.items():
        note, card = entry.note_id, entry.card_id
        while note in taken:
            note = Millis(note + 1)
        taken.add(note)
        while card in taken:
            card = Millis(card + 1)
        taken.add(card)
        if (note, card) != (entry.note_id, entry.card_id):
            entries[guid] = replace(entry, note_id=note, card_id=card)


def _merged_notetypes(headers: Iterable[Mapping[str, Any]]) -> dict[str, Notetype]:
    """Of two headers' stamps for a notetype the later one holds; equal ones by digest."""
    merged: dict[str, Notetype] = {}
    for header in headers:
        for name, one in header["notetypes"].items():
            stamp = Notetype(Seconds(one["mod"]), one["digest"])
            known = merged.get(name)
            if known is None or (stamp.mod, stamp.digest) > (known.mod, known.digest):
                merged[name] = stamp
    return dict(sorted(merged.items()))


# --------------------------------------------------------------------------- notetypes


def notetype_digest(css: str, templates: Sequence[tuple[str, str]]) -> str:
    """Return a digest of a notetype's look: its CSS and each template's two sides."""
    canonical = json.dumps([css, [list(sides) for sides in templates]], ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()[:16]


def stamp_notetypes(ledger: Ledger, digests: Mapping[str, str], build_time: Seconds) -> Ledger:
    """Return *ledger* with each notetype's mod: kept where its digest is, else newer.

    A changed look gets max(*build_time*, old mod + 1), in seconds (ANKI_FACTS 2).
    """
    stamped = dict(ledger.notetypes)
    for name, digest in digests.items():
        known = ledger.notetypes.get(name)
        if known is None:
            stamped[name] = Notetype(build_time, digest)
        elif known.digest != digest:
            stamped[name] = Notetype(Seconds(max(build_time, known.mod + 1)), digest)
    return replace(ledger, notetypes=dict(sorted(stamped.items())))


def namespace_for(configured: str, root_deck: str, ledger: Ledger | None) -> str:
    """Return the namespace to build in: the ledger's, once there is one.

    Renaming the root deck therefore changes no identity.

    Raises:
        UsageError: when the configuration names another namespace than a used ledger has.
    """
    if ledger is None or not ledger.entries:
        return configured or root_deck
    if configured and configured != ledger.namespace:
        raise UsageError(
            f"namespace {configured!r} is configured, but the ledger's is {ledger.namespace!r}",
            "keep the ledger's: another namespace would make every card a new one",
        )
    return ledger.namespace
