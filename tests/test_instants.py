"""Zones, dates and date-times: what is understood, what is refused, and in which words."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nexshift.errors import Refused
from nexshift.instants import (
    EARLIEST,
    LATEST,
    end_of_day,
    format_instant,
    load_zone,
    parse_cell_instant,
    parse_moment,
)

modest = settings(max_examples=300, deadline=None, derandomize=True, database=None)
zones = st.sampled_from(sorted(available_timezones() - {"localtime", "Factory"})).map(load_zone)


def utc(text: str) -> int:
    """Epoch seconds of `YYYY-MM-DDTHH:MM:SS`, by the datetime module."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


class TestZones:
    def test_a_known_zone_is_loaded(self) -> None:
        assert load_zone("Australia/Brisbane") == ZoneInfo("Australia/Brisbane")

    def test_zones_are_known_on_a_machine_that_has_no_zone_files(self) -> None:
        program = "from nexshift.instants import load_zone, to_epoch; print(to_epoch(0, load_zone('Asia/Kolkata')))"
        bare = {**os.environ, "PYTHONTZPATH": ""}
        run = subprocess.run([sys.executable, "-c", program], env=bare, capture_output=True, text=True, check=True)
        assert run.stdout == "(-19800, False)\n"

    @pytest.mark.parametrize(
        ("name", "meant"),
        [
            ("Austrlia/Brisbane", "Australia/Brisbane"),
            ("australia/brisbane", "Australia/Brisbane"),
            ("Brisbane", "Australia/Brisbane"),
            ("new york", "America/New_York"),
            ("utc", "UTC"),
        ],
    )
    def test_a_misspelt_zone_is_refused_with_the_nearest_name(self, name: str, meant: str) -> None:
        with pytest.raises(Refused) as refusal:
            load_zone(name)
        assert refusal.value.sentence == f'unknown time zone "{name}"; did you mean "{meant}"?'

    def test_an_abbreviation_is_not_taken_for_another_continent(self) -> None:
        with pytest.raises(Refused) as refusal:
            load_zone("AEST")
        assert refusal.value.sentence == 'unknown time zone "AEST"'
        assert refusal.value.hint == "use a name such as Australia/Brisbane, or UTC"

    @pytest.mark.parametrize(
        "name",
        [
            "",
            ".",
            "../etc",
            "../../etc/passwd",
            "/etc/passwd",
            "America",
            "America/",
            "a\0b",
            "\udcff",
            "right/UTC",
            "posix/UTC",
            "localtime",
            " UTC",
            "UTC\n",
            "x" * 100_000,
        ],
    )
    def test_odd_names_are_refused_in_a_short_sentence(self, name: str) -> None:
        with pytest.raises(Refused, match=r"^unknown time zone") as refusal:
            load_zone(name)
        assert len(refusal.value.sentence) < 140


