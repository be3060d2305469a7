"""A file larger than the memory that the import may take."""

from __future__ import annotations

import json
import subprocess
import sys

from tests.importing.workbench import Workbench

PROGRAM = """
import json, resource, sys
from pathlib import Path
from nexshift.storage.companies import pick_company
from nexshift.storage.connection import open_writer
from nexshift.storage.importing import import_paths

def peak_mib():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

connection = open_writer(Path(sys.argv[1]))
before = peak_mib()
report = import_paths(connection, pick_company(connection, None), [Path(sys.argv[2])])
print(json.dumps({"summary": report.summary(), "grown_mib": peak_mib() - before}))
"""
ROWS = 120_000
NOTES = "n" * 1_000


def test_a_file_of_120_mb_takes_a_tenth_of_that(bench: Workbench) -> None:
    path = bench.folder / "scrap.csv"
    with path.open("w") as file:
        file.write("machine,run_started_at,units,timestamp,_notes\n")
        for number in range(ROWS):
            hour, minute, second = number // 3600, number // 60 % 60, number % 60
            day, hour = 26 + hour // 24 % 5, hour % 24
            file.write(f"Auto 3,2026-03-26T00:21:16Z,1,2026-03-{day}T{hour:02}:{minute:02}:{second:02}Z,{NOTES}\n")
    assert path.stat().st_size > 120_000_000
    (database,) = (row[2] for row in bench.rows("PRAGMA database_list") if row[1] == "main")
    bench.connection.close()  # a program with an older SQLite waits until nobody else has it open to write

    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, database, str(path)], check=True, capture_output=True, text=True
    )

    result = json.loads(done.stdout)
    assert result["summary"] == f"{ROWS} added, 0 updated, 0 unchanged, 0 rejected"
    assert result["grown_mib"] < 60
