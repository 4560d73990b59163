"""The preview without a browser: sides of a card, formulas, the page's data, its server."""

from __future__ import annotations

import base64
import gzip
import hashlib
import http.client
import json
import re
import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import pytest

from anki_export.model import (
    FIELDS,
    AnkiNote,
    Change,
    Guid,
    Kind,
    Location,
    MediaFile,
    What,
)
from anki_export.package.apkg import build_package
from anki_export.package.notetypes import make_notetypes
from anki_export.package.templates import Sides
from anki_export.preview.mathml import with_mathml
from anki_export.preview.page import Content, editor_fault, export
from anki_export.preview.server import Server
from anki_export.preview.sides import fill, sides_of
from anki_export.problems import Problem, ProblemKind
from support.collection import collection
from support.packages import MODS, anki_note, shipped_templates

TEMPLATES = shipped_templates()


# --------------------------------------------------------------------------- templates


@pytest.mark.parametrize(
    ("template", "shown"),
    [
        ("{{A}}-{{ B }}", "<b>a</b>-"),
        ("{{#A}}yes{{/A}}{{^A}}no{{/A}}", "yes"),
        ("{{#B}}yes{{/B}}{{^B}}no{{/B}}", "no"),
        ("{{#Blank}}yes{{/Blank}}", ""),
        ("{{#A}}1{{#B}}2{{/B}}3{{^B}}4{{/B}}{{/A}}", "134"),
        ("{{#B}}{{#A}}{{A}}{{/A}}{{/B}}.", "."),
        ("{{text:A}}", "a"),
        ("{{tts en:A}}|{{type:A}}", "|"),
        ("{{hint:A}}", "<details><summary>A</summary><b>a</b></details>"),
        ("{ {A} }", "{ {A} }"),
    ],
)
def test_templates_are_filled_as_by_anki(template: str, shown: str) -> None:
    values = {"A": "<b>a</b>", "B": "", "Blank": " <br><div>\n</div> "}
    assert fill(template, values) == shown


def test_a_field_is_no_template() -> None:
    assert fill("{{A}}", {"A": "{{B}}", "B": "b"}) == "{{B}}"


@pytest.mark.parametrize("kind", list(Kind))
def test_sides_are_those_of_the_real_backend(kind: Kind) -> None:
    front = "{{Context}}|{{text:Answer}}|{{Tags}}|{{Deck}}|{{Subdeck}}|{{Card}}|{{Type}}"
    front += (
        "{{#Extra}}<b>{{Extra}}</b>{{^Retired}}here{{/Retired}}{{/Extra}}{{^Source}}x{{/Source}}"
    )
    mine = Sides(
        f"{{{{{FIELDS[kind][0]}}}}}{front}", "{{FrontSide}}{{#Difficulty}}d{{/Difficulty}}"
    )
    notes = [
        anki_note(1, kind, Extra="<p>more</p>", Answer="<i>a</i>&lt;b&gt; &amp; c", deck="S::a"),
        anki_note(2, kind, Difficulty="", Source=" <br> ", Extra="<div></div>", Retired="gone"),
        anki_note(3, kind, Extra="&nbsp;", Difficulty="0", Retired="<img src=x.png>"),
    ]
    for templates in (TEMPLATES, replace(TEMPLATES, cards=dict.fromkeys(Kind, mine))):
        with collection() as opened:
            data = build_package(notes, make_notetypes(templates, "Study"), MODS)
            opened.import_package(data)
            sides = opened.sides()
        for note in notes:
            ours = sides_of(note, templates)
            bare = tuple(side.partition("</style>")[2] for side in sides[note.guid])
            assert (ours.front, ours.back) == bare


def test_media_are_found_below_one_folder() -> None:
    picture = MediaFile("p-1f.png", b"png")
    note = anki_note(1, media=[picture], Answer='<img src="p-1f.png"><img src="other.png">')
    back = sides_of(note, TEMPLATES).back
    assert '<img src="media/p-1f.png">' in back
    assert '<img src="other.png">' in back


# --------------------------------------------------------------------------- formulas


def test_formulas_become_mathml() -> None:
    text = with_mathml(r"a \(x_1 &lt; y\) b \[\frac{1}{2}<br>+ 1\]")
    assert text.startswith("a <mjx-container><math><msub><mi>x</mi><mn>1</mn></msub><mo>&lt;</mo>")
    assert '<mjx-container display="true"><math display="block"><mfrac>' in text
    assert "\\" not in text


@pytest.mark.parametrize(
    "text",
    [
        r"<code>\(x\)</code>",
        r"<pre class=a><code>\[x\]</code> \(y\)</pre>",
        r'<img alt="\(x\)">',
        r"<p>\(x</p><p>y\)</p>",
        r"\(\)",
    ],
)
def test_what_is_no_formula_stays(text: str) -> None:
    assert with_mathml(text) == text


@pytest.mark.parametrize("tex", [r"\left(x", r"\frac{", "x&y"])
def test_a_broken_formula_shows_its_source(tex: str) -> None:
    shown = with_mathml(f"\\({tex.replace('&', '&amp;')}\\)")
    assert 'class="math-error"' in shown
    assert tex.replace("&", "&amp;") in shown


