"""How is a row written?  Its values by name, and around them what the client's form asks for.

A row whose key is not among the chosen columns is told by `@odata.id`, so that a client can find it again (JSON Format,
4.5.8).  With full metadata each row has it, its type, and the types of values that JSON does not tell by itself.  The
rows can only be read, so they have a read link and no edit link.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import msgspec

from nexshift.odata.documents import EDM_TYPES, NAMESPACE
from nexshift.odata.json_form import JsonForm, Level
from nexshift.tables.column import Column, Kind
from nexshift.tables.lines import Form, Style
from nexshift.tables.table import Table

_ADDRESSES = {
    Kind.TEXT: "address_text({0})",
    Kind.UUID: "({0})",
    Kind.WHOLE: "({0})",
    Kind.DATE: "date(({0}) * 86400, 'unixepoch')",
}
"""SQL of a key's value as it stands in an address."""
_TOLD_BY_JSON = frozenset({"Edm.String", "Edm.Double", "Edm.Boolean"})


class RowForm(NamedTuple):
    """The columns that are read for a row, and how they are written."""

    columns: tuple[Column, ...]
    style: Style


@lru_cache(maxsize=256)  # clients choose columns as they like
def make_row_form(table: Table, columns: tuple[Column, ...], form: JsonForm) -> RowForm:
    """How rows of the table with these columns are written."""
    is_full = form.level is Level.FULL
    chosen = {column.name for column in columns}
    read: list[Column] = []
    cells: list[tuple[bytes, Kind]] = []
    before = b"{"
    if is_full:
        before += b'"@odata.type":' + _encode(f"#{NAMESPACE}.{table.name}") + b","
    if is_full or (form.level is Level.MINIMAL and not chosen.issuperset(table.key)):
        place = Column(name="@odata.id", kind=Kind.TEXT, sql=_write_address(table))
        for name in ("@odata.id", "@odata.readLink") if is_full else ("@odata.id",):
            read.append(place)
            cells.append((before + _encode(name) + b":", Kind.TEXT))
            before = b","
    for column in columns:
        type_ = EDM_TYPES[column.kind]
        if is_full and type_ not in _TOLD_BY_JSON:
            before += _encode(f"{column.name}@odata.type") + b":" + _encode(type_.replace("Edm.", "#")) + b","
        written = _as_text(column) if form.has_text_numbers and column.kind is Kind.WHOLE else column
        read.append(written)
        cells.append((before + _encode(column.name) + b":", written.kind))
        before = b","
    return RowForm(tuple(read), Style(cells, b"}", Form.JSON))


def _as_text(column: Column) -> Column:
    return Column(name=column.name, kind=Kind.TEXT, sql=f"CAST({column.sql} AS TEXT)", is_nullable=column.is_nullable)


def _write_address(table: Table) -> str:
    """SQL of a row's address, from the root on."""
    values = [_ADDRESSES[column.kind].format(column.sql) for column in (table.column_of[name] for name in table.key)]
    names = [f"{name}=" for name in table.key] if len(table.key) > 1 else [""]
    parts = " || ',' || ".join(f"'{name}' || {value}" for name, value in zip(names, values, strict=True))
    return f"'{table.name}(' || {parts} || ')'"


def _encode(text: str) -> bytes:
    return msgspec.json.encode(text)
