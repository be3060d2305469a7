"""Clients that receive slowly: what is held for them has a bound for each key and in all, and a deadline."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from nexshift.config import SEND_PIECE_BYTES, WAIT_RETRY_S
from nexshift.storage.library import sqlite3
from nexshift.web import body, outgoing, readers
from nexshift.web.app import create_app
from tests.web.certificates import issue, trusting, write_pair
from tests.web.plant import INCIDENTS, insert_incident, make_key
from tests.web.running import running

PAGE = f"{INCIDENTS}?limit=1000"
FLAT = f"{PAGE}&format=flat"
ODATA = "/odata/v4/safety_incidents?$top=1000"
TITLE = "x" * 9_000


@pytest.fixture
def port(database: Path, writer: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """A service whose page of 1000 is 9 MB, which no buffer of the system holds."""
    writer.execute("BEGIN")
    for number in range(1_000, 2_000):
        insert_incident(writer, 1, 1, number)
    writer.execute("UPDATE incident SET title = ?", (TITLE,))
    writer.execute("COMMIT")
    monkeypatch.setattr(readers, "ROOM_WAIT_S", 0.01)
    with running(create_app(database)) as port:
        yield port


def ask(port: int, key: str, path: str = PAGE) -> socket.socket:
    """A connection whose client takes little at once."""
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.settimeout(60)
    connection.connect(("127.0.0.1", port))
    connection.sendall(
        f"GET {path} HTTP/1.1\r\nHost: plant\r\nAuthorization: Bearer {key}\r\nConnection: close\r\n\r\n".encode()
    )
    return connection


def status(connection: socket.socket) -> int:
    return int(connection.recv(1000).split()[1])


def read_to_end(connection: socket.socket) -> bytes:
    return b"".join(iter(lambda: connection.recv(1 << 20), b""))


@pytest.mark.parametrize("path", [PAGE, FLAT, ODATA])
def test_a_key_whose_answers_are_not_received_gets_no_more_and_others_do(
    port: int, key: str, writer: sqlite3.Connection, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outgoing, "OUTGOING_KEY_BYTES", 10_000_000)
    held = [ask(port, key, f"{path}&_={number}") for number in range(2)]
    for connection in held:
        assert status(connection) == 200
    with closing(ask(port, key, f"{path}&_=third")) as refused:
        answer = refused.recv(1000)
    assert answer.startswith(b"HTTP/1.1 503 ")
    assert b"\r\nretry-after: %d\r\n" % WAIT_RETRY_S in answer
    with closing(ask(port, make_key(writer), path)) as other:
        assert status(other) == 200
    for connection in held:
        assert len(read_to_end(connection)) > 9_000_000, "what was begun is sent whole"
        connection.close()
    with closing(ask(port, key, f"{path}&_=again")) as again:
        assert status(again) == 200


def test_all_keys_together_have_a_bound(
    port: int, key: str, writer: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outgoing, "OUTGOING_BYTES", 1_000_000)
    with closing(ask(port, key)) as held:
        assert status(held) == 200
        with closing(ask(port, make_key(writer))) as other:
            assert status(other) == 503
        with closing(ask(port, key, "/health")) as small:
            assert status(small) == 200


def test_what_waits_for_room_is_made_when_there_is_some(port: int, key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outgoing, "OUTGOING_KEY_BYTES", 1_000_000)
    monkeypatch.setattr(readers, "ROOM_WAIT_S", 60)
    with closing(ask(port, key)) as held, closing(ask(port, key, f"{PAGE}&_=next")) as waiting:
        assert status(held) == 200
        read_to_end(held)
        assert status(waiting) == 200


def test_a_page_that_is_remembered_is_held_once(port: int, key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outgoing, "OUTGOING_KEY_BYTES", 10_000_000)
    path = f"{INCIDENTS}?limit=500"  # 4.5 MB, which the memory of answers takes
    with closing(ask(port, key, path)) as first:
        read_to_end(first)
    held = [ask(port, key, path) for _ in range(6)]
    assert [status(connection) for connection in held] == [200] * 6
    with closing(ask(port, key, f"{path}&_=another")) as another:
        assert status(another) == 200
    for connection in held:
        connection.close()


def test_a_client_that_is_too_slow_is_cut_off(
    port: int, key: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It goes on reading, so it is not stalled."""
    monkeypatch.setattr(body, "SEND_S", 0)
    monkeypatch.setattr(body, "SLOWEST_BYTES_S", 1 << 40)
    with closing(ask(port, key)) as connection:
        received = 0
        with pytest.raises(ConnectionResetError):
            received = len(connection.recv(1)) + len(read_to_end(connection))
        assert received == 0
    (told,) = [str(record.msg) for record in caplog.records if type(record.msg).__name__ == "ClientTooSlow"]
    assert re.fullmatch(r"the client of request [0-9a-f]{16} did not receive \d+ bytes in 0 s", told)


def test_a_body_of_many_pieces_arrives_whole_encrypted_as_well(
    database: Path, port: int, key: str, tmp_path: Path
) -> None:
    with closing(ask(port, key)) as connection:
        head, _, plain = read_to_end(connection).partition(b"\r\n\r\n")
    assert len(plain) > 30 * SEND_PIECE_BYTES
    assert b"content-length: %d\r\n" % len(plain) in head + b"\r\n"
    pair = write_pair(tmp_path, issue())
    with (
        running(create_app(database), pair) as encrypted,
        trusting().wrap_socket(ask_nothing(encrypted), server_hostname="localhost") as connection,
    ):
        connection.sendall(
            f"GET {PAGE} HTTP/1.1\r\nHost: plant\r\nAuthorization: Bearer {key}\r\nConnection: close\r\n\r\n".encode()
        )
        assert read_to_end(connection).partition(b"\r\n\r\n")[2] == plain


def ask_nothing(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=60)
