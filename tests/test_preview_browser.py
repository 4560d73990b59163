"""The preview in real Chromium: what a person sees, types and clicks, and what a card may not do."""

from __future__ import annotations

import base64
import re
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from support import requires

requires.require_selenium()

# These import selenium.
from anki_export.model import AnkiNote, Change, Kind, Location, What  # noqa: E402
from anki_export.package.templates import load_templates  # noqa: E402
from anki_export.preview.page import Content, export  # noqa: E402
from anki_export.preview.server import Server  # noqa: E402
from anki_export.problems import Problem, ProblemKind, Problems  # noqa: E402
from support import hard_cards  # noqa: E402
from support.anki_page import Chromium, WebKit, render_package  # noqa: E402
from support.packages import anki_note, shipped_templates  # noqa: E402
from support.preview_page import PHONE, WIDE, Browser  # noqa: E402


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    browser = Browser(str(tmp_path_factory.mktemp("profile")))
    yield browser
    browser.driver.quit()


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server:
        yield server


def content(notes: list[AnkiNote], what: What = What.NEW, **more: Any) -> Content:
    changes = {
        note.guid: Change(
            what,
            note.guid,
            note.kind,
            Location(note.fields["Source"], 10 * number),
            note.fields["Question" if note.kind is Kind.QA else "Prompt"],
            deck=note.deck,
        )
        for number, note in enumerate(notes, 1)
    }
    more = {"problems": (), "templates": shipped_templates(), "folder": "/home/me/notes", **more}
    return Content("Study", tuple(notes), changes, **more)


def many(count: int) -> list[AnkiNote]:
    topics = ("握手 and ports", "page faults", "locks")
    return [
        anki_note(number, deck=f"Study::{'ab'[number >= count // 2]}", Extra=f"rest of {number}")
        if number % 3
        else anki_note(number, Kind.COMPARISON, Prompt=f"row {number}: {topics[number % 9 // 3]}")
        for number in range(count)
    ]


def test_both_sides_of_every_card_can_be_seen(browser: Browser, server: Server) -> None:
    server.show(content(many(30)))
    browser.open(server.url)
    browser.shows("row 0", 0)
    browser.shows("answer 0", 1)
    assert "answer 0" not in browser.frame_text(0)
    assert browser.run("return document.querySelectorAll('iframe').length") == 2
    for button, widths in (("Desktop", [1024, 1024]), ("Phone", [390, 390])):
        browser.run(
            "[...$('device').children].find((b) => b.textContent === arguments[0]).click()", button
        )
        browser.shows("answer 0", 1)
        script = (
            "return [...document.querySelectorAll('iframe')].map((f) => f.contentWindow.innerWidth)"
        )
        assert browser.run(script) == widths
    browser.run("choose('device', 'both'); choose('theme', 'both')")
    browser.until("return document.querySelectorAll('iframe').length === 8")
    browser.shows("answer 0", 7)
    nights = browser.run(
        "return [...document.querySelectorAll('iframe')].map("
        "(f) => getComputedStyle(f.contentDocument.body).backgroundColor)"
    )
    assert len(set(nights)) == 2
    # The card's own colour fills the whole page, as in Anki.
    roots = browser.run(
        "return [...document.querySelectorAll('iframe')].map("
        "(f) => getComputedStyle(f.contentDocument.documentElement).backgroundColor)"
    )
    assert set(roots) == {"rgba(0, 0, 0, 0)"}
    assert browser.complaints() == []


def test_keys_lead_through_the_cards(browser: Browser, server: Server) -> None:
    server.show(content(many(30)))
    browser.open(server.url)
    listed = browser.run("return found.map((card) => card.ask)")
    browser.type("jjj")
    browser.until("return current.ask === arguments[0]", listed[3])
    browser.type("k")
    browser.until("return current.ask === arguments[0]", listed[2])
    browser.shows(listed[2])
    browser.type("b")  # one side
    browser.until("return document.querySelectorAll('iframe').length === 1")
    browser.shows(listed[2])
    browser.type(" ")
    browser.shows("answer")
    browser.type(" ")
    browser.until("return current.ask === arguments[0]", listed[3])
    assert "answer" not in browser.frame_text()
    browser.type("/")
    assert browser.run("return document.activeElement.id") == "search"
    browser.type("jk", "#search")
    assert browser.run("return current.ask") == listed[3]


