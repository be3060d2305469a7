"""Does nothing of ours run what somebody else has put into the database, and does a copy come back without it?"""

from __future__ import annotations

import logging
from contextlib import closing
from pathlib import Path

import pytest
from sqlite_utils import Database

from nexshift.errors import Refused
from nexshift.storage import migrations
from nexshift.storage.backup import backup
from nexshift.storage.companies import pick_company
from nexshift.storage.connection import open_reader, open_writer
from nexshift.storage.deletion import delete_rows
from nexshift.storage.integrity import check
from nexshift.storage.keys import get_key, revoke_key
from nexshift.storage.library import sqlite3
from nexshift.storage.nightly import NightlyBackups
from nexshift.storage.restore import restore
from nexshift.storage.schema_comparison import compare_schema
from tests.storage.files import files_in, read_units
from tests.storage.nights import look

REVIVES = "CREATE TRIGGER t AFTER UPDATE OF revoked_at ON api_key BEGIN UPDATE api_key SET revoked_at = NULL; END"
STRANGERS = (
    REVIVES,
    "CREATE VIEW mine AS SELECT * FROM run",
    "CREATE INDEX by_number ON run (batch_number)",
    "CREATE TABLE notes (text, site_id REFERENCES site (id))",
    "CREATE INDEX notes_text ON notes (text)",
    "CREATE TRIGGER remark AFTER INSERT ON notes BEGIN DELETE FROM run; END",
    "CREATE VIRTUAL TABLE search USING fts5(text)",
)
NAMED = [
    *('the view "mine"', 'the trigger "t" on api_key', 'the trigger "remark" on notes', 'the table "notes"'),
    *('the table "search"', 'the table "search_data"', 'the table "search_idx"', 'the table "search_content"'),
    *('the table "search_docsize"', 'the table "search_config"'),
    *('the index "by_number" on run', 'the index "notes_text" on notes'),
]


