"""The command line: a command a function, which wires its options to the pipeline.

A command imports what it runs when it runs, so that help and errors come at once.
"""

from __future__ import annotations

import errno
import sys
import time
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, Unpack, cast

import click

from anki_export import __version__
from anki_export.options import (
    Building,
    Checking,
    Common,
    Explaining,
    OfNotes,
    Previewing,
    Recovering,
    Repeating,
    takes,
)
from anki_export.problems import AnkiExportError, Problems, Severity, UsageError, WriteError
from anki_export.terminal import Terminal

if TYPE_CHECKING:
    from anki_export.job import Job
    from anki_export.report import Result
    from anki_export.session import Choices

DONE, INCOMPLETE, BUG = 0, 1, 70
INTERRUPTED, TERMINATED = 130, 143
"""Exit codes; those of expected errors are theirs (2, 3, 4)."""

Progress = Callable[[str, int, int], None]


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="anki-export")
def cli() -> None:
    """Turn a folder of Markdown study notes into an Anki package.

    Edit the notes, export again, import again: no review is lost.

    \b
    anki-export init my-notes     what would come out, and a configuration
    anki-export build my-notes    the package: import it into Anki

    Exit codes: 0 fine, warnings included; 1 something that the notes hold is missing from
    the package; 2 usage or configuration; 3 cannot write; 4 too many cards would retire.
    """


@cli.command()
@takes(Repeating)
def build(options: Repeating) -> int:
    """Make the package of NOTES (default: notes/).

    \b
    anki-export build
    anki-export build ~/notes -o interview.apkg
    """
    from anki_export.session import build_once

    if options.watch:
        return _watch(build_once, options)
    return _run(build_once, options)


@cli.command()
@takes(Building)
def plan(options: Building) -> int:
    """Show what a build would change, card by card; write nothing.

    \b
    anki-export plan ~/notes
    """
    from anki_export import pipeline

    return _run(pipeline.plan, options)


@cli.command()
@takes(Previewing)
def preview(options: Previewing) -> int:
    """Show the cards of NOTES on a local page; write nothing to the notes.

    \b
    anki-export preview ~/notes
    anki-export preview ~/notes --editor vscode
    anki-export preview ~/notes --export cards.html
    """
    import webbrowser
    from tempfile import TemporaryDirectory

    from anki_export import pipeline
    from anki_export.preview.page import EDITORS, editor_fault, write_export
    from anki_export.preview.server import Server
    from anki_export.session import expect_folder, make_job

    if fault := editor_fault(options.editor):
        raise UsageError(fault, f"known editors: {', '.join(EDITORS)}")
    if (file := options.export) is not None:

        def export(job: Job, progress: Progress) -> Result:
            result, content = pipeline.preview(job, progress)
            write_export(content, file)
            return replace(result, output=str(file), messages=(f"wrote {file}",))

        return _run(export, options)
    # What cannot be shown at all opens no browser.
    make_job(options.notes, **_choices(options))
    expect_folder(options.notes)
    with Server(options.port) as server, TemporaryDirectory() as spare:
        _terminal(options).say(server.url)
        if options.browser:
            webbrowser.open(server.url)

        def show(job: Job, progress: Progress) -> Result:
            result, content = pipeline.preview(job, progress, Path(spare))
            server.show(replace(content, editor=options.editor))
            return replace(result, output=server.url)

        return _watch(show, options, tell=server.say)


@cli.command()
@takes(Checking)
def check(options: Checking) -> int:
    """List all problems in the notes; write nothing.

    \b
    anki-export check ~/notes
    anki-export check ~/notes --style
    anki-export check --strict && git commit
    """
    from anki_export import pipeline

    def work(job: Job, progress: Progress) -> Result:
        return pipeline.check(job, progress, name_empty=options.empty, style=options.style)

    return _run(work, options)


@cli.command()
@takes(Explaining)
def explain(options: Explaining) -> int:
    """Say what of a note is a card, what is not, and why.

    \b
    anki-export explain ~/notes/shell.md
    anki-export explain ~/notes/shell.md:42
    """
    from anki_export import pipeline, report
    from anki_export.session import make_job

    name, _, last = options.note.rpartition(":")
    line = int(last[:9]) if name and last.isdecimal() else None  # no note has more lines
    note = Path(name if line is not None else options.note)
    job = make_job(note.parent, config=options.config)
    verdicts = pipeline.explain(job, note.name)
    shown = report.near(verdicts, line)
    terminal = _terminal(options)
    terminal.json(report.verdicts_json(str(note), shown, ascii_only=not terminal.is_unicode))
    terminal.say(*report.verdict_lines(str(note), shown))
    return DONE


@cli.command()
@takes(OfNotes)
def init(options: OfNotes) -> int:
    """Write a commented configuration into NOTES and show what they would give.

    \b
    anki-export init ~/notes
    """
    from anki_export import pipeline
    from anki_export.config import FILE_NAME, Config, find_config
    from anki_export.config.reference import example_file
    from anki_export.session import expect_folder

    target = options.config or options.notes / FILE_NAME
    expect_folder(options.notes)
    found = target if target.exists() else find_config(options.notes, Problems())
    if found:
        raise UsageError(f"{found} is there already", "edit it, or remove it first")
    try:
        target.write_text(example_file(), encoding="utf-8")
    except OSError as error:
        raise WriteError(f"cannot write {target}: {error.strerror}") from error
    _terminal(options).say(f"wrote {target}")

    def work(job: Job, progress: Progress) -> Result:
        return replace(pipeline.check(job, progress), command="init")

    return _run(work, options, config=Config())


