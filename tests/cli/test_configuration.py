"""Where an option's value comes from: command line, environment, file or default; and `nexshift config`."""

from __future__ import annotations

import inspect
import json
import re
import socket
from dataclasses import fields
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

from nexshift.cli.group import nexshift
from nexshift.cli.serving import serve
from nexshift.cli.settings import TimeOfDay, list_options, name_option
from nexshift.config import MAX_CONFIG_BYTES
from nexshift.web.settings import ServiceSettings
from tests.cli.conftest import ROOT, Command, Program
from tests.cli.test_usage import COMMANDS

FILE = "nexshift.toml"


def type_command(*arguments: str) -> Result:
    """Without `--db`, unlike the fixture `run`."""
    return CliRunner().invoke(nexshift, arguments, prog_name="nexshift", catch_exceptions=False)


def in_force(*before: str) -> dict[str, tuple[Any, str, str | None]]:
    """Each option that `nexshift config --json` prints: its value, its source, and the source's name."""
    result = type_command(*before, "config", "--json")
    assert result.exit_code == 0, result.stderr
    return {each["option"]: (each["value"], each["source"], each["name"]) for each in json.loads(result.stdout)}


def refusal(text: str | bytes, *arguments: str) -> tuple[str, str]:
    """The sentence and the hint with which a file is refused."""
    Path(FILE).write_bytes(text if isinstance(text, bytes) else text.encode())
    result = type_command(*(arguments or ("config",)))
    assert (result.exit_code, result.stdout) == (2, "")
    lines = result.stderr.splitlines()
    assert lines[0].startswith("Error: ")
    assert len(lines) == 1 or (len(lines) == 2 and lines[1].startswith("Hint: "))
    return lines[0].removeprefix("Error: "), "".join(lines[1:]).removeprefix("Hint: ")


# --- precedence ------------------------------------------------------------------------------------------------------


def test_without_anything_set_the_defaults_are_in_force() -> None:
    defaults = {
        each.name: list(each.default) if each.default == () else each.default for each in fields(ServiceSettings)
    }
    assert in_force() == {
        "db": ("nexshift.db", "default", None),
        "config": (None, "default", None),
        **{
            f"serve.{name_option(option)}": (defaults[str(option.name)], "default", None)
            for option in list_options(serve)
        },
    }


def test_the_command_line_wins_over_the_environment_and_that_over_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    Path(FILE).write_text('db = "file.db"\n[serve]\nport = 1001\nworkers = 2\n')
    assert in_force()["db"] == ("file.db", "file", FILE)
    assert in_force()["serve.port"] == (1001, "file", FILE)

    monkeypatch.setenv("NEXSHIFT_DB", "environment.db")
    monkeypatch.setenv("NEXSHIFT_SERVE_PORT", "1002")
    assert in_force()["db"] == ("environment.db", "environment", "NEXSHIFT_DB")
    assert in_force()["serve.port"] == (1002, "environment", "NEXSHIFT_SERVE_PORT")
    assert in_force()["serve.workers"] == (2, "file", FILE)

    assert in_force("--db", "typed.db")["db"] == ("typed.db", "command line", None)


def test_serve_is_told_what_is_in_force(monkeypatch: pytest.MonkeyPatch, plant: Path) -> None:
    told: list[ServiceSettings] = []
    monkeypatch.setattr("nexshift.web.server.serve", lambda settings, remarks: told.append(settings))
    Path(FILE).write_text(f'db = "{plant}"\n[serve]\nport = 1001\nworkers = 2\nrate-limit = 7\ncors = ["http://a"]\n')
    monkeypatch.setenv("NEXSHIFT_SERVE_PORT", "1002")
    monkeypatch.setenv("NEXSHIFT_SERVE_WORKERS", "3")
    assert type_command("serve", "--port", "1003").exit_code == 0
    assert told == [
        ServiceSettings(database=plant, port=1003, workers=3, rate_limit=7, cors_origins=("http://a",)),
    ]


