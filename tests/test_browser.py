"""The cards in real engines, on the reviewer's own page: what a person would see and trip over."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from support import requires

requires.require_selenium()

# These import selenium.
from support import hard_cards  # noqa: E402
from support.anki_page import Chromium, WebKit, render_package  # noqa: E402
from support.anki_web import Deck, RenderedSides  # noqa: E402

ROOT = Path(__file__).resolve().parents[1]
WIDTHS = (320, 390, 820, 1280)
WORDS = "Words of a heading that is far away"
THEMES = pytest.mark.parametrize("night", [False, True], ids=["light", "night"])


@pytest.fixture(scope="module")
def hard(tmp_path_factory: pytest.TempPathFactory) -> Deck:
    folder = tmp_path_factory.mktemp("hard")
    return render_package(hard_cards.write_package(folder / "hard.apkg"), folder)


@pytest.fixture(scope="module")
def notes(tmp_path_factory: pytest.TempPathFactory) -> Deck:
    """All cards of the project's own notes, built as a user builds them."""
    folder = tmp_path_factory.mktemp("notes")
    for name in ("notes", "anki-export.toml"):
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name)
        elif (ROOT / name).is_file():
            shutil.copy(ROOT / name, folder)
    package = folder / "notes.apkg"
    command = [sys.executable, "-m", "anki_export", "build", "notes", "-o", str(package)]
    build = subprocess.run(command, cwd=folder, capture_output=True, encoding="utf-8", check=False)
    assert package.is_file(), build.stderr
    return render_package(package, folder)


@pytest.fixture(params=["hard", "notes"])
def deck(request: pytest.FixtureRequest) -> Deck:
    found = request.getfixturevalue(request.param)
    assert isinstance(found, Deck)
    assert found.cards
    return found


@pytest.mark.parametrize("width", WIDTHS)
@THEMES
def test_nothing_disturbs_in_chromium(
    chromium: Chromium, deck: Deck, width: int, night: bool
) -> None:
    chromium.open(width, night)
    problems = chromium.check(deck)
    assert not problems, "\n".join(problems)


@pytest.mark.parametrize("width", [320, 390])
@THEMES
def test_nothing_disturbs_in_webkit(webkit: WebKit, deck: Deck, width: int, night: bool) -> None:
    webkit.open(width, night)
    problems = webkit.check(deck)
    assert not problems, "\n".join(problems)


# --------------------------------------------------------------------------- the hard cases


@pytest.fixture(params=["chromium", "webkit"])
def browser(request: pytest.FixtureRequest) -> Chromium | WebKit:
    found = request.getfixturevalue(request.param)
    assert isinstance(found, Chromium | WebKit)
    found.open(320, night=False)
    return found


def _card(deck: Deck, part: str) -> RenderedSides:
    return next(card for card in deck.cards if part in card.name)


def test_box_drawings_stay_aligned(browser: Chromium | WebKit, hard: Deck) -> None:
    browser.show(hard, _card(hard, "reach a kernel"), "answer")
    edges = browser.run("""
        const range = document.createRange();
        return [...document.querySelectorAll("pre.diagram .line")].slice(0, 4).map((line) => {
          const text = line.firstChild;
          const last = text.data.trimEnd().length - 1;
          range.setStart(text, last);
          range.setEnd(text, last + 1);
          const box = range.getBoundingClientRect();
          return box.left + box.width / 2;
        });
    """)
    assert max(edges) - min(edges) < 0.6, edges


def test_box_drawings_scroll_in_their_own_box(browser: Chromium | WebKit, hard: Deck) -> None:
    browser.show(hard, _card(hard, "reach a kernel"), "answer")
    inner, outer = browser.run("""
        const pre = document.querySelector("pre.diagram");
        return [pre.scrollWidth, pre.clientWidth];
    """)
    assert inner > outer


def test_wrapped_code_goes_on_further_in(browser: Chromium | WebKit, hard: Deck) -> None:
    browser.show(hard, _card(hard, "sqrt(d_k)"), "answer")
    lines = browser.run("""
        return [...document.querySelectorAll(".answer .line")].map((line) => {
          const walker = document.createTreeWalker(line, NodeFilter.SHOW_TEXT);
          const rows = new Map();
          const range = document.createRange();
          for (let node; (node = walker.nextNode()); )
            for (let at = 0; at < node.length; at++) {
              if (!node.data[at].trim()) continue;
              range.setStart(node, at);
              range.setEnd(node, at + 1);
              const box = range.getBoundingClientRect();
              const row = Math.round(box.top / 8);
              rows.set(row, Math.min(rows.get(row) ?? Infinity, box.left));
            }
          return [line.textContent, [...rows.values()]];
        });
    """)
    wrapped = [(text, lefts) for text, lefts in lines if len(lefts) > 1]
    assert wrapped
    for text, (first, *others) in wrapped:
        indent = len(text) - len(text.lstrip(" "))
        if indent <= 12:
            assert min(others) > first + 8, text


