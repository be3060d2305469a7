"""How is work that was done once not done again?

A step fills a folder whose name holds a hash of everything that the step depends on.  A folder appears under its name
when it is whole, so that an interrupted build leaves nothing that would be believed.  Folders stay in
`$NEXSHIFT_BUILD_CACHE`, else in `~/.cache/nexshift-build`.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

CACHE = Path(os.environ.get("NEXSHIFT_BUILD_CACHE") or Path.home() / ".cache" / "nexshift-build")


def step(name: str, depends_on: Iterable[object], fill: Callable[[Path], None]) -> Path:
    """The folder that `fill` has filled, now or in an earlier build that depended on the same."""
    key = hashlib.sha256("\0".join(map(str, depends_on)).encode()).hexdigest()[:16]
    folder = CACHE / f"{name}-{key}"
    if not folder.exists():
        print(f"{name} ...", flush=True)
        CACHE.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=CACHE, prefix=f".{name}-") as unfinished:
            fill(Path(unfinished))
            Path(unfinished).chmod(0o755)
            if not folder.exists():  # two builds may have done the same
                Path(unfinished).rename(folder)
                Path(unfinished).mkdir()  # for TemporaryDirectory to remove
    return folder


def run(*command: object, folder: Path | None = None, environment: Mapping[str, str] | None = None) -> str:
    """What a command printed.  Raises SystemExit with all that it said when it failed."""
    words = [str(word) for word in command]
    done = subprocess.run(
        words, cwd=folder, env={**os.environ, **(environment or {})}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"{done.stdout}{done.stderr}\nfailed with {done.returncode}: {' '.join(words)}")
    return done.stdout


def hash_files(paths: Iterable[Path]) -> str:
    """One hash of the files' names and contents."""
    total = hashlib.sha256()
    for path in sorted(paths):
        total.update(f"{path.name}\0".encode() + hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def copy_files(paths: Iterable[Path], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for path in paths:
        shutil.copy(path, folder)