def test_an_option_that_may_be_repeated_is_split_at_blanks_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEXSHIFT_SERVE_CORS", "http://a http://b")
    assert in_force()["serve.cors"] == (["http://a", "http://b"], "environment", "NEXSHIFT_SERVE_CORS")


def test_an_empty_variable_is_as_good_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEXSHIFT_SERVE_PORT", "")
    assert in_force()["serve.port"] == (ServiceSettings.port, "default", None)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_has_a_variable_that_is_spelt_like_it(name: str) -> None:
    for option in list_options(COMMANDS[name]):
        words = (*name.split(), name_option(option))
        assert option.envvar == "NEXSHIFT_" + "_".join(words).replace("-", "_").upper()


def test_no_variable_is_one_that_means_something_else() -> None:
    taken = {"NEXSHIFT_OEE", "NEXSHIFT_STEPPING", "NEXSHIFT_DEBUG", "NEXSHIFT_CHECKED", "NEXSHIFT_REAL_RECORDS"}
    names = [option.envvar for command in (nexshift, *COMMANDS.values()) for option in list_options(command)]
    assert len(names) == len(set(names))
    assert not taken.intersection(str(name) for name in names)


def test_the_services_settings_and_the_options_of_serve_are_the_same() -> None:
    assert {option.name for option in list_options(serve)} == {each.name for each in fields(ServiceSettings)} - {
        "database"
    }


# --- which file ------------------------------------------------------------------------------------------------------


