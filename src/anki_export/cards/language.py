"""The language of a source note, guessed from its text: for glyphs, voices and the fold's label.

Han characters are drawn differently in Chinese, Japanese and Korean; a device picks by
``lang``, and without one by its own settings.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import NamedTuple

_KANA = re.compile(r"[\u3041-\u30fa]")
_HANGUL = re.compile(r"[\uac00-\ud7a3]")
_HAN = re.compile(r"[\u3400-\u9fff]")
_WORD = re.compile(r"[^\W\d_]+")
_TRADITIONAL = re.compile("[這個們來說對時會學與為種應還開關點實現過進數據問題無體動發經長電機]")
_SIMPLIFIED = re.compile("[这个们来说对时会学与为种应还开关点实现过进数据问题无体动发经长电机]")
_NEITHER = frozenset(_TRADITIONAL.pattern) & frozenset(_SIMPLIFIED.pattern)

_SCRIPTS = {
    "ru": re.compile(r"[\u0400-\u04ff]"),
    "ar": re.compile(r"[\u0600-\u06ff]"),
    "el": re.compile(r"[\u0370-\u03ff]"),
    "he": re.compile(r"[\u0590-\u05ff]"),
    "th": re.compile(r"[\u0e00-\u0e7f]"),
    "hi": re.compile(r"[\u0900-\u097f]"),
}
"""Scripts that mostly one language writes; another one is what ``language`` is for."""

_SENTENCES = {
    "en": "the of and to is in that it are for with this be as on by an what how",
    "de": "der die das und ist ein eine nicht mit von den wird auf wie im zu sich",
    "fr": "le la les des est une et dans que pour qui du sur pas avec un ce",
    "es": "el la los las que es una en del por con para un se como lo y",
    "pt": "o os as que uma em do da para com um não é por se no na",
    "it": "il lo gli che è una di per con un del della sono si le nel",
}
_COMMON = {tag: frozenset(common.split()) for tag, common in _SENTENCES.items()}
"""Words that hardly a sentence of the language does without."""

MOST_READ = 20_000
"""Characters of a note that are looked at."""


class Words(NamedTuple):
    """What a card says itself: the label of its table, and a count of rows."""

    table: str
    row: str
    rows: str


_WORDS = {
    "zh": Words("全表", "行", "行"),
    "zh-Hant": Words("全表", "列", "列"),
    "ja": Words("表全体", "行", "行"),
    "ko": Words("전체 표", "행", "행"),
    "de": Words("Ganze Tabelle", "Zeile", "Zeilen"),
    "fr": Words("Tableau entier", "ligne", "lignes"),
    "es": Words("Tabla completa", "fila", "filas"),
    "pt": Words("Tabela completa", "linha", "linhas"),
    "it": Words("Tabella intera", "riga", "righe"),
    "ru": Words("Вся таблица", "строк", "строк"),
}
_ENGLISH = Words("Whole table", "row", "rows")


def guess(text: str) -> str:
    """The language of a text as a BCP 47 tag; empty where nothing speaks for one.

    Kana in a tenth of the East Asian characters make a text Japanese, as Hangul makes it
    Korean: Chinese notes quote single words, Japanese ones cannot do without.
    """
    text = text[:MOST_READ]
    han, kana, hangul = (len(some.findall(text)) for some in (_HAN, _KANA, _HANGUL))
    words = _WORD.findall(text.lower())
    if han:
        words = [word for word in words if word.isascii() or not _HAN.search(word)]
    eastern = han + kana + hangul
    if eastern and 2 * eastern >= len(words):
        if 10 * kana >= eastern:
            return "ja"
        if 10 * hangul >= eastern:
            return "ko"
        return "zh-Hant" if _count(_TRADITIONAL, text) > _count(_SIMPLIFIED, text) else "zh-Hans"
    letters = sum(map(len, words))
    for tag, script in _SCRIPTS.items():
        if 3 * len(script.findall(text)) > letters:
            return tag
    seen = Counter(words)
    counts = {tag: sum(seen[word] for word in common) for tag, common in _COMMON.items()}
    best = max(counts, key=lambda tag: counts[tag])
    return best if counts[best] and 20 * counts[best] >= len(words) else ""


def words(tag: str) -> Words:
    """The labels in a language, or in English."""
    return _WORDS.get(tag) or _WORDS.get(tag.split("-", maxsplit=1)[0]) or _ENGLISH


def _count(characters: re.Pattern[str], text: str) -> int:
    return sum(one not in _NEITHER for one in characters.findall(text))
