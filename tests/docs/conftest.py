"""A running sample plant, as `make demo` starts it, for the examples in the documents."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

NEXSHIFT = Path(sys.executable).with_name("nexshift")


@dataclass
class Demo:
    """The service, its key, and everything that it printed before it served."""

    port: int
    key: str
    printed: str

    def run(self, command: str, folder: Path) -> subprocess.CompletedProcess[str]:
        """A command of a document, as its reader would run it, against this service."""
        environment = {**os.environ, "KEY": self.key, "PATH": f"{NEXSHIFT.parent}{os.pathsep}{os.environ['PATH']}"}
        environment.pop("NEXSHIFT_DB", None)
        environment.pop("NEXSHIFT_CONFIG", None)
        return subprocess.run(
            ["bash", "-c", command.replace("127.0.0.1:8080", f"127.0.0.1:{self.port}")],
            cwd=folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,  # one after the other, as on a terminal
            text=True,
            timeout=60,
            check=False,
        )


@pytest.fixture(scope="session")
def demo() -> Iterator[Demo]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [NEXSHIFT, "demo", "--port", str(port)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert process.stdout is not None
    try:
        printed = ""
        for line in process.stdout:
            printed += line
            if line.startswith("Nexshift serves "):
                break
        else:
            raise AssertionError(f"the demo ended with {process.wait()}:\n{printed}")
        keys = set(re.findall(r"\bnxs_\w+", printed))
        assert len(keys) == 1, printed
        yield Demo(port, keys.pop(), printed)
    finally:
        process.terminate()
        process.communicate(timeout=30)
