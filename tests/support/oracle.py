"""Our Markdown beside GitHub's own: both as the same plain structure of tags and text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote

import cmarkgfm
from cmarkgfm.cmark import Options

from anki_export.cards.media import Media
from anki_export.markdown import Block, Rules, parse
from anki_export.markdown.converter import Converter
from anki_export.markdown.scan import HTML_TAGS
from anki_export.markdown.scope import Scope
from anki_export.model import MediaFile

GITHUB = Rules(cjk_bold=False, single_tilde=True, cjk_links=False, math=False, tools=False)
"""The rules with every deliberate difference switched off."""

EXTENSIONS = ["table", "strikethrough", "autolink", "tasklist"]

_VOID = {"br", "hr", "img", "input", "wbr", "col"}
_BLOCKS = frozenset(
    (
        "blockquote", "dd", "details", "div", "dl", "dt", "h1", "h2", "h3", "h4", "h5", "h6", "hr",
        "li", "ol", "p", "pre", "section", "summary", "table", "tbody", "td", "th", "thead", "tr", "ul",
    )
)  # fmt: skip
_DROPPED = {"span", "div", "tbody"}

Structure = list[str]

_TEXT, _VERBATIM = "\1", "\2"
"""Start tokens that are text, and text of code blocks."""


class AllMedia(Media):
    """A folder that holds every image: whether it does is no matter of grammar."""

    def __init__(self) -> None:
        super().__init__(Path(), 1)

    def find(self, note: str, url: str) -> MediaFile:
        return MediaFile("image.png", b"")


# --------------------------------------------------------------------------- both sides


def ours(lines: Sequence[str], rules: Rules | None = None) -> tuple[str, bool]:
    """Our HTML of a text, and whether there is math in it."""
    rules = rules or Rules()
    document = parse(lines, rules)
    scope = Scope(
        "note.md",
        AllMedia(),
        document.definitions,
        document.footnotes,
        document.environment,
    )
    converter = Converter(scope, rules)
    body = converter.blocks(document.root.children, lambda index: index + 1)
    html = (body + converter.footnotes(0)).html
    return html, r"\(" in body.html or r"\[" in body.html


def github(lines: Sequence[str], *, unsafe: bool = True) -> str:
    """GitHub's HTML of a text."""
    options = Options.CMARK_OPT_FOOTNOTES | (Options.CMARK_OPT_UNSAFE if unsafe else 0)
    html: str = cmarkgfm.markdown_to_html_with_extensions("\n".join(lines), options, EXTENSIONS)
    return html


# --------------------------------------------------------------------------- structure


class _Structure(HTMLParser):
    """Collects tags that mean something, and text with its white space collapsed."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.out: Structure = []
        self._pre = 0
        self._skip = 0  # inside a footnote's way back
        self._dropped: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if self._skip:
            return
        if tag == "a":
            self._link(values)
        elif tag in _DROPPED:
            return
        elif tag == "pre":
            self._pre += 1
            self.out.append("<pre>")
        elif tag == "img":
            self.out.append(f"<img {values.get('alt', '')!r}>")
        elif tag == "input":
            self.out.append(f"<input {'checked' in values}>")
        elif tag == "code" and self._pre:
            return
        else:
            kept = [f" {name}={values[name]}" for name in ("align", "start") if name in values]
            self.out.append(f"<{tag}{''.join(kept)}>")

    def _link(self, values: dict[str, str]) -> None:
        url = values.get("href", "")
        if "footnote-backref" in values.get("class", ""):
            self._skip += 1
            self._dropped.append("skip")
        elif url.startswith(("http://", "https://", "mailto:")):
            self._dropped.append("a")
            self.out.append(f"<a {_plain_url(url)}>")
        else:
            self._dropped.append("")

    def handle_endtag(self, tag: str) -> None:
        if tag == "a" and self._dropped:
            dropped = self._dropped.pop()
            self._skip -= dropped == "skip"
            if dropped == "a":
                self.out.append("</a>")
        elif self._skip:
            return
        elif tag == "pre":
            self._pre -= 1
            self.out.append("</pre>")
        elif tag not in _DROPPED and tag not in _VOID and not (tag == "code" and self._pre):
            self.out.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        if self._skip:
            return
        self.out.append((_VERBATIM if self._pre else _TEXT) + data)


def _plain_url(url: str) -> str:
    """A link's target without percent escapes: how a renderer writes them is no structure."""
    return unquote(url, errors="replace")


def structure(html: str) -> Structure:
    """Tags and text of HTML, written in one way."""
    parser = _Structure()
    parser.feed(html)
    parser.close()
    return _in_lists(list(_texts(parser.out)))


