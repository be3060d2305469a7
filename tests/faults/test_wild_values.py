"""A damaged file can hold any value in any column.  Whatever stands there, an answer is JSON or there is none."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import pytest

from nexshift.config import RESOURCES
from nexshift.errors import NexshiftError
from nexshift.instants import load_zone
from nexshift.listings import LISTINGS
from nexshift.storage.connection import create_database, open_reader
from nexshift.storage.keys import Grant
from nexshift.storage.library import sqlite3
from nexshift.storage.stepping import Stepping
from tests.asking import ask
from tests.faults.commands import ROOT
from tests.faults.conftest import Torture
from tests.storage.rows import GOOD_ROWS, add_plant

WILD: tuple[Any, ...] = (
    *(None, -(2**63), 2**63 - 1, 2**53 + 1, -1, 0, 253402300800, -62135596801, 8_000_000_000_000_000),
    *(0.5, -0.5, 1e308, float("inf"), float("-inf"), 2.0**63, -(2.0**63)),
    *("", "x", '"', "\x00", "\ud7ff\U0010ffff", "9" * 40, "x" * 100_000, b"", b"\xff" * 20, b'"},{"'),
)
NO_TEXT = b"\xff\xfe\xed\xa0\x80"  # bytes that are no UTF-8, stored as a text
CHANGES = (*(("?", value) for value in WILD), ("CAST(? AS TEXT)", NO_TEXT))
EXPECTED = (NexshiftError, sqlite3.DatabaseError, ValueError, TypeError, KeyError, OverflowError, msgspec.MsgspecError)
GRANT = Grant(
    key_id=1,
    key_name="reader",
    company_id=1,
    company="Acme",
    zone=load_zone("UTC"),
    resources=frozenset(RESOURCES),
    sites=None,
    rate_limit=None,
    expires_at=None,
)


@pytest.mark.parametrize("stepping", list(Stepping))
def test_whatever_stands_in_a_column_an_answer_is_json_or_there_is_none(
    tmp_path: Path, stepping: Stepping, torture: Torture
) -> None:
    """In a process of its own, because what is looked for may end it."""
    path = tmp_path / "plant.db"
    with closing(create_database(path)) as connection:
        add_plant(connection)
    program = [sys.executable, "-X", "faulthandler", "-m", "tests.faults.test_wild_values", str(path), stepping]
    done = subprocess.run(program, cwd=ROOT, env=os.environ, capture_output=True, text=True, timeout=600, check=False)
    *_, last = done.stdout.splitlines()
    assert (done.returncode, done.stderr) == (0, ""), last
    given, refused = map(int, last.split())
    assert given > refused > 100
    torture.report(f"a wild value in every column, rows stepped by {stepping}", answers=given, refused=refused)


def main(path: Path, stepping: Stepping) -> None:
    """Print each change before it is made, and at last how many answers were given and how many refused."""
    given = refused = 0
    with closing(open_lax(path)) as writer, closing(open_reader(path, stepping=stepping)) as reader:
        for change in changes(writer):
            print(change, flush=True)
            for endpoint in LISTINGS:
                try:
                    body = ask(reader, endpoint, GRANT, "from=0001-01-01&to=9999-12-31")
                except EXPECTED:
                    refused += 1
                else:
                    msgspec.json.decode(body)
                    given += 1
    print(given, refused)


def open_lax(path: Path) -> sqlite3.Connection:
    """A connection that takes any value in any column, while for others the schema is as it was."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("PRAGMA writable_schema = ON")
        before = other.execute("SELECT rowid, * FROM sqlite_schema").fetchall()
        other.execute("DELETE FROM sqlite_schema WHERE type = 'trigger'")
        for rowid, kind, *_, sql in before:
            if kind == "table" and sql.endswith("STRICT"):
                lax = re.sub(r"(?m)^(  \w+) (INTEGER|REAL|TEXT)(?! PRIMARY)( NOT NULL)?", r"\1 BLOB", sql)
                lax = lax.removesuffix("STRICT").rstrip(", ")
                other.execute("UPDATE sqlite_schema SET sql = ? WHERE rowid = ?", (lax, rowid))
    writer = sqlite3.connect(path, isolation_level=None)
    writer.execute("PRAGMA ignore_check_constraints = ON")
    writer.execute("PRAGMA synchronous = OFF")
    writer.execute(
        "SELECT * FROM company"
    ).fetchall()  # reads the schema, and reads it again only when its cookie is new
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("PRAGMA writable_schema = ON")
        other.execute("DELETE FROM sqlite_schema")
        other.executemany(
            "INSERT INTO sqlite_schema (rowid, type, name, tbl_name, rootpage, sql) VALUES (?, ?, ?, ?, ?, ?)", before
        )
    return writer


def changes(writer: sqlite3.Connection) -> Iterator[str]:
    """What was changed, while it is so."""
    for table in GOOD_ROWS:
        columns = [column[1] for column in writer.execute(f"PRAGMA table_info({table})")]
        for column in columns:
            (good,) = writer.execute(f"SELECT {column} FROM {table}").fetchone()
            for source, value in CHANGES:
                try:
                    writer.execute(f"UPDATE {table} SET {column} = {source}", (value,))
                except sqlite3.IntegrityError:  # the key of a row cannot be that, in a damaged file either
                    continue
                yield f"{table}.{column} = {value!r:.50}"
                writer.execute(f"UPDATE {table} SET {column} = ?", (good,))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Stepping(sys.argv[2]))
