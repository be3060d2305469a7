"""Whatever a file, the database, the command line or the environment holds, the terminal shows and does not obey it."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nexshift.cli.group import nexshift
from nexshift.invisible import is_visible
from nexshift.storage.importing import ENTITIES
from nexshift.storage.library import sqlite3
from tests.cli.conftest import Command, Program
from tests.importing.workbench import GOOD

modest = settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
FORGED = "9 added, 0 updated, 0 unchanged, 0 rejected"
CLEAR = "\x1b[2J\x1b[8m\x1b]0;owned\x07"
NASTY = (
    "\x1b[2J",
    "\x9b31m",
    "\x07",
    "\x08\x08",
    "\r",
    "\n",
    "\u2028",
    "\x85",
    "\u202e",
    "\u200b",
    "\x00",
    f"\n{FORGED}",
)
texts = st.lists(st.one_of(st.text(max_size=5), st.sampled_from(NASTY)), min_size=1, max_size=4).map("".join)
arguments = texts.map(lambda text: text.replace("\0", "0"))  # of a program they cannot hold the character NUL
cells = st.sampled_from([(entity, column) for entity in GOOD for column in ENTITIES[entity].columns])


def assert_shows_only_what_is_seen(result: Result) -> None:
    for line in (result.stdout + result.stderr).split("\n"):
        assert all(map(is_visible, line)), repr(line)
        assert line != FORGED
    assert "a fault in Nexshift itself" not in result.stderr


def run_at(path: Path, *words: str) -> Result:
    return CliRunner().invoke(nexshift, ["--db", str(path), *words], prog_name="nexshift", catch_exceptions=False)


@modest
@given(cell=cells, text=texts)
def test_a_cell_of_a_file_is_shown(plant: Path, cell: tuple[str, str], text: str) -> None:
    entity, column = cell
    with Path(f"{entity}.csv").open("w", newline="", encoding="utf-8") as file:
        row = {**GOOD[entity], column: text}
        csv.writer(file).writerows([[*row], row.values()])

    for command in (["import", "--dry-run"], ["import", "--dry-run", "--skip-bad", "--create"], ["delete", entity]):
        assert_shows_only_what_is_seen(run_at(plant, *command, f"{entity}.csv"))


@modest
@given(name=texts, value=st.one_of(texts, st.lists(texts), st.dictionaries(texts, texts)))
def test_a_name_and_a_value_of_json_are_shown(plant: Path, name: str, value: object) -> None:
    Path("sites.ndjson").write_text(json.dumps({"name": "Hobart", name: value}) + "\n")
    Path("sites.json").write_text(json.dumps([{"location": value, name: 1}]))

    for file in ("sites.ndjson", "sites.json"):
        assert_shows_only_what_is_seen(run_at(plant, "import", "--dry-run", file))


@modest
@given(text=texts, mark=st.sampled_from([",", ";", "\t", "\n", '"']))
def test_a_header_is_shown(plant: Path, text: str, mark: str) -> None:
    Path("sites.csv").write_text(f"name{mark}{text}\nHobart{mark}\n", encoding="utf-8", newline="")

    assert_shows_only_what_is_seen(run_at(plant, "import", "--dry-run", "sites.csv"))


WORDS = (
    ["init", "--company", "TEXT"],
    ["init", "--company", "Acme", "--timezone", "TEXT"],
    ["import", "TEXT"],
    ["import", "--as", "TEXT", "sites.csv"],
    ["import", "--company", "TEXT", "sites.csv"],
    ["delete", "sites", "TEXT"],
    ["delete", "TEXT", "sites.csv"],
    ["template", "TEXT"],
    ["export", "TEXT", "-"],
    ["export", "production_runs", "--from", "TEXT", "-"],
    ["export", "production_runs", "TEXT"],
    ["key", "create", "--name", "TEXT", "--site", "nowhere"],
    ["key", "create", "--name", "x", "--site", "TEXT"],
    ["key", "create", "--name", "x", "--allow", "TEXT"],
    ["key", "create", "--name", "x", "--expires", "TEXT"],
    ["key", "revoke", "TEXT"],
    ["serve", "--port", "TEXT"],
    ["restore", "TEXT"],
    ["TEXT"],
    ["import", "--TEXT"],
)


@modest
@given(words=st.sampled_from(WORDS), text=arguments)
def test_a_word_of_the_command_line_is_shown(plant: Path, words: Sequence[str], text: str) -> None:
    assert_shows_only_what_is_seen(run_at(plant, *(word.replace("TEXT", text) for word in words)))


def put_into_names(database: Path, text: str) -> None:
    """As an older version, or another program, may have stored it."""
    with sqlite3.connect(database) as connection:
        connection.create_function("nexshift_text", 1, lambda value: value)
        connection.execute("UPDATE company SET name = 'Acme' || ?", (text,))
        connection.execute("UPDATE site SET name = name || ?", (text,))
        connection.execute("UPDATE api_key SET name = name || ?", (text,))
    connection.close()


@pytest.mark.parametrize("text", NASTY)
def test_what_the_database_holds_is_shown(run: Command, plant: Path, text: str) -> None:
    run("key", "create", "--name", "board", "--site", "Brisbane")
    put_into_names(plant, text)

    for words in (
        ["key", "list"],
        ["key", "list", "--json"],
        ["key", "create", "--name", "x", "--site", "Brisban"],
        ["key", "create", "--name", "x"],
        ["key", "rotate", "1"],
        ["key", "revoke", "1"],
        ["init", "--company", "Other"],
        ["import", "sites.csv"],  # of which company is not said
        ["import", "--company", "Acm", "sites.csv"],
        ["check"],
    ):
        assert_shows_only_what_is_seen(run_at(plant, *words))
    assert "<U+" in run("key", "list").stdout


def test_a_file_of_any_name_is_shown(run: Command, plant: Path) -> None:
    name = f"runs{CLEAR}\n{FORGED}.csv"
    Path(name).write_text("machine\nx\n")

    for words in (["import", name], ["import", "--as", "sites", name], ["import", "."]):
        assert_shows_only_what_is_seen(run(*words))


def test_a_value_of_the_configuration_file_reaches_no_help(run: Command) -> None:
    Path("nexshift.toml").write_text('[serve]\nhost = "\\u001b[2J"\n')

    result = run("serve", "--help")

    assert_shows_only_what_is_seen(result)
    assert result.exit_code == 2
    assert 'nexshift.toml: line 2: serve.host has a control character in it: the text "<U+001B>[2J"' in result.stderr


def test_a_value_of_the_environment_is_shown(run: Command, plant: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEXSHIFT_SERVE_PORT", CLEAR)
    monkeypatch.setenv(f"NEXSHIFT_SERVE_{CLEAR}", "1")
    assert_shows_only_what_is_seen(run("serve"))
    monkeypatch.delenv("NEXSHIFT_SERVE_PORT")
    monkeypatch.setenv("NEXSHIFT_SERVE_HOST", CLEAR)
    result = run("config")
    assert_shows_only_what_is_seen(result)
    assert "<U+001B>[2J" in result.stdout


def test_a_fault_of_our_own_is_shown_with_its_trace(run: Command, plant: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_connection: sqlite3.Connection) -> None:
        raise ValueError(CLEAR)

    monkeypatch.setattr("nexshift.cli.keys.list_keys", fail)
    monkeypatch.setenv("NEXSHIFT_DEBUG", "1")

    result = run("key", "list")

    assert "Traceback" in result.stderr
    assert all(all(map(is_visible, line)) for line in result.stderr.split("\n"))


def test_the_program_itself_shows_what_a_file_holds(plant: Path, program: Program) -> None:
    Path("machines.csv").write_text(f'name,site\nM1,"x{CLEAR}"\nM2,"a\n{FORGED}"\n')

    done = program("import", "machines.csv")

    assert done.stderr.splitlines()[:2] == [
        'machines.csv:2: site: there is no site "x<U+001B>[2J<U+001B>[8m<U+001B>]0;owned<U+0007>"',
        f'machines.csv:3: site: "a<U+000A>{FORGED}" has a line break in it; a quotation mark may be missing, or one too'
        " many",
    ]
