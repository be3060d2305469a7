"""A table as a CSV file: the bytes that the service sends, of one company and one commit."""

from __future__ import annotations

from pathlib import Path

import pytest

from nexshift.errors import BadUsage, Refused
from nexshift.exports.extract import extracting
from nexshift.exports.files import write_file
from nexshift.storage.connection import ReadConnection, open_writer
from nexshift.storage.keys import Grant
from nexshift.tables import TABLES
from nexshift.tables.lines import csv_style, write_header
from nexshift.tables.table import Table
from tests.exports.conftest import Export
from tests.grants import grant_of
from tests.plants import NAMES, Plant
from tests.tables.reading import write

RUNS = TABLES[0]
CHECKS = next(table for table in TABLES if table.name == "quality_checks")


def test_a_file_is_what_the_service_sends(reader: ReadConnection, grant: Grant, table: Table, export: Export) -> None:
    rows = write(reader, table, grant, {}, csv_style(table.columns))
    assert rows
    assert export(table, "csv").read_bytes() == write_header(table.columns) + rows


def test_a_window_is_days_of_the_companys_zone(
    reader: ReadConnection, plant: Plant, table: Table, export: Export
) -> None:
    sent = {"from": "2026-03-01", "to": "2026-03-02"}
    for company in (1, 2):
        rows = write(reader, table, grant_of(plant, company), sent, csv_style(table.columns))
        file = export(table, "csv", company=company, begin=sent["from"], end=sent["to"])
        assert file.read_bytes() == write_header(table.columns) + rows
        file.unlink()


def test_nothing_that_is_committed_meanwhile_is_in_it(own_file: Path, tmp_path: Path) -> None:
    with extracting(own_file, NAMES[1], CHECKS) as extract:
        before = extract.count()
        writer = open_writer(own_file)
        writer.execute("DELETE FROM quality_check")
        writer.close()
        assert before > 0
        assert write_file(extract, "csv", tmp_path / "checks.csv", lambda _: None) == before
    with extracting(own_file, NAMES[1], CHECKS) as extract:
        assert extract.count() == 0


def test_chunks_make_no_difference(
    export: Export, table: Table, monkeypatch: pytest.MonkeyPatch, reader: ReadConnection, grant: Grant
) -> None:
    monkeypatch.setattr("nexshift.exports.csv.EXPORT_CHUNK_ROWS", 3)
    rows = write(reader, table, grant, {}, csv_style(table.columns))
    assert export(table, "csv").read_bytes() == write_header(table.columns) + rows


def test_a_failure_leaves_nothing(plant_file: Path, tmp_path: Path) -> None:
    def fail(_rows: int) -> None:
        raise OSError("no more")

    folder = tmp_path / "exports"
    folder.mkdir()
    for form, name in (("csv", "runs.csv"), ("xlsx", "runs.xlsx"), ("parquet", "runs")):
        with extracting(plant_file, NAMES[1], RUNS) as extract, pytest.raises(OSError, match="no more"):
            write_file(extract, form, folder / name, fail)
        assert list(folder.iterdir()) == []


def test_what_stands_there_is_kept_unless_it_is_to_be_replaced(plant_file: Path, tmp_path: Path) -> None:
    file = tmp_path / "runs.csv"
    file.write_text("mine")
    file.chmod(0o640)
    with extracting(plant_file, NAMES[1], RUNS) as extract:
        with pytest.raises(Refused, match="is there already; it was left as it is"):
            write_file(extract, "csv", file, lambda _: None)
        assert file.read_text() == "mine"
        write_file(extract, "csv", file, lambda _: None, replace=True)
    assert file.read_bytes().startswith(write_header(RUNS.columns))
    assert file.stat().st_mode & 0o777 == 0o640  # of what it replaced


def test_what_is_wrong_with_a_window_is_said_by_its_options_name(plant_file: Path) -> None:
    with (
        pytest.raises(BadUsage, match=r"^--to must be a date such as"),
        extracting(plant_file, NAMES[1], RUNS, None, "yesterday"),
    ):
        pass
    with (
        pytest.raises(BadUsage, match=r"^--from must not be after to"),
        extracting(plant_file, NAMES[1], RUNS, "2026-03-02", "2026-03-01"),
    ):
        pass
