"""`nexshift import`, `delete` and `template`: records go in, and out again."""

from __future__ import annotations

import csv
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import BinaryIO

import click

from nexshift.cli.outcome import describe, show_notes, show_problems
from nexshift.cli.paths import AnyPath, FilePath
from nexshift.cli.printing import print_json, say, telling, writing_output
from nexshift.cli.settings import Settings, company_option, warn_of_exposures
from nexshift.config import PROGRESS_MIN_BYTES
from nexshift.errors import Refused
from nexshift.storage.companies import pick_company
from nexshift.storage.deletion import delete_rows
from nexshift.storage.importing import ENTITIES, find_entity, find_files, import_paths
from nexshift.storage.importing.files import list_skipped
from nexshift.storage.importing.standard_input import received
from nexshift.storage.library import sqlite3
from nexshift.storage.untouched import trying

REJECTED = 3
"""The exit code of an import that left rows out."""
_ENTITY = click.Choice(list(ENTITIES), case_sensitive=False)
_ENTITIES = f"ENTITY is one of: {', '.join(ENTITIES)}."


@click.command("import", epilog=_ENTITIES)
@click.argument("paths", metavar="PATH...", nargs=-1, required=True, type=AnyPath())
@company_option
@click.option("--as", "entity", type=_ENTITY, metavar="ENTITY", help="What the files hold, whatever their names.")
@click.option(
    "--create", is_flag=True, help="Create sites, machines, products … that rows name and that are not there."
)
@click.option(
    "--skip-bad", is_flag=True, help="Load the good rows and write the others to NAME.rejects.csv (of JSON: .ndjson)."
)
@click.option("--dry-run", is_flag=True, help="Check everything and report, but change nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print the counts, and what else is said, as JSON for programs.")
@click.pass_context
def import_(
    context: click.Context,
    paths: tuple[Path, ...],
    *,
    company: str | None,
    entity: str | None,
    create: bool,
    skip_bad: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Load records from CSV, JSON or NDJSON files, or a folder.

    A file is named after what it holds: sites.csv, machines.csv, runs.csv … (`nexshift template ENTITY` prints the
    columns). Loading a file again changes nothing, and a changed row is updated.

    All files of a call are loaded, or none: if any row is bad, nothing is written and every bad row is named as
    file:line: column: reason. With --skip-bad the good rows are loaded, and the others are written to
    runs.rejects.csv beside runs.csv; correct them there and import that file. Then the exit code is 3.

    Names that were created are said, with the known name that each resembles, and so is what is odd about the rows:
    runs of a machine that overlap, stops outside of their run, a machine that moves with its past.

    With - standard input is read, as CSV, JSON or NDJSON; its rejects go to the folder you are in.

    \b
    nexshift import records/
    nexshift import --dry-run runs.csv scrap.csv downtime.csv
    nexshift import --as runs march.csv
    mes-export --today | nexshift import - --as runs
    """
    settings = context.ensure_object(Settings)
    warn_of_exposures(settings.database)
    with received(paths, entity, _standard_input()) as given, _opened(settings, is_trial=dry_run) as connection:
        picked = pick_company(connection, company)
        files = find_files(given, entity)
        with _progress(sum(file.size for file in files)) as progress:
            report = import_paths(
                connection,
                picked,
                given,
                entity=entity,
                create=create,
                skip_bad=skip_bad,
                dry_run=dry_run,
                progress=progress,
            )
    for line in list_skipped(paths, entity):
        say(line, err=True)
    show_problems(report.problems)
    if not report.is_refused:
        show_notes(report)
    for path in report.rejects_files:
        say(f"{path}: the rejected rows; correct them and import that file", err=True)
    with telling("the rows are stored") if report.is_written else nullcontext():
        if as_json:
            print_json(describe(report))
        else:
            say(report.summary())
    if report.is_refused:
        skip = ", or load the good rows alone with --skip-bad" if report.rejected else ""
        raise Refused(
            "nothing was imported, because of the above", hint=f"correct the files and import them again{skip}"
        )
    if report.rejected:
        context.exit(REJECTED)


@click.command(epilog=_ENTITIES)
@click.argument("entity", type=_ENTITY, metavar="ENTITY")
@click.argument("file", type=FilePath())
@company_option
@click.option("--dry-run", is_flag=True, help="Check everything and count, but delete nothing.")
@click.pass_obj
def delete(settings: Settings, entity: str, file: Path, company: str | None, dry_run: bool) -> None:
    """Delete the rows that a file names, all of them or none.

    The file is like one for import, also - for standard input, but only the id, or the columns that a row is recognised
    by, are looked at. What exists only inside of a row goes with it: the scrap and downtime of a run, the ingredients
    of a batch, the maintenance of an asset, the standards of a machine or product. A row that others refer to is kept
    and named.

    \b
    nexshift delete runs wrong-runs.csv --dry-run
    """
    with received([file], entity, _standard_input()) as (given,), _opened(settings, is_trial=dry_run) as connection:
        report = delete_rows(connection, pick_company(connection, company), entity, given, dry_run=dry_run)
    show_problems(report.problems)
    if report.problems:
        raise Refused("nothing was deleted, because of the above", hint="correct the file and run the command again")
    with nullcontext() if dry_run else telling("the rows are deleted"):
        say(f"{report.deleted} would be deleted" if dry_run else f"{report.deleted} deleted")


@click.command(epilog=_ENTITIES)
@click.argument("entity", type=_ENTITY, metavar="ENTITY")
def template(entity: str) -> None:
    """Print the columns of an entity as CSV, with an example row.

    \b
    nexshift template runs > runs.csv
    """
    with writing_output():
        csv.writer(sys.stdout, lineterminator="\n").writerows(find_entity(entity).template)
        sys.stdout.flush()


def _standard_input() -> BinaryIO | None:
    """None where whoever started this program has closed it, as some services do."""
    return getattr(sys.stdin, "buffer", None)


def _opened(settings: Settings, *, is_trial: bool) -> AbstractContextManager[sqlite3.Connection]:
    return trying(settings.database) if is_trial else settings.writer()


@contextmanager
def _progress(total_bytes: int) -> Iterator[Callable[[int], None] | None]:
    """A bar for long files, when somebody watches."""
    if total_bytes < PROGRESS_MIN_BYTES or not sys.stderr.isatty():
        yield None
        return
    with click.progressbar(length=total_bytes, label="Importing", file=sys.stderr) as bar:
        yield bar.update


COMMANDS = (import_, delete, template)
