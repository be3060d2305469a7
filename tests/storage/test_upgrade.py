"""Does a database that a released version made keep every row and every answer when this version takes it over?

`released/NAME/` has such a database, made by that version's own commands, and what its service answered to whom: a
line each with the key, the path and the answer, which is null where the key was refused.
"""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import pytest
from litestar.testing import TestClient

from nexshift.config import API_PREFIX
from nexshift.errors import Refused
from nexshift.storage.backup import backup
from nexshift.storage.connection import open_writer
from nexshift.storage.integrity import check
from nexshift.storage.library import sqlite3
from nexshift.storage.migrations import STEPS
from nexshift.storage.restore import restore
from nexshift.storage.sequence import read_sequence
from nexshift.storage.untouched import trying, untouched_of_this_version
from nexshift.web.app import create_app
from tests.storage.files import files_in

RELEASED = sorted(Path(__file__).with_name("released").glob("v*"))
EARLIER = [folder for folder in RELEASED if folder.name != f"v{len(STEPS)}"]


class Asked(msgspec.Struct):
    key: str
    path: str
    answer: Any


@pytest.fixture(params=RELEASED, ids=lambda folder: folder.name)
def released(request: pytest.FixtureRequest) -> Path:
    """Each version's folder in turn."""
    folder: Path = request.param
    return folder


@pytest.fixture
def old(released: Path, path: Path) -> Path:
    """That version's database, to write to."""
    path.write_bytes(gzip.decompress((released / "plant.db.gz").read_bytes()))
    return path


def asked(released: Path) -> Iterator[Asked]:
    for line in (released / "answers.ndjson").read_bytes().splitlines():
        yield msgspec.json.decode(line, type=Asked)


def records(path: Path) -> dict[str, list[dict[str, Any]]]:
    """Every row of every table of ours, in the order of its key."""
    with closing(sqlite3.connect(path)) as connection:
        connection.row_factory = sqlite3.Row
        names = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT GLOB '*sqlite_*'"
        tables = [name for (name,) in connection.execute(names)]
        return {table: [dict(row) for row in connection.execute(f"SELECT * FROM {table}")] for table in tables}


