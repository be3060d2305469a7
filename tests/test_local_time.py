"""Local times and imported cells as instants: the clocks' changes, the calendar's ends, and refusals."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from nexshift.instants import (
    EARLIEST,
    LATEST,
    find_repeat,
    format_instant,
    load_zone,
    parse_cell_instant,
    parse_moment,
    to_epoch,
)

modest = settings(max_examples=300, deadline=None, derandomize=True, database=None)
zones = st.sampled_from(sorted(available_timezones() - {"localtime", "Factory"})).map(load_zone)


def utc(text: str) -> int:
    """Epoch seconds of `YYYY-MM-DDTHH:MM:SS`, by the datetime module."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


def clocks_between(first: str, last: str) -> st.SearchStrategy[datetime]:
    """What a wall clock may show, to the second, in no zone yet."""
    return st.integers(utc(first), utc(last)).map(
        lambda epoch: (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=epoch)).replace(tzinfo=None)
    )


clocks = clocks_between("0002-01-01", "9998-12-31")
recent_clocks = clocks_between("1880-01-01", "2060-01-01")


def local_epoch(text: str, zone: str) -> tuple[str, bool]:
    epoch, skipped = to_epoch(parse_moment(text).local, load_zone(zone))
    return format_instant(epoch), skipped


class TestLocalTime:
    @pytest.mark.parametrize(
        ("clock", "zone", "instant"),
        [
            ("2026-03-31T00:00:00", "Australia/Brisbane", "2026-03-30T14:00:00Z"),
            ("2026-03-31T00:00:00", "Asia/Kolkata", "2026-03-30T18:30:00Z"),
            ("2026-03-31T00:00:00", "Asia/Kathmandu", "2026-03-30T18:15:00Z"),
            # Before standard time each town had its own noon: Brisbane +10:12:08, New York -4:56:02.
            ("1890-01-01T00:00:00", "Australia/Brisbane", "1889-12-31T13:47:52Z"),
            ("1880-01-01T00:00:00", "America/New_York", "1880-01-01T04:56:02Z"),
        ],
    )
    def test_a_usual_local_time(self, clock: str, zone: str, instant: str) -> None:
        assert local_epoch(clock, zone) == (instant, False)

    @pytest.mark.parametrize(
        ("clock", "zone", "instant"),
        [
            # New York, 2026-11-01: 01:59:59 -04:00 is followed by 01:00:00 -05:00.
            ("2026-11-01T00:59:59", "America/New_York", "2026-11-01T04:59:59Z"),
            ("2026-11-01T01:00:00", "America/New_York", "2026-11-01T05:00:00Z"),
            ("2026-11-01T01:59:59", "America/New_York", "2026-11-01T05:59:59Z"),
            ("2026-11-01T02:00:00", "America/New_York", "2026-11-01T07:00:00Z"),
            # Lord Howe, 2026-04-05: 01:59:59 +11:00 is followed by 01:30:00 +10:30.
            ("2026-04-05T01:29:59", "Australia/Lord_Howe", "2026-04-04T14:29:59Z"),
            ("2026-04-05T01:30:00", "Australia/Lord_Howe", "2026-04-04T14:30:00Z"),
            ("2026-04-05T01:59:59", "Australia/Lord_Howe", "2026-04-04T14:59:59Z"),
            ("2026-04-05T02:00:00", "Australia/Lord_Howe", "2026-04-04T15:30:00Z"),
        ],
    )
    def test_a_local_time_that_occurs_twice_is_the_first(self, clock: str, zone: str, instant: str) -> None:
        assert local_epoch(clock, zone) == (instant, False)

    @pytest.mark.parametrize(
        ("clock", "zone", "instant", "skipped"),
        [
            # New York, 2026-03-08: 01:59:59 -05:00 is followed by 03:00:00 -04:00.
            ("2026-03-08T01:59:59", "America/New_York", "2026-03-08T06:59:59Z", False),
            ("2026-03-08T02:00:00", "America/New_York", "2026-03-08T07:00:00Z", True),
            ("2026-03-08T02:59:59", "America/New_York", "2026-03-08T07:00:00Z", True),
            ("2026-03-08T03:00:00", "America/New_York", "2026-03-08T07:00:00Z", False),
            # Lord Howe, 2026-10-04: 01:59:59 +10:30 is followed by 02:30:00 +11:00.
            ("2026-10-04T01:59:59", "Australia/Lord_Howe", "2026-10-03T15:29:59Z", False),
            ("2026-10-04T02:00:00", "Australia/Lord_Howe", "2026-10-03T15:30:00Z", True),
            ("2026-10-04T02:29:59", "Australia/Lord_Howe", "2026-10-03T15:30:00Z", True),
            ("2026-10-04T02:30:00", "Australia/Lord_Howe", "2026-10-03T15:30:00Z", False),
            # Samoa went from -10:00 to +14:00 at the end of 29 December 2011: there was no 30th.
            ("2011-12-30T15:00:00", "Pacific/Apia", "2011-12-30T10:00:00Z", True),
            # Liberia's change of 1972 was one of 44 minutes and 30 seconds.
            ("1972-01-07T00:20:00", "Africa/Monrovia", "1972-01-07T00:44:30Z", True),
        ],
    )
    def test_a_local_time_that_the_clocks_skip_is_the_change(
        self, clock: str, zone: str, instant: str, skipped: bool
    ) -> None:
        assert local_epoch(clock, zone) == (instant, skipped)

    @pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Etc/GMT+12", "America/New_York", "Asia/Kathmandu"])
    def test_the_calendar_s_ends_do_not_overflow(self, zone: str) -> None:
        for local in (EARLIEST, LATEST, LATEST + 1):
            epoch, skipped = to_epoch(local, load_zone(zone))
            assert abs(epoch - local) <= 86_400
            assert not skipped

    @modest
    @given(clock=st.one_of(clocks, recent_clocks), zone=zones)
    def test_local_times_agree_with_the_datetime_module(self, clock: datetime, zone: ZoneInfo) -> None:
        first, second = clock.replace(tzinfo=zone), clock.replace(tzinfo=zone, fold=1)
        assume(first.utcoffset() == second.utcoffset())  # neither skipped nor twice
        text = clock.isoformat()
        assert to_epoch(parse_moment(text).local, zone) == (first.timestamp(), False)
        assert parse_cell_instant(text, zone) == first.timestamp()

    @modest
    @given(clock=recent_clocks, zone=zones)
    def test_an_instant_s_own_local_time_leads_back_or_to_its_first_twin(self, clock: datetime, zone: ZoneInfo) -> None:
        instant = clock.replace(tzinfo=UTC)
        shown = instant.astimezone(zone)
        epoch, skipped = to_epoch(parse_moment(shown.isoformat()[:19]).local, zone)
        assert not skipped
        assert epoch == shown.replace(fold=0).timestamp()


