"""Our SQL functions: those in C and those in Python give the same, and what they give is right."""

from __future__ import annotations

import json
import math
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nexshift.instants import DAY, EARLIEST, LATEST, load_zone, to_epoch
from nexshift.storage.connection import ReadConnection, create_database, open_reader
from nexshift.storage.library import sqlite3
from nexshift.storage.stepping import Stepping
from oee_core import score_runs

SEED = 20261123
ZONES = ("UTC", "Australia/Brisbane", "America/St_Johns", "Pacific/Apia", "Asia/Kathmandu", "America/Sao_Paulo")
QUANTITIES = st.one_of(st.integers(0, 20_000).map(float), st.floats(0, 2.0**53, allow_subnormal=False))


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[ReadConnection, ReadConnection]]:
    """A connection whose functions are in C, and one whose are in Python."""
    path: Path = tmp_path_factory.mktemp("functions") / "plant.db"
    create_database(path).close()
    connections = tuple(open_reader(path, stepping=stepping) for stepping in (Stepping.DIRECT, Stepping.SQLITE3))
    yield connections[0], connections[1]
    for connection in connections:
        connection.close()


@pytest.mark.parametrize("zone", ZONES)
def test_a_day_reaches_from_its_first_instant_to_the_next_ones(
    both: tuple[ReadConnection, ReadConnection], zone: str
) -> None:
    # Apia left 2011-12-30 out; St John's went back from 00:01 to 23:01 until 2011; both ends of what can be stored.
    print(f"seed {SEED}")
    chance = random.Random(SEED)
    instants = [EARLIEST, LATEST, 0, -1]
    instants += [1_325_239_200 + chance.randrange(-200_000, 200_000) for _ in range(300)]
    instants += [1_289_102_400 + chance.randrange(-100_000, 100_000) for _ in range(300)]
    instants += [chance.randrange(EARLIEST, LATEST) for _ in range(300)]
    for instant in instants:
        found = {connection.execute("SELECT local_day(?, ?)", (instant, zone)).fetchone()[0] for connection in both}
        assert len(found) == 1
        day = found.pop()
        first, following = (to_epoch(each * DAY, load_zone(zone))[0] for each in (day, day + 1))
        assert first <= instant or day == EARLIEST // DAY
        assert instant < following or day == LATEST // DAY


def test_a_day_of_no_instant_is_none_and_one_beyond_the_calendar_fails(
    both: tuple[ReadConnection, ReadConnection],
) -> None:
    for connection in both:
        assert connection.execute("SELECT local_day(NULL, 'UTC')").fetchone() == (None,)
        with pytest.raises(Exception, match=r"local_day|user-defined function"):
            connection.execute("SELECT local_day(?, 'UTC')", (LATEST + 1,)).fetchone()
        with pytest.raises(Exception, match=r"local_day|user-defined function"):
            connection.execute("SELECT local_day(0, 'Mars/Olympus')").fetchone()


NUMBERS = st.one_of(
    st.floats(-1e300, 1e300), st.integers(-1000, 1000).map(float), st.sampled_from([0.1, 1e16, -1e16, 1e30, -1e30])
)


@given(numbers=st.lists(NUMBERS, max_size=40))
def test_sums_are_exact(both: tuple[ReadConnection, ReadConnection], numbers: list[float]) -> None:
    for connection in both:
        (found,) = connection.execute("SELECT exact_sum(value) FROM json_each(?)", (json.dumps(numbers),)).fetchone()
        assert found == (math.fsum(numbers) if numbers else None)


def test_a_sum_of_every_size_is_exact(both: tuple[ReadConnection, ReadConnection]) -> None:
    """From the smallest double to near the largest, each with all its digits, upwards, downwards and mixed."""
    print(f"seed {SEED}")
    chance = random.Random(SEED)
    numbers = [(chance.getrandbits(52) | 2**52) * 2.0**power for power in range(-1074, 960)]
    for _ in range(3):
        for connection in both:
            found = connection.execute("SELECT exact_sum(value) FROM json_each(?)", (json.dumps(numbers),)).fetchone()
            assert found == (math.fsum(numbers),)
        numbers = numbers[::-1] if numbers == sorted(numbers) else chance.sample(numbers, len(numbers))


