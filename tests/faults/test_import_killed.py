"""An import that is killed has happened or has not, and nothing has to be mended before it is run again."""

from __future__ import annotations

import time
from pathlib import Path
from statistics import median

import pytest

from nexshift.storage.integrity import check
from tests.faults.commands import Commands
from tests.faults.conftest import Torture
from tests.faults.plant import Plant, contents

PARTS = 6  # so that several processes share the work


def look_after(commands: Commands, database: Path, plant: Plant) -> bool:
    """Whether the killed import has happened; and the same one, run again, ends as if nothing had been."""
    assert check(database) == []
    found = contents(database)
    assert found in (plant.before, plant.after), "half an import"
    again = commands.run(database, "import", plant.first)
    assert (again.code, again.err) == (0, "")
    assert contents(database) == plant.after
    assert check(database) == []
    return found == plant.after


@pytest.mark.parametrize("part", range(PARTS))
def test_an_import_killed_at_any_moment_is_there_or_not(
    commands: Commands,
    plant: Plant,
    tmp_path: Path,
    torture: Torture,
    *,
    part: int,
) -> None:
    trials = torture.times(300, 1200) // PARTS
    lengths: list[float] = []
    for _ in range(5):
        began = time.monotonic()
        assert commands.run(plant.put(tmp_path / "plant.db"), "import", plant.first).code == 0
        lengths.append(time.monotonic() - began)
    killed = kept = 0
    while killed < trials:
        database = plant.put(tmp_path / "plant.db")
        # Moments lie evenly over the command's length, which is not the same while the machine does other work.
        moment = (killed + torture.rng.random()) / trials * median(lengths[-9:])
        began = time.monotonic()
        command = commands.start(database, "import", plant.first)
        time.sleep(moment)
        command.kill()
        ended = command.wait()
        if ended.code == 0:  # it was faster this time
            lengths.append(time.monotonic() - began)
            continue
        assert (ended.code, ended.err) == (-9, "")
        killed += 1
        kept += look_after(commands, database, plant)
    torture.report("import killed at random moments", tried=killed, all_rows_there=kept, none=killed - kept)


@pytest.mark.parametrize("part", range(PARTS))
def test_an_import_killed_at_any_change_of_a_file_is_there_or_not(
    counted: Commands,
    plant: Plant,
    tmp_path: Path,
    torture: Torture,
    *,
    part: int,
) -> None:
    calls = counted.run(plant.put(tmp_path / "plant.db"), "import", plant.first).calls
    moments = range(1, calls + 1)[part::PARTS]
    chosen = sorted(torture.rng.sample(moments, min(len(moments), torture.times(16, calls))))
    kept = []
    for call in chosen:
        database = plant.put(tmp_path / "plant.db")
        assert counted.run(database, "import", plant.first, kill_at=call).code == -9
        kept.append(look_after(counted, database, plant))
    # What was committed stays so: from some call on, all rows are there.
    assert kept == sorted(kept)
    torture.report(
        "import killed in a call that changes a file, writes half done",
        tried=len(kept),
        all_rows_there=sum(kept),
        none=len(kept) - sum(kept),
    )
