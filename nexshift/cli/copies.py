"""`nexshift backup`, `restore` and `check`: keeping the records safe."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import click

from nexshift.cli.paths import FilePath
from nexshift.cli.printing import print_json, say, telling
from nexshift.cli.settings import Settings, warn_of_library
from nexshift.errors import NexshiftError, Refused
from nexshift.storage.backup import backup as make_backup
from nexshift.storage.connection import open_key_reader
from nexshift.storage.integrity import MOST_PROBLEMS
from nexshift.storage.integrity import check as find_problems
from nexshift.storage.keys import list_keys
from nexshift.storage.library import sqlite3
from nexshift.storage.restore import restore as put_back

_FILE = click.argument("file", type=FilePath("database file"))


@click.command()
@_FILE
@click.pass_obj
def backup(settings: Settings, file: Path) -> None:
    """Copy the database to FILE, also while the service runs.

    Records may be imported meanwhile. The copy is checked before it gets its name, only this user may read it, and its
    SHA-256 stands beside it in FILE.sha256: keep the two together. An existing FILE is never overwritten; put the date
    into the name.

    \b
    nexshift backup plant-2026-03-31.db
    """
    strangers = make_backup(settings.database, file)
    with telling("the copy is made"):
        say(f"Copied {settings.database} to {file} ({file.stat().st_size / 1e6:.1f} MB).")
    if strangers:
        say(f"Warning: a restore of it will leave out what is not Nexshift's: {', '.join(strangers)}", err=True)


@click.command()
@_FILE
@click.option("--no-save", is_flag=True, help="Give up what is replaced, when there is no room to keep it.")
@click.pass_obj
def restore(settings: Settings, file: Path, *, no_save: bool) -> None:
    """Put a copy back as the database.

    All records and keys become what they were when FILE was made. What is replaced is kept beside the database, under
    its name with .before-restore- and the time. FILE is checked first, with its SHA-256 where that stands beside it;
    when anything is wrong, the database stays as it is. Tables, views, indexes and triggers in it that are not
    Nexshift's are left out, and named. The service may keep running.

    \b
    nexshift restore plant-2026-03-31.db
    """
    left_out: list[str] = []
    saved = put_back(settings.database, file, keep=not no_save, on_left_out=left_out.extend)
    with telling("the copy is put back"):
        say(f"Put {file} back as {settings.database}.")
    if left_out:
        say(f"Left out, because it is not Nexshift's: {', '.join(left_out)}. It is still in {file}.", err=True)
    if saved is not None:
        say(f"What it replaced is kept as {saved}.", err=True)
    good = _count_good_keys(settings.database)
    if good:
        say(
            f"{good} {'key is' if good == '1' else 'keys are'} good again as of that copy; "
            "revoke those that were revoked since (nexshift key list).",
            err=True,
        )


def _count_good_keys(database: Path) -> str:
    """In words; what was put back stays so when it cannot be read at once, as on a disk that is full now."""
    try:
        with closing(open_key_reader(database)) as connection:
            records = list_keys(connection)
    except (NexshiftError, sqlite3.DatabaseError):
        return "All"
    good = sum(record.revoked_at is None and not record.has_expired for record in records)
    return str(good or "")


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print the problems as a JSON list, for programs.")
@click.pass_obj
def check(settings: Settings, as_json: bool) -> None:
    """Look for damage in the database.

    Every page, index, reference between records, and rule of every record is looked at, and of a copy its SHA-256.
    Tables, views, indexes and triggers that are not Nexshift's are named. Prints OK, or a line for each problem, naming
    the table and the record; then the exit code is 1.

    \b
    nexshift check
    nexshift --db plant-2026-03-31.db check
    """
    warn_of_library()
    problems = find_problems(settings.database)
    if as_json:
        print_json(problems)
    else:
        for problem in problems or ["OK"]:
            say(problem)
    if problems:
        count = f"{len(problems)} or more" if len(problems) == MOST_PROBLEMS else str(len(problems))
        raise Refused(
            f"{settings.database} has {count} {'problem' if len(problems) == 1 else 'problems'}",
            hint="where the line says nothing else, put back a copy that is whole with: nexshift restore FILE",
        )


COMMANDS = (backup, restore, check)