def test_wrapped_code_leaves_no_empty_row(browser: Chromium | WebKit, hard: Deck) -> None:
    browser.show(hard, _card(hard, "sqrt(d_k)"), "answer")
    gaps = browser.run("""
        const range = document.createRange();
        const gaps = [];
        for (const line of document.querySelectorAll(".answer .line")) {
          const walker = document.createTreeWalker(line, NodeFilter.SHOW_TEXT);
          let node = walker.nextNode();
          while (node && !node.data.trim()) node = walker.nextNode();
          if (!node) continue;
          const first = node.data.search(/\\S/);
          range.setStart(node, first);
          range.setEnd(node, first + 1);
          gaps.push(range.getBoundingClientRect().top - line.getBoundingClientRect().top);
        }
        return gaps;
    """)
    assert len(gaps) > 10
    assert max(gaps) < 10


def test_no_indentation_leaves_an_empty_row(browser: Chromium | WebKit, hard: Deck) -> None:
    browser.show(hard, _card(hard, "Which indentation"), "answer")
    gaps = browser.run("""
        const range = document.createRange();
        return [...document.querySelectorAll(".answer .line")].map((line) => {
          const walker = document.createTreeWalker(line, NodeFilter.SHOW_TEXT);
          let node = walker.nextNode();
          while (!node.data.trim()) node = walker.nextNode();
          const first = node.data.search(/\\S/);
          range.setStart(node, first);
          range.setEnd(node, first + 1);
          return range.getBoundingClientRect().top - line.getBoundingClientRect().top;
        });
    """)
    assert len(gaps) == 15
    assert max(gaps) < 10, gaps


def test_a_line_that_goes_on_is_marked_and_no_other(browser: Chromium | WebKit, hard: Deck) -> None:
    browser.show(hard, _card(hard, "sqrt(d_k)"), "answer")
    lines = browser.run("""
        return [...document.querySelectorAll(".answer .line")].map((line) => {
          const style = getComputedStyle(line);
          const row = parseFloat(style.lineHeight);
          const box = line.getBoundingClientRect().height;
          const [, share, less] = style.backgroundSize.match(/calc\\(([\\d.]+)% - ([\\d.]+)px\\)/);
          return [Math.round(box / row), (box * share) / 100 - less];
        });
    """)
    assert {rows > 1 for rows, _ in lines} == {True, False}
    for rows, bar in lines:
        assert bar > 10 if rows > 1 else bar <= 0, (rows, bar)


def test_code_scrolls_in_its_box_where_it_does_not_wrap(
    browser: Chromium | WebKit, tmp_path: Path
) -> None:
    package = hard_cards.write_package(tmp_path / "scrolls.apkg", code_wrap=False)
    deck = render_package(package, tmp_path)
    browser.show(deck, _card(deck, "sqrt(d_k)"), "answer")
    rows, inner, outer, moved, page, screen = browser.run("""
        const box = document.querySelector(".answer pre");
        const lines = [...box.querySelectorAll(".line")].map((line) =>
          line.getBoundingClientRect().height / parseFloat(getComputedStyle(line).lineHeight));
        box.scrollLeft = 10000;
        const all = document.scrollingElement;
        return [lines, box.scrollWidth, box.clientWidth, box.scrollLeft, all.scrollWidth,
          all.clientWidth];
    """)
    assert len(rows) > 10
    assert set(map(round, rows)) == {1}
    assert inner > outer + 100
    assert abs(inner - outer - moved) <= 1
    assert page == screen
    assert not (problems := browser.check(deck)), "\n".join(problems)


_HEADINGS = """
    const folded = document.querySelector(".folded");
    const shown = (one) => one.getBoundingClientRect().height > 0;
    const box = folded.getBoundingClientRect();
    return {
      shown: [...folded.querySelectorAll("*")].filter(shown).map((one) => one.tagName),
      hidden: [...folded.querySelectorAll("h4, p, pre")].filter(shown).length,
      rows: box.height / parseFloat(getComputedStyle(folded).lineHeight),
      label: getComputedStyle(document.querySelector(".extra > summary"), "::after").content,
    };
"""


@pytest.mark.parametrize("width", [320, 390, 1280])
@THEMES
def test_a_closed_fold_shows_the_headings_that_it_holds(
    chromium: Chromium, hard: Deck, width: int, night: bool
) -> None:
    chromium.open(width, night)
    chromium.show(hard, _card(hard, "sqrt(d_k)"), "answer")
    _expect_headings(chromium)


