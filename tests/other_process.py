"""Another program that commits to the same database, at the moment a test says and not before.

As a program it reads one JSON list of [statement, values] a line, commits each list as one transaction and answers.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from nexshift.storage.library import sqlite3

ROOT = Path(__file__).parents[1]
Statement = tuple[str, Sequence[Any] | dict[str, Any]]


class OtherProcess:
    """A writer with its own connection in its own process."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def commit(self, *statements: Statement) -> None:
        """Returns when all of them are committed, in one transaction."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(json.dumps(statements), file=self._process.stdin, flush=True)
        assert self._process.stdout.readline() == "committed\n"

    def insert(self, table: str, rows: Sequence[dict[str, Any]]) -> None:
        names = list(rows[0])
        marks = ", ".join(f":{name}" for name in names)
        self.commit(*((f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})", row) for row in rows))


@contextmanager
def other_process(path: Path) -> Iterator[OtherProcess]:
    with subprocess.Popen(
        [sys.executable, "-m", "tests.other_process", str(path)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield OtherProcess(process)
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait() == 0


def main(path: str) -> None:
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA foreign_keys = ON")
    for line in sys.stdin:
        with connection:
            for statement, values in json.loads(line):
                connection.execute(statement, values)
        print("committed", flush=True)
    connection.close()


if __name__ == "__main__":
    main(sys.argv[1])
