"""How long may a client take to receive a body?  As long as somebody behind a slow line takes, and no longer.

A large one is handed over in pieces, each when the one before was received: what the system holds for a slow client is
small, and its connection is cut off when its time is over.
"""

from __future__ import annotations

import asyncio
import logging

from litestar.types import Scope, Send

from nexshift.config import SEND_PIECE_BYTES, SEND_S, SLOWEST_BYTES_S
from nexshift.web.client import client_of
from nexshift.web.logs import Event
from nexshift.web.requests import notes_of

log = logging.getLogger("nexshift.web")


class ClientTooSlow(Event, frozen=True, gc=False, tag="client_too_slow"):
    """It did not receive an answer in time, and was cut off."""

    request_id: str
    bytes: int
    seconds: float

    def __str__(self) -> str:
        return f"the client of request {self.request_id} did not receive {self.bytes} bytes in {self.seconds:g} s"


async def send_body(scope: Scope, send: Send, body: bytes) -> None:
    """The whole body of an answer that has begun; nothing more happens to what a client that has gone left behind."""
    if len(body) <= SEND_PIECE_BYTES:
        await send({"type": "http.response.body", "body": body, "more_body": False})
        return
    seconds = SEND_S + len(body) / SLOWEST_BYTES_S

    def cut_off() -> None:
        log.warning(ClientTooSlow(notes_of(scope).id, len(body), round(seconds, 1)))
        client_of(scope).cut_off()

    timer = asyncio.get_running_loop().call_later(seconds, cut_off)
    try:
        for start in range(0, len(body), SEND_PIECE_BYTES):
            stop = start + SEND_PIECE_BYTES
            piece = body[start:stop]
            await send({"type": "http.response.body", "body": piece, "more_body": stop < len(body)})
    finally:
        timer.cancel()
