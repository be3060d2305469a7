"""`nexshift init` creates a database, or adds a company, or leaves everything as it was."""

from __future__ import annotations

from pathlib import Path

import pytest

from nexshift.storage.connection import open_writer
from tests.cli.conftest import Command


def companies(path: Path) -> list[tuple[str, str]]:
    connection = open_writer(path)
    found = connection.execute("SELECT name, timezone FROM company ORDER BY id").fetchall()
    connection.close()
    return found


def test_init_creates_the_database_with_the_company(run: Command, path: Path) -> None:
    result = run("init", "--company", "Acme Manufacturing", "--timezone", "Australia/Brisbane")
    assert result.exit_code == 0
    assert result.stdout == f'Created {path} with the company "Acme Manufacturing" (time zone Australia/Brisbane).\n'
    assert "import" in result.stderr
    assert companies(path) == [("Acme Manufacturing", "Australia/Brisbane")]
    assert list(Path().iterdir()) == [Path("plant.db")]


def test_init_again_with_another_name_adds_a_company(run: Command, path: Path) -> None:
    run("init", "--company", "Acme")
    result = run("init", "--company", "Bolt", "--timezone", "America/New_York")
    assert result.exit_code == 0
    assert result.stdout == f'Added the company "Bolt" (time zone America/New_York) to {path}.\n'
    assert companies(path) == [("Acme", "UTC"), ("Bolt", "America/New_York")]


@pytest.mark.parametrize("again", [[], ["--timezone", "Australia/Brisbane"]])
def test_init_again_with_the_same_name_changes_nothing(run: Command, path: Path, again: list[str]) -> None:
    run("init", "--company", "Acme", "--timezone", "Australia/Brisbane")
    result = run("init", "--company", "Acme", *again)
    assert result.exit_code == 0
    assert result.stdout.endswith("already; nothing was changed.\n")
    assert companies(path) == [("Acme", "Australia/Brisbane")]


def test_init_again_with_another_time_zone_is_refused(run: Command, path: Path) -> None:
    run("init", "--company", "Acme", "--timezone", "Australia/Brisbane")
    result = run("init", "--company", "Acme", "--timezone", "UTC")
    assert result.exit_code == 1
    assert result.stderr == (
        'Error: the company "Acme" is already there, with the time zone Australia/Brisbane\n'
        "Hint: leave it as it is (--timezone Australia/Brisbane), or change it with: nexshift company set\n"
    )
    assert companies(path) == [("Acme", "Australia/Brisbane")]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--company", " "], "the company's name is empty"),
        (["--company", "two\nlines"], "cannot be printed"),
        (["--company", "x" * 10_001], "has 10001 characters"),
        (["--company", "Acme", "--timezone", "brisbane"], 'did you mean "Australia/Brisbane"?'),
        (["--company", "Acme", "--timezone", "+10:00"], 'unknown time zone "+10:00"'),
    ],
)
def test_a_refused_init_leaves_no_file(run: Command, arguments: list[str], sentence: str) -> None:
    result = run("init", *arguments)
    assert result.exit_code == 1
    assert sentence in result.stderr
    assert result.stdout == ""
    assert list(Path().iterdir()) == []


def test_init_in_a_missing_folder_is_refused(run: Command, path: Path) -> None:
    result = run("--db", path.parent / "nowhere" / "plant.db", "init", "--company", "Acme")
    assert result.exit_code == 1
    assert "cannot be created: no such file or directory" in result.stderr


def test_init_leaves_another_file_alone(run: Command, path: Path) -> None:
    path.write_text("precious")
    result = run("init", "--company", "Acme")
    assert result.exit_code == 1
    assert "is not a database" in result.stderr
    assert path.read_text() == "precious"