def execute(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        for statement in statements:
            other.execute(statement)


@pytest.mark.parametrize(
    ("statements", "reason"),
    [
        (
            [REVIVES],
            'the trigger "t" on api_key is not Nexshift\'s, and runs with what is written there;'
            ' DROP TRIGGER "t" would remove it',
        ),
        (["DROP TRIGGER run_left"], "run_left is missing from the schema"),
        (
            ["DROP TRIGGER run_left", "CREATE TRIGGER run_left AFTER DELETE ON run BEGIN SELECT 1; END"],
            "run_left is not defined as this program defines it, so its rules may be missing",
        ),
        # A name is the same in any case.
        (
            ["DROP TRIGGER run_left", "CREATE TRIGGER RUN_LEFT AFTER DELETE ON run BEGIN SELECT 1; END"],
            "RUN_LEFT is not defined as this program defines it, so its rules may be missing",
        ),
        # It would let one company's rows refuse another's.
        (
            ["CREATE UNIQUE INDEX one_each ON product (sku)"],
            'the index "one_each" on product is not Nexshift\'s, and refuses rows that Nexshift takes;'
            ' DROP INDEX "one_each" would remove it',
        ),
    ],
)
def test_nothing_is_written_beside_triggers_and_unique_indexes_that_are_not_ours(
    path: Path, ids: dict[str, int], statements: list[str], reason: str
) -> None:
    execute(path, *statements)
    with pytest.raises(Refused) as caught:
        open_writer(path)
    assert caught.value.sentence == f"{path} was not written: {reason}"
    assert caught.value.hint == (
        "see all with: nexshift check; find out who made it before you remove it, or put back a backup with:"
        " nexshift restore BACKUP"
    )


def test_what_only_reads_may_stand_beside_what_is_written(path: Path, ids: dict[str, int]) -> None:
    unique = "CREATE UNIQUE INDEX notes_once ON notes (text)"
    execute(path, *(each for each in STRANGERS if "TRIGGER" not in each), unique, "ANALYZE")
    with closing(open_writer(path)) as connection:
        assert revoke_key(connection, ids["api_key"]).revoked_at is not None


@pytest.mark.parametrize("stranger", STRANGERS)
def test_a_new_version_leaves_a_database_alone_that_holds_what_is_not_ours(
    path: Path, ids: dict[str, int], monkeypatch: pytest.MonkeyPatch, stranger: str
) -> None:
    execute(path, "CREATE TABLE notes (text)" if "notes" in stranger else stranger)
    before = path.read_bytes()

    def next_remarks(database: Database) -> None:
        database.execute("CREATE TABLE remark (text TEXT) STRICT")

    monkeypatch.setattr(migrations, "STEPS", (*migrations.STEPS, next_remarks))
    with pytest.raises(Refused, match=r"was not brought up to this version: the .* is not Nexshift's"):
        open_writer(path)
    assert [name for name in files_in(path) if "before" in name] == []
    assert path.read_bytes() == before


def test_a_copy_is_put_back_without_what_is_not_ours(
    path: Path, copy: Path, writer: sqlite3.Connection, ids: dict[str, int]
) -> None:
    execute(path, *STRANGERS)
    assert sorted(backup(path, copy)) == sorted(NAMED)
    left_out: list[str] = []
    restore(path, copy, on_left_out=left_out.extend)
    assert left_out == NAMED
    assert read_units(path) == [9700]
    assert check(path) == []
    assert len(check(copy)) == len(NAMED)  # the copy itself is left as it is
    with closing(open_writer(path)) as connection:
        assert revoke_key(connection, ids["api_key"]).revoked_at is not None
        assert get_key(connection, ids["api_key"]).revoked_at is not None


def test_rows_of_a_table_that_is_not_ours_may_break_its_own_rules(
    path: Path, copy: Path, writer: sqlite3.Connection, ids: dict[str, int]
) -> None:
    execute(
        path,
        "CREATE TABLE \"my notes\" (text UNIQUE CHECK (text <> ''), site_id REFERENCES site (id))",
        "PRAGMA ignore_check_constraints = ON",
        "INSERT INTO \"my notes\" VALUES ('', 999)",
    )
    assert check(path) == ['the table "my notes" is not Nexshift\'s; DROP TABLE "my notes" would remove it']
    backup(path, copy)
    restore(path, copy)
    assert check(path) == []


def test_a_table_of_ours_in_other_case_is_never_said_to_be_a_strangers(path: Path, ids: dict[str, int]) -> None:
    execute(path, "ALTER TABLE template RENAME TO other", "ALTER TABLE other RENAME TO Template")
    problems = check(path)
    assert [problem for problem in problems if "DROP" in problem or "missing from" in problem] == []
    assert "Template is not defined as this program defines it, so its rules may be missing" in problems


UNREMOVABLE = (
    "CREATE TABLE theirs (text)",
    "PRAGMA writable_schema = ON",
    "UPDATE sqlite_schema SET rootpage = 0, sql = 'CREATE VIRTUAL TABLE theirs USING elsewhere(text)'"
    " WHERE name = 'theirs'",
    "PRAGMA writable_schema = RESET",
    "VACUUM",
)


def test_what_cannot_be_left_out_is_named_and_nothing_is_put_back(
    path: Path, copy: Path, writer: sqlite3.Connection, ids: dict[str, int]
) -> None:
    backup(path, copy)
    copy.with_name("copy.db.sha256").unlink()
    execute(copy, *UNREMOVABLE)
    before = files_in(path)
    with pytest.raises(Refused) as caught:
        restore(path, copy)
    assert caught.value.sentence == (
        'the table "theirs" is not Nexshift\'s and cannot be left out: no such module: elsewhere'
    )
    assert files_in(path) == before
    assert read_units(path) == [9700]


def test_an_index_over_a_function_that_is_not_here_is_named(path: Path, copy: Path, ids: dict[str, int]) -> None:
    execute(
        path,
        "CREATE INDEX theirs ON site (lower(name))",
        "PRAGMA writable_schema = ON",
        "UPDATE sqlite_schema SET sql = replace(sql, 'lower', 'elsewhere') WHERE name = 'theirs'",
    )
    with pytest.raises(Refused, match='1 problem: the index "theirs" on site is not Nexshift\'s; DROP INDEX "theirs"'):
        backup(path, copy)


def test_a_schema_that_cannot_be_read_is_said_with_what_is_wrong_in_it(path: Path, ids: dict[str, int]) -> None:
    execute(
        path,
        "PRAGMA writable_schema = ON",
        "INSERT INTO sqlite_schema VALUES ('trigger', 'theirs', 'site', 0, 'CREATE TRIGGER theirs AFTER')",
    )
    with pytest.raises(Refused, match=r"plant\.db is damaged: malformed database schema \(theirs\)"):
        check(path)


@pytest.mark.parametrize("when", ["", " DEFERRABLE INITIALLY DEFERRED"])
def test_a_row_that_a_table_of_somebody_else_refers_to_is_not_deleted(
    path: Path, tmp_path: Path, ids: dict[str, int], when: str
) -> None:
    execute(path, f"CREATE TABLE notes (incident REFERENCES incident (uuid){when})")
    execute(path, "INSERT INTO notes SELECT uuid FROM incident")
    file = tmp_path / "incidents.csv"
    with closing(open_writer(path)) as connection:
        (uuid,) = connection.execute("SELECT uuid FROM incident").fetchone()
        file.write_text(f"id\n{uuid}\n")
        company = pick_company(connection, None)
        with pytest.raises(Refused, match="nothing was deleted: a table that is not Nexshift's refers to a row"):
            delete_rows(connection, company, "incidents", file)
        assert connection.execute("SELECT uuid FROM incident").fetchall() == [(uuid,)]
        connection.execute("DROP TABLE notes")
        assert delete_rows(connection, company, "incidents", file).deleted == 1


def test_a_copy_in_which_something_of_ours_was_changed_is_not_put_back(
    path: Path, copy: Path, writer: sqlite3.Connection, ids: dict[str, int]
) -> None:
    backup(path, copy)
    execute(copy, "DROP TRIGGER key_site_gone", "VACUUM")
    copy.with_name("copy.db.sha256").unlink()
    with pytest.raises(Refused, match="key_site_gone is missing from the schema"):
        restore(path, copy)


def test_a_nightly_copy_that_holds_what_is_not_ours_is_made_and_warned_of(
    path: Path, nightly: NightlyBackups, caplog: pytest.LogCaptureFixture
) -> None:
    execute(path, "CREATE VIEW mine AS SELECT 1")
    assert look(nightly) is not None
    (warning,) = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert warning == 'nightly backup: a restore of it will leave out what is not Nexshift\'s: the view "mine"'


def test_what_the_steps_make_is_compared_to_the_letter_and_by_kind(path: Path, ids: dict[str, int]) -> None:
    with closing(open_reader(path)) as reader:
        assert compare_schema(reader) == ((), (), ())
    execute(path, "DROP INDEX run_site", "CREATE TRIGGER run_site AFTER DELETE ON run BEGIN SELECT 1; END")
    with closing(open_reader(path)) as reader:
        strangers, missing, changed = compare_schema(reader)
    assert ([str(each) for each in strangers], [str(each) for each in missing]) == (
        ['trigger "run_site" on run'],
        ['index "run_site" on run'],
    )
    assert changed == ()
