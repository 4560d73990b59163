"""The command line: wires options to the pipeline; commands print through ``terminal``."""

from __future__ import annotations

import os
import sys
import time
import traceback
import webbrowser
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import click

from anki_export import __version__, pipeline, report
from anki_export.config import FILE_NAME, Config, beside, find_config, load_config
from anki_export.config.reference import example_file
from anki_export.model import Seconds
from anki_export.names import output_fault, package_name
from anki_export.preview.page import EDITORS, editor_fault, write_export
from anki_export.preview.server import Server
from anki_export.problems import AnkiExportError, Severity, UsageError, WriteError
from anki_export.terminal import Terminal
from anki_export.watch import Edits

F = TypeVar("F", bound=Callable[..., Any])

DONE, WITH_PROBLEMS, INTERRUPTED, BUG = 0, 1, 130, 70
"""Exit codes; those of expected errors are theirs (2, 3, 4)."""

_PATH = click.Path(path_type=Path)


def _common(command: F) -> F:
    """Add the options that every command has."""
    options = (
        click.option("--config", "config_file", type=_PATH, help="Configuration file to use."),
        click.option("--ledger", type=_PATH, help="Ledger to use instead of the notes' own."),
        click.option("--json", "as_json", is_flag=True, help="Report as one JSON object."),
        click.option("--quiet", "-q", is_flag=True, help="Say nothing but errors."),
        click.option("--no-cache", is_flag=True, help="Reserved: there is no cache yet."),
    )
    for option in reversed(options):
        command = option(command)
    return command


def _building(command: F) -> F:
    """Add the options of the commands that make a package, or would."""
    options = (
        click.argument("notes", type=_PATH, default=Path("notes")),
        click.option("-o", "--output", type=_PATH, help="Package to write (.apkg)."),
        click.option("--templates", type=_PATH, help="Folder with your own card templates."),
        click.option("--touch-all", is_flag=True, help="Let the notes win over edits in Anki."),
        click.option("--allow-retire", is_flag=True, help="Retire any number of cards."),
    )
    for option in reversed(options):
        command = option(command)
    return _common(command)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="anki-export")
def cli() -> None:
    """Turn a folder of Markdown study notes into an Anki package.

    Edit the notes, export again, import again: no review is lost.

    Exit codes: 0 fine; 1 done, but some notes have problems; 2 usage or configuration;
    3 cannot write; 4 too many cards would retire.
    """


@cli.command()
@_building
@click.option("--strict", is_flag=True, help="Write nothing if a note has any problem.")
@click.option("--watch", is_flag=True, help="Build again on every edit, until Ctrl-C.")
def build(notes: Path, strict: bool, watch: bool, **options: Any) -> int:
    """Make the package of NOTES (default: notes/)."""

    def once() -> int:
        session = _Session(notes, options)
        result = pipeline.build(session.job(strict=strict), session.terminal.progress)
        return session.finish(result)

    return _again_and_again(once, _Session(notes, options)) if watch else once()


@cli.command()
@_building
def plan(notes: Path, **options: Any) -> int:
    """Show what a build would change, card by card; write nothing."""
    session = _Session(notes, options)
    result = pipeline.plan(session.job(), session.terminal.progress)
    session.terminal.diff(report.plan_lines(result))
    return session.finish(result)


@cli.command()
@_building
@click.option("--export", type=_PATH, metavar="FILE.html", help="Write one file instead.")
@click.option("--no-open", is_flag=True, help="Do not open the browser.")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Default: any free one.")
@click.option(
    "--editor",
    envvar="ANKI_EXPORT_EDITOR",
    default="",
    help=f"Open source lines in {', '.join(EDITORS)}, or at an address with {{path}}, {{line}}.",
)
def preview(
    notes: Path, export: Path | None, no_open: bool, port: int, editor: str, **options: Any
) -> int:
    """Show the cards of NOTES on a local page, front and back; write nothing to the notes."""
    session = _Session(notes, options)
    if fault := editor_fault(editor):
        raise UsageError(fault, f"known editors: {', '.join(EDITORS)}")
    if export:
        result, content = pipeline.preview(session.job(), session.terminal.progress)
        write_export(content, export)
        return session.finish(replace(result, output=str(export), written=True))
    with Server(port) as server:
        session.terminal.say(server.url)
        if not no_open:
            webbrowser.open(server.url)

        def once() -> int:
            session = _Session(notes, options)
            result, content = pipeline.preview(session.job(), session.terminal.progress)
            server.show(replace(content, editor=editor))
            return session.finish(result)

        return _again_and_again(once, session, on_error=server.say)


@cli.command()
@click.argument("notes", type=_PATH, default=Path("notes"))
@_common
def check(notes: Path, **options: Any) -> int:
    """Report problems in the notes; write nothing."""
    session = _Session(notes, options)
    result = pipeline.check(session.job(), session.terminal.progress)
    return session.finish(result)


@cli.command()
@click.argument("notes", type=_PATH, default=Path("notes"))
@_common
def init(notes: Path, **options: Any) -> int:
    """Write a commented configuration and show what NOTES would give."""
    session = _Session(notes, options, configured=False)
    target: Path = options["config_file"] or beside(notes) / FILE_NAME
    if not notes.is_dir():
        raise UsageError(f"{notes}: no such folder", "name the folder that holds your notes")
    found = target if target.exists() else find_config(notes)
    if found:
        raise UsageError(f"{found} is there already", "edit it, or remove it first")
    try:
        target.write_text(example_file(), encoding="utf-8")
    except OSError as error:
        raise WriteError(f"cannot write {target}: {error.strerror}") from error
    session.terminal.say(f"wrote {target}")
    result = pipeline.check(session.job(), session.terminal.progress)
    return session.finish(result)


