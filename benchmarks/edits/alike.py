"""Notes whose questions all read the same, and edits of them.

A quiz that asks "What's the output?" thirty times, examples under counted headings, marked
questions of one wording, tables of one shape: only code, answer or cells tell which is which,
and numbers and order shift with every insertion. Such a note is written beside a note of the
folder, built, edited as a list of blocks, and built again.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.code import code
from benchmarks.edits.folder import Folder
from benchmarks.edits.trial import Trial, Trials
from benchmarks.edits.truth import Edit, Edited, Line, Place, fresh
from benchmarks.words import Words

NUMBER = "{n}"
"""Stands for a block's number wherever the note counts."""

Block = list[Line]
Blocks = list[Block]


@dataclass(frozen=True, slots=True)
class Style:
    """How every block of a note is written."""

    heading: str
    """Begins every block, counted or not."""
    ask: str
    """A line that asks, if the heading does not."""
    body: Callable[[Words, random.Random], list[str]]
    code_asks: bool = False
    """Whether the code is what is asked: other code in the same place is another question."""

    def block(self, words: Words, chance: random.Random) -> Block:
        """Return a new block, its numbers still open."""
        ask = ["", self.ask] if self.ask else []
        heading = [self.heading] if self.heading else []
        return fresh(*heading, *ask, "", *self.body(words, chance), "")


def _quiz_body(words: Words, chance: random.Random) -> list[str]:
    """Code, often options, and an answer that may be the same letter as many others'."""
    letter = chance.choice("ABCD")
    lines = [*code(words, chance, chance.randint(3, 12)), ""]
    if chance.random() < 0.6:
        lines += [f"- {option}: `{words.identifier()}`" for option in "ABCD"] + [""]
    said = [words.sentence()] if chance.random() < 0.8 else []
    if chance.random() < 0.5:
        answer = (
            [f"#### Answer: {letter}", "", *said] if said else [f"#### Answer: {letter}", letter]
        )
        return [*lines, "<details><summary><b>Answer</b></summary>", "", *answer, "", "</details>"]
    return [*lines, f"**Answer: {letter}**", "", *(said or [letter])]


def _code_body(words: Words, chance: random.Random) -> list[str]:
    return [*code(words, chance, chance.randint(3, 12)), "", words.sentence()]


def _prose_body(words: Words, chance: random.Random) -> list[str]:
    return [words.paragraph(chance.randint(1, 3))]


def _table_body(words: Words, chance: random.Random) -> list[str]:
    names = ("优点", "缺点", "成本") if words.chinese else ("strength", "weakness", "cost")
    head = ("-", "方案一", "方案二") if words.chinese else ("-", "first", "second")
    rows = [f"| {name} | {words.name()} | {words.name()} |" for name in names]
    return ["| {} | {} | {} |".format(*head), "|---|---|---|", *rows]


def _quiz(words: Words, chance: random.Random) -> Style:
    asks = (
        ("下面代码的输出是什么？",) if words.chinese else ("What's the output?", "What is logged?")
    )
    level = chance.choice(("##", "###", "######"))
    number = chance.choice((f"{NUMBER}. ", ""))
    return Style(f"{level} {number}{chance.choice(asks)}", "", _quiz_body, code_asks=True)


def _counted(words: Words, chance: random.Random) -> Style:
    english = (
        (f"### Example {NUMBER}", "**Q: What does it print?**"),
        (f"## Case {NUMBER}", "### Why?"),
    )
    chinese = (
        (f"### 第 {NUMBER} 例", "**问：结果是什么？**"),
        (f"## 第{NUMBER}题", "### 为什么？"),
    )
    heading, ask = chance.choice(chinese if words.chinese else english)
    return Style(heading, ask, chance.choice((_code_body, _prose_body)))


def _marked(words: Words, chance: random.Random) -> Style:
    if words.chinese:
        ask = chance.choice(
            (f"**Q{NUMBER}：结果如何？**", "**问：结果如何？**", f"### 问题{NUMBER}：结果如何？")
        )
    else:
        ask = chance.choice(
            (f"**Q{NUMBER}: How does it end?**", f"### Q{NUMBER}: How does it end?")
        )
    return Style("", ask, _prose_body)


def _tables(words: Words, chance: random.Random) -> Style:
    heading = "### 第 {n} 步" if words.chinese else "### Step {n}"
    return Style(heading, "", _table_body)


