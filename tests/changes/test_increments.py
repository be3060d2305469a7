"""A client that applies increments ends with exactly the rows of a full load, whatever was written and in what order.

Real database files with two companies; every write is a commit of its own or a transaction that is read beside; keys
for everything, for one site and for two.
"""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nexshift.storage.connection import open_reader, open_writer
from nexshift.storage.integrity import find_problems
from tests.changes.client import KEPT, Client
from tests.changes.writers import Writer
from tests.grants import grant_of
from tests.plants import Plant, make_plant

READERS = ((1, "all"), (1, "one site"), (1, "two sites"), (2, "all"))
ACTIONS = ("import", "import", "delete", "sql", "sql", "sql", "hold", "rollback", "refresh one")
moves = st.lists(st.tuples(st.sampled_from(ACTIONS), st.integers(0, 2**32)), min_size=12, max_size=30)


@dataclass(frozen=True, repr=False)  # which would be too long for a report
class Small:
    """A plant of a few rows, and its database."""

    plant: Plant
    path: Path


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Small:
    plant = make_plant(12)
    return Small(plant, plant.write(tmp_path_factory.mktemp("small") / "plant.db"))


@pytest.fixture(scope="module")
def seen() -> Iterator[Counter[str]]:
    """What all examples together did, so that none of it can be missing unnoticed."""
    yield (found := Counter[str]())
    print(dict(found))
    assert found["changed"] > 500
    assert found["forgotten"] > 20


@given(moves=moves, recursive=st.booleans())
@settings(max_examples=60, deadline=None, derandomize=True, database=None)
def test_increments_give_what_a_full_load_gives(
    small: Small, seen: Counter[str], moves: list[tuple[str, int]], recursive: bool
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "plant.db"
        shutil.copyfile(small.path, path)
        with closing(open_writer(path)) as connection, closing(open_reader(path)) as reader:
            connection.execute(f"PRAGMA recursive_triggers = {recursive:d}")
            clients = [Client(grant_of(small.plant, company, kind)) for company, kind in READERS]
            for client in clients:
                for table in KEPT:
                    client.load(reader, table)
            writer = Writer(connection, Path(folder))

            def refresh(number: int | None = None) -> None:
                for client in clients if number is None else [clients[number % len(clients)]]:
                    for table in KEPT if number is None else [KEPT[number % len(KEPT)]]:
                        client.refresh(reader, table)

            for action, number in moves:
                if action == "import":
                    writer.import_rows(number, lambda _bytes, number=number: refresh(number))
                elif action == "delete":
                    writer.delete_rows(number)
                elif action == "sql":
                    writer.execute(number)
                elif action == "hold":
                    writer.hold(number, lambda number=number: refresh(number))
                elif action == "rollback":
                    connection.execute("BEGIN IMMEDIATE")
                    writer.execute(number)
                    refresh(number)
                    connection.execute("ROLLBACK" if number % 2 else "COMMIT")
                else:
                    refresh(number)
            refresh()
            for client in clients:
                for table in KEPT:
                    assert client.differences(reader, table) == [], (client.grant.key_name, table.name)
                seen["changed"] += client.changed
                seen["forgotten"] += client.forgotten
                seen["reloaded"] += client.reloaded
            assert [each for each in find_problems(connection) if "down for" not in each] == []
