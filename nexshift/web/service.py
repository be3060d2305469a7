"""How does one process of the service begin to answer, and how does it end?

Asked to stop, it takes no more connections, closes the idle ones and finishes what it was asked; what is not done when
its time is over is cut off.  It ends within `EXIT_S` seconds, whatever a client or a disk holds up.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import uvicorn
from litestar import Litestar
from uvicorn.config import STARTUP_FAILURE

from nexshift.config import EXIT_S, KEEP_ALIVE_S, SHUTDOWN_S, TLS_CLOSE_S, TLS_HANDSHAKE_S
from nexshift.web.door import Door, find_places
from nexshift.web.logs import Event
from nexshift.web.meter import Count, Part
from nexshift.web.notify import notify
from nexshift.web.plain_http import PlainHttpAnswer, ServerContext
from nexshift.web.protocol import BoundedHttpProtocol
from nexshift.web.unread import cut_off

BACKLOG = 2048
_LOOK_S = 0.02  # between two looks at what still runs
log = logging.getLogger("nexshift.web")


def list_stop_signals() -> list[signal.Signals]:
    """Ctrl-C, the system, a closed terminal, and what Windows has; not what is ignored, as nohup has it."""
    known = (getattr(signal, name, None) for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK"))
    return [number for number in known if number is not None and signal.getsignal(number) is not signal.SIG_IGN]


class Stopping(Event, frozen=True, gc=False, tag="stopping"):
    """No more connections are taken."""

    pid: int
    connections: int
    requests: int

    def __str__(self) -> str:
        return f"process {self.pid} stops, with {self.connections} connections and {self.requests} requests open"


class Stopped(Event, frozen=True, gc=False, tag="stopped"):
    """The last connection was closed."""

    pid: int
    seconds: float
    cut_off: int

    def __str__(self) -> str:
        cut_off = f"; {self.cut_off} connections had to be cut off" if self.cut_off else ""
        return f"process {self.pid} has stopped, after {self.seconds} s{cut_off}"


class Service(uvicorn.Server):
    """One process that answers."""

    def __init__(self, app: Litestar, tell: Callable[[], None] = lambda: None, **settings: Any) -> None:
        """`tell` is called when it answers; the settings are uvicorn's."""
        self._part: Part = app.state["meter"].part
        common = app.state["transport_security"] if "ssl_context_factory" in settings else ()
        protocol = partial(BoundedHttpProtocol, door=Door(find_places(), self._part), common=common)
        super().__init__(
            uvicorn.Config(
                app,
                http=protocol,  # type: ignore[arg-type]
                timeout_keep_alive=KEEP_ALIVE_S,
                log_config=None,
                **{**_SETTINGS, **settings},
            )
        )
        self._tell = tell
        self._last_resort = threading.Timer(EXIT_S, os._exit, (0,))
        self._last_resort.daemon = True

    def run(self, sockets: list[socket.socket] | None = None) -> None:
        """Answer until `stop`, or until a signal of `list_stop_signals` comes."""
        try:
            with _handling(self.handle_exit):
                super().run(sockets)
        finally:
            self._last_resort.cancel()

    def stop(self) -> None:
        """Begin to end; from any thread."""
        self.should_exit = True

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Nothing: uvicorn would raise each signal again when all has ended, as a second death."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """As uvicorn does it, but with bounds on a connection that is not encrypted yet, or no more."""
        await self.lifespan.startup()
        if self.lifespan.should_exit:
            sys.exit(STARTUP_FAILURE)
        protocol: Any = self.config.http_protocol_class
        make_protocol = partial(
            protocol, config=self.config, server_state=self.server_state, app_state=self.lifespan.state
        )
        tls = self.config.ssl
        if isinstance(tls, ServerContext):
            tls.answer = PlainHttpAnswer(self._part)
        loop = asyncio.get_running_loop()
        self.servers = [
            await loop.create_server(
                make_protocol,
                sock=listener,
                backlog=BACKLOG,
                ssl=tls,
                ssl_handshake_timeout=TLS_HANDSHAKE_S if tls else None,
                ssl_shutdown_timeout=TLS_CLOSE_S if tls else None,
            )
            for listener in sockets or []
        ]
        self.started = True
        self._tell()

    async def on_tick(self, counter: int) -> bool:
        self._part.set(Count.CONNECTIONS, len(self.server_state.connections))
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        begun = time.monotonic()
        state = self.server_state
        log.info(Stopping(os.getpid(), len(state.connections), len(state.tasks)))
        notify("STOPPING=1")
        self._last_resort.start()
        for server in self.servers:
            server.close()
        for listener in sockets or []:
            listener.close()
        for connection in list(state.connections):
            connection.shutdown()
        while (state.connections or state.tasks) and not self.force_exit and time.monotonic() < begun + SHUTDOWN_S:
            await asyncio.sleep(_LOOK_S)
        unfinished = list(state.connections)
        for connection in unfinished:
            cut_off(connection.transport)
        await self.lifespan.shutdown()
        seconds = round(time.monotonic() - begun, 1)
        log.log(logging.WARNING if unfinished else logging.INFO, Stopped(os.getpid(), seconds, len(unfinished)))


_SETTINGS: dict[str, Any] = {
    "loop": "asyncio" if sys.platform == "win32" else "uvloop",
    "ws": "none",
    "lifespan": "on",
    "access_log": False,  # ours knows the key's number and the request's id
    "server_header": False,
    "proxy_headers": False,  # an address that the client may choose is no address to count bad keys by
    "backlog": BACKLOG,
}


@contextmanager
def _handling(handler: Any) -> Iterator[None]:
    """In the main thread, the only one that has signals."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, handler) for number in list_stop_signals()}
    try:
        yield
    finally:
        for number, original in before.items():
            signal.signal(number, original)
