"""Images on the web: what is asked for, what is kept, and that nothing else is ever asked."""

from __future__ import annotations

import hashlib
import json
import shutil
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import pytest

from anki_export import Config, build, check, cli, fetch, gather, pipeline, plan
from anki_export.cards.remote import Remote
from anki_export.model import What
from anki_export.problems import ProblemKind, Severity, UsageError, WriteError
from anki_export.report import Result
from anki_export.session import make_job
from support import requires
from support.collection import Collection, Log
from support.packages import database, media_map
from support.web import Web, served

TIME = 1_700_000_000
FETCH = Config(remote_images="fetch")
PNG = b"\x89PNG\r\n\x1a\n a knot"
OTHER = b"\x89PNG\r\n\x1a\n another knot"
SVG = b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"/>'


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> Iterator[Web]:
    """A server that passes for one of the public web."""
    monkeypatch.setattr(fetch, "is_public", lambda address: address == "127.0.0.1")
    with served() as server:
        yield server


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    folder = tmp_path / "notes"
    folder.mkdir()
    return folder


def write(notes: Path, *urls: str, name: str = "knots.md") -> None:
    """A note whose first card shows these images, from line 5 on, and whose second one is text."""
    images = "\n".join(f"![a loop]({url})" for url in urls)
    text = f"# Knots\n\n### Q: Why a bight?\n\n{images}\n\n### Q: Why splice?\n\nA knot weakens.\n"
    (notes / name).write_text(text, encoding="utf-8")


def built(notes: Path, config: Config = FETCH, **choices: Any) -> Result:
    choices = {"build_time": TIME, **choices}
    return build(notes, config=config, output=notes.parent / "deck.apkg", **choices)


def package(notes: Path) -> bytes:
    return (notes.parent / "deck.apkg").read_bytes()


def fields(notes: Path) -> str:
    with database(package(notes)) as connection:
        return "\n".join(row[0] for row in connection.execute("SELECT flds FROM notes"))


def messages(result: Result) -> list[tuple[str, int | None, str]]:
    return [(one.location.path, one.location.line, one.message) for one in result.problems]


def lock(notes: Path) -> Path:
    return notes / ".anki-export" / "images.jsonl"


def images(notes: Path) -> dict[str, bytes]:
    folder = notes / ".anki-export" / "images"
    return {path.name: path.read_bytes() for path in folder.iterdir()}


# --------------------------------------------------------------------------- what is fetched


