"""What cards look like as HTML."""

from __future__ import annotations

import re
import sys
from typing import Literal

import pytest

from anki_export.cards import Renderer
from anki_export.cards.media import Media
from anki_export.model import (
    Card,
    Kind,
    Location,
    RenderedCard,
    Row,
    SourceNote,
    Table,
)
from anki_export.notes.outline import outline
from anki_export.problems import Problems
from support.cases_io import Case, read_cases, update
from support.rendering import NOWHERE, content, note, question, renderer


def table_row(
    header: tuple[str, ...], rows: tuple[tuple[str, ...], ...], index: int, names: int = 1
) -> Card:
    none: Literal[""] = ""
    table = Table(header, (none,) * len(header), rows, 1)
    body = Row(table, index, names, rows[index][:names])
    return Card(Kind.COMPARISON, Location("note.md", 3 + index), "table", ("T",), body)


def render(card: Card, source: SourceNote | None = None) -> RenderedCard:
    return renderer().render_note(outline(source or note("")), [card], Problems()).cards[0]


def run(case: Case) -> str:
    text = case.input.removesuffix("\n")
    source = note(text)
    problems = Problems()
    card = question("Q", text)
    (rendered,) = renderer().render_note(outline(source), [card], problems).cards
    reports = [f"! {p.location.line}: {p.message}" for p in problems]
    return "\n".join([content(rendered.fields["Answer"]), *reports]) + "\n"


def quotes(html: str) -> str:
    """With quotes in code written as pygments writes them from 2.21 on."""
    return html.replace("&quot;", '"')


@pytest.mark.parametrize("case", list(read_cases("render")), ids=lambda case: case.where)
def test_golden_case(case: Case) -> None:
    assert quotes(run(case)) == quotes(case.expected), f"tests/cases/{case.where}: {case.title}"


# --------------------------------------------------------------------------- fields


def test_a_question_is_inline_and_has_no_paragraph() -> None:
    card = render(question("1. Why **so**?", "Because.", context=("Title", "On `x`")))
    assert card.fields["Question"] == "1. Why <strong>so</strong>?"
    assert card.fields["Answer"] == "<p>Because.</p>"
    assert card.fields["Extra"] == ""
    assert card.fields["Context"] == (
        '<span class="crumb">Title</span> <span class="crumb">On <code>x</code></span>'
    )
    assert (card.ask, card.reply) == ("1. Why so?", "Because.")


@pytest.mark.parametrize("ask", ["# include 是什么？", "- x?", "> 8?", "1) y", "***", "a | b"])
def test_a_question_on_one_line_is_never_a_block(ask: str) -> None:
    html = render(question(ask, "x")).fields["Question"]
    assert not any(tag in html for tag in ("<h1", "<li", "<blockquote", "<hr", "<table"))


def test_a_question_of_several_blocks_keeps_them() -> None:
    html = render(question("What is\n\n- this?", "x")).fields["Question"]
    assert html.startswith("<p>What is</p>")
    assert "<li>this?</li>" in html


def test_the_folded_rest_is_part_of_the_reply() -> None:
    card = render(question("Q", "short", "## More\n\nlong"))
    assert card.fields["Extra"] == "<h2>More</h2>\n<p>long</p>"
    assert card.reply == "short\nMore\nlong"


def test_breaks_after_which_nothing_comes_leave_no_hole() -> None:
    card = render(question("Q", "one<br>\ntwo<br><br>\n\n<br>\n\n- three<br>\n\n<br><br>"))
    assert card.fields["Answer"] == "<p>one<br>\ntwo</p>\n<ul>\n<li>three</li>\n</ul>"


def test_a_long_question_is_marked_as_one() -> None:
    assert render(question("Why? " * 30, "A")).fields["Question"].startswith('<span class="long">')
    assert "long" not in render(question("Why?", "A")).fields["Question"]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("为什么这个方法会更快？因为它只遍历一次。", "zh-Hans"),
        ("為什麼這個方法會更快？因為它只遍歷一次。", "zh-Hant"),
        ("この方法が速い理由は何ですか。一度だけ走査する。", "ja"),
        ("이 방법이 더 빠른 이유는 무엇인가?", "ko"),
        ("What is the reason that this is faster than the other way?", "en"),
        ("Warum ist das schneller, und was ist der Grund für die andere?", "de"),
        ("Почему этот способ быстрее?", "ru"),
        ("用 `Promise.all` 并行等待 with async functions, 一个失败则全部失败。", "zh-Hans"),
        ("x = 1", ""),
        ("", ""),
    ],
)
def test_a_card_says_its_language(text: str, language: str) -> None:
    card = render(question("1?", text), note(text))
    spoken = f'<div lang="{language}">' if language else ""
    assert card.fields["Question"] == (f"{spoken}1?</div>" if spoken else "1?")
    assert card.fields["Answer"].startswith(spoken)
    assert card.fields["Extra"] == ""


