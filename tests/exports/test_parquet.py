"""A table as a folder of Parquet files: the rows, their types and months, as pyarrow and DuckDB read them."""

from __future__ import annotations

import sys
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest

from nexshift.errors import Refused
from nexshift.exports import files, parquet
from nexshift.exports.extract import extracting
from nexshift.instants import format_instant
from nexshift.storage.connection import ReadConnection, open_writer
from nexshift.storage.keys import Grant
from nexshift.tables import TABLES
from nexshift.tables.column import Kind
from nexshift.tables.table import Table
from tests.exports.conftest import Export
from tests.plants import NAMES, ZONES
from tests.tables.reading import rows

BY_NAME = {table.name: table for table in TABLES}
RUNS = BY_NAME["production_runs"]
CHECKS = BY_NAME["quality_checks"]
UNDATED = {
    "production_summary",
    "production_oee_by_machine",
    "production_oee_by_product",
    "production_oee_by_site",
    "production_downtime_by_category",
    "production_downtime_by_reason",
}
ARROW = {
    Kind.TEXT: "string",
    Kind.UUID: "string",
    Kind.INSTANT: "timestamp[us, tz=UTC]",
    Kind.DATE: "date32[day]",
    Kind.WHOLE: "int64",
    Kind.QUANTITY: "double",
    Kind.PERCENTAGE: "double",
    Kind.FLAG: "bool",
}
DUCKDB = {
    Kind.TEXT: "VARCHAR",
    Kind.UUID: "VARCHAR",
    Kind.INSTANT: "TIMESTAMP WITH TIME ZONE",
    Kind.DATE: "DATE",
    Kind.WHOLE: "BIGINT",
    Kind.QUANTITY: "DOUBLE",
    Kind.PERCENTAGE: "DOUBLE",
    Kind.FLAG: "BOOLEAN",
}


def as_json(value: Any) -> Any:
    """A value of Python as the service writes it."""
    if isinstance(value, datetime):
        return format_instant(int(value.timestamp()))
    return value.isoformat() if isinstance(value, date) else value


def by_text(found: list[dict[str, Any]]) -> list[str]:
    return sorted(repr(sorted((name, as_number(value)) for name, value in row.items())) for row in found)


def as_number(value: Any) -> Any:
    """JSON writes a whole double as an integer."""
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def test_pyarrow_reads_the_services_rows_and_their_types(
    reader: ReadConnection, grant: Grant, table: Table, export: Export
) -> None:
    folder = export(table, "parquet")
    read = ds.dataset(folder, format="parquet", partitioning="hive").to_table()
    months = [] if table.name in UNDATED else ["year_month"]
    assert read.column_names == [column.name for column in table.columns] + months
    for column in table.columns:
        field = read.schema.field(column.name)
        assert (str(field.type), field.nullable) == (ARROW[column.kind], column.is_nullable)
    found = [{name: as_json(value) for name, value in row.items() if name != "year_month"} for row in read.to_pylist()]
    assert by_text(found) == by_text(rows(reader, table, grant))


def test_duckdb_reads_the_same_with_the_types_it_has_for_them(table: Table, export: Export) -> None:
    folder = export(table, "parquet")
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        source = f"read_parquet('{folder}/**/*.parquet', hive_partitioning = true)"
        described = connection.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()
        types = {name: kind for name, kind, *_ in described}
        assert types.pop("year_month", "VARCHAR") == "VARCHAR"
        assert types == {column.name: DUCKDB[column.kind] for column in table.columns}
        names = ", ".join(f'"{column.name}"' for column in table.columns if column.kind != Kind.INSTANT)
        read = connection.execute(f"SELECT {names} FROM {source}").fetchall()
    expected = (
        ds.dataset(folder, format="parquet")
        .to_table()
        .select([column.name for column in table.columns if column.kind != Kind.INSTANT])
    )
    assert sorted(map(repr, read)) == sorted(repr(tuple(row.values())) for row in expected.to_pylist())


def test_duckdb_reads_the_same_rows_from_csv(table: Table, export: Export) -> None:
    with duckdb.connect() as connection:
        folder, file = export(table, "parquet"), export(table, "csv")
        types = {column.name: DUCKDB[column.kind] for column in table.columns}
        connection.execute("SET TimeZone = 'UTC'")
        parquet_rows = f"SELECT * FROM read_parquet('{folder}/**/*.parquet', hive_partitioning = false)"
        csv_rows = f"SELECT * FROM read_csv('{file}', header = true, columns = {types}, allow_quoted_nulls = false)"
        ((rows,),) = connection.execute(f"SELECT count(*) FROM ({csv_rows})").fetchall()
        assert rows > 0
        for one, other in ((parquet_rows, csv_rows), (csv_rows, parquet_rows)):
            assert connection.execute(f"{one} EXCEPT ALL {other}").fetchall() == []


