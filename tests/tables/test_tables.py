"""What flat tables hold: the listings' own rows and values, whoever steps them and however they are written."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from nexshift.listing import Listing
from nexshift.listings import LISTINGS
from nexshift.listings.summary import SUMMARY
from nexshift.storage.connection import ReadConnection, open_reader
from nexshift.storage.keys import Grant
from nexshift.tables import TABLES
from nexshift.tables.column import Kind
from nexshift.tables.deletions import DELETIONS_TABLE
from nexshift.tables.lines import csv_style, json_style
from nexshift.tables.table import Table
from tests import asking
from tests.grants import GRANTS, grant_of
from tests.plants import Plant
from tests.tables.reading import csv_rows, rows, write

BY_PATH = {table.path: table for table in TABLES}
NESTED = [listing for listing in LISTINGS if isinstance(listing, Listing)]


def flat(row: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """A nested row's values by the names that they have in a flat table; without its lists."""
    found: dict[str, Any] = {}
    for name, value in row.items():
        if isinstance(value, dict):
            found |= flat(value, f"{name}.")
        elif not isinstance(value, list):
            outer = prefix.rstrip(".")
            found[name if not outer or name.startswith(f"{outer}_") else f"{outer}_{name}"] = value
    return found


@pytest.mark.parametrize("kind", GRANTS)
@pytest.mark.parametrize("listing", NESTED, ids=lambda listing: listing.path)
def test_a_row_holds_what_the_listing_says(reader: ReadConnection, plant: Plant, listing: Listing, kind: str) -> None:
    grant = grant_of(plant, 1, kind)
    nested = [row for page in asking.all_pages(reader, listing, grant, {}, [1000]) for row in page]
    found = rows(reader, BY_PATH[listing.path], grant)
    assert [row["id"] for row in found] == [row["id"] for row in nested]
    for row, expected in zip(found, nested, strict=True):
        for name, value in flat(expected).items():  # what is null as a whole has no names to compare
            if value is not None or name in row:
                assert (name, row[name]) == (name, value)
    assert bool(found) == (kind != "no site")


@pytest.mark.parametrize("listing", [each for each in NESTED if each.children], ids=lambda listing: listing.path)
def test_a_list_is_a_table_that_carries_its_parents_id(reader: ReadConnection, grant: Grant, listing: Listing) -> None:
    nested = [row for page in asking.all_pages(reader, listing, grant, {}, [1000]) for row in page]
    for child in listing.children:
        found = rows(reader, BY_PATH[f"{listing.path}/{child.name}"], grant)
        parent = next(name for name, column in child.carries.items() if column == "id")
        expected = [{**each, parent: row["id"]} for row in nested for each in row[child.name]]
        assert [{name: row[name] for name in expected[0]} for row in found] == expected


def test_the_summary_is_the_listings(reader: ReadConnection, any_grant: Grant) -> None:
    assert rows(reader, BY_PATH[SUMMARY.path], any_grant) == asking.rows(reader, SUMMARY, any_grant)


def test_both_ways_of_stepping_write_the_same(
    reader: ReadConnection, plain_reader: ReadConnection, any_grant: Grant, table: Table
) -> None:
    for style in (csv_style(table.columns), json_style(table.columns)):
        assert write(reader, table, any_grant, {}, style) == write(plain_reader, table, any_grant, {}, style)


def test_csv_says_what_json_says(reader: ReadConnection, grant: Grant, table: Table) -> None:
    found = rows(reader, table, grant)
    assert found
    for row, line in zip(found, csv_rows(reader, table, grant), strict=True):
        for column in table.columns:
            value, text = row[column.name], line[column.name]
            if value is None:
                assert text == ""
            elif column.kind == Kind.FLAG:
                assert text == str(value).lower()
            elif column.kind in (Kind.WHOLE, Kind.QUANTITY, Kind.PERCENTAGE):
                assert float(text) == value
            else:
                assert text == value


def test_no_table_shows_another_companys_rows(
    plant: Plant, tmp_path: Path, reader: ReadConnection, table: Table
) -> None:
    # The same company alone in a database gives the same text, but for the numbers of changes.
    table = replace(table, columns=tuple(column for column in table.columns if column.name != "changed"))
    if table.name == DELETIONS_TABLE.name:
        return  # nothing was deleted there; test_deletions.py asks whose they are
    alone = open_reader(plant.write(tmp_path / "alone.db", companies=[1]))
    try:
        for kind in GRANTS:
            grant = grant_of(plant, 1, kind)
            style = json_style(table.columns)
            assert write(alone, table, grant, {}, style) == write(reader, table, grant, {}, style)
    finally:
        alone.close()


def test_a_null_stands_only_where_a_column_says_so(reader: ReadConnection, grant: Grant, table: Table) -> None:
    for row in rows(reader, table, grant):
        for column in table.columns:
            assert row[column.name] is not None or column.is_nullable, column.name


def test_key_columns_tell_any_two_rows_apart(reader: ReadConnection, grant: Grant, table: Table) -> None:
    keys = [tuple(row[name] for name in table.key) for row in rows(reader, table, grant)]
    assert len(set(keys)) == len(keys)


def test_a_window_and_filters_are_the_listings(reader: ReadConnection, grant: Grant) -> None:
    runs, listing = BY_PATH["/production/runs"], LISTINGS[0]
    machine = asking.rows(reader, listing, grant)[0]["machine"]["id"]
    for sent in ({"from": "2026-03-02", "to": "2026-03-03"}, {"machine_id": machine}):
        expected = asking.ids(asking.rows(reader, listing, grant, {**sent, "limit": 1000}))
        assert asking.ids(rows(reader, runs, grant, sent)) == expected
        assert len(expected) > 0