def test_a_configured_language_is_that_of_all_notes() -> None:
    source = note("为什么这个方法会更快？")
    made = Renderer(Media(NOWHERE, 1), "ja").render_note(
        outline(source), [question("Q", "A")], Problems()
    )
    assert made.cards[0].fields["Question"] == '<div lang="ja">Q</div>'


def test_definitions_and_footnotes_of_the_note_serve_every_card() -> None:
    source = note("[l]: https://example.org\n\n[^n]: The **note**.\n\n# Q\n\nA")
    card = render(question("See [l][]", "text[^n]", "again[^n]"), source)
    assert '<a href="https://example.org">l</a>' in card.fields["Question"]
    assert "The <strong>note</strong>." in card.fields["Answer"]
    assert card.fields["Extra"].count("footnotes") == 0  # it is on the card already
    assert '<sup class="footnote-ref">1</sup>' in card.fields["Extra"]


def test_footnote_ids_differ_between_cards() -> None:
    source = note("[^n]: note")
    ids = {
        render(question(ask, "x[^n]"), source).fields["Answer"].split('<li id="')[1].split('"')[0]
        for ask in ("one", "two")
    }
    assert len(ids) == 2


def test_a_row_asks_for_its_other_columns() -> None:
    rows = (("A", "`1`", "$x$"), ("B", "2", "y"))
    card = render(table_row(("Name", "Time", "Space"), rows, 0))
    assert card.fields["Prompt"] == (
        '<div class="row-head">Name</div>\n<div class="row-name">A</div>\n<ul class="asked">\n'
        '<li><span class="column">Time</span> <span class="blank"></span></li>\n'
        '<li><span class="column">Space</span> <span class="blank"></span></li>\n</ul>'
    )
    assert card.fields["Answer"] == (
        '<dl class="turned">\n<dt>Time</dt> <dd><code>1</code></dd>\n'
        r"<dt>Space</dt> <dd>\(x\)</dd>"
        "\n</dl>"
    )
    assert card.fields["Table"].replace("\n", "") == (
        '<div class="table"><table><thead><tr><th>Name</th><th>Time</th><th>Space</th></tr></thead>'
        r'<tbody><tr class="this-row"><td>A</td><td><code>1</code></td><td>\(x\)</td></tr>'
        "<tr><td>B</td><td>2</td><td>y</td></tr></tbody></table></div>"
    )
    assert card.fields["Extra"] == "Whole table · 2 rows"
    assert (card.ask, card.reply) == ("A", "1\n\\(x\\)")


def test_a_row_without_its_markup_reads_as_separate_words() -> None:
    card = render(table_row(("Name", "Time", "Space"), (("A", "1", "x"),), 0))
    bare = {name: re.sub(r"<[^>]*>", "", html).split() for name, html in card.fields.items()}
    assert bare["Prompt"] == ["Name", "A", "Time", "Space"]
    assert bare["Answer"] == ["Time", "1", "Space", "x"]
    assert bare["Table"] == ["Name", "Time", "Space", "A", "1", "x"]
    assert bare["Extra"] == ["Whole", "table", "·", "1", "row"]


def test_a_value_that_needs_the_width_is_marked_on_both_sides() -> None:
    card = render(table_row(("N", "V", "W"), (("a", "词" * 30, "short"),), 0))
    assert card.fields["Prompt"].count('<li class="long">') == 1
    assert card.fields["Answer"].count('<dt class="long">V') == 1
    assert card.fields["Answer"].count('<dd class="long">词') == 1


def test_no_crumb_is_shown_twice() -> None:
    card = render(question("Q", "A", context=("Same", "Same", "Other")))
    assert re.findall(r'"crumb">(\w+)', card.fields["Context"]) == ["Same", "Other"]


def test_a_name_of_two_columns() -> None:
    rows = (("A", "x", "1"), ("A", "y", "2"))
    assert render(table_row(("N", "M", "V"), rows, 1, names=2)).ask == "A · y"


def test_footnotes_in_a_table() -> None:
    source = note("[^n]: note")
    card = render(table_row(("N", "V", "W"), (("a", "b[^n]", "c"),), 0), source)
    assert card.fields["Answer"].count("footnote-ref") == 1
    assert '<section class="footnotes">' in card.fields["Answer"]


def test_a_footnote_of_another_row_stays_with_the_whole_table() -> None:
    source = note("[^a]: first\n\n[^b]: second, see[^d]\n\n[^h]: head\n\n[^d]: deeper")
    rows = (("A", "1[^a]", "x"), ("B", "2[^b]", "y"), ("C", "3", "z"))
    cards = [table_row(("N", "V[^h]", "W"), rows, index) for index in range(3)]
    made = renderer().render_note(outline(source), cards, Problems()).cards

    def notes(card: RenderedCard, field: str) -> list[tuple[str, str]]:
        return re.findall(r'<li id="[^"]*-(\d)"><p>(\w+)', card.fields[field])

    assert [notes(card, "Answer") for card in made] == [
        [("1", "head"), ("2", "first")],
        [("1", "head"), ("2", "second"), ("3", "deeper")],
        [("1", "head")],
    ]
    assert [notes(card, "Table") for card in made] == [
        [("3", "second"), ("4", "deeper")],
        [("4", "first")],
        [("2", "first"), ("3", "second"), ("4", "deeper")],
    ]
    assert '3<sup class="footnote-ref">' not in made[2].fields["Table"]
    assert '2<sup class="footnote-ref">3</sup>' in made[2].fields["Table"]


