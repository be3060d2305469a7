"""What does one call of import do, from its paths to its report?

All files are one transaction.  Without `skip_bad` a single bad row undoes everything, but the call goes on to the end
to name them all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from itertools import groupby

from nexshift.config import IMPORT_CACHE_KIB
from nexshift.storage.companies import Company
from nexshift.storage.connection import open_scratch
from nexshift.storage.downtime import store_lengths
from nexshift.storage.importing.files import Given, ImportFile, find_files
from nexshift.storage.importing.load import Load
from nexshift.storage.importing.missing import MissingNames
from nexshift.storage.importing.names import Names
from nexshift.storage.importing.older_spellings import OlderSpellings
from nexshift.storage.importing.plan import Plan
from nexshift.storage.importing.rejects import Rejects
from nexshift.storage.importing.report import Report
from nexshift.storage.importing.sources import open_source
from nexshift.storage.library import sqlite3
from nexshift.storage.sequence import writing_changes
from nexshift.storage.uuids import new_uuids


class _Undone(Exception):
    """Rolls the transaction back."""


def import_paths(
    connection: sqlite3.Connection,
    company: Company,
    paths: Sequence[Given],
    *,
    entity: str | None = None,
    create: bool = False,
    skip_bad: bool = False,
    dry_run: bool = False,
    progress: Callable[[int], None] | None = None,
) -> Report:
    """Load files and folders into a company, all or nothing.

    `entity` names what the files hold, where their names do not.  `create` stores names that are not there;
    `skip_bad` leaves bad rows out and writes them to rejects files; `dry_run` only reports.  `progress` is told
    how many bytes more were read.  Raises Refused when a file as a whole makes no sense.
    """
    files = find_files(paths, entity)
    report = Report(is_trial=dry_run)
    _check_headers(files, company, report)
    if report.problems:
        report.is_refused = True
        return report
    missing = MissingNames(connection, company.id)
    names = Names(
        connection,
        company.id,
        create,
        new_uuids().__next__,
        missing,
        OlderSpellings(connection, company.id),
        report.created,
    )
    rejects = Rejects()
    try:
        with (
            closing(open_scratch()) as scratch,
            _large_cache(connection),
            writing_changes(connection, company.id),
        ):
            for _, group in groupby(enumerate(files), key=lambda numbered: numbered[1].entity.name):
                load = Load(
                    connection,
                    scratch,
                    company.zone,
                    names,
                    files=dict(group),
                    report=report,
                    rejects=rejects if skip_bad and not dry_run else None,
                    progress=progress or _ignore,
                )
                load.run()
            report.is_refused = bool(report.rejected) and not skip_bad
            if dry_run or report.is_refused:
                raise _Undone
            store_lengths(connection)
            rejects.prepare()
        report.is_written = True
        report.rejects_files = rejects.publish()
    except _Undone:
        if report.is_refused:
            report.added = report.updated = report.unchanged = 0
            report.created.clear()
    finally:
        rejects.close()
    return report


def _check_headers(files: Sequence[ImportFile], company: Company, report: Report) -> None:
    """Find misspelt columns before the first of perhaps a million rows is read."""
    for file in files:
        with open_source(file.path, file.entity.columns, file.shown) as source:
            if source.header is not None:
                plan = Plan(file.entity, source.header, company.zone, source.style)
                report.problems.add(file.shown, source.header_line, plan.problems)


def _ignore(_bytes: int) -> None:
    pass


@contextmanager
def _large_cache(connection: sqlite3.Connection) -> Iterator[None]:
    (before,) = connection.execute("PRAGMA cache_size").fetchone()
    connection.execute(f"PRAGMA cache_size = -{IMPORT_CACHE_KIB}")
    try:
        yield
    finally:
        connection.execute(f"PRAGMA cache_size = {before}")
