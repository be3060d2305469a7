"""A whole table as a file: what it holds, how it is asked for, and when it is refused."""

from __future__ import annotations

import csv
import errno
import io
from functools import partial
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from litestar.testing import TestClient

from nexshift.config import API_PREFIX, RESOURCES
from nexshift.storage.library import sqlite3
from nexshift.tables import TABLES, files
from nexshift.tables.column import Kind
from nexshift.tables.table import Table
from nexshift.web.formats import MEDIA_TYPES
from tests.web.plant import make_key
from tests.web.running import let_the_loop_turn

RUNS = "/api/v1/production/runs"
MARK = "\ufeff"
every_table = pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)


@pytest.fixture
def database(own_file: Path) -> Path:
    """A plant that has rows in every table."""
    return own_file


def read_csv(text: str) -> list[dict[str, str]]:
    assert text.startswith(MARK)
    return list(csv.DictReader(io.StringIO(text[1:], newline=""), strict=True))


@every_table
def test_a_file_holds_what_all_flat_pages_hold(asking: TestClient, table: Table) -> None:
    path = API_PREFIX + table.path
    response = asking.get(path, params={"format": "csv"})
    assert response.headers["content-type"] == "text/csv; charset=utf-8; header=present"
    assert response.headers["content-disposition"] == f'attachment; filename="{table.name}.csv"'
    assert response.headers["vary"] == "Authorization, Accept, Accept-Encoding"
    assert response.content.decode().split("\r\n")[0] == MARK + ",".join(column.name for column in table.columns)
    pages: list[dict[str, Any]] = []
    is_paged = any(parameter.name == "cursor" for parameter in table.parameters) and table.name != "production_summary"
    query: dict[str, Any] = {"format": "flat"} | ({"limit": 100} if is_paged else {})
    while True:
        page = asking.get(path, params=query).json()
        pages += page["data"]
        if "next_cursor" not in page["meta"]:
            break
        query["cursor"] = page["meta"]["next_cursor"]
    found = read_csv(response.text)
    assert len(found) == len(pages) > 0
    for line, row in zip(found, pages, strict=True):
        texts = {name: value or "" for name, value in row.items() if value is None or isinstance(value, str)}
        assert {name: line[name] for name in texts} == texts


@every_table
def test_every_table_is_behind_the_gate_and_its_resource(
    client: TestClient, writer: sqlite3.Connection, table: Table
) -> None:
    path = API_PREFIX + table.path
    assert client.get(path, params={"format": "csv"}).status_code == 401
    others = tuple(resource for resource in RESOURCES if resource != table.resource)
    asked = (((table.resource,), 200), (others, 403))
    if table.name == "deletions":  # of the tables that a key may read, whichever these are
        asked = (((RESOURCES[0],), 200), (RESOURCES[1:], 200))
    for resources, status in asked:
        key = make_key(writer, resources=resources)
        for sent in ({"format": "csv"}, {"format": "flat"}, {}):
            response = client.get(path, params=sent, headers={"Authorization": f"Bearer {key}"})
            assert response.status_code == status
            if status == 403:
                assert list(response.json()) == ["error"]


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ("text/csv", "text/csv"),
        ("text/csv, application/json;q=0.5", "text/csv"),
        ("text/csv;q=0.5, application/json", "application/json"),
        ("text/csv;q=0.9, */*;q=0.8", "text/csv"),
        ("*/*", "application/json"),
        ("text/html,application/xhtml+xml,*/*;q=0.8", "application/json"),
        ("text/*", "application/json"),
        ("TEXT/CSV", "text/csv"),
        ("", "application/json"),
    ],
)
def test_accept_chooses_csv_where_it_is_liked_better(asking: TestClient, accept: str, media_type: str) -> None:
    for _ in range(2):  # the second JSON page is a remembered one
        response = asking.get(RUNS, headers={"Accept": accept})
        assert response.headers["content-type"].partition(";")[0] == media_type


def test_format_decides_before_accept(asking: TestClient) -> None:
    response = asking.get(RUNS, params={"format": "json"}, headers={"Accept": "text/csv"})
    assert response.headers["content-type"] == "application/json"


