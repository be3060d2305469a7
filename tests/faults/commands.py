"""Commands as processes of their own, which a test starts at once, kills at a moment, or lets run into a fault."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parents[2]


class Ended(NamedTuple):
    """How a command has ended: its exit code, negative for a signal, and what it has printed."""

    code: int
    out: str
    err: str
    calls: int
    """How many calls that change files it made, where they are counted."""


class Command:
    """A running command."""

    def __init__(self, server: Commands, pid: int, out: Path, err: Path) -> None:
        self.pid = pid
        self._server, self._out, self._err = server, out, err
        self._ended: Ended | None = None

    def kill(self) -> None:
        """The command alone, as `kill -9` does; those that it has started live on."""
        self.send(signal.SIGKILL)

    def send(self, number: signal.Signals) -> None:
        if self._ended is None:  # until it is waited for, nobody else gets its number
            os.kill(self.pid, number)

    def is_running(self) -> bool:
        """Whether it has not ended yet; one that was stopped has not."""
        state = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()[0]
        return state != "Z"

    def wait(self) -> Ended:
        if self._ended is None:
            code, calls = self._server.ask(wait=self.pid)
            self._ended = Ended(code, self._read(self._out), self._read(self._err), calls)
        return self._ended

    def _read(self, file: Path) -> str:
        return file.read_text(encoding="utf-8") if file.is_file() else ""


class Service(Command):
    """A service that answers."""

    address: str

    @property
    def port(self) -> int:
        return int(self.address.rpartition(":")[2])


class Commands:
    """Starts them; see `fork_server`."""

    def __init__(self, folder: Path, interposed: Path | None) -> None:
        self._folder = folder
        self._numbers = count()
        self._running: list[Command] = []
        self.counts_calls = interposed is not None
        environment = {name: value for name, value in os.environ.items() if not name.startswith("NEXSHIFT_")}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.fork_server"],
            cwd=ROOT,
            env=environment | ({"LD_PRELOAD": str(interposed)} if interposed else {}),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ask(self, **asked: Any) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(json.dumps(asked), file=self._process.stdin, flush=True)
        return json.loads(self._process.stdout.readline())

    def start(self, database: Path, *arguments: str | Path, **faults: Any) -> Command:
        """`nexshift --db DATABASE ARGUMENTS`, with these faults, which `fork_server.run` names."""
        out, err = self._next_files()
        return Command(self, self._fork(database, arguments, out, err, **faults), out, err)

    def run(self, database: Path, *arguments: str | Path, **faults: Any) -> Ended:
        """The same, to its end."""
        return self.start(database, *arguments, **faults).wait()

    @contextmanager
    def serving(self, database: Path, *arguments: str | Path) -> Iterator[Service]:
        """`nexshift serve` at a free port, or at that of `arguments`, until the block ends."""
        service = self.serve(database, *arguments)
        try:
            yield service
        finally:
            service.send(signal.SIGTERM)
            service.wait()

    def serve(self, database: Path, *arguments: str | Path) -> Service:
        """The same until the test ends it.  AssertionError with what it says where it does not start."""
        out, err = self._next_files()
        os.mkfifo(out)
        options = ("serve", "--rate-limit", "1000000000", *(() if "--port" in arguments else ("--port", "0")))
        service = Service(self, self._fork(database, (*options, *arguments), out, err), out, err)
        self._running.append(service)
        with out.open(encoding="utf-8") as printed:
            for line in printed:
                if "Nexshift serves " in line:
                    service.address = re.findall(r"http://\S+", line)[-1]
                    return service
        raise AssertionError(service.wait().err)

    def close(self) -> None:
        for command in self._running:
            command.kill()
            command.wait()
        self._process.communicate()

    def _next_files(self) -> tuple[Path, Path]:
        number = next(self._numbers)
        return self._folder / f"{number}.out", self._folder / f"{number}.err"

    def _fork(self, database: Path, arguments: tuple[str | Path, ...], out: Path, err: Path, **faults: Any) -> int:
        words = ["--db", str(database), *map(str, arguments)]
        pid: int = self.ask(start={"arguments": words, "out": str(out), "err": str(err), **faults})
        return pid
