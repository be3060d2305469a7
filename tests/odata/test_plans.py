"""A refresh of what is new reads the index of a listing, however long the table is."""

from __future__ import annotations

import pytest

from nexshift.config import API_PREFIX
from nexshift.odata.options import parse_options
from nexshift.storage.connection import ReadConnection
from nexshift.storage.keys import Grant
from nexshift.tables import TABLES
from nexshift.tables.keyset import write_after
from nexshift.tables.table import Selection, Table

NEWEST = [table for table in TABLES if table.order[0].column.name == table.time and table.path.count("/") == 2]
"""Tables of a listing's own rows."""


def plan(reader: ReadConnection, table: Table, grant: Grant, raw: str, place: list[object] | None = None) -> list[str]:
    options = parse_options(table, raw.replace(" ", "%20").encode(), grant)
    conditions, values = list(options.filter.conditions), dict(options.filter.values)
    if place is not None:
        condition, bounds = write_after(options.order, place)
        conditions.append(condition)
        values |= bounds
    wanted = Selection(
        columns=options.columns, conditions=conditions, values=values, order=options.order, limit=options.top
    )
    sql, values = table.write(options.query, grant, wanted)
    return [str(line[-1]) for line in reader.execute(f"EXPLAIN QUERY PLAN {sql}", values)]


@pytest.mark.parametrize("table", NEWEST, ids=lambda table: f"{API_PREFIX}{table.path}")
def test_a_stretch_of_time_is_looked_up_in_the_index(reader: ReadConnection, grant: Grant, table: Table) -> None:
    time = table.time
    raw = f"$filter={time} ge 2026-03-01T00:00:00Z and {time} lt 2026-04-01T00:00:00Z"
    first = plan(reader, table, grant, raw)
    assert f"(company_id=? AND {time}>? AND {time}<?)" in first[0]
    assert not any("TEMP B-TREE" in line for line in first)
    following = plan(reader, table, grant, raw, [1_774_000_000, "0b9f3a52-6c1e-4d7a-9a3e-5d2f7c8b1e40"])
    assert f"(company_id=? AND {time}>? AND {time}<?)" in following[0]
    assert not any("TEMP B-TREE" in line for line in following)


@pytest.mark.parametrize("table", NEWEST, ids=lambda table: f"{API_PREFIX}{table.path}")
def test_the_next_page_begins_in_the_index(reader: ReadConnection, grant: Grant, table: Table) -> None:
    lines = plan(reader, table, grant, "$top=1000", [1_774_000_000, "0b9f3a52-6c1e-4d7a-9a3e-5d2f7c8b1e40"])
    assert f"(company_id=? AND {table.time}<?)" in lines[0]
    assert not any("TEMP B-TREE" in line for line in lines)
