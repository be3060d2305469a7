"""Encrypted connections, seen from the client's side of a real socket, and what a renewed certificate does."""

from __future__ import annotations

import asyncio
import http.client
import json
import logging
import re
import signal
import socket
import ssl
import subprocess
import sys
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from nexshift.web import service
from nexshift.web.app import create_app
from nexshift.web.renewal import Renewal
from nexshift.web.tls import KeyPair
from tests.web.certificates import issue, trusting, write_pair
from tests.web.plant import INCIDENTS, StillClock
from tests.web.running import running


@pytest.fixture
def pair(tmp_path: Path) -> KeyPair:
    return write_pair(tmp_path, issue())


@contextmanager
def connected(
    port: int, context: ssl.SSLContext | None = None, host: str | None = "localhost"
) -> Iterator[ssl.SSLSocket]:
    with (
        socket.create_connection(("127.0.0.1", port), timeout=20) as plain,
        (context or trusting()).wrap_socket(plain, server_hostname=host) as encrypted,
    ):
        yield encrypted


def ask(port: int, path: str, **headers: str) -> tuple[int, bytes]:
    connection = http.client.HTTPSConnection("localhost", port, timeout=20, context=trusting())
    try:
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def serial(port: int, host: str | None = "localhost") -> str:
    """The serial number of the certificate that a new connection is shown."""
    with connected(port, host=host) as connection:
        found: dict[str, Any] = connection.getpeercert() or {}
        return str(found["serialNumber"])


# --- connections -----------------------------------------------------------------------------------------------


def test_a_page_is_read_over_tls(database: Path, key: str, pair: KeyPair) -> None:
    with running(create_app(database), pair) as port:
        status, body = ask(port, f"{INCIDENTS}?limit=30", Authorization=f"Bearer {key}")
        assert (status, body[:31]) == (200, b'{"company":"Acme Manufacturing"')
        assert ask(port, "/health") == (200, b'{"status":"ok"}')


@pytest.mark.parametrize("workers", [1, 2])
def test_the_program_serves_over_tls_and_says_so(database: Path, key: str, pair: KeyPair, workers: int) -> None:
    with started(database, pair, "--workers", str(workers)) as (process, port):
        for _ in range(4):
            assert ask(port, INCIDENTS, Authorization=f"Bearer {key}")[0] == 200
        process.send_signal(signal.SIGTERM)
        _, log = process.communicate(timeout=30)
    assert process.returncode == 0
    assert log.count('"event":"request"') == 4, log