def test_search_and_filters_narrow_the_list(browser: Browser, server: Server) -> None:
    notes = many(60)
    problem = Problem(ProblemKind.LOST_CELLS, Location("a/b.md", 10), "odd", "look")
    server.show(content(notes, problems=(problem,)))
    browser.open(server.url)
    browser.type("/")
    browser.type("ROW 握手", "#search")
    assert browser.text("#count") == "7 of 60 cards"
    assert browser.run("return found.every((card) => card.ask.includes('握手'))")
    browser.run("$('search').value = ''; filter()")
    for name, value, count in [
        ("deck", "Study::b", 20),
        ("kind", "comparison", 20),
        ("what", "new", 60),
        ("what", "problems", 1),
    ]:
        browser.run(
            "$(arguments[0]).value = arguments[1]; $(arguments[0]).dispatchEvent(new Event('change'))",
            name,
            value,
        )
        assert browser.run("return found.length") == count, name
        browser.run("$(arguments[0]).value = ''; filter()", name)
    browser.run("$('problems').click()")
    assert "odd" in browser.text("#dialog")


def test_only_what_is_seen_is_in_the_list(browser: Browser, server: Server) -> None:
    server.show(content(many(2000)))
    browser.open(server.url)
    assert browser.run("return document.querySelectorAll('.row').length") < 80
    browser.run("for (let n = 0; n < 1500; n++) step(1)")
    browser.until("return document.querySelector('.row[aria-selected=true]')")
    box, row = browser.run(
        "const of = (e) => { const b = e.getBoundingClientRect(); return [b.top, b.bottom]; };"
        "return [of($('list')), of(document.querySelector('.row[aria-selected=true]'))]"
    )
    assert box[0] <= row[0] < row[1] <= box[1]


def test_an_edit_keeps_the_place(browser: Browser, server: Server) -> None:
    notes = many(300)
    server.show(content(notes))
    browser.open(server.url)
    browser.run(
        "return select(index.cards[200].kind === 'question' ? index.cards[200] : index.cards[199])"
    )
    browser.shows("answer", 1)
    chosen, place = browser.run("return [current.id, $('list').scrollTop]")
    browser.run(
        "document.querySelectorAll('iframe')[1].contentDocument.querySelector('details').open = true"
    )
    edited = [
        replace(note, fields={**note.fields, "Answer": "mended"}) if note.guid == chosen else note
        for note in notes
    ]
    server.show(content(edited))
    browser.shows("mended", 1)
    assert browser.run("return [current.id, $('list').scrollTop]") == [chosen, place]
    assert browser.run(
        "return document.querySelectorAll('iframe')[1].contentDocument.querySelector('details').open"
    )
    # The card is gone: the one in its place is shown.
    server.show(content([note for note in notes if note.guid != chosen]))
    browser.until("return current.id !== arguments[0]", chosen)
    assert browser.run("return found.indexOf(current)") in (199, 200)
    server.say("the configuration has one fault")
    browser.until("return $('message').textContent === 'the configuration has one fault'")


STRANGE = """
<img src=x onerror="parent.document.title = 'taken'; document.body.textContent = 'taken'">
<script>parent.document.title = "taken"</script><svg onload="parent.document.title = 'taken'"></svg>
<a href="javascript:parent.document.title = 'taken'">link</a><style>.card { color: red }</style>
<img src="http://127.0.0.1:{port}/picture.png"><iframe src="http://127.0.0.1:{port}/"></iframe>
<meta http-equiv="refresh" content="0; url=http://127.0.0.1:{port}/">
<form action="http://127.0.0.1:{port}/"><button id="send">send</button></form>
"""


