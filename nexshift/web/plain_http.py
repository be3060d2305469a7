"""What does a client get that speaks plain HTTP to a port that speaks TLS?  A 400 that says so, in place of silence.

OpenSSL sees a request where a greeting should be, and nothing was encrypted yet: so the answer is put among the bytes
that go out, as they are.  Then nothing that comes is read any more, until the client closes or its time to begin an
encrypted connection is over.
"""

from __future__ import annotations

import secrets
import ssl
import time
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from nexshift.config import MAX_HEADER_BYTES, PLAIN_HTTP_TOLD_S
from nexshift.web.advice import Advice
from nexshift.web.limits import Clock
from nexshift.web.meter import Part
from nexshift.web.refusals import log_refusal, make_refusal

_HTTP_REQUEST = "HTTP_REQUEST"  # OpenSSL's name for the mistake


class Greeting(ssl.SSLObject):
    """One connection, as far as encryption is concerned."""

    incoming: ssl.MemoryBIO
    outgoing: ssl.MemoryBIO
    answer: Callable[[], bytes] | None = None
    """Makes what a plain request is answered with."""
    _mistake: ssl.SSLError | None = None
    _passed_over = 0

    def do_handshake(self) -> None:
        if self._mistake is not None:
            self._passed_over += len(self.incoming.read())
            if self._passed_over > MAX_HEADER_BYTES:
                raise self._mistake
            raise ssl.SSLWantReadError
        try:
            super().do_handshake()
        except ssl.SSLError as error:
            if error.reason != _HTTP_REQUEST or self.answer is None:
                raise
            self._mistake = error
            self.incoming.read()
            self.outgoing.write(self.answer())
            # It goes out now. To close at once would take it from a client that has not sent all of its request.
            raise ssl.SSLWantReadError from error


class ServerContext(ssl.SSLContext):
    """What a server needs to encrypt; it answers plain requests once it is told how."""

    sslobject_class = Greeting
    answer: Callable[[], bytes] | None = None

    def wrap_bio(self, incoming: ssl.MemoryBIO, outgoing: ssl.MemoryBIO, *args: Any, **named: Any) -> ssl.SSLObject:
        greeting = super().wrap_bio(incoming, outgoing, *args, **named)
        assert isinstance(greeting, Greeting)
        greeting.incoming, greeting.outgoing, greeting.answer = incoming, outgoing, self.answer
        return greeting


class PlainHttpAnswer:
    """Counts each of them, and writes to the log once a minute: whose it is, nobody can say at this place."""

    def __init__(self, part: Part, clock: Clock = time.monotonic) -> None:
        self._part = part
        self._clock = clock
        self._silent_until = 0.0

    def __call__(self) -> bytes:
        status, sentence = HTTPStatus.BAD_REQUEST, f"{Advice.TLS_EXPECTED[0].upper()}{Advice.TLS_EXPECTED[1:]}"
        request_id = secrets.token_hex(8)
        self._part.add_refusal(status)
        if self._clock() >= self._silent_until:
            self._silent_until = self._clock() + PLAIN_HTTP_TOLD_S
            log_refusal(request_id, "-", status, "Plain HTTP was sent", Advice.TLS_EXPECTED)
        return make_refusal(status, sentence, request_id)
