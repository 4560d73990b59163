"""``<!-- anki: skip -->`` and ``<!-- anki: id=name -->``: what an author tells the extraction."""

from __future__ import annotations

import re
from dataclasses import dataclass

from anki_export.markdown import Block, Outline
from anki_export.model import Location
from anki_export.problems import ProblemKind, Problems

_COMMENT = re.compile(r"<!--\s*anki\s*:\s*(?P<words>.*?)\s*-->", re.DOTALL | re.IGNORECASE)
_PIN = re.compile(r"id\s*=\s*(?P<name>[\w.:-]{1,80})$")


@dataclass(frozen=True, slots=True)
class Directives:
    """By the first line of a block: whether it is left out, and its pinned identity."""

    skipped: frozenset[int]
    pins: dict[int, str]

    def skips(self, *lines: int) -> bool:
        """Whether any of these lines is left out."""
        return any(line in self.skipped for line in lines)


def find_directives(outline: Outline, problems: Problems) -> Directives:
    """Every directive, by the line of the block that it stands before.

    One before a list is for its first item, one before a heading for its whole section.
    """
    skipped: set[int] = set()
    pins: dict[int, str] = {}
    for block in outline.document.root.walk():
        for i, child in enumerate(block.children):
            if child.kind != "html":
                continue
            for words in _COMMENT.findall("\n".join(text for _, text in child.text)):
                target = _next_line(block, i)
                if words.strip().lower() == "skip" and target is not None:
                    skipped.add(target)
                elif (pin := _PIN.match(words)) and target is not None:
                    pins[target] = pin.group("name")
                else:
                    _report_unknown(outline, child, words, target, problems)
    for section in outline.sections:
        if section.start in skipped:
            skipped.update(range(section.start, section.end))
    return Directives(frozenset(skipped), pins)


def _next_line(parent: Block, index: int) -> int | None:
    """The line of the next block that is no comment; in an item, what follows the comment."""
    for block in parent.children[index + 1 :]:
        if block.kind != "html":
            return block.start
    return None


def _report_unknown(
    outline: Outline, block: Block, words: str, target: int | None, problems: Problems
) -> None:
    where = Location(outline.note.path, outline.note.first_line + block.start)
    message, hint = f"“anki: {words}” stands before nothing", ""
    if target is not None:
        message = f"“anki: {words}” is not understood"
        hint = "write “anki: skip” or “anki: id=name”"
    problems.add(ProblemKind.DIRECTIVE, where, message, hint)