def test_each_month_has_a_folder_of_its_own(table: Table, export: Export) -> None:
    folder = export(table, "parquet")
    found = sorted(folder.rglob("*.parquet"))
    if table.name in UNDATED:
        assert found == [folder / "part-0.parquet"]
        return
    dated = [column.name for column in table.columns if column.kind in (Kind.DATE, Kind.INSTANT)]
    days = [column.name for column in table.columns if column.kind == Kind.DATE]
    (day, *_) = days or dated
    seen = set()
    for file in found:
        month = file.parent.name
        assert file.name == "part-0.parquet"
        assert file.parent.parent == folder
        values = pq.read_table(file)[day].to_pylist()
        if not days:
            values = [value.astimezone(ZoneInfo(ZONES[1])) for value in values]
        assert {f"year_month={value.isoformat()[:7]}" for value in values} == {month}
        seen.add(month)
    assert len(seen) == len(found) >= (1 if table.name == "deletions" else 2)  # those are of today


def test_rows_are_written_in_groups_of_a_bounded_size(
    export: Export, grant: Grant, reader: ReadConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parquet, "PARQUET_GROUP_ROWS", 8)
    monkeypatch.setattr(parquet, "EXPORT_CHUNK_ROWS", 5)
    folder = export(CHECKS, "parquet")
    sizes = [
        group.num_rows
        for file in folder.rglob("*.parquet")
        for group in map(pq.ParquetFile(file).metadata.row_group, range(pq.ParquetFile(file).num_row_groups))
    ]
    assert max(sizes) == 8
    assert sum(sizes) == len(rows(reader, CHECKS, grant)) > 8


def test_a_group_of_long_texts_ends_sooner(export: Export, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet, "PARQUET_GROUP_BYTES", 1)
    monkeypatch.setattr(parquet, "EXPORT_CHUNK_ROWS", 5)
    folder = export(CHECKS, "parquet")
    metadata = [pq.ParquetFile(file).metadata for file in folder.rglob("*.parquet")]
    assert {each.row_group(number).num_rows for each in metadata for number in range(each.num_row_groups)} <= set(
        range(1, 6)
    )


def test_a_month_that_comes_again_goes_to_a_further_file(tmp_path: Path) -> None:
    table = parquet.pa.table({"n": [1, 2, 3]})
    with parquet._Files(tmp_path, table.schema) as written:
        for place, row in (("year_month=2026-03", 0), ("year_month=2026-02", 1), ("year_month=2026-03", 2)):
            written.add(place, table.slice(row, 1))
    assert {
        str(file.relative_to(tmp_path)): pq.read_table(file, partitioning=None)["n"].to_pylist()
        for file in tmp_path.rglob("*.parquet")
    } == {
        "year_month=2026-03/part-0.parquet": [1],
        "year_month=2026-02/part-0.parquet": [2],
        "year_month=2026-03/part-1.parquet": [3],
    }


WILD = [" ", "null", "NA", 'say "x"', "a,b", "two\nlines", "cr\rlf\r\n", "=1+1", "\ufeff", "nul\0", "🏭" * 50, '"']


def test_texts_come_back_as_they_are(own_file: Path, tmp_path: Path) -> None:
    writer = open_writer(own_file)
    ids = [
        uuid for (uuid,) in writer.execute("SELECT uuid FROM quality_check WHERE company_id = 1 LIMIT ?", (len(WILD),))
    ]
    assert len(ids) == len(WILD)
    for uuid, text in zip(ids, WILD, strict=True):
        writer.execute("UPDATE quality_check SET notes = ? WHERE uuid = ?", (text, uuid))
    writer.close()
    with extracting(own_file, NAMES[1], CHECKS) as extract:
        files.write_file(extract, "parquet", tmp_path / "checks", lambda _: None)
    read = ds.dataset(tmp_path / "checks", format="parquet").to_table().to_pylist()
    notes = {row["id"]: row["notes"] for row in read}
    assert [notes[uuid] for uuid in ids] == WILD
    assert None in notes.values()


def test_an_empty_text_is_not_null(own_file: Path, tmp_path: Path) -> None:
    writer = open_writer(own_file)
    writer.execute("UPDATE product SET description = ''")
    writer.close()
    with extracting(own_file, NAMES[1], RUNS) as extract:
        files.write_file(extract, "parquet", tmp_path / "runs", lambda _: None)
    read = ds.dataset(tmp_path / "runs", format="parquet").to_table()
    assert set(read["product_description"].to_pylist()) == {""}


def test_no_rows_are_an_empty_file_with_the_columns(export: Export, table: Table) -> None:
    folder = export(table, "parquet", begin="1999-01-01", end="1999-01-02")
    read = ds.dataset(folder, format="parquet").to_table()
    assert (read.num_rows, read.column_names) == (0, [column.name for column in table.columns])


def test_where_pyarrow_is_missing_it_is_said_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "nexshift.exports.parquet")
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(Refused, match=r"^Parquet needs pyarrow, which is not installed$") as refusal:
        files.load_parquet()
    assert refusal.value.hint == f"install it for this Python: {sys.executable} -m pip install pyarrow"
    monkeypatch.setattr(files, "is_single_file", lambda: True)
    with pytest.raises(Refused, match=r"^the single file has no Parquet"):
        files.load_parquet()
