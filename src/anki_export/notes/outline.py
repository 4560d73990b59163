"""Source note → its title and sections, with the lines that each spans."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import PurePosixPath

from anki_export import markdown
from anki_export.marks import unbold, without_numbering
from anki_export.model import Section, SourceNote

_UNNAMED = re.compile(r"readme|index|_index", re.IGNORECASE)
_MARKDOWN = re.compile(r"([\\*_<>#~$|!&])")


def outline(note: SourceNote) -> markdown.Outline:
    """Parse a note's body and find its sections.

    Only headings at the top level of the document open sections: one in a list item or
    a quote belongs to its text. The title is that of the front matter, else the first
    heading of level 1, else the file's name.
    """
    document = markdown.parse(note.lines)
    headings = [b for b in document.root.children if b.kind == "heading"]
    sections: list[Section] = []
    open_: list[Section] = []
    ends = _ends_of_sections(headings, len(note.lines))
    for heading, end in zip(headings, ends, strict=True):
        while open_ and open_[-1].level >= heading.level:
            open_.pop()
        title = " ".join(text.strip() for _, text in heading.text).strip()
        section = Section(
            level=heading.level,
            title=title,
            name=unbold(without_numbering(unbold(title))),
            start=heading.start,
            body=heading.end,
            end=end,
            parent=open_[-1] if open_ else None,
        )
        open_.append(section)
        sections.append(section)
    title = next((s.title for s in sections if s.level == 1 and s.title), "")
    title = _given_title(note) or title or file_title(note.path)
    return markdown.Outline(note, title, document, tuple(sections))


def _given_title(note: SourceNote) -> str:
    """The title that the front matter gives, as Markdown that shows just that."""
    given = note.metadata.get("title")
    return _shown(str(given).strip()) if isinstance(given, str | int | float) else ""


def file_title(path: str) -> str:
    """A file's name without its ending, as Markdown that shows just that.

    ``README`` and ``index`` say nothing: there, the folder's name is the title.
    """
    file = PurePosixPath(path)
    unnamed = _UNNAMED.fullmatch(file.stem) and file.parent.name
    return _shown(file.parent.name if unnamed else file.stem)


def _shown(name: str) -> str:
    """Text as Markdown; brackets as entities, since an escaped one would open a formula."""
    stem = _MARKDOWN.sub(r"\\\1", name)
    return stem.replace("[", "&#91;").replace("]", "&#93;")


def _ends_of_sections(headings: Sequence[markdown.Block], end: int) -> list[int]:
    """Where each section ends: before the next heading that is no deeper."""
    ends: list[int] = []
    following: list[markdown.Block] = []
    for heading in reversed(headings):
        while following and following[-1].level > heading.level:
            following.pop()
        ends.append(following[-1].start if following else end)
        following.append(heading)
    return ends[::-1]
