"""`nexshift serve` or `demo` as a program of its own, asked over HTTP."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any


class Service:
    """A program that serves, and what it has printed on stdout until then."""

    def __init__(self, *arguments: str | Path, module: str = "nexshift", **settings: Any) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            **settings,
        )
        assert self.process.stdout is not None
        self.printed = ""
        while "Nexshift serves " not in self.printed:
            line = self.process.stdout.readline()
            assert line, self.process.communicate()[1]
            self.printed += line
        self.address = re.findall(r"http://\S+", self.printed)[-1]

    def ask(self, path: str, key_text: str | None = None) -> tuple[int, Any]:
        headers = {"Authorization": f"Bearer {key_text}"} if key_text else {}
        request = urllib.request.Request(self.address + path, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=20) as response:
                return response.status, json.load(response)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.load(error)

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        self.process.communicate(timeout=30)
        return self.process.returncode


Start = Callable[..., Service]
