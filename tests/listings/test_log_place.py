"""Where a material log of a run may be: nowhere but at the run's machine, or site-limited keys would see the run."""

from __future__ import annotations

from pathlib import Path

import pytest

from nexshift.storage.connection import open_writer
from nexshift.storage.library import sqlite3
from tests.plants import Plant


def test_a_log_of_a_run_is_at_the_runs_machine_and_follows_it(own_file: Path, plant: Plant) -> None:
    log = next(each for each in plant.of("material_log", 1) if each["run_id"])
    here, elsewhere = log["site_id"], next(each for each in plant.of("machine", 1) if each["site_id"] != log["site_id"])
    there = {"machine": elsewhere["id"], "site": elsewhere["site_id"], "log": log["id"], "run": log["run_id"]}
    connection = open_writer(own_file)
    for change in ("machine_id = :machine, site_id = :site", "machine_id = NULL", "site_id = :site"):
        with pytest.raises(sqlite3.IntegrityError, match="constraint failed"):
            connection.execute(f"UPDATE material_log SET {change} WHERE id = :log", there)
    place = "SELECT machine_id, site_id FROM material_log WHERE id = :log"
    assert connection.execute(place, there).fetchone() == (log["machine_id"], here)
    connection.execute("UPDATE run SET machine_id = :machine, site_id = :site, started_at = 5 WHERE id = :run", there)
    assert connection.execute(place, there).fetchone() == (there["machine"], there["site"])
    connection.execute("UPDATE machine SET site_id = :here, name = 'moved' WHERE id = :machine", there | {"here": here})
    assert connection.execute(place, there).fetchone() == (there["machine"], here)
    assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    connection.close()
