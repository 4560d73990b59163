"""Study notes of any number, the same for the same seed, and how many cards they give.

    python -m benchmarks.generate FOLDER [--cards N] [--notes N] [--decks N] [--lines N]
                                         [--headings] [--seed N]

Half of the notes are Chinese. Questions have all forms that the note format knows; answers
hold paragraphs, lists, tables, code in several languages and math. With ``--headings`` every
question is a heading of the second level and every table has two columns, so that tools
which know nothing else make the same cards of the same files.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.code import code
from benchmarks.words import Words


@dataclass(frozen=True, slots=True)
class Plan:
    """What to generate."""

    cards: int
    notes: int
    decks: int = 8
    lines: int = 22
    """Lines a card, on average; 22 is what long study notes have."""
    headings: bool = False
    seed: int = 1


def usual(cards: int, *, decks: int = 8, headings: bool = False) -> Plan:
    """Return the plan of a usual folder with so many cards: some twenty a note."""
    return Plan(cards, max(1, cards // 20), decks, headings=headings)


ONE_BIG_NOTE = Plan(cards=500, notes=1, decks=1, lines=78)
"""A single note of 1.4 MB with 500 questions."""


@dataclass(frozen=True, slots=True)
class Note:
    """A generated note."""

    path: str
    text: str
    cards: int


def notes(plan: Plan) -> Iterator[Note]:
    """Make the notes of a plan one after the other, so that any number fits into memory."""
    asked: set[str] = set()
    for number in range(plan.notes):
        # The cards are dealt out evenly, the rest to the first notes.
        cards = plan.cards // plan.notes + (number < plan.cards % plan.notes)
        yield _Writer(plan, number, cards, asked).note()


def write(plan: Plan, folder: Path) -> int:
    """Write the notes into a folder and return the number of their cards."""
    total = 0
    for note in notes(plan):
        file = folder / note.path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(note.text, encoding="utf-8")
        total += note.cards
    return total


def edit(folder: Path) -> Path:
    """Edit one answer in the middle of the folder, as an author would, and return its note."""
    files = sorted(folder.rglob("*.md"))
    file = files[len(files) // 2]
    lines = file.read_text(encoding="utf-8").split("\n")
    question = next(at for at, line in enumerate(lines) if line.startswith(("## ", "### Q", "**Q")))
    # The answer begins with a paragraph of one line, below a blank one.
    lines[question + 2] += " One more sentence, added later."
    file.write_text("\n".join(lines), encoding="utf-8")
    return file


_Block = Callable[[int], list[str]]


class _Writer:
    """Writes one note, question after question, until it has its cards."""

    def __init__(self, plan: Plan, number: int, cards: int, asked: set[str]) -> None:
        self.plan, self.number, self.cards = plan, number, cards
        self.chance = random.Random(f"{plan.seed} {number}")
        self.words = Words(self.chance, chinese=number % 2 == 1)
        self.asked = asked
        self.lines: list[str] = []

    def note(self) -> Note:
        deck = self.number % self.plan.decks
        title = f"{self.words.name()} {self.number}"
        path = f"part-{deck:04}/{self.number:05}.md"
        self.lines += ["---", "created: '2025-01-02'", "last_reviewed: null", "review_count: 3"]
        self.lines += [f"difficulty: {self.chance.choice(('easy', 'medium', 'hard'))}", "tags:"]
        self.lines += [f"- topic-{deck:04}", "---", f"# {title}", "", self.words.paragraph(2), ""]
        made, question = 0, 0
        while made < self.cards:
            question += 1
            left = self.cards - made
            if not self.plan.headings and left > 3 and question % 12 == 4:
                made += self._comparison(min(left, self.chance.randint(3, 6)))
            else:
                self._question(question)
                made += 1
        return Note(path, "\n".join(self.lines) + "\n", made)

    def _question(self, number: int) -> None:
        ask = self.words.question()
        while ask in self.asked:
            ask = f"{self.words.name()}: {ask}"
        self.asked.add(ask)
        marked, answer = ("问题", "**答：**") if self.words.chinese else ("Q", "**A:** ")
        forms = [f"## {ask}"] if self.plan.headings else [
            f"## {ask}", f"### {marked}{number}: {ask}", f"**Q{number}: {ask}**", f"### {ask}",
        ]  # fmt: skip
        form = self.chance.choice(forms)
        label = answer if form.startswith(("###", "**")) and self.chance.random() < 0.3 else ""
        self.lines += [form, "", f"{label}{self.words.paragraph(2)}", ""]
        # The heading, the first paragraph and two blank lines are written.
        room = int(self.plan.lines * self.chance.uniform(0.4, 1.4)) - 4
        while room > 2:
            block = self.chance.choice(self._blocks())(room)
            self.lines += [*block, ""]
            room -= len(block) + 1

    def _blocks(self) -> Sequence[_Block]:
        return (
            self._paragraph, self._bullets, self._steps, self._code, self._code, self._table,
            self._math, self._quote, self._paragraph,
        )  # fmt: skip

    def _paragraph(self, room: int) -> list[str]:
        return [self.words.paragraph(self.chance.randint(1, 3))]

    def _bullets(self, room: int) -> list[str]:
        lines = []
        for _ in range(self.chance.randint(2, 4)):
            lines.append(f"- **{self.words.name()}**: {self.words.sentence()}")
            if self.chance.random() < 0.3:
                lines += [f"  - {self.words.sentence()}", f"  - `{self.words.identifier()}`"]
        return lines

    def _steps(self, room: int) -> list[str]:
        return [f"{at}. {self.words.sentence()}" for at in range(1, self.chance.randint(3, 5))]

    def _code(self, room: int) -> list[str]:
        return code(self.words, self.chance, min(room - 2, self.chance.randint(4, 60)))

    def _table(self, room: int) -> list[str]:
        rows = [(self.words.name(), self.words.sentence()) for _ in range(3)]
        head = ("项目", "说明") if self.words.chinese else ("Item", "Meaning")
        return ["| {} | {} |".format(*head), "|---|---|", *("| {} | {} |".format(*r) for r in rows)]

    def _math(self, room: int) -> list[str]:
        k = self.chance.randint(2, 99)
        return [
            "$$",
            rf"T_{{{k}}} = \sum_{{i=1}}^{{n}} \frac{{x_i^{{{k}}}}}{{\lambda + {k}}}",
            "$$",
        ]

    def _quote(self, room: int) -> list[str]:
        return [f"> {self.words.sentence()}", f"> 记住 $O(n^{{{self.chance.randint(2, 9)}}})$."]

    def _comparison(self, rows: int) -> int:
        """Write a table whose rows are cards and return how many."""
        columns = self.chance.randint(2, 4)
        names: dict[str, None] = {}
        while len(names) < rows:
            names[self.words.name()] = None
        head = [self.words.noun() + f" {at}" for at in range(columns)]
        self.lines += [f"#### {self.words.name()} {len(self.lines)}", ""]
        self.lines += ["| " + " | ".join(["-", *head]) + " |", "|---" * (columns + 1) + "|"]
        for name in names:
            cells = [self.words.paragraph(1) for _ in range(columns)]
            self.lines.append("| " + " | ".join([name, *cells]) + " |")
        self.lines.append("")
        return rows


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the notes and say how many cards they give."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--cards", type=int, default=5000)
    parser.add_argument("--notes", type=int)
    parser.add_argument("--decks", type=int, default=8)
    parser.add_argument("--lines", type=int, default=22, help="lines a card")
    parser.add_argument("--headings", action="store_true")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args(arguments)
    count = given.notes or max(1, given.cards // 20)
    plan = Plan(given.cards, count, given.decks, given.lines, given.headings, given.seed)
    print(f"{write(plan, given.folder):,} cards in {plan.notes:,} notes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
