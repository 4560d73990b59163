"""Edit the notes, export again, import again: every edit through the real Anki.

Each case is a folder edited once. The first export is imported and reviewed, a note that
no edit touches is changed by hand in Anki; then the edited folder is exported and imported
with the default options, and compared question by question.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from anki_export import pipeline
from anki_export.config import Config
from anki_export.job import Job
from anki_export.model import Seconds
from anki_export.problems import RetireError
from anki_export.text import text_of
from support.collection import Collection, Log, collection

FIRST, SECOND = 1_700_000_000, 1_700_100_000

HEAD = "---\ntags: [{}]\ndifficulty: medium\nreview_count: 3\nlast_reviewed: '2025-01-01'\n---\n"
ROPE = (
    HEAD.format("rope")
    + """# Ropework

## Basics

### Q1: Why is a rope spliced and not tied?

A splice keeps nine tenths of the strength, a knot only half of it.

### Q2: 编结的优点是什么？

编结之后的绳索几乎保持原有的强度，而且可以顺利通过滑轮和导缆孔。

### Q3: When is a bowline the right knot?

- For a loop that must neither slip nor jam.
- For mooring lines that are cast off under load.

## Materials

| Rope | Stretch | Price | Floats |
|---|---|---|---|
| Nylon | a quarter of its length | low | no, it sinks |
| Polyester | a tenth of its length | middling | no, and it drags |
| Dyneema | a hundredth at most | high | yes, for years |
"""
)
TIDE = (
    HEAD.format("tide")
    + """# Tides

## What makes a spring tide?

Sun and moon pull in one line, two days after full and new moon.

## 潮汐的周期有多长？

大约十二小时二十五分钟，因此高潮每天推迟将近一个小时。
"""
)
SIGNAL = (
    HEAD.format("signal")
    + """# Signals

## Lights

**Q: Advantages?**

They carry for miles on a clear night.

## Horns

**Q: Advantages?**

Fog does not swallow them.

## Flags

| Flag | Colours | Meaning |
|---|---|---|
| INT2 | red, white | diver below |
| INT4 | red, white | keep clear |
| Alpha | blue, white | diver below |
"""
)
QUIET = (
    HEAD.format("quiet")
    + """# Quiet

### Q1: What does no edit ever touch?

This very note, whatever happens to the others.

### Q2: And what else?

