"""Inline nodes as ElementTree, inside an element that a block has made."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from urllib.parse import quote, unquote
from xml.etree.ElementTree import Element, SubElement

from markdown.util import AMP_SUBSTITUTE, ETX, STX, HtmlStash

from anki_export.render import raw_html
from anki_export.render.inline import Rules, parse
from anki_export.render.math import for_anki
from anki_export.render.media import Missing
from anki_export.render.nodes import Node
from anki_export.render.scope import Scope, Source

MAX_DEPTH = 60
"""Inline elements nested deeper than this are dropped, their text is not."""


def escape(text: str) -> str:
    """Text whose ampersands Python-Markdown's serializer takes for what they are.

    It leaves everything alone that looks like an entity; its own mark for a literal
    ampersand does not look like one.
    """
    return text.replace("&", AMP_SUBSTITUTE + "amp;")


def add_text(parent: Element, text: str) -> None:
    """Append text behind all that an element holds."""
    if len(parent):
        parent[-1].tail = (parent[-1].tail or "") + text
    else:
        parent.text = (parent.text or "") + text


class MathStash:
    """Formulas on their way past everything that could change them."""

    _MARK = f"{STX}math:%d{ETX}"
    _MARKS = re.compile(f"{STX}math:([0-9]+){ETX}")

    def __init__(self) -> None:
        self._formulas: list[str] = []

    def store(self, tex: str, *, display: bool) -> str:
        """Keep a formula; gives back the mark that stands for it."""
        self._formulas.append(for_anki(tex, display=display))
        return self._MARK % (len(self._formulas) - 1)

    def restore(self, text: str) -> str:
        """Put the formulas back."""
        return self._MARKS.sub(lambda mark: self._formulas[int(mark.group(1))], text)

    def reset(self) -> None:
        """Forget all formulas."""
        self._formulas.clear()


_VERBATIM = frozenset({"code", "pre"})
"""Elements in which MathJax does nothing."""

_MATH_MARKS = ((r"\(", r"\)"), (r"\[", r"\]"), ("$$", "$$"), ("$`", "`$"))


class InlineWriter:
    """Reads a :class:`Source` and writes what it says into its element."""

    def __init__(self, scope: Scope, stash: HtmlStash, math: MathStash, rules: Rules) -> None:
        self._scope = scope
        self._stash = stash
        self._math = math
        self._rules = rules
        self._source = Source("")
        self._html: list[raw_html.Passed] = []
        self._verbatim = 0  # how many such elements are open

    def write(self, element: Element, source: Source) -> None:
        """Fill an element with the content of its source."""
        self._source = source
        self._verbatim = 0
        element.text = None
        if source.task is not None:
            box = SubElement(element, "input", {"type": "checkbox", "disabled": "disabled"})
            if source.task:
                box.set("checked", "checked")
            box.tail = " "
        nodes = parse(str(source), self._scope.references(), self._rules)
        tags = [(node.text, node.start) for node in _walk(nodes) if node.kind == "html"]
        self._html = raw_html.judge_inline(tags, self._report)[::-1]
        self._nodes(element, nodes)

    def _report(self, offset: int, message: str, hint: str) -> None:
        self._scope.report(self._source.line(offset), message, hint)

    def _nodes(self, parent: Element, nodes: list[Node]) -> None:
        """Write nodes in order; a stack of our own, nesting has no bound in the source."""
        stack = [(parent, node, 0) for node in reversed(nodes)]
        while stack:
            element, node, depth = stack.pop()
            inner = self._node(element, node, depth)
            if inner is not None:
                stack += [(inner, child, depth + 1) for child in reversed(node.children())]

    def _node(self, parent: Element, node: Node, depth: int) -> Element | None:
        """Write a node; gives back the element that its children go into, if it has any."""
        match node.kind:
            case "text":
                add_text(parent, escape(node.text))
            case "code":
                SubElement(parent, "code").text = escape(node.text)
            case "break":
                SubElement(parent, "br")
            case "element":
                # Strong in strong is strong (so does GitHub's renderer).
                same = node.text == parent.tag == "strong"
                return parent if same or depth >= MAX_DEPTH else SubElement(parent, node.text)
            case "link":
                return self._link(parent, node, depth)
            case "image":
                self._image(parent, node)
            case "math" | "display" if self._verbatim:
                add_text(parent, escape(self._as_written(node)))
            case "math" | "display":
                add_text(parent, self._math.store(node.text, display=node.kind == "display"))
            case "html":
                self._tag(parent, node)
            case "note":
                number = self._scope.footnote(node.label)
                mark = SubElement(parent, "sup", {"class": "footnote-ref"})
                mark.text = str(number)
        return None

    def _link(self, parent: Element, node: Node, depth: int) -> Element:
        self._use(node)
        if not raw_html.is_link(node.text) or depth >= MAX_DEPTH:
            return parent
        link = SubElement(parent, "a", {"href": escape(_percent_encoded(node.text))})
        if node.title:
            link.set("title", escape(node.title))
        return link

    def _use(self, node: Node) -> None:
        if node.label:
            self._scope.used[node.label] = self._scope.definitions[node.label]

    def _image(self, parent: Element, node: Node) -> None:
        self._use(node)
        attributes = {"alt": plain_text(node.children()).replace("\n", " ")}
        if node.title:
            attributes["title"] = node.title
        write_image(parent, self._scope, node.text, self._source.line(node.start), attributes)

    def _tag(self, parent: Element, node: Node) -> None:
        passed = self._html.pop()
        if passed.tag is None:
            add_text(parent, escape(passed.text))
        elif passed.tag.name == "img" and not passed.tag.closing:
            attributes = passed.tag.attributes
            line = self._source.line(node.start)
            write_image(parent, self._scope, attributes.get("src", ""), line, attributes)
        else:
            if passed.tag.name in _VERBATIM:
                self._verbatim += -1 if passed.tag.closing else 1
            add_text(parent, self._stash.store(passed.text))

    def _as_written(self, node: Node) -> str:
        """A formula with its marks: in ``<code>`` MathJax leaves it alone, and so do we."""
        start = self._source[node.start : node.start + 2]
        opening, closing = next((m for m in _MATH_MARKS if m[0] == start), ("$", "$"))
        return opening + node.text + closing


def write_image(
    parent: Element, scope: Scope, url: str, line: int | None, attributes: Mapping[str, str]
) -> None:
    """Write an image, or in its place its text where there is none."""
    found = scope.image(url, line)
    alt = attributes.get("alt", "")
    if isinstance(found, Missing):
        words = escape(alt or _file_name(url))
        if found.remote:
            address = {"class": "missing-media", "href": escape(found.remote)}
            SubElement(parent, "a", address).text = words
        else:
            SubElement(parent, "span", {"class": "missing-media"}).text = words
        return
    image = SubElement(parent, "img", {"src": found.name, "alt": escape(alt)})
    for name in ("title", "width", "height", "align"):
        if attributes.get(name):
            image.set(name, escape(attributes[name]))


def _percent_encoded(url: str) -> str:
    """A link's target as an attribute holds it; what is encoded already stays (CommonMark 6.3)."""
    return quote(url, safe="%/:?#@!$&'()*+,;=-_.~")


