"""No text is lost: the words of a note's Markdown are the words of its cards.

Apart from what Markdown itself does not show: link targets, info strings, labels,
markers, comments and the names of HTML tags that take effect.
"""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anki_export.config import Config
from anki_export.extract import extract
from anki_export.model import Card, Question, SourceNote
from anki_export.notes.outline import outline
from anki_export.problems import Problems
from anki_export.text import text_of
from support.rendering import note, question, renderer, source_notes
from support.tries import tries

CORPUS = Path(__file__).parents[2] / "shared" / "corpus"

WORD = re.compile(r"[A-Za-z]+|[0-9]+|[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


def words(text: str) -> Counter[str]:
    return Counter(WORD.findall(text))


def answer(text: str, source: SourceNote | None = None) -> str:
    """The text of an answer as a reader sees it."""
    ours = renderer()
    (card,) = ours.render_note(
        outline(source or note(text)), [question("Q", text)], Problems()
    ).cards
    return text_of(card.fields["Answer"])


# --------------------------------------------------------------------------- generated notes

# None of them is part of another one, of a tag's name or of an entity.
WORDS = ("kiwi", "Lemon", "四", "五六", "fig", "m4ngo")

MARKS = st.sampled_from(
    ["**", "*", "_", "__", "~~", "~", "`", "``", "$", "$$", "\\(", "\\)", "\\[", "\\]", "[", "]",
     "(", ")", "![", "<", ">", "</", "<!", "&", ";", "|", "：", "，", "“", "”", "\\", "{{", "}}",
     "[sound:", "[latex]", " ", "  ", "\n", "  \n", "\\\n", "!", "^", "[^1]", ".", "-", "#", "://"]
)  # fmt: skip

PREFIXES = st.sampled_from(
    ["", "", "", "- ", "1. ", "2) ", "> ", "    ", "  ", "\t", "# ", "### ", "- [ ] ", "- [x] ",
     "| ", "  - ", "   1. ", "> > ", "* "]
)  # fmt: skip

BETWEEN = st.sampled_from(
    ["\n", "\n", "\n\n", "\n---\n", "\n\n---\n\n", "\n```\n", "\n~~~\n", "\n***\n", "\n|---|---|\n",
     "\n===\n", "\n$$\n", "\n\\[\n"]
)  # fmt: skip


@st.composite
def notes(draw: st.DrawFn) -> tuple[str, Counter[str]]:
    """Markdown, and the words that were put into it."""
    text, used = "", Counter[str]()
    for _ in range(draw(st.integers(1, 8))):
        text += draw(PREFIXES)
        for _ in range(draw(st.integers(0, 5))):
            word = draw(st.sampled_from(WORDS))
            used[word] += 1
            text += draw(st.one_of(st.just(""), MARKS)) + word + draw(MARKS)
        text += draw(BETWEEN)
    return text, used


LABEL = re.compile(r"\[[^\]]*\](?::|\()|`{3}|~{3}|<!-|\[\^")
"""Where Markdown may take words away by right: definitions, targets, info strings, comments."""


@tries(600)
@given(notes())
def test_the_words_of_generated_notes_are_kept(generated: tuple[str, Counter[str]]) -> None:
    text, used = generated
    if LABEL.search(text):
        return
    shown = answer(text)
    assert {word: shown.count(word) for word in used} == used


@tries(300)
@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=300))
def test_any_text_gives_a_card(text: str) -> None:
    answer(text)


@tries(300)
@given(st.text(alphabet="<>/!?-=\"'& \nabdivpscriptel\\$`*_[]()|:#~", max_size=120))
def test_any_markup_gives_a_balanced_card(text: str) -> None:
    ours = renderer()
    (card,) = ours.render_note(outline(note(text)), [question(text, text)], Problems()).cards
    for html in card.fields.values():
        assert balanced(html), html


VOID = {"br", "hr", "img", "input", "wbr", "col"}


