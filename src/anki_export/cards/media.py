"""Images: from what a note names to a file of the package, or to a reason why not.

Names in the package are made from the content alone: the same bytes are one file, two
files of one name stay two, and Anki never has to rename (ANKI_FACTS, package).
"""

from __future__ import annotations

import hashlib
import os
import re
import unicodedata
from collections.abc import Callable
from functools import cached_property
from pathlib import Path, PurePosixPath
from urllib.parse import unquote

from anki_export.files import MEGABYTE
from anki_export.markdown.scope import Missing
from anki_export.model import MediaFile
from anki_export.problems import ProblemKind

EXTENSIONS = frozenset(("png", "jpg", "jpeg", "gif", "webp", "svg", "avif", "bmp", "ico"))
"""Image types that Anki's web views show."""

_WEB = re.compile(r"https?:", re.IGNORECASE)
_DRIVE = re.compile(r"[a-zA-Z]:[\\/]")

OnWeb = Callable[[str], MediaFile | Missing]
"""What is shown for an address on the web."""


def as_link(address: str) -> Missing:
    """An image on the web as a link to it, with a warning."""
    hint = "save it beside the note, or see remote_images"
    return Missing(f"remote image: {address}", hint, address, ProblemKind.REMOTE_IMAGE)


class Media:
    """The images of a notes folder."""

    def __init__(self, notes_folder: Path, max_mb: int, on_web: OnWeb = as_link) -> None:
        """``on_web`` says what is shown for an image on the web."""
        self._folder = notes_folder.resolve()
        self._on_web = on_web
        self._max_mb = max_mb
        self._packed: dict[tuple[Path, int, int], MediaFile] = {}

    def find(self, note: str, url: str) -> MediaFile | Missing:
        """The image that the note at path ``note`` names; looked for beside the note first.

        An Obsidian embed (``[[picture.png]]``) is looked for in the whole folder at last.
        """
        url = url.strip()
        if url.startswith("[[") and url.endswith("]]"):
            return self._embedded(note, url[2:-2])
        if not url:
            return Missing("image without a file")
        if address := web_address(url):
            return self._on_web(address)
        if refused := _not_local(url):
            return refused
        path = unquote(re.split(r"[?#]", url, maxsplit=1)[0])
        if "\0" in path:
            return Missing(f"image not found: {url}")
        places = [path, path.replace("\\", "/"), url]
        places += [unicodedata.normalize("NFC", path), unicodedata.normalize("NFD", path)]
        folders = [self._folder / PurePosixPath(note).parent, self._folder]
        outside = False
        for place in dict.fromkeys(places):
            for folder in folders:
                try:
                    candidate = (folder / place.lstrip("/")).resolve()
                    if not candidate.is_relative_to(self._folder):
                        outside = True
                    elif candidate.is_file():
                        return self._pack(candidate, url)
                    elif candidate.is_dir():
                        return Missing(f"image is a folder: {url}")
                except (OSError, ValueError, RuntimeError):
                    continue
        if outside or path.startswith("/") or _DRIVE.match(path):
            return _outside(url)
        hint = "paths are relative to the note or to the notes folder"
        return Missing(f"image not found: {url}", hint)

    def _embedded(self, note: str, name: str) -> MediaFile | Missing:
        """The image that an embed names: the nearest to the folder's top if there are several."""
        found = self.find(note, name)
        if isinstance(found, MediaFile) or web_address(name) or _not_local(name):
            return found
        wanted = PurePosixPath(unicodedata.normalize("NFC", name))
        for path in self._pictures.get(wanted.name.casefold(), ()):
            relative = unicodedata.normalize("NFC", path.relative_to(self._folder).as_posix())
            if f"/{relative}".casefold().endswith(f"/{wanted}".casefold()):
                return self._pack(path, name)
        return found

    @cached_property
    def _pictures(self) -> dict[str, list[Path]]:
        """The images of the notes folder by file name; hidden folders and links aside."""
        found: dict[str, list[Path]] = {}
        for folder, inner, files in os.walk(self._folder):
            inner[:] = sorted(name for name in inner if not name.startswith("."))
            for file in sorted(files):
                path = Path(folder, file)
                if path.suffix[1:].lower() in EXTENSIONS and not path.is_symlink():
                    key = unicodedata.normalize("NFC", file).casefold()
                    found.setdefault(key, []).append(path)
        for paths in found.values():
            paths.sort(key=lambda path: (len(path.parts), path))
        return found

    def _pack(self, path: Path, url: str) -> MediaFile | Missing:
        extension = path.suffix[1:].lower()
        if extension not in EXTENSIONS:
            return Missing(f"not an image that Anki shows: {url}")
        try:
            stat = path.stat()
            if stat.st_size > self._max_mb * MEGABYTE:
                return too_large(stat.st_size, url)
            key = (path, stat.st_size, stat.st_mtime_ns)
            if key not in self._packed:
                self._packed[key] = media_file(path.read_bytes(), extension)
        except OSError as error:
            return Missing(f"image cannot be read ({error.strerror or error}): {url}")
        return self._packed[key]


def media_file(data: bytes, extension: str) -> MediaFile:
    """An image under the name that its content gives it: ASCII, short, always the same."""
    return MediaFile(media_name(hashlib.sha256(data).hexdigest(), extension), data)


def media_name(digest: str, extension: str) -> str:
    """The name of an image of this SHA-256."""
    return f"image-{digest[:20]}.{'jpg' if extension == 'jpeg' else extension}"


def too_large(size: int, url: str, remote: str = "") -> Missing:
    """An image that is left out for its size in bytes."""
    message = f"image too large ({size / MEGABYTE:.1f} MB): {url}"
    return Missing(message, "see max_media_mb", remote)


def web_address(url: str) -> str:
    """The whole address of what lies on the web; empty for what does not."""
    return "https:" + url if url.startswith("//") else url if _WEB.match(url) else ""


def as_text(address: str) -> Missing:
    """An image on the web as its text alone, which was asked for."""
    return Missing(f"remote image: {address}", kind=None)


def _not_local(url: str) -> Missing | None:
    """The refusal of an address that names no file; None for one that does."""
    match url[:5].lower():
        case "data:":
            return Missing("image as a data: address", "save it as a file beside the note")
        case "file:":
            return _outside(url)
        case _:
            return None


def _outside(url: str) -> Missing:
    return Missing(f"image outside the notes folder: {url}", "copy it into the notes folder")
