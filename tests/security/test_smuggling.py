"""Bytes that two programs might take for different requests: refused, or the connection ends before the second one.

Behind each attempt follows a request that must never be answered as one.
"""

from __future__ import annotations

import pytest

from tests.security.wire import BARE_400, SMUGGLED, Service, statuses

GET = b"GET /health HTTP/1.1\r\nHost: plant\r\n"
INCIDENTS = b"/api/v1/safety/incidents"
LAST_CHUNK = b"0\r\n\r\n"


def headers(*lines: bytes) -> bytes:
    return GET + b"".join(line + b"\r\n" for line in lines) + b"\r\n"


REFUSED = {
    "both lengths": headers(b"Content-Length: 4", b"Transfer-Encoding: chunked") + LAST_CHUNK,
    "both lengths, the other way round": headers(b"Transfer-Encoding: chunked", b"Content-Length: 4") + LAST_CHUNK,
    "two lengths": headers(b"Content-Length: 2", b"Content-Length: 3") + b"{}",
    "one length twice": headers(b"Content-Length: 2", b"Content-Length: 2") + b"{}",
    "a list of lengths": headers(b"Content-Length: 2, 2") + b"{}",
    "a length with a sign": headers(b"Content-Length: +2") + b"{}",
    "a negative length": headers(b"Content-Length: -0"),
    "a hexadecimal length": headers(b"Content-Length: 0x2") + b"{}",
    "a length with an underscore": headers(b"Content-Length: 0_2") + b"{}",
    "a length in two parts": headers(b"Content-Length: 0 2") + b"{}",
    "an empty length": headers(b"Content-Length: "),
    "a length beyond 64 bits": headers(b"Content-Length: 18446744073709551618") + b"{}",
    "a space before the colon of a length": headers(b"Content-Length : 2") + b"{}",
    "a space before the colon of a coding": headers(b"Transfer-Encoding : chunked") + LAST_CHUNK,
    "an unknown coding": headers(b"Transfer-Encoding: xchunked") + LAST_CHUNK,
    "a coding in quotation marks": headers(b'Transfer-Encoding: "chunked"') + LAST_CHUNK,
    "no coding": headers(b"Transfer-Encoding: identity") + LAST_CHUNK,
    "an empty coding": headers(b"Transfer-Encoding: "),
    "chunked and then another coding": headers(b"Transfer-Encoding: chunked, identity") + LAST_CHUNK,
    "another coding and then chunked": headers(b"Transfer-Encoding: gzip, chunked") + LAST_CHUNK,
    "chunked twice": headers(b"Transfer-Encoding: chunked", b"Transfer-Encoding: chunked") + LAST_CHUNK,
    "two codings": headers(b"Transfer-Encoding: chunked", b"Transfer-Encoding: identity") + LAST_CHUNK,
    "a vertical tab before the coding": headers(b"Transfer-Encoding: \x0bchunked") + LAST_CHUNK,
    "a folded line": headers(b"X-Folded: one\r\n two"),
    "a folded coding": headers(b"Transfer-Encoding:\r\n chunked") + LAST_CHUNK,
    "a folded first line": b"GET /health HTTP/1.1\r\n Host: plant\r\n\r\n",
    "lines that end with LF": GET.replace(b"\r\n", b"\n") + b"\n",
    "one line that ends with LF": GET + b"X-Line: feed\n\r\n",
    "a blank line of LF": GET + b"\n",
    "CR in a value": headers(b"X-Value: one\rtwo"),
    "CR between lines": GET[:-2] + b"\rX: y\r\n\r\n",
    "NUL in a value": headers(b"X-Value: one\0two"),
    "NUL in a name": headers(b"X\0: y"),
    "a control character in a value": headers(b"X-Value: \x01"),
    "a name that is no token": headers(b"X(y): z"),
    "a name beyond ASCII": headers(b"X\xe9: y"),
    "no name": headers(b": y"),
    "no host": b"GET /health HTTP/1.1\r\n\r\n",
    "two hosts": headers(b"Host: elsewhere"),
    "one host twice": headers(b"Host: plant"),
    "HTTP/0.9 by its shape": b"GET /health\r\n",
    "HTTP/0.9 by its name": b"GET /health HTTP/0.9\r\nHost: plant\r\n\r\n",
    "HTTP/1.2": b"GET /health HTTP/1.2\r\nHost: plant\r\n\r\n",
    "HTTP/2.0": b"GET /health HTTP/2.0\r\nHost: plant\r\n\r\n",
    "HTTP/2's preface": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0",
    "a coding with HTTP/1.0": b"GET /health HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n" + LAST_CHUNK,
    "TLS's hello": b"\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03" + bytes(155),
    "a method in small letters": GET.lower() + b"\r\n",
    "a method that nobody knows": GET.replace(b"GET", b"FROB") + b"\r\n",
    "tabs in the first line": GET.replace(b" ", b"\t", 2) + b"\r\n",
    "a space in the target": GET.replace(b"health", b"he alth") + b"\r\n",
    "a space before the request": b" " + GET + b"\r\n",
    "a tunnel": b"CONNECT plant:80 HTTP/1.1\r\nHost: plant\r\n\r\n",
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_could_be_read_in_two_ways_is_refused(service: Service, name: str) -> None:
    assert service.say(REFUSED[name] + SMUGGLED) == BARE_400


BAD_BODIES = {
    "a size with 0x": b"0x2\r\n{}\r\n" + LAST_CHUNK,
    "a negative size": b"-2\r\n{}\r\n" + LAST_CHUNK,
    "a size with a space": b"2 \r\n{}\r\n" + LAST_CHUNK,
    "a size beyond 64 bits": b"10000000000000002\r\n{}\r\n" + LAST_CHUNK,
    "no size": b"\r\n{}\r\n" + LAST_CHUNK,
    "too small a size": b"1\r\n{}\r\n" + LAST_CHUNK,
    "too large a size": b"3\r\n{}\r\n" + LAST_CHUNK,
    "a size that ends with LF": b"2\n{}\r\n" + LAST_CHUNK,
    "an extension that ends with LF": b"2;a\n{}\r\n" + LAST_CHUNK,
    "an end of LF": b"2\r\n{}\r\n0\n\n",
    "letters": b"zz\r\n{}\r\n" + LAST_CHUNK,
}


@pytest.mark.parametrize("name", BAD_BODIES)
def test_nothing_is_answered_behind_a_bad_chunk(service: Service, name: str) -> None:
    """The head was good and is answered; where the body ends nobody knows, so the connection does."""
    received = service.say(headers(b"Transfer-Encoding: chunked") + BAD_BODIES[name] + SMUGGLED)
    assert statuses(received) == [200]


@pytest.mark.parametrize("coding", [b"chunked", b"CHUNKED", b"\tchunked"])
@pytest.mark.parametrize("body", [b"2\r\n{}\r\n0\r\n\r\n", b"2;a=b\r\n{}\r\n0\r\nX-Behind: y\r\n\r\n"])
def test_good_chunks_end_where_they_end(service: Service, coding: bytes, body: bytes) -> None:
    received = service.say(headers(b"Transfer-Encoding: " + coding) + body + SMUGGLED)
    assert statuses(received) == [200, 404]


def test_a_key_behind_the_body_is_no_key(service: Service) -> None:
    key = b"Authorization: Bearer " + service.keys["all"].encode()
    lines = [b"Connection: close", b"Transfer-Encoding: chunked"]
    assert statuses(service.say(headers(*lines, key).replace(b"/health", INCIDENTS) + LAST_CHUNK)) == [200]
    behind = b"0\r\n" + key + b"\r\n\r\n"
    assert statuses(service.say(headers(*lines).replace(b"/health", INCIDENTS) + behind)) == [401]


@pytest.mark.parametrize(
    "endless", [b"0\r\n" + b"X-Behind: y\r\n" * 500_000, b"2;" + b"a=b;" * 1_000_000, b"1\r\na\r\n" * 500_000]
)
def test_what_never_ends_behind_the_head_is_not_read(service: Service, endless: bytes) -> None:
    assert statuses(service.say(headers(b"Transfer-Encoding: chunked") + endless + b"\r\n\r\n" + SMUGGLED)) == [200]


@pytest.mark.parametrize("protocol", [b"h2c", b"websocket", b"TLS/1.2"])
def test_nothing_is_answered_behind_a_wish_for_another_protocol(service: Service, protocol: bytes) -> None:
    received = service.say(headers(b"Connection: Upgrade", b"Upgrade: " + protocol) + SMUGGLED)
    assert statuses(received) == [200]


def test_http_1_0_is_one_request_a_connection(service: Service) -> None:
    received = service.say(b"GET /health HTTP/1.0\r\nConnection: keep-alive\r\n\r\n" + SMUGGLED)
    assert statuses(received) == [200]


@pytest.mark.parametrize("method", [b"TRACE", b"PROPFIND", b"SOURCE", b"PURGE", b"POST"])
def test_a_method_that_does_not_read_is_405(service: Service, method: bytes) -> None:
    for target in (b"/health", b"/api/v1/safety/incidents", b"/docs"):
        answer = service.ask(target, method=method)
        assert answer.status == 405
        assert answer.error.startswith(method.decode())
