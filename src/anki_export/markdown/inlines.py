"""Inline tokens as ElementTree, inside an element that a block has made."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from typing import cast
from urllib.parse import quote, unquote
from xml.etree.ElementTree import Element, SubElement

from markdown_it.token import Token

from anki_export.markdown import raw_html
from anki_export.markdown.grammar import Rules, is_intricate, parse_inline
from anki_export.markdown.math import for_anki, formula_in
from anki_export.markdown.scan import normalise_label
from anki_export.markdown.scope import Missing, Scope, Source
from anki_export.markdown.stash import Stash, add_text, escape, unescape
from anki_export.problems import ProblemKind
from anki_export.text import text_of

NAMELESS = cast(str, None)
"""The tag of an element that the serialiser writes without its tags."""

MAX_DEPTH = 60
"""Inline elements nested deeper than this are dropped, their text is not."""

_ELEMENTS = {"strong_open": "strong", "em_open": "em", "s_open": "del", "mark_open": "mark"}
_VERBATIM = frozenset({"code", "pre"})
"""Elements in which MathJax does nothing."""


class InlineWriter:
    """Reads a :class:`Source` and writes what it says into its element."""

    def __init__(self, scope: Scope, stash: Stash, rules: Rules) -> None:
        self._scope = scope
        self._stash = stash
        self._rules = rules
        self._lines: Sequence[int | None] = ()
        self._line = 0  # of the source, as far as it is written
        self._counts = False  # whether the source has several lines
        self._verbatim = 0  # how many such elements are open
        self._html: list[raw_html.Passed] = []

    def write(self, element: Element, source: Source) -> None:
        """Fill an element with the content of its source."""
        element.text = None
        self._lines, self._line, self._verbatim = source.lines, 0, 0
        if source.task is not None:
            box = SubElement(element, "input", {"type": "checkbox", "disabled": "disabled"})
            if source.task:
                box.set("checked", "checked")
            box.tail = " "
        tokens = parse_inline(source, self._scope.environment, self._rules)
        if is_intricate(source):
            message = "text that leaves too many brackets or tags open is shown as written"
            self._scope.report(self._file_line(0), message, "", ProblemKind.INTRICATE)
        self._counts = "\n" in source
        self._html = self._judged(tokens)
        if tokens and all(map(_is_hidden, tokens)):
            element.tag = NAMELESS  # a paragraph of nothing but a tool's marks
        stack = [element]
        for token in tokens:
            if token.nesting < 0:
                stack.pop()
            else:
                inner = self._token(stack[-1], token, len(stack))
                if token.nesting > 0:
                    stack.append(stack[-1] if inner is None else inner)

    def _judged(self, tokens: Sequence[Token]) -> list[raw_html.Passed]:
        """What becomes of the tags, the last one first."""
        if not any(token.type == "html_inline" for token in tokens):
            return []
        tags: list[tuple[str, int]] = []
        line = 0
        for token in tokens:
            if token.type == "html_inline" and not token.content.startswith("<!--"):
                tags.append((token.content, line))
            line += _line_ends(token)
        return raw_html.judge_inline(tags, self._report)[::-1]

    def _report(self, line: int, message: str, hint: str) -> None:
        self._scope.report(self._file_line(line), message, hint)

    def _file_line(self, line: int) -> int | None:
        return self._lines[min(line, len(self._lines) - 1)] if self._lines else None

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
            case "math":
                self._math(parent, token)
            case "html_inline" if not token.content.startswith("<!--"):
                self._tag(parent)
            case "footnote_ref":
                number = self._scope.footnote(normalise_label(token.meta["label"]))
                mark = SubElement(parent, "sup", {"class": "footnote-ref"})
                mark.text = str(number)
        if self._counts:
            self._line += _line_ends(token)
        return inner

    def _math(self, parent: Element, token: Token) -> None:
        if self._verbatim:
            add_text(parent, escape(token.markup))
            return
        self._formula(parent, token.content, display=token.meta["display"])

    def _formula(self, parent: Element, tex: str, *, display: bool) -> None:
        formula = for_anki(tex, display=display)
        add_text(parent, self._stash.store(formula, html.unescape(formula), safe=True))

    def _link(self, parent: Element, token: Token, depth: int) -> Element | None:
        self._use(token)
        url = str(token.attrs.get("href", ""))
        if not raw_html.is_link(url) or depth >= MAX_DEPTH:
            return None
        link = SubElement(parent, "a", {"href": escape(_percent_encoded(url))})
        if title := token.attrs.get("title"):
            link.set("title", escape(str(title)))
        return link

    def _use(self, token: Token) -> None:
        label = normalise_label(token.meta["label"]) if "label" in token.meta else ""
        if label in self._scope.definitions:
            self._scope.used[label] = self._scope.definitions[label]

    def _image(self, parent: Element, token: Token) -> None:
        self._use(token)
        attributes = {"alt": _plain_text(token.children or ()).replace("\n", " ")}
        if title := token.attrs.get("title"):
            attributes["title"] = str(title)
        for name in ("width", "height"):
            if name in token.attrs:
                attributes[name] = str(token.attrs[name])
        url = str(token.attrs.get("src", ""))
        if self._rules.tools and (found := formula_in(url)):
            self._formula(parent, found.tex, display=found.display)
            return
        write_image(parent, self._scope, url, self._file_line(self._line), attributes)

    def _tag(self, parent: Element) -> None:
        passed = self._html.pop()
        if passed.tag is None:
            add_text(parent, escape(passed.text))
        elif passed.tag.name == "img" and not passed.tag.closing:
            attributes, line = passed.tag.attributes, self._file_line(self._line)
            url = attributes.get("src", "")
            if self._rules.tools and (found := formula_in(url)):
                self._formula(parent, found.tex, display=found.display)
            else:
                write_image(parent, self._scope, url, line, attributes)
        else:
            if passed.tag.name in _VERBATIM:
                self._verbatim += -1 if passed.tag.closing else 1
            text = text_of(f".{passed.text}.").strip(".")  # a line break, for some
            add_text(parent, self._stash.store(passed.text, text))


def _is_hidden(token: Token) -> bool:
    return token.type == "softbreak" or (
        token.type == "html_inline" and token.content.startswith("<!--")
    )


def _line_ends(token: Token) -> int:
    """How many line ends of the source a token covers, near enough for a problem's place."""
    if token.type in ("softbreak", "hardbreak"):
        return 1
    if token.type == "image":
        return sum(map(_line_ends, token.children or ()))
    return (token.markup if token.type == "math" else token.content).count("\n")


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


def image_html(scope: Scope, url: str, line: int | None, attributes: Mapping[str, str]) -> str:
    """The HTML of what :func:`write_image` writes, for a block of HTML."""
    holder = Element("div")
    write_image(holder, scope, url, line, attributes)
    element = holder[0]
    kept = "".join(f' {key}="{html.escape(unescape(v))}"' for key, v in element.items())
    if element.tag == "img":
        return f"<img{kept}>"
    return f"<{element.tag}{kept}>{html.escape(unescape(element.text or ''))}</{element.tag}>"


def _percent_encoded(url: str) -> str:
    """A link's target as an attribute holds it; what is encoded already stays (CommonMark 6.3)."""
    return quote(url, safe="%/:?#@!$&'()*+,;=-_.~")


def _file_name(url: str) -> str:
    """What to call an image that has no text: its file; nothing of a ``data:`` address."""
    return "" if url.startswith("data:") else unquote(url.rstrip("/").rsplit("/", 1)[-1])


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