def test_a_name_from_beyond_the_shown_rows_keeps_its_footnote() -> None:
    rows = (("A[^n]", "0", "v"), *(("", str(number), "v") for number in range(1, 1000)))
    body = Row(Table(("N", "M", "V"), ("", "", ""), rows, 1), 999, 2, ("A[^n]", "999"))
    card = Card(Kind.COMPARISON, Location("note.md", 9), "table", ("T",), body)
    source = note("[^n]: kept")
    fields = render(card, source).fields
    assert "kept" in fields["Answer"]
    assert "[^n]" not in fields["Prompt"]


def test_a_box_that_a_card_divides_keeps_what_is_its_own() -> None:
    lines = ["> [!tip] Dry slowly", "> one", ">", "> two", "", "::: info", "three", ":::"]
    source = note("\n".join(lines))

    def shown(start: int, end: int) -> str:
        text = "\n".join(line.removeprefix("> ") if start else line for line in lines[start:end])
        return render(question("Q", text, line=start + 1), source).fields["Answer"]

    assert shown(0, 2).startswith('<div class="callout callout-tip">')
    assert shown(3, 4) == "<p>two</p>"
    assert shown(6, 8) == "<p>three</p>"
    assert shown(5, 7).count("<div") == shown(5, 7).count("</div>") == 1


def test_boxes_on_the_card_are_ours_alone() -> None:
    html = render(
        question("Q", '<p class="callout-title">x</p>\n<details class="callout">y</details>')
    )
    assert "class" not in html.fields["Answer"]


def test_problems_name_the_line_in_the_file() -> None:
    card = question("Q", "one\n\n- two\n  ![x](no.png) <b onclick='x'>b</b>", line=12)
    problems = Problems()
    renderer().render_note(outline(note("", 7)), [card], problems)
    assert [(p.location.path, p.location.line) for p in problems] == [("note.md", 15)] * 2


# --------------------------------------------------------------------------- content

SAME = [
    ("- a\n- b", "* a\n* b"),
    ("a\n\n\n\nb", "a\n\nb"),
    ("a \nb", "a\nb"),
    ("a\nb", "a b"),
    ("```py\nx  \n```", "~~~~ py\nx\n~~~~"),
    ("1. a\n1. b", "1. a\n2. b"),
    ("a  \nb", "a\\\nb"),
    ("# a #", "# a"),
    ("| a | b |\n|---|---|\n| 1 | 2 |", "a|b\n-|-\n1|2"),
    ("> [!TIP]\n> a", ">[!tip]\n>a"),
]
OTHER = [
    ("a  \nb", "a\nb"),
    ("- a\n- b", "1. a\n2. b"),
    ("- a\n- b", "- a\n\n- b"),
    ("a", "**a**"),
    ("```py\nx\n```", "```c\nx\n```"),
    ("# a", "## a"),
    ("- [ ] a", "- [x] a"),
    ("    a", "a"),
    ("> [!tip]\n> a", "> [!note]\n> a"),
    ("> [!tip]\n> a", "> [!tip]-\n> a"),
    ("> [!tip] T\n> a", "> [!tip]\n> a"),
    ("::: tip\na\n:::", "a"),
]


@pytest.mark.parametrize(("one", "two"), SAME)
def test_what_means_the_same_has_the_same_content(one: str, two: str) -> None:
    assert render(question("Q", one)).content == render(question("Q", two)).content


@pytest.mark.parametrize(("one", "two"), OTHER)
def test_what_looks_different_has_other_content(one: str, two: str) -> None:
    assert render(question("Q", one)).content != render(question("Q", two)).content


def test_a_definition_that_is_used_is_content() -> None:
    card = question("Q", "[l] x[^n]")
    contents = {
        render(card, note(text)).content
        for text in (
            "[l]: https://one.example\n\n[^n]: a",
            "[l]: https://two.example\n\n[^n]: a",
            "[l]: https://one.example\n\n[^n]: b",
            "[l]: https://one.example\n\n[^n]: a\n\n[^m]: unused\n\n[m]: https://unused.example",
        )
    }
    assert len(contents) == 3


def test_every_cell_is_content_of_every_row() -> None:
    header = ("N", "V", "W")
    one = render(table_row(header, (("a", "b", "c"), ("d", "e", "f")), 0))
    other = render(table_row(header, (("a", "b", "c"), ("d", "e", "g")), 0))
    assert one.content != other.content


if __name__ == "__main__" and "--update" in sys.argv:
    update("render", run)