Its second question.
"""
)
FOLDER = {"rope.md": ROPE, "sea/tide.md": TIDE, "sea/signal.md": SIGNAL, "quiet.md": QUIET}

WHY, GOOD, WHEN = (
    "Why is a rope spliced and not tied?",
    "编结的优点是什么？",
    "When is a bowline the right knot?",
)
SPRING, LONG = "What makes a spring tide?", "潮汐的周期有多长？"
ROWS = {"Nylon", "Polyester", "Dyneema"}
FLAGS = {"INT2", "INT4", "Alpha"}
LAMP, HORN = "Advantages? (Lights)", "Advantages? (Horns)"
ROPE_ALL = {WHY, GOOD, WHEN, *ROWS}
TIDE_ALL = {SPRING, LONG}
SIGNAL_ALL = {LAMP, HORN, *FLAGS}

Notes = dict[str, str]
Edit = Callable[[Notes], Notes]


@dataclass(frozen=True)
class Case:
    """An edit and what becomes of the cards."""

    edit: Edit
    updated: set[str] = field(default_factory=set)
    """Old questions whose notes are updated."""
    asks: Mapping[str, str | None] = field(default_factory=dict)
    """New question → the old one whose history it has, None for a new card."""
    retired: set[str] = field(default_factory=set)


def sub(path: str, *pairs: tuple[str, str]) -> Edit:
    """Replace texts in one note, each exactly once."""

    def edit(notes: Notes) -> Notes:
        text = notes[path]
        for old, new in pairs:
            assert text.count(old) == 1, old
            text = text.replace(old, new)
        return {**notes, path: text}

    return edit


def moved(**paths: str) -> Edit:
    """Rename notes: ``old`` with ``__`` for the slash, to a new path."""
    names = {old.replace("__", "/") + ".md": new for old, new in paths.items()}
    return lambda notes: {names.get(path, path): text for path, text in notes.items()}


def both(*edits: Edit) -> Edit:
    def edit(notes: Notes) -> Notes:
        for one in edits:
            notes = one(notes)
        return notes

    return edit


def cut(text: str, start: str, end: str | None) -> tuple[str, str]:
    """Return *text* without the part from *start* up to *end*, and that part."""
    first = text.index(start)
    last = len(text) if end is None else text.index(end, first + 1)
    return text[:first] + text[last:], text[first:last]


def to_another_note(notes: Notes) -> Notes:
    rope, block = cut(notes["rope.md"], "### Q3", "## Materials")
    return {**notes, "rope.md": rope, "sea/tide.md": notes["sea/tide.md"] + "\n" + block}


def reordered(notes: Notes) -> Notes:
    rope, block = cut(notes["rope.md"], "### Q1", "### Q2")
    return {**notes, "rope.md": rope.replace("## Materials", block + "## Materials")}


def split(notes: Notes) -> Notes:
    rope, block = cut(notes["rope.md"], "### Q3", None)
    return {**notes, "rope.md": rope, "knots.md": HEAD.format("rope") + "# Knots\n\n" + block}


def merged(notes: Notes) -> Notes:
    tide, _ = cut(notes["sea/tide.md"], "---", "# Tides")
    kept = {path: text for path, text in notes.items() if path != "sea/tide.md"}
    return {**kept, "rope.md": notes["rope.md"] + "\n" + tide.replace("# Tides\n", "")}


def table_moved(notes: Notes) -> Notes:
    rope, block = cut(notes["rope.md"], "| Rope", None)
    return {**notes, "rope.md": rope, "sea/tide.md": notes["sea/tide.md"] + "\n## Rope\n\n" + block}


def rows_reordered(notes: Notes) -> Notes:
    head, block = cut(notes["rope.md"], "| Nylon", None)
    return {**notes, "rope.md": head + "\n".join(reversed(block.strip().split("\n"))) + "\n"}


def column(name: str, cells: tuple[str, ...], at: int) -> Edit:
    def edit(notes: Notes) -> Notes:
        head, block = cut(notes["rope.md"], "| Rope", None)
        added = iter((name, "---", *cells))
        lines = []
        for line in block.strip().split("\n"):
            parts = line.strip("|").split("|")
            parts.insert(at, f" {next(added)} ")
            lines.append("|" + "|".join(parts) + "|")
        return {**notes, "rope.md": head + "\n".join(lines) + "\n"}

    return edit


def columns_reordered(notes: Notes) -> Notes:
    head, block = cut(notes["rope.md"], "| Rope", None)
    rows = [line.strip("|").split("|") for line in block.strip().split("\n")]
    turned = ["|" + "|".join((row[0], *reversed(row[1:]))) + "|" for row in rows]
    return {**notes, "rope.md": head + "\n".join(turned) + "\n"}


def swapped(notes: Notes) -> Notes:
    one = "A splice keeps nine tenths of the strength, a knot only half of it."
    other = "编结之后的绳索几乎保持原有的强度，而且可以顺利通过滑轮和导缆孔。"
    return sub("rope.md", (one, "@"), (other, one), ("@", other))(notes)


def bookkeeping(notes: Notes) -> Notes:
    changed = {
        path: text.replace("review_count: 3", "review_count: 4").replace("2025-01", "2026-02")
        for path, text in notes.items()
    }
    return {
        path: "\n".join(
            line + (" " if line and at > 6 else "") for at, line in enumerate(text.split("\n"))
        )
        for path, text in changed.items()
    }


def crlf(notes: Notes) -> Notes:
    return {path: text.replace("\n", "\r\n") for path, text in notes.items()}


def at_once(notes: Notes) -> Notes:
    edits = (
        sub("rope.md", (WHY, "What speaks for splicing?"), ("For a loop", "For any loop at all")),
        sub("rope.md", ("a tenth of its length", "a twelfth"), ("# Ropework", "# Ropes")),
        reordered,
        moved(rope="deck/ropes.md"),
        sub("sea/tide.md", ("Sun and moon pull in one line", "Both pull together")),
    )
    return both(*edits)(notes)


CASES: dict[str, Case] = {
    # ---------------------------------------------------------------- nothing at all
    "no edit": Case(lambda notes: notes),
    "front-matter bookkeeping and trailing spaces": Case(bookkeeping),
    "Windows line ends": Case(crlf),
    # ------------------------------------------------------------- histories survive
    "answer rewritten in full": Case(
        sub(
            "rope.md",
            (
                "A splice keeps nine tenths of the strength, a knot only half of it.",
                "因为打结伤绳。",
            ),
        ),
        {WHY},
    ),
    "answer edited": Case(sub("rope.md", ("nine tenths", "ninety per cent")), {WHY}),
    "question reworded in a word": Case(
        sub("rope.md", ("a rope spliced", "a line spliced")),
        {WHY},
        {"Why is a line spliced and not tied?": WHY},
    ),
    "question reworded by half": Case(
        sub("rope.md", ("a rope spliced and not tied?", "tying a rope a bad idea?")),
        {WHY},
        {"Why is tying a rope a bad idea?": WHY},
    ),
    "question reworded entirely": Case(
        sub("rope.md", (GOOD, "为什么老水手宁愿花时间处理绳头？")),
        {GOOD},
        {"为什么老水手宁愿花时间处理绳头？": GOOD},
    ),
    "question and answer touched": Case(
        sub("rope.md", (WHEN, "When would one choose a bowline?"), ("under load", "under a load")),
        {WHEN},
        {"When would one choose a bowline?": WHEN},
    ),
    "file renamed": Case(moved(rope="ropes and knots.md"), ROPE_ALL),
    "folder moved": Case(
        moved(sea__tide="ocean/tide.md", sea__signal="ocean/signal.md"), TIDE_ALL | SIGNAL_ALL
    ),
    "folder swapped with a file's name": Case(
        moved(rope="tide.md", sea__tide="rope.md"), ROPE_ALL | TIDE_ALL
    ),
    "tag and deck changed": Case(sub("rope.md", ("tags: [rope]", "tags: [line]")), ROPE_ALL),
    "difficulty changed": Case(
        lambda notes: {**notes, "rope.md": notes["rope.md"].replace("medium", "hard")}, ROPE_ALL
    ),
    "question moved to another note": Case(to_another_note, {WHEN}),
    "order changed": Case(reordered),
    "numbers shifted by an insertion": Case(
        sub(
            "rope.md",
            ("### Q3:", "### Q4:"),
            ("### Q2:", "### Q3:"),
            ("### Q1:", "### Q1: What is whipping?\n\nTwine wound round an end.\n\n### Q2:"),
        ),
        asks={"What is whipping?": None},
    ),
    "marker style changed": Case(
        sub("rope.md", ("### Q2: ", "### 问题2："), ("### Q1: " + WHY, f"**Q: {WHY}**"))
    ),
    "heading level changed": Case(
        sub("rope.md", ("### Q1", "#### Q1"), ("### Q2", "#### Q2"), ("### Q3", "#### Q3"))
    ),
    "question below another one": Case(sub("rope.md", ("### Q2", "#### Q2")), {GOOD}),
    "heading reworded": Case(sub("rope.md", ("## Basics", "## First things")), {WHY, GOOD, WHEN}),
    "headings numbered": Case(
        sub("rope.md", ("## Basics", "## 1. Basics"), ("## Mat", "## 2. Mat"))
    ),
    "note split in two": Case(split, {WHEN, *ROWS}),
    "two notes merged": Case(merged, TIDE_ALL),
    "cell edited": Case(sub("rope.md", ("a tenth of its length", "a twelfth")), ROWS),
    "row renamed": Case(sub("rope.md", ("| Nylon", "| Polyamide")), ROWS, {"Polyamide": "Nylon"}),
    "rows reordered": Case(rows_reordered, ROWS),
    "row added": Case(
        sub("rope.md", ("| Dyneema", "| Hemp | hardly any | silly | rots |\n| Dyneema")),
        ROWS,
        {"Hemp": None},
    ),
    "row deleted": Case(
        sub(
            "rope.md", ("| Polyester | a tenth of its length | middling | no, and it drags |\n", "")
        ),
        ROWS,
        retired={"Polyester"},
    ),
    "column added": Case(column("Made of", ("oil", "bottles", "gas"), 2), ROWS),
    "column renamed": Case(sub("rope.md", ("| Stretch |", "| Elongation |")), ROWS),
    "first column renamed": Case(sub("rope.md", ("| Rope |", "| Line |")), ROWS),
    "columns reordered": Case(columns_reordered, ROWS),
    "table moved": Case(table_moved, ROWS),
    "several at once": Case(at_once, ROPE_ALL | {SPRING}, {"What speaks for splicing?": WHY}),
    # --------------------------------------------- a history never goes to another question
    "replaced by a twin": Case(
        sub(
            "rope.md",
            (GOOD, "编结的缺点是什么？"),
            (
                "编结之后的绳索几乎保持原有的强度，而且可以顺利通过滑轮和导缆孔。",
                "费时，而且需要练习。",
            ),
        ),
        {GOOD},
        {"编结的缺点是什么？": None},
        {GOOD},
    ),
    "replaced by another question": Case(
        sub(
            "sea/tide.md",
            (SPRING, "Who watches the lead?"),
            ("Sun and moon pull in one line", "The mate"),
        ),
        {SPRING},
        {"Who watches the lead?": None},
        {SPRING},
    ),
    "answers swapped": Case(swapped, {WHY, GOOD}),
    "twin deleted": Case(
        lambda notes: {
            **notes,
            "sea/signal.md": cut(notes["sea/signal.md"], "## Lights", "## Horns")[0],
        },
        {LAMP},
        retired={LAMP},
    ),
    "twin under another heading": Case(
        sub(
            "sea/signal.md",
            ("## Flags", "## Bells\n\n**Q: Advantages?**\n\nNo wind needed.\n\n## Flags"),
        ),
        asks={"Advantages? (Bells)": None},
    ),
    "twin's answers edited": Case(
        sub("sea/signal.md", ("They carry for miles", "One sees them far away")), {LAMP}
    ),
    "row replaced by its twin": Case(
        sub(
            "sea/signal.md",
            ("| INT4 | red, white | keep clear |", "| INT5 | yellow | quarantine |"),
        ),
        FLAGS,
        {"INT5": None},
        {"INT4"},
    ),
    "row's twin deleted": Case(
        sub("sea/signal.md", ("| INT2 | red, white | diver below |\n", "")), FLAGS, retired={"INT2"}
    ),
    "note copied": Case(lambda notes: {**notes, "a copy/rope.md": notes["rope.md"]}),
    "note deleted": Case(
        lambda notes: {path: text for path, text in notes.items() if path != "sea/tide.md"},
        TIDE_ALL,
        retired=TIDE_ALL,
    ),
    "note broken": Case(sub("sea/tide.md", ("tags: [tide]", "tags: [tide"))),
}


# ------------------------------------------------------------------------------ running


def write(root: Path, notes: Mapping[str, str]) -> None:
    for old in sorted(root.rglob("*.md")):
        old.unlink()
    for path, text in notes.items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode("utf-8"))


def export(root: Path, notes: Mapping[str, str], time: int, **options: Any) -> bytes:
    write(root / "notes", notes)
    job = Job(
        notes=root / "notes",
        config=options.pop("config", Config()),
        output=root / "out.apkg",
        ledger=None,
        templates=None,
        build_time=Seconds(time),
        **options,
    )
    result = pipeline.build(job, lambda *_: None)
    assert result.written, result.refused
    return job.output.read_bytes()


def asks(anki: Collection) -> dict[str, str]:
    """Question, or row's name, of every note that is not retired, by guid."""
    found: dict[str, str] = {}
    for guid, note in anki.notes().items():
        fields = note["fields"]
        if fields["Retired"]:
            continue
        row = re.search(r'class="row-name">(.*?)</div>', fields.get("Prompt", ""))
        found[guid] = text_of(row[1] if row else fields["Question"])
    # Two questions read the same: their heading tells them apart.
    for guid, ask in found.items():
        if ask == "Advantages?":
            crumbs = anki.notes()[guid]["fields"]["Context"].split("</span>")
            found[guid] = f"{ask} ({text_of(crumbs[-2])})"
    return found


