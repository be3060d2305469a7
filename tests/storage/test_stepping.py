"""Which way rows are stepped, and that the direct one has the connection it believes to have."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import oee_core
from nexshift.errors import DatabaseUnavailable, Refused
from nexshift.listings.incidents import INCIDENTS
from nexshift.storage import _sqlite
from nexshift.storage.connection import create_database, open_reader
from nexshift.storage.library import sqlite3
from nexshift.storage.stepping import Stepping, choose
from nexshift.storage.symbols import find_functions
from tests.asking import ask, page
from tests.grants import grant_of
from tests.plants import Plant

ROOT = Path(__file__).parents[2]


@pytest.fixture
def empty(tmp_path: Path) -> Path:
    company = {"id": 1, "name": "Acme", "timezone": "UTC", "created_at": 0}
    return Plant({"company": [company]}).write(tmp_path / "plant.db")


def test_rows_are_stepped_directly_where_that_can_be(empty: Path) -> None:
    assert find_functions(["step"]) is not None
    reader = open_reader(empty)
    assert reader.statements is not None
    reader.close()


@pytest.mark.parametrize(("wanted", "direct"), [("direct", True), ("sqlite3", False)])
def test_the_environment_forces_one(empty: Path, monkeypatch: pytest.MonkeyPatch, wanted: str, *, direct: bool) -> None:
    monkeypatch.setenv("NEXSHIFT_STEPPING", wanted)
    reader = open_reader(empty)
    assert (reader.statements is not None) == direct
    reader.close()


def test_a_way_that_there_is_not_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEXSHIFT_STEPPING", "Direct")
    with pytest.raises(Refused, match='must be "direct" or "sqlite3", not "Direct"'):
        choose()


def test_who_asks_for_the_reference_gets_its_scores(monkeypatch: pytest.MonkeyPatch) -> None:
    """The compiled writer has the kernel's."""
    assert choose() == Stepping.DIRECT
    monkeypatch.setattr(oee_core, "implementation", "reference")
    assert choose() == Stepping.SQLITE3


def test_without_the_librarys_functions_sqlite3_steps(empty: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_sqlite, "is_available", False)
    reader = open_reader(empty)
    assert reader.statements is None
    reader.close()


def test_a_way_that_was_named_and_cannot_be_had_is_an_error(empty: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_sqlite, "is_available", False)
    with pytest.raises(DatabaseUnavailable, match="cannot be stepped directly"):
        open_reader(empty, stepping=Stepping.DIRECT)
    monkeypatch.setenv("NEXSHIFT_STEPPING", "direct")
    with pytest.raises(DatabaseUnavailable, match="cannot be stepped directly"):
        open_reader(empty)


def test_a_function_that_the_library_lacks_means_that_none_is_used() -> None:
    assert find_functions(["step", "no_such_function"]) is None


def test_a_statement_is_prepared_once_for_all_values(empty: Path) -> None:
    """SQLite asks the authorizer whenever it prepares, also where it does so by itself, for a new value of a LIMIT."""
    reader = open_reader(empty, stepping=Stepping.DIRECT)
    grant = grant_of(Plant({"company": [{"id": 1}]}), 1)
    asked: list[int] = []
    reader.set_authorizer(lambda action, *_: asked.append(action) or sqlite3.SQLITE_OK)
    ask(reader, INCIDENTS, grant, "limit=10")
    assert sqlite3.SQLITE_SELECT in asked
    asked.clear()
    for limit in (10, 20, 1000):
        ask(reader, INCIDENTS, grant, f"limit={limit}")
    reader.close()
    assert sqlite3.SQLITE_SELECT not in asked


def test_a_library_that_opens_nothing_gives_no_statements() -> None:
    """As another copy of SQLite in the process would."""
    assert _sqlite.capture(lambda: None) == (None, None)  # type: ignore[arg-type, return-value, type-var]


def test_two_connections_at_once_give_no_statements() -> None:
    """Nobody could say whose they are."""
    pair, statements = _sqlite.capture(lambda: [sqlite3.connect(":memory:") for _ in range(2)])  # type: ignore[arg-type, return-value, type-var]
    assert statements is None
    for connection in pair:
        connection.close()


def test_a_connection_that_cannot_be_opened_leaves_nothing_behind(empty: Path) -> None:
    for _ in range(3):
        with pytest.raises(DatabaseUnavailable, match="no database"):
            open_reader(empty.with_name("none.db"))
    reader = open_reader(empty)
    assert reader.statements is not None
    reader.close()