@pytest.fixture
def elsewhere() -> Iterator[tuple[int, list[str]]]:
    """The port of a server that a card asks, and what it was asked."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

        def log_message(self, *args: Any) -> None:
            pass

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=http.serve_forever, args=(0.05,), daemon=True).start()
    yield http.server_address[1], asked
    http.shutdown()
    http.server_close()


@pytest.mark.parametrize("how", ["served", "exported", "printed"])
def test_a_card_can_do_nothing(
    browser: Browser, server: Server, elsewhere: tuple[int, list[str]], tmp_path: Path, how: str
) -> None:
    port, asked = elsewhere
    shown = content([anki_note(1, Answer=STRANGE.replace("{port}", str(port))), anki_note(2)])
    if how == "exported":
        file = tmp_path / "cards.html"
        file.write_text(export(shown), encoding="utf-8")
        browser.open(file.as_uri())
    else:
        server.show(shown)
        browser.open(server.url)
    browser.shows("send", 1)
    if how == "printed":
        browser.run("window.print = () => {}; return printCards()")
    else:
        browser.run(
            "const page = document.querySelectorAll('iframe')[1].contentDocument;"
            "page.querySelector('a').removeAttribute('target');"
            "page.querySelector('a').click(); page.getElementById('send').click();"
        )
    time.sleep(0.5)
    assert browser.run("return document.title") == "Study"
    assert "send" in browser.frame_text(1)
    assert asked == []
    assert browser.run("return getComputedStyle($('count')).color") != "rgb(255, 0, 0)"
    for sandbox in browser.run(
        "return [...document.querySelectorAll('iframe')].map((f) => f.sandbox.value)"
    ):
        assert "allow-scripts" not in sandbox.split()
    browser.complaints()


@pytest.mark.parametrize("size", [PHONE, (700, 800), WIDE, (1920, 1000)])
def test_it_fits_at_every_width(browser: Browser, server: Server, size: tuple[int, int]) -> None:
    server.show(content(hard_cards.hard_notes()))
    browser.open(server.url, size)
    if size[0] < 760:
        assert not browser.driver.find_element("css selector", "main").is_displayed()
        browser.run("document.querySelector('.row[role=option]').click()")
        assert not browser.driver.find_element("css selector", "aside").is_displayed()
    for device in ("phone", "desktop"):
        browser.run("choose('device', arguments[0]); return showCard()", device)
        inner, outer, frames, stage = browser.run(
            "const page = document.scrollingElement, stage = $('frames');"
            "return [page.scrollWidth, page.clientWidth, stage.scrollWidth, stage.clientWidth];"
        )
        assert inner <= outer
        assert frames <= stage
    if size[0] < 760:
        browser.run("choose('device', 'phone'); choose('side', 'one')")
        assert browser.run(
            "return document.querySelector('iframe').contentWindow.innerWidth"
        ) == min(390, size[0])
        browser.run("$('turn').click()")
        assert browser.text("#turn") == "Next card"
        browser.run("$('back').click()")
        assert browser.driver.find_element("css selector", "#list").is_displayed()


def test_an_export_opens_from_a_file_and_prints(browser: Browser, tmp_path: Path) -> None:
    notes = [*hard_cards.hard_notes(), anki_note(1, Answer=r"\[\frac{a}{b}\]", Extra="the rest")]
    file = tmp_path / "cards.html"
    file.write_text(export(content(notes)), encoding="utf-8")
    browser.open(file.as_uri())
    assert browser.text("#count") == f"{len(notes)} cards"
    pictures = 0
    for number in range(len(notes)):
        browser.run("select(index.cards[arguments[0]]); return showCard()", number)
        pictures += len(
            browser.run(
                "const images = [...document.querySelectorAll('iframe')[1].contentDocument.images];"
                "return Promise.all(images.map(async (i) => { await i.decode(); return i.naturalWidth; }))"
            )
        )
    assert pictures
    assert browser.run(
        "return document.querySelectorAll('iframe')[1].contentDocument.querySelector('mfrac') !== null"
    )
    pages = base64.b64decode(browser.driver.execute_cdp_cmd("Page.printToPDF", {})["data"])
    assert len(re.findall(rb"/Type\s*/Page\b", pages)) > 3
    assert browser.run("return $('paper').childElementCount") == 0
    assert browser.complaints() == []


def test_an_export_opens_in_webkit(webkit: WebKit, tmp_path: Path) -> None:
    file = tmp_path / "cards.html"
    note = anki_note(1, Answer=r"\[\frac{a}{b}\]", Extra="<p>rest</p>" * 40)
    file.write_text(export(content([note])), encoding="utf-8")
    driver = webkit.driver
    driver.switch_to.default_content()
    driver.get(file.as_uri())
    frame = "document.querySelectorAll('iframe')[1]"

    def until(script: str) -> None:
        end = time.monotonic() + 20
        while not driver.execute_script(script):
            assert time.monotonic() < end, script
            time.sleep(0.05)

    until("return document.documentElement.dataset.ready")
    driver.execute_script("choose('side', 'both')")
    until(f"return !!{frame}?.contentDocument?.querySelector('math mfrac')")
    height = f"return {frame}.offsetHeight"
    before = driver.execute_script(height)
    driver.execute_script(f"{frame}.contentDocument.querySelector('details').open = true")
    until(f"{height} > {before}")


def test_places_lead_to_the_editor(browser: Browser, server: Server) -> None:
    note = anki_note(1, Source="网络/a b#1.md")
    server.show(content([note], editor="vscode"))
    browser.open(server.url)
    assert browser.text("#place code") == "网络/a b#1.md:10"
    link = browser.run("return document.querySelector('#place a').href")
    assert link == "vscode://file/home/me/notes/%E7%BD%91%E7%BB%9C/a%20b%231.md:10"
    server.show(content([note]))
    browser.until("return !document.querySelector('#place a')")
    assert (
        browser.run("return document.querySelector('#place button').title")
        == "/home/me/notes/网络/a b#1.md:10"
    )


_BOXES = """
const round = (n) => Math.round(n * 4) / 4, top = arguments[0].getBoundingClientRect().top;
return [...arguments[0].querySelectorAll('*')].filter((e) => !e.closest('style') && e.getClientRects().length)
  .map((e) => { const b = e.getBoundingClientRect(), s = getComputedStyle(e);
    return [e.tagName, round(b.left), round(b.top - top), round(b.width), round(b.height), s.color, s.fontSize]; });