def test_the_file_is_the_one_named_else_that_of_the_environment_else_that_of_the_folder(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for number, name in enumerate((FILE, "environment.toml", "typed.toml"), start=1):
        Path(name).write_text(f"[serve]\nport = {number}\n")
    assert in_force()["serve.port"] == (1, "file", FILE)
    monkeypatch.setenv("NEXSHIFT_CONFIG", "environment.toml")
    assert in_force()["serve.port"] == (2, "file", "environment.toml")
    assert in_force()["config"] == ("environment.toml", "environment", "NEXSHIFT_CONFIG")
    assert in_force("--config", "typed.toml")["serve.port"] == (3, "file", "typed.toml")


def test_a_path_in_the_file_is_meant_from_the_files_folder() -> None:
    Path("etc").mkdir()
    Path("etc/plant.toml").write_text('db = "plant.db"\n')
    assert in_force("--config", "etc/plant.toml")["db"][0] == str(Path("etc", "plant.db"))
    Path("etc/plant.toml").write_text('db = "/var/lib/plant.db"\n')
    assert in_force("--config", "etc/plant.toml")["db"][0] == "/var/lib/plant.db"


def test_a_file_that_is_named_must_be_there(program: Program) -> None:
    done = program("--config", "missing.toml", "config")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines() == [
        "Error: the configuration file missing.toml cannot be read: no such file or directory",
        "Hint: name another one with --config FILE before the command, or unset NEXSHIFT_CONFIG",
    ]


def test_a_byte_order_mark_is_no_fault() -> None:
    Path(FILE).write_bytes("\ufeff[serve]\nport = 1\n".encode())
    assert in_force()["serve.port"][0] == 1


# --- what a file may say ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "sentence", "hint"),
    [
        (
            "[serve]\n\nprot = 1\n",
            'line 3: there is no option "serve.prot"',
            "did you mean port? [serve] takes: host, ",
        ),
        ("[serve]\nrate_limit = 1\n", 'line 2: there is no option "serve.rate_limit"', "did you mean rate-limit? "),
        ("dB = 1\n", 'line 1: there is no option "dB"', "did you mean db? a table is named after a command"),
        (
            "port = 1\n",
            'line 1: there is no option "port"',
            "did you mean port in the table [serve]? a table is named ",
        ),
        ('config = "x"\n', 'line 1: there is no option "config"', "a table is named after a command"),
        ("# a\n[sevre]\nport = 1\n", 'line 2: there is no table "sevre"', "did you mean serve? "),
        (
            "[key]\nname = 'x'\n",
            'line 2: there is no option "key.name"',
            "did you mean name in the table [key.create]? ",
        ),
        ("[key.crate]\n", 'line 1: there is no table "key.crate"', "did you mean create? "),
        ("serve = 1\n", "line 1: serve is a command, and must be a table: [serve]", ""),
        ("[[serve]]\nport = 1\n", "serve is a command, and must be a table: [serve]", ""),
        ("[serve.port]\nx = 1\n", "line 1: serve.port must be a whole number, not a table", ""),
        ('[serve]\nport = "8080"\n', 'line 2: serve.port must be a whole number, not the text "8080"', ""),
        ("[serve]\nport = 80.5\n", "line 2: serve.port must be a whole number, not 80.5", ""),
        ("[serve]\nworkers = true\n", "line 2: serve.workers must be a whole number, not true", ""),
        ("[serve]\nworkers = 0\n", "line 2: serve.workers: 0 is not in the range 1<=x<=64.", ""),
        ("[serve]\nhost = 1\n", "line 2: serve.host must be a text, not 1", ""),
        ('[serve]\nhost = ""\n', "line 2: serve.host must be a text, not an empty text", ""),
        ('[serve]\ncors = "http://a"\n', 'line 2: serve.cors must be a list of texts, not the text "http://a"', ""),
        ("[serve]\ncors = [1]\n", "line 2: serve.cors must be a list of texts, not a list", ""),
        ("[import]\ncreate = 1\n", "line 2: import.create must be true or false, not 1", ""),
        ('[import]\nas = "rnus"\n', "line 2: import.as: 'rnus' is not one of 'sites', ", ""),
        ("[serve]\nport 1\n", "line 2: this is not TOML: expected '=' after a key", "see https://toml.io"),
        ("[serve]\nport = 1\nport = 2\n", "line 3: this is not TOML: cannot overwrite a value", "see https"),
        ('db = "C:\\plant"\n', "line 1: this is not TOML: ", "write a Windows path in single quotes"),
        ("x = " + "[" * 5000, "this is not TOML: maximum recursion depth", "see https://toml.io"),
        ("[serve]\nport = " + "9" * 5000, "this is not TOML: exceeds the limit", "see https://toml.io"),
        (b"[serve]\nhost = '\xff'\n", "line 2: this is not UTF-8 text", "save the file as UTF-8"),
    ],
)
def test_a_slip_in_the_file_is_one_sentence_with_its_line(text: str | bytes, sentence: str, hint: str) -> None:
    said, hinted = refusal(text)
    assert said.startswith(f"{FILE}: {sentence}")
    assert hinted.startswith(hint)
    assert bool(hinted) == bool(hint)


@pytest.mark.parametrize("command", [["serve"], ["check"], ["key", "list"]])
def test_a_file_with_a_slip_is_refused_by_every_command(command: list[str]) -> None:
    refusal("[serve]\nprot = 1\n", *command)
    assert [file.name for file in Path().iterdir()] == [FILE]


