from __future__ import annotations

import datetime
from typing import Any

import pytest

from anki_export import names
from anki_export.config import Config
from anki_export.model import (
    Card,
    Kind,
    Location,
    MappedCard,
    Question,
    RenderedCard,
    Slice,
    SourceNote,
)
from anki_export.place.mapping import Mapper, Place, place
from anki_export.problems import Problems


def note(path: str = "topic/note.md", **metadata: Any) -> SourceNote:
    return SourceNote(path=path, lines=(), first_line=1, metadata=metadata)


def placed(source: SourceNote, title: str = "Title", **config: Any) -> Place:
    return place(source, title, Config(**config), Problems())


def deck(source: SourceNote, title: str = "Title", **config: Any) -> str:
    return "::".join(placed(source, title, **config).deck)


def tags(source: SourceNote) -> list[str]:
    return ["::".join(levels) for levels in placed(source).tags]


def messages(source: SourceNote, **config: Any) -> list[str]:
    problems = Problems()
    place(source, "Title", Config(**config), problems)
    assert all(problem.location == Location(source.path, 1) for problem in problems)
    return [problem.message for problem in problems]


def rendered(path: str, kind: Kind = Kind.QA) -> RenderedCard:
    body = Question(Slice("q", 1), Slice("a", 2))
    card = Card(kind, Location(path, 1), "heading", ("Title",), body)
    return RenderedCard(card, {}, "q", "a", "")


def mapped(*sources: SourceNote, kind: Kind = Kind.QA, **config: Any) -> list[MappedCard]:
    mapper = Mapper(Config(**config))
    result = []
    for source in sources:
        found = place(source, "Title", Config(**config), Problems())
        result += mapper.map_cards(found, [rendered(source.path, kind)])
    return result


# --------------------------------------------------------------------------- decks


def test_the_first_tag_names_the_deck() -> None:
    assert deck(note(tags=["net", "exam"])) == "Study::net"


def test_levels_of_a_tag_are_levels_of_the_deck() -> None:
    assert deck(note(tags=["net/tcp ip"])) == "Study::net::tcp ip"


def test_a_path_back_to_the_note_is_no_topic() -> None:
    assert deck(note(tags=["net/handshake.md", "net"])) == "Study::net"
    assert deck(note(tags=["net/tcp/handshake.md"])) == "Study::net::tcp"


def test_without_tags_the_folder() -> None:
    assert deck(note("a/b c/n.md")) == "Study::a::b c"
    assert deck(note("n.md")) == "Study"
    assert deck(note("n.md", tags=["n.md"])) == "Study"


def test_aliases_replace_the_longest_beginning() -> None:
    aliases = {"machine-learning": "ML", "machine-learning/vision": "Seeing"}
    assert deck(note(tags=["Machine-Learning/audio"]), tag_aliases=aliases) == "Study::ML::audio"
    assert deck(note(tags=["machine-learning/vision"]), tag_aliases=aliases) == "Study::Seeing"
    assert deck(note(tags=["machine"]), tag_aliases=aliases) == "Study::machine"


def test_all_placeholders() -> None:
    source = note("x/y/n.md", tags=["t"], difficulty="hard")
    template = "{root}::{folder}::{tag}::{difficulty}::{title}"
    assert deck(source, deck=template) == "Study::x::y::t::hard::Title"


def test_a_title_is_one_level() -> None:
    assert deck(note(), "std::move", deck="{title}") == "std∷move"


def test_a_placeholder_in_a_tag_is_text() -> None:
    assert deck(note(tags=["{root}"])) == "Study::{root}"


def test_a_note_may_name_its_deck() -> None:
    assert deck(note(tags=["t"], anki={"deck": "Exam::May"})) == "Exam::May"
    assert deck(note(tags=["t"], anki={"deck": "{root}::Exam"})) == "Study::Exam"
    assert messages(note(anki={"deck": 3})) == ["`anki.deck` is no text; it is left out"]
    assert messages(note(anki={"deck": "{root}::{tga}"})) == [
        "`anki.deck` has an unknown placeholder `{tga}`"
    ]


def test_names_are_as_anki_keeps_them() -> None:
    assert deck(note(tags=[" cafe\u0301 / : x\u3000y:"])) == "Study::caf\u00e9::x y"


def test_never_the_default_deck() -> None:
    assert deck(note(tags=["default"]), deck="{tag}") == "Study::default"
    assert deck(note("n.md"), deck="{tag}") == "Study"


def test_what_every_card_bears_is_kept_short() -> None:
    many = note(tags=[f"t{at}" for at in range(150)])
    assert len(placed(many).tags) == 100
    assert messages(many) == ["of 150 tags only 100 are kept"]
    long = note(tags=["t" * 201, "a"], difficulty="d" * 201, anki={"deck": "e" * 300})
    found = placed(long)
    assert (found.tags, found.difficulty, found.deck) == ((("a",),), "", ("e" * 200,))
    assert messages(long) == [
        "a difficulty of more than 200 characters is left out",
        f"the deck `{'e' * 200}` has too long a name; it is cut",
        "a tag of more than 200 characters is left out",
    ]


