"""How long does the import of 1000 runs with their children take, in process: into an empty database, and again?

Every round of the first begins with a database of its own.  Nothing is asserted about times, but what the call
reports is held against the lines of the files and the rows of the tables before it is timed.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks.import_runs import TABLES, write_plant
from benchmarks.plant import COMPANY, TIMEZONE, make_plant
from nexshift.storage.companies import Company, add_company
from nexshift.storage.connection import create_database
from nexshift.storage.importing import import_paths
from nexshift.storage.library import sqlite3

RUNS = 1_000
ROUNDS = 8
Target = tuple[sqlite3.Connection, Company]


class Databases:
    """As many new databases as are asked for, each with the company alone; one is open at a time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._number = count()
        self._open: sqlite3.Connection | None = None

    def make(self) -> Target:
        self.close()
        self._open = create_database(self._folder / f"{next(self._number)}.db")
        return self._open, add_company(self._open, COMPANY, TIMEZONE)

    def close(self) -> None:
        if self._open:
            self._open.close()


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder: Path = tmp_path_factory.mktemp("files")
    write_plant(make_plant(RUNS), folder)
    return folder


@pytest.fixture
def databases(tmp_path: Path) -> Iterator[Databases]:
    made = Databases(tmp_path)
    yield made
    made.close()


def count_lines(files: Path) -> dict[str, int]:
    """Of each entity's file, without the header; no cell of theirs has a line break."""
    return {name: len((files / f"{name}.csv").read_text().splitlines()) - 1 for name in TABLES}


def count_rows(connection: sqlite3.Connection) -> dict[str, int]:
    return {name: connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for name, table in TABLES.items()}


def test_import_into_an_empty_database(benchmark: BenchmarkFixture, files: Path, databases: Databases) -> None:
    lines = count_lines(files)
    assert lines["runs"] == RUNS
    connection, company = databases.make()
    report = import_paths(connection, company, [files])
    assert report.summary() == f"{sum(lines.values())} added, 0 updated, 0 unchanged, 0 rejected"
    assert count_rows(connection) == lines

    benchmark.group = f"import of {sum(lines.values()):,} rows"
    benchmark.pedantic(import_paths, setup=lambda: ((*databases.make(), [files]), {}), rounds=ROUNDS, warmup_rounds=0)


def test_import_of_the_same_files_again(benchmark: BenchmarkFixture, files: Path, databases: Databases) -> None:
    lines = count_lines(files)
    connection, company = databases.make()
    import_paths(connection, company, [files])
    report = import_paths(connection, company, [files])
    assert report.summary() == f"0 added, 0 updated, {sum(lines.values())} unchanged, 0 rejected"
    assert count_rows(connection) == lines

    benchmark.group = f"import of {sum(lines.values()):,} rows"
    benchmark.pedantic(import_paths, args=(connection, company, [files]), rounds=ROUNDS, warmup_rounds=0)
