"""There is one SQLite library in a process: the library that is chosen in one place."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
OURS = [path for part in ("nexshift", "tests", "benchmarks") for path in sorted((ROOT / part).rglob("*.py"))]
CHOICES = ("pysqlite3", "system")

# Imports all of Nexshift, opens a reader, and prints the versions of the libraries in the process and the reader's own.
LOOK = """
import json, sys
from importlib import import_module
from pathlib import Path
from benchmarks.floor.library import loaded_libraries
for file in sorted(Path("nexshift").rglob("*.py")):
    if file.name != "__main__.py":
        import_module(".".join(file.with_suffix("").parts).removesuffix(".__init__"))
from nexshift.storage.connection import create_database, open_reader
from nexshift.storage.library import sqlite3
import sqlite_utils
create_database(Path(sys.argv[1]))
reader = open_reader(Path(sys.argv[1]))
mine = reader.execute("SELECT substr(sqlite_source_id(), 1, 19)").fetchone()[0]
assert isinstance(sqlite_utils.Database(memory=True).conn, sqlite3.Connection)
print(json.dumps([sqlite3.__name__, list(loaded_libraries().values()), mine, reader.statements is not None]))
"""


def run(wanted: str, code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=ROOT,
        env=os.environ | {"NEXSHIFT_SQLITE": wanted},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("wanted", CHOICES)
def test_a_process_has_one_sqlite_library(tmp_path: Path, wanted: str) -> None:
    """sqlite-utils imports Python's `sqlite3` and looks for `pysqlite3`; both names lead to the one library."""
    looked = run(wanted, LOOK, str(tmp_path / "plant.db"))
    assert looked.stderr == ""
    name, loaded, used, is_stepped_directly = json.loads(looked.stdout)
    assert name == {"pysqlite3": "pysqlite3", "system": "sqlite3"}[wanted]
    assert loaded == [used]
    assert is_stepped_directly


def test_a_choice_that_there_is_not_is_refused_in_one_sentence() -> None:
    refused = run("newest", "from nexshift.cli import main; main()", "--version")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr == 'Error: NEXSHIFT_SQLITE must be "pysqlite3" or "system", not "newest"\n'


def test_a_library_that_was_asked_for_and_is_not_there_is_refused_in_one_sentence() -> None:
    hidden = "import sys; sys.modules['pysqlite3'] = None; from nexshift.cli import main; main()"
    refused = run("pysqlite3", hidden, "--version")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr.startswith("Error: the SQLite library of the package pysqlite3 cannot be loaded")
    assert refused.stderr.count("\n") == 1


def test_without_the_package_the_library_of_python_is_used() -> None:
    hidden = "import sys; sys.modules['pysqlite3'] = None"
    looked = run("", f"{hidden}; from nexshift.storage.library import sqlite3; print(sqlite3.__name__)")
    assert (looked.stderr, looked.stdout) == ("", "sqlite3\n")


@pytest.mark.parametrize(("file", "content", "why"), [
    ("pysqlite3/__init__.py", "raise RuntimeError('no such machine')", "no such machine"),
    ("pysqlite3/__init__.py", "from sqlite3 import *", "No module named 'pysqlite3.dbapi2'"),
    ("pysqlite3.py", "", "'pysqlite3' is not a package"),
])  # fmt: skip
def test_a_broken_package_is_refused_in_one_sentence(tmp_path: Path, file: str, content: str, why: str) -> None:
    (tmp_path / "pysqlite3").mkdir()
    (tmp_path / file).write_text(content)
    code = "import sys; sys.path.insert(0, sys.argv.pop(1)); from nexshift.cli import main; main()"
    refused = run("", code, str(tmp_path), "--version")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr.startswith("Error: the SQLite library of the package pysqlite3 cannot be loaded (")
    assert why in refused.stderr
    assert refused.stderr.count("\n") == 1


TELL = """
from importlib import reload
from benchmarks.floor.library import loaded_libraries
from nexshift.storage import library
reload(library)
print(library.sqlite3.__name__, len(loaded_libraries()))
"""


def test_what_was_imported_before_is_used_with_a_warning() -> None:
    """Two libraries would break each other's locks on a database that both have open."""
    looked = run("", f"import sqlite3\n{TELL}")
    assert looked.stdout == "sqlite3 1\n"
    assert "RuntimeWarning: Python's sqlite3 was imported before Nexshift, which therefore uses it" in looked.stderr


@pytest.mark.parametrize(("wanted", "before"), [("", "pysqlite3"), ("pysqlite3", "pysqlite3"), ("system", "sqlite3")])
def test_what_was_imported_before_is_used_where_it_would_be_chosen(wanted: str, before: str) -> None:
    looked = run(wanted, f"import {before}\n{TELL}")
    assert (looked.stderr, looked.stdout) == ("", f"{before} 1\n")


@pytest.mark.parametrize(("wanted", "before"), [
    ("pysqlite3", "sqlite3"), ("system", "pysqlite3"), ("", "sqlite3, pysqlite3"), ("", "sqlite_utils"),
])  # fmt: skip
def test_a_second_library_is_refused(wanted: str, before: str) -> None:
    refused = run(wanted, f"import {before}\n{TELL}")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "ImportError: another SQLite library is in this process already" in refused.stderr
    assert "import nexshift.storage.library before sqlite3, pysqlite3 and sqlite_utils" in refused.stderr


def test_compiled_modules_take_it_from_the_same_place() -> None:
    """ruff holds every other module to this (banned-api in pyproject.toml)."""
    sources = [path for part in ("nexshift", "oee_core") for path in (ROOT / part).rglob("*.p[yx][xd]")]
    assert sources
    named = re.compile(r"^\s*(import|from)\s+(_?sqlite3|pysqlite3)\b", re.MULTILINE)
    assert [path.name for path in sources if named.search(path.read_text())] == []


@pytest.mark.parametrize("wanted", CHOICES)
def test_every_module_has_all_that_is_used_of_it(wanted: str) -> None:
    """Type checkers see Python's own `sqlite3`, which has more than `pysqlite3`."""
    used = {
        node.attr
        for path in OURS
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "sqlite3"
    }
    assert {"connect", "SQLITE_BUSY"} <= used
    code = "from nexshift.storage.library import sqlite3; import sys; print(set(sys.argv[1:]) - set(dir(sqlite3)))"
    looked = run(wanted, code, *sorted(used))
    assert (looked.stderr, looked.stdout) == ("", "set()\n")
