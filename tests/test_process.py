"""The installed console script as a process of its own: bytes, streams, signals, locales."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import filelock
import pytest

from support import requires

NOTES = {
    "网络/握手.md": """\
---
tags: [网络, 网络/握手.md]
difficulty: hard
---
# 建立连接

## 三次握手为什么不能只有两次？

因为服务端需要确认客户端收到了它的序号。

- 第一次：SYN
- 第二次：SYN-ACK
- 第三次：ACK
""",
    "net/protocols.md": """\
---
tags: [net]
difficulty: hard
---
# Protocols

| protocol | ordered | connection |
|---|---|---|
| TCP | yes | yes |
| UDP | no | no |

### Q: What does `connect()` return?

A: `0`, or `-1` and `errno`.

```c
int connect(int fd, const struct sockaddr *to, socklen_t size);
```
""",
}


@pytest.fixture(scope="module")
def script() -> str:
    found = shutil.which("anki-export", path=str(Path(sys.executable).parent))
    return found or requires._missing("the console script is not installed (pip install -e .)")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_notes(tmp_path / "project")


def write_notes(folder: Path) -> Path:
    for path, text in NOTES.items():
        file = folder / "notes" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return folder


def run(
    script: str, folder: Path, *arguments: str, **environment: str
) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [script, *arguments],
        cwd=folder,
        env={**os.environ, "SOURCE_DATE_EPOCH": "1700000000", **environment},
        capture_output=True,
        check=False,
        timeout=120,
    )


def built(folder: Path) -> tuple[bytes, bytes]:
    ledger = folder / "notes" / ".anki-export" / "ledger.jsonl"
    return (folder / "build" / "Study.apkg").read_bytes(), ledger.read_bytes()


def test_it_runs(script: str, folder: Path) -> None:
    assert run(script, folder, "--version").stdout.startswith(b"anki-export, version ")
    done = run(script, folder, "build")
    assert done.returncode == 0
    assert done.stdout.decode().startswith("2 notes, 4 cards: 2 questions, 2 comparison rows\n")
    assert done.stderr == b""
    protocols = folder / "notes/net/protocols.md"
    text = protocols.read_text(encoding="utf-8").replace("difficulty: hard", "difficulty: odd")
    protocols.write_text(text, encoding="utf-8")
    done = run(script, folder, "build")
    assert done.returncode == 0
    assert done.stderr.decode() == (
        "notes/net/protocols.md:1: warning: the difficulty `odd` is unknown; it is kept"
        " (known are easy, medium, hard)\n"
    )


def test_it_runs_as_a_module(folder: Path) -> None:
    command = [sys.executable, "-m", "anki_export", "check"]
    done = subprocess.run(command, cwd=folder, capture_output=True, check=False, timeout=120)
    assert done.returncode == 0


@pytest.mark.parametrize(
    ("arguments", "needless"),
    [
        (["--help"], {"anki_export.pipeline", "anki_export.config", "anki_export.model", "yaml"}),
        (["check"], {"genanki"}),
    ],
    ids=["help", "check"],
)
def test_a_command_imports_what_it_uses(
    folder: Path, arguments: list[str], needless: set[str]
) -> None:
    code = (
        "import atexit, sys\n"
        "atexit.register(lambda: print(*sorted(sys.modules), file=sys.stderr))\n"
        "from anki_export.__main__ import main\n"
        "main()"
    )
    command = [sys.executable, "-c", code, *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, check=False, timeout=120)
    assert done.returncode == 0
    loaded = set(done.stderr.decode().split())
    assert "anki_export.cli" in loaded
    assert not loaded & needless


def test_a_build_without_an_edit_changes_no_byte(script: str, folder: Path) -> None:
    run(script, folder, "build")
    first = built(folder)
    later = run(script, folder, "build", SOURCE_DATE_EPOCH="1800000000")
    assert "4 unchanged" in later.stdout.decode()
    assert built(folder) == first


@pytest.mark.parametrize(
    "environment",
    [
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        {"LC_ALL": "C.UTF-8", "TZ": "Pacific/Kiritimati", "PYTHONHASHSEED": "1"},
        {"LANG": "zh_CN.GB18030", "TZ": "America/Los_Angeles", "PYTHONHASHSEED": "4242"},
    ],
    ids=["no-utf-8", "east", "west"],
)
def test_the_machine_leaves_no_trace(
    script: str, folder: Path, tmp_path: Path, environment: dict[str, str]
) -> None:
    run(script, folder, "build", PYTHONHASHSEED="0", TZ="UTC")
    other = write_notes(tmp_path / "elsewhere" / "一个 folder")
    done = run(script, other, "build", **environment)
    assert done.returncode == 0, done.stderr
    assert built(other) == built(folder)


def test_a_terminal_without_unicode(script: str, folder: Path) -> None:
    (folder / "notes" / "网络" / "坏.md").write_bytes(b"\xff")
    done = run(script, folder, "build", PYTHONIOENCODING="ascii")
    assert done.returncode == 1
    assert b"Traceback" not in done.stderr
    assert done.stderr.isascii()
    data = json.loads(run(script, folder, "check", "--json", PYTHONIOENCODING="gbk").stdout)
    assert data["problems"][-1]["path"].endswith("坏.md")


def test_a_reader_that_goes_away(script: str, folder: Path) -> None:
    for stream in ("stdout", "stderr"):
        process = subprocess.Popen(
            [script, "build"],
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        closed = getattr(process, stream)
        closed.close()
        rest = process.stderr if stream == "stdout" else process.stdout
        assert rest is not None
        with rest:
            text = rest.read()
        assert process.wait(120) == 0
        assert b"Traceback" not in text
        assert b"Exception ignored" not in text
    assert built(folder)


@pytest.fixture
def heeded() -> Iterator[None]:
    """A program started here heeds SIGINT, even if the tests run where it is ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.skipif(os.name == "nt", reason="no SIGINT for another process")
