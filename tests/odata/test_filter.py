"""What a `$filter` keeps, against what OData says it means, on random rows and filters; and what it never does."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nexshift.config import MAX_FILTER_DEPTH, MAX_FILTER_TERMS
from nexshift.errors import BadParameter, NotOffered
from nexshift.odata.filter import write_filter
from nexshift.storage.library import sqlite3
from tests.odata.conftest import COLUMNS
from tests.odata.evaluation import IDS, Row, Said, filters, rows

BRISBANE = ZoneInfo("Australia/Brisbane")  # ten hours east of Greenwich, all year
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MARCH = 1_772_323_200  # 2026-03-01T00:00:00Z


def insert(table: sqlite3.Connection, found: list[Row]) -> None:
    table.execute("DELETE FROM t")
    names = [column.name for column in COLUMNS]
    table.executemany(
        f"INSERT INTO t ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})",
        [[stored(row[name]) for name in names] for row in found],
    )


def stored(value: Any) -> Any:
    if isinstance(value, datetime):
        return (value - EPOCH) // (EPOCH.replace(second=1) - EPOCH)
    if isinstance(value, date):
        return value.toordinal() - EPOCH.toordinal()
    return value


def keep(table: sqlite3.Connection, text: str) -> list[int]:
    """The numbers of the rows that a filter keeps, from 1, in order."""
    written = write_filter(text, COLUMNS, BRISBANE)
    sql = f"SELECT rowid FROM t WHERE {' AND '.join(written.conditions)} ORDER BY rowid"
    return [number for (number,) in table.execute(sql, written.values)]


def row(**values: Any) -> Row:
    empty = {column.name: None for column in COLUMNS}
    return empty | {"id": IDS[0], "sku": "", "started_at": EPOCH, "units": 0} | values


@settings(max_examples=1_500, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(said=filters, found=st.lists(rows, min_size=1, max_size=6))
def test_a_filter_keeps_what_it_means(table: sqlite3.Connection, said: Said, found: list[Row]) -> None:
    insert(table, found)
    meant = [number for number, each in enumerate(found, 1) if said.meaning(each) is True]
    assert keep(table, said.text) == meant


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("name eq null", [3]),
        ("name ne 'a'", [2, 3]),
        ("not (name eq 'a')", [2, 3]),
        ("not (name gt 'a')", [1, 3]),
        ("not contains(name,'a')", [2]),
        ("name in ('a')", [1]),
        ("name in ('a', null)", [1, 3]),
        ("not (name in ('a'))", [2, 3]),
        ("null eq null", [1, 2, 3]),
        ("null", []),
        ("name gt null or name le null", []),
        ("contains(name,'a') eq true", [1]),
        ("passed", [1]),
        ("passed eq false", [2]),
        ("passed ne true", [2, 3]),
        ("true or passed", [1, 2, 3]),
    ],
)
def test_nothing_is_compared_with_null_as_odata_says(table: sqlite3.Connection, text: str, kept: list[int]) -> None:
    insert(table, [row(name="a", passed=True), row(name="b", passed=False), row()])
    assert keep(table, text) == kept


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("started_at gt 2026-03-01T00:00:00.5Z", [2]),
        ("started_at ge 2026-03-01T00:00:00.000000000001Z", [2]),
        ("started_at lt 2026-03-01T00:00:00.999999999999Z", [1]),
        ("started_at le 2026-03-01T00:00:00.000Z", [1]),
        ("started_at eq 2026-03-01T00:00:00.5Z", []),
        ("started_at ge 2026-03-01T10:00:01+10:00", [2]),
        ("started_at ge 2026-03-01T10:00:01 10:00", [2]),
        ("started_at eq 2026-03-01T10:00", [1]),
        ("started_at gt 0001-01-01T00:00:00Z", [1, 2]),
        ("2026-03-01T00:00:00Z lt started_at", [2]),
    ],
)
def test_an_instant_is_compared_exactly(table: sqlite3.Connection, text: str, kept: list[int]) -> None:
    """Also with an unencoded `+`, which a URL's reader makes a space, and in the company's zone without an offset."""
    insert(
        table,
        [row(started_at=datetime(2026, 3, 1, tzinfo=UTC)), row(started_at=datetime(2026, 3, 1, 0, 0, 1, tzinfo=UTC))],
    )
    assert keep(table, text) == kept


def test_the_smallest_whole_number_is_one(table: sqlite3.Connection) -> None:
    insert(table, [row(units=1), row(units=-(2**63))])
    assert keep(table, "units eq -9223372036854775808") == [2]
    assert keep(table, "units gt -9223372036854775808") == [1]


def test_a_range_of_time_is_looked_up_in_the_index(table: sqlite3.Connection) -> None:
    text = "started_at ge 2026-03-01T00:00:00Z and started_at lt 2026-04-01T00:00:00Z"
    written = write_filter(text, COLUMNS, BRISBANE)
    assert written.conditions == ("t.started_at >= :odata0", "t.started_at < :odata1")
    assert written.values == {"odata0": MARCH, "odata1": MARCH + 31 * 86_400}
    plan = table.execute(f"EXPLAIN QUERY PLAN SELECT * FROM t WHERE {' AND '.join(written.conditions)}", written.values)
    assert "USING INDEX by_start (started_at>? AND started_at<?)" in plan.fetchone()[-1]


INJECTIONS = (
    "x' OR 1=1 --",
    "'; DROP TABLE t; --",
    "' UNION SELECT sql FROM sqlite_schema --",
    "\\'; DELETE FROM t; --",
    ":odata1",
    "%",
    "_",
    "*",
    "\x00' OR 'a'='a",
)


@pytest.mark.parametrize("text", INJECTIONS)
@pytest.mark.parametrize(
    "form", ["name eq {}", "contains(name,{})", "name in ({})", "startswith({},name)", "tolower(name) eq {}"]
)
def test_text_of_a_client_is_only_ever_a_value(table: sqlite3.Connection, text: str, form: str) -> None:
    insert(table, [row(name="a"), row(name="b")])
    quoted = "'" + text.replace("'", "''") + "'"
    written = write_filter(form.format(quoted), COLUMNS, BRISBANE)
    assert list(written.values.values()) == [text]
    assert text not in " ".join(written.conditions) or text in ("_", ":odata1")
    assert keep(table, form.format(quoted)) == []


@pytest.mark.parametrize("text", INJECTIONS)
def test_text_that_is_not_quoted_is_refused(text: str) -> None:
    with pytest.raises(BadParameter):
        write_filter(f"name eq {text}", COLUMNS, BRISBANE)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("unit gt 1", '$filter names the column "unit", which is not in this table; did you mean "units"?'),
        ("zzz gt 1", '$filter names the column "zzz", which is not in this table'),
        ("t.units gt 1", '$filter names the column "t.units", which is not in this table; did you mean "units"?'),
        (
            "id eq 5",
            "$filter compares id, which is a UUID, with 5, which is a number;"
            " a UUID is written 0b9f3a52-6c1e-4d7a-9a3e-5d2f7c8b1e40",
        ),
        (
            "id eq '0b9f3a52-6c1e-4d7a-9a3e-5d2f7c8b1e40'",
            "$filter compares id, which is a UUID, with '0b9f3a52-6c1e-4d7a-9a3e-5d2f7c8b1e40', which is text;"
            " a UUID is written 0b9f3a52-6c1e-4d7a-9a3e-5d2f7c8b1e40",
        ),
        (
            "started_at ge 2026-03-01",
            "$filter compares started_at, which is a date and time, with 2026-03-01, which is a date;"
            " a date and time is written 2026-03-26T00:00:00Z",
        ),
        (
            "passed eq 1",
            "$filter compares passed, which is true or false, with 1, which is a number; true or false is written true",
        ),
        (
            "units in (1,'a')",
            "$filter compares units, which is a number, with 'a', which is text; a number is written 75",
        ),
        ("day eq 2026-02-30", "$filter has 2026-02-30, which does not exist: day must be 01 to 28 in 2026-02"),
        ("units eq 99999999999999999999", "$filter has the number 99999999999999999999, which is too large"),
        ("units eq -9223372036854775809", "$filter has the number -9223372036854775809, which is too large"),
        ("units eq 1e999", "$filter has the number 1e999, which is too large"),
        ("name", "$filter has name where something true or false must stand, but it is text"),
        ("year(name) eq 2026", "$filter gives name, which is text, to year, which takes a date and time"),
        ("contians(name,'a')", '$filter has no function "contians"; did you mean "contains"?'),
        (
            "xyz(quantity) eq 1",
            '$filter has no function "xyz"; known here are contains, startswith, endswith, length, indexof, tolower,'
            " toupper, trim, concat, substring, year, month, day, hour, minute, second, date",
        ),
        ("day(a=1,b=2,c=3) eq 1", "$filter has =, which is written eq"),
        ("contains(a=name,b='x')", "$filter has =, which is written eq"),
        ("units = 1", "$filter has =, which is written eq"),
        ("contains(name)", "$filter gives 1 arguments to contains, which takes 2"),
        ("units eq 1 and", '$filter cannot be understood from character 11, "and" on'),
        ("units eq", '$filter cannot be understood from character 6, "eq" on'),
        ("", "$filter ends before it is complete"),
        ("(units eq 1", "$filter ends before it is complete"),
        ("site/name eq 'a'", "$filter names columns alone, without a path such as a/b"),
        ("units in (sku)", "$filter has sku in the list behind in, which takes values only"),
        ("quantity mod 2 eq 1", "$filter has quantity mod 2, which takes whole numbers only"),
        ("sku add 1 eq 1", "$filter gives sku, which is text, to arithmetic, which takes a number"),
        ("-sku eq 1", "$filter gives sku, which is text, to a minus, which takes a number"),
    ],
)
def test_a_bad_filter_is_explained_in_one_sentence(text: str, sentence: str) -> None:
    with pytest.raises(BadParameter) as refusal:
        write_filter(text, COLUMNS, BRISBANE)
    assert refusal.value.sentence == sentence


def test_a_long_filter_is_one_level(table: sqlite3.Connection) -> None:
    """`a or b or c …` of as many terms as are allowed, which SQLite takes."""
    insert(table, [row(units=1), row(units=7)])
    text = " or ".join(["units eq 7"] * (MAX_FILTER_TERMS // 2))
    assert keep(table, text) == [2]
    assert keep(table, f"not ({text})") == [1]
    with pytest.raises(BadParameter, match=f"more than {MAX_FILTER_TERMS} columns and values"):
        keep(table, f"{text} or passed")


@pytest.mark.parametrize(
    ("opening", "core", "closing", "levels"),
    [
        ("not (", "passed", ")", MAX_FILTER_DEPTH - 1),
        ("passed and (passed or (", "passed", "))", MAX_FILTER_DEPTH // 2),
        ("(", "passed", " eq true)", MAX_FILTER_DEPTH - 1),
        ("- ", "units", "", MAX_FILTER_DEPTH - 2),
        ("tolower(", "sku", ")", MAX_FILTER_DEPTH - 2),
        ("concat(sku,", "sku", ")", MAX_FILTER_DEPTH - 2),
        ("substring(sku,length(", "sku", "))", MAX_FILTER_DEPTH // 2 - 1),
        ("substring(sku,1,length(", "sku", "))", MAX_FILTER_DEPTH // 2 - 1),
    ],
)
def test_a_deep_filter_is_refused(
    table: sqlite3.Connection, opening: str, core: str, closing: str, levels: int
) -> None:
    """Up to there SQLite's own parser, which has a stack of its own, has understood it."""
    end = {"sku": " eq ''", "units": " eq 1"}.get(core, "")

    def nested(depth: int) -> str:
        return opening * depth + core + closing * depth + end

    insert(table, [row()])
    assert keep(table, nested(levels)) in ([], [1])
    for depth in (levels + 1, 200, 1_000, 3_000):
        with pytest.raises(BadParameter, match=f"more than {MAX_FILTER_DEPTH} levels"):
            keep(table, nested(depth))


