"""Starting and stopping the service as a process."""

import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import oee_core
from nexshift.config import RATE_WINDOW_S
from nexshift.errors import DatabaseUnavailable, Refused
from nexshift.storage import _sqlite
from nexshift.storage.library import sqlite3
from nexshift.web.app import create_app
from nexshift.web.server import describe_address, serve
from nexshift.web.settings import ServiceSettings
from tests.web.plant import INCIDENTS, make_key

START = """
import sys
from pathlib import Path
from nexshift.web.server import serve
from nexshift.web.settings import ServiceSettings
if __name__ == "__main__":
    serve(ServiceSettings(database=Path(sys.argv[1]), port=0, workers=int(sys.argv[2])))
"""


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "start.py"
    path.write_text(START)
    return path


@contextmanager
def started(script: Path, database: Path, workers: int) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The process and its address, once it says that it serves."""
    with subprocess.Popen(
        [sys.executable, str(script), str(database), str(workers)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path.cwd())},
    ) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            address = re.fullmatch(r"Nexshift serves (http://127\.0\.0\.1:\d+)\n", line)
            assert address, line
            yield process, address[1]
        finally:
            process.terminate()


def ask(address: str, key: str) -> int:
    """The status of a page, asked for over a connection of its own."""
    request = urllib.request.Request(address + INCIDENTS, headers={"Authorization": f"Bearer {key}"})
    try:
        with urllib.request.urlopen(request, timeout=30) as response:
            return int(response.status)
    except urllib.error.HTTPError as refused:
        return refused.code


def test_workers_count_a_keys_requests_together(script: Path, database: Path, writer: sqlite3.Connection) -> None:
    with started(script, database, 2) as (_process, address):
        for _ in range(2):  # when a minute ends among these requests, the next is long enough
            key = make_key(writer, rate_limit=20)
            window = time.monotonic() // RATE_WINDOW_S
            statuses = [ask(address, key) for _ in range(30)]
            if time.monotonic() // RATE_WINDOW_S == window:
                break
    assert sorted(statuses) == [200] * 20 + [429] * 10


def test_a_port_in_use_is_refused(database: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(Refused) as refused:
            serve(ServiceSettings(database=database, port=port))
    assert refused.value.sentence == (
        f"port {port} is in use: another program, perhaps Nexshift itself, listens at 127.0.0.1 already"
    )
    assert refused.value.hint == f"stop that one, or choose another port, such as: --port {port + 1}"


@pytest.mark.parametrize("host", ["203.0.113.1", "2001:db8::1"])
def test_an_address_of_another_machine_is_refused(database: Path, host: str) -> None:
    with pytest.raises(Refused) as refused:
        serve(ServiceSettings(database=database, host=host, port=0))
    assert refused.value.sentence == f"{host} is not an address of this machine"
    assert "0.0.0.0 for the network" in refused.value.hint


@pytest.mark.parametrize("port", [-1, 65_536, 99_999])
def test_a_port_that_cannot_be_is_refused(database: Path, port: int) -> None:
    with pytest.raises(Refused, match=f"port must be a number from 0 to 65535, not {port}"):
        serve(ServiceSettings(database=database, port=port))


@pytest.mark.parametrize("host", ["no such host", "a" * 300])
def test_a_host_that_is_none_is_refused(database: Path, host: str) -> None:
    with pytest.raises(Refused, match="there is no address"):
        serve(ServiceSettings(database=database, host=host, port=0))


def test_a_missing_database_is_refused_before_a_port_is_taken(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other, pytest.raises(DatabaseUnavailable, match="no database"):
        serve(ServiceSettings(database=tmp_path / "nothing.db", port=other.getsockname()[1]))


def test_the_address_is_printed_as_one_would_type_it() -> None:
    with socket.create_server(("127.0.0.1", 0)) as here:
        assert describe_address(here) == f"http://127.0.0.1:{here.getsockname()[1]}"
    with socket.create_server(("0.0.0.0", 0)) as everywhere:
        port = everywhere.getsockname()[1]
        assert describe_address(everywhere).startswith(f"http://{socket.gethostname()}:{port} ")


SLOWER = "rows are stepped by Python's sqlite3, which takes several times as long: "


def warnings_of_a_start(database: Path, caplog: pytest.LogCaptureFixture) -> list[str]:
    create_app(database)
    return [record.message for record in caplog.records if record.message.startswith(SLOWER)]


def test_the_faster_way_to_step_rows_needs_no_word(database: Path, caplog: pytest.LogCaptureFixture) -> None:
    assert warnings_of_a_start(database, caplog) == []


def test_the_slower_way_to_step_rows_is_never_taken_in_silence(
    database: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(_sqlite, "is_available", False)
    (message,) = warnings_of_a_start(database, caplog)
    assert message.endswith("use one that loads SQLite as a shared library, such as Debian's")


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("NEXSHIFT_STEPPING", "NEXSHIFT_STEPPING asks for it; unset it for the faster way"),
        ("NEXSHIFT_OEE", "NEXSHIFT_OEE asks for the reference; unset it for the faster way"),
    ],
)
def test_who_asked_for_the_slower_way_is_told_how_not_to(
    database: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, name: str, reason: str
) -> None:
    if name == "NEXSHIFT_STEPPING":
        monkeypatch.setenv(name, "sqlite3")
    else:  # which is read when the core is loaded
        monkeypatch.setattr(oee_core, "implementation", "reference")
    assert warnings_of_a_start(database, caplog) == [SLOWER + reason]