@contextmanager
def started(database: Path, pair: KeyPair, *options: str) -> Iterator[tuple[subprocess.Popen[str], int]]:
    command = [sys.executable, "-m", "nexshift", "--db", database, "serve", "--port", "0", *options]
    with subprocess.Popen(
        [*command, "--tls-cert", pair.certificate, "--tls-key", pair.key],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            address = re.fullmatch(r"Nexshift serves https://127\.0\.0\.1:(\d+)\n", line)
            assert address, line + process.communicate()[1]
            yield process, int(address[1])
        finally:
            process.kill()


def test_only_tls_from_1_2_on_is_spoken(database: Path, pair: KeyPair) -> None:
    with running(create_app(database), pair) as port:
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            context = trusting()
            context.minimum_version = context.maximum_version = version
            with connected(port, context) as connection:
                assert connection.version() == version.name.replace("_", ".")
        old = trusting()
        old.set_ciphers("ALL:@SECLEVEL=0")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            old.minimum_version, old.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
        with pytest.raises((ssl.SSLError, ConnectionError)), connected(port, old):
            pass


def test_a_client_that_does_not_trust_the_authority_is_shown_nothing(database: Path, pair: KeyPair) -> None:
    with running(create_app(database), pair) as port:
        with pytest.raises(ssl.SSLCertVerificationError), connected(port, ssl.create_default_context()):
            pass
        assert ask(port, "/health")[0] == 200


@pytest.mark.parametrize("sent", [b"hello\r\n\r\n", b"", b"\x16\x03\x01\x02\x00", b"\0" * 20_000], ids=repr)
@pytest.mark.parametrize("workers", ["1", "2"])
def test_what_is_no_tls_is_cut_off_without_a_word_in_the_log(
    database: Path, pair: KeyPair, sent: bytes, workers: str
) -> None:
    with started(database, pair, "--workers", workers) as (process, port):
        with socket.create_connection(("127.0.0.1", port), timeout=20) as plain:
            plain.sendall(sent)
            plain.shutdown(socket.SHUT_WR)
            try:
                while plain.recv(4096):
                    pass
            except ConnectionResetError:
                pass
        assert ask(port, "/health")[0] == 200
        process.send_signal(signal.SIGTERM)
        _, log = process.communicate(timeout=30)
    assert process.returncode == 0
    assert "Traceback" not in log
    assert log.count('"event":"request"') == 1, log
    assert '"event":"message"' not in log


def test_a_connection_that_never_begins_to_encrypt_is_closed(
    database: Path, pair: KeyPair, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "TLS_HANDSHAKE_S", 0.05)
    with (
        running(create_app(database), pair) as port,
        socket.create_connection(("127.0.0.1", port), timeout=20) as plain,
        suppress(ConnectionResetError),
    ):
        assert plain.recv(4096) == b""


def test_a_client_that_keeps_its_connection_does_not_hold_up_the_end(database: Path, pair: KeyPair) -> None:
    with started(database, pair, "--log-format", "json") as (process, port), connected(port) as idle:
        idle.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert idle.recv(4096).startswith(b"HTTP/1.1 200 OK")
        process.send_signal(signal.SIGTERM)
        _, log = process.communicate(timeout=30)
    stopped = json.loads(log.splitlines()[-1])
    assert (stopped["event"], stopped["cut_off"]) == ("stopped", 0)


def test_the_program_warns_and_serves(database: Path, tmp_path: Path) -> None:
    pair = write_pair(tmp_path, issue(days=-1, begins_in_days=-9))
    with started(database, pair) as (process, port):
        unchecking = ssl.create_default_context()
        unchecking.check_hostname = False
        unchecking.verify_mode = ssl.CERT_NONE
        with connected(port, unchecking):
            pass
        process.send_signal(signal.SIGTERM)
        _, log = process.communicate(timeout=30)
    (line,) = [line for line in log.splitlines() if '"event":"message"' in line]
    assert f"the certificate {pair.certificate} expired at " in line


# --- renewal ---------------------------------------------------------------------------------------------------------


def test_new_connections_are_shown_a_renewed_certificate_and_old_ones_go_on(
    database: Path, pair: KeyPair, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "nexshift")
    with running(create_app(database), pair, timeout_notify=0) as port:
        before = serial(port)
        with connected(port) as kept:
            write_pair(tmp_path, issue("localhost", 300))
            assert wait_for(lambda: serial(port) != before)
            assert serial(port, host="127.0.0.1") == serial(port) != before  # that names no host in its greeting
            kept.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            assert kept.recv(4096).startswith(b"HTTP/1.1 200 OK")
    assert f"the certificate {pair.certificate} was renewed" in caplog.messages


def test_new_files_that_do_not_work_leave_the_certificate_from_before_in_use(
    database: Path, pair: KeyPair, caplog: pytest.LogCaptureFixture
) -> None:
    with running(create_app(database), pair, timeout_notify=0) as port:
        before = serial(port)
        pair.key.write_bytes(issue("other").private_key_pem.bytes())
        sentence = (
            f"the private key {pair.key} does not belong to the certificate {pair.certificate};"
            " the certificate from before stays in use"
        )
        assert wait_for(lambda: sentence in caplog.messages)
        assert serial(port) == before
        pair.key.unlink()
        assert wait_for(lambda: any("cannot be read" in message for message in caplog.messages))
        assert serial(port) == before
        pair.key.write_bytes(issue().private_key_pem.bytes())
        pair.key.chmod(0o600)
        assert serial(port) == before
    assert caplog.messages.count(sentence) == 1


def test_the_dates_are_looked_at_again_every_day(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    clock = StillClock()
    renewal = Renewal(write_pair(tmp_path, issue(days=3)), clock)
    renewal.make_context()
    for hours, lines in ((0, 0), (23, 0), (1, 1), (23, 1), (1, 2)):
        clock.now += 3600 * hours
        asyncio.run(renewal.look())
        assert len([message for message in caplog.messages if " expires at " in message]) == lines


def wait_for(condition: Any) -> bool:
    """Whether it has come true within the time that a busy machine may need."""
    deadline = time.monotonic() + 30
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True
