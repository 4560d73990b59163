r"""Markdown as GitHub sees it: a note's lines as a tree of blocks, and the tree as HTML.

Sections, questions, tables and the rendered card all look at one tree, so that they
cannot disagree about what is a fence, a list item or a heading. The grammar is
markdown-it-py's with a few deliberate differences (``grammar`` lists them), the HTML is
written by Python-Markdown.
"""

from anki_export.markdown.grammar import Rules, parse, parse_inline
from anki_export.markdown.scan import Definition, normalise_label, split_row
from anki_export.markdown.tree import Block, BlockKind, Document, Outline

__all__ = [
    "Block", "BlockKind", "Definition", "Document", "Outline", "Rules",
    "normalise_label", "parse", "parse_inline", "split_row",
]  # fmt: skip
