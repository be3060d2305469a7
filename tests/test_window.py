"""`from` and `to` as half-open UTC bounds: whole local days, inclusive instants, refusals."""

from __future__ import annotations

from datetime import date, timedelta
from zoneinfo import available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nexshift.errors import BadParameter
from nexshift.instants import EARLIEST, LATEST, format_instant, load_zone
from nexshift.window import Window, parse_window

modest = settings(max_examples=300, deadline=None, derandomize=True, database=None)
zone_names = st.sampled_from(sorted(available_timezones() - {"localtime", "Factory"}))
BRISBANE, NEW_YORK, LORD_HOWE = "Australia/Brisbane", "America/New_York", "Australia/Lord_Howe"


def bounds(from_text: str | None, to_text: str | None, zone: str = "UTC") -> tuple[str | None, str | None]:
    """Start and stop as text; the stop is the first instant outside."""
    window = parse_window(from_text, to_text, load_zone(zone))
    start = None if window.start is None else format_instant(window.start)
    return start, None if window.stop is None else format_instant(window.stop)


def refusal(from_text: str | None, to_text: str | None, zone: str = "UTC") -> str:
    with pytest.raises(BadParameter) as caught:
        parse_window(from_text, to_text, load_zone(zone))
    assert caught.value.status == 400
    return caught.value.sentence


def hours(day: str, zone: str) -> float:
    window = parse_window(day, day, load_zone(zone))
    assert window.start is not None
    assert window.stop is not None
    return (window.stop - window.start) / 3600


class TestDays:
    def test_nothing_sent_is_open_at_both_ends(self) -> None:
        assert parse_window(None, None, load_zone("UTC")) == Window(None, None, None, None)

    def test_one_end_may_be_open(self) -> None:
        assert bounds("2026-03-31", None) == ("2026-03-31T00:00:00Z", None)
        assert bounds(None, "2026-03-31") == (None, "2026-04-01T00:00:00Z")

    def test_the_texts_are_kept_as_they_were_sent(self) -> None:
        window = parse_window("2026-03-31", "2026-03-31t06:00:00,50-1000", load_zone("UTC"))
        assert (window.from_text, window.to_text) == ("2026-03-31", "2026-03-31t06:00:00,50-1000")

    @pytest.mark.parametrize(
        ("zone", "start", "stop"),
        [
            ("UTC", "2026-03-31T00:00:00Z", "2026-04-01T00:00:00Z"),
            (BRISBANE, "2026-03-30T14:00:00Z", "2026-03-31T14:00:00Z"),
            ("Asia/Kolkata", "2026-03-30T18:30:00Z", "2026-03-31T18:30:00Z"),
            ("Asia/Kathmandu", "2026-03-30T18:15:00Z", "2026-03-31T18:15:00Z"),
            (NEW_YORK, "2026-03-31T04:00:00Z", "2026-04-01T04:00:00Z"),
        ],
    )
    def test_a_date_is_that_whole_day_in_the_zone(self, zone: str, start: str, stop: str) -> None:
        assert bounds("2026-03-31", "2026-03-31", zone) == (start, stop)

    def test_a_leap_day_is_a_day_and_february_ends_with_it(self) -> None:
        assert bounds("2024-02-29", "2024-02-29") == ("2024-02-29T00:00:00Z", "2024-03-01T00:00:00Z")

    @pytest.mark.parametrize(
        ("day", "zone", "length"),
        [
            ("2026-03-08", NEW_YORK, 23),
            ("2026-11-01", NEW_YORK, 25),
            ("2026-10-04", LORD_HOWE, 23.5),
            ("2026-04-05", LORD_HOWE, 24.5),
            ("2026-03-08", BRISBANE, 24),
        ],
    )
    def test_a_day_on_which_the_clocks_change_has_its_own_length(self, day: str, zone: str, length: float) -> None:
        assert hours(day, zone) == length

    @pytest.mark.parametrize(
        ("day", "zone", "start", "stop"),
        [
            # No midnight: 23:59:59 is followed by 01:00:00.
            ("2018-11-04", "America/Sao_Paulo", "2018-11-04T03:00:00Z", "2018-11-05T02:00:00Z"),
            ("2018-11-03", "America/Sao_Paulo", "2018-11-03T03:00:00Z", "2018-11-04T03:00:00Z"),
            ("2022-03-27", "Asia/Beirut", "2022-03-26T22:00:00Z", "2022-03-27T21:00:00Z"),
            # Midnight twice: 00:59:59 is followed by 00:00:00.
            ("2022-11-06", "America/Havana", "2022-11-06T04:00:00Z", "2022-11-07T05:00:00Z"),
            ("2022-11-05", "America/Havana", "2022-11-05T04:00:00Z", "2022-11-06T04:00:00Z"),
            # The day before has its last hour twice: 23:59:59 is followed by 23:00:00.
            ("2018-02-17", "America/Sao_Paulo", "2018-02-17T02:00:00Z", "2018-02-18T03:00:00Z"),
        ],
    )
    def test_a_day_starts_at_its_first_instant_where_midnight_is_skipped_or_doubled(
        self, day: str, zone: str, start: str, stop: str
    ) -> None:
        assert bounds(day, day, zone) == (start, stop)

    def test_a_day_that_a_zone_left_out_is_an_empty_window(self) -> None:
        assert bounds("2011-12-30", "2011-12-30", "Pacific/Apia") == ("2011-12-30T10:00:00Z",) * 2

    @modest
    @given(day=st.dates(date(1, 1, 1), date(9999, 12, 29)), zone_name=zone_names)
    def test_days_tile(self, day: date, zone_name: str) -> None:
        zone, next_day = load_zone(zone_name), day + timedelta(days=1)
        today = parse_window(day.isoformat(), day.isoformat(), zone)
        tomorrow = parse_window(next_day.isoformat(), next_day.isoformat(), zone)
        both = parse_window(day.isoformat(), next_day.isoformat(), zone)
        assert today.stop == tomorrow.start
        assert (both.start, both.stop) == (today.start, tomorrow.stop)


