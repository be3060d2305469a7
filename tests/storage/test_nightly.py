"""Is there one good copy of every night, and are only our own old ones removed?  The clock is the test's."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from datetime import time, timedelta
from pathlib import Path

import pytest

from nexshift.config import BACKUP_RETRY_S, STALE_PARTIAL_S
from nexshift.errors import Refused
from nexshift.storage import backup as backup_module
from nexshift.storage.checksum import verify
from nexshift.storage.integrity import check
from nexshift.storage.library import sqlite3
from nexshift.storage.nightly import NightlyBackups
from tests.storage.files import read_units
from tests.storage.nights import Clock, local, look, names_in, watch


def days_in(folder: Path) -> list[str]:
    return [name[-5:-3] for name in names_in(folder) if name.endswith(".db")]


def test_a_copy_is_whole_has_its_checksum_and_is_for_its_owner_alone(nightly: NightlyBackups, folder: Path) -> None:
    assert look(nightly) == "plant-nightly-2026-11-23.db"
    made = folder / "plant-nightly-2026-11-23.db"
    assert names_in(folder) == [made.name, f"{made.name}.sha256"]
    assert (verify(made), check(made), read_units(made)) == (True, [], [9700])
    assert {file.stat().st_mode & 0o777 for file in folder.iterdir()} == {0o600}
    assert nightly.failure is None


def test_a_night_has_one_copy_made_at_its_hour(nightly: NightlyBackups, clock: Clock) -> None:
    made = []
    clock.now = local("2026-11-23 00:00")
    for _ in range(3 * 24 * 60 // 10):
        made.append((clock.now, look(nightly)))
        clock.now += timedelta(minutes=10)
    assert [(str(when), name) for when, name in made if name] == [
        ("2026-11-23 00:00:00", "plant-nightly-2026-11-22.db"),  # the last night was missing
        ("2026-11-23 02:00:00", "plant-nightly-2026-11-23.db"),
        ("2026-11-24 02:00:00", "plant-nightly-2026-11-24.db"),
        ("2026-11-25 02:00:00", "plant-nightly-2026-11-25.db"),
    ]


def test_a_night_on_which_the_machine_was_off_is_made_up_for_and_those_before_are_not(
    nightly: NightlyBackups, clock: Clock, folder: Path
) -> None:
    look(nightly)
    clock.now = local("2026-11-27 09:30")
    assert look(nightly) == "plant-nightly-2026-11-27.db"
    assert days_in(folder) == ["23", "27"]


def test_what_was_made_before_a_restart_is_not_made_again(
    nightly: NightlyBackups, path: Path, folder: Path, clock: Clock
) -> None:
    look(nightly)
    assert look(watch(path, folder, clock)) is None


def test_an_hour_that_the_clocks_skip_or_repeat_changes_nothing(nightly: NightlyBackups, clock: Clock) -> None:
    clock.now = local("2026-03-29 01:59")
    assert look(nightly) == "plant-nightly-2026-03-28.db"
    clock.now = local("2026-03-29 03:00")  # an hour was skipped
    assert look(nightly) == "plant-nightly-2026-03-29.db"
    clock.now = local("2026-10-25 01:59")
    assert look(nightly) == "plant-nightly-2026-10-24.db"
    clock.now = local("2026-10-25 02:59")
    assert look(nightly) == "plant-nightly-2026-10-25.db"
    for minute in ("01:59", "02:00", "02:59"):  # an hour comes again
        clock.set(local(f"2026-10-25 {minute}"))
        assert look(nightly) is None


def test_the_newest_stay(nightly: NightlyBackups, clock: Clock, folder: Path) -> None:
    for _ in range(5):
        look(nightly)
        clock.now += timedelta(days=1)
    assert days_in(folder) == ["25", "26", "27"]
    assert len(names_in(folder)) == 6
    assert [str(copy.day) for copy in nightly.find_copies()] == ["2026-11-27", "2026-11-26", "2026-11-25"]


OTHERS = (
    "plant.db",
    "plant-nightly-2020-01-01.db.old",
    "my plant-nightly-2020-01-01.db",
    "plant-nightly-2020-13-01.db",
    "plant-nightly-2020-1-1.db",
    "plant-nightly-20200101.db",
    "plant-nightly-2020-01-01.sqlite",
    "plant-nightly-2020-01-01xdb",
    "Plant-nightly-2020-01-01.db",
    "other-nightly-2020-01-01.db",
    "other-nightly-2020-01-01.db.sha256",
    "plant.db.before-restore-2020-01-01T000000Z",
    ".other-nightly-2020-01-01.db.0123abcd.partial",
)


def test_nothing_is_removed_that_has_not_exactly_a_name_of_ours(
    nightly: NightlyBackups, clock: Clock, folder: Path
) -> None:
    for name in OTHERS:
        (folder / name).write_text("precious")
    (folder / "plant-nightly-2020-01-02.db").mkdir()
    (folder / "plant-nightly-2020-01-03.db").symlink_to("plant.db")
    ours = ["plant-nightly-2020-01-01.db", "plant-nightly-2020-01-01.db.sha256", "plant-nightly-2020-01-04.db.sha256"]
    for name in ours:
        (folder / name).write_text("old")
    for _ in range(4):
        look(nightly)
        clock.now += timedelta(days=1)
    left = names_in(folder)
    assert set(OTHERS) | {"plant-nightly-2020-01-02.db", "plant-nightly-2020-01-03.db"} <= set(left)
    assert not set(ours) & set(left)


def test_what_a_killed_service_left_half_written_is_removed(nightly: NightlyBackups, folder: Path) -> None:
    old, young = (folder / f".plant-nightly-2026-11-0{day}.db.0123abcd.partial" for day in (1, 2))
    old.write_text("half")
    young.write_text("half")
    os.utime(old, (0, young.stat().st_mtime - STALE_PARTIAL_S - 60))
    look(nightly)
    assert (old.exists(), young.exists()) == (False, True)


def test_a_failure_is_logged_and_tried_again_in_an_hour(
    nightly: NightlyBackups, path: Path, folder: Path, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    away = path.with_suffix(".away")
    path.rename(away)
    assert look(nightly) is None
    assert nightly.failure == f"there is no database at {path}"
    (record,) = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert record.getMessage() == f"nightly backup failed: there is no database at {path}"

    away.rename(path)
    clock.now += timedelta(seconds=BACKUP_RETRY_S - 1)
    assert (look(nightly), nightly.failure is None) == (None, False)
    clock.now += timedelta(seconds=1)
    assert look(nightly) == "plant-nightly-2026-11-23.db"
    assert nightly.failure is None


def test_a_clock_that_was_set_back_does_not_put_off_the_next_attempt(
    nightly: NightlyBackups, folder: Path, clock: Clock
) -> None:
    folder.rename(folder.with_name("away"))
    assert look(nightly) is None
    folder.with_name("away").rename(folder)
    clock.set(clock.now - timedelta(days=300))
    assert look(nightly) == "plant-nightly-2026-01-27.db"


def test_a_damaged_database_is_not_copied_and_no_old_copy_goes(
    nightly: NightlyBackups, writer: sqlite3.Connection, clock: Clock, folder: Path
) -> None:
    for _ in range(3):
        look(nightly)
        clock.now += timedelta(days=1)
    before = names_in(folder)
    writer.execute("PRAGMA ignore_check_constraints = ON")
    writer.execute("UPDATE run SET units_produced = -5")
    assert look(nightly) is None
    assert "was not backed up, because it is damaged (1 problem: run " in (nightly.failure or "")
    assert names_in(folder) == before


def test_a_full_disk_is_a_line_in_the_log(
    nightly: NightlyBackups, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fill(*_: object) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr("nexshift.storage.placement._flush", fill)
    assert look(nightly) is None
    assert nightly.failure == f"{folder}/plant-nightly-2026-11-23.db cannot be written: no space left on device"
    assert names_in(folder) == []


def stop_at(number: int) -> Callable[[], bool]:
    asked: list[bool] = []

    def is_stopped() -> bool:
        asked.append(len(asked) + 1 >= number)
        return asked[-1]

    return is_stopped


@pytest.mark.parametrize("number", [1, 2, 3, 20])
def test_one_that_is_stopped_leaves_nothing_and_is_no_failure(
    nightly: NightlyBackups,
    folder: Path,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    *,
    number: int,
) -> None:
    monkeypatch.setattr(backup_module, "_STEPS", 100)  # of a check that is over before a million
    assert nightly.look(stop_at(number)) is None
    assert (names_in(folder), nightly.failure, caplog.records) == ([], None, [])
    assert look(nightly) == "plant-nightly-2026-11-23.db"


def test_of_two_services_with_one_folder_one_makes_it(
    nightly: NightlyBackups, path: Path, folder: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = watch(path, folder, clock)
    assert [look(nightly), look(other)] == ["plant-nightly-2026-11-23.db", None]


def test_a_folder_that_is_not_there_is_refused(path: Path, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    for folder in (tmp_path / "nowhere", file):
        with pytest.raises(Refused, match=f"there is no folder {folder} for backups"):
            NightlyBackups(path, folder, keep=1, at=time(2, 0))
