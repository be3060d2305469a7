"""Pages of flat tables: none repeats or skips a row, in whatever order, and a place that cannot be told is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nexshift.config import MAX_QUERY_BYTES, MAX_TEXT
from nexshift.envelope import Page
from nexshift.errors import BadParameter
from nexshift.query import parse_query
from nexshift.storage.connection import ReadConnection, open_reader, open_writer
from nexshift.storage.keys import Grant
from nexshift.storage.library import sqlite3
from nexshift.tables import TABLES, pages
from nexshift.tables.column import Column, Kind, Order
from nexshift.tables.keyset import write_after
from nexshift.tables.pages import TablePages, decode_table_place
from nexshift.tables.table import Table
from tests.tables.reading import rows


def ask(reader: ReadConnection, table: Table, grant: Grant, sent: str) -> Page:
    query = parse_query(
        table.path,
        table.parameters,
        sent.encode(),
        grant,
        decode=lambda _, text, bound_to: decode_table_place(table, text, bound_to),
    )
    return TablePages(table).page(reader, grant, query)


def ask_all(reader: ReadConnection, table: Table, grant: Grant, limit: int) -> list[dict[str, Any]]:
    page = ask(reader, table, grant, f"limit={limit}")
    found: list[dict[str, Any]] = msgspec.json.decode(page.body)["data"]
    while page.next_cursor is not None:
        page = ask(reader, table, grant, f"limit={limit}&cursor={page.next_cursor}")
        found += msgspec.json.decode(page.body)["data"]
    return found


@pytest.mark.parametrize("limit", [1, 7, 1000])
def test_pages_together_are_the_whole_table(reader: ReadConnection, grant: Grant, table: Table, limit: int) -> None:
    assert ask_all(reader, table, grant, limit) == rows(reader, table, grant)


def test_a_page_that_ends_at_a_text_too_long_for_an_address_is_refused(own_file: Path, grant: Grant) -> None:
    pareto = next(table for table in TABLES if table.name == "production_downtime_by_reason")
    writer = open_writer(own_file)
    reasons = writer.execute("SELECT count(DISTINCT coalesce(reason, '')) FROM downtime").fetchone()[0]
    writer.execute("UPDATE downtime SET reason = substr(reason || ?, 1, ?)", ("…" * MAX_TEXT, MAX_TEXT))
    writer.close()
    reader = open_reader(own_file)
    try:
        assert len(rows(reader, pareto, grant)) == len(ask_all(reader, pareto, grant, 1000)) > 1
        with pytest.raises(BadParameter, match="ask for another limit, or for format=csv"):
            ask_all(reader, pareto, grant, 1)
    finally:
        reader.close()
    assert reasons > 1
    assert MAX_TEXT > MAX_QUERY_BYTES


VALUES = st.one_of(st.none(), st.integers(-2, 2))


@given(
    values=st.lists(st.tuples(VALUES, VALUES), min_size=1, max_size=20),
    directions=st.tuples(st.booleans(), st.booleans()),
    at=st.integers(0, 19),
    # The second binds less tightly than a comparison, which must not change what is compared.
    form=st.sampled_from(["{}", "{} IS NULL"]),
)
def test_what_comes_after_a_place_is_what_sqlite_sorts_behind_it(
    values: list[tuple[int | None, int | None]], directions: tuple[bool, bool], at: int, form: str
) -> None:
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE t (a, b, id INTEGER PRIMARY KEY)")
    connection.executemany("INSERT INTO t (a, b) VALUES (?, ?)", values)
    names = (form.format("a"), form.format("b"), "id")
    columns = [Column(name="c", kind=Kind.WHOLE, sql=sql, is_nullable=sql != "id") for sql in names]
    order = [Order(column, descending) for column, descending in zip(columns, (*directions, False), strict=True)]
    sorting = ", ".join(f"{each.column.sql}{' DESC' if each.is_descending else ''}" for each in order)
    select = f"SELECT {', '.join(names)} FROM t"
    whole = connection.execute(f"{select} ORDER BY {sorting}").fetchall()
    at %= len(whole)
    condition, bound = write_after(order, whole[at])
    assert connection.execute(f"{select} WHERE {condition} ORDER BY {sorting}", bound).fetchall() == whole[at + 1 :]
    connection.close()


@pytest.mark.parametrize("most", [1, 900])
def test_pages_of_few_bytes_together_are_the_whole_table(
    reader: ReadConnection, grant: Grant, table: Table, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    monkeypatch.setattr(pages, "PAGE_BYTES", most)
    whole = rows(reader, table, grant)
    if whole:
        first = msgspec.json.decode(ask(reader, table, grant, "limit=1000").body)["data"]
        assert len(msgspec.json.encode(first[:-1])) - 2 < most
        assert most > 1 or len(first) == 1
    assert ask_all(reader, table, grant, 1000) == whole
