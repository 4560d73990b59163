"""Questions that read the same: every edit of them, in memory and through the real Anki."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from anki_export import api
from anki_export.issue import Identified
from anki_export.model import MappedCard, Seconds, What
from support import alike
from support.alike import EDITS, FIRST, SHAPES, Item
from support.collection import Collection
from support.mapped import SECOND, build, question, table

TOKEN = re.compile(r"item\d+x(?:Speed|Cost|Size)?")
Cards = Callable[[Sequence[Item]], list[MappedCard]]


def counted(heading: str, ask: str) -> Cards:
    return lambda items: [
        question(ask, one.text, headings=[heading.format(at)], line=10 * at)
        for at, one in enumerate(items, 1)
    ]


def plain(items: Sequence[Item]) -> list[MappedCard]:
    return [question("Advantages?", one.text, line=10 * at) for at, one in enumerate(items, 1)]


def coded(items: Sequence[Item]) -> list[MappedCard]:
    return [
        question("What's the output?", f"Answer: {'ABC'[at % 3]}", given=one.code, line=10 * at)
        for at, one in enumerate(items, 1)
    ]


def tabled(items: Sequence[Item]) -> list[MappedCard]:
    cards = []
    for at, one in enumerate(items, 1):
        words = one.text.rstrip(".").split()
        rows = [
            (name, f"{one.token} {words[n + 1]}", words[n + 4], "yes")
            for n, name in enumerate("ABC")
        ]
        cards += table(
            ("Trait", "Value", "Note", "Known"), rows, headings=[f"Option {at}"], line=20 * at
        )
    return cards


FORMS: dict[str, Cards] = {
    "marked": plain,
    "code, and answers that many share": coded,
    "counted headings": counted("Example {}", "What happens?"),
    "counted headings in Chinese": counted("第 {} 题", "结果是什么？"),
    "counted headings, a question that says enough": counted(
        "Case {}", "Which of these vessels has the right of way here?"
    ),
    "tables of one shape": tabled,
}


def told(card: MappedCard) -> str:
    """What a card is, whatever it is called: the truth that identity never sees."""
    rendered = card.rendered
    return f"{rendered.given}|{rendered.ask}|{rendered.reply}" if rendered.given else rendered.reply


def owners(built: Identified, cards: Sequence[MappedCard]) -> dict[str, str]:
    shipped = [change for change in built.changes if change.what is not What.RETIRED]
    return {c.guid: told(card) for c, card in zip(shipped, cards, strict=True)}


def key(text: str) -> str:
    """A question with code is known by its code: the letter of its answer follows its place."""
    return text.split("|", maxsplit=1)[0]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", EDITS)
def test_every_history_stays_and_none_goes_elsewhere(form: str, name: str) -> None:
    before, after = FORMS[form](FIRST), FORMS[form](EDITS[name](list(FIRST)))
    first = build(before)
    known = owners(first, before)
    built = build(after, first.ledger)
    now = owners(built, after)
    wrong = {g for g, text in now.items() if g in known and key(known[g]) != key(text)}
    assert not wrong
    fresh = {key(text) for guid, text in now.items() if guid not in known}
    assert fresh == {key(told(c)) for c in after} - {key(told(c)) for c in before}
    # And the edit undone brings all of them back.
    back = owners(build(before, built.ledger, build_time=Seconds(SECOND + 9)), before)
    assert back == known


@pytest.mark.parametrize("form", FORMS)
def test_every_history_stays_when_one_edit_follows_another(form: str) -> None:
    items = FIRST
    built, known = build(FORMS[form](items)), dict[str, str]()
    for name, edit in EDITS.items():
        items = edit(list(items))
        cards = FORMS[form](items)
        built = build(cards, built.ledger)
        now = {guid: key(text) for guid, text in owners(built, cards).items()}
        assert all(known.setdefault(guid, text) == text for guid, text in now.items()), name
    assert len(known) == len(set(known.values()))


@pytest.mark.parametrize("form", ["marked", "counted headings", "counted headings in Chinese"])
def test_an_edited_one_is_told_by_what_it_still_says(form: str) -> None:
    edited = [
        Item(one.token, one.text.replace(" ", " or maybe ", 2) + " And more.", one.code)
        for one in FIRST
    ]
    before, after = FORMS[form](FIRST), FORMS[form]([*edited[3:], *edited[:3]])
    first = build(before)
    built = build(after, first.ledger)
    assert {c.what for c in built.changes} == {What.CHANGED}
    known = owners(first, before)
    now = owners(built, after)
    assert {g: text.split()[0] for g, text in now.items()} == {
        g: text.split()[0] for g, text in known.items()
    }


def test_short_answers_are_told_apart_by_their_order_alone() -> None:
    def cards(*texts: str) -> list[MappedCard]:
        return [question("True?", text, line=at) for at, text in enumerate(texts, 1)]

    first = build(cards("yes", "no", "both", "neither"))
    guids = [change.guid for change in first.changes]
    edited = build(cards("yes", "never", "both", "neither"), first.ledger)
    assert [change.guid for change in edited.changes] == guids
    # Two are left where one was: nobody knows which it is.
    doubtful = build(cards("yes", "never", "seldom", "both", "neither"), first.ledger)
    assert [c.what for c in doubtful.changes].count(What.NEW) == 2


def test_another_code_is_another_question_whatever_its_place() -> None:
    before = [question("Output?", "A", given=one.code, line=n) for n, one in enumerate(FIRST)]
    changed = question("Output?", "A", given=alike.item(50).code, line=2)
    built = build([*before[:2], changed, *before[3:]], build(before).ledger)
    assert [c.what for c in built.changes].count(What.NEW) == 1
    assert built.changes[2].what is What.NEW


# ------------------------------------------------------------------------- the real Anki


def export(root: Path, text: str, time: int) -> bytes:
    (root / "notes").mkdir(parents=True, exist_ok=True)
    (root / "notes" / "alike.md").write_text(text, encoding="utf-8")
    output = root / "out.apkg"
    assert api.build(root / "notes", output=output, build_time=time, allow_retire=True).written
    return output.read_bytes()


def tokens(anki: Collection) -> dict[str, str]:
    """The item of every note that is not retired, by guid."""
    active = {
        g: note["fields"] for g, note in anki.notes().items() if not note["fields"]["Retired"]
    }
    return {
        guid: TOKEN.findall(fields.get("Question", "") + fields["Answer"] + fields["Extra"])[0]
        for guid, fields in active.items()
    }


@pytest.mark.parametrize("shape", SHAPES)
def test_every_edit_through_the_real_anki(anki: Collection, tmp_path: Path, shape: str) -> None:
    write = SHAPES[shape]
    time = 1_700_000_000
    anki.import_package(export(tmp_path, write(FIRST), time))
    first = tokens(anki)
    assert len(first) == len(FIRST) * (3 if shape.startswith("tables") else 1)
    known = dict(first)
    assert anki.study(4) == 4
    schedule = anki.schedule()
    for name, edit in EDITS.items():
        time += 100
        anki.import_package(export(tmp_path, write(edit(list(FIRST))), time))
        now = tokens(anki)
        assert all(known.setdefault(guid, token) == token for guid, token in now.items()), name
        stayed = {guid for guid, token in first.items() if token[:6] in write(edit(list(FIRST)))}
        assert stayed <= now.keys(), name
        anki.import_package(export(tmp_path, write(FIRST), time + 50))
        assert tokens(anki) == first, f"{name}, undone"
    assert [row for row in anki.schedule() if row in schedule] == schedule
