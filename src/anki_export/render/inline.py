"""Inline Markdown as GitHub reads it: text in, a list of nodes out.

The algorithm is CommonMark's (appendix "An algorithm for parsing nested emphasis and
links") with GitHub's strikethrough, bare links and footnotes, and math. Nothing here
makes HTML or has side effects: a text can be parsed twice, which is how bold beside
Chinese punctuation works (see :func:`parse`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from anki_export.blocks import normalise_label
from anki_export.blocks_scan import TAG, Definition, unescape
from anki_export.render import inline_scan as scan
from anki_export.render.emphasis import Delimiter, Delimiters, flanking
from anki_export.render.math import scan_math
from anki_export.render.nodes import Chain, Node, NodeKind


@dataclass(frozen=True, slots=True)
class Rules:
    """Where a card differs from GitHub on purpose; all off is GitHub's own grammar."""

    cjk_bold: bool = True
    """Bold where GitHub leaves ``**`` beside Chinese punctuation."""
    single_tilde: bool = False
    """Whether single tildes strike out."""
    cjk_links: bool = True
    """Bare links end at Chinese punctuation."""
    math: bool = True
    relaxed: bool = False
    """Whether ``**`` beside Chinese punctuation opens and closes; see :func:`parse`."""


@dataclass(frozen=True, slots=True)
class References:
    """What labels in a text can mean."""

    definitions: Mapping[str, Definition] = field(default_factory=dict)
    footnotes: frozenset[str] = frozenset()


def parse(text: str, references: References, rules: Rules) -> list[Node]:
    """The nodes of a text.

    Where GitHub's rules leave ``**`` beside Chinese text as it is, the text is read once
    more with rules that know Chinese punctuation; the reading that leaves fewer marks
    stands. So everything that GitHub sets in bold stays exactly as it is there.
    """
    parser = _Parser(text, references, rules)
    nodes = parser.parse()
    if rules.cjk_bold and parser.delimiters.unmatched_beside_cjk:
        again = _Parser(text, references, replace(rules, relaxed=True))
        better = again.parse()
        if again.delimiters.unmatched_bold < parser.delimiters.unmatched_bold:
            return better
    return nodes


@dataclass(slots=True, eq=False)
class _Bracket:
    """An opening ``[`` or ``![`` that may become a link."""

    node: Node
    position: int
    image: bool
    active: bool = True
    followed: bool = False
    """Whether another bracket opened in it: then it is no label by itself."""


_PLAIN = re.compile(r"[^\n\\`\[\]!<&*_~$:w]+")


