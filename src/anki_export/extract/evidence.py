"""What in a line speaks for a question: its mark, its words, what it refers to.

No word decides alone: it is evidence, which the company of a line (``series``) weighs.
The words are the commonest ones of each language; a missing one costs only a line that
has neither a mark nor asking neighbours.
"""

from __future__ import annotations

import re
from enum import IntEnum
from functools import lru_cache

from anki_export.marks import (
    counts_question,
    is_question,
    undecorated,
    visible,
    without_numbering,
)


class Asks(IntEnum):
    """How sure a line asks, by itself."""

    NOT = 0
    HINT = 1
    """An imperative or ``How to``: also what a guide's steps and chapters look like."""
    WORD = 2
    """A question word, an examiner's imperative (``Explain``), a difference asked for."""
    MARK = 3
    """A question mark, or code that it speaks of right below it."""


_ANY = re.compile(
    # Chinese, Japanese, Korean: question words stand anywhere.
    r"什么|甚么|什麼|为什么|為什麼|为何|為何|怎么|怎麼|怎样|哪些|哪个|哪个|哪种|哪几|哪里|是否|能否|可否|"
    r"多少|几种|几个|幾種|有何|何为|何谓|何时|谁|(?:区别|區別|差别|差異|差异|异同|不同点|不同之处|优缺点|"
    r"优劣)(?:[和与及、][^，。]{1,8})?$|[吗呢嗎](?:[。，]|$)|的(?:区别|异同|差异|优缺点)|"
    r"なぜ|どう(?:して|やって|なる)?|どの|どれ|どこ|いつ|とは$|何(?:です|か|を|が)|ですか|ますか|の違い|"
    r"무엇|왜|설명하|서술하|비교하|나열하|어떻게|어떤|언제|어디|누가|인가요?$|나요$|까요?$|는가|차이|이란$|란$|"
    # Arabic, and the difference that is asked for in any language.
    r"الفرق|\bdifferences? between\b|\bdifferentiate\b|\bdiferen[cç](?:ia|a)s? entre\b|"
    r"\bdiff[ée]rences? entre\b|\bunterschied\b|\bразниц|\bотлич|\bрізниц|\bвідмін|\bчем отлича",
    re.IGNORECASE,
)
_START = re.compile(
    r"(?:(?:so|and|but|then|also|in (?:\w+ ){1,3}|for \w+ |given [^,]{1,80}, )[,:]?\s*)?(?:"
    r"(?:what|why|which|who|whose|whom|where|how|when)(?:'s|’s|'re|’re|\b(?:\s+[^\s,]+){0,3}?\s+"
    r"(?:is|are|was|were|do|does|did|can|could|should|would|will|has|have|may|might|must|happens?|means?|"
    r"makes?|causes?|works?))\b|what (?:kinds?|types?|difference|else|if)\b|how (?:many|much|often|long|far)\b|"
    r"(?:is|are|was|were|do|does|did|can|could|should|would|will|has|have)\s+(?:\w+\s+){2}|"
    r"(?:explain|describe|define|compare|discuss|differentiate|distinguish|mention|enumerate|elaborate|"
    r"outline|true or false|tell me|talk (?:me|about)|walk me|name (?:the|some|a|any|all|\d|two|three|different)|"
    r"list (?:the|out|some|all|different|down|a|any|\d)|give (?:an?|some|me) |what|predict|suppose|"
    r"state (?:the|some)|imagine|assume)\b|"
    r"[¿]|qu[ée]\b|por qu[ée]\b|porqu[eê]\b|c[óo]mo\b(?!\s+\w+[aeir]r\b)|cu[áa]l(?:es)?\b|cu[áa]ndo\b|d[óo]nde\b|"
    r"qui[ée]n|(?:explica|explique|describa?|descreva|define|defina|enumere|mencione|compare|cite|diga)\b|"
    r"o que\b|qual\b|quais\b|quando\b|onde\b|quem\b|como (?:funciona|é|se|o|a|você)\b|"
    r"qu['’]est|quel(?:le)?s?\b|pourquoi\b|quand\b|o[ùu]\b|expliquez|d[ée]crivez|d[ée]finissez|citez|"
    r"was\b|warum\b|wie\b|welche[rsmn]?\b|wann\b|wo\b|wozu\b|erkl[äa]re|beschreibe|nenne\b|definiere|"
    r"что\b|почему\b|зачем\b|как(?:ой|ая|ие|ое|ова|ово|ого|им|ими)?\b|когда\b|где\b|кто\b|чем\b|сколько\b|"
    r"для чего\b|в ч[её]м\b|объясните|опишите|назовите|перечислите|расскажите|дайте определение|"
    r"що\b|чому\b|навіщо\b|як(?:ий|а|і|е|им|ими)?\b|коли\b|де\b|хто\b|чим\b|для чого\b|поясніть|опишіть|"
    r"назвіть|перелічіть|розкажіть|у чому\b|"
    r"ما\b|ماذا\b|لماذا\b|كيف\b|متى\b|أين\b|هل\b|أي\b|كم\b|اشرح|عر[ّ]?ف\b|اذكر|وضح|قارن|صف\b|"
    r"(?:请|請|试|試)?(?:你|您)?(?:简单|详细|簡單)?(?:地)?(?:简述|概述|阐述|闡述|描述|说说|說說|说一说|说一下|说下|谈谈|谈一谈|"
    r"讲讲|讲一讲|讲一下|讲述|讲下|聊聊|聊一聊|介绍一下|介绍下|列举|解释一下|解释下|叙述|论述|试述|简要说明)|"
    r"请(?:问|你|您|解释|说明|列|写|描述|用|实现|设计|介绍)|説明(?:して|せよ)|述べ|挙げ|"
    r"설명하|서술하|나열하)",
    re.IGNORECASE,
)
_HINT = re.compile(
    r"(?:how|when|why)\b|"
    r"(?:write|implement|create|design|give|show|find|calculate|compute|determine|convert|reverse|check|"
    r"count|sort|remove|print|merge|swap|draw|identify|prove|derive|given|consider|solve|evaluate|"
    r"summari[sz]e|provide|illustrate|demonstrate|justify|analy[sz]e|specify|select|choose|pick|fix|complete|"
    r"fill|list|name|state|build|generate|return|get|check|validate|flatten|rotate|delete|add|use|make|"
    r"escrib[ae]|implementa|escreva|implemente|crie|cree|écrivez|impl[ée]mentez|schreibe|implementiere|"
    r"напишите|напиши|реализуйте|создайте|найдите|напишіть|реалізуйте|створіть|знайдіть|اكتب|أنشئ|احسب)\b|"
    r"como\b|comment\b|cómo\b|.*(?:如何|怎|几种|幾種)|"
    r"(?:请|請)?(?:写|寫|实现|設計|设计|给定|给出|找出|求|计算|判断|证明|画出|编写|手写|列出|比较|对比|分析|解释|说明|介绍|"
    r"已知|假设|现有|有一)|.*구현하|.*作り方",
    re.IGNORECASE,
)
_REFERS = re.compile(
    r"\b(?:following|below|this (?:code|program|snippet|function|query|expression|statement|script)|"
    r"these (?:lines|statements)|the (?:code|program|snippet)|output|result|printed?|logged|snippet)\b|"
    r"(?:下面|下列|以下|如下|上述|这段|該|输出|輸出|打印|运行结果|执行结果|结果是|结果为|程序的结果)|"
    r"(?:次の|以下の|出力)|(?:다음|아래|출력)|\b(?:siguiente|seguinte|salida|sa[íi]da|suivant|folgende\w*|"
    r"sortie|ausgabe|следующ\w+|вывед\w+|наступн\w+|виведе\w*)\b|(?:التالي|الآتي|ناتج|مخرجات)",
    re.IGNORECASE,
)
_INSIDE = re.compile(r"[?？؟](?=[\s*_）)\]】\"”']|[^\W\d_a-zA-Z])")


