"""What a workbook holds, read back by others: the table's own values, as what they are."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from nexshift.config import MAX_SHEET_ROWS, MAX_TABLE_ROWS
from nexshift.errors import TooManyRows
from nexshift.query import parse_query
from nexshift.storage.connection import ReadConnection, open_reader, open_writer, reading, writing
from nexshift.storage.keys import Grant
from nexshift.tables import TABLES
from nexshift.tables.column import Column, Kind
from nexshift.tables.table import Selection, Table
from nexshift.tables.workbook import Unwanted, write_workbook
from tests.grants import grant_of
from tests.plants import Plant
from tests.tables.reading import csv_rows, rows
from tests.tables.workbooks import (
    convert,
    count_to,
    make_table,
    make_workbook,
    needs_libreoffice,
    open_workbook,
    read_entry,
    read_rows,
    sheet_xml,
)

BY_PATH = {table.path: table for table in TABLES}
FIRST_DATE = "1900-03-01"
NASTY = (
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    '=HYPERLINK("http://example.com","x")',
    " leading",
    "trailing\n",
    "two\nlines",
    "a\r\nb",
    "tab\tin",
    "\x00\x01\x1f\x7f\x85",
    "\ufffe\uffff",
    "_x0041_",
    "_x0041_x0042_",
    "_x0041\x01",
    "_x00zz_",
    "'quoted' \"twice\" & <b>]]></b>",
    "emoji 🏭 and ﬀ, Ä",
    "00123",
    "1e5",
    "TRUE",
    "2026-03-26",
    "🏭" * 10_000,
    "x\n" * 5_000,
)


def nasty_table() -> tuple[Table, Selection]:
    """One row with every nasty text in a column of its own."""
    columns = [Column(name=f"text_{number}", kind=Kind.TEXT, sql=f":text_{number}") for number, _ in enumerate(NASTY)]
    table = make_table(count_to(1), columns)
    return table, Selection(columns=table.columns, values={f"text_{number}": text for number, text in enumerate(NASTY)})


naive = datetime.fromisoformat


def as_excel(kind: Kind, value: Any) -> Any:
    """What a value of JSON is in a sheet."""
    if value is None or kind not in (Kind.INSTANT, Kind.DATE) or value < FIRST_DATE:
        return value
    return naive(value.rstrip("Z"))


def test_a_sheet_holds_the_tables_values(reader: ReadConnection, grant: Grant, table: Table) -> None:
    found = read_rows(make_workbook(reader, table, grant))
    expected = rows(reader, table, grant)
    assert expected
    assert list(found[0]) == [column.name for column in table.columns]
    for row, values in zip(found, expected, strict=True):
        for column in table.columns:
            value = as_excel(column.kind, values[column.name])
            assert (column.name, row[column.name]) == (column.name, value)
            assert type(row[column.name]) is type(value) or isinstance(value, int | float)


def test_date_times_are_there_on_both_sides_of_1900(reader: ReadConnection, grant: Grant) -> None:
    # The plant has runs at the ends of what can be stored; Excel has no dates before 1900.
    found = [row["started_at"] for row in read_rows(make_workbook(reader, BY_PATH["/production/runs"], grant))]
    assert "0001-01-01T00:00:00Z" in found
    assert naive("9999-12-31T23:59:59") in found
    assert naive("1970-01-01") in found
    assert naive("1969-12-31T23:59:59") in found


def test_a_day_is_a_date_from_march_1900(reader: ReadConnection, grant: Grant) -> None:
    days = {"before": -25_509, "first": -25_508, "last": 2_932_896}
    table = make_table(count_to(1), [Column(name=name, kind=Kind.DATE, sql=str(day)) for name, day in days.items()])
    workbook = make_workbook(reader, table, grant)
    (row,) = read_rows(workbook)
    assert row["before"] == "1900-02-28"
    assert row["first"] == naive("1900-03-01")
    assert row["last"] == naive("9999-12-31")
    assert open_workbook(workbook).active["C2"].number_format == r"yyyy\-mm\-dd"
    assert open_workbook(workbook).active["C2"].value.date() == date(1900, 3, 1)


def test_any_text_comes_back_as_it_was(reader: ReadConnection, grant: Grant) -> None:
    table, wanted = nasty_table()
    workbook = make_workbook(reader, table, grant, wanted=wanted)
    (row,) = read_rows(workbook)
    for number, text in enumerate(NASTY):
        assert row[f"text_{number}"] == text
    sheet = open_workbook(workbook).active
    assert {cell.data_type for cell in sheet[2][1:]} == {"s"}
    assert [cell.quotePrefix for cell in sheet[2][1:]] == [text[0] in "=+-@" for text in NASTY]
    assert b"<f>" not in sheet_xml(workbook)


@needs_libreoffice
def test_libreoffice_shows_the_same(reader: ReadConnection, grant: Grant, tmp_path: Path) -> None:
    nasty, wanted = nasty_table()
    workbooks = {table.name: make_workbook(reader, table, grant) for table in TABLES}
    shown = convert({**workbooks, nasty.name: make_workbook(reader, nasty, grant, wanted=wanted)}, tmp_path)
    for table in TABLES:
        header, *lines = shown[table.name]
        assert header == [column.name for column in table.columns]
        for line, expected in zip(lines, csv_rows(reader, table, grant), strict=True):
            for column, text in zip(table.columns, line, strict=True):
                assert (column.name, text) == (column.name, as_shown(column.kind, expected[column.name], text))
    assert shown[nasty.name][1][1:] == [text.replace("\r\n", "\n") for text in NASTY]


def as_shown(kind: Kind, text: str, shown: str) -> str:
    """What a sheet shows of a value of CSV."""
    if text == "" or (kind in (Kind.INSTANT, Kind.DATE) and text < FIRST_DATE):
        return text
    if kind == Kind.INSTANT:
        late = naive(text.rstrip("Z")) - naive(shown)
        # LibreOffice 7 cuts fractions off: around 1970 it shows a double that is a nanosecond short as a second less.
        is_cut = text.startswith(("196", "197")) and late == timedelta(seconds=1)
        return shown if is_cut else text.replace("T", " ").rstrip("Z")
    if kind == Kind.FLAG:
        return text.upper()
    if kind in (Kind.WHOLE, Kind.QUANTITY, Kind.PERCENTAGE):  # ten digits at the most
        is_shown = float(shown) == pytest.approx(float(text), rel=1e-6)
        return shown if is_shown and (kind != Kind.PERCENTAGE or shown[-2] == ".") else text
    return text


def test_both_ways_of_stepping_make_the_same_sheet(
    reader: ReadConnection, plain_reader: ReadConnection, any_grant: Grant, table: Table
) -> None:
    first, second = (make_workbook(each, table, any_grant) for each in (reader, plain_reader))
    assert sheet_xml(first) == sheet_xml(second)


def test_rows_are_a_table_below_a_header_that_stays(reader: ReadConnection, grant: Grant, table: Table) -> None:
    workbook = open_workbook(make_workbook(reader, table, grant))
    sheet = workbook.active
    area = sheet.dimensions
    assert sheet.freeze_panes == "A2"
    assert sheet.sheet_view.pane.state == "frozen"
    assert list(sheet.tables) == [table.name]
    assert sheet.tables[table.name].ref == sheet.tables[table.name].autoFilter.ref == area
    assert sheet.tables[table.name].column_names == [column.name for column in table.columns]
    assert workbook.sheetnames == [table.title.replace(":", "")[:31]]
    for cell in sheet[1]:
        assert sheet.column_dimensions[cell.column_letter].width >= len(cell.value) + 4


def test_the_file_says_what_it_is_whose_and_when_it_was_made(reader: ReadConnection, plant: Plant) -> None:
    begun = datetime.now(UTC).replace(microsecond=0, tzinfo=None)
    table = BY_PATH["/production/runs"]
    workbook = make_workbook(reader, table, grant_of(plant, 2))
    properties = open_workbook(workbook).properties
    assert properties.title == table.title
    assert begun <= properties.created <= datetime.now(UTC).replace(tzinfo=None)
    assert b"<Company>Zenith Foods</Company>" in read_entry(workbook, "docProps/app.xml")


@pytest.mark.parametrize("rows", [0, 1, MAX_TABLE_ROWS])
def test_up_to_a_bound_the_rows_are_a_table(reader: ReadConnection, grant: Grant, rows: int) -> None:
    sheet = open_workbook(make_workbook(reader, make_table(count_to(rows), []), grant)).active
    assert sheet.tables["counted"].ref == f"A1:A{max(rows, 1) + 1}"  # Excel repairs a table that is only a header
    assert sheet.auto_filter.ref is None
    assert not sheet["A1"].font.b


def test_beyond_it_they_have_a_filter(reader: ReadConnection, grant: Grant) -> None:
    workbook = open_workbook(make_workbook(reader, make_table(count_to(MAX_TABLE_ROWS + 1), []), grant))
    sheet = workbook.active
    assert sheet.title == "Counted rows a title that is lo"
    assert not sheet.tables
    assert sheet.auto_filter.ref == sheet.dimensions == f"A1:A{MAX_TABLE_ROWS + 2}"
    assert sheet.freeze_panes == "A2"
    assert sheet["A1"].font.b


def test_a_sheet_is_filled_to_its_last_row(reader: ReadConnection, grant: Grant) -> None:
    workbook = make_workbook(reader, make_table(count_to(MAX_SHEET_ROWS), []), grant)
    assert b'<dimension ref="A1:A1048576"/>' in sheet_xml(workbook)
    assert sheet_xml(workbook).rstrip().endswith(b"</worksheet>")


def test_more_rows_are_refused_before_anything_is_written(reader: ReadConnection, grant: Grant) -> None:
    table, out = make_table(count_to(MAX_SHEET_ROWS + 1), []), io.BytesIO()
    query = parse_query(table.path, (), b"", grant)
    with reading(reader), pytest.raises(TooManyRows, match="format=csv") as refusal:
        write_workbook(reader, out, table=table, query=query, grant=grant, wanted=Selection(columns=table.columns))
    assert refusal.value.status == 400
    assert "1,048,575" in refusal.value.sentence
    assert out.getvalue() == b""


def test_the_bound_is_of_what_is_wanted(reader: ReadConnection, grant: Grant) -> None:
    table = make_table(count_to(20), [])
    wanted = Selection(columns=table.columns, limit=5, offset=3)
    workbook = make_workbook(reader, table, grant, wanted=wanted, most_rows=5)
    assert [row["id"] for row in read_rows(workbook)] == [4, 5, 6, 7, 8]
    behind = Selection(columns=table.columns, offset=15)
    assert len(read_rows(make_workbook(reader, table, grant, wanted=behind, most_rows=5))) == 5
    with pytest.raises(TooManyRows):
        make_workbook(reader, table, grant, wanted=Selection(columns=table.columns, offset=14), most_rows=5)
    past = Selection(columns=table.columns, offset=21)
    assert read_rows(make_workbook(reader, table, grant, wanted=past, most_rows=5)) == []


def test_nothing_more_is_written_once_nobody_waits(reader: ReadConnection, grant: Grant) -> None:
    table, asked = make_table(count_to(200_000), []), iter([True, True, False])
    told: list[int] = []
    with pytest.raises(Unwanted):
        make_workbook(reader, table, grant, is_wanted=lambda: next(asked), progress=told.append)
    assert list(asked) == []
    assert len(told) == 2
    assert 0 < sum(told) < 200_000
    # The connection is as it was, and reads on.
    assert len(read_rows(make_workbook(reader, make_table(count_to(2), []), grant))) == 2


def test_it_is_told_how_many_rows_were_written(reader: ReadConnection, grant: Grant) -> None:
    told: list[int] = []
    make_workbook(reader, make_table(count_to(20_000), []), grant, progress=told.append)
    assert sum(told) == 20_000
    assert len(told) > 1


def test_a_workbook_wants_one_read_transaction(own_file: Path, grant: Grant) -> None:
    # Else the sheet would say of itself that it has other rows than it has.
    table, own = BY_PATH["/quality/checks"], open_reader(own_file)

    def delete() -> bool:
        writer = open_writer(own_file)
        with writing(writer):
            writer.execute(
                "DELETE FROM quality_check WHERE id = (SELECT max(id) FROM quality_check WHERE company_id = 1)"
            )
        writer.close()
        return True

    query, wanted = parse_query(table.path, (), b"", grant), Selection(columns=table.columns)
    with pytest.raises(ValueError, match="one read transaction"):
        write_workbook(own, io.BytesIO(), table=table, query=query, grant=grant, wanted=wanted, is_wanted=delete)
    with reading(own):
        write_workbook(own, io.BytesIO(), table=table, query=query, grant=grant, wanted=wanted, is_wanted=delete)
    own.close()
