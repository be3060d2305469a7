"""Nobody waits for what nobody wants: what a client left is given up, keys take turns, and the line has an end."""

from __future__ import annotations

import socket
import struct
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from threading import Event, Semaphore
from typing import Any
from urllib.parse import quote

import pytest
from litestar import Litestar

from nexshift.config import LOG_RETRY_S, TABLE_READERS, TABLE_SHARE, WAIT_RETRY_S
from nexshift.storage import log_growth
from nexshift.storage.library import sqlite3
from nexshift.web import protocol, readers
from nexshift.web.app import create_app
from nexshift.web.readers import Readers
from tests.web.plant import insert_incident, make_key
from tests.web.running import running

HEALTH = b"GET /health HTTP/1.1\r\nHost: plant\r\n\r\n"
ROWS = 3_000
MANY = "/odata/v4/safety_incidents/$count?$filter=" + quote("contains(title,'nothing of the kind')")
FLAT = "/api/v1/safety/incidents?format=flat"


class Watched:
    """Every read, which stays in its thread until it is let go or given up, as a query over very many rows does."""

    def __init__(self) -> None:
        self.begun = Semaphore(0)
        self.ended = Semaphore(0)
        self.go = Event()
        self.number = 0
        self.ends: list[str] = []


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> Iterator[Watched]:
    found = Watched()
    run, is_over = Readers._run, Readers._is_over

    def watch(self: Readers, make: Any, client: Any) -> Any:
        found.number += 1
        found.begun.release()
        try:
            result = run(self, make, client)
        except Exception as error:
            found.ends.append(type(error).__name__)
            raise
        else:
            found.ends.append("made")
            return result
        finally:
            found.ended.release()

    def hold(self: Readers) -> bool:
        while not found.go.wait(0.001):
            if is_over(self):
                return True
        return is_over(self)

    monkeypatch.setattr(readers, "_STEPS", 1_000)
    monkeypatch.setattr(Readers, "_run", watch)
    monkeypatch.setattr(Readers, "_is_over", hold)
    yield found
    found.go.set()


@pytest.fixture
def app(database: Path, writer: sqlite3.Connection) -> Litestar:
    writer.execute("BEGIN")
    for number in range(1_000, 1_000 + ROWS):
        insert_incident(writer, 1, 1, number)
    writer.execute("COMMIT")
    return create_app(database, response_cache_mib=0)


@pytest.fixture
def port(app: Litestar, watched: Watched) -> Iterator[int]:
    with running(app) as port:
        yield port


def ask(port: int, key: str, path: str = MANY, behind: bytes = b"", *headers: str) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), timeout=60)
    head = "".join(f"{line}\r\n" for line in (f"Host: plant\r\nAuthorization: Bearer {key}", *headers))
    connection.sendall(f"GET {path} HTTP/1.1\r\n{head}\r\n".encode() + behind)
    return connection


def status(connection: socket.socket) -> int:
    return int(connection.recv(65536).split()[1])


@pytest.mark.parametrize(
    ("behind", "headers"),
    [
        (b"", ()),
        (HEALTH * 3, ()),
        (b"x" * 100_000, ("Content-Length: 200000",)),
    ],
    ids=["alone", "with requests behind it", "with a body behind it"],
)
def test_what_is_read_for_a_client_that_leaves_is_given_up(
    port: int, key: str, watched: Watched, behind: bytes, headers: tuple[str, ...]
) -> None:
    connection = ask(port, key, MANY, behind, *headers)
    assert watched.begun.acquire(timeout=60)
    connection.close()
    assert watched.ended.acquire(timeout=60)
    assert watched.ends == ["ClientGone"]


def test_a_client_that_closes_its_half_of_the_connection_has_left(port: int, key: str, watched: Watched) -> None:
    with closing(ask(port, key)) as connection:
        assert watched.begun.acquire(timeout=60)
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(1000) == b""
        assert watched.ended.acquire(timeout=60)
    assert watched.ends == ["ClientGone"]


def test_what_waits_for_a_client_that_left_is_never_read(
    port: int, key: str, writer: sqlite3.Connection, watched: Watched, caplog: pytest.LogCaptureFixture
) -> None:
    reading = [ask(port, key) for _ in range(TABLE_SHARE)]
    for _ in reading:
        assert watched.begun.acquire(timeout=60)
    caplog.set_level("INFO", "nexshift.access")
    waiting = [ask(port, key) for _ in range(9)]
    for connection in waiting:
        connection.close()
    other = make_key(writer)
    with closing(ask(port, other)) as connection:
        assert watched.begun.acquire(timeout=60), "another key finds a reader"
        watched.go.set()
        assert status(connection) == 200
    assert [status(connection) for connection in reading] == [200] * TABLE_SHARE
    for connection in reading:
        connection.close()
    assert watched.number == TABLE_SHARE + 1
    assert sum(" 499 " in record.getMessage() for record in caplog.records) == len(waiting)


