"""Who may come in, in which order the refusals come, and what every answer to a valid key says about its limit."""

from base64 import b64encode
from pathlib import Path

import pytest
from litestar.testing import TestClient

from nexshift.storage.companies import pick_company
from nexshift.storage.keys import create_key, list_keys, revoke_key, rotate_key
from nexshift.storage.library import sqlite3
from nexshift.web.app import create_app
from tests.web.plant import CHECKS, INCIDENTS, StillClock, make_key

REFUSED = {"error": "Invalid or missing API key"}


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def test_a_key_is_taken_as_bearer_and_as_basic_password(client: TestClient, key: str) -> None:
    assert client.get(INCIDENTS, headers=bearer(key)).status_code == 200
    assert client.get(INCIDENTS, auth=("anyone", key)).status_code == 200


def test_every_bad_key_gets_the_same_401(client: TestClient, key: str, writer: sqlite3.Connection) -> None:
    last = "0" if key[-1] != "0" else "1"
    other = make_key(writer, company="Other Works")
    revoke_key(writer, list_keys(writer)[-1].id)
    answers = [
        client.get(INCIDENTS),
        client.get(INCIDENTS, headers=bearer("")),
        client.get(INCIDENTS, headers=bearer(key[:-1] + last)),
        client.get(INCIDENTS, headers=bearer(other)),
        client.get(INCIDENTS, headers=[("Authorization", f"Bearer {key}"), ("Authorization", f"Bearer {key}")]),
        client.get(INCIDENTS, headers={"Authorization": b"Basic " + b64encode(b"a:\xff")}),
        client.get(INCIDENTS, params={"limit": "x"}),
    ]
    for answer in answers:
        assert (answer.status_code, answer.json()) == (401, REFUSED)
        assert "Bearer" in answer.headers["www-authenticate"]
        assert "Basic" in answer.headers["www-authenticate"]
        assert "ratelimit-limit" not in answer.headers


def test_a_revoked_key_fails_with_the_next_request(client: TestClient, key: str, writer: sqlite3.Connection) -> None:
    assert client.get(INCIDENTS, headers=bearer(key)).status_code == 200
    revoke_key(writer, list_keys(writer)[-1].id)
    assert client.get(INCIDENTS, headers=bearer(key)).status_code == 401


def test_a_rotated_key_replaces_the_old_one_at_once(client: TestClient, key: str, writer: sqlite3.Connection) -> None:
    new = rotate_key(writer, list_keys(writer)[-1].id)
    assert client.get(INCIDENTS, headers=bearer(key)).status_code == 401
    assert client.get(INCIDENTS, headers=bearer(new)).status_code == 200


def test_an_expired_key_fails(client: TestClient, key: str, writer: sqlite3.Connection) -> None:
    writer.execute("UPDATE api_key SET expires_at = 1")
    assert client.get(INCIDENTS, headers=bearer(key)).status_code == 401


def test_a_key_reads_its_resources_only(client: TestClient, writer: sqlite3.Connection) -> None:
    key = make_key(writer, resources=("quality",))
    assert client.get(CHECKS, headers=bearer(key)).status_code == 200
    refused = client.get(INCIDENTS, headers=bearer(key))
    assert refused.status_code == 403
    assert refused.json() == {"error": "API key does not have access to the requested resource"}


def test_a_path_or_method_that_does_not_exist_is_told_before_the_key_is_looked_at(client: TestClient) -> None:
    assert client.get("/api/v1/nothing").status_code == 404
    assert client.post(INCIDENTS).status_code == 405


def test_options_needs_no_key(client: TestClient) -> None:
    response = client.options(INCIDENTS)
    assert (response.status_code, response.content) == (204, b"")
    assert response.headers["allow"] == "GET, HEAD, OPTIONS"


def test_the_allowance_is_on_every_answer_to_a_valid_key(client: TestClient, writer: sqlite3.Connection) -> None:
    key = make_key(writer, resources=("safety",), rate_limit=5)
    tag = client.get(INCIDENTS, headers=bearer(key)).headers["etag"]
    answers = [
        client.get(INCIDENTS, headers={**bearer(key), "If-None-Match": tag}),
        client.get(INCIDENTS, params={"limit": 0}, headers=bearer(key)),
        client.get(CHECKS, headers=bearer(key)),
        client.head(INCIDENTS, headers=bearer(key)),
        client.get(INCIDENTS, headers=bearer(key)),
        client.get(CHECKS, params={"limit": 0}, headers=bearer(key)),
    ]
    assert [answer.status_code for answer in answers] == [304, 400, 403, 200, 429, 429]
    assert [answer.headers["ratelimit-remaining"] for answer in answers] == ["3", "2", "1", "0", "0", "0"]
    assert {answer.headers["ratelimit-limit"] for answer in answers} == {"5"}
    assert {answer.headers["ratelimit-reset"] for answer in answers} == {"40"}


def test_over_the_limit_the_client_is_told_when_to_come_again(
    client: TestClient, writer: sqlite3.Connection, clock: StillClock
) -> None:
    key = make_key(writer, rate_limit=1)
    client.get(INCIDENTS, headers=bearer(key))
    refused = client.get(INCIDENTS, headers=bearer(key))
    assert (refused.status_code, refused.json()) == (429, {"error": "Rate limit exceeded"})
    assert refused.headers["retry-after"] == "40"
    clock.now += 40
    assert client.get(INCIDENTS, headers=bearer(key)).status_code == 200


def test_the_servers_limit_holds_for_keys_without_their_own(
    database: Path, writer: sqlite3.Connection, clock: StillClock
) -> None:
    plain, own = make_key(writer), make_key(writer, rate_limit=7)
    with TestClient(create_app(database, rate_limit=3, clock=clock)) as client:
        assert client.get(INCIDENTS, headers=bearer(plain)).headers["ratelimit-limit"] == "3"
        assert client.get(INCIDENTS, headers=bearer(own)).headers["ratelimit-limit"] == "7"


def test_after_a_hundred_bad_keys_an_address_waits_but_a_good_key_from_it_works(
    client: TestClient, key: str, clock: StillClock
) -> None:
    answers = [client.get(INCIDENTS, headers=bearer("nxs_wrong")) for _ in range(101)]
    assert [answer.status_code for answer in answers] == [401] * 100 + [429]
    assert answers[-1].json() == {"error": "Rate limit exceeded"}
    assert answers[-1].headers["retry-after"] == "40"
    assert client.get(INCIDENTS).status_code == 401  # no key is no guess
    assert client.get(INCIDENTS, headers=bearer(key)).status_code == 200
    clock.now += 40
    assert client.get(INCIDENTS, headers=bearer("nxs_wrong")).status_code == 401


def test_a_request_without_a_key_is_not_counted_as_a_bad_one(client: TestClient) -> None:
    for _ in range(150):
        client.get(INCIDENTS)
    assert client.get(INCIDENTS, headers=bearer("nxs_wrong")).status_code == 401


@pytest.mark.parametrize("sites", [(), ("North",)])
def test_another_companys_rows_never_appear(
    client: TestClient, writer: sqlite3.Connection, sites: tuple[str, ...]
) -> None:
    acme = pick_company(writer, "Acme Manufacturing")
    _, key = create_key(writer, acme, "test", (), sites)
    rows = client.get(INCIDENTS, headers=bearer(key)).json()["data"]
    assert {row["site"]["name"] for row in rows} == ({"North"} if sites else {"North", "South"})