@pytest.mark.parametrize("numbers", ["1e308, 1e308", "1e308, 0.5, 1e308, 7", "9e999", "9e999, 1", "1, 9e999, 9e999, 2"])
def test_a_sum_beyond_the_largest_double_is_infinite(both: tuple[ReadConnection, ReadConnection], numbers: str) -> None:
    values = ", ".join(f"({number})" for number in numbers.split(", "))
    for connection in both:
        found = connection.execute(f"SELECT exact_sum(column1) FROM (VALUES {values})").fetchone()
        assert found == (math.inf,)


@given(
    started_at=st.integers(0, 10**9),
    length=st.integers(0, 200_000),
    units=QUANTITIES,
    target=st.one_of(st.none(), QUANTITIES),
    ideal=st.one_of(st.none(), st.floats(0.001, 1e6)),
    stops=st.lists(st.tuples(st.integers(-1000, 200_000), st.one_of(st.none(), st.integers(0, 90_000))), max_size=5),
    scrap=st.lists(QUANTITIES, max_size=4),
)
def test_percentages_of_a_run_are_the_cores(  # noqa: PLR0917 (hypothesis names them)
    both: tuple[ReadConnection, ReadConnection],
    started_at: int,
    length: int,
    units: float,
    target: float | None,
    ideal: float | None,
    stops: list[tuple[int, int | None]],
    scrap: list[float],
) -> None:
    ended_at = started_at + length
    placed = sorted(
        ((started_at + begin, None if lasts is None else started_at + begin + lasts) for begin, lasts in stops),
        key=lambda stop: stop[0],
    )
    (expected,) = score_runs(
        [(1, started_at, ended_at, units, target, ideal)],
        [(1, begin, end) for begin, end in placed],
        [(1, piece) for piece in scrap],
    )
    for connection in both:
        (down,) = connection.execute(
            "SELECT coalesce(stopped_seconds(value ->> 0, value ->> 1, ?, ?), 0) FROM json_each(?)",
            (started_at, ended_at, json.dumps(placed)),
        ).fetchone()
        (lost,) = connection.execute(
            "SELECT coalesce(exact_sum(value), 0.0) FROM json_each(?)", (json.dumps(scrap),)
        ).fetchone()
        values = {"busy": length, "actual": length - down, "units": units, "scrap": lost, "ideal": ideal, "to": target}
        planned = "coalesce(:ideal, :busy / nullif(:to, 0.0)) * :units"
        found = connection.execute(
            f"SELECT availability_pct(:busy, :actual), performance_pct(:units, :actual, {planned}),"
            " quality_pct(:units, :scrap),"
            f" overall_pct(:busy, :actual, :units, :actual, {planned}, :units, :scrap)",
            values,
        ).fetchone()
        assert found == expected


@given(part=st.one_of(st.none(), QUANTITIES), whole=st.one_of(st.none(), QUANTITIES))
def test_a_ratio_has_a_divisor_or_is_none(
    both: tuple[ReadConnection, ReadConnection], part: float | None, whole: float | None
) -> None:
    found = {connection.execute("SELECT ratio_pct(?, ?)", (part, whole)).fetchone()[0] for connection in both}
    assert len(found) == 1
    if not whole:
        assert found == {None}


@pytest.mark.parametrize("text", ["Ü", "ß", "İ", "Ωmega", "", "𐐀", None])
def test_letters_beyond_ascii_have_two_cases(both: tuple[ReadConnection, ReadConnection], text: str | None) -> None:
    expected = (None, None) if text is None else (text.lower(), text.upper())
    for connection in both:
        assert connection.execute("SELECT lower_text(:text), upper_text(:text)", {"text": text}).fetchone() == expected


def test_a_text_is_changed_beyond_a_nul_character(both: tuple[ReadConnection, ReadConnection]) -> None:
    """Other programs can store one.  Python's functions do not see it through `pysqlite3`."""
    (stepped,) = (connection for connection in both if connection.statements is not None)
    assert stepped.execute("SELECT lower_text(:text), upper_text(:text)", {"text": "a\0B"}).fetchone() == (
        "a\0b",
        "A\0B",
    )


def test_a_text_that_is_no_utf_8_is_an_error_of_sqlite(both: tuple[ReadConnection, ReadConnection]) -> None:
    (stepped,) = (connection for connection in both if connection.statements is not None)
    with pytest.raises(sqlite3.OperationalError, match="cannot be changed to other letters"):
        stepped.execute("SELECT lower_text(CAST(x'ff' AS TEXT))").fetchone()
