"""The page's server: this machine only, one secret address, nothing but what was made for it.

The cards come from notes that somebody else may have written, and any page in the same browser
can send requests to this port. So the address holds a secret, a request must name this host
(or a name that was bound to 127.0.0.1 later could read the page), every answer says what it
may load, and media come from memory by their names: no path of a request reaches the disk.
"""

from __future__ import annotations

import json
import secrets
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple, Self
from urllib.parse import unquote, urlsplit

from anki_export.preview.page import POLICY, Content, asset, media_type
from anki_export.problems import UsageError

HOST = "127.0.0.1"

PAGE_POLICY = (
    POLICY.format(script="'self'", style="'self' ", own="'self'", media="'self' data:")
    + "; frame-ancestors 'none'"
)
FILE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
"""Of media that are opened on their own: a picture may be a document with scripts (SVG)."""

HEARTBEAT = 15.0
"""Seconds after which a silent page is asked whether it is still there."""


class Answer(NamedTuple):
    """What a request gets."""

    kind: str
    body: bytes
    policy: str = FILE_POLICY


class Server:
    """Serves the preview on a port of this machine until it is closed.

    Raises:
        UsageError: the port cannot be used.
    """

    def __init__(self, port: int = 0) -> None:
        self._secret = secrets.token_urlsafe(16)
        self._news = threading.Condition()
        self._content: Content | None = None
        self._index = b""
        self._state: dict[str, Any] = {"version": 0, "message": ""}
        self._closed = False
        try:
            self._http = _Http((HOST, port), _handler(self))
        except OSError as error:
            raise UsageError(f"port {port} cannot be used: {error.strerror}") from error
        self.port: int = self._http.server_address[1]
        self.url = f"http://{HOST}:{self.port}/{self._secret}/"
        threading.Thread(target=self._http.serve_forever, args=(0.05,), daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def show(self, content: Content) -> None:
        """Let every open page show this."""
        index = json.dumps(content.index, ensure_ascii=False).encode()
        with self._news:
            self._content, self._index = content, index
            self._tell(version=self._state["version"] + 1, message="")

    def say(self, message: str) -> None:
        """Let every open page show a line above what it has, or why there is nothing new."""
        with self._news:
            self._tell(message=message)

    def _tell(self, **state: Any) -> None:
        self._state = {**self._state, **state}
        self._news.notify_all()

    def close(self) -> None:
        """Serve no longer."""
        with self._news:
            self._closed = True
            self._news.notify_all()
        self._http.shutdown()
        self._http.server_close()

    # ---- for the handler

    def is_ours(self, host: str) -> bool:
        """Whether a request's ``Host`` names this server as only this machine can."""
        return host in {f"{HOST}:{self.port}", f"localhost:{self.port}"}

    def inside(self, target: str) -> str | None:
        """What a request asks for below the secret address, or None outside of it."""
        path = unquote(urlsplit(target).path)
        _, secret, *rest = (*path.split("/", 2), "")
        if not secrets.compare_digest(secret.encode(), self._secret.encode()) or len(rest) < 2:
            return None
        return rest[0]

    def answer(self, name: str) -> Answer | None:
        """What lies at a name."""
        content = self._content
        if name in {"", "page.css", "page.js"}:
            kind = {"": "text/html", "page.css": "text/css"}.get(name, "text/javascript")
            return Answer(
                f"{kind}; charset=utf-8", asset(name or "page.html").encode(), PAGE_POLICY
            )
        if content is None:
            return None
        head, _, rest = name.partition("/")
        if name == "cards.json":
            return _json(self._index)
        if name == "sides.json":
            return _json(content.all_sides())
        if head == "card" and (sides := content.sides(rest)):
            return _json(sides)
        if head == "media" and rest in content.media:
            return Answer(media_type(rest), content.media[rest].data)
        return None

    def wait(self, seen: dict[str, Any] | None) -> dict[str, Any] | None:
        """The state once it differs from *seen*, the same after a while, None at the end."""
        with self._news:
            if self._state == seen and not self._closed:
                self._news.wait(HEARTBEAT)
            return None if self._closed else self._state


def _json(value: Any) -> Answer:
    body = value if isinstance(value, bytes) else json.dumps(value, ensure_ascii=False).encode()
    return Answer("application/json; charset=utf-8", body)


class _Http(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        # A browser that leaves a page drops what it is still loading.
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


def _handler(server: Server) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        server_version = "anki-export"
        sys_version = ""

        def do_GET(self) -> None:
            name = server.inside(self.path)
            if not server.is_ours(self.headers.get("Host", "")) or name is None:
                self._send(403, Answer("text/plain", b"not yours\n"))
            elif name == "events":
                self._stream()
            elif found := server.answer(name):
                self._send(200, found)
            else:
                self._send(404, Answer("text/plain", b"not found\n"))

        def _send(self, status: int, answer: Answer) -> None:
            self._head(status, answer.kind, answer.policy)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)

        def _head(self, status: int, kind: str, policy: str) -> None:
            self.send_response(status)
            for name, value in (
                ("Content-Type", kind),
                ("Content-Security-Policy", policy),
                ("X-Content-Type-Options", "nosniff"),
                ("Referrer-Policy", "no-referrer"),
                ("Cross-Origin-Resource-Policy", "same-origin"),
                ("Cross-Origin-Opener-Policy", "same-origin"),
                ("Cache-Control", "no-store"),
            ):
                self.send_header(name, value)

        def _stream(self) -> None:
            """Tell the page of every change (server-sent events, HTML standard 9.2)."""
            self._head(200, "text/event-stream", FILE_POLICY)
            self.end_headers()
            self.close_connection = True
            seen: dict[str, Any] | None = None
            while (state := server.wait(seen)) is not None:
                line = ":" if state == seen else f"data: {json.dumps(state)}"
                seen = state
                self.wfile.write(f"{line}\n\n".encode())
                self.wfile.flush()

        def log_message(self, *args: Any) -> None:
            pass

    return Handler
