"""What holds for every entity set alike: its rows are the table's, of the key's own company and sites, in any order."""

from __future__ import annotations

import random
from typing import Any

import pytest
from litestar.testing import TestClient

from nexshift.config import MAX_FILTER_DEPTH, RESOURCES
from nexshift.odata.operands import TYPES, Type
from nexshift.storage.connection import ReadConnection, open_writer
from nexshift.tables import TABLES
from nexshift.tables.column import Column, Kind
from nexshift.tables.deletions import DELETIONS_TABLE
from nexshift.tables.table import Table
from tests.grants import grant_of
from tests.odata.asking import ROOT, ask, error, rows
from tests.plants import NAMES, Plant
from tests.tables import reading
from tests.web.plant import make_key

SEED = 20261124
"""Changed by hand when other orders are to be tried; it is in every failure's traceback."""
LITERALS = {
    Type.TEXT: "'a'",
    Type.GUID: "0b9f3a52-6c1e-4d7a-9a3e-5d2f7c8b1e40",
    Type.INSTANT: "2026-03-01T00:00:00Z",
    Type.DATE: "2026-03-01",
    Type.NUMBER: "1",
    Type.FLAG: "true",
}
Keys = dict[tuple[int, str], str]


def literal(column: Column, value: Any) -> str:
    """A value of a row as a filter or a key has it."""
    if value is None:
        return "null"
    if column.kind is Kind.TEXT:
        return "'" + value.replace("'", "''") + "'"
    return str(value).lower() if column.kind is Kind.FLAG else str(value)


def test_a_set_has_the_rows_of_its_table_and_no_others(
    client: TestClient, reader: ReadConnection, plant: Plant, keys: Keys, each_table: Table
) -> None:
    for (company, kind), key in keys.items():
        expected = reading.rows(reader, each_table, grant_of(plant, company, kind))
        assert expected
        assert rows(client, each_table.name, key) == expected
        assert ask(client, f"{each_table.name}/$count", key).text == str(len(expected))


