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

from nexshift.config import DOWNLOADS, DOWNLOADS_RETRY_S, DOWNLOADS_SHARE
from nexshift.storage import log_growth
from nexshift.storage.connection import writing
from nexshift.storage.library import sqlite3
from nexshift.tables import files
from nexshift.tables.files import CsvFile
from nexshift.web import downloads, protocol
from nexshift.web.app import create_app
from tests.plants import NAMES
from tests.web.plant import make_key
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


def test_a_key_has_its_share_and_the_next_download_is_told_when_to_come(
    port: int, key: str, writer: sqlite3.Connection, made: list[Any]
) -> None:
    second, third = make_key(writer, company=NAMES[1]), make_key(writer, company=NAMES[1])
    held = []
    for each, sentence in (
        (key, b"This key has 2 downloads under way, and may have no more; try again in a moment"),
        (second, b"Too many downloads are under way; try again in a moment"),
    ):
        for _ in range(DOWNLOADS_SHARE):
            held.append(ask(port, each))
            assert held[-1].recv(1000).startswith(b"HTTP/1.1 200 OK")
        with closing(ask(port, key if each == key else third)) as refused:
            answer = refused.recv(65536)
            assert answer.startswith(b"HTTP/1.1 503 ")
            assert b"\r\nretry-after: %d\r\n" % DOWNLOADS_RETRY_S in answer
            assert b'{"error":"%s"}' % sentence in answer
    assert len(held) == DOWNLOADS
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


@pytest.fixture
def short_log(monkeypatch: pytest.MonkeyPatch) -> int:
    """Bytes of the log from which on nobody reads for long; and it is looked at all the time."""
    monkeypatch.setattr(log_growth, "LOG_BYTES", 500_000)
    monkeypatch.setattr(downloads, "LOG_LOOK_S", 0.01)
    return 500_000


@pytest.fixture
def let_go(monkeypatch: pytest.MonkeyPatch) -> threading.Semaphore:
    """Is released with each file that has given its commit back."""
    done = threading.Semaphore(0)
    give_back = CsvFile.let_go

    def let_go(self: CsvFile, folder: Path) -> None:
        has_commit = self._lines is not None and self._rest is None
        give_back(self, folder)
        if has_commit:
            done.release()

    monkeypatch.setattr(CsvFile, "let_go", let_go)
    return done


def commit(writer: sqlite3.Connection, times: int = 1) -> None:
    """Some 40 kB of log each."""
    for _ in range(times):
        writer.execute("UPDATE quality_check SET passed = 1 - passed WHERE checked_at < 1700000100")


def test_the_log_stays_short_while_clients_receive_slowly(
    port: int, key: str, database: Path, writer: sqlite3.Connection, *, short_log: int, let_go: threading.Semaphore
) -> None:
    """Three slow clients one after the other, each of which would keep the log from being begun anew."""
    wal = database.with_name(f"{database.name}-wal")
    (expected,) = writer.execute("SELECT count(*) FROM quality_check WHERE notes = ?", (LONG,)).fetchone()
    writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # of what filled the table
    held = []
    for _ in range(3):
        held.append(ask(port, key))
        assert held[-1].recv(1000).startswith(b"HTTP/1.1 200 OK")
        while not let_go.acquire(blocking=False):
            commit(writer)
            assert wal.stat().st_size < 10 * short_log, "nothing gives way"
        commit(writer, 30)  # for each of these SQLite may begin anew
        assert wal.stat().st_size < 10 * short_log
        (busy, _, _) = writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        assert (busy, wal.stat().st_size) == (0, 0), "nobody reads an old commit"
        with held.pop() as slow:
            slow.settimeout(60)
            rest = b""
            while not rest.endswith(b"0\r\n\r\n"):
                piece = slow.recv(1 << 20)
                assert piece
                rest += piece
        assert rest.count(LONG.encode()) >= expected - 40, "and the file is whole"


def test_what_is_put_aside_is_of_the_commit_of_the_rest(
    port: int, key: str, writer: sqlite3.Connection, short_log: int, let_go: threading.Semaphore
) -> None:
    with closing(ask(port, key)) as connection:
        first = connection.recv(4096)
        with writing(writer):
            writer.execute("DELETE FROM quality_check WHERE notes = ?", (LONG,))
        while not let_go.acquire(timeout=0.05):
            writer.execute("UPDATE company SET name = name")
        rest = b""
        while piece := connection.recv(1 << 20):
            rest += piece
            if rest.endswith(b"0\r\n\r\n"):
                break
    assert (first + rest).count(LONG.encode()) >= MANY - 40


@pytest.mark.parametrize("lacks", ["a bound", "room"])
def test_where_the_rest_has_no_room_the_file_is_cut_off_and_the_log_says_why(
    port: int,
    key: str,
    writer: sqlite3.Connection,
    *,
    short_log: int,
    let_go: threading.Semaphore,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    lacks: str,
) -> None:
    if lacks == "a bound":
        monkeypatch.setattr(files, "SPOOL_BYTES", 1 << 20)
    else:
        monkeypatch.setattr(files.tempfile, "TemporaryFile", lambda **_: Path("/dev/full").open("wb"))  # noqa: SIM115
    with closing(ask(port, key)) as connection:
        assert connection.recv(1000)
        while not let_go.acquire(blocking=False):
            commit(writer)
        received = b""
        while piece := connection.recv(1 << 20):
            received += piece
    assert not received.endswith(b"0\r\n\r\n")
    (told,) = [str(record.msg) for record in caplog.records if type(record.msg).__name__ == "DownloadFailed"]
    assert "its client was slow, the database's log had to be emptied, and " in told
    assert told.endswith("1 MiB were left of the file" if lacks == "a bound" else "No space left on device")
