"""What does another SQLite library change: for a page of 1000 runs, a summary, and the import of 1000 runs?

`python -m benchmarks.libraries` asks two processes in turns, one with each library (NEXSHIFT_SQLITE), and prints the
processor time of each; what the two give must be the same bytes.  `--work NAME ROUNDS` does one thing in this process,
for a program that counts its instructions, such as `valgrind --tool=callgrind`.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from functools import partial
from hashlib import sha256
from pathlib import Path

from benchmarks import cache
from benchmarks.import_runs import write_plant
from benchmarks.page import GRANT
from benchmarks.plant import COMPANY, TIMEZONE, make_plant
from benchmarks.rounds import WARM_UP, in_turns
from benchmarks.turns import compare_turns, show
from nexshift.listings.runs import RUNS
from nexshift.listings.summary import SUMMARY
from nexshift.query import parse_query
from nexshift.storage.companies import add_company
from nexshift.storage.connection import create_database, open_reader
from nexshift.storage.importing import import_paths
from nexshift.storage.library import sqlite3

PLANT_RUNS = 100_000
IMPORTED_RUNS = 1_000
TURNS = {"page": 60, "summary": 20, "import": 8}
BEFORE, AFTER = "system", "pysqlite3"
Work = Callable[[], bytes]


@contextmanager
def prepared(name: str) -> Iterator[Work]:
    """The thing of that name, to be done as often as is wished; what it gives says whether it was done right."""
    if name == "import":
        with tempfile.TemporaryDirectory() as folder:
            files = Path(folder) / "files"
            files.mkdir()
            write_plant(make_plant(IMPORTED_RUNS), files)
            yield partial(_import, Path(folder), files)
    else:
        listing, text = {"page": (RUNS, b"limit=1000"), "summary": (SUMMARY, b"")}[name]
        with closing(open_reader(cache.plant_file(PLANT_RUNS))) as connection:
            query = parse_query(listing.path, listing.parameters, text, GRANT)
            yield lambda: listing.page(connection, GRANT, query).body


def _import(folder: Path, files: Path) -> bytes:
    path = folder / "new.db"
    path.unlink(missing_ok=True)
    with closing(create_database(path)) as connection:
        company = add_company(connection, COMPANY, TIMEZONE)
        import_paths(connection, company, [files])
        return repr(connection.execute("SELECT count(*), sum(units_produced) FROM run").fetchall()).encode()


def answer(name: str) -> None:
    """Do it once for each line that comes in, and print the seconds of processor time and a hash of what it gave."""
    with prepared(name) as work:
        print(sqlite3.sqlite_version, flush=True)
        for _ in sys.stdin:
            begun = time.process_time()
            given = work()
            print(time.process_time() - begun, sha256(given).hexdigest(), flush=True)


class Side:
    """A process with one library."""

    def __init__(self, library: str, name: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.libraries", "--answer", name],
            env=os.environ | {"NEXSHIFT_SQLITE": library},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.version = self._read()
        self.given: set[str] = set()

    def _read(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline().strip()
        if not line:
            raise SystemExit("a side has failed")
        return line

    def measure(self) -> float:
        assert self._process.stdin is not None
        print(file=self._process.stdin, flush=True)
        seconds, given = self._read().split()
        self.given.add(given)
        return float(seconds)

    def end(self) -> None:
        self._process.communicate()


def compare() -> None:
    cache.plant_file(PLANT_RUNS)
    taken: dict[str, dict[str, list[float]]] = {}
    for name, turns in TURNS.items():
        with ExitStack() as stack:
            sides = {library: Side(library, name) for library in (BEFORE, AFTER)}
            for side in sides.values():
                stack.callback(side.end)
            taken[name] = in_turns({library: side.measure for library, side in sides.items()}, turns, WARM_UP)
            if sides[BEFORE].given != sides[AFTER].given or len(sides[BEFORE].given) != 1:
                raise SystemExit(f"{name}: the two libraries do not give the same")
            versions = [f"SQLite {side.version}" for side in sides.values()]
    for name, times in taken.items():
        before, after = ([{name: seconds} for seconds in times[library]] for library in (BEFORE, AFTER))
        least = ", ".join(f"{min(times[library]) * 1000:.2f} ms" for library in (BEFORE, AFTER))
        print(*show(compare_turns(before, after), *versions), f"least: {least}", "", sep="\n")


def do(name: str, rounds: int) -> None:
    with prepared(name) as work:
        for _ in range(rounds):
            work()


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["--answer", name]:
            answer(name)
        case ["--work", name, rounds]:
            do(name, int(rounds))
        case _:
            compare()
