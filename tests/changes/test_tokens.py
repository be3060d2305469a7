"""What a token is taken as, and which rows one asks for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from nexshift import changes as changes_module
from nexshift.changes import Shown, settle
from nexshift.errors import BadParameter
from nexshift.listing import Endpoint, Listing
from nexshift.listings.batches import BATCHES
from nexshift.listings.downtime import DOWNTIME
from nexshift.listings.incidents import INCIDENTS
from nexshift.listings.logs import LOGS
from nexshift.listings.runs import RUNS
from nexshift.listings.summary import SUMMARY
from nexshift.query import parse_query
from nexshift.storage.connection import ReadConnection, open_reader, open_writer, reading
from nexshift.storage.keys import Grant
from nexshift.storage.library import sqlite3
from nexshift.storage.sequence import read_sequence, restart
from tests.asking import all_pages, ask, ids, page, rows


@pytest.fixture
def writer(own_file: Path) -> Iterator[sqlite3.Connection]:
    with closing(open_writer(own_file)) as connection:
        yield connection


@pytest.fixture
def own_reader(own_file: Path) -> Iterator[ReadConnection]:
    with closing(open_reader(own_file)) as connection:
        yield connection


def token_of(reader: ReadConnection, endpoint: Endpoint, grant: Grant) -> int:
    return endpoint.page(reader, grant, parse_query(endpoint.path, endpoint.parameters, b"", grant)).token


def newer(reader: ReadConnection, endpoint: Endpoint, grant: Grant, token: int) -> list[str]:
    return ids(rows(reader, endpoint, grant, {"changed_after": token, "limit": 1000}))


def test_every_answer_has_the_token_of_its_commit(
    endpoint: Endpoint, own_reader: ReadConnection, writer: sqlite3.Connection, grant: Grant
) -> None:
    before = token_of(own_reader, endpoint, grant)
    assert before == read_sequence(writer, 1).value
    writer.execute("UPDATE site SET name = name || '!' WHERE id = 1")
    assert token_of(own_reader, endpoint, grant) == before + 1


def test_nothing_is_newer_than_the_last_token_and_all_is_newer_than_0(
    paged: Endpoint, own_reader: ReadConnection, grant: Grant
) -> None:
    assert newer(own_reader, paged, grant, token_of(own_reader, paged, grant)) == []
    assert newer(own_reader, paged, grant, 0) == ids(rows(own_reader, paged, grant, "limit=1000"))


@pytest.mark.parametrize("sent", ["x", "-1", "1.5", "", "1e3", "9" * 21])
def test_a_token_is_a_whole_number(paged: Endpoint, own_reader: ReadConnection, grant: Grant, sent: str) -> None:
    with pytest.raises(BadParameter, match="changed_after must be a whole number, a token of an earlier answer, not"):
        ask(own_reader, paged, grant, {"changed_after": sent})


def test_a_token_of_another_database_or_of_before_a_restore_is_refused(
    paged: Endpoint, own_reader: ReadConnection, writer: sqlite3.Connection, grant: Grant
) -> None:
    def refused(token: int) -> None:
        with pytest.raises(BadParameter) as caught:
            ask(own_reader, paged, grant, {"changed_after": token})
        assert caught.value.sentence == (
            f"changed_after must be a token that this database gave since it was last put in place, not {token};"
            " load everything again, without changed_after, and keep the token of that answer"
        )

    token = token_of(own_reader, paged, grant)
    ask(own_reader, paged, grant, {"changed_after": token})
    for wrong in (1, token + 1, 2**63, 10**19):
        refused(wrong)
    restart(writer, 0)
    refused(token)
    ask(own_reader, paged, grant, {"changed_after": token_of(own_reader, paged, grant)})


SHOWN = [
    (RUNS, "UPDATE machine SET uom = 'cans' WHERE id = 3", "SELECT uuid FROM run WHERE machine_id = 3"),
    (RUNS, "UPDATE site SET location = 'here' WHERE id = 1", "SELECT uuid FROM run WHERE site_id = 1"),
    (RUNS, "UPDATE product SET sku = 'new' WHERE id = 1", "SELECT uuid FROM run WHERE product_id = 1"),
    (RUNS, "UPDATE operator SET full_name = 'new' WHERE id = 1", "SELECT uuid FROM run WHERE operator_id = 1"),
    (
        RUNS,
        "UPDATE standard SET ideal_cycle_seconds = 3 WHERE id = 1",
        "SELECT r.uuid FROM run r JOIN standard s ON s.machine_id = r.machine_id AND s.product_id = r.product_id"
        " WHERE s.id = 1",
    ),
    (
        RUNS,
        "UPDATE scrap SET units = 1 WHERE run_id IN (7, 9)",
        "SELECT uuid FROM run WHERE id IN (SELECT run_id FROM scrap WHERE run_id IN (7, 9))",
    ),
    (DOWNTIME, "UPDATE asset SET category = 'x' WHERE id = 1", "SELECT uuid FROM maintenance WHERE asset_id = 1"),
    (
        BATCHES,
        "UPDATE material SET name = 'x' WHERE id = 1",
        "SELECT uuid FROM batch WHERE id IN (SELECT batch_id FROM ingredient WHERE material_id = 1)",
    ),
    (BATCHES, "UPDATE recipe SET name = 'x' WHERE id = 1", "SELECT uuid FROM batch WHERE recipe_id = 1"),
    (LOGS, "UPDATE run SET batch_number = 'x' WHERE id < 40", "SELECT uuid FROM material_log WHERE run_id < 40"),
    (
        LOGS,
        "UPDATE product SET description = 'x' WHERE id = 1",
        "SELECT uuid FROM material_log WHERE run_id IN (SELECT id FROM run WHERE product_id = 1)",
    ),
]


@pytest.mark.parametrize("few", [10_000, 0])
@pytest.mark.parametrize(("endpoint", "write", "touched"), SHOWN, ids=[f"{each[0].path} {each[1]}" for each in SHOWN])
def test_a_change_of_what_a_row_shows_is_a_change_of_that_row_alone(
    *,
    endpoint: Listing,
    write: str,
    touched: str,
    few: int,
    own_reader: ReadConnection,
    writer: sqlite3.Connection,
    grant: Grant,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(changes_module, "FEW_CHANGES", few)
    token = token_of(own_reader, endpoint, grant)
    writer.execute(write)
    found = newer(own_reader, endpoint, grant, token)
    expected = {uuid for (uuid,) in writer.execute(touched)} & set(ids(rows(own_reader, endpoint, grant, "limit=1000")))
    assert set(found) == expected
    assert expected


@pytest.mark.parametrize("few", [10_000, 0])
def test_pages_of_what_changed_are_in_the_listings_order_and_whole(
    *,
    paged: Listing,
    few: int,
    own_reader: ReadConnection,
    writer: sqlite3.Connection,
    any_grant: Grant,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(changes_module, "FEW_CHANGES", few)
    token = token_of(own_reader, paged, any_grant)
    table = paged.source.split()[0]
    writer.execute(f"UPDATE {table} SET uuid = uuid WHERE id % 3 = 0")
    changed = {uuid for (uuid,) in writer.execute(f"SELECT uuid FROM {table} WHERE id % 3 = 0")}
    expected = [each for each in ids(rows(own_reader, paged, any_grant, "limit=1000")) if each in changed]
    pages = all_pages(own_reader, paged, any_grant, {"changed_after": token}, [7])
    assert [each for found in pages for each in ids(found)] == expected


def test_a_cursor_is_bound_to_its_token(own_reader: ReadConnection, writer: sqlite3.Connection, grant: Grant) -> None:
    token = token_of(own_reader, INCIDENTS, grant)
    writer.execute("UPDATE incident SET title = 'x'")
    cursor = page(own_reader, INCIDENTS, grant, {"changed_after": token, "limit": 1})["meta"]["next_cursor"]
    for other in ({}, {"changed_after": token + 1}):
        with pytest.raises(BadParameter, match="cursor must be"):
            ask(own_reader, INCIDENTS, grant, {**other, "cursor": cursor})


@pytest.mark.parametrize("renames", [0, 1])
def test_few_changes_are_looked_up_by_their_numbers_and_many_are_met_in_order(
    renames: int, own_reader: ReadConnection, writer: sqlite3.Connection, grant: Grant, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = token_of(own_reader, RUNS, grant)
    writer.execute("UPDATE run SET batch_number = 'x' WHERE id < 10")
    if renames:
        writer.execute("UPDATE operator SET full_name = 'x' WHERE id = 1")

    def plan() -> list[str]:
        query = parse_query(RUNS.path, RUNS.parameters, b"changed_after=%d" % token, grant)
        with reading(own_reader):
            sql, _, values = RUNS.queries(settle(own_reader, query, grant.company_id).query, grant)
            return [row[3] for row in own_reader.execute(f"EXPLAIN QUERY PLAN {sql}", values)]

    few = plan()
    assert few[0] == "SEARCH r USING INTEGER PRIMARY KEY (rowid=?)"
    assert any("USING COVERING INDEX run_number (company_id=? AND changed>?)" in step for step in few)
    assert "USE TEMP B-TREE FOR ORDER BY" in few
    monkeypatch.setattr(changes_module, "FEW_CHANGES", 0)
    many = plan()
    assert many[0] == "SEARCH r USING INDEX run_company (company_id=?)"
    assert "USE TEMP B-TREE FOR ORDER BY" not in many
    for steps in (few, many):  # no name is looked for where none has changed
        assert any("operator" in step for step in steps) == bool(renames)
        assert not any(name in step for name in ("machine_n", "site_n", "product_n", "standard_n") for step in steps)


def test_the_summary_has_a_token_and_takes_none(own_reader: ReadConnection, grant: Grant) -> None:
    with pytest.raises(BadParameter, match='unknown parameter "changed_after"'):
        ask(own_reader, SUMMARY, grant, {"changed_after": token_of(own_reader, SUMMARY, grant)})


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("scrap c", "rows of scrap have no number of their last change"),
        ("run r CROSS JOIN site s ON s.id > 3", "s is not joined to one table before it"),
        ("run r LEFT JOIN machine m ON m.id = x.machine_id", "m is not joined to one table before it"),
        ("run", "no table with an alias begins run"),
    ],
)
def test_a_from_that_says_not_what_it_shows_is_refused(source: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        Shown(source)


def test_how_recent_a_row_is_is_the_most_recent_of_all_that_it_shows() -> None:
    assert Shown("incident i").effective == "i.changed"
    assert Shown(
        "run r LEFT JOIN machine ON machine.id = r.machine_id CROSS JOIN scrap c ON c.run_id = r.id"
    ).effective == ("max(r.changed, coalesce(machine.changed, 0))")
