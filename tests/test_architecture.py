"""Imports point down the flow; stages do not know each other, the clock or the machine."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import anki_export

PACKAGE = Path(anki_export.__file__).parent

BASE = ("model", "problems", "files", "names", "text", "marks", "config", "markdown")
"""What every stage may know; a module here may import those, but no stage."""

STAGES = {
    "notes": ("notes",),
    "extract": ("extract",),
    "cards": ("cards",),
    "place": ("place",),
    "style": ("style",),
    "ledger": ("ledger",),
    "match": ("match",),
    "issue": ("issue",),
    "package": ("package",),
    "report": ("report",),
}
"""Each stage with the modules that it consists of."""

BEFORE = {"match": {"ledger"}, "issue": {"ledger", "match"}}
"""Stages that another one may know: which card is which is asked of what is remembered."""

PIPELINE = ("pipeline", "gather", "drafts", "again", "cache", "workers", "job")
"""What knows the order of the stages."""

ASKS = ("fetch",)
"""What asks the web; only what makes the cards of a build may call it."""

SHOW = ("preview", "watch")
"""What waits for a browser or an edit; it is given the cards and their templates."""

EDGE = ("cli", "options", "terminal", "session", "api", "__main__")
"""What may print and exit."""

CLOCK_AND_CHANCE = frozenset({"time", "random", "secrets", "uuid", "getpass", "locale", "platform"})
MACHINE = frozenset({"environ", "getenv", "getcwd", "now", "utcnow", "today", "cwd", "home"})


def modules() -> dict[str, Path]:
    return {
        ".".join(path.relative_to(PACKAGE).with_suffix("").parts): path
        for path in sorted(PACKAGE.rglob("*.py"))
    }


MODULES = modules()


def top(name: str) -> str:
    return name.partition(".")[0]


STAGE_MODULES = [n for n in MODULES if any(top(n) in parts for parts in STAGES.values())]
BASE_MODULES = [n for n in MODULES if top(n) in BASE]


def tree(name: str) -> ast.Module:
    return ast.parse(MODULES[name].read_text(encoding="utf-8"))


def imports(name: str) -> set[str]:
    """Top-level names of our own modules that a module imports."""
    found = set()
    for node in ast.walk(tree(name)):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name}: relative import"
            parts = (node.module or "").split(".")
            if parts[0] == "anki_export":
                found |= {parts[1]} if len(parts) > 1 else {alias.name for alias in node.names}
        elif isinstance(node, ast.Import):
            for alias in node.names:
                parts = alias.name.split(".")
                if parts[0] == "anki_export":
                    found.add(parts[1] if len(parts) > 1 else "__init__")
    return found - {"__version__"}


def outside(name: str) -> set[str]:
    """Top-level packages of others that a module imports."""
    found = set()
    for node in ast.walk(tree(name)):
        if isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.split(".")[0])
        elif isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
    return found


def test_every_module_has_its_place() -> None:
    placed = {*BASE, *EDGE, *PIPELINE, *ASKS, *SHOW, "__init__"}
    for parts in STAGES.values():
        placed |= set(parts)
    assert {top(name) for name in MODULES} <= placed


def test_the_model_imports_nothing_of_ours() -> None:
    assert imports("model") == set()
    assert imports("problems") == {"model"}


@pytest.mark.parametrize("name", BASE_MODULES)
def test_the_base_knows_no_stage(name: str) -> None:
    assert imports(name) <= set(BASE)


@pytest.mark.parametrize("name", STAGE_MODULES)
def test_stages_do_not_know_each_other(name: str) -> None:
    own = {part for parts in STAGES.values() if top(name) in parts for part in parts}
    assert imports(name) <= {*BASE, *own, *BEFORE.get(top(name), ())}


@pytest.mark.parametrize("name", [n for n in MODULES if top(n) in SHOW])
def test_what_shows_cards_knows_no_stage_but_their_templates(name: str) -> None:
    assert imports(name) <= {*BASE, "package", "preview"}


def test_only_the_command_line_serves_and_watches() -> None:
    serving = {name for name in MODULES if outside(name) & {"http", "watchfiles", "webbrowser"}}
    assert serving == {"preview.server", "watch", "cli", *ASKS}


def test_one_module_asks_the_web_and_one_calls_it() -> None:
    asking = {name for name in MODULES if outside(name) & {"http", "socket", "ssl"}}
    assert asking == {"preview.server", *ASKS}
    assert {name for name in MODULES if imports(name) & set(ASKS)} == {"gather"}
    assert all(imports(name) <= set(BASE) for name in ASKS)


def test_only_the_command_line_knows_the_pipeline() -> None:
    assert {name for name in MODULES if "pipeline" in imports(name)} <= set(EDGE)
    assert {name for name in MODULES if "gather" in imports(name)} == {"pipeline"}
    for name in PIPELINE:
        assert not imports(name) & set(EDGE)


@pytest.mark.parametrize("name", [n for n in MODULES if n not in EDGE])
def test_only_the_command_line_prints_and_exits(name: str) -> None:
    for node in ast.walk(tree(name)):
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            assert called not in {"print", "input", "exit", "quit", "sys.exit", "os._exit"}, called
    assert not outside(name) & {"click", "rich"}


@pytest.mark.parametrize("name", [*STAGE_MODULES, *BASE_MODULES, *PIPELINE])
def test_stages_know_neither_clock_nor_machine(name: str) -> None:
    assert not outside(name) & CLOCK_AND_CHANCE
    for node in ast.walk(tree(name)):
        if isinstance(node, ast.Attribute):
            assert node.attr not in MACHINE, f"{name}:{node.lineno}"


def test_modules_are_short() -> None:
    long = {
        name: count
        for name, path in MODULES.items()
        if (count := len(path.read_text(encoding="utf-8").splitlines())) > 500
    }
    assert long == {}
