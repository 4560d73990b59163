"""Inline tokens as ElementTree, inside an element that a block has made."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from itertools import accumulate, repeat
from typing import cast
from urllib.parse import quote, unquote
from xml.etree.ElementTree import Element, SubElement

from markdown import Markdown
from markdown.treeprocessors import Treeprocessor
from markdown_it.token import Token

from anki_export.markdown import raw_html
from anki_export.markdown.grammar import is_intricate, parse_inline
from anki_export.markdown.math import formula_in
from anki_export.markdown.scan import normalise_label
from anki_export.markdown.scope import Conversion, Missing, Source
from anki_export.markdown.stash import add_text, escape, unescape
from anki_export.problems import ProblemKind
from anki_export.text import text_of

NAMELESS = cast(str, None)
"""The tag of an element that the serialiser writes without its tags."""

MAX_DEPTH = 60
"""Inline elements nested deeper than this are dropped, their text is not."""

MOST_EXPANDED = 100_000
"""Characters of link definitions on one card, each use counted (cmark's limit, of a text)."""

_ELEMENTS = {"strong_open": "strong", "em_open": "em", "s_open": "del", "mark_open": "mark"}
_VERBATIM = frozenset({"code", "pre"})
"""Elements in which MathJax does nothing."""


class InlineWriter(Treeprocessor):
    """Reads every :class:`Source` in a tree and writes what it says into its element."""

    def __init__(self, md: Markdown, now: Conversion) -> None:
        super().__init__(md)
        self._now = now
        self._lines: Sequence[int] = ()
        self._line = 0  # of the source, as far as it is written
        self._verbatim = 0  # how many such elements are open
        self._html: list[raw_html.Piece] = []

    def run(self, root: Element) -> None:
        """Read the inline Markdown in the tree."""
        for element in list(root.iter()):
            if isinstance(element.text, Source):
                self._write(element, element.text)

    def _write(self, element: Element, source: Source) -> None:
        """Fill an element with the content of its source."""
        element.text = None
        self._lines, self._verbatim = source.lines, 0
        if source.task is not None:
            box = SubElement(element, "input", {"type": "checkbox", "disabled": "disabled"})
            if source.task:
                box.set("checked", "checked")
            box.tail = " "
        tokens = parse_inline(source, self._now.scope.environment, self._now.rules)
        if is_intricate(source):
            message = "text that leaves too many brackets or tags open is shown as written"
            self._now.scope.report(self._file_line(0), message, "", ProblemKind.INTRICATE)
        several = "\n" in source
        starts = list(accumulate(map(_line_ends, tokens), initial=0)) if several else repeat(0)
        tags = [
            (token.content, line)
            for token, line in zip(tokens, starts, strict=False)
            if token.type == "html_inline" and not _is_hidden(token)
        ]
        self._html = raw_html.judge_inline(tags, self._report)[::-1]
        if tokens and all(token.type == "softbreak" or _is_hidden(token) for token in tokens):
            element.tag = NAMELESS  # a paragraph of nothing but a tool's marks
        stack = [element]
        for token, self._line in zip(tokens, starts, strict=False):
            if token.nesting < 0:
                stack.pop()
            else:
                inner = self._token(stack[-1], token, len(stack))
                if token.nesting > 0:
                    stack.append(stack[-1] if inner is None else inner)

    def _report(self, line: int, message: str, hint: str) -> None:
        self._now.scope.report(self._file_line(line), message, hint)

    def _file_line(self, line: int) -> int:
        return self._lines[min(line, len(self._lines) - 1)]

    def _token(self, parent: Element, token: Token, depth: int) -> Element | None:
        """Write a token; gives back the element that what follows goes into, if it opens one."""
        inner: Element | None = None
        match token.type:
            case "text" | "text_special" | "embed":
                add_text(parent, escape(token.content))
            case "softbreak":
                add_text(parent, "\n")
            case "hardbreak":
                SubElement(parent, "br").tail = "\n"
            case "code_inline":
                SubElement(parent, "code").text = escape(token.content)
            case "strong_open" | "em_open" | "s_open" | "mark_open":
                # Strong in strong is strong (so does GitHub's renderer).
                tag = _ELEMENTS[token.type]
                if depth < MAX_DEPTH and not tag == parent.tag == "strong":
                    inner = SubElement(parent, tag)
            case "link_open":
                inner = self._link(parent, token, depth)
            case "image":
                self._image(parent, token)
            case "math" if self._verbatim:
                add_text(parent, escape(token.markup))
            case "math":
                display = token.meta["display"]
                add_text(parent, self._now.formula(token.content, display=display))
            case "html_inline" if not _is_hidden(token):
                self._tag(parent)
            case "footnote_ref":
                number = self._now.scope.footnote(normalise_label(token.meta["label"]))
                mark = SubElement(parent, "sup", {"class": "footnote-ref"})
                mark.text = str(number)
        return inner

    def _link(self, parent: Element, token: Token, depth: int) -> Element | None:
        used = self._use(token)
        url = str(token.attrs.get("href", ""))
        if not used or not raw_html.is_link(url) or depth >= MAX_DEPTH:
            return None
        # What is percent-encoded already stays (CommonMark 6.3).
        address = quote(url, safe="%/:?#@!$&'()*+,;=-_.~")
        link = SubElement(parent, "a", {"href": escape(address)})
        if title := token.attrs.get("title"):
            link.set("title", escape(str(title)))
        return link

    def _use(self, token: Token) -> bool:
        """Note the definition that a token needs; whether the card still has room for it."""
        scope = self._now.scope
        label = normalise_label(token.meta["label"]) if "label" in token.meta else ""
        if label not in scope.definitions:
            return True
        scope.used[label] = definition = scope.definitions[label]
        scope.expanded += len(definition.url) + len(definition.title)
        if scope.expanded <= MOST_EXPANDED:
            return True
        message = "links by reference come to too much on one card; the rest is left as text"
        hint = f"at most {MOST_EXPANDED:,} characters of addresses"
        scope.report(self._file_line(0), message, hint, ProblemKind.INTRICATE)
        return False

    def _image(self, parent: Element, token: Token) -> None:
        used = self._use(token)
        alt = _plain_text(token.children or ()).replace("\n", " ")
        if not used:
            add_text(parent, escape(alt))
            return
        attributes = {name: str(value) for name, value in token.attrs.items()} | {"alt": alt}
        write_image(parent, self._now, self._file_line(self._line), attributes)

    def _tag(self, parent: Element) -> None:
        source, _, tag, _ = self._html.pop()
        if tag is None:
            add_text(parent, escape(source))
        elif tag.name == "img" and not tag.closing:
            write_image(parent, self._now, self._file_line(self._line), tag.attributes)
        else:
            if tag.name in _VERBATIM:
                self._verbatim += -1 if tag.closing else 1
            text = text_of(f".{source}.").strip(".")  # a line break, for some
            add_text(parent, self._now.stash.store(source, text))


def _is_hidden(token: Token) -> bool:
    return token.type == "html_inline" and token.content.startswith("<!--")


def _line_ends(token: Token) -> int:
    """How many line ends of the source a token covers, near enough for a problem's place."""
    if token.type in ("softbreak", "hardbreak"):
        return 1
    if token.type == "image":
        return sum(map(_line_ends, token.children or ()))
    return (token.markup if token.type == "math" else token.content).count("\n")


def write_image(parent: Element, now: Conversion, line: int, attributes: Mapping[str, str]) -> None:
    """Write an image; in its place the formula that it draws, or its text where there is none."""
    url, alt = attributes.get("src", ""), attributes.get("alt", "")
    if now.rules.tools and (drawn := formula_in(url)):
        add_text(parent, now.formula(drawn.tex, display=drawn.display))
        return
    found = now.scope.image(url, line)
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


def image_html(now: Conversion, line: int, attributes: Mapping[str, str]) -> str:
    """The HTML of what :func:`write_image` writes, for a block of HTML."""
    holder = Element("div")
    write_image(holder, now, line, attributes)
    if holder.text:
        return holder.text
    element = holder[0]
    kept = "".join(f' {key}="{html.escape(unescape(v))}"' for key, v in element.items())
    if element.tag == "img":
        return f"<img{kept}>"
    return f"<{element.tag}{kept}>{html.escape(unescape(element.text or ''))}</{element.tag}>"


def _file_name(url: str) -> str:
    """What to call an image that has no text: its file; nothing of a ``data:`` address."""
    if url.startswith("data:"):
        return ""
    return unquote(url.strip("[]").rstrip("/").rsplit("/", 1)[-1])


def _plain_text(tokens: Sequence[Token]) -> str:
    """The words of tokens, as an image's alternative text wants them (CommonMark 6.4)."""
    out = ""
    for token in tokens:
        if token.type in ("softbreak", "hardbreak"):
            out += "\n"
        elif token.type == "math":
            out += f"${token.content}$"
        elif token.type == "image":
            out += _plain_text(token.children or ())
        elif token.type != "html_inline":
            out += token.content
    return out
