"""On the wire: what is no HTTP, what is too large, what never arrives, and several requests on one connection."""

import json
import re
import socket
from collections.abc import Iterator
from contextlib import closing, suppress

import pytest
from litestar import Litestar

from nexshift.config import MAX_BODY_BYTES, MAX_HEADER_BYTES
from nexshift.web import protocol
from tests.web.plant import INCIDENTS
from tests.web.running import running

HEALTH = b"GET /health HTTP/1.1\r\nHost: plant\r\n\r\n"
LAST = b"GET /health HTTP/1.1\r\nHost: plant\r\nConnection: close\r\n\r\n"
BARE_400 = b"HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"


@pytest.fixture
def port(app: Litestar) -> Iterator[int]:
    with running(app) as port:
        yield port


def connect(port: int) -> "closing[socket.socket]":
    return closing(socket.create_connection(("127.0.0.1", port), timeout=10))


def read_to_end(connection: socket.socket) -> bytes:
    received = b""
    while piece := connection.recv(65536):
        received += piece
    return received


def read_what_comes(connection: socket.socket) -> bytes:
    """The same of a service that has not read all: it refuses the rest by a reset, after the answer."""
    received = b""
    with suppress(ConnectionResetError):
        while piece := connection.recv(65536):
            received += piece
    return received


def ask(port: int, sent: bytes) -> bytes:
    """All that the service says until it closes the connection."""
    with connect(port) as connection:
        connection.sendall(sent)
        return read_to_end(connection)


def statuses(received: bytes) -> list[int]:
    return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d{3}) ", received)]


@pytest.mark.parametrize(
    "sent",
    [
        b"hello\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",  # TLS on a plain port
        b"GET /health HTTP/9.9\r\n\r\n",
        b"GET /he\xffalth HTTP/1.1\r\n\r\n",
        b"GET /health HTTP/1.1\r\nno colon\r\n\r\n",
        b"GET /health HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"GET /health HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"CONNECT plant:80 HTTP/1.1\r\nHost: plant\r\n\r\n",
    ],
)
def test_bytes_that_are_no_http_get_a_bare_400_and_a_closed_connection(port: int, sent: bytes) -> None:
    assert ask(port, sent) == BARE_400


def test_a_request_that_arrives_byte_by_byte_is_answered(port: int) -> None:
    with connect(port) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in LAST:
            connection.sendall(bytes([byte]))
        assert statuses(read_to_end(connection)) == [200]


def test_requests_sent_at_once_are_answered_in_order(port: int) -> None:
    missing = b"GET /nothing HTTP/1.1\r\nHost: plant\r\n\r\n"
    head = b"HEAD /health HTTP/1.1\r\nHost: plant\r\n\r\n"
    received = ask(port, HEALTH + missing + head + LAST)
    assert statuses(received) == [200, 404, 200, 200]
    assert received.count(b'{"status":"ok"}') == 2


def test_head_and_body_arrive_together(port: int) -> None:
    with connect(port) as connection:
        for _ in range(100):
            connection.sendall(HEALTH)
            assert connection.recv(65536).endswith(b'\r\n\r\n{"status":"ok"}')


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"HEAD /health HTTP/1.1\r\nHost: plant\r\n\r\n", 200),
        (b"OPTIONS /health HTTP/1.1\r\nHost: plant\r\n\r\n", 204),
        (b"GET /docs HTTP/1.1\r\nHost: plant\r\nIf-None-Match: *\r\n\r\n", 304),
    ],
)
def test_an_answer_without_a_body_does_not_wait_for_one(port: int, sent: bytes, status: int) -> None:
    with connect(port) as connection:
        for _ in range(2):
            connection.sendall(sent)
            received = connection.recv(65536)
            assert statuses(received) == [status]
            assert received.endswith(b"\r\n\r\n")
    assert statuses(ask(port, sent + LAST)) == [status, 200]


def test_a_client_that_asks_whether_to_go_on_is_answered(port: int) -> None:
    head = b"GET /health HTTP/1.1\r\nHost: plant\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n"
    received = ask(port, head + b"{}" + LAST)
    assert statuses(received)[-2:] == [200, 200]


def test_rubbish_after_a_request_does_not_get_ahead_of_its_answer(port: int) -> None:
    received = ask(port, HEALTH + b"rubbish\r\n\r\n")
    assert statuses(received) == [200]
    assert received.endswith(b'{"status":"ok"}')


def test_rubbish_after_an_answer_gets_a_400(port: int) -> None:
    with connect(port) as connection:
        connection.sendall(HEALTH)
        assert statuses(connection.recv(65536)) == [200]
        connection.sendall(b"rubbish\r\n\r\n")
        assert read_to_end(connection) == BARE_400


