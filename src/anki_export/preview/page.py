"""What the page is given: the list of all cards, their sides, and the page as one file."""

from __future__ import annotations

import base64
import gzip
import hashlib
import html
import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from importlib import resources
from mimetypes import guess_type
from pathlib import Path
from typing import Any

from anki_export.model import FIELDS, AnkiNote, Change, Guid, Kind, Location, MediaFile, What
from anki_export.package.apkg import media_of
from anki_export.package.templates import Templates
from anki_export.preview.sides import sides_of, with_media
from anki_export.problems import Problem, WriteError

_MARKUP = re.compile(r"<[^>]*>")
_INLINE = re.compile(
    r"</?(?:a|abbr|b|code|del|em|i|ins|kbd|mark|s|small|span(?! class=\"crumb\")|strong|sub|sup|u)\b"
    r"[^>]*>"
)
"""Tags that part no word: highlighted code is full of them."""
_SPACES = re.compile(r"\s+")

LISTED = 200
"""Characters of a front in the list: with its code or its columns, many begin alike."""

EDITORS = {
    "cursor": "cursor://file{path}:{line}",
    "idea": "idea://open?file={path}&line={line}",
    "textmate": "txmt://open?url=file://{path}&line={line}",
    "vscode": "vscode://file{path}:{line}",
    "vscodium": "vscodium://file{path}:{line}",
    "zed": "zed://file{path}:{line}",
}
"""Addresses by which editors open a file at a line, as their makers document them."""


def editor_fault(editor: str) -> str:
    """What is wrong with the name or address of an editor, or nothing."""
    if not editor or editor in EDITORS:
        return ""
    scheme = re.match(r"[a-z][a-z0-9+.-]*(?=:)", editor, re.IGNORECASE)
    if not scheme or "{path}" not in editor:
        return f"{editor}: no editor of that name, and no address with {{path}}"
    if scheme[0].lower() in {"javascript", "data", "vbscript", "blob"}:
        return f"{editor}: such an address opens no editor"
    return ""


# Not slotted: the parts are made when they are first asked for, and kept.
@dataclass(frozen=True)
class Content:
    """All that a preview shows at one time."""

    title: str
    notes: tuple[AnkiNote, ...]
    changes: Mapping[Guid, Change]
    problems: tuple[Problem, ...]
    """Paths of the notes are relative to their folder, others are as they are named."""
    templates: Templates
    folder: str = ""
    """The notes' folder, for links to the source; empty in what is given to others."""
    editor: str = ""
    """Address of a source line, with ``{path}`` and ``{line}``; empty: the path is shown."""

    @cached_property
    def media(self) -> dict[str, MediaFile]:
        """Every file that the cards show, by name."""
        return media_of(self.notes, self.templates.media)

    @cached_property
    def by_guid(self) -> dict[str, AnkiNote]:
        """The notes by their guid."""
        return {note.guid: note for note in self.notes}

    def sides(self, guid: str) -> dict[str, str] | None:
        """A card's front and back, or nothing where there is no such card."""
        note = self.by_guid.get(guid)
        return asdict(sides_of(note, self.templates)) if note else None

    def all_sides(self) -> dict[str, dict[str, str]]:
        """Front and back of every card, by guid."""
        return {note.guid: asdict(sides_of(note, self.templates)) for note in self.notes}

    @cached_property
    def index(self) -> dict[str, Any]:
        """What the page lists, searches and filters, grouped by deck and note."""
        notes = sorted(self.notes, key=lambda note: note.deck.casefold().split("::"))
        cards = [self._card(note) for note in notes]
        problems = [
            {
                "path": one.location.path,
                "inside": isinstance(one.location, Location),
                "line": one.location.line,
                "severity": str(one.severity),
                "message": one.message,
                "hint": one.hint,
                "card": None,
            }
            for one in self.problems
        ]
        _attach(problems, cards)
        return {
            "title": self.title,
            "folder": self.folder,
            "editor": EDITORS.get(self.editor, self.editor),
            "css": with_media(self.templates.css, self.media),
            "cards": cards,
            "problems": problems,
        }

    def _card(self, note: AnkiNote) -> dict[str, Any]:
        change = self.changes.get(note.guid)
        what = change.what if change else What.RETIRED
        where = change.location if change else None
        if where is None or what is What.RETIRED:
            where = Location(html.unescape(note.fields["Source"]))
        front = _plain(note.fields[FIELDS[note.kind][0]])
        texts = (_plain(note.fields["Answer"]), _plain(note.fields["Context"]))
        searched = " ".join([front, *texts, where.path, *note.tags])
        old = change.old_ask if change and what is What.REWORDED else None
        return {
            "id": note.guid,
            "kind": "question" if note.kind is Kind.QA else "comparison",
            "deck": note.deck,
            "path": where.path,
            "line": where.line,
            "ask": front[:LISTED],
            "old": old or "",
            "what": what.value,
            "difficulty": html.unescape(note.fields["Difficulty"]),
            "tags": list(note.tags),
            "text": folded(searched),
            "problems": [],
        }


