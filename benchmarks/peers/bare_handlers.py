"""A bare Litestar handler: what the server and framework take when there is nothing to do.

`uvicorn benchmarks.peers.bare_handlers:app`; $BODY is the file whose bytes are the answer.
"""

from __future__ import annotations

import os
from pathlib import Path

from litestar import Litestar, get

BODY = Path(os.environ["BODY"]).read_bytes()


@get("/page", media_type="application/json")
async def page() -> bytes:
    return BODY


@get("/constant", media_type="application/json")
async def constant() -> bytes:
    return b'{"status":"ok"}'


app = Litestar([page, constant], openapi_config=None, logging_config=None)
