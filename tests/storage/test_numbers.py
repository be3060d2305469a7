"""Does a database of before numbers get them, and does a check find those that are wrong?"""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from nexshift.storage import migrations
from nexshift.storage.backup import backup
from nexshift.storage.change_schema import NUMBERED
from nexshift.storage.connection import create_database, open_reader, open_writer
from nexshift.storage.integrity import check
from nexshift.storage.library import sqlite3
from nexshift.storage.restore import restore
from nexshift.storage.sequence import read_sequence
from tests.storage.files import files_in
from tests.storage.rows import GOOD_ROWS, add_plant


@pytest.fixture
def unnumbered(path: Path) -> Path:
    """A database of the first version, with a row in every table."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(migrations, "STEPS", migrations.STEPS[:1])
        with closing(create_database(path)) as connection:
            add_plant(connection)
    return path


def records(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """Every row of the tables of the first version, without numbers."""
    found = {}
    with closing(sqlite3.connect(path)) as connection:
        for table in GOOD_ROWS:
            columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})") if row[1] != "changed"]
            shown = ", ".join("CAST(version AS INTEGER)" if column == "version" else column for column in columns)
            found[table] = connection.execute(f"SELECT {shown} FROM {table}").fetchall()
    return found


def test_what_was_there_before_numbers_is_older_than_every_token(unnumbered: Path) -> None:
    before = records(unnumbered)
    with closing(open_writer(unnumbered)) as connection:
        assert records(unnumbered) == before
        value, restarted = read_sequence(connection, 1)
        assert 1 < restarted <= value
        for table in NUMBERED:
            number = value if table == "recipe" else 1  # whose version became a number, in a later step
            assert connection.execute(f"SELECT changed FROM {table}").fetchall() == [(number,)]
        connection.execute("UPDATE machine SET name = 'Auto 4'")
        assert connection.execute("SELECT changed FROM machine").fetchone() == (value + 1,)
        connection.execute("DELETE FROM scrap")
        assert connection.execute("SELECT table_name, sequence > ? FROM deletion", (value,)).fetchall() == [
            ("production_runs_scrap", 1)
        ]
    assert check(unnumbered) == []


def test_the_saved_copy_of_before_is_put_back_with_numbers_above_all(unnumbered: Path) -> None:
    before = records(unnumbered)
    with closing(open_writer(unnumbered)) as connection:
        connection.execute("DELETE FROM incident")
        given = read_sequence(connection, 1).value
    (saved,) = [name for name in files_in(unnumbered) if ".before-v" in name and not name.endswith(".sha256")]
    restore(unnumbered, unnumbered.with_name(saved))
    assert records(unnumbered) == before
    with closing(open_reader(unnumbered)) as reader:
        assert read_sequence(reader, 1).restarted > given
    assert check(unnumbered) == []


def test_a_database_of_before_numbers_is_checked_and_copied_as_it_is(unnumbered: Path, copy: Path) -> None:
    assert check(unnumbered) == []
    backup(unnumbered, copy)
    assert check(copy) == []


@pytest.mark.usefixtures("ids")
@pytest.mark.parametrize(
    ("statement", "problem"),
    [
        ("DELETE FROM commit_sequence", 'commit_sequence has no row of "Acme", so its changes have no number'),
        (
            "UPDATE commit_sequence SET is_held = 1",
            "commit_sequence is held, so changes of other programs have no number",
        ),
        ("UPDATE site SET changed = 9000000000000", "has the number 9000000000000, which is above the last one"),
        ("UPDATE deletion SET sequence = 9000000000000", "has the number 9000000000000, which is above the last one"),
        ("DROP TRIGGER run_left", "run_left is missing from the schema"),
    ],
)
def test_a_check_names_what_is_wrong_with_the_numbers(
    path: Path, writer: sqlite3.Connection, statement: str, problem: str
) -> None:
    writer.execute("DELETE FROM incident")
    assert check(path) == []
    writer.execute(statement)
    (found,) = check(path)
    assert problem in found
