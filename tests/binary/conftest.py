"""The single file, on machines that have nothing else."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
BINARY = ROOT / "dist" / "nexshift"
_NOBODY = 65534

# A root folder that holds the file, /proc and /data, and where nothing but /data can be written to or run from.
_MAKE_ROOT = """
set -e
mount -t tmpfs -o mode=755 none "$1"
mkdir "$1/proc" "$1/data"
touch "$1/nexshift"
mount --bind "$2" "$1/nexshift"
mount --rbind /proc "$1/proc"
mount --bind "$3" "$1/data"
mount -o remount,bind,noexec,nosuid,nodev "$1/data"
mount -o remount,ro "$1"
shift 3
"""
_RUN_THERE = 'exec env -i "$(command -v chroot)" --userspec={user}:{user} "$root" /nexshift --db /data/plant.db "$@"'


@pytest.fixture(scope="session")
def binary() -> Path:
    if not BINARY.is_file():
        pytest.skip("there is no dist/nexshift; make it with: make binary")
    sources = [path for folder in ("nexshift", "oee_core", "binary") for path in (ROOT / folder).rglob("*.p*")]
    newest = max(
        (path for path in sources if path.suffix in {".py", ".pyx", ".pxd"}), key=lambda path: path.stat().st_mtime
    )
    if newest.stat().st_mtime > BINARY.stat().st_mtime:
        pytest.skip(f"dist/nexshift is older than {newest.relative_to(ROOT)}; make it anew with: make binary")
    return BINARY


class BareMachine:
    """An empty root folder with the file, /proc and the writable folder /data, for a user without any rights."""

    def __init__(self, binary: Path, root: Path, data: Path) -> None:
        self.data = data
        self._start = ["unshare", "--mount", "--propagation", "private", "sh", "-c",
                       f'root="$1"{_MAKE_ROOT}{_RUN_THERE.format(user=_NOBODY)}', "sh", root, binary, data]  # fmt: skip

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([*self._start, *arguments], capture_output=True, text=True, timeout=120, check=False)

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """The process itself, not one that waits for it."""
        return subprocess.Popen([*self._start, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def start_outside(self, *arguments: str) -> subprocess.Popen[str]:
        """The installed program on the same database."""
        command = [sys.executable, "-m", "nexshift", "--db", self.data / "plant.db", *arguments]
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.fixture
def bare_machine(binary: Path, tmp_path: Path) -> BareMachine:
    probe: Any = shutil.which("unshare") and subprocess.run(
        ["unshare", "--mount", "true"], capture_output=True, check=False
    )
    if not probe or probe.returncode:
        pytest.skip("a folder of its own as the root needs `unshare` and the rights of root")
    root, data = tmp_path / "root", tmp_path / "data"
    root.mkdir()
    data.mkdir()
    os.chown(data, _NOBODY, _NOBODY)
    return BareMachine(binary, root, data)
