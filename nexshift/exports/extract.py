"""Which rows does an export hold?  All of a company's, of one commit, whatever is imported meanwhile.

There is no key: whoever can read the database file may read all of it.  Everything else is what the service answers
with, the same SELECT and the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from nexshift.config import RESOURCES
from nexshift.errors import BadParameter, BadUsage
from nexshift.query import Query
from nexshift.storage.companies import Company, pick_company
from nexshift.storage.connection import Mode, ReadConnection, open_reader, reading
from nexshift.storage.file_errors import reported
from nexshift.storage.keys import Grant
from nexshift.tables.column import Column
from nexshift.tables.lines import Lines, Style, open_lines
from nexshift.tables.table import Selection, Table
from nexshift.window import parse_window


@dataclass(frozen=True)
class Extract:
    """The rows of a table, inside a read transaction."""

    table: Table
    connection: ReadConnection
    grant: Grant
    query: Query

    def count(self) -> int:
        """How many rows there are; looks through all of them."""
        sql, values = self.table.write_count(self.query, self.grant, Selection(columns=()))
        (rows,) = self.connection.execute(sql, values).fetchone()
        return int(rows)

    @contextmanager
    def lines(self, columns: Sequence[Column], style: Style) -> Iterator[Lines]:
        """The rows, in the table's own order."""
        sql, values = self.table.write(self.query, self.grant, Selection(columns=columns))
        lines = open_lines(self.connection, sql, values, style)
        try:
            yield lines
        finally:
            lines.close()


@contextmanager
def extracting(
    database: Path,
    company: str | None,
    table: Table,
    begin: str | None = None,
    end: str | None = None,
    *,
    mode: Mode = Mode.READ,
) -> Iterator[Extract]:
    """A table's rows from a day or instant to another, both included, as `from` and `to` are over HTTP.

    Raises NexshiftError when the database cannot be read, the company is unknown or not said, or an end is malformed.
    """
    with reported(database), closing(open_reader(database, mode=mode)) as connection, reading(connection):
        picked = pick_company(connection, company)
        try:
            window = parse_window(begin, end, picked.zone)
        except BadParameter as error:
            raise BadUsage(f"--{error.sentence}") from error
        query = Query(window=window, filters=(), format=None, limit=None, after=None, bound_to=())
        yield Extract(table, connection, _grant_all(picked), query)


def _grant_all(company: Company) -> Grant:
    return Grant(
        key_id=0,
        key_name="",
        company_id=company.id,
        company=company.name,
        zone=company.zone,
        resources=frozenset(RESOURCES),
        sites=None,
        rate_limit=None,
        expires_at=None,
    )