class TestFormat:
    @pytest.mark.parametrize(
        ("epoch", "text"),
        [
            (EARLIEST, "0001-01-01T00:00:00Z"),
            (-1, "1969-12-31T23:59:59Z"),
            (0, "1970-01-01T00:00:00Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (1_774_484_476, "2026-03-26T00:21:16Z"),
            (LATEST, "9999-12-31T23:59:59Z"),
        ],
    )
    def test_an_instant_is_written_with_a_four_digit_year(self, epoch: int, text: str) -> None:
        assert format_instant(epoch) == text
        assert parse_cell_instant(text, load_zone("UTC")) == epoch

    @pytest.mark.parametrize("epoch", [EARLIEST - 1, LATEST + 1])
    def test_an_instant_outside_the_calendar_has_no_text(self, epoch: int) -> None:
        with pytest.raises(OverflowError):
            format_instant(epoch)

    @modest
    @given(epoch=st.integers(EARLIEST, LATEST))
    def test_writing_and_reading_give_the_same_instant(self, epoch: int) -> None:
        assert parse_cell_instant(format_instant(epoch), load_zone("Asia/Kolkata")) == epoch


class TestSpellings:
    def test_a_date_alone_is_its_midnight_on_the_calendar(self) -> None:
        assert parse_moment("2026-03-31") == (utc("2026-03-31T00:00:00"), None, "", True)

    @pytest.mark.parametrize(
        ("text", "offset_s"),
        [
            ("2026-03-31T06:00:00", None),
            ("2026-03-31t06:00", None),
            ("2026-03-31T06:00Z", 0),
            ("2026-03-31T06:00:00z", 0),
            ("2026-03-31T06:00:00+10:00", 36_000),
            ("2026-03-31T06:00:00+1000", 36_000),
            ("2026-03-31T06:00+10", 36_000),
            ("2026-03-31T06:00:00-00:00", 0),
            ("2026-03-31T06:00:00+05:45", 20_700),
            ("2026-03-31T06:00:00-03:30", -12_600),
            ("2026-03-31T06:00:00-23:59", -86_340),
        ],
    )
    def test_the_spellings_of_six_o_clock(self, text: str, offset_s: int | None) -> None:
        assert parse_moment(text) == (utc("2026-03-31T06:00:00"), offset_s, "", False)

    @pytest.mark.parametrize(
        ("decimals", "fraction"),
        [
            (".5", "5"),
            (",500", "5"),
            (".000", ""),
            (f".{10**40}", "1"),
            (f".0{10**40 + 1}", f"0{10**40 + 1}"),
        ],
    )
    def test_a_fraction_keeps_every_digit_that_counts(self, decimals: str, fraction: str) -> None:
        assert parse_moment(f"2026-03-31T06:00:00{decimals}Z").fraction == fraction

    def test_29_february_is_a_day_of_leap_years_only(self) -> None:
        assert parse_moment("2024-02-29").local + 86_400 == parse_moment("2024-03-01").local
        assert parse_moment("2000-02-29").local + 86_400 == parse_moment("2000-03-01").local
        for text in ("2026-02-29", "1900-02-29"):
            with pytest.raises(ValueError, match=rf"^day must be 01 to 28 in {text[:7]}$"):
                parse_moment(text)

    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            ("2026-13-01", "month must be 01 to 12"),
            ("2026-00-01", "month must be 01 to 12"),
            ("2026-02-30", "day must be 01 to 28 in 2026-02"),
            ("2026-04-31T06:00", "day must be 01 to 30 in 2026-04"),
            ("2026-01-00", "day must be 01 to 31 in 2026-01"),
            ("0000-01-01", "year must be 0001 to 9999"),
            ("2026-01-01T24:00:00", "hour must be 00 to 23"),
            ("2026-01-01T06:60", "minute must be 00 to 59"),
            ("2026-01-01T23:59:60Z", "second must be 00 to 59"),
            ("2026-01-01T06:00+24:00", "offset must be -23:59 to +23:59"),
            ("2026-01-01T06:00-10:60", "offset must be -23:59 to +23:59"),
        ],
    )
    def test_an_impossible_part_is_named(self, text: str, reason: str) -> None:
        with pytest.raises(ValueError) as refusal:
            parse_moment(text)
        assert str(refusal.value) == reason

    @pytest.mark.parametrize(
        "text",
        [
            "",
            " ",
            "today",
            "2026",
            "2026-03",
            "20260331",
            "2026-3-31",
            "31/03/2026",
            "12026-01-01",
            "-2026-01-01",
            "2026-W14-2",
            "2026-090",
            "2026-03-31Z",
            "2026-03-31+10:00",
            "2026-03-31T",
            "2026-03-31T06",
            "2026-03-31T060000",
            "2026-03-31 06:00",
            "2026-03-31T6:00",
            "2026-03-31T06:00:",
            "2026-03-31T06:00:00.",
            "2026-03-31T06:00.5",
            "2026-03-31T06:00 Z",
            "2026-03-31T06:00+1",
            "2026-03-31T06:00+10:0",
            "2026-03-31T06:00+10:00:00",
            "2026-03-31T06:00:00Zx",
            "2026-03-31\n",
            " 2026-03-31",
            "2026-03-31\0",
            "２０２６-03-31",
            "2026-03-31T٠٦:00",
            "2026‑03‑31",
            "2026-03-31T06:00−10:00",
            "1774900000",
        ],
    )
    def test_another_shape_is_refused(self, text: str) -> None:
        with pytest.raises(ValueError) as refusal:
            parse_moment(text)
        assert str(refusal.value) == ""


class TestEndOfDay:
    @pytest.mark.parametrize(
        ("day", "zone", "instant"),
        [
            ("2026-03-31", "UTC", "2026-04-01T00:00:00Z"),
            ("2026-03-31", "Australia/Brisbane", "2026-03-31T14:00:00Z"),
            ("2024-02-29", "UTC", "2024-03-01T00:00:00Z"),
            ("2018-11-03", "America/Sao_Paulo", "2018-11-04T03:00:00Z"),  # there was no midnight that night
            ("9999-12-31", "UTC", "9999-12-31T23:59:59Z"),
            ("9999-12-31", "America/New_York", "9999-12-31T23:59:59Z"),
        ],
    )
    def test_the_end_of_a_day_is_the_next_day_s_first_instant(self, day: str, zone: str, instant: str) -> None:
        assert format_instant(end_of_day(day, load_zone(zone))) == instant

    @pytest.mark.parametrize(
        ("text", "told"),
        [
            ("2026-02-30", '"2026-02-30" (day must be 01 to 28 in 2026-02)'),
            ("2026-03-31T06:00", '"2026-03-31T06:00"'),
            ("next year", '"next year"'),
            ("", '""'),
            ("9" * 1000, '"' + "9" * 60 + '…"'),
        ],
    )
    def test_what_is_not_a_date_alone_is_refused(self, text: str, told: str) -> None:
        with pytest.raises(Refused) as refusal:
            end_of_day(text, load_zone("UTC"))
        assert refusal.value.sentence == f"the date must be written such as 2026-03-31, not {told}"

    @modest
    @given(day=st.dates(date(1880, 1, 1), date(2060, 1, 1)), zone=zones)
    def test_calendars_turn_their_page_at_the_end_of_a_day(self, day: date, zone: ZoneInfo) -> None:
        end = end_of_day(day.isoformat(), zone)
        before, at = (datetime.fromtimestamp(epoch, zone).date() for epoch in (end - 1, end))
        assert before <= day < at
        assert at - before <= timedelta(days=2)  # two where a day was left out
