"""Syntax of other tools: what is shown is in ``cases/render``; here, what else holds."""

from __future__ import annotations

import subprocess
import sys

import pytest

from anki_export.markdown import Rules, parse
from support.oracle import compare, ours

OTHERS = [
    "==a==", "%%a%%", "%%\na\n%%", "[[a note|b]]", "![[a note]]", ":rocket:", "a ^abc123",
    "#flashcards/a", "> [!note]\n> a", "::: tip\na\n:::",
]  # fmt: skip


@pytest.mark.parametrize("text", OTHERS)
def test_the_rule_is_all_that_differs_from_github(text: str) -> None:
    lines = text.split("\n")
    assert compare(lines).reason == "syntax of other tools"
    assert ours(lines)[0] != ours(lines, Rules(tools=False))[0]


def test_a_heading_in_a_container_is_a_heading_of_the_note() -> None:
    lines = ["# a", "::: tip", "## b", "text", ":::", "> [!note]", "> ## c"]
    root = parse(lines).root
    assert [(b.kind, b.start, b.end) for b in root.children] == [
        ("heading", 0, 1), ("html", 1, 2), ("heading", 2, 3), ("paragraph", 3, 4), ("html", 4, 5),
        ("quote", 5, 7),
    ]  # fmt: skip


@pytest.mark.parametrize("depth", [3, 200])
def test_containers_as_deep_as_you_like_lose_no_text(depth: int) -> None:
    lines = [f"{':' * (3 + depth - i)} tip" for i in range(depth)]
    lines += ["within", *(":" * (4 + i) for i in range(depth))]
    html, _ = ours(lines)
    assert "within" in html
    assert html.count("<div") == html.count("</div>")


def test_the_table_of_emoji_is_read_when_a_code_is_met() -> None:
    script = (
        "import sys\nfrom anki_export.markdown import parse_inline\n"
        "parse_inline('*a* 12:30:45 ==b==')\nassert 'pymdownx.gemoji_db' not in sys.modules\n"
        "parse_inline(':rocket:')\nassert 'pymdownx.gemoji_db' in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True)
