"""Asking a server, once or as fast as it can answer: with Debian's `wrk`, one compiled client for every side.

Whatever is not a complete 200 is a failure of the measurement, never a figure.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple
from urllib.request import Request, urlopen

from benchmarks.http.cores import pin

_REPORT = Path(__file__).with_name("report.lua")
_MISSING = "wrk, which asks the servers, is missing. On Debian or Ubuntu: sudo apt install wrk"


class Failed(Exception):
    """A side did not answer as it was expected to."""


class Target(NamedTuple):
    """What is asked."""

    url: str
    headers: Mapping[str, str] = {}

    def also(self, **headers: str) -> Target:
        return Target(self.url, {**self.headers, **{name.replace("_", "-"): text for name, text in headers.items()}})


class Load(NamedTuple):
    """How `wrk` found it."""

    requests_per_s: float
    request_s: float  # that a client waits, on average
    p50_s: float
    p99_s: float


def version() -> str:
    """Such as `wrk 4.1.0`."""
    words = subprocess.run([_program(), "--version"], capture_output=True, text=True, check=False).stdout.split()
    return " ".join(words[:2])


def fetch(target: Target) -> bytes:
    """The body of one answer."""
    with urlopen(Request(target.url, headers=dict(target.headers)), timeout=60) as answer:  # raises unless it is 2xx
        body: bytes = answer.read()
    return body


def ask(target: Target, *, clients: int = 1, seconds: int = 1, core: int | None = None) -> Load:
    """`clients` connections, each with one request under way at a time, for `seconds`."""
    headers = [word for name, text in target.headers.items() for word in ("-H", f"{name}: {text}")]
    command = [_program(), f"-c{clients}", "-t1", f"-d{seconds}", "--timeout", "30", "-s", str(_REPORT), *headers]
    process = subprocess.Popen([*command, target.url], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    pin(process.pid, core)
    output, _ = process.communicate()
    lines = output.splitlines()
    if process.returncode or not lines:
        raise Failed(f"wrk failed: {output}")
    seen = json.loads(lines[-1])
    if seen["errors"] or seen["refused"] or not seen["requests"]:
        raise Failed(f"{target.url} did not always answer: {lines[-1]}")
    took_s = seen["duration"] / 1e6
    # Each client's last request is cut off by the end, on average in its middle; wrk counts only the others.  Its own
    # mean is not used: that is corrected for requests which would have been sent during a slow one.
    request_s = took_s / (seen["requests"] / clients + 0.5)
    return Load(seen["requests"] / took_s, request_s, seen["p50"] / 1e6, seen["p99"] / 1e6)


def _program() -> str:
    found = shutil.which("wrk")
    if found is None:
        raise SystemExit(_MISSING)
    return found
