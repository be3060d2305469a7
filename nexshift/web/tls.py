"""Can connections be encrypted with this certificate and this key, and for how long?

Everything is judged at start, by a handshake with ourselves, so that a mistake is a sentence there and not a failure in
Excel.  An expired certificate is only warned of: the clock may be wrong, and a service that answers can be renewed.
"""

from __future__ import annotations

import os
import ssl
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nexshift.config import TLS_EXPIRY_WARNING_DAYS
from nexshift.errors import BadUsage, Refused
from nexshift.instants import format_instant
from nexshift.web.plain_http import ServerContext

_DAY_S = 86_400
_NO_CHECK_TIME = 0x200000  # OpenSSL's X509_V_FLAG_NO_CHECK_TIME: we say more about dates than it does
_MISMATCHES = {"KEY_VALUES_MISMATCH", "KEY_TYPE_MISMATCH", "NO_CERTIFICATE_ASSIGNED"}


@dataclass(frozen=True)
class KeyPair:
    """The files of a certificate, with those that lead to its authority below it, and of its private key."""

    certificate: Path
    key: Path


def pick_pair(certificate: Path | None, key: Path | None) -> KeyPair | None:
    """Both or neither; BadUsage for one alone."""
    if certificate is not None and key is not None:
        return KeyPair(certificate.absolute(), key.absolute())
    if certificate is None and key is None:
        return None
    missing, given = ("--tls-key", "--tls-cert") if key is None else ("--tls-cert", "--tls-key")
    raise BadUsage(f"{given} needs {missing} too: a certificate and its private key belong together")


def load_pair(pair: KeyPair) -> ssl.SSLContext:
    """What a server needs; Refused with the reason when these files cannot be used."""
    _check_certificate(pair.certificate)
    _check_key(pair.key)
    context = ServerContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_RENEGOTIATION
    context.set_alpn_protocols(["http/1.1"])
    try:
        context.load_cert_chain(pair.certificate, pair.key, password=bytes)  # never ask on a terminal
    except ssl.SSLError as error:
        if error.reason in _MISMATCHES:
            raise Refused(
                f"the private key {pair.key} does not belong to the certificate {pair.certificate}",
                hint="in a file with several certificates, the service's own stands first",
            ) from error
        if error.reason is None:  # the certificate was read before
            raise Refused(f"the private key {pair.key} is damaged", hint="copy the file again") from error
        raise Refused(f"the certificate {pair.certificate} cannot be used: {_explain(error)}") from error
    return context


def find_concerns(pair: KeyPair, context: ssl.SSLContext) -> Iterator[str]:
    """Sentences about what programs that check certificates do not like, now or soon; Refused when none can connect."""
    place = f"the certificate {pair.certificate}"
    if pair.key.stat().st_mode & 0o004:
        yield f"everybody on this machine can read the private key {pair.key}; let only the service's user read it"
    try:
        seen = _shake_hands(context, pair.certificate)
    except ssl.SSLCertVerificationError as error:
        yield f"{place} is refused by programs that check it: {error.verify_message}"
        return
    except ssl.SSLError as error:
        raise Refused(f"no connection can be made with {place}: {_explain(error)}") from error
    if "subjectAltName" not in seen:
        yield f"{place} is refused by programs that check it: it names no host (subjectAltName)"
    begin, end = (int(ssl.cert_time_to_seconds(seen[name])) for name in ("notBefore", "notAfter"))
    now = time.time()
    if now < begin:
        yield f"{place} is good from {format_instant(begin)} on only; is this machine's clock right?"
    elif now > end:
        yield f"{place} expired at {format_instant(end)}; programs that check it refuse it until it is renewed"
    elif now > end - TLS_EXPIRY_WARNING_DAYS * _DAY_S:
        yield f"{place} expires at {format_instant(end)}; renew it before, the service notices by itself"


def _check_certificate(file: Path) -> None:
    content = _read(file, "certificate")
    if b"-----BEGIN CERTIFICATE-----" not in content:
        hint = "ask whoever made it for PEM, which is text"
        if b"PRIVATE KEY-----" in content:
            hint = "this is a private key; are --tls-cert and --tls-key exchanged?"
        elif content[:1] == b"\x30":
            hint = f"convert it: openssl x509 -inform der -in {file} -out certificate.pem (a .pfx: openssl pkcs12)"
        raise Refused(f"{file} holds no certificate in PEM form (-----BEGIN CERTIFICATE-----)", hint=hint)
    try:
        _trusting(file)
    except ssl.SSLError as error:
        raise Refused(f"the certificate {file} is damaged", hint="copy the file again") from error


def _check_key(file: Path) -> None:
    content = _read(file, "private key")
    if b"BEGIN ENCRYPTED PRIVATE KEY" in content or b"Proc-Type: 4,ENCRYPTED" in content:
        raise Refused(
            f"the private key {file} is protected by a password, which nobody types when the service starts",
            hint=f"write it without: openssl pkey -in {file} -out key.pem, and let only the service's user read that",
        )
    if b"PRIVATE KEY-----" not in content:
        raise Refused(
            f"{file} holds no private key in PEM form (-----BEGIN PRIVATE KEY-----)",
            hint="name the file that was made together with the certificate's request",
        )


def _read(file: Path, what: str) -> bytes:
    if os.path.exists(file) and not os.path.isfile(file):  # noqa: PTH110, PTH113 (Path's own raise)
        raise Refused(f"the {what} {file} is not a file", hint="name the PEM file itself")  # a device may have no end
    try:
        return file.read_bytes()
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise Refused(
            f"the {what} {file} cannot be read: {reason}", hint="check the name, and that this user may read it"
        ) from error


def _trusting(file: Path) -> ssl.SSLContext:
    """A client that trusts the certificates in a file, as if they were authorities."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_flags = ssl.VerifyFlags(ssl.VERIFY_X509_PARTIAL_CHAIN | _NO_CHECK_TIME)
    context.load_verify_locations(file)
    return context


def _shake_hands(server: ssl.SSLContext, certificate: Path) -> dict[str, Any]:
    """What a client sees of the certificate, in a connection to ourselves that leaves no memory."""
    to_client, to_server = ssl.MemoryBIO(), ssl.MemoryBIO()
    here = server.wrap_bio(to_server, to_client, server_side=True)
    there = _trusting(certificate).wrap_bio(to_client, to_server)
    unfinished = [there, here]
    while unfinished:
        side = unfinished.pop(0)
        try:
            side.do_handshake()
        except ssl.SSLWantReadError:
            unfinished.append(side)
    return there.getpeercert() or {}


def _explain(error: ssl.SSLError) -> str:
    return (error.reason or str(error)).replace("_", " ").lower()
