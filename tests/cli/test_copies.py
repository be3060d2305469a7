"""`nexshift backup`, `restore` and `check`, as an operator sees them."""

from __future__ import annotations

import json
import re
from pathlib import Path

from nexshift.storage.library import sqlite3
from tests.cli.conftest import Command


def test_a_backup_is_put_back_with_its_keys(run: Command, plant: Path) -> None:
    run("key", "create", "--name", "Excel")
    result = run("backup", "copy.db")
    assert (result.exit_code, result.stdout) == (0, f"Copied {plant} to copy.db (0.5 MB).\n")
    run("key", "revoke", "1")
    run("key", "create", "--name", "later")

    result = run("restore", "copy.db")

    assert (result.exit_code, result.stdout) == (0, f"Put copy.db back as {plant}.\n")
    kept, remark = result.stderr.splitlines()
    assert re.fullmatch(rf"What it replaced is kept as {plant}\.before-restore-\d{{4}}-\d\d-\d\dT\d{{6}}Z\.", kept)
    assert remark == "1 key is good again as of that copy; revoke those that were revoked since (nexshift key list)."
    (key,) = json.loads(run("key", "list", "--json").stdout)
    assert (key["name"], key["revoked_at"]) == ("Excel", None)


def test_what_a_restore_replaced_is_put_back_or_given_up(run: Command, plant: Path) -> None:
    run("backup", "copy.db")
    run("key", "create", "--name", "later")
    result = run("restore", "copy.db", "--no-save")
    assert (result.exit_code, result.stderr) == (0, "")
    assert json.loads(run("key", "list", "--json").stdout) == []

    run("key", "create", "--name", "latest")
    kept = run("restore", "copy.db").stderr.split()[-1].rstrip(".")
    assert run("--db", kept, "check").stdout == "OK\n"
    assert run("restore", kept).exit_code == 0
    assert [key["name"] for key in json.loads(run("key", "list", "--json").stdout)] == ["latest"]


def test_a_copy_that_was_changed_is_named_by_check_and_not_put_back(run: Command, plant: Path) -> None:
    run("backup", "copy.db")
    assert run("--db", "copy.db", "check").stdout == "OK\n"
    with sqlite3.connect("copy.db") as connection:
        connection.execute("UPDATE site SET location = 'Elsewhere'")
    connection.close()
    result = run("--db", "copy.db", "check")
    assert result.exit_code == 1
    assert "the file is not the one that copy.db.sha256 was written for" in result.stdout
    result = run("restore", "copy.db")
    assert result.exit_code == 1
    assert "Error: copy.db is not the file that copy.db.sha256 was written for" in result.stderr


def test_a_backup_never_overwrites(run: Command, plant: Path) -> None:
    Path("copy.db").write_text("precious")
    result = run("backup", "copy.db")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("Error: copy.db is there already; it was left as it is\nHint: ")
    assert Path("copy.db").read_text() == "precious"


def test_a_backup_of_nothing_is_refused(run: Command, path: Path) -> None:
    result = run("backup", "copy.db")
    assert result.exit_code == 1
    assert f"there is no database at {path}" in result.stderr
    assert list(Path().iterdir()) == []


def test_restoring_what_is_no_backup_is_refused(run: Command, plant: Path) -> None:
    Path("notes.txt").write_text("machine\n" * 1000)
    for file, sentence in (
        ("nowhere.db", "there is no backup at nowhere.db"),
        ("notes.txt", "notes.txt is not a database"),
        (".", "is a folder, not a database file"),
        ("plant.db", "is the database itself"),
    ):
        result = run("restore", file)
        assert (result.exit_code, result.stdout) == (1, "")
        assert sentence in result.stderr
        assert "Hint: " in result.stderr
    assert run("check").stdout == "OK\n"


def test_a_whole_database_is_ok(run: Command, plant: Path) -> None:
    result = run("check")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "OK\n", "")
    assert run("check", "--json").stdout == "[]\n"


def test_every_problem_is_a_line_and_the_exit_code_is_1(run: Command, plant: Path) -> None:
    with sqlite3.connect(plant) as connection:
        connection.execute("PRAGMA ignore_check_constraints = ON")
        connection.execute("UPDATE site SET name = '' WHERE name = 'Brisbane'")
        (uuid,) = connection.execute("SELECT uuid FROM site WHERE name = ''").fetchone()
        connection.execute("DROP INDEX run_site")
    connection.close()

    result = run("check")

    assert result.exit_code == 1
    assert result.stdout.splitlines() == [
        "run_site is missing from the schema",
        f"site {uuid} breaks a rule: CHECK constraint failed: length(name) BETWEEN 1 AND 10000",
    ]
    assert result.stderr.startswith(f"Error: {plant} has 2 problems\nHint: ")
    as_json = run("check", "--json")
    assert (as_json.exit_code, json.loads(as_json.stdout)) == (1, result.stdout.splitlines())


REVIVES = "CREATE TRIGGER t AFTER UPDATE OF revoked_at ON api_key BEGIN UPDATE api_key SET revoked_at = NULL; END"


def test_a_trigger_that_would_revive_keys_is_named_and_left_out(run: Command, plant: Path) -> None:
    run("key", "create", "--name", "Excel")
    with sqlite3.connect("plant.db") as connection:
        connection.execute(REVIVES)
    connection.close()
    result = run("check")
    assert (result.exit_code, result.stdout) == (
        1,
        'the trigger "t" on api_key is not Nexshift\'s, and runs with what is written there;'
        ' DROP TRIGGER "t" would remove it\n',
    )
    result = run("key", "revoke", "1")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "plant.db was not written: the trigger" in result.stderr

    result = run("backup", "copy.db")
    assert result.stderr == (
        'Warning: a restore of it will leave out what is not Nexshift\'s: the trigger "t" on api_key\n'
    )
    result = run("restore", "copy.db")
    assert result.exit_code == 0
    said = 'Left out, because it is not Nexshift\'s: the trigger "t" on api_key. It is still in copy.db.'
    assert said in result.stderr.splitlines()
    assert run("check").stdout == "OK\n"
    assert run("key", "revoke", "1").stdout == 'Key 1 ("Excel") is revoked.\n'
    (key,) = json.loads(run("key", "list", "--json").stdout)
    assert key["revoked_at"] is not None


def test_a_key_whose_resources_are_broken_is_listed_as_one_that_reads_nothing(run: Command, plant: Path) -> None:
    run("key", "create", "--name", "Excel")
    with sqlite3.connect("plant.db") as connection:
        connection.execute("UPDATE api_key SET resources = 'all of it'")
    connection.close()
    assert "  nothing  " in run("key", "list").stdout
    assert run("check").exit_code == 1
