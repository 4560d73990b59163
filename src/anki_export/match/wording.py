"""How two wordings of a question differ: in nothing that matters, in its subject, or widely.

Similarity of characters alone is weak evidence: ``优点`` and ``缺点`` differ in one sign of
ten, and ask for opposite things. So a difference is classed before it is measured.
"""

from __future__ import annotations

import re
from collections import Counter
from enum import IntEnum
from functools import lru_cache

from rapidfuzz import fuzz
from rapidfuzz.distance import Indel

from anki_export.ledger.forms import folded
from anki_export.marks import without_numbering


class Difference(IntEnum):
    """From harmless to decisive."""

    NONE = 0
    """The same subject: only function words, punctuation or politeness differ."""
    WIDE = 1
    """Worded anew: neither the same words nor one word exchanged."""
    WORD = 2
    """One word stands for another, the rest is the same: a typo mended, or a twin."""
    TWIN = 3
    """Numbers, versions, identifiers, negation or an antonym differ: another question."""


NEAR = 0.5
"""Similarity from which two questions can be twins at all; below, they are worded anew."""

_TOKEN = re.compile(r"[a-z]+(?:[a-z0-9_.+#-]*[a-z0-9+#])?|\d+(?:\.\d+)*[a-z%]*|[^\W_]|[+#<>=%]")
_NUMBER = re.compile(r"\d|^[二两三四五六七八九十百零]$|^(?:ii|iii|iv|vi{1,3}|ix)$|^[a-z]$")
"""Numbers, versions, identifiers with digits, roman numerals, single letters."""

_FUNCTION_WORDS = """
的 了 呢 啊 吧 呀 着 请 您 你 我 它 其 该 这 那 是 有 个 种 些
a an the is are was were be do does did of it its this that these those there
please you your we our me s
"""
_FUNCTION = frozenset(_FUNCTION_WORDS.split())
_PHRASES = tuple(
    (re.compile(pattern, re.ASCII), instead)
    for pattern, instead in (
        (r"为什么|为何|何故|\bwhy\b", " ⟨why⟩ "),
        (r"怎么样|怎样|怎么|如何|\bhow\b(?! many| much)", " ⟨how⟩ "),
        (r"什么时候|何时|\bwhen\b", " ⟨when⟩ "),
        (r"哪里|何处|在哪|\bwhere\b", " ⟨where⟩ "),
        (r"多少|几个|多大|多长|\bhow (?:many|much)\b", " ⟨many⟩ "),
        (r"是否|能否|可否|会不会|是不是|能不能|有没有|吗", " ⟨whether⟩ "),
        (r"什么|何为|哪些|哪个|哪几|\bwh(?:at|ich)\b|一下", " "),
        (r"请问|简述|简要|简单|说明|解释|介绍|描述|谈谈|讲讲|\b(?:explain|describe)\b", " "),
    )
)
"""Words that stand beside those of another script without a space are whole words as well."""
_CLASS = re.compile(r"⟨[a-z]+⟩")

_NO_NEGATIONS = re.compile(
    r"[是能可]否|([是能会可]).?不\1|有没有|不同|不仅|不但|非常|未来|差别|区别|分别|类别|级别"
)
_NEGATIONS = re.compile(
    r"[不没無无非未勿莫别]|\bnot?\b|n't\b|\bwithout\b|\bnever\b|\bnon|\bun|\bdis|\bin(?=valid|correct)",
    re.ASCII,
)


def _pair(written: str) -> tuple[str, str]:
    """Return an antonym pair as the tokens that differ: Chinese ones without their common part."""
    one, other = written.split("/")
    if one.isascii():
        return f" {one} ", f" {other} "
    while one and other and one[-1] == other[-1]:
        one, other = one[:-1], other[:-1]
    while one and other and one[0] == other[0]:
        one, other = one[1:], other[1:]
    return one, other


_ANTONYM_PAIRS = """
优/缺 优/劣 利/弊 好/坏 高/低 大/小 多/少 快/慢 长/短 强/弱 新/旧 前/后 上/下 左/右 内/外
正/反 正/负 正/逆 加/减 乘/除 增/减 升/降 开/关 启/停 进/出 入/出 读/写 发/收 输入/输出
编/解 加密/解密 编码/解码 同步/异步 静/动 主/从 主/备 冷/热 软/硬 深/浅 单/多 单/双
串行/并行 顺序/随机 有/无 先/后 早/晚 首/尾 头/尾 始/终 生/死 存/取 推/拉 显/隐 粗/细
稀疏/稠密 最大/最小 上界/下界 时间/空间 横/纵 行/列 公/私 客户/服务 本地/远程 训练/推理
预填充/解码 集中/分布 相同/不同 区别/联系 区别/相同 异/同 创建/销毁 构造/析构 左值/右值
浅拷贝/深拷贝 栈/堆 进程/线程 值/引用 重载/重写 advantage/disadvantage
advantages/disadvantages pro/con pros/cons benefit/drawback benefits/drawbacks
strength/weakness strengths/weaknesses min/max minimum/maximum read/write reads/writes
push/pop push/pull encode/decode encoder/decoder encrypt/decrypt input/output sync/async
synchronous/asynchronous static/dynamic train/test training/inference lock/unlock open/close
start/stop before/after first/last left/right upper/lower true/false public/private
client/server stack/heap best/worst fast/slow high/low big/small large/small long/short
more/less more/fewer add/remove increase/decrease enable/disable allow/deny accept/reject
local/remote local/global shallow/deep mutable/immutable signed/unsigned forward/backward
head/tail row/column process/thread compile/runtime horizontal/vertical serial/parallel
dense/sparse
"""
_ANTONYMS = tuple(_pair(pair) for pair in _ANTONYM_PAIRS.split())


