"""What stands below a question and divides it from its answer, or is a question itself."""

from __future__ import annotations

from collections.abc import Sequence

from anki_export.extract import pieces
from anki_export.extract.candidates import ITEM, Candidate, number_of
from anki_export.extract.evidence import Asks, asks
from anki_export.extract.sight import Fold, Head, Sight, marked_heading
from anki_export.markdown import Block
from anki_export.marks import (
    answer_label,
    counts_question,
    is_label,
    is_question,
    leading_bold,
    summary_label,
    unlabelled,
    weak_label,
)


def labelled_later(candidate: Candidate, sight: Sight) -> bool:
    """Whether a label of its own line follows, before the next question with a marker."""
    for line in range(candidate.body, min(candidate.body + 60, len(sight.lines))):
        text = ITEM.sub("", sight.lines[line], count=1).strip()
        fold = sight.fold_at(line) if "<summary" in text else None
        if fold is not None and summary_label(pieces.plain(fold.text)) == "answer":
            return True
        bare = text.lstrip("#").strip()
        if not text.startswith(("**", "__", "#", "【", "[")):
            continue
        if marked_heading(bare) or counts_question(bare.strip("* ")):
            return False
        if answer_label(bare) is not None or (text != bare and is_label(bare)) or is_label(text):
            return True
    return False


def asks_inside(block: Block) -> bool:
    """Whether a block below a heading is a question of its own: bold, numbered, listed."""
    if block.kind == "list":
        return block.ordered and any(map(item_asks, block.children))
    if block.kind == "paragraph" and marked_heading(block.text[0][1]) is not None:
        return True
    parts = leading_bold(block.text[0][1]) if block.kind == "paragraph" else None
    return bool(parts and (is_question(parts[0]) or number_of(parts[0] + " ")[0] is not None))


def head_divider(head: Head, sight: Sight) -> str:
    """Which label divides a heading's section, above the next heading."""
    end = min(head.end, sight.next_head(head.line))
    return divider(sight.between(sight.root, head.body, end), sight)


def divider(blocks: Sequence[Block], sight: Sight) -> str:
    """Which label divides the blocks below a question: ``answer``, ``weak`` or none.

    ``first``: an answer label with nothing above it, which divides nothing.
    """
    coded = False
    for index, block in enumerate(blocks[:20]):
        coded = coded or block.kind == "code" or pieces.is_option(block)
        if block.kind == "paragraph":
            text = block.text[0][1].strip()
            if unlabelled(text) is not None or (text.startswith("**") and is_label(text)):
                return "answer" if index else "first"
            if weak_label(text) is not None:
                return "weak" if coded else ""
        elif is_answer_box(block):
            return "answer" if index else "first"
        elif block.kind == "html" and "<summary" in block.source():
            label = "answer" if index else "first"
            return label if answer_fold(block, sight) is not None else ""
    return ""


def is_answer_box(block: Block) -> bool:
    """Whether a block opens a container whose title calls it an answer: ``::: details 答案``."""
    box = block.callout if block.kind == "html" else None
    return bool(box and not box.closing and box.title and summary_label(box.title) == "answer")


def end_of_box(blocks: Sequence[Block], box: Block) -> int | None:
    """The line that ends a container, itself one of these blocks; None if none does."""
    open_ = 0
    for block in blocks[blocks.index(box) :]:
        if block.kind == "html" and block.callout is not None:
            open_ += -1 if block.callout.closing else 1
            if not open_:
                return block.start
    return None


def answer_fold(block: Block, sight: Sight) -> Fold | None:
    """The fold that starts in a block, if its summary calls it an answer."""
    fold = sight.fold_at(block.start) if block.kind == "html" else None
    if fold is None or not block.start <= fold.start < block.end or not fold.text:
        return None
    return fold if summary_label(pieces.plain(fold.text)) == "answer" else None


def item_asks(item: Block, sure: Asks = Asks.WORD) -> bool:
    """Whether a list item begins with a paragraph that asks."""
    first = item.children[0] if item.children else None
    if first is None or not first.text:
        return False
    said = max(asks(first.text[0][1]), asks(" ".join(t for _, t in first.text)))
    return said >= sure


def is_answered(item: Block, sight: Sight, start: int) -> bool:
    """Whether an item says more than its question, links and further questions."""
    inner = [i for b in item.children[1:] if b.kind == "list" for i in b.children]
    if inner and sum(map(item_asks, inner)) >= len(inner) / 2:
        return False
    return not pieces.is_reference("\n".join(sight.lines[start : item.end]))
