"""What a service says that may not write where it should, or whose files others may read: real users, real files."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from nexshift.storage.library import sqlite3
from tests.cli.conftest import ROOT, Command
from tests.cli.service import Start
from tests.other_user import NOBODY

pytestmark = pytest.mark.skipif(
    sys.platform == "win32" or os.geteuid() != 0, reason="only root can start a program as another user"
)

Done = subprocess.CompletedProcess[str]
AsNobody = Callable[..., Done]


@pytest.fixture
def database(run: Command) -> Iterator[Path]:
    """Root's database, in root's folder, that everybody may look into."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        assert run("--db", folder / "plant.db", "init", "--company", "Acme").exit_code == 0
        yield folder / "plant.db"


@pytest.fixture
def as_nobody(database: Path) -> AsNobody:
    def run_as_nobody(*arguments: str | Path) -> Done:
        return subprocess.run(
            [sys.executable, "-m", "tests.other_user", "--db", database, *arguments],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    return run_as_nobody


SERVE = ("serve", "--port", "0")


def assert_says(done: Done, sentence: str, advice: str) -> None:
    first, second = done.stderr.splitlines()
    assert (done.returncode, done.stdout) == (1, "")
    assert first == f"Error: {sentence}"
    assert second.startswith("Hint: ")
    assert advice in second


@pytest.mark.parametrize("command", [SERVE, ("check",), ("key", "list"), ("backup", "/tmp/never.db")])
def test_a_database_of_another_user_is_said_to_be_one(
    database: Path, as_nobody: AsNobody, command: tuple[str, ...]
) -> None:
    assert_says(as_nobody(*command), f"{database} cannot be opened: this user may not read it", "chown")


def test_a_service_that_may_not_write_in_the_folder_says_so_when_it_starts(database: Path, as_nobody: AsNobody) -> None:
    folder = database.parent
    os.chown(database, NOBODY, NOBODY)
    sentence = f"this user may not write in {folder}, where SQLite keeps plant.db-wal and plant.db-shm"
    assert_says(as_nobody(*SERVE), sentence, f"chown USER {folder}")


@pytest.mark.parametrize("ending", ["-wal", "-shm"])
def test_a_log_that_another_user_has_left_is_named(database: Path, as_nobody: AsNobody, ending: str) -> None:
    folder = database.parent
    for file in (database, folder):
        os.chown(file, NOBODY, NOBODY)
    connection = sqlite3.connect(database)
    connection.execute("CREATE TABLE x (y)")  # as root, after whom SQLite names the owner of the database
    for other in ("-wal", "-shm"):
        os.chown(f"{database}{other}", 0 if other == ending else NOBODY, NOBODY)
        Path(f"{database}{other}").chmod(0o600)
    sentence = f"{database} cannot be opened: this user may not write {database}{ending}, which another one has made"
    assert_says(as_nobody(*SERVE), sentence, f"chown USER {database}{ending}")
    connection.close()


@pytest.fixture
def read_only(database: Path, tmp_path: Path) -> Iterator[Path]:
    """The same file on a file system that nobody may write to, root included."""
    mount = tmp_path / "mount"
    mount.mkdir()
    bound = subprocess.run(["mount", "--bind", database.parent, mount], check=False, capture_output=True)
    if bound.returncode != 0:
        pytest.skip("nothing may be mounted here")
    subprocess.run(["mount", "-o", "remount,ro,bind", mount], check=True)
    yield mount / database.name
    subprocess.run(["umount", mount], check=True)


def test_a_read_only_file_system_is_refused_when_the_service_starts(run: Command, read_only: Path) -> None:
    result = run("--db", read_only, *SERVE)
    assert result.exit_code == 1
    assert f"Error: this user may not write in {read_only.parent}, where SQLite keeps plant.db-wal" in result.stderr


def test_a_port_that_takes_a_right_is_refused(database: Path, as_nobody: AsNobody) -> None:
    if int(Path("/proc/sys/net/ipv4/ip_unprivileged_port_start").read_text()) < 443:
        pytest.skip("every user may listen at every port here")
    for place in (database, database.parent):
        os.chown(place, NOBODY, NOBODY)
    assert_says(as_nobody("serve", "--port", "81"), "this user may not listen at port 81", "--port 8080")


def test_what_others_may_read_is_a_warning_and_no_refusal(run: Command, database: Path) -> None:
    database.chmod(0o644)
    warning = f"Warning: every user of this machine can read {database}; make it yours alone: chmod 600 {database}\n"
    sites = Path("sites.csv")
    sites.write_text("name\nBrisbane\n")
    for command in (("init", "--company", "Bolt"), ("import", "--company", "Acme", sites)):
        result = run("--db", database, *command)
        assert (result.exit_code, result.stderr) == (0, warning)
    database.chmod(0o600)
    assert run("--db", database, "import", "--company", "Acme", sites).stderr == ""


def test_a_service_whose_database_others_may_read_says_so_in_its_log(start: Start, database: Path) -> None:
    database.chmod(0o644)
    service = start("--db", database, *SERVE)
    service.process.terminate()
    _, log = service.process.communicate(timeout=30)
    assert f"every user of this machine can read {database}; make it yours alone" in log
