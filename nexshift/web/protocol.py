"""What may a connection cost us?  Bounds on the bytes and the time of a request that uvicorn itself does not set.

uvicorn takes a request's head however long it is, waits for it for ever, and answers bytes that are no HTTP in front of
an answer that is still being made.  This subclass bounds the first two, mends the third, and refuses what a proxy in
front of it might understand in another way.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Iterable, Sequence
from http import HTTPStatus
from typing import Any, cast

from litestar.types import Scope
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from nexshift.config import (
    CLIENT_LOOK_S,
    MAX_BODY_BYTES,
    MAX_HEADER_BYTES,
    MAX_PIPELINED,
    REQUEST_DEADLINE_S,
    STALLED_S,
    TURNED_AWAY_S,
)
from nexshift.web.advice import Advice
from nexshift.web.client import Client, put_client
from nexshift.web.closed_end import has_closed
from nexshift.web.door import Door
from nexshift.web.logs import Event
from nexshift.web.meter import Count
from nexshift.web.outbox import put_outbox
from nexshift.web.refusals import NO_HTTP, OTHER_SCHEME, TOO_LARGE, TOO_MANY, TOO_SLOW, log_refusal, make_refusal
from nexshift.web.request_target import OtherScheme, read_target
from nexshift.web.requests import notes_of
from nexshift.web.transport_security import Header
from nexshift.web.unread import count_unread, cut_off

_PIECE = 8_192  # bytes fed to the parser at once, so that what is counted belongs to the head being read
_TLS_GREETING = b"\x16\x03"  # a record that begins an encrypted connection, of any version

log = logging.getLogger("nexshift.web")


class ClientStalled(Event, frozen=True, gc=False, tag="client_stalled"):
    """It read nothing of its answer for a while, and was cut off."""

    client: str
    unread: int

    def __str__(self) -> str:
        return f"{self.client} read nothing for {STALLED_S} s and was cut off, with {self.unread} bytes unread"


def is_unambiguous(version: str, headers: Iterable[tuple[bytes, bytes]]) -> bool:
    """Whether everybody between the client and here takes the request for the same: one host, and one end.

    The parser refuses most that could be read in two ways, but neither a second host or none, nor a version that it
    does not know, nor a coding that it passes over.
    """
    hosts = 0
    for name, value in headers:
        if name == b"host":
            hosts += 1
        elif name == b"transfer-encoding" and (version != "1.1" or value.lower() != b"chunked"):
            return False
    return hosts == 1 if version == "1.1" else version == "1.0" and hosts <= 1


class BoundedHttpProtocol(HttpToolsProtocol):
    """One connection."""

    def __init__(self, *args: Any, door: Door, common: Sequence[Header] = (), **settings: Any) -> None:
        """`common` are headers that each answer of this process has."""
        super().__init__(*args, **settings)
        self._door = door
        self._common = common
        self._has_other_scheme = False
        self._is_turned_away = False
        self._reader_check: asyncio.TimerHandle | None = None
        self._client_check: asyncio.TimerHandle | None = None
        self._unread = 0
        self._is_reading_head = False
        self._bytes = 0  # of the present request, head and body
        self._is_refused = False
        self._deadline: asyncio.TimerHandle | None = None
        self._asking = Client(lambda: cut_off(self.transport))

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        if not self._door.has_place(len(self.connections)):
            self._turn_away(transport)
            return
        super().connection_made(transport)
        # To be told as soon as a client reads more slowly than we write. With TLS, 0 would mean: even if it does not.
        transport.set_write_buffer_limits(high=1, low=0)
        self._set_deadline()

    def connection_lost(self, exc: Exception | None) -> None:
        self._door.forget(self)
        self._clear_deadline()
        self._clear_reader_check()
        super().connection_lost(exc)
        # uvicorn tells the request that came last alone, which may be another than the one that is being answered.
        self._asking.leave()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._unread = count_unread(self.transport)
        self._reader_check = self.loop.call_later(STALLED_S, self._check_reader)

    def resume_writing(self) -> None:
        self._clear_reader_check()
        super().resume_writing()

    def data_received(self, data: bytes) -> None:
        if self._is_turned_away:
            self.transport.close()  # with nothing left unread, which would take the answer with it
            return
        if self.cycle is None and data.startswith(_TLS_GREETING):
            self._refuse_bytes(Advice.NO_TLS_HERE)
            return
        for start in range(0, len(data), _PIECE):
            piece = data[start : start + _PIECE]
            if self._is_refused or self.transport.is_closing():
                return
            if self._is_reading_head and self._bytes + len(piece) > MAX_HEADER_BYTES:
                self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, TOO_LARGE)
                return
            if self._bytes > MAX_BODY_BYTES:
                self._end()
                return
            super().data_received(piece)
            self._bytes += len(piece)
        if self._is_idle() and self._deadline is None:
            # The keep-alive timer was stopped by these bytes, which may be blank lines or the rest of a body.
            self._set_deadline()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        put_client(cast("Scope", self.scope), self._asking)
        self._is_reading_head = True
        self._bytes = 0

    def on_headers_complete(self) -> None:
        self._is_reading_head = False
        if not is_unambiguous(self.parser.get_http_version(), self.headers):
            raise ValueError  # the parser gives up, and a bare 400 goes out
        self._read_target()
        self._clear_deadline()
        super().on_headers_complete()
        notes_of(cast("Scope", self.cycle.scope))  # begins to time the request
        self.headers = []  # the request has those that there were; fields behind a body are no headers of it
        if b"%" in self.scope["raw_path"]:
            # No path of ours needs an escape. What stands in one is not decoded, so that whoever guards paths in front
            # of this service and who looks them up here read the same.
            self.scope["path"] = self.scope["raw_path"].decode("ascii")
        put_outbox(self.cycle)
        if len(self.pipeline) > MAX_PIPELINED:
            self._look_for_client()
        elif self.pipeline:
            self.flow.resume_reading()  # uvicorn stops, and would not see that its client leaves

    def on_body(self, body: bytes) -> None:
        """No request needs one, so none is kept; uvicorn would stop reading at a large one, as above."""

    def _read_target(self) -> None:
        """Put what the request asks for into the one form that the application knows."""
        try:
            target = read_target(self.parser.get_method(), self.url, self.scheme or "http")
        except OtherScheme:
            self._has_other_scheme = True
            raise
        self.url = target.path
        if target.host is not None:
            self.headers[:] = [each for each in self.headers if each[0] != b"host"] + [(b"host", target.host)]

    def send_400_response(self, msg: str) -> None:
        """Bytes that are no HTTP: a bare 400, after which nothing on this connection can be understood."""
        if self._has_other_scheme:
            self._refuse(HTTPStatus.BAD_REQUEST, OTHER_SCHEME)
        else:
            self._refuse_bytes()

    def _refuse_bytes(self, advice: Advice | None = None) -> None:
        self._note_refusal(secrets.token_hex(8), HTTPStatus.BAD_REQUEST, NO_HTTP, advice)
        self._end(b"HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n")

    def _unsupported_upgrade_warning(self) -> None:
        """A wish for another protocol is passed over, as HTTP allows; it is nothing to write to the log.

        The parser drops what came behind it, so nothing on this connection can be answered any more.
        """
        self._end()

    def _is_idle(self) -> bool:
        return self.cycle is None or self.cycle.response_complete

    def _set_deadline(self) -> None:
        self._deadline = self.loop.call_later(REQUEST_DEADLINE_S, self._miss_deadline)

    def _clear_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _miss_deadline(self) -> None:
        self._deadline = None
        if self._is_reading_head and self._is_idle():
            self._refuse(HTTPStatus.REQUEST_TIMEOUT, TOO_SLOW)
        elif self._is_idle():
            self.transport.close()

    def _check_reader(self) -> None:
        """Whether anything was read since; a client that reads slowly is waited for, one that reads nothing is not."""
        unread, before = count_unread(self.transport), self._unread
        if unread < before:
            self._unread = unread
            self._reader_check = self.loop.call_later(STALLED_S, self._check_reader)
        else:
            self._reader_check = None
            self._door.part.add(Count.STALLED)
            log.warning(ClientStalled(self._address(), unread))
            cut_off(self.transport)

    def _look_for_client(self) -> None:
        """While so much waits that no more is read."""
        if self._client_check is not None:
            self._client_check.cancel()
            self._client_check = None
        if self.transport.is_closing():
            return
        if has_closed(self.transport):
            cut_off(self.transport)
        elif len(self.pipeline) > MAX_PIPELINED:
            self._client_check = self.loop.call_later(CLIENT_LOOK_S, self._look_for_client)

    def _clear_reader_check(self) -> None:
        if self._reader_check is not None:
            self._reader_check.cancel()
            self._reader_check = None

    def _turn_away(self, transport: asyncio.Transport) -> None:
        self.transport = transport
        self._is_turned_away = True
        if not self._door.may_explain(self):
            transport.abort()
            return
        refusal = make_refusal(HTTPStatus.SERVICE_UNAVAILABLE, TOO_MANY, secrets.token_hex(8), self._common)
        transport.write(refusal)
        self._deadline = self.loop.call_later(TURNED_AWAY_S, transport.close)

    def _refuse(self, status: HTTPStatus, sentence: str) -> None:
        request_id = secrets.token_hex(8)
        self._note_refusal(request_id, status, sentence)
        self._end(make_refusal(status, sentence, request_id, self._common))

    def _note_refusal(self, request_id: str, status: HTTPStatus, sentence: str, advice: Advice | None = None) -> None:
        self._door.part.add_refusal(status)
        log_refusal(request_id, self._address(), status, sentence, advice)

    def _address(self) -> str:
        return self.client[0] if self.client else "-"

    def _end(self, last_words: bytes = b"") -> None:
        """Close the connection; an answer that is being made goes out first, and then takes these words' place."""
        self._is_refused = True
        if self._is_idle():
            self.transport.write(last_words)
            self.transport.close()
        else:
            self.cycle.keep_alive = False