def narrow(rows: list[dict[str, Any]], like: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows with only those columns that the others have."""
    columns = like[0].keys() if like else ()
    return [{name: row[name] for name in columns} for row in rows]


def read_csv(text: str) -> list[dict[str, Any]]:
    """The rows without the number of their last change, which goes on."""
    rows = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    return [{name: cell for name, cell in row.items() if name != "changed"} for row in rows]


def with_number(row: dict[str, Any]) -> dict[str, Any]:
    """The row with a recipe's version as the number that it is since the third step."""
    return row | {"recipe_version": int(row["recipe_version"])} if "recipe_version" in row else row


def expected_after(before: dict[str, list[dict[str, Any]]]) -> dict[str, list[dict[str, Any]]]:
    """The rows as later steps change them: a recipe's version is a number, so every recipe has changed."""
    recipes = [
        {name: value for name, value in recipe.items() if name != "changed"} | {"version": int(recipe["version"])}
        for recipe in before["recipe"]
    ]
    # The number of the last change goes on, above those of a copy that is put back as well.
    return {table: rows for table, rows in before.items() if table != "commit_sequence"} | {"recipe": recipes}


def test_every_row_is_kept(old: Path) -> None:
    expected = expected_after(records(old))
    open_writer(old).close()
    after = records(old)
    assert {table: narrow(after[table], rows) for table, rows in expected.items()} == expected
    assert check(old) == []


def test_every_key_is_answered_as_before(released: Path, old: Path) -> None:
    open_writer(old).close()
    with TestClient(create_app(old, rate_limit=1_000_000), base_url="http://plant.test") as client:
        for sent in asked(released):
            answer = client.get(f"{API_PREFIX}{sent.path}", headers={"Authorization": f"Bearer {sent.key}"})
            if sent.answer is None:
                assert answer.status_code == 401
            elif "format=csv" in sent.path:
                rows = read_csv(sent.answer)
                assert narrow(read_csv(answer.text), rows) == rows
            else:
                assert answer.json() == {**sent.answer, "data": list(map(with_number, sent.answer["data"]))}


def test_tokens_that_it_gave_stay_good_for_every_company(path: Path) -> None:
    """Of a database of the second version, whose companies had one number together."""
    path.write_bytes(gzip.decompress((RELEASED[1] / "plant.db.gz").read_bytes()))
    with closing(sqlite3.connect(path)) as connection:
        given, restarted = connection.execute("SELECT value, restarted FROM commit_sequence").fetchone()
    with closing(open_writer(path)) as connection:
        companies = [company for (company,) in connection.execute("SELECT id FROM company")]
        for company in companies:
            numbers = read_sequence(connection, company)
            assert numbers.restarted == restarted <= given <= numbers.value
        first, *others = companies
        before = [read_sequence(connection, company) for company in others]
        connection.execute("UPDATE site SET name = name || '!' WHERE company_id = ?", (first,))
        assert read_sequence(connection, first).value > given
        assert [read_sequence(connection, company) for company in others] == before
        marked = connection.execute("SELECT DISTINCT company_id FROM site WHERE changed > ?", (given,)).fetchall()
        assert marked == [(first,)]


def test_it_is_checked_and_copied_as_it_is(old: Path, copy: Path) -> None:
    before = records(old)
    assert check(old) == []
    backup(old, copy)
    assert check(copy) == []
    assert records(copy) == records(old) == before


def test_it_is_put_back_as_one_of_this_version(old: Path, tmp_path: Path) -> None:
    expected = expected_after(records(old))
    target = tmp_path / "put back.db"
    restore(target, old)
    after = records(target)
    assert {table: narrow(after[table], rows) for table, rows in expected.items()} == expected
    assert check(target) == []


@pytest.mark.parametrize(
    ("statements", "reason"),
    [
        (
            ["ALTER TABLE recipe ADD COLUMN colour TEXT DEFAULT 'red'"],
            "recipe is not defined as this program defines it",
        ),
        (["ALTER TABLE run ADD COLUMN shift TEXT"], "run is not defined as this program defines it"),
        (["DROP TRIGGER run_changed"], "run_changed is missing from the schema"),
        (["DROP INDEX run_summary"], "run_summary is missing from the schema"),
        (["CREATE TABLE numbered_recipe (x)"], 'the table "numbered_recipe" is not Nexshift\'s'),
    ],
)
@pytest.mark.parametrize("folder", EARLIER, ids=lambda folder: folder.name)
def test_a_schema_that_another_program_changed_is_left_as_it_is(
    folder: Path, path: Path, statements: list[str], reason: str
) -> None:
    """The column would be lost with the table that is replaced, and a step fails where something is missing."""
    path.write_bytes(gzip.decompress((folder / "plant.db.gz").read_bytes()))
    execute(path, *statements)
    refuse_to_bring_up_to_date(path, reason)


@pytest.mark.parametrize(
    "statements",
    [
        ["DELETE FROM commit_sequence"],
        ["INSERT INTO commit_sequence (id, value, restarted) SELECT 2, value, restarted FROM commit_sequence"],
    ],
)
def test_a_row_without_which_nothing_can_be_changed_is_said(path: Path, statements: list[str]) -> None:
    path.write_bytes(gzip.decompress((RELEASED[1] / "plant.db.gz").read_bytes()))
    execute(path, "PRAGMA ignore_check_constraints = ON", *statements)
    refuse_to_bring_up_to_date(path, "a row in it breaks a rule that the change needs")


def refuse_to_bring_up_to_date(path: Path, reason: str) -> None:
    """Whoever asks, the sentence names the database, not a copy of it, and nothing is left beside it."""
    before = records(path)
    for ask in (open_writer, untouched_of_this_version, trying):
        with pytest.raises(Refused) as refused, closing(ask(path)) if ask is open_writer else ask(path):
            pass
        assert refused.value.sentence.startswith(f"{path} was not brought up to this version: {reason}")
    assert records(path) == before
    assert files_in(path) <= {path.name, f"{path.name}-wal", f"{path.name}-shm"}


def execute(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()
