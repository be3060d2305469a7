"""Starting what is measured: a program in a process of its own, until it answers; and its orderly end."""

from __future__ import annotations

import os
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from time import monotonic
from typing import IO

from benchmarks.http.cores import pin

ROOT = Path(__file__).parents[2]
_START_S = 60
_STOP_S = 20


class NotStarted(Exception):
    """The program ended or kept silent; the text has its last words."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(
    command: Sequence[str], port: int, *, environment: Mapping[str, str] | None = None, core: int | None = None
) -> Iterator[str]:
    """The program while it runs, as the URL in front of its paths; it is to listen at `port` of 127.0.0.1."""
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            command, cwd=ROOT, env=os.environ | (environment or {}), stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
        pin(process.pid, core)
        try:
            _wait_until_it_answers(process, port, log)
            yield f"http://127.0.0.1:{port}"
        finally:
            _stop(process)


def _wait_until_it_answers(process: subprocess.Popen[bytes], port: int, log: IO[bytes]) -> None:
    """Whatever it says to a request for `/`; that it listens is not enough, some do before they are ready."""
    deadline = monotonic() + _START_S
    while monotonic() < deadline and process.poll() is None:
        connection = HTTPConnection("127.0.0.1", port, timeout=_START_S)
        try:
            connection.request("GET", "/")
            connection.getresponse()
        except (OSError, HTTPException):
            with suppress(subprocess.TimeoutExpired):
                process.wait(0.05)
        else:
            return
        finally:
            connection.close()
    log.seek(0)
    raise NotStarted(f"{process.args!r} does not answer at port {port}:\n{log.read()[-2000:].decode(errors='replace')}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(_STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
