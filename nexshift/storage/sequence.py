"""Which number do the changes of a transaction have, and which does a token have to be?

change_schema.py says what the numbers are for.  Every other writer gets a new one for each row, from triggers; what
this program writes in bulk has one for the whole transaction.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from nexshift.storage.connection import writing
from nexshift.storage.library import sqlite3

NUMBER = "(SELECT value FROM commit_sequence)"
"""The number that is held, as SQL for the column `changed`."""

_HOLD = "UPDATE commit_sequence SET value = value + 1, is_held = 1"
_RELEASE = "UPDATE commit_sequence SET is_held = 0"
# Above all that the database in its place, the one that was there before and any of the same time ever gave.
_RESTART = (
    "UPDATE commit_sequence SET is_held = 0,"
    " (value, restarted) = (SELECT number, number FROM"
    " (SELECT 1 + max(value, ?, CAST(strftime('%s', 'now') AS INTEGER) * 1000) AS number))"
)


class Sequence(NamedTuple):
    """The number of the last change, and the lowest one that is still good as a token."""

    value: int
    restarted: int


def read_sequence(connection: sqlite3.Connection) -> Sequence:
    """Those of the commit that the connection reads."""
    return Sequence(*connection.execute("SELECT value, restarted FROM commit_sequence").fetchone())


@contextmanager
def writing_changes(connection: sqlite3.Connection) -> Iterator[None]:
    """One write transaction whose changes have one number.

    Statements inside write that number (NUMBER) into the column `changed` themselves, or triggers do; they never
    REPLACE.  Where they write nothing, nothing is committed, and the number stays what it was.
    """
    with writing(connection):
        connection.execute(_HOLD)
        before = connection.total_changes
        yield
        if connection.total_changes != before:
            connection.execute(_RELEASE)
        else:
            connection.execute("ROLLBACK")
            connection.execute("BEGIN")


def restart(connection: sqlite3.Connection, above: int) -> None:
    """Refuse every token that was given until now, of which `above` is one, because other rows are there now."""
    connection.execute(_RESTART, (above,))
