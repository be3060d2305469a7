"""Each peer's virtual environment: made once from its pinned requirements and kept beside the plants."""

from __future__ import annotations

import platform
import re
import shutil
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

from benchmarks import cache


class NotInstalled(Exception):
    """The package index could not be reached, or has no build for this machine."""


def programs(peer: str) -> Path:
    """The folder of the environment's programs; raises NotInstalled when it cannot be made."""
    requirements = _requirements(peer)
    digest = sha256((requirements.read_text() + platform.python_version()).encode()).hexdigest()[:12]
    path = cache.folder() / f"peer-{peer}-{digest}"
    complete = path / "complete"
    if not complete.exists():
        for outdated in cache.folder().glob(f"peer-{peer}-*"):
            shutil.rmtree(outdated)
        print(f"installing {peer} ...", file=sys.stderr, flush=True)
        _run(sys.executable, "-m", "venv", str(path))
        pip = (str(path / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "--quiet")
        _run(*pip, "install", "--no-deps", "--requirement", str(requirements))
        complete.touch()
    return path / "bin"


def version(peer: str, package: str) -> str:
    """Such as `datasette 0.65.5`, as it is pinned."""
    pinned = re.search(rf"^{package}==(\S+)$", _requirements(peer).read_text(), re.MULTILINE | re.IGNORECASE)
    if pinned is None:
        raise ValueError(f"{peer} does not pin {package}")
    return f"{package} {pinned[1]}"


def _requirements(peer: str) -> Path:
    return Path(__file__).with_name(peer) / "requirements.txt"


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise NotInstalled(f"could not be installed: {last}")
