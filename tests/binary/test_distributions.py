"""The wheel and the source distribution install in fresh environments, and what they install works."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path

from tests.binary.conftest import ROOT

_PIP = ("-m", "pip", "--disable-pip-version-check", "--quiet", "install")
_NOT_SOURCES = shutil.ignore_patterns(".*", "*.so", "*.egg-info", "__pycache__", "build", "dist")


def test_both_install_and_serve_and_hold_no_more_than_the_program(tmp_path: Path) -> None:
    shutil.copytree(ROOT, tmp_path / "project", ignore=_NOT_SOURCES)  # builds write into the tree
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", tmp_path, tmp_path / "project")
    (wheel,), (source,) = tmp_path.glob("*.whl"), tmp_path.glob("*.tar.gz")
    with zipfile.ZipFile(wheel) as archive, tarfile.open(source) as sources:
        names = [*archive.namelist(), *(name.partition("/")[2] for name in sources.getnames())]
    assert not {name.partition("/")[0] for name in names} & {"tests", "benchmarks", "binary", "build", "dist"}
    for distribution in (wheel, source):
        try_out(distribution, tmp_path / distribution.suffix)


def try_out(distribution: Path, folder: Path) -> None:
    venv.create(folder, with_pip=True)
    python = folder / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    locks = [word for name in ("", "-build") for word in ("--requirement", ROOT / f"requirements{name}.lock")]
    run(python, *_PIP, "--require-hashes", *locks)
    run(python, *_PIP, "--no-deps", "--no-build-isolation", distribution)
    program = python.with_name("nexshift")
    run(program, "init", "--company", "Acme Manufacturing", folder=folder)
    (folder / "sites.csv").write_text("name,location\nDarwin,Berrimah\n")
    assert run(program, "import", "sites.csv", folder=folder).startswith("1 added")
    assert run(program, "check", folder=folder) == "OK\n"
    compiled = "import oee_core, nexshift.storage.stepping as s; print(oee_core.implementation, s.choose())"
    assert run(python, "-I", "-c", compiled) == "kernel direct\n"


def run(*command: str | Path, folder: Path | None = None) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=600)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
