"""Our own side: a copy of the cached plant with a key, served as `nexshift serve` does it."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from benchmarks import cache
from benchmarks.http import cores
from benchmarks.http.load import Failed, Target
from benchmarks.http.service import ROOT, free_port, running
from benchmarks.plant import RUNS

_NEXSHIFT = (sys.executable, "-m", "nexshift")
NO_LIMIT = ("--rate-limit", "1000000")
NO_CACHE = ("--response-cache", "0")


class Plant(NamedTuple):
    """A database of its own, so that a key and a writer leave the cached one alone."""

    path: Path
    key: str


@contextmanager
def plant() -> Iterator[Plant]:
    with tempfile.TemporaryDirectory(dir=cache.folder(), prefix="served-") as folder:
        path = Path(folder) / "plant.db"
        shutil.copyfile(cache.plant_file(RUNS), path)
        made = _run("--db", str(path), "key", "create", "--name", "benchmark")
        yield Plant(path, made.strip())


@contextmanager
def serving(
    plant: Plant, *, cached: bool = False, workers: int = 1, core: int | None = cores.SERVER
) -> Iterator[Target]:
    """The service as the target of its production runs; without a response cache unless `cached`."""
    port = free_port()
    options = [*NO_LIMIT, *(() if cached else NO_CACHE), "--workers", str(workers), "--port", str(port)]
    command = [*_NEXSHIFT, "--db", str(plant.path), "serve", *options]
    with running(command, port, core=core) as url:
        yield Target(f"{url}/api/v1/production/runs", {"Authorization": f"Bearer {plant.key}"})


def page_of(target: Target, limit: int = 1000) -> Target:
    return target._replace(url=f"{target.url}?limit={limit}")


def _run(*arguments: str) -> str:
    done = subprocess.run([*_NEXSHIFT, *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Failed(f"nexshift {' '.join(arguments)}: {done.stderr}")
    return done.stdout
