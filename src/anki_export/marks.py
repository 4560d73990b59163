"""How authors mark text: numbering, ``Q:`` and ``A:`` labels, bold lines, question marks.

Everything here looks at one line of inline Markdown and returns what is left without
the mark; the text itself is never changed. Words are those of the languages that
``docs/note-format.md`` names; a further language is a further word in these lists.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from unicodedata import category

_DIGITS = "一二三四五六七八九十百"
_COUNTED = r"种個个倍万萬億亿年月日号版次点點元层层位岁度步条條台种类類章节節"
"""Characters behind a number that make it an amount (``3种方式``), not numbering."""
_UNIT = (
    r"(?:(?:times|x|bits?|bytes?|[kmgt]i?b(?:/s)?|ms|s|sec(?:onds?)?|min(?:utes?)?|hours?|h|days?|"
    r"percent|m|cm|mm|km|hz|[kmg]hz|раза?|мс)\b|倍|万|亿)"
)
_AMOUNT = rf"(?:\s*(?:[-+*/=<>%×÷^≤≥]|{_UNIT})|[{_COUNTED}])"
_NUMBERING = re.compile(
    rf"""
    (?: \d+(?:\.\d+)*[.、．)）:：](?!\d)(?!\s*(?:\+(?!\+)|[/=<>×÷]|\*(?!\*)))\s*   # 4.  1.2.  3)  2、
      | (?!\d+(?:\.\d+)*{_AMOUNT})\d+(?:\.\d+)*\.[1-9]\d*(?=\s)\s*   # 1.2 Title
      | (?!\d+(?:\.\d+)*{_AMOUNT})\d+(?:\.[1-9]\d*)+(?=[^\W\d_a-zA-Z])   # 3.11其
      | [(（]\s*(?:\d+|[{_DIGITS}]+|[a-zA-Z])\s*[)）][.、]?\s*   # (3)  （一）
      | [{_DIGITS}]+\s*[、.．:：]\s*                # 八、
      | 第\s*(?:\d+|[{_DIGITS}]+)\s*[章节部分篇步点题題问問]\s*[、.．:：]\s*  # 第一章：
      | [①-⑳㈠-㈩❶-❿]\s*
      | (?:[IVX]{{1,5}}|[A-HJ-Z])[.、．)）]\s+      # IV.  A.
      | [0-9]\ufe0f?\u20e3\s*                      # keycap emoji
    )
    """,
    re.VERBOSE | re.IGNORECASE,
)

_COUNT = rf"\s*+(?:(?:[#№-]?\s*+\d+(?:[.\-]\d+)*|[{_DIGITS}]+)\s*+)?"
_SHORT = r"(?:(?-i:Q)|问|問)"
_LONG = (
    r"(?:问题|問題|面试题|面試題|提问|追问|题目|題目|试题|例题|质问|質問|Question|Pregunta|Pergunta|"
    r"Quest[ãa]o|Ques?|Frage|Вопрос|Питання|Запитання|질문|문제|السؤال|سؤال|Domanda|Vraag|Pytanie|Soru|"
    r"Câu(?: hỏi)?|Pertanyaan|प्रश्न)"
)
_MARKER = re.compile(
    rf"[\[【(（]\s*(?:(?-i:Q)|问|{_LONG}){_COUNT}[\]】)）]\s*[:：]?\s*"
    rf"|(?:(?P<short>{_SHORT})|(?P<long>{_LONG})){_COUNT}[:：](?!//|:)\s*"
    rf"|(?P<counted>(?-i:Q)|{_LONG})\s*+[#№]?\s*+\d+(?:[.\-]\d+)*(?:\s*[.、．)）]\s*|\s*[–—-]+\s+)"
    rf"|(?P<dotted>(?-i:Q))\s*[.．](?:\s+|\s*\d+[.)]?\s+)",
    re.IGNORECASE,
)
_COUNTS = re.compile(rf"(?:(?-i:Q)|{_LONG})\s*+[#№]?\s*+\d+(?:[.\-]\d+)*(?!\w)", re.IGNORECASE)
_CARD_TAG = re.compile(
    r"(?<![a-zA-Z0-9_&/`])(?:#(?:flash)?card(?P<both>[-/]reverse)?(?:[-/]\w+)*|\[\[(?:flash)?card\]\])"
    r"(?:\s{1,9}#[\w/-]{1,99}){0,9}$",
    re.IGNORECASE,
)
_LABEL_WORDS = (
    r"(?:(?:面试|參考|正确|正確|标准|參考|参考|简短|精简|简要|最终)*(?:答案|回答|解答)(?:要点)?|答え?|"
    r"参考答案|(?-i:A)|Ans|(?:Correct |Right |The |Short |Sample )?Answers?|解答例|正解|"
    r"Respuestas?(?: correcta)?|Respostas?(?: correta)?|R[ée]ponses?|(?:Richtige )?Antwort(?:en)?|"
    r"(?:Правильный )?Ответы?|(?:Правильна )?Відповід[ьі]|정답|답변?|해답|Rispost[ae]|Antwoord(?:en)?|"
    r"Odpowied[źz]i?|Cevap|Đáp án|Trả lời|Jawaban|उत्तर|پاسخ|"
    r"(?:الإجابة|الاجابة|إجابة|الجواب|جواب)(?:\s+الصحيحة)?)"
)
_LABEL = re.compile(
    rf"(?:(?P<open>\*{{1,3}}|__)\s*(?:{_LABEL_WORDS}){_COUNT}(?:[:：.]\s*(?P=open)|(?P=open)\s*[:：])"
    rf"|Ans(?:wer)?\s*[.–-]+(?=\s)|(?:{_LABEL_WORDS}){_COUNT}[:：])(?:--?(?!\d))?[ \t]*"
    rf"|[\[【]\s*(?:{_LABEL_WORDS}){_COUNT}[\]】]\s*[:：]?[ \t]*",
    re.IGNORECASE,
)
_BARE_LABEL = re.compile(
    rf"(?:\*\*|__)?\s*(?:{_LABEL_WORDS})\s*[:：]?\s*(?:\*\*|__)?\s*[:：]?$", re.IGNORECASE
)
_INNER_LABEL = re.compile(rf"(?P<open>\*\*|__)\s*(?:{_LABEL_WORDS})\s*[:：]\s*", re.IGNORECASE)
_WEAK_WORDS = (
    r"(?:(?:答案|题目|代码|源码)?(?:解析|解释|分析)|解説|解題|解题思路|输出(?:结果)?|輸出|运行结果|结果|"
    r"(?:Answer |Solution )?Explanations?|Solutions?(?:\s*\d+)?|Outputs?|Result|Explicaci[óo]n|"
    r"Explica[çc][ãa]o|Soluci[óo]n|Solu[çc][ãa]o|Explication|Sortie|Salida|Sa[íi]da|Erkl[äa]rung|"
    r"L[öo]sung|Ausgabe|Объяснение|Решение|Вывод|Пояснення|Рішення|Розв.язання|풀이|해설|설명|출력|"
    r"الشرح|التفسير|الحل|الناتج)"
)
_WEAK_LABEL = re.compile(
    rf"(?:\*\*|__)?\s*{_WEAK_WORDS}\s*(?:(?:[:：])?\s*(?:\*\*|__)\s*[:：]?|[:：])\s*", re.IGNORECASE
)
_BARE_WEAK = re.compile(rf"(?:\*\*|__)?\s*{_WEAK_WORDS}\s*[:：]?\s*(?:\*\*|__)?$", re.IGNORECASE)
_SUMMARY_LABEL = re.compile(
    rf"(?:(?:\d+|[^\w\s]+|the|view|see|show|reveal|click|tap|toggle|open|expand|here|me|to|for|"
    rf"ver|mostrar|voir|afficher|zeigen?|показать|посмотреть|показати|переглянути|보기|확인|"
    rf"点击|點擊|查看|显示|顯示|展开|展開|收起|折叠|点我|看|عرض|إظهار|اضغط|هنا|hide|code|クリック|表示|"
    rf"{_LABEL_WORDS}|{_WEAK_WORDS})[\s:：/|&,。，.!！\-–—]*)+$",
    re.IGNORECASE,
)
_LETTER = r"[a-zà-ɏа-яё]"
_ANSWERS = re.compile(
    rf"(?<!{_LETTER})(?:{_LABEL_WORDS.replace('(?-i:A)|', '')})(?!{_LETTER})", re.IGNORECASE
)
_SUMMARY = 40
"""Characters of a summary that names the answer, whatever else it says: *Click to see …*."""
_OPTIONAL = re.compile(
    r"\W*(?:hints?|tips?|see|more|show|expand|提示|展开|展開|查看更多|更多|подсказк|підказк|힌트|dica|pista|"
    r"hinweis|indice|ヒント|تلميح|code|代码|read more|details?|详情|детал)",
    re.IGNORECASE,
)
_ATTRIBUTE = re.compile(
    r"(?:\*\*|__)?\s*(?:出题人|出題人|出题专家|命题人|来源|來源|出处|作者|难度|難度|标签|分类|考点|频率|公司|"
    r"题目来源|题型|Author|Source|Difficulty|Level|Tags?|Topics?|Company|Category|Autor|Fuente|Fonte|"
    r"Dificultad|Dificuldade|Nivel|Schwierigkeit|Quelle|Автор|Источник|Сложность|Джерело|Складність|"
    r"출처|난이도|المصدر|المستوى)\s*(?:\*\*|__)?\s*[:：]",
    re.IGNORECASE,
)
_BOLD = re.compile(
    r"(?P<mark>\*\*|__)(?=\S)(?P<text>(?:`+[^`]*`+|\\.|(?!(?P=mark))[^`\\])+?)(?P=mark)"
)
_END_MARKS = "?？؟"
_TASK_BOX = re.compile(r"\[[ xX]\]\s+")
_DECORATION = {"So", "Sk", "Mn", "Cf", "Me"}
"""Unicode categories of emoji, their modifiers and joiners."""
_IMAGE = re.compile(
    r"!\[(?P<alt>[^\]]{0,2000}+)\](?:\([^)]{0,2000}+\)|\(data:[\w/+;=,.%-]*+\)|\[[^\]]{0,2000}+\])"
)
_REFERENCE = re.compile(
    r"\[?\[(?:src|source|ref|link|来源|参考|\d+|\*|#)\w*\]\]?\([^)]*\)\]?", re.IGNORECASE
)
_LINK = re.compile(
    r"\[(?P<text>(?:[^\[\]]|\[[^\[\]]*\])*)\](?:\((?:[^()]|\([^()]*\))*\)|\[[^\]]*\])"
)
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>|<!--.{0,2000}?-->")
_ENTITY = re.compile(r"&#?\w+;")
_CLOSING = "*_~ \t\"'”’»)）]】』」》>.。!！:：…`"
_REMARK = re.compile(r"[(（【\[][^()（）【】\[\]?？؟]{1,16}[)）】\]]\s*$")
_EMOJI_CODE = re.compile(r":[a-z0-9_+-]+:")


@dataclass(frozen=True, slots=True)
class Marked:
    """A question marker was found: the text behind it, and whether it is proof alone.

    ``Q`` and ``问`` are (``strong``); ``问题`` may just mean "problem".
    """

    text: str
    strong: bool


@lru_cache(maxsize=4096)
def without_numbering(text: str) -> str:
    """Inline Markdown without its leading number (``1.2``, ``八、``, ``(3)``), bold kept.

    A number with an operator or unit behind it is no numbering.
    """
    text = text.strip()
    bold = text[:2] if text[:2] in ("**", "__") else ""
    rest = text[len(bold) :].lstrip()
    if found := _NUMBERING.match(rest):
        left = rest[found.end() :].lstrip()
        if left.strip("*_ "):
            return bold + left
    return text


@lru_cache(maxsize=4096)
def visible(text: str) -> str:
    """What a reader sees of inline Markdown: no link targets, tags, images, references."""
    if "[" in text:
        text = _IMAGE.sub("", text)
        text = _REFERENCE.sub("", text)
        text = _LINK.sub(lambda found: found.group("text"), text)
    if "<" in text:
        text = _TAG.sub("", text)
    if "&" in text:
        text = _ENTITY.sub(" ", text)
    return text.strip()


@lru_cache(maxsize=4096)
def is_question(text: str) -> bool:
    """Whether what is seen of it ends in a question mark.

    Emphasis, emoji, stars, closing quotes and brackets, and a short remark in brackets may
    stand behind the mark.
    """
    shown = _EMOJI_CODE.sub("", visible(text)) if ":" in text else visible(text)
    for _ in range(4):
        end = len(shown)
        while end and (shown[end - 1] in _CLOSING or category(shown[end - 1]) in _DECORATION):
            if shown[end - 1] == "`" and end > 1 and shown[end - 2] in _END_MARKS:
                return False  # a mark in code is the code's
            end -= 1
        if shown[:end].endswith(tuple(_END_MARKS)):
            return True
        end = len(shown.rstrip("*_ "))
        remark = _REMARK.search(shown[:end])
        if not remark:
            return False
        shown = shown[: remark.start()]
    return False


def unbold(text: str) -> str:
    """The text of a line that is bold as a whole; any other text as it is."""
    whole = whole_bold(text)
    return text.strip() if whole is None else whole


def whole_bold(line: str) -> str | None:
    """The text of a line that is wholly bold, or None.

    Punctuation right after the bold counts: a question mark joins the text, a colon is
    dropped.
    """
    line = line.strip()
    found = _BOLD.match(line)
    if not found:
        return None
    tail = line[found.end() :].strip()
    text = found.group("text").strip()
    if not tail or tail in ":：":
        return text
    return text + tail if set(tail) <= set(_END_MARKS) else None


def leading_bold(line: str) -> tuple[str, str] | None:
    """The bold text at the start of a line and what follows it, or None.

    A question mark right after the bold belongs to the text.
    """
    line = line.strip()
    found = _BOLD.match(line)
    if not found:
        return None
    text, tail = found.group("text").strip(), line[found.end() :].lstrip()
    while tail[:1] and tail[0] in _END_MARKS:
        text, tail = text + tail[0], tail[1:].lstrip()
    return text, tail


def undecorated(text: str) -> str:
    """A line without the task box and the emoji that stand before its text."""
    text = text.lstrip()
    if text[:1].isalnum():
        return text
    text = _TASK_BOX.sub("", text, count=1)
    start = 0
    while start < len(text) and (
        text[start] == " " or (category(text[start]) in _DECORATION and text[start] not in "`^")
    ):
        start += 1
    return text[start:] if start < len(text) else text


def question_marker(text: str) -> Marked | None:
    """What follows ``Q:``, ``Q3：``, ``问：``, ``问题2：`` … at the start; None without one."""
    text = undecorated(text)
    found = _MARKER.match(text)
    if not found:
        text = undecorated(without_numbering(text))
        found = _MARKER.match(text)
    if not found:
        return None
    return Marked(text[found.end() :].strip(), strong=not found.group("long"))


@lru_cache(maxsize=4096)
def counts_question(text: str) -> re.Match[str] | None:
    """The word *question* and its number at the start: ``Question 3``, ``問題 5-3``, ``Q2``."""
    return _COUNTS.match(undecorated(text))


def card_tag(text: str) -> tuple[str, bool] | None:
    """What a tag behind it calls a flashcard, and whether it is asked both ways.

    ``Question #card`` and ``Question #flashcard #topic`` (Obsidian), ``Question [[card]]``
    (Logseq); None without such a tag.
    """
    text = text.rstrip()
    found = _CARD_TAG.search(text) if "#" in text or "[[" in text else None
    if found is None or not any(map(str.isalnum, text[: found.start()])):
        return None
    return text[: found.start()].strip(), bool(found.group("both"))


def answer_label(line: str) -> int | None:
    """The length of an answer label at the start of a line (``**答**：``), or None."""
    lead = _decoration(line)
    found = _LABEL.match(line, lead)
    if not found:
        return None
    if re.match(r"A\s*\d\d", line[lead:]):  # a product (A100), not the answer to question 100
        return None
    return found.end()


def unlabelled(line: str) -> str | None:
    """What stands behind an answer label at the start of a line; None without a label.

    Bold that spans label and answer (``**Answer: B**``) stays on the answer.
    """
    length = answer_label(line)
    if length is not None:
        return line[length:]
    found = _INNER_LABEL.match(line)
    if found and found.group("open") in line[found.end() :]:
        return found.group("open") + line[found.end() :]
    return None


_BEHIND = re.compile(
    rf"[?？؟][*_]*+\s*+(?:(?:[(（]|→|->|=>)\s*+)?(?=[*_]*+(?:{_LABEL_WORDS})[*_]*\s*[:：])",
    re.IGNORECASE,
)


def answered_behind(text: str) -> tuple[str, str] | None:
    """A question and the labelled answer behind it on its line: ``Why? (A: so)``, ``…？答：…``."""
    found = _BEHIND.search(text) if "?" in text or "？" in text or "؟" in text else None
    if found is None:
        return None
    rest = unlabelled(text[found.end() :]) or ""
    if found.group().rstrip()[-1] in "(（":
        rest = rest.rstrip().removesuffix(")").removesuffix("）")
    return (text[: found.start() + 1], rest) if rest.strip() else None


def is_label(text: str) -> bool:
    """Whether the text is nothing but an answer label, with or without a colon."""
    text = text.strip()
    return bool(_BARE_LABEL.match(text, _decoration(text)))


def _decoration(text: str) -> int:
    """How many characters of emoji and space stand before a text."""
    if text[:1].isalnum():
        return 0
    lead = (i for i, c in enumerate(text) if c != " " and category(c) not in ("So", "Mn", "Cf"))
    return next(lead, 0)


def weak_label(line: str) -> int | None:
    """The length of a label that divides only code or options from what they come to.

    ``Output:``, ``解析`` and ``Solution`` also stand inside answers.
    """
    line = line.strip()
    if _BARE_WEAK.match(line):
        return len(line)
    found = _WEAK_LABEL.match(line)
    return found.end() if found else None


def is_weak_label(text: str) -> bool:
    """Whether the text is nothing but such a label."""
    return bool(_BARE_WEAK.match(text.strip()))


def names_answer(text: str) -> bool:
    """Whether a short text speaks of an answer: ``Click to see the answer``, ``答えを見る``."""
    shown = unbold(visible(text)).strip()
    return len(shown) <= _SUMMARY and not is_question(shown) and bool(_ANSWERS.search(shown))


@lru_cache(maxsize=1024)
def summary_label(text: str) -> str:
    """What a ``<summary>`` is if it asks nothing: ``answer``, ``optional`` or nothing."""
    shown = unbold(visible(text)).strip()
    if is_question(shown):
        return ""
    if names_answer(shown):
        return "answer"
    if _OPTIONAL.match(shown):
        return "optional"
    return "answer" if not shown or _SUMMARY_LABEL.match(shown) else ""


def is_attribute(line: str) -> bool:
    """Whether a line says whose, whence or how hard a question is: no part of it."""
    return bool(_ATTRIBUTE.match(line.strip()))
