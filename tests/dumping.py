"""All that a database holds, as text: to be compared before and after.

`iterdump` of Python's own `sqlite3` does this as well; other modules of the same interface do not have it.
"""

from __future__ import annotations

from collections.abc import Iterator

from nexshift.storage.library import sqlite3


def dump(connection: sqlite3.Connection) -> list[str]:
    """The schema and every row."""
    return [*_dump_schema(connection), *dump_rows(connection)]


def dump_rows(connection: sqlite3.Connection) -> list[str]:
    """Every row of every table, as the table's name and SQL literals."""
    return [row for name in _list_tables(connection) for row in _dump_table(connection, name)]


def _dump_schema(connection: sqlite3.Connection) -> Iterator[str]:
    for (sql,) in connection.execute("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY type, name"):
        yield sql


def _list_tables(connection: sqlite3.Connection) -> list[str]:
    found = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table' AND rootpage > 0 ORDER BY name")
    return [name for (name,) in found]


def _dump_table(connection: sqlite3.Connection, table: str) -> Iterator[str]:
    columns = [row[1] for row in connection.execute(f'PRAGMA table_info("{table}")')]
    literals = " || ', ' || ".join(f'quote("{column}")' for column in columns)
    for (values,) in connection.execute(f'SELECT {literals} FROM "{table}"'):
        yield f"INSERT INTO {table} VALUES ({values})"