def test_a_closed_fold_shows_its_headings_on_a_phone(
    browser: Chromium | WebKit, hard: Deck
) -> None:
    browser.show(hard, _card(hard, "sqrt(d_k)"), "answer")
    _expect_headings(browser)


def _expect_headings(browser: Chromium | WebKit) -> None:
    closed = browser.run(_HEADINGS)
    assert "H3" in closed["shown"]
    assert closed["hidden"] == 0
    assert 1 <= round(closed["rows"]) <= 2
    assert closed["label"] == '"More"'
    # A finger on the headings opens it as well.
    browser.run("""
        const box = document.querySelector(".folded").getBoundingClientRect();
        scrollTo(0, scrollY + box.top - 300);
        const now = document.querySelector(".folded").getBoundingClientRect();
        document.elementFromPoint(now.left + 40, now.top + now.height / 2).click();
    """)
    assert browser.run(_HEADINGS)["hidden"] > 9


def test_a_fold_speaks_the_notes_language(browser: Chromium | WebKit, hard: Deck) -> None:
    card = _card(hard, "sqrt(d_k)")
    chinese = card.answer.replace('<div lang="en">', '<div lang="zh-Hans">')
    assert chinese != card.answer
    browser.show(hard, RenderedSides("zh", card.question, chinese), "answer")
    assert browser.run(_HEADINGS)["label"] == '"更多"'


_GRID = """
    const boxes = [...document.querySelectorAll(args[0])].map((one) => {
      const box = one.getBoundingClientRect();
      return [box.left, box.top + scrollY, box.width];
    });
    const held = [...document.querySelectorAll(args[1])].map((one) => one.getBoundingClientRect());
    const plain = (one) => !one.querySelector("img, br, sup, sub, mjx-container, .long");
    const range = document.createRange();
    const low = plain(document.querySelector(".answer") || document.body)
      && [...document.querySelectorAll(args[1])].every((one) => {
        range.selectNodeContents(one);
        return range.getBoundingClientRect().height < 26;
      });
    return [boxes, held[0].top + scrollY, low];
"""


@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_jumps_when_a_row_is_filled(chromium: Chromium, deck: Deck, width: int) -> None:
    chromium.open(width, night=False)
    rows = [card for card in deck.cards if 'class="asked"' in card.question]
    assert rows
    for card in rows:
        chromium.show(deck, card, "question")
        blank, top, _ = chromium.run(_GRID, ".asked .column", ".asked .blank")
        chromium.show(deck, card, "answer")
        filled, held, low = chromium.run(_GRID, ".turned dt", ".turned dd")
        for (left, _, wide), (filled_left, _, filled_wide) in zip(blank, filled, strict=True):
            assert (left, wide) == pytest.approx((filled_left, filled_wide), abs=1), card.name
        same = len(blank) if low else 1  # below a value of two lines all is lower
        for (_, high, _), (_, filled_high, _) in zip(blank[:same], filled[:same], strict=True):
            assert high == pytest.approx(filled_high, abs=1), card.name
        assert top == pytest.approx(held, abs=1), card.name


def test_the_nearest_headings_stay_in_sight(browser: Chromium | WebKit, hard: Deck) -> None:
    card = _card(hard, "GPTQ")
    long = "".join(f'<span class="crumb">{WORDS} {number}</span> ' for number in range(5))
    front = card.question.replace('<span class="crumb">', long + '<span class="crumb">', 1)
    browser.show(hard, RenderedSides("long", front, card.answer), "question")
    height, below = browser.run("""
        const box = document.querySelector(".context").getBoundingClientRect();
        const last = [...document.querySelectorAll(".crumb")].pop().getBoundingClientRect();
        return [box.height, last.bottom - box.bottom];
    """)
    assert height <= 41
    assert abs(below) < 5


def test_a_retired_card_asks_nothing(browser: Chromium | WebKit, hard: Deck) -> None:
    browser.show(hard, _card(hard, "still in the notes"), "question")
    question = browser.driver.find_element("css selector", ".question")
    assert not question.is_displayed()
    browser.driver.find_element("css selector", ".past > summary").click()
    assert question.is_displayed()


def test_blank_lines_of_code_stay_single(browser: Chromium | WebKit, hard: Deck) -> None:
    browser.show(hard, _card(hard, "sqrt(d_k)"), "answer")
    heights = browser.run("""
        return [...document.querySelectorAll(".answer .line")]
          .map((line) => [line.textContent.trim(), line.getBoundingClientRect().height]);
    """)
    single = min(height for text, height in heights if text)
    assert {height for text, height in heights if not text} == {single}


