"""Is the version of a recipe a whole number in every format, and does 10 come after 9?"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pyarrow.parquet as pq
import pytest
from litestar.testing import TestClient

from nexshift.exports.extract import extracting
from nexshift.exports.files import write_file
from nexshift.storage.connection import open_writer
from nexshift.tables import TABLES
from nexshift.web.app import create_app
from tests.plants import NAMES
from tests.tables.workbooks import read_rows
from tests.web.plant import make_key

BATCHES = "/api/v1/batching/batches"
TABLE = next(table for table in TABLES if table.name == "batching_batches")


@pytest.fixture
def database(own_file: Path) -> Path:
    """Its recipes have the versions 9 and 10."""
    connection = open_writer(own_file)
    connection.execute("UPDATE recipe SET version = 8 + version")
    connection.close()
    return own_file


@pytest.fixture
def client(database: Path) -> Iterator[TestClient]:
    connection = open_writer(database)
    key = make_key(connection, company=NAMES[1])
    connection.close()
    with TestClient(create_app(database), base_url="http://plant.test") as client:
        client.headers["Authorization"] = f"Bearer {key}"
        yield client


def versions(rows: list[dict[str, Any]]) -> set[Any]:
    return {(type(row["recipe_version"]), row["recipe_version"]) for row in rows}


def test_it_is_a_whole_number_in_json_csv_and_workbooks(client: TestClient) -> None:
    assert versions(client.get(BATCHES).json()["data"]) == {(int, 9), (int, 10)}
    assert versions(client.get(f"{BATCHES}?format=flat").json()["data"]) == {(int, 9), (int, 10)}
    text = client.get(f"{BATCHES}?format=csv").text
    assert {row["recipe_version"] for row in csv.DictReader(io.StringIO(text))} == {"9", "10"}
    assert versions(read_rows(client.get(f"{BATCHES}?format=xlsx").content)) == {(int, 9), (int, 10)}


def test_odata_calls_it_int64_and_compares_numbers(client: TestClient) -> None:
    metadata = ElementTree.fromstring(client.get("/odata/v4/$metadata").content)
    kinds = {each.get("Type") for each in metadata.iter() if each.get("Name") == "recipe_version"}
    assert kinds == {"Edm.Int64"}
    later = client.get("/odata/v4/batching_batches?$filter=recipe_version gt 9&$select=id,recipe_version").json()
    assert versions(later["value"]) == {(int, 10)}
    ordered = client.get("/odata/v4/batching_batches?$orderby=recipe_version desc&$top=1").json()
    assert versions(ordered["value"]) == {(int, 10)}


def test_the_document_and_the_key_s_own_page_call_it_an_integer(client: TestClient) -> None:
    schemas = client.get("/api/v1/openapi.json").json()["components"]["schemas"].values()
    shown = [each["properties"]["recipe_version"] for each in schemas if "recipe_version" in each.get("properties", {})]
    assert {each["type"] for each in shown} == {"integer"}
    tables = client.get("/api/v1/access").json()["tables"]
    columns = {column["name"]: column["type"] for table in tables for column in table["columns"]}
    assert columns["recipe_version"] == "integer"


def test_parquet_has_an_int64(database: Path, tmp_path: Path) -> None:
    with extracting(database, NAMES[1], TABLE) as extract:
        write_file(extract, "parquet", tmp_path / "batches", lambda _: None)
    table = pq.read_table(tmp_path / "batches")
    assert str(table.schema.field("recipe_version").type) == "int64"
    assert set(table["recipe_version"].to_pylist()) == {9, 10}
