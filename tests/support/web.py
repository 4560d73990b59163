"""A web server of this machine, for tests of what is fetched: it answers as a test says."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import IO

Answer = Callable[[IO[bytes]], None]
"""Writes a whole answer, its first line included."""


class Web:
    """What the server answers by path, and which paths it was asked for."""

    def __init__(self, port: int, scheme: str) -> None:
        self.answers: dict[str, bytes | Answer] = {}
        self.asked: list[str] = []
        self.headers: list[dict[str, str]] = []
        self._root = f"{scheme}://127.0.0.1:{port}"
        self.released = threading.Event()
        """Set at the end: what waits for it holds no test up."""

    def url(self, path: str) -> str:
        return self._root + path

    def gives(
        self, path: str, body: bytes, kind: str = "image/png", status: int = 200, **headers: str
    ) -> str:
        """Let a path give this; gives back its address."""
        lines = [f"HTTP/1.1 {status} Whatever", f"Content-Type: {kind}", "Connection: close"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        if not {"Content_Length", "Transfer_Encoding"} & headers.keys():
            lines.append(f"Content-Length: {len(body)}")
        self.answers[path] = "\r\n".join(lines).encode() + b"\r\n\r\n" + body
        return self.url(path)

    def redirects(self, path: str, to: str) -> str:
        return self.gives(path, b"", "text/html", 302, Location=to)


@contextmanager
def served(context: ssl.SSLContext | None = None) -> Iterator[Web]:
    """A server on a free port, of https with a context."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            web.asked.append(self.path)
            web.headers.append(dict(self.headers.items()))
            answer = web.answers.get(self.path, b"HTTP/1.1 404 Gone\r\nContent-Length: 0\r\n\r\n")
            self.close_connection = True
            try:
                if isinstance(answer, bytes):
                    self.wfile.write(answer)
                else:
                    answer(self.wfile)  # type: ignore[arg-type]
            except OSError:
                pass  # whoever asked has hung up

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def finish_request(self, request: object, client_address: object) -> None:
            if context is not None:
                try:
                    request = context.wrap_socket(request, server_side=True)  # type: ignore[arg-type]
                except OSError:
                    return
            super().finish_request(request, client_address)  # type: ignore[arg-type]
            if context is not None:
                request.close()  # type: ignore[attr-defined]

    server = Server(("127.0.0.1", 0), Handler)
    web = Web(server.server_address[1], "https" if context else "http")
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield web
    finally:
        web.released.set()
        server.shutdown()
        server.server_close()
        thread.join()
