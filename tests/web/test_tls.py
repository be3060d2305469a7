"""Encrypted connections, seen from the client's side of a real socket, and what is said of files that do not work."""

from __future__ import annotations

import asyncio
import http.client
import json
import logging
import os
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
import trustme
from cryptography.hazmat.primitives.serialization import PrivateFormat

from nexshift.config import TLS_EXPIRY_WARNING_DAYS
from nexshift.errors import BadUsage, Refused
from nexshift.web import service
from nexshift.web.app import create_app
from nexshift.web.renewal import Renewal
from nexshift.web.server import serve
from nexshift.web.settings import ServiceSettings
from nexshift.web.tls import KeyPair, find_concerns, load_pair, pick_pair
from tests.web.certificates import authority, issue, trusting, with_password, write_pair
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


@pytest.mark.parametrize(
    "sent", [b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n", b"", b"\x16\x03\x01\x02\x00", b"\0" * 20_000], ids=repr
)
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


# --- files that do not work --------------------------------------------------------------------------------------


def refusal(pair: KeyPair) -> Refused:
    with pytest.raises(Refused) as refused:
        list(find_concerns(pair, load_pair(pair)))
    return refused.value


def test_a_certificate_without_a_key_and_a_key_without_a_certificate_are_wrong_usage(pair: KeyPair) -> None:
    with pytest.raises(BadUsage, match="--tls-cert needs --tls-key too"):
        pick_pair(pair.certificate, None)
    with pytest.raises(BadUsage, match="--tls-key needs --tls-cert too"):
        pick_pair(None, pair.key)
    assert pick_pair(None, None) is None
    assert pick_pair(pair.certificate, pair.key) == pair


def test_a_file_that_is_not_there_is_named(pair: KeyPair, tmp_path: Path) -> None:
    missing = tmp_path / "missing"
    assert refusal(KeyPair(missing, pair.key)).sentence == (
        f"the certificate {missing} cannot be read: no such file or directory"
    )
    assert refusal(KeyPair(pair.certificate, missing)).sentence == (
        f"the private key {missing} cannot be read: no such file or directory"
    )


def test_a_key_that_this_user_may_not_read_is_named(pair: KeyPair) -> None:
    if os.geteuid() == 0:
        pair.key.unlink()
        pair.key.mkdir()  # which root cannot read either
        reason = "is a directory"
    else:
        pair.key.chmod(0)
        reason = "permission denied"
    assert refusal(pair).sentence == f"the private key {pair.key} cannot be read: {reason}"


@pytest.mark.parametrize(
    ("content", "hint"),
    [
        (b"hello", "PEM, which is text"),
        (b"", "PEM, which is text"),
        (ssl.PEM_cert_to_DER_cert(issue().cert_chain_pems[0].bytes().decode()), "openssl x509 -inform der"),
        (issue().private_key_pem.bytes(), "are --tls-cert and --tls-key exchanged?"),
    ],
    ids=["text", "nothing", "DER", "a key"],
)
def test_what_is_no_certificate_is_said_to_be_none(pair: KeyPair, content: bytes, hint: str) -> None:
    pair.certificate.write_bytes(content)
    refused = refusal(pair)
    assert refused.sentence == f"{pair.certificate} holds no certificate in PEM form (-----BEGIN CERTIFICATE-----)"
    assert hint in refused.hint


def test_what_is_no_key_is_said_to_be_none(pair: KeyPair) -> None:
    for content in (b"hello", b"", pair.certificate.read_bytes()):
        pair.key.write_bytes(content)
        assert refusal(pair).sentence == f"{pair.key} holds no private key in PEM form (-----BEGIN PRIVATE KEY-----)"


def test_a_damaged_file_is_said_to_be_damaged(pair: KeyPair) -> None:
    whole = pair.key.read_bytes()
    pair.key.write_bytes(whole[:120])
    assert refusal(pair).sentence == f"the private key {pair.key} is damaged"
    pair.key.write_bytes(whole)
    pair.certificate.write_bytes(pair.certificate.read_bytes()[:200])
    assert refusal(pair).sentence == f"the certificate {pair.certificate} is damaged"


@pytest.mark.parametrize("form", [PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL])
def test_a_key_with_a_password_is_refused_and_nobody_is_asked_for_it(pair: KeyPair, form: PrivateFormat) -> None:
    pair.key.write_bytes(with_password(issue(), form))
    refused = refusal(pair)
    assert refused.sentence.startswith(f"the private key {pair.key} is protected by a password")
    assert "openssl pkey" in refused.hint


@pytest.mark.parametrize(
    "other", [issue("other"), trustme.CA(key_type=trustme.KeyType.RSA).issue_cert("localhost")], ids=["value", "type"]
)
def test_a_key_of_another_certificate_is_refused(pair: KeyPair, other: trustme.LeafCert) -> None:
    pair.key.write_bytes(other.private_key_pem.bytes())
    assert refusal(pair).sentence == (
        f"the private key {pair.key} does not belong to the certificate {pair.certificate}"
    )


def test_the_program_refuses_before_it_takes_the_port(database: Path, pair: KeyPair) -> None:
    pair.key.write_text("hello")
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(Refused, match="holds no private key"):
        serve(
            ServiceSettings(database=database, port=taken.getsockname()[1], tls_cert=pair.certificate, tls_key=pair.key)
        )


# --- what is warned of ---------------------------------------------------------------------------------------------


def concerns(folder: Path, issued: trustme.LeafCert) -> list[str]:
    pair = write_pair(folder, issued)
    return list(find_concerns(pair, load_pair(pair)))


def test_a_good_certificate_is_nothing_to_worry_about(tmp_path: Path) -> None:
    assert concerns(tmp_path, issue()) == []


def test_a_certificate_of_another_time_is_warned_of_and_used(tmp_path: Path) -> None:
    (expired,) = concerns(tmp_path, issue(days=-1, begins_in_days=-9))
    assert re.fullmatch(
        r"the certificate \S+ expired at \S+Z; programs that check it refuse it until it is renewed", expired
    )
    (early,) = concerns(tmp_path, issue(begins_in_days=2))
    assert re.fullmatch(r"the certificate \S+ is good from \S+Z on only; is this machine's clock right\?", early)


def test_a_certificate_that_soon_expires_is_warned_of(tmp_path: Path) -> None:
    assert concerns(tmp_path, issue(days=TLS_EXPIRY_WARNING_DAYS + 1)) == []
    (soon,) = concerns(tmp_path, issue(days=TLS_EXPIRY_WARNING_DAYS))
    assert re.fullmatch(r"the certificate \S+ expires at \S+Z; renew it before, the service notices by itself", soon)


def test_a_key_that_everybody_can_read_is_warned_of(pair: KeyPair) -> None:
    pair.key.chmod(0o644)
    assert list(find_concerns(pair, load_pair(pair))) == [
        f"everybody on this machine can read the private key {pair.key}; let only the service's user read it"
    ]


def test_a_certificate_that_is_not_for_a_server_is_warned_of(tmp_path: Path) -> None:
    """An authority's own certificate, which may sign others and nothing else."""
    ca = authority()
    pair = KeyPair(tmp_path / "ca.crt", tmp_path / "ca.key")
    pair.certificate.write_bytes(ca.cert_pem.bytes())
    pair.key.write_bytes(ca.private_key_pem.bytes())
    pair.key.chmod(0o600)
    (concern,) = find_concerns(pair, load_pair(pair))
    assert concern.startswith(f"the certificate {pair.certificate} is refused by programs that check it: ")


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
