"""How numbers and instants print, from values that SQLite holds to the bytes of a body."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from msgspec import Struct, json

from nexshift.instants import EARLIEST, LATEST
from nexshift.listings.batches import BATCHES
from nexshift.listings.downtime import DOWNTIME
from nexshift.listings.runs import RUNS
from nexshift.listings.summary import SUMMARY
from nexshift.reader import make_reader
from nexshift.records import Instant, Minutes, Quantity
from nexshift.storage.connection import create_database, open_reader, writing
from nexshift.storage.keys import Grant
from tests.asking import ask

UUID = "00000000-0000-4000-8000-{:012}"


class Value(Struct, frozen=True, gc=False):
    """One of each kind of value that is not stored as it prints."""

    started_at: Instant
    ended_at: Instant | None
    length: Minutes | None
    amount: Quantity | None


_read = make_reader(Value, ["started_at", "ended_at", "amount"]).read


def value(started_at: int = 0, ended_at: int | None = None, amount: float | None = None) -> Value:
    return _read([(started_at, ended_at, amount)])[0]


@pytest.mark.parametrize(
    ("stored", "printed"),
    [
        (75.0, b"75"),
        (75, b"75"),
        (0.0, b"0"),
        (-0.0, b"0"),
        (0.15, b"0.15"),
        (0.1 + 0.2, b"0.30000000000000004"),
        (2.0**53, b"9007199254740992"),
        (2.0**53 * 3, b"27021597764222976"),
        (2.0**63 - 1024, b"9223372036854774784"),
        (2.0**63, b"9.223372036854776e18"),
        (2.0**51 + 0.5, b"2251799813685248.5"),
        (None, b"null"),
    ],
)
def test_a_whole_quantity_prints_as_an_integer(stored: float | None, printed: bytes) -> None:
    assert json.encode(value(amount=stored).amount) == printed


@pytest.mark.parametrize(
    ("seconds", "printed"),
    [
        (1200, b"20"),  # 20 minutes
        (20, b"0.3"),  # 0.333
        (0, b"0"),
        (2, b"0"),  # 0.033
        (3, b"0.1"),  # 0.05: halves go up
        (59, b"1"),  # 0.983
        (6299, b"105"),  # 104.983
        (6300, b"105"),
        (86399, b"1440"),
        (86397, b"1440"),  # 1439.95
        (86396, b"1439.9"),  # 1439.933
        (None, b"null"),
    ],
)
def test_a_length_prints_as_minutes_with_one_decimal_unless_whole(seconds: int | None, printed: bytes) -> None:
    assert json.encode(value(ended_at=seconds).length) == printed


def test_minutes_equal_the_formula_for_every_second_of_a_day_and_more() -> None:
    seconds = range(100_001)
    expected = [math.floor(each / 60 * 10 + 0.5) / 10 for each in seconds]
    made = [record.length for record in _read([(0, each, None) for each in seconds])]
    assert made == expected
    assert all(type(each) is (int if each == int(each) else float) for each in made if each is not None)


@pytest.mark.parametrize(
    ("epoch", "printed"),
    [
        (EARLIEST, "0001-01-01T00:00:00Z"),
        (-62135510401, "0001-01-01T23:59:59Z"),
        (-1, "1969-12-31T23:59:59Z"),
        (0, "1970-01-01T00:00:00Z"),
        (951_782_399, "2000-02-28T23:59:59Z"),
        (951_782_400, "2000-02-29T00:00:00Z"),
        (4_107_542_400, "2100-03-01T00:00:00Z"),
        (1_774_484_476, "2026-03-26T00:21:16Z"),
        (LATEST, "9999-12-31T23:59:59Z"),
    ],
)
def test_an_instant_prints_in_utc_to_the_second(epoch: int, printed: str) -> None:
    assert value(started_at=epoch).started_at == printed


def test_instants_equal_pythons_calendar_from_year_1_to_9999() -> None:
    """Every 37th day, and every day of 400 years, after which the calendar repeats; the time of day moves along."""
    first = datetime(1, 1, 1, tzinfo=UTC)
    first_of_1801 = 657_437
    days = [*range(0, 3_652_059, 37), *range(first_of_1801, first_of_1801 + 146_097)]
    moments = [(day, day * 7_919 % 86_400) for day in days]
    made = _read([(EARLIEST + day * 86_400 + second, None, None) for day, second in moments])
    expected = [(first + timedelta(days=day, seconds=second)).isoformat()[:19] + "Z" for day, second in moments]
    assert [record.started_at for record in made] == expected


class TestBodies:
    """Printed bytes, seen in a body."""

    @pytest.fixture
    def body_of(self, tmp_path: Path, grant: Grant) -> Path:
        path = tmp_path / "plant.db"
        connection = create_database(path)
        ids = iter(UUID.format(number) for number in range(100))
        with writing(connection):
            connection.execute("INSERT INTO company VALUES (1, 'Acme Manufacturing', 'Australia/Brisbane', 0)")
            connection.execute("INSERT INTO site VALUES (1, ?, 1, 'Brisbane', NULL, 1)", (next(ids),))
            connection.execute("INSERT INTO machine VALUES (1, ?, 1, 1, 'Auto 3', 'bottles', 1)", (next(ids),))
            connection.execute("INSERT INTO product VALUES (1, ?, 1, 'SW-500', '', 1)", (next(ids),))
            start = 1_774_484_476  # 2026-03-26T00:21:16Z
            connection.execute(
                "INSERT INTO run VALUES"
                " (1, ?, 1, 1, 1, 1, NULL, 'completed', ?, ?, 720, NULL, 9700, 10000, NULL, NULL, 1)",
                (next(ids), start, start + 7213),
            )
            connection.execute("INSERT INTO scrap VALUES (1, ?, ?, 20, NULL)", (start + 60, next(ids)))
            connection.execute(
                "INSERT INTO downtime VALUES (1, ?, ?, ?, NULL, NULL)", (start + 60, next(ids), start + 1260)
            )
            connection.execute("INSERT INTO recipe VALUES (1, ?, 1, 'ORANGE', 'Orange', '1', 1, 1)", (next(ids),))
            connection.execute("INSERT INTO batch VALUES (1, ?, 1, 1, 1, 'M-1', 0.15, 'kg', NULL, 0, 1)", (next(ids),))
            connection.execute("INSERT INTO asset VALUES (1, ?, 1, 1, 'A-1', 'Gearbox', NULL, 1)", (next(ids),))
            connection.executemany(
                "INSERT INTO maintenance VALUES (?, ?, 1, 1, 1, ?, ?, NULL, 1)",
                [(1, next(ids), 20, 40), (2, next(ids), 10, None), (3, next(ids), 0, 1200)],
            )
        connection.close()
        return path

    def test_the_worked_example(self, body_of: Path, grant: Grant) -> None:
        reader = open_reader(body_of)
        body = ask(reader, RUNS, grant)
        assert b'"setup_duration_seconds":720,' in body
        assert b'"units_produced":9700,"target_quantity":10000,' in body
        assert b'"units":20,' in body
        assert b'"duration_minutes":20,' in body
        assert b'"oee":{"availability":83.4,"performance":100.0,"quality":99.8,"overall":83.2}' in body
        totals = b'"total_runs":1,"total_units":9700,"total_target":10000,"attainment_pct":97.0,"availability_pct":83.4'
        assert totals in ask(reader, SUMMARY, grant)
        reader.close()

    def test_flags_decimals_and_open_intervals(self, body_of: Path, grant: Grant) -> None:
        reader = open_reader(body_of)
        batches, stops = ask(reader, BATCHES, grant), ask(reader, DOWNTIME, grant)
        reader.close()
        assert b'"total_qty":0.15,' in batches
        assert b'"is_formulation":true,' in batches
        assert re.findall(rb'"ended_at":[^}]*"is_open":\w+', stops) == [
            b'"ended_at":"1970-01-01T00:00:40Z","duration_minutes":0.3,"is_open":false',
            b'"ended_at":null,"duration_minutes":null,"is_open":true',
            b'"ended_at":"1970-01-01T00:20:00Z","duration_minutes":20,"is_open":false',
        ]