def test_an_image_is_fetched_once_and_later_builds_ask_nobody(
    notes: Path, web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = web.gives("/a%20knot.png?size=1&q=é", PNG)
    web.answers["/a%20knot.png?size=1&q=%C3%A9"] = web.answers["/a%20knot.png?size=1&q=é"]
    write(notes, url + "#part")
    assert not built(notes).problems
    digest = hashlib.sha256(PNG).hexdigest()
    name = f"image-{digest[:20]}.png"
    assert images(notes) == {name: PNG}
    assert [json.loads(line) for line in lock(notes).read_text("utf-8").splitlines()] == [
        {"address": url + "#part", "sha256": digest, "size": len(PNG), "type": "png"}
    ]
    assert list(media_map(package(notes)).values()) == [name]
    assert f'<img alt="a loop" src="{name}">' in fields(notes)
    (sent,) = web.headers
    assert {"Cookie", "Referer", "Authorization"}.isdisjoint(sent)
    first = package(notes), lock(notes).read_bytes()
    monkeypatch.setattr(fetch, "_ask", None)  # whatever asks
    for cache in (True, False):
        again = built(notes, build_time=TIME + 60, cache=cache)
        assert not again.problems
        assert {change.what for change in again.changes} == {What.UNCHANGED}
    assert (package(notes), lock(notes).read_bytes()) == first
    shutil.copytree(notes, notes.with_name("copy"))  # as another machine gets them
    build(notes.with_name("copy"), config=FETCH, output=notes.parent / "copy.apkg", build_time=TIME)
    assert (notes.parent / "copy.apkg").read_bytes() == first[0]
    assert len(web.asked) == 1


def test_the_real_anki_shows_what_was_fetched(notes: Path, web: Web, anki: Collection) -> None:
    write(notes, web.gives("/a.png", PNG), web.gives("/b", SVG, "image/svg+xml; charset=utf-8"))
    built(notes)
    assert anki.import_package(package(notes)) == Log(2, 0, 0, 0)
    folder = anki.folder / "collection.media"
    assert {path.read_bytes() for path in folder.iterdir()} == {PNG, SVG}
    shown = "".join(map("".join, anki.sides().values()))
    assert all(f'src="{path.name}"' in shown for path in folder.iterdir())
    assert anki.check() == ""
    assert anki.import_package(package(notes)) == Log(0, 0, 2, 0)


def test_notes_share_an_address(notes: Path, web: Web) -> None:
    url = web.gives("/a.png", PNG)
    for number in range(6):
        write(notes, url, url, name=f"{number}.md")
    # The same address, but of https, which the server does not speak.
    write(notes, "//" + url.partition("//")[2], name="other.md")
    problems = [one for one in built(notes).problems if one.severity is not Severity.INFO]
    assert [one.location.path for one in problems] == ["other.md"]
    assert web.asked == ["/a.png"]
    assert set(images(notes).values()) == {PNG}


def test_a_few_are_asked_at_a_time_and_the_lock_is_sorted(notes: Path, web: Web) -> None:
    together = threading.Barrier(fetch.AT_ONCE)
    here: list[int] = []

    def wait(stream: IO[bytes]) -> None:
        here.append(1)
        assert len(here) <= fetch.AT_ONCE
        together.wait(5)
        here.pop()
        stream.write(b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n\r\n" + PNG)

    names = [f"/{number}.png" for number in range(2 * fetch.AT_ONCE)]
    urls = [web.url(name) for name in names]
    web.answers |= dict.fromkeys(names, wait)
    write(notes, *reversed(urls))
    assert not built(notes).problems
    found = [json.loads(line)["address"] for line in lock(notes).read_text("utf-8").splitlines()]
    assert found == sorted(urls)


@pytest.mark.parametrize(
    ("start", "extension"),
    [
        (b"\xff\xd8\xff\xe0", "jpg"),
        (b"GIF89a", "gif"),
        (b"RIFF\0\n\0\0WEBPVP8 ", "webp"),
        (b"\0\0\0\x20ftypavif", "avif"),
        (b"BM\0\0", "bmp"),
        (b"\0\0\1\0\1\0", "ico"),
        (b"\xef\xbb\xbf\n<svg >", "svg"),
        (b"<!-- drawn -->\n<svg>", "svg"),
        (b"<!DOCTYPE svg PUBLIC '-//W3C//DTD SVG 1.1//EN'>\n<svg>", "svg"),
    ],
)
def test_the_type_is_that_of_the_bytes(notes: Path, web: Web, start: bytes, extension: str) -> None:
    write(notes, web.gives("/download?as=png", start, "application/octet-stream"))
    assert not built(notes).problems
    assert [name.rpartition(".")[2] for name in images(notes)] == [extension]


def test_redirects_are_followed(notes: Path, web: Web) -> None:
    web.gives("/last.png", PNG)
    web.redirects("/2", "../last.png")
    write(notes, web.redirects("/1", web.url("/2")))
    assert not built(notes).problems
    assert web.asked == ["/1", "/2", "/last.png"]


# --------------------------------------------------------------------------- what is not


def failing(web: Web) -> dict[str, tuple[str, str]]:
    """Addresses that give no image, with what is said of them."""
    web.redirects("/loop", web.url("/loop"))
    web.redirects("/to-file", "file:///etc/passwd")
    web.redirects("/to-name", "http://me:word@example.org/a.png")
    web.redirects("/to-private", "http://127.0.0.2/a.png")
    large = PNG + bytes(1_000_001)
    chunks = b"%x\r\n%s\r\n0\r\n\r\n" % (len(large), large)
    web.answers["/no-http"] = b"SSH-2.0-none\r\n"
    web.answers["/nothing"] = b""
    return {
        "gone": (web.url("/gone"), "its server answers 404"),
        "page": (web.gives("/page", b"<html>", "text/html; charset=utf-8"), "text/html, no image"),
        "wrong type": (web.gives("/wrong", b"<html><svg>"), "no image that Anki shows"),
        "empty": (web.gives("/empty", b""), "no image that Anki shows"),
        "large": (web.gives("/large", large), "larger than 1 MB"),
        "large parts": (
            web.gives("/parts", chunks, Transfer_Encoding="chunked"),
            "larger than 1 MB",
        ),
        "cut off": (web.gives("/cut", PNG, Content_Length="900"), "its server broke off"),
        "no http": (web.url("/no-http"), "BadStatusLine"),
        "nothing": (web.url("/nothing"), "RemoteDisconnected"),
        "loop": (web.url("/loop"), "more than 5 redirects"),
        "to a file": (web.url("/to-file"), "no web address"),
        "to a name": (web.url("/to-name"), "a user's name in its address"),
        "to private": (web.url("/to-private"), "its server is not on the public web"),
        "name": ("http://me:word@127.0.0.1/a.png", "a user's name in its address"),
        "private": ("http://127.0.0.2/a.png", "its server is not on the public web"),
        "refused": ("http://127.0.0.1:1/a.png", "Connection refused"),
        "port": ("http://127.0.0.1:99999/a.png", "no web address"),
        "no server": ("https:///a.png", "no web address"),
        "long": (web.url("/" + "a" * 4_000), "no web address"),
        "host": (f"http://{'a' * 70}.example/a.png", "no web address"),
    }


def test_an_image_that_is_not_to_be_had_is_a_link_and_the_rest_is_done(
    notes: Path, web: Web
) -> None:
    cases = failing(web)
    write(notes, *(url for url, _ in cases.values()), web.gives("/good.png", PNG))
    config = Config(remote_images="fetch", max_media_mb=1)
    result = built(notes, config)
    assert messages(result) == [
        ("knots.md", 5 + number, f"remote image cannot be fetched ({reason}): {url}")
        for number, (url, reason) in enumerate(cases.values())
    ]
    assert {one.kind for one in result.problems} == {ProblemKind.REMOTE_IMAGE}
    assert all(one.hint for one in result.problems)
    assert result.written
    assert sum(result.cards.values()) == 2
    html = fields(notes)
    assert f'<a class="missing-media" href="{web.url("/gone")}">a loop</a>' in html
    assert html.count("<img") == 1
    assert lock(notes).read_text("utf-8").count("\n") == len(images(notes)) == 1
    asked = len(web.asked)
    web.gives("/gone", PNG)
    assert len(built(notes, config).problems) == len(cases) - 1  # each build tries once more
    assert "/good.png" not in web.asked[asked:]


@pytest.mark.parametrize("slow", ["silent", "a byte now and then", "headers now and then"])
def test_a_slow_server_is_left(
    notes: Path, web: Web, slow: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetch, "QUIET", 0.3 if slow == "silent" else 5)
    monkeypatch.setattr(fetch, "LONGEST", 5 if slow == "silent" else 0.5)
    monkeypatch.setattr(fetch, "AT_ONCE", 1)

    def dawdle(stream: IO[bytes]) -> None:
        if slow == "a byte now and then":
            stream.write(b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n\r\n" + PNG)
        elif slow != "silent":
            stream.write(b"HTTP/1.1 200 OK\r\nX-Header: ")
        while slow != "silent" and not web.released.wait(0.05):
            stream.write(b"x")
        web.released.wait(10)

    web.answers |= {"/1.png": dawdle, "/2.png": dawdle}
    write(notes, web.url("/1.png"), web.url("/2.png"))
    start = time.monotonic()
    found = messages(built(notes))
    assert time.monotonic() - start < 4
    said = "remote image cannot be fetched (its server does not answer): "
    assert found == [("knots.md", 5 + n, said + web.url(f"/{1 + n}.png")) for n in range(2)]
    assert web.asked == ["/1.png"]  # it is not waited for twice


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.9.9.9",
        "0.0.0.0",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "198.18.0.1",
        "::1",
        "::",
        "fe80::1",
        "fe80::1%eth0",
        "fc00::1",
        "fd00::1",
        "fec0::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:8.8.8.8",
        "::127.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "2001:0:4136:e378::",
        "2001:db8::1",
    ],
)
def test_no_address_of_a_local_network_is_public(address: str) -> None:
    assert not fetch.is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "185.199.108.133", "2606:50c0:8000::153"])
