"""What a key is answered is what it would be if no other company had written anything: bodies, headers and tokens.

Two copies of one database with two companies.  In the first both companies write, in the second only the first one
does.  Ids that the program has made up are compared by their order, and all that is of today counts as equal.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from base64 import urlsafe_b64decode
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from litestar.testing import TestClient

from nexshift.config import API_PREFIX, ODATA_PREFIX
from nexshift.listings import LISTINGS
from nexshift.storage.companies import pick_company
from nexshift.storage.connection import open_writer
from nexshift.storage.keys import create_key
from nexshift.storage.library import sqlite3
from nexshift.tables import TABLES
from nexshift.web.app import create_app
from tests.changes.writers import Writer
from tests.plants import COMPANIES, NAMES, SITES, make_plant

ACTIONS = ("import", "import", "delete", "sql", "sql", "hold", "zone", "key", "site")
moves = st.lists(
    st.tuples(st.sampled_from(COMPANIES), st.sampled_from(ACTIONS), st.integers(0, 2**32)), min_size=6, max_size=14
)
CLOCK = ("date", "x-request-id", "ratelimit-remaining", "ratelimit-reset")
DELETIONS = f"{API_PREFIX}/deletions"


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_plant(6).write(tmp_path_factory.mktemp("small") / "plant.db")


@pytest.fixture(scope="module")
def keys(small: Path) -> list[str]:
    """Of the first company: for everything, and for one site."""
    with closing(open_writer(small)) as connection:
        acme = pick_company(connection, NAMES[1])
        return [create_key(connection, acme, "all")[1], create_key(connection, acme, "one", site_names=SITES[1:2])[1]]


def write(connection: sqlite3.Connection, folder: Path, company: int, action: str, number: int) -> None:
    writer = Writer(connection, folder, company)
    if action == "import":
        writer.import_rows(number)
    elif action == "delete":
        writer.delete_rows(number)
    elif action == "sql":
        writer.execute(number)
    elif action == "hold":
        writer.hold(number, lambda: None)
    elif action == "zone":
        zone = ("Europe/Berlin", "Asia/Tokyo")[number % 2]
        connection.execute("UPDATE company SET timezone = ? WHERE id = ?", (zone, company))
    elif action == "key":
        create_key(connection, pick_company(connection, NAMES[company]), "another", site_names=())
    else:
        new = f"00000000-0000-4000-9{company:03}-000000000001"
        connection.execute("INSERT OR IGNORE INTO site (uuid, company_id, name) VALUES (?, ?, 'Hafen')", (new, company))
        connection.execute("DELETE FROM site WHERE uuid = ?", (new,))


def addresses(token: int) -> Iterator[str]:
    for listing in LISTINGS:
        yield f"{API_PREFIX}{listing.path}"
    for table in TABLES:
        yield f"{API_PREFIX}{table.path}?format=flat&limit=2"
        yield f"{API_PREFIX}{table.path}?format=csv"
        yield f"{ODATA_PREFIX}/{table.name}?$top=2&$count=true"
        if any(parameter.name == "changed_after" for parameter in table.parameters):
            yield f"{API_PREFIX}{table.path}?format=flat&changed_after={token}"
    yield f"{DELETIONS}?limit=1"
    yield f"{API_PREFIX}/access"
    yield f"{API_PREFIX}/safety/incidents?changed_after=17"
    yield f"{API_PREFIX}/nothing"


class Answers:
    """What one database answers, with what no two databases have in common taken out."""

    def __init__(self, path: Path, client: TestClient[Any]) -> None:
        self._client = client
        with closing(open_writer(path)) as connection:
            own = [
                f"SELECT uuid FROM {table} WHERE company_id = 1"
                for (table,) in connection.execute("SELECT name FROM sqlite_schema WHERE sql LIKE '%uuid TEXT%'")
                if table not in ("scrap", "downtime", "deletion") and not table.startswith("sqlite_")
            ]
            found = sorted(uuid for sql in own for (uuid,) in connection.execute(sql))
            self._number = {uuid: f"id {number}" for number, uuid in enumerate(found) if uuid[14] == "7"}
        today = datetime.now(UTC)
        days = "|".join(f"{today + timedelta(days=each):%Y-%m-%d}" for each in (-1, 0, 1))
        self._replace_now = re.compile(rf"({days})(T\d\d:\d\d:\d\dZ)?").sub
        self._replace_ids = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f-]{21}").sub

    def read(self, address: str, key: str) -> tuple[int, dict[str, str], str]:
        answer = self._client.get(address, headers={"Authorization": f"Bearer {key}"})
        body = self._replace_now("now", answer.text)
        body = self._replace_ids(lambda found: self._number.get(found[0], found[0]), body)
        headers = {name: value for name, value in answer.headers.items() if name not in CLOCK}
        if body != answer.text:  # its tag, its length and where the next page begins are those of the text as it was
            for name in ("etag", "content-length", "link"):
                headers.pop(name, None)
            body = re.sub(r'"next_cursor":"[^"]*"', "", body)
        return answer.status_code, headers, body


def serve(path: Path) -> TestClient[Any]:
    return TestClient(create_app(path, rate_limit=1_000_000), base_url="http://plant.test")


@given(moves=moves)
@settings(max_examples=12, deadline=None, derandomize=True, database=None)
def test_an_answer_is_what_it_would_be_if_the_other_company_had_written_nothing(
    small: Path, keys: list[str], moves: list[tuple[int, str, int]]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        both, alone = Path(folder) / "both.db", Path(folder) / "alone.db"
        for path in (both, alone):
            shutil.copyfile(small, path)
        with closing(open_writer(both)) as connection:
            (token,) = connection.execute("SELECT value FROM commit_sequence WHERE company_id = 1").fetchone()
            for company, action, number in moves:
                write(connection, Path(folder), company, action, number)
        with closing(open_writer(alone)) as connection:
            for company, action, number in moves:
                if company == 1:
                    write(connection, Path(folder), company, action, number)
        with serve(both) as first, serve(alone) as second:
            shared, own = Answers(both, first), Answers(alone, second)
            for address in addresses(token):
                for key in keys:
                    assert shared.read(address, key) == own.read(address, key), address


def page_of_deletions(path: Path, key: str) -> dict[str, Any]:
    with serve(path) as client:
        answer = client.get(DELETIONS, params={"limit": 1}, headers={"Authorization": f"Bearer {key}"})
        body: dict[str, Any] = answer.json()
        return body


def test_the_place_of_a_page_of_deletions_counts_no_other_companys(
    small: Path, keys: list[str], tmp_path: Path
) -> None:
    path = tmp_path / "plant.db"
    shutil.copyfile(small, path)
    with closing(open_writer(path)) as connection:
        connection.execute("DELETE FROM incident WHERE company_id = 2")
        connection.execute("DELETE FROM incident WHERE company_id = 1")
    page = page_of_deletions(path, keys[0])
    (row,) = page["data"]
    cursor = page["meta"]["next_cursor"]
    place = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))[9:]
    assert place.decode() == f'[{row["changed"]},"{row["id"]}","{row["table"]}"]'
