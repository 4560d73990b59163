"""Lines around a question, and what a line or block of them is: option, filler, pointer."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from anki_export.extract.candidates import Candidate
from anki_export.extract.sight import TAB, Sight
from anki_export.markdown import Block
from anki_export.model import Slice

LINK_LINE = re.compile(
    r"\s*(?:[-*+>]\s+)?(?:!?\[[^\]]*\]\([^)]*\)|<?https?://\S+>?)[\s，,;；、|]*$"
)
_LINK = re.compile(
    r"!?\[\[?([^\]]{0,2000}+)\]?\](?:\([^)]{0,2000}+\)|\(data:[\w/+;=,.%-]*+\)|\[[^\]]{0,2000}+\])\]?"
    r"|<?https?://[^\s>]+>?|<a\b[^>]{0,2000}+>.{0,2000}?</a>|\[\[[^\]]{0,2000}+\]\]",
    re.IGNORECASE | re.DOTALL,
)
COMMENT = re.compile(
    r"<!--.*?(?:-->|\Z)|^[ \t]*%%(?!%).{0,2000}?%%[ \t]*$", re.DOTALL | re.MULTILINE
)
"""Comments: HTML's, and Obsidian's on lines of their own."""
TAGS = re.compile(r"</?[a-zA-Z][^<>]*+>")
_FILLER = re.compile(
    r"\s*(?:<br\s*/?>|</?(?:p|b|strong|div|center|i|em|details|hr)\b[^<>]*>|&nbsp;|\s)*$|"
    r"\s*(?:[-*_]\s*){3,}$|\s*<!--.*-->\s*$",
    re.IGNORECASE,
)
FOOT = re.compile(
    r"[\s*_>|~-]*\[[^\]]*\]\((?![a-z]+://)[^()\s]*#[^()]*\)[\s*_.|~-]*$", re.IGNORECASE
)
_PROPERTY = re.compile(
    r"\s+(?:card-[a-z-]+|collapsed|id|heading|background-color|logseq\.[\w.-]+):: .*", re.IGNORECASE
)
"""What Logseq keeps below a block; it shows none of it."""


def _is_property(sight: Sight, line: int) -> bool:
    return line not in sight.code and bool(_PROPERTY.match(sight.lines[line]))


_OPTION = re.compile(
    r"\s*(?:[-*+]\s+)?(?:\[[ xX]\]\s*)?(?:\*\*|`)?(?:\(?[A-Ha-h](?:\*\*)?\s*[.)、．：:）,，`]|[①-⑧])"
)


@dataclass(slots=True)
class Text:
    """The lines around a question, de-indented, with what is changed in them."""

    sight: Sight
    candidate: Candidate
    edits: dict[int, str] = field(default_factory=dict)

    def raw(self, line: int) -> str:
        """A line as it stands, or as it was changed."""
        edited = self.edits.get(line)
        if edited is not None:
            return edited
        text = self.sight.lines[line]
        return "" if self.sight.tagged and _is_property(self.sight, line) else text

    def get(self, line: int) -> str:
        """A line without the columns of the list item in which the question stands."""
        if line in self.edits or self.candidate.item is None:
            return self.raw(line)
        return dedent(self.raw(line), self.columns(line))

    def columns(self, line: int) -> int:
        """How many columns of a line belong to the list item of the question."""
        item = self.candidate.item
        if item is None:
            return 0
        return item.column if line < item.end else max(0, item.column - item.indent)

    def span(self, start: int, end: int) -> list[str]:
        """Lines, de-indented."""
        return [self.get(line) for line in range(start, end)]

    def slice(self, start: int, end: int) -> Slice | None:
        """These lines without blank ones around them; None if nothing is left."""
        while end > start and not self.get(end - 1).strip():
            end -= 1
        while start < end and not self.get(start).strip():
            start += 1
        if start == end:
            return None
        first = self.sight.outline.note.first_line
        return Slice("\n".join(self.span(start, end)), first + start)


def dedent(line: str, columns: int, *, marker: bool = False) -> str:
    """A line without its first ``columns`` columns of white space (tabs reach fours).

    With ``marker`` the columns may hold anything: the first line of a list item.
    """
    column = i = 0
    while i < len(line) and column < columns and (marker or line[i] in " \t"):
        column += TAB - column % TAB if line[i] == "\t" else 1
        i += 1
    return " " * max(0, column - columns) + line[i:]


def is_option(block: Block) -> bool:
    """Whether a list or paragraph holds options that letters name."""
    if block.kind == "list":
        firsts = [
            item.children[0].text[0][1]
            for item in block.children
            if item.children and item.children[0].text
        ]
        marks = [f"- {text}" for text in firsts]
        return len(marks) > 1 and all(map(_OPTION.match, marks))
    if block.kind != "paragraph":
        return False
    return all(_OPTION.match(line) for _, line in block.text)


def is_picture(block: Block) -> bool:
    """Whether a block is one or more pictures and nothing else."""
    text = "\n".join(line for _, line in block.text)
    return block.kind in ("paragraph", "html") and bool(
        re.fullmatch(
            r"\s*(?:!\[[^\]]*\]\([^)]*\)|!\[\[[^\]]*\]\]|<img\b[^>]*>|</?p[^>]*>|\s)+", text
        )
        and re.search(r"!\[|<img", text)
    )


def is_link(block: Block) -> bool:
    """Whether a paragraph only points elsewhere."""
    text = "\n".join(line for _, line in block.text)
    return block.kind == "paragraph" and bool(text) and is_reference(text)


def is_filler(block: Block) -> bool:
    """Whether a reader sees nothing in a block: rules, breaks, lone tags, comments."""
    if block.kind == "rule" or (block.kind == "html" and block.callout):
        return True
    if block.kind not in ("html", "paragraph"):
        return False
    text = COMMENT.sub("", "\n".join(line for _, line in block.text))
    return all(map(_FILLER.match, text.split("\n"))) and "<details" not in text


def title_text(block: Block) -> str:
    """A heading's text on one line."""
    return " ".join(text.strip() for _, text in block.text)


