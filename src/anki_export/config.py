"""The configuration: TOML in, a frozen :class:`Config` or every fault at once out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

FORMS = (
    "marked-heading",
    "marked-bold",
    "marked-list",
    "marked-plain",
    "title-answer",
    "question-heading",
    "bold-question",
    "bold-list",
    "table",
)
"""Every form of card, each a switch in ``[forms]``; the order is that of precedence."""

ANSWER_HEADINGS = (
    "标准答案",
    "标准回答",
    "标准面试答案",
    "标准面试回答",
    "面试回答",
    "面试答案",
    "参考答案",
    "精简答案",
    "精简回答",
    "简短回答",
    "快速口述",
    "口述版",
    "Short answer",
    "Standard answer",
    "Model answer",
)
"""Parts of a heading that make its section the answer to the note's title."""


@dataclass(frozen=True, slots=True)
class Config:
    """What a user can choose; the defaults are right for most folders."""

    root_deck: str = "Study"
    namespace: str = ""
    """Separates notes folders in one collection; empty means the root deck."""
    deck: str = "{root}::{tag}"
    comparison_deck: str = ""
    """Sub-deck for comparison cards; empty means the deck of their note."""
    tag_aliases: Mapping[str, str] = field(default_factory=dict)
    default_difficulty: str = "medium"
    source_url: str = ""
    forms: frozenset[str] = frozenset(FORMS)
    answer_headings: tuple[str, ...] = ANSWER_HEADINGS
    two_column_tables: bool = False
    plain_value_tables: bool = True
    fold_after: int = 40
    """Source lines of an answer beyond which its tail moves to ``Extra``."""
    exclude: tuple[str, ...] = ()
    """Glob patterns of paths in the notes folder that are not read."""
    max_media_mb: int = 20
    output: str = ""
    """Package to write, relative to the configuration file; empty means the default."""
