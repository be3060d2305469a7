"""Whatever goes wrong: one sentence, a hint, an exit code, nothing changed, and no traceback."""

from __future__ import annotations

import errno
import os
import resource
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import click
import pytest

from nexshift.cli import companies
from nexshift.cli.failures import Terminated
from nexshift.storage import connection
from nexshift.storage.library import sqlite3
from tests.cli.conftest import Command, Program

# Each command that opens the database; `{here}` is a folder that exists.
OPENING = [
    ["init", "--company", "Acme"],
    ["import", "sites.csv"],
    ["delete", "sites", "sites.csv"],
    ["key", "create", "--name", "x"],
    ["key", "list"],
    ["key", "revoke", "1"],
    ["key", "rotate", "1"],
    ["serve", "--port", "0"],
    ["backup", "copy.db"],
    ["check"],
]
READING = [command for command in OPENING if command[0] != "init"]
NAMES = {"argvalues": OPENING, "ids": lambda command: "-".join(command[:2])}
READING_NAMES = NAMES | {"argvalues": READING}


def assert_is_a_refusal(done: subprocess.CompletedProcess[str] | click.testing.Result, sentence: str) -> None:
    exit_code = done.returncode if isinstance(done, subprocess.CompletedProcess) else done.exit_code
    first, *rest = done.stderr.splitlines()
    assert exit_code == 1
    assert first.startswith("Error: ")
    assert sentence in first
    assert [line[:6] for line in rest] == ["Hint: "]
    assert done.stdout == ""


# --- the file is not a database ----------------------------------------------------------------------------------


@pytest.mark.parametrize("command", **NAMES)
def test_a_folder_is_no_database(run: Command, path: Path, command: list[str]) -> None:
    path.mkdir()
    assert_is_a_refusal(run(*command), f"{path} is a folder, not a database file")
    assert list(path.iterdir()) == []


@pytest.mark.parametrize("command", **NAMES)
def test_a_text_file_is_no_database(run: Command, path: Path, command: list[str]) -> None:
    path.write_text("machine,started_at\n" * 300)
    assert_is_a_refusal(run(*command), f"{path} is not a database")
    assert path.read_text() == "machine,started_at\n" * 300
    assert list(Path().iterdir()) == [Path(path.name)]


@pytest.mark.parametrize("command", **NAMES)
def test_another_programs_database_is_left_alone(run: Command, path: Path, command: list[str]) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE bookmark (url)")
    connection.close()
    before = path.read_bytes()
    assert_is_a_refusal(run(*command), "is an SQLite database, but not one of Nexshift's")
    assert path.read_bytes() == before


@pytest.mark.parametrize("command", **READING_NAMES)
def test_a_missing_database_is_not_created(run: Command, path: Path, command: list[str]) -> None:
    result = run(*command)
    assert_is_a_refusal(result, f"there is no database at {path}")
    assert f'nexshift --db {path} init --company "NAME"' in result.stderr
    assert list(Path().iterdir()) == []


@pytest.mark.parametrize("command", **NAMES)
def test_a_missing_folder_is_a_sentence(run: Command, path: Path, command: list[str]) -> None:
    assert_is_a_refusal(run("--db", path / "below" / "plant.db", *command), "plant.db cannot be ")


@pytest.mark.parametrize("command", **NAMES)
@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="needs a file that is there and cannot be read")
def test_a_file_that_cannot_be_read_is_a_sentence(run: Command, command: list[str]) -> None:
    assert_is_a_refusal(run("--db", "/proc/self/mem", *command), "/proc/self/mem cannot be read or written")


