"""Source note → its title and sections, with the lines that each spans."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from anki_export import markdown
from anki_export.marks import unbold, without_numbering
from anki_export.model import Section, SourceNote

_MARKDOWN = re.compile(r"([\\*_<>#~$|!&])")


def outline(note: SourceNote) -> markdown.Outline:
    """Parse a note's body and find its sections.

    Only headings at the top level of the document open sections: one in a list item or
    a quote belongs to its text. The title is the first heading of level 1 or, without
    one, the file's name.
    """
    document = markdown.parse(note.lines)
    headings = [b for b in document.root.children if b.kind == "heading"]
    sections: list[Section] = []
    open_: list[Section] = []
    for i, heading in enumerate(headings):
        while open_ and open_[-1].level >= heading.level:
            open_.pop()
        title = heading_text(heading)
        section = Section(
            level=heading.level,
            title=title,
            name=unbold(without_numbering(unbold(title))),
            start=heading.start,
            body=heading.end,
            end=_end_of_section(headings, i, len(note.lines)),
            parent=open_[-1] if open_ else None,
        )
        open_.append(section)
        sections.append(section)
    title = next((s.title for s in sections if s.level == 1 and s.title), "")
    return markdown.Outline(note, title or file_title(note.path), document, tuple(sections))


def heading_text(heading: markdown.Block) -> str:
    """A heading's inline Markdown; the lines of an underlined one are joined."""
    return " ".join(text.strip() for _, text in heading.text).strip()


def file_title(path: str) -> str:
    """A file's name without its ending, as Markdown that shows just that.

    Brackets as entities: an escaped one would open a formula.
    """
    stem = _MARKDOWN.sub(r"\\\1", PurePosixPath(path).stem)
    return stem.replace("[", "&#91;").replace("]", "&#93;")


def _end_of_section(headings: list[markdown.Block], index: int, end: int) -> int:
    level = headings[index].level
    return next((h.start for h in headings[index + 1 :] if h.level <= level), end)
