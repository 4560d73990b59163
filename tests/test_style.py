"""What ``check --style`` says of a note: golden cases under ``cases/style``."""

from __future__ import annotations

import sys

import pytest

from anki_export.config import Config
from anki_export.extract import extract
from anki_export.model import SourceNote
from anki_export.notes.outline import outline
from anki_export.problems import Problems, Severity
from anki_export.style import LONG_ANSWER, SHOWN, report_style
from support.cases_io import Case, read_cases, update
from support.rendering import renderer

CASES = list(read_cases("style"))
KINDS = {"repeated-front", "two-questions", "told-answer", "long-answer", "long-list", "yes-no"}


def judged(text: str) -> Problems:
    outlined = outline(SourceNote("note.md", tuple(text.split("\n")), 1))
    cards = extract(outlined, Config(), Problems())
    assert cards
    problems = Problems()
    report_style(renderer().render_note(outlined, cards, Problems()).cards, problems)
    return problems


def run(case: Case) -> str:
    return "".join(f"{p.location.line} {p.kind}: {p.message}\n" for p in judged(case.input))


@pytest.mark.parametrize("case", CASES, ids=lambda c: f"{c.where} {c.title}")
def test_golden(case: Case) -> None:
    assert run(case) == case.expected, f"{case.where}: {case.title}"


@pytest.mark.parametrize(("word", "wide"), [("stack ", 1), ("栈", 2)])
def test_an_answer_is_long_by_what_is_to_be_read(word: str, wide: int) -> None:
    times = LONG_ANSWER // (len(word) * wide)
    note = f"# Memory\n\n### What grows down, and what up?\n\n{{}}\n\n```\n{'heap ' * times}\n```\n"
    assert "long-answer" not in {one.kind for one in judged(note.format(word * (times - 9)))}
    (long,) = (one for one in judged(note.format(word * (times + 9))) if one.kind == "long-answer")
    assert f"{len((word * (times + 9)).strip()):,} characters" in long.message


def test_every_kind_is_a_warning_with_a_hint() -> None:
    found = [one for case in CASES for one in judged(case.input)]
    found += judged(f"### What is it?\n{'word ' * LONG_ANSWER}")
    assert {str(one.kind) for one in found} == KINDS
    assert {one.severity for one in found} == {Severity.WARNING}
    assert all(one.hint for one in found)


def test_fronts_that_show_other_pictures_are_no_repetition() -> None:
    note = "# Pets\n\n### What is this? ![]({})\nA cat.\n\n### What is this? ![]({})\nA dog.\n"
    shown = ("https://example.org/a.png", "https://example.org/b.png")
    assert not list(judged(note.format(*shown)))
    assert [str(one.kind) for one in judged(note.format(*shown[:1] * 2))] == ["repeated-front"]


def test_a_long_question_is_cut_in_the_message() -> None:
    (problem,) = judged(f"### Is {'very ' * 50}much true?\nSo they say of the end.\n")
    assert problem.message.endswith("very ve…")
    assert len(problem.message.partition(": ")[2]) == SHOWN + 1


if __name__ == "__main__" and "--update" in sys.argv:
    update("style", run)
