"""Whatever is given to `import` and `delete` as a file: loaded or refused in sentences, with exit code 0, 1, 2 or 3.

A refusal changes nothing, and what was loaded leaves a database that `check` finds whole.  The examples are the same in
every run.
"""

from __future__ import annotations

import csv
import io
import json
import shutil
import signal
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nexshift.cli.group import nexshift
from nexshift.storage.importing import ENTITIES
from nexshift.storage.library import sqlite3
from tests.dumping import dump
from tests.importing.workbench import GOOD, create_plant
from tests.security.mutations import NASTY, Mutation, mutate, mutations

ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32", "latin-1", "cp1252"]
SUFFIXES = [".csv", ".json", ".ndjson", ".jsonl", ".tsv", ".CSV"]
HANGS_S = 120  # whoever is not done by then never will be; honest attempts take some milliseconds
MOST_BYTES = 64 * 2**20  # of Python's memory

Load = Callable[..., Result]

bounded = settings(
    max_examples=150, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck)
)
entities = st.sampled_from(sorted(GOOD))
nasty_cells = st.sampled_from([raw.decode("utf-8", "surrogateescape") for raw in NASTY]) | st.text(max_size=20)
options = st.lists(st.sampled_from(["--create", "--skip-bad", "--dry-run"]), unique=True)


