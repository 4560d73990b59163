"""Turn a folder of Markdown study notes into an Anki package.

``from anki_export import build`` is the Python interface (``docs/api.md``); its parts are
imported when they are first asked for, so that the command line starts at once.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from anki_export.api import build, check, plan
    from anki_export.config import Config, ConfigError
    from anki_export.problems import AnkiExportError, RetireError, UsageError, WriteError
    from anki_export.report import Result

__version__ = "0.2.0.dev0"

__all__ = [
    "AnkiExportError",
    "Config",
    "ConfigError",
    "Result",
    "RetireError",
    "UsageError",
    "WriteError",
    "build",
    "check",
    "plan",
]

_HOME = {
    **dict.fromkeys(("build", "check", "plan"), "api"),
    **dict.fromkeys(("Config", "ConfigError"), "config"),
    **dict.fromkeys(("AnkiExportError", "RetireError", "UsageError", "WriteError"), "problems"),
    "Result": "report",
}
"""The module of each name of the interface."""


def __getattr__(name: str) -> object:
    if name in _HOME:
        return getattr(import_module(f"anki_export.{_HOME[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
