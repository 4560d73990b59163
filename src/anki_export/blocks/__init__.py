r"""Markdown's block structure as GitHub sees it: lines in, a tree of blocks with line spans out.

Sections, questions, tables and the rendered card all look at this one tree, so that
they cannot disagree about what is a fence, a list item or a heading. The grammar is
CommonMark 0.31 (chapters 4 and 5) with GitHub's tables, task lists and footnotes, and
three deliberate differences (``docs/note-format.md`` gives the reasons):

- a line of dashes under a paragraph is a thematic break, never a heading;
- lines of display math (``$$``, ``\[``) are paragraph text whatever they look like;
- a line that is only an unknown tag (``<iostream>``) is text, not an HTML block.
"""

from __future__ import annotations

from anki_export.blocks.parser import parse
from anki_export.blocks.tree import Block, BlockKind, Document, Outline
from anki_export.blocks_scan import normalise_label

__all__ = ["Block", "BlockKind", "Document", "Outline", "normalise_label", "parse"]