@pytest.mark.parametrize("opening", ["(", "[", "contains(", "units in (", "a/", "not ", "'", "-", "x:", "any("])
def test_nothing_of_any_length_is_more_than_a_bad_filter(opening: str) -> None:
    with pytest.raises((BadParameter, NotOffered)):
        write_filter(opening * 4_000, COLUMNS, BRISBANE)


@settings(max_examples=500, deadline=None)
@given(
    text=st.text(alphabet=st.sampled_from("()',/-:=. \t\n0159aeinotruz$%@éÜ\x00"), max_size=30) | st.text(max_size=20)
)
def test_no_text_is_more_than_a_bad_filter(text: str) -> None:
    with suppress(BadParameter, NotOffered):
        write_filter(text, COLUMNS, BRISBANE)


@pytest.mark.parametrize("text", ["sku in ()", "sku in ( )", "name in ()", "units in ()", "sku IN ()"])
def test_a_list_may_be_empty(table: sqlite3.Connection, text: str) -> None:
    """Nothing is in it, and a missing value is not either."""
    insert(table, [row(name=None), row(name="b")])
    assert keep(table, text) == []
    assert keep(table, f"not ({text})") == [1, 2]
    assert keep(table, f"{text} or name eq 'b'") == [2]


@pytest.mark.parametrize(
    "text",
    [
        "passed EQ TRUE",
        "passed eq True",
        "passed Eq tRuE aNd NOT (sku eq 'x')",
        "sku eq NULL or passed NE null",
        "Contains(sku,'a') Or STARTSWITH(sku,'a')",
        "toLower(sku) IN ('a','b')",
        "units ADD 1 GE 2",
    ],
)
def test_words_of_the_language_count_in_any_case(table: sqlite3.Connection, text: str) -> None:
    insert(table, [row(sku="a", units=1, passed=True)])
    assert keep(table, text) == [1]