def test_keys_take_turns(port: int, key: str, writer: sqlite3.Connection, watched: Watched) -> None:
    """One key takes its share and has twenty more waiting; the other's three do not come after them."""
    held = [ask(port, key) for _ in range(TABLE_SHARE + 20)]
    for _ in range(TABLE_SHARE):
        assert watched.begun.acquire(timeout=60)
    other = make_key(writer)
    late = [ask(port, other) for _ in range(3)]
    assert watched.begun.acquire(timeout=60), "at the place that is no share of the first key's"
    watched.go.set()
    assert [status(connection) for connection in late] == [200] * 3
    for connection in (*held, *late):
        connection.close()


def test_beyond_what_may_wait_the_next_is_told_when_to_come(
    database: Path, key: str, writer: sqlite3.Connection, watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readers, "MAX_WAITING", 2)
    writer.execute("BEGIN")
    for number in range(1_000, 1_000 + ROWS):
        insert_incident(writer, 1, 1, number)
    writer.execute("COMMIT")
    with running(create_app(database)) as port:
        held = []
        for _ in range(TABLE_SHARE):
            held.append(ask(port, key))
            assert watched.begun.acquire(timeout=60)
        waiting = [ask(port, key) for _ in range(3)]
        with closing(waiting[-1]) as refused:
            answer = refused.recv(65536)
        assert answer.startswith(b"HTTP/1.1 503 ")
        assert b"\r\nretry-after: %d\r\n" % WAIT_RETRY_S in answer
        assert b"The service is busy with other requests" in answer
        watched.go.set()
        for connection in (*held, *waiting[:2]):
            assert status(connection) == 200
            connection.close()


def test_who_finds_no_reader_in_time_is_told_when_to_come(
    port: int, key: str, watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = []
    for _ in range(TABLE_SHARE):
        held.append(ask(port, key))
        assert watched.begun.acquire(timeout=60)
    monkeypatch.setattr(readers, "WAIT_S", 0.01)
    with closing(ask(port, key)) as late:
        assert late.recv(65536).startswith(b"HTTP/1.1 503 ")
    for connection in held:
        connection.close()


@pytest.mark.parametrize(
    "path",
    [
        "/odata/v4/",
        "/odata/v4/$metadata",
        "/odata/v4/safety_incidents?$top=0",
        "/odata/v4/safety_incidents?$top=0&$orderby=title",
        "/odata/v4/safety_incidents?$top=1",
        "/odata/v4/quality_checks",
        f"{FLAT}&limit=1",
        "/api/v1/quality/checks?format=flat&limit=20",
        "/api/v1/safety/incidents?limit=1",
        "/health",
        "/api/v1/access",
    ],
)
def test_what_needs_no_reader_waits_for_none(
    port: int, key: str, writer: sqlite3.Connection, watched: Watched, path: str
) -> None:
    """Every reader of tables is held up, by two other keys."""
    held = []
    for each in (make_key(writer), make_key(writer)):
        for _ in range(TABLE_READERS // 2):
            held.append(ask(port, each))
            assert watched.begun.acquire(timeout=60)
    with closing(ask(port, key, path)) as connection:
        if "quality_checks" in path:
            watched.go.set()  # it is empty, but nobody knows that before
        assert status(connection) == 200
    for connection in held:
        connection.close()


def test_what_is_remembered_needs_no_reader(
    database: Path, key: str, writer: sqlite3.Connection, watched: Watched
) -> None:
    others = [make_key(writer), make_key(writer)]
    with running(create_app(database)) as port:
        watched.go.set()
        with closing(ask(port, key, FLAT)) as connection:
            answer = connection.recv(65536)
        (tag,) = [line for line in answer.split(b"\r\n") if line.startswith(b"etag: ")]
        watched.go.clear()
        while watched.begun.acquire(blocking=False):
            pass
        held = []
        for each in others:
            for _ in range(TABLE_READERS // 2):
                held.append(ask(port, each, MANY))
        with closing(ask(port, key, FLAT, b"", f"If-None-Match: {tag[6:].decode()}")) as connection:
            assert status(connection) == 304
        for connection in held:
            connection.close()


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the system does not tell")
@pytest.mark.parametrize("way", ["closes", "resets"])
def test_a_client_that_leaves_more_behind_than_is_read_has_left(
    port: int, key: str, watched: Watched, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    monkeypatch.setattr(protocol, "CLIENT_LOOK_S", 0.01)
    connection = ask(port, key, MANY, HEALTH * 5_000)
    assert watched.begun.acquire(timeout=60)
    if way == "resets":
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()
    assert watched.ended.acquire(timeout=60)
    assert watched.ends == ["ClientGone"]


def test_a_long_read_gives_way_while_the_log_is_long_and_grows(
    port: int, key: str, writer: sqlite3.Connection, watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_growth, "LOG_BYTES", 0)
    monkeypatch.setattr(readers, "LOG_DEADLINE_S", -1)
    monkeypatch.setattr(readers, "LOG_LOOK_S", 0)
    with closing(ask(port, key)) as connection:
        assert watched.begun.acquire(timeout=60)
        while not watched.ended.acquire(timeout=0.02):
            writer.execute("UPDATE company SET name = name")
        answer = connection.recv(65536)
    assert answer.startswith(b"HTTP/1.1 503 ")
    assert b"\r\nretry-after: %d\r\n" % LOG_RETRY_S in answer
    assert b"much is being written to the database" in answer
    (busy, _, _) = writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    assert busy == 0
