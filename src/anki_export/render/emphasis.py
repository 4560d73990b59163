"""Emphasis and strikethrough: which runs of delimiters open, close and match.

CommonMark 6.2 and its appendix, as in GitHub's parser; GFM 6.5 for strikethrough.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from anki_export.render.inline_scan import is_cjk, is_punctuation, is_space
from anki_export.render.nodes import Chain, Node


@dataclass(slots=True, eq=False)
class Delimiter:
    """A run of ``*``, ``_`` or ``~`` that can open or close."""

    node: Node
    char: str
    length: int
    """Of the run as written; what is left of it is the node's text."""
    opens: bool
    closes: bool
    position: int
    beside_cjk: bool = False
    prev: Delimiter | None = field(default=None, repr=False)
    next: Delimiter | None = field(default=None, repr=False)


def flanking(
    char: str, length: int, before: str, after: str, *, relaxed: bool
) -> tuple[bool, bool]:
    """Whether a run opens and whether it closes, by the characters around it.

    ``relaxed`` lets ``**`` beside Chinese, Japanese and Korean text flank it: such text
    has no spaces, and its punctuation is no sign of a word's end.
    """
    hard_before = is_punctuation(before) if before else False
    hard_after = is_punctuation(after) if after else False
    beside_before, beside_after = is_space(before) or hard_before, is_space(after) or hard_after
    if relaxed and char == "*" and length >= 2:
        hard_before = hard_before and not is_cjk(before)
        hard_after = hard_after and not is_cjk(after)
        beside_before = beside_before or is_cjk(before)
        beside_after = beside_after or is_cjk(after)
    left = not is_space(after) and (not hard_after or beside_before)
    right = not is_space(before) and (not hard_before or beside_after)
    if char != "_":
        return left, right
    return left and (not right or hard_before), right and (not left or hard_after)


class Delimiters:
    """The stack of delimiters of one text."""

    def __init__(self, chain: Chain) -> None:
        self._chain = chain
        self._last: Delimiter | None = None
        self.unmatched_bold = 0
        """Runs of two or more asterisks left as text."""
        self.unmatched_beside_cjk = 0

    def push(self, delimiter: Delimiter) -> None:
        """Put a run on the stack."""
        delimiter.prev = self._last
        if self._last is not None:
            self._last.next = delimiter
        self._last = delimiter

    def note_unmatched(self, before: str, after: str) -> None:
        """Count a run of asterisks that neither opens nor closes."""
        self.unmatched_bold += 1
        self.unmatched_beside_cjk += is_cjk(before) or is_cjk(after)

    def drop_from(self, position: int) -> None:
        """Forget all runs from a position on."""
        while self._last is not None and self._last.position >= position:
            self._remove(self._last)

    def _remove(self, delimiter: Delimiter) -> None:
        if delimiter.prev is not None:
            delimiter.prev.next = delimiter.next
        if delimiter.next is not None:
            delimiter.next.prev = delimiter.prev
        else:
            self._last = delimiter.prev

    def process(self, bottom: int) -> None:
        """Match the runs from position ``bottom`` on; what is left of them stays text."""
        limits: dict[tuple[str, int], int] = {}
        closer = self._first_from(bottom)
        while closer is not None:
            if not closer.closes:
                closer = closer.next
                continue
            key = (closer.char, closer.length % 3)
            opener = self._opener(closer, max(bottom, limits.get(key, 0)))
            if opener is not None:
                closer = self._match(opener, closer)
                continue
            limits[key] = closer.position
            following = closer.next
            if not closer.opens:
                self._leave(closer)
            closer = following
        while self._last is not None and self._last.position >= bottom:
            self._leave(self._last)

    def _first_from(self, bottom: int) -> Delimiter | None:
        found, delimiter = None, self._last
        while delimiter is not None and delimiter.position >= bottom:
            found, delimiter = delimiter, delimiter.prev
        return found

    def _opener(self, closer: Delimiter, limit: int) -> Delimiter | None:
        opener = closer.prev
        while opener is not None and opener.position >= limit:
            if opener.opens and opener.char == closer.char:
                # Rules 9 and 10: lengths that add up to a multiple of three do not match.
                odd = (closer.opens or opener.closes) and closer.length % 3 != 0
                if not (odd and (opener.length + closer.length) % 3 == 0):
                    return opener
            opener = opener.prev
        return None

    def _leave(self, delimiter: Delimiter) -> None:
        """Remove a run that matches nothing, and count it."""
        if delimiter.char == "*" and len(delimiter.node.text) >= 2:
            self.unmatched_bold += 1
            self.unmatched_beside_cjk += delimiter.beside_cjk
        self._remove(delimiter)

    def _match(self, opener: Delimiter, closer: Delimiter) -> Delimiter | None:
        """Wrap what lies between two runs; the next run that may close."""
        while closer.prev is not None and closer.prev is not opener:
            self._leave(closer.prev)
        left, right = opener.node, closer.node
        if opener.char == "~":
            following = closer.next
            self._remove(opener)
            self._remove(closer)
            if left.text == right.text:
                self._wrap("del", opener, closer)
                self._chain.unlink(left)
                self._chain.unlink(right)
            return following
        used = 2 if len(left.text) >= 2 and len(right.text) >= 2 else 1
        left.text, right.text = left.text[used:], right.text[used:]
        self._wrap("strong" if used == 2 else "em", opener, closer)
        if not left.text:
            self._chain.unlink(left)
            self._remove(opener)
        if right.text:
            return closer
        following = closer.next
        self._chain.unlink(right)
        self._remove(closer)
        return following

    def _wrap(self, tag: str, opener: Delimiter, closer: Delimiter) -> None:
        node = Node("element", tag, opener.position)
        first, last = opener.node.next, closer.node.prev
        if first is not closer.node and last is not None:
            self._chain.adopt(node, first, last)
        self._chain.insert_after(opener.node, node)
