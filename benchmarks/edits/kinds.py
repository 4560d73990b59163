"""All kinds of edits, in the order in which they are reported."""

from __future__ import annotations

from anki_export.model import Kind
from benchmarks.edits import copies, mixed, notes, questions
from benchmarks.edits.alike import ALIKE
from benchmarks.edits.tables import TABLES
from benchmarks.edits.trial import Maker, Trials, about
from benchmarks.edits.upgrades import upgraded

QUESTIONS: dict[str, Maker] = {
    "answer rewritten": questions.answer_rewritten,
    "answer edited": questions.answer_edited,
    "question: a word": questions.question_word,
    "question: half": questions.question_half,
    "question: all, same answer": questions.question_whole,
    "question and answer touched": questions.word_and_answer_edited,
    "file renamed": notes.file_renamed,
    "folder moved": notes.folder_moved,
    "title changed": notes.title_changed,
    "tags and deck changed": notes.tags_changed,
    "moved to another note": questions.moved_elsewhere,
    "order changed": questions.order_changed,
    "numbers shifted": questions.numbers_shifted,
    "marker changed": questions.marker_changed,
    "heading level changed": questions.level_changed,
    "note split": notes.note_split,
    "notes merged": notes.notes_merged,
    "bookkeeping": notes.bookkeeping,
    "trailing space": notes.trailing_space,
    "note copied": copies.note_copied,
    "copied and note renamed": copies.copied_and_renamed,
    "copied and edited": copies.copied_and_edited,
    "four edits in a note": mixed.several,
    "renamed and edited": mixed.several_and_renamed,
    "answers swapped": questions.answers_swapped,
    "question deleted": questions.deleted,
    "twin added": questions.twin_added,
    "twin takes over": questions.twin_takes_over,
    "replaced by a twin": questions.replaced_by_twin,
    "replaced by a twin, alike": questions.replaced_by_twin_alike,
    "replaced by another": questions.replaced_by_other,
}
HUNDRED = "a hundred notes edited"
KINDS: dict[str, Trials] = {
    **{name: about(Kind.QA, maker) for name, maker in QUESTIONS.items()},
    HUNDRED: mixed.hundred,
    **{name: about(Kind.COMPARISON, maker) for name, maker in TABLES.items()},
    **copies.LATER,
    **ALIKE,
    "upgrade": upgraded("0.1.0", about(Kind.QA, notes.trailing_space)),
    "upgrade, question: half": upgraded("0.1.0", about(Kind.QA, questions.question_half)),
    "upgrade, file renamed": upgraded("0.1.0", about(Kind.QA, notes.file_renamed)),
    "upgrade, quiz: edited": upgraded("0.1.0", ALIKE["quiz: edited"]),
}
