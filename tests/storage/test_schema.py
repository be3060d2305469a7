"""The tables refuse what import refuses, whoever writes to them."""

from __future__ import annotations

from typing import Any

import pytest

from nexshift.instants import EARLIEST, LATEST
from nexshift.storage.library import sqlite3
from tests.storage.rows import GOOD_ROWS, add_plant, add_row

TOO_MUCH = 2.0**53 + 2
TOO_LONG = "x" * 10_001

BAD_VALUES: list[tuple[str, dict[str, Any]]] = [
    # negative quantities, infinities and numbers beyond 2^53
    *[
        (table, {column: value})
        for table, column in (
            ("run", "units_produced"),
            ("run", "target_quantity"),
            ("run", "setup_duration_seconds"),
            ("scrap", "units"),
            ("batch", "total_qty"),
            ("ingredient", "qty_used"),
            ("material_log", "qty_used"),
            ("standard", "ideal_cycle_seconds"),
        )
        for value in (-1, -0.001, float("inf"), float("-inf"), TOO_MUCH)
    ],
    ("standard", {"ideal_cycle_seconds": 0}),
    # NaN, which SQLite stores as NULL
    ("run", {"units_produced": float("nan")}),
    # an end before its start
    ("run", {"started_at": 2000, "ended_at": 1999}),
    ("downtime", {"started_at": 2000, "ended_at": 1999}),
    ("maintenance", {"started_at": 2000, "ended_at": 1999}),
    # completed needs an end, running forbids one
    ("run", {"status": "completed", "ended_at": None}),
    ("run", {"status": "running", "ended_at": 4600}),
    ("run", {"status": "paused"}),
    ("incident", {"status": "open"}),
    ("incident", {"severity": ""}),
    # flags are 0 or 1
    ("quality_check", {"passed": 2}),
    ("quality_check", {"passed": None}),
    ("recipe", {"is_formulation": -1}),
    ("api_key", {"all_sites": 2}),
    # ids are lower-case UUIDs
    ("site", {"uuid": "00000000-0000-7000-8000-00000000000G"}),
    ("site", {"uuid": "AAAAAAAA-0000-7000-8000-000000000001"}),
    ("site", {"uuid": "00000000-0000-7000-8000-0000000000011"}),
    ("run", {"uuid": ""}),
    # instants have years 0001 to 9999
    ("run", {"started_at": EARLIEST - 1}),
    ("run", {"ended_at": LATEST + 1}),
    ("incident", {"occurred_at": LATEST + 1}),
    # required texts are not empty, optional ones are NULL when empty, none is longer than 10,000 characters
    ("company", {"name": ""}),
    ("site", {"name": ""}),
    ("site", {"name": None}),
    ("machine", {"name": TOO_LONG}),
    ("product", {"sku": ""}),
    ("product", {"description": TOO_LONG}),
    ("run", {"batch_number": ""}),
    ("scrap", {"reason": ""}),
    ("quality_check", {"notes": TOO_LONG}),
    # STRICT: a text is no number
    ("run", {"units_produced": "many"}),
    ("run", {"started_at": "2026-03-26T00:21:16Z"}),
    ("api_key", {"hash": b"short"}),
    ("api_key", {"rate_limit": 0}),
]


def test_every_table_takes_its_good_row(writer: sqlite3.Connection) -> None:
    add_plant(writer)

    tables = writer.execute("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT GLOB '*sqlite*'")
    assert {name for (name,) in tables} - {"commit_sequence", "deletion"} == set(GOOD_ROWS)
    for table in GOOD_ROWS:
        assert writer.execute(f"SELECT count(*) FROM {table}").fetchone() == (1,)


@pytest.mark.parametrize(
    ("table", "changes"), BAD_VALUES, ids=[f"{table}-{str(changes)[1:50]}" for table, changes in BAD_VALUES]
)
def test_a_bad_value_is_refused(writer: sqlite3.Connection, table: str, changes: dict[str, Any]) -> None:
    with pytest.raises(sqlite3.IntegrityError):
        add_row(writer, table, {}, **changes)
    assert writer.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)


