"""HTML in Markdown: what passes, what is shown as text, what is left out and reported.

Three layers: here tags are judged one by one, while their line is known; unknown ones
are text the author wrote (``vector<int>``). What passes is written anew with allowed
attributes alone. :func:`clean` at last balances each field with nh3, so that no
unclosed element can swallow the card's template.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator, Sequence
from html.parser import HTMLParser
from itertools import chain
from typing import NamedTuple

import nh3

from anki_export.markdown.code import MAX_INDENT
from anki_export.markdown.scan import MARK_OF_ANKI, TAG, without_marks

# --------------------------------------------------------------------------- policy

_INLINE_NAMES = """
a abbr b bdi bdo big cite code del dfn em font i ins kbd mark q rp rt ruby s samp small
span strike strong sub sup tt u var wbr
"""
_BLOCK_NAMES = """
address article aside blockquote caption center col colgroup dd details div dl dt
figcaption figure footer h1 h2 h3 h4 h5 h6 header hr li main nav ol p picture pre section
summary table tbody td tfoot th thead tr ul
"""
_INLINE = frozenset(_INLINE_NAMES.split())
_BLOCK = frozenset(_BLOCK_NAMES.split())
ALLOWED = _INLINE | _BLOCK | {"br", "img"}
"""Elements that may pass: those that GitHub lets pass, and harmless containers."""

_DANGEROUS_NAMES = """
applet base button embed form frame frameset iframe input link math meta noscript object
script select style svg textarea
"""
_DANGEROUS = frozenset(_DANGEROUS_NAMES.split())
_RAW_TEXT = frozenset({"script", "style", "textarea", "iframe", "noscript"})

_ATTRIBUTES = {
    "a": {"href", "title"},
    "abbr": {"title"},
    "bdo": {"dir"},
    "col": {"align", "span"},
    "colgroup": {"align", "span"},
    "details": {"open"},
    "div": {"align"},
    "h1": {"align"},
    "h2": {"align"},
    "h3": {"align"},
    "img": {"align", "alt", "height", "src", "title", "width"},
    "ol": {"reversed", "start", "type"},
    "p": {"align"},
    "table": {"align"},
    "td": {"align", "colspan", "rowspan", "valign"},
    "th": {"align", "colspan", "rowspan", "scope", "valign"},
    "tr": {"align", "valign"},
}
_LINK = re.compile(r"(?:https?://|mailto:)", re.IGNORECASE)


def is_link(url: str) -> bool:
    """Whether a link can be followed from a card: the web and mail, nothing relative."""
    return _LINK.match(url.strip()) is not None


class Tag(NamedTuple):
    """A tag as written."""

    name: str
    closing: bool
    attributes: dict[str, str]


_ATTRIBUTE = re.compile(
    r"""([a-zA-Z_:][\w.:-]*)(?:\s*=\s*(?:([^\s"'=<>`]+)|'([^']*)'|"([^"]*)"))?"""
)


def parse_tag(source: str) -> Tag | None:
    """A tag's name and attributes; None for what is no tag (``<?…?>``, ``<!…>``)."""
    found = TAG.fullmatch(source)
    if not found:
        return None
    name = (found.group("open") or found.group("close")).lower()
    attributes: dict[str, str] = {}
    start = source.index(found.group("open")) + len(name) if found.group("open") else len(source)
    for key, *values in _ATTRIBUTE.findall(source, start):
        attributes.setdefault(key.lower(), html.unescape("".join(values)))
    # To a browser, `</br>` is a break (HTML standard, 13.2.6.4.7 "in body", end tag "br").
    closing = found.group("close") is not None and name != "br"
    return Tag(name, closing, attributes)


Report = Callable[[int, str, str], None]
"""Takes the offset in the text, a message and a hint."""


class Piece(NamedTuple):
    """A part of a text: a tag that passes, rewritten; or, with ``tag`` None, text."""

    text: str
    offset: int
    tag: Tag | None = None
    verbatim: bool = False
    """Text as written, in which entities mean nothing (a script, an unknown tag)."""


def judge(source: str, offset: int, report: Report) -> Piece:
    """What becomes of one tag; what is left out of it is reported."""
    tag = parse_tag(source)
    if tag is None or tag.name not in ALLOWED:
        if tag and tag.name in _DANGEROUS and not tag.closing:
            hint = "HTML that acts has no place on a card"
            report(offset, f"<{tag.name}> is shown as text", hint)
        return Piece(source, offset, verbatim=True)
    if tag.closing:
        return Piece(f"</{tag.name}>", offset, tag)
    allowed = _ATTRIBUTES.get(tag.name, set())
    kept: dict[str, str] = {}
    for key, value in tag.attributes.items():
        if key in allowed and (key != "href" or is_link(value)):
            kept[key] = value
        elif key.startswith("on") or key == "style":
            report(offset, f'attribute "{key}" of <{tag.name}> left out', "")
        elif key == "href" and ":" in value.split("/")[0] and not value.startswith("#"):
            report(offset, f"link to {value.split(':')[0]}: left out", "")
    if tag.name == "a" and "href" not in kept:
        return Piece(
            "", offset, tag
        )  # its text alone; the end tag without a partner goes by itself
    text = "".join(f' {key}="{html.escape(value)}"' for key, value in kept.items())
    return Piece(f"<{tag.name}{text}>", offset, tag._replace(attributes=kept))


def judge_inline(tags: Sequence[tuple[str, int]], report: Report) -> list[Piece]:
    """What becomes of the tags of one paragraph, given with their offsets.

    An element within a line that has no partner (``Array<i>``, ``x</s>``) is text too.
    """
    out = [judge(source, offset, report) for source, offset in tags]
    open_at: dict[str, list[int]] = {}
    alone: list[int] = []
    for i, (_, _, tag, _) in enumerate(out):
        if tag is None or tag.name not in _INLINE or tag.name == "wbr":
            continue
        starts = open_at.setdefault(tag.name, [])
        if not tag.closing:
            starts.append(i)
        elif starts:
            starts.pop()
        else:
            alone.append(i)
    for i in chain(alone, *open_at.values()):
        out[i] = Piece(*tags[i])
    return out


# --------------------------------------------------------------------------- blocks

_TOKEN = re.compile(
    r"(?P<comment><!-->|<!--->|<!--.*?(?:-->|$))|(?P<other><\?|<!\[CDATA\[|<!(?=[A-Za-z]))"
    rf"|(?P<tag>{TAG.pattern})",
    re.DOTALL,
)
_ENDS = {"<?": "?>", "<![CDATA[": "]]>", "<!": ">"}


def pieces(text: str, report: Report) -> Iterator[Piece]:
    """The parts of an HTML block, comments left out."""
    pos = done = 0
    lasts = {opening: text.rfind(closing) for opening, closing in _ENDS.items()}
    while found := _TOKEN.search(text, pos):
        pos = found.end()
        opening = found.group("other")
        if opening:
            if pos > lasts[opening]:  # never closed: text
                continue
            closing = _ENDS[opening]
            pos = text.index(closing, pos) + len(closing)
        if found.start() > done:
            yield Piece(text[done : found.start()], done)
        done = pos
        source = text[found.start() : pos]
        if found.group("comment"):
            if not source.endswith(">"):
                report(found.start(), "HTML comment is never closed", "nothing below it is shown")
            continue
        piece = judge(source, found.start(), report)
        tag = parse_tag(source) if piece.verbatim else None
        if tag and tag.name in _RAW_TEXT and not tag.closing:
            end = re.compile(rf"</{tag.name}\s*>", re.IGNORECASE).search(text, pos)
            done = pos = end.end() if end else len(text)
            piece = piece._replace(text=text[found.start() : pos])
        yield piece
    if done < len(text):
        yield Piece(text[done:], done)


# --------------------------------------------------------------------------- last net

_CLASSED = "a code dd details div dl dt li p pre section span sup tr ul"
_OWN = {name: {"class"} for name in _CLASSED.split()}
_OWN["li"], _OWN["sup"] = {"class", "id"}, {"class", "id"}
"""Attributes that only the renderer itself writes: :func:`judge` lets none of them pass."""

_CLEANER = nh3.Cleaner(
    tags=set(ALLOWED | {"input"}),
    clean_content_tags=set(),
    attributes={
        name: _ATTRIBUTES.get(name, set()) | _OWN.get(name, set()) for name in {*_ATTRIBUTES, *_OWN}
    }
    | {"input": {"checked", "disabled"}},
    tag_attribute_values={
        "span": {"style": {f"--indent:{n}" for n in range(MAX_INDENT + 1)}},
        "input": {"type": {"checkbox"}},
    },
    url_schemes={"http", "https", "mailto"},
    link_rel=None,
    strip_comments=True,
)


def clean(fragment: str) -> str:
    """A balanced fragment of nothing but allowed elements and attributes."""
    return _CLEANER.clean(fragment)


def harmless(fragment: str) -> str:
    """A field that was made before, as it may be shown: as it is if nothing in it is foreign.

    Ledgers, caches and packages travel with notes, so what they hold is no more trusted
    than a note. What was made here comes back to the letter, formulas and all.
    """
    if not ("<" in fragment or "&" in fragment or "[" in fragment):
        return fragment
    cleaned = clean(fragment)
    if cleaned != fragment and _Events.of(cleaned) == _Events.of(fragment):
        cleaned = fragment
    return without_marks(cleaned)


class _Events(HTMLParser):
    """What a parser sees of HTML: two spellings of the same are equal."""

    @classmethod
    def of(cls, fragment: str) -> list[object]:
        """All of a fragment in its order."""
        parser = cls()
        parser.feed(fragment)
        parser.close()
        return parser.seen

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.seen: list[object] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, sorted((name, value or "") for name, value in attrs)))

    def handle_endtag(self, tag: str) -> None:
        self.seen.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        self.seen.append(data)

    def handle_comment(self, data: str) -> None:
        self.seen.append(("other", data))

    handle_pi = unknown_decl = handle_comment

    def handle_decl(self, decl: str) -> None:
        self.handle_comment(decl)


# --------------------------------------------------------------------------- Anki's own marks

_MARKS = re.compile(rf"{MARK_OF_ANKI}|\{{(?=\{{)|\\(?=[()\[\]])", re.IGNORECASE)
_PART = re.compile(r"<[^<>]*>|[^<]+|<")


def neutralise(fragment: str) -> str:
    r"""A fragment in which Anki finds no marks of its own (ANKI_FACTS, on the phone).

    ``[sound:``, ``[latex]``, ``[$]``, ``{{`` and MathJax's ``\(`` are parted by an empty
    element: nothing of it is seen or copied, and neither Anki, which looks at the
    source, nor MathJax, which looks at runs of text, finds them. In attributes an
    entity does the same.
    """
    if not _MARKS.search(fragment):
        return fragment
    return "".join(_neutralise(part) for part in _PART.findall(fragment))


def _neutralise(part: str) -> str:
    if part.startswith("<") and part.endswith(">"):
        return _MARKS.sub(lambda mark: f"&#{ord(mark.group())};", part)
    return _MARKS.sub(lambda mark: mark.group() + "<span></span>", part)
