"""Which number do a company's changes in a transaction have, and which does its token have to be?

change_schema.py says what the numbers are for.  Every other writer gets a new one for each row, from triggers; what
this program writes in bulk has one for the whole transaction.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from nexshift.errors import DatabaseUnavailable
from nexshift.storage.connection import writing
from nexshift.storage.library import sqlite3

_HOLD = "UPDATE commit_sequence SET value = value + 1, is_held = 1 WHERE company_id = ?"
_RELEASE = "UPDATE commit_sequence SET is_held = 0 WHERE company_id = ?"
_NOW = "CAST(strftime('%s', 'now') AS INTEGER) * 1000"
_HIGHEST = "SELECT coalesce(max(value), 0) FROM commit_sequence"
# One number for all companies: a company may have had another id in what was there before.
_RESTART = (
    "UPDATE commit_sequence SET is_held = 0,"
    f" (value, restarted) = (SELECT number, number FROM (SELECT 1 + max(({_HIGHEST}), ?, {_NOW}) AS number))"
)


class Sequence(NamedTuple):
    """The number of the last change, and the lowest one that is still good as a token."""

    value: int
    restarted: int


def read_sequence(connection: sqlite3.Connection, company: int) -> Sequence:
    """Those of the company in the commit that the connection reads; DatabaseUnavailable where it has none."""
    found = connection.execute("SELECT value, restarted FROM commit_sequence WHERE company_id = ?", (company,))
    numbers = found.fetchone()
    if numbers is None:
        raise DatabaseUnavailable(
            f"the changes of company {company} have no number", hint="see what is wrong with: nexshift check"
        )
    return Sequence(*numbers)


def read_highest(connection: sqlite3.Connection) -> int:
    """The highest number of any company, in a database of this version or an earlier one; 0 where it has none."""
    (number,) = connection.execute(_HIGHEST).fetchone()
    return int(number)


def number_of(company: int) -> str:
    """The number of the company's last change, as SQL for the column `changed`."""
    return f"(SELECT value FROM commit_sequence WHERE company_id = {company:d})"


@contextmanager
def writing_changes(connection: sqlite3.Connection, company: int) -> Iterator[None]:
    """One write transaction of the company, whose changes have one number.

    Statements inside write that number (number_of) into the column `changed` themselves, or triggers do; they never
    REPLACE.  Where they write nothing, nothing is committed, and the number stays what it was.
    """
    with writing(connection):
        connection.execute(_HOLD, (company,))
        before = connection.total_changes
        yield
        if connection.total_changes != before:
            connection.execute(_RELEASE, (company,))
        else:
            connection.execute("ROLLBACK")
            connection.execute("BEGIN")


def restart(connection: sqlite3.Connection, above: int) -> None:
    """Refuse every token of every company that was given until now, of which none is higher than `above`.

    To be called when other rows are there than those that they were given for.
    """
    connection.execute(_RESTART, (above,))
