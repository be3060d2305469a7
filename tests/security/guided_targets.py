"""What is fed by the coverage-guided fuzzer: each target takes bytes, and may raise nothing.

`tests/security/guided.py` runs them.  What the program refuses is no finding; anything else that is raised is one, and
so is an answer of the compiled parts that differs from that of the readable ones.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from itertools import islice
from pathlib import Path

import atheris

from nexshift.cursor import Position, decode_cursor, encode_cursor
from nexshift.errors import BadParameter, NexshiftError, Refused
from nexshift.instants import EARLIEST, LATEST, load_zone
from nexshift.listings import LISTINGS
from nexshift.storage.connection import open_reader, open_writer
from nexshift.storage.importing import ENTITIES
from nexshift.storage.importing.sources import open_source
from nexshift.storage.library import sqlite3
from nexshift.storage.stepping import Stepping
from nexshift.web.credentials import read_key
from nexshift.window import parse_window
from oee_core import _kernel, reference
from tests.asking import ask
from tests.grants import GRANTS, grant_of
from tests.plants import make_plant

Target = Callable[[bytes], None]
SUFFIXES = (".csv", ".json", ".ndjson")
ZONES = tuple(map(load_zone, ("UTC", "Australia/Brisbane", "Europe/Berlin", "America/St_Johns")))
MOST_ROWS = 1_000
STORED = (
    ("incident", "title"),
    ("incident", "severity"),
    ("incident", "occurred_at"),
    ("run", "units_produced"),
    ("run", "target_quantity"),
    ("run", "batch_number"),
    ("downtime", "reason"),
    ("batch", "total_qty"),
    ("quality_check", "notes"),
)


def make_parameters(folder: Path) -> Target:
    """A query string, asked of a listing with a key, both ways of stepping rows."""
    plant = make_plant(20)
    path = plant.write(folder / "plant.db")
    readers = [open_reader(path, stepping=each) for each in Stepping]
    grants = [grant_of(plant, 1, kind) for kind in GRANTS]

    def ask_both(data: bytes) -> None:
        endpoint, grant = LISTINGS[data[0] % len(LISTINGS)], grants[data[1] % len(grants)]
        answers = [_outcome(lambda reader=reader: ask(reader, endpoint, grant, data[2:])) for reader in readers]
        assert answers[0] == answers[1], answers

    return lambda data: ask_both(data) if len(data) > 2 else None


def make_cursor(_: Path) -> Target:
    def decode(data: bytes) -> None:
        text = data.decode("utf-8", "replace")
        found = decode_cursor(text, "bound")
        assert found is None or encode_cursor(found, "bound") == text
        if len(data) >= 24:
            position = Position(int.from_bytes(data[:8], signed=True), data[8:24].hex())
            again = decode_cursor(encode_cursor(position, data), data)
            assert again is not None
            assert (again.time, again.uuid.replace("-", "")) == position
            assert decode_cursor(encode_cursor(position, data), data + b"x") is None

    return decode


def make_instants(_: Path) -> Target:
    def place(data: bytes) -> None:
        zone = ZONES[data[0] % len(ZONES)]
        first, _, last = data[1:].decode("utf-8", "replace").partition("\n")
        try:
            window = parse_window(first or None, last or None, zone)
        except BadParameter:
            return
        for end in (window.start, window.stop):
            assert end is None or EARLIEST - 1 <= end <= LATEST + 1, window

    return lambda data: place(data) if data else None


def make_credentials(_: Path) -> Target:
    def read(data: bytes) -> None:
        found = read_key([(b"authorization", line) for line in data.split(b"\n")])
        assert found is not None

    return read


def make_files(folder: Path) -> Target:
    """A file of any kind, read to its end."""
    columns = {name: set(entity.template[0]) for name, entity in ENTITIES.items()}
    known = set().union(*columns.values())
    paths = [folder / f"runs{suffix}" for suffix in SUFFIXES]

    def read(data: bytes) -> None:
        path = paths[data[0] % len(paths)]
        path.write_bytes(data[1:])
        with suppress(Refused), open_source(path, known) as source:
            for line, last, names, cells in islice(source.rows, MOST_ROWS):
                assert 1 <= line <= last
                assert isinstance(names, tuple)
                assert isinstance(cells, list)

    return lambda data: read(data) if data else None


def make_stored(folder: Path) -> Target:
    """A value that another program has written into the database, in pages made both ways."""
    plant = make_plant(10)
    path = plant.write(folder / "stored.db")
    writer = open_writer(path)
    writer.execute("PRAGMA synchronous = OFF")
    readers = [open_reader(path, stepping=each) for each in Stepping]
    grant = grant_of(plant, 1)

    def store(data: bytes) -> None:
        provider = atheris.FuzzedDataProvider(data)
        table, column = STORED[provider.ConsumeIntInRange(0, len(STORED) - 1)]
        kind = provider.ConsumeIntInRange(0, 3)
        value: object = provider.ConsumeInt(8) if kind == 0 else provider.ConsumeFloat() if kind == 1 else None
        if kind > 1:
            value = provider.ConsumeBytes(64)
        cast = "CAST(? AS TEXT)" if kind > 1 else "?"
        before = writer.execute(f"SELECT {column}, uuid FROM {table} LIMIT 3").fetchall()
        change = f"UPDATE {table} SET {column} = %s WHERE uuid = ?"
        try:
            writer.executemany(change % cast, [(value, uuid) for _, uuid in before])
        except sqlite3.Error:
            return  # the schema knows better
        for endpoint in LISTINGS:
            answers = [_outcome(lambda reader=reader, at=endpoint: ask(reader, at, grant)) for reader in readers]
            assert answers[0] == answers[1], answers
        writer.executemany(change % "?", before)

    return store


def make_kernel(_: Path) -> Target:
    """The compiled core against its definition, on rows of any numbers that can be stored."""

    def score(data: bytes) -> None:
        provider = atheris.FuzzedDataProvider(data)

        def quantity() -> float | None:
            kind = provider.ConsumeIntInRange(0, 3)
            whole = float(provider.ConsumeIntInRange(0, 2**53))
            return None if kind == 0 else whole if kind == 1 else float(provider.ConsumeIntInRange(0, 30)) / 8

        def second() -> int:
            return provider.ConsumeIntInRange(0, 200)

        runs, stops, scrap = [], [], []
        for number in range(provider.ConsumeIntInRange(0, 6)):
            start = second()
            runs.append((number, start, start + second(), quantity() or 0.0, quantity(), quantity(), None))
            stops += [(number, second(), second() or None, None) for _ in range(provider.ConsumeIntInRange(0, 4))]
            scrap += [(number, quantity() or 0.0) for _ in range(provider.ConsumeIntInRange(0, 2))]
        answers = [repr(core.score_runs(runs, stops, scrap)) for core in (_kernel, reference)]
        assert answers[0] == answers[1], answers

    return score


MAKE: dict[str, Callable[[Path], Target]] = {
    "parameters": make_parameters,
    "cursor": make_cursor,
    "instants": make_instants,
    "credentials": make_credentials,
    "files": make_files,
    "stored": make_stored,
    "kernel": make_kernel,
}
SEEDS: dict[str, tuple[bytes, ...]] = {
    "parameters": (
        *(bytes([number, 0]) + b"from=2026-03-01&to=2026-03-31T06:00:00%2B10:00&limit=5" for number in range(7)),
        b"\0\0site_id=00000000-0000-7000-8000-000000000001&machine_id=x&cursor=AAAAAGmlGVAAAAAAAABwAIAAAAAAAAQFJDRtitonXg3m",
        b"\2\0passed=true&_=1",
        b"\4\0status=closed&severity=low",
        b"\3\0is_open=true",
    ),
    "cursor": (b"AAAAAGmlGVAAAAAAAABwAIAAAAAAAAQFJDRtitonXg3m",),
    "instants": (b"\0" + b"2026-03-01\n2026-03-31T06:00:00.5Z", b"\2" + b"2026-03-29T02:30\n9999-12-31T23:59:59-14:00"),
    "credentials": (b"Bearer nxs_", b"Basic YTpi", b"basic Og==\nBearer a"),
    "files": (
        b"\0" + b'machine,started_at,"units_produced"\r\nAuto 3,2026-03-26T00:21:16Z,9700\r\n',
        b"\0" + b"\xef\xbb\xbfmachine;started_at\nA;B\n",
        b"\0" + "machine\tstarted_at\nA\tB\n".encode("utf-16"),
        b"\1" + b'{"data": [{"machine": "A", "units": [1, {"a": -1.5e3}], "b": null}], "more": "\\ud83d\\ude00"}',
        b"\1" + b'[{"machine": "A"}, {"machine": true}]',
        b"\2" + b'{"machine": "A"}\n\n{"machine": 1}\n',
    ),
    "stored": tuple(bytes([number, 2]) + b'text \xff\x00"\\\xed\xa0\x80' for number in range(9)),
    "kernel": (bytes(range(200)), b"\1" * 100),
}


def _outcome(answer: Callable[[], bytes]) -> tuple[str, bytes]:
    try:
        return "", answer()
    except sqlite3.Error as error:
        return type(error).__name__, b""  # a damaged text, which is told to the log
    except NexshiftError as refusal:
        return type(refusal).__name__, refusal.sentence.encode("utf-8", "surrogatepass")
