"""Edits of one question: worded anew, answered anew, moved, or replaced by another one."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import replace

from anki_export.model import Question
from benchmarks.edits.folder import Folder, Target, words_of
from benchmarks.edits.truth import Edit, Edited, Line, Place, fresh, note_edit

TITLE = "title-answer"
"""The form of a card whose question is its note's title: every card of the note shows it."""


def _answered(edited: Edited, target: Target, lines: Sequence[str]) -> set[Place]:
    """Replace an answer and return the old places of its lines; its label stays."""
    assert target.answer
    assert isinstance(target.body, Question)
    first, last = edited.at(target.answer[0]), edited.at(target.answer[1])
    label, found, _ = edited.lines[first].text.partition(target.body.answer.text.split("\n")[0])
    edited.lines[first : last + 1] = fresh(*lines)
    if found:
        edited.lines[first].text = label + edited.lines[first].text
    return {(edited.path, number) for number in range(target.answer[0], target.answer[1] + 1)}


def _worded(edited: Edited, target: Target, new: str) -> bool:
    """Word a question anew, if it stands in its line as it was extracted."""
    assert isinstance(target.body, Question)
    line = edited.lines[edited.at(target.body.question.line)]
    old = target.wording
    if not old or old not in line.text or new == old:
        return False
    line.text = line.text.replace(old, new, 1)
    return True


def _reworded(
    target: Target, new: str, answer: Sequence[str] | None = None, *, is_new: bool = False
) -> Edit | None:
    if target.answer is None or (is_new and target.asks_more):
        return None
    edited = Edited.of(target.note)
    places = {target.place}
    if answer is not None:
        places |= _answered(edited, target, answer)
    if not _worded(edited, target, new):
        return None
    result = note_edit(edited, {target.place}, places)
    result.touched = _title_touched(target)
    if is_new:
        result.fresh = {target.place}
    return result


def _title_touched(target: Target) -> set[str] | None:
    return {target.note.path} if target.form == TITLE else None


def _ending(text: str) -> str:
    return text[-1] if text.endswith(("?", "？")) else ""


def _plain(text: str) -> str:
    return re.sub(r"[#*`|<>$\[\]\n]", "", text).rstrip("?？")


# ---------------------------------------------------------------- the same question still


def answer_rewritten(folder: Folder, target: Target, chance: random.Random) -> Edit | None:
    if target.answer is None:
        return None
    edited = Edited.of(target.note)
    places = _answered(edited, target, [folder.any_answer(target, chance)])
    return note_edit(edited, {target.place}, places)


def answer_edited(folder: Folder, target: Target, chance: random.Random) -> Edit | None:
    if target.answer is None:
        return None
    edited = Edited.of(target.note)
    last = target.answer[1]
    edited.lines.insert(edited.at(last) + 1, Line(folder.any_answer(target, chance)))
    return note_edit(edited, {target.place}, {(target.note.path, last)})


def question_word(folder: Folder, target: Target, chance: random.Random) -> Edit | None:
    words = words_of(target.wording)
    if not words:
        return None
    new = target.wording.replace(chance.choice(words), chance.choice(folder.words), 1)
    return _reworded(target, new)


