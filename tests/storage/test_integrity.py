"""Damage is found, and named by table and row."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from nexshift.errors import DatabaseUnavailable, Refused
from nexshift.storage.backup import backup
from nexshift.storage.connection import open_reader, writing
from nexshift.storage.integrity import MOST_PROBLEMS, check
from nexshift.storage.library import sqlite3
from nexshift.storage.restore import restore
from tests.storage.rows import add_row


@pytest.fixture
def spoil(path: Path, ids: dict[str, int]) -> Callable[..., None]:
    """Run a statement as a tool would that does not care for our rules."""

    def run(*statements: str) -> None:
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("PRAGMA ignore_check_constraints = ON")
        other.execute("PRAGMA writable_schema = ON")
        for statement in statements:
            other.execute(statement)
        other.close()

    return run


def uuid_in(writer: sqlite3.Connection, table: str) -> Any:
    return writer.execute(f"SELECT uuid FROM {table}").fetchone()[0]


def test_a_good_database_has_no_problems(path: Path, ids: dict[str, int]) -> None:
    assert check(path) == []


def test_what_sqlite_keeps_for_itself_is_no_problem(path: Path, spoil: Callable[..., None]) -> None:
    spoil("ANALYZE")
    assert check(path) == []


@pytest.mark.parametrize(
    ("statement", "problem"),
    [
        (
            "CREATE TRIGGER t AFTER UPDATE OF revoked_at ON api_key BEGIN UPDATE api_key SET revoked_at = NULL; END",
            'the trigger "t" on api_key is not Nexshift\'s, and runs with what is written there;'
            ' DROP TRIGGER "t" would remove it',
        ),
        # Triggers have names of their own, which may be those of tables of ours.
        (
            "CREATE TRIGGER run BEFORE INSERT ON run BEGIN SELECT RAISE(IGNORE); END",
            'the trigger "run" on run is not Nexshift\'s, and runs with what is written there;'
            ' DROP TRIGGER "run" would remove it',
        ),
        (
            "CREATE TRIGGER later AFTER INSERT ON _sqlite_migrations BEGIN DELETE FROM run; END",
            'the trigger "later" on _sqlite_migrations is not Nexshift\'s, and runs with what is written there;'
            ' DROP TRIGGER "later" would remove it',
        ),
        ("CREATE VIEW mine AS SELECT 1", 'the view "mine" is not Nexshift\'s; DROP VIEW "mine" would remove it'),
        (
            'CREATE INDEX "mine ""too""" ON run (batch_number)',
            'the index "mine "too"" on run is not Nexshift\'s; DROP INDEX "mine ""too""" would remove it',
        ),
        (
            "CREATE TABLE notes (text UNIQUE)",
            'the table "notes" is not Nexshift\'s; DROP TABLE "notes" would remove it',
        ),
    ],
)
def test_what_is_not_ours_is_named_with_what_removes_it(
    path: Path, writer: sqlite3.Connection, spoil: Callable[..., None], *, statement: str, problem: str
) -> None:
    spoil(statement)
    assert check(path)[:1] == [problem]
    writer.execute(problem.partition("; ")[2].removesuffix(" would remove it"))
    assert check(path) == []


@pytest.mark.parametrize(
    ("table", "statement", "rule"),
    [
        ("run", "UPDATE run SET units_produced = -5", "CHECK constraint failed: units_produced BETWEEN 0 AND"),
        ("run", "UPDATE run SET ended_at = started_at - 1", "CHECK constraint failed: ended_at >= started_at"),
        ("scrap", "UPDATE scrap SET units = -1", "CHECK constraint failed: units BETWEEN 0 AND"),
        ("downtime", "UPDATE downtime SET reason = ''", "CHECK constraint failed: length(reason) BETWEEN 1"),
        ("incident", "UPDATE incident SET status = 'open'", "CHECK constraint failed: status IN ('reported'"),
    ],
)
def test_a_row_that_breaks_a_rule_is_named_with_the_rule(
    path: Path, writer: sqlite3.Connection, spoil: Callable[..., None], *, table: str, statement: str, rule: str
) -> None:
    spoil(statement)
    (problem,) = check(path)
    assert problem.startswith(f"{table} {uuid_in(writer, table)} breaks a rule: {rule}")


def test_each_row_that_breaks_a_rule_is_named(
    path: Path, writer: sqlite3.Connection, ids: dict[str, int], spoil: Callable[..., None]
) -> None:
    for number in range(3):
        add_row(writer, "product", ids, sku=f"P-{number}")
    spoil("UPDATE product SET sku = '' WHERE sku IN ('P-0')", "UPDATE product SET uuid = 'x' WHERE sku = 'P-2'")
    assert len(check(path)) == 2


def test_a_value_that_is_missing_is_named(path: Path, writer: sqlite3.Connection, spoil: Callable[..., None]) -> None:
    spoil(
        "UPDATE sqlite_schema SET sql = replace(sql, 'title TEXT NOT NULL', 'title TEXT') WHERE name = 'incident'",
    )
    spoil("UPDATE incident SET title = NULL")
    spoil("UPDATE sqlite_schema SET sql = replace(sql, 'title TEXT', 'title TEXT NOT NULL') WHERE name = 'incident'")
    (problem,) = check(path)
    uuid = uuid_in(sqlite3.connect(path), "incident")
    assert problem == f"incident {uuid} breaks a rule: NOT NULL constraint failed: incident.title"


