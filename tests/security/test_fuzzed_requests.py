"""Whatever hypothesis thinks of, sent over a real socket: refused or answered, never a 5xx, a traceback or silence.

`service` checks at the end that nothing went wrong unseen.  The examples are the same in every run.
"""

from __future__ import annotations

import re
from urllib.parse import quote_from_bytes

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nexshift.config import API_PREFIX
from nexshift.listings import LISTINGS
from tests.security.mutations import GOOD_VALUES, mutate, mutations
from tests.security.wire import Answer, Service, statuses
from tests.web.plant import INCIDENTS

EXPECTED = {200, 304, 400, 401, 403, 404, 405, 408, 431}
PATHS = [API_PREFIX + listing.path for listing in LISTINGS]
INSIDE = re.compile(rb"Traceback \(most recent|\bFile \"[^\"]+\", line [0-9]|[a-z]Error: |/site-packages/")

bounded = settings(
    max_examples=250, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck)
)
anything = st.binary(max_size=60)
names = st.sampled_from(sorted(GOOD_VALUES)) | st.binary(max_size=12).map(quote_from_bytes)
values = st.one_of(
    anything.map(quote_from_bytes),
    st.text(max_size=40).map(lambda text: quote_from_bytes(text.encode("utf-8", "surrogatepass"))),
    st.integers().map(str),
    st.floats().map(str),
    st.datetimes().map(str).map(lambda text: quote_from_bytes(text.encode())),
    st.sampled_from([value for known in GOOD_VALUES.values() for value in known]),
    st.tuples(st.sampled_from([value for known in GOOD_VALUES.values() for value in known]), mutations()).map(
        lambda drawn: quote_from_bytes(mutate(drawn[0].encode(), drawn[1]))
    ),
)
queries = st.lists(st.tuples(names, values).map("=".join), max_size=5).map("&".join).map(str.encode)
in_a_header = st.binary(max_size=80).map(lambda raw: bytes(byte for byte in raw if byte >= 32 and byte != 127))


def check(answer: Answer) -> None:
    """Nothing of the program's inside is in it, and a refusal is one sentence."""
    assert answer.status in EXPECTED
    assert not INSIDE.search(answer.body)
    if answer.status >= 400:
        assert answer.error
        assert len(answer.body) < 1_000
    else:
        assert answer.status == 304 or list(answer.json()) == ["company", "data", "meta"]


@bounded
@given(path=st.sampled_from(PATHS), query=queries, key=st.sampled_from(["all", "north", "quality", "other company"]))
def test_any_parameters(service: Service, path: str, query: bytes, key: str) -> None:
    answer = service.ask(path.encode() + b"?" + query, key=key)
    check(answer)
    assert answer.status in (200, 400, 403)


@bounded
@given(raw=st.binary(max_size=200).map(lambda raw: bytes(byte for byte in raw if 33 <= byte < 127)))
def test_any_characters_as_a_query(service: Service, raw: bytes) -> None:
    check(service.ask(INCIDENTS.encode() + b"?" + raw))


@bounded
@given(path=st.lists(st.sampled_from([*PATHS, "/", "..", "%2e", "%2f", "%00", "docs", "\\"]) | st.text("az/%.09")))
def test_any_path(service: Service, path: list[str]) -> None:
    received = service.say(b"GET /" + "".join(path).encode() + b" HTTP/1.1\r\nHost: plant\r\nConnection: close\r\n\r\n")
    (status,) = statuses(received)
    assert status in {200, 307, 400, 401, 404}
    assert b"\r\nserver:" not in received.lower()


@bounded
@given(how=mutations())
def test_any_mutation_of_a_cursor(service: Service, how: list[tuple[float, str, bytes]]) -> None:
    good = str(service.incidents(b"limit=1").json()["meta"]["next_cursor"]).encode()
    sent = mutate(good, how)
    answer = service.incidents(b"limit=1&cursor=" + quote_from_bytes(sent).encode())
    check(answer)
    assert (answer.status == 200) == (sent == good)


@bounded
@given(scheme=st.sampled_from([b"Bearer ", b"Basic ", b"bearer", b"", b"Digest "]) | in_a_header, rest=in_a_header)
def test_any_authorization(service: Service, scheme: bytes, rest: bytes) -> None:
    answer = service.ask(INCIDENTS.encode(), b"Authorization: " + scheme + rest, key=None)
    check(answer)
    assert answer.status == 401


@bounded
@given(how=mutations())
def test_any_mutation_of_a_key(service: Service, how: list[tuple[float, str, bytes]]) -> None:
    good = service.keys["all"].encode()
    sent = bytes(byte for byte in mutate(good, how) if byte >= 32 and byte != 127).strip()
    answer = service.ask(INCIDENTS.encode(), b"Authorization: Bearer " + sent, key=None)
    check(answer)
    assert (answer.status == 200) == (sent == good)


HEADERS = [
    *(b"Accept", b"Accept-Encoding", b"If-None-Match", b"If-Modified-Since", b"Range", b"Origin", b"Cookie", b"Expect"),
    *(b"Content-Type", b"Content-Encoding", b"X-Forwarded-For", b"Forwarded", b"X-HTTP-Method-Override", b"Referer"),
    *(
        b"Access-Control-Request-Method",
        b"X-Original-URL",
        b"User-Agent",
        b"Keep-Alive",
        b"TE",
        b"Via",
        b"X-Request-Id",
    ),
]


@bounded
@given(headers=st.lists(st.tuples(st.sampled_from(HEADERS), in_a_header).map(b": ".join), max_size=6))
def test_any_headers(service: Service, headers: list[bytes]) -> None:
    answer = service.ask(INCIDENTS.encode(), *headers)
    check(answer)
    assert answer.status in (200, 304)


@pytest.mark.parametrize("target", ["/health", INCIDENTS, "/docs"])
@bounded
@given(how=mutations())
def test_any_mutation_of_a_request(service: Service, target: str, how: list[tuple[float, str, bytes]]) -> None:
    """Bytes of all kinds, in and around a good request; then the client has said all it wants to."""
    lines = [f"GET {target}?limit=1 HTTP/1.1", "Host: plant", "Accept-Encoding: gzip", "Content-Length: 2"]
    lines += [f"Authorization: Bearer {service.keys['all']}", "", "{}"]
    received = service.say(mutate("\r\n".join(lines).encode(), how), and_no_more=True)
    assert set(statuses(received)) <= EXPECTED
    assert not INSIDE.search(received)
