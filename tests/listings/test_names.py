"""What a connection remembers of the rows that others point at, and when it forgets."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from nexshift import config, names
from nexshift.listings.runs import RUNS
from nexshift.storage.connection import ReadConnection, open_reader, open_writer, reading
from nexshift.storage.keys import Grant
from tests.asking import ask
from tests.grants import grant_of
from tests.plants import Plant

MACHINES = RUNS.lookups[0]


@pytest.fixture
def own_reader(own_file: Path) -> Iterator[ReadConnection]:
    connection = open_reader(own_file)
    yield connection
    connection.close()


def statements(reader: ReadConnection, grant: Grant) -> list[str]:
    """The name look-ups of one answer."""
    found: list[str] = []
    reader.set_trace_callback(found.append)
    ask(reader, RUNS, grant)
    reader.set_trace_callback(None)
    return [sql for sql in found if "AS _key" in sql or re.search(r" WHERE id = [0-9]+$", sql)]


def tables(found: list[str]) -> set[str]:
    return {re.sub(r".* (?:FROM|JOIN) (\w+) (?:ON|WHERE) .*", r"\1", sql) for sql in found}


def test_names_are_read_once_until_another_connection_commits(
    own_reader: ReadConnection, own_file: Path, grant: Grant
) -> None:
    named = {"machine", "site", "product", "operator"}
    assert tables(statements(own_reader, grant)) == named == {lookup.table for lookup in RUNS.lookups}
    assert statements(own_reader, grant) == []
    writer = open_writer(own_file)
    writer.execute("UPDATE machine SET uom = 'crates'")
    writer.close()
    assert tables(statements(own_reader, grant)) == named
    assert b'"uom":"crates"' in ask(own_reader, RUNS, grant)


def test_only_names_that_are_missing_are_read(own_reader: ReadConnection, plant: Plant) -> None:
    (first, second, *_), (other, *_) = plant.of("machine", 1), plant.of("machine", 2)
    with reading(own_reader):
        assert set(MACHINES.find(own_reader, [(first["id"],), (None,), (first["id"],)], 0)) == {first["id"]}
        read: list[str] = []
        own_reader.set_trace_callback(read.append)
        assert set(MACHINES.find(own_reader, [(second["id"],), (first["id"],)], 0)) == {first["id"], second["id"]}
        assert len(read) == 1
        assert f"[{second['id']}]" in read[0]
        assert MACHINES.find(own_reader, [(None,)], 0)[second["id"]].name == second["name"]  # type: ignore[attr-defined]
        assert len(read) == 1
        own_reader.set_trace_callback(None)
        assert MACHINES.find(own_reader, [(other["id"],)], 0)[other["id"]].id == other["uuid"]  # type: ignore[attr-defined]


def test_what_is_remembered_is_bounded_and_answers_stay_whole(
    own_reader: ReadConnection, reader: ReadConnection, plant: Plant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both companies take turns on one connection; beyond two names each answer forgets the other company's."""
    grants = [grant_of(plant, 1), grant_of(plant, 2)]
    expected = [ask(reader, RUNS, grant) for grant in grants]
    monkeypatch.setattr(names, "MAX_CACHED_NAMES", 2)
    monkeypatch.setattr(config, "MAX_CACHED_NAMES", 2)
    for _ in range(3):
        for grant, body in zip(grants, expected, strict=True):
            assert ask(own_reader, RUNS, grant) == body
            if own_reader.statements is None:
                assert set(own_reader.remembered(MACHINES)) == {
                    machine["id"] for machine in plant.of("machine", grant.company_id)
                }
            else:
                assert "product" in tables(statements(own_reader, grant))  # asked for again, because it was forgotten


def test_a_names_record_is_shared_by_the_rows_that_point_at_it(own_reader: ReadConnection, plant: Plant) -> None:
    machine = plant.of("machine", 1)[0]["id"]
    with reading(own_reader):
        first = MACHINES.find(own_reader, [(machine,)], 0)[machine]
        assert MACHINES.find(own_reader, [(machine,)], 0)[machine] is first
