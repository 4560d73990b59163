"""The configuration: what can be chosen, how a file is checked, and its documentation."""

from anki_export.config.declare import (
    FILE_NAME,
    FORMS,
    PYPROJECT,
    Config,
    ConfigError,
    beside,
    find_config,
    load_config,
)

__all__ = [
    "FILE_NAME",
    "FORMS",
    "PYPROJECT",
    "Config",
    "ConfigError",
    "beside",
    "find_config",
    "load_config",
]
