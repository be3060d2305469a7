"""Programs whose SQLite can lose rows write one after the other; real processes, some of them killed.

`system` is the SQLite of the Python that runs the tests; where that is sound, tests of an older library are skipped.
"""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from nexshift.storage.companies import add_company
from nexshift.storage.connection import Mode, create_database
from nexshift.storage.integrity import check
from nexshift.storage.turns import is_sound
from tests.other_user import NOBODY

ROOT = Path(__file__).parents[2]
HOLD = """
import sys
from pathlib import Path
from nexshift.storage.connection import open_writer
connection = open_writer(Path(sys.argv[1]))
print("open", flush=True)
sys.stdin.readline()
connection.close()
print("closed", flush=True)
sys.stdin.readline()
"""
ADD = HOLD.replace(
    "print", "from nexshift.storage.companies import add_company; add_company(connection, 'Other', 'UTC'); print", 1
)
READ = """
import sys
from contextlib import closing
from pathlib import Path
from nexshift.storage.connection import Mode, open_known
with closing(open_known(Path(sys.argv[1]), Mode(sys.argv[2]))) as connection:
    print(connection.execute("SELECT count(*) FROM company").fetchone())
"""
# The command line, which waits for others but a moment.
IMPATIENT = """
import nexshift.storage.turns
nexshift.storage.turns.WRITE_BUSY_TIMEOUT_MS = 100
from nexshift.cli import main
main()
"""
BUSY = "is being written by another program; nothing was changed\n"


def environment(library: str) -> dict[str, str]:
    return os.environ | {"NEXSHIFT_SQLITE": library}


def has_older_library() -> bool:
    code = "from nexshift.storage.turns import is_sound; print(is_sound())"
    command = [sys.executable, "-c", code]
    return subprocess.run(command, env=environment("system"), capture_output=True, check=True).stdout == b"False\n"


needs_older_library = pytest.mark.skipif(not has_older_library(), reason="the SQLite of this Python is sound")


