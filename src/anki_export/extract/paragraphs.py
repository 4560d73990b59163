"""Questions in paragraphs and list items, marked or bold."""

from __future__ import annotations

from anki_export.extract import answers
from anki_export.extract.scan import Found, Mark, Scan, is_asked, marked_bold
from anki_export.markdown import Block
from anki_export.marks import (
    answer_label,
    is_question,
    leading_bold,
    question_marker,
    undecorated,
    whole_bold,
    without_numbering,
)

_REMARK = 20
"""Characters of a remark on a question, such as how often it is asked."""


def scan_blocks(scan: Scan) -> None:
    """Questions in the paragraphs and lists of a note, and the lines that end answers."""
    for block in scan.outline.document.root.children:
        match block.kind:
            case "rule":
                scan.marks.append((block.start, Mark.RULE))
            case "paragraph":
                _scan_paragraph(scan, block)
            case "list":
                _scan_list(scan, block, top=True)


def _scan_paragraph(scan: Scan, block: Block) -> None:
    texts = block.text
    first = whole_bold(texts[0][1])
    if first is not None:
        scan.marks.append((block.start, Mark.BOLD))
    i = 0
    while i < len(texts):
        found, used = _marked_line(scan, texts, i, block.end)
        if found is not None:
            scan.add(found)
        elif i == 0 and first is not None and is_question(first) and not _is_marked(first):
            text = without_numbering(first)
            scan.add(Found("bold-question", block.start, text, block.start + 1))
        i += used


def _is_marked(text: str) -> bool:
    marked = question_marker(text)
    return marked is not None and marked.strong


def _marked_line(
    scan: Scan, texts: list[tuple[int, str]], index: int, end: int
) -> tuple[Found | None, int]:
    """The marked question that starts in a line of a paragraph, and the lines it takes."""
    line, text = texts[index]
    text = undecorated(text)
    used = 1
    if text.startswith(("**", "__")):
        while leading_bold(text) is None and index + used < len(texts) and used < 4:
            text += " " + texts[index + used][1].strip()
            used += 1
        parts = marked_bold(text)
        if parts is None:
            return None, 1
        question, tail, strong = parts
        form, reported = "marked-bold", strong
    else:
        marked = question_marker(text)
        if marked is None:
            return None, 1
        question, tail, strong, form = marked.text, "", False, "marked-plain"
        reported = marked.strong
        while not is_question(question) and index + used < len(texts) and used < 4:
            following = texts[index + used][1].strip()
            if answer_label(following) is not None or question_marker(following):
                break
            question += " " + following
            used += 1
        if not is_question(question):
            question, used = marked.text, 1
    body = texts[index + used][0] if index + used < len(texts) else end
    if tail and answer_label(tail) is None and not _answers(scan, tail, body):
        question, tail = f"{question} {tail}", ""
    if not question or not is_asked(scan, question, body, strong=strong, tail=tail):
        return None, 1
    return Found(form, line, question, body, tail=tail, reported=reported), used


def _answers(scan: Scan, tail: str, body: int) -> bool:
    """Whether the text right behind a bold question is its answer, not a remark on it."""
    if len(tail) > _REMARK or not any(map(str.isalnum, tail)):
        return len(tail) > _REMARK
    return not answers.has_label(scan.lines[body : body + 3])


def _scan_list(scan: Scan, block: Block, *, top: bool) -> None:
    marked: list[Found] = []
    for item in block.children:
        found = _question_item(scan, item)
        if found is not None:
            scan.add(found)
            if found.form == "marked-list":
                marked.append(found)
        for child in item.children:
            if child.kind == "list":
                _scan_list(scan, child, top=False)
    for i, found in enumerate(marked):
        if i + 1 < len(marked):
            found.end = marked[i + 1].line
        elif not top:
            found.end = block.end


def _question_item(scan: Scan, item: Block) -> Found | None:
    blocks = [b for b in item.children if b.kind != "html"]
    if not blocks or blocks[0].kind != "paragraph":
        return None
    texts = blocks[0].text
    if undecorated(texts[0][1]).startswith(("**", "__")):
        found, _ = _marked_line(scan, texts, 0, blocks[0].end)
        if found is None:
            return _bold_item(scan, item, blocks[0])
    else:
        found, _ = _marked_line(scan, texts, 0, blocks[0].end)
    if found is not None:
        found.form, found.item, found.line = "marked-list", item, item.start
    return found


def _bold_item(scan: Scan, item: Block, paragraph: Block) -> Found | None:
    parts = leading_bold(undecorated(paragraph.text[0][1]))
    if parts is None or not is_question(parts[0]):
        return None
    tail = parts[1].lstrip(":：—- ")
    rest = "\n".join([tail, *scan.lines[paragraph.start + 1 : item.end]])
    if answers.is_reference(rest):
        return None
    return Found(
        "bold-list",
        item.start,
        without_numbering(parts[0]),
        paragraph.start + 1,
        tail=tail,
        end=item.end,
        item=item,
    )
