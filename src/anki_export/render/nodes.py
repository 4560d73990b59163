"""What inline Markdown consists of: nodes in a chain that grows while a text is read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from anki_export.render import inline_scan as scan

NodeKind = Literal[
    "head", "text", "code", "element", "link", "image", "html", "comment",
    "math", "display", "note", "break",
]  # fmt: skip


@dataclass(slots=True, eq=False)
class Node:
    """A piece of inline content, linked to its neighbours while it is parsed."""

    kind: NodeKind
    text: str = ""
    """Text, code, HTML or TeX; of an element its tag; of a link or image its target."""
    start: int = 0
    """Where it starts in the source: for problems' line numbers."""
    title: str = ""
    label: str = ""
    """Of a link or image the label of its definition; of a footnote its own."""
    first: Node | None = None
    """The first child; the others follow by ``next``."""
    prev: Node | None = field(default=None, repr=False)
    next: Node | None = field(default=None, repr=False)

    def children(self) -> list[Node]:
        """All children in order."""
        out, node = [], self.first
        while node is not None:
            out.append(node)
            node = node.next
        return out


class Chain:
    """The nodes of a text so far, linked to their neighbours."""

    def __init__(self) -> None:
        self.head = Node("head")
        self.tail = self.head

    def append(self, node: Node) -> Node:
        """Put a node at the end."""
        node.prev = self.tail
        self.tail.next = node
        self.tail = node
        return node

    def insert_after(self, place: Node, node: Node) -> None:
        """Put a node behind another one."""
        node.prev, node.next = place, place.next
        if place.next is not None:
            place.next.prev = node
        place.next = node
        if self.tail is place:
            self.tail = node

    def unlink(self, node: Node) -> None:
        """Take a node out."""
        if node.prev is not None:
            node.prev.next = node.next
        if node.next is not None:
            node.next.prev = node.prev
        if self.tail is node and node.prev is not None:
            self.tail = node.prev
        node.prev = node.next = None

    def adopt(self, parent: Node, first: Node | None, last: Node) -> None:
        """Move the nodes from ``first`` to ``last`` into ``parent``."""
        if first is None:
            return
        before, after = first.prev, last.next
        if before is not None:
            before.next = after
        if after is not None:
            after.prev = before
        elif before is not None:
            self.tail = before
        first.prev = last.next = None
        parent.first = first

    def take_back(self, count: int) -> bool:
        """Remove the last characters of text again: they belong to a link."""
        if sum(len(node.text) for node in self._last_texts(count)) < count:
            return False
        while count > 0:
            kept = len(self.tail.text) - count
            if kept > 0:
                self.tail.text = self.tail.text[:kept]
                return True
            count = -kept
            self.unlink(self.tail)
        return True

    def _last_texts(self, count: int) -> list[Node]:
        out: list[Node] = []
        node: Node | None = self.tail
        while node is not None and node.kind == "text" and count > 0:
            out.append(node)
            count -= len(node.text)
            node = node.prev
        return out

    def finish(self) -> list[Node]:
        """The nodes: neighbouring texts joined, email addresses linked outside of links."""
        self.head.first = self.head.next
        stack = [(self.head, False)]
        while stack:
            parent, in_link = stack.pop()
            in_link = in_link or parent.kind == "link"
            children = _join(parent.children())
            if not in_link:
                children = [new for child in children for new in _link_emails(child)]
            parent.first = children[0] if children else None
            for index, child in enumerate(children):
                child.next = children[index + 1] if index + 1 < len(children) else None
                if child.first is not None:
                    stack.append((child, in_link))
        return self.head.children()


def _join(nodes: list[Node]) -> list[Node]:
    out: list[Node] = []
    for node in nodes:
        if node.kind == "text" and out and out[-1].kind == "text":
            out[-1].text += node.text
        elif node.kind != "text" or node.text:
            out.append(node)
    return out


def _link_emails(node: Node) -> list[Node]:
    """A text with the email addresses in it as links (GFM 6.9)."""
    if node.kind != "text" or "@" not in node.text:
        return [node]
    out, last = [], 0
    for found in scan.emails(node.text):
        address = found.group()
        link = Node("link", "mailto:" + address.removeprefix("mailto:"), node.start)
        link.first = Node("text", address, node.start)
        out += [Node("text", node.text[last : found.start()], node.start), link]
        last = found.end()
    out.append(Node("text", node.text[last:], node.start))
    return [new for new in out if new.kind != "text" or new.text]
