"""The token of its commit is in the header of every answer of a listing or table."""

from __future__ import annotations

import pytest
from litestar.testing import TestClient

from nexshift.storage.library import sqlite3
from nexshift.storage.sequence import read_sequence
from tests.web.plant import INCIDENTS, make_key, uuid

NAME = "nexshift-change-token"
DELETIONS = "/api/v1/deletions"


def auth(key: str, **headers: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}", **headers}


@pytest.mark.parametrize(
    "path", [INCIDENTS, "/api/v1/production/summary", f"{INCIDENTS}?format=flat", f"{INCIDENTS}?format=csv", DELETIONS]
)
def test_every_answer_has_it_made_anew_or_remembered(
    client: TestClient, writer: sqlite3.Connection, key: str, path: str
) -> None:
    tokens = []
    for _ in range(2):
        for _ in range(2):
            response = client.get(path, headers=auth(key))
            assert response.status_code == 200
            tokens.append(int(response.headers[NAME]))
        writer.execute("UPDATE site SET name = name || '!' WHERE id = (SELECT min(id) FROM site)")
    assert tokens == [tokens[0], tokens[0], tokens[0] + 1, tokens[0] + 1]
    assert tokens[-1] == read_sequence(writer, 1).value - 1


def test_an_answer_that_has_not_changed_has_the_new_one(
    client: TestClient, writer: sqlite3.Connection, key: str
) -> None:
    first = client.get(INCIDENTS, headers=auth(key))
    writer.execute(
        "INSERT INTO product (uuid, company_id, sku) VALUES ('00000000-0000-7000-8000-000000000099', 1, 'unused')"
    )
    again = client.get(INCIDENTS, headers=auth(key, **{"If-None-Match": first.headers["etag"]}))
    assert again.status_code == 304
    assert int(again.headers[NAME]) == read_sequence(writer, 1).value > int(first.headers[NAME])


def test_head_has_it_as_well(client: TestClient, writer: sqlite3.Connection, key: str) -> None:
    response = client.head(INCIDENTS, headers=auth(key))
    assert int(response.headers[NAME]) == read_sequence(writer, 1).value


def test_increments_and_deletions_over_http(client: TestClient, writer: sqlite3.Connection, key: str) -> None:
    token = client.get(INCIDENTS, headers=auth(key)).headers[NAME]
    rows = writer.execute("SELECT uuid FROM incident ORDER BY id LIMIT 2").fetchall()
    (changed,), (gone,) = rows
    writer.execute("UPDATE incident SET title = 'seen' WHERE uuid = ?", (changed,))
    writer.execute("DELETE FROM incident WHERE uuid = ?", (gone,))
    sent = {"changed_after": token}
    found = client.get(INCIDENTS, headers=auth(key), params=sent).json()["data"]
    assert [(row["id"], row["title"]) for row in found] == [(changed, "seen")]
    deleted = client.get(DELETIONS, headers=auth(key), params=sent).json()["data"]
    assert [(row["table"], row["id"]) for row in deleted] == [("safety_incidents", gone)]
    assert all(row["changed"] > int(token) for row in deleted)


def test_a_token_of_elsewhere_is_a_bad_request(client: TestClient, key: str) -> None:
    for path, format_ in ((INCIDENTS, "json"), (DELETIONS, "flat"), (INCIDENTS, "csv")):
        response = client.get(path, headers=auth(key), params={"changed_after": "17", "format": format_})
        assert response.status_code == 400
        assert "load everything again" in response.json()["error"]


def test_a_key_finds_the_deletions_of_what_it_may_read(
    client: TestClient, writer: sqlite3.Connection, key: str
) -> None:
    writer.execute("DELETE FROM incident WHERE id = (SELECT min(id) FROM incident)")
    assert len(client.get(DELETIONS, headers=auth(key)).json()["data"]) == 1
    for resources, count in ((("safety",), 1), (("quality", "production"), 0)):
        other = make_key(writer, resources=resources)
        response = client.get(DELETIONS, headers=auth(other))
        assert (response.status_code, len(response.json()["data"])) == (200, count)


def test_what_another_company_writes_neither_shows_in_a_token_nor_refuses_one(
    client: TestClient, writer: sqlite3.Connection, key: str
) -> None:
    other = make_key(writer, company="Other Works")
    first = client.get(INCIDENTS, headers=auth(key))
    begun = client.get(INCIDENTS, headers=auth(other)).headers[NAME]
    for statement in (
        "UPDATE incident SET title = 'seen' WHERE company_id = 2",
        "DELETE FROM incident WHERE company_id = 2",
        "UPDATE company SET timezone = 'Asia/Tokyo' WHERE id = 2",
        "DELETE FROM site WHERE company_id = 2",
    ):
        writer.execute(statement)
        again = client.get(INCIDENTS, headers=auth(key))
        assert (again.text, again.headers[NAME], again.headers["etag"]) == (
            first.text,
            first.headers[NAME],
            first.headers["etag"],
        )
    for path in (INCIDENTS, DELETIONS):
        increment = client.get(path, headers=auth(key), params={"changed_after": first.headers[NAME]})
        assert (increment.status_code, increment.json()["data"]) == (200, [])
    assert int(client.get(INCIDENTS, headers=auth(other)).headers[NAME]) > int(begun)
    refused = client.get(INCIDENTS, headers=auth(other), params={"changed_after": begun})
    assert refused.status_code == 400


def test_a_run_that_is_still_running_is_no_deletion(client: TestClient, writer: sqlite3.Connection, key: str) -> None:
    writer.execute("INSERT INTO machine (id, uuid, company_id, site_id, name) VALUES (9, ?, 1, 1, 'M')", (uuid(9),))
    writer.execute("INSERT INTO product (id, uuid, company_id, sku) VALUES (9, ?, 1, 'P')", (uuid(10),))
    writer.execute(
        "INSERT INTO run (uuid, company_id, site_id, machine_id, product_id, status, started_at, units_produced)"
        " VALUES (?, 1, 1, 9, 9, 'running', 0, 5)",
        (uuid(11),),
    )
    writer.execute("DELETE FROM run")
    assert client.get(DELETIONS, headers=auth(key)).json()["data"] == []
