"""The service ends when it is told to: with what it was asked for, in time, and whatever its clients do."""

import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from nexshift.config import EXIT_S, SHUTDOWN_S
from tests.web.plant import INCIDENTS
from tests.web.processes import Line, ServiceProcess, process_of, serving

ASSET = b"/docs/swagger-ui-bundle.js"  # more than a megabyte, which needs no key
# A page is made when somebody opens the named pipe: as slow as the test wishes, and in a thread.
HELD_UP = """
import sys
from pathlib import Path
from nexshift.listing import Listing
from nexshift.web.server import serve
from nexshift.web.settings import ServiceSettings
make = Listing.page
def page(*sent):
    Path(sys.argv[2]).read_text()
    return make(*sent)
Listing.page = page
if __name__ == "__main__":
    serve(ServiceSettings(database=Path(sys.argv[1]), port=0))
"""
pytestmark = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="signals and named pipes of POSIX")


def events(lines: list[Line], name: str) -> list[Line]:
    return [line for line in lines if line["event"] == name]


def request(path: bytes, key: str = "") -> bytes:
    head = b"GET %s HTTP/1.1\r\nHost: plant\r\n" % path
    return head + (b"Authorization: Bearer %s\r\n\r\n" % key.encode() if key else b"\r\n")


def test_its_time_is_within_five_seconds() -> None:
    assert SHUTDOWN_S < EXIT_S < 5


def has_ended(connection: socket.socket) -> bool:
    """Whether the service has closed it; with a reset where it had not got round to what was sent."""
    try:
        return connection.recv(1) == b""
    except ConnectionResetError:
        return True


@pytest.mark.parametrize("workers", ["1", "2"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_the_service_whatever_its_clients_do(
    database: Path, key: str, workers: str, number: signal.Signals
) -> None:
    with serving(database, "--workers", workers) as service:
        assert service.ask(INCIDENTS, key)[0] == 200
        with (
            service.connect() as idle,
            service.connect() as slow,
            service.connect() as silent,
            service.connect() as half,
        ):
            idle.sendall(request(b"/health"))
            assert b'"ok"' in idle.recv(65536)
            slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            slow.sendall(request(ASSET) * 50)  # far more than sockets hold
            assert slow.recv(1)
            half.sendall(b"GET /health HTTP/1.1\r\nHost: pl")
            service.signal(number)
            lines = service.read_to_end()
            assert service.process.wait() == 0
            assert has_ended(idle)
            assert has_ended(silent)
            assert has_ended(half)
    assert sum(line["cut_off"] for line in events(lines, "stopped")) == 1
    assert [line["route"] for line in events(lines, "request")][:2] == [INCIDENTS, "/health"]
    assert {line["event"] for line in lines} <= {"started", "worker_started", "request", "stopping", "stopped"}


@pytest.fixture
def pipe(tmp_path: Path) -> Path:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    return path


@pytest.fixture
def held_up(database: Path, tmp_path: Path, pipe: Path) -> Iterator[ServiceProcess]:
    script = tmp_path / "held_up.py"
    script.write_text(HELD_UP)
    with process_of([script, database, pipe], PYTHONPATH=str(Path.cwd())) as service:
        yield service


def test_what_was_asked_for_is_answered_before_the_end(held_up: ServiceProcess, key: str, pipe: Path) -> None:
    with held_up.connect() as client:
        client.sendall(request(INCIDENTS.encode(), key))
        with pipe.open("w"):  # once the service has it open as well, the page is being made
            held_up.signal(signal.SIGTERM)
            (stopping,) = events(held_up.read_until("stopping"), "stopping")
            assert (stopping["connections"], stopping["requests"]) == (1, 1)
        received = b"".join(iter(lambda: client.recv(65536), b""))
    assert received.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"connection: close\r\n" in received
    lines = held_up.read_to_end()
    assert held_up.process.wait() == 0
    assert [line["status"] for line in events(lines, "request")] == [200]
    assert [line["cut_off"] for line in events(lines, "stopped")] == [0]


def test_what_never_ends_is_left_undone(held_up: ServiceProcess, key: str, pipe: Path) -> None:
    with held_up.connect() as client:
        client.sendall(request(INCIDENTS.encode(), key))
        with pipe.open("w"):
            held_up.signal(signal.SIGTERM)
            lines = held_up.read_to_end()
            assert held_up.process.wait() == 0
    assert [line["cut_off"] for line in events(lines, "stopped")] == [1]
    assert events(lines, "message") == [], "no traceback for it"


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_closed_terminal_does_not_end_what_nohup_started(database: Path, workers: str) -> None:
    def ignore() -> None:
        signal.signal(signal.SIGHUP, signal.SIG_IGN)

    with serving(database, "--workers", workers, before=ignore) as service:
        assert service.ask("/health")[0] == 200
        service.signal(signal.SIGHUP)
        assert service.ask("/health")[0] == 200
        service.signal(signal.SIGTERM)
        assert service.process.wait() == 0