"""


@pytest.mark.parametrize("night", [False, True], ids=["light", "night"])
def test_cards_look_as_in_ankis_reviewer(
    browser: Browser, chromium: Chromium, server: Server, tmp_path: Path, night: bool
) -> None:
    deck = render_package(hard_cards.write_package(tmp_path / "hard.apkg"), tmp_path)
    templates = load_templates(None, source_url=hard_cards.SOURCE_URL, problems=Problems())
    notes = [
        note
        for note in hard_cards.hard_notes()
        if "\\(" not in str(note.fields) and "\\[" not in str(note.fields)
    ]
    assert len(notes) >= 5
    server.show(content(notes, templates=templates))
    browser.open(server.url)
    browser.run("choose('theme', arguments[0])", "night" if night else "light")
    shown = {note.note_id: note for note in notes}
    compared = 0
    chromium.open(390, night)
    for card in deck.cards:
        # A note's card has the number of its note and 100,000 more.
        note = shown.get(int(card.name.split()[0]) - 100_000)  # type: ignore[call-overload]
        if note is None:
            continue
        chromium.show(deck, card, "answer")
        # How high a scroll bar is, and how wide what it scrolls, is the device's own affair.
        if chromium.run(
            "return [...document.querySelectorAll('.table, pre.diagram')]"
            ".some((box) => box.scrollWidth > box.clientWidth)"
        ):
            continue
        compared += 1
        theirs = chromium.run(_BOXES.replace("arguments[0]", "document.getElementById('qa')"))
        browser.run(
            "select(index.cards.find((c) => c.id === arguments[0])); return showCard()",
            note.guid,
        )
        browser.until(
            "return [...document.querySelectorAll('iframe')[1].contentDocument.images].every((i) => i.complete)"
        )
        ours = browser.run(
            _BOXES.replace(
                "arguments[0]",
                "document.querySelectorAll('iframe')[1].contentDocument.getElementById('qa')",
            )
        )
        differing = [pair for pair in zip(ours, theirs, strict=True) if pair[0] != pair[1]]
        assert not differing, (card.name, differing[:3])
    assert compared >= 4
