"""A download on the wire: of one commit, few at once, and nothing stays behind when its client leaves or it fails."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from litestar import Litestar

from nexshift.config import DOWNLOADS, DOWNLOADS_RETRY_S
from nexshift.storage.connection import writing
from nexshift.storage.library import sqlite3
from nexshift.tables.files import CsvFile
from nexshift.web import downloads, protocol
from nexshift.web.app import create_app
from tests.web.running import running


@pytest.fixture
def database(own_file: Path) -> Path:
    """A plant that has rows in every table."""
    return own_file


MANY = 60_000
LONG = "a note that takes its room " * 8


@pytest.fixture
def many(writer: sqlite3.Connection) -> None:
    """Enough rows that no buffer between here and a client holds them: some 20 MB."""
    with writing(writer):
        writer.execute(
            "INSERT INTO quality_check (uuid, company_id, site_id, checked_at, passed, notes)"
            " SELECT printf('00000000-0000-4000-8000-%012x', value), 1,"
            " (SELECT min(id) FROM site WHERE company_id = 1), 1700000000 + value, value % 2, ? FROM"
            " (WITH RECURSIVE n(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n WHERE value < ?)"
            " SELECT value FROM n)",
            (LONG, MANY),
        )


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[CsvFile]:
    """Every file that is begun, with an event that is set when it was closed."""
    files: list[CsvFile] = []

    class Watched(CsvFile):
        def __init__(self, *args: Any) -> None:
            super().__init__(*args)
            self.closed = threading.Event()
            files.append(self)

        def close(self) -> None:
            super().close()
            self.closed.set()

    monkeypatch.setattr(downloads, "CsvFile", Watched)
    return files


@pytest.fixture
def port(app: Litestar, many: None) -> Iterator[int]:
    with running(app) as port:
        yield port


def ask(port: int, key: str, path: str = "/api/v1/quality/checks?format=csv") -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), timeout=60)
    connection.sendall(f"GET {path} HTTP/1.1\r\nHost: plant\r\nAuthorization: Bearer {key}\r\n\r\n".encode())
    return connection


def read_chunked(connection: socket.socket) -> bytes:
    with connection.makefile("rb") as stream:
        assert stream.readline() == b"HTTP/1.1 200 OK\r\n"
        while stream.readline() != b"\r\n":
            pass
        body = b""
        while size := int(stream.readline(), 16):
            body += stream.read(size)
            stream.readline()
        return body


def test_all_rows_come_from_one_commit(port: int, key: str, writer: sqlite3.Connection) -> None:
    with closing(ask(port, key)) as connection:
        first = connection.recv(4096)
        assert b"id,checked_at,date,passed" in first + connection.recv(4096)
        with writing(writer):
            writer.execute("DELETE FROM quality_check WHERE notes = ?", (LONG,))
        rest = b""
        while piece := connection.recv(1 << 20):
            rest += piece
            if rest.endswith(b"0\r\n\r\n"):
                break
    assert (first + rest).count(LONG.encode()) >= MANY - 40  # of which some stand across two reads or two chunks
    with closing(ask(port, key)) as connection:
        assert LONG.encode() not in read_chunked(connection)


@pytest.mark.parametrize("how", ["closes", "stops reading"])
def test_a_client_that_leaves_frees_what_it_held(
    port: int, key: str, made: list[Any], how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if how == "stops reading":
        monkeypatch.setattr(protocol, "STALLED_S", 0.05)
    connection = ask(port, key)
    assert connection.recv(1000)
    if how == "closes":
        connection.close()
    (file,) = made
    assert file.closed.wait(60)
    assert 0 < file.rows < MANY
    connection.close()
    monkeypatch.undo()
    with closing(ask(port, key)) as again:
        assert read_chunked(again).count(LONG.encode()) == MANY


def test_few_are_under_way_at_once_and_the_next_is_told_when_to_come(port: int, key: str, made: list[Any]) -> None:
    held = [ask(port, key) for _ in range(DOWNLOADS)]
    for connection in held:
        assert connection.recv(1000)
    with closing(ask(port, key)) as refused:
        answer = refused.recv(65536)
        assert answer.startswith(b"HTTP/1.1 503 ")
        assert b"\r\nretry-after: %d\r\n" % DOWNLOADS_RETRY_S in answer
        assert b'{"error":"Too many downloads are under way; try again in a moment"}' in answer
    with closing(ask(port, key, "/api/v1/quality/checks?limit=1")) as page:
        assert page.recv(65536).startswith(b"HTTP/1.1 200 OK"), "pages go on"
    for connection in held:
        connection.close()
    for file in made:
        assert file.closed.wait(60)


def test_one_that_takes_too_long_is_cut_off_without_an_end(
    port: int, key: str, made: list[Any], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(downloads, "DOWNLOAD_S", 0)
    with closing(ask(port, key)) as connection:
        received = b""
        while piece := connection.recv(1 << 20):
            received += piece
    assert received.startswith(b"HTTP/1.1 200 OK")
    assert not received.endswith(b"0\r\n\r\n"), "or a client would take it for the whole table"
    assert made[0].closed.wait(60)
    (told,) = [record for record in caplog.records if type(record.msg).__name__ == "DownloadFailed"]
    assert "took longer than 0 s" in str(told.msg)


def test_a_row_that_cannot_be_read_cuts_it_off_and_is_told_to_the_log(
    database: Path, key: str, writer: sqlite3.Connection, many: None, caplog: pytest.LogCaptureFixture
) -> None:
    writer.execute("PRAGMA ignore_check_constraints = ON")
    writer.execute("UPDATE quality_check SET notes = CAST(x'ff' AS TEXT) WHERE checked_at = 1700000001")
    with running(create_app(database)) as port, closing(ask(port, key)) as connection:
        received = b""
        while piece := connection.recv(1 << 20):
            received += piece
    assert received.startswith(b"HTTP/1.1 200 OK")
    assert not received.endswith(b"0\r\n\r\n")
    (told,) = [record for record in caplog.records if type(record.msg).__name__ == "DownloadFailed"]
    assert "a row could not be read" in str(told.msg)
    assert told.exc_info is not None
