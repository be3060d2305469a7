"""`Strict-Transport-Security`: on whatever is answered over TLS, and on nothing else."""

from __future__ import annotations

import http.client
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from litestar.testing import TestClient

from nexshift.web import protocol
from nexshift.web.app import create_app
from nexshift.web.tls import KeyPair
from tests.web.certificates import issue, trusting, write_pair
from tests.web.plant import INCIDENTS
from tests.web.running import running

YEAR = "max-age=31536000"


@pytest.fixture
def pair(tmp_path: Path) -> KeyPair:
    return write_pair(tmp_path, issue())


@pytest.fixture
def encrypted(database: Path, pair: KeyPair) -> Iterator[http.client.HTTPSConnection]:
    with running(create_app(database), pair) as port:
        connection = http.client.HTTPSConnection("localhost", port, timeout=20, context=trusting())
        yield connection
        connection.close()


def sent(connection: http.client.HTTPConnection, method: str, path: str, key: str = "") -> tuple[int, list[str]]:
    """The status and the header's lines."""
    connection.request(method, path, headers={"Authorization": f"Bearer {key}"} if key else {})
    answer = connection.getresponse()
    answer.read()
    return answer.status, answer.headers.get_all("strict-transport-security", [])


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/health", 200),
        ("GET", INCIDENTS, 200),
        ("GET", f"{INCIDENTS}?format=csv", 200),
        ("GET", "/odata/v4/", 200),
        ("HEAD", "/docs", 200),
        ("OPTIONS", INCIDENTS, 204),
        ("GET", "/", 307),
        ("GET", f"{INCIDENTS}?limit=0", 400),
        ("GET", "/nothing", 404),
        ("POST", INCIDENTS, 405),
    ],
)
def test_every_answer_over_tls_has_it(
    encrypted: http.client.HTTPSConnection, key: str, method: str, path: str, status: int
) -> None:
    assert sent(encrypted, method, path, key) == (status, [YEAR])


def test_a_refusal_before_there_is_a_request_has_it(
    database: Path, pair: KeyPair, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(protocol, "MAX_HEADER_BYTES", 100)
    with (
        running(create_app(database), pair) as port,
        socket.create_connection(("127.0.0.1", port), timeout=20) as plain,
        trusting().wrap_socket(plain, server_hostname="localhost") as connection,
    ):
        connection.sendall(b"GET /" + b"x" * 9_000)
        head = b"".join(iter(lambda: connection.recv(65536), b""))
    assert head.startswith(b"HTTP/1.1 431 ")
    assert f"\r\nstrict-transport-security: {YEAR}\r\n".encode() in head


def test_nothing_in_plain_http_has_it(database: Path, key: str) -> None:
    with running(create_app(database)) as port:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        for path in ("/health", INCIDENTS, "/nothing"):
            assert sent(connection, "GET", path, key)[1] == []
        connection.close()
    with TestClient(create_app(database)) as client:  # nor does a proxy's word make it TLS: the proxy may add it itself
        behind = client.get("/health", headers={"X-Forwarded-Proto": "https"})
        assert "strict-transport-security" not in behind.headers


@pytest.mark.parametrize(("days", "value"), [(0, "max-age=0"), (1, "max-age=86400")])
def test_its_time_can_be_chosen_and_nought_makes_browsers_forget(
    database: Path, pair: KeyPair, days: int, value: str
) -> None:
    with running(create_app(database, hsts_days=days), pair) as port:
        connection = http.client.HTTPSConnection("localhost", port, timeout=20, context=trusting())
        assert sent(connection, "GET", "/health") == (200, [value])
        connection.close()
