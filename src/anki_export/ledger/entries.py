"""The identity ledger: one JSON line a card, kept beside the notes and committed with them.

The first line is the header. Lines are sorted by guid, keys are sorted, so that git's
union merge of two branches gives a file that :func:`parse` can heal: of two lines with
one guid the later ``mod`` wins, two headers are merged, and the result does not depend
on the order of the lines.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from anki_export.ledger.features import Features
from anki_export.ledger.numbers import LATEST, RANKS, Taken, newer
from anki_export.model import FIELDS, FileLocation, Guid, Kind, Millis, Seconds
from anki_export.problems import ProblemKind, Problems, UsageError

FORMAT = 1
"""Version of the file's layout; a newer one is refused rather than misread."""


RETIRED_TAG = "retired"
"""Anki's tag of the cards that are gone from the notes."""

_HINT = "restore it from version control, or rebuild it: anki-export recover PACKAGE…"


class State(StrEnum):
    """Whether the card is in the notes (active) or gone from them (retired)."""

    ACTIVE = "active"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True)
class Entry:
    """What is remembered of one card: its identity, how to know it again, what was shipped."""

    guid: Guid
    note_id: Millis
    card_id: Millis
    known: Features
    content: str
    """``c:`` and a hash of the content, or ``f:`` and one of the shipped fields (recovered)."""
    mod: Seconds
    deck: str
    due: int | None
    state: State
    front: str
    """HTML of the first field: what a retired card still shows."""
    fields: Mapping[str, str] | None = None
    """A retired card's last fields, when known."""
    tags: tuple[str, ...] | None = None
    """Last tags of a retired or recovered card, when known."""
    copies: tuple[str, ...] = ()
    """Other notes in which the same question stood with the same answer."""

    @property
    def kind(self) -> Kind:
        """Which notetype it has."""
        return self.known.kind

    @property
    def path(self) -> str:
        """The source note it was last seen in."""
        return self.known.path

    @property
    def ask(self) -> str:
        """Text of the question, or the row's name."""
        return self.known.ask


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


_ENCODER = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))


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
    lines = [_ENCODER.encode(header)]
    lines += [_line(ledger.entries[guid]) for guid in sorted(ledger.entries)]
    return "\n".join(lines) + "\n"


def _line(entry: Entry) -> str:
    """Return *entry* as JSON, its features beside the rest; what is empty is left out."""
    record: dict[str, Any] = {}
    for part, names in ((entry, _ENTRY_KEYS), (entry.known, _FEATURE_KEYS)):
        for name in names:
            value = getattr(part, name)
            if value or name in _REQUIRED or (name == "due" and value is not None):
                record[name] = value
    return _ENCODER.encode(record)


# ----------------------------------------------------------------------------- reading


_KINDS: Mapping[str, Kind] = {kind.value: kind for kind in Kind}
_STATES: Mapping[str, State] = {state.value: state for state in State}


def _text(value: Any) -> bool:
    return isinstance(value, str)


def _filled(value: Any) -> bool:
    return isinstance(value, str) and bool(value)


def _guid(value: Any) -> bool:
    return _filled(value) and value.isprintable()


def _count(value: Any) -> bool:
    return type(value) is int and 0 <= value < 1 << 53


def _seconds(value: Any) -> bool:
    return type(value) is int and 0 <= value <= LATEST


def _millis(value: Any) -> bool:
    return type(value) is int and 0 < value <= 1000 * LATEST


def _rank(value: Any) -> bool:
    return type(value) is int and 0 <= value < RANKS


def _texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(part, str) for part in value)


def _tags(value: Any) -> bool:
    return _texts(value) and all(tag.split() == [tag] for tag in value)


def _fields(value: Any) -> bool:
    return isinstance(value, dict) and all(isinstance(part, str) for part in value.values())


