"""Rendered cards in the real Anki: no marks of its own are found in them, images arrive."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from anki_export.model import RenderedCard
from anki_export.notes.outline import outline
from anki_export.problems import Problems
from support.collection import collection
from support.packages import anki_note, package
from support.rendering import note, question, renderer

MARKS = r"""
[sound:a.mp3] [SOUND:b.mp3] [anki:play:q:0] [latex]x[/latex] [$]x[/$] [$$]x[/$$] {{c1::x}}

`[sound:c.mp3]` `[latex]x[/latex]` `[$]x[/$]` {{Front}} **[**sound:d.mp3]

```c
printf("[sound:e.mp3] [latex]x[/latex] [$]x[/$] [$$]x[/$$] {{Front}}");
```

<b title="[sound:f.mp3]">[sound:g.mp3]</b> ![[sound:h.mp3]](a.png) <!-- [sound:i.mp3] -->

<p>[sound:j.mp3] [latex]x[/latex]</p>

$[sound:k.mp3]$ $$[latex]x[/latex]$$
"""


def render(folder: Path, text: str) -> RenderedCard:
    (folder / "a.png").write_bytes(b"image")
    card = question(text, text)
    return renderer(folder).render_note(outline(note(text)), [card], Problems()).cards[0]


def test_nothing_in_a_card_is_played_or_made_an_image(tmp_path: Path) -> None:
    card = render(tmp_path, MARKS)
    made = anki_note(1, media=card.media)
    made = replace(made, fields={**made.fields, **card.fields})
    with collection() as anki:
        anki.import_package(package([made]))
        (number,) = anki.col.find_cards("")
        shown: Any = anki.col.get_card(number).render_output()
        assert shown.question_av_tags == []
        assert shown.answer_av_tags == []
        html = shown.answer_text  # with the front in it
        assert "latex-" not in html
        assert html.count("<img") == html.count(card.media[0].name) == 2
        media = Path(anki.col.media.dir())
        assert (media / card.media[0].name).read_bytes() == b"image"