class _Parser:
    """One reading of one text."""

    def __init__(self, text: str, references: References, rules: Rules) -> None:
        self.text = text
        self.pos = 0
        self.references = references
        self.rules = rules
        self.code = scan.Code(text)
        self.chain = Chain()
        self.delimiters = Delimiters(self.chain)
        self.brackets: list[_Bracket] = []
        self.absent: set[str] = set()  # ends of HTML that the rest of the text lacks
        self.handlers: dict[str, Callable[[], bool]] = {
            "\n": self._line_end,
            "\\": self._backslash,
            "`": self._code_span,
            "*": self._delimiter,
            "_": self._delimiter,
            "~": self._delimiter,
            "[": self._open_bracket,
            "!": self._open_image,
            "]": self._close_bracket,
            "<": self._angle,
            "&": self._entity,
            "$": self._math,
            ":": self._bare_url,
            "w": self._bare_www,
        }

    def parse(self) -> list[Node]:
        while self.pos < len(self.text):
            if plain := _PLAIN.match(self.text, self.pos):
                self._add_text(plain.group(), plain.end())
                continue
            char = self.text[self.pos]
            if not self.handlers[char]():
                self._add_text(char, self.pos + 1)
        self.delimiters.process(0)
        return self.chain.finish()

    # ------------------------------------------------------------------ spans

    def _add(self, node: Node, end: int) -> bool:
        self.chain.append(node)
        self.pos = end
        return True

    def _add_text(self, text: str, end: int) -> bool:
        return self._add(Node("text", text, self.pos), end)

    def _line_end(self) -> bool:
        last = self.chain.tail
        hard = last.kind == "text" and last.text.endswith("  ")
        if last.kind == "text":
            last.text = last.text.rstrip(" ")
        end = self.pos + 1
        while self.text[end : end + 1] in (" ", "\t"):
            end += 1
        if hard:
            self._add(Node("break", start=self.pos), self.pos)
        return self._add_text("\n", end)

    def _backslash(self) -> bool:
        if self.rules.math and self._math():
            return True
        after = self.text[self.pos + 1 : self.pos + 2]
        if after == "\n":
            self._add(Node("break", start=self.pos), self.pos + 1)
            return self._line_end()
        if after and after in scan.ESCAPABLE:
            return self._add_text(after, self.pos + 2)
        return False

    def _code_span(self) -> bool:
        length = _run(self.text, self.pos)
        start = self.pos + length
        end = self.code.end(start, length)
        if end is None:
            return self._add_text("`" * length, start)
        node = Node("code", scan.code_text(self.text[start:end]), self.pos)
        return self._add(node, end + length)

    def _math(self) -> bool:
        if not self.rules.math:
            return False
        found = scan_math(self.text, self.pos, self.code.starts_span)
        if found is None:
            return False
        kind: NodeKind = "display" if found.display else "math"
        return self._add(Node(kind, found.tex, self.pos), found.end)

    def _entity(self) -> bool:
        found = scan.entity(self.text, self.pos)
        return found is not None and self._add_text(*found)

    def _delimiter(self) -> bool:
        length = _run(self.text, self.pos)
        char, end = self.text[self.pos], self.pos + length
        before, after = self._around(self.pos, end, skip="" if char == "~" else "~")
        opens, closes = flanking(char, length, before, after, relaxed=self.rules.relaxed)
        node = self.chain.append(Node("text", char * length, self.pos))
        struck = length == 2 or (length == 1 and self.rules.single_tilde)
        if (char != "~" or struck) and (opens or closes):
            beside = scan.is_cjk(before) or scan.is_cjk(after)
            self.delimiters.push(
                Delimiter(node, char, length, opens, closes, self.pos, beside_cjk=beside)
            )
        elif char == "*" and length >= 2:
            self.delimiters.note_unmatched(before, after)
        self.pos = end
        return True

    def _around(self, start: int, end: int, skip: str) -> tuple[str, str]:
        """The characters beside a run; emphasis looks past tildes (as GitHub's parser does)."""
        if skip:
            while start > 0 and self.text[start - 1] == skip:
                start -= 1
            while self.text.startswith(skip, end):
                end += 1
        return self.text[start - 1 : start] if start else "", self.text[end : end + 1]

    # ------------------------------------------------------------------ angle brackets

    def _angle(self) -> bool:
        if found := scan.AUTOLINK.match(self.text, self.pos):
            return self._add_link(found.group(1), found.group(1), found.end())
        if found := scan.EMAIL_AUTOLINK.match(self.text, self.pos):
            return self._add_link("mailto:" + found.group(1), found.group(1), found.end())
        end = self._html_end()
        if end is None:
            return False
        source = self.text[self.pos : end]
        kind: NodeKind = "comment" if source.startswith("<!--") else "html"
        return self._add(Node(kind, source, self.pos), end)

    def _html_end(self) -> int | None:
        """Where the tag, comment or other HTML that starts here ends (6.6)."""
        if found := _TAG.match(self.text, self.pos):
            return found.end()
        for start, mark in _HTML_MARKS:
            if self.text.startswith(start, self.pos) and mark not in self.absent:
                end = self.text.find(mark, self.pos + (2 if mark == "-->" else len(start)))
                if end >= 0:
                    return end + len(mark)
                self.absent.add(mark)  # nor will it be found from any later position
        return None

    def _add_link(self, url: str, text: str, end: int, title: str = "") -> bool:
        node = Node("link", url, self.pos, title=title)
        node.first = Node("text", text, self.pos)
        return self._add(node, end)

    # ------------------------------------------------------------------ bare links

    def _bare_url(self) -> bool:
        tail = self.chain.tail
        if self.brackets or tail.kind != "text" or not self.text.startswith("://", self.pos):
            return False
        scheme = scan.scheme_before(self.text[: self.pos])
        if not scheme or not self.text.endswith(scheme, 0, self.pos):
            return False
        end = scan.bare_url(self.text, self.pos, stop_at_cjk=self.rules.cjk_links)
        if end is None:
            return False
        if not self.chain.take_back(len(scheme)):
            return False
        self.pos -= len(scheme)
        url = self.text[self.pos : end]
        return self._add_link(url, url, end)

    def _bare_www(self) -> bool:
        if self.brackets or not self.text.startswith("www.", self.pos):
            return False
        end = scan.bare_www(self.text, self.pos, stop_at_cjk=self.rules.cjk_links)
        if end is None:
            return False
        url = self.text[self.pos : end]
        return self._add_link("http://" + url, url, end)

    # ------------------------------------------------------------------ brackets

    def _open_bracket(self) -> bool:
        return self._push_bracket("[", image=False)

    def _open_image(self) -> bool:
        if not self.text.startswith("[", self.pos + 1) or self.text.startswith("^", self.pos + 2):
            return False
        return self._push_bracket("![", image=True)

    def _push_bracket(self, mark: str, *, image: bool) -> bool:
        if self.brackets:
            self.brackets[-1].followed = True
        node = self.chain.append(Node("text", mark, self.pos))
        self.brackets.append(_Bracket(node, self.pos, image))
        self.pos += len(mark)
        return True

    def _close_bracket(self) -> bool:
        if not self.brackets:
            return False
        opener = self.brackets[-1]
        if not opener.active:
            self.brackets.pop()
            return False
        found = self._target(opener)
        if found is None:
            self.brackets.pop()
            return self._footnote(opener)
        node, end = found
        last = self.chain.tail
        if opener.node.next is not None:
            self.delimiters.process(opener.position + 1)
            last = self.chain.tail
            self.chain.adopt(node, opener.node.next, last)
        self.chain.insert_after(opener.node, node)
        self.chain.unlink(opener.node)
        self.brackets.pop()
        if not opener.image:
            for bracket in self.brackets:
                bracket.active = bracket.active and bracket.image
        self.pos = end
        return True

    def _target(self, opener: _Bracket) -> tuple[Node, int] | None:
        """The link or image that a closing bracket ends, and where its target ends."""
        kind: NodeKind = "image" if opener.image else "link"
        start = opener.position
        if target := scan.link_target(self.text, self.pos + 1):
            url, title = unescape(target.url), unescape(target.title)
            return Node(kind, url, start, title=title), target.end
        label = scan.LABEL.match(self.text, self.pos + 1)
        end = self.pos + 1
        if label and label.group(1).strip():
            name, end = label.group(1), label.end()
        elif opener.followed:
            return None
        else:
            name = self.text[opener.position + 1 + opener.image : self.pos]
            end = label.end() if label and not label.group(1) else end
        name = normalise_label(name)
        definition = self.references.definitions.get(name)
        if definition is None:
            return None
        return Node(kind, definition.url, start, title=definition.title, label=name), end

    def _footnote(self, opener: _Bracket) -> bool:
        """A reference to a footnote that exists; anything else stays text."""
        label = self.text[opener.position + 1 : self.pos]
        if opener.image or not label.startswith("^") or len(label) < 2:
            return False
        name = normalise_label(label[1:])
        if name not in self.references.footnotes:
            return False
        self.delimiters.drop_from(opener.position)
        while self.chain.tail is not opener.node:
            self.chain.unlink(self.chain.tail)
        self.chain.unlink(opener.node)
        return self._add(Node("note", start=opener.position, label=name), self.pos + 1)


_TAG = re.compile(rf"{TAG.pattern}|<![A-Za-z][^>]*>|<!-->|<!--->")
_HTML_MARKS = (("<!--", "-->"), ("<?", "?>"), ("<![CDATA[", "]]>"))


def _run(text: str, pos: int) -> int:
    """How often the character at ``pos`` is repeated."""
    end = pos + 1
    while text.startswith(text[pos], end):
        end += 1
    return end - pos