@pytest.fixture(scope="module")
def plant(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return create_plant(tmp_path_factory.mktemp("fuzzed") / "plant.db")


@pytest.fixture
def load(plant: Path, tmp_path: Path) -> Iterator[Load]:
    """Give a file to a command, in a fresh copy of the plant, and look at what came of it."""
    database = tmp_path / "plant.db"
    before = signal.signal(signal.SIGALRM, _give_up)

    def run(*arguments: str) -> Result:
        signal.alarm(HANGS_S)
        try:
            return CliRunner().invoke(nexshift, ["--db", str(database), *arguments])
        finally:
            signal.alarm(0)

    def load_file(name: str, content: bytes, *arguments: str, command: str = "import") -> Result:
        shutil.copy(plant, database)
        path = tmp_path / name
        path.write_bytes(content)
        held = contents(database)
        result = run(command, *arguments, str(path))
        check(result)
        if result.exit_code not in {0, 3} or "--dry-run" in arguments:
            assert contents(database) == held
        else:
            assert run("check").exit_code == 0
        for made in (path, *tmp_path.glob("*.rejects.csv")):
            made.unlink(missing_ok=True)
        return result

    yield load_file
    signal.signal(signal.SIGALRM, before)


def _give_up(*_: object) -> None:
    raise TimeoutError("it hangs")


def contents(database: Path) -> list[str]:
    connection = sqlite3.connect(database)
    try:
        return dump(connection)
    finally:
        connection.close()


def check(result: Result) -> None:
    assert result.exit_code in (0, 1, 2, 3), result.exception  # 3: rows were rejected
    assert result.exception is None or isinstance(result.exception, SystemExit)
    assert "a fault in Nexshift itself" not in result.output
    assert "Traceback (most recent" not in result.output
    if result.exit_code == 1:
        assert result.stderr.count("\nError: ") + result.stderr.startswith("Error: ") == 1


def as_csv(rows: list[dict[str, str]], delimiter: str = ",") -> str:
    header = list(dict.fromkeys(name for row in rows for name in row))
    file = io.StringIO()
    writer = csv.writer(file, delimiter=delimiter)
    writer.writerow(header)
    writer.writerows([row.get(name, "") for name in header] for row in rows)
    return file.getvalue()


def write(rows: list[dict[str, str]], suffix: str, delimiter: str, encoding: str) -> bytes:
    match suffix:
        case ".json":
            text = json.dumps(rows, ensure_ascii=False)
        case ".ndjson" | ".jsonl":
            text = "\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
        case _:
            text = as_csv(rows, delimiter)
    return text.encode(encoding, "replace" if encoding in ("latin-1", "cp1252") else "surrogatepass")


@bounded
@given(
    entity=entities,
    suffix=st.sampled_from(SUFFIXES),
    delimiter=st.sampled_from(",;\t"),
    encoding=st.sampled_from(ENCODINGS),
    how=mutations(),
    arguments=options,
)
def test_any_mutation_of_a_good_file(
    load: Load, *, entity: str, suffix: str, delimiter: str, encoding: str, how: list[Mutation], arguments: list[str]
) -> None:
    good = write([dict(GOOD[entity])] * 2, suffix, delimiter, encoding)
    load(entity + suffix, mutate(good, how), *arguments)


@bounded
@given(
    entity=entities,
    suffix=st.sampled_from([".csv", ".json", ".ndjson"]),
    changes=st.lists(st.tuples(st.integers(0, 20), nasty_cells), min_size=1, max_size=4),
    arguments=options,
)
def test_any_cells(load: Load, entity: str, suffix: str, changes: list[tuple[int, str]], arguments: list[str]) -> None:
    row = dict(GOOD[entity])
    for number, cell in changes:
        row[list(row)[number % len(row)]] = cell
    load(entity + suffix, write([row], suffix, ",", "utf-8"), *arguments)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | nasty_cells,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@bounded
@given(entity=entities, values=st.lists(json_values, min_size=1, max_size=6), line_by_line=st.booleans())
def test_any_json_values(load: Load, entity: str, values: list[object], line_by_line: bool) -> None:
    names = list(GOOD[entity])
    row = {**GOOD[entity], **{names[place % len(names)]: value for place, value in enumerate(values)}}
    text = json.dumps(row) if line_by_line else json.dumps({"data": [row]})
    load(f"{entity}.ndjson" if line_by_line else f"{entity}.json", text.encode())


@bounded
@given(entity=entities, suffix=st.sampled_from(SUFFIXES), content=st.binary(max_size=300))
def test_any_bytes(load: Load, entity: str, suffix: str, content: bytes) -> None:
    load(entity + suffix, content)


@bounded
@given(entity=entities, suffix=st.sampled_from([".csv", ".json", ".ndjson"]), how=mutations())
def test_any_file_for_delete(load: Load, entity: str, suffix: str, how: list[Mutation]) -> None:
    good = write([dict(GOOD[entity])], suffix, ",", "utf-8")
    load(entity + suffix, mutate(good, how), entity, command="delete")


DEEP = 100_000
LARGE = {
    "deep.json": b"[" * DEEP,
    "deep-objects.json": b'{"data":' * DEEP,
    "deep-row.json": b'[{"name":' + b"[" * DEEP + b"]" * DEEP + b"}]",
    "deep.ndjson": b'{"name":' * DEEP + b"1" + b"}" * DEEP,
    "digits.json": b'[{"name":' + b"9" * 1_000_000 + b"}]",
    "digits.csv": b"name\n" + b"9" * 100_000,
    "cell.csv": b'name\n"' + b"a" * 3_000_000,
    "line.ndjson": b'{"name":"' + b"a" * 5_000_000,
    "columns.csv": b",".join([b"name"] * 200_000) + b"\n",
    "unknown-columns.csv": b",".join(b"a%d" % number for number in range(20_000)) + b"\n",
    "cells.csv": b"name\n" + b"a," * 100_000,
    "members.json": b"[{" + b",".join(b'"a%d":1' % number for number in range(20_000)) + b"}]",
    "blank.csv": b"\n" * 1_000_000,
    "nul.csv": b"name\n" + b"\0" * 1_000_000,
    "quotes.csv": b"name\n" + b'"' * 1_000_001,
    "rows.csv": b"name\n" + b'"a"b\n' * 50_000,
    "escapes.json": b'[{"name":"' + b"\\ud800" * 100_000 + b'"}]',
    "empty.csv": b"",
    "mark.csv": b"\xff\xfe",
}


@pytest.mark.parametrize("name", LARGE)
def test_too_much_of_something_is_refused_and_not_held(load: Load, name: str) -> None:
    tracemalloc.start()
    try:
        assert load(name, LARGE[name], "--as", "sites").exit_code == 1
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < MOST_BYTES


def test_every_entity_has_a_good_row_to_start_from() -> None:
    assert set(GOOD) == set(ENTITIES)