@lru_cache(maxsize=65536)
def tokens(text: str) -> tuple[str, ...]:
    """Return words, numbers and single CJK characters of *text*, in order, folded."""
    return tuple(_TOKEN.findall(folded(text)))


@lru_cache(maxsize=65536)
def subject(text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the tokens that carry the subject, and the classes of interrogative."""
    form = folded(text)
    for pattern, instead in _PHRASES:
        form = pattern.sub(instead, form)
    classes = tuple(sorted(set(_CLASS.findall(form))))
    words = _TOKEN.findall(_CLASS.sub(" ", form))
    return tuple(word for word in words if word not in _FUNCTION), classes


def weight(text: str) -> int:
    """Return how much *text* says: a CJK character that carries meaning is 1, a word 2."""
    words, _classes = subject(text)
    return sum(2 if word[0].isascii() else 1 for word in words)


def similarity(one: str, other: str) -> float:
    """Return how alike two questions look, 0 … 1, blind to the order of their words."""
    first, second = tokens(one), tokens(other)
    if not first or not second:
        return 0.0
    common = sum((Counter(first) & Counter(second)).values())
    bag = 2 * common / (len(first) + len(second))
    return max(bag, fuzz.ratio(folded(one), folded(other)) / 100)


def difference(one: str, other: str) -> Difference:
    """Class the difference between two questions; a number before one is no part of it."""
    one, other = _unnumbered(one), _unnumbered(other)
    (first, asked), (second, asks) = subject(one), subject(other)
    if first == second and asked == asks:
        return Difference.NONE
    if asked != asks and first == second:
        return Difference.TWIN
    if similarity(one, other) >= NEAR and _marked(one, other):
        return Difference.TWIN
    return Difference.WORD if _one_word(first, second) else Difference.WIDE


_unnumbered = lru_cache(maxsize=65536)(without_numbering)


def _marked(one: str, other: str) -> bool:
    """Tell whether a number, a version, a negation or an antonym was exchanged."""
    left, right = Counter(subject(one)[0]), Counter(subject(other)[0])
    if any(_NUMBER.search(token) for token in (left - right) + (right - left)):
        return True
    if _negations(one) != _negations(other):
        return True
    lost, found = _exchanged(tokens(one), tokens(other))
    return any((a in lost and b in found) or (b in lost and a in found) for a, b in _ANTONYMS)


def _negations(text: str) -> int:
    return len(_NEGATIONS.findall(_NO_NEGATIONS.sub("", folded(text))))


def _exchanged(first: tuple[str, ...], second: tuple[str, ...]) -> tuple[str, str]:
    """Return the text that went and the text that came, each run set apart by spaces."""
    lost: list[str] = []
    found: list[str] = []
    for block in _blocks(first, second):
        lost.append(_joined(first[block[0] : block[1]]))
        found.append(_joined(second[block[2] : block[3]]))
    return f" {' '.join(lost)} ", f" {' '.join(found)} "


def _joined(run: tuple[str, ...]) -> str:
    return "".join(f" {token} " if token[0].isascii() else token for token in run)


def _blocks(first: tuple[str, ...], second: tuple[str, ...]) -> list[tuple[int, int, int, int]]:
    blocks: list[tuple[int, int, int, int]] = []
    for code in Indel.opcodes(first, second):
        if code.tag == "equal":
            continue
        block = (code.src_start, code.src_end, code.dest_start, code.dest_end)
        if blocks and blocks[-1][1] == block[0] and blocks[-1][3] == block[2]:
            block = (blocks[-1][0], block[1], blocks[-1][2], block[3])
            blocks.pop()
        blocks.append(block)
    return blocks


def _one_word(first: tuple[str, ...], second: tuple[str, ...]) -> bool:
    """Tell whether one short run of tokens is all that differs between two questions."""
    if not first or not second:
        return True
    blocks = _blocks(first, second)
    if len(blocks) > 1:
        return False
    start, end, begin, finish = blocks[0] if blocks else (0, 0, 0, 0)
    longest = max(end - start, finish - begin)
    return longest <= 4 and 2 * longest <= max(len(first), len(second))