def _plain(text: str) -> str:
    """Text without markup, words apart: good enough to search in, and fast."""
    return _SPACES.sub(" ", html.unescape(_MARKUP.sub(" ", _INLINE.sub("", text)))).strip()


def folded(text: str) -> str:
    """Text as it is compared: full- and half-width, capital and small letters are the same."""
    return text.lower() if text.isascii() else unicodedata.normalize("NFKC", text).lower()


def _attach(problems: list[dict[str, Any]], cards: list[dict[str, Any]]) -> None:
    """Give each problem to the card that it stands in: the last one that begins above it."""
    starts: dict[str, list[tuple[int, int]]] = {}
    for at, card in enumerate(cards):
        if card["line"] is not None:
            starts.setdefault(card["path"], []).append((card["line"], at))
    for number, problem in enumerate(problems):
        above = [
            start
            for start in starts.get(problem["path"], ())
            if problem["line"] is not None and start[0] <= problem["line"]
        ]
        if above:
            card = cards[max(above)[1]]
            card["problems"].append(number)
            problem["card"] = card["id"]


# --------------------------------------------------------------------------- the page


def asset(name: str) -> str:
    """A file of the page that comes with the package."""
    return resources.files("anki_export.preview").joinpath(name).read_text(encoding="utf-8")


def media_type(name: str) -> str:
    """What a file is served as; anything but a picture, sound, film or font is plain bytes."""
    kind = guess_type(name)[0] or ""
    shown = kind.startswith(("image/", "audio/", "video/", "font/"))
    return kind if shown else "application/octet-stream"


POLICY = (
    "default-src 'none'; script-src {script}; style-src {style}'unsafe-inline'; connect-src {own};"
    " img-src {media}; media-src {media}; font-src {media}; base-uri 'none'; form-action 'none'"
)
"""What the page may load, and with it every card: nothing but its own parts, and no script of
a card. (Inline styles are the cards' own, such as how far a line of code is indented.)"""


def write_export(content: Content, file: Path) -> None:
    """Write the whole preview as one file.

    Raises:
        WriteError: it cannot be written.
    """
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(export(content), encoding="utf-8")
    except OSError as error:
        raise WriteError(f"cannot write {file}: {error.strerror}") from error


def export(content: Content) -> str:
    """The whole preview as one HTML file that needs nothing else."""
    script, style = asset("page.js"), asset("page.css")
    # Whom the file is given to has not these folders.
    content = replace(content, folder="", editor="")
    data = {"index": content.index, "sides": content.all_sides()}
    packed = gzip.compress(json.dumps(data, ensure_ascii=False).encode(), mtime=0)
    parts = [f'<script type="text/plain" id="data">{base64.b64encode(packed).decode()}</script>']
    for name in sorted(content.media):
        body = base64.b64encode(content.media[name].data).decode()
        address = f"data:{media_type(name)};base64,{body}"
        quoted = html.escape(name)
        parts.append(f'<script type="text/plain" data-media="{quoted}">{address}</script>')
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = POLICY.format(script=f"'sha256-{digest}'", style="", own="'none'", media="data:")
    page = asset("page.html")
    for mark, text in (
        ("<title>", f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n<title>'),
        ('<link rel="stylesheet" href="page.css">', f"<style>\n{style}</style>"),
        ('<script src="page.js"></script>', "\n".join([*parts, f"<script>{script}</script>"])),
    ):
        before, found, after = page.partition(mark)
        assert found, f"page.html has no {mark}"
        page = before + text + after
    return page
