"""Can everything that import and `check` accept be shown, in every listing, table and format, with the same digits?

Quantities from the smallest double to 2^53, and instants from the year 1 to 9999.
"""

from __future__ import annotations

import csv
import io
import json
import math
import shutil
from collections.abc import Iterable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, NoReturn

import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from litestar.testing import TestClient

from nexshift.config import API_PREFIX, ODATA_PREFIX
from nexshift.exports.extract import extracting
from nexshift.exports.files import write_file
from nexshift.listings import LISTINGS
from nexshift.storage.companies import add_company, pick_company
from nexshift.storage.connection import create_database, open_key_reader, open_reader, open_writer
from nexshift.storage.importing import import_paths
from nexshift.storage.integrity import check
from nexshift.storage.keys import find_grant
from nexshift.storage.stepping import Stepping
from nexshift.tables import TABLES
from nexshift.tables.column import Kind
from nexshift.tables.table import Table
from nexshift.web.app import create_app
from tests.asking import ask
from tests.tables.reading import rows
from tests.tables.workbooks import read_rows
from tests.web.plant import make_key

NUMBERS = (Kind.WHOLE, Kind.QUANTITY, Kind.PERCENTAGE)
EXTREMES = ("0", "5e-324", "1e-320", "1e-305", "1e-300", "0.1", "0.2", "0.3", "1e15", str(2**53))
Row = Mapping[str, Any]
Run = tuple[str, tuple[str, str], str, str, str]
"""A machine, a start and an end, units, a target and scrap."""
QUANTITIES = st.sampled_from(EXTREMES) | st.floats(0, 2.0**53).map(repr)
POSITIVE = QUANTITIES.filter(lambda text: float(text) > 0)
HOUR = ("2026-03-01T00:00:00Z", "2026-03-01T01:00:00Z")
SPANS = st.sampled_from(
    [
        ("0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
        ("9999-12-31T23:59:58Z", "9999-12-31T23:59:59Z"),
        HOUR,
        ("2026-03-01T02:00:00Z", "2026-03-01T02:00:01Z"),
    ]
)
RUNS = st.lists(
    st.tuples(st.sampled_from(["M1", "M2"]), SPANS, QUANTITIES, QUANTITIES | st.just(""), QUANTITIES | st.just("")),
    min_size=1,
    max_size=6,
    unique_by=lambda run: (run[0], run[1][0]),
)
NAMES = {
    "sites": "name\nS\n",
    "machines": "name,site\nM1,S\nM2,S\n",
    "products": "sku\nP\nQ\n",
    "materials": "code,name\nX,X\n",
    "recipes": "code,name,version\nR,R,0\nR,R,9007199254740992\n",
}

modest = settings(
    max_examples=15,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A database with two machines and no rows, and a key for all of it."""
    folder = tmp_path_factory.mktemp("extremes")
    with closing(create_database(folder / "plant.db")) as connection:
        company = add_company(connection, "Acme Manufacturing", "Australia/Brisbane")
        key = make_key(connection)
        assert import_paths(connection, company, [write(folder, NAMES)]).is_written
    return folder / "plant.db", key


def write(folder: Path, files: dict[str, str]) -> Path:
    records = folder / "records"
    shutil.rmtree(records, ignore_errors=True)
    records.mkdir()
    for name, text in files.items():
        (records / f"{name}.csv").write_text(text)
    return records


@modest
@given(runs=RUNS, ideal=POSITIVE | st.none(), amounts=st.lists(QUANTITIES, min_size=3, max_size=3))
@example(
    runs=[("M1", ("2026-03-01T00:00:00Z", "2026-03-01T01:00:00Z"), "5", "1e-305", "")], ideal=None, amounts=["0"] * 3
)
@example(
    runs=[("M1", ("2026-03-01T00:00:00Z", "2026-03-01T01:00:00Z"), "0", "1e-305", "")], ideal=None, amounts=["0"] * 3
)
@example(
    runs=[
        ("M1", ("0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"), "1e-10", "1e-305", "0.1"),
        ("M1", HOUR, str(2**53), "1e-320", "0.2"),
        ("M2", HOUR, str(2**53), "3.7e-289", "0.3"),
    ],
    ideal="5e-324",
    amounts=["5e-324", "0.1", str(2**53)],
)
@example(  # a total beyond 2^53, and an attainment of 10^15 %
    runs=[
        ("M1", HOUR, str(2**53), "", ""),
        ("M1", ("2026-03-01T02:00:00Z", "2026-03-01T02:00:01Z"), "100002", "", ""),
        ("M2", HOUR, "1e13", "1", ""),
    ],
    ideal=None,
    amounts=["0"] * 3,
)
def test_what_import_and_check_accept_is_shown_everywhere(
    empty: tuple[Path, str],
    tmp_path: Path,
    runs: list[Run],
    ideal: str | None,
    amounts: list[str],
) -> None:
    database, key = Path(shutil.copyfile(empty[0], tmp_path / "plant.db")), empty[1]
    with closing(open_writer(database)) as connection:
        records = write(tmp_path, make_files(runs, ideal, amounts))
        assert import_paths(connection, pick_company(connection, None), [records]).is_written
    assert check(database) == []
    with TestClient(create_app(database, rate_limit=1_000_000), base_url="http://plant.test") as client:
        client.headers["Authorization"] = f"Bearer {key}"
        listed = {listing.path: decode(get(client, listing.path).content) for listing in LISTINGS}
        shown = {table.name: show(client, database, table, tmp_path) for table in TABLES}
    by_machine = {row["machine_id"]: row["units_produced"] for row in shown["production_oee_by_machine"]}
    assert by_machine == {row["machine_id"]: row["total_units"] for row in shown["production_summary"]}
    assert listed["/production/summary"]["data"] == shown["production_summary"]
    compare_ways(database, key)


def make_files(runs: list[Run], ideal: str | None, amounts: list[str]) -> dict[str, str]:
    made: dict[str, list[str]] = {
        "runs": ["machine,product_sku,started_at,ended_at,units_produced,target_quantity"],
        "scrap": ["machine,run_started_at,timestamp,units,reason"],
        "downtime": ["machine,run_started_at,started_at,ended_at"],
        "standards": ["machine,product_sku,ideal_cycle_seconds", *([] if ideal is None else [f"M2,P,{ideal}"])],
        "batches": ["batch_number,total_qty,qty_uom,created_at,site,recipe_code"],
        "ingredients": ["batch_number,material_code,qty_used,uom,supplier_batch"],
        "material_logs": ["logged_at,site,material_code,qty_used,uom"],
    }
    for machine, (start, end), units, target, scrap in runs:
        made["runs"].append(f"{machine},P,{start},{end},{units},{target}")
        made["downtime"].append(f"{machine},{start},{start},{end}" if units == "0.3" else f"{machine},{start},{end},")
        if scrap:
            made["scrap"] += [f"{machine},{start},{end},{scrap},{reason}" for reason in "ab"]
    for number, amount in enumerate(amounts):
        made["batches"].append(f"B{number},{amount},kg,9999-12-31T23:59:59Z,S,R")
        made["ingredients"].append(f"B{number},X,{amount},kg,L")
        made["material_logs"].append(f"0001-01-01T00:00:0{number}Z,S,X,{amount},kg")
    return {name: "\n".join(lines) + "\n" for name, lines in made.items()}


def get(client: TestClient, path: str, form: str = "json") -> Any:
    answer = client.get(f"{API_PREFIX}{path}?format={form}")
    assert answer.status_code == 200, (path, form, answer.text)
    return answer


def decode(body: bytes) -> Any:
    """JSON as its grammar has it, which knows neither NaN nor Infinity; numbers are the texts that were written."""

    def refuse(constant: str) -> NoReturn:
        raise AssertionError(constant)

    return json.loads(body, parse_constant=refuse, parse_int=str, parse_float=str)


def show(client: TestClient, database: Path, table: Table, folder: Path) -> list[Row]:
    """The rows of a table, which are the same in every format."""
    flat = decode(get(client, table.path, "flat").content)["data"]
    text = get(client, table.path, "csv").text.removeprefix("\ufeff")
    lines = list(csv.DictReader(io.StringIO(text, newline="")))
    assert lines == [{name: as_cell(value) for name, value in row.items()} for row in flat]
    assert numbers_of(table, read_rows(get(client, table.path, "xlsx").content)) == numbers_of(table, flat)
    answer = client.get(f"{ODATA_PREFIX}/{table.name}")
    assert answer.status_code == 200, answer.text
    assert [{name: row[name] for name in flat[0]} for row in decode(answer.content)["value"]] == flat
    target = folder / table.name
    shutil.rmtree(target, ignore_errors=True)
    with extracting(database, None, table) as extract:
        write_file(extract, "parquet", target, lambda _: None)
    stored = pq.read_table(target).to_pylist()
    assert sorted(map(str, numbers_of(table, stored))) == sorted(map(str, numbers_of(table, flat)))
    return list(flat)


def as_cell(value: str | bool | None) -> str:
    """What CSV has where JSON has such a value."""
    return str(value).lower() if isinstance(value, bool) else value or ""


def numbers_of(table: Table, found: Iterable[Row]) -> list[dict[str, float | None]]:
    """What stands in the columns of numbers, each finite; the numbers of changes are left out."""
    names = [column.name for column in table.columns if column.kind in NUMBERS and column.name != "changed"]
    read = [{name: None if row[name] in (None, "") else float(row[name]) for name in names} for row in found]
    assert all(math.isfinite(number) for row in read for number in row.values() if number is not None)
    return read


def compare_ways(database: Path, key: str) -> None:
    """Rows that are stepped in C are those that come through `sqlite3`, byte for byte."""
    with (
        closing(open_reader(database, stepping=Stepping.DIRECT)) as direct,
        closing(open_reader(database, stepping=Stepping.SQLITE3)) as plain,
        closing(open_key_reader(database)) as keys,
    ):
        grant = find_grant(keys, key, 0)
        assert grant is not None
        for listing in LISTINGS:
            assert ask(direct, listing, grant) == ask(plain, listing, grant)
        for table in TABLES:
            assert rows(direct, table, grant) == rows(plain, table, grant)
