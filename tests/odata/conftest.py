from __future__ import annotations

import sqlite3

import pytest

from nexshift.storage.functions import lower_text, upper_text
from nexshift.tables.column import Column, Kind

COLUMNS = (
    Column(name="id", kind=Kind.UUID, sql="t.id"),
    Column(name="name", kind=Kind.TEXT, sql="t.name", is_nullable=True),
    Column(name="sku", kind=Kind.TEXT, sql="t.sku"),
    Column(name="started_at", kind=Kind.INSTANT, sql="t.started_at"),
    Column(name="ended_at", kind=Kind.INSTANT, sql="t.ended_at", is_nullable=True),
    Column(name="day", kind=Kind.DATE, sql="t.day + 0", is_nullable=True),
    Column(name="units", kind=Kind.WHOLE, sql="t.units"),
    Column(name="quantity", kind=Kind.QUANTITY, sql="t.quantity", is_nullable=True),
    Column(name="passed", kind=Kind.FLAG, sql="t.passed", is_nullable=True),
)


@pytest.fixture(scope="session")
def table() -> sqlite3.Connection:
    """An empty table of every kind of column, as SQLite holds them in the service's own."""
    connection = sqlite3.connect(":memory:", check_same_thread=False)
    connection.execute(
        "CREATE TABLE t (id TEXT, name TEXT, sku TEXT, started_at INTEGER, ended_at INTEGER, day INTEGER,"
        " units INTEGER, quantity REAL, passed INTEGER) STRICT"
    )
    connection.execute("CREATE INDEX by_start ON t (started_at DESC, id)")
    connection.create_function("lower_text", 1, lower_text)
    connection.create_function("upper_text", 1, upper_text)
    return connection
