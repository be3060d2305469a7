"""How each peer is started over the plant, what it is asked for, and which part of our page it has to return."""

from __future__ import annotations

import csv
import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.http.load import Target
from benchmarks.http.service import free_port, running
from benchmarks.peers import answers, environments
from nexshift.storage.library import sqlite3

FOLDER = Path(__file__).parent
QUIET = ("--no-access-log", "--log-level", "warning")


class Peer(NamedTuple):
    """`part` makes of our page what this peer returns; `says` tells in words what that is."""

    name: str
    packages: Sequence[tuple[str, str]]  # whose versions are stated: environment, package
    command: Callable[[Path, int], Sequence[str]]
    path: str
    part: Callable[[Any], Any]
    read: Callable[[bytes], Any]
    says: str


@contextmanager
def serving(peer: Peer, database: Path, core: int | None) -> Iterator[Target]:
    """Raises NotInstalled when the package index does not give it."""
    port = free_port()
    command = peer.command(database, port)
    with running(command, port, environment={"PLANT_DB": str(database)}, core=core) as url:
        yield Target(url + peer.path)


@contextmanager
def serving_bytes(body: Path, core: int | None) -> Iterator[tuple[Target, Target]]:
    """Bare Litestar handlers: one that returns the file's bytes, and one that returns a constant."""
    port = free_port()
    command = _uvicorn(sys.executable, "benchmarks.peers.bare_handlers:app", port)
    with running(command, port, environment={"BODY": str(body)}, core=core) as url:
        yield Target(f"{url}/page"), Target(f"{url}/constant")


def _uvicorn(python: str | Path, app: str, port: int) -> list[str]:
    return [str(python), "-m", "uvicorn", app, "--port", str(port), *QUIET]


def _fastapi(_database: Path, port: int) -> list[str]:
    return _uvicorn(environments.programs("fastapi_plant") / "python", "benchmarks.peers.fastapi_plant.main:app", port)


def _sqlite_json(_database: Path, port: int) -> list[str]:
    return _uvicorn(sys.executable, "benchmarks.peers.sqlite_json:app", port)


def _datasette(database: Path, port: int) -> list[str]:
    queries = {name: {"sql": f"{(FOLDER / f'{name}.sql').read_text()} LIMIT 1000"} for name in ("flat", "nested")}
    metadata = database.with_name("metadata.json")
    metadata.write_text(json.dumps({"databases": {database.stem: {"queries": queries}}}))
    program = str(environments.programs("datasette") / "datasette")
    # its answers say `no-cache` then, and it keeps none itself
    settings = ("--setting", "default_cache_ttl", "0", "--setting", "max_returned_rows", "1000")
    return [program, "serve", str(database), "--metadata", str(metadata), "--port", str(port), *settings]


def _roapi(database: Path, port: int) -> list[str]:
    flat = database.with_name("runs.csv")
    if not flat.exists():
        _write_flat(database, flat)
    addresses = {"http": port, "postgres": free_port(), "flight-sql": free_port()}
    listen = [word for name, number in addresses.items() for word in (f"--addr-{name}", f"127.0.0.1:{number}")]
    return [str(environments.programs("roapi") / "roapi"), "--table", f"runs={flat}", *listen]


def _write_flat(database: Path, flat: Path) -> None:
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    rows = connection.execute((FOLDER / "flat.sql").read_text())
    partial = flat.with_name(f"{flat.name}.{os.getpid()}")
    with partial.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([column[0] for column in rows.description])
        writer.writerows(rows)
    connection.close()
    partial.rename(flat)


PEERS = (
    Peer(
        "FastAPI + SQLAlchemy + pydantic",
        [("fastapi_plant", package) for package in ("fastapi", "sqlalchemy", "pydantic", "uvicorn")],
        _fastapi,
        "/production/runs?limit=1000",
        answers.whole,
        answers.read_page,
        "the same body (whole numbers as 75.0), with children and OEE",
    ),
    Peer(
        "SQLite's JSON functions behind Litestar",
        [],
        _sqlite_json,
        "/production/runs?limit=1000",
        answers.without_oee,
        answers.read_page,
        "the same body with children, no OEE, no cursor",
    ),
    Peer(
        "Datasette, flat join",
        [("datasette", package) for package in ("datasette", "uvicorn")],
        _datasette,
        "/plant/flat.json?_shape=array",
        answers.flat,
        json.loads,
        "1000 flat rows, no children, no OEE, instants as numbers",
    ),
    Peer(
        "Datasette, nested JSON in SQL",
        [],
        _datasette,
        "/plant/nested.json?_shape=array&_json=scrap&_json=downtime",
        answers.nested,
        json.loads,
        "1000 rows with children, no OEE, instants as numbers",
    ),
    Peer(
        "ROAPI, flat table in memory",
        [("roapi", "roapi")],
        _roapi,
        "/api/tables/runs?sort=-started_at,id&limit=1000",
        answers.flat,
        answers.read_without_nulls,
        "1000 flat rows as of its start, no children, no OEE, instants as numbers",
    ),
)
