"""The service as a process of its own, whose log is read line by line: so a test waits for events, never for a time."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Timer
from typing import Any

ROOT = Path(__file__).parents[2]
Line = dict[str, Any]
_PATIENCE_S = 120


class ServiceProcess:
    """`nexshift serve` at a free port of this machine, or another program that says the same."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        self.process = process
        line = process.stdout.readline()
        address = re.fullmatch(r"Nexshift serves (http://127\.0\.0\.1:(\d+))\n", line)
        assert address, line + (process.stderr.read() if process.stderr else "")
        self.address = address[1]
        self.port = int(address[2])

    def read_until(self, event: str, count: int = 1) -> list[Line]:
        """The log's next lines, to the one with which the event has occurred so often."""
        lines = []
        while count:
            lines.append(self._read_line())
            count -= lines[-1]["event"] == event
        return lines

    def read_to_end(self) -> list[Line]:
        """The rest of the log; it ends when the last process of the service has ended."""
        assert self.process.stderr is not None
        return [json.loads(line) for line in self.process.stderr]

    def _read_line(self) -> Line:
        assert self.process.stderr is not None
        line: Line = json.loads(self.process.stderr.readline())
        return line

    def ask(self, path: str, key: str = "") -> tuple[int, bytes]:
        """Status and body, over a connection of its own."""
        request = urllib.request.Request(self.address + path, headers={"Authorization": f"Bearer {key}"} if key else {})
        try:
            with urllib.request.urlopen(request, timeout=60) as response:
                return int(response.status), response.read()
        except urllib.error.HTTPError as refused:
            return refused.code, refused.read()

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=60)

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)


def halt(pid: int) -> None:
    """Let a process stand still; returns when it does."""
    os.kill(pid, signal.SIGSTOP)
    while Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "T":
        pass


@contextmanager
def process_of(
    command: Sequence[str | Path], *, before: Callable[[], object] | None = None, **environment: str
) -> Iterator[ServiceProcess]:
    """The service that `command` starts, once it says that it serves; killed at the end if it still is there."""
    with subprocess.Popen(
        [sys.executable, *command],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **environment},
        start_new_session=True,
        preexec_fn=before,  # noqa: PLW1509 - a test that uses it has no threads
    ) as process:
        last_resort = Timer(_PATIENCE_S, os.killpg, (process.pid, signal.SIGKILL))  # a test that waits in vain fails
        last_resort.start()
        try:
            yield ServiceProcess(process)
        finally:
            last_resort.cancel()
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


@contextmanager
def serving(
    database: Path, *options: str | Path, before: Callable[[], object] | None = None
) -> Iterator[ServiceProcess]:
    """`nexshift serve` over that database."""
    with process_of(("-m", "nexshift", "--db", database, "serve", "--port", "0", *options), before=before) as service:
        yield service
