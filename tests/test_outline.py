from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anki_export.markdown import Outline
from anki_export.model import SourceNote
from anki_export.notes.outline import outline


def outline_of(text: str, path: str = "a/名 [x]_y.md") -> Outline:
    return outline(SourceNote(path, tuple(text.split("\n")), 1))


def names(text: str) -> list[tuple[int, str, int, int]]:
    return [(s.level, s.name, s.start, s.end) for s in outline_of(text).sections]


def test_sections_span_their_lines() -> None:
    assert names("# A\n## B\nx\n### C\n## D\n# E") == [
        (1, "A", 0, 5),
        (2, "B", 1, 4),
        (3, "C", 3, 4),
        (2, "D", 4, 5),
        (1, "E", 5, 6),
    ]


def test_parents() -> None:
    found = outline_of("x\n# A\n### B\nx\n## C\nx")
    assert [s.parent and s.parent.name for s in found.sections] == [None, "A", "A"]
    assert [(s.start, s.end) for s in found.sections] == [(1, 6), (2, 4), (4, 6)]


@pytest.mark.parametrize(
    "text",
    [
        "```\n# x\n```",
        "````\n```\n# x\n````",
        "~~~~ md\n~~~\n# x\n~~~~",
        "- item\n  ```\n  # x\n  ```",
        "1. item\n\n   ```py\n   # x\n   ```",
        "```\n# never closed",
        "<!--\n# x\n-->",
        "<!-- a\n\n# x -->",
        "$$\n# x\n$$",
        "$$\na\n# x\n$$",
        "\\[\n# x\n\\]",
        "- item\n  # x",
        "> # x",
        "    # x",
        "#x",
        "####### x",
        "paragraph\n---",
        "paragraph\n-",
    ],
)
def test_what_is_no_heading(text: str) -> None:
    assert [name for _, name, *_ in names(text)] == []


@pytest.mark.parametrize("text", ["# x", "   # x ##", "x\n===", "x\n=", "#\tx", "# x\n```"])
def test_what_is_a_heading(text: str) -> None:
    assert [n[:2] for n in names(text)] == [(1, "x")]


def test_an_unclosed_formula_hides_no_heading() -> None:
    assert [n[1] for n in names("$$\nx = 1\n\n## A\n\ntext\n\n$$\ny\n$$")] == ["A"]


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("text\n# T `x`\n# U", "T `x`"),
        ("## no\n", "名 &#91;x&#93;\\_y"),
        ("", "名 &#91;x&#93;\\_y"),
        ("#\n# T", "T"),
    ],
)
def test_title(text: str, title: str) -> None:
    assert outline_of(text).title == title


LINES = st.lists(
    st.sampled_from(
        ["# a", "## b?", "x", "", "---", "===", "```", "~~~~", "- i", "  - j", "1. k", "> q",
         "| a | b |", "|---|---|", "$$", "<!--", "-->", "<div>", "\t t", "    c", "[a]: b", "\\["]
    ),
    max_size=30,
)  # fmt: skip


@given(LINES)
def test_the_tree_covers_every_line_once(lines: list[str]) -> None:
    document = outline_of("\n".join(lines)).document
    for block in document.root.walk():
        assert block.start <= block.end
        last = block.start
        for child in block.children:
            assert last <= child.start
            last = child.end
        assert last <= block.end or block.kind == "document"
    texts = [i for b in document.root.walk() for i, _ in b.text]
    assert len(texts) == len(set(texts))


@pytest.mark.parametrize(
    ("path", "title"),
    [("net/README.md", "net"), ("net/index.md", "net"), ("README.md", "README"), ("a/b.md", "b")],
)
def test_a_readme_is_called_by_its_folder(path: str, title: str) -> None:
    assert outline_of("text", path).title == title
    assert outline_of("# Name", path).title == "Name"


def test_the_front_matter_names_a_note() -> None:
    note = SourceNote("a.md", ("# Heading",), 4, {"title": "A *given* one"})
    assert outline(note).title == r"A \*given\* one"
    assert outline(SourceNote("a.md", ("# Heading",), 4, {"title": None})).title == "Heading"
