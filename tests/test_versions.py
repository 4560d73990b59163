"""A new version of the tool is an edit of all notes at once: it keeps every history.

``data/ledgers`` holds, for each released version, notes with the ledger and the package that
it made of them. They are never made again.
"""

from __future__ import annotations

import random
import re
import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from anki_export import pipeline
from anki_export.config import Config
from anki_export.job import Job
from anki_export.ledger.entries import dump, parse
from anki_export.ledger.packed import read_package
from anki_export.model import MappedCard, Seconds, What
from anki_export.problems import Problems
from support.alike import WORDS, Item, item
from support.mapped import build, question

RELEASES = sorted((Path(__file__).parent / "data" / "ledgers").iterdir())
TOKEN = re.compile(r"[a-z]+\d+x")
LATER = Seconds(1_750_000_000)


def tokens(package: bytes) -> dict[str, str]:
    """The word that tells what a card is, by guid; retired cards left out."""
    return {
        note.guid: TOKEN.findall("".join(note.fields[n] for n in ("Answer", "Extra")))[0]
        for note in read_package(package, "x").notes
        if not note.fields["Retired"]
    }


def rebuilt(release: Path, root: Path) -> tuple[bytes, set[What]]:
    shutil.copytree(release / "notes", root / "notes")
    shutil.copy(release / "Study.apkg", root / "Study.apkg")
    if (release / "ledger.jsonl").exists():
        (root / "notes" / ".anki-export").mkdir()
        shutil.copy(release / "ledger.jsonl", root / "notes" / ".anki-export" / "ledger.jsonl")
    job = Job(
        notes=root / "notes",
        config=Config(),
        output=root / "Study.apkg",
        ledger=None,
        templates=None,
        build_time=LATER,
        allow_retire=True,
    )
    result = pipeline.build(job, lambda *_: None)
    assert result.written
    return job.output.read_bytes(), {change.what for change in result.changes}


@pytest.mark.parametrize("release", RELEASES, ids=lambda path: path.name)
def test_ledgers_of_every_release_are_read(release: Path) -> None:
    text = (release / "ledger.jsonl").read_text(encoding="utf-8")
    problems = Problems()
    ledger = parse(text, "ledger", problems)
    assert not len(problems)
    assert len(ledger.entries) == text.count("\n") - 1
    assert parse(dump(ledger), "ledger", problems) == ledger


@pytest.mark.parametrize("release", RELEASES, ids=lambda path: path.name)
def test_every_history_survives_the_upgrade(release: Path, tmp_path: Path) -> None:
    known = tokens((release / "Study.apkg").read_bytes())
    package, fates = rebuilt(release, tmp_path)
    now = tokens(package)
    assert {guid: now.get(guid) for guid in known} == known
    assert What.RETIRED not in fates


@pytest.mark.parametrize("release", RELEASES, ids=lambda path: path.name)
def test_so_it_does_with_a_lost_ledger(release: Path, tmp_path: Path) -> None:
    shutil.copytree(release, tmp_path / "release")
    (tmp_path / "release" / "ledger.jsonl").unlink()
    known = tokens((release / "Study.apkg").read_bytes())
    now = tokens(rebuilt(tmp_path / "release", tmp_path)[0])
    assert {guid: now.get(guid) for guid in known} == known


# ------------------------------------------------------------------- what a version may do

QUIZ = [item(number) for number in range(40)]
ASK = "What's the output?"


def old_way(some: Sequence[Item]) -> list[MappedCard]:
    """Version 0.1.0: the code begins the answer."""
    return [
        question(ASK, f"{one.code}\nAnswer\n{one.text}", headings=[f"{at}"], line=10 * at)
        for at, one in enumerate(some, 1)
    ]


def rendered_anew(cards: Sequence[MappedCard]) -> list[MappedCard]:
    return [
        replace(card, rendered=replace(card.rendered, content="2" + card.rendered.content))
        for card in cards
    ]


def new_fronts(some: Sequence[Item]) -> list[MappedCard]:
    return [
        question(ASK, one.text, given=one.code, headings=[f"{at}"], line=10 * at)
        for at, one in enumerate(some, 1)
    ]


UPGRADES: dict[str, Callable[[Sequence[Item]], list[MappedCard]]] = {
    "new rendering": lambda some: rendered_anew(old_way(some)),
    "new fronts": new_fronts,
    "headings no longer shown": lambda some: [
        question(
            ASK, c.rendered.reply, given=c.rendered.given, line=c.rendered.card.location.line or 0
        )
        for c in new_fronts(some)
    ],
    "numbers no longer asked": lambda some: rendered_anew(old_way(some)),
    "the code alone was the answer": lambda some: [
        question(ASK, one.text, given=one.code, line=at) for at, one in enumerate(some, 1)
    ],
}


