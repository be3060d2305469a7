"""Cells of a sheet: whoever steps the rows writes the same bytes, and they say what was stored."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from nexshift.instants import EARLIEST, LATEST
from nexshift.storage.connection import ReadConnection
from nexshift.tables.column import Column, Kind
from nexshift.tables.lines import open_lines, sheet_style

ESCAPES = st.sampled_from(["_", "x", "_x", "_x0041_", "_x00", "41_", "\x01", "\r", "\ufffe", "\uffff", "&", "<", "]]>"])
TEXTS = st.lists(st.one_of(st.text(st.characters(exclude_categories=["Cs"])), ESCAPES)).map("".join)


def write(reader: ReadConnection, plain_reader: ReadConnection, kind: Kind, values: list[Any]) -> bytes:
    """A row of the values, which both ways of stepping write alike."""
    bound = {f"p{number}": value for number, value in enumerate(values)}
    sql = f"SELECT {', '.join(f':{name}' for name in bound)}"
    style = sheet_style(tuple(Column(name=name, kind=kind, sql="") for name in bound))
    written = []
    for connection in (reader, plain_reader):
        lines = open_lines(connection, sql, bound, style)
        written.append(lines.read(1 << 20, 10))
        lines.close()
    assert written[0] == written[1]
    return written[0]


def cells(row: bytes) -> list[ElementTree.Element]:
    return list(ElementTree.fromstring(row))


def value(cell: ElementTree.Element) -> str:
    found = cell.find("v")
    assert found is not None
    return found.text or ""


def shown(cell: ElementTree.Element) -> str:
    """An inline string as Excel reads it."""
    found = cell.find("is/t")
    assert found is not None
    return re.sub("_x([0-9A-Fa-f]{4})_", lambda escape: chr(int(escape[1], 16)), found.text or "")


@given(st.lists(TEXTS, min_size=1, max_size=5))
@example(["_x0041\x01", "_x0041\ufffe", "_x00fF_x00e9_", "_x00E9_", "_x0041", "_x004g_", ""])
def test_any_text_is_read_as_it_was(reader: ReadConnection, plain_reader: ReadConnection, texts: list[str]) -> None:
    assert [shown(cell) for cell in cells(write(reader, plain_reader, Kind.TEXT, texts))] == texts


@pytest.mark.parametrize("text", [" a", "a ", "\ta", "a\n", " ", "\n"])
def test_space_at_an_end_is_kept(reader: ReadConnection, plain_reader: ReadConnection, text: str) -> None:
    assert b'<t xml:space="preserve">' in write(reader, plain_reader, Kind.TEXT, [text])
    assert b"xml:space" not in write(reader, plain_reader, Kind.TEXT, [f"-{text}-"])


@given(st.integers(EARLIEST, LATEST))
@example(-2_203_891_200)  # 1900-03-01
@example(-2_203_891_201)
@example(LATEST)
def test_an_instant_is_the_double_nearest_to_its_days(
    reader: ReadConnection, plain_reader: ReadConnection, epoch: int
) -> None:
    (cell,) = cells(write(reader, plain_reader, Kind.INSTANT, [epoch]))
    if epoch < -2_203_891_200:
        assert re.fullmatch(r"[01]\d{3}-\d\d-\d\dT\d\d:\d\d:\d\dZ", shown(cell))
        return
    exact = Fraction(epoch, 86_400) + 25_569
    assert abs(Fraction(value(cell)) - exact) <= Fraction(1, 2 * 10**12)
    assert cell.get("s") == "1"


@given(st.integers(-719_162, 2_932_896))
def test_a_day_is_a_number_of_days(reader: ReadConnection, plain_reader: ReadConnection, day: int) -> None:
    (cell,) = cells(write(reader, plain_reader, Kind.DATE, [day]))
    assert shown(cell) < "1900-03-01" if day < -25_508 else (value(cell), cell.get("s")) == (str(day + 25_569), "2")


@given(st.one_of(st.floats(allow_nan=False, allow_infinity=False), st.integers(-(2**53), 2**53)))
def test_a_quantity_is_exact(reader: ReadConnection, plain_reader: ReadConnection, amount: float) -> None:
    (cell,) = cells(write(reader, plain_reader, Kind.QUANTITY, [float(amount)]))
    assert float(value(cell)) == amount
    assert value(cell).lstrip("-").isdecimal() == (float(amount).is_integer() and abs(amount) < 2**63)


@given(st.integers(-(2**63), 2**63 - 1))
def test_a_whole_number_has_all_its_digits(reader: ReadConnection, plain_reader: ReadConnection, number: int) -> None:
    (cell,) = cells(write(reader, plain_reader, Kind.WHOLE, [number]))
    assert value(cell) == str(number)


def test_other_kinds_are_written_as_what_they_are(reader: ReadConnection, plain_reader: ReadConnection) -> None:
    assert write(reader, plain_reader, Kind.FLAG, [1, None, 0]) == (
        b'<row r="2"><c r="A2" t="b"><v>1</v></c><c r="C2" t="b"><v>0</v></c></row>'
    )
    assert write(reader, plain_reader, Kind.PERCENTAGE, [83.44999, 100.0]) == (
        b'<row r="2"><c r="A2" s="3"><v>83.4</v></c><c r="B2" s="3"><v>100.0</v></c></row>'
    )


def test_columns_are_called_as_excel_calls_them(reader: ReadConnection, plain_reader: ReadConnection) -> None:
    row = cells(write(reader, plain_reader, Kind.WHOLE, list(range(128))))
    assert [row[number].get("r") for number in (0, 25, 26, 51, 52, 127)] == ["A2", "Z2", "AA2", "AZ2", "BA2", "DX2"]


@pytest.mark.parametrize(
    ("kind", "stored"), [(Kind.INSTANT, LATEST + 1), (Kind.INSTANT, EARLIEST - 1), (Kind.DATE, 2_932_897)]
)
def test_what_is_no_date_is_an_error(
    reader: ReadConnection, plain_reader: ReadConnection, kind: Kind, stored: int
) -> None:
    for connection in (reader, plain_reader):
        lines = open_lines(connection, "SELECT :p", {"p": stored}, sheet_style((Column(name="p", kind=kind, sql=""),)))
        with pytest.raises((ValueError, OverflowError)):
            lines.read(1000, 1)
        lines.close()
