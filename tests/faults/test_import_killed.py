"""An import that is killed has happened or has not, and nothing has to be mended before it is run again."""

from __future__ import annotations

from pathlib import Path

import pytest

from nexshift.storage.integrity import check
from tests.faults.commands import Command, Commands
from tests.faults.conftest import Torture
from tests.faults.killing import Start, kill_at_moments, kill_in_calls
from tests.faults.plant import Plant, contents

PARTS = 6  # so that several processes share the work


def importing(commands: Commands, plant: Plant, database: Path) -> Start:
    def start(**faults: int) -> Command:
        return commands.start(plant.put(database), "import", plant.first, **faults)

    return start


def look_after(commands: Commands, plant: Plant, database: Path) -> bool:
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
    commands: Commands, plant: Plant, tmp_path: Path, torture: Torture, *, part: int
) -> None:
    database = tmp_path / "plant.db"
    moments = kill_at_moments(torture, importing(commands, plant, database), torture.times(300, 900) // PARTS)
    kept = [look_after(commands, plant, database) for _ in moments]
    torture.report("import killed at random moments", tried=len(kept), all_rows_there=sum(kept), none=kept.count(False))


@pytest.mark.parametrize("part", range(PARTS))
def test_an_import_killed_in_any_change_of_a_file_is_there_or_not(
    counted: Commands, plant: Plant, tmp_path: Path, torture: Torture, *, part: int
) -> None:
    database = tmp_path / "plant.db"
    calls = kill_in_calls(torture, importing(counted, plant, database), torture.times(16, 1000), part, PARTS)
    kept = [look_after(counted, plant, database) for _ in calls]
    assert kept == sorted(kept), "what was committed stays so: from some call on, all rows are there"
    torture.report(
        "import killed in a call that changes a file, writes half done",
        tried=len(kept),
        all_rows_there=sum(kept),
        none=kept.count(False),
    )
