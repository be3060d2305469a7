"""Certificates for tests: an authority of a company, and what it and others issue."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import trustme
from cryptography.hazmat.primitives import serialization

from nexshift.web.tls import KeyPair

Write = Callable[..., KeyPair]


@cache
def authority() -> trustme.CA:
    return trustme.CA()


@cache
def issue(name: str = "localhost", days: int = 365, begins_in_days: int = -1) -> trustme.LeafCert:
    """Good for `name` and 127.0.0.1 from and to so many days from now; the same for the same arguments."""
    now = datetime.now(UTC)
    return authority().issue_cert(
        name,
        "127.0.0.1",
        not_before=now + timedelta(days=begins_in_days),
        not_after=now + timedelta(days=days),
    )


def write_pair(folder: Path, issued: trustme.LeafCert) -> KeyPair:
    """Into plant.crt and plant.key, whatever was there."""
    pair = KeyPair(folder / "plant.crt", folder / "plant.key")
    pair.certificate.write_bytes(b"".join(blob.bytes() for blob in issued.cert_chain_pems))
    pair.key.write_bytes(issued.private_key_pem.bytes())
    pair.key.chmod(0o600)
    return pair


def with_password(issued: trustme.LeafCert, form: Any = serialization.PrivateFormat.PKCS8) -> bytes:
    """Its private key, as one writes it that shall not be used by others."""
    key = serialization.load_pem_private_key(issued.private_key_pem.bytes(), None)
    return key.private_bytes(
        serialization.Encoding.PEM, form, serialization.BestAvailableEncryption(b"a password of somebody")
    )


def trusting() -> ssl.SSLContext:
    """A client that trusts the authority, as a company's computers do."""
    context = ssl.create_default_context()
    authority().configure_trust(context)
    return context
