"""What the program does not use, it does not import, also where it is installed, as pandas is for tests."""

from __future__ import annotations

import subprocess
import sys

HEAVY = ("pandas", "numpy")


def run(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout


def test_no_command_imports_pandas_or_numpy() -> None:
    assert run(f"import sys, nexshift.cli, nexshift.web.app; print(set({HEAVY}) & set(sys.modules))") == "set()\n"


def test_they_can_be_imported_afterwards() -> None:
    code = "import nexshift.storage.light_sqlite_utils, numpy, pandas; print(pandas.Series(numpy.array([1])).sum())"
    assert run(code) == "1\n"