# ------------------------------------------------------------------------------- edits


@dataclass(frozen=True, slots=True)
class _Making:
    """What an edit of blocks needs to write new ones."""

    style: Style
    words: Words
    chance: random.Random
    either: set[Place]

    def block(self) -> Block:
        return self.style.block(self.words, self.chance)

    def place(self, blocks: Blocks) -> int:
        return self.chance.randrange(len(blocks))


Change = Callable[[Blocks, _Making], None]


def _insert(blocks: Blocks, making: _Making) -> None:
    blocks.insert(making.place(blocks), making.block())


def _delete(blocks: Blocks, making: _Making) -> None:
    del blocks[making.place(blocks)]


def _move(blocks: Blocks, making: _Making) -> None:
    block = blocks.pop(making.place(blocks))
    blocks.insert(making.place(blocks), block)


def _reverse(blocks: Blocks, making: _Making) -> None:
    blocks.reverse()


def _replace(blocks: Blocks, making: _Making) -> None:
    """Another block in the place of one; its answer may as well have been written anew."""
    at = making.place(blocks)
    new = making.block()
    if not making.style.code_asks:
        for line, old in zip(new, blocks[at], strict=False):
            line.origin = old.origin
            if old.origin:
                making.either.add(old.origin)
    blocks[at] = new


def _edit(blocks: Blocks, making: _Making) -> None:
    """A sentence more, or a cell changed; all else of the block stays."""
    at = making.place(blocks)
    block = [Line(line.text, line.origin) for line in blocks[at]]
    last = max(i for i, line in enumerate(block) if line.text.strip() not in ("", "</details>"))
    if block[last].text.startswith("|"):
        head, _, _ = block[last].text.rstrip("| ").rpartition("|")
        block[last].text = f"{head}| {making.words.name()} |"
    else:
        block.insert(last + 1, Line(making.words.sentence()))
    blocks[at] = block


def _several(blocks: Blocks, making: _Making) -> None:
    for change in making.chance.sample((_insert, _delete, _move, _replace, _edit), 3):
        change(blocks, making)


CHANGES: dict[str, Change] = {
    "inserted": _insert,
    "deleted": _delete,
    "moved": _move,
    "reversed": _reverse,
    "replaced": _replace,
    "edited": _edit,
    "several": _several,
}
STYLES: dict[str, Callable[[Words, random.Random], Style]] = {
    "quiz": _quiz,
    "counted": _counted,
    "marked alike": _marked,
    "tables alike": _tables,
}


def _written(path: str, blocks: Blocks) -> Edited:
    """Write a note of blocks, numbered in their order."""
    lines = fresh(f"# {path.rpartition('/')[2].removesuffix('.md')}", "")
    for number, block in enumerate(blocks, 1):
        lines += [Line(line.text.replace(NUMBER, str(number)), line.origin) for line in block]
    return Edited(path, lines)


def _standing(blocks: Blocks, note: Edited) -> Blocks:
    """Return the blocks of a note that has been built: every line knows its place."""
    place = len(note.lines) - sum(len(block) for block in blocks) + note.first_line
    standing = []
    for block in blocks:
        standing.append([Line(one.text, (note.path, place + at)) for at, one in enumerate(block)])
        place += len(block)
    return standing


def trials(style: str, change: str) -> Trials:
    """Return the kind of edits that make a change to a note of a style."""

    def make(folder: Folder, chance: random.Random) -> list[Trial]:
        near = folder.draw(chance)
        head = near.note.path.rpartition("/")[0] if near else ""
        path = f"{head}/quiz {chance.randint(1, 99)}.md".lstrip("/")
        words = Words(chance, chinese=chance.random() < 0.5)
        making = _Making(STYLES[style](words, chance), words, chance, set())
        blocks = [making.block() for _ in range(chance.randint(3, 9))]
        note = _written(path, blocks)
        base = folder.rebuilt(Edit([note], touched=set()))
        standing = _standing(blocks, note)
        CHANGES[change](standing, making)
        edited = _written(path, standing)
        edit = Edit([edited], targets=base.places(path), either=making.either, touched={path})
        return [Trial(base, edit)]

    return make


ALIKE: dict[str, Trials] = {
    f"{style}: {change}": trials(style, change) for style in STYLES for change in CHANGES
}
