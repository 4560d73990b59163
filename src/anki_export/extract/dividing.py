"""Where a question ends and its answer starts: labels, folds, and code that is asked about."""

from __future__ import annotations

import re

from anki_export.extract.candidates import Candidate, is_label_line
from anki_export.extract.evidence import asks_value, refers
from anki_export.extract.labels import end_of_box, is_answer_box
from anki_export.extract.pieces import (
    Text,
    is_filler,
    is_link,
    is_option,
    is_picture,
    plain,
    title_text,
    without_tags,
)
from anki_export.extract.sight import Fold, Sight, box
from anki_export.markdown import Block
from anki_export.marks import (
    is_attribute,
    is_label,
    summary_label,
    unlabelled,
    weak_label,
    without_numbering,
)


def divide(text: Text, start: int, end: int, *, by_code: bool) -> tuple[int, int] | None:
    """One past the question's last line and the answer's first one, where they are apart.

    A label or a ``<details>`` with a generic summary divides; without one, code right
    below a question that speaks of it does, if something else follows.
    """
    sight, candidate = text.sight, text.candidate
    blocks = sight.between(candidate.holder, start, end)
    if (ticked := _by_ticks(sight, blocks)) is not None:
        return ticked
    lead = blocks[0].start if blocks else end
    above: list[Block] = []
    prose = 0
    for line in range(start, lead):
        raw = text.get(line).strip()
        if not raw:
            continue
        if line > start and (rest := _strong(raw)) is not None:
            text.edits[line] = rest
            return line, line
        prose += 1
    opening = prose
    for block in blocks[:60]:
        fold = _fold_of(sight, block)
        if fold is not None:
            kind = summary_label(plain(fold.text))
            alone = not prose and all(map(is_filler, above))
            if kind and fold.end <= end and (alone or _divides(kind == "answer", above, prose)):
                _unfold(text, fold)
                return (candidate.body if alone else block.start), fold.opened[0]
            if kind:
                break
        if is_answer_box(block):
            if (edge := end_of_box(blocks, block)) is not None:
                text.edits[edge] = ""
            return (block.start if above or prose else candidate.body), block.end
        label = None if is_option(block) else _label(text, block)
        if label is not None and not is_variant(text, label[0], end):
            line, rest, strong = label
            if (above or prose) and _divides(strong, above, prose):
                text.edits[line] = rest
                return line, line
            break
        if block.kind == "heading" and not is_attribute(title_text(block)):
            break
        above.append(block)
        prose += block.kind == "paragraph" and not is_option(block) and not is_link(block)
        if prose > 8:
            break
    return _by_code(candidate, blocks, text, prose_first=bool(opening), series=by_code)


def _by_ticks(sight: Sight, blocks: list[Block]) -> tuple[int, int] | None:
    """Options with boxes, of which the right ones are ticked: asked without, answered with ticks.

    One such list alone may be a list of things to do. Code between boxes is an option.
    """
    boxes = [
        i for i, b in enumerate(blocks[:40]) if b.kind == "list" and box(b.children[0]) is not None
    ]
    if sight.choices < 2 or not boxes or boxes[0] > 4:
        return None
    last = boxes[0]
    for i in boxes[1:]:
        if any(b.kind != "code" for b in blocks[last + 1 : i]):
            break
        last = i
    ticks = {box(item) for i in boxes if i <= last for item in blocks[i].children}
    if ticks != {True, False}:
        return None
    while last + 1 < len(blocks) and blocks[last + 1].kind == "code":
        last += 1
    return blocks[last].end, blocks[boxes[0]].start


def _divides(strong: bool, above: list[Block], prose: int) -> bool:
    """Whether what stands above a divider can be a question's.

    An answer label proves it. ``Output`` and ``See more`` also stand in answers: there,
    only code, options and pictures may be above.
    """
    seen = [b for b in above if not is_filler(b)]
    if not strong:
        return bool(seen) and prose == 0 and any(b.kind in ("code", "list", "table") for b in seen)
    return bool(prose) or any(not is_link(b) for b in seen)