def _texts(tokens: Structure) -> Iterator[str]:
    """Tokens with texts joined; white space beside blocks dropped, elsewhere one space."""
    text = ""
    at_block = True
    for token in [*tokens, "<end>"]:
        if token[0] in (_TEXT, _VERBATIM):
            text += token if token[0] == _VERBATIM else token[1:]
            continue
        block = _is_block(token)
        if text:
            shown = _text(text)
            shown = shown.lstrip(" ") if at_block else shown
            shown = shown.rstrip(" ") if block else shown
            if shown:
                yield shown
                at_block = False
        text = ""
        if token != "<end>":
            yield token
        at_block = block or (at_block and token.startswith("<input"))


def _is_block(token: str) -> bool:
    name = re.match(r"</?(\w+)", token)
    return name is None or name.group(1) in _BLOCKS or name.group(1) in ("end", "br")


def _text(text: str) -> str:
    if _VERBATIM in text:
        lines = text.replace(_VERBATIM, "").split("\n")
        return "\n".join(line.rstrip() for line in lines).rstrip("\n")
    return re.sub(r"[ \t\n\r]+", " ", text)


def _in_lists(tokens: Structure) -> Structure:
    """A task's box stands inside its paragraph, wherever a renderer puts it."""
    for i in range(len(tokens) - 1):
        if tokens[i].startswith("<input") and tokens[i + 1] == "<p>":
            tokens[i], tokens[i + 1] = tokens[i + 1], tokens[i]
    return tokens


# --------------------------------------------------------------------------- differences by rule

_TAG_LIKE = re.compile(r"</?([a-zA-Z][a-zA-Z0-9-]*)(?=[\s/>]|$)")
_STAND_IN = "\u2039"
"""Stands for the ``<`` of an unknown tag: punctuation as well, but no HTML."""


def without_unknown_tags(lines: Sequence[str]) -> list[str]:
    """Lines in which a tag that is none of HTML's does not start with ``<``."""

    def replaced(found: re.Match[str]) -> str:
        name = found.group(1).lower()
        return found.group() if name in HTML_TAGS else _STAND_IN + found.group()[1:]

    return [_TAG_LIKE.sub(replaced, line) for line in lines]


def with_plain_rules(lines: Sequence[str]) -> list[str]:
    """Lines in which no dashes underline a heading: GitHub then sees what we see."""
    out = list(lines)
    for block in parse(lines).root.walk():
        if block.kind == "rule":
            out[block.start] = re.sub(r"-(?:[ \t]*-)+[ \t]*$", "***", out[block.start])
        elif block.kind == "paragraph":
            for index, text in block.text[1:]:
                if re.fullmatch(r"-+[ \t]*", text):
                    out[index] = out[index].replace("-", "\\-", 1)
    return out


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a text compares: the reason of a deliberate difference, or ``different``."""

    reason: str
    math: bool
    html: bool
    ours: Structure
    github: Structure

    @property
    def equal(self) -> bool:
        return self.reason != "different"


SINGLE_RULES = {
    "bold beside CJK": Rules(cjk_bold=False),
    "single tilde": Rules(single_tilde=True),
    "bare link beside CJK": Rules(cjk_links=False),
    "syntax of other tools": Rules(tools=False),
    "several rules": Rules(cjk_bold=False, single_tilde=True, cjk_links=False, tools=False),
}


def compare(lines: Sequence[str]) -> Verdict:
    """Compare a text as a card shows it with GitHub's, deliberate differences by their rules."""
    html, math = ours(lines)
    mine = structure(html)
    plain = without_unknown_tags(lines)
    raw_html = "raw HTML omitted" in github(plain, unsafe=False)
    theirs = structure(github(lines))
    if mine == theirs:
        return Verdict("", math, raw_html, mine, theirs)
    sources = {"dashes under a paragraph": with_plain_rules(lines), "unknown tags": plain}
    sources["unknown tags, dashes"] = without_unknown_tags(sources["dashes under a paragraph"])
    for reason, source in sources.items():
        theirs = _restored(structure(github(source)))
        if mine == theirs:
            return Verdict(reason, math, raw_html, mine, theirs)
    for reason, rules in SINGLE_RULES.items():
        if structure(ours(lines, rules)[0]) == theirs:
            return Verdict(reason, math, raw_html, mine, theirs)
    if math and structure(ours(lines, GITHUB)[0]) == theirs:
        return Verdict("math", math, raw_html, mine, theirs)
    return Verdict("different", math, raw_html, mine, theirs)


def _restored(tokens: Structure) -> Structure:
    return [token.replace(_STAND_IN, "<") for token in tokens]


def sections(lines: Sequence[str]) -> Iterator[tuple[int, list[str]]]:
    """A text's sections: from each heading at its top level to the next; index of the first line."""
    starts = [block.start for block in _headings(parse(lines).root)]
    bounds = [0, *(start for start in starts if start), len(lines)]
    for start, end in pairwise(bounds):
        if any(line.strip() for line in lines[start:end]):
            yield start, list(lines[start:end])


def _headings(root: Block) -> list[Block]:
    return [block for block in root.children if block.kind == "heading"]
