"""Which cards come out of a note: golden cases under ``cases/extract``."""

from __future__ import annotations

import re
import sys
from dataclasses import replace

import pytest

from anki_export.config import FORMS, Config
from anki_export.extract import extract
from anki_export.model import Card, Question, Row, SourceNote
from anki_export.notes.outline import outline
from anki_export.problems import Problems
from support.cases_io import Case, read_cases, update

CASES = list(read_cases("extract"))


def cards_of(text: str, path: str = "topic/File name.md", config: Config | None = None) -> str:
    lines = tuple(text.removesuffix("\n").split("\n"))
    problems = Problems()
    cards = extract(outline(SourceNote(path, lines, 1)), config or Config(), problems)
    shown = "".join(map(show, cards))
    return shown + "".join(f"! {p.location.line}: {p.message}\n" for p in problems)


def show(card: Card) -> str:
    pin = f" id={card.pin}" if card.pin else ""
    out = [f"{card.location.line}: {card.form}{pin} | {' › '.join(card.context)}"]
    if isinstance(card.body, Question):
        out.append(f"? {card.body.question.text}")
        out += [f"= {line}".rstrip() for line in card.body.answer.text.split("\n")]
        if card.body.extra:
            out += [f"+ {line}".rstrip() for line in card.body.extra.text.split("\n")]
    else:
        out.append(f"? {' · '.join(card.body.name)}")
        out += [f"= {head}: {cell}" for head, cell in asked(card.body)]
    return "\n".join(out) + "\n"


def asked(row: Row) -> list[tuple[str, str]]:
    header, cells = row.table.header, row.table.rows[row.index]
    return list(zip(header[row.names :], cells[row.names :], strict=True))


def run(case: Case) -> str:
    options = re.search(r"\((fold|two columns|no plain)[^)]*\)$", case.title)
    config = Config()
    match options and options.group(1):
        case "fold":
            config = replace(config, fold_after=6)
        case "two columns":
            config = replace(config, two_column_tables=True)
        case "no plain":
            config = replace(config, plain_value_tables=False)
    return cards_of(case.input, config=config)


@pytest.mark.parametrize("case", CASES, ids=lambda c: f"{c.where} {c.title}")
def test_golden(case: Case) -> None:
    assert run(case) == case.expected, f"{case.where}: {case.title}"


def test_every_form_has_a_case() -> None:
    text = "".join(case.expected for case in CASES)
    assert [form for form in FORMS if f": {form}" not in text] == []


@pytest.mark.parametrize("form", FORMS)
def test_every_form_is_a_switch(form: str) -> None:
    case = next(case for case in CASES if f": {form} |" in case.expected)
    without = Config(forms=frozenset(FORMS) - {form})
    assert f": {form} |" in cards_of(case.input)
    assert f": {form} |" not in cards_of(case.input, config=without)


def test_locations_are_lines_of_the_file() -> None:
    note = SourceNote("a.md", ("# T", "", "### Q1: a", "", "x"), 10)
    cards = extract(outline(note), Config(), Problems())
    body = cards[0].body
    assert isinstance(body, Question)
    assert (cards[0].location.line, body.question.line, body.answer.line) == (12, 12, 14)


def test_a_note_can_be_left_out() -> None:
    note = SourceNote("a.md", ("### Q1: a", "x"), 1, {"anki": False})
    problems = Problems()
    assert (extract(outline(note), Config(), problems), list(problems)) == ((), [])


if __name__ == "__main__" and "--update" in sys.argv:
    update("extract", run)
