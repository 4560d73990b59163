"""The Python interface: what the commands of the same names do, as functions.

They print nothing and raise what the commands say (:class:`AnkiExportError`).
"""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import Unpack

from anki_export import pipeline
from anki_export.report import Result
from anki_export.session import Choices, build_once, make_job


def build(folder: str | PathLike[str], **choices: Unpack[Choices]) -> Result:
    """Make the package of a notes folder and write it with the ledger, both or neither.

    Args:
        folder: the notes.
        **choices: what :class:`Choices` describes; without any it is ``anki-export build``.

    Returns:
        What was done: ``written`` says whether, ``refused`` why not, ``problems`` what is
        wrong in the notes. One note's failure is a problem, and the rest goes on.

    Raises:
        UsageError: the folder, a choice, the configuration (:class:`ConfigError`), the
            templates or the ledger cannot be used.
        WriteError: the package or the ledger cannot be written.
        RetireError: too many cards would retire at once.
    """
    return build_once(make_job(Path(folder), **choices), _silent)


def plan(folder: str | PathLike[str], **choices: Unpack[Choices]) -> Result:
    """What :func:`build` would do with the same arguments; writes nothing.

    Raises:
        UsageError: as :func:`build`.
    """
    return pipeline.plan(make_job(Path(folder), **choices), _silent)


def check(folder: str | PathLike[str], **choices: Unpack[Choices]) -> Result:
    """The problems of a notes folder; writes nothing.

    Raises:
        UsageError: the folder, a choice or the configuration cannot be used.
    """
    return pipeline.check(make_job(Path(folder), **choices), _silent)


def _silent(_step: str, _done: int, _total: int) -> None:
    """Show no progress."""
