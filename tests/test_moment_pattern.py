"""The pattern of a date or date-time lets in what is read, and nothing else."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from nexshift.instants import parse_moment
from nexshift.moment_pattern import MOMENT_PATTERN

matches = re.compile(MOMENT_PATTERN, re.ASCII).search


def is_read(text: str) -> bool:
    try:
        parse_moment(text)
    except ValueError:
        return False
    return True


def test_every_day_is_let_in() -> None:
    day = date(1, 1, 1)
    while day.year < 2101:
        assert matches(day.isoformat()), day
        day += timedelta(days=1 if day.year % 100 in (0, 4, 99) else 17)
    assert matches("9999-12-31")


@pytest.mark.parametrize("year", [1, 4, 96, 100, 400, 1900, 2000, 2023, 2024, 2100, 2400, 9996, 9999])
def test_a_leap_day_is_let_in_in_leap_years(year: int) -> None:
    text = f"{year:04}-02-29"
    assert bool(matches(text)) == is_read(text)


@settings(max_examples=1_000, deadline=None, derandomize=True)
@given(st.from_regex(MOMENT_PATTERN, fullmatch=True))
def test_what_is_let_in_is_read(text: str) -> None:
    assert is_read(text)


_digits = st.text("0123456789", min_size=2, max_size=2)
_near = st.builds(
    "{}{}-{}-{}{}{}:{}{}{}".format,
    *(_digits, _digits, _digits, _digits, st.sampled_from(["T", "t", " ", "_"]), _digits, _digits),
    st.sampled_from(["", ":00", ":59", ":60", ":00.5", ":00,123456", ":00."]),
    st.sampled_from(["", "Z", "z", "+10:00", "-0930", "+14", "+23:59", "+24:00", "+1:00", " 10:00"]),
)


@settings(max_examples=1_000, deadline=None, derandomize=True)
@given(_near | st.builds("{}{}-{}-{}".format, _digits, _digits, _digits, _digits) | st.text(max_size=25))
@example("0000-02-29")
@example("2026-02-30")
@example("2026-03-31T24:00")
@example("2026-03-31T06:00:00+10:00\n")
@example("2026-03-31\n")
def test_what_is_not_let_in_is_refused(text: str) -> None:
    found = matches(text)
    # Python's "$" passes over a line break at the end, which the patterns of JavaScript do not.
    assert (found is not None and found.end() == len(text)) == is_read(text)