class Holder:
    """A program that has the database open to write."""

    def __init__(self, path: Path, library: str, code: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", code, str(path)],
            env=environment(library),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.expect("open")

    def expect(self, word: str) -> None:
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == f"{word}\n"

    def close(self) -> None:
        """It closes the database and stays."""
        assert self.process.stdin is not None
        print(file=self.process.stdin, flush=True)
        self.expect("closed")


@contextmanager
def holding(path: Path, library: str, code: str = HOLD) -> Iterator[Holder]:
    holder = Holder(path, library, code)
    try:
        yield holder
    finally:
        holder.process.kill()
        holder.process.communicate()


def run(library: str, path: Path, *arguments: str, **settings: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # type: ignore[call-overload, no-any-return]
        [sys.executable, "-c", IMPATIENT, "--db", str(path), *arguments],
        env=environment(library),
        cwd=path.parent,
        capture_output=True,
        text=True,
        check=False,
        **settings,
    )


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "plant.db"
    connection = create_database(file)
    add_company(connection, "Acme", "UTC")
    connection.close()
    (tmp_path / "sites.csv").write_text("name\nBrisbane\n")
    return file


WRITES = {
    "import": ("import", "sites.csv"),
    "delete": ("delete", "sites", "sites.csv"),
    "key create": ("key", "create", "--name", "x"),
    "key revoke": ("key", "revoke", "1"),
    "key rotate": ("key", "rotate", "1"),
    "restore": ("restore", "copy.db"),
}
READS = {
    "key list": ("key", "list"),
    "check": ("check",),
    "backup": ("backup", "other.db"),
    "export": ("export", "production_runs", "runs.csv"),
}


@needs_older_library
@pytest.mark.parametrize("command", WRITES.values(), ids=WRITES)
def test_what_writes_waits_for_its_turn(path: Path, command: tuple[str, ...]) -> None:
    for before in (("import", "sites.csv"), ("key", "create", "--name", "first"), ("backup", "copy.db")):
        assert run("system", path, *before).returncode == 0
    with holding(path, "system") as holder:
        refused = run("system", path, *command)
        assert refused.returncode == 1, refused
        assert refused.stderr.startswith(f"Error: {path} {BUSY}")
        holder.close()
        done = run("system", path, *command)
        assert (done.returncode, done.stderr.count("Error")) == (0, 0), done


@needs_older_library
@pytest.mark.parametrize("command", READS.values(), ids=READS)
def test_what_reads_waits_for_nobody(path: Path, command: tuple[str, ...]) -> None:
    with holding(path, "system"):
        done = run("system", path, *command)
        assert done.returncode == 0, done


@needs_older_library
def test_who_reads_copies_the_log_only_where_nobody_else_has_the_database_open(path: Path) -> None:
    """So it needs no turn; and whoever may only read the file never copies the log."""
    log = path.with_name("plant.db-wal")

    def read(mode: Mode) -> tuple[bytes, bytes | None]:
        command = [sys.executable, "-c", READ, str(path), mode]
        done = subprocess.run(command, env=environment("system"), capture_output=True, check=True)
        assert done.stdout == b"(2,)\n"
        return path.read_bytes(), log.read_bytes() if log.exists() else None

    with holding(path, "system", ADD) as holder:
        before = path.read_bytes(), log.read_bytes()
        assert [read(mode) for mode in (Mode.READ, Mode.WRITE)] == [before, before]
        holder.process.kill()
        holder.process.wait()
        assert read(Mode.READ) == before
        database, left = read(Mode.WRITE)
        assert (database != before[0], left) == (True, None)


@needs_older_library
def test_a_turn_ends_with_its_process(path: Path) -> None:
    with holding(path, "system") as holder:
        os.kill(holder.process.pid, signal.SIGKILL)
        assert holder.process.wait() == -signal.SIGKILL
        assert run("system", path, "import", "sites.csv").returncode == 0


@needs_older_library
@pytest.mark.parametrize(("first", "second", "is_refused"), [
    ("system", "pysqlite3", True), ("pysqlite3", "system", True), ("pysqlite3", "pysqlite3", False),
])  # fmt: skip
def test_a_sound_library_waits_for_an_older_one_alone(path: Path, first: str, second: str, *, is_refused: bool) -> None:
    with holding(path, first):
        assert run(second, path, "import", "sites.csv").returncode == is_refused


@needs_older_library
def test_databases_of_other_folders_are_written_meanwhile(path: Path, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    with holding(path, "system"):
        begun = run("system", tmp_path / "other" / "plant.db", "init", "--company", "Acme", "--timezone", "UTC")
        assert (begun.returncode, begun.stderr.count("Error")) == (0, 0)


@needs_older_library
def test_a_link_to_a_database_is_the_same_database(path: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    link = tmp_path / "elsewhere" / "link.db"
    link.symlink_to(path)
    with holding(path, "system"):
        assert run("system", link, "key", "create", "--name", "x").returncode == 1


@needs_older_library
def test_many_programs_at_once_all_write(path: Path) -> None:
    with ExitStack() as stack:
        command = [sys.executable, "-m", "nexshift", "--db", str(path), "key", "create", "--name", "x"]
        started = [subprocess.Popen(command, env=environment("system"), stdout=subprocess.PIPE) for _ in range(6)]
        for each in started:
            stack.callback(each.kill)
            each.communicate()
        assert [each.returncode for each in started] == [0] * 6
    listed = run("system", path, "key", "list", "--json")
    assert listed.stdout.count('"name"') == 6
    assert check(path) == []


@needs_older_library
def test_a_thread_waits_for_another_and_not_for_itself(path: Path) -> None:
    """A restore has several connections open."""
    code = """
import sys, threading
from pathlib import Path
from nexshift.storage import turns
from nexshift.storage.library import sqlite3
turns.WRITE_BUSY_TIMEOUT_MS = 100
def take():
    try:
        return turns.take_turn(Path(sys.argv[1]))
    except sqlite3.OperationalError as error:
        return str(error)
first = take()
assert take() is first
found = []
def look():
    turn = take()
    found.append(turn if isinstance(turn, str) else None)
def look_in_thread():
    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
look_in_thread()
del first
look_in_thread()
print(found)
"""
    command = [sys.executable, "-c", code, str(path)]
    looked = subprocess.run(command, env=environment("system"), capture_output=True, text=True, check=False)
    assert (looked.stderr, looked.stdout) == ("", "['database is locked', None]\n")


@needs_older_library
@pytest.mark.skipif(os.geteuid() != 0, reason="a folder of another user needs the rights of root")
def test_a_folder_that_cannot_be_locked_is_named(path: Path) -> None:
    path.parent.chmod(stat.S_IWUSR | stat.S_IXUSR)  # whoever may not read it cannot lock it
    for each in (path.parent, *path.parent.iterdir()):
        os.chown(each, NOBODY, NOBODY)
    for parent in path.parent.parents[:2]:
        parent.chmod(parent.stat().st_mode | stat.S_IXOTH)
    command = [sys.executable, "-m", "tests.other_user", "--db", str(path), "key", "create", "--name", "x"]
    done = subprocess.run(command, env=environment("system"), cwd=ROOT, capture_output=True, text=True, check=False)
    sentence, hint = done.stderr.splitlines()
    assert sentence.startswith(f"Error: {path.parent} cannot be locked (Permission denied), and SQLite 3.")
    assert hint == "Hint: install the package pysqlite3, or use Nexshift's single file, which both bring a newer SQLite"


@needs_older_library
def test_check_says_what_an_older_library_gets_wrong(path: Path) -> None:
    done = run("system", path, "check")
    assert (done.returncode, done.stdout) == (0, "OK\n")
    (line,) = done.stderr.splitlines()
    assert line.startswith("Warning: SQLite 3.")
    assert "can lose records when two programs write to the database at the same moment" in line
    assert "install the package pysqlite3 or use Nexshift's single file" in line
    assert run("pysqlite3", path, "check").stderr == ""


@pytest.mark.parametrize(("version", "expected"), [
    ((3, 40, 1), False), ((3, 44, 5), False), ((3, 44, 6), True), ((3, 45, 0), False), ((3, 50, 6), False),
    ((3, 50, 7), True), ((3, 51, 0), False), ((3, 51, 2), False), ((3, 51, 3), True), ((3, 53, 4), True),
    ((4, 0, 0), True),
])  # fmt: skip
def test_which_versions_are_sound(version: tuple[int, ...], *, expected: bool) -> None:
    """As https://www.sqlite.org/wal.html#walresetbug lists them."""
    assert is_sound(version) == expected


def list_open() -> set[str]:
    return {str(each.readlink()) for each in Path("/proc/self/fd").iterdir() if each.is_symlink()}


def test_a_connection_that_is_closed_has_no_turn(path: Path) -> None:
    before = list_open()
    create_database(path).close()
    threads = [threading.Thread(target=lambda: create_database(path).close()) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert list_open() == before