@pytest.fixture
def anki() -> Iterator[Collection]:
    with collection() as opened:
        yield opened


def reviewed(anki: Collection, root: Path) -> dict[str, str]:
    """Import the folder as it was, review it, and change a note of it by hand."""
    log = anki.import_package(export(root, FOLDER, FIRST))
    assert log.new == len(asks(anki)) == 15
    assert anki.study(9) == 9
    cards = sorted(anki.col.find_cards(""))
    anki.col.set_user_flag_for_cards(2, cards[:3])
    anki.col.sched.suspend_cards(cards[3:5])
    for number in anki.col.find_notes("Source:quiet.md"):
        note = anki.col.get_note(number)
        note["Answer"] += " And a word of my own."
        note.tags.append("mine")
        anki.col.update_note(note)
    # Anki may complete what its own scheduler left out; after the edit it must find nothing.
    anki.col.fix_integrity()
    return asks(anki)


@pytest.mark.parametrize("name", CASES)
def test_an_edit(anki: Collection, tmp_path: Path, name: str) -> None:
    case = CASES[name]
    old = reviewed(anki, tmp_path)
    before, schedule, schema = anki.notes(), anki.schedule(), anki.schema_stamp()
    notetypes = {one["id"] for one in anki.notetypes().values()}
    log = anki.import_package(export(tmp_path, case.edit(dict(FOLDER)), SECOND))

    fresh = {ask for ask, earlier in case.asks.items() if earlier is None}
    after = anki.notes()
    updated = {guid for guid in before if after[guid] != before[guid]}
    assert {old[guid] for guid in updated} == case.updated | case.retired
    absent = len(TIDE_ALL) if name == "note broken" else 0
    duplicate = len(old) - len(updated) - absent
    assert log == Log(len(fresh), len(updated), duplicate, 0)

    expected = {guid: ask for guid, ask in old.items() if ask not in case.retired}
    for ask, earlier in case.asks.items():
        if earlier is not None:
            expected[next(guid for guid, one in old.items() if one == earlier)] = ask
    now = asks(anki)
    assert {guid: now[guid] for guid in now if guid in old} == expected
    assert {now[guid] for guid in now if guid not in old} == fresh

    kept = anki.schedule()
    assert [row for row in kept if row in schedule] == schedule
    assert len(kept) == len(schedule) + len(fresh)
    assert anki.schema_stamp() == schema
    assert {one["id"] for one in anki.notetypes().values()} == notetypes
    for note in after.values():
        if note["fields"]["Source"] == "quiet.md":
            assert note["fields"]["Answer"].endswith("my own.")
            assert "mine" in note["tags"]
        assert bool(note["fields"]["Retired"]) == ("retired" in note["tags"])
    assert anki.check() == ""
    # And the same again is nothing at all.
    again = anki.import_package(export(tmp_path, case.edit(dict(FOLDER)), SECOND + 50))
    assert (again.new, again.updated, again.conflicting) == (0, 0, 0)