def test_an_address_of_a_server_is_public(address: str) -> None:
    assert fetch.is_public(address)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "[::1]", "0"])
def test_this_machine_is_never_asked(notes: Path, host: str) -> None:
    with served() as server:
        port = server.url("").rpartition(":")[2]
        write(notes, f"http://{host}:{port}/a.png")
        (one,) = built(notes).problems
        assert "its server is not on the public web" in one.message
        assert server.asked == []


@pytest.mark.parametrize("trusted", [True, False])
def test_https(notes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trusted: bool) -> None:
    openssl = shutil.which("openssl") or requires._missing("openssl is not installed")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    wish = "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=test -addext subjectAltName=IP:127.0.0.1"
    command = [openssl, *wish.split(), "-keyout", str(key), "-out", str(certificate)]
    subprocess.run(command, check=True, capture_output=True)
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    monkeypatch.setattr(fetch, "is_public", lambda _: True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with served(context) as server:
        write(notes, server.gives("/a.png", PNG))
        found = [message for _, _, message in messages(built(notes))]
    assert found == [] if trusted else "CERTIFICATE_VERIFY_FAILED" in found[0]
    assert lock(notes).exists() == trusted


@pytest.mark.parametrize(
    ("limit", "most"), [("MOST_FETCHED", 2), ("MOST_BYTES_FETCHED", 2 * len(PNG))]
)
def test_one_build_fetches_so_many_and_the_next_one_goes_on(
    notes: Path, web: Web, monkeypatch: pytest.MonkeyPatch, limit: str, most: int
) -> None:
    monkeypatch.setattr(gather, limit, most)
    monkeypatch.setattr(fetch, "AT_ONCE", 1)
    write(notes, *(web.gives(f"/{number}.png", PNG) for number in range(3)))
    (waits,) = built(notes).problems
    assert (waits.message, waits.location.line) == (
        f"remote image is not fetched yet: {web.url('/2.png')}",
        7,
    )
    assert not built(notes).problems
    assert set(web.asked) == {"/0.png", "/1.png", "/2.png"}
    assert len(images(notes)) == 1


@pytest.mark.parametrize("command", ["check", "plan", "preview", "explain"])
def test_only_a_build_asks(notes: Path, web: Web, command: str) -> None:
    write(notes, web.gives("/a.png", PNG))
    output = notes.parent / "deck.apkg"
    said: list[str] = []
    job = make_job(notes, config=FETCH, output=output)
    match command:
        case "check":
            said = [one.message for one in check(notes, config=FETCH).problems]
        case "plan":
            said = [one.message for one in plan(notes, config=FETCH, output=output).problems]
        case "preview":
            result, _ = pipeline.preview(job, lambda *_: None)
            said = [one.message for one in result.problems]
        case "explain":
            pipeline.explain(job, "knots.md")
    expected = [f"remote image is not fetched yet: {web.url('/a.png')}"]
    assert said == (expected if command != "explain" else [])
    assert web.asked == []
    assert not (notes / ".anki-export" / "images").exists()


# --------------------------------------------------------------------------- the setting


def test_another_setting_makes_the_cards_anew(notes: Path, web: Web) -> None:
    url = web.gives("/a.png", PNG)
    write(notes, url)
    shown = {
        "link": f'<a class="missing-media" href="{url}">a loop</a>',
        "text": '<span class="missing-media">a loop</span>',
        "fetch": '<img alt="a loop" src="image-',
    }
    for number, setting in enumerate(("link", "text", "fetch", "link", "fetch", "text", "link")):
        result = built(notes, Config(remote_images=setting), build_time=TIME + number)
        assert shown[setting] in fields(notes)
        assert len(result.problems) == (setting == "link")
        changed = [change.ask for change in result.changes if change.what is What.CHANGED]
        assert changed == (["Why a bight?"] if number else [])
        anew = package(notes)
        built(notes, Config(remote_images=setting), build_time=TIME + 99, cache=False)
        assert package(notes) == anew
    assert web.asked == ["/a.png"]


def test_the_default_is_a_link(notes: Path) -> None:
    write(notes, "https://example.org/a.png")
    built(notes, Config())
    before = package(notes)
    built(notes, Config(remote_images="link"))
    assert package(notes) == before


def test_an_image_fetched_in_time_comes_through_the_cache(notes: Path, web: Web) -> None:
    url = web.url("/late.png")
    write(notes, url)
    assert built(notes).problems
    web.gives("/late.png", PNG)
    result = built(notes)
    assert not result.problems
    assert sum(change.what is What.CHANGED for change in result.changes) == 1


# --------------------------------------------------------------------------- the lock


@pytest.mark.parametrize("harm", ["missing", "changed", "longer", "a folder"])
def test_a_file_that_is_not_whole_is_fetched_again(notes: Path, web: Web, harm: str) -> None:
    write(notes, web.gives("/a.png", PNG))
    built(notes)
    before, entries = package(notes), lock(notes).read_bytes()
    (file,) = (notes / ".anki-export" / "images").iterdir()
    file.unlink()
    match harm:
        case "changed":
            file.write_bytes(OTHER[: len(PNG)])
        case "longer":
            file.write_bytes(PNG * 2)
        case "a folder":
            file.mkdir()
            with pytest.raises(WriteError, match=file.name):
                built(notes)
            file.rmdir()
    assert not built(notes).problems
    assert package(notes) == before
    assert lock(notes).read_bytes() == entries
    assert file.read_bytes() == PNG


def test_another_image_at_an_address_is_an_error_until_its_line_is_removed(
    notes: Path, web: Web, capsys: pytest.CaptureFixture[str]
) -> None:
    url = web.gives("/a.png", PNG)
    write(notes, url)
    (notes / "anki-export.toml").write_text('remote_images = "fetch"\n', encoding="utf-8")
    arguments = ["build", str(notes), "-o", str(notes.parent / "deck.apkg")]
    with pytest.raises(SystemExit, match="0"):
        cli.main(arguments)
    web.gives("/a.png", OTHER)
    built(notes)  # what is kept is what counts
    assert len(web.asked) == 1
    (file,) = (notes / ".anki-export" / "images").iterdir()
    file.unlink()
    capsys.readouterr()
    with pytest.raises(SystemExit, match="1"):
        cli.main(arguments)
    said = capsys.readouterr().err
    assert "knots.md:5: error: remote image cannot be fetched again (it is another one now)" in said
    assert f"{url} (to take it, remove its line from .anki-export/images.jsonl)" in said
    assert "missing-media" in fields(notes)
    lock(notes).unlink()
    assert not built(notes).problems
    assert set(images(notes).values()) == {OTHER}


def test_a_kept_image_that_cannot_be_fetched_again_is_an_error(notes: Path, web: Web) -> None:
    write(notes, web.gives("/a.png", PNG))
    built(notes)
    shutil.rmtree(notes / ".anki-export" / "images")
    del web.answers["/a.png"]
    (one,) = built(notes).problems
    assert one.severity is Severity.ERROR
    assert "cannot be fetched again (its server answers 404)" in one.message


def test_a_lower_limit_leaves_out_what_is_kept(notes: Path, web: Web) -> None:
    write(notes, web.gives("/a.png", PNG + bytes(1_500_000)))
    built(notes)
    (one,) = built(notes, Config(remote_images="fetch", max_media_mb=1)).problems
    assert one.message == f"image too large (1.5 MB): {web.url('/a.png')}"
    assert web.asked == ["/a.png"]


ENTRY = {
    "address": "https://example.org/a.png",
    "sha256": hashlib.sha256(PNG).hexdigest(),
    "size": len(PNG),
    "type": "png",
}


@pytest.mark.parametrize(
    "line",
    [
        "<<<<<<< HEAD",
        "[]",
        "null",
        "[" * 100_000,
        '{"address": "https://example.org/b.png"}',
        json.dumps(ENTRY | {"more": 1}),
        json.dumps(ENTRY | {"sha256": "../../../../etc/passwd"}),
        json.dumps(ENTRY | {"sha256": ENTRY["sha256"].upper()}),  # type: ignore[attr-defined]
        json.dumps(ENTRY | {"sha256": f"{ENTRY['sha256']}\n"}),
        json.dumps(ENTRY | {"type": "/../../a"}),
        json.dumps(ENTRY | {"type": "html"}),
        json.dumps(ENTRY | {"type": ["png"]}),
        json.dumps(ENTRY | {"size": -1}),
        json.dumps(ENTRY | {"size": True}),
        json.dumps(ENTRY | {"size": 1.5}),
        json.dumps(ENTRY | {"size": "1"}),
        json.dumps(ENTRY | {"address": "file:///etc/passwd"}),
        json.dumps(ENTRY | {"address": "https://example.org/\ud800"}),
        json.dumps(ENTRY | {"address": 1}),
        json.dumps(ENTRY | {"size": 5}),  # another one of the same address
    ],
)
def test_a_damaged_lock_is_refused_by_its_line(notes: Path, line: str) -> None:
    write(notes, "https://example.org/a.png")
    lock(notes).parent.mkdir()
    text = f"{json.dumps(ENTRY)}\n\n{line}\n"
    lock(notes).write_text(text, encoding="utf-8")
    for command in (built, check):
        with pytest.raises(UsageError, match=r"images\.jsonl:3: ") as caught:
            command(notes, config=FETCH)
        assert caught.value.hint
    assert lock(notes).read_text("utf-8") == text
    assert check(notes).problems  # who fetches nothing needs no lock


def test_a_lock_that_is_no_text_is_refused(notes: Path) -> None:
    write(notes, "https://example.org/a.png")
    lock(notes).parent.mkdir()
    lock(notes).write_bytes(b"\xff\xfe")
    with pytest.raises(UsageError, match="it is not UTF-8 text"):
        built(notes)


def test_a_line_that_two_branches_added_counts_once(notes: Path, web: Web) -> None:
    write(notes, web.gives("/b.png", PNG), web.gives("/a.png", OTHER))
    built(notes)
    whole = lock(notes).read_text("utf-8")
    lines = whole.splitlines(keepends=True)
    lock(notes).write_text("".join(reversed(lines)) + whole, encoding="utf-8")
    write(notes, web.url("/b.png"), web.url("/a.png"), web.gives("/c.png", PNG))
    assert not built(notes).problems
    assert len(web.asked) == 3
    after = lock(notes).read_text("utf-8").splitlines(keepends=True)
    assert after[:2] == lines
    assert len(after) == 3


def test_what_another_build_has_added_stays(notes: Path) -> None:
    mine, other = Remote(notes, 1), Remote(notes, 1)
    mine.take("https://example.org/a.png", PNG, "png")
    other.take("https://example.org/b.png", OTHER, "png")
    other.take("https://example.org/a.png", OTHER, "png")
    other.save()
    mine.save()
    now = Remote(notes, 1)
    assert not now.lacks("https://example.org/b.png")
    assert not now.lacks("https://example.org/a.png")


# --------------------------------------------------------------------------- the disk


@pytest.mark.parametrize("link", [".anki-export", ".anki-export/images"])
def test_no_link_out_of_the_notes_is_followed(notes: Path, web: Web, link: str) -> None:
    outside = notes.parent / "outside"
    outside.mkdir()
    (notes / link).parent.mkdir(exist_ok=True)
    (notes / link).symlink_to(outside)
    write(notes, web.gives("/a.png", PNG))
    with pytest.raises(WriteError, match="leads out of the notes folder"):
        built(notes)
    assert list(outside.iterdir()) == []


def test_links_that_lie_in_wait_are_replaced(notes: Path, web: Web) -> None:
    write(notes, web.gives("/a.png", PNG))
    secret = notes.parent / "secret"
    secret.write_bytes(b"")
    folder = notes / ".anki-export" / "images"
    folder.mkdir(parents=True)
    name = f"image-{hashlib.sha256(PNG).hexdigest()[:20]}.png"
    for path in (lock(notes), folder / name, folder / f".{name}.new"):
        path.symlink_to(secret)
    assert not built(notes).problems
    assert secret.read_bytes() == b""
    assert images(notes) == {name: PNG}
    assert not lock(notes).is_symlink()


def test_an_interrupted_build_keeps_what_it_has(notes: Path, web: Web) -> None:

    def hang(_: IO[bytes]) -> None:
        web.released.wait(20)

    web.answers["/b.png"] = hang
    write(notes, web.gives("/a.png", PNG), web.url("/b.png"))
    steps: list[tuple[str, int, int]] = []

    def interrupt(step: str, done: int, total: int) -> None:
        steps.append((step, done, total))
        if step == "fetching images" and done == 1:
            raise KeyboardInterrupt

    job = make_job(notes, config=FETCH, output=notes.parent / "deck.apkg")
    start = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        pipeline.build(job, interrupt)
    assert time.monotonic() - start < 5
    assert ("fetching images", 0, 2) in steps
    assert not job.output.exists()
    left = sorted(path.name for path in (notes / ".anki-export").rglob("*") if path.is_file())
    assert left == [f"image-{hashlib.sha256(PNG).hexdigest()[:20]}.png", "images.jsonl"]
    web.gives("/b.png", OTHER)
    assert not built(notes).problems
    assert web.asked.count("/a.png") == 1