@pytest.mark.usefixtures("heeded")
def test_ctrl_c_leaves_nothing_behind(script: str, folder: Path) -> None:
    settings = folder / "notes" / ".anki-export"
    settings.mkdir()
    with filelock.FileLock(settings / "lock"):
        process = subprocess.Popen(
            [script, "build"],
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        # It writes its settings right before it waits for the lock.
        until = time.monotonic() + 60
        while not (settings / ".gitignore").exists() and time.monotonic() < until:
            time.sleep(0.02)
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert out == b""
    assert err.decode().strip() == "interrupted; nothing half-written is left"
    assert not (folder / "build").exists()


def test_a_second_build_waits_for_the_first(script: str, folder: Path) -> None:
    settings = folder / "notes" / ".anki-export"
    settings.mkdir()
    with filelock.FileLock(settings / "lock"):
        process = subprocess.Popen([script, "build", "--quiet"], cwd=folder)
        time.sleep(1.5)
        assert process.poll() is None
    assert process.wait(60) == 0


@pytest.mark.skipif(os.name == "nt", reason="no pseudo-terminals")
def test_colour_and_bars_only_on_a_terminal(script: str, folder: Path) -> None:
    (folder / "notes/odd.md").write_text(
        "---\ndifficulty: odd\n---\n### Q: a?\nb\n", encoding="utf-8"
    )
    plain = run(script, folder, "build", TERM="xterm-256color")
    assert b"\x1b" not in plain.stdout + plain.stderr
    shown = in_terminal(script, folder)
    assert b"\x1b[33mwarning\x1b[0m" in shown or b"\x1b[33m: warning: \x1b[0m" in shown
    assert b"\x1b" not in in_terminal(script, folder, NO_COLOR="1", TERM="dumb")


def in_terminal(script: str, folder: Path, **environment: str) -> bytes:
    """What the script writes to a terminal, stdout and stderr together."""
    import pty  # noqa: PLC0415 - not on Windows

    ours, theirs = pty.openpty()
    settings = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "CI")}
    process = subprocess.Popen(
        [script, "build"],
        cwd=folder,
        env={**settings, "TERM": "xterm-256color", **environment},
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    shown = b""
    while True:
        try:
            part = os.read(ours, 65536)
        except OSError:
            break
        if not part:
            break
        shown += part
    os.close(ours)
    assert process.wait(60) == 0
    return shown