@pytest.mark.parametrize(
    "name", ["several at once", "replaced by a twin", "table moved", "note deleted"]
)
def test_an_edit_undone_before_the_export_leaves_no_trace(tmp_path: Path, name: str) -> None:
    first = export(tmp_path, FOLDER, FIRST)
    write(tmp_path / "notes", CASES[name].edit(dict(FOLDER)))
    assert export(tmp_path, FOLDER, SECOND) == first


@pytest.mark.parametrize("name", [name for name in CASES if name != "note broken"])
def test_an_edit_undone_after_the_export_brings_every_history_back(
    anki: Collection, tmp_path: Path, name: str
) -> None:
    old = reviewed(anki, tmp_path)
    schedule = anki.schedule()
    anki.import_package(export(tmp_path, CASES[name].edit(dict(FOLDER)), SECOND))
    log = anki.import_package(export(tmp_path, FOLDER, SECOND + 50))
    assert (log.new, log.conflicting) == (0, 0)
    now = asks(anki)
    assert {guid: now[guid] for guid in old} == old
    assert [row for row in anki.schedule() if row in schedule] == schedule


def test_two_builds_without_an_edit_are_byte_identical(tmp_path: Path) -> None:
    first = export(tmp_path / "here", FOLDER, FIRST)
    assert export(tmp_path / "here", FOLDER, SECOND) == first
    assert export(tmp_path / "there", FOLDER, FIRST) == first
    # So is one from notes and ledger alone, retired cards included.
    fewer = {path: text for path, text in FOLDER.items() if path != "sea/tide.md"}
    second = export(tmp_path / "here", fewer, SECOND)
    (tmp_path / "here" / "out.apkg").unlink()
    assert export(tmp_path / "here", fewer, SECOND + 9) == second


