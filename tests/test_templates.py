from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from pygments.token import STANDARD_TYPES

from anki_export.model import FIELDS, Kind
from anki_export.package.templates import (
    Templates,
    default_directory,
    load_templates,
)
from anki_export.problems import Problem, Problems, Severity, UsageError

FILES = (
    "qa.front.html",
    "qa.back.html",
    "comparison.front.html",
    "comparison.back.html",
    "style.css",
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the shipped templates, to be spoiled."""
    copy = tmp_path / "templates"
    shutil.copytree(default_directory(), copy)
    return copy


def _load(folder: Path | None, source_url: str | None = None) -> Templates:
    problems = Problems()
    templates = load_templates(folder, source_url=source_url, problems=problems)
    assert not problems
    return templates


def _faults(folder: Path) -> tuple[Problem, ...]:
    """What keeps these templates from being used."""
    with pytest.raises(UsageError) as caught:
        load_templates(folder, source_url=None, problems=Problems())
    return caught.value.problems


def _spoil(file: Path, old: str, new: str) -> int:
    """Replace ``old`` once and return the line it stood in."""
    text = file.read_text(encoding="utf-8")
    before, found, after = text.partition(old)
    assert found
    file.write_text(before + new + after, encoding="utf-8")
    return before.count("\n") + 1


# --------------------------------------------------------------------------- the shipped ones


def test_shipped_templates_are_faultless() -> None:
    templates = _load(None)
    assert "{{Question}}" in templates.cards[Kind.QA].front
    assert "{{Prompt}}" in templates.cards[Kind.COMPARISON].front
    assert "{{Answer}}" in templates.cards[Kind.QA].back
    assert "{{Table}}" in templates.cards[Kind.COMPARISON].back
    assert templates.media == ()


def test_a_folder_of_the_user_is_read(folder: Path) -> None:
    _spoil(folder / "qa.front.html", "{{Question}}", "<b>{{Question}}</b>")
    assert "<b>{{Question}}</b>" in _load(folder).cards[Kind.QA].front


@pytest.mark.parametrize("name", FILES)
def test_nothing_shipped_runs_or_is_fetched(name: str) -> None:
    text = (default_directory() / name).read_text(encoding="utf-8")
    assert not re.search(r"<script|url\(|@import|https?:|\bon\w+=", text, re.IGNORECASE)


def test_fields_are_those_of_the_design() -> None:
    common = (
        "Extra",
        "Context",
        "Difficulty",
        "Source",
        "Key",
        "Retired",
        "Reserved1",
        "Reserved2",
    )
    assert FIELDS[Kind.QA] == ("Question", "Answer", *common)
    assert FIELDS[Kind.COMPARISON] == ("Prompt", "Answer", "Table", *common)


# --------------------------------------------------------------------------- source links


def test_source_is_a_link_where_a_url_is_configured() -> None:
    back = _load(None, "https://example.org/a&b/{x}/notes/").cards[Kind.QA].back
    assert '<a href="https://example.org/a&amp;b/%7Bx%7D/notes/{{Source}}">{{Source}}</a>' in back
    assert back.count("{{Source}}") == 2


@pytest.mark.parametrize("absent", [None, ""])
def test_source_is_text_where_none_is_configured(absent: str | None) -> None:
    back = _load(None, absent).cards[Kind.COMPARISON].back
    assert "<a " not in back
    assert "%SOURCE_URL%" not in back
    assert back.count("{{Source}}") == 1


def test_templates_that_cannot_let_code_scroll_say_so(tmp_path: Path) -> None:
    shutil.copytree(default_directory(), tmp_path / "own")
    back = tmp_path / "own" / "qa.back.html"
    back.write_text(back.read_text("utf-8").replace("%CODE%", ""), "utf-8")
    for wrap in (True, False):
        problems = Problems()
        load_templates(tmp_path / "own", source_url=None, problems=problems, code_wrap=wrap)
        said = [one.message for one in problems if "code_wrap" in one.message]
        assert said == ([] if wrap else ["code_wrap has no effect"])


@pytest.mark.parametrize(("wrap", "name"), [(True, "code-wraps"), (False, "code-scrolls")])
def test_a_class_says_what_long_lines_of_code_do(wrap: bool, name: str) -> None:
    templates = load_templates(None, source_url=None, problems=Problems(), code_wrap=wrap)
    for kind in templates.cards.values():
        for side in (kind.front, kind.back):
            assert re.search(rf'^<div class="[^"]*\b{name}"', side)
            assert "%CODE%" not in side


def test_comments_stay_out_of_the_package(folder: Path) -> None:
    _spoil(folder / "qa.back.html", "<hr id=answer>", "<!-- {{Nothing}}\n -->\n<hr id=answer>")
    back = _load(folder).cards[Kind.QA].back
    assert "<!--" not in back
    assert "Nothing" not in back
    assert not re.search(r"\n\s*\n", back)


# --------------------------------------------------------------------------- faults

FAULTS = [
    ("qa.front.html", "{{Context}}", "{{Contxt}}", "no field {{Contxt}}", "Context"),
    ("qa.front.html", "{{Context}}", "{{context}}", "no field {{context}}", "Context"),
    ("qa.front.html", "{{Context}}", "{{Table}}", "no field {{Table}}", "known"),
    ("qa.front.html", "{{Context}}", "{{FrontSide}}", "no field {{FrontSide}}", "only the back"),
    ("qa.back.html", "{{FrontSide}}", "{{#FrontSide}}{{/FrontSide}}", "{{FrontSide}}", "only the"),
    ("qa.back.html", "{{FrontSide}}", "{{FrontSid}}", "no field", "FrontSide"),
    ("qa.back.html", "{{FrontSide}}", "{{}}", "no field {{}}", ""),
    ("qa.front.html", "{{/Retired}}", "", "{{#Retired}} is never closed", "{{/Retired}}"),
    ("qa.front.html", "{{#Retired}}", "", "{{/Retired}} closes nothing", ""),
    (
        "qa.back.html",
        "{{Extra}}",
        "{{#Context}}{{Extra}}{{/Extra}}{{/Context}}",
        "{{/Extra}} crosses {{#Context}}",
        "{{/Context}} first",
    ),
    ("qa.front.html", "{{Context}}", "{{Context", "'{{' without '}}'", ""),
    ("qa.front.html", "{{Context}}", "{{cloze:Context}}", "cloze", ""),
    ("qa.front.html", "{{Context}}", "<!-- {{Context}}", "'<!--' without '-->'", ""),
    ("qa.back.html", "<!-- /source-url -->", "", "out of place", ""),
    ("qa.back.html", "<!-- no-source-url -->", "", "out of place", ""),
    ("qa.back.html", "<!-- source-url -->", "<a href='%SOURCE_URL%'>", "out of place", ""),
    ("qa.back.html", "{{Answer}}", "%SOURCE_URL%{{Answer}}", "would be shown", "between"),
    ("qa.front.html", "{{Context}}", '<img src="logo.png">', "'logo.png'", "'_logo.png'"),
    ("qa.front.html", "{{Context}}", "<img src=img/_a.png>", "'img/_a.png'", "'_a.png'"),
    ("style.css", ".side {", ".side { background: url('paper.png');", "'paper.png'", "_paper.png"),
    ("style.css", ".side {", ".side {{", "'{' without '}'", ""),
    ("style.css", ".side {", ".side }", "'}' without '{'", ""),
    ("style.css", ".side {", "</style> .side {", "'</style'", ""),
]


@pytest.mark.parametrize("case", FAULTS, ids=lambda case: f"{case[0]}: {case[2]}")
def test_faults_are_found_before_anything_is_written(
    folder: Path, case: tuple[str, str, str, str, str]
) -> None:
    name, old, new, message, hint = case
    line = _spoil(folder / name, old, new)
    problems = _faults(folder)
    found = [one for one in problems if message in one.message and hint in one.hint]
    assert found, problems
    assert {one.severity for one in found} == {Severity.ERROR}
    assert found[0].location.path == (folder / name).as_posix()
    # A part left open is reported where it began or where it collides with the next.
    if "out of place" not in message and name != "style.css":
        assert found[0].location.line == line


WARNINGS = [
    ("qa.front.html", "{{Context}}", "<script>alert()</script>", "JavaScript", ""),
    ("qa.front.html", "{{Context}}", '<b onclick="alert()">x</b>', "JavaScript", ""),
    ("qa.front.html", "{{Context}}", "{{txt:Context}}", "no filter 'txt:'", "text"),
    ("qa.front.html", "{{Context}}", '<img src="https://a.org/b.png">', "network", "beside"),
    ("qa.front.html", "{{Context}}", '<img src="_absent.png">', "not packed", ""),
    ("qa.back.html", "{{Answer}}", "", "does not show {{Answer}}", ""),
    ("style.css", ".side {", "@import 'https://a.org/b.css'; .side {", "network", ""),
    ("style.css", ".side {", ".side { background: url(//a.org/b.png);", "network", ""),
]


@pytest.mark.parametrize("case", WARNINGS, ids=lambda case: f"{case[0]}: {case[2]}")
def test_surprises_are_warnings(folder: Path, case: tuple[str, str, str, str, str]) -> None:
    name, old, new, message, hint = case
    line = _spoil(folder / name, old, new)
    problems = Problems()
    load_templates(folder, source_url=None, problems=problems)
    (problem,) = problems
    assert problem.severity is Severity.WARNING
    assert message in problem.message
    assert hint in problem.hint
    assert problem.location.line in {line, None}


@pytest.mark.parametrize(
    "valid",
    [
        "{{text:Extra}}",
        "{{hint:Extra}}",
        "{{edit:text:Extra}}",
        "{{tts en_US voices=Any:Question}}",
        "{{ Extra }}",
        "{{^Extra}}none{{/Extra}}",
        "{{Tags}} {{Type}} {{Deck}} {{Subdeck}} {{Card}} {{CardFlag}}",
        "{{#Tags}}<span>{{Tags}}</span>{{/Tags}}",
        '<img src="data:image/png;base64,AAAA">',
        '<img src="{{Extra}}">',
        "<!-- {{Unknown}} <script> -->",
    ],
)
def test_what_anki_understands_is_fine(folder: Path, valid: str) -> None:
    _spoil(folder / "qa.front.html", "{{Context}}", valid)
    _load(folder)


@pytest.mark.parametrize(
    "hidden",
    ["", "{{#Context}}{{Question}}{{/Context}}", "<!-- {{Question}} -->", "{{text:Question}}"],
)
def test_the_front_always_shows_the_question(folder: Path, hidden: str) -> None:
    _spoil(folder / "qa.front.html", "{{Question}}", hidden)
    (problem,) = _faults(folder)
    assert problem.message == "the front does not show {{Question}}"


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_named(folder: Path, name: str) -> None:
    (folder / name).unlink()
    (problem,) = _faults(folder)
    assert problem.location.path == (folder / name).as_posix()
    assert "missing" in problem.message


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    (problem,) = _faults(tmp_path / "absent")
    assert problem.location.path == (tmp_path / "absent").as_posix()


def test_an_unreadable_file_is_named(folder: Path) -> None:
    (folder / "style.css").unlink()
    (folder / "style.css").mkdir()
    (problem,) = _faults(folder)
    assert "cannot be read" in problem.message


def test_other_encodings_are_refused_with_their_line(folder: Path) -> None:
    (folder / "qa.front.html").write_bytes(b"{{Question}}\n\n\xff\xfe")
    (problem,) = _faults(folder)
    assert (problem.location.line, problem.message) == (3, "the file is not UTF-8")


def test_byte_order_marks_and_line_ends_do_not_matter(folder: Path) -> None:
    plain = _load(folder)
    for file in folder.iterdir():
        file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes().replace(b"\n", b"\r\n"))
    assert _load(folder) == plain


def test_a_comment_of_the_style_sheet_ends(folder: Path) -> None:
    file = folder / "style.css"
    file.write_text(file.read_text(encoding="utf-8") + "\n/* no end", encoding="utf-8")
    (problem,) = _faults(folder)
    assert problem.message == "'/*' without '*/'"


def test_several_faults_come_at_once(folder: Path) -> None:
    _spoil(folder / "qa.front.html", "{{Context}}", "{{Nope}}")
    _spoil(folder / "qa.front.html", "{{Difficulty}}", "{{Nope}}")
    (folder / "comparison.back.html").unlink()
    assert len(_faults(folder)) == 3


def test_media_beside_the_templates_are_packed_once(folder: Path) -> None:
    (folder / "_logo.png").write_bytes(b"picture")
    _spoil(folder / "qa.front.html", "{{Context}}", '<img alt="" src="_logo.png">')
    _spoil(folder / "style.css", ".side {", ".side { background: url(_logo.png);")
    (packed,) = _load(folder).media
    assert (packed.name, packed.data) == ("_logo.png", b"picture")


# --------------------------------------------------------------------------- colours


def _rules() -> list[tuple[list[str], dict[str, str]]]:
    """The style sheet's rules outside of media queries: selectors and declarations."""
    css = re.sub(r"/\*.*?\*/", "", _load(None).css, flags=re.DOTALL)
    css = re.sub(r"@media[^{]*\{(?:[^{}]*\{[^{}]*\})*\s*\}", "", css)
    found = []
    for selectors, body in re.findall(r"([^{}]+)\{([^{}]*)\}", css):
        pairs = (one.split(":", 1) for one in body.split(";") if ":" in one)
        declarations = {name.strip(): value.strip() for name, value in pairs}
        found.append(([one.strip() for one in selectors.split(",")], declarations))
    return found


def _variables(night: bool) -> dict[str, str]:
    values: dict[str, str] = {}
    for selectors, declarations in _rules():
        if selectors == [".card"] or (night and ".card.nightMode" in selectors):
            values |= {name: one for name, one in declarations.items() if name.startswith("--")}
    return values


def _declared(selector: str, name: str) -> str | None:
    value = None
    for selectors, declarations in _rules():
        if selector in selectors and name in declarations:
            value = declarations[name]
    return value


def _luminance(colour: str) -> float:
    def linear(share: float) -> float:
        return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4

    assert re.fullmatch(r"#[0-9a-f]{6}", colour), colour
    red, green, blue = (linear(int(colour[at : at + 2], 16) / 255) for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(one: str, other: str) -> float:
    """WCAG 2.1's contrast ratio."""
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def _resolve(value: str, variables: dict[str, str]) -> str:
    match = re.fullmatch(r"var\((--[\w-]+)\)", value)
    return variables[match[1]] if match else value


TOKENS = sorted(name for name in STANDARD_TYPES.values() if name)


@pytest.mark.parametrize("night", [False, True], ids=["light", "night"])
@pytest.mark.parametrize("token", TOKENS)
def test_every_token_is_readable(token: str, night: bool) -> None:
    variables = _variables(night)
    selector = f".highlight .{token}"
    text = _declared(selector, "color") or "var(--code-text)"
    back = _declared(selector, "background") or _declared(".card pre", "background")
    assert back
    ratio = _contrast(_resolve(text, variables), _resolve(back, variables))
    assert ratio >= 4.5, f"{token}: {ratio:.2f}"


@pytest.mark.parametrize("night", [False, True], ids=["light", "night"])
@pytest.mark.parametrize(
    ("text", "back"),
    [
        *(("text", back) for back in ("page", "panel", "stripe", "code", "key")),
        *(("text", back) for back in ("marked-row", "highlighter")),
        *(("muted", back) for back in ("page", "code", "panel", "stripe", "marked-row")),
        *(("link", back) for back in ("page", "panel", "stripe", "marked-row")),
        *((name, f"{name}-back") for name in ("easy", "medium", "hard")),
    ],
)
def test_every_pair_of_colours_is_readable(text: str, back: str, night: bool) -> None:
    variables = _variables(night)
    assert _contrast(variables[f"--{text}"], variables[f"--{back}"]) >= 4.5


def test_the_night_changes_every_colour() -> None:
    day, night = _variables(False), _variables(True)
    assert day.keys() == night.keys()
    assert {name for name in day if day[name] == night[name]} == set()


def test_every_variable_that_is_used_is_defined() -> None:
    css = _load(None).css
    local = {"--indent", "--hang", "--east", "--box", "--more"}
    assert set(re.findall(r"var\((--[\w-]+)", css)) - local == set(_variables(False))
