"""Notes whose questions all read the same, and every edit of them.

Each item carries a word of its own, which tells whose history a card has. Neighbours say
nothing about each other: their texts are made of different words.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

WORDS = [
    "anchor",
    "ballast",
    "cable",
    "davit",
    "ebb",
    "fender",
    "gale",
    "halyard",
    "inlet",
    "jib",
    "keel",
    "leech",
    "mast",
    "neap",
    "oar",
    "painter",
    "quay",
    "rudder",
    "shroud",
    "tiller",
    "upwind",
    "vang",
    "wharf",
    "yawl",
    "zephyr",
    "bilge",
    "cleat",
    "draught",
    "frigate",
    "galley",
    "helm",
    "isobar",
    "jetty",
    "knot",
    "lagoon",
    "mooring",
    "nautical",
    "outrigger",
    "pennant",
    "reef",
]


@dataclass(frozen=True)
class Item:
    """One of several things that are asked in the same words."""

    token: str
    text: str
    code: str


def item(number: int) -> Item:
    chance = random.Random(number)
    words = chance.sample(WORDS, 12)
    code = f"let {words[0]} = {chance.randint(10, 99)};\nshow({words[0]} + {words[1]}{number})"
    return Item(f"item{number}x", f"item{number}x {' '.join(words[2:])}.", code)


Items = list[Item]

EDITS: dict[str, Callable[[Items], Items]] = {
    "nothing": lambda some: some,
    "inserted first": lambda some: [item(90), *some],
    "inserted in the middle": lambda some: [*some[:3], item(91), *some[3:]],
    "inserted last": lambda some: [*some, item(92)],
    "first deleted": lambda some: some[1:],
    "middle deleted": lambda some: some[:3] + some[4:],
    "last deleted": lambda some: some[:-1],
    "inserted and deleted": lambda some: [*some[:1], item(93), *some[1:4], *some[5:]],
    "deleted and inserted": lambda some: [*some[:1], *some[2:5], item(94), *some[5:]],
    "first moved to the end": lambda some: [*some[1:], some[0]],
    "last moved to the front": lambda some: [some[-1], *some[:-1]],
    "neighbours swapped": lambda some: [*some[:2], some[3], some[2], *some[4:]],
    "reversed": lambda some: some[::-1],
    "shuffled": lambda some: random.Random(5).sample(some, len(some)),
    "replaced": lambda some: [*some[:2], item(95), *some[3:]],
    "two replaced": lambda some: [item(96), *some[1:4], item(97), *some[5:]],
    "several at once": lambda some: [some[5], item(98), *some[2:4], some[0], item(99)],
    "most deleted": lambda some: [some[4]],
    "doubled": lambda some: [*some, *map(item, range(80, 86))],
}
FIRST: Items = [item(number) for number in range(6)]


# ----------------------------------------------------------------------------- as Markdown


def quiz(items: Sequence[Item]) -> str:
    return "# Quiz\n\n" + "\n".join(
        f"###### {at}. What's the output?\n\n```js\n{one.code}\n```\n\n- A: `{at}`\n- B: `none`\n\n"
        f"<details><summary><b>Answer</b></summary>\n\n**B**: {one.text}\n\n</details>\n"
        for at, one in enumerate(items, 1)
    )


def examples(items: Sequence[Item]) -> str:
    return "# Examples\n\n" + "\n".join(
        f"## Example {at}\n\n### Q: What happens here?\n\n{one.text}\n"
        for at, one in enumerate(items, 1)
    )


def cases(items: Sequence[Item]) -> str:
    return "# 题库\n\n" + "\n".join(
        f"## 第 {at} 题\n\n### 问：结果是什么？\n\n{one.text}\n" for at, one in enumerate(items, 1)
    )


def marked(items: Sequence[Item]) -> str:
    return "# Marked\n\n" + "\n".join(
        f"**Q{at}: Advantages?**\n\n{one.text}\n" for at, one in enumerate(items, 1)
    )


def tables(items: Sequence[Item]) -> str:
    def rows(one: Item) -> str:
        words = one.text.rstrip(".").split()
        return "\n".join(
            f"| {name} | {one.token}{name} {words[2 * at + 1]} | {words[2 * at + 2]} | yes |"
            for at, name in enumerate(("Speed", "Cost", "Size"))
        )

    return "# Tables\n\n" + "\n".join(
        f"## Option {at}\n\n| Trait | Value | Note | Known |\n|---|---|---|---|\n{rows(one)}\n"
        for at, one in enumerate(items, 1)
    )


SHAPES: dict[str, Callable[[Sequence[Item]], str]] = {
    "quiz with code": quiz,
    "counted headings": examples,
    "counted headings in Chinese": cases,
    "marked questions": marked,
    "tables of one shape": tables,
}
