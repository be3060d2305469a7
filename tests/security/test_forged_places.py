"""A cursor that the holder of a key made up: the digest has no secret, so what it binds must bear looking at.

Whatever stands in one, with a digest that is right, the answer is rows or the usual sentence.
"""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from litestar.testing import TestClient

from nexshift.storage.connection import create_database
from nexshift.tables import TABLES
from nexshift.tables.column import Kind
from nexshift.tables.table import Table
from nexshift.web.app import create_app
from tests.web.plant import fill, make_key

BY_NAME = {table.name: table for table in TABLES}
KEY_NUMBER = 1
NO_CURSOR = "cursor must be the next_cursor of a page with the same path, filters and key"
NO_TOKEN = "$skiptoken must be that of an @odata.nextLink with the same table, filters, order and key"

values = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.sampled_from([2**63, -(2**63) - 1, 2**63 - 1, 2**64]),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=5),
    st.just("\0"),
)
packed = st.one_of(
    st.binary(max_size=30),
    st.recursive(values, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner)).map(
        msgspec.json.encode
    ),
    st.lists(values, max_size=4).map(msgspec.json.encode),
    st.sampled_from([b'["\\ud800","x"]', b"[1e999,1]", b"[1e308,1]", b"[NaN]", b"[1,", b'{"0":1,"1":2}', b"[" * 20_00]),
)


@pytest.fixture(scope="module")
def asking(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """An exception that escapes the application fails the test, and so does a 500."""
    database: Path = tmp_path_factory.mktemp("forged") / "plant.db"
    connection = create_database(database)
    fill(connection)
    key = make_key(connection)
    connection.close()
    with TestClient(create_app(database, rate_limit=1_000_000), base_url="http://plant.test") as client:
        client.headers["Authorization"] = f"Bearer {key}"
        yield client


def forge(place: bytes, bound_to: object) -> str:
    digest = blake2b(place + repr(bound_to).encode(), digest_size=9).digest()
    return urlsafe_b64encode(digest + place).decode().rstrip("=")


def ask_flat(client: TestClient, table: Table, place: bytes) -> Any:
    """The summary's path is that of a listing without pages, which knows no cursor."""
    path = f"/api/v1{table.path}"
    token = forge(place, ("flat", path, KEY_NUMBER, None, None))
    return client.get(path, params={"format": "flat", "limit": 3, "cursor": token})


def ask_odata(client: TestClient, table: Table, place: bytes, order: str | None = None) -> Any:
    bound_to = ("odata", table.name, (table.path, KEY_NUMBER, None, None), None, order)
    params = {"$top": "3", "$skiptoken": forge(place, bound_to)} | ({} if order is None else {"$orderby": order})
    return client.get(f"/odata/v4/{table.name}", params=params)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_a_place_of_the_right_types_is_one(asking: TestClient, table: Table) -> None:
    """Which shows that the digests here are those of the service."""
    place = msgspec.json.encode(
        ["zzz" if each.column.kind in (Kind.TEXT, Kind.UUID) else 2**62 for each in table.order]
    )
    assert ask_flat(asking, table, place).status_code == (400 if table.name == "production_summary" else 200)
    assert ask_odata(asking, table, place).status_code == 200


@pytest.mark.parametrize(
    "place",
    [
        b"[1]",
        b'[1,"a",3]',
        b"[]",
        b"5",
        b"null",
        b'[{"a":1},"x"]',
        b'[[1],"x"]',
        b'[true,"x"]',
        b'[18446744073709551616,"x"]',
        b'["zzz","x"]',
        b"[1,2]",
        b"[null,null]",
        b'{"a":1,"b":2}',
        b'"ab"',
        b'[1,"\\ud800"]',
        b"[1,",
        b"",
    ],
)
def test_a_place_of_another_length_or_type_is_refused(asking: TestClient, place: bytes) -> None:
    """Incidents are sorted by an instant and a text."""
    table = BY_NAME["safety_incidents"]
    flat, odata = ask_flat(asking, table, place), ask_odata(asking, table, place)
    assert (flat.status_code, odata.status_code) == (400, 400)
    assert flat.json()["error"].startswith(NO_CURSOR)
    assert odata.json()["error"]["message"].startswith(NO_TOKEN)


def test_a_missing_value_is_a_place_only_where_it_may_be_missing(asking: TestClient) -> None:
    table = BY_NAME["safety_incidents"]
    assert ask_odata(asking, table, b'[null,"x"]', "location").status_code == 200
    assert ask_odata(asking, table, b'[null,"x"]', "severity").status_code == 400


@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(place=packed, name=st.sampled_from(sorted(BY_NAME)), ordered_by=st.none() | st.integers(0, 60))
def test_whatever_a_place_holds_is_rows_or_a_sentence(
    asking: TestClient, place: bytes, name: str, ordered_by: int | None
) -> None:
    table = BY_NAME[name]
    order = None if ordered_by is None else table.columns[ordered_by % len(table.columns)].name
    for answer, sentence in (
        (ask_flat(asking, table, place), "unknown parameter" if name == "production_summary" else NO_CURSOR),
        (ask_odata(asking, table, place, order), NO_TOKEN),
    ):
        assert answer.status_code in (200, 400), answer.text
        if answer.status_code == 400:
            assert sentence in answer.text
