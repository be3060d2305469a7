"""A query string into typed values: what is read, and the sentence of each refusal."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import quote

import pytest

from nexshift.config import MAX_QUERY_BYTES
from nexshift.errors import BadParameter, Forbidden, NexshiftError
from nexshift.listing import Endpoint
from nexshift.listings.checks import CHECKS
from nexshift.listings.downtime import DOWNTIME
from nexshift.listings.incidents import INCIDENTS
from nexshift.listings.runs import RUNS
from nexshift.listings.summary import SUMMARY
from nexshift.query import Query, parse_query
from nexshift.storage.keys import Grant
from tests.asking import raw_query, takes

SITE = "0b9f3a52-6c1e-4d7a-9a3e-5d2f7c8b1e40"
OTHER = "11111111-2222-4333-8444-555555555555"
UUID_RULE = "must be a UUID such as 0b9f3a52-6c1e-4d7a-9a3e-5d2f7c8b1e40"


@pytest.fixture
def at_one_site(grant: Grant) -> Grant:
    return replace(grant, sites={SITE: 1})


def parse(endpoint: Endpoint, sent: str | bytes, grant: Grant) -> Query:
    return parse_query(endpoint.path, endpoint.parameters, raw_query(sent), grant)


def values(endpoint: Endpoint, sent: str, grant: Grant) -> dict[str, object]:
    return {filter_.name: value for filter_, value in parse(endpoint, sent, grant).filters}


def refusal(endpoint: Endpoint, sent: str | bytes, grant: Grant) -> str:
    with pytest.raises(BadParameter) as caught:
        parse(endpoint, sent, grant)
    assert caught.value.status == 400
    return caught.value.sentence


class TestLimit:
    def test_it_is_500_when_not_sent(self, paged: Endpoint, grant: Grant) -> None:
        assert parse(paged, "", grant).page_rows == 500

    @pytest.mark.parametrize("limit", [1, 2, 999, 1000])
    def test_it_is_what_was_sent(self, paged: Endpoint, grant: Grant, limit: int) -> None:
        assert parse(paged, f"limit={limit}", grant).limit == limit

    @pytest.mark.parametrize(
        "sent", ["0", "1001", "5000", "", "abc", "1.5", "-1", " 5", "5 ", "1e2", "0x10", "٣", "１０", "5\n", "1_0"]
    )
    def test_anything_else_is_refused(self, paged: Endpoint, grant: Grant, sent: str) -> None:
        sentence = f'limit must be a whole number from 1 to 1000, not "{sent}"'
        assert refusal(paged, f"limit={quote(sent)}", grant) == sentence

    def test_a_sign_is_refused_encoded_or_not(self, grant: Grant) -> None:
        rule = "limit must be a whole number from 1 to 1000"
        assert refusal(RUNS, "limit=%2B5", grant) == f'{rule}, not "+5"'
        assert refusal(RUNS, "limit=+5", grant) == f'{rule}, not " 5"'

    def test_without_an_equals_sign_it_is_empty(self, grant: Grant) -> None:
        assert refusal(RUNS, "limit", grant) == 'limit must be a whole number from 1 to 1000, not ""'

    def test_a_very_long_number_is_shown_shortened(self, grant: Grant) -> None:
        sentence = refusal(RUNS, f"limit={'9' * 5_000}", grant)
        assert sentence == f'limit must be a whole number from 1 to 1000, not "{"9" * 60}…"'

    def test_the_summary_has_none(self, grant: Grant) -> None:
        assert (
            refusal(SUMMARY, "limit=5", grant) == 'unknown parameter "limit"; known here are from, to, site_id, format'
        )


KNOWN = "from, to, site_id, machine_id, changed_after, limit, cursor, format"


class TestNames:
    @pytest.mark.parametrize(
        ("sent", "proposal"),
        [
            ("form=2026-01-01", 'unknown parameter "form"; did you mean "from"?'),
            ("Limit=5", 'unknown parameter "Limit"; did you mean "limit"?'),
            ("siteid=5", 'unknown parameter "siteid"; did you mean "site_id"?'),
            (
                "xyzzy=1",
                f'unknown parameter "xyzzy"; known here are {KNOWN}',
            ),
            ("=1", f'unknown parameter ""; known here are {KNOWN}'),
            (
                "status=closed",
                f'unknown parameter "status"; known here are {KNOWN}',
            ),
        ],
    )
    def test_an_unknown_one_is_refused_with_the_nearest(self, grant: Grant, sent: str, proposal: str) -> None:
        assert refusal(RUNS, sent, grant) == proposal

    def test_an_unknown_one_is_refused_everywhere(self, endpoint: Endpoint, grant: Grant) -> None:
        assert refusal(endpoint, "form=2026-01-01", grant) == 'unknown parameter "form"; did you mean "from"?'

    def test_a_repeated_one_is_refused(self, endpoint: Endpoint, grant: Grant) -> None:
        for name in [each.name for each in endpoint.parameters]:
            assert refusal(endpoint, f"{name}=1&{name}=1", grant) == f"{name} must be sent once, not twice"

    def test_an_empty_value_is_refused(self, endpoint: Endpoint, grant: Grant) -> None:
        for name in [each.name for each in endpoint.parameters]:
            assert refusal(endpoint, f"{name}=", grant).startswith(name)

    def test_those_that_begin_with_an_underscore_are_ignored(self, endpoint: Endpoint, grant: Grant) -> None:
        plain = parse(endpoint, "from=2026-03-01", grant)
        assert parse(endpoint, "_=1&from=2026-03-01&_=2&_x=%ff&%5Fform=3", grant) == plain

    def test_percent_encoding_in_a_name_is_understood(self, grant: Grant) -> None:
        assert parse(RUNS, "l%69mit=7", grant).limit == 7
        assert refusal(RUNS, "limit=7&%6Cimit=8", grant) == "limit must be sent once, not twice"

    def test_empty_parts_are_nothing(self, grant: Grant) -> None:
        assert parse(RUNS, "&&limit=7&", grant).limit == 7


class TestFilters:
    @pytest.mark.parametrize("name", ["site_id", "machine_id"])
    @pytest.mark.parametrize(
        "sent", ["abc", "", SITE[:-1], SITE + "0", SITE.replace("-", ""), "{" + SITE + "}", "٣" * 36]
    )
    def test_an_id_must_be_a_uuid(self, grant: Grant, name: str, sent: str) -> None:
        assert refusal(RUNS, f"{name}={quote(sent)}", grant) == f'{name} {UUID_RULE}, not "{sent}"'

    def test_an_id_is_read_in_any_case(self, grant: Grant) -> None:
        assert values(RUNS, f"site_id={SITE.upper()}&machine_id={OTHER}", grant) == {
            "site_id": SITE,
            "machine_id": OTHER,
        }

    @pytest.mark.parametrize(("endpoint", "name"), [(CHECKS, "passed"), (DOWNTIME, "is_open")])
    def test_a_flag_is_true_or_false_in_any_case(self, grant: Grant, endpoint: Endpoint, name: str) -> None:
        for sent, value in [("true", True), ("TRUE", True), ("False", False), ("fAlSe", False)]:
            assert values(endpoint, f"{name}={sent}", grant) == {name: value}
        for sent in ("maybe", "1", "0", "yes", "", "true "):
            assert refusal(endpoint, f"{name}={quote(sent)}", grant) == f'{name} must be true or false, not "{sent}"'

    def test_a_status_is_one_of_four(self, grant: Grant) -> None:
        statuses = ["reported", "under_investigation", "corrective_actions_open", "closed"]
        for sent in statuses:
            assert values(INCIDENTS, f"status={sent}", grant) == {"status": sent}
        for sent in ("open", "Closed", ""):
            sentence = f'status must be one of {", ".join(statuses)}, not "{sent}"'
            assert refusal(INCIDENTS, f"status={sent}", grant) == sentence

    def test_a_severity_is_any_text_but_none(self, grant: Grant) -> None:
        assert values(INCIDENTS, "severity=high+%26%20l%C3%B6w", grant) == {"severity": "high & löw"}
        assert refusal(INCIDENTS, "severity=", grant) == 'severity must be a text of at least one character, not ""'

    def test_filters_stand_in_the_listings_order_whatever_the_requests(self, grant: Grant) -> None:
        sent = parse(RUNS, f"machine_id={OTHER}&site_id={SITE}", grant)
        assert sent == parse(RUNS, f"site_id={SITE}&machine_id={OTHER}", grant)

    def test_text_that_is_no_utf8_is_refused_for_every_parameter(self, endpoint: Endpoint, grant: Grant) -> None:
        for name in [each.name for each in endpoint.parameters]:
            for value in (b"%ff", b"\xff", b"%C3", b"%ed%a0%80"):
                sentence = f"{name} must be percent-encoded UTF-8 text, which its value is not"
                assert refusal(endpoint, name.encode() + b"=" + value, grant) == sentence


class TestDates:
    def test_a_plus_in_an_offset_is_understood_unencoded(self, endpoint: Endpoint, grant: Grant) -> None:
        unencoded = parse(endpoint, "from=2026-03-01T00:00:00+10:00&to=2026-03-02T00:00:00+10:00", grant)
        encoded = parse(endpoint, "from=2026-03-01T00:00:00%2B10:00&to=2026-03-02T00%3A00:00%2b10:00", grant)
        assert unencoded == encoded
        assert unencoded.window.from_text == "2026-03-01T00:00:00+10:00"
        assert unencoded.window.start == 1_772_287_200  # 2026-02-28T14:00:00Z
        assert unencoded.window.stop == 1_772_373_601  # the second itself is included

    def test_days_are_the_companys(self, grant: Grant) -> None:
        window = parse(RUNS, "from=2026-03-01&to=2026-03-01", grant).window
        assert (window.start, window.stop) == (1_772_287_200, 1_772_373_600)  # 14:00 to 14:00 UTC: Brisbane

    @pytest.mark.parametrize("name", ["from", "to"])
    @pytest.mark.parametrize("sent", ["", "abc", "2026-03-01 08:00:00", "٢٠٢٦-٠٣-٠١", "1772287200"])
    def test_another_text_is_refused(self, endpoint: Endpoint, grant: Grant, name: str, sent: str) -> None:
        rule = "must be a date such as 2026-03-31 or a date-time such as 2026-03-31T06:00:00Z"
        assert refusal(endpoint, f"{name}={quote(sent)}", grant) == f'{name} {rule}, not "{sent}"'

    def test_an_impossible_day_is_refused_with_the_reason(self, grant: Grant) -> None:
        assert refusal(RUNS, "from=2026-13-01", grant).endswith('not "2026-13-01" (month must be 01 to 12)')
        assert refusal(RUNS, "to=2026-02-29", grant).endswith('not "2026-02-29" (day must be 01 to 28 in 2026-02)')

    def test_from_after_to_is_refused(self, endpoint: Endpoint, grant: Grant) -> None:
        sentence = 'from must not be after to: "2026-03-02" is after "2026-03-01"'
        assert refusal(endpoint, "from=2026-03-02&to=2026-03-01", grant) == sentence


class TestLength:
    def test_8192_bytes_are_read_and_one_more_is_refused(self, endpoint: Endpoint, grant: Grant) -> None:
        longest = "_=" + "x" * (MAX_QUERY_BYTES - 2)
        assert len(longest) == 8_192
        assert parse(endpoint, longest, grant).filters == ()
        assert refusal(endpoint, longest + "x", grant) == "the query string must not be longer than 8192 bytes"


class TestSites:
    """What a key that is limited to sites may ask for."""

    def test_a_listed_site_is_read_in_any_case(self, endpoint: Endpoint, at_one_site: Grant) -> None:
        assert values(endpoint, f"site_id={SITE.upper()}", at_one_site) == {"site_id": SITE}

    @pytest.mark.parametrize(
        "around",
        ["", "&limit=0", "&form=1", "&from=2026-13-01", "&cursor=x", f"&site_id={SITE}", "&site_id=abc", "&_=%ff"],
    )
    def test_another_is_forbidden_whatever_else_is_wrong(
        self, endpoint: Endpoint, at_one_site: Grant, around: str
    ) -> None:
        for sent in (f"site_id={OTHER}{around}", f"{around[1:]}&site_id={OTHER.upper()}"):
            with pytest.raises(Forbidden):
                parse(endpoint, sent, at_one_site)

    def test_a_malformed_one_is_malformed(self, endpoint: Endpoint, at_one_site: Grant) -> None:
        assert refusal(endpoint, "site_id=abc", at_one_site) == f'site_id {UUID_RULE}, not "abc"'
        assert refusal(endpoint, "site_id=", at_one_site) == f'site_id {UUID_RULE}, not ""'
        assert refusal(endpoint, "site_id=%ff", at_one_site).startswith("site_id must be percent-encoded UTF-8")

    def test_without_any_site_left_every_one_is_forbidden(self, endpoint: Endpoint, grant: Grant) -> None:
        with pytest.raises(Forbidden) as caught:
            parse(endpoint, f"site_id={SITE}", replace(grant, sites={}))
        assert caught.value.sentence == "API key does not have access to the requested resource"


def test_a_refused_cursor_is_named_with_the_way_out(paged: Endpoint, grant: Grant) -> None:
    sentence = refusal(paged, "cursor=abc", grant)
    assert sentence.startswith("cursor ")
    assert '"abc"' in sentence


def test_the_query_of_a_path_without_a_cursor_knows_none(endpoint: Endpoint, grant: Grant) -> None:
    if takes(endpoint, "cursor"):
        assert parse(endpoint, "", grant).after is None
    else:
        with pytest.raises(NexshiftError):
            parse(endpoint, "cursor=abc", grant)
