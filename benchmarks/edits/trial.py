"""What is judged: an edit of a folder; and how the kinds of edits make them."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from anki_export.ledger.entries import Ledger
from anki_export.model import Kind
from benchmarks.edits.folder import Folder, Target
from benchmarks.edits.truth import Edit

Maker = Callable[[Folder, Target, random.Random], Edit | None]
"""Makes an edit about a card, or None where it cannot be made."""


@dataclass(frozen=True, slots=True)
class Trial:
    """An edit to judge, and the folder that it is made of."""

    folder: Folder
    edit: Edit
    ledger: Ledger | None = None
    """Another ledger than the folder's own, such as one of an older version."""


Trials = Callable[[Folder, random.Random], list[Trial]]
"""Makes the edits of a kind: none where luck was bad, several where one commit follows another."""


def about(kind: Kind, maker: Maker) -> Trials:
    """Return the kind of edits that *maker* makes of cards of a kind drawn from the folder."""

    def make(folder: Folder, chance: random.Random) -> list[Trial]:
        target = folder.draw(chance, kind)
        edit = target and maker(folder, target, chance)
        return [Trial(folder, edit)] if edit else []

    return make
