"""The page at /connect: everything on it comes from this service, and what it gives works."""

import re

import pytest
from litestar.testing import TestClient

PARTS = ("/connect/connect.js", "/connect/connect.css", "/connect/licences.txt")


def test_the_page_names_no_other_host_and_its_parts_are_there(client: TestClient) -> None:
    page = client.get("/connect")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    links = re.findall(r'(?:src|href)="([^"]*)"', page.text)
    assert {"connect/connect.js", "connect/connect.css", "connect/licences.txt", "docs"} <= set(links)
    for link in links:
        assert link.startswith("data:") or client.get(f"/{link}").status_code == 200
        assert "//" not in link.replace("http://www.w3.org/2000/svg", "")  # a namespace, which nobody asks


def test_its_policy_forbids_other_hosts_and_whatever_is_inline(client: TestClient) -> None:
    policy = dict(
        rule.strip().split(" ", 1) for rule in client.get("/connect").headers["content-security-policy"].split(";")
    )
    assert policy.pop("img-src") == "data:"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert policy["default-src"] == "'none'"
    assert set(policy.values()) == {"'self'", "'none'"}


@pytest.mark.parametrize("path", ["/connect", *PARTS])
def test_it_needs_no_key_and_is_only_read(client: TestClient, path: str) -> None:
    first = client.get(path)
    assert first.status_code == 200
    assert client.head(path).headers["content-length"] == first.headers["content-length"]
    assert client.get(path, headers={"If-None-Match": first.headers["etag"]}).status_code == 304
    assert client.post(path).status_code == 405


def test_a_slash_at_the_end_leads_to_the_page(client: TestClient) -> None:
    response = client.get("/connect/", follow_redirects=False)
    assert (response.status_code, response.headers["location"]) == (307, "../connect")


def test_the_licences_of_what_is_in_the_script_are_told(client: TestClient) -> None:
    licences = client.get("/connect/licences.txt").text
    for text in ("@microsoft/connected-workbooks 3.", "Copyright (c) Microsoft Corporation", "pako", "jszip"):
        assert text in licences
