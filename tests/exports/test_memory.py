"""A table that is larger than the memory that its export may take."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from nexshift.storage.connection import open_writer, writing
from tests.plants import NAMES

ROWS = 200_000
PROGRAM = """
import json, sys
from pathlib import Path
from nexshift.exports.extract import extracting
from nexshift.exports.files import load_parquet, write_file
from nexshift.tables import TABLES

def peak_mib():
    # Of this program alone; what getrusage says begins with the peak of the one that started it.
    (line,) = (line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) / 1024

database, company, form, target = sys.argv[1:]
if form == "parquet":
    load_parquet()
(table,) = (table for table in TABLES if table.name == "quality_checks")
before = peak_mib()
with extracting(Path(database), company, table) as extract:
    rows = write_file(extract, form, Path(target), lambda _: None)
print(json.dumps({"rows": rows, "grown_mib": peak_mib() - before}))
"""


@pytest.mark.parametrize(("form", "most_mib"), [("csv", 60), ("xlsx", 60), ("parquet", 200)])
def test_200_mb_of_rows_take_a_part_of_that(own_file: Path, tmp_path: Path, form: str, most_mib: int) -> None:
    writer = open_writer(own_file)
    with writing(writer):
        (site,) = writer.execute("SELECT min(id) FROM site WHERE company_id = 1").fetchone()
        writer.execute(
            "WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < ?)"
            " INSERT INTO quality_check (uuid, company_id, site_id, checked_at, passed, notes)"
            " SELECT printf('00000000-0000-7000-8000-%012x', n), 1, ?, 1700000000 + n, 1,"
            " printf('%.1000c', char(97 + n % 26)) FROM n",
            (ROWS, site),
        )
    writer.close()
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, own_file, NAMES[1], form, tmp_path / "checks"],
        check=True,
        capture_output=True,
        text=True,
    )
    result = json.loads(done.stdout)
    assert result["rows"] > ROWS
    assert result["grown_mib"] < most_mib, result
