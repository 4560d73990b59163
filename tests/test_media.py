"""Which images are packed, under which names, and what is said about the others."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from anki_export.cards.media import Media, media_file
from anki_export.config import Config
from anki_export.markdown.scope import Missing
from anki_export.model import RenderedCard, SourceNote
from anki_export.notes.outline import outline
from anki_export.problems import Problem, Problems
from support.rendering import note, question, renderer

PNG = b"\x89PNG\r\n\x1a\n one"
OTHER = b"\x89PNG\r\n\x1a\n two"


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    folder = tmp_path / "notes"
    (folder / "deep" / "img").mkdir(parents=True)
    (folder / "img").mkdir()
    return folder


def write(path: Path, data: bytes = PNG) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def render(
    notes: Path, answer: str, path: str = "deep/note.md", config: Config | None = None
) -> tuple[RenderedCard, list[Problem]]:
    source = SourceNote(path, tuple(answer.split("\n")), 1)
    problems = Problems()
    ours = renderer(notes, (config or Config()).max_media_mb)
    (card,) = ours.render_note(outline(source), [question("Q", answer)], problems).cards
    return card, list(problems)


@pytest.mark.parametrize(
    ("file", "markdown"),
    [
        ("deep/a.png", "![x](a.png)"),
        ("deep/img/a.png", "![x](img/a.png)"),
        ("deep/img/a.png", "![x](./img/a.png)"),
        ("img/a.png", "![x](../img/a.png)"),
        ("img/a.png", "![x](img/a.png)"),
        ("img/a.png", "![x](/img/a.png)"),
        ("deep/img/a.png", r"![x](img\\a.png)"),
        ("deep/my file.png", "![x](my%20file.png)"),
        ("deep/my file.png", "![x](<my file.png>)"),
        ("deep/50%.png", "![x](50%.png)"),
        ("deep/a b.png", "![[a b.png|x]]"),
        ("deep/50%.png", "![[50%.png|x|20]]"),
        ("far/away/A.png", "![[a.png|x]]"),
        ("far/away/a.png", "![[away/a.png|x]]"),
        ("deep/图 一.png", "![x](<图 一.png>)"),
        ("deep/图.png", "![x](%E5%9B%BE.png)"),
        ("deep/cafe\u0301.png", "![x](caf\u00e9.png)"),
        ("deep/a.png", '![x](a.png "Title")'),
        ("deep/a.png", "![x][ref]\n\n[ref]: a.png"),
        ("deep/a.png", "![x](a.png?raw=true)"),
        ("deep/a.svg", "![x](a.svg#part)"),
        ("deep/A.JPEG", "![x](A.JPEG)"),
        ("deep/a.png", '<img src="a.png" alt="x">'),
        ("deep/a.png", '<p><img src="a.png" alt="x"></p>'),
    ],
)
def test_an_image_is_packed_under_its_hash(notes: Path, file: str, markdown: str) -> None:
    write(notes / file)
    card, problems = render(notes, markdown)
    assert problems == []
    (packed,) = card.media
    assert packed.data == PNG
    assert re.fullmatch(r"image-[0-9a-f]{20}\.(png|svg|jpg)", packed.name)
    assert f'src="{packed.name}"' in card.fields["Answer"]
    assert 'alt="x"' in card.fields["Answer"]


def test_beside_the_note_comes_before_the_notes_folder(notes: Path) -> None:
    write(notes / "deep" / "a.png", OTHER)
    write(notes / "a.png", PNG)
    assert render(notes, "![x](a.png)")[0].media[0].data == OTHER


def test_the_same_bytes_are_one_file_and_one_name_may_be_two(notes: Path) -> None:
    write(notes / "deep" / "a.png")
    write(notes / "deep" / "b.png")
    write(notes / "img" / "a.png", OTHER)
    card, _ = render(notes, "![1](a.png) ![2](b.png) ![3](../img/a.png) ![4](a.png)")
    assert sorted(file.data for file in card.media) == sorted([PNG, OTHER])
    assert card.fields["Answer"].count(media_file(PNG, "png").name) == 3


def test_html_keeps_its_size_and_loses_the_rest(notes: Path) -> None:
    write(notes / "deep" / "a.png")
    html = '<img src="a.png" width="120" height="80" onload="x()" style="top:0" class="side">'
    card, problems = render(notes, html)
    name = media_file(PNG, "png").name
    attributes = re.findall(r'(\w+)="([^"]*)"', card.fields["Answer"])
    assert dict(attributes) == {"src": name, "alt": "", "width": "120", "height": "80"}
    assert len(problems) == 2


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("gone.png", "image not found: gone.png"),
        ("../../secret.png", "image outside the notes folder: ../../secret.png"),
        ("/etc/passwd", "image outside the notes folder: /etc/passwd"),
        (r"C:\\a.png", r"image outside the notes folder: C:\a.png"),
        ("file:///a.png", "image outside the notes folder: file:///a.png"),
        ("link.png", "image outside the notes folder: link.png"),
        ("img", "image is a folder: img"),
        ("text.md", "not an image that Anki shows: text.md"),
        ("https://example.org/a.png", "remote image: https://example.org/a.png"),
        ("//example.org/a.png", "remote image: https://example.org/a.png"),
        ("data:image/png;base64,AAAA", "image as a data: address"),
        ("%00.png", "image not found: %00.png"),
        ("x" * 5000, "image not found: " + "x" * 5000),
        ("", "image without a file"),
    ],
)
def test_an_image_that_cannot_be_packed_is_reported(notes: Path, url: str, reason: str) -> None:
    write(notes.parent / "secret.png")
    write(notes / "deep" / "text.md", b"text")
    (notes / "deep" / "link.png").symlink_to(notes.parent / "secret.png")
    card, problems = render(notes, f"text\n\n![alt text]({url})")
    assert card.media == ()
    assert "<img" not in card.fields["Answer"]
    assert "alt text" in card.reply
    assert 'class="missing-media"' in card.fields["Answer"]
    assert [(p.location.path, p.location.line, p.message) for p in problems] == [
        ("deep/note.md", 3, reason)
    ]


def test_a_remote_image_is_a_link(notes: Path) -> None:
    card, _ = render(notes, "![alt](https://example.org/a.png)")
    link = '<a class="missing-media" href="https://example.org/a.png">alt</a>'
    assert card.fields["Answer"] == f"<p>{link}</p>"


def test_a_large_image_is_left_out(notes: Path) -> None:
    write(notes / "deep" / "a.png", b"x" * 1_000_001)
    card, problems = render(notes, "![x](a.png)", config=Config(max_media_mb=1))
    assert card.media == ()
    assert problems[0].message == "image too large (1.0 MB): a.png"


def test_an_image_that_cannot_be_read(notes: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(notes / "deep" / "a.png")

    def refuse(path: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", refuse)
    found = Media(notes, 1).find("deep/note.md", "a.png")
    assert isinstance(found, Missing)
    assert found.reason == "image cannot be read (Permission denied): a.png"


def test_a_link_within_the_notes_folder_is_followed(notes: Path) -> None:
    write(notes / "img" / "a.png")
    (notes / "deep" / "l.png").symlink_to(notes / "img" / "a.png")
    assert len(render(notes, "![x](l.png)")[0].media) == 1


def test_other_bytes_are_other_content(notes: Path) -> None:
    card = question("Q", "![x](a.png)")
    contents = []
    for data in (PNG, OTHER, PNG):
        write(notes / "a.png", data)
        (rendered,) = renderer(notes).render_note(outline(note("")), [card], Problems()).cards
        contents.append(rendered.content)
    assert contents[0] == contents[2] != contents[1]


def test_an_image_in_a_cell_and_in_a_footnote(notes: Path) -> None:
    write(notes / "deep" / "a.png")
    write(notes / "deep" / "b.png", OTHER)
    card, _ = render(notes, "| a |\n|---|\n| ![x](a.png)[^n] |\n\n[^n]: ![y](b.png)")
    assert len(card.media) == 2


def test_an_embed_takes_the_picture_that_is_nearest(notes: Path) -> None:
    write(notes / "b" / "deeper" / "a.png", OTHER)
    write(notes / "c" / "a.png")
    write(notes / ".trash" / "only.png")
    card, problems = render(notes, "![[a.png|40]]\n\n![[only.png]]")
    assert [file.data for file in card.media] == [PNG]
    assert 'width="40"' in card.fields["Answer"]
    assert [problem.message for problem in problems] == ["image not found: only.png"]


def test_an_image_of_markdown_is_not_looked_for_everywhere(notes: Path) -> None:
    write(notes / "far" / "a.png")
    card, _ = render(notes, "![x](a.png)")
    assert card.media == ()