@pytest.mark.parametrize("name", UPGRADES)
def test_an_upgrade_keeps_all_of_a_quiz(name: str) -> None:
    before = old_way(QUIZ)
    if name == "numbers no longer asked":
        before = [
            question(f"{at}. {ASK}", card.rendered.reply, line=at)
            for at, card in enumerate(before, 1)
        ]
    if name == "the code alone was the answer":
        before = [question(ASK, one.code, line=at) for at, one in enumerate(QUIZ, 1)]
    first = build(before)
    built = build(UPGRADES[name](QUIZ), first.ledger)
    assert [change.guid for change in built.changes] == [change.guid for change in first.changes]
    # The new ledger knows what the front holds: from now on code tells questions apart.
    shuffled = random.Random(3).sample(range(len(QUIZ)), len(QUIZ))
    again = build(UPGRADES[name]([QUIZ[at] for at in shuffled]), built.ledger)
    guids = [first.changes[at].guid for at in shuffled]
    assert [change.guid for change in again.changes if change.what is not What.RETIRED] == guids


def test_code_of_one_frame_that_comes_to_the_front_keeps_its_order() -> None:
    def code(value: int) -> str:
        return f"let keel = {value};\nlet mast = keel + {value};\nshow(keel, mast);"

    values = (1, 4, 7, 8)
    told = [f"{code(n)}\nThe output is\n{n}, {2 * n}" for n in values]
    first = build([question(ASK, one, line=at) for at, one in enumerate(told)])
    shown = [question(ASK, f"Answer {n}, {2 * n}.", given=code(n), line=n) for n in values]
    built = build(shown, first.ledger)
    assert [change.guid for change in built.changes] == [change.guid for change in first.changes]


def test_copies_within_a_note_are_no_rivals_when_a_version_cuts_the_answer_anew() -> None:
    text = "A sheet hauls the clew of a sail aft; a halyard hoists the whole of it."
    other = "A fender keeps the hull off the quay while the warps hold her alongside."

    def cards(*texts: str) -> list[MappedCard]:
        return [question(ASK, one, line=10 * at) for at, one in enumerate(texts, 1)]

    first = build(cards(f"Reply: {text}", f"Reply: {text}", f"Reply: {other}"))
    built = build(cards(text, text, other), first.ledger)
    assert [change.guid for change in built.changes] == [change.guid for change in first.changes]


def test_the_whole_text_fits_better_than_a_part_that_was_a_card_of_its_own() -> None:
    code = "var knots = (function (rope) {\n  delete rope;\n  return rope;\n})(0);\nlog(knots);"
    text = "It logs 0, for only what belongs to an object is deleted, and a rope is none."
    whole = [question(ASK, f"{code}\nAnswer\n{text}", line=20)]
    first = build([question(ASK, code, line=1), *whole])
    built = build([question(ASK, text, given=code, line=20)], first.ledger)
    (change,) = (one for one in built.changes if one.what is not What.RETIRED)
    assert change.guid == first.changes[1].guid


def test_six_hundred_equal_questions_survive_new_fronts() -> None:
    def code(at: int) -> str:
        return f"const {WORDS[at % 17]} = {at % 50};\nconsole.log({WORDS[at % 13]} + {at});"

    def reply(at: int) -> str:
        return f"Answer: {'ABCD'[at % 4]}"

    numbers = range(600)
    first = build([question(ASK, f"{code(at)}\n{reply(at)}", line=at + 1) for at in numbers])
    built = build(
        [question(ASK, reply(at), given=code(at), line=at + 1) for at in numbers], first.ledger
    )
    assert [change.guid for change in built.changes] == [change.guid for change in first.changes]


def test_a_question_without_code_has_the_guid_that_0_1_0_gave() -> None:
    release = next(path for path in RELEASES if path.name == "0.1.0")
    ledger = parse((release / "ledger.jsonl").read_text(encoding="utf-8"), "", Problems())
    entry = next(e for e in ledger.entries.values() if e.ask == "How do you whip an end?")
    fresh = build([question(entry.ask, "another answer", path=entry.path)])
    assert fresh.changes[0].guid == entry.guid


def test_the_guid_of_a_question_with_code_is_made_of_it() -> None:
    one, other = (build([question(ASK, "A", given=code)]) for code in ("x = 1", "x = 2"))
    assert one.changes[0].guid != other.changes[0].guid
    assert build([question(ASK, "B", given="X =  1")]).changes[0].guid == one.changes[0].guid
