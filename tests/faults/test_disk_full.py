"""A disk that is full: one sentence, exit code 1, everything as it was; and with room the same command works."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from nexshift.storage.integrity import check
from tests.faults.commands import Commands, Ended
from tests.faults.conftest import Torture
from tests.faults.load import EVERY_LISTING, is_good, load
from tests.faults.plant import COMPANY, Plant, contents

DISK_BYTES = 8 * 2**20
BLOCK = 4_096
NEXT_STEP = "CREATE TABLE every_run AS SELECT * FROM run"


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own, which is small."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = shutil.which("mount")
    size = f"size={DISK_BYTES},mode=700"
    if mount is None or subprocess.run([mount, "-t", "tmpfs", "-o", size, "tmpfs", folder], check=False).returncode:
        pytest.skip("this user may not mount a small disk here; root may")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


class Case(NamedTuple):
    """A command, and what it is run with."""

    name: str
    arguments: Callable[[Path, Plant], tuple[str | Path, ...]]
    faults: dict[str, str]
    is_done: Callable[[Path, Plant], bool]


def copy_is_whole(folder: Path, plant: Plant) -> bool:
    return check(folder / "copy.db") == [] and contents(folder / "copy.db") == plant.before


CASES = (
    Case(
        "import",
        lambda _, plant: ("import", plant.first),
        {},
        lambda folder, plant: contents(folder / "plant.db") == plant.after,
    ),
    Case(
        "backup",
        lambda folder, _: ("backup", folder / "copy.db"),
        {},
        copy_is_whole,
    ),
    Case(
        "restore",
        lambda _, plant: ("restore", plant.backup),
        {},
        lambda folder, plant: contents(folder / "plant.db") == plant.after,
    ),
    Case(
        "migration",
        lambda _, _plant: ("init", "--company", COMPANY),
        {"extra_step": NEXT_STEP},
        lambda folder, _: "every_run" in contents(folder / "plant.db"),
    ),
)


@pytest.fixture(params=CASES, ids=lambda case: case.name)
def case(request: pytest.FixtureRequest) -> Case:
    chosen: Case = request.param
    return chosen


def assert_one_sentence(ended: Ended) -> None:
    """What is said on a full disk: what is wrong, and what to do."""
    assert ended.code == 1, ended
    assert ended.out == "", ended
    first, second = ended.err.splitlines()
    assert re.fullmatch(r"Error: .*(full|no space|too large|cannot be (written|created|read or written)).*", first), (
        first
    )
    assert second.startswith("Hint: "), second


def fill(folder: Path, room: int) -> Path:
    """A file that leaves `room` bytes."""
    filler = folder / "filler"
    status = os.statvfs(folder)
    filler.write_bytes(bytes(status.f_bavail * status.f_frsize - room))
    return filler


def assert_untouched_and_usable(commands: Commands, case: Case, database: Path, plant: Plant) -> None:
    """The refused command has changed nothing, and is done now that there is room."""
    folder = database.parent
    assert contents(database) == plant.before
    assert check(database) == []
    assert commands.run(database, *case.arguments(folder, plant), **case.faults).code == 0
    assert case.is_done(folder, plant)


def test_a_command_on_a_full_disk_changes_nothing(
    commands: Commands, plant: Plant, disk: Path, case: Case, torture: Torture
) -> None:
    """With no room at all, and with a little more each time, until it is enough."""
    refused = 0
    room = 0
    while True:
        for file in disk.iterdir():
            file.unlink()
        database = plant.put(disk / "plant.db")
        filler = fill(disk, room)
        ended = commands.run(database, *case.arguments(disk, plant), **case.faults)
        if ended.code == 0:
            break
        assert_one_sentence(ended)
        refused += 1
        assert {file.name for file in disk.iterdir()} <= {"plant.db", "plant.db-wal", "plant.db-shm", "filler"}
        filler.unlink()
        assert_untouched_and_usable(commands, case, database, plant)
        room += BLOCK * torture.step(8, 1)
    filler.unlink()
    assert case.is_done(disk, plant)
    assert refused > 2
    torture.report(f"{case.name} on a full disk", tried=refused)


def test_a_command_whose_files_may_not_grow_changes_nothing(
    commands: Commands, plant: Plant, tmp_path: Path, case: Case, torture: Torture
) -> None:
    """The same by a limit of the process."""
    folder = tmp_path / "folder"
    refused = 0
    largest = BLOCK
    while True:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        database = plant.put(folder / "plant.db")
        ended = commands.run(database, *case.arguments(folder, plant), **case.faults, largest_file=largest)
        if ended.code == 0:
            break
        assert_one_sentence(ended)
        refused += 1
        assert_untouched_and_usable(commands, case, database, plant)
        largest += BLOCK * torture.step(16, 2)
    assert case.is_done(folder, plant)
    assert refused > 2
    torture.report(f"{case.name} with a limit on the size of files", tried=refused)


def test_a_command_that_finds_the_disk_full_at_any_write_changes_nothing(
    counted: Commands, plant: Plant, tmp_path: Path, case: Case, torture: Torture
) -> None:
    """From some write on all fail, however little room they need."""
    folder = tmp_path / "folder"

    def run(**faults: int) -> Ended:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        arguments = case.arguments(folder, plant)
        return counted.run(plant.put(folder / "plant.db"), *arguments, **case.faults, **faults)

    calls = run().calls
    done = 0
    chosen = sorted(torture.rng.sample(range(1, calls + 1), min(calls, torture.times(20, 200))))
    for call in chosen:
        ended = run(fail_from=call)
        if ended.code == 0:
            done += 1
        else:
            assert_one_sentence(ended)
            assert_untouched_and_usable(counted, case, folder / "plant.db", plant)
        assert case.is_done(folder, plant)
    torture.report(f"{case.name} whose writes fail from one on", tried=len(chosen), was_done_already=done)


def test_a_service_on_a_full_disk_goes_on_to_answer(commands: Commands, plant: Plant, disk: Path) -> None:
    database = plant.put(disk / "plant.db")
    with commands.serving(database) as service, load(service.port, plant.key, EVERY_LISTING, is_good) as clients:
        filler = fill(disk, 0)
        clients.wait_for_answers()
        assert_one_sentence(commands.run(database, "import", plant.first))
        clients.wait_for_answers()
        filler.unlink()
        assert commands.run(database, "import", plant.first).code == 0
        clients.wait_for_answers()
    assert contents(database) == plant.after


def test_a_service_starts_on_a_full_disk_or_says_why_not(commands: Commands, plant: Plant, disk: Path) -> None:
    database = plant.put(disk / "plant.db")
    filler = fill(disk, 0)
    ended = commands.run(database, "serve", "--port", "0")
    assert_one_sentence(ended)
    filler.unlink()
    with commands.serving(database):
        pass
