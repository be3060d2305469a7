"""Which certificates and keys are refused at the start, and what is said of those that are used."""

from __future__ import annotations

import os
import re
import socket
import ssl
from pathlib import Path

import pytest
import trustme
from cryptography.hazmat.primitives.serialization import PrivateFormat

from nexshift.config import TLS_EXPIRY_WARNING_DAYS
from nexshift.errors import BadUsage, Refused
from nexshift.web.server import serve
from nexshift.web.settings import ServiceSettings
from nexshift.web.tls import KeyPair, find_concerns, load_pair, pick_pair
from tests.web.certificates import authority, issue, with_password, write_pair


@pytest.fixture
def pair(tmp_path: Path) -> KeyPair:
    return write_pair(tmp_path, issue())


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
        reason = "is not a file"
    else:
        pair.key.chmod(0)
        reason = "cannot be read: permission denied"
    assert refusal(pair).sentence == f"the private key {pair.key} {reason}"


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