def test_pages_of_any_order_neither_repeat_nor_skip(client: TestClient, key: str, each_table: Table) -> None:
    """Also of columns with nulls, in both directions, and with a filter."""
    chosen = random.Random(SEED)
    whole = rows(client, each_table.name, key)
    names = [column.name for column in each_table.columns]
    orders = [None, *(f"{name} {way}" for name in names for way in ("asc", "desc"))]
    orders += [
        ",".join(f"{name} {chosen.choice(['asc', 'desc'])}" for name in chosen.sample(names, 3)) for _ in range(3)
    ]
    for order in orders:
        options = {} if order is None else {"_orderby": order}
        size = chosen.choice([1 + len(whole) // 3, 1 + len(whole) // 7])
        at_once = rows(client, each_table.name, key, **options)
        assert rows(client, each_table.name, key, size, **options) == at_once, (order, size)
        assert sorted(map(repr, at_once)) == sorted(map(repr, whole)), order
        if order is not None and "," not in order:
            name, way = order.split()
            kind = each_table.column_of[name].kind
            values = [row[name] for row in at_once]
            expected = sorted(
                values, key=lambda value: (value is not None, value or 0 if kind is not Kind.TEXT else value or "")
            )
            assert values == (expected if way == "asc" else expected[::-1]), order


def test_a_row_is_found_by_its_key(client: TestClient, keys: Keys, key: str, each_table: Table) -> None:
    chosen = random.Random(SEED)
    found = rows(client, each_table.name, key)
    for row in chosen.sample(found, min(5, len(found))):
        values = {name: literal(each_table.column_of[name], row[name]) for name in each_table.key}
        named = ",".join(f"{name}={value}" for name, value in values.items())
        for address in (named, ",".join(values.values())) if len(values) == 1 else (named,):
            answer = ask(client, f"{each_table.name}({address.replace('%', '%25').replace('/', '%2F')})", key)
            assert answer.status_code == 200, (address, answer.text)
            body = answer.json()
            assert body.pop("@odata.context") == f"{ROOT}$metadata#{each_table.name}/$entity"
            assert body == row
        if each_table.column_of[each_table.key[0]].kind is Kind.UUID:
            refused = ask(client, f"{each_table.name}({named})", keys[2, "all"])
            assert refused.status_code == 404
            assert error(refused) == f"There is no such row in {each_table.name}"


def test_a_filter_takes_every_column(client: TestClient, key: str, each_table: Table) -> None:
    """Each column can be compared, missing or not, and selected alone; what is kept is what a reader would keep."""
    whole = rows(client, each_table.name, key)
    for column in each_table.columns:
        found = [row[column.name] for row in whole]
        value = next((value for value in reversed(found) if value is not None), None)
        missing = rows(client, each_table.name, key, _filter=f"{column.name} eq null", _select=column.name)
        assert missing == [{column.name: None}] * found.count(None)
        if value is None:
            continue
        same = rows(
            client, each_table.name, key, _filter=f"{column.name} eq {literal(column, value)}", _select=column.name
        )
        others = rows(
            client, each_table.name, key, _filter=f"{column.name} ne {literal(column, value)}", _select=column.name
        )
        assert len(same) + len(others) == len(whole), column.name
        if column.name not in ("share_pct", "cumulative_pct"):  # which are rounded only when they are written
            assert same == [{column.name: value}] * found.count(value), column.name


@pytest.mark.parametrize("nesting", ["not (", "(true and (", "concat('a',", "substring('a',length("])
def test_the_deepest_filter_is_understood_about_every_column(
    client: TestClient, key: str, each_table: Table, nesting: str
) -> None:
    """SQLite's parser has a stack of 100 symbols, of which the column's own SQL takes some."""
    for column in each_table.columns:
        is_text = nesting[0] in "cs"
        core = f"{column.name} eq {LITERALS[TYPES[column.kind]]}"
        if is_text:
            if column.kind is not Kind.TEXT:
                continue
            core = column.name
        end = " eq ''" if is_text else ""
        deepest = next(
            answer
            for depth in range(MAX_FILTER_DEPTH, 0, -1)
            if (
                answer := ask(
                    client,
                    each_table.name,
                    key,
                    _top=0,
                    _filter=f"{nesting * depth}{core}{')' * nesting.count('(') * depth}{end}",
                )
            ).status_code
            != 400
        )
        assert deepest.status_code == 200, (column.name, deepest.text)


def test_every_set_needs_its_own_resource(client: TestClient, database: Any, each_table: Table) -> None:
    if each_table.name == DELETIONS_TABLE.name:
        return  # which every key may read, as far as it may read the others
    connection = open_writer(database)
    own = make_key(connection, company=NAMES[1], resources=(each_table.resource,))
    others = make_key(connection, company=NAMES[1], resources=tuple(set(RESOURCES) - {each_table.resource}))
    connection.close()
    for path in (each_table.name, f"{each_table.name}/$count", f"{each_table.name}(1)"):
        refused = ask(client, path, others)
        assert refused.status_code == 403
        assert error(refused) == "API key does not have access to the requested resource"
        assert ask(client, path, own).status_code == (400 if "(" in path else 200)
    for key, is_shown in ((own, True), (others, False)):
        listed = [each["name"] for each in ask(client, "", key).json()["value"]]
        described = ask(client, "$metadata", key).text
        assert (each_table.name in listed) == is_shown
        assert (f'EntityType Name="{each_table.name}"' in described) == is_shown
        assert (f'EntitySet Name="{each_table.name}"' in described) == is_shown
        resources = (each_table.resource,) if is_shown else set(RESOURCES) - {each_table.resource}
        expected = [table.name for table in TABLES if table.resource in {*resources, DELETIONS_TABLE.resource}]
        assert listed == expected


def test_a_site_off_the_keys_list_is_refused(client: TestClient, plant: Plant, keys: Keys, each_table: Table) -> None:
    other = plant.site(1, "Brisbane")["uuid"]
    refused = ask(client, each_table.name, keys[1, "one site"], site_id=other)
    assert refused.status_code == 403
    assert error(refused) == "API key does not have access to the requested resource"
    elsewhere = plant.site(2, "Brisbane")["uuid"]
    assert rows(client, each_table.name, keys[1, "all"], site_id=elsewhere) == []
