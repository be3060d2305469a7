"""A write-ahead log that was cut off, or in which a bit has flipped, takes whole commits away and never part of one.

SQLite reads the log up to the first frame whose checksum is wrong, as after a power cut.  Where several commits follow,
`check` says so; how often that is counted here.
"""

from __future__ import annotations

import shutil
from contextlib import closing
from pathlib import Path

import pytest

from nexshift.storage.connection import open_writer
from nexshift.storage.integrity import check
from tests.faults.commands import Commands
from tests.faults.conftest import Torture
from tests.faults.load import ask
from tests.faults.markers import commit, last_commit, make_markable
from tests.faults.plant import Plant

COMMITS = 20


@pytest.fixture(scope="module")
def crashed(plant: Plant, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database as a power cut leaves it, with twenty commits in its log."""
    folder = tmp_path_factory.mktemp("log")
    path = plant.put(folder / "live.db")
    make_markable(path)
    with closing(open_writer(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        for number in range(1, COMMITS + 1):
            commit(connection, number)
        for end in ("", "-wal"):
            shutil.copy(f"{path}{end}", folder / f"crashed.db{end}")
    return folder / "crashed.db"


def put(crashed: Path, folder: Path, log: bytes) -> Path:
    """That database with another log."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    path = folder / "plant.db"
    shutil.copy(crashed, path)
    path.with_name("plant.db-wal").write_bytes(log)
    return path


def test_a_log_that_a_crash_has_left_is_just_used(
    commands: Commands, plant: Plant, crashed: Path, tmp_path: Path
) -> None:
    log = crashed.with_name("crashed.db-wal").read_bytes()
    path = put(crashed, tmp_path / "folder", log)
    with commands.serving(path) as service:
        status, body = ask(service.port, plant.key, "/safety/incidents?limit=1000")
        assert status == 200
        assert sum(row["title"].startswith("Commit ") for row in body["data"]) == COMMITS
    assert last_commit(path) == COMMITS


@pytest.mark.parametrize("damage", ["cut off", "a bit flipped"])
def test_a_damaged_log_loses_whole_commits_from_its_end_and_nothing_else(
    crashed: Path, tmp_path: Path, torture: Torture, *, damage: str
) -> None:
    whole = crashed.with_name("crashed.db-wal").read_bytes()
    trials = torture.times(100, 1000)
    kept, found = [], 0
    for _ in range(trials):
        log = bytearray(whole)
        if damage == "cut off":
            del log[torture.rng.randrange(len(log)) :]
        else:
            log[torture.rng.randrange(len(log))] ^= 1 << torture.rng.randrange(8)
        path = put(crashed, tmp_path / "folder", bytes(log))
        problems = check(path)
        number = last_commit(path)
        if problems:
            found += 1
            assert problems == [
                f"plant.db-wal is damaged: {COMMITS - number} commits in it cannot be read any more,"
                " and the database is as it was before them"
            ]
        kept.append(number)
    assert min(kept) < COMMITS // 2 < max(kept)
    lost = sum(number < COMMITS for number in kept)
    if damage == "cut off":
        assert found == 0, "what is not there cannot be missed"
    else:
        assert found > lost // 2
    torture.report(f"log {damage}", tried=trials, some_commits_lost=lost, found_by_check=found)