def header_of(size: int) -> bytes:
    return b"GET /health HTTP/1.1\r\nHost: plant\r\nConnection: close\r\nX-Padding: " + b"a" * size + b"\r\n\r\n"


def test_a_head_of_all_that_is_allowed_is_answered_and_one_byte_more_is_a_431(port: int) -> None:
    room = MAX_HEADER_BYTES - len(header_of(0))
    assert statuses(ask(port, header_of(room))) == [200]
    assert statuses(ask(port, header_of(room + 1))) == [431]


@pytest.mark.parametrize("size", [MAX_HEADER_BYTES + 20_000, 1_000_000])
def test_too_long_a_head_is_a_431_in_the_one_shape(port: int, size: int) -> None:
    with connect(port) as connection:
        with suppress(OSError):  # the service does not read on
            connection.sendall(header_of(size))
        received = read_what_comes(connection)
    assert statuses(received) == [431]
    assert json.loads(received.partition(b"\r\n\r\n")[2]) == {"error": "The request's headers are too large"}
    assert b"x-request-id: " in received


def test_too_long_an_address_is_a_431(port: int) -> None:
    assert statuses(ask(port, b"GET /" + b"a" * 40_000)) == [431]


def test_many_short_requests_at_once_are_not_one_long_head(port: int) -> None:
    assert statuses(ask(port, HEALTH * 2000 + LAST)) == [200] * 2001


def test_a_head_that_never_ends_is_a_408(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "REQUEST_DEADLINE_S", 0.05)
    received = ask(port, b"GET /health HTTP/1.1\r\nHost: pl")
    assert statuses(received) == [408]
    assert json.loads(received.partition(b"\r\n\r\n")[2]) == {"error": "The request took too long"}


@pytest.mark.parametrize("sent", [b"", b"\r\n\r\n"])
def test_a_connection_without_a_request_is_closed_in_silence(
    port: int, monkeypatch: pytest.MonkeyPatch, sent: bytes
) -> None:
    monkeypatch.setattr(protocol, "REQUEST_DEADLINE_S", 0.05)
    assert ask(port, sent) == b""


def test_blank_lines_do_not_keep_an_answered_connection_open(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "REQUEST_DEADLINE_S", 0.05)
    with connect(port) as connection:
        connection.sendall(HEALTH)
        assert statuses(connection.recv(65536)) == [200]
        connection.sendall(b"\r\n")
        assert read_to_end(connection) == b""


def test_a_body_with_get_is_passed_over(port: int) -> None:
    received = ask(port, HEALTH.replace(b"\r\n\r\n", b"\r\nContent-Length: 2\r\n\r\n{}") + LAST)
    assert statuses(received) == [200, 200]


def test_a_body_of_all_that_is_allowed_is_passed_over_and_more_is_not_read(port: int) -> None:
    def with_body(size: int) -> bytes:
        return HEALTH.replace(b"\r\n\r\n", f"\r\nContent-Length: {size:06}\r\n\r\n".encode()) + b"a" * size

    room = MAX_BODY_BYTES - len(with_body(0))
    assert statuses(ask(port, with_body(room) + LAST)) == [200, 200]
    with connect(port) as connection:
        with suppress(OSError):  # the service does not read on
            connection.sendall(with_body(room + 100_000) + LAST)
        assert statuses(read_what_comes(connection)) == [200]


def test_a_large_body_is_not_read_to_its_end(port: int) -> None:
    head = b"POST /health HTTP/1.1\r\nHost: plant\r\nContent-Length: 1000000000\r\n\r\n"
    with connect(port) as connection:
        connection.sendall(head)
        assert statuses(connection.recv(65536)) == [405]
        with pytest.raises(OSError):
            connection.sendall(b"a" * 100 * MAX_BODY_BYTES)  # more than the sockets' buffers hold


def test_a_wish_for_another_protocol_is_passed_over(port: int) -> None:
    upgrade = b"GET /health HTTP/1.1\r\nHost: plant\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
    with connect(port) as connection:
        connection.sendall(upgrade)
        assert statuses(connection.recv(65536)) == [200]


def test_the_server_does_not_say_what_it_is_made_of(port: int) -> None:
    received = ask(port, LAST).lower()
    assert b"server:" not in received
    assert b"uvicorn" not in received


def test_a_header_cannot_be_forged_through_the_query(port: int, key: str) -> None:
    sent = (
        f"GET {INCIDENTS}?limit=1&_=%0d%0aSet-Cookie:%20a HTTP/1.1\r\nHost: plant\r\nConnection: close\r\n"
        f"Authorization: Bearer {key}\r\n\r\n"
    )
    head, _, _ = ask(port, sent.encode()).lower().partition(b"\r\n\r\n")
    assert b"\r\nlink: <" in head
    assert b"\r\nset-cookie" not in head
