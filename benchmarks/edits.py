"""Single edits of every kind, by the thousand: are histories kept, and none given away?

    python benchmarks/edits.py NOTES [--seed N] [--per-kind N] [--kind NAME]

A note of the folder is taken, one edit made in memory, and identity asked which card is
which, with the note's neighbours around it. The truth comes from the edit: every line of
an edited note remembers where it stood, so every card of the edited note is known to be a
card of the old one, or to be none. Nothing of the matcher is used to tell.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from anki_export.cards import Renderer
from anki_export.config import Config
from anki_export.extract import extract
from anki_export.issue import identify
from anki_export.ledger.entries import Entry, Ledger
from anki_export.model import Guid, Kind, MappedCard, Question, Row, Seconds, SourceNote, What
from anki_export.notes.outline import outline
from anki_export.notes.reader import read_notes
from anki_export.place.mapping import Mapper
from anki_export.problems import Problems

Place = tuple[str, int]
"""A path and a line of the notes as they were."""

NEIGHBOURS = 12
BEFORE, AFTER = Seconds(1_700_000_000), Seconds(1_700_100_000)


@dataclass(slots=True)
class Line:
    """A line of an edited note, and where it stood."""

    text: str
    origin: Place | None


@dataclass(slots=True)
class Edited:
    """A note in the making, with a memory."""

    path: str
    lines: list[Line]
    metadata: dict[str, object]
    first_line: int

    @classmethod
    def of(cls, note: SourceNote) -> Edited:
        lines = [
            Line(text, (note.path, note.first_line + at)) for at, text in enumerate(note.lines)
        ]
        return cls(note.path, lines, dict(note.metadata), note.first_line)

    def note(self) -> SourceNote:
        return SourceNote(
            self.path, tuple(line.text for line in self.lines), self.first_line, self.metadata
        )

    def at(self, number: int) -> int:
        """Return the index of the line that stood at *number* of this note."""
        return next(
            at
            for at, line in enumerate(self.lines)
            if line.origin is not None and line.origin[1] == number
        )


@dataclass(slots=True)
class Result:
    """The notes after an edit."""

    notes: list[Edited]
    gone: set[str] = field(default_factory=set)
    targets: set[Place] = field(default_factory=set)
    """Old places of the cards that the edit is about."""
    fresh: set[Place] = field(default_factory=set)
    """Old places whose line now asks something else: a new card."""
    touched: set[str] | None = None
    """Paths all of whose cards may be updated; None: those whose lines were edited."""
    edited: set[Place] = field(default_factory=set)
    """Old places of the lines that were edited."""


@dataclass(frozen=True, slots=True)
class Target:
    """A card to edit, its note, and the lines of its own."""

    note: SourceNote
    card: MappedCard
    first: int
    last: int
    alone: bool
    """No other card starts within its lines."""

    @property
    def place(self) -> Place:
        return self.note.path, self.first


class Folder:
    """All notes with their cards and the ledger of a first build."""

    def __init__(self, root: Path) -> None:
        self.config = Config()
        self.renderer = Renderer(root, self.config)
        self.notes = {note.path: note for note in read_notes(root, (), Problems()).notes}
        self.cards = {path: self.cards_of(note) for path, note in self.notes.items()}
        everything = [card for path in self.notes for card in self.cards[path]]
        built = identify(
            everything,
            Ledger("Study"),
            namespace="Study",
            root_deck="Study",
            build_time=BEFORE,
            problems=(problems := Problems()),
        )
        self.ledger = built.ledger
        # A copy of a card has no history of its own: what becomes of it proves nothing.
        for problem in problems:
            self.notes.pop(problem.location.path, None)
        self.by_path: dict[str, list[Entry]] = {}
        for entry in built.ledger.entries.values():
            self.by_path.setdefault(entry.path, []).append(entry)
        self.guids: dict[tuple[str, int | None, Kind], Guid] = {
            (change.location.path, change.location.line, change.kind): change.guid
            for change in built.changes
        }
        self.targets = [
            target for path in self.notes for target in self._targets(path) if self._known(target)
        ]
        self.words = sorted({word for one in self.questions() for word in _words(one)})

    def cards_of(self, note: SourceNote) -> list[MappedCard]:
        problems = Problems()
        cards = extract(outline(note), self.config, problems)
        rendered = self.renderer.render_note(note, cards, problems)
        return Mapper(self.config).map_note(note, note.path, rendered, problems)

    def questions(self) -> list[str]:
        return [
            target.card.rendered.ask
            for target in self.targets
            if isinstance(target.card.rendered.card.body, Question)
        ]

    def _known(self, target: Target) -> bool:
        return (*target.place, target.card.rendered.card.kind) in self.guids

    def _targets(self, path: str) -> Iterable[Target]:
        note, cards = self.notes[path], self.cards[path]
        starts = [card.rendered.card.location.line or 0 for card in cards]
        for card, first in zip(cards, starts, strict=True):
            body = card.rendered.card.body
            last = first
            if isinstance(body, Question):
                for part in (body.answer, body.extra):
                    if part is not None:
                        last = max(last, part.line + part.text.count("\n"))
            alone = not any(first < start <= last for start in starts)
            yield Target(note, card, first, last, alone)

    def around(self, paths: Iterable[str]) -> list[str]:
        """Return these notes and their neighbours in the folder's order."""
        ordered = sorted(self.notes)
        chosen = set(paths) & self.notes.keys()
        for path in sorted(chosen):
            at = ordered.index(path)
            chosen |= set(ordered[max(0, at - NEIGHBOURS // 2) : at + NEIGHBOURS // 2 + 1])
        return sorted(chosen)


def _words(text: str) -> list[str]:
    return re.findall(r"[A-Za-z][A-Za-z0-9_+-]*|[\u4e00-\u9fff]{2}", text)


# ------------------------------------------------------------------------------ judging


@dataclass(slots=True)
class Tally:
    """What became of the cards of all edits of one kind."""

    edits: int = 0
    expected: int = 0
    kept: int = 0
    wrong: int = 0
    bystanders_lost: int = 0
    spurious: int = 0
    samples: list[str] = field(default_factory=list)


def judge(folder: Folder, result: Result, tally: Tally) -> None:
    """Build after the edit and compare with the truth."""
    involved = {note.path for note in result.notes} | result.gone
    involved |= {place[0] for place in result.targets}
    around = folder.around(involved)
    edited = {note.path: note for note in result.notes}
    paths = sorted({*around, *edited} - result.gone)
    cards: list[MappedCard] = []
    for path in paths:
        cards += folder.cards_of(edited[path].note()) if path in edited else folder.cards[path]
    entries = {entry.guid: entry for path in around for entry in folder.by_path.get(path, ())}
    built = identify(
        cards,
        replace(folder.ledger, entries=entries),
        namespace="Study",
        root_deck="Study",
        build_time=AFTER,
        allow_retire=True,
        problems=Problems(),
    )
    tally.edits += 1
    found: set[Place] = set()
    for change in built.changes:
        if change.what is What.RETIRED:
            continue
        path, number = change.location.path, change.location.line
        assert number is not None
        origin: Place | None = (path, number)
        if path in edited:
            origin = edited[path].lines[number - edited[path].first_line].origin
        truth = None
        if origin is not None and origin not in result.fresh:
            truth = folder.guids.get((*origin, change.kind))
        given = None if change.what is What.NEW else change.guid
        mine = origin in result.targets
        if origin is not None:
            found.add(origin)
        if mine and (truth is not None or origin in result.fresh):
            tally.expected += 1
            tally.kept += given == truth
        if given is not None and given != truth:
            tally.wrong += 1
            tally.samples.append(f"WRONG {path}: {change.old_ask} -> {change.ask}")
        elif truth is not None and given is None:
            if mine:
                tally.samples.append(
                    f"lost {path}: {folder.ledger.entries[truth].ask} -> {change.ask}"
                )
            else:
                tally.bystanders_lost += 1
                tally.samples.append(f"bystander lost {path}: {change.ask}")
        elif (
            truth is not None
            and not _may_update(folder, result, origin)
            and change.what not in (What.UNCHANGED, What.MOVED)
        ):
            tally.spurious += 1
            tally.samples.append(f"spurious {path}: {change.ask}")


def _may_update(folder: Folder, result: Result, origin: Place | None) -> bool:
    """Tell whether the edit touched a card: its lines, its table, or a heading it shows."""
    if origin is None or (result.touched is not None and origin[0] in result.touched):
        return True
    if origin in result.targets:
        return True
    touched = [one for one in folder.targets if one.place in result.edited | result.fresh]
    for target in folder.targets:
        if target.place == origin:
            context = target.card.rendered.card.context
            if any(_text(one) in context for one in touched if one.note is target.note):
                return True
            first, last = _span(target)
            return any(
                place[0] == origin[0] and first <= place[1] <= last for place in result.edited
            )
    return False


# ------------------------------------------------------------------- edits of questions

Maker = Callable[[Folder, Target, random.Random], Result | None]


def _own_lines(target: Target) -> tuple[int, int] | None:
    """Return first and last line of the answer, when the target is a question on its own."""
    body = target.card.rendered.card.body
    if not isinstance(body, Question) or not target.alone:
        return None
    if body.answer.line <= body.question.line or target.last < body.answer.line:
        return None
    # A footnote's text serves the whole note: to edit it is another kind of edit.
    lines = target.note.lines[target.first - target.note.first_line :]
    if any(text.startswith("[^") for text in lines[: target.last - target.first + 1]):
        return None
    return body.answer.line, target.last


def _answer(edited: Edited, target: Target, lines: Sequence[str]) -> set[Place]:
    span = _own_lines(target)
    assert span is not None
    first, last = edited.at(span[0]), edited.at(span[1])
    edited.lines[first : last + 1] = [Line(text, None) for text in lines]
    return {(edited.path, number) for number in range(span[0], span[1] + 1)}


def _question(edited: Edited, target: Target, new: str) -> bool:
    body = target.card.rendered.card.body
    assert isinstance(body, Question)
    at = edited.at(body.question.line)
    old = body.question.text
    if "\n" in old or old not in edited.lines[at].text or new == old:
        return False
    edited.lines[at].text = edited.lines[at].text.replace(old, new, 1)
    return True


def _donor(folder: Folder, target: Target, chance: random.Random) -> list[str]:
    """Return an answer made of one from another folder, without headings or questions."""
    top = target.note.path.split("/")[0]
    while True:
        other = chance.choice(folder.targets)
        body = other.card.rendered.card.body
        if other.note.path.split("/")[0] == top or not isinstance(body, Question):
            continue
        words = re.sub(r"[#*`|<>$\n-]+", " ", body.answer.text).split()
        text = " ".join(words)[: chance.randint(30, 400)]
        if len(text) >= 20 and "?" not in text and "？" not in text:
            return [f"{text} {chance.choice(folder.words)}"]


def answer_rewritten(folder: Folder, target: Target, chance: random.Random) -> Result | None:
    if _own_lines(target) is None:
        return None
    edited = Edited.of(target.note)
    places = _answer(edited, target, _donor(folder, target, chance))
    return Result([edited], targets={target.place}, edited=places)


def answer_edited(folder: Folder, target: Target, chance: random.Random) -> Result | None:
    if _own_lines(target) is None:
        return None
    edited = Edited.of(target.note)
    span = _own_lines(target)
    assert span is not None
    at = edited.at(span[1])
    edited.lines.insert(at + 1, Line(_donor(folder, target, chance)[0], None))
    return Result([edited], targets={target.place}, edited={(target.note.path, span[1])})


def _reworded(
    folder: Folder, target: Target, new: str, answer: list[str] | None = None, fresh: bool = False
) -> Result | None:
    if _own_lines(target) is None:
        return None
    edited = Edited.of(target.note)
    places: set[Place] = {target.place}
    if answer is not None:
        places |= _answer(edited, target, answer)
    if not _question(edited, target, new):
        return None
    kept = {target.place}
    return Result(
        [edited],
        targets=kept,
        fresh=kept if fresh else set(),
        touched=_title_touched(target),
        edited=places,
    )


def _title_touched(target: Target) -> set[str] | None:
    """Return the note when its title is the question: every card shows it as context."""
    titled = target.card.rendered.card.form == "title-answer"
    return {target.note.path} if titled else None


def _text(target: Target) -> str:
    body = target.card.rendered.card.body
    return body.question.text if isinstance(body, Question) else ""


def _ending(text: str) -> str:
    return text[-1] if text.endswith(("?", "？")) else ""


def question_word(folder: Folder, target: Target, chance: random.Random) -> Result | None:
    words = _words(_text(target))
    if not words:
        return None
    word = chance.choice(words)
    return _reworded(folder, target, _text(target).replace(word, chance.choice(folder.words), 1))


def question_half(folder: Folder, target: Target, chance: random.Random) -> Result | None:
    text = _text(target)
    other = chance.choice(folder.questions())
    half = len(text) // 2
    new = (text[:half] + other[len(other) // 2 :]).strip()
    if chance.random() < 0.5:
        new = (other[: len(other) // 2] + text[half:]).strip()
    new = re.sub(r"[#*`|<>$\[\]]", "", new).rstrip("?？") + _ending(text)
    return _reworded(folder, target, new)


def question_whole(folder: Folder, target: Target, chance: random.Random) -> Result | None:
    other = re.sub(r"[#*`|<>$\[\]\n]", "", chance.choice(folder.questions())).rstrip("?？")
    return _reworded(folder, target, other + " 换句话说" + _ending(_text(target)))


def word_and_answer_edited(folder: Folder, target: Target, chance: random.Random) -> Result | None:
    """A question worded anew whose answer was lightly edited too."""
    span = _own_lines(target)
    text = _text(target)
    if span is None or not text or len(target.card.rendered.reply) < 80:
        return None
    edited = Edited.of(target.note)
    at = edited.at(span[1])
    edited.lines.insert(at + 1, Line("补充一句。", None))
    if not _question(edited, target, "请问" + text.rstrip("?？") + "呢" + _ending(text)):
        return None
    return Result(
        [edited],
        targets={target.place},
        touched=_title_touched(target),
        edited={target.place, (edited.path, span[1])},
    )


_TWINS = (
    ("优点", "缺点"), ("优势", "劣势"), ("区别", "联系"), ("什么是", "为什么需要"), ("为什么", "为什么不"),
    ("如何", "何时"), ("原理", "应用"), ("作用", "局限"), ("训练", "推理"), ("前向", "反向"), ("静态", "动态"),
    ("TCP", "UDP"), ("INT8", "INT4"), ("CPU", "GPU"), ("GPU", "TPU"), ("Python", "Java"), ("进程", "线程"),
    ("并行", "串行"), ("数据", "模型"), ("内存", "显存"), ("存储", "计算"), ("时间", "空间"),
)  # fmt: skip


def _twin(text: str, words: Sequence[str], chance: random.Random) -> str:
    fitting = [(a, b) for one, two in _TWINS for a, b in ((one, two), (two, one)) if a in text]
    number = re.search(r"\d+", text)
    if number and chance.random() < 0.5:
        return text[: number.start()] + str(int(number[0]) * 2 + 1) + text[number.end() :]
    if fitting:
        return text.replace(*chance.choice(fitting), 1)
    mine = [word for word in _words(text) if not re.search("[的了是有哪什么些吗呢]", word)]
    return text.replace(chance.choice(mine), chance.choice(words), 1) if mine else text


def _other_words(text: str, new: str) -> bool:
    """Tell whether a twin differs in more than case."""
    return new.casefold() != text.casefold()


def replaced_by_twin(folder: Folder, target: Target, chance: random.Random) -> Result | None:
    new = _twin(_text(target), folder.words, chance)
    if not _other_words(_text(target), new):
        return None
    return _reworded(folder, target, new, _donor(folder, target, chance), fresh=True)


def replaced_by_twin_alike(folder: Folder, target: Target, chance: random.Random) -> Result | None:
    """The twin's answer is cut from the same cloth: every second sentence is the old one's."""
    pieces = re.split(
        r"(?<=[。；，,.;])", re.sub(r"[#*`|<>$\n-]+", " ", target.card.rendered.reply)
    )
    if len(pieces) < 4:
        return None
    other = _donor(folder, target, chance)[0]
    step = max(1, len(other) // len(pieces))
    mixed = "".join(
        piece if at % 2 else other[at * step : (at + 1) * step] for at, piece in enumerate(pieces)
    )
    if "?" in mixed or "？" in mixed:
        return None
    new = _twin(_text(target), folder.words, chance)
    if not _other_words(_text(target), new):
        return None
    return _reworded(folder, target, new, [mixed.strip()], fresh=True)


def replaced_by_other(folder: Folder, target: Target, chance: random.Random) -> Result | None:
    other = re.sub(r"[#*`|<>$\[\]\n]", "", chance.choice(folder.questions())).rstrip("?？")
    answer = _donor(folder, target, chance)
    return _reworded(folder, target, "另问：" + other + _ending(_text(target)), answer, fresh=True)


def _siblings(folder: Folder, target: Target) -> list[Target]:
    return [
        other
        for other in folder.targets
        if other.note is target.note and other is not target and _own_lines(other) is not None
    ]


def answers_swapped(folder: Folder, target: Target, chance: random.Random) -> Result | None:
    others = _siblings(folder, target)
    mine = _own_lines(target)
    if not others or mine is None:
        return None
    other = chance.choice(others)
    theirs = _own_lines(other)
    assert theirs is not None
    edited = Edited.of(target.note)
    first = [edited.lines[edited.at(n)].text for n in range(mine[0], mine[1] + 1)]
    second = [edited.lines[edited.at(n)].text for n in range(theirs[0], theirs[1] + 1)]
    places = _answer(edited, target, second) | _answer(edited, other, first)
    # An answer with headings of its own changes the context of what stands below it.
    whole = {edited.path} if any(text.startswith("#") for text in (*first, *second)) else None
    return Result([edited], targets={target.place, other.place}, touched=whole, edited=places)


def _cut(edited: Edited, target: Target) -> list[Line]:
    first, last = edited.at(target.first), edited.at(target.last)
    block = edited.lines[first : last + 1]
    del edited.lines[first : last + 1]
    return block


def deleted(folder: Folder, target: Target, chance: random.Random) -> Result | None:
    if _own_lines(target) is None:
        return None
    edited = Edited.of(target.note)
    _cut(edited, target)
    return Result(
        [edited], edited={(target.note.path, n) for n in range(target.first, target.last + 1)}
    )


def twin_added(folder: Folder, target: Target, chance: random.Random) -> Result | None:
    if _own_lines(target) is None or not _text(target):
        return None
    edited = Edited.of(target.note)
    at = edited.at(target.last)
    heading = edited.lines[edited.at(target.first)].text
    new = heading.replace(_text(target), _twin(_text(target), folder.words, chance), 1)
    if not _other_words(heading, new):
        return None
    answer = _donor(folder, target, chance)
    edited.lines[at + 1 : at + 1] = [Line(text, None) for text in ("", new, "", *answer, "")]
    return Result([edited], targets={target.place}, touched={target.note.path})


def twin_takes_over(folder: Folder, target: Target, chance: random.Random) -> Result | None:
    """The question is deleted, and a twin with another answer stands elsewhere in the note."""
    result = twin_added(folder, target, chance)
    if result is None:
        return None
    _cut(result.notes[0], target)
    return replace(result, targets=set())


def moved_elsewhere(folder: Folder, target: Target, chance: random.Random) -> Result | None:
    if _own_lines(target) is None or target.card.rendered.card.form == "title-answer":
        return None
    goal = chance.choice([p for p in folder.around([target.note.path]) if p != target.note.path])
    edited, other = Edited.of(target.note), Edited.of(folder.notes[goal])
    block = _cut(edited, target)
    other.lines += [Line("", None), Line("# 移来", None), Line("", None), *block]
    return Result([edited, other], targets={target.place}, touched={edited.path, goal})


def order_changed(folder: Folder, target: Target, chance: random.Random) -> Result | None:
    others = [
        one for one in _siblings(folder, target) if not (target.first <= one.first <= target.last)
    ]
    if _own_lines(target) is None or not others or target.card.rendered.card.form == "title-answer":
        return None
    other = chance.choice(others)
    edited = Edited.of(target.note)
    block = _cut(edited, target)
    try:
        at = edited.at(other.last)
    except StopIteration:
        return None
    edited.lines[at + 1 : at + 1] = [Line("", None), *block, Line("", None)]
    return Result([edited], targets={target.place, other.place}, touched={edited.path})


def numbers_shifted(folder: Folder, target: Target, chance: random.Random) -> Result | None:
    """Every number of a marker or heading grows by one, as after an insertion."""
    edited = Edited.of(target.note)
    pattern = re.compile(r"^(\s*#{1,6}\s*|\s*\**)(Q|问题|问)?(\d+)(?=[.、:：)）])")
    for line in edited.lines:
        line.text = pattern.sub(lambda m: f"{m[1]}{m[2] or ''}{int(m[3]) + 1}", line.text)
    if [line.text for line in edited.lines] == list(target.note.lines):
        return None
    # A number within an answer is text, so the cards themselves may be updated.
    return Result([edited], targets={target.place}, touched={edited.path})


def marker_changed(folder: Folder, target: Target, chance: random.Random) -> Result | None:
    form = target.card.rendered.card.form
    if _own_lines(target) is None or form not in ("marked-heading", "marked-bold"):
        return None
    edited = Edited.of(target.note)
    line = edited.lines[edited.at(target.first)]
    text = _text(target)
    options = [f"**Q: {text}**", f"**Q9：{text}**", f"**问：{text}**"]
    if form == "marked-heading":
        marks = re.match(r"#+", line.text)
        options = [
            f"{marks[0] if marks else '###'} {style}{text}" for style in ("Q: ", "问题7：", "Q12. ")
        ]
    line.text = chance.choice(options)
    return Result([edited], targets={target.place}, edited={target.place})


def level_changed(folder: Folder, target: Target, chance: random.Random) -> Result | None:
    if target.card.rendered.card.form not in ("marked-heading", "question-heading"):
        return None
    edited = Edited.of(target.note)
    line = edited.lines[edited.at(target.first)]
    if not re.match(r"#{2,5} ", line.text):
        return None
    line.text = (
        "#" + line.text if chance.random() < 0.5 or line.text.startswith("## ") else line.text[1:]
    )
    return Result([edited], targets={target.place}, touched={edited.path})


# ----------------------------------------------------------------------- edits of notes


def _all_targets(folder: Folder, path: str) -> set[Place]:
    return {one.place for one in folder.targets if one.note.path == path}


def _whole(folder: Folder, target: Target, path: str) -> Result:
    edited = Edited.of(target.note)
    edited.path = path
    gone = {target.note.path} - {path}
    return Result(
        [edited], gone, _all_targets(folder, target.note.path), touched={target.note.path, path}
    )


def file_renamed(folder: Folder, target: Target, chance: random.Random) -> Result | None:
    head, _, _name = target.note.path.rpartition("/")
    return _whole(folder, target, f"{head}/{chance.choice(folder.words)} neu.md".lstrip("/"))


def folder_moved(folder: Folder, target: Target, chance: random.Random) -> Result | None:
    return _whole(folder, target, f"{chance.choice(folder.words)}/{target.note.path}")


def title_changed(folder: Folder, target: Target, chance: random.Random) -> Result | None:
    edited = Edited.of(target.note)
    for line in edited.lines:
        if line.text.startswith("# "):
            line.text += " " + chance.choice(folder.words)
            return Result(
                [edited], targets=_all_targets(folder, edited.path), touched={edited.path}
            )
    return None


def tags_changed(folder: Folder, target: Target, chance: random.Random) -> Result | None:
    result = _whole(folder, target, target.note.path)
    result.notes[0].metadata["tags"] = [chance.choice(folder.words)]
    return result


def bookkeeping(folder: Folder, target: Target, chance: random.Random) -> Result | None:
    edited = Edited.of(target.note)
    edited.metadata |= {"review_count": 7, "last_reviewed": "2026-01-02", "mastery_level": 0.5}
    edited.first_line += 2
    return Result([edited], targets=_all_targets(folder, edited.path), touched=set(), edited=set())


def trailing_space(folder: Folder, target: Target, chance: random.Random) -> Result | None:
    edited = Edited.of(target.note)
    for line in edited.lines:
        line.text = line.text.rstrip(" ") + " " if not line.text.endswith("  ") else line.text
    return Result([edited], targets=_all_targets(folder, edited.path))


def note_split(folder: Folder, target: Target, chance: random.Random) -> Result | None:
    if target.card.rendered.card.form == "title-answer" or target.first <= target.note.first_line:
        return None
    edited = Edited.of(target.note)
    at = edited.at(target.first)
    if sum(line.text.lstrip().startswith(("```", "~~~")) for line in edited.lines[:at]) % 2:
        return None
    second = Edited(edited.path[:-3] + " 2.md", edited.lines[at:], dict(edited.metadata), 1)
    second.lines[:0] = [Line("# " + chance.choice(folder.words), None), Line("", None)]
    del edited.lines[at:]
    # What the cut takes from a longer section is its own affair.
    return Result([edited, second], targets={target.place}, touched={edited.path, second.path})


def notes_merged(folder: Folder, target: Target, chance: random.Random) -> Result | None:
    goal = chance.choice([p for p in folder.around([target.note.path]) if p != target.note.path])
    edited, other = Edited.of(target.note), Edited.of(folder.notes[goal])
    other.lines += [Line("", None), *edited.lines]
    if target.card.rendered.card.form == "title-answer":
        return None
    return Result([other], {edited.path}, {target.place}, touched={edited.path, other.path})


def copied(folder: Folder, target: Target, chance: random.Random) -> Result | None:
    copy = Edited.of(target.note)
    copy.path = f"{chance.choice('0zM')} copy/{target.note.path}"
    for line in copy.lines:
        line.origin = None
    return Result(
        [Edited.of(target.note), copy],
        targets=_all_targets(folder, target.note.path),
        touched=set(),
    )


# ---------------------------------------------------------------------- edits of tables


def _table(folder: Folder, target: Target) -> tuple[Edited, Row, int] | None:
    body = target.card.rendered.card.body
    if not isinstance(body, Row):
        return None
    edited = Edited.of(target.note)
    at = edited.at(body.table.line)
    rows = edited.lines[at : at + 2 + len(body.table.rows)]
    if any(not line.text.strip().startswith("|") or "\\|" in line.text for line in rows):
        return None
    if any(len(_cells(line.text)) != len(body.table.header) for line in rows):
        return None
    return edited, body, at


def _cells(text: str) -> list[str]:
    return [cell.strip() for cell in text.strip().strip("|").split("|")]


def _join(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _rows_of(folder: Folder, target: Target) -> set[Place]:
    body = target.card.rendered.card.body
    assert isinstance(body, Row)
    first = body.table.line + 2
    return {(target.note.path, n) for n in range(first, first + len(body.table.rows))}


def _row_edit(
    change: Callable[[list[str], Row, Folder, random.Random], list[str]], fresh: bool = False
) -> Maker:
    def make(folder: Folder, target: Target, chance: random.Random) -> Result | None:
        found = _table(folder, target)
        if found is None:
            return None
        edited, body, at = found
        line = edited.lines[at + 2 + body.index]
        new = _join(change(_cells(line.text), body, folder, chance))
        if new == _join(_cells(line.text)):
            return None
        line.text = new
        new_place = {target.place}
        return Result(
            [edited],
            targets=new_place if fresh else _rows_of(folder, target),
            fresh=new_place if fresh else set(),
            edited={(target.note.path, body.table.line)},
        )

    return make


def _cell(cells: list[str], body: Row, folder: Folder, chance: random.Random) -> list[str]:
    cells[chance.randrange(body.names, len(cells))] = chance.choice(folder.words) + " neu"
    return cells


def _name_suffix(cells: list[str], body: Row, folder: Folder, chance: random.Random) -> list[str]:
    cells[0] += chance.choice(("（新）", " 型", "方案", " 方式"))
    return cells


def _name_new(cells: list[str], body: Row, folder: Folder, chance: random.Random) -> list[str]:
    cells[0] = chance.choice(folder.words) + chance.choice(folder.words)
    return cells


def _other_row(cells: list[str], body: Row, folder: Folder, chance: random.Random) -> list[str]:
    new = [chance.choice(folder.words) + str(chance.randrange(100)) for _ in cells]
    if chance.random() < 0.5:
        new[0] = _twin(cells[0], folder.words, chance)
        if new[0] == cells[0]:
            new[0] += "2"
    return new


def _table_edit(change: Callable[[list[list[str]], Row, Folder, random.Random], None]) -> Maker:
    """Make an edit that keeps every row on a line of its own."""

    def make(folder: Folder, target: Target, chance: random.Random) -> Result | None:
        found = _table(folder, target)
        if found is None:
            return None
        edited, body, at = found
        lines = edited.lines[at : at + 2 + len(body.table.rows)]
        grid = [_cells(line.text) for line in lines]
        change(grid, body, folder, chance)
        for line, cells in zip(lines, grid, strict=True):
            line.text = _join(cells)
        return Result(
            [edited],
            targets=_rows_of(folder, target),
            edited={(target.note.path, body.table.line)},
        )

    return make


def _column_added(grid: list[list[str]], body: Row, folder: Folder, chance: random.Random) -> None:
    at = chance.randint(body.names, len(grid[0]))
    for number, cells in enumerate(grid):
        cells.insert(at, "---" if number == 1 else chance.choice(folder.words))


def _column_dropped(
    grid: list[list[str]], body: Row, folder: Folder, chance: random.Random
) -> None:
    if len(grid[0]) > body.names + 2:
        at = chance.randrange(body.names, len(grid[0]))
        for cells in grid:
            del cells[at]


def _column_renamed(
    grid: list[list[str]], body: Row, folder: Folder, chance: random.Random
) -> None:
    grid[0][chance.randrange(len(grid[0]))] = chance.choice(folder.words) + " neu"


def _columns_reordered(
    grid: list[list[str]], body: Row, folder: Folder, chance: random.Random
) -> None:
    order = list(range(body.names, len(grid[0])))
    chance.shuffle(order)
    for cells in grid:
        cells[body.names :] = [cells[at] for at in order]


def rows_reordered(folder: Folder, target: Target, chance: random.Random) -> Result | None:
    found = _table(folder, target)
    if found is None or found[1].names > 1 or any(not row[0] for row in found[1].table.rows):
        return None
    edited, body, at = found
    rows = edited.lines[at + 2 : at + 2 + len(body.table.rows)]
    chance.shuffle(rows)
    edited.lines[at + 2 : at + 2 + len(rows)] = rows
    return Result(
        [edited], targets=_rows_of(folder, target), edited={(target.note.path, body.table.line)}
    )


def row_deleted(folder: Folder, target: Target, chance: random.Random) -> Result | None:
    found = _table(folder, target)
    if found is None or any(not row[0] for row in found[1].table.rows):
        return None
    edited, body, at = found
    del edited.lines[at + 2 + body.index]
    return Result(
        [edited],
        targets=_rows_of(folder, target) - {target.place},
        edited={(target.note.path, body.table.line)},
    )


def table_moved(folder: Folder, target: Target, chance: random.Random) -> Result | None:
    found = _table(folder, target)
    if found is None:
        return None
    edited, body, at = found
    block = edited.lines[at : at + 2 + len(body.table.rows)]
    del edited.lines[at : at + len(block)]
    goals = [p for p in folder.around([edited.path]) if p != edited.path]
    notes = [edited]
    goal = edited
    if chance.random() < 0.5:
        goal = Edited.of(folder.notes[chance.choice(goals)])
        notes.append(goal)
    goal.lines += [Line("", None), Line("# 表", None), Line("", None), *block]
    if sum(line.text.lstrip().startswith(("```", "~~~")) for line in goal.lines) % 2:
        return None
    return Result(notes, targets=_rows_of(folder, target), touched={note.path for note in notes})


# -------------------------------------------------------------------------- several at once


def _combined(
    makers: Sequence[Maker], folder: Folder, target: Target, chance: random.Random
) -> Result | None:
    """Make edits to different cards of one note, one after the other."""
    others = [one for one in folder.targets if one.note is target.note]
    chance.shuffle(others)
    total: Result | None = None
    used: list[tuple[int, int]] = []
    for other in others:
        result = chance.choice(makers)(folder, other, chance)
        span = _span(other)
        if (
            result is None
            or len(result.notes) != 1
            or any(a <= span[1] and span[0] <= b for a, b in used)
        ):
            continue
        used.append(span)
        total = result if total is None else _merged(target.note, total, result, span)
        if len(used) == 4:
            break
    return total


def _span(target: Target) -> tuple[int, int]:
    body = target.card.rendered.card.body
    if isinstance(body, Row):
        return body.table.line, body.table.line + 1 + len(body.table.rows)
    return target.first, target.last


def _merged(note: SourceNote, total: Result, result: Result, span: tuple[int, int]) -> Result:
    """Take the lines of *span* from *result*, all others from *total*."""
    path = note.path

    def inside(line: Line) -> bool:
        return line.origin is not None and span[0] <= line.origin[1] <= span[1]

    ours, theirs = total.notes[0], result.notes[0]
    keep = list(ours.lines)
    starts = [at for at, line in enumerate(keep) if inside(line)]
    their = [at for at, line in enumerate(theirs.lines) if inside(line)]
    if not starts or not their:
        return total
    end = their[-1] + 1
    while end < len(theirs.lines) and theirs.lines[end].origin is None:
        end += 1
    keep[starts[0] : starts[-1] + 1] = theirs.lines[their[0] : end]
    merged = Edited(path, keep, ours.metadata, ours.first_line)
    return Result(
        [merged],
        targets=total.targets | result.targets,
        fresh=total.fresh | result.fresh,
        touched={path},
    )


def several(folder: Folder, target: Target, chance: random.Random) -> Result | None:
    makers = [answer_rewritten, answer_edited, question_word, question_half, TABLE["cell edited"]]
    return _combined(makers, folder, target, chance)


def several_renamed(folder: Folder, target: Target, chance: random.Random) -> Result | None:
    result = _combined([answer_edited, question_word, TABLE["cell edited"]], folder, target, chance)
    if result is None or len(_all_targets(folder, target.note.path)) < 2 * len(result.targets):
        return None
    head, _, name = target.note.path.rpartition("/")
    result.notes[0].path = f"{head}/neu {name}".lstrip("/")
    result.gone = {target.note.path}
    result.touched = {target.note.path}
    return result


def hundred(folder: Folder, target: Target, chance: random.Random) -> Result | None:
    """Edit a hundred notes, one edit of any kind in each, between two exports."""
    makers = [
        answer_rewritten, answer_edited, question_word, question_half, question_whole,
        file_renamed, folder_moved, order_changed, level_changed, marker_changed, tags_changed,
        replaced_by_twin, replaced_by_other, answers_swapped, deleted, twin_added, *TABLE.values(),
    ]  # fmt: skip
    by_note = {one.note.path: one for one in chance.sample(folder.targets, len(folder.targets))}
    total = Result([], touched=set())
    for one in by_note.values():
        result = chance.choice(makers)(folder, one, chance)
        paths = {note.path for note in result.notes} if result else set()
        taken = {note.path for note in total.notes} | total.gone
        if result is None or (paths | result.gone) & taken or len(result.notes) > 1:
            continue
        total.notes += result.notes
        for name in ("gone", "targets", "fresh"):
            getattr(total, name).update(getattr(result, name))
        assert total.touched is not None
        total.touched |= paths | {one.note.path}
        if len(total.notes) == 100:
            break
    return total


TABLE: dict[str, Maker] = {
    "cell edited": _row_edit(_cell),
    "row's name extended": _row_edit(_name_suffix),
    "row renamed": _row_edit(_name_new),
    "rows reordered": rows_reordered,
    "row deleted": row_deleted,
    "column added": _table_edit(_column_added),
    "column dropped": _table_edit(_column_dropped),
    "column renamed": _table_edit(_column_renamed),
    "columns reordered": _table_edit(_columns_reordered),
    "table moved": table_moved,
    "row replaced": _row_edit(_other_row, fresh=True),
}
KINDS: dict[str, Maker] = {
    "answer rewritten": answer_rewritten,
    "answer edited": answer_edited,
    "question: a word": question_word,
    "question: half": question_half,
    "question: all, same answer": question_whole,
    "question and answer touched": word_and_answer_edited,
    "file renamed": file_renamed,
    "folder moved": folder_moved,
    "title changed": title_changed,
    "tags and deck changed": tags_changed,
    "moved to another note": moved_elsewhere,
    "order changed": order_changed,
    "numbers shifted": numbers_shifted,
    "marker changed": marker_changed,
    "heading level changed": level_changed,
    "note split": note_split,
    "notes merged": notes_merged,
    "bookkeeping": bookkeeping,
    "trailing space": trailing_space,
    "note copied": copied,
    "four edits in a note": several,
    "renamed and edited": several_renamed,
    "a hundred notes edited": hundred,
    "answers swapped": answers_swapped,
    "question deleted": deleted,
    "twin added": twin_added,
    "twin takes over": twin_takes_over,
    "replaced by a twin": replaced_by_twin,
    "replaced by a twin, alike": replaced_by_twin_alike,
    "replaced by another": replaced_by_other,
    **TABLE,
}


def run(folder: Folder, kind: str, seed: int, per_kind: int) -> Tally:
    """Make up to *per_kind* edits of a kind on cards drawn by *seed*."""
    chance = random.Random(f"{seed} {kind}")
    tally = Tally()
    wanted = Kind.COMPARISON if kind in TABLE else None
    pool = [
        one for one in folder.targets if wanted is None or one.card.rendered.card.kind is wanted
    ]
    if wanted is None:
        questions = [one for one in pool if one.card.rendered.card.kind is Kind.QA]
        pool = questions or pool
    if kind == "a hundred notes edited":
        per_kind = -(-per_kind // 20)
    for _attempt in range(per_kind * 20):
        if tally.edits >= per_kind or not pool:
            break
        result = KINDS[kind](folder, chance.choice(pool), chance)
        if result is not None:
            judge(folder, result, tally)
    return tally


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; exit 1 when a history went to another question."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("notes", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--per-kind", type=int, default=100)
    parser.add_argument("--kind", action="append", choices=sorted(KINDS))
    parser.add_argument("--show", type=int, default=0, help="failures to show of each kind")
    options = parser.parse_args(arguments)
    folder = Folder(options.notes)
    print(f"{len(folder.notes)} notes, {len(folder.guids)} cards, seed {options.seed}")
    print(
        f"{'edit':28} {'edits':>6} {'cards':>6} {'right':>7} {'wrong':>6} {'lost':>5} {'spurious':>9}"
    )
    sums: Counter[str] = Counter()
    for kind in options.kind or KINDS:
        tally = run(folder, kind, options.seed, options.per_kind)
        right = f"{100 * tally.kept / tally.expected:.1f}%" if tally.expected else "-"
        print(
            f"{kind:28} {tally.edits:6} {tally.expected:6} {right:>7} {tally.wrong:6}"
            f" {tally.bystanders_lost:5} {tally.spurious:9}",
            flush=True,
        )
        for sample in tally.samples[: options.show]:
            print("    " + sample)
        sums.update(wrong=tally.wrong, lost=tally.bystanders_lost, spurious=tally.spurious)
        sums.update(edits=tally.edits, cards=tally.expected, kept=tally.kept)
    share = 100 * sums["kept"] / max(1, sums["cards"])
    print(
        f"{'all':28} {sums['edits']:6} {sums['cards']:6} {share:6.1f}% {sums['wrong']:6}"
        f" {sums['lost']:5} {sums['spurious']:9}"
    )
    return int(sums["wrong"] > 0)


if __name__ == "__main__":
    sys.exit(main())
