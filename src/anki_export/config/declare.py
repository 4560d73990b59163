"""The configuration: TOML in, a frozen :class:`Config` or every fault at once out.

Each option carries its check and its documentation where it is declared; the reference
page and the commented file that ``init`` writes are made from them (``config_docs``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from anki_export.config import checks
from anki_export.config.checks import Fault
from anki_export.files import read_regular
from anki_export.model import FileLocation
from anki_export.problems import Problem, ProblemKind, Problems, UsageError, nearest

T = TypeVar("T")

FILE_NAME = "anki-export.toml"
PYPROJECT = "pyproject.toml"
TABLE = "anki-export"
"""The table's name below ``[tool]`` in a ``pyproject.toml``."""

MOST_BYTES = 1_000_000
"""Of a configuration file."""

FORMS = (
    "flashcard-line",
    "flashcard-block",
    "flashcard-rule",
    "answers-at-end",
    "marked-heading",
    "marked-bold",
    "marked-list",
    "marked-plain",
    "question-section",
    "title-answer",
    "question-heading",
    "item-heading",
    "numbered-heading",
    "sibling-heading",
    "labelled-heading",
    "details",
    "bold-numbered",
    "bold-question",
    "bold-list",
    "list-question",
    "quote-question",
    "title-question",
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
    "标准表述",
    "口语版",
    "可以这么说",
    "可以这样说",
    "Short answer",
    "Standard answer",
    "Model answer",
)
"""Parts of a heading that make its section the answer to the note's title."""

STOP_HEADINGS = (
    "总结", "小结", "参考", "参考资料", "参考文献", "参考链接", "参考文章", "引用", "目录", "踩坑", "踩坑记录",
    "相关链接", "相关资料", "推荐阅读", "拓展阅读", "延伸阅读", "扩展阅读", "前言", "写在最后", "结语", "结论", "更新日志", "思维导图",
    "まとめ", "参考リンク", "目次", "はじめに", "정리", "참고", "참고 자료", "참고자료", "목차", "출처", "마치며",
    "Summary", "Conclusion", "Conclusions", "References", "Reference", "Source", "Sources", "Resources",
    "Table of contents", "Contents", "TOC", "Index", "Further reading", "See also", "Links", "Credits",
    "Bibliography", "Introduction", "Overview", "Prerequisites", "Installation", "Usage", "Setup",
    "Getting started", "License", "Contributing", "Contributors", "Changelog", "Acknowledgements", "Author",
    "Recap", "TL;DR", "Wrap up", "Key takeaways", "Related topics", "Table of content", "Good to hear",
    "Additional links", "Hide/Show table of contents", "Resumen", "Conclusión", "Referencias", "Índice",
    "Enlaces", "Resumo", "Conclusão", "Referências", "Sumário", "Fontes", "Résumé", "Références",
    "Sommaire", "Table des matières", "Zusammenfassung", "Fazit", "Quellen", "Literatur", "Inhalt",
    "Inhaltsverzeichnis", "Итоги", "Итог", "Заключение", "Выводы", "Источники", "Ссылки", "Литература",
    "Содержание", "Оглавление", "Полезные ссылки", "Підсумок", "Висновки", "Джерела", "Посилання",
    "Зміст", "الخلاصة", "خلاصة", "المراجع", "المصادر", "الفهرس", "المحتويات", "مراجع",
)  # fmt: skip
"""Headings that are no question in any company: they sum up, list or refer."""


def _option(default: T, check: checks.Check, doc: str, example: object = None) -> T:
    """Declare an option: its default, its check and what its documentation says."""
    metadata = {"check": check, "doc": doc, "example": default if example is None else example}
    option: T = field(default_factory=lambda: default, metadata=metadata)
    return option


