"""The words that generated notes are made of, in English and in Chinese."""

from __future__ import annotations

import random

NOUNS = [
    "buffer",
    "queue",
    "scheduler",
    "packet",
    "index",
    "ledger",
    "mutex",
    "allocator",
    "socket",
    "kernel",
    "page",
    "shard",
    "replica",
    "thread",
    "pipeline",
    "register",
    "cache",
    "tensor",
    "gradient",
    "token",
    "lexer",
    "parser",
    "heap",
    "stack",
    "vector",
    "bitmap",
    "journal",
    "snapshot",
    "lease",
    "quorum",
    "beacon",
    "router",
    "switch",
    "frame",
    "window",
    "checksum",
    "cursor",
    "trigger",
    "view",
    "orchard",
    "harbour",
    "glacier",
    "estuary",
    "furnace",
    "kiln",
    "loom",
    "anvil",
    "turbine",
    "bellows",
    "sextant",
    "compass",
    "lantern",
    "yeast",
    "enzyme",
    "membrane",
    "neuron",
    "synapse",
    "isotope",
    "crystal",
    "alloy",
    "polymer",
    "catalyst",
    "sediment",
    "aquifer",
]
QUALITIES = [
    "bounded",
    "lock-free",
    "stale",
    "persistent",
    "sparse",
    "dense",
    "shared",
    "private",
    "cold",
    "warm",
    "nested",
    "lazy",
    "eager",
    "remote",
    "local",
    "idempotent",
    "monotonic",
    "volatile",
    "brittle",
    "porous",
    "elastic",
    "saturated",
    "buffered",
    "aligned",
]
VERBS = [
    "flush",
    "evict",
    "replay",
    "merge",
    "split",
    "compact",
    "acknowledge",
    "retry",
    "pin",
    "invalidate",
    "prefetch",
    "coalesce",
    "serialise",
    "rotate",
    "throttle",
    "preempt",
    "partition",
    "align",
    "decode",
    "sample",
    "balance",
    "drain",
    "anneal",
    "filter",
]
TERMS = [
    "缓冲区",
    "队列",
    "调度器",
    "数据包",
    "索引",
    "日志",
    "互斥锁",
    "分配器",
    "套接字",
    "内核",
    "页表",
    "分片",
    "副本",
    "线程",
    "流水线",
    "寄存器",
    "缓存",
    "张量",
    "梯度",
    "词元",
    "解析器",
    "堆",
    "栈",
    "位图",
    "快照",
    "租约",
    "仲裁",
    "路由器",
    "帧",
    "滑动窗口",
    "校验和",
    "游标",
    "触发器",
    "视图",
    "果园",
    "港湾",
    "冰川",
    "河口",
    "熔炉",
    "织机",
    "涡轮",
    "罗盘",
    "酵母",
    "酶",
    "细胞膜",
    "神经元",
    "同位素",
    "晶体",
    "合金",
    "催化剂",
    "含水层",
]
ACTIONS = [
    "刷新",
    "淘汰",
    "重放",
    "合并",
    "拆分",
    "压缩",
    "确认",
    "重试",
    "固定",
    "失效",
    "预取",
    "归并",
    "序列化",
    "轮转",
    "限流",
    "抢占",
    "分区",
    "对齐",
    "解码",
    "采样",
    "均衡",
    "排空",
    "退火",
    "过滤",
]
STATES = [
    "有界的",
    "无锁的",
    "过期的",
    "持久的",
    "稀疏的",
    "稠密的",
    "共享的",
    "私有的",
    "冷的",
    "热的",
    "嵌套的",
    "惰性的",
    "远端的",
    "幂等的",
]

_QUESTIONS = (
    "Why does a {q} {n} {v} the {m} before the {o} is ready?",
    "How does the {n} of a {q} {m} {v} under load {k}?",
    "What happens when a {q} {n} has to {v} {k} {o}s at once?",
    "When should the {n} {v} its {m} rather than the {o}?",
    "Which {m} does the {q} {n} need so that the {o} can {v}?",
    "What is the difference between a {q} {n} and a {r} {m} ({k})?",
)
_QUESTIONS_CHINESE = (
    "为什么{q}{n}要先{v}{m}再处理{o}？",
    "{q}{n}如何在负载{k}下{v}{m}？",
    "当{n}需要{v} {k} 个{o}时会发生什么？",
    "什么时候应该让{n}{v}{m}而不是{o}？",
    "{q}{n}与{r}{m}有什么区别（{k}）？",
)
_SENTENCES = (
    "The {n} must `{v}()` each {q} {m} within {k} ms, or the {o} falls behind.",
    "A **{q} {n}** keeps {k} {m}s in memory and hands the rest to the {o}.",
    "Without a {m}, the {n} would {v} twice; with one it costs about {k} % more *{o}*s.",
    "In practice one sets `{n}_{m} = {k}` and lets the {o} {v} whenever the {m} is {q}.",
    "This holds only while the {n} is {q}: a {r} {o} has to {v} the {m} first.",
    "See also how the {m} and the {o} share {k} {n}s, which nobody should {v} by hand.",
)
_SENTENCES_CHINESE = (
    "{n}必须在 {k} ms 内`{v}`每一个{q}{m}，否则{o}会落后。",
    "**{q}{n}：**它在内存中保留 {k} 个{m}，其余的交给{o}处理。",
    "如果没有{m}，{n}就会重复{v}；有了它，开销大约增加 {k}%。",
    "实践中一般把 `{n}` 设为 {k}，当{m}变成{q}状态时再让{o}去{v}。",
    "这只在{n}是{q}时成立：{r}{o}必须先{v}{m}，顺序不能颠倒。",
)


class Words:
    """Draws words and sentences from a source of chance, English or Chinese."""

    def __init__(self, chance: random.Random, *, chinese: bool) -> None:
        self.chance = chance
        self.chinese = chinese

    def noun(self) -> str:
        return self.chance.choice(TERMS if self.chinese else NOUNS)

    def verb(self) -> str:
        return self.chance.choice(ACTIONS if self.chinese else VERBS)

    def name(self) -> str:
        """A short name, as of a row or a heading."""
        quality = self.chance.choice(STATES if self.chinese else QUALITIES)
        return f"{quality}{'' if self.chinese else ' '}{self.noun()}"

    def question(self) -> str:
        return self._fill(_QUESTIONS_CHINESE if self.chinese else _QUESTIONS)

    def sentence(self) -> str:
        return self._fill(_SENTENCES_CHINESE if self.chinese else _SENTENCES)

    def paragraph(self, sentences: int) -> str:
        between = "" if self.chinese else " "
        return between.join(self.sentence() for _ in range(sentences))

    def identifier(self) -> str:
        """A name in code, which is English whatever the note is."""
        return f"{self.chance.choice(VERBS)}_{self.chance.choice(NOUNS)}".replace("-", "_")

    def _fill(self, patterns: tuple[str, ...]) -> str:
        qualities = STATES if self.chinese else QUALITIES
        return self.chance.choice(patterns).format(
            n=self.noun(),
            m=self.noun(),
            o=self.noun(),
            v=self.verb(),
            q=self.chance.choice(qualities),
            r=self.chance.choice(qualities),
            k=self.chance.randint(2, 999),
        )
