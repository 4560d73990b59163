"""The cards' templates: five plain files that a user edits, checked before anything is written.

A template is Anki's own HTML: ``{{Field}}``, ``{{#Field}}…{{/Field}}``, ``{{^Field}}…{{/Field}}``
and filters such as ``{{text:Field}}``. Three things are ours. HTML comments are for whoever edits
the file and stay out of the package. ``%CODE%`` is the class that says what long lines of code do,
``code-wraps`` or ``code-scrolls``. And a template says itself how a card names its source note:

    <!-- source-url --><a href="%SOURCE_URL%{{Source}}">{{Source}}</a><!-- /source-url -->
    <!-- no-source-url -->{{Source}}<!-- /no-source-url -->

The first part is kept when ``source_url`` is configured, the second when it is not.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from anki_export.files import read_regular
from anki_export.model import FIELDS, FileLocation, Kind, MediaFile
from anki_export.problems import ProblemKind, Problems, Severity, UsageError, nearest

MOST_BYTES = 20_000_000
"""Of a template, the style sheet or a file that they show."""

SPECIAL_FIELDS = ("Tags", "Type", "Deck", "Subdeck", "Card", "CardFlag")
"""What Anki itself fills in, on both sides (the manual's "Special Fields")."""

FILTERS = ("text", "hint", "type", "nc", "edit", "furigana", "kana", "kanji", "tts", "tts-voices")
"""What may stand before a field's name, with a colon after it. Those for clozes are left out."""

STYLE = "style.css"

_CODE = {True: "code-wraps", False: "code-scrolls"}


@dataclass(frozen=True, slots=True)
class Sides:
    """Both sides of a notetype's only card template, or of a card."""

    front: str
    back: str


@dataclass(frozen=True, slots=True)
class Templates:
    """All that the cards' look is made of; ``media`` are the ``_…`` files that it refers to."""

    cards: Mapping[Kind, Sides]
    css: str
    media: tuple[MediaFile, ...] = ()


def default_directory() -> Path:
    """Return the shipped templates: in an installed package, else at the top of the checkout."""
    packaged = Path(str(resources.files("anki_export"))) / "_templates"
    return packaged if packaged.is_dir() else Path(__file__).resolve().parents[3] / "templates"


def load_templates(
    directory: Path | None, *, source_url: str | None, problems: Problems, code_wrap: bool = True
) -> Templates:
    """Read, check and resolve the templates in ``directory`` (default: the shipped ones).

    ``source_url`` is what stands before a source note's path in a link to it; without it the
    cards show the path alone. ``code_wrap`` is whether long lines of code go on in further rows.
    ``problems`` gets what may surprise, located at the path of the file as given.

    Raises:
        UsageError: with every fault, if there is one.
    """
    folder = directory or default_directory()
    found = Problems()
    cards: dict[Kind, Sides] = {}
    media: dict[str, MediaFile] = {}
    unusable = "the card templates cannot be used"
    if not folder.is_dir():
        where = FileLocation(folder.as_posix())
        found.add(ProblemKind.TEMPLATE, where, "there is no such templates folder")
        raise UsageError(unusable, problems=found)
    for kind in Kind:
        sides = []
        for side in ("front", "back"):
            file = _File(folder, f"{kind}.{side}.html", found)
            html = _load_side(file, kind, side, source_url, media)
            if html and "%CODE%" not in html and not code_wrap:
                file.warn(
                    None, "code_wrap has no effect", "name the class %CODE% around the fields"
                )
            sides.append(html.replace("%CODE%", _CODE[code_wrap]))
        cards[kind] = Sides(*sides)
    css = _load_css(_File(folder, STYLE, found), media)
    if any(problem.severity is Severity.ERROR for problem in found):
        raise UsageError(unusable, problems=found)
    problems.extend(found)
    return Templates(cards, css, tuple(media[name] for name in sorted(media)))


# --------------------------------------------------------------------------- one file


class _File:
    """One file of the folder: its text, and where the problems found in it go."""

    def __init__(self, folder: Path, name: str, problems: Problems) -> None:
        self.folder = folder
        self.path = (folder / name).as_posix()
        self._problems = problems
        self.text = self._read()

    def _read(self) -> str | None:
        try:
            text = read_regular(Path(self.path), MOST_BYTES).decode("utf-8-sig")
        except FileNotFoundError:
            self.error(None, "the file is missing", f"copy it from {default_directory()}")
        except UnicodeDecodeError as error:
            line = error.object.count(b"\n", 0, error.start) + 1
            self._add(line, ProblemKind.TEMPLATE, "the file is not UTF-8", "save it as UTF-8")
        except OSError as error:
            self.error(None, f"the file cannot be read: {error.strerror}")
        else:
            return text.replace("\r\n", "\n")
        return None

    def error(self, at: int | None, message: str, hint: str = "") -> None:
        """Report what keeps the templates from being used; ``at`` is an offset in the text."""
        self._add(self._line(at), ProblemKind.TEMPLATE, message, hint)

    def warn(self, at: int | None, message: str, hint: str = "") -> None:
        """Report what may surprise; ``at`` is an offset in the text."""
        self._add(self._line(at), ProblemKind.TEMPLATE_STYLE, message, hint)

    def _line(self, at: int | None) -> int | None:
        return None if at is None else (self.text or "").count("\n", 0, at) + 1

    def _add(self, line: int | None, kind: ProblemKind, message: str, hint: str) -> None:
        self._problems.add(kind, FileLocation(self.path, line), message, hint)


def _load_side(
    file: _File, kind: Kind, side: str, source_url: str | None, media: dict[str, MediaFile]
) -> str:
    if file.text is None:
        return ""
    text = _blank(_COMMENT, _choose_source_part(file, bool(source_url)))
    _report_unclosed(file, _COMMENT, "<!--", "-->")
    _check_fields(file, text, kind, side)
    for match in _SCRIPT.finditer(text):
        what = match[1] or match[2]
        file.warn(match.start(), f"{what} runs JavaScript, which Anki does not support in cards")
    _collect_media(file, text, _HTML_REFERENCES, media)
    lines = zip(file.text.split("\n"), text.split("\n"), strict=True)
    kept = (_tidy(old, new) for old, new in lines if new.strip() or not old.strip())
    return "\n".join(kept).strip().replace(_PLACEHOLDER, _attribute(source_url or ""))


def _tidy(old: str, new: str) -> str:
    """Close the gaps that comments left in a line, keeping its indentation."""
    return new if old == new else old[: len(old) - len(old.lstrip())] + new.strip()


def _load_css(file: _File, media: dict[str, MediaFile]) -> str:
    if file.text is None:
        return ""
    text = _blank(_CSS_SKIPPED, file.text)
    _report_unclosed(file, _CSS_SKIPPED, "/*", "*/")
    depth: list[int] = []
    for match in re.finditer(r"[{}]", text):
        if match[0] == "{":
            depth.append(match.start())
        elif depth:
            depth.pop()
        else:
            file.error(match.start(), "'}' without '{'")
    for at in depth:
        file.error(at, "'{' without '}'")
    if (at := file.text.lower().find("</style")) >= 0:
        file.error(at, "'</style' would end the style sheet inside the card")
    _collect_media(file, _blank(_CSS_COMMENT, file.text), _CSS_REFERENCES, media)
    return file.text.strip() + "\n"


_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_CSS_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
_CSS_SKIPPED = re.compile(r"/\*.*?(?:\*/|\Z)|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'", re.DOTALL)
_SCRIPT = re.compile(r"(<script)\b|\s(on[a-z]+)\s*=\s*[\"']|(?<==[\"'])javascript:", re.IGNORECASE)


def _blank(pattern: re.Pattern[str], text: str) -> str:
    """Replace matches by spaces, so that offsets and lines stay those of the file."""
    return pattern.sub(lambda match: _spaces(match[0]), text)


def _report_unclosed(file: _File, pattern: re.Pattern[str], opening: str, closing: str) -> None:
    """Comments that nobody closed; the patterns let them reach to the end of the file."""
    for match in pattern.finditer(file.text or ""):
        whole = len(match[0]) >= len(opening + closing) and match[0].endswith(closing)
        if match[0].startswith(opening) and not whole:
            file.error(match.start(), f"'{opening}' without '{closing}'")


def _spaces(text: str) -> str:
    return re.sub(r"[^\n]", " ", text)


# --------------------------------------------------------------------------- source link

_PLACEHOLDER = "%SOURCE_URL%"
_MARKER = re.compile(r"<!--\s*(/?)((?:no-)?source-url)\s*-->")


def _choose_source_part(file: _File, linked: bool) -> str:
    """Blank the part of the template that does not apply."""
    text = file.text or ""
    kept = "source-url" if linked else "no-source-url"
    opened: re.Match[str] | None = None
    for match in _MARKER.finditer(text):
        closing, name = bool(match[1]), match[2]
        if closing and opened and opened[2] == name:
            if name != kept:
                start, end = opened.end(), match.start()
                text = text[:start] + _spaces(text[start:end]) + text[end:]
            opened = None
        elif closing or opened:
            file.error(
                match.start(), f"'{match[0]}' is out of place", "close one part before the next"
            )
        else:
            opened = match
    if opened:
        file.error(opened.start(), f"'{opened[0]}' without '<!-- /{opened[2]} -->'")
    if not linked and (at := _blank(_COMMENT, text).find(_PLACEHOLDER)) >= 0:
        hint = "put it between '<!-- source-url -->' and '<!-- /source-url -->'"
        file.error(at, f"'{_PLACEHOLDER}' would be shown where no source_url is configured", hint)
    return text


def _attribute(url: str) -> str:
    """Make a URL safe in an attribute and in a template, where braces mean fields."""
    for char in "{}<> \t\n":
        url = url.replace(char, f"%{ord(char):02X}")
    return html.escape(url)


# --------------------------------------------------------------------------- fields

_TAG = re.compile(r"\{\{((?:(?!\{\{).)*?)\}\}", re.DOTALL)


def _check_fields(file: _File, text: str, kind: Kind, side: str) -> None:
    """Report unknown fields and filters, and sections that do not close in order."""
    known = [*FIELDS[kind], *SPECIAL_FIELDS]
    opened: list[tuple[str, int]] = []
    shown: set[str] = set()
    always: set[str] = set()
    for match in _TAG.finditer(text):
        at, tag = match.start(), match[1].strip()
        sign, name = (tag[0], tag[1:].strip()) if tag[:1] in {"#", "^", "/"} else ("", tag)
        if sign == "/":
            _close_section(file, opened, name, at)
            continue
        if sign:
            opened.append((name, at))
        else:
            *filters, name = [part.strip() for part in tag.split(":")]
            _check_filters(file, filters, at)
            shown.add(name)
            if not filters and not opened:
                always.add(name)
        # {{FrontSide}} is a text, not a field: Anki refuses {{#FrontSide}}.
        if name not in known and not (name == "FrontSide" and side == "back" and not sign):
            file.error(at, f"there is no field {{{{{name}}}}}", _field_hint(name, known, side))
    for name, at in opened:
        file.error(at, f"{{{{#{name}}}}} is never closed", f"add {{{{/{name}}}}}")
    if (at := _blank(_TAG, text).find("{{")) >= 0:
        file.error(at, "'{{' without '}}'")
    asked = FIELDS[kind][0]
    if side == "front" and asked not in always:
        hint = "outside of every section, or Anki takes the front for empty and makes no card"
        file.error(None, f"the front does not show {{{{{asked}}}}}", f"it must show it {hint}")
    if side == "back" and "Answer" not in shown:
        file.warn(None, "the back does not show {{Answer}}")


def _close_section(file: _File, opened: list[tuple[str, int]], name: str, at: int) -> None:
    if opened and opened[-1][0] == name:
        opened.pop()
    elif name in (names := [section for section, _ in opened]):
        inner = names[-1]
        file.error(at, f"{{{{/{name}}}}} crosses {{{{#{inner}}}}}", f"close {{{{/{inner}}}}} first")
        del opened[-1 - names[::-1].index(name)]
    else:
        file.error(at, f"{{{{/{name}}}}} closes nothing")


def _check_filters(file: _File, filters: Iterable[str], at: int) -> None:
    for name in filters:
        word = name.split(" ", 1)[0]
        if word in {"cloze", "cloze-only"}:
            file.error(at, f"the filter '{word}:' needs a cloze notetype")
        elif word not in FILTERS:
            file.warn(at, f"Anki knows no filter '{word}:'", nearest(word, FILTERS))


def _field_hint(name: str, known: list[str], side: str) -> str:
    if name == "FrontSide":
        return "only the back can show it, and not as a section"
    return nearest(name, [*known, "FrontSide"] if side == "back" else known)


# --------------------------------------------------------------------------- media

_HTML_REFERENCES = re.compile(
    r"<(?:img|source|audio|video|embed|track|object|link|iframe|input)\b[^>]{0,2000}?"
    r"\s(?:src|data|poster|href)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s>]+))",
    re.IGNORECASE,
)
_CSS_REFERENCES = re.compile(
    r"(?:\burl\(\s*|@import\s+(?!url))(?:\"([^\"]*)\"|'([^']*)'|([^\s)\"';]+))", re.IGNORECASE
)


def _collect_media(
    file: _File, text: str, pattern: re.Pattern[str], media: dict[str, MediaFile]
) -> None:
    """Pack what a file refers to; only names with a leading ``_`` survive in Anki."""
    for match in pattern.finditer(text):
        at = match.start()
        reference = html.unescape(match[1] or match[2] or match[3] or "").strip()
        if not reference or "{{" in reference or reference.startswith(("#", "data:")):
            continue
        if reference.startswith("//") or re.match(r"[a-z][a-z0-9+.-]*:", reference, re.IGNORECASE):
            hint = "keep the file beside the templates, under a name that begins with '_'"
            file.warn(at, f"'{reference}' is fetched from the network at every review", hint)
        elif "/" in reference or "\\" in reference or not reference.startswith("_"):
            name = re.split(r"[/\\]", reference)[-1].lstrip("_")
            hint = f"rename the file to '_{name}' and keep it beside the templates"
            file.error(at, f"Anki would delete '{reference}' as unused media", hint)
        elif reference not in media:
            try:
                data = read_regular(file.folder / reference, MOST_BYTES)
            except OSError:
                file.warn(at, f"'{reference}' is not beside the templates, so it is not packed")
            else:
                media[reference] = MediaFile(reference, data)
