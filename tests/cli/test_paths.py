"""Whatever is typed as a path, a command answers with one sentence, and never that the fault is its own."""

from __future__ import annotations

import gzip
import os
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nexshift.storage.library import sqlite3
from tests.cli.conftest import Command, Program

PLACE = "PATH"
COMMANDS = {
    "backup": ("backup", PLACE),
    "restore": ("restore", PLACE),
    "export": ("export", "--format", "csv", "safety_incidents", PLACE),
    "replace": ("export", "--replace", "--format", "csv", "safety_incidents", PLACE),
    "import": ("import", PLACE),
    "import as": ("import", "--as", "sites", PLACE),
    "delete": ("delete", "sites", PLACE),
    "check": ("--db", PLACE, "check"),
    "key list": ("--db", PLACE, "key", "list"),
    "key create": ("--db", PLACE, "key", "create", "--name", "a"),
    "init": ("--db", PLACE, "init", "--company", "A"),
    "export from": ("--db", PLACE, "export", "safety_incidents", "-"),
    "import into": ("--db", PLACE, "import", "sites.csv"),
    "back up": ("--db", PLACE, "backup", "never.db"),
    "service": ("--db", PLACE, "service"),
    "config": ("--config", PLACE, "config"),
    "certificate": ("serve", "--tls-cert", PLACE, "--tls-key", "k.pem"),
    "backups": ("serve", "--backup-dir", PLACE, "--port", "1", "--host", "203.0.113.1"),
}
FOLDERS = ("", ".", "/", "..", "./", "./.", "../", "//", "a/..", "/proc", "folder", "folder/")
NO_FILES = (
    "/dev/null",
    "/dev/full",
    "/proc/self/mem",
    "plant.db/x",
    "nowhere/x",
    "x" * 250,
    "x" * 300,
    "x/" * 3000,
    "\udcff\udcfe.db",
)
NAMES = [
    *FOLDERS,
    *NO_FILES,
    "plant.db",
    "plant.db-wal",
    "utf16.db",
    "gzip.db",
    "loop",
    "-",
    "--",
    "~",
    "a\nb",
    "\x1b[2J",
]


@pytest.fixture
def crowded(plant: Path) -> Path:
    """The plant's folder with much else that a name may lead to."""
    with closing(sqlite3.connect("utf16.db")) as connection:
        connection.execute("PRAGMA encoding = 'UTF-16'")
        connection.execute("CREATE TABLE a (b)")
        connection.commit()
    Path("gzip.db").write_bytes(gzip.compress(plant.read_bytes()))
    Path("loop").symlink_to("loop")
    Path("folder").mkdir()
    os.mkfifo("pipe")
    return plant


def write(command: str, path: str) -> list[str]:
    return [path if word == PLACE else word for word in COMMANDS[command]]


def say(run: Command, command: str, path: str) -> str:
    """What the command says; one sentence where it refuses."""
    result = run(*write(command, path))
    said = result.stderr
    assert "a fault in Nexshift itself" not in said, (command, path, said)
    assert "Traceback" not in said
    assert ".partial" not in said  # the name of a hidden folder, which nobody has typed
    if result.exit_code:
        assert [line for line in said.splitlines() if line.startswith("Error: ")], (command, path, said)
    return said


@pytest.mark.parametrize("command", COMMANDS)
def test_a_path_that_leads_nowhere_good_is_one_sentence(run: Command, crowded: Path, command: str) -> None:
    before = crowded.read_bytes()
    for path in NAMES:
        if command in {"import into", "import", "import as"} and path in {"plant.db", "folder", "folder/"}:
            continue  # which is what these are for
        say(run, command, path)
    assert crowded.read_bytes()[:16] == before[:16]


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("typed", ["", ".", "/"])
def test_an_empty_name_and_a_folder_are_said_to_be_that(run: Command, plant: Path, command: str, typed: str) -> None:
    if typed and command in {"import", "import as", "backups"}:
        pytest.skip("takes a folder")
    said = say(run, command, typed)
    assert "the name is empty; perhaps a variable is not set" in said if not typed else f"{typed} is a folder" in said


@pytest.mark.parametrize(
    "command", [name for name in COMMANDS if name not in {"import", "import as", "delete", "config"}]
)
def test_nobody_waits_for_a_pipe(program: Program, crowded: Path, command: str) -> None:
    done = program(*write(command, "pipe"), timeout=30)
    assert "a fault in Nexshift itself" not in done.stderr
    assert done.returncode in {1, 2} or command == "service"


@pytest.mark.parametrize("command", ["check", "key list", "key create", "init", "import into", "export from"])
def test_a_database_that_is_none_is_said_to_be_that(run: Command, crowded: Path, command: str) -> None:
    Path("dangling").symlink_to("nowhere.db")
    for name in ("loop", "dangling"):
        assert f"Error: {name} is a link that leads to nothing\n" in say(run, command, name)
    assert "Error: pipe is not a file\n" in say(run, command, "pipe")


@pytest.mark.parametrize("command", ["backup", "export", "replace", "init"])
def test_a_name_that_leaves_no_room_for_what_is_kept_beside_it_is_said_to(
    run: Command, plant: Path, command: str
) -> None:
    before = sorted(Path().iterdir())
    for length in (248, 255, 300):
        said = say(run, command, "x" * length)
        assert f"cannot be created: its name has {length} bytes, and what is kept beside it leaves room for 247" in said
    assert sorted(Path().iterdir()) == before
    assert run(*write(command, "x" * 120)).exit_code == 0


def test_a_database_in_another_encoding_is_another_programs(run: Command, crowded: Path) -> None:
    assert "utf16.db is an SQLite database, but not one of Nexshift's" in say(run, "check", "utf16.db")


def test_a_compressed_database_is_said_to_be_that(run: Command, crowded: Path) -> None:
    for command in ("check", "key list", "restore", "export from"):
        assert "gzip.db is not a database: it is compressed (gzip)" in say(run, command, "gzip.db")


PARTS = st.one_of(
    st.sampled_from(
        [*NAMES, "folder", "plant.db", "sites.csv", "..", ".", "", "~root", "$HOME", "%s", "{0}", "*", "-wal"]
    ),
    st.text(st.characters(blacklist_characters="\0", blacklist_categories=["Cs"]), max_size=8),
)


@settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.sampled_from(sorted(COMMANDS)), st.lists(PARTS, min_size=1, max_size=3), st.sampled_from(["/", "", "-wal"]))
def test_any_path_is_one_sentence(run: Command, crowded: Path, command: str, parts: list[str], joint: str) -> None:
    path = joint.join(parts)
    if not path.startswith("/"):  # nothing is written outside of the test's own folder
        say(run, command, path.replace("..", "."))