def question_half(folder: Folder, target: Target, chance: random.Random) -> Edit | None:
    text, other = target.wording, folder.any_question(chance)
    half = len(text) // 2
    new = text[:half] + other[len(other) // 2 :]
    if chance.random() < 0.5:
        new = other[: len(other) // 2] + text[half:]
    return _reworded(target, _plain(new.strip()) + _ending(text))


def question_whole(folder: Folder, target: Target, chance: random.Random) -> Edit | None:
    new = _plain(folder.any_question(chance)) + " 换句话说"
    return _reworded(target, new + _ending(target.wording))


def word_and_answer_edited(folder: Folder, target: Target, chance: random.Random) -> Edit | None:
    """A question worded anew whose answer was lightly edited too."""
    text = target.wording
    if target.answer is None or not text or len(target.reply) < 80:
        return None
    edited = Edited.of(target.note)
    last = target.answer[1]
    edited.lines.insert(edited.at(last) + 1, Line("补充一句。"))
    if not _worded(edited, target, "请问" + text.rstrip("?？") + "呢" + _ending(text)):
        return None
    result = note_edit(edited, {target.place}, {target.place, (edited.path, last)})
    result.touched = _title_touched(target)
    return result


def answers_swapped(folder: Folder, target: Target, chance: random.Random) -> Edit | None:
    others = folder.siblings(target)
    if not others or target.answer is None:
        return None
    other = chance.choice(others)
    assert other.answer
    edited = Edited.of(target.note)
    first, second = _texts(edited, target), _texts(edited, other)
    places = _answered(edited, target, second) | _answered(edited, other, first)
    result = note_edit(edited, {target.place, other.place}, places)
    # An answer with headings of its own changes the context of what stands below it.
    if any(text.startswith("#") for text in (*first, *second)):
        result.touched = {edited.path}
    return result


def _texts(edited: Edited, target: Target) -> list[str]:
    assert target.answer
    first, last = target.answer
    return [line.text for line in edited.lines[edited.at(first) : edited.at(last) + 1]]


def moved_elsewhere(folder: Folder, target: Target, chance: random.Random) -> Edit | None:
    goal = folder.neighbour(target, chance)
    if target.answer is None or target.form == TITLE or goal is None:
        return None
    edited, other = Edited.of(target.note), Edited.of(folder.notes[goal])
    block = edited.cut(*target.block)
    other.lines += [*fresh("", "# 移来", ""), *block]
    return Edit([edited, other], targets={target.place}, touched={edited.path, goal})


def order_changed(folder: Folder, target: Target, chance: random.Random) -> Edit | None:
    others = [
        one for one in folder.siblings(target) if not target.first <= one.first <= target.last
    ]
    if target.answer is None or not others or target.form == TITLE:
        return None
    other = chance.choice(others)
    edited = Edited.of(target.note)
    block = edited.cut(*target.block)
    try:
        at = edited.at(other.block[1]) + 1
    except ValueError:
        return None
    edited.lines[at:at] = [Line(""), *block, Line("")]
    return Edit([edited], targets={target.place, other.place}, touched={edited.path})


def numbers_shifted(folder: Folder, target: Target, chance: random.Random) -> Edit | None:
    """Every number of a marker or heading grows by one, as after an insertion."""
    edited = Edited.of(target.note)
    pattern = re.compile(r"^(\s*#{1,6}\s*|\s*\**)(Q|问题|问)?(\d+)(?=[.、:：)）])")
    for line in edited.lines:
        line.text = pattern.sub(lambda m: f"{m[1]}{m[2] or ''}{int(m[3]) + 1}", line.text)
    if edited.texts == target.note.lines:
        return None
    # A number within an answer is text, so the cards themselves may be updated.
    return Edit([edited], targets={target.place}, touched={edited.path})


def marker_changed(folder: Folder, target: Target, chance: random.Random) -> Edit | None:
    if target.answer is None or target.form not in ("marked-heading", "marked-bold"):
        return None
    edited = Edited.of(target.note)
    line = edited.lines[edited.at(target.first)]
    text = target.wording
    options = [f"**Q: {text}**", f"**Q9：{text}**", f"**问：{text}**"]
    if target.form == "marked-heading":
        marks = re.match(r"#+", line.text)
        options = [
            f"{marks[0] if marks else '###'} {style}{text}" for style in ("Q: ", "问题7：", "Q12. ")
        ]
    line.text = chance.choice(options)
    return note_edit(edited, {target.place}, {target.place})


def level_changed(folder: Folder, target: Target, chance: random.Random) -> Edit | None:
    edited = Edited.of(target.note)
    at = edited.at(target.first)
    line = edited.lines[at]
    if not re.match(r"#{2,5} ", line.text):
        return None
    deeper = chance.random() < 0.5 or line.text.startswith("## ")
    below = edited.lines[at + 1 : edited.at(target.last) + 1]
    if deeper and any(_level(one.text) == _level(line.text) for one in below):
        return None  # a heading of the answer would not belong to it any more
    line.text = "#" + line.text if deeper else line.text[1:]
    return Edit([edited], targets={target.place}, touched={edited.path})


def _level(text: str) -> int:
    return len(text) - len(text.lstrip("#"))


# ------------------------------------------------------------------- another question now

_TWINS = (
    ("优点", "缺点"), ("优势", "劣势"), ("区别", "联系"), ("什么是", "为什么需要"), ("为什么", "为什么不"),
    ("如何", "何时"), ("原理", "应用"), ("作用", "局限"), ("训练", "推理"), ("前向", "反向"), ("静态", "动态"),
    ("TCP", "UDP"), ("INT8", "INT4"), ("CPU", "GPU"), ("GPU", "TPU"), ("Python", "Java"), ("进程", "线程"),
    ("并行", "串行"), ("数据", "模型"), ("内存", "显存"), ("存储", "计算"), ("时间", "空间"),
    ("advantages", "drawbacks"), ("before", "after"), ("first", "last"), ("client", "server"),
    ("synchronous", "asynchronous"), ("mutable", "immutable"), ("public", "private"),
)  # fmt: skip
"""Words that turn a question into its twin: near in wording, another question all the same."""


def twin(text: str, words: Sequence[str], chance: random.Random) -> str:
    """Return a question or a row's name that differs in one word or number, and asks another thing."""
    fitting = [(a, b) for one, two in _TWINS for a, b in ((one, two), (two, one)) if a in text]
    number = re.search(r"\d+", text)
    if number and chance.random() < 0.5:
        return text[: number.start()] + str(int(number[0]) * 2 + 1) + text[number.end() :]
    if fitting:
        return text.replace(*chance.choice(fitting), 1)
    mine = [word for word in words_of(text) if not re.search("[的了是有哪什么些吗呢]", word)]
    return text.replace(chance.choice(mine), chance.choice(words), 1) if mine else text


def _other_words(text: str, new: str) -> bool:
    """Tell whether a twin differs in more than case and in where its links lead."""
    one, other = (re.sub(r"\]\([^)]*\)", "]", side).casefold() for side in (text, new))
    return one != other


def replaced_by_twin(folder: Folder, target: Target, chance: random.Random) -> Edit | None:
    new = twin(target.wording, folder.words, chance)
    if not _other_words(target.wording, new):
        return None
    return _reworded(target, new, [folder.any_answer(target, chance)], is_new=True)


def replaced_by_twin_alike(folder: Folder, target: Target, chance: random.Random) -> Edit | None:
    """The twin's answer is cut from the same cloth: every second sentence is the old one's."""
    pieces = re.split(r"(?<=[。；，,.;])", re.sub(r"[#*`|<>$\n-]+", " ", target.reply))
    if len(pieces) < 4:
        return None
    other = folder.any_answer(target, chance)
    step = max(1, len(other) // len(pieces))
    mixed = "".join(
        piece if at % 2 else other[at * step : (at + 1) * step] for at, piece in enumerate(pieces)
    )
    new = twin(target.wording, folder.words, chance)
    if re.search("[?？]", mixed) or not _other_words(target.wording, new):
        return None
    return _reworded(target, new, [mixed.strip()], is_new=True)


def replaced_by_other(folder: Folder, target: Target, chance: random.Random) -> Edit | None:
    new = "另问：" + _plain(folder.any_question(chance)) + _ending(target.wording)
    return _reworded(target, new, [folder.any_answer(target, chance)], is_new=True)


def _titled(target: Target) -> bool:
    """Tell whether a note's title or name asks the same: it comes back when the question goes."""
    names = (target.note.path.rpartition("/")[2], *target.context[:1])
    asked, *said = (re.sub(r"\W", "", text) for text in (target.wording, *names))
    return target.form == TITLE or any(asked in name for name in said)


def deleted(folder: Folder, target: Target, chance: random.Random) -> Edit | None:
    if target.answer is None or _titled(target):
        return None
    edited = Edited.of(target.note)
    edited.cut(*target.block)
    lines = range(target.block[0], target.block[1] + 1)
    return note_edit(edited, (), {(target.note.path, number) for number in lines})


def twin_added(folder: Folder, target: Target, chance: random.Random) -> Edit | None:
    if target.answer is None or not target.wording or target.asks_more:
        return None
    edited = Edited.of(target.note)
    line = edited.lines[edited.at(target.first)].text
    new = line.replace(target.wording, twin(target.wording, folder.words, chance), 1)
    if not _other_words(line, new):
        return None
    at = edited.at(target.block[1]) + 1
    edited.lines[at:at] = fresh("", new, "", folder.any_answer(target, chance), "")
    return Edit([edited], targets={target.place}, touched={target.note.path})


def twin_takes_over(folder: Folder, target: Target, chance: random.Random) -> Edit | None:
    """The question is deleted, and a twin with another answer stands elsewhere in the note."""
    result = twin_added(folder, target, chance)
    if result is None or _titled(target):
        return None
    result.notes[0].cut(*target.block)
    return replace(result, targets=set())