def test_each_thread_gets_its_own_connection(tmp_path: Path) -> None:
    """Eight threads open eight databases at once, while others open and close what is no concern of ours."""
    files = []
    for number in range(8):
        path = tmp_path / f"{number}.db"
        connection = create_database(path)
        connection.execute("INSERT INTO company VALUES (1, ?, 'UTC', 0)", (f"Company {number}",))
        connection.execute(
            "INSERT INTO site VALUES (1, '00000000-0000-4000-8000-000000000001', 1, ?, NULL, 1)", (f"Site {number}",)
        )
        connection.execute(
            "INSERT INTO incident VALUES (1, '00000000-0000-4000-8000-000000000002', 1, 1, 'I-1', 'Slip', 'minor',"
            " 'closed', 0, NULL, 1)"
        )
        connection.close()
        files.append(path)
    finished = threading.Event()

    def disturb() -> None:
        while not finished.is_set():
            sqlite3.connect(":memory:").close()

    def read(path: Path) -> set[str]:
        seen = set()
        for _ in range(20):
            reader = open_reader(path, stepping=Stepping.DIRECT)
            seen |= {row["site"]["name"] for row in page(reader, INCIDENTS, grant)["data"]}
            reader.close()
        return seen

    grant = grant_of(Plant({"company": [{"id": 1}]}), 1)
    disturbing = threading.Thread(target=disturb)
    disturbing.start()
    try:
        with ThreadPoolExecutor(8) as threads:
            assert list(threads.map(read, files)) == [{f"Site {number}"} for number in range(8)]
    finally:
        finished.set()
        disturbing.join()


def test_a_closed_connection_says_so(empty: Path) -> None:
    grant = grant_of(Plant({"company": [{"id": 1}]}), 1)
    reader = open_reader(empty)
    ask(reader, INCIDENTS, grant)
    reader.close()
    reader.close()  # as often as one likes
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        ask(reader, INCIDENTS, grant)
    assert reader.statements is not None
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        INCIDENTS.writer.write(reader.statements, "SELECT 1", (), {}, {}, 1, 1)


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="this system does not list a process's open files")
def test_a_connection_that_is_only_forgotten_is_closed_as_well(empty: Path) -> None:
    grant = grant_of(Plant({"company": [{"id": 1}]}), 1)
    for _ in range(50):
        reader = open_reader(empty)
        ask(reader, INCIDENTS, grant)
        del reader
    gc.collect()
    descriptors = [os.path.realpath(each) for each in Path("/proc/self/fd").iterdir()]
    assert str(empty) not in descriptors


def test_what_the_authorizer_denies_is_denied_here_too(empty: Path) -> None:
    reader = open_reader(empty)
    assert reader.statements is not None
    for forbidden in ("SELECT hash FROM api_key", "DELETE FROM site", "ATTACH 'x' AS y"):
        with pytest.raises(sqlite3.DatabaseError, match=r"prohibited|not authorized"):
            INCIDENTS.writer.write(reader.statements, forbidden, (), {}, {}, 1, 1)
    reader.close()


_DECIMALS = """
import sys, threading
from pathlib import Path
from nexshift._pages import Layout, PageWriter
from nexshift.listings.batches import BATCHES
from nexshift.storage.connection import open_reader, open_writer, writing
from nexshift.storage.stepping import Stepping
from tests.asking import ask
from tests.grants import grant_of
from tests.plants import Plant

path = Plant({}).write(Path(sys.argv[1]))
uuid = "00000000-0000-4000-8000-{:012}".format
writer = open_writer(path)
with writing(writer):
    writer.execute("INSERT INTO company VALUES (1, 'Acme', 'UTC', 0)")
    writer.execute("INSERT INTO site VALUES (1, ?, 1, 'Brisbane', NULL, 1)", (uuid(1),))
    writer.execute("INSERT INTO recipe VALUES (1, ?, 1, 'R', 'Red', '1', 0, 1)", (uuid(1),))
    rows = [(number, uuid(number), f"B-{number}", number / 7) for number in range(1, 1000)]
    writer.executemany("INSERT INTO batch VALUES (?, ?, 1, 1, 1, ?, ?, 'kg', NULL, 0, 1)", rows)
writer.close()
reader = open_reader(path, stepping=Stepping.DIRECT)
grant = grant_of(Plant({"company": [{"id": 1}]}), 1)
expected = ask(reader, BATCHES, grant, "limit=1000")
answers = set()
asking = threading.Thread(target=lambda: [answers.add(ask(reader, BATCHES, grant, "limit=1000")) for _ in range(100)])
one_column = PageWriter(Layout(1, []), (), (), time_column=0, id_column=0, score=None)
for number in range(200):
    one_column.write(reader.statements, f"SELECT {number} WHERE FALSE", (), {}, {}, 1, 1)
unused = [reader.statements.prepared.pop(f"SELECT {number} WHERE FALSE") for number in range(200)]
asking.start()
while asking.is_alive():
    if unused:
        unused.pop()
    asking.join(0.001)
reader.close()
print(answers == {expected})
"""


def test_a_page_never_holds_its_connection_while_it_waits_for_the_interpreter(tmp_path: Path) -> None:
    """Another thread may be about to free a statement of the connection, with the interpreter's lock in its hands."""
    command = [sys.executable, "-c", _DECIMALS, str(tmp_path / "plant.db")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.stdout == "True\n", done.stderr