def test_inline_math_stands_on_the_baseline(browser: Chromium | WebKit, hard: Deck) -> None:
    browser.show(hard, _card(hard, "nabla"), "answer")
    gap = browser.run("""
        const math = document.querySelector(".answer mjx-container:not([display])");
        const mark = () => {
          const box = document.createElement("span");
          box.style.cssText = "display: inline-block; width: 1px; height: 0";
          return box;
        };
        const outside = mark();
        math.parentNode.insertBefore(outside, math);
        const inside = mark();
        math.querySelector("mjx-mi").before(inside);
        return outside.getBoundingClientRect().bottom - inside.getBoundingClientRect().bottom;
    """)
    assert abs(gap) < 1, gap


def test_wide_formulas_and_tables_can_be_scrolled_to_their_end(
    browser: Chromium | WebKit, hard: Deck
) -> None:
    for name, selector in [
        ("nabla", "mjx-container[display]"),
        ("nabla", ".answer p:nth-of-type(3) mjx-container"),
        ("calibration", ".table"),
    ]:
        browser.show(hard, _card(hard, name), "answer")
        inner, outer, moved = browser.run(
            """
            const box = document.querySelector(args[0]);
            box.scrollLeft = 10000;
            return [box.scrollWidth, box.clientWidth, box.scrollLeft];
            """,
            selector,
        )
        assert inner > outer
        assert moved > 0
        assert abs(inner - outer - moved) <= 1, selector


@pytest.mark.parametrize("width", [390, 1280])
def test_a_table_whose_text_wraps_fits_its_box(chromium: Chromium, hard: Deck, width: int) -> None:
    chromium.open(width, night=False)
    cell = "words that go on in a further row of their cell " * 4
    table = hard_cards.table([["One", "Two", "Three"], [cell] * 3])
    card = _card(hard, "calibration")
    start = '<div class="answer">'
    answer = card.answer.replace(start, start + table, 1)
    chromium.show(hard, RenderedSides("three", card.question, answer), "answer")
    inner, outer, row = chromium.run("""
        const box = document.querySelector(".table");
        return [box.scrollWidth, box.clientWidth, box.querySelector("td").clientHeight];
    """)
    assert inner == outer
    assert row > 50


def test_a_finger_opens_what_is_folded(browser: Chromium | WebKit, hard: Deck) -> None:
    browser.show(hard, _card(hard, "GPTQ"), "answer")
    details = browser.driver.find_element("css selector", "details.whole-table")
    marked = details.find_element("css selector", "tr.this-row")
    assert not marked.is_displayed()
    details.find_element("css selector", "summary").click()
    assert marked.is_displayed()


def test_the_blanks_are_on_the_front_only(browser: Chromium | WebKit, hard: Deck) -> None:
    card = _card(hard, "GPTQ")
    browser.show(hard, card, "question")
    assert browser.driver.find_element("css selector", ".asked .blank").is_displayed()
    browser.show(hard, card, "answer")
    assert not browser.driver.find_element("css selector", ".asked").is_displayed()
    assert browser.driver.find_element("css selector", ".turned dd").is_displayed()


@THEMES
def test_difficulties_differ_in_colour(chromium: Chromium, hard: Deck, night: bool) -> None:
    chromium.open(390, night)
    colours = {}
    for name in ("executor", "sqrt", "nabla", "calibration"):
        chromium.show(hard, _card(hard, name), "question")
        badge = chromium.driver.find_element("css selector", ".badge")
        colours[badge.text] = badge.value_of_css_property("background-color")
    assert set(colours) == {"easy", "medium", "hard", "very hard"}
    assert len(set(colours.values())) == 4


# --------------------------------------------------------------------------- the checks themselves


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        ('<div style="width: 900px">wide</div>', "the page is"),
        ('<p style="font-size: 11px">small</p>', "11px"),
        ('<p style="color: #aaa">pale</p>', "contrast"),
        ('<p style="margin-left: -99px">lost</p>', "cut off"),
        ('<p style="display: none">hidden</p>', "invisible"),
        (r"<p>\(\left(x\)</p>", "math: "),
        (r"<p>\(\nosuchmacro\)</p>", "unknown macro"),
        ("<details><summary>empty</summary></details>", "opens on nothing"),
        ('<img src="absent.png">', "image not loaded"),
    ],
)
def test_the_checks_see(chromium: Chromium, answer: str, problem: str) -> None:
    chromium.open(390, night=False)
    body = f'<hr id=answer><div class="answer">Text. {answer}</div>'
    card = RenderedSides("card", f"<div>{answer}</div>", body)
    found = chromium.check(Deck((card,), Path("nowhere")), ["answer"])
    assert any(problem in line for line in found), found


def test_the_checks_see_a_missing_answer(chromium: Chromium) -> None:
    chromium.open(390, night=False)
    found = chromium.check(Deck((RenderedSides("card", "?", "?"),), Path("nowhere")), ["answer"])
    assert any("no visible answer" in line for line in found)
