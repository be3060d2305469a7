"""Too much of everything, and characters that are none: refused at once, with one sentence where it is HTTP at all."""

from __future__ import annotations

from base64 import b64encode

import pytest

from tests.security.wire import Service, read_answer, statuses
from tests.web.plant import INCIDENTS


@pytest.mark.parametrize("size", [40_000, 100_000, 10_000_000])
@pytest.mark.parametrize("name", [b"Authorization: Bearer ", b"Cookie: ", b"Host: ", b"If-None-Match: ", b""])
def test_a_header_that_is_too_long_is_431(service: Service, name: bytes, size: int) -> None:
    sent = b"GET /health HTTP/1.1\r\n" + name + b"a" * size + b"\r\n\r\n"
    assert statuses(service.say(sent)) == [431]


def test_10000_headers_are_431(service: Service) -> None:
    lines = b"".join(b"X-%d: y\r\n" % number for number in range(10_000))
    assert statuses(service.say(b"GET /health HTTP/1.1\r\nHost: plant\r\n" + lines + b"\r\n")) == [431]


def test_as_many_headers_as_fit_cost_no_more_than_their_bytes(service: Service) -> None:
    assert service.ask(INCIDENTS.encode(), *[b"a:b"] * 6_000).status == 200
    assert service.ask(INCIDENTS.encode(), *[b"authorization:b"] * 1_500).status == 401


@pytest.mark.parametrize("pair", [b"limit=1", b"a", b"_=1", b"", b"%", b"a=%00", b"cursor=a", b"site_id="])
def test_10000_parameters_are_refused(service: Service, pair: bytes) -> None:
    answer = service.incidents(b"&".join([pair] * 10_000))
    assert answer.status in (400, 431)
    assert answer.error


@pytest.mark.parametrize("pair", [b"limit=1", b"a%d", b"from=2026-01-01", b"%%00%d", b"x[%d]=1"])
def test_as_many_parameters_as_fit_are_refused_in_one_short_sentence(service: Service, pair: bytes) -> None:
    pairs = [pair % number if b"%d" in pair else pair for number in range(500)]
    answer = service.incidents(b"&".join(pairs))
    assert answer.status == 400
    assert len(answer.error) < 500


NO_NUMBERS = [
    *(b"0", b"1001", b"-1", b"1e3", b"1.0", b"0x10", b"%2B5", b"+5", b"5_0", b"NaN", b"Infinity", b"true", b"null"),
    *(b"%00", b"1%00", b"%D9%A1", b"%EF%BC%91", b"%C2%B2", b"9" * 20, b"9" * 4_000, b"-" + b"9" * 4_000, b"0" * 4_000),
]


@pytest.mark.parametrize("sent", NO_NUMBERS, ids=lambda sent: sent[:20].decode())
def test_a_limit_that_is_no_number_in_bounds_is_400(service: Service, sent: bytes) -> None:
    answer = service.incidents(b"limit=" + sent)
    assert answer.status == 400
    assert answer.error.startswith("limit must be a whole number from 1 to 1000, not ")


NO_UTF_8 = [b"%ff", b"%c0%80", b"%ed%a0%80", b"%ed%b0%80", b"%f4%90%80%80", b"%80", b"%e2%82", b"a%fe%ff"]


@pytest.mark.parametrize("sent", NO_UTF_8)
@pytest.mark.parametrize("name", [b"from", b"to", b"site_id", b"status", b"severity", b"limit", b"cursor"])
def test_what_is_no_utf_8_is_400(service: Service, name: bytes, sent: bytes) -> None:
    answer = service.incidents(name + b"=" + sent)
    assert answer.status == 400
    assert answer.error == f"{name.decode()} must be percent-encoded UTF-8 text, which its value is not"


@pytest.mark.parametrize(
    "sent", [b"%00", b"a%00b", b"%01", b"%7f", b"%EF%BF%BE", b"%F4%8F%BF%BF", b"%E2%80%AE", b"'--"]
)
def test_a_sign_that_no_severity_holds_finds_nothing(service: Service, sent: bytes) -> None:
    """`severity` is free text: whatever is asked for is bound to the query as a value."""
    answer = service.incidents(b"severity=" + sent)
    assert answer.status == 200
    assert answer.json()["data"] == []


@pytest.mark.parametrize(
    "name", [b"from", b"site_id", b"status", b"limit", b"cursor", b"a", b"%ff", b"%00", b"%ed%a0%80"]
)
@pytest.mark.parametrize(
    "sent", [b"%00", b"%22%0d%0aX-Forged: y", b"%1b[31m", b"%3Cscript%3E", b"%E2%80%A8", b"\\", b"%22"]
)
def test_what_is_repeated_in_a_sentence_stays_in_its_sentence(service: Service, name: bytes, sent: bytes) -> None:
    answer = service.incidents(name + b"=" + sent.replace(b" ", b"%20"))
    assert answer.status == 400
    assert answer.error
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "x-forged" not in answer.headers
    assert all(byte >= 32 for byte in answer.body)


@pytest.mark.parametrize(
    "sent", [b"A" * 44, b"A" * 43 + b"%C3%A9", b"%C3%A9" * 44, b"A" * 43 + b"=", b"-" * 44, b"/" * 44]
)
def test_what_is_as_long_as_a_cursor_is_not_yet_one(service: Service, sent: bytes) -> None:
    answer = service.incidents(b"cursor=" + sent)
    assert answer.status == 400
    assert answer.error.startswith("cursor must be the next_cursor of a page with the same path, filters and key, not ")


UNREADABLE = [
    *(b"", b" ", b"Bearer", b"Bearer ", b"bearer\t", b"Bearer nxs_", b"Bearer " + b"a" * 20_000, b"Bearer \xff\xfe"),
    *(b"Basic", b"Basic ====", b"Basic YQ", b"Basic \xff", b"Basic " + b64encode(b"\xff" * 9_000), b"Basic Og=="),
    *(b"Negotiate YII=", b"Digest username=a", b"\xe2\x80\xaeBearer", b"Bearer a, Bearer b", b"=" * 20_000),
]


@pytest.mark.parametrize("sent", UNREADABLE, ids=lambda sent: sent[:20].decode("latin-1"))
def test_what_holds_no_key_is_401(service: Service, sent: bytes) -> None:
    answer = service.ask(INCIDENTS.encode(), b"Authorization: " + sent, key=None)
    assert answer.status == 401
    assert answer.error == "Invalid or missing API key"


@pytest.mark.parametrize("header", [b"If-None-Match", b"Accept-Encoding", b"Accept", b"Origin", b"Range", b"Cookie"])
@pytest.mark.parametrize(
    "sent", [b"", b"*", b'"', b",,,,", b"\xff\xfe", b"gzip;q=" + b"9" * 5_000, b"a," * 9_000, b'W/"' * 5_000]
)
def test_a_header_that_makes_no_sense_is_passed_over(service: Service, header: bytes, sent: bytes) -> None:
    answer = service.ask(INCIDENTS.encode(), header + b": " + sent)
    assert answer.status in (200, 304)


def test_the_service_goes_on_after_a_client_that_leaves(service: Service) -> None:
    for cut in range(0, 120, 7):
        request = b"GET /api/v1/safety/incidents HTTP/1.1\r\nHost: plant\r\nAuthorization: Bearer nxs_abc\r\n\r\n"[:cut]
        service.leave_after(request)
    answer = read_answer(service.say(b"GET /health HTTP/1.1\r\nHost: plant\r\nConnection: close\r\n\r\n"))
    assert answer.json() == {"status": "ok"}