_REQUIRED: Mapping[str, Callable[[Any], bool]] = MappingProxyType(
    {
        "guid": _guid,
        "note_id": _millis,
        "card_id": _millis,
        "kind": lambda value: _text(value) and value in _KINDS,
        "path": _text,
        "ask": _text,
        "context": _texts,
        "reply": _text,
        "size": _count,
        "content": _text,
        "mod": _seconds,
        "deck": _text,
        "state": lambda value: _text(value) and value in _STATES,
        "front": _text,
    }
)
_CHECKS: Mapping[str, Callable[[Any], bool]] = MappingProxyType(
    {
        **_REQUIRED,
        "due": _rank,
        "sketch": _text,
        "given": _text,
        "header": _texts,
        "cells": _texts,
        "names": _count,
        "table": _text,
        "pin": _filled,
        "fields": _fields,
        "tags": _tags,
        "copies": _texts,
    }
)
_FEATURE_KEYS = Features.__slots__
_ENTRY_KEYS = tuple(name for name in Entry.__slots__ if name != "known")


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
        more = f"; and {len(faults) - 5} more" if len(faults) > 5 else ""
        raise UsageError("the ledger is damaged: " + "; ".join(faults[:5]) + more, _HINT)
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
    if "\\ud" in line.lower() and re.search("[\ud800-\udfff]", _ENCODER.encode(record)):
        raise ValueError("half a character: a surrogate on its own")
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
        isinstance(one, dict) and _seconds(one.get("mod")) and _text(one.get("digest"))
        for one in notetypes.values()
    ):
        raise ValueError("header with unusable notetypes")


def _entry(record: dict[str, Any]) -> Entry:
    for name in _REQUIRED:
        if name not in record:
            raise ValueError(f"no {name}")
    for name, value in record.items():
        check = _CHECKS.get(name)
        if check is None:
            raise ValueError(f"unknown key {name!r}: use a newer anki-export")
        if not check(value):
            raise ValueError(f"unusable {name}: {value!r:.60}")
        if type(value) is list:
            record[name] = tuple(value)
    kind = record["kind"] = _KINDS[record["kind"]]
    record["state"] = _STATES[record["state"]]
    if len(record.get("header", ())) != len(record.get("cells", ())):
        raise ValueError("header and cells differ in length")
    if not record.get("fields", {}).keys() <= set(FIELDS[kind]):
        raise ValueError("unusable fields: not those of its notetype")
    known = Features(**{name: record.pop(name) for name in _FEATURE_KEYS if name in record})
    return Entry(known=known, **{"due": None, **record})


def _claim(entry: Entry) -> tuple[int, bool, str]:
    """Order the claims to one guid; the greatest wins, whatever the order of the lines."""
    return (entry.mod, entry.state is State.ACTIVE, _line(entry))


def _winner(claims: Sequence[tuple[int, Entry]], path: str, problems: Problems) -> Entry:
    if len(claims) == 1:
        return claims[0][1]
    number, best = max(claims, key=lambda claim: _claim(claim[1]))
    losers = sorted(other for other, entry in claims if _line(entry) != _line(best))
    if losers:
        listed = ", ".join(map(str, losers))
        message = (
            f"{best.guid} has several lines after a merge; the later mod is kept (not {listed})"
        )
        problems.add(ProblemKind.LEDGER_MERGED, FileLocation(path, number), message)
    return best


def _unique_ids(entries: dict[Guid, Entry]) -> None:
    """Move apart note and card ids that a merge made equal, in guid order."""
    taken = Taken()
    for guid, entry in entries.items():
        note, card = taken.free(entry.note_id), taken.free(entry.card_id)
        if (note, card) != (entry.note_id, entry.card_id):
            entries[guid] = replace(entry, note_id=Millis(note), card_id=Millis(card))


def validated(entries: Iterable[Entry]) -> tuple[dict[Guid, Entry], list[str]]:
    """Return the entries that a ledger may hold, in their order, and why others may not."""
    valid: dict[Guid, Entry] = {}
    faults: list[str] = []
    for entry in entries:
        try:
            line = _line(entry)
            line.encode()
            valid[entry.guid] = _entry(_load(line))
        except ValueError as fault:
            faults.append(f"note {entry.guid!r} cannot be remembered: {fault}")
    _unique_ids(valid)
    return valid, faults


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
            stamped[name] = Notetype(newer(known.mod, build_time), digest)
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
