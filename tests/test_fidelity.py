"""Our Markdown against GitHub's parser: examples, generated documents, the corpus."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.fidelity import NEEDED, measure
from support.oracle import compare
from support.spec_examples import NAMES, examples
from support.tries import tries

ROOT = Path(__file__).parents[1]
CORPUS = ROOT.parent / "shared" / "corpus"
PAGE = ROOT / "docs" / "fidelity.md"

NEEDED_OF_EXAMPLES = 0.9

RULES = {"dashes under a paragraph", "unknown tags", "math", "syntax of other tools"}
"""Classes of examples that the comparison knows by itself."""


# --------------------------------------------------------------------------- examples


def listed() -> dict[str, dict[int, str]]:
    """The examples that differ according to the documentation, with their class."""
    found: dict[str, dict[int, str]] = {name: {} for name in NAMES}
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 3 and all(re.fullmatch(r"[\d ]+", cell) for cell in cells[1:]):
            for name, numbers in zip(NAMES, cells[1:], strict=True):
                found[name] |= {int(number): cells[0] for number in numbers.split()}
    return found


@pytest.mark.parametrize("name", NAMES)
def test_the_examples_of_a_specification(name: str) -> None:
    all_examples = examples(name)
    known = listed()[name]
    reasons = {e.number: compare(e.lines).reason for e in all_examples}
    differing = {number: reason for number, reason in reasons.items() if reason}
    assert set(differing) == set(known)
    assert 1 - len(differing) / len(all_examples) >= NEEDED_OF_EXAMPLES
    for number, reason in differing.items():
        if reason != "different":
            assert known[number] == reason in RULES


# --------------------------------------------------------------------------- generated

WORDS = st.sampled_from(
    ["one", "two three", "中文", "`code`", "**bold**", "*em*", "~~gone~~", "[link](https://x.example)",
     "![image](a.png)", "www.example.org", "me@example.org", "a  \nb", "a\\\nb", "a_b_c", "&amp;",
     "\\*", "https://example.org/a?b=c", "2 * 3", "[label]", "1.", "a | b", "note[^n]"]
)  # fmt: skip


@st.composite
def paragraphs(draw: st.DrawFn) -> list[str]:
    text = " ".join(draw(st.lists(WORDS, min_size=1, max_size=4)))
    return text.split("\n")


@st.composite
def fences(draw: st.DrawFn) -> list[str]:
    mark = draw(st.sampled_from(["```", "~~~~", "```py"]))
    lines = draw(
        st.lists(st.sampled_from(["x = 1", "  y", "", "# no heading", "- no list"]), max_size=3)
    )
    return [mark, *lines, mark.rstrip("py")]


@st.composite
def tables(draw: st.DrawFn) -> list[str]:
    width = draw(st.integers(1, 3))
    cell = st.sampled_from(["a", "`b`", "**c**", "", "d \\| e", "中"])
    # Behind a table without rows GitHub takes the list around it for loose: not our matter.
    rows = draw(st.lists(st.lists(cell, min_size=1, max_size=4), min_size=1, max_size=3))
    head = draw(st.lists(cell, min_size=width, max_size=width))
    marks = draw(st.lists(st.sampled_from(["---", ":-:", "-:"]), min_size=width, max_size=width))
    return ["| " + " | ".join(row) + " |" for row in (head, marks, *rows)]


def prefixed(block: list[str], first: str) -> list[str]:
    """A block inside a container: the prefix on its first line, blanks on the others."""
    rest = first if first.startswith(">") else " " * len(first)
    return [(rest if i else first) + line for i, line in enumerate(block)]


LEAVES = st.one_of(
    paragraphs(),
    paragraphs(),
    paragraphs().map(lambda lines: ["## " + lines[0]]),
    fences(),
    tables(),
    st.just(["***"]),
    st.just(["    indented"]),
)


@st.composite
def containers(draw: st.DrawFn, inner: st.SearchStrategy[list[str]]) -> list[str]:
    mark = draw(
        st.sampled_from(["- ", "* ", "1. ", "2. ", "10) ", "> ", "- [ ] ", "- [x] ", "+   "])
    )
    blocks = draw(st.lists(inner, min_size=1, max_size=3))
    if "[" in mark:
        blocks[0] = ["task", *blocks[0]]
    gap = draw(st.sampled_from([[], [""]]))
    body = [line for i, block in enumerate(blocks) for line in ([*gap, *block] if i else block)]
    if "[" in mark:
        return [mark + body[0], *("  " + line for line in body[1:])]
    return prefixed(body, mark)


DOCUMENTS = st.lists(
    st.recursive(LEAVES, containers, max_leaves=6), min_size=1, max_size=5
).flatmap(
    lambda blocks: st.lists(
        st.sampled_from([[], [""], ["", ""]]), min_size=len(blocks), max_size=len(blocks)
    ).map(lambda gaps: [line for b, g in zip(blocks, gaps, strict=True) for line in (*b, *g)])
)


@tries(400)
@given(DOCUMENTS)
def test_generated_documents_are_as_on_github(lines: list[str]) -> None:
    verdict = compare([*lines, "", "[label]: https://label.example", "", "[^n]: the note"])
    assert verdict.equal, "\n".join([*lines, "", repr(verdict.github), repr(verdict.ours)])


# --------------------------------------------------------------------------- the corpus


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus does not lie beside the checkout")
def test_the_corpus() -> None:
    result = measure(CORPUS)
    assert result.counts["plain"].total > 1000
    assert result.share >= NEEDED