def test_the_bounds_themselves_are_good(writer: sqlite3.Connection) -> None:
    ids: dict[str, int] = {}
    add_row(writer, "run", ids, started_at=EARLIEST, ended_at=LATEST, running_at=None, units_produced=2**53)
    add_row(writer, "run", ids, started_at=0, ended_at=0, running_at=None, target_quantity=0)
    add_row(writer, "quality_check", ids, notes="x" * 10_000)

    assert writer.execute("SELECT count(*), max(units_produced) FROM run").fetchone() == (2, 2**53)


def test_a_second_open_run_on_a_machine_is_refused(writer: sqlite3.Connection) -> None:
    ids: dict[str, int] = {}
    running = {"status": "running", "ended_at": None}
    add_row(writer, "run", ids, started_at=1000, **running)
    with pytest.raises(sqlite3.IntegrityError):
        add_row(writer, "run", ids, started_at=2000, **running)

    other_machine = add_row(writer, "machine", ids, name="Auto 4")
    add_row(writer, "run", ids | {"machine": other_machine}, started_at=2000, **running)


COMPANY_REFERENCES = [
    (table, column, str(value)[1:-1])
    for table, row in GOOD_ROWS.items()
    for column, value in row.items()
    if str(value).startswith("[") and "company_id" in row and value != "[company]"
]


@pytest.mark.parametrize(("table", "column", "parent"), COMPANY_REFERENCES)
def test_a_row_cannot_point_at_another_companys(
    writer: sqlite3.Connection, table: str, column: str, parent: str
) -> None:
    acme = add_plant(writer)
    bolt = add_plant(writer, "Bolt and Sons")
    where = "api_key_id = ?" if table == "api_key_site" else "id = ?"
    row = acme["api_key"] if table == "api_key_site" else acme[table]

    with pytest.raises(sqlite3.IntegrityError, match="FOREIGN KEY"):
        writer.execute(f"UPDATE {table} SET {column} = ? WHERE {where}", (bolt[parent], row))


def test_a_run_cannot_be_at_another_site_than_its_machine(writer: sqlite3.Connection) -> None:
    ids = add_plant(writer)
    other_site = add_row(writer, "site", ids, name="Sydney")

    for table in ("run", "quality_check", "maintenance"):
        with pytest.raises(sqlite3.IntegrityError, match="FOREIGN KEY"):
            writer.execute(f"UPDATE {table} SET site_id = ?", (other_site,))


def test_a_machines_records_follow_it_to_another_site(writer: sqlite3.Connection) -> None:
    ids = add_plant(writer)
    other_site = add_row(writer, "site", ids, name="Sydney")

    writer.execute("UPDATE machine SET site_id = ?", (other_site,))

    assert writer.execute("SELECT site_id FROM run").fetchall() == [(other_site,)]
    assert writer.execute("SELECT site_id FROM quality_check").fetchall() == [(other_site,)]


def test_scrap_and_stops_go_with_their_run(writer: sqlite3.Connection) -> None:
    add_plant(writer)
    writer.execute("UPDATE material_log SET run_id = NULL")

    writer.execute("DELETE FROM run")

    assert writer.execute("SELECT count(*) FROM scrap").fetchone() == (0,)
    assert writer.execute("SELECT count(*) FROM downtime").fetchone() == (0,)


def test_a_key_whose_last_site_goes_still_has_not_all_sites(writer: sqlite3.Connection) -> None:
    ids: dict[str, int] = {}
    ids["api_key"] = add_row(writer, "api_key", ids, all_sites=0)
    add_row(writer, "api_key_site", ids)

    writer.execute("DELETE FROM site")

    assert writer.execute("SELECT count(*) FROM api_key_site").fetchone() == (0,)
    assert writer.execute("SELECT all_sites FROM api_key").fetchall() == [(0,)]
