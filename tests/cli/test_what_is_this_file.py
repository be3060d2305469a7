"""Whatever stands where the database should be: `serve` and `check` say in one sentence what it is and what to do."""

from __future__ import annotations

import bz2
import gzip
import lzma
import random
import shutil
import socket
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from nexshift.storage.library import sqlite3
from tests.cli.conftest import Command, Program

RESTORE = "put back a backup with: nexshift restore BACKUP"
MOVE = "stop the service, move the file away, and put back a backup"
NAME = "name a Nexshift database with --db"

# How the file is made of a good one, what is said of it, and what to do.
Case = tuple[Callable[[Path], object], str, str]


def overwrite(at: int, content: bytes) -> Callable[[Path], object]:
    def write(path: Path) -> None:
        with path.open("r+b") as file:
            file.seek(at)
            file.write(content)

    return write


def cut(size: int) -> Callable[[Path], object]:
    return lambda path: path.write_bytes(path.read_bytes()[:size])


def hold(content: bytes) -> Callable[[Path], object]:
    return lambda path: path.write_bytes(content)


def pack(packed: Callable[[bytes], bytes]) -> Callable[[Path], object]:
    return lambda path: path.write_bytes(packed(path.read_bytes()))


def zip_up(path: Path) -> None:
    content = path.read_bytes()
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("plant.db", content)


def run_sql(statement: str) -> Callable[[Path], object]:
    def run(path: Path) -> None:
        connection = sqlite3.connect(path)
        with connection:
            connection.execute(statement)
        connection.close()

    return run


def make_other(path: Path) -> None:
    path.unlink()
    run_sql("CREATE TABLE bookmark (url)")(path)


def make_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


NEWER = "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('nexshift', 'v9_moon', '')"

CASES: dict[str, Case] = {
    "missing": (
        Path.unlink,
        "there is no database at {path}",
        'create it with: nexshift --db {path} init --company "NAME"',
    ),
    "folder": (make_folder, "{path} is a folder, not a database file", "name the file inside it with --db"),
    "empty": (hold(b""), "{path} is an empty file", "delete it"),
    "text": (hold(b"machine,started_at\n" * 99), "{path} is not a database: it is a text file", "nexshift import"),
    "text in UTF-8": (hold("größe\n".encode() * 999), "{path} is not a database: it is a text file", NAME),
    "text from Excel": (hold("größe\n".encode("utf-16")), "{path} is not a database: it is a text file", NAME),
    "gzip": (pack(gzip.compress), "{path} is not a database: it is compressed (gzip)", "unpack it"),
    "bzip2": (pack(bz2.compress), "{path} is not a database: it is compressed (bzip2)", "unpack it"),
    "xz": (pack(lzma.compress), "{path} is not a database: it is compressed (xz)", "unpack it"),
    "zip": (zip_up, "{path} is not a database: it is compressed (zip)", "unpack it"),
    "zeros": (hold(bytes(9999)), "{path} is not a database: it begins with zeros, as after the power went off", MOVE),
    "noise": (
        hold(random.Random(5).randbytes(9999)),
        "{path} is not a database, and nothing that Nexshift knows",
        NAME,
    ),
    "another program's": (make_other, "{path} is an SQLite database, but not one of Nexshift's", "with --db"),
    "newer": (run_sql(NEWER), "{path} was written by a newer version of Nexshift (it has v9_moon)", "use that version"),
    "first byte": (overwrite(0, b"s"), "{path} was a database, and its first bytes are damaged", MOVE),
    "page size": (overwrite(16, b"\x14"), "{path} was a database, and its first bytes are damaged", MOVE),
    "our mark": (overwrite(69, b"x"), "{path} was a Nexshift database, and its first bytes are damaged", MOVE),
    "cut in the header": (cut(50), "{path} was cut off: of a database it has the first 50 bytes", MOVE),
    "cut in a page": (cut(99_999), "{path} was cut off: it has 99999 of {size} bytes", RESTORE),
    "cut by a byte": (lambda path: cut(path.stat().st_size - 1)(path), "{path} was cut off: it has", RESTORE),
    "the schema": (overwrite(100, b"\xff" * 3996), "{path} is damaged", RESTORE),
}


@pytest.fixture
def taken_port() -> Iterator[str]:
    """A port at which no service can start, so that one that is not refused ends at once."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        yield str(taken.getsockname()[1])


def test_a_service_ends_at_a_port_that_is_taken(run: Command, plant: Path, taken_port: str) -> None:
    assert "is in use" in run("serve", "--port", taken_port).stderr


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
@pytest.mark.parametrize("command", [("serve", "--port"), ("check",), ("key", "list"), ("backup", "new.db")])
def test_it_is_said_what_it_is(
    run: Command, plant: Path, taken_port: str, command: tuple[str, ...], case: Case
) -> None:
    if command[0] == "serve":
        command = (*command, taken_port)
    make, sentence, advice = case
    size = plant.stat().st_size
    make(plant)
    before = plant.read_bytes() if plant.is_file() else None

    result = run(*command)

    first, second = result.stderr.splitlines()
    assert first.startswith("Error: " + sentence.format(path=plant, size=size))
    assert second.startswith("Hint: ")
    assert advice.format(path=plant) in second
    assert (result.exit_code, result.stdout) == (1, "")
    assert (plant.read_bytes() if plant.is_file() else None) == before
    assert not Path("new.db").exists()


@pytest.mark.parametrize("name", ["text", "gzip", "first byte", "cut in a page", "cut in the header", "newer", "empty"])
def test_a_copy_that_is_something_else_is_not_put_back(run: Command, plant: Path, name: str) -> None:
    make, sentence, _ = CASES[name]
    copy = plant.with_name("copy.db")
    shutil.copy(plant, copy)
    make(copy)
    result = run("restore", copy)
    assert result.exit_code == 1
    assert sentence.format(path=copy, size=plant.stat().st_size) in result.stderr
    assert "Hint: give another file that `nexshift backup` made" in result.stderr
    assert run("check").stdout == "OK\n"


@pytest.mark.parametrize("name", ["cut in a page", "cut by a byte", "the schema"])
def test_what_is_advised_for_a_damaged_database_works(run: Command, plant: Path, name: str) -> None:
    run("backup", "copy.db")
    CASES[name][0](plant)
    assert run("check").exit_code == 1
    assert run("restore", "copy.db").exit_code == 0
    assert run("check").stdout == "OK\n"


@pytest.mark.parametrize("name", ["first byte", "page size", "our mark", "zeros", "cut in the header", "text"])
def test_what_cannot_be_recognised_is_moved_away_by_hand(run: Command, plant: Path, name: str) -> None:
    run("backup", "copy.db")
    CASES[name][0](plant)
    refused = run("restore", "copy.db")
    assert refused.exit_code == 1
    assert "stop the service, move the file away, and run restore again" in refused.stderr
    plant.rename("moved.db")
    assert run("restore", "copy.db").exit_code == 0
    assert run("check").stdout == "OK\n"


def test_a_program_of_its_own_says_the_same(program: Program, plant: Path, taken_port: str) -> None:
    cut(99_999)(plant)
    for command in (("serve", "--port", taken_port), ("check",)):
        done = program(*command)
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr.startswith(f"Error: {plant} was cut off: it has 99999 of ")
