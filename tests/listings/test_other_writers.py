"""Reading while another process commits: no page repeats or skips, one answer is of one commit, names are fresh."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from nexshift.listing import Endpoint, Listing
from nexshift.listings.batches import BATCHES
from nexshift.listings.logs import LOGS
from nexshift.listings.runs import RUNS
from nexshift.listings.summary import SUMMARY
from nexshift.storage.connection import ReadConnection, open_reader, reading
from nexshift.storage.keys import Grant
from nexshift.storage.pool import ReadPool
from tests.asking import ask, ids, page, rows
from tests.listings.expected import Expected
from tests.other_process import OtherProcess, other_process
from tests.plants import Plant


@pytest.fixture
def writer(own_file: Path) -> Iterator[OtherProcess]:
    with other_process(own_file) as process:
        yield process


@pytest.fixture
def own_reader(own_file: Path) -> Iterator[ReadConnection]:
    connection = open_reader(own_file)
    yield connection
    connection.close()


def table_of(paged: Endpoint) -> str:
    assert isinstance(paged, Listing)
    return paged.source.split()[0]


@pytest.mark.parametrize("limit", [1, 20])
def test_pages_neither_repeat_nor_skip_while_another_process_inserts(
    paged: Endpoint, plant: Plant, tmp_path: Path, grant: Grant, limit: int
) -> None:
    """A third of the rows is there from the start; the others come between the pages: newer, older and tied."""
    table = table_of(paged)
    early, late = plant.tables[table][::3], [row for at, row in enumerate(plant.tables[table]) if at % 3]
    path = Plant({**plant.tables, table: early}).write(tmp_path / "plant.db")
    expected = [row["id"] for row in Expected(plant, 1).rows(paged.path)]
    early_ids = {row["uuid"] for row in early}
    reader = open_reader(path)
    found: list[str] = []
    sent: dict[str, Any] = {"limit": limit}
    with other_process(path) as writer:
        while True:
            body = page(reader, paged, grant, sent)
            found += ids(body["data"])
            if "next_cursor" not in body["meta"]:
                break
            sent["cursor"] = body["meta"]["next_cursor"]
            arriving, late = late[: 2 * limit], late[2 * limit :]
            if arriving:
                writer.insert(table, arriving)
    reader.close()
    assert [each for each in found if each in early_ids] == [each for each in expected if each in early_ids]
    in_found = set(found)
    assert found == [each for each in expected if each in in_found]  # each once, and in order
    assert len(in_found) > len(in_found & early_ids)  # those that came behind the page are read as well


def test_a_page_continues_after_a_row_that_was_deleted_meanwhile(
    plant: Plant, own_reader: ReadConnection, writer: OtherProcess, grant: Grant
) -> None:
    whole = rows(own_reader, BATCHES, grant)
    first = page(own_reader, BATCHES, grant, "limit=10")
    writer.commit(("DELETE FROM batch WHERE uuid IN (?, ?)", [whole[9]["id"], whole[10]["id"]]))
    sent = {"limit": 1000, "cursor": first["meta"]["next_cursor"]}
    assert rows(own_reader, BATCHES, grant, sent) == whole[11:]


def deleting_before(reader: ReadConnection, writer: OtherProcess, word: str, *statements: Any) -> list[str]:
    """Let the other process commit when the reader is about to execute the first statement with that word."""
    happened: list[str] = []

    def trace(sql: str) -> None:
        if word in sql and not happened:
            happened.append(sql)
            writer.commit(*statements)

    reader.set_trace_callback(trace)
    return happened


@pytest.mark.parametrize(
    ("endpoint", "word", "table"),
    [
        (RUNS, "CROSS JOIN scrap", "scrap"),
        (RUNS, "CROSS JOIN downtime", "downtime"),
        (BATCHES, "CROSS JOIN ingredient", "ingredient"),
        (SUMMARY, "FROM run r CROSS JOIN downtime", "downtime"),
    ],
)
def test_a_row_and_its_children_are_of_one_commit(
    *, own_reader: ReadConnection, writer: OtherProcess, grant: Grant, endpoint: Endpoint, word: str, table: str
) -> None:
    """Without a transaction the rows would still be there and their children gone."""
    before = ask(own_reader, endpoint, grant)
    happened = deleting_before(own_reader, writer, word, (f"DELETE FROM {table}", []))
    assert ask(own_reader, endpoint, grant) == before
    assert len(happened) == 1
    own_reader.set_trace_callback(None)
    after = ask(own_reader, endpoint, grant)
    assert after != before


def test_rows_and_the_names_they_point_at_are_of_one_commit(
    own_reader: ReadConnection, own_file: Path, writer: OtherProcess, grant: Grant
) -> None:
    """The names are read after the rows; a rename in between must not be seen, or be remembered as older."""
    before = ask(own_reader, RUNS, grant)
    fresh = open_reader(own_file)  # remembers nothing yet
    first_look_up = "CROSS JOIN machine ON" if fresh.statements is None else "FROM machine WHERE"
    happened = deleting_before(fresh, writer, first_look_up, ("UPDATE machine SET name = name || '!'", []))
    assert ask(fresh, RUNS, grant) == before
    assert len(happened) == 1
    assert all(row["machine"]["name"].endswith("!") for row in rows(fresh, RUNS, grant))
    fresh.close()


def test_a_transaction_is_pinned_before_its_first_query(own_reader: ReadConnection, writer: OtherProcess) -> None:
    with reading(own_reader):
        writer.commit(("DELETE FROM ingredient", []))
        (count,) = own_reader.execute("SELECT count(*) FROM ingredient").fetchone()
        assert count > 0
    assert own_reader.execute("SELECT count(*) FROM ingredient").fetchone() == (0,)


@pytest.mark.parametrize(
    ("statement", "key", "field"),
    [
        ("UPDATE machine SET name = 'Renamed ' || id", "machine", "name"),
        ("UPDATE site SET name = 'Renamed ' || id", "site", "name"),
        ("UPDATE product SET sku = 'Renamed ' || id", "product", "sku"),
        ("UPDATE operator SET full_name = 'Renamed ' || id", "operator", "full_name"),
    ],
)
def test_the_next_answer_shows_a_rename_on_the_same_connection(
    *, own_file: Path, writer: OtherProcess, grant: Grant, statement: str, key: str, field: str
) -> None:
    pool = ReadPool(own_file, open_reader, size=1)
    with pool.lend() as connection:
        before = connection
        old = [row[key][field] for row in rows(connection, RUNS, grant) if row[key]]
    writer.commit((statement, []))
    with pool.lend() as connection:
        assert connection is before
        new = [row[key][field] for row in rows(connection, RUNS, grant) if row[key]]
    pool.close()
    assert len(new) == len(old) > 100
    assert all(each.startswith("Renamed ") for each in new)


def test_the_schema_may_change_under_an_open_reader(
    endpoint: Endpoint, own_reader: ReadConnection, writer: OtherProcess, grant: Grant
) -> None:
    before = ask(own_reader, endpoint, grant)
    writer.commit(("CREATE INDEX by_reason ON downtime (reason)", []), ("ANALYZE", []))
    assert ask(own_reader, endpoint, grant) == before


def test_a_reader_sees_every_commit_made_before_it_asks(
    own_reader: ReadConnection, writer: OtherProcess, grant: Grant
) -> None:
    newest = rows(own_reader, LOGS, grant, "limit=1")[0]["id"]
    for number in range(20):
        writer.commit(("UPDATE material_log SET supplier_batch = ? WHERE uuid = ?", [f"L-{number}", newest]))
        assert rows(own_reader, LOGS, grant, "limit=1")[0]["supplier_batch"] == f"L-{number}"
