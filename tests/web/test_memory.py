"""Once its caches are full the service takes no more memory, whatever it is asked."""

from __future__ import annotations

import random
import re
import subprocess
import sys
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from statistics import median
from typing import NamedTuple
from urllib.parse import urljoin

import pytest

from nexshift.config import API_PREFIX, RESOURCES
from nexshift.listings import LISTINGS
from nexshift.storage.companies import add_company
from nexshift.storage.connection import create_database
from nexshift.storage.importing import import_paths
from nexshift.storage.keys import create_key
from tests.web.kept_alive import Answer, KeptAlive

ROOT = Path(__file__).parents[2]
SEED = 20260326
CACHE_MIB = 8  # which a thousand requests fill
CONNECTIONS = 4
WARM_UP = 30_000  # statements that begin behind a cursor have many forms, and connections remember them
REQUESTS = 20_000
SETTLED = 4_000  # the last ones of each, over which the median is taken: what is evicted and replaced makes up to 3 MB
GROWTH_MB = 5
LIMITS = (1, 5, 20, 50, 50) * 4 + (1000,)
OFTEN = ("page",) * 60 + ("again",) * 12 + ("known",) * 8 + ("cursor",) * 8
SELDOM = ("head", "unknown parameter", "bad cursor", "bad key", "forbidden", "no path", "no method") * 2


class Asked(NamedTuple):
    method: bytes
    target: bytes
    key: bytes
    headers: tuple[bytes, ...] = ()


class Mix:
    """Requests of every kind, the same ones from the same seed, that never come to an end."""

    def __init__(self, key: bytes, limited: bytes) -> None:
        print(f"seed {SEED}")
        self._chance = random.Random(SEED)
        self._key = key
        self._limited = limited
        self._seen: deque[tuple[bytes, bytes]] = deque([(b"/health", b"none")], maxlen=200)
        self._next: deque[bytes] = deque([b"/health"], maxlen=200)

    def make(self) -> Asked:
        target, etag = self._chance.choice(self._seen)
        zipped = (b"Accept-Encoding: gzip",) if self._chance.random() < 0.5 else ()
        match self._chance.choice((*OFTEN, *SELDOM)):
            case "again":
                return Asked(b"GET", target, self._key, zipped)
            case "known":
                return Asked(b"GET", target, self._key, (b"If-None-Match: " + etag, *zipped))
            case "cursor":
                return Asked(b"GET", self._chance.choice(self._next), self._key, zipped)
            case "head":
                return Asked(b"HEAD", self._page(), self._key, zipped)
            case "unknown parameter":
                return Asked(b"GET", self._page() + b"&%d=1" % self._chance.getrandbits(32), self._key)
            case "bad cursor":
                return Asked(b"GET", self._page() + b"&cursor=%d" % self._chance.getrandbits(32), self._key)
            case "bad key":
                return Asked(b"GET", self._page(), b"nxs_%d" % self._chance.getrandbits(32))
            case "forbidden":
                return Asked(b"GET", f"{API_PREFIX}/safety/incidents".encode(), self._limited)
            case "no path":
                return Asked(b"GET", b"/api/v1/%d" % self._chance.getrandbits(32), self._key)
            case "no method":
                return Asked(b"DELETE", self._page(), self._key)
            case _:
                return Asked(b"GET", self._page(), self._key, zipped)

    def _page(self) -> bytes:
        """A page that was hardly ever asked for before."""
        listing = self._chance.choice(LISTINGS)
        day, second = self._chance.randint(1, 31), self._chance.randrange(86_400)
        time = f"{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}"
        query = f"from=2026-01-{day:02}T{time}Z&to=2026-03-{self._chance.randint(1, 31):02}"
        if any(parameter.name == "limit" for parameter in listing.parameters):
            query += f"&limit={self._chance.choice(LIMITS)}"
        return f"{API_PREFIX}{listing.path}?{query}".encode()

    def remember(self, asked: Asked, answer: Answer) -> None:
        """For the requests that come back to an answer."""
        if answer.status == 200 and b"etag" in answer.headers:
            self._seen.append((asked.target, answer.headers[b"etag"]))
        if link := re.search(rb'<([^>]+)>; rel="next"', answer.headers.get(b"link", b"")):
            self._next.append(urljoin(asked.target, link[1]))


class Service:
    """`nexshift serve` over the sample plant, as a process of its own."""

    def __init__(self, process: subprocess.Popen[str], port: int) -> None:
        self._pid = process.pid
        self._connections = [KeptAlive(port) for _ in range(CONNECTIONS)]

    def ask(self, mix: Mix, count: int) -> Counter[int]:
        """So many requests, as many at a time as there are connections; how often each status came."""
        statuses: Counter[int] = Counter()
        for _ in range(count // CONNECTIONS):
            sent = [mix.make() for _ in self._connections]
            for connection, asked in zip(self._connections, sent, strict=True):
                connection.send(asked.method, asked.target, asked.key, *asked.headers)
            for connection, asked in zip(self._connections, sent, strict=True):
                answer = connection.receive(asked.method)
                mix.remember(asked, answer)
                statuses[answer.status] += 1
        return statuses

    def resident_mb(self) -> float:
        status = Path(f"/proc/{self._pid}/status").read_text()
        resident = re.search(r"^VmRSS:\s+(\d+) kB$", status, re.MULTILINE)
        assert resident
        return int(resident[1]) / 1024

    def settle(self, mix: Mix) -> float:
        """The median of what is resident during the next requests, in MB."""
        readings = []
        for _ in range(10):
            self.ask(mix, SETTLED // 10)
            readings.append(self.resident_mb())
        return median(readings)

    def close(self) -> None:
        for connection in self._connections:
            connection.close()


@contextmanager
def served(database: Path, log: Path) -> Iterator[Service]:
    options = ("--port", "0", "--rate-limit", "1000000", "--response-cache", str(CACHE_MIB))
    command: Sequence[str] = (sys.executable, "-m", "nexshift", "--db", str(database), "serve", *options)
    with (
        log.open("w") as file,
        subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=file, text=True) as process,
    ):
        try:
            assert process.stdout
            address = re.fullmatch(r"Nexshift serves http://127\.0\.0\.1:(\d+)\n", process.stdout.readline())
            assert address, log.read_text()
            with closing(Service(process, int(address[1]))) as service:
                yield service
        finally:
            process.terminate()


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads a process's memory in /proc")
def test_20_000_requests_of_every_kind_do_not_grow_the_service(tmp_path: Path) -> None:
    database = tmp_path / "plant.db"
    with closing(create_database(database)) as connection:
        company = add_company(connection, "Acme Manufacturing", "Australia/Brisbane")
        assert import_paths(connection, company, [ROOT / "data"]).rejected == 0
        others = tuple(name for name in RESOURCES if name != "safety")
        _, key = create_key(connection, company, "everything", (), ())
        _, limited = create_key(connection, company, "not safety", others, ())

    with served(database, tmp_path / "log") as service:
        mix = Mix(key.encode(), limited.encode())
        warm_up = service.ask(mix, WARM_UP - SETTLED)
        before = service.settle(mix)
        statuses = service.ask(mix, REQUESTS - SETTLED)
        grown = service.settle(mix) - before

    assert (warm_up | statuses).keys() == {200, 304, 400, 401, 403, 404, 405, 429}
    assert grown < GROWTH_MB