class TestInstants:
    def test_both_ends_are_inclusive(self) -> None:
        assert bounds("2026-03-31T06:00:00Z", "2026-03-31T06:00:00Z") == (
            "2026-03-31T06:00:00Z",
            "2026-03-31T06:00:01Z",
        )

    def test_without_an_offset_a_date_time_is_in_the_zone(self) -> None:
        assert bounds("2026-03-31T06:00", "2026-03-31T07:00", BRISBANE) == (
            "2026-03-30T20:00:00Z",
            "2026-03-30T21:00:01Z",
        )

    def test_an_offset_decides_against_the_zone(self) -> None:
        assert bounds("2026-03-31T06:00:00+05:45", "2026-03-31T06:00:00-0330", BRISBANE) == (
            "2026-03-31T00:15:00Z",
            "2026-03-31T09:30:01Z",
        )

    def test_from_rounds_up_and_to_rounds_down(self) -> None:
        assert bounds("2026-03-31T06:00:00.001Z", "2026-03-31T06:00:09.999Z") == (
            "2026-03-31T06:00:01Z",
            "2026-03-31T06:00:10Z",
        )

    def test_a_fraction_of_nothing_rounds_nowhere(self) -> None:
        assert bounds("2026-03-31T06:00:00.000Z", None) == ("2026-03-31T06:00:00Z", None)

    def test_a_repeated_local_time_is_its_first(self) -> None:
        assert bounds("2026-11-01T01:30:00", "2026-11-01T01:30:00", NEW_YORK) == (
            "2026-11-01T05:30:00Z",
            "2026-11-01T05:30:01Z",
        )

    def test_a_skipped_local_time_is_the_change_to_the_second(self) -> None:
        assert bounds("2026-10-04T02:15:00.5", "2026-10-04T02:15:00.5", LORD_HOWE) == (
            "2026-10-03T15:30:00Z",
            "2026-10-03T15:30:01Z",
        )

    def test_a_date_and_a_date_time_go_together(self) -> None:
        assert bounds("2026-03-31", "2026-03-31T06:00", BRISBANE) == (
            "2026-03-30T14:00:00Z",
            "2026-03-30T20:00:01Z",
        )


class TestCalendarEnds:
    @pytest.mark.parametrize("zone", ["UTC", BRISBANE, NEW_YORK, "Pacific/Kiritimati", "Etc/GMT+12"])
    def test_the_whole_calendar_can_be_asked_for_in_any_zone(self, zone: str) -> None:
        window = parse_window("0001-01-01", "9999-12-31", load_zone(zone))
        assert window.start is not None
        assert window.stop is not None
        assert EARLIEST <= window.start <= EARLIEST + 86_400
        assert LATEST + 1 - 86_400 <= window.stop <= LATEST + 1

    def test_the_whole_calendar_in_utc_leaves_nothing_out(self) -> None:
        assert parse_window("0001-01-01", "9999-12-31", load_zone("UTC")) == Window(
            EARLIEST, LATEST + 1, "0001-01-01", "9999-12-31"
        )

    def test_instants_before_and_after_all_that_can_be_stored_are_clamped(self) -> None:
        zone = load_zone("UTC")
        assert parse_window("0001-01-01T00:00:00+14:00", None, zone).start == EARLIEST
        assert parse_window(None, "0001-01-01T00:00:00+14:00", zone).stop == EARLIEST
        assert parse_window("9999-12-31T23:59:59-12:00", None, zone).start == LATEST + 1
        assert parse_window(None, "9999-12-31T23:59:59-12:00", zone).stop == LATEST + 1
        assert parse_window("9999-12-31T23:59:59.5", None, zone).start == LATEST + 1


