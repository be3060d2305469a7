"""Is a database whole: its pages and indexes, its schema, every foreign key, every rule of every row, and what is
stored of the length of stops and of the numbers of changes?

SQLite finds what is wrong; where it names a table only, the rows are found here, so that each problem is a
sentence that names the row.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from itertools import chain, islice
from pathlib import Path

from nexshift.errors import Refused
from nexshift.storage.change_schema import NUMBERED
from nexshift.storage.checksum import Comparison, checksum_path, compare
from nexshift.storage.companies import find_unknown_zones
from nexshift.storage.downtime import find_wrong_lengths
from nexshift.storage.file_errors import READ_ERRORS, UNUSABLE, is_damage
from nexshift.storage.keys import describe_broken_keys
from nexshift.storage.library import sqlite3
from nexshift.storage.migrations import expected_schema
from nexshift.storage.schema_comparison import SchemaComparison, compare_schema
from nexshift.storage.untouched import checking
from nexshift.storage.write_ahead_log import describe_log_damage, inspect_log

MOST_PROBLEMS = 100  # nobody reads more, and a damaged file can have millions
_UNREADABLE = {*READ_ERRORS, sqlite3.SQLITE_IOERR | 33 << 8}  # the last is SQLITE_IOERR_CORRUPTFS

_OTHER_BYTES = "the file is not the one that {} was written for: it was damaged or changed since"

# How SQLite names a table of which a row breaks a rule: "CHECK constraint failed in run", "NULL value in run.uuid",
# "TEXT value in run.uuid", "non-REAL value in run.units_produced".
_match_table = re.compile(r"(?:CHECK constraint failed in|\S+ value in) (.+?)(?:\.\w+)?").fullmatch


def check(path: Path) -> list[str]:
    """What is wrong with the database, a sentence each, at most MOST_PROBLEMS; nothing when it is whole.

    A checksum beside a copy is compared too.  To be called while nothing in this process has the file open.  Raises
    Refused when the file is missing, not ours, newer or unreadable.
    """
    log = inspect_log(path)
    if log is not None and log.is_damaged:  # not opened, for SQLite would then empty it
        return [describe_log_damage(path, log)]
    comparison = compare(path)
    with checking(path) as connection:
        other_bytes = [_OTHER_BYTES.format(checksum_path(path).name)] if comparison == Comparison.OTHER else []
        problems = find_problems(connection, with_strangers=True)
        zones = () if problems else find_unknown_zones(connection)  # of companies that can be read
        return [*other_bytes, *problems, *zones][:MOST_PROBLEMS]


def find_problems(connection: sqlite3.Connection, *, with_strangers: bool = False) -> list[str]:
    """The same of an open connection, inside its transaction if it has one; what is not ours only if that is wanted."""
    problems: list[str] = []
    schema = SchemaComparison((), (), ())
    try:
        tables = {each.name: each.sql or "" for each in expected_schema(connection) if each.kind == "table"}
        tables = {name: sql for name, sql in tables.items() if "sqlite_" not in name}
        schema = compare_schema(connection)
        found = chain(
            schema.describe_strangers() if with_strangers else (),
            schema.describe_ours(),
            _find_broken_rows(connection, tables),
            _find_dangling_rows(connection, tables),
            _find_undecodable_rows(connection, tables),
            describe_broken_keys(connection),
        )
        for problem in islice(found, MOST_PROBLEMS):
            problems.append(problem)
        # Computed only from rows that keep every rule.
        return problems or list(
            islice(chain(_find_wrong_lengths(connection), _find_wrong_numbers(connection, tables)), MOST_PROBLEMS)
        )
    except UNUSABLE as error:
        # Other errors of the disk, as when it is full, say nothing about the file.
        if not is_damage(error) and getattr(error, "sqlite_errorcode", None) not in _UNREADABLE:
            # Such as a definition that was changed, or an index of somebody else over a function that is not here, over
            # which SQLite's own checks have stumbled.
            if problems or schema.strangers:
                return problems or list(islice(schema.describe_strangers(), MOST_PROBLEMS))
            raise
        return [*problems, f"the file is damaged: {error}"][:MOST_PROBLEMS]


def refuse_problems(connection: sqlite3.Connection, sentence: str) -> None:
    """Raise Refused, with that sentence and the first problem, unless the database is whole."""
    problems = find_problems(connection)
    if problems:
        count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems, the first of them"
        raise Refused(f"{sentence} ({count}: {problems[0]})", hint="see all with: nexshift --db FILE check")


def _find_broken_rows(connection: sqlite3.Connection, schema: dict[str, str]) -> Iterator[str]:
    if _is_read_only(connection):
        for table, definition in schema.items():
            yield from _find_rule_breakers(connection, table, definition)
    seen = set()
    for (line,) in connection.execute(f"PRAGMA integrity_check({MOST_PROBLEMS})").fetchall():
        match = _match_table(line)
        if line == "ok" or (match and (match[1] in seen or match[1] not in schema)):  # whose rules are not ours
            continue
        found = False
        if match:
            seen.add(match[1])
            for sentence in _find_rule_breakers(connection, match[1], schema[match[1]]):
                found = True
                yield sentence
        if not found:
            yield f"the file is damaged: {' '.join(line.split())}"


def _is_read_only(connection: sqlite3.Connection) -> bool:
    """Whether SQLite may not write the file, for then its own check leaves the CHECK constraints out."""
    # As bytes: the name of a file need not be text.
    query = "SELECT CAST(file AS BLOB) FROM pragma_database_list WHERE name = 'main'"
    (file,) = connection.execute(query).fetchone()
    return bool(file) and not os.access(file, os.W_OK)


def _find_rule_breakers(connection: sqlite3.Connection, table: str, definition: str) -> Iterator[str]:
    """Each row that an empty table of that definition does not take, and why."""
    trial = sqlite3.connect(":memory:", isolation_level=None)
    trial.execute(definition)
    rows = connection.execute(f"SELECT * FROM {table}")
    columns = [column[0] for column in rows.description]
    values = ", ".join("?" * len(columns))
    insertion = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({values})"
    try:
        for row in rows:
            trial.execute("BEGIN")
            try:
                trial.execute(insertion, row)
            except sqlite3.IntegrityError as error:
                yield f"{_name_row(table, columns, row)} breaks a rule: {error}"
            if trial.in_transaction:
                trial.execute("ROLLBACK")
    except sqlite3.OperationalError:  # the table lacks a column, which the look at the schema has reported
        return
    finally:
        trial.close()


def _find_undecodable_rows(connection: sqlite3.Connection, schema: dict[str, str]) -> Iterator[str]:
    """Each row with a text that is no UTF-8, which SQLite does not look for."""
    for table in schema:
        texts = [column[1] for column in connection.execute(f"PRAGMA table_info({table})") if column[2] == "TEXT"]
        if not texts:
            continue
        for row in connection.execute(f"SELECT {', '.join(f'CAST({text} AS BLOB)' for text in texts)} FROM {table}"):
            for column, value in zip(texts, row, strict=True):
                if value is not None and not _is_utf8(value):
                    shown = tuple(each and each.decode(errors="replace") for each in row)
                    yield f"{_name_row(table, texts, shown)} has a {column} that is no text"


def _is_utf8(value: bytes) -> bool:
    try:
        value.decode()
    except UnicodeDecodeError:
        return False
    return True


def _find_dangling_rows(connection: sqlite3.Connection, schema: dict[str, str]) -> Iterator[str]:
    rows = connection.execute("PRAGMA foreign_key_check")
    broken = {(table, number) for table, _, _, number in rows if table in schema}
    for table, number in sorted(broken):
        yield from _find_children_without_parent(connection, table, number)


def _find_children_without_parent(connection: sqlite3.Connection, table: str, number: int) -> Iterator[str]:
    keys = [key for key in connection.execute(f"PRAGMA foreign_key_list({table})") if key[0] == number]
    parent = keys[0][2]
    pairs = [(key[3], key[4]) for key in keys]
    match = " AND ".join(f"parent.{there} = child.{here}" for here, there in pairs)
    given = " AND ".join(f"child.{here} IS NOT NULL" for here, _ in pairs)
    rows = connection.execute(
        f"SELECT child.* FROM {table} child WHERE {given} AND NOT EXISTS (SELECT 1 FROM {parent} parent WHERE {match})"
    )
    columns = [column[0] for column in rows.description]
    for row in rows:
        values = dict(zip(columns, row, strict=True))
        reference = ", ".join(f"{here} {values[here]}" for here, _ in pairs)
        yield f"{_name_row(table, columns, row)} refers to a row of {parent} that is not there: {reference}"


def _find_wrong_lengths(connection: sqlite3.Connection) -> Iterator[str]:
    for uuid, stored, computed in find_wrong_lengths(connection):
        yield f"run {uuid} says that it was down for {stored} s; its stops make {computed} s"


def _find_wrong_numbers(connection: sqlite3.Connection, schema: dict[str, str]) -> Iterator[str]:
    """What would keep a client from learning of a change."""
    if "commit_sequence" not in schema:  # a database of an earlier version
        return
    # In an earlier version all companies have one number.
    own = "sequence.company_id = {}" if "company_id" in schema["commit_sequence"] else "TRUE"
    numbers = f"SELECT 1 FROM commit_sequence sequence WHERE {own.format('company.id')}"
    for (company,) in connection.execute(f"SELECT name FROM company WHERE NOT EXISTS ({numbers})"):
        yield f'commit_sequence has no row of "{company}", so its changes have no number'
    if connection.execute("SELECT 1 FROM commit_sequence WHERE is_held <> 0").fetchone():
        yield "commit_sequence is held, so changes of other programs have no number"
    numbered = [(table, "changed") for table in NUMBERED if table in schema]  # a later step may have added the others
    for table, column in (*numbered, ("deletion", "sequence")):
        identity = "id" if table == "deletion" else "uuid"
        later = (
            f"SELECT row.{identity}, row.{column}, sequence.value FROM {table} row"
            f" JOIN commit_sequence sequence ON {own.format('row.company_id')} WHERE row.{column} > sequence.value"
        )
        for name, number, value in connection.execute(later):
            yield f"{table} {name} has the number {number}, which is above the last one, {value}"


def _name_row(table: str, columns: list[str], row: tuple[object, ...]) -> str:
    values = dict(zip(columns, row, strict=True))
    if "uuid" in values:
        return f"{table} {values['uuid']}"
    if "id" in values:
        return f"{table} {values['id']}"
    return f"{table} ({', '.join(f'{name} {value}' for name, value in values.items())})"
