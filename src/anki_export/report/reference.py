"""The documentation of what the commands report, made from the kinds of problems themselves.

``make docs`` writes the page; a test holds ``docs/report.md`` in step.
"""

from __future__ import annotations

from anki_export.problems import ProblemKind

_PAGE = """\
# What the commands report

<!-- Made by `make docs`, the table of kinds from `problems.py`; edit it there. -->

Results go to stdout, progress and problems to stderr. No character of a note, a name, a
configuration or a ledger does anything to the terminal: controls, line ends and marks that
turn the direction of text are shown as `\\u001b`.

## Problems

`build` and `plan` show a few problems of a kind one by one, more of them as one line with a
count and the first places. `check` lists every place, then counts the kinds. A kind costs the
same everywhere:

- an **error**: something that the notes hold is missing from the package (exit code 1),
- a **warning**: something may surprise (exit code 0; `--strict` refuses to go on),
- **info**: news of what was decided; nothing is wrong.

`check --style` also judges what the cards ask and what they want recalled: fronts that repeat,
two questions in one, questions that yes or no answers or that tell their answer, lists of more
than seven items, answers of more than about 330 words (1,000 Chinese characters) that are not
folded. All of it is advice, and a warning like any other: `--strict` counts it. What goes by
words is known in Chinese and English, and says nothing of notes in other languages.

| kind | severity | what it is |
|---|---|---|
{kinds}
## JSON

With `--json` stdout holds one object on one line, and stderr nothing but a bug's traceback.
Names are added with new versions, never changed.

| name | what it is |
|---|---|
| `command`, `exit_code`, `seconds` | what was run, how it ended, how long it took |
| `notes` | how many notes there are, unreadable ones included |
| `barren` | paths of the notes that gave no card |
| `cards` | live cards by kind: `qa`, `comparison` |
| `changes` | how many cards are `new`, `changed`, `reworded`, `moved`, `retired`, `revived`, `unchanged`, `pruned` |
| `details` | a card that changes each: `what`, `guid`, `kind`, `path` and `line` in the notes folder, `old_path`, `ask`, `old_ask`, `deck`, `old_deck`, `diff` |
| `retired`, `absent` | retired cards in the package; cards of unreadable notes, which stay as in Anki |
| `problems` | each with its `kind`, `path` (from the current folder), `line`, `severity`, `message`, `hint` |
| `messages` | what else there is to say, a line each |
| `output`, `size`, `written`, `refused` | the package, its bytes, whether it was written and why not |

A command that ends with an error gives `exit_code`, `error` (its `message` and `hint`),
`problems` and `written`.
"""


def reference() -> str:
    """The page ``docs/report.md``."""
    rows = [f"| `{kind}` | {kind.severity} | {kind.summary} |\n" for kind in ProblemKind]
    return _PAGE.format(kinds="".join(rows))
