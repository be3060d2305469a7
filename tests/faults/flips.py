"""What happens when bits of a database file have flipped: does `check` find it, and what does the service answer?

As a program, given a database, a key, a seed and a range of numbers: for each number it flips one bit of a copy and
prints a line of JSON about it.  Each copy is looked at in a process of its own, which may crash or hang; both are said.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import random
import signal
import sys
import tempfile
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from litestar import Litestar

from nexshift.config import API_PREFIX
from nexshift.errors import NexshiftError
from nexshift.listings import LISTINGS
from nexshift.storage.integrity import check
from nexshift.web.app import create_app
from tests.asking import takes

HANG_S = 120
WINDOWS = ("", "from=2026-03-02&to=2026-03-05")  # the first shows everything; the second goes into the indexes
Line = dict[str, Any]


def main(database: str, key: str, seed: str, first: str, last: str) -> None:
    original = Path(database).read_bytes()
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "plant.db"
        for number in range(int(first), int(last)):
            rng = random.Random(f"{seed} {number}")
            at, bit = rng.randrange(len(original)), rng.randrange(8)
            for file in Path(folder).iterdir():
                file.unlink()
            damaged = bytearray(original)
            damaged[at] ^= 1 << bit
            copy.write_bytes(damaged)
            print(json.dumps({"number": number, "at": at, "bit": bit, **examine(copy, key)}), flush=True)


def examine(path: Path, key: str) -> Line:
    """What the child has found, or how it ended instead."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        signal.alarm(HANG_S)
        os.close(reading)
        try:
            found: Line = {"problems": find_problems(path), **find_answers(path, key)}
        except BaseException:  # noqa: BLE001 (whatever it is, it is what is looked for)
            found = {"fault": traceback.format_exc()}
        os.write(writing, json.dumps(found).encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        told = pipe.read()
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if code == -signal.SIGALRM:
        return {"fault": f"no end after {HANG_S} s"}
    return json.loads(told) if code == 0 else {"fault": f"ended with {code}"}


def find_problems(path: Path) -> list[str]:
    """What `check` says first."""
    try:
        return check(path)[:1]
    except NexshiftError as refusal:
        return [refusal.sentence]


def find_answers(path: Path, key: str) -> Line:
    """The status and a digest of every listing's answer; none when the service does not start."""
    try:
        app = create_app(path)
    except NexshiftError as refusal:
        return {"refused": refusal.sentence, "answers": {}}
    return {"answers": asyncio.run(_ask_all(app, key))}


async def _ask_all(app: Litestar, key: str) -> Mapping[str, tuple[int, str]]:
    answers = {}
    for listing in LISTINGS:
        limits = ("limit=1000", "limit=20") if takes(listing, "limit") else ("",)
        for window in WINDOWS:
            for limit in limits:
                query = "&".join(filter(None, (window, limit)))
                status, body = await ask(app, API_PREFIX + listing.path, query, key)
                json.loads(body)  # whatever it says
                answers[f"{listing.path}?{query}"] = (status, hashlib.sha256(body).hexdigest()[:16])
    return answers


async def ask(app: Litestar, path: str, query: str, key: str) -> tuple[int, bytes]:
    """One request to the application, without a network."""
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    scope: Any = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": query.encode(),
        "headers": [(b"host", b"localhost"), (b"authorization", f"Bearer {key}".encode())],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 2),
        "state": {},
        "extensions": {},
    }
    await app(scope, receive, send)
    return sent[0]["status"], b"".join(message.get("body", b"") for message in sent[1:])


if __name__ == "__main__":
    main(*sys.argv[1:])
