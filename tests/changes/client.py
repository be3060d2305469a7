"""A client that keeps a copy of each table and asks for increments, as docs/api.md tells it to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from nexshift.changes import settle
from nexshift.errors import BadParameter
from nexshift.query import parse_query
from nexshift.storage.connection import ReadConnection, reading
from nexshift.storage.keys import Grant
from nexshift.tables import TABLES
from nexshift.tables.deletions import DELETIONS_TABLE
from nexshift.tables.lines import json_style, open_lines
from nexshift.tables.table import Selection, Table
from tests.tables.reading import ALL, decode

KEPT = tuple(table for table in TABLES if table.key == ("id",))
"""Tables with a row for each record."""

Row = dict[str, Any]


def ask(
    reader: ReadConnection, table: Table, grant: Grant, sent: Mapping[str, Any] | None = None
) -> tuple[list[Row], int]:
    """All rows of one commit, and its token."""
    query = parse_query(table.path, table.parameters, urlencode(sent or {}).encode(), grant)
    with reading(reader):
        query, token = settle(reader, query, grant.company_id)
        sql, values = table.write(query, grant, Selection(columns=table.columns))
        lines = open_lines(reader, sql, values, json_style(table.columns))
        try:
            return decode(lines.read(ALL, ALL)), token
        finally:
            lines.close()


@dataclass
class Client:
    """Copies of what a key may read."""

    grant: Grant
    copies: dict[str, dict[str, Row]] = field(default_factory=dict)
    tokens: dict[str, int] = field(default_factory=dict)
    forgotten: int = 0
    """Rows that deletions removed from the copies."""
    reloaded: int = 0
    """How often a token was refused."""
    changed: int = 0
    """Rows that increments brought."""

    def load(self, reader: ReadConnection, table: Table) -> None:
        """Everything, and the token of that."""
        rows, self.tokens[table.name] = ask(reader, table, self.grant)
        self.copies[table.name] = by_id(rows)

    def refresh(self, reader: ReadConnection, table: Table) -> None:
        """What changed and what went; the token of the first answer is the next one."""
        sent = {"changed_after": self.tokens[table.name]}
        copy = self.copies[table.name]
        try:
            rows, token = ask(reader, table, self.grant, sent)
            gone, _ = ask(reader, DELETIONS_TABLE, self.grant, sent)
        except BadParameter:  # the token: of before a site was deleted
            self.reloaded += 1
            self.load(reader, table)
            return
        assert len(by_id(rows)) == len(rows)
        copy |= by_id(rows)
        assert len({(each["table"], each["id"]) for each in gone}) == len(gone)
        for each in gone:
            if each["table"] == table.name:
                self.forgotten += copy.pop(each["id"], None) is not None
        self.changed += len(rows)
        self.tokens[table.name] = token

    def differences(self, reader: ReadConnection, table: Table) -> list[tuple[Row | None, Row | None]]:
        """The rows that are not what a full load gives now, each as it is kept and as it is."""
        whole = by_id(ask(reader, table, self.grant)[0])
        copy = self.copies[table.name]
        return [(copy.get(key), whole.get(key)) for key in sorted({*copy, *whole}) if copy.get(key) != whole.get(key)]


def by_id(rows: list[Row]) -> dict[str, Row]:
    return {row["id"]: row for row in rows}