def test_an_unknown_command_costs_only_itself() -> None:
    shown = with_mathml(r"\(x + \nosuch\)")
    assert "<mi>x</mi>" in shown
    assert r"\nosuch" in shown


@pytest.mark.parametrize("part", ["{", r"\frac{", r"\sqrt ", r"\left(", r"\begin{matrix}", "x^{"])
def test_deep_formulas_cost_no_process(part: str) -> None:
    shown: list[str] = []
    # The stack of a thread is the smallest that a formula is converted on.
    before = threading.stack_size(1024 * 1024)
    try:
        thread = threading.Thread(target=lambda: shown.append(with_mathml(rf"\({part * 9000}x\)")))
        thread.start()
        thread.join()
    finally:
        threading.stack_size(before)
    assert "too deeply nested" in shown[0]


def test_markup_in_a_formula_is_text() -> None:
    assert "<img" not in with_mathml(r"\(\text{&lt;img src=x onerror=alert(1)&gt;}\)")


# --------------------------------------------------------------------------- the page's data


def change(note: AnkiNote, what: What = What.NEW, line: int | None = 1, **more: Any) -> Change:
    where = Location(note.fields["Source"], line)
    ask = note.fields["Question" if note.kind is Kind.QA else "Prompt"]
    return Change(what, note.guid, note.kind, where, ask, deck=note.deck, **more)


def content(*cards: tuple[AnkiNote, Change | None], **more: Any) -> Content:
    return Content(
        title="Study",
        notes=tuple(note for note, _ in cards),
        changes={note.guid: change for note, change in cards if change},
        problems=more.pop("problems", ()),
        templates=TEMPLATES,
        **more,
    )


def test_the_list_is_grouped_by_deck() -> None:
    notes = [anki_note(n, deck=deck) for n, deck in enumerate(["S::b", "S", "S::a", "S::b"])]
    index = content(*((note, change(note)) for note in notes)).index
    listed = [(card["deck"], card["id"]) for card in index["cards"]]
    assert listed == [("S", "guid1"), ("S::a", "guid2"), ("S::b", "guid0"), ("S::b", "guid3")]


def test_what_is_searched_is_folded() -> None:
    note = anki_note(1, Question="<p>ＴＣＰ <b>Handshake</b></p>", Answer="三次握手 &amp; Ack")
    (card,) = content((note, change(note))).index["cards"]
    for word in ("tcp", "handshake", "三次握手", "& ack", "a/b.md", "topic"):
        assert word in card["text"]


def test_code_is_found_as_it_is_written() -> None:
    code = '<pre><code><span class="n">torch</span><span class="o">.</span><span>nn</span></code></pre>'
    crumbs = '<span class="crumb">Title</span><span class="crumb">Part</span>'
    note = anki_note(1, Answer=f"<p>one</p><p>two</p>{code}", Context=crumbs)
    (card,) = content((note, change(note))).index["cards"]
    assert "one two torch.nn title part" in card["text"]


def test_retired_cards_are_told_apart() -> None:
    now, before, active = (anki_note(n, Retired="gone" if n < 3 else "") for n in (1, 2, 3))
    shown = content(
        (now, change(now, What.RETIRED, None)), (before, None), (active, change(active))
    )
    assert {card["id"]: card["what"] for card in shown.index["cards"]} == {
        "guid1": "retired",
        "guid2": "retired",
        "guid3": "new",
    }


def test_a_reworded_card_names_its_old_question() -> None:
    notes = anki_note(1), anki_note(2)
    changes = change(notes[0], What.REWORDED, old_ask="old"), change(notes[1], old_ask="front 2")
    index = content(*zip(notes, changes, strict=True)).index
    assert [card["old"] for card in index["cards"]] == ["old", ""]


def test_a_problem_belongs_to_the_card_that_it_stands_in() -> None:
    notes = [anki_note(n) for n in range(3)]
    cards = [(note, change(note, line=line)) for note, line in zip(notes, (5, 9, 20), strict=True)]
    lines = (4, 9, 12, None)
    problems = [Problem(ProblemKind.LOST_CELLS, Location("a/b.md", n), f"at {n}") for n in lines]
    problems.append(Problem(ProblemKind.LOST_CELLS, Location("other.md", 9), "elsewhere"))
    index = content(*cards, problems=tuple(problems)).index
    assert [card["problems"] for card in index["cards"]] == [[], [1, 2], []]
    assert [one["card"] for one in index["problems"]] == [None, "guid1", "guid1", None, None]


@pytest.mark.parametrize("editor", ["", "vscode", "subl://open?url={path}&line={line}"])
def test_known_editors_and_addresses_are_taken(editor: str) -> None:
    assert editor_fault(editor) == ""


@pytest.mark.parametrize("editor", ["vim", "javascript:alert('{path}')", "vscode://file/"])
def test_what_opens_no_editor_is_refused(editor: str) -> None:
    assert editor_fault(editor)