@lru_cache(maxsize=8192)
def asks(text: str) -> Asks:
    """What a heading, bold line, summary or item says of itself."""
    if is_question(text):
        return Asks.MARK
    shown = undecorated(without_numbering(undecorated(visible(text)))).strip("*_ \"“”'")
    if _INSIDE.search(shown):
        return Asks.MARK
    if _START.match(shown) or _ANY.search(shown):
        return Asks.WORD
    return Asks.HINT if _HINT.match(shown) or counts_question(shown) else Asks.NOT


def refers(text: str) -> bool:
    """Whether it speaks of code that it shows: *following*, *below*, *output*, 下面."""
    return bool(_REFERS.search(visible(text)))


_VALUE = re.compile(
    r"\b(?:value of|how many times|returns?|evaluates? to)\b|的值|几次|多少次|何回|값",
    re.IGNORECASE,
)
_NAME = re.compile(r"[A-Za-z_$][\w$]*(?:\.[\w$]+)*")


def asks_value(text: str, code: str) -> bool:
    """Whether it asks for the value of something that the code names."""
    found = _VALUE.search(text)
    names = _NAME.findall(text[found.end() :] + text[: found.start()]) if found else []
    return any(len(name) > 2 and re.search(rf"\b{re.escape(name)}\b", code) for name in names)


_MAKES = re.compile(
    r"(?:can you |please |请|請)?(?:write (?!out|down|the output)|implement|create|design|build|make|develop|complete|fix|"
    r"[写寫](?!出)|实现|设计|编写|完成|修改|escrib|escrev|implement|écri|schreib|напиш|реализ|реаліз|створ|اكتب)",
    re.IGNORECASE,
)


def wants_reply(text: str) -> bool:
    """Whether code that it speaks of cannot be its answer: it asks what the code does."""
    shown = undecorated(without_numbering(visible(text)))
    return bool(_SHOWN.search(shown)) and not _MAKES.match(shown)


_SHOWN = re.compile(
    r"\b(?:following|below|this (?:code|program|snippet|function|query|expression|script)|outputs?|"
    r"print(?:s|ed)?|logged|logs|snippet|siguiente|seguinte|suivant|folgende\w*|следующ\w+|наступн\w+)\b|"
    r"下面|下列|以下|如下|上述|这段|(?:输出|打印)(?:什么|内容|是)|(?:输出|打印|运行|执行)结果|次の|다음|아래|التالي",
    re.IGNORECASE,
)
