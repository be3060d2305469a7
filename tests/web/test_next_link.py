"""The address of the next page: the request's own query with another cursor."""

from urllib.parse import urljoin

import pytest

from nexshift.web.next_link import next_link


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (b"", "cursor=NEW"),
        (b"limit=5", "limit=5&cursor=NEW"),
        (b"cursor=OLD&limit=5", "limit=5&cursor=NEW"),
        (b"c%75rsor=OLD", "cursor=NEW"),
        (b"&&limit=5&", "limit=5&cursor=NEW"),
        (b"from=2026-03-01T00:00:00+10:00", "from=2026-03-01T00:00:00+10:00&cursor=NEW"),
        (b"severity=a%26b", "severity=a%26b&cursor=NEW"),
        (b'severity=>; rel="self"', "severity=%3E;%20rel=%22self%22&cursor=NEW"),
        (b"severity=\xc3\xa9\r\n", "severity=%C3%A9%0D%0A&cursor=NEW"),
    ],
)
def test_the_query_is_kept_but_for_the_cursor(query: bytes, expected: str) -> None:
    assert next_link("/a/b", b"/a/b", query, "NEW") == f'<b?{expected}>; rel="next"'.encode()


@pytest.mark.parametrize("sent", ["/a/b", "/a/b/", "//a/b", "/a//b//", "/a/b///"])
def test_the_link_leads_to_the_address_that_was_asked_for_however_it_was_written(sent: str) -> None:
    link = next_link("/a/b", sent.encode(), b"limit=5", "NEW").decode()
    assert not link.startswith("</")
    for prefix in ("", "/nexshift", "/plants/north"):
        base = f"https://mes.example{prefix}{sent}"
        assert urljoin(base, link[1 : link.index(">")]) == f"{base}?limit=5&cursor=NEW"
