"""Other threads run while a page is made."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

from nexshift.config import PAGE_BYTES
from nexshift.listings.runs import RUNS
from nexshift.query import parse_query
from nexshift.storage.connection import open_reader, reading
from nexshift.storage.keys import Grant
from nexshift.storage.stepping import Stepping

TRIES = 2_000  # a page may be complete before this thread is scheduled; of so many, not each


@contextmanager
def nobody_interrupted() -> Iterator[None]:
    """Whoever has the interpreter's lock keeps it until letting it go."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1_000)
    try:
        yield
    finally:
        sys.setswitchinterval(before)


def test_the_interpreters_lock_is_let_go_while_rows_are_stepped(plant_file: Path, grant: Grant) -> None:
    query = parse_query(RUNS.path, RUNS.parameters, b"limit=1000", grant)
    texts = RUNS.queries(query, grant)
    connection = open_reader(plant_file, stepping=Stepping.DIRECT)
    statements = connection.statements
    assert statements is not None

    def is_seen_unfinished() -> bool:
        begun, finished = Event(), Event()

        def write() -> None:
            begun.set()
            RUNS.writer.write(statements, *texts, memory, query.limit, PAGE_BYTES)
            finished.set()

        writing = Thread(target=write)
        writing.start()
        begun.wait()
        seen = not finished.is_set()
        writing.join()
        return seen

    with nobody_interrupted(), reading(connection):
        memory = connection.remembered(RUNS.writer)
        assert any(is_seen_unfinished() for _ in range(TRIES))
    connection.close()
