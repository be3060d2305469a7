"""Pages that are written while SQLite steps: the same bytes as through Structs, whatever is stored."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Struct

from nexshift._pages import Layout
from nexshift.config import KEPT_PAGE_BYTES
from nexshift.instants import EARLIEST, LATEST
from nexshift.layout import make_layout
from nexshift.listing import Endpoint
from nexshift.listings.batches import BATCHES
from nexshift.listings.downtime import DOWNTIME
from nexshift.listings.runs import RUNS, Oee
from nexshift.listings.summary import SUMMARY
from nexshift.plan import make_plan
from nexshift.storage.connection import ReadConnection, open_reader, open_writer, writing
from nexshift.storage.keys import Grant
from nexshift.storage.library import sqlite3
from nexshift.storage.stepping import Stepping
from oee_core.rows import LARGEST_INSTANT, LARGEST_QUANTITY
from tests.asking import ask, page, takes
from tests.grants import grant_of
from tests.plants import NAMES, Plant

WINDOWS: tuple[dict[str, Any], ...] = ({}, {"from": "2026-03-01", "to": "2026-03-02"}, {"to": "0001-01-01"})
MOST_UNITS = 2.0**53
ESCAPED = '\0\b\t\n\f\r\x1f"\\/\x7f'


@contextmanager
def both_readers(path: Path) -> Iterator[tuple[ReadConnection, ReadConnection]]:
    direct, through_structs = open_reader(path, stepping=Stepping.DIRECT), open_reader(path, stepping=Stepping.SQLITE3)
    try:
        assert direct.statements is not None
        assert through_structs.statements is None
        yield direct, through_structs
    finally:
        direct.close()
        through_structs.close()


@pytest.fixture(scope="module")
def readers(plant_file: Path) -> Iterator[tuple[ReadConnection, ReadConnection]]:
    with both_readers(plant_file) as pair:
        yield pair


def test_both_ways_give_the_same_bytes(
    readers: tuple[ReadConnection, ReadConnection], endpoint: Endpoint, any_grant: Grant
) -> None:
    direct, through_structs = readers
    for window, limit in product(WINDOWS, ("1", "7", "1000")):
        sent = window | ({"limit": limit} if takes(endpoint, "limit") else {})
        while True:
            body = ask(direct, endpoint, any_grant, sent)
            assert body == ask(through_structs, endpoint, any_grant, sent), sent
            meta = msgspec.json.decode(body)["meta"]
            if "next_cursor" not in meta or limit == "1":
                break
            sent = sent | {"cursor": meta["next_cursor"]}


def test_the_structs_define_the_shape(
    readers: tuple[ReadConnection, ReadConnection], endpoint: Endpoint, any_grant: Grant
) -> None:
    """What is written without them is decoded by them, strictly, and encoded to the same bytes."""
    body = ask(readers[0], endpoint, any_grant)
    decoded = msgspec.json.decode(body, type=endpoint.body, strict=True)
    assert msgspec.json.encode(decoded) == body


@settings(max_examples=150, deadline=None)
@given(
    notes=st.lists(
        st.one_of(st.none(), st.text(max_size=40), st.text(alphabet=ESCAPED, max_size=20))
        # SQLite's length(), by which a text may not be empty, ends at the first NUL.
        .map(lambda note: None if note is None else f"x{note}")
    ),
    quantities=st.lists(
        st.one_of(
            st.floats(0, MOST_UNITS),
            st.integers(0, 2**53).map(float),
            st.decimals(0, 10**9, places=3).map(float),
            st.integers(-60, 52).map(lambda power: 2.0**power),
        ),
        min_size=1,
    ),
)
def test_any_text_and_quantity_is_written_as_msgspec_writes_it(
    values_file: Path, notes: list[str | None], quantities: list[float]
) -> None:
    count = max(len(notes), len(quantities))
    rows = [
        (number, f"00000000-0000-4000-8000-{number:012}", f"B-{number}", quantities[number % len(quantities)], note)
        for number, note in zip(range(count), notes + [None] * count, strict=False)
    ]
    write_batches(values_file, rows)
    with both_readers(values_file) as (direct, through_structs):
        body = ask(direct, BATCHES, grant_of_one(), "limit=1000")
        assert body == ask(through_structs, BATCHES, grant_of_one(), "limit=1000")
    assert [row["notes"] for row in msgspec.json.decode(body)["data"]] == [row[4] for row in rows]
    assert [row["total_qty"] for row in msgspec.json.decode(body)["data"]] == [row[3] for row in rows]


@pytest.fixture(scope="module")
def values_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = Plant({}).write(tmp_path_factory.mktemp("values") / "plant.db")
    connection = open_writer(path)
    connection.execute("INSERT INTO company VALUES (1, 'Acme', 'UTC', 0)")
    connection.execute(f"INSERT INTO site VALUES (1, '{'0' * 8}-0000-4000-8000-{'0' * 11}1', 1, 'Brisbane', NULL, 1)")
    connection.execute(
        f"INSERT INTO recipe VALUES (1, '{'0' * 8}-0000-4000-8000-{'0' * 11}2', 1, 'R', 'Red', '1', 0, 1)"
    )
    connection.close()
    return path


def write_batches(path: Path, rows: list[tuple[Any, ...]]) -> None:
    with closing(open_writer(path)) as writer, writing(writer):
        writer.execute("DELETE FROM batch")
        writer.executemany("INSERT INTO batch VALUES (?, ?, 1, 1, 1, ?, ?, 'kg', ?, 0, 1)", rows)


def grant_of_one() -> Grant:
    return grant_of(Plant({"company": [{"id": 1}]}), 1)


@pytest.mark.parametrize(
    ("stored", "written"),
    [
        ('a "quoted" \\ word', rb'"a \"quoted\" \\ word"'),
        ("tab\there\nand\r\b\f\0\x1f", rb'"tab\there\nand\r\b\f\u0000\u001f"'),
        ("eight by", b'"eight by"'),
        ("Ä 🏭 \x7f \u2028", '"Ä 🏭 \x7f \u2028"'.encode()),
        ("exactly15bytes\n", rb'"exactly15bytes\n"'),
        ("", b'""'),
    ],
)
def test_what_json_escapes(own_file: Path, grant: Grant, stored: str, written: bytes) -> None:
    connection = open_writer(own_file)
    connection.execute("UPDATE machine SET uom = ?", (stored,))
    connection.close()
    with both_readers(own_file) as pair:
        for reader in pair:
            assert b'"uom":' + written + b"}" in ask(reader, RUNS, grant, "limit=1")


def without_constraints(path: Path, statement: str) -> None:
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA ignore_check_constraints = ON")
    connection.execute(statement)
    connection.commit()
    connection.close()


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE run SET batch_number = CAST(x'41ff42' AS TEXT)",
        "UPDATE run SET batch_number = CAST(x'eda080' AS TEXT)",  # half a surrogate pair
        "UPDATE run SET batch_number = CAST(x'c0af' AS TEXT)",  # longer than it needs to be
        "UPDATE run SET batch_number = CAST(x'f4908080' AS TEXT)",  # beyond U+10FFFF
        "UPDATE run SET batch_number = CAST(x'e282' AS TEXT)",  # ends too early
        "UPDATE machine SET name = CAST(id || x'ff' AS TEXT)",
    ],
)
def test_a_text_that_is_no_utf8_is_an_error_and_never_sent(own_file: Path, grant: Grant, damage: str) -> None:
    without_constraints(own_file, damage)
    with both_readers(own_file) as pair:
        for reader in pair:
            with pytest.raises(sqlite3.OperationalError, match="decode to UTF-8"):
                ask(reader, RUNS, grant)
            assert not reader.in_transaction
            assert page(reader, BATCHES, grant)["data"]  # the connection is as good as before


@pytest.mark.parametrize("endpoint", [RUNS, SUMMARY], ids=lambda endpoint: endpoint.path)
@pytest.mark.parametrize(
    "damage",
    [
        "units_produced = -1",
        "units_produced = 9007199254740994",
        "units_produced = 9e999",
        "target_quantity = -5",
        "started_at = 4611686018427387904",
    ],
)
def test_a_run_that_the_core_refuses_is_an_error(own_file: Path, grant: Grant, endpoint: Endpoint, damage: str) -> None:
    newest = "SELECT id FROM run WHERE company_id = 1 AND status = 'completed' ORDER BY started_at DESC LIMIT 1"
    without_constraints(own_file, f"UPDATE run SET {damage} WHERE id = ({newest})")
    with both_readers(own_file) as pair:
        for reader in pair:
            with pytest.raises(ValueError, match=r"run|row"):
                ask(reader, endpoint, grant)


@pytest.mark.parametrize(("endpoint", "latest"), [(RUNS, LATEST), (SUMMARY, LARGEST_INSTANT)], ids=["runs", "summary"])
def test_the_largest_run_that_the_core_takes_is_written(
    own_file: Path, grant: Grant, endpoint: Endpoint, latest: int
) -> None:
    without_constraints(own_file, f"UPDATE run SET units_produced = {LARGEST_QUANTITY}, ended_at = {latest}")
    with both_readers(own_file) as (direct, through_structs):
        assert ask(direct, endpoint, grant) == ask(through_structs, endpoint, grant)


@pytest.mark.parametrize("column", ["started_at", "ended_at"])
@pytest.mark.parametrize("instant", [EARLIEST - 1, LATEST + 1, -(2**63), 2**63 - 1])
def test_an_instant_that_has_no_text_is_an_error_and_never_sent(
    own_file: Path, grant: Grant, column: str, instant: int
) -> None:
    without_constraints(own_file, f"UPDATE maintenance SET {column} = {instant} WHERE id = 9")
    with both_readers(own_file) as pair:
        for reader in pair:
            with pytest.raises(ValueError, match=r"no instant|no text|no time"):
                ask(reader, DOWNTIME, grant, "limit=1000")
            assert page(reader, RUNS, grant)["data"]


@pytest.mark.parametrize("instant", [EARLIEST, LATEST])
def test_the_first_and_the_last_instant_are_written(own_file: Path, grant: Grant, instant: int) -> None:
    without_constraints(own_file, f"UPDATE maintenance SET started_at = {instant}, ended_at = {instant}")
    with both_readers(own_file) as (direct, through_structs):
        body = ask(direct, DOWNTIME, grant)
        assert body == ask(through_structs, DOWNTIME, grant)
    assert (b"0001-01-01T00:00:00Z" if instant == EARLIEST else b"9999-12-31T23:59:59Z") in body


@pytest.mark.parametrize("quantity", ["9e999", "-9e999"])
def test_an_infinite_quantity_is_an_error_and_no_null(own_file: Path, grant: Grant, quantity: str) -> None:
    without_constraints(own_file, f"UPDATE batch SET total_qty = {quantity}")
    with both_readers(own_file) as pair:
        for reader in pair:
            with pytest.raises((ValueError, OverflowError), match=r"beyond every number|no text for"):
                ask(reader, BATCHES, grant)


def test_an_event_that_ends_before_it_starts_has_a_negative_length(own_file: Path, grant: Grant) -> None:
    """Which no constraint lets in; it must not make JSON that nobody can read."""
    without_constraints(own_file, "UPDATE maintenance SET ended_at = started_at - 5 WHERE started_at > 0")
    with both_readers(own_file) as (direct, through_structs):
        body = ask(direct, DOWNTIME, grant)
        assert body == ask(through_structs, DOWNTIME, grant)
    assert b'"duration_minutes":-0.1,' in body


def test_a_row_that_points_at_nothing_is_an_error(own_file: Path, grant: Grant) -> None:
    connection = sqlite3.connect(own_file)
    connection.execute("DELETE FROM product")
    connection.commit()
    connection.close()
    with both_readers(own_file) as pair:
        for reader in pair:
            with pytest.raises(KeyError):
                ask(reader, RUNS, grant)


def test_a_page_larger_than_the_kept_buffer_is_whole(values_file: Path) -> None:
    note = "\x01" * 10_000  # six bytes each in JSON
    count = KEPT_PAGE_BYTES // 60_000 + 2
    write_batches(
        values_file,
        [(number, f"00000000-0000-4000-8000-{number:012}", f"B-{number}", 1, note) for number in range(count)],
    )
    with both_readers(values_file) as (direct, through_structs):
        body = ask(direct, BATCHES, grant_of_one(), "limit=1000")
        assert len(body) > KEPT_PAGE_BYTES
        assert body == ask(through_structs, BATCHES, grant_of_one(), "limit=1000")
        assert ask(direct, BATCHES, grant_of_one(), "limit=1") == ask(
            through_structs, BATCHES, grant_of_one(), "limit=1"
        )


@pytest.mark.parametrize("company", NAMES)
def test_a_company_may_be_called_anything(own_file: Path, plant: Plant, company: int) -> None:
    name = '","data":[{"id":"Ä\n'
    given_name = replace(grant_of(plant, company), company=name)
    with both_readers(own_file) as (direct, through_structs):
        body = ask(direct, RUNS, given_name)
        assert body == ask(through_structs, RUNS, given_name)
    assert msgspec.json.decode(body)["company"] == name


# --- what cannot be written is refused when the program starts ---------------------------------------------------


class Scored(Struct):
    id: str
    oee: Oee
    parts: list[str]


class TooFewPercentages(Struct):
    availability: float


class ScoredLast(Struct):
    id: str
    parts: list[str]
    oee: TooFewPercentages


def test_a_score_stands_behind_the_children_that_it_is_made_of() -> None:
    plan = make_plan(Scored, ["_key", "id"], given=["parts", "oee"])
    with pytest.raises(ValueError, match="a score comes after the children"):
        make_layout(plan, children=1, score=Oee)


def test_a_score_has_four_percentages() -> None:
    plan = make_plan(ScoredLast, ["_key", "id"], given=["parts", "oee"])
    with pytest.raises(ValueError, match="must have 4 percentages, not 1"):
        make_layout(plan, children=1, score=TooFewPercentages)


def test_a_layout_names_a_column_that_is_not_there() -> None:
    with pytest.raises(ValueError, match="no column 2 among 2"):
        Layout(2, [(b"{", 0, 2, -1)])