def _file_name(url: str) -> str:
    """What to call an image that has no text: its file; nothing of a ``data:`` address."""
    return "" if url.startswith("data:") else unquote(url.rstrip("/").rsplit("/", 1)[-1])


def missing_image(holder: Element) -> str:
    """The HTML of the single element that :func:`write_image` has put into a holder."""
    element = holder[0]
    attributes = "".join(f' {key}="{html.escape(_plain(v))}"' for key, v in element.items())
    start = f"<{element.tag}{attributes}>"
    return (
        start
        if element.tag == "img"
        else f"{start}{html.escape(_plain(element.text or ''))}</{element.tag}>"
    )


def _plain(text: str) -> str:
    return text.replace(AMP_SUBSTITUTE + "amp;", "&")


def plain_text(nodes: list[Node]) -> str:
    """The words of nodes, as an image's alternative text wants them (CommonMark 6.4)."""
    out = ""
    for node in _walk(nodes):
        if node.kind in ("text", "code"):
            out += node.text
        elif node.kind in ("math", "display"):
            out += f"${node.text}$"
        elif node.kind == "break":
            out += "\n"
    return out


def _walk(nodes: list[Node]) -> list[Node]:
    """All nodes in the source's order."""
    out, stack = [], nodes[::-1]
    while stack:
        node = stack.pop()
        out.append(node)
        stack += node.children()[::-1]
    return out