def balanced(html: str) -> bool:
    stack: list[str] = []
    for end, name in re.findall(r"<(/?)([a-z][a-z0-9]*)", html):
        if name in VOID:
            continue
        if not end:
            stack.append(name)
        elif not stack or stack.pop() != name:
            return False
    return not stack


@pytest.mark.parametrize(
    "text",
    [
        "vector<int> and map<string, list<T>> &alpha <iostream> </T> <x y=1>",
        "<script>alpha</script> <style>beta</style> <iframe>gamma</iframe> <form>x</form>",
        "<script>\nalpha beta\n</script>",
        "<style>\nalpha\n",
        "<div class='a\nalpha",
        "<textarea>alpha</textarea> <title>beta</title> <plaintext>gamma",
        "<table> alpha <tr> beta <td> gamma </table>",
        "<select><option>alpha</option></select>",
        "<svg><text>alpha</text></svg> <math><mi>x</mi></math>",
        "<![CDATA[alpha]]> <?php beta ?> <!DOCTYPE gamma>",
        "a <!-- not closed beta",
        "> " * 200 + "alpha",
        "- " * 200 + "alpha",
        "*" * 300 + "alpha" + "*" * 300,
        "[" * 300 + "alpha" + "](x)" * 300,
        "alpha\x00beta\x02gamma\x03 \x02wzxhzdk:0\x03 \x02math:0\x03 \x02amp\x03",
    ],
)
def test_no_word_disappears(text: str) -> None:
    shown = words(answer(text))
    tags = words(" ".join(re.findall(r"</?(?:div|table|tr|td)\b[^>]*>", text)))
    assert not words(text) - shown - tags - Counter("x" * 300)


# --------------------------------------------------------------------------- the corpus


def visible(source: str) -> str:
    """Markdown without what it never shows, by rules much simpler than a parser's."""
    source = re.sub(
        r"^([ >\t]*(?:[-*+]|\d+[.)])?[ \t]*)(`{3,}|~{3,})[^`\n]*$",
        r"\1\2",
        source,
        flags=re.MULTILINE,
    )
    source = re.sub(r"<!--.*?-->", "", source, flags=re.DOTALL)
    source = re.sub(
        r"(?<=\])\((?:[^()\s]|\([^()\s]*\))*(?:[ \t]+[\"'][^\"')]*[\"'])?\)", "", source
    )
    source = re.sub(r"(?<=\])\(<[^>\n]*>\)", "", source)
    source = re.sub(
        r"</?(?:br|sub|sup|kbd|details|summary|b|i|u|p|div|img|a|span)\b[^>]*>", "", source
    )
    source = re.sub(r"^([ >\t]*)(\d{1,9})([.)])(?=\s|$)", r"\1\3", source, flags=re.MULTILINE)
    return re.sub(r"&(?:[a-z]+|#\d+);", "", source)


def sources(card: Card) -> str:
    body = card.body
    assert isinstance(body, Question)
    pieces = [body.question.text, body.answer.text]
    return "\n".join(pieces + ([body.extra.text] if body.extra else []))


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus does not lie beside the checkout")
def test_the_words_of_the_corpus_are_kept() -> None:
    ours = renderer(CORPUS)
    lost: dict[str, Counter[str]] = {}
    count = 0
    for source in source_notes(CORPUS):
        cards = extract(outline(source), Config(), Problems())
        asked = [card for card in cards if isinstance(card.body, Question)]
        for rendered in ours.render_note(outline(source), asked, Problems()).cards:
            count += 1
            card = rendered.card
            missing = words(visible(sources(card))) - words(rendered.ask + "\n" + rendered.reply)
            # An item's number in the middle of its line (`- 1. x`) is a marker as well.
            missing = Counter({word: n for word, n in missing.items() if not word.isdigit()})
            if missing:
                lost[f"{card.location.path}:{card.location.line}"] = missing
    assert count
    assert not lost
