"""Backup, restore and migration, killed: the old state or the new one, and the same command works afterwards."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from nexshift.storage.checksum import checksum_path
from nexshift.storage.integrity import check
from nexshift.storage.migrations import STEPS
from tests.faults.commands import Command, Commands
from tests.faults.conftest import Torture
from tests.faults.killing import Start, kill_at_moments, kill_in_calls
from tests.faults.plant import COMPANY, Plant, contents

WAYS = ("at a moment", "in a call")
NEXT_STEP = "CREATE TABLE every_run AS SELECT * FROM run"


def kills(torture: Torture, commands: Commands, start: Start, way: str) -> Iterator[object]:
    """Both ways to kill a command, as often as there is time for."""
    if way == "at a moment":
        return kill_at_moments(torture, start, torture.times(40, 100))
    if not commands.counts_calls:
        pytest.skip("needs Linux and a C compiler, to stand before the system's calls")
    return kill_in_calls(torture, start, torture.times(60, 400))


class Folder:
    """The database and whatever stands beside it, made anew for each kill."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.database = path / "plant.db"

    def clear(self) -> None:
        shutil.rmtree(self.path, ignore_errors=True)
        self.path.mkdir()

    def visible(self) -> set[str]:
        """The files that are no hidden ones, and not those of SQLite."""
        ours = {file.name for file in self.path.iterdir() if not file.name.startswith(".")}
        return ours - {"plant.db", "plant.db-wal", "plant.db-shm"}

    def left(self) -> list[Path]:
        """What a process left that was killed while it held the lock on it."""
        return list(self.path.glob(".*.partial/nexshift.lock"))

    def saved(self, what: str) -> list[Path]:
        """What was kept before something was done."""
        return [file for file in self.path.glob(f"plant.db.before-{what}-*") if file.suffix != ".sha256"]


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path / "folder")


@pytest.mark.parametrize("way", WAYS)
def test_a_killed_backup_is_whole_or_not_there(
    commands: Commands, plant: Plant, folder: Folder, torture: Torture, *, way: str
) -> None:
    copy = folder.path / "copy.db"

    def start(**faults: int) -> Command:
        folder.clear()
        return commands.start(plant.put(folder.database), "backup", copy, **faults)

    tried = whole = left = 0
    for _ in kills(torture, commands, start, way):
        tried += 1
        left += any(file.name.startswith(".") for file in folder.path.iterdir())
        assert folder.visible() <= {"copy.db", "copy.db.sha256"}
        assert contents(folder.database) == plant.before
        if copy.exists():
            whole += 1
            assert checksum_path(copy).exists()
        else:
            again = commands.run(folder.database, "backup", copy)
            assert (again.code, again.err) == (0, "")
            assert folder.left() == []
        assert check(copy) == []
        assert contents(copy) == plant.before
    torture.report(f"backup killed {way}", tried=tried, whole_copies=whole, none=tried - whole, hidden_files_left=left)


@pytest.mark.parametrize("way", WAYS)
def test_a_killed_restore_leaves_the_old_rows_or_the_restored_ones(
    commands: Commands, plant: Plant, folder: Folder, torture: Torture, tmp_path: Path, *, way: str
) -> None:
    imported = plant.put(tmp_path / "imported.db")
    assert commands.run(imported, "import", plant.first).code == 0
    copy = tmp_path / "copy.db"
    assert commands.run(plant.put(tmp_path / "plant.db"), "backup", copy).code == 0

    def start(**faults: int) -> Command:
        folder.clear()
        shutil.copy(imported, folder.database)
        return commands.start(folder.database, "restore", copy, **faults)

    tried = restored = 0
    for _ in kills(torture, commands, start, way):
        tried += 1
        assert check(folder.database) == []
        found = contents(folder.database)
        assert found in (plant.after, plant.before), "half a restore"
        restored += found == plant.before
        saved = folder.saved("restore")
        names = {name.removesuffix(".sha256") for name in folder.visible()}  # a checksum may be there before its copy
        assert all(name.startswith("plant.db.before-restore-") for name in names)
        assert saved or found == plant.after, "what is replaced is kept before"
        for file in saved:
            assert check(file) == []
            assert contents(file) == plant.after
        again = commands.run(folder.database, "restore", copy)
        assert again.code == 0, again
        assert contents(folder.database) == plant.before
        assert check(folder.database) == []
        assert folder.left() == []
    torture.report(f"restore killed {way}", tried=tried, restored=restored, as_before=tried - restored)


@pytest.mark.parametrize("way", WAYS)
def test_a_killed_migration_has_happened_or_not_and_what_was_before_is_kept(
    commands: Commands, plant: Plant, folder: Folder, torture: Torture, *, way: str
) -> None:
    def start(**faults: int) -> Command:
        folder.clear()
        plant.put(folder.database)
        return commands.start(folder.database, "init", "--company", COMPANY, extra_step=NEXT_STEP, **faults)

    tried = migrated = 0
    for _ in kills(torture, commands, start, way):
        tried += 1
        saved = folder.saved(f"v{len(STEPS) + 1}")
        for file in saved:
            assert check(file) == []
            assert contents(file) == plant.before
        found = contents(folder.database)
        if "every_run" in found:
            migrated += 1
            assert saved, "the old version is kept before"
        else:
            assert found == plant.before
            assert check(folder.database) == []
        again = commands.run(folder.database, "init", "--company", COMPANY, extra_step=NEXT_STEP)
        assert again.code == 0, again
        assert sorted(contents(folder.database)["every_run"], key=repr) == plant.before["run"]
        assert commands.run(folder.database, "check", extra_step=NEXT_STEP).out == "OK\n"
    torture.report(f"migration killed {way}", tried=tried, migrated=migrated, as_before=tried - migrated)
