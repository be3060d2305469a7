"""Connections have bounds: how many, how long without a request, and how long without reading what they asked for."""

import json
import logging
import re
import select
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from litestar import Litestar

from nexshift.config import CONNECTIONS_RETRY_S, MAX_CONNECTIONS
from nexshift.web import door, protocol, service
from nexshift.web.unread import count_unread
from tests.web.certificates import issue, trusting, write_pair
from tests.web.running import running

HEALTH = b"GET /health HTTP/1.1\r\nHost: plant\r\n\r\n"
ASSET = b"GET /docs/swagger-ui-bundle.js HTTP/1.1\r\nHost: plant\r\n\r\n"  # more than a megabyte
PLACES = 3


@pytest.fixture
def port(app: Litestar, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """A service that holds three connections."""
    monkeypatch.setattr(service, "find_places", lambda: PLACES)
    with running(app) as port:
        yield port


def connect(port: int) -> "closing[socket.socket]":
    return closing(socket.create_connection(("127.0.0.1", port), timeout=60))


def read_to_end(connection: socket.socket) -> bytes:
    return b"".join(iter(lambda: connection.recv(65536), b""))


def ask(connection: socket.socket) -> int:
    connection.sendall(HEALTH)
    return int(connection.recv(65536).split()[1])


def messages(caplog: pytest.LogCaptureFixture, name: str) -> list[logging.LogRecord]:
    return [record for record in caplog.records if type(record.msg).__name__ == name]


def test_one_connection_too_many_is_a_503_and_the_others_go_on(port: int, caplog: pytest.LogCaptureFixture) -> None:
    with ExitStack() as open_ones:
        held = [open_ones.enter_context(connect(port)) for _ in range(PLACES)]
        assert [ask(connection) for connection in held] == [200] * PLACES
        for _ in range(2):
            with connect(port) as refused:
                refused.sendall(HEALTH)
                head, _, body = read_to_end(refused).partition(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 503 Service Unavailable\r\n")
            assert b"\r\ncontent-type: application/json\r\n" in head
            assert b"\r\nretry-after: %d\r\n" % CONNECTIONS_RETRY_S in head
            assert re.search(rb"\r\nx-request-id: [0-9a-f]{16}\r\n", head)
            assert json.loads(body) == {"error": "Too many connections are open; try again in a moment"}
        assert [ask(connection) for connection in held] == [200] * PLACES
        assert len(messages(caplog, "ConnectionsFull")) == 1, "told once"
        held[0].close()
        statuses = [503]
        while statuses[-1] != 200:  # until the service has seen that one is gone
            with connect(port) as next_one:
                statuses.append(ask(next_one))
        assert set(statuses) == {503, 200}


def test_one_that_does_not_even_ask_is_told_at_once(port: int) -> None:
    with ExitStack() as open_ones:
        for _ in range(PLACES):
            open_ones.enter_context(connect(port))
        with connect(port) as silent:
            assert silent.recv(65536).startswith(b"HTTP/1.1 503 ")
            assert silent.recv(1) == b"", "and let go soon"


def test_a_flood_of_them_is_turned_away_without_a_word(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "MAX_TURNED_AWAY", 1)
    monkeypatch.setattr(protocol, "TURNED_AWAY_S", 1000)
    with ExitStack() as open_ones:
        for _ in range(PLACES):
            open_ones.enter_context(connect(port))
        told = open_ones.enter_context(connect(port))
        assert told.recv(65536).startswith(b"HTTP/1.1 503 ")
        with connect(port) as flood:
            assert flood.recv(1) == b""
        told.sendall(HEALTH)
        assert told.recv(1) == b""
        with connect(port) as told_again:
            assert told_again.recv(65536).startswith(b"HTTP/1.1 503 ")


@pytest.mark.skipif(sys.platform == "win32", reason="file descriptors of POSIX")
@pytest.mark.parametrize(
    ("granted", "most", "places", "granted_then"),
    [
        (200, 4_000, MAX_CONNECTIONS, 1150),
        (3000, 4_000, MAX_CONNECTIONS, 3000),
        (200, 300, 150, 300),
        (160, 160, 10, 160),
    ],
)
def test_there_are_as_many_places_as_the_system_grants_descriptors(
    granted: int, most: int, places: int, granted_then: int
) -> None:
    program = (
        f"import resource as r; r.setrlimit(r.RLIMIT_NOFILE, ({granted}, {most}))\n"
        "from nexshift.web.door import find_places\n"
        "print(find_places(), r.getrlimit(r.RLIMIT_NOFILE)[0])"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert result.stdout.split() == [str(places), str(granted_then)]


@pytest.mark.skipif(sys.platform == "win32", reason="file descriptors of POSIX")
def test_too_few_descriptors_are_said_at_start(database: Path) -> None:
    """64 would leave no connection beside the database; 170 leave a few, which is worth knowing."""

    def start(limit: int) -> subprocess.Popen[str]:
        limited = (
            f"import resource as r; r.setrlimit(r.RLIMIT_NOFILE, ({limit}, {limit})); from nexshift.__main__ import"
        )
        command = [sys.executable, "-c", f"{limited} main; main()", "--db", str(database), "serve", "--port", "0"]
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    refused, log = start(64).communicate(timeout=60)
    assert refused == ""
    assert log == (
        "Error: the system lets this process open 64 files, which is too few to serve: 160 are needed\n"
        "Hint: raise the limit: ulimit -Hn 1150 in a shell, LimitNOFILE=1150 in a unit of systemd\n"
    )
    with start(170) as few:
        assert few.stdout is not None
        address = few.stdout.readline()
        few.terminate()
        _, log = few.communicate(timeout=60)
    assert address.startswith("Nexshift serves http://")
    (line,) = [each for each in map(json.loads, log.splitlines()) if each["event"] == "few_connections"]
    assert (line["level"], line["connections"]) == ("warning", 20)
    assert "leaves 20 connections at once to each process, in place of 1,000; raise the limit" in line["message"]


def test_an_idle_connection_is_closed(app: Litestar, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "KEEP_ALIVE_S", 0.05)
    with running(app) as port, connect(port) as connection:
        connection.sendall(HEALTH)
        assert read_to_end(connection).endswith(b'{"status":"ok"}')


@pytest.mark.parametrize("is_encrypted", [False, True])
def test_a_client_that_reads_nothing_is_cut_off(
    app: Litestar,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    tmp_path: Path,
    is_encrypted: bool,
) -> None:
    monkeypatch.setattr(protocol, "STALLED_S", 0.05)
    pair = write_pair(tmp_path, issue()) if is_encrypted else None
    with running(app, pair) as port, connect(port) as plain:
        connection = trusting().wrap_socket(plain, server_hostname="localhost") if is_encrypted else plain
        with connection:
            connection.sendall(ASSET * 50)
            cut_off = select.poll()
            cut_off.register(connection, select.POLLHUP | select.POLLERR)
            assert cut_off.poll(60_000)
    (record,) = messages(caplog, "ClientStalled")
    assert "127.0.0.1 read nothing for 0.05 s" in record.getMessage()


def test_a_client_that_reads_slowly_is_waited_for(app: Litestar, monkeypatch: pytest.MonkeyPatch) -> None:
    pieces: list[int] = []
    with running(app) as port, connect(port) as connection:

        def read_and_count(transport: object) -> int:
            """The client reads a little just before it is looked at, five times, and then no more."""
            if len(pieces) < 5:
                pieces.append(len(connection.recv(2**20)))
            return count_unread(transport)  # type: ignore[arg-type]

        monkeypatch.setattr(protocol, "STALLED_S", 0.01)
        monkeypatch.setattr(protocol, "count_unread", read_and_count)
        connection.sendall(ASSET * 50)
        cut_off = select.poll()
        cut_off.register(connection, select.POLLHUP | select.POLLERR)
        assert cut_off.poll(60_000)
    assert len(pieces) == 5
    assert all(pieces)


def test_what_was_refused_before_it_was_understood_is_in_the_log(
    app: Litestar, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="nexshift")
    with running(app) as port:
        with connect(port) as rubbish:
            rubbish.sendall(b"rubbish\r\n\r\n")
            assert read_to_end(rubbish).startswith(b"HTTP/1.1 400 ")
        with connect(port) as long:
            long.sendall(b"GET /" + b"a" * 40_000)
            found = re.search(rb"\r\nx-request-id: ([0-9a-f]{16})\r\n", long.recv(65536))
            assert found
    bare, too_large = (record.getMessage() for record in messages(caplog, "RequestLine"))
    assert re.fullmatch(r"[0-9a-f]{16} 127\.0\.0\.1 - - 400 .* error=What was sent is no HTTP", bare)
    assert too_large.startswith(f"{found[1].decode()} 127.0.0.1 - - 431 ")