def test_a_lost_ledger_is_recovered_from_the_package(tmp_path: Path) -> None:
    first = export(tmp_path, FOLDER, FIRST)
    (tmp_path / "notes" / ".anki-export" / "ledger.jsonl").unlink()
    assert export(tmp_path, FOLDER, SECOND) == first


def test_a_hundred_edits_between_two_exports(anki: Collection, tmp_path: Path) -> None:
    lines = [
        f"Depth {n} of the sounding is {n * 7} fathoms over rock number {n * n}."
        for n in range(150)
    ]

    def note(start: int, ask: str, extra: str) -> str:
        body = "\n".join(
            f"### Q{n}: {ask.format(n)}\n\n{line}{extra if n % 3 else ''}\n"
            for n, line in enumerate(lines[start : start + 30], start)
        )
        return f"{HEAD.format('log')}# Log {start}\n\n{body}"

    before = {
        f"{start}.md": note(start, "Which depth has station {}?", "") for start in range(0, 150, 30)
    }
    after = {
        f"x/{start}.md": note(start, "Which depth has station {}?", " Checked twice.")
        for start in range(0, 150, 30)
    }
    assert anki.import_package(export(tmp_path, before, FIRST)).new == 150
    anki.study(20)
    schedule = anki.schedule()
    log = anki.import_package(export(tmp_path, after, SECOND))
    assert log == Log(0, 150, 0, 0)
    assert anki.schedule() == schedule
    assert set(asks(anki).values()) == {f"Which depth has station {n}?" for n in range(150)}