def test_too_many_levels_are_cut_and_reported() -> None:
    source = note(tags=["/".join("abcdefghijklm")])
    assert len(placed(source).deck) == names.MAX_DECK_LEVELS
    assert "too many levels" in messages(source)[0]
    (card,) = mapped(source, kind=Kind.COMPARISON, comparison_deck="Tables")
    assert card.deck.count("::") == names.MAX_DECK_LEVELS - 1


def test_comparisons_go_to_their_own_deck() -> None:
    source = note(tags=["net"])
    (row,) = mapped(source, kind=Kind.COMPARISON, comparison_deck="Tables")
    (question,) = mapped(source, comparison_deck="Tables")
    assert (row.deck, question.deck) == ("Study::net::Tables", "Study::net")


def test_decks_that_differ_by_case_are_one() -> None:
    first, second, third = mapped(
        note(tags=["Net/TCP"]), note(tags=["net/udp"]), note(tags=["NET"])
    )
    assert [card.deck for card in (first, second, third)] == [
        "Study::Net::TCP",
        "Study::Net::udp",
        "Study::Net",
    ]


# --------------------------------------------------------------------------- tags


@pytest.mark.parametrize(
    ("written", "tag"),
    [
        ("net", "net"),
        ("net/tcp", "net::tcp"),
        ("net/Three way.md", "net::Three_way"),
        ("net/Three\u3000way.MD", "net::Three_way"),
        ("a//b/", "a::b"),
        (" a / b ", "a::b"),
        ("a::b", "a::b"),
        ("`malloc()`的用法？", "malloc（）的用法？"),
        ('say "hi"', "say_＂hi＂"),
        ("2*3", "2＊3"),
        ("a\\b", "a＼b"),
        ("cafe\u0301", "caf\u00e9"),
        ("a:", "a"),
        ("marked", "marked_"),
        ("Leech", "Leech_"),
        ("retired", "retired_"),
        ("retired/2024", "retired_::2024"),
        ("marked/x", "marked::x"),
        ("C#", "C#"),
        ("C++", "C++"),
    ],
)
def test_the_form_of_a_tag(written: str, tag: str) -> None:
    assert tags(note(tags=[written])) == [tag]


def test_tags_in_other_forms() -> None:
    assert tags(note(tags="a, b c"))[:2] == ["a", "b_c"]
    assert tags(note(tags=["a", ["b", "a"]]))[:2] == ["a", "b"]
    assert tags(note(tags={"b", "c", "a"}))[:3] == ["a", "b", "c"]
    assert tags(note(tags=2024))[0] == "2024"
    assert tags(note(tags=None)) == []


@pytest.mark.parametrize(
    ("value", "tag", "message"),
    [
        (True, "true", "`tags` holds a word that YAML reads as true"),
        (1.5, "1.5", "`tags` holds what YAML reads as 1.5"),
        (datetime.date(2024, 5, 1), "2024-05-01", "`tags` holds what YAML reads as 2024-05-01"),
        (None, None, "`tags` holds an empty item; it is left out"),
        ({"a": 1}, None, "`tags` holds an item that is no text; it is left out"),
        ("//", None, "nothing is left of the tag `//`"),
        (
            "marked",
            "marked_",
            "the tag `marked` has a meaning of its own in Anki; it becomes `marked_`",
        ),
    ],
)
def test_odd_tags_survive_and_are_reported(value: Any, tag: str | None, message: str) -> None:
    source = note(tags=["ok", value])
    assert tags(source) == ["ok", *([tag] if tag else [])]
    assert messages(source) == [message]


def test_own_tags_replace_the_others_but_not_the_deck() -> None:
    source = note(tags=["net"], anki={"tags": ["exam"]})
    assert tags(source) == ["exam"]
    assert deck(source) == "Study::net"


def test_an_unknown_override_is_reported() -> None:
    assert messages(note(anki={"dek": "x"})) == ["`anki.dek` is unknown"]
    assert messages(note(anki="yes please")) == ["`anki: yes please` is not understood"]
    assert messages(note(anki=True)) == []


def test_the_first_spelling_holds_for_the_whole_build() -> None:
    first, second = mapped(note(tags=["Net/TCP"]), note(tags=["net/tcp", "NET/udp"]))
    assert first.tags == ("Net::TCP",)
    assert second.tags == ("Net::TCP", "Net::udp")


# --------------------------------------------------------------------------- difficulty


def test_difficulty() -> None:
    assert placed(note(difficulty="Hard ")).difficulty == "hard"
    assert placed(note()).difficulty == ""
    assert placed(note(), default_difficulty="medium").difficulty == "medium"
    assert tags(note(difficulty="Hard")) == ["difficulty::hard"]
    assert placed(note(difficulty=None), default_difficulty="easy").difficulty == "easy"
    assert messages(note()) == []


def test_an_unknown_difficulty_is_kept_and_reported() -> None:
    source = note(difficulty="very hard")
    assert placed(source).difficulty == "very_hard"
    assert tags(source) == ["difficulty::very_hard"]
    assert messages(source) == ["the difficulty `very hard` is unknown; it is kept"]
    assert messages(note(difficulty=3)) == ["the difficulty `3` is unknown; it is kept"]


def test_a_configured_difficulty_is_known() -> None:
    assert messages(note(difficulty="normal"), default_difficulty="normal") == []