class TestOrder:
    @pytest.mark.parametrize(
        ("from_text", "to_text", "zone"),
        [
            ("2026-04-01", "2026-03-31", "UTC"),
            ("2026-03-31T06:00:01Z", "2026-03-31T06:00:00Z", "UTC"),
            ("2026-03-31T06:00:00.7Z", "2026-03-31T06:00:00.5Z", "UTC"),
            ("2026-03-31T06:00:00.51Z", "2026-03-31T06:00:00.5Z", "UTC"),
            ("2026-03-31T06:00:00+09:00", "2026-03-31T06:00:00+10:00", "UTC"),
            ("2026-03-31T14:00:00Z", "2026-03-31", BRISBANE),  # the first instant of 1 April there
            ("2026-04-01", "2026-03-31T13:59:59Z", BRISBANE),
            ("9999-12-31T23:59:59-12:00", "9999-12-31T23:59:59-11:00", "UTC"),
            ("2011-12-31T00:00:01", "2011-12-30", "Pacific/Apia"),
        ],
    )
    def test_from_after_to_is_refused_with_both_as_sent(self, from_text: str, to_text: str, zone: str) -> None:
        expected = f'from must not be after to: "{from_text}" is after "{to_text}"'
        assert refusal(from_text, to_text, zone) == expected

    @pytest.mark.parametrize(
        ("from_text", "to_text", "zone"),
        [
            ("2026-03-31T13:59:59Z", "2026-03-31", BRISBANE),
            ("2026-03-31T13:59:59.9Z", "2026-03-31", BRISBANE),
            ("2026-04-01", "2026-03-31T14:00:00Z", BRISBANE),
            ("2026-01-01T00:00:00", "2026-01-01T00:00:00", "UTC"),
            ("2026-01-01T10:00:00+10:00", "2026-01-01T00:00:00Z", "UTC"),
            ("2026-01-01T00:00:00.5Z", "2026-01-01T00:00:00.50Z", "UTC"),
        ],
    )
    def test_from_up_to_the_last_moment_of_to_is_understood(self, from_text: str, to_text: str, zone: str) -> None:
        window = parse_window(from_text, to_text, load_zone(zone))
        assert (window.from_text, window.to_text) == (from_text, to_text)

    def test_between_two_whole_seconds_there_is_an_empty_window_not_a_refusal(self) -> None:
        window = parse_window("2026-01-01T00:00:00.5Z", "2026-01-01T00:00:00.7Z", load_zone("UTC"))
        assert window.start == window.stop


class TestMalformed:
    MUST = "must be a date such as 2026-03-31 or a date-time such as 2026-03-31T06:00:00Z, not"

    @pytest.mark.parametrize(
        ("sent", "told"),
        [
            ("2026-13-01", '"2026-13-01" (month must be 01 to 12)'),
            ("2026-02-30", '"2026-02-30" (day must be 01 to 28 in 2026-02)'),
            ("2026-01-01T24:00", '"2026-01-01T24:00" (hour must be 00 to 23)'),
            ("0000-01-01", '"0000-01-01" (year must be 0001 to 9999)'),
            ("10000-01-01", '"10000-01-01"'),
            ("2026-03-31 06:00:00", '"2026-03-31 06:00:00"'),
            ("2026-03-31x", '"2026-03-31x"'),
            ("yesterday", '"yesterday"'),
            ("", '""'),
            ("7" * 60, '"' + "7" * 60 + '"'),
            ("7" * 61, '"' + "7" * 60 + '…"'),
        ],
    )
    def test_a_malformed_end_is_named_with_what_was_sent_and_what_is_allowed(self, sent: str, told: str) -> None:
        assert refusal(sent, None) == f"from {self.MUST} {told}"
        assert refusal(None, sent) == f"to {self.MUST} {told}"
        assert refusal("2026-01-01", sent) == f"to {self.MUST} {told}"

    @modest
    @given(sent=st.text(max_size=40) | st.text("0123456789-:TZ.+", max_size=30))
    def test_any_text_is_understood_or_refused_in_a_sentence(self, sent: str) -> None:
        try:
            outcome = parse_window(sent, sent, load_zone(LORD_HOWE)).from_text
        except BadParameter as error:
            outcome = error.sentence
        assert outcome == sent or (outcome or "").startswith(f"from {self.MUST}")
