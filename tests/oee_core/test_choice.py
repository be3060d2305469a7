"""Which implementation is loaded, and how loudly the other cases fail."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import oee_core
from oee_core import _kernel, reference

PACKAGE = Path(oee_core.__file__).parent
REPORT = "import oee_core; print(oee_core.implementation, oee_core.score_runs.__module__)"


def python(code: str, *, choice: str | None, folder: Path = PACKAGE.parent) -> subprocess.CompletedProcess[str]:
    """Runs the code in a fresh interpreter that finds oee_core in the folder.

    Without site-packages (-S): an editable install there would lend its kernel to a copy that has none.
    """
    environment = {name: value for name, value in os.environ.items() if name != "NEXSHIFT_OEE"}
    environment["PYTHONPATH"] = str(folder)
    if choice is not None:
        environment["NEXSHIFT_OEE"] = choice
    return subprocess.run(
        [sys.executable, "-S", "-c", code],
        env=environment,
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_kernel_is_the_default() -> None:
    ran = python(REPORT, choice=None)
    assert (ran.stdout, ran.returncode) == ("kernel oee_core._kernel\n", 0)


def test_each_implementation_can_be_forced() -> None:
    assert python(REPORT, choice="kernel").stdout == "kernel oee_core._kernel\n"
    assert python(REPORT, choice="reference").stdout == "reference oee_core.reference\n"


def test_any_other_choice_is_an_error() -> None:
    for choice in ("nonsense", "Kernel", ""):
        ran = python(REPORT, choice=choice)
        assert ran.returncode == 1
        assert ran.stdout == ""
        assert f'ImportError: NEXSHIFT_OEE must be "kernel" or "reference", not "{choice}"' in ran.stderr


def test_a_missing_kernel_is_an_error_that_says_what_to_do(tmp_path: Path) -> None:
    copy_without_kernel(tmp_path)
    for choice in (None, "kernel"):
        ran = python(REPORT, choice=choice, folder=tmp_path)
        assert ran.returncode == 1
        assert ran.stdout == ""
        assert "ImportError: the compiled part of oee_core cannot be loaded (No module named" in ran.stderr
        assert "python setup.py build_ext --inplace" in ran.stderr
        assert "NEXSHIFT_OEE=reference" in ran.stderr


def test_a_broken_kernel_is_an_error(tmp_path: Path) -> None:
    copy_without_kernel(tmp_path)
    (tmp_path / "oee_core" / Path(_kernel.__file__).name).write_bytes(b"not a shared library")
    ran = python(REPORT, choice=None, folder=tmp_path)
    assert ran.returncode == 1
    assert "ImportError: the compiled part of oee_core cannot be loaded" in ran.stderr


def test_without_the_kernel_the_reference_runs_when_asked_for(tmp_path: Path) -> None:
    copy_without_kernel(tmp_path)
    assert python(REPORT, choice="reference", folder=tmp_path).stdout == "reference oee_core.reference\n"


def test_both_implementations_offer_the_same_functions() -> None:
    for name in ("score_runs", "downtime_seconds", "sum_runs"):
        assert getattr(_kernel, name).__module__ == "oee_core._kernel"
        assert getattr(reference, name).__module__ == "oee_core.reference"


def copy_without_kernel(folder: Path) -> None:
    (folder / "oee_core").mkdir()
    for source in PACKAGE.glob("*.py"):
        shutil.copy(source, folder / "oee_core")