def is_clutter(line: str) -> bool:
    """Whether a line at the end of an answer says nothing."""
    if "</details" in line or "<details" in line:
        return False
    return bool(_FILLER.match(line) or FOOT.match(line)) or line.lstrip().startswith("<!--SR:")


def is_content(text: str) -> bool:
    """Whether a reader would see anything but comments and rules."""
    text = COMMENT.sub("", text)
    if re.search(r"<(?:img|video|audio|iframe)\b", text, re.IGNORECASE):
        return True
    return bool(re.search(r"[^\s*_\-]", TAGS.sub("", text).replace("&nbsp;", "")))


def is_reference(text: str) -> bool:
    """Whether text is but a pointer elsewhere: nothing beside links, or a link first of all."""
    text = COMMENT.sub("", text)
    first = next((line for line in text.split("\n") if line.strip()), "")
    return bool(LINK_LINE.match(first)) or not re.search(r"\w", _LINK.sub("", text))


_POINTS = re.compile(
    r"\s*(?:[-*+]|\d+[.)])\s+(?:\[[^\]]*\]\([^)]*\)|<?https?://\S+>?)[^\w\[]*(?:\w+[^\w]*){0,2}$|"
    r"\s*[*_#]*[^.!?。:：\[\]]{1,40}[:：][*_\s]*$"
)
"""A line that only points: a link as an item, with a word or two; or what introduces links."""


def is_pointer(text: str) -> bool:
    """Whether text holds links and nothing else: no word, picture or code beside them."""
    text = COMMENT.sub("", text)
    if "![" in text or "<img" in text or "```" in text:
        return False
    if not any(mark in text for mark in ("](", "][", "[[", "://", "<")):
        return not re.search(r"\w", text)
    lines = [line for line in text.split("\n") if line.strip()]
    if ("](" in text or "://" in text) and all(map(_POINTS.match, lines)):
        return True
    return not re.search(r"\w", TAGS.sub("", _LINK.sub("", text)))


def plain(html: str) -> str:
    """Text without tags."""
    return TAGS.sub("", html).strip()


def without_tags(text: str) -> str:
    """The rest of a line beside a ``<details>`` or ``<summary>``, but for lone tags."""
    text = re.sub(
        r"^\s*(?:</?(?:br|b|p|strong|div|summary)\b[^<>]*>\s*)+", "", text, flags=re.IGNORECASE
    )
    text = re.sub(
        r"(?:\s*</?(?:br|p|div)\b[^<>]*>|\s*</(?:b|strong)>)+\s*$", "", text, flags=re.IGNORECASE
    )
    return text if text.strip() else ""