@pytest.mark.parametrize(
    ("table", "statement", "reference"),
    [
        ("maintenance", "DELETE FROM asset", "a row of asset that is not there: asset_id 1, site_id 1, company_id 1"),
        ("scrap", "UPDATE scrap SET run_id = 77", "a row of run that is not there: run_id 77"),
        (
            "quality_check",
            "DELETE FROM template",
            "a row of template that is not there: template_id 1, company_id 1",
        ),
    ],
)
def test_a_row_that_refers_to_nothing_is_named(
    path: Path, writer: sqlite3.Connection, spoil: Callable[..., None], *, table: str, statement: str, reference: str
) -> None:
    spoil(statement)
    assert check(path) == [f"{table} {uuid_in(writer, table)} refers to {reference}"]


def test_a_key_site_that_refers_to_nothing_is_named_by_its_columns(path: Path, spoil: Callable[..., None]) -> None:
    spoil("DELETE FROM api_key")
    assert check(path) == [
        "api_key_site (api_key_id 1, site_id 1, company_id 1) refers to a row of api_key that is not there:"
        " api_key_id 1, company_id 1"
    ]


def test_a_missing_index_and_a_changed_table_are_named(path: Path, spoil: Callable[..., None]) -> None:
    spoil(
        "DROP INDEX run_site",
        "UPDATE sqlite_schema SET sql = replace(sql, 'CHECK (passed IN (0, 1))', '') WHERE name = 'quality_check'",
    )
    assert check(path) == [
        "quality_check is not defined as this program defines it, so its rules may be missing",
        "run_site is missing from the schema",
    ]


def test_a_table_without_a_column_is_reported_not_crashed_on(path: Path, spoil: Callable[..., None]) -> None:
    spoil("ALTER TABLE incident DROP COLUMN location")
    assert check(path) == ["incident is not defined as this program defines it, so its rules may be missing"]


def test_damaged_pages_are_reported(path: Path, writer: sqlite3.Connection, ids: dict[str, int]) -> None:
    with writing(writer):
        for number in range(2000):
            add_row(writer, "incident", ids, reference_number=str(number), title="x" * 500)
    writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    writer.close()
    content = bytearray(path.read_bytes())
    content[-100 * 4096 : -50 * 4096] = b"\xff" * (50 * 4096)
    path.write_bytes(content)

    problems = check(path)
    assert problems
    assert all(problem.startswith("the file is damaged: ") for problem in problems)


def test_no_more_problems_are_reported_than_anybody_reads(
    path: Path, writer: sqlite3.Connection, ids: dict[str, int], spoil: Callable[..., None]
) -> None:
    with writing(writer):
        for number in range(MOST_PROBLEMS + 50):
            add_row(writer, "product", ids, sku=f"P-{number}")
    spoil("UPDATE product SET uuid = 'x' || id")
    assert len(check(path)) == MOST_PROBLEMS


@pytest.mark.parametrize(("table", "column"), [("incident", "title"), ("scrap", "reason"), ("machine", "uom")])
def test_a_text_that_is_no_utf8_is_named(path: Path, spoil: Callable[..., None], table: str, column: str) -> None:
    with closing(sqlite3.connect(path)) as connection:
        (uuid,) = connection.execute(f"SELECT uuid FROM {table}").fetchone()
    spoil(f"UPDATE {table} SET {column} = CAST(x'61ff62' AS TEXT)")
    assert check(path) == [f"{table} {uuid} has a {column} that is no text"]


def spoil_schema(path: Path, writer: sqlite3.Connection, found: bytes) -> None:
    """Make a definition in the file a text that is no UTF-8, as a flipped bit does."""
    writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    writer.close()
    content = path.read_bytes()
    assert found in content
    path.write_bytes(content.replace(found, found[:-1] + b"\xe5"))


def test_a_schema_that_is_no_utf8_is_damage_and_can_be_replaced(
    path: Path, copy: Path, writer: sqlite3.Connection, ids: dict[str, int]
) -> None:
    backup(path, copy)
    spoil_schema(path, writer, b"CREATE TABLE incident (\n  id INTEGER")
    with pytest.raises(Refused, match="damaged"):
        check(path)
    with pytest.raises(DatabaseUnavailable, match="damaged"):
        open_reader(path)
    restore(path, copy)
    assert check(path) == []


def test_a_check_in_the_schema_that_is_no_utf8_is_a_problem(
    path: Path, writer: sqlite3.Connection, ids: dict[str, int]
) -> None:
    spoil_schema(path, writer, b"status IN ('reported")
    problems = check(path)
    assert problems
    assert problems[0].startswith("the file is damaged: ")


def test_a_reference_that_was_changed_in_the_schema_is_a_problem_and_no_fault(
    path: Path, writer: sqlite3.Connection, ids: dict[str, int], spoil: Callable[..., None]
) -> None:
    spoil("UPDATE sqlite_schema SET sql = replace(sql, 'machine (id, ', 'machine (ie, ') WHERE name = 'run'")
    assert check(path) == ["run is not defined as this program defines it, so its rules may be missing"]
