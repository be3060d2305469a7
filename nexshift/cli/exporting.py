"""`nexshift export`: a table as a file, without the service."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from nexshift.cli.paths import FilePath
from nexshift.cli.printing import say, telling, writing_output
from nexshift.cli.settings import Settings, company_option
from nexshift.cli.stopping import stopping_when_asked
from nexshift.config import EXPORT_PROGRESS_ROWS
from nexshift.errors import BadUsage, nearest
from nexshift.exports.csv import write_csv
from nexshift.exports.extract import Extract, extracting
from nexshift.exports.files import CSV, FORMATS, PARQUET, load_parquet, write_file
from nexshift.exports.replacing import refuse_other_than_export
from nexshift.storage.reserved import refuse_reserved_name
from nexshift.storage.untouched import untouched_of_this_version
from nexshift.tables import TABLES
from nexshift.tables.table import Table

_BY_NAME = {table.name: table for table in TABLES}
_FORMATS = f"{', '.join(FORMATS[:-1])} or {FORMATS[-1]}"
_STANDARD_OUTPUT = Path("-")


class _TableName(click.ParamType[Table]):
    """A table by its name, or by its path."""

    name = "table"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Table:
        table = _BY_NAME.get(str(value).strip("/").replace("/", "_").replace("-", "_"))
        if table is None:
            meant = nearest(str(value), _BY_NAME)
            proposal = f'; did you mean "{meant}"?' if meant else f"; there are: {', '.join(_BY_NAME)}"
            self.fail(f'there is no table "{value}"{proposal}', param, ctx)
        return table


@click.command(epilog=f"TABLE is one of: {', '.join(_BY_NAME)}.")
@click.argument("table", type=_TableName(), metavar="TABLE")
@click.argument("file", type=FilePath())
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS, case_sensitive=False),
    metavar="FORMAT",
    help=f"{_FORMATS}; without it, what FILE ends with.",
)
@company_option
@click.option("--from", "begin", metavar="DATE", help="Rows of this day or date-time and later.")
@click.option("--to", "end", metavar="DATE", help="Rows of this day or date-time and earlier.")
@click.option(
    "--replace", is_flag=True, help="Put it in the place of FILE, where that is an earlier export in the same format."
)
@click.pass_obj
def export(
    settings: Settings,
    table: Table,
    file: Path,
    *,
    form: str | None,
    company: str | None,
    begin: str | None,
    end: str | None,
    replace: bool,
) -> None:
    """Write a table to a file, also while the service runs.

    All rows of the company are written, of one commit, in the columns that the service shows: a record a row, with what
    it refers to beside it. FILE appears when it is whole, and only this user may read it. An existing one is never
    overwritten; with --replace an earlier export in the same format is, and nothing else. With - the rows go to
    standard output, as CSV.

    With --format parquet, FILE is a folder with a file or more for each month (year_month=2026-03/part-0.parquet), as
    Spark, Trino, DuckDB and pandas read it. It needs pyarrow: pip install pyarrow

    \b
    nexshift export production_runs runs.csv
    nexshift export production_runs --from 2026-01-01 --to 2026-03-31 quarter.xlsx
    nexshift export production_oee_by_day --company "Acme Manufacturing" - | column -s, -t | less
    nexshift export production_runs --format parquet runs
    """
    form = _pick_format(form, file)
    if replace and form == PARQUET:
        raise BadUsage("--replace is for files; a folder of Parquet files is not replaced", hint="choose another name")
    if form == PARQUET:
        load_parquet()  # whose absence is said before any work is done
    if file != _STANDARD_OUTPUT:
        refuse_reserved_name(file)
    if replace and file != _STANDARD_OUTPUT:
        refuse_other_than_export(file, form)
    with (
        untouched_of_this_version(settings.database) as source,
        extracting(source.path, company, table, begin, end, mode=source.mode) as extract,
        stopping_when_asked() as ask,
    ):
        if file == _STANDARD_OUTPUT:
            with writing_output():
                write_csv(extract, sys.stdout.buffer, lambda _: ask())
                sys.stdout.buffer.flush()
            return
        with _progress(extract) as show:

            def progress(rows: int) -> None:
                ask()
                show(rows)

            rows = write_file(extract, form, file, progress, replace=replace)
    with telling("the file is written"):
        say(f"Wrote {rows} {'row' if rows == 1 else 'rows'} of {table.name} to {file}.")


def _pick_format(said: str | None, file: Path) -> str:
    if file == _STANDARD_OUTPUT:
        if said not in {None, CSV}:
            raise BadUsage(f"standard output takes {CSV} only", hint="name a file")
        return CSV
    form = said or file.suffix.removeprefix(".").lower()
    if form not in FORMATS:
        raise BadUsage(f"{file} does not end with a format", hint=f"say which one, {_FORMATS}: --format {CSV}")
    return form


@contextmanager
def _progress(extract: Extract) -> Iterator[Callable[[int], None]]:
    """A bar for many rows, when somebody watches; rows are counted for that alone."""
    rows = extract.count() if sys.stderr.isatty() else 0
    if rows < EXPORT_PROGRESS_ROWS:
        yield lambda _: None
        return
    with click.progressbar(length=rows, label="Exporting", file=sys.stderr) as bar:
        yield bar.update


COMMANDS = (export,)
