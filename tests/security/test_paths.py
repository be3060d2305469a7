"""Spellings of a path: one that is not ours is 404, and no spelling is a way around the key."""

from __future__ import annotations

import pytest

from tests.security.wire import BARE_400, Service
from tests.web.plant import INCIDENTS

NOWHERE = [
    b"/..",
    b"/.",
    b"/./health",
    b"/health/.",
    b"/x/../health",
    b"/%2e%2e/health",
    b"/%2E/health",
    b"/api/v1/../../health",
    b"/api/v1/%2e%2e/%2e%2e/health",
    b"/docs/../../../etc/passwd",
    b"/docs/..%2f..%2f..%2fetc/passwd",
    b"/docs/..%5c..%5cetc",
    b"/docs/....//....//etc/passwd",
    b"/docs/%252e%252e/etc/passwd",
    b"/docs/%c0%ae%c0%ae/etc/passwd",
    b"/docs//etc/passwd",
    b"///etc/passwd",
    b"/docs/start.js%00.css",
    b"/docs/start.js/.",
    b"/docs/plant.db",
    b"/plant.db",
    b"/health%00",
    b"/health%20",
    b"/health;x=1",
    b"/health%3bx=1",
    b"/health%3f",
    b"/health%23",
    b"/health%",
    b"/health%2",
    b"/health%zz",
    b"/health%u0000",
    b"/health%ff",
    b"/health%ed%a0%80",
    b"/health%0d%0aX-Forged:%20y",
    b"/HEALTH",
    b"/%68ealth",
    b"/api/v1/safety%2fincidents",
    b"/api/v1/safety%2Fincidents",
    b"/api/v1/safety%5cincidents",
    b"/api/v1/safety\\incidents",
    b"/%61pi/v1/safety/incidents",
    b"/api/v1/Safety/incidents",
    b"/api/v1/safety/incidents%3flimit=1",
    b"/api/v1/safety/incidents.json",
    b"/api/v1/quality/../safety/incidents",
    b"/static/",
    b"/schema",
    b"/metrics/../api/v1/safety/incidents",
    b"*",
    b"/" + b"a" * 10_000,
    b"/" + b"a/" * 5_000,
    b"/" + b"%2e%2e/" * 2_000 + b"etc/passwd",
]


@pytest.mark.parametrize("path", NOWHERE, ids=lambda path: path[:40].decode())
def test_a_path_that_is_not_ours_is_404(service: Service, path: bytes) -> None:
    answer = service.ask(path)
    assert answer.status == 404
    assert answer.error.startswith("There is nothing at this path")
    assert "x-forged" not in answer.headers


@pytest.mark.parametrize("target", [b"?limit=1", b"health", b"/\xc3\xa9", b"/health\x7f", b"//health:x", b"http://"])
def test_a_target_that_is_no_path_is_refused(service: Service, target: bytes) -> None:
    received = service.say(b"GET " + target + b" HTTP/1.1\r\nHost: plant\r\nConnection: close\r\n\r\n")
    assert received == BARE_400 or received.startswith(b"HTTP/1.1 404 ")


SPELLINGS = [
    b"//api/v1/safety/incidents",
    b"/api//v1///safety/incidents",
    b"/api/v1/safety/incidents/",
    b"/api/v1/safety/incidents#fragment",
    b"http://plant/api/v1/safety/incidents",
    b"http://elsewhere.example/api/v1/safety/incidents",
    b"http://user:password@elsewhere.example:1/api/v1/safety/incidents",
]


@pytest.mark.parametrize("target", SPELLINGS)
def test_another_spelling_of_a_path_asks_for_the_same_key(service: Service, target: bytes) -> None:
    assert service.ask(target, key=None).status == 401
    assert service.ask(target, key="quality").status == 403
    usual = service.ask(INCIDENTS.encode(), key="north")
    assert service.ask(target, key="north").body == usual.body


@pytest.mark.parametrize(
    "forged",
    [b"Host: elsewhere.example", b"X-Forwarded-Host: elsewhere.example", b"Forwarded: host=elsewhere.example"],
)
def test_no_header_leads_the_next_page_elsewhere(service: Service, forged: bytes) -> None:
    key = b"Authorization: Bearer " + service.keys["all"].encode()
    host = b"" if forged.startswith(b"Host") else b"Host: plant\r\n"
    head = b"GET /api//v1/safety/incidents/?limit=1 HTTP/1.1\r\nConnection: close\r\n" + host + forged + b"\r\n" + key
    received = service.say(head + b"\r\n\r\n")
    assert received.startswith(b"HTTP/1.1 200 ")
    assert b"\r\nlink: <?limit=1&cursor=" in received
    assert b"elsewhere" not in received
