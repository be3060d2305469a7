"""Where the large plants are kept between measurements: built once for their seed, size and schema.

One that a changed schema has made useless goes when its successor is there.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import closing
from hashlib import sha256
from pathlib import Path

from benchmarks import plant
from benchmarks.floor import database as floor_database
from nexshift.storage import migrations
from nexshift.storage.library import sqlite3


def folder() -> Path:
    """$XDG_CACHE_HOME/nexshift-bench; created when it is not there."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    path = Path(base) / "nexshift-bench"
    path.mkdir(parents=True, exist_ok=True)
    return path


def plant_file(runs: int) -> Path:
    """The program's own database with the plant."""
    return _keep("plant", runs, _schema(), lambda path: plant.build(path, runs))


def _schema() -> str:
    """Of a new database, whatever steps make it."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        migrations.create(connection)
        definitions = connection.execute("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name").fetchall()
    return "\n".join(definition for (definition,) in definitions)


def floor_file(runs: int) -> Path:
    """The floor's database with the same plant."""
    source = Path(floor_database.__file__).read_text()
    definition = floor_database.SCHEMA + source
    return _keep("floor", runs, definition, lambda path: floor_database.fill(path, plant.make_plant(runs)))


def _keep(name: str, runs: int, definition: str, write: Callable[[Path], None]) -> Path:
    made_by = Path(plant.__file__).read_text()
    digest = sha256((definition + made_by).encode()).hexdigest()[:12]
    path = folder() / f"{name}-{plant.SEED}-{runs}-{digest}.db"
    if not path.exists():
        print(f"building {path} ...", flush=True)
        partial = path.with_name(f"building-{os.getpid()}-{path.name}")
        write(partial)  # closes it, so that nothing is left in its write-ahead log
        for outdated in folder().glob(f"{name}-{plant.SEED}-{runs}-*"):
            outdated.unlink()
        partial.rename(path)
    return path
