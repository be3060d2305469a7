"""The log has a bound, however reads overlap: for a while none may begin, and who has written waits for the others."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest

from nexshift.storage import connection as connections
from nexshift.storage.connection import ReadConnection, open_reader, open_writer, reading, writing
from nexshift.storage.library import sqlite3
from nexshift.storage.log_growth import find_log_end
from nexshift.tables.files import CsvFile
from nexshift.web import long_reads
from nexshift.web.app import create_app
from nexshift.web.long_reads import LongReads
from nexshift.web.readers import Readers
from tests.web.running import running

BOUND = 200_000
COMMITS = 400  # of 4 KB each


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(long_reads, "LOG_BYTES", BOUND)
    monkeypatch.setattr(long_reads, "LOG_LOOK_S", 0)
    monkeypatch.setattr(connections, "LOG_BYTES", BOUND)


@pytest.fixture
def committer(database: Path) -> Iterator[sqlite3.Connection]:
    """Any program that writes; at each commit it copies the log into the database, as far as nobody is in the way."""
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        connection.execute("PRAGMA wal_autocheckpoint = 1")
        yield connection


@pytest.fixture
def readers(database: Path) -> Iterator[list[ReadConnection]]:
    with ExitStack() as all_:
        yield [all_.enter_context(closing(open_reader(database))) for _ in range(2)]


def commit(connection: sqlite3.Connection) -> None:
    connection.execute("UPDATE company SET name = name")


async def look(times: int = 3) -> None:
    for _ in range(times):
        await asyncio.sleep(0)  # a time round of the loop, in which what is due is called


async def commit_while_reads_overlap(
    database: Path, committer: sqlite3.Connection, readers: list[ReadConnection]
) -> tuple[int, int]:
    """Each read begins before the last one ends, when it may.  How long the log was at most, and how many reads."""
    reads = LongReads(database)
    longest = number = 0
    under_way = ExitStack()
    for _ in range(COMMITS):
        following = ExitStack()
        if reads.may_begin:
            following.enter_context(reads.watched())
            following.enter_context(reading(readers[number % 2]))
            number += 1
        under_way.close()
        under_way = following
        commit(committer)
        longest = max(longest, find_log_end(database).bytes)
        await look()
    under_way.close()
    return longest, number


def test_reads_that_overlap_do_not_let_the_log_grow(
    database: Path, committer: sqlite3.Connection, readers: list[ReadConnection]
) -> None:
    longest, number = asyncio.run(commit_while_reads_overlap(database, committer, readers))
    assert BOUND < longest < BOUND * 1.1
    assert number > COMMITS * 0.8, "they were held back for a few commits only"


def test_without_holding_any_back_it_would_grow(
    database: Path, committer: sqlite3.Connection, readers: list[ReadConnection], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(long_reads, "LOG_BYTES", 1 << 40)
    longest, number = asyncio.run(commit_while_reads_overlap(database, committer, readers))
    assert longest > COMMITS * 4096
    assert number == COMMITS


def test_when_another_program_is_in_the_way_reads_begin_again(
    database: Path, committer: sqlite3.Connection, readers: list[ReadConnection], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Waiting was of no use, so nobody waits again before some time has passed."""
    monkeypatch.setattr(long_reads, "LOG_HOLD_S", 0)
    held = []

    async def go() -> None:
        reads = LongReads(database)
        reads.when_free(lambda: held.append("free"))
        with reading(readers[0]), reads.watched():
            for _ in range(COMMITS):
                commit(committer)
                await look()
            assert reads.may_begin

    asyncio.run(go())
    assert held == ["free"]


def test_one_large_commit_holds_nobody_back(database: Path, committer: sqlite3.Connection) -> None:
    committer.execute("CREATE TABLE t (x)")
    committer.execute("PRAGMA cache_size = 1")  # so that the log grows before the commit
    lengths = []

    async def go() -> None:
        reads = LongReads(database)
        with reads.watched():
            committer.execute("BEGIN")
            for _ in range(20):
                committer.execute("INSERT INTO t VALUES (randomblob(50000))")
                lengths.append(find_log_end(database))
                await look()
                assert reads.may_begin
            committer.execute("COMMIT")
            await look()
            assert reads.may_begin

    asyncio.run(go())
    assert lengths[10].bytes > BOUND
    assert not lengths[10].is_at_rest
    assert find_log_end(database).is_at_rest


def test_the_service_holds_pages_and_downloads_back_and_then_answers(
    database: Path, key: str, committer: sqlite3.Connection, readers: list[ReadConnection]
) -> None:
    """Somebody reads an old commit until the service waits; what is asked for then is read of a log that began anew."""
    app = create_app(database, response_cache_mib=0)
    paths = ["/api/v1/safety/incidents?limit=1000", "/api/v1/safety/incidents?format=csv"]
    held = threading.Event()
    rounds: list[bytes] = []
    look_at_hold, run, open_file = LongReads._look_at_hold, Readers._run, CsvFile._open

    def watch(self: LongReads, now: float, has_begun_anew: bool) -> None:
        held.set()
        look_at_hold(self, now, has_begun_anew)

    def note_page(*given: Any) -> Any:
        rounds.append(find_log_end(database).round)
        return run(*given)

    def note_file(*given: Any) -> Any:
        rounds.append(find_log_end(database).round)
        return open_file(*given)

    with pytest.MonkeyPatch.context() as patch, running(app) as port, ExitStack() as open_:
        patch.setattr(LongReads, "_look_at_hold", watch)
        patch.setattr(Readers, "_run", note_page)
        patch.setattr(CsvFile, "_open", note_file)
        old = ExitStack()
        old.enter_context(reading(readers[0]))
        while not held.is_set():
            ask(port, key, paths[0]).close()
            commit(committer)
        old_round = find_log_end(database).round
        waiting = [open_.enter_context(closing(ask(port, key, path))) for path in paths]
        old.close()
        while find_log_end(database).round == old_round:
            commit(committer)
        assert [connection.recv(65536).split()[1] for connection in waiting] == [b"200", b"200"]
        assert old_round not in rounds[-2:]


def ask(port: int, key: str, path: str) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), timeout=60)
    connection.sendall(f"GET {path} HTTP/1.1\r\nHost: plant\r\nAuthorization: Bearer {key}\r\n\r\n".encode())
    return connection


def test_who_has_written_waits_for_those_in_the_way(database: Path, readers: list[ReadConnection]) -> None:
    """A read of an old commit, and one that has begun since: the log is empty once the first has ended."""
    with ExitStack() as old:
        writer = open_writer(database)
        old.enter_context(reading(readers[0]))
        for _ in range(100):
            with writing(writer):
                commit(writer)
        assert find_log_end(database).bytes > BOUND
        closing_it = threading.Thread(target=writer.close)
        closing_it.start()
        old.close()
        closing_it.join()
    assert database.with_name(f"{database.name}-wal").stat().st_size == 0


def test_who_has_written_does_not_wait_for_ever(
    database: Path, readers: list[ReadConnection], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "LOG_EMPTY_MS", 10)
    writer = open_writer(database)
    with reading(readers[0]):
        for _ in range(100):
            with writing(writer):
                commit(writer)
        writer.close()
        assert find_log_end(database).bytes > BOUND, "the next who writes will do it"