@dataclass(frozen=True, slots=True)
class Config:
    """What a user can choose; the defaults are right for most folders."""

    root_deck: str = _option(
        "Study",
        checks.deck,
        "The deck that holds all others. Levels are separated by `::`.",
    )
    namespace: str = _option(
        "",
        checks.text,
        "Separates two folders of notes in one collection. Empty means the root deck's name. "
        "It is part of every card's identity and kept in the ledger: change it and every "
        "card is a new one.",
    )
    deck: str = _option(
        "{root}::{tag}",
        checks.deck_template,
        "The deck of a note's cards. `{root}` is the root deck, `{tag}` the note's first tag "
        "(without tags: its folder), `{folder}` its folder, `{difficulty}` and `{title}` are "
        "the note's. Cards that Anki already has stay in the deck where they are; the report "
        "says how to move them.",
    )
    comparison_deck: str = _option(
        "",
        checks.sub_deck,
        "A sub-deck for comparison cards, below the deck of their note. Empty: the same deck.",
        "Tables",
    )
    default_difficulty: str = _option(
        "",
        checks.optional_word,
        "The difficulty of notes that name none. Empty: they have no badge and no tag for it.",
        "medium",
    )
    source_url: str = _option(
        "",
        checks.url,
        "Where the notes can be read online: the note's path is put behind it and every card "
        "links there. Empty: no link.",
        "https://github.com/you/notes/blob/main/notes/",
    )
    language: str = _option(
        "",
        checks.language,
        "The notes' language as in HTML's `lang`: it decides how Chinese characters are drawn, "
        "which voice reads, and the words on a fold. Empty: guessed from each note's text.",
        "zh-Hans",
    )
    output: str = _option(
        "",
        checks.output,
        "The package to write, relative to this file. Empty: `build/<root deck>.apkg` in the "
        "current folder.",
        "build/Study.apkg",
    )
    templates: str = _option(
        "",
        checks.text,
        "A folder with card templates and a style sheet of your own, relative to this file. "
        "Empty: those that come with the tool.",
        "templates",
    )
    code_wrap: bool = _option(
        True,
        checks.switch,
        "Whether lines of code that are too long for the card go on in further rows; else their "
        "box scrolls sideways (which AnkiMobile may take for a gesture). The cards' look alone "
        "changes; folders with one namespace share it, as the last import says.",
    )
    exclude: tuple[str, ...] = _option(
        (),
        checks.patterns,
        "Paths in the notes folder that are not read, as in a `.gitignore`.",
        ("drafts/", "*.template.md"),
    )
    answer_headings: tuple[str, ...] = _option(
        ANSWER_HEADINGS,
        checks.texts,
        "A section whose heading contains one of these is the answer to the note's title. "
        "The list replaces the default one.",
    )
    fold_after: int = _option(
        40,
        checks.number(1, 100_000),
        "Source lines of an answer beyond which what follows its first sub-heading is folded.",
    )
    two_column_tables: bool = _option(
        False,
        checks.switch,
        "Whether tables of two columns make comparison cards, too.",
    )
    plain_value_tables: bool = _option(
        True,
        checks.switch,
        "Whether tables that hold only numbers or ticks make comparison cards.",
    )
    link_tables: bool = _option(
        False,
        checks.switch,
        "Whether tables with two and more columns of nothing but links make cards.",
    )
    data_tables: bool = _option(
        False,
        checks.switch,
        "Whether sample data (rows numbered or named by ids, columns by identifiers) makes cards.",
    )
    contents_tables: bool = _option(
        False,
        checks.switch,
        "Whether tables below a heading such as “Table of contents” make cards.",
    )
    layout_tables: bool = _option(
        False,
        checks.switch,
        "Whether tables without column names, calendars and tables of badges make cards.",
    )
    max_media_mb: int = _option(
        20,
        checks.number(1, 100),
        "Images larger than this many megabytes are left out. AnkiWeb takes up to 100.",
    )
    remote_images: str = _option(
        "link",
        checks.choice("text", "link", "fetch"),
        "What a card shows of an image on the web: `link`, its text as a link, and a warning; "
        "`text`, its text; `fetch`, the image, which a build fetches once and keeps in "
        "`.anki-export/images/`.",
        "fetch",
    )
    stop_headings: tuple[str, ...] = _option(
        STOP_HEADINGS,
        checks.texts,
        "Headings that ask nothing although their neighbours do: summaries, references, tables "
        "of contents. The list replaces the default one.",
        ("Summary", "References", "总结"),
    )
    flashcard_tags: tuple[str, ...] = _option(
        ("flashcards",),
        checks.texts,
        "Tags of notes that hold flashcards of Obsidian's Spaced Repetition plug-in (`Q::A`, "
        "`?` between lines); the tags below them count as well.",
    )
    flashcards_everywhere: bool = _option(
        False,
        checks.switch,
        "Whether lines such as `Q::A` are flashcards in notes without such a tag, too.",
    )
    max_asked_columns: int = _option(
        6,
        checks.number(1, 50),
        "Columns that one comparison card asks for at most; a wider table makes several cards a "
        "row.",
    )
    tag_aliases: Mapping[str, str] = _option(
        {},
        checks.aliases,
        "Other names for tags where `{tag}` stands in a deck's name; an alias holds for the "
        "tags below it as well. The cards' own tags keep their names.",
        {"machine-learning": "ML"},
    )
    forms: frozenset[str] = _option(
        frozenset(FORMS),
        checks.switches(FORMS),
        "Which forms of question become cards; all do by default.",
        dict.fromkeys(FORMS, True),
    )