def _label(text: Text, block: Block) -> tuple[int, str, bool] | None:
    """The label with which a block starts: its line, what follows it, whether it is strong."""
    leaf = block
    if block.kind == "list" and block.children and block.children[0].children:
        leaf = block.children[0].children[0]
    if leaf.kind not in ("paragraph", "heading"):
        return None
    for index, (line, raw) in enumerate(leaf.text):
        shown = without_numbering(raw.strip()) if leaf.kind == "heading" else raw.strip()
        rest = "" if leaf.kind == "heading" and is_label(shown) else _strong(shown)
        if rest is not None and (index == 0 or not shown.startswith("A")):
            return line, rest, True
        if index == 0 and leaf is block and (length := weak_label(shown)) is not None:
            rest = shown[length:]
            keep = bool(rest.strip()) and length < len(shown)
            return line, rest if keep else "", False
    for item in block.children[1:] if block.kind == "list" else ():
        line, raw = item.children[0].text[0] if item.children and item.children[0].text else (0, "")
        if (rest := _strong(raw)) is not None and not re.match(r"\W*A\W", raw):
            return line, rest, True
    return None


def _strong(line: str) -> str | None:
    """What stands behind an answer label; None if the line starts with none."""
    if is_label_line(line) or (line.startswith(("**", "__", "#")) and is_label_line(line)):
        return ""
    return unlabelled(line)


def is_variant(text: Text, line: int, end: int) -> bool:
    """Whether the label is one of several: options ``A：`` and ``B：`` are no labels."""
    near = range(line + 1, min(end, line + 12))
    raw = text.get(line)
    return bool(re.match(r"\s*(?:[-*+]\s+)?(?:\*\*)?A", raw)) and any(
        VARIANT.match(text.get(i)) for i in near
    )


def _fold_of(sight: Sight, block: Block) -> Fold | None:
    if block.kind not in ("html", "paragraph"):
        return None
    fold = sight.fold_at(block.start)
    if fold is None or not block.start <= fold.start < block.end or fold.summary is None:
        return None
    return fold


def _unfold(text: Text, fold: Fold) -> None:
    """Take the tags of a fold off: its content is the answer, shown unfolded."""
    lines = text.sight.lines
    for line in range(fold.start, fold.opened[0]):
        text.edits[line] = ""
    assert fold.closed is not None
    (first, column), (last, at) = fold.opened, fold.closed
    if first == last:
        text.edits[first] = without_tags(lines[first][column:at])
    else:
        text.edits[first] = without_tags(lines[first][column:])
        text.edits[last] = without_tags(lines[last][:at])


def _by_code(
    candidate: Candidate, blocks: list[Block], text: Text, *, prose_first: bool, series: bool
) -> tuple[int, int] | None:
    seen = [b for b in blocks if not is_filler(b)]
    if series:
        fenced = [b for b in seen if b.kind == "code" and b.fence]
        return (fenced[0].start, fenced[0].start) if fenced else None
    if prose_first or not seen:
        return None
    code = "\n".join(line for _, line in seen[0].text) if seen[0].kind == "code" else ""
    if not refers(candidate.text) and not (code and asks_value(candidate.text, code)):
        return None
    count = 0
    if seen[0].kind == "code" or is_picture(seen[0]):
        count = 1
    while count < len(seen) and _are_options(seen[count:]):
        count += 1
    rest = seen[count:]
    if not count or not rest or all(is_link(b) or b.kind == "heading" for b in rest):
        return None
    return rest[0].start, rest[0].start


def _are_options(blocks: list[Block]) -> bool:
    """Whether the first of these blocks is options ``A`` … of a choice, or some of them."""
    return is_option(blocks[0])


VARIANT = re.compile(
    r"\s*(?:[-*+]\s+)?(?:\*\*)?(?:B|A\s*[2-9]|(?:答案|回答)\s*[二2])(?:\*\*)?\s*[:：]"
)
"""The second of several: options or variants, whose names are text and no labels."""