class TestCells:
    @pytest.mark.parametrize(
        "text",
        [
            "2026-03-26T10:21:16",
            "2026-03-26 10:21:16",
            "2026-03-26 10:21:16.999",
            "2026-03-26T10:21:16,999999999",
            "2026-03-26T00:21:16Z",
            "2026-03-26 00:21:16z",
            "2026-03-25T20:21:16.5-04:00",
            "2026-03-26 10:21:16+10",
        ],
    )
    def test_the_spellings_of_one_instant_in_brisbane(self, text: str) -> None:
        assert parse_cell_instant(text, load_zone("Australia/Brisbane")) == 1_774_484_476

    def test_seconds_may_be_left_out(self) -> None:
        assert parse_cell_instant("2026-03-26 10:21", load_zone("UTC")) == utc("2026-03-26T10:21:00")

    def test_a_fraction_before_1970_is_cut_off_not_rounded(self) -> None:
        assert parse_cell_instant("1969-12-31T23:59:58.900Z", load_zone("UTC")) == -2

    def test_a_repeated_hour_is_its_first(self) -> None:
        text = "2026-11-01 01:30:00"
        assert parse_cell_instant(text, load_zone("America/New_York")) == utc("2026-11-01T05:30:00")

    @pytest.mark.parametrize(
        ("text", "zone", "reason"),
        [
            ("2026-03-26", "UTC", "has no time of day; write it as 2026-03-26T08:00:00"),
            ("26/03/2026 08:00", "UTC", "is not a date-time such as 2026-03-26T08:00:00"),
            ("", "UTC", "is not a date-time such as 2026-03-26T08:00:00"),
            ("2026-02-30 08:00:00", "UTC", "is not a date-time: day must be 01 to 28 in 2026-02"),
            ("0000-01-01T08:00:00", "UTC", "is not a date-time: year must be 0001 to 9999"),
            ("2026-03-26 24:00", "UTC", "is not a date-time: hour must be 00 to 23"),
            (
                "2026-10-04 02:15",
                "Australia/Lord_Howe",
                "does not exist in Australia/Lord_Howe: the clocks skip it",
            ),
            (
                "2026-03-08T02:30:00",
                "America/New_York",
                "does not exist in America/New_York: the clocks skip it",
            ),
            ("0001-01-01T00:00:00", "Australia/Brisbane", "lies outside the years 0001 to 9999 in UTC"),
            ("0001-01-01T00:00:00+00:01", "UTC", "lies outside the years 0001 to 9999 in UTC"),
            ("9999-12-31T23:59:59", "America/New_York", "lies outside the years 0001 to 9999 in UTC"),
            ("9999-12-31T23:59:59-14:00", "UTC", "lies outside the years 0001 to 9999 in UTC"),
        ],
    )
    def test_a_cell_is_refused_with_its_reason(self, text: str, zone: str, reason: str) -> None:
        with pytest.raises(ValueError) as refusal:
            parse_cell_instant(text, load_zone(zone))
        assert str(refusal.value) == reason

    def test_a_skipped_time_with_an_offset_is_an_instant_like_any_other(self) -> None:
        text = "2026-10-04T02:15:00+10:30"
        assert parse_cell_instant(text, load_zone("Australia/Lord_Howe")) == utc("2026-10-03T15:45:00")

    @modest
    @given(clock=st.one_of(clocks, recent_clocks), zone=zones, zulu=st.sampled_from(["", "Z"]))
    @example(clock=datetime.fromisoformat("2026-03-08T02:30:00"), zone=ZoneInfo("America/New_York"), zulu="")
    def test_the_quick_reading_equals_the_general_one(self, clock: datetime, zone: ZoneInfo, zulu: str) -> None:
        def read(text: str) -> int | str:
            try:
                return parse_cell_instant(text, zone)
            except ValueError as error:
                return str(error)

        text = clock.isoformat()
        assert read(text + zulu) == read(text + ".0" + zulu)  # a fraction is read by the general rules only


