"""The reviewer's page on a local port: what aqt builds, with the cards of a package and their media."""

from __future__ import annotations

import json
import sys
import threading
from dataclasses import asdict, dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from mimetypes import guess_type
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from support import requires

PHONE = 500
"""CSS pixels below which a page is laid out as a phone does."""


@dataclass(frozen=True, slots=True)
class RenderedSides:
    """Both sides of a card as the reviewer gets them; ``name`` is for messages."""

    name: str
    question: str
    answer: str


@dataclass(frozen=True)
class Deck:
    """The cards of a package, and the folder of their media."""

    cards: tuple[RenderedSides, ...]
    media: Path


# What the reviewer's scripts and style sheets need; the bridge to Qt leads nowhere.
_PAGE = """<!doctype html>
<html class="{html_class}" dir="ltr" data-bs-theme="{theme}">
<head>
<title>Reviewer</title>
{viewport}
<base href="/">
<link rel="stylesheet" href="/_anki/css/webview.css">
<style>html {{ font-family: sans-serif }}</style>
<link rel="stylesheet" href="/_anki/css/reviewer.css">
</head>
<body class="{body_class}">
<script>window.bridgeCommand = () => {{}};</script>
<script src="/_anki/js/webview.js"></script>
<script src="/_anki/js/reviewer.js"></script>
<div id="qa" dir="auto"></div>
<script src="/_tests/anki_page.js"></script>
</body>
</html>"""

_FRAME = """<!doctype html><style>body {{ margin: 0 }} iframe {{ border: 0 }}</style>
<iframe src="/_page/{width}/{theme}" style="width: {width}px; height: {height}px"></iframe>"""


def _page(width: int, night: bool) -> str:
    phone = width < PHONE
    classes = ["night-mode"] * night + ["mobile"] * phone
    return _PAGE.format(
        html_class=" ".join(classes),
        theme="dark" if night else "light",
        viewport='<meta name="viewport" content="width=device-width">' if phone else "",
        body_class=body_class(night, card=False),
    )


def body_class(night: bool, *, card: bool = True) -> str:
    """Return what the reviewer sets on ``<body>`` (aqt's ``body_classes_for_card_ord``)."""
    classes = ["card", "card1"] * card + ["isLin"] + ["nightMode", "night_mode"] * night
    return " ".join([*classes, "fancy"])


class _Http(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        # A browser that leaves a page drops what it is still loading.
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class Server:
    """Serves the reviewer's page, its files and the cards' media on a free local port."""

    def __init__(self) -> None:
        self.web = requires.require_reviewer()
        self.decks: list[Deck] = []
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                found = server.answer(unquote(self.path.partition("?")[0]))
                self.send_response(200 if found else 404)
                kind, body = found or ("text/plain", b"not found")
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args: Any) -> None:
                pass

        self._http = _Http(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._http.server_address[1]}"
        self._thread = threading.Thread(target=self._http.serve_forever, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def number_of(self, deck: Deck) -> int:
        if deck not in self.decks:
            self.decks.append(deck)
        return self.decks.index(deck)

    def answer(self, path: str) -> tuple[str, bytes] | None:
        """Return type and content of what lies at ``path``."""
        head, _, rest = path.lstrip("/").partition("/")
        if head in {"_page", "_frame"}:
            width, theme = rest.split("/")
            night = theme == "dark"
            text = (
                _page(int(width), night)
                if head == "_page"
                else _FRAME.format(width=width, theme=theme, height=700)
            )
            return "text/html; charset=utf-8", text.encode()
        if head == "_deck":
            cards = [asdict(card) for card in self.decks[int(rest)].cards]
            return "application/json", json.dumps(cards).encode()
        if head in {"_anki", "_tests"}:
            files = [(self.web if head == "_anki" else Path(__file__).parent) / rest]
        else:
            files = [deck.media / path.lstrip("/") for deck in self.decks]
        for file in files:
            if file.is_file():
                return guess_type(file.name)[0] or "application/octet-stream", file.read_bytes()
        return None
