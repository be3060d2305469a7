"""Read a flat table as the service does, without HTTP."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import msgspec

from nexshift.changes import settle
from nexshift.query import parse_query
from nexshift.storage.connection import ReadConnection, reading
from nexshift.storage.keys import Grant
from nexshift.tables.lines import Style, csv_style, json_style, open_lines
from nexshift.tables.table import Selection, Table

ALL = 1 << 40
"""More bytes and rows than there are."""


def write(reader: ReadConnection, table: Table, grant: Grant, sent: Mapping[str, Any], style: Style) -> bytes:
    """Everything, as one piece of text."""
    query = parse_query(table.path, table.parameters, urlencode(sent).encode(), grant)
    with reading(reader):
        query = settle(reader, query, grant.company_id).query
        sql, values = table.write(query, grant, Selection(columns=table.columns))
        lines = open_lines(reader, sql, values, style)
        try:
            return lines.read(ALL, ALL)
        finally:
            lines.close()


def rows(
    reader: ReadConnection, table: Table, grant: Grant, sent: Mapping[str, Any] | None = None
) -> list[dict[str, Any]]:
    """The rows as JSON has them."""
    return decode(write(reader, table, grant, sent or {}, json_style(table.columns)))


def decode(text: bytes) -> list[dict[str, Any]]:
    decoded: list[dict[str, Any]] = msgspec.json.decode(b"[" + text + b"]")
    return decoded


def csv_rows(
    reader: ReadConnection, table: Table, grant: Grant, sent: Mapping[str, Any] | None = None
) -> list[dict[str, str]]:
    """The rows as CSV has them."""
    text = write(reader, table, grant, sent or {}, csv_style(table.columns)).decode()
    names = [column.name for column in table.columns]
    return list(csv.DictReader(io.StringIO(text, newline=""), names, strict=True))
