"""What addresses on the web give, if it is an image: the only module that asks the web.

Notes come from strangers. So an address is asked only if its server is on the public web,
by the very address that was looked up; nothing is sent along that says who asks; and time,
size and the number of redirects are bounded. Servers are strangers as well: whatever one
answers costs one image and no more.
"""

from __future__ import annotations

import contextlib
import http.client
import ipaddress
import queue
import re
import socket
import ssl
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple
from urllib.parse import SplitResult, quote, urljoin, urlsplit

from anki_export import __version__

QUIET = 10.0
"""Seconds that a server may be silent."""
LONGEST = 30.0
"""Seconds for one request with its answer."""
REDIRECTS = 5
AT_ONCE = 4
"""Requests at a time."""
LOOKED_UP = 4
"""Addresses of one server that are tried."""
LONGEST_ADDRESS = 4_000
"""Characters."""

_SAFE = "%/:=&?~+!$,;'@()*[]|"
"""What stays in a request as a note writes it, besides letters and digits."""

_SIGNS = {
    "png": rb"\x89PNG\r\n\x1a\n",
    "jpg": rb"\xff\xd8\xff",
    "gif": rb"GIF8[79]a",
    "webp": rb"RIFF.{4}WEBP",
    "avif": rb".{4}ftypavi[fs]",
    "bmp": rb"BM",
    "ico": rb"\x00\x00\x01\x00",
    "svg": rb"(?:\xef\xbb\xbf)?\s*<(?:svg|(?:\?xml|!--|!DOCTYPE svg).{0,4000}?<svg)[\s>]",
}
"""How the files of each type begin; all are types that local images may have."""

_UNKNOWN_TYPES = ("", "application/octet-stream", "binary/octet-stream")
"""What servers say that do not know."""


class Picture(NamedTuple):
    """An image, and the extension of its type."""

    data: bytes
    extension: str


class FetchError(Exception):
    """Why an address gives no image, and what to do."""

    def __init__(self, reason: str, hint: str = "save it beside the note") -> None:
        super().__init__(reason)
        self.reason = reason
        self.hint = hint


def fetch_all(
    addresses: Sequence[str], most: int, tell: Callable[[int], None]
) -> Iterator[tuple[str, Picture | FetchError]]:
    """Ask different addresses, a few at a time; what each gives comes as it arrives.

    Args:
        addresses: where images are expected.
        most: bytes of one image.
        tell: called now and then with how many have answered.
    """
    todo = deque(addresses)
    done: queue.SimpleQueue[tuple[str, Picture | FetchError]] = queue.SimpleQueue()
    silent: dict[str, FetchError] = {}

    def work() -> None:
        with contextlib.suppress(IndexError):
            while True:
                address = todo.popleft()
                done.put((address, _outcome(address, most, silent)))

    # Daemons: an interrupted build ends at once, whatever a server does.
    workers = [threading.Thread(target=work, daemon=True) for _ in addresses[:AT_ONCE]]
    for worker in workers:
        worker.start()
    try:
        for count in range(len(addresses)):
            while True:
                tell(count)
                # A wait without limit cannot be interrupted on every system.
                with contextlib.suppress(queue.Empty):
                    found = done.get(timeout=0.5)
                    break
            yield found
    finally:
        todo.clear()
    for worker in workers:
        worker.join()


def _outcome(address: str, most: int, silent: dict[str, FetchError]) -> Picture | FetchError:
    """What an address gives; a server that was silent once is not asked again."""
    server = address.split("/")[2] if address.count("/") > 1 else ""
    if server in silent:
        return silent[server]
    try:
        return fetch(address, most)
    except FetchError as error:
        return error
    except TimeoutError:
        silent[server] = FetchError("its server does not answer", "build again later")
        return silent[server]
    except Exception as error:  # whatever a server does must not cost the other images
        reason = getattr(error, "strerror", None) or type(error).__name__
        return FetchError(reason, "build again later, or save it beside the note")


def fetch(address: str, most: int) -> Picture:
    """The image at an address, of at most ``most`` bytes.

    Raises:
        FetchError: it gives none, or must not be asked.
        TimeoutError: its server is too slow.
        OSError, HTTPException: it cannot be reached, or breaks off.
    """
    for _ in range(REDIRECTS + 1):
        found = _ask(address, most)
        if isinstance(found, Picture):
            return found
        address = urljoin(address, found)
    raise FetchError(f"more than {REDIRECTS} redirects")


