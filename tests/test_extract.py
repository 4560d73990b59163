"""Which cards come out of a note: golden cases under ``cases/extract``."""

from __future__ import annotations

import re
import sys
from dataclasses import replace

import pytest

from anki_export.config import FORMS, Config
from anki_export.extract import explain, extract
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


EXPLAINED = """# T
### What is a?
1
### Describe b
2
### Castles
3
### What is d?
4
### Summary
5

| a | b | c |
|---|---|---|
| [x](x) | [y](y) | [z](z) |
"""


def test_every_candidate_is_explained() -> None:
    note = SourceNote("a.md", tuple(EXPLAINED.split("\n")), 1)
    shown = {v.line: v for v in explain(outline(note), Config())}
    assert [line for line, v in shown.items() if v.accepted] == [2, 4, 8]
    assert shown[2].switch == "forms.question-heading"
    assert "of the 4 like it around" in shown[6].reason
    assert shown[10].switch == "stop_headings"
    assert (shown[13].form, shown[13].switch) == ("table", "link_tables")
    off = Config(forms=frozenset(FORMS) - {"question-heading"})
    assert "switched off" in {v.line: v for v in explain(outline(note), off)}[2].reason


def test_stop_headings_are_a_choice() -> None:
    note = "# T\n" + "".join(f"## What is {x}?\n1\n" for x in "abcde") + "## Summary\n2\n"
    assert "Summary" not in cards_of(note)
    assert "? Summary" in cards_of(note, config=Config(stop_headings=()))


def test_flashcards_everywhere() -> None:
    note = "# T\nWhat is it?::A card.\n"
    assert cards_of(note) == ""
    assert "= A card." in cards_of(note, config=Config(flashcards_everywhere=True))
    assert "= A card." in cards_of("#cards\n" + note, config=Config(flashcard_tags=("cards",)))


def test_flashcards_by_a_tag_of_the_front_matter() -> None:
    note = SourceNote("a.md", ("What is it?::A card.",), 5, {"tags": ["flashcards/net"]})
    assert len(extract(outline(note), Config(), Problems())) == 1


@pytest.mark.parametrize("case", CASES, ids=lambda c: f"{c.where} {c.title}")
def test_every_line_of_a_piece_stands_where_it_says(case: Case) -> None:
    """The renderer finds a slice's blocks by its lines: none may have moved.

    A tick may be taken off, bold as well.
    """
    lines = case.input.removesuffix("\n").split("\n")
    for card in extract(outline(SourceNote("a.md", tuple(lines), 1)), Config(), Problems()):
        if isinstance(card.body, Question):
            for piece in filter(None, (card.body.question, card.body.answer, card.body.extra)):
                for k, text in enumerate(piece.text.split("\n")[1:], 1):
                    bare = text.replace("**", "").strip()
                    source = lines[piece.line + k - 1].replace("**", "")
                    assert not bare or bare in source or bare in source.replace("[x]", "[ ]"), text


def test_questions_that_read_the_same_are_reported() -> None:
    question = "## What does this code print?\n\nIt is above.\n"
    assert "read the same" in cards_of("# T\n" + question + question)
    one, two = (f"## What does this code print?\n\n```\n{n}\n```\n\nIt.\n" for n in (1, 2))
    assert "read the same" not in cards_of("# T\n" + one + two)


if __name__ == "__main__" and "--update" in sys.argv:
    update("extract", run)
