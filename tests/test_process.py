"""The installed console script as a process of its own: bytes, streams, signals, locales."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
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


SHELL = pytest.mark.skipif(os.name == "nt", reason="a shell of Unix")


def sh(script: str, folder: Path, line: str, **environment: str) -> tuple[int, str, str]:
    """Run a line of shell in which `$X` is the script."""
    done = subprocess.run(
        ["sh", "-c", line],
        cwd=folder,
        env={**os.environ, "X": script, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    return done.returncode, done.stdout, done.stderr


@SHELL
@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-", ">&- 2>&- <&-"])
def test_streams_that_are_closed_from_the_start(script: str, folder: Path, closed: str) -> None:
    code, out, err = sh(script, folder, f'"$X" build {closed}')
    assert code == 0
    assert "Traceback" not in out + err
    assert built(folder)


@SHELL
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no full device")
@pytest.mark.parametrize("flag", ["", "--json"])
def test_results_that_find_no_space_are_no_success(script: str, folder: Path, flag: str) -> None:
    code, _out, err = sh(script, folder, f'"$X" build {flag} >/dev/full')
    assert (code, err) == (3, "error: cannot write the results: No space left on device\n")
    assert built(folder)


@SHELL
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no full device")
def test_messages_that_find_no_space_cost_only_themselves(script: str, folder: Path) -> None:
    (folder / "notes" / "bad.md").write_bytes(b"\xff")
    code, out, _err = sh(script, folder, '"$X" build 2>/dev/full')
    assert code == 1
    assert "4 cards" in out


@SHELL
def test_completion_for_the_shell(script: str, folder: Path) -> None:
    code, out, err = sh(script, folder, '"$X"', _ANKI_EXPORT_COMPLETE="bash_source")
    assert (code, err) == (0, "")
    assert "complete -o nosort" in out
    words = {"COMP_WORDS": "anki-export bu", "COMP_CWORD": "1"}
    shown = sh(script, folder, '"$X"', _ANKI_EXPORT_COMPLETE="bash_complete", **words)
    assert shown == (0, "plain,build\n", "")
    assert sh(script, folder, '"$X"', _ANKI_EXPORT_COMPLETE="odd_source") == (2, "", "")


@pytest.mark.parametrize("columns", ["0", "-1", "1", "99999", "x"])
def test_any_width(script: str, folder: Path, columns: str) -> None:
    for arguments in (("build",), ("plan",), ("--help",)):
        done = run(script, folder, *arguments, COLUMNS=columns, LINES=columns)
        assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.skipif(os.name == "nt", reason="no signals for another process")
@pytest.mark.usefixtures("heeded")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_leaves_nothing_behind(folder: Path, number: signal.Signals, code: int) -> None:
    settings = folder / "notes" / ".anki-export"
    settings.mkdir()
    with filelock.FileLock(settings / "lock"):
        process = subprocess.Popen(
            [sys.executable, "-m", "anki_export", "build"],
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        # It writes its settings right before it waits for the lock.
        until = time.monotonic() + 60
        while not (settings / ".gitignore").exists() and time.monotonic() < until:
            time.sleep(0.02)
        time.sleep(0.3)
        process.send_signal(number)
        out, err = process.communicate(timeout=60)
    assert process.returncode == code
    assert out == b""
    assert err.decode().strip() == "interrupted; nothing half-written is left"
    assert not (folder / "build").exists()


@pytest.mark.skipif(os.name == "nt", reason="no timers that signal")
def test_an_interruption_of_a_callback_is_not_lost() -> None:
    script = """
import sys, time, weakref
from anki_export.__main__ import interrupt_again
sys.unraisablehook = interrupt_again
def interrupted(_):
    raise KeyboardInterrupt
class Module: pass
module = Module()
watch = weakref.ref(module, interrupted)
try:
    del module
    time.sleep(20)
except KeyboardInterrupt:
    print("heeded")
"""
    done = subprocess.run(
        (sys.executable, "-c", script), check=False, capture_output=True, text=True, timeout=60
    )
    assert (done.stdout, done.stderr) == ("heeded\n", "")


@pytest.mark.skipif(os.name == "nt", reason="no signals for another process")
@pytest.mark.usefixtures("heeded")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_at_any_time_ends_with_its_code(
    folder: Path, number: signal.Signals, code: int
) -> None:
    """While it imports, reads, builds, writes, or when it is done already."""
    marker = "from anki_export.__main__ import main\nprint('on', flush=True)\nmain()"
    for delay in (0.0, 0.01, 0.03, 0.06, 0.1, 0.2, 0.3, 0.5):
        process = subprocess.Popen(
            [sys.executable, "-c", marker, "build", "-q"],
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        assert process.stdout is not None
        assert process.stdout.readline() == b"on\n"
        time.sleep(delay + 0.005)  # it says so right before it starts
        process.send_signal(number)
        _out, err = process.communicate(timeout=60)
        assert process.returncode in (0, code), (delay, err)
        assert b"Traceback" not in err


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