def _ask(address: str, most: int) -> Picture | str:
    """What one request gives: an image, or where to ask instead."""
    parts, host, port = _server(address)
    connection = _Connection(host, port, secure=parts.scheme == "https")
    # A server that sends a byte now and then is never silent.
    alarm = threading.Timer(LONGEST, connection.hang_up)
    alarm.daemon = True
    alarm.start()
    try:
        target = quote(f"{parts.path or '/'}?{parts.query}".removesuffix("?"), safe=_SAFE)
        headers = {"User-Agent": f"anki-export/{__version__}", "Accept": "image/*"}
        connection.request("GET", target, headers=headers)
        with connection.getresponse() as response:
            found = _answer(response, most)
    except Exception:
        if not connection.late:
            raise
    finally:
        alarm.cancel()
        connection.close()
        alarm.join()
    if connection.late:
        raise TimeoutError
    return found


def _answer(response: http.client.HTTPResponse, most: int) -> Picture | str:
    location = response.getheader("Location")
    if response.status in (301, 302, 303, 307, 308) and location:
        return location
    if response.status != 200:
        raise FetchError(f"its server answers {response.status}")
    declared = (response.getheader("Content-Type") or "").partition(";")[0].strip().lower()
    if not declared.startswith("image/") and declared not in _UNKNOWN_TYPES:
        raise FetchError(f"{declared:.60}, no image", "name the image itself, not a page about it")
    if (response.length or 0) > most or len(data := response.read(most + 1)) > most:
        raise FetchError(f"larger than {most // 1_000_000} MB", "see max_media_mb")
    if response.length:
        raise FetchError("its server broke off", "build again later")
    for extension, sign in _SIGNS.items():
        if re.match(sign, data, re.DOTALL):
            return Picture(data, extension)
    raise FetchError("no image that Anki shows")


def _server(address: str) -> tuple[SplitResult, str, int | None]:
    """An address with the name and the port of its server.

    Raises:
        FetchError: it must not be asked.
    """
    try:
        parts = urlsplit(address)
        port = parts.port
        host = (parts.hostname or "").encode("idna").decode()
    except ValueError:
        raise FetchError("no web address") from None
    if parts.scheme not in ("http", "https") or not host or len(address) > LONGEST_ADDRESS:
        raise FetchError("no web address")
    if parts.username is not None or parts.password is not None:
        raise FetchError("a user's name in its address")
    return parts, host, port


class _Connection(http.client.HTTPConnection):
    """A connection to a server on the public web."""

    def __init__(self, host: str, port: int | None, *, secure: bool) -> None:
        self.default_port = 443 if secure else 80
        self._secure = secure
        self.late = False
        """Whether its time was over before it had ended by itself."""
        self._wire: socket.socket | None = None
        super().__init__(host, port or self.default_port, timeout=QUIET)

    def connect(self) -> None:
        """Connect by an address that was looked at, so that no second look-up gives another."""
        self.sock = self._wire = _reach(self.host, self.port)
        if self.late:
            raise TimeoutError
        if self._secure:
            secured = ssl.create_default_context().wrap_socket(
                self.sock, server_hostname=self.host, do_handshake_on_connect=False
            )
            self.sock = self._wire = secured
            secured.do_handshake()

    def hang_up(self) -> None:
        """End what goes on in another thread; the answer keeps the socket open for itself."""
        self.late = True
        with contextlib.suppress(OSError):
            if self._wire is not None:
                socket.socket.shutdown(self._wire, socket.SHUT_RDWR)


def _reach(host: str, port: int) -> socket.socket:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    places = [str(info[4][0]) for info in found if is_public(str(info[4][0]))][:LOOKED_UP]
    if not places:
        raise FetchError("its server is not on the public web")
    for place in places[:-1]:
        with contextlib.suppress(OSError):
            return socket.create_connection((place, port), QUIET)
    return socket.create_connection((places[-1], port), QUIET)


def is_public(address: str) -> bool:
    """Whether an IP address is one of the public web: no machine's own, no local network's."""
    ip = ipaddress.ip_address(address)
    if isinstance(ip, ipaddress.IPv6Address) and (ip.sixtofour or ip.teredo):
        return False  # an IPv4 address that could be any
    wide = ip.version == 4 or ip in _ALLOCATED
    return ip.is_global and wide and not ip.is_multicast


_ALLOCATED = ipaddress.ip_network("2000::/3")
"""The only part of IPv6 that is given to servers (IANA, IPv6 Global Unicast Address Space)."""
