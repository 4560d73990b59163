"""The configuration's documentation, made from the options themselves.

``make docs`` writes the reference page; a test holds ``docs/configuration.md`` in step.
"""

from __future__ import annotations

import json
import textwrap
from collections.abc import Mapping

from anki_export.config.declare import FILE_NAME, Option, options

_INTRODUCTION = f"""\
# Configuration

<!-- Made by `make docs` from the options in `config.py`; edit them there. -->

Nothing needs to be configured. To change something, `anki-export init` writes a commented
`{FILE_NAME}` into the notes folder; beside it does as well. A table `[tool.anki-export]` in a
`pyproject.toml` beside the folder is read, too, and `--config FILE` names any other place.
All faults are reported at once, each with its key and line, and nothing is built (exit 2).

| key | what it is | default |
|---|---|---|
"""

_EPILOGUE = """
## In a note's front matter

```yaml
anki:
  deck: "{root}::Exam"    # the whole deck, with the same placeholders
  tags: [exam, week/3]    # instead of `tags`, for Anki's tags only
```

`anki: false` leaves the note out. `<!-- anki: skip -->` before a heading, question or table
leaves that one out.

## Tags

Every tag of the front matter becomes an Anki tag: `/` separates levels (`::` in Anki), spaces
become `_`, a final `.md` and backticks are dropped. `"`, `\\`, `(`, `)` and `*` are syntax in
Anki's searches and become their full-width twins (`（` for `(`), so that a tag can be clicked,
copied and typed. Where two notes write a tag or a deck with other capitals, the first one's
spelling holds for all. `marked`, `leech` and `retired` have a meaning of their own and get a
`_` at their end.
"""


def reference() -> str:
    """The page ``docs/configuration.md``."""
    rows = [f"| `{o.name}` | {_cell(o.doc)} | {_default(o)} |\n" for o in options()]
    return _INTRODUCTION + "".join(rows) + _EPILOGUE


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _default(option: Option) -> str:
    if option.name == "forms":
        return "all on: " + ", ".join(f"`{name}`" for name in _table(option.example))
    if isinstance(option.default, tuple) and option.default:
        return ", ".join(f"`{item}`" for item in option.default)
    return f"`{_toml(option.default)}`"


def example_file() -> str:
    """The commented configuration that ``init`` writes: every option at its default."""
    blocks = [
        "# Configuration of anki-export. Every line that begins with a key is the default or an\n"
        "# example; remove the `#` before it to change it.\n"
    ]
    for option in options():
        comment = textwrap.fill(
            option.doc,
            width=92,
            initial_indent="## ",
            subsequent_indent="## ",
            break_on_hyphens=False,
            break_long_words=False,
        )
        blocks.append(f"{comment}\n{_setting(option)}")
    return "\n".join(blocks)


def _setting(option: Option) -> str:
    """The option as a comment that becomes valid by removing its ``#``."""
    if isinstance(option.example, Mapping):
        lines = [f"{_key(name)} = {_toml(value)}" for name, value in option.example.items()]
        return "".join(f"# {line}\n" for line in (f"[{option.name}]", *lines))
    return f"# {option.name} = {_toml(option.example)}\n"


def _table(value: object) -> Mapping[str, object]:
    assert isinstance(value, Mapping)
    return value


def _key(name: str) -> str:
    bare = name.replace("-", "").replace("_", "")
    return name if bare.isascii() and bare.isalnum() else _toml(name)


def _toml(value: object) -> str:
    """A value as TOML; a JSON string is one, too."""
    if isinstance(value, tuple):
        return f"[{', '.join(_toml(item) for item in value)}]"
    return json.dumps(value, ensure_ascii=False)