@pytest.mark.parametrize(
    ("instant", "zone", "again"),
    [
        ("2026-10-25T00:00:00Z", "Europe/Berlin", "2026-10-25T02:00:00+01:00"),
        ("2026-10-25T00:59:59Z", "Europe/Berlin", "2026-10-25T02:59:59+01:00"),
        ("2026-10-25T01:00:00Z", "Europe/Berlin", None),
        ("2026-10-24T23:59:59Z", "Europe/Berlin", None),
        ("2026-11-01T05:30:00Z", "America/New_York", "2026-11-01T01:30:00-05:00"),
        ("2026-04-04T14:30:00Z", "Australia/Lord_Howe", "2026-04-05T01:30:00+10:30"),
        ("2026-03-26T06:00:00Z", "UTC", None),
    ],
)
def test_a_time_that_comes_again_is_written_with_its_offset(instant: str, zone: str, again: str | None) -> None:
    assert find_repeat(parse_cell_instant(instant, load_zone("UTC")), load_zone(zone)) == again


@given(clock=recent_clocks, zone=zones)
@modest
def test_what_is_said_of_a_time_that_comes_again_is_understood(clock: datetime, zone: ZoneInfo) -> None:
    first, skipped = to_epoch(parse_moment(clock.isoformat()).local, zone)
    assume(not skipped)

    again = find_repeat(first, zone)

    assert (again is not None) == (
        clock.replace(tzinfo=zone, fold=1).utcoffset() != clock.replace(tzinfo=zone).utcoffset()
    )
    if again is not None:
        second = clock.replace(tzinfo=zone, fold=1).timestamp()
        assert parse_cell_instant(again, zone) == second > first