def test_the_length_of_a_file_is_bounded() -> None:
    line = "# a remark\n"
    full = (line * (MAX_CONFIG_BYTES // len(line) + 1))[: MAX_CONFIG_BYTES - 1] + "\n"
    Path(FILE).write_text(full)
    assert in_force()["serve.port"] == (ServiceSettings.port, "default", None)
    sentence, hint = refusal(full + "\n")
    assert sentence == f"{FILE} is no configuration file: it is longer than {MAX_CONFIG_BYTES:,} bytes"
    assert "--db" in hint


def test_every_option_can_stand_in_the_file(run: Command) -> None:
    """Of every type, of every command; a value of the wrong one is refused by the option itself."""
    for name, command in COMMANDS.items():
        for option in list_options(command):
            Path(FILE).write_text(f"[{name.replace(' ', '.')}]\n{name_option(option)} = {_example(option)}\n")
            assert in_force()[f"{name.replace(' ', '.')}.{name_option(option)}"][1:] == ("file", FILE)


def test_the_document_shows_the_whole_table_of_serve() -> None:
    document = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    (table,) = re.findall(r"```toml\n(.*?)```", document, re.DOTALL)
    Path(FILE).write_text(table, encoding="utf-8")
    found = {name.removeprefix("serve."): each for name, each in in_force().items() if name.startswith("serve.")}
    defaults = {each.name: each.default for each in fields(ServiceSettings)}
    for option in list_options(serve):
        value, source, _ = found[name_option(option)]
        default = defaults[str(option.name)]
        assert value == (list(default) if default == () else default)
        assert source == ("default" if default is None else "file")
        assert f"{name_option(option)} = " in table


def _example(option: click.Option) -> str:
    if option.multiple:
        return '["a"]'
    if option.is_flag:
        return "true"
    if isinstance(option.type, click.Choice):
        return json.dumps(option.type.choices[0])
    if isinstance(option.type, TimeOfDay):
        return '"02:00"'
    return "1" if isinstance(option.type, click.IntRange) else '"x"'


# --- environment -----------------------------------------------------------------------------------------------------


def test_a_bad_value_in_the_environment_is_named_with_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEXSHIFT_SERVE_PORT", "http")
    for command in ("serve", "config"):
        result = type_command(command)
        assert result.exit_code == 2
        assert (
            "Error: Invalid value for NEXSHIFT_SERVE_PORT in the environment: 'http' is not a valid whole number."
            in result.stderr
        )


def test_a_variable_that_sets_nothing_is_told_of(
    monkeypatch: pytest.MonkeyPatch, plant: Path, program: Program
) -> None:
    for name in ("NEXSHIFT_SERVE_PROT", "NEXSHIFT_SERVE_XYZ", "NEXSHIFT_SERVICE_HOST", "NEXSHIFT_PORT"):
        monkeypatch.setenv(name, "1")
    sentences = [
        "NEXSHIFT_SERVE_PROT in the environment sets no option of serve; did you mean NEXSHIFT_SERVE_PORT?",
        "NEXSHIFT_SERVE_XYZ in the environment sets no option of serve",
    ]
    result = type_command("config", "--json")
    assert (result.exit_code, result.stderr.splitlines()) == (0, sentences)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = program("--db", plant, "serve", "--port", str(taken.getsockname()[1]))
    assert done.stderr.splitlines()[:2] == sentences


def test_a_bad_value_on_the_command_line_is_named_with_its_option(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEXSHIFT_SERVE_PORT", "1")
    assert "Invalid value for '--port': 'http'" in type_command("serve", "--port", "http").stderr


# --- nexshift config -------------------------------------------------------------------------------------------------


def test_the_table_says_what_is_in_force_and_from_where(monkeypatch: pytest.MonkeyPatch) -> None:
    Path(FILE).write_text('[serve]\nport = 8443\ncors = ["http://a", "http://b"]\n[import]\ncreate = true\n')
    monkeypatch.setenv("NEXSHIFT_SERVE_WORKERS", "2")
    rows = [" ".join(line.split()) for line in type_command("--db", "plant.db", "config").stdout.splitlines()]
    assert rows[:4] == [
        "OPTION VALUE FROM",
        "db plant.db command line",
        f"config {FILE} default",
        f"import.create true file {FILE}",
    ]
    for row in (
        "serve.host 127.0.0.1 default",
        f"serve.port 8443 file {FILE}",
        "serve.workers 2 environment NEXSHIFT_SERVE_WORKERS",
        f"serve.cors http://a, http://b file {FILE}",
    ):
        assert row in rows


def test_help_says_how_values_are_found() -> None:
    text = inspect.cleandoc(nexshift.help or "")
    assert "environment variable or in a configuration file" in text
