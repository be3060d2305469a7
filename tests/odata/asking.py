"""Ask the service over HTTP as an OData client does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from httpx import Response
from litestar.testing import TestClient

from nexshift.config import ODATA_PREFIX

ROOT = f"http://plant.test{ODATA_PREFIX}/"


def ask(client: TestClient, path: str, key: str, headers: Mapping[str, str] | None = None, **options: Any) -> Response:
    """An answer; options are written with `_` for OData's `$`: `_filter=…`, and without for the table's own."""
    params = {
        name.replace("_", "$", 1) if name.startswith("_") else name: str(value) for name, value in options.items()
    }
    sent = {"Authorization": f"Bearer {key}", **(headers or {})}
    return client.get(f"{ODATA_PREFIX}/{path}", params=params, headers=sent)


def rows(client: TestClient, path: str, key: str, page: int | None = None, **options: Any) -> list[dict[str, Any]]:
    """All rows, page by page as the service leads, each page of `page` rows."""
    return [row for each in pages(client, path, key, page, **options) for row in each]


def pages(
    client: TestClient, path: str, key: str, page: int | None = None, **options: Any
) -> Iterator[list[dict[str, Any]]]:
    """The pages' rows, as long as there is a next one; without what OData says about each row."""
    headers = {} if page is None else {"Prefer": f"odata.maxpagesize={page}"}
    response = ask(client, path, key, headers, **options)
    followed = set()
    while True:
        assert response.status_code == 200, response.text
        body = response.json()
        assert page is None or len(body["value"]) <= page
        yield [{name: value for name, value in row.items() if name[0] != "@"} for row in body["value"]]
        following = body.get("@odata.nextLink")
        if following is None:
            return
        assert following.startswith(ROOT)
        assert following not in followed
        followed.add(following)
        response = client.get(following, headers={"Authorization": f"Bearer {key}", **headers})


def error(response: Response) -> str:
    """The sentence of a refusal, whose shape is held."""
    assert response.headers.get_list("odata-version") == ["4.0"]
    assert response.headers["content-type"] == "application/json"
    body = response.json()
    assert list(body) == ["error"]
    assert list(body["error"]) == ["code", "message"]
    assert body["error"]["code"].isalpha()
    return str(body["error"]["message"])