def test_moved_cards_stay_where_they_are_in_anki(anki: Collection, tmp_path: Path) -> None:
    reviewed(anki, tmp_path)
    decks = anki.decks()
    anki.import_package(export(tmp_path, CASES["tag and deck changed"].edit(dict(FOLDER)), SECOND))
    assert anki.decks() == decks
    assert len(anki.col.find_notes("tag:line")) == len(ROPE_ALL)


def test_retired_cards_lie_in_a_deck_of_their_own_for_newcomers(
    anki: Collection, tmp_path: Path
) -> None:
    export(tmp_path, FOLDER, FIRST)
    anki.import_package(export(tmp_path, CASES["note deleted"].edit(dict(FOLDER)), SECOND))
    assert anki.decks()["Study::Retired"] == len(TIDE_ALL)
    assert not anki.col.get_empty_cards().notes
    for question, _answer in anki.sides().values():
        assert "front of this card is blank" not in question


def test_too_much_at_once_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    first = export(tmp_path, FOLDER, FIRST)
    ledger = tmp_path / "notes" / ".anki-export" / "ledger.jsonl"
    text = ledger.read_bytes()
    empty = {"new.md": f"{HEAD.format('x')}# New\n\n## What is new?\n\nAll of it.\n"}
    with pytest.raises(RetireError):
        export(tmp_path, empty, SECOND)
    assert (tmp_path / "out.apkg").read_bytes() == first
    assert ledger.read_bytes() == text
    assert export(tmp_path, empty, SECOND, allow_retire=True) != first


def test_touch_all_brings_the_notes_version_back(anki: Collection, tmp_path: Path) -> None:
    reviewed(anki, tmp_path)
    schedule = anki.schedule()
    far = 4_000_000_000
    log = anki.import_package(export(tmp_path, FOLDER, far, touch_all=True))
    assert log == Log(0, 15, 0, 0)
    assert anki.schedule() == schedule
    assert not any("my own" in note["fields"]["Answer"] for note in anki.notes().values())


def test_two_folders_in_one_collection_never_meet(anki: Collection, tmp_path: Path) -> None:
    one = export(tmp_path / "one", FOLDER, FIRST)
    other = export(tmp_path / "other", FOLDER, FIRST, config=Config(root_deck="Boat"))
    assert anki.import_package(one).new == 15
    assert anki.import_package(other) == Log(15, 0, 0, 0)
    assert anki.import_package(one) == Log(0, 0, 15, 0)


def test_pruned_cards_are_no_longer_shipped(tmp_path: Path) -> None:
    export(tmp_path, FOLDER, FIRST)
    fewer = CASES["note deleted"].edit(dict(FOLDER))
    export(tmp_path, fewer, SECOND)
    pruned = export(tmp_path, fewer, SECOND, prune=True)
    assert export(tmp_path, fewer, SECOND + 9) == pruned
    assert b"spring tide" not in (tmp_path / "notes/.anki-export/ledger.jsonl").read_bytes()
