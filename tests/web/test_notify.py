"""What the service says to a system that waits for it, as systemd does: over a real socket, with who said it."""

from __future__ import annotations

import os
import signal
import socket
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest

from nexshift.web.notify import notify
from tests.web.processes import process_of

_CREDENTIALS = struct.Struct("3i")  # process, user and group, which the kernel adds

pytestmark = pytest.mark.skipif(not hasattr(socket, "SCM_CREDENTIALS"), reason="sockets of Linux")


@pytest.fixture(params=["path", "abstract"])
def system(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, socket.socket]]:
    """What $NOTIFY_SOCKET says, and the socket that it names."""
    address = str(tmp_path / "notify") if request.param == "path" else f"@nexshift-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        listener.settimeout(60)
        listener.bind(address.replace("@", "\0"))
        yield address, listener


def hear(listener: socket.socket) -> tuple[list[str], int]:
    """The next message's lines, and the process that sent it."""
    message, added, _, _ = listener.recvmsg(4096, socket.CMSG_SPACE(_CREDENTIALS.size))
    ((_, _, credentials),) = added
    return message.decode().splitlines(), _CREDENTIALS.unpack(credentials)[0]


@pytest.mark.parametrize("workers", ["1", "2"])
def test_the_service_says_when_it_answers_and_when_it_ends(
    database: Path, system: tuple[str, socket.socket], workers: str
) -> None:
    address, listener = system
    command = ("-m", "nexshift", "--db", database, "serve", "--port", "0", "--workers", workers)
    with process_of(command, NOTIFY_SOCKET=address) as service:
        assert hear(listener) == (["READY=1", f"STATUS=Serves {service.address}"], service.process.pid)
        assert service.ask("/health")[0] == 200
        service.signal(signal.SIGTERM)
        assert hear(listener) == (["STOPPING=1"], service.process.pid)
        service.read_to_end()
        assert service.process.wait() == 0
    listener.setblocking(False)
    with pytest.raises(BlockingIOError):
        hear(listener)


def test_a_worker_that_is_replaced_is_not_told_again(database: Path, system: tuple[str, socket.socket]) -> None:
    address, listener = system
    command = ("-m", "nexshift", "--db", database, "serve", "--port", "0", "--workers", "2", "--log-format", "json")
    with process_of(command, NOTIFY_SOCKET=address) as service:
        assert hear(listener)[0][0] == "READY=1"
        first = [line["pid"] for line in service.read_until("worker_started", 2) if line["event"] == "worker_started"]
        os.kill(first[0], signal.SIGKILL)
        service.read_until("worker_started")
        service.signal(signal.SIGTERM)
        assert hear(listener) == (["STOPPING=1"], service.process.pid)


def test_a_service_that_cannot_start_says_nothing(
    database: Path, system: tuple[str, socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    address, listener = system
    with socket.create_server(("127.0.0.1", 0)) as taken:
        command = ("-m", "nexshift", "--db", database, "serve", "--port", str(taken.getsockname()[1]))
        with pytest.raises(AssertionError, match="in use"), process_of(command, NOTIFY_SOCKET=address):
            pass
    listener.setblocking(False)
    with pytest.raises(BlockingIOError):
        hear(listener)


@pytest.mark.parametrize("address", [None, "", "vsock:2:1", "notify"])
def test_without_a_socket_there_is_nothing_to_say(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, address: str | None
) -> None:
    if address is None:
        monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    else:
        monkeypatch.setenv("NOTIFY_SOCKET", address)
    notify("READY=1")
    assert caplog.messages == []


def test_a_socket_that_is_not_there_is_warned_of(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "gone"))
    notify("READY=1")
    assert caplog.messages == [f"the system cannot be told READY=1 at {tmp_path / 'gone'}: No such file or directory"]
