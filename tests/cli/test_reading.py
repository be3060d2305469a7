"""What only reads leaves every byte as it was, of the database and of all that stands beside it."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from nexshift.storage.checksum import checksum_path, make_checksum, verify
from nexshift.storage.library import sqlite3
from tests.cli.conftest import ROOT, Command
from tests.other_user import NOBODY

RELEASED = ROOT / "tests/storage/released"
FILES = {
    "sites.csv": "name,location\nBrisbane,Moved\nNew,\n",
    "wrong.csv": "name,location\n,nowhere\nBrisbane,Moved\n",
    "gone.csv": "name\nDandenong\n",
}
COMMANDS = {
    "key list": ("key", "list"),
    "key list --json": ("key", "list", "--json"),
    "import --dry-run": ("import", "--dry-run", "in/sites.csv"),
    "import --dry-run --create": ("import", "--dry-run", "--create", "in/sites.csv"),
    "import --dry-run --skip-bad": ("import", "--dry-run", "--skip-bad", "--as", "sites", "in/wrong.csv"),
    "delete --dry-run": ("delete", "--dry-run", "sites", "in/gone.csv"),
    "export to standard output": ("export", "safety_incidents", "-"),
    "export to a file": ("export", "safety_incidents", "out/incidents.csv"),
    "export to a workbook": ("export", "safety_incidents", "out/incidents.xlsx"),
    "check": ("check",),
    "config": ("config",),
    "service": ("service",),
    "backup": ("backup", "out/copy.db"),
}
REFUSED = re.compile("there is no site with this name|other rows refer to this site")  # in a plant with other records
AFTER = {"import --dry-run --skip-bad": 3}  # exit codes other than 0


def as_copy(plant: Path, place: Path, run: Command) -> None:
    assert run("backup", place).exit_code == 0


def as_idle(plant: Path, place: Path, run: Command) -> None:
    """As the last command leaves a database that is in use."""
    shutil.copyfile(plant, place)


def as_left(plant: Path, place: Path, run: Command) -> None:
    """With a log that nobody has open, as after a crash, or as somebody copies both files."""
    connection = sqlite3.connect(plant)
    connection.execute("UPDATE site SET location = 'in the log' WHERE name = 'Brisbane'")
    connection.commit()
    for ending in ("", "-wal"):
        shutil.copyfile(f"{plant}{ending}", f"{place}{ending}")
    connection.close()


def as_crashed(plant: Path, place: Path, run: Command) -> None:
    """The same with the index of the log."""
    connection = sqlite3.connect(plant)
    connection.execute("UPDATE site SET location = 'in the log' WHERE name = 'Brisbane'")
    connection.commit()
    for ending in ("", "-wal", "-shm"):
        shutil.copyfile(f"{plant}{ending}", f"{place}{ending}")
    connection.close()


def as_earlier(plant: Path, place: Path, run: Command) -> None:
    """A copy that an earlier version has made, with its checksum."""
    place.write_bytes(gzip.decompress((RELEASED / "v1/plant.db.gz").read_bytes()))
    checksum_path(place).write_bytes(make_checksum(place, place.name))


def as_earlier_in_use(plant: Path, place: Path, run: Command) -> None:
    as_earlier(plant, place, run)
    connection = sqlite3.connect(place)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.close()
    checksum_path(place).write_bytes(make_checksum(place, place.name))


STATES = {state.__name__: state for state in (as_copy, as_idle, as_left, as_crashed, as_earlier, as_earlier_in_use)}


@pytest.fixture
def place(plant: Path) -> Iterator[Path]:
    """Where the database goes: alone in a folder, which others may enter."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        os.chdir(folder)
        for inner in ("in", "out", "db"):
            (folder / inner).mkdir()
            (folder / inner).chmod(0o777 if inner == "out" else 0o755)
        for file, content in FILES.items():
            (folder / "in" / file).write_text(content)
        yield folder / "db" / "records.db"
        os.chdir(ROOT)


def hashes(folder: Path) -> dict[str, tuple[str, int]]:
    """Of every file: its bytes, and its time; of the index of a log, which readers mark, only that it is there."""
    return {
        str(file.relative_to(folder)): ("", 0)
        if file.name.endswith("-shm")
        else (hashlib.sha256(file.read_bytes()).hexdigest(), file.stat().st_mtime_ns)
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }


def company_of(run: Command, database: Path) -> list[str]:
    """Which company is meant, where there are several."""
    with_one = run("--db", database, "export", "safety_incidents", "-")
    return [] if with_one.exit_code == 0 else ["--company", with_one.stderr.split('"')[1]]


TAKES_COMPANY = ("import", "delete", "export")


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("command", COMMANDS)
def test_what_only_reads_leaves_every_byte(run: Command, plant: Path, place: Path, state: str, command: str) -> None:
    STATES[state](plant, place, run)
    before = hashes(place.parent)
    words = list(COMMANDS[command])
    if words[0] in TAKES_COMPANY:
        words += company_of(run, place)
    result = run("--db", place, *words)
    assert "Error: " not in result.stderr or REFUSED.search(result.stderr), result.stderr
    assert hashes(place.parent) == before
    if checksum_path(place).exists():
        assert verify(place)