@cli.command()
@takes(Building)
def prune(options: Building) -> int:
    """Build without the retired cards, for good.

    \b
    anki-export prune ~/notes
    """
    from anki_export import pipeline

    return _run(pipeline.build, options, prune=True)


@cli.command()
@takes(Recovering)
def recover(options: Recovering) -> int:
    """Rebuild a lost ledger from PACKAGES, earlier ones or Anki's own exports.

    \b
    anki-export recover build/Study.apkg
    anki-export recover --notes ~/notes exported-from-anki.apkg
    """
    from anki_export import pipeline

    def work(job: Job, progress: Progress) -> Result:
        return pipeline.recover(options.packages, job, progress)

    return _run(work, options)


@cli.command(name="help")
@click.argument("command", required=False)
@click.pass_context
def help_(context: click.Context, command: str | None) -> int:
    """Show the help of a command.

    \b
    anki-export help build
    """
    group = context.find_root()
    if command is None:
        click.echo(group.get_help())
        return DONE
    found = cli.get_command(group, command)
    if found is None:
        raise click.UsageError(f"No such command {command!r}.", group)
    click.echo(found.get_help(click.Context(found, info_name=command, parent=group)))
    return DONE


# --------------------------------------------------------------------------- a run


def _watch(
    work: Callable[[Job, Progress], Result],
    options: OfNotes,
    tell: Callable[[str], None] = lambda _: None,
) -> NoReturn:
    """Do a command's work now and after every edit, until Ctrl-C.

    What is wrong at the start ends it; what an edit makes wrong waits for the next one.
    """
    from anki_export.session import watched
    from anki_export.watch import Edits

    with Edits(*watched(options.notes, **_choices(options))) as edits:
        _run(work, options)
        while True:
            edits.wait()
            try:
                _run(work, options)
            except AnkiExportError as error:
                _fail(_terminal(options), error)
                tell(error.line)


def _run(
    work: Callable[[Job, Progress], Result],
    options: OfNotes | Recovering,
    **more: Unpack[Choices],
) -> int:
    """Do a command's work, print its result and give back the exit code."""
    from anki_export import report
    from anki_export.session import make_job

    start = time.monotonic()
    terminal = _terminal(options)
    result = work(make_job(options.notes, **_choices(options) | more), terminal.progress)
    if result.command == "plan":
        terminal.diff(report.plan_lines(result))
    # All places in `check`, a line a kind elsewhere.
    lines = report.all_lines if result.command == "check" else report.folded_lines
    shown = [one for one in result.problems if not options.quiet or one.severity is Severity.ERROR]
    terminal.problems(lines(shown, result.folder))
    failed = result.refused or any(one.severity is Severity.ERROR for one in result.problems)
    code = INCOMPLETE if failed else DONE
    seconds = time.monotonic() - start
    terminal.json(report.to_json(result, seconds, code, ascii_only=not terminal.is_unicode))
    terminal.say(*report.summary(result, seconds))
    return code


def _choices(options: Common) -> Choices:
    """Those of a command's options that choose something of its job, which bear the same names."""
    from anki_export.session import Choices

    known = [one.name for one in fields(options) if one.name in Choices.__annotations__]
    return cast(Choices, {name: getattr(options, name) for name in known})


def _terminal(options: Common) -> Terminal:
    """The terminal that :func:`main` made, as this command wants it."""
    terminal = click.get_current_context().ensure_object(Terminal)
    terminal.as_json, terminal.quiet = options.as_json, options.quiet
    return terminal


def main(arguments: list[str] | None = None) -> NoReturn:
    """Run a command and exit with its code; a bug shows its traceback (exit 70)."""
    given = sys.argv[1:] if arguments is None else arguments
    terminal = Terminal(as_json="--json" in given)
    try:
        code = cli.main(given, prog_name="anki-export", standalone_mode=False, obj=terminal)
    except SystemExit as completion:  # click's, for the shell; it knows no shell of that name
        code = UsageError.exit_code if completion.code else DONE
    except click.exceptions.NoArgsIsHelpError as error:
        terminal.last(*error.format_message().splitlines())
        code = error.exit_code
    except click.ClickException as error:
        context = getattr(error, "ctx", None)
        hint = f"see {context.command_path} --help" if context else ""
        code = _fail(terminal, UsageError(error.format_message().rstrip("."), hint))
    except AnkiExportError as error:
        code = _fail(terminal, error)
    except OSError as error:  # the machine's fault, wherever it shows
        reason = error.strerror or str(error)
        failure = WriteError(f"cannot read or write {error.filename or 'a file'}: {reason}")
        failure.__cause__ = error
        code = _fail(terminal, failure)
    except (click.Abort, KeyboardInterrupt) as error:
        cause = error.__cause__ or error
        code = INTERRUPTED if type(cause) is KeyboardInterrupt else TERMINATED
        terminal.last("interrupted; nothing half-written is left")
    except Exception:
        import traceback

        terminal.last(*traceback.format_exc().splitlines())
        terminal.last("This is a bug in anki-export; please report it.")
        code = BUG
    sys.exit(terminal.close(code))


def _fail(terminal: Terminal, error: AnkiExportError) -> int:
    """Say what ended the command; gives back its exit code."""
    from anki_export import report

    refused = (errno.EACCES, errno.EPERM, errno.EROFS)
    if isinstance(error, WriteError) and getattr(error.__cause__, "errno", None) in refused:
        error.hint = error.hint or "name a place where you may write: --output FILE, --ledger FILE"
    if terminal.as_json:
        terminal.json(report.error_json(error, ascii_only=not terminal.is_unicode))
    else:
        terminal.last(*report.fault_lines(error.problems), f"error: {error.line}")
    return error.exit_code
