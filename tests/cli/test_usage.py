"""How a command is addressed: options, help, and what a slip of the fingers gets."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from nexshift import __version__
from nexshift.cli.group import nexshift
from nexshift.storage.importing import ENTITIES
from nexshift.storage.library import sqlite3
from tests.cli.conftest import Command, Program

TABLE = (
    *(
        "init",
        "import",
        "delete",
        "template",
        "export",
        "serve",
        "config",
        "service",
        "demo",
        "backup",
        "restore",
        "check",
    ),
    *("company list", "company set"),
    *("key create", "key list", "key revoke", "key rotate"),
    "licences",
)


def all_commands(command: click.Command = nexshift, *above: str) -> Iterator[tuple[str, click.Command]]:
    if isinstance(command, click.Group):
        for name, child in command.commands.items():
            yield from all_commands(child, *above, name)
    else:
        yield " ".join(above), command


COMMANDS = dict(all_commands())


def test_every_command_is_there_and_no_other() -> None:
    assert set(COMMANDS) == set(TABLE)


@pytest.mark.parametrize("name", COMMANDS)
def test_help_explains_a_command_with_an_example(name: str) -> None:
    result = CliRunner().invoke(nexshift, [*name.split(), "--help"], prog_name="nexshift")
    assert result.exit_code == 0
    assert f"\n  nexshift {name}" in result.stdout


@pytest.mark.parametrize("name", ["import", "delete", "template"])
def test_help_names_every_entity(name: str) -> None:
    result = CliRunner().invoke(nexshift, [name, "--help"])
    assert f"ENTITY is one of: {', '.join(ENTITIES)}." in " ".join(result.stdout.split())


@pytest.mark.parametrize("group", [[], ["key"]])
def test_the_list_of_commands_cuts_no_sentence_off(group: list[str]) -> None:
    result = CliRunner().invoke(nexshift, [*group, "--help"], prog_name="nexshift")
    _, commands = result.stdout.split("\nCommands:\n")
    assert "..." not in commands


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_says_what_it_does(name: str) -> None:
    for parameter in COMMANDS[name].params:
        if isinstance(parameter, click.Option) and parameter.name not in {"help", "port"}:
            assert parameter.help, f"{name} {parameter.opts[0]}"


def test_the_version_and_that_of_sqlite_are_printed() -> None:
    result = CliRunner().invoke(nexshift, ["--version"], prog_name="nexshift")
    assert result.stdout == f"nexshift {__version__} (SQLite {sqlite3.sqlite_version})\n"


def test_no_command_shows_the_help_and_is_a_usage_error(program: Program) -> None:
    done = program()
    assert done.returncode == 2
    assert "Missing command." in done.stderr
    done = subprocess.run([sys.executable, "-m", "nexshift"], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "Commands:" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["backpu", "x"], "No such command 'backpu'. Did you mean 'backup'?"),
        (["init"], "Missing option '--company'."),
        (["init", "--compny", "x"], "Did you mean '--company'?"),
        (["check", "--db", "x"], "--db stands before the command: nexshift --db FILE COMMAND"),
        (["serve", "--config", "x"], "--config stands before the command: nexshift --config FILE COMMAND"),
        (["backup"], "Missing argument 'FILE'."),
        (["key", "revoke", "three"], "'three' is not a valid whole number"),
        (["key", "revoke", "0"], "0 is not in the range x>=1."),
        (["key", "create", "--name", "x", "--rate-limit", "0"], "0 is not in the range 1<=x<=1000000."),
        (["serve", "--port", "65536"], "65536 is not in the range 0<=x<=65535."),
        (["serve", "--workers", "0"], "0 is not in the range 1<=x<=64."),
        (["serve", "--rate-limit", "0"], "0 is not in the range x>=1."),
        (["demo", "now"], "Got unexpected extra argument (now)"),
    ],
)
def test_a_wrong_command_line_is_a_usage_error(run: Command, arguments: list[str], sentence: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert sentence in result.stderr
    assert result.stdout == ""
    assert list(Path().iterdir()) == []


def test_without_an_option_the_database_is_the_one_in_the_folder_or_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def init() -> None:
        assert CliRunner().invoke(nexshift, ["init", "--company", "Acme"]).exit_code == 0

    init()
    assert [file.name for file in Path().iterdir()] == ["nexshift.db"]
    monkeypatch.setenv("NEXSHIFT_DB", "other.db")
    init()
    assert sorted(file.name for file in Path().iterdir()) == ["nexshift.db", "other.db"]
    monkeypatch.setenv("NEXSHIFT_DB", "")
    assert "already" in CliRunner().invoke(nexshift, ["init", "--company", "Acme"]).stdout


def test_the_option_wins_over_the_environment(run: Command, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEXSHIFT_DB", "other.db")
    run("init", "--company", "Acme")
    assert list(Path().iterdir()) == [Path(path.name)]