@pytest.fixture
def as_nobody(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of a user who is not root, and this process as that user; root may read and write everything."""
    import nexshift.web.server  # noqa: F401 (nobody may not read the program's files, if those are root's)

    before = os.geteuid()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        monkeypatch.chdir(folder)
        if before == 0:
            os.chown(folder, 65534, 65534)
            os.seteuid(65534)
        yield folder
        os.seteuid(before)
        folder.chmod(0o700)


@pytest.fixture
def nobodys(run: Command, as_nobody: Path) -> Path:
    database = as_nobody / "plant.db"
    assert run("--db", database, "init", "--company", "Acme").exit_code == 0
    return database


@pytest.mark.parametrize("command", **NAMES)
def test_a_file_without_permission_is_a_sentence(run: Command, nobodys: Path, command: list[str]) -> None:
    nobodys.chmod(0)
    assert_is_a_refusal(run("--db", nobodys, *command), f"{nobodys} cannot be opened")


@pytest.mark.parametrize("command", **NAMES)
def test_a_folder_that_one_may_not_look_into_is_a_sentence(run: Command, nobodys: Path, command: list[str]) -> None:
    nobodys.parent.chmod(0)
    assert_is_a_refusal(run("--db", nobodys, *command), f"{nobodys} cannot be ")


def test_a_file_that_may_only_be_read_is_not_written(run: Command, nobodys: Path) -> None:
    nobodys.chmod(0o400)
    result = run("--db", nobodys, "key", "create", "--name", "x")
    assert_is_a_refusal(result, f"{nobodys} cannot be written")


def test_a_folder_that_may_not_be_written_takes_no_database_and_no_backup(run: Command, nobodys: Path) -> None:
    nobodys.parent.chmod(0o500)
    new = nobodys.parent / "new.db"
    assert_is_a_refusal(run("--db", new, "init", "--company", "x"), f"{new} cannot be created: permission denied")
    assert_is_a_refusal(run("--db", nobodys, "key", "create", "--name", "x"), f"{nobodys} cannot be ")


@pytest.mark.parametrize("command", **NAMES)
@pytest.mark.skipif(not Path("/dev/null").exists(), reason="needs a device")
def test_a_device_is_no_database(run: Command, command: list[str]) -> None:
    assert_is_a_refusal(run("--db", "/dev/null", *command), "/dev/null is not a file")


def test_a_damaged_database_is_a_sentence(run: Command, plant: Path) -> None:
    content = bytearray(plant.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    plant.write_bytes(content)
    for command in (["key", "list"], ["check"], ["backup", "copy.db"], ["import", "sites.csv"]):
        assert_is_a_refusal(run(*command), f"{plant} is damaged")


# --- the disk is full --------------------------------------------------------------------------------------------


def no_room() -> None:
    """As on a disk on which no file can grow beyond 100 kB; the write fails, it does not kill."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))


def test_a_disk_without_room_leaves_everything_as_it_was(program: Program, run: Command, plant: Path) -> None:
    before = plant.read_bytes()
    Path("sites.csv").write_text("name\n" + "".join(f"Site {number}\n" for number in range(5000)))
    files = sorted(Path().iterdir())

    for command in (["import", "sites.csv"], ["backup", "copy.db"], ["--db", "new.db", "init", "--company", "x"]):
        done = program(*command, preexec_fn=no_room)
        assert_is_a_refusal(done, "nothing was changed")
    assert sorted(Path().iterdir()) == files
    assert plant.read_bytes() == before
    assert run("check").stdout == "OK\n"


def test_an_output_without_room_is_a_sentence(program: Program, plant: Path) -> None:
    with Path("/dev/full").open("w") as full:
        done = program("key", "list", "--json", stdout=full, capture_output=False, stderr=subprocess.PIPE)
    assert done.returncode == 1
    assert done.stderr.startswith("Error: standard output cannot be written: no space left on device\nHint: ")


def test_a_reader_that_has_enough_is_no_failure(program: Program, plant: Path) -> None:
    read_end, write_end = os.pipe()
    os.close(read_end)
    done = program("key", "list", "--json", stdout=write_end, capture_output=False, stderr=subprocess.PIPE)
    os.close(write_end)
    assert done.stderr == ""


# --- another program is writing ----------------------------------------------------------------------------------


def test_a_database_that_another_program_writes_to_is_a_sentence(
    run: Command, plant: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "WRITE_BUSY_TIMEOUT_MS", 10)
    other = sqlite3.connect(plant, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    for command in (["key", "create", "--name", "x"], ["import", "sites.csv"], ["init", "--company", "Bolt"]):
        result = run(*command)
        assert_is_a_refusal(result, f"{plant} is being written by another program; nothing was changed")
    for command in (["key", "list"], ["check"], ["backup", "copy.db"]):  # these only read
        assert run(*command).exit_code == 0
    other.execute("ROLLBACK")
    other.close()


# --- stopped -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stop", "exit_code"),
    [(KeyboardInterrupt(), 130), (Terminated(signal.SIGTERM), 143), (Terminated(signal.SIGHUP), 129)],
)
def test_a_stopped_command_changes_nothing(
    run: Command, monkeypatch: pytest.MonkeyPatch, stop: KeyboardInterrupt, exit_code: int
) -> None:
    def add_and_stop(*_: object) -> NoReturn:
        raise stop

    monkeypatch.setattr(companies, "add_company", add_and_stop)
    result = run("init", "--company", "Acme")
    assert result.exit_code == exit_code
    assert result.stderr == "Error: stopped before it was done\n"
    assert list(Path().iterdir()) == []


WAITING_IMPORT = """
import sys, time
from nexshift.storage import importing
from nexshift.cli import main, records
from pathlib import Path

def import_and_wait(connection, *arguments, **settings):
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("INSERT INTO company (name, timezone, created_at) VALUES ('half', 'UTC', 0)")
    print("begun", flush=True)
    time.sleep(60)

records.import_paths = import_and_wait
main()
"""


@pytest.mark.parametrize(("number", "exit_code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_signal_during_a_write_undoes_it(run: Command, plant: Path, number: signal.Signals, exit_code: int) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", WAITING_IMPORT, "--db", plant, "import", "sites.csv"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "begun\n"
    process.send_signal(number)
    _, errors = process.communicate(timeout=30)
    assert (process.returncode, errors) == (exit_code, "Error: stopped before it was done\n")
    result = run("key", "create", "--name", "x")  # with one company only, none need be named
    assert result.exit_code == 0


# --- our own faults ----------------------------------------------------------------------------------------------


def fail(error: BaseException) -> NoReturn:
    raise error


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (KeyError("x"), "a fault in Nexshift itself, not in what you typed (KeyError: 'x')"),
        (sqlite3.OperationalError("no such table: x"), "a fault in Nexshift itself"),
        (RecursionError(), "a fault in Nexshift itself"),
        (PermissionError(errno.EACCES, "Permission denied", "/etc/x"), "/etc/x: permission denied"),
        (OSError(errno.ENOSPC, "No space left on device"), "the disk is full"),
        (OSError(errno.EIO, "Input/output error"), "the system refused: input/output error"),
    ],
)
def test_an_unexpected_error_is_a_sentence(
    run: Command, monkeypatch: pytest.MonkeyPatch, error: Exception, sentence: str
) -> None:
    monkeypatch.setattr(companies, "load_zone", lambda _: fail(error))
    assert_is_a_refusal(run("init", "--company", "Acme"), sentence)


def test_a_fault_of_ours_is_shown_in_full_on_request(run: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(companies, "load_zone", lambda _: fail(KeyError("x")))
    monkeypatch.setenv("NEXSHIFT_DEBUG", "1")
    result = run("init", "--company", "Acme")
    assert result.exit_code == 1
    assert "Traceback (most recent call last)" in result.stderr


def test_a_name_that_the_terminal_cannot_show_is_no_failure(program: Program, plant: Path) -> None:
    western = os.environ | {"PYTHONIOENCODING": "latin-1", "PYTHONUTF8": "0"}
    done = program("init", "--company", "Łódź", env=western, encoding="latin-1")
    assert done.returncode == 0
    assert 'the company "\\u0141ód\\u017a"' in done.stdout


@pytest.mark.parametrize("command", ["import", "delete"])
def test_standard_input_may_be_closed_where_no_command_reads_it(program: Program, plant: Path, command: str) -> None:
    arguments = ["import", "sites.csv"] if command == "import" else ["delete", "sites", "sites.csv", "--dry-run"]

    done = program(*arguments, preexec_fn=lambda: os.close(0))

    assert (done.returncode, done.stderr) == (0, "")


def test_standard_input_that_is_closed_is_said_to_be(program: Program, plant: Path) -> None:
    done = program("import", "-", "--as", "sites", preexec_fn=lambda: os.close(0))

    assert (done.returncode, done.stderr) == (1, "Error: standard input is closed\nHint: pipe a file into it\n")
