"""A note's front matter: YAML from anybody, within a budget."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import yaml
from frontmatter.default_handlers import SafeLoader, YAMLHandler

MOST_CHARACTERS = 65_536
"""Of a front matter; what is longer is text between two rules."""

MOST_VALUES = 10_000
"""Of a front matter, an alias counted as all that it stands for: a few lines of aliases of
aliases stand for more values than fit into memory."""

DEEPEST = 64
"""Levels of lists and tables in a front matter; libyaml's loader, which calls itself for
each, brings the interpreter down at some ten thousand."""

LONGEST_NUMBER = 100
"""Characters of a whole number; Python refuses to write out one of some thousand digits."""

_INTEGER = "tag:yaml.org,2002:int"


class FrontMatterError(ValueError):
    """Why a front matter cannot be used, and the line of it that says so, from 1."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.message, self.line = message, line


def split(text: str) -> tuple[str, str]:
    """The front matter and what follows it; the former is empty if there is none."""
    handler = YAMLHandler()
    if handler.detect(text):
        with suppress(ValueError):  # a rule at the top, and none below
            front, body = handler.split(text)
            return front, body
    return "", text


def load(front: str) -> dict[str, Any] | None:
    """The values of a front matter by name; None if it is text between two rules.

    Nothing in them is shared, so that whoever walks through them comes to an end.

    Raises:
        FrontMatterError: it is not valid YAML, or goes beyond the budget.
    """
    try:
        _expect_shallow(front)
        values = YAMLHandler().load(front, Loader=_Loader)
    except FrontMatterError:
        raise
    except yaml.YAMLError as error:
        line = _line(getattr(error, "problem_mark", None))
        raise FrontMatterError(f"not valid YAML: {_reason(error)}", line) from None
    if values is None:  # only comments
        return {}
    return _plain(values) if isinstance(values, dict) else None


def _expect_shallow(front: str) -> None:
    """Refuse what is nested too deeply, by the parser's events, which do not nest."""
    if sum(map(front.count, "[{-?")) <= DEEPEST:
        return
    depth = 0
    for event in yaml.parse(front, Loader=SafeLoader):
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            message = f"it is nested more than {DEEPEST} levels deep"
            raise FrontMatterError(message, _line(event.start_mark))


class _Loader(SafeLoader):  # type: ignore[misc,valid-type]
    """Refuses aliases that stand for too much before anything is made of them."""

    def get_single_node(self) -> yaml.Node | None:
        """The document, if it is within the budget."""
        node: yaml.Node | None = super().get_single_node()
        if node is not None:
            _count(node, {}, set())
        return node

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        """What a node stands for; constructors raise whatever a value provokes."""
        try:
            return super().construct_object(node, deep)
        except (FrontMatterError, yaml.MarkedYAMLError):
            raise
        except Exception as error:
            message = f"not valid YAML: {_reason(error)}"
            raise FrontMatterError(message, _line(node.start_mark)) from None


def _count(node: yaml.Node, known: dict[int, int], above: set[int]) -> int:
    """How many values a node stands for, each alias counted as what it stands for.

    ``known`` holds the counts of nodes that are done, ``above`` the nodes around this one.
    """
    key = id(node)
    line = _line(node.start_mark)
    if node.tag == _INTEGER and len(node.value) > LONGEST_NUMBER:
        raise FrontMatterError("it holds a number of very many digits", line)
    if key in above:
        raise FrontMatterError("not valid YAML: a value that holds itself", line)
    if key not in known:
        above.add(key)
        known[key] = 1
        parts = node.value if isinstance(node, yaml.CollectionNode) else []
        if isinstance(node, yaml.MappingNode):
            parts = [part for pair in parts for part in pair]
        for part in parts:
            known[key] += _count(part, known, above)
            if known[key] > MOST_VALUES:
                raise FrontMatterError(f"it stands for more than {MOST_VALUES:,} values", line)
        above.remove(key)
    return known[key]


def _plain(value: Any) -> Any:
    """A copy that shares nothing, its texts without lone surrogates, its keys texts."""
    if isinstance(value, dict):
        return {_plain(str(key)): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8")
    return value


def _reason(error: Exception) -> str:
    if isinstance(error, yaml.MarkedYAMLError) and error.problem:
        return error.problem
    return str(error).splitlines()[0] if str(error) else type(error).__name__


def _line(mark: Any) -> int:
    return int(mark.line) + 1 if mark else 1
