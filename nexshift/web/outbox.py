"""When does a response leave?  Its head waits for its body, and both are handed to the system together.

uvicorn writes them one after the other, each as a packet of its own: two system calls, and a client that is woken for
the head alone.  A third of the time of a small answer goes there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"  # no response: the client waits for it before it sends its body


class _Outbox:
    """What one response is written to, in place of its connection."""

    __slots__ = ("_end", "_has_begun", "_head", "_transport")

    def __init__(self, transport: asyncio.Transport, end: Callable[..., Any]) -> None:
        self._transport = transport
        self._end = end
        self._head: bytes | None = None
        self._has_begun = False

    def write(self, data: bytes) -> None:
        if self._transport.is_closing():
            self._head = None  # whoever waited for it has gone, perhaps while an earlier answer was on its way
        elif self._head is not None:
            self._transport.writelines((self._head, data))
            self._head = None
        elif self._has_begun or data == _CONTINUE:
            self._transport.write(data)
        else:
            self._has_begun = True
            self._head = data

    def is_closing(self) -> bool:
        return self._transport.is_closing()

    def close(self) -> None:
        self._flush()
        self._transport.close()

    def end(self) -> None:
        """The response is complete: one to HEAD never has a body."""
        self._flush()
        self._end()

    def _flush(self) -> None:
        if self._head is not None:
            if not self._transport.is_closing():
                self._transport.write(self._head)
            self._head = None


def put_outbox(cycle: RequestResponseCycle) -> None:
    """Between a response that has not begun and its connection."""
    outbox = _Outbox(cycle.transport, cycle.on_response)
    cycle.transport = outbox  # type: ignore[assignment]
    cycle.on_response = outbox.end
