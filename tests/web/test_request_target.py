"""The first line of a request, in each of its four forms (RFC 9112, 3.2), unit by unit and over the wire."""

from __future__ import annotations

import json
import socket
import string
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from litestar import Litestar

from nexshift.web.app import create_app
from nexshift.web.request_target import OtherScheme, read_target
from tests.web.certificates import issue, trusting, write_pair
from tests.web.running import running

PLANT = b"http://plant.example:9999"
BARE_400 = b"HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"


@pytest.fixture
def port(app: Litestar) -> Iterator[int]:
    with running(app) as port:
        yield port


def say(port: int, target: bytes, *, method: bytes = b"GET", lines: bytes = b"Host: other\r\n") -> tuple[bytes, bytes]:
    """The head and the body of the only answer."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(method + b" " + target + b" HTTP/1.1\r\n" + lines + b"Connection: close\r\n\r\n")
        head, end, body = b"".join(iter(lambda: connection.recv(65536), b"")).partition(b"\r\n\r\n")
        return head + end, body


@pytest.mark.parametrize(
    ("sent", "path", "host"),
    [
        (b"/a?b#c", b"/a?b#c", None),
        (b"//a/b", b"//a/b", None),
        (PLANT + b"/a?b", b"/a?b", b"plant.example:9999"),
        (b"HTTP://plant/a", b"/a", b"plant"),
        (b"http://[::1]:8080/", b"/", b"[::1]:8080"),
        (PLANT, b"/", b"plant.example:9999"),
        (PLANT + b"?limit=1", b"/?limit=1", b"plant.example:9999"),
        (b"http://user:pass@plant/a", b"/a", b"plant"),
        (b"*", b"*", None),
    ],
)
def test_an_address_becomes_a_path_and_a_host(sent: bytes, path: bytes, host: bytes | None) -> None:
    assert read_target(b"GET", sent, "http") == (path, host)


def test_an_asterisk_is_the_service_as_a_whole_for_options_alone() -> None:
    assert read_target(b"OPTIONS", b"*", "http") == (b"/", None)
    assert read_target(b"OPTIONS", PLANT, "http") == (b"/", b"plant.example:9999"), "RFC 9112, 3.2.4"
    assert read_target(b"HEAD", b"*", "http") == (b"*", None)


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"a",
        b"?a",
        b"http://",
        b"http:///a",
        b"ftp://a/",
        b"http://a b/",
        b"http://a:x/",
        b"plant:443",
        b"http://a\\b",
    ],
)
def test_what_has_none_of_the_forms_is_refused(sent: bytes) -> None:
    with pytest.raises(ValueError):
        read_target(b"GET", sent, "http")


@pytest.mark.parametrize(("sent", "scheme"), [(b"https://a/", "http"), (b"http://a/", "https")])
def test_an_address_of_the_other_scheme_is_refused(sent: bytes, scheme: str) -> None:
    with pytest.raises(OtherScheme):
        read_target(b"GET", sent, scheme)


@given(st.text(string.printable, max_size=30).map(str.encode))
def test_what_is_read_is_a_path(sent: bytes) -> None:
    """And the host has no sign with which a header, a path or another host could begin."""
    try:
        path, host = read_target(b"GET", b"http://" + sent, "http")
    except ValueError:
        return
    assert path.startswith(b"/")
    assert host is not None
    assert not set(host) & set(b'\r\n\t /?#@\\"<>')


def test_the_hosts_name_is_that_of_the_address(port: int, key: str) -> None:
    sent = b"Host: other\r\nAuthorization: Bearer " + key.encode() + b"\r\n"
    head, body = say(port, PLANT + b"/odata/v4/production_runs?$top=0", lines=sent)
    assert head.startswith(b"HTTP/1.1 200 OK\r\n")
    context = json.loads(body)["@odata.context"]
    assert context == "http://plant.example:9999/odata/v4/$metadata#production_runs"
    assert say(port, PLANT + b"/health")[1] == b'{"status":"ok"}'
    assert say(port, PLANT, method=b"GET")[0].startswith(b"HTTP/1.1 307 ")


@pytest.mark.parametrize("target", [b"*", PLANT, b"/"])
def test_options_of_the_whole_service_is_answered(port: int, target: bytes) -> None:
    head, body = say(port, target, method=b"OPTIONS")
    assert head.startswith(b"HTTP/1.1 204 No Content\r\n")
    (allowed,) = [line for line in head.lower().split(b"\r\n") if line.startswith(b"allow: ")]
    assert set(allowed.removeprefix(b"allow: ").split(b", ")) == {b"get", b"head", b"options"}
    assert body == b""


def test_an_asterisk_with_another_method_names_nothing(port: int) -> None:
    assert say(port, b"*")[0].startswith(b"HTTP/1.1 404 ")


def test_an_address_of_the_other_scheme_gets_a_sentence(database: Path, port: int, tmp_path: Path) -> None:
    head, body = say(port, b"https://plant.example/health")
    sentence = "The request's address begins with another scheme, http or https, than this connection has"
    assert head.startswith(b"HTTP/1.1 400 Bad Request\r\ncontent-type: application/json\r\n")
    assert json.loads(body) == {"error": sentence}
    with (
        running(create_app(database), write_pair(tmp_path, issue())) as encrypted_port,
        socket.create_connection(("127.0.0.1", encrypted_port), timeout=20) as plain,
        trusting().wrap_socket(plain, server_hostname="localhost") as connection,
    ):
        connection.sendall(b"GET https://localhost/health HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert b"".join(iter(lambda: connection.recv(1), b"}")).endswith(b'{"status":"ok"')
        connection.sendall(b"GET http://localhost/health HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert json.loads(b"".join(iter(lambda: connection.recv(65536), b"")).partition(b"\r\n\r\n")[2]) == {
            "error": sentence
        }


def test_an_address_needs_the_host_field_too(port: int) -> None:
    assert say(port, PLANT + b"/health", lines=b"")[0] == BARE_400
