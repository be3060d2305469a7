"""Nightly backups under a clock that is wrong: one copy a night, and those that were made last stay."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nexshift.config import BACKUP_NIGHT_S
from nexshift.storage.backup import MAX_NUMBER, backup, read_number
from nexshift.storage.checksum import verify
from nexshift.storage.connection import new_database, open_key_reader
from nexshift.storage.nightly import NightlyBackups
from tests.storage.nights import Clock, local, look, names_in, watch

HALF_A_MINUTE = timedelta(seconds=30)


def copies_in(folder: Path) -> list[str]:
    return [name.removeprefix("plant-nightly-") for name in names_in(folder) if name.endswith(".db")]


def watch_for(nightly: NightlyBackups, clock: Clock, length: timedelta) -> list[str]:
    """What is made while time passes, looked at every half a minute."""
    made = []
    end = clock.now + length
    while clock.now < end:
        name = look(nightly)
        if name is not None:
            made.append(name.removeprefix("plant-nightly-"))
        clock.now += HALF_A_MINUTE
    return made


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]


def test_a_clock_that_is_behind_when_the_service_starts_gets_one_copy_a_night(
    path: Path, ids: dict[str, int], folder: Path, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    for day in ("2026-12-01 12:00", "2026-12-02 12:00"):
        clock.now = local(day)
        look(watch(path, folder, clock, keep=2))
    clock.set(local("2026-11-02 12:00"))
    service = watch(path, folder, clock, keep=2)
    assert watch_for(service, clock, timedelta(minutes=5)) == ["2026-11-02.db"]
    assert copies_in(folder) == ["2026-11-02.db", "2026-12-02.db"]
    assert warnings(caplog) == [
        "nightly backup: the last night was that of 2026-11-02 by this machine's clock, and there is"
        f" {folder}/plant-nightly-2026-12-02.db already: the clock is wrong now, or was then"
    ]
    clock.now += timedelta(days=1)
    assert watch_for(service, clock, timedelta(minutes=5)) == ["2026-11-03.db"]
    assert copies_in(folder) == ["2026-11-02.db", "2026-11-03.db"]  # which were made last
    assert len(warnings(caplog)) == 1


def test_a_clock_that_was_ahead_and_is_right_again_gets_one_copy_a_night(
    path: Path, ids: dict[str, int], folder: Path, clock: Clock
) -> None:
    for day in ("2028-01-05 12:00", "2028-01-06 12:00"):
        clock.now = local(day)
        look(watch(path, folder, clock, keep=2))
    clock.set(local("2026-12-01 12:00"))
    assert watch_for(watch(path, folder, clock, keep=2), clock, timedelta(minutes=5)) == ["2026-12-01.db"]
    assert copies_in(folder) == ["2026-12-01.db", "2028-01-06.db"]
    clock.now += timedelta(days=1)
    assert watch_for(watch(path, folder, clock, keep=2), clock, timedelta(minutes=5)) == ["2026-12-02.db"]
    assert copies_in(folder) == ["2026-12-01.db", "2026-12-02.db"]


@pytest.mark.parametrize("days", [-400, -1, 1, 400])
def test_a_jump_while_the_service_runs_is_told_once(
    nightly: NightlyBackups, clock: Clock, folder: Path, caplog: pytest.LogCaptureFixture, days: int
) -> None:
    watch_for(nightly, clock, timedelta(minutes=2))
    before = clock.now
    clock.set(clock.now + timedelta(days=days))
    watch_for(nightly, clock, timedelta(minutes=5))
    assert warnings(caplog) == [
        f"nightly backup: this machine's clock jumped from {before:%Y-%m-%d %H:%M} to {clock.now:%Y-%m-%d} 12:02;"
        " set it right if it is wrong, for copies are named after it"
    ]


@pytest.mark.parametrize("hours", [-1, 1])
def test_summer_time_is_no_jump(
    nightly: NightlyBackups, clock: Clock, caplog: pytest.LogCaptureFixture, hours: int
) -> None:
    watch_for(nightly, clock, timedelta(minutes=1))
    clock.set(clock.now + timedelta(hours=hours))
    watch_for(nightly, clock, timedelta(minutes=1))
    assert warnings(caplog) == []


def test_a_clock_that_goes_to_and_fro_makes_no_further_copies_of_a_night(
    path: Path, ids: dict[str, int], folder: Path, clock: Clock
) -> None:
    """Each of them would push the other out."""
    service = watch(path, folder, clock, keep=1)
    look(service)
    made = []
    for day in (24, 23) * 10:
        clock.set(local(f"2026-11-{day} 12:00"))
        made += watch_for(service, clock, timedelta(minutes=1))
    assert made == ["2026-11-24.db"]
    assert copies_in(folder) == ["2026-11-24.db"]


def test_copies_that_an_earlier_version_made_are_older_than_any_of_this_one(
    path: Path, ids: dict[str, int], folder: Path, clock: Clock
) -> None:
    for day in ("2028-01-05", "2026-11-21", "2026-11-22"):
        backup(path, folder / f"plant-nightly-{day}.db")
    look(watch(path, folder, clock, keep=3))
    assert copies_in(folder) == ["2026-11-22.db", "2026-11-23.db", "2028-01-05.db"]
    clock.now += timedelta(days=1)
    look(watch(path, folder, clock, keep=3))
    assert copies_in(folder) == ["2026-11-23.db", "2026-11-24.db", "2028-01-05.db"]


def test_the_last_copy_stays_where_numbers_have_come_to_their_end(
    path: Path, ids: dict[str, int], folder: Path, clock: Clock
) -> None:
    backup(path, folder / "plant-nightly-2028-01-05.db", number=MAX_NUMBER)
    look(watch(path, folder, clock, keep=1))
    assert copies_in(folder) == ["2026-11-23.db"]
    assert read_number(folder / "plant-nightly-2026-11-23.db") == MAX_NUMBER


def test_a_copy_has_its_number_under_its_checksum_and_a_backup_by_hand_has_none(
    path: Path, ids: dict[str, int], folder: Path, clock: Clock, tmp_path: Path
) -> None:
    for _ in range(2):
        look(watch(path, folder, clock))
        clock.now += timedelta(days=1)
    made = folder / "plant-nightly-2026-11-24.db"
    assert (read_number(made), verify(made)) == (2, True)
    open_key_reader(made).close()  # it is a database of ours
    backup(made, tmp_path / "by-hand.db")
    assert read_number(tmp_path / "by-hand.db") == 0


@contextmanager
def small_database() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "plant.db"
        with new_database(path):
            pass
        (path.parent / "backups").mkdir()
        yield path


STEPS = st.one_of(
    st.tuples(st.just("pass"), st.integers(1, 60)),  # hours
    st.tuples(st.just("jump"), st.integers(-40, 40)),  # days
    st.tuples(st.just("jump by hours"), st.integers(-30, 30)),
    st.tuples(st.just("restart"), st.just(0)),
)


@settings(max_examples=60, deadline=None, derandomize=True, database=None)
@given(st.lists(STEPS, min_size=1, max_size=14), st.integers(1, 3))
def test_whatever_the_clock_does_the_copies_that_were_made_last_stay_and_a_night_has_one(
    steps: list[tuple[str, int]], keep: int
) -> None:
    with small_database() as path:
        folder = path.parent / "backups"
        clock = Clock()
        service = watch(path, folder, clock, keep=keep)
        made: list[tuple[str, float]] = []  # in the order of making, and when that was
        seconds_since_start = 0.0
        for step, size in [("pass", 1), *steps]:
            if step == "pass":
                clock.now += timedelta(hours=size)
            elif step == "jump":
                clock.set(clock.now + timedelta(days=size))
            elif step == "jump by hours":
                clock.set(clock.now + timedelta(hours=size))
            else:
                service = watch(path, folder, clock, keep=keep)
                seconds_since_start = clock.uptime()
            for _ in range(3):  # a look each half a minute
                name = look(service)
                if name is not None:
                    again = [when for earlier, when in made if earlier == name and when >= seconds_since_start]
                    assert not again or clock.uptime() - again[-1] >= BACKUP_NIGHT_S
                    made.append((name, clock.uptime()))
                    assert (folder / name).exists()
                clock.now += HALF_A_MINUTE
            names = list(dict.fromkeys(name for name, _ in reversed(made)))
            assert {name for name in names_in(folder) if name.endswith(".db")} == set(names[:keep])
