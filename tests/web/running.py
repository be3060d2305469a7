"""A real server on a free port of this machine, for what can only be seen on the wire."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from litestar import Litestar
from litestar.testing import TestClient

from nexshift.web import server
from nexshift.web.service import Service
from nexshift.web.tls import KeyPair


@contextmanager
def running(app: Litestar, pair: KeyPair | None = None, **changes: Any) -> Iterator[int]:
    """The port at which `app` is served, as `serve` serves it but for `changes`, until the block ends."""
    listener = server._listen("127.0.0.1", 0)
    service = Service(app, **{**server._encryption(pair), **changes})
    thread = threading.Thread(target=service.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        service.stop()
        thread.join()
        listener.close()


def let_the_loop_turn(client: TestClient) -> None:
    """A request's line is written, and whoever else wants to know of it is told, after it was answered."""
    with client.portal() as portal:
        portal.call(asyncio.sleep, 0)