@cli.command()
@_building
@click.option("--strict", is_flag=True, help="Write nothing if a note has any problem.")
def prune(notes: Path, strict: bool, **options: Any) -> int:
    """Build without the retired cards, for good."""
    session = _Session(notes, options)
    result = pipeline.build(session.job(strict=strict, prune=True), session.terminal.progress)
    return session.finish(result)


@cli.command()
@click.argument("packages", type=_PATH, nargs=-1, required=True)
@click.option("--notes", type=_PATH, default=Path("notes"), help="The notes' folder.")
@_common
def recover(packages: tuple[Path, ...], notes: Path, **options: Any) -> int:
    """Rebuild a lost ledger from PACKAGES, earlier ones or Anki's own exports."""
    session = _Session(notes, options)
    result = pipeline.recover(packages, session.job(), session.terminal.progress)
    return session.finish(result)


# --------------------------------------------------------------------------- watching


def _again_and_again(
    once: Callable[[], int], session: _Session, on_error: Callable[[str], None] = lambda _: None
) -> NoReturn:
    """Run now and after every edit, until Ctrl-C; what goes wrong waits for the next edit."""
    with session.edits() as edits:
        while True:
            try:
                once()
            except AnkiExportError as error:
                session.terminal.error(error)
                on_error(f"{error.message} ({error.hint})" if error.hint else error.message)
            edits.wait()


# --------------------------------------------------------------------------- a run


class _Session:
    """One command's run: its options resolved, its clock, its terminal."""

    def __init__(self, notes: Path, options: dict[str, Any], *, configured: bool = True) -> None:
        self._start = time.monotonic()
        self._notes = notes
        self._options = options
        self._file: Path | None = None
        if configured:
            self._file = options["config_file"] or find_config(notes)
        self._config = load_config(self._file) if self._file else Config()
        self.terminal = Terminal(as_json=options["as_json"], quiet=options["quiet"])

    def job(self, *, strict: bool = False, prune: bool = False) -> pipeline.Job:
        """What the pipeline has to know."""
        options = self._options
        return pipeline.Job(
            notes=self._notes,
            config=self._config,
            output=self._output(),
            ledger=options["ledger"],
            templates=options.get("templates") or self._relative(self._config.templates),
            build_time=_build_time(),
            touch_all=options.get("touch_all", False),
            allow_retire=options.get("allow_retire", False),
            strict=strict,
            prune=prune,
        )

    def edits(self) -> Edits:
        """What to wait for: edits of the notes, of their configuration and of the templates."""
        job = self.job()
        folders = [job.notes, *([job.templates] if job.templates else [])]
        around = beside(job.notes)
        files = [self._file] if self._file else [around / FILE_NAME, job.notes / FILE_NAME]
        return Edits(folders, files, ignored=[job.output])

    def finish(self, result: report.Result) -> int:
        """Print the result and give back the exit code."""
        failed = any(one.severity is Severity.ERROR for one in result.problems)
        code = WITH_PROBLEMS if failed or result.faulty or result.refused else DONE
        seconds = time.monotonic() - self._start
        self.terminal.problems(result.problems)
        self.terminal.result(result, seconds, code)
        return code

    def _output(self) -> Path:
        """The package's path, safe for the collection that imports it."""
        default = Path("build") / package_name(self._config.root_deck)
        given: Path | None = self._options.get("output")
        path = given or self._relative(self._config.output) or default
        if path.is_dir():
            hint = f"name a file in it, for example {path / default.name}"
            raise UsageError(f"{path} is a folder", hint)
        if fault := output_fault(path):
            raise UsageError(fault, "choose another name")
        return path

    def _relative(self, path: str) -> Path | None:
        """A path of the configuration: relative to its file."""
        if not path:
            return None
        return self._file.parent / path if self._file else Path(path)


def _build_time() -> Seconds:
    """Now, or what ``SOURCE_DATE_EPOCH`` says (the reproducible builds' specification)."""
    given = os.environ.get("SOURCE_DATE_EPOCH", "")
    if not given:
        return Seconds(int(time.time()))
    if not given.isascii() or not given.isdigit() or not int(given):
        raise UsageError(f"SOURCE_DATE_EPOCH={given} is no time", "it counts seconds since 1970")
    return Seconds(int(given))


def main(arguments: list[str] | None = None) -> NoReturn:
    """Run a command and exit with its code; a bug shows its traceback (exit 70)."""
    given = sys.argv[1:] if arguments is None else arguments
    terminal = Terminal(as_json="--json" in given, quiet=False)
    try:
        code = cli.main(given, prog_name="anki-export", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        code = terminal.help(error.format_message(), error.exit_code)
    except click.ClickException as error:
        code = terminal.error(UsageError(error.format_message().rstrip("."), _help_hint(error)))
    except AnkiExportError as error:
        code = terminal.error(error)
    except OSError as error:  # the machine's fault, wherever it shows
        reason = error.strerror or str(error)
        where = error.filename or "a file"
        code = terminal.error(WriteError(f"cannot read or write {where}: {reason}"))
    except (click.Abort, KeyboardInterrupt):
        code = terminal.interrupted(INTERRUPTED)
    except Exception:
        terminal.bug(traceback.format_exc())
        code = BUG
    terminal.close()
    sys.exit(code)


def _help_hint(error: click.ClickException) -> str:
    context = getattr(error, "ctx", None)
    return f"see {context.command_path} --help" if context else ""
