"""How the time of a note grows with its size: hostile shapes, each at doubling sizes.

``python -m support.growth`` (in ``tests``) prints every shape whose time grows faster than
its size. CPU time is measured, of a process of its own for each shape, with a limit.
"""

from __future__ import annotations

import argparse
import math
import multiprocessing
import random
import signal
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from anki_export.config import Config
from anki_export.drafts import Draft
from anki_export.gather import Maker
from anki_export.notes.reader import NoteFile

Shape = Callable[[int], str]
"""A note of about so many bytes."""


def _again(unit: str, before: str = "", after: str = "") -> Shape:
    return lambda size: before + unit * (size // len(unit)) + after


def _each(line: str, before: str = "", after: str = "") -> Shape:
    """Lines that differ by their number, which stands where ``{}`` does."""
    return lambda size: (
        before + "".join(line.replace("{}", str(at)) for at in range(size // len(line))) + after
    )


def _halves(first: str, second: str) -> Shape:
    def shape(size: int) -> str:
        count = size // len(first + second)
        return first * count + second * count

    return shape


def _asked(shape: Shape) -> Shape:
    """A shape as the answer of a question, so that it becomes a card."""
    return lambda size: f"# Topic\n\n## What is it?\n\n{shape(size)}\n"


def _question(shape: Shape) -> Shape:
    """A shape as the question itself."""
    return lambda size: f"# Topic\n\n## {shape(size)}?\n\nAnswer.\n"


def _topic(shape: Shape) -> Shape:
    return lambda size: "# Topic\n\n" + shape(size)


def _cell(shape: Shape) -> Shape:
    """A shape as the cell of a comparison."""
    return lambda size: (
        f"# Topic\n\n| Name | A | B |\n|---|---|---|\n| x | {shape(size)} | b |\n| y | a | b |\n"
    )


def _nest(size: int) -> str:
    """Lists as deep as so many bytes reach."""
    depth = int(math.sqrt(size))
    return "".join("  " * at + "- a\n" for at in range(depth))


def _depths(line: str, mark: str = ">") -> Shape:
    """Lines that stand a level deeper each, thirty levels again and again."""
    return lambda size: "".join(
        mark * (1 + at % 30) + line for at in range(size // (15 + len(line)))
    )


def _references(size: int) -> str:
    half = size // 2
    return "[a] " * (half // 4) + "\n\n[a]: /" + "x" * half + "\n"


def _footnotes(size: int) -> str:
    half = size // 40
    uses = " ".join(f"a[^{at}]" for at in range(half))
    notes = "".join(f"[^{at}]: note {at}\n\n" for at in range(half))
    return f"{uses}\n\n{notes}"


def _columns(size: int) -> str:
    count = size // 12
    rows = [" a " * 1, "---", " b ", " c "]
    return "".join("|" + f"{cell}|" * count + "\n" for cell in rows)


def _square(size: int) -> str:
    side = int(math.sqrt(size / 4))
    line = "|" + " a |" * side + "\n"
    return line + "|" + "---|" * side + "\n" + line * side


def _short_rows(size: int) -> str:
    """A wide header over rows of one cell, which GFM fills up."""
    half = size // 2
    count = half // 8
    return "|" + "a|" * count + "\n|" + "---|" * count + "\n" + "|b|\n" * (half // 4)


def _table_notes(size: int) -> str:
    rows = "".join(f"| r{at} | a[^1] | b{at} |\n" for at in range(size // 18))
    return f"| Name | A | B |\n|---|---|---|\n{rows}\n[^1]: note\n"


def _table_rows(size: int) -> str:
    rows = "".join(f"| r{at} | a{at} | b{at} |\n" for at in range(size // 18))
    return f"| Name | A | B |\n|---|---|---|\n{rows}"


def _code(language: str, line: str) -> Shape:
    return _asked(lambda size: f"```{language}\n" + line * (size // len(line)) + "\n```\n")


_RUNS = {
    "blanks": " ", "tabs": "\t", "newlines": "\n", "stars": "*", "underscores": "_", "dollars": "$",
    "open-brackets": "[", "close-brackets": "]", "parens": "(", "backticks": "`", "tildes": "~",
    "angles": "<", "close-angles": ">", "bangs": "!", "image-opens": "![", "ampersands": "&",
    "entities": "&amp;", "entity-starts": "&#", "backslashes": "\\", "colons": ":", "pipes": "|",
    "equals": "=", "dashes": "-", "hashes": "#", "quotes": "'", "at-signs": "@", "digits": "1",
    "letters": "a", "cjk": "问", "cjk-marks": "？", "zero-widths": "\u200b", "combining": "e\u0301",
    "a-stars": "a*", "a-star-stars": "a**b", "star-blank": "* a ", "stars-a": "*a_ ", "under-a": "_a ",
    "star-under": "*_", "strikes": "~~a ", "double-dollars": "$$ ", "dollar-a": "$a ", "tex-opens": "\\( ",
    "tex-display": "\\[ ", "links": "[a](b) ", "link-opens": "[a](", "link-angle": "[a](<b",
    "link-titles": "[a](b \"", "link-references": "[a][b] ", "nested-links": "[a](b", "images": "![a](b.png) ",
    "footnote-opens": "[^", "inline-footnotes": "^[a", "comments": "<!-- a --> ", "comment-opens": "<!-- ",
    "comment-short": "<!--", "instructions": "<? ", "cdata": "<![CDATA[", "declarations": "<!A ",
    "tags": "<b>", "tag-attributes": "<a b='", "tags-open": "<a ", "tag-values": "<a href=\"", "divs": "<div>",
    "details": "<details><summary>a</summary>", "spans-closed": "<b>a</b> ", "autolinks": "<http://a> ",
    "bare-links": "http://a.b ", "bare-www": "www.", "bare-mail": "a@b.c ", "mail-dots": "a.b", "unclosed-auto": "<http:",
    "code-growing": "`a``b```", "hard-breaks": "a  \n", "escapes": "\\*", "braces": "{{c1::", "sounds": "[sound:",
    "checkbox": "[ ] ", "highlight": "==a ", "kbd": "<kbd>", "dot-lines": "1. ", "q-a": "Q: A: ", "qq": "Q::A ",
    "arrows": "-> ", "semicolons": "a; ", "question-marks": "? ", "and-so": "what is a? ", "emoji-names": ":a:",
    "commas": "a, ", "bold-pairs": "**a** ", "dashes-spaced": "a - ", "math-code": "$`a`$ ",
    "script": "<script>", "style": "<style>", "pre": "<pre>", "textarea": "<textarea>", "imgs": "<img src=a>",
    "tables-html": "<table><tr><td>", "lists-html": "<ul><li>", "br": "<br>", "ends": "</b>", "divs-ends": "</div>",
}  # fmt: skip

_LINES = {
    "quotes-deep": ">" , "items": "- a\n", "items-loose": "- a\n\n", "numbered": "1. a\n", "items-q": "- what is {}? it is a\n",
    "quotes": "> a\n", "quote-gaps": "> a\n\n", "rules": "---\n", "rule-text": "a\n---\n", "setext": "a {}\n===\n",
    "headings": "## Head {}\n\n", "head-empty": "##\n", "head-text": "## What is {}?\n\nit is\n\n", "head-deep": "###### What is {}?\na\n",
    "head-numbered": "## {}. What is it\n\na\n", "head-answer": "## Question {}\n\nwhat?\n\n### Answer\n\na\n\n",
    "answers": "### Answer\n\na\n\n", "answer-colon": "Answer: a\n", "answer-bold": "**Answer:** a\n\n", "question-bold": "**Question {}:** why?\n\n",
    "q-lines": "Q: what {}?\n", "qa-lines": "Q: what {}?\nA: it\n\n", "qa-colons": "Q {}::A\n", "colons-reverse": "Q {}:::A\n", "a-lines": "A: it\n",
    "options": "A. one\nB. two\n", "options-list": "- [ ] a\n- [x] b\n", "options-questions": "{}. Which?\n   - A) a\n   - B) b\n\n   Answer: A\n\n",
    "term-lines": "Term {}\n: meaning\n\n", "dash-terms": "- **Term {}**: meaning\n", "dash-plain": "- Term {}: meaning\n", "term-dash": "- Term {} - meaning\n",
    "definitions": "[a{}]: /b\n", "definitions-same": "[a]: /b\n", "definition-bad": "[a{}]: \n", "definition-title": "[a]: /b \"\n",
    "footnote-definitions": "[^a{}]: b\n\n", "footnote-lines": "[^a{}]: b\n", "bold-lines": "**What is {}?**\nit\n\n", "bold-only": "**Head {}**\n\n",
    "details-lines": "<details>\n<summary>What {}?</summary>\n\na\n\n</details>\n\n", "details-open": "<details>\n\n", "details-text": "<details>\n<summary>a</summary>\n",
    "divs-lines": "<div>\n\n", "html-lines": "<p>a\n", "comment-lines": "<!-- a -->\n\n", "comment-open-lines": "<!--\n\n", "marks": "<!-- anki: skip -->\n\na\n\n",
    "marks-open": "<!-- anki-export: off -->\n\na\n\n", "fences": "```\n", "fences-closed": "```\na\n```\n\n", "tilde-fences": "~~~\n", "containers": ":::\n", "containers-named": "::: note\n",
    "callouts": "> [!NOTE]\n> a\n\n", "callouts-nested": "> [!question]- what {}?\n> a\n\n", "admonitions": "!!! note\n    a\n\n", "indented": "    a\n", "indented-gaps": "    a\n\n",
    "math-lines": "$$\n", "math-blocks": "$$\na\n$$\n\n", "math-starts": "$$ a\n", "tex-lines": "\\[\n", "pipes-lines": "| a | b |\n", "delimiter-lines": "|---|---|\n",
    "little-tables": "| a | b |\n|---|---|\n| c{} | d |\n\n", "table-heads": "| a |\n|---|\n", "tabs-lines": "\ta\n", "paragraphs": "some words here {}\n\n", "long-paragraph": "some words here {}\n",
    "ask-paragraphs": "What is {}?\n\nit is\n\n", "images-lines": "![a{}](b.png)\n\n", "dots": "...\n", "tag-lines": "#tag{}\n", "links-lines": "- [Head {}](#head-{})\n", "see-lines": "See [[page {}]]\n\n",
    "numbers": "{}. What is it?\n\nit is\n\n", "numbers-lines": "{}. What is it?\n", "numbers-answers": "{}. a\n", "steps": "{}) a\n", "strikes-lines": "~~a {}~~\n\n", "hrs": "***\n", "plus": "+ a\n* b\n- c\n",
    "equations": "a{} = b\n", "cloze": "the {{c1::a{}}} is\n\n", "blanks-lines": "   \n", "bold-colon": "**Term {}:** meaning\n\n", "bold-item": "1. **Term {}** meaning\n",
}  # fmt: skip

_CODE = {
    "csharp": "public ", "c": "int a(", "java": "public a ", "matlab": "[a ", "ocaml": "(* ", "html": "<a ", "python": "f'{", "js": "`${", "cpp": "a<", "sql": "select (",
    "bash": "$((", "php": "<?php ", "yaml": "- a: ", "json": "[", "rust": "r#\"", "go": "func a(", "kotlin": "fun <", "scala": "def a[", "haskell": "{- ", "xml": "<a>", "css": "a{", "latex": "\\a{", "r": "a <- ", "ruby": "%q(", "perl": "s{", "swift": "\\(", "typescript": "a<", "diff": "+ a", "toml": "[a", "lua": "[=[", "dockerfile": "RUN a \\", "markdown": "> ", "console": "$ a ", "text": "a ", "mermaid": "a-->", "makefile": "$(", "clojure": "(", "elixir": "~s(", "erlang": "a(", "fsharp": "(* ", "powershell": "@{", "objective-c": "[a ", "dart": "${", "graphql": "{a(", "ini": "[a]", "nginx": "a {", "cmake": "a(", "groovy": "a(", "asm": "mov ", "verilog": "a (", "vhdl": "a ", "fortran": "a ", "prolog": "a(",
}  # fmt: skip


def _shapes() -> Iterator[tuple[str, Shape]]:
    for name, unit in _RUNS.items():
        yield f"run {name}", _asked(_again(unit))
        yield f"front {name}", _question(_again(unit.replace("\n", " ")))
        yield f"cell {name}", _cell(_again(unit.replace("\n", " ").replace("|", "\\|")))
        yield f"line {name}", _again(unit)
        yield f"item {name}", _again(unit.replace("\n", " "), "# Topic\n\n- **Term**: ")
        yield f"qa {name}", _again(unit.replace("\n", " "), "# Topic\n\nQ: ", "?\nA: b\n")
        yield f"spread {name}", _asked(_again(unit + "\n"))
    for name, line in _LINES.items():
        yield f"lines {name}", _each(line, "# Topic\n\n")
        yield f"answer {name}", _asked(_each(line))
        yield f"quoted {name}", _asked(_each("> " + line.replace("\n", "\n> ").removesuffix("> ")))
        yield (
            f"within {name}",
            _asked(_each("  " + line.replace("\n", "\n  ").rstrip(" "), "- a\n")),
        )
    for name, unit in _CODE.items():
        yield f"code {name}", _code(name, unit)
        yield f"code-lines {name}", _code(name, unit + "\n")
    for opening, closing in ("[]", "()", "<>", "{}", ("*", "*"), ("**a", "a**"), ("<b>", "</b>"),
                             ("<div>", "</div>"), ("$", "$"), ("![", "](a)"), ("[", "](a)"), ("`", "`"), ("<div>\n\n", "\n</div>\n")):  # fmt: skip
        yield f"nest {opening!r}", _asked(_halves(opening, closing))
    for name, shape in {
        "lists": _nest, "references": _references, "footnotes": _footnotes, "columns": _columns,
        "quote depths": _depths(" [!note]+ a\n"), "quote heads": _depths(" # a\nb\n"),
        "asking items": _each("- What is {}?\n  It is.\n"),
        "quote items": _again("- > a\n  b\n c\n"), "square": _square, "short rows": _short_rows, "table notes": _table_notes, "table rows": _table_rows,
    }.items():  # fmt: skip
        yield f"whole {name}", _topic(shape)
        yield f"asked {name}", _asked(shape)


SHAPES = dict(_shapes())


def mixes(count: int, seed: int) -> Iterator[tuple[str, Shape]]:
    """Shapes that nobody thought of: some units after one another, somewhere in a note."""
    draw = random.Random(seed)
    units = [*_RUNS.values(), *_LINES.values()]
    places: list[Callable[[Shape], Shape]] = [_asked, _question, _cell, _topic]
    for _ in range(count):
        unit = "".join(draw.choices(units, k=draw.randint(2, 4)))
        place = draw.randrange(len(places))
        joined = unit.replace("\n", " ").replace("|", "\\|") if 0 < place < 3 else unit
        deep = joined.endswith("\n") and draw.random() < 0.3
        shape = _depths(joined, draw.choice((">", " "))) if deep else _each(joined)
        yield f"mix {place}{' deep' * deep} {joined!r}", places[place](shape)


@dataclass(frozen=True, slots=True)
class Growth:
    """What one shape took."""

    seconds: list[float]
    """CPU time at each of the doubling sizes; infinite past the limit."""
    out: list[int]
    """Characters of the draft: cards and problems."""
    failed: str = ""

    @property
    def exponent(self) -> float:
        """How the time grows at the end: 1 is linear, 2 is quadratic."""
        if len(self.seconds) < 2:
            return math.inf
        return math.log2(max(self.seconds[-1], 1e-4) / max(self.seconds[-2], 1e-4))

    @property
    def swelling(self) -> float:
        """How the output grows at the end."""
        return math.log2(max(self.out[-1], 1) / max(self.out[-2], 1)) if len(self.out) > 1 else 0


class _OverError(BaseException):
    """A note took longer than twice the limit; no ``except Exception`` swallows it."""


def _over(number: int, frame: object) -> None:
    raise _OverError


def measure(shape: Shape, sizes: list[int], limit: float) -> Growth:
    """The times of a shape; the first that is over the limit ends it."""
    maker = Maker(Path("/nonexistent"), Config())
    seconds, out, failed = [], [], ""
    signal.signal(signal.SIGPROF, _over)
    for size in sizes:
        data = shape(size).encode()
        start = time.process_time()
        signal.setitimer(signal.ITIMER_PROF, 2 * limit)
        try:
            draft = maker.draft((NoteFile("note.md", data), None))
        except _OverError:
            draft = Draft("note.md")
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
        seconds.append(time.process_time() - start)
        out.append(sum(sum(map(len, card.fields.values())) for card in draft.cards))
        if draft.failed:
            failed = next(iter(draft.problems)).message
        if seconds[-1] > limit:
            break
    return Growth(seconds, out, failed)


def _work(job: tuple[str, list[int], float]) -> tuple[str, Growth]:
    name, sizes, limit = job
    return name, measure(SHAPES[name], sizes, limit)


def main() -> int:
    """Print what grows too fast; the exit code tells whether anything does."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=16_000)
    parser.add_argument("--doublings", type=int, default=2)
    parser.add_argument("--limit", type=float, default=4.0, help="seconds of one note")
    parser.add_argument("--floor", type=float, default=0.2, help="less is never reported")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--mixes", type=int, default=0, help="try so many random shapes instead")
    parser.add_argument("--seed", type=int, default=None, help="of the random shapes")
    parser.add_argument("words", nargs="*", help="only shapes whose name holds one of these")
    given = parser.parse_args()
    sizes = [given.size << at for at in range(given.doublings + 1)]
    if given.mixes:
        seed = random.randrange(1 << 32) if given.seed is None else given.seed
        print(f"{given.mixes} mixes of seed {seed}", flush=True)
        SHAPES.clear()
        SHAPES.update(mixes(given.mixes, seed))
    names = [n for n in SHAPES if not given.words or any(word in n for word in given.words)]
    bad = 0
    with multiprocessing.Pool(given.jobs, maxtasksperchild=20) as pool:
        jobs = [(name, sizes, given.limit) for name in names]
        for name, growth in pool.imap(_work, jobs):
            slow = growth.seconds[-1] > given.floor and growth.exponent > 1.3
            slow = slow or growth.seconds[-1] > given.limit
            large = growth.out[-1] > 200_000 and growth.swelling > 1.3
            if slow or large or growth.failed:
                bad += 1
                times = " ".join(f"{one:.2f}" for one in growth.seconds)
                print(
                    f"{name:32} {growth.exponent:5.1f}  {times} s  out {growth.out}  {growth.failed[:90]}",
                    flush=True,
                )
    print(f"{len(names)} shapes, {bad} grow too fast or fail")
    return bad > 0


if __name__ == "__main__":
    sys.exit(main())
