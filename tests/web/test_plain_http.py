"""Plain HTTP at a port that speaks TLS, and TLS at one that does not: what the client gets, and what the log says."""

from __future__ import annotations

import json
import logging
import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from nexshift.config import MAX_HEADER_BYTES, PLAIN_HTTP_TOLD_S
from nexshift.web import service
from nexshift.web.advice import Advice
from nexshift.web.app import create_app
from nexshift.web.logs import JsonFormatter
from nexshift.web.meter import OTHER_ROUTE, Meter
from nexshift.web.plain_http import PlainHttpAnswer
from nexshift.web.tls import KeyPair
from tests.web.certificates import issue, trusting, write_pair
from tests.web.plant import StillClock
from tests.web.running import running

REQUEST = b"GET /odata/v4/ HTTP/1.1\r\nHost: plant\r\nAuthorization: Bearer nxs_secret\r\n\r\n"
BODY = b'{"error":"This port speaks TLS: use https:// in place of http://"}'


@pytest.fixture
def pair(tmp_path: Path) -> KeyPair:
    return write_pair(tmp_path, issue())


@pytest.fixture
def port(database: Path, pair: KeyPair) -> Iterator[int]:
    with running(create_app(database), pair) as port:
        yield port


def connect(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=20)


def read_answer(connection: socket.socket) -> bytes:
    received = b""
    while not received.endswith(BODY):
        piece = connection.recv(4096)
        assert piece, received
        received += piece
    return received


def lines(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    found = [json.loads(JsonFormatter().format(record)) for record in caplog.records]
    return [line for line in found if line["event"] == "request"]


@pytest.mark.parametrize("method", [b"GET", b"HEAD", b"POST", b"PUT"])
def test_plain_http_is_told_that_this_port_speaks_tls(port: int, method: bytes) -> None:
    with connect(port) as connection:
        connection.sendall(REQUEST.replace(b"GET", method))
        head, _, body = read_answer(connection).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert b"\r\nconnection: close" in head
    assert b"\r\ncontent-length: %d\r\n" % len(body) in head
    assert body == BODY


def test_so_it_is_with_pythons_own_loop(database: Path, pair: KeyPair) -> None:
    with running(create_app(database), pair, loop="asyncio") as port:
        with connect(port) as connection:
            connection.sendall(REQUEST)
            assert read_answer(connection).endswith(BODY)
        with trusting().wrap_socket(connect(port), server_hostname="localhost") as encrypted:
            encrypted.sendall(b"GET /health HTTP/1.1\r\nHost: plant\r\n\r\n")
            assert encrypted.recv(4096).startswith(b"HTTP/1.1 200 OK\r\n")


def test_a_client_that_sends_its_request_in_parts_gets_the_whole_answer(port: int) -> None:
    with connect(port) as connection:
        connection.sendall(REQUEST[:20])
        read_answer(connection)
        connection.sendall(REQUEST[20:])
        connection.shutdown(socket.SHUT_WR)
        with suppress(ConnectionResetError):
            assert connection.recv(4096) == b""


def test_what_never_ends_is_cut_off(port: int) -> None:
    with connect(port) as connection:
        connection.sendall(REQUEST)
        read_answer(connection)
        with pytest.raises(OSError, match=r"reset|[Bb]roken pipe"):
            connection.sendall(b"x" * 1000 * MAX_HEADER_BYTES)


def test_a_client_that_stays_is_let_go(database: Path, pair: KeyPair, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "TLS_HANDSHAKE_S", 0.2)
    with running(create_app(database), pair) as port, connect(port) as connection:
        connection.sendall(REQUEST)
        read_answer(connection)
        with suppress(ConnectionResetError):
            assert connection.recv(4096) == b""


def test_the_log_says_so_once_a_minute_and_never_repeats_what_was_sent(
    port: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="nexshift")
    for _ in range(3):
        with connect(port) as connection:
            connection.sendall(REQUEST)
            answer = read_answer(connection)
    (line,) = lines(caplog)
    assert (line["status"], line["error"], line["advice"]) == (400, "Plain HTTP was sent", Advice.TLS_EXPECTED)
    assert line["request_id"].encode() not in answer  # that was the first one's
    assert "secret" not in caplog.text


def test_each_is_counted_and_after_a_minute_told_again(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="nexshift")
    clock, meter = StillClock(), Meter()
    answer = PlainHttpAnswer(meter.part, clock)
    for later, told in ((0, 1), (PLAIN_HTTP_TOLD_S - 1, 1), (1, 2), (1, 2)):
        clock.now += later
        assert answer().endswith(BODY)
        assert len(lines(caplog)) == told
    assert meter.requests(OTHER_ROUTE) == {"400": 4}


def test_tls_at_a_plain_port_is_one_line_with_advice(database: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="nexshift")
    with running(create_app(database)) as port, connect(port) as connection:
        connection.sendall(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")
        assert connection.recv(4096).startswith(b"HTTP/1.1 400 Bad Request\r\n")
        assert connection.recv(4096) == b""
    (line,) = lines(caplog)
    assert (line["client"], line["error"], line["advice"]) == (
        "127.0.0.1",
        "What was sent is no HTTP",
        Advice.NO_TLS_HERE,
    )


def test_other_bytes_that_are_no_http_have_no_advice(database: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="nexshift")
    with running(create_app(database)) as port, connect(port) as connection:
        connection.sendall(b"\x17\x03\x01\r\n")
        assert connection.recv(4096).startswith(b"HTTP/1.1 400 Bad Request\r\n")
    (line,) = lines(caplog)
    assert "advice" not in line