@pytest.mark.parametrize("command", [name for name in COMMANDS if name != "backup"])
def test_beside_a_service_the_database_and_its_log_stay_as_they_are(
    run: Command, plant: Path, place: Path, command: str
) -> None:
    shutil.copyfile(plant, place)
    writer = sqlite3.connect(place)
    writer.execute("UPDATE site SET location = 'in the log' WHERE name = 'Brisbane'")
    writer.commit()
    before = hashes(place.parent)
    assert run("--db", place, *COMMANDS[command]).exit_code == AFTER.get(command, 0)
    assert hashes(place.parent) == before
    writer.close()


def test_what_is_in_a_log_that_was_left_is_read(run: Command, plant: Path, place: Path) -> None:
    for make in (as_left, as_crashed):
        for file in place.parent.iterdir():
            file.unlink()
        make(plant, place, run)
        result = run("--db", place, "import", "--dry-run", "in/sites.csv")
        assert result.stdout == "1 would be added, 1 would be updated, 0 unchanged, 0 would be rejected\n"
        Path("in/same.csv").write_text("name,location\nBrisbane,in the log\n")
        result = run("--db", place, "import", "--dry-run", "--as", "sites", "in/same.csv")
        assert result.stdout == "0 would be added, 0 would be updated, 1 unchanged, 0 would be rejected\n"


def test_a_copy_that_was_looked_at_is_put_back(run: Command, plant: Path, place: Path) -> None:
    as_copy(plant, place, run)
    for command in COMMANDS.values():
        run("--db", place, *command)
    assert run("restore", place).exit_code == 0


def test_a_copy_that_is_put_back_stays_as_it_is(run: Command, plant: Path, place: Path) -> None:
    for make in (as_copy, as_idle, as_left, as_earlier):
        for file in place.parent.iterdir():
            file.unlink()
        make(plant, place, run)
        before = hashes(place.parent)
        result = run("restore", place)
        assert result.exit_code == 0, result.stderr
        assert hashes(place.parent) == before


def test_a_database_of_an_earlier_version_is_read_as_this_one_writes_it(run: Command, plant: Path, place: Path) -> None:
    as_earlier(plant, place, run)
    keys = json.loads(run("--db", place, "key", "list", "--json").stdout)
    assert keys
    assert set(keys[0]) >= {"id", "name", "company"}
    company = company_of(run, place)
    assert "changed" in run("--db", place, "export", "production_runs", "-", *company).stdout.splitlines()[0]


AsNobody = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def as_nobody(place: Path) -> AsNobody:
    def run_as_nobody(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "tests.other_user", "--db", place, *arguments],
            cwd=place.parent.parent,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    return run_as_nobody


READ_ONLY = {"file": (0o400, 0o755), "folder": (0o600, 0o500), "both": (0o400, 0o500)}
AS_NOBODY = ("key list", "import --dry-run", "delete --dry-run", "export to standard output", "check")


@pytest.mark.skipif(
    sys.platform == "win32" or os.geteuid() != 0, reason="only root can start a program as another user"
)
@pytest.mark.parametrize("state", ["as_copy", "as_idle", "as_earlier"])
@pytest.mark.parametrize("read_only", READ_ONLY)
def test_reading_needs_no_right_to_write(
    plant: Path, as_nobody: AsNobody, *, run: Command, place: Path, state: str, read_only: str
) -> None:
    STATES[state](plant, place, run)
    company = company_of(run, place)
    file_mode, folder_mode = READ_ONLY[read_only]
    for file in place.parent.iterdir():
        os.chown(file, NOBODY, NOBODY)
        file.chmod(file_mode)
    os.chown(place.parent, NOBODY, NOBODY)
    place.parent.chmod(folder_mode)
    before = hashes(place.parent)
    for name in AS_NOBODY:
        words = [*COMMANDS[name], *(company if COMMANDS[name][0] in TAKES_COMPANY else [])]
        done = as_nobody(*words)
        assert done.returncode == 0 or REFUSED.search(done.stderr), (name, done.stderr)
        assert hashes(place.parent) == before


def test_a_file_that_is_written_while_it_can_only_be_read_as_unchanging_is_refused(
    run: Command, plant: Path, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from nexshift.storage import untouched

    as_idle(plant, place, run)
    monkeypatch.setattr(untouched, "_may_write", lambda _: False)
    assert run("--db", place, "key", "list").exit_code == 0
    list_keys = untouched.open_known

    def write_meanwhile(path: Path, mode: untouched.Mode) -> sqlite3.Connection:
        with sqlite3.connect(place) as writer:
            writer.execute("UPDATE site SET location = 'meanwhile'")
        writer.close()
        return list_keys(path, mode)

    monkeypatch.setattr(untouched, "open_known", write_meanwhile)
    result = run("--db", place, "key", "list")
    assert result.exit_code == 1
    assert f"{place} was written while it was read, so what was read may be wrong" in result.stderr
