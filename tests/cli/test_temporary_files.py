"""Nothing is written outside the database's folder, whichever SQLite library there is."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.cli.conftest import Command

LIBRARIES = ["system", *(["pysqlite3"] if find_spec("pysqlite3") else [])]
SORT = """
import json, os, sys
from pathlib import Path
from nexshift.cli.temporary import temporary_files_beside
from nexshift.storage.companies import add_company
from nexshift.storage.connection import create_database, open_reader, open_writer
from nexshift.storage.library import sqlite3

path, kind = Path(sys.argv[1]), sys.argv[2]
kept = temporary_files_beside(path)
kept.__enter__()
if kind == "reads":
    writer = create_database(path)
    add_company(writer, "Acme", "UTC")
    writer.execute("INSERT INTO site (uuid, company_id, name) VALUES ('00000000-0000-4000-8000-000000000001', 1, 'A')")
    writer.execute(
        "INSERT INTO quality_check (uuid, company_id, site_id, checked_at, passed, notes)"
        " SELECT printf('00000000-0000-4000-8000-%012x', value), 1, 1, 1700000000 + value, 0, hex(randomblob(200)) FROM"
        " (WITH RECURSIVE n(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n WHERE value < 60000) SELECT * FROM n)"
    )
    writer.close()
    connection = open_reader(path)
    rows = connection.execute("SELECT notes, uuid FROM quality_check ORDER BY notes, uuid")
    rows.fetchone()
else:
    connection = create_database(path)
    connection.execute("PRAGMA cache_size = 10")
    connection.execute("CREATE TEMP TABLE held (x)")
    connection.execute(
        "INSERT INTO temp.held WITH RECURSIVE n(v) AS (SELECT 1 UNION ALL SELECT v + 1 FROM n WHERE v < 50000)"
        " SELECT hex(randomblob(200)) FROM n"
    )
found = []
for number in os.listdir("/proc/self/fd"):
    try:
        found.append(os.readlink(f"/proc/self/fd/{number}"))
    except OSError:
        pass
print(json.dumps([each for each in found if each.startswith("/") and "(deleted)" in each]))
"""

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")


def temporary_files(kind: str, library: str, database: Path, elsewhere: Path) -> list[str]:
    environment = {**os.environ, "NEXSHIFT_SQLITE": library, "TMPDIR": str(elsewhere)}
    environment.pop("SQLITE_TMPDIR", None)
    done = subprocess.run(
        [sys.executable, "-c", SORT, database, kind], env=environment, check=True, capture_output=True, text=True
    )
    found: list[str] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("library", LIBRARIES)
def test_what_reads_makes_no_file_however_much_there_is_to_sort(library: str, tmp_path: Path) -> None:
    folder, elsewhere = tmp_path / "plant", tmp_path / "elsewhere"
    folder.mkdir()
    elsewhere.mkdir()
    assert temporary_files("reads", library, folder / "plant.db", elsewhere) == []


@pytest.mark.parametrize("library", LIBRARIES)
def test_what_writes_makes_its_files_beside_the_database(library: str, tmp_path: Path) -> None:
    folder, elsewhere = tmp_path / "the plant's", tmp_path / "elsewhere"
    folder.mkdir()
    elsewhere.mkdir()
    found = temporary_files("writes", library, folder / "plant.db", elsewhere)
    assert all(Path(each).parent == folder for each in found)
    if library == "system":
        assert found, "a temporary table of 20 MB has a file, or nothing was tried here"


def test_what_an_import_puts_aside_is_beside_the_database_too(
    run: Command, plant: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rejected rows, and standard input: the system's folder for such files is not used, and need not be there."""
    nowhere = str(plant.with_name("there is no such folder"))
    monkeypatch.setattr(tempfile, "tempdir", nowhere)
    Path("machines.csv").write_text("name,site\nFiller,Brisbane\nPacker,Oslo\n")
    with_rejects = run("import", "--skip-bad", "machines.csv")
    assert with_rejects.exit_code == 3
    assert "Packer,Oslo" in Path("machines.rejects.csv").read_text()
    tried = run("import", "--dry-run", "--skip-bad", "machines.csv")
    assert "1 would be rejected" in tried.stdout
    assert tempfile.tempdir == nowhere, "it is as it was"