@pytest.mark.parametrize("sent", ["xml", "CSV", ""])
def test_a_format_that_there_is_not_is_refused(asking: TestClient, sent: str) -> None:
    response = asking.get(RUNS, params={"format": sent})
    assert response.status_code == 400
    assert response.json()["error"] == f'format must be one of json, flat, csv, xlsx, not "{sent}"'


def test_limit_takes_the_first_rows_and_a_cursor_is_for_pages(asking: TestClient) -> None:
    assert len(read_csv(asking.get(RUNS, params={"format": "csv", "limit": 1}).text)) == 1
    cursor = asking.get(RUNS, params={"format": "flat", "limit": 1}).json()["meta"]["next_cursor"]
    assert asking.get(RUNS, params={"format": "flat", "cursor": cursor}).status_code == 200
    for sent in ({"format": "csv"}, {"format": "json"}, {}):
        response = asking.get(RUNS, params={**sent, "cursor": cursor})
        assert response.status_code == 400
        assert response.json()["error"].startswith("cursor must be the next_cursor of a page")


def test_head_says_what_get_would(asking: TestClient) -> None:
    head = asking.head(RUNS, params={"format": "csv"})
    assert head.status_code == 200
    assert head.content == b""
    assert head.headers["content-disposition"] == 'attachment; filename="production_runs.csv"'


def test_gzip_is_for_who_takes_it(asking: TestClient) -> None:
    plain = asking.get(RUNS, params={"format": "csv"}, headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    packed = asking.get(RUNS, params={"format": "csv"}, headers={"Accept-Encoding": "gzip"})
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.content == plain.content


# -- workbooks ---------------------------------------------------------------------------------------------------------


def read_workbook(body: bytes) -> list[tuple[Any, ...]]:
    (sheet,) = openpyxl.load_workbook(io.BytesIO(body)).worksheets
    return list(sheet.iter_rows(values_only=True))


@every_table
def test_a_workbook_has_the_same_rows(asking: TestClient, database: Path, table: Table) -> None:
    before = set(database.parent.iterdir())
    response = asking.get(API_PREFIX + table.path, params={"format": "xlsx"})
    assert response.headers["content-type"] == MEDIA_TYPES["xlsx"]
    assert response.headers["content-disposition"] == f'attachment; filename="{table.name}.xlsx"'
    assert response.headers["content-length"] == str(len(response.content))
    assert "content-encoding" not in response.headers
    header, *rows = read_workbook(response.content)
    assert list(header) == [column.name for column in table.columns]
    lines = read_csv(asking.get(API_PREFIX + table.path, params={"format": "csv"}).text)
    at = [list(header).index(name) for name in table.key if table.column_of[name].kind in (Kind.TEXT, Kind.UUID)]
    names = [header[place] for place in at]
    assert [[row[place] or "" for place in at] for row in rows] == [[line[name] for name in names] for line in lines]
    assert set(database.parent.iterdir()) == before


def test_accept_chooses_a_workbook(asking: TestClient) -> None:
    response = asking.get(RUNS, params={"limit": 2}, headers={"Accept": MEDIA_TYPES["xlsx"]})
    assert len(read_workbook(response.content)) == 3


def test_more_rows_than_a_sheet_holds_are_refused_with_advice(
    asking: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "write_workbook", partial(files.write_workbook, most_rows=5))
    response = asking.get(RUNS, params={"format": "xlsx"})
    assert response.status_code == 400
    assert "format=csv" in response.json()["error"]
    assert asking.get(RUNS, params={"format": "xlsx", "limit": 5}).status_code == 200


def test_where_there_is_no_room_for_a_workbook_csv_is_advised(
    asking: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(files.tempfile, "TemporaryFile", fail)
    response = asking.get(RUNS, params={"format": "xlsx"})
    assert response.status_code == 503
    assert response.json() == {"error": "There is no room to make a workbook; ask for format=csv"}
    assert response.headers["retry-after"] == "60"
    assert asking.get(RUNS, params={"format": "csv"}).status_code == 200


def test_rows_stand_in_the_log_line(asking: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    count = len(read_csv(asking.get(RUNS, params={"format": "csv"}).text))
    assert count > 0
    let_the_loop_turn(asking)
    assert any(getattr(record.msg, "rows", None) == count for record in caplog.records)