def test_the_export_is_whole() -> None:
    picture = MediaFile("p-1f.png", b"\x89PNG")
    note = anki_note(1, media=[picture], Answer='<img src="p-1f.png"></script>')
    page = export(content((note, change(note)), folder="/home/somebody/notes", editor="vscode"))
    assert "/home/somebody" not in page
    packed = re.search(r'<script type="text/plain" id="data">([^<]*)<', page)
    assert packed
    data = json.loads(gzip.decompress(base64.b64decode(packed[1])))
    assert data["sides"]["guid1"]["back"].count("media/p-1f.png") == 1
    assert 'data-media="p-1f.png">data:image/png;base64,iVBORw==<' in page
    script = re.search(r"<script>(.*?)</script>", page, re.DOTALL)
    assert script
    digest = base64.b64encode(hashlib.sha256(script[1].encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in page
    assert not re.search(r"""(?:src|href)=["'](?!data:|#)""", page.partition("<body>")[0])


# --------------------------------------------------------------------------- the server


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server:
        yield server


def get(
    server: Server, name: str = "", *, host: str | None = None, secret: bool = True
) -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    try:
        path = urlsplit(server.url).path + name if secret else name
        connection.putrequest("GET", path, skip_host=True)
        connection.putheader("Host", host or f"127.0.0.1:{server.port}")
        connection.endheaders()
        answer = connection.getresponse()
        return answer.status, dict(answer.headers), answer.read()
    finally:
        connection.close()


NOTE = anki_note(1, media=[MediaFile("p.svg", b"<svg/>"), MediaFile("x.html", b"<b>")])
SHOWN = content((replace(NOTE, guid=Guid("a/b?&")), change(replace(NOTE, guid=Guid("a/b?&")))))


def test_it_serves_the_page_and_the_cards(server: Server) -> None:
    assert get(server, "cards.json")[0] == 404
    server.show(SHOWN)
    status, headers, page = get(server)
    assert (status, headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert b'<script src="page.js">' in page
    assert get(server, "page.js")[0] == get(server, "page.css")[0] == 200
    (card,) = json.loads(get(server, "cards.json")[2])["cards"]
    assert card["ask"] == "front 1"
    sides = json.loads(get(server, "card/a%2Fb%3F%26")[2])
    assert "front 1" in sides["front"]
    assert "answer 1" in sides["back"]
    assert json.loads(get(server, "sides.json")[2]) == {"a/b?&": sides}


def test_it_listens_to_this_machine_alone(server: Server) -> None:
    assert urlsplit(server.url).hostname == "127.0.0.1"
    assert server._http.server_address[0] == "127.0.0.1"


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1", "", "[::1]:80"])
def test_another_host_is_refused(server: Server, host: str) -> None:
    server.show(SHOWN)
    assert get(server, "cards.json", host=host or " ")[0] == 403
    assert get(server, "cards.json", host=f"localhost:{server.port}")[0] == 200


@pytest.mark.parametrize("path", ["/", "/cards.json", "//cards.json", "/x/cards.json", "/%C3%A9/"])
def test_without_the_secret_nothing_is_served(server: Server, path: str) -> None:
    server.show(SHOWN)
    assert get(server, path, secret=False)[0] == 403


@pytest.mark.parametrize(
    "name",
    [
        "../page.js",
        "server.py",
        "media/../page.js",
        "media/%2e%2e%2fserver.py",
        "media//etc/passwd",
        "media/absent.png",
        "card/nobody",
        "page.html",
    ],
)
def test_nothing_else_is_served(server: Server, name: str) -> None:
    server.show(SHOWN)
    assert get(server, name)[0] == 404


def test_what_is_served_cannot_harm(server: Server) -> None:
    server.show(SHOWN)
    for name in ("", "cards.json", "media/p.svg", "media/absent.png"):
        headers = get(server, name)[1]
        assert headers["Content-Security-Policy"].startswith("default-src 'none'")
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "no-referrer"
    policy = get(server)[1]["Content-Security-Policy"]
    assert "script-src 'self';" in policy
    assert "frame-ancestors 'none'" in policy
    assert "http:" not in policy
    assert get(server, "media/p.svg")[1]["Content-Security-Policy"].endswith("sandbox")
    assert get(server, "media/x.html")[1]["Content-Type"] == "application/octet-stream"


def test_pages_are_told_of_every_change(server: Server) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    connection.request("GET", urlsplit(server.url).path + "events")
    answer = connection.getresponse()
    assert answer.headers["Content-Type"] == "text/event-stream"

    def told() -> dict[str, Any]:
        line = answer.readline().decode()
        assert answer.readline() == b"\n"
        state: dict[str, Any] = json.loads(line.removeprefix("data: "))
        return state

    assert told() == {"version": 0, "message": ""}
    server.show(SHOWN)
    assert told() == {"version": 1, "message": ""}
    server.say("a note is broken")
    assert told() == {"version": 1, "message": "a note is broken"}
    server.show(SHOWN)
    assert told() == {"version": 2, "message": ""}
    server.close()
    assert answer.readline() == b""
    connection.close()