class ConfigError(UsageError):
    """The configuration has faults, all of them in ``problems`` (exit 2)."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        count = len(problems)
        path = problems[0].location.path
        noun = "one fault" if count == 1 else f"{count} faults"
        super().__init__(f"{path}: the configuration has {noun}", problems=problems)


class Option(NamedTuple):
    """An option as it is declared: for the parser and for the documentation."""

    name: str
    default: object
    check: checks.Check
    doc: str
    example: object


def options() -> Iterator[Option]:
    """Every option in the order of its declaration."""
    for item in fields(Config):
        assert callable(item.default_factory)
        meta = item.metadata
        yield Option(item.name, item.default_factory(), meta["check"], meta["doc"], meta["example"])


# --------------------------------------------------------------------------- finding, reading


def find_config(notes: Path, problems: Problems) -> Path | None:
    """The configuration that belongs to a notes folder, or None.

    Raises:
        UsageError: two files could be meant.
    """
    around = beside(notes)
    candidates = [folder / FILE_NAME for folder in (notes, around)]
    # A link that leads nowhere is there as well: its reader says so.
    found = [path for path in candidates if path.exists() or path.is_symlink()]
    if _has_table(around / PYPROJECT, problems):
        found.append(around / PYPROJECT)
    if len(found) > 1:
        raise UsageError(
            f"two configurations: {found[0]} and {found[1]}",
            "keep one of them, or name one by --config",
        )
    return found[0] if found else None


def beside(notes: Path) -> Path:
    """The folder in which the notes folder lies."""
    # Not resolve(): a linked folder's configuration lies beside the link.
    return notes.parent if notes.name not in ("", "..") else notes.resolve().parent


def _has_table(path: Path, problems: Problems) -> bool:
    """True if a ``pyproject.toml`` configures this tool (or is broken and seems to).

    The file is another tool's first of all: what is wrong with it stops nothing here.
    """
    if not path.exists():
        return False
    text = ""
    try:
        text = _read(path)
        tools = checks.parse(text).get("tool", {})
        return isinstance(tools, dict) and TABLE in tools
    except (UsageError, checks.NotTomlError) as error:
        if f"[tool.{TABLE}" in text:
            return True
        where = FileLocation(str(path))
        message = f"is not read: {error}"
        problems.add(ProblemKind.CONFIGURATION_IGNORED, where, message, "it is taken for others'")
        return False


def _read(path: Path) -> str:
    """The text of a configuration file.

    Raises:
        UsageError: it cannot be read.
    """
    try:
        return read_regular(path, MOST_BYTES).decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        if isinstance(error, UnicodeDecodeError):
            line = error.object.count(b"\n", 0, error.start) + 1
            raise UsageError(f"{path}:{line}: the configuration is not UTF-8 text") from error
        reason = error.strerror or error
        raise UsageError(f"cannot read the configuration {path}: {reason}") from error


def load_config(path: Path) -> Config:
    """Read a configuration file.

    Raises:
        UsageError: the file cannot be read.
        ConfigError: it has faults.
    """
    prefix = ("tool", TABLE) if path.name == PYPROJECT else ()
    return parse_config(_read(path), str(path), prefix)


def parse_config(text: str, path: str, prefix: tuple[str, ...] = ()) -> Config:
    """Make a configuration from TOML; ``prefix`` leads to its table.

    Raises:
        ConfigError: with every fault of the text.
    """
    try:
        table: Any = checks.parse(text)
    except checks.NotTomlError as error:
        fault = Fault((), str(error), error.hint)
        raise ConfigError((_problem(fault, path, error.line),)) from None
    for part in prefix:
        table = table.get(part, {}) if isinstance(table, dict) else table
    if not isinstance(table, dict):
        raise ConfigError((_problem(Fault((), "is not a table"), path, None),))
    values, faults = _check(table)
    if faults:
        lines = checks.key_lines(text)
        ordered = [(_line(lines, prefix, fault.key), fault) for fault in faults]
        ordered.sort(key=lambda pair: pair[0] or 0)
        raise ConfigError(tuple(_problem(fault, path, line) for line, fault in ordered))
    return Config(**values)


def _check(table: Mapping[str, Any]) -> tuple[dict[str, Any], list[Fault]]:
    """Check every key of the table; values that passed, and all faults."""
    known = {option.name: option for option in options()}
    values: dict[str, Any] = {}
    faults: list[Fault] = []
    for key, value in table.items():
        if key not in known:
            faults.append(Fault((key,), "unknown key", _nearest(key, known)))
            continue
        try:
            values[key] = known[key].check(value)
        except checks.Rejected as rejected:
            faults += [Fault((key, *fault.key), *fault[1:]) for fault in rejected.faults]
    return values, faults


def _nearest(key: str, known: Mapping[str, Option]) -> str:
    """A hint that names the key that was probably meant, also one given in the wrong table."""
    if key in FORMS:
        return f"it belongs into the table `[forms]`: `forms.{key}`"
    return nearest(key, known, "valid keys")


def _line(
    lines: Mapping[tuple[str, ...], int], prefix: tuple[str, ...], key: tuple[str, ...]
) -> int | None:
    """Line of a key, or of the nearest table that holds it."""
    path = (*prefix, *key)
    return next((lines[path[:n]] for n in range(len(path), 0, -1) if path[:n] in lines), None)


def _problem(fault: Fault, path: str, line: int | None) -> Problem:
    """A fault as a problem at its place in the file."""
    name = ".".join(fault.key)
    message = f"`{name}`: {fault.message}" if name else fault.message
    return Problem(ProblemKind.CONFIGURATION, FileLocation(path, line), message, fault.hint)
