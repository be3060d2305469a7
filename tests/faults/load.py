"""Clients that ask a service without a pause, each over a connection that stays open, and what they were told."""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import cycle
from threading import Event, Thread
from typing import Any

PREFIX = "/api/v1"
EVERY_LISTING = (
    "/production/runs?limit=50",
    "/production/summary",
    "/quality/checks",
    "/maintenance/downtime",
    "/safety/incidents?limit=1000",
    "/batching/batches",
    "/batching/logs",
)
Look = Callable[[str, int, Any], None]
"""What a client does with each answer: (path, status, decoded body)."""


class Load:
    """`count` clients; `answers` is how many answers they have got."""

    def __init__(self, port: int, key: str, paths: Sequence[str], look: Look, count: int) -> None:
        self._port, self._key, self._paths, self._look = port, key, tuple(paths), look
        self._stopping = Event()
        self._answered = [Event() for _ in range(count)]
        self._threads = [Thread(target=self._ask, args=(number,)) for number in range(count)]
        self._may_break = False
        self.answers = 0
        self.failures: list[Exception] = []
        for thread in self._threads:
            thread.start()

    def wait_for_answers(self) -> None:
        """Until each client has got an answer to something that it asked after this call."""
        for _ in range(2):  # the first may have been asked before
            for event in self._answered:
                event.clear()
            for event in self._answered:
                assert event.wait(60), self.failures

    def expect_break(self) -> None:
        """From now on a broken connection is the end of a client, and no failure."""
        self._may_break = True

    def stop(self) -> None:
        self._stopping.set()
        for thread in self._threads:
            thread.join()
        assert self.failures == []

    def _ask(self, number: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
        first = number % len(self._paths)
        try:
            for path in cycle(self._paths[first:] + self._paths[:first]):
                if self._stopping.is_set():
                    return
                self._look(path, *_exchange(connection, self._key, path))
                self.answers += 1
                self._answered[number].set()
        except (OSError, http.client.HTTPException) as error:
            if not self._may_break:
                self.failures.append(error)
        except (AssertionError, ValueError) as error:  # told by `stop`
            self.failures.append(error)
        finally:
            connection.close()


@contextmanager
def load(port: int, key: str, paths: Sequence[str], look: Look, count: int = 4) -> Iterator[Load]:
    clients = Load(port, key, paths, look, count)
    try:
        yield clients
    finally:
        clients.stop()


def ask(port: int, key: str, path: str) -> tuple[int, Any]:
    """Status and decoded body, over a new connection."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        return _exchange(connection, key, path)
    finally:
        connection.close()


def is_good(path: str, status: int, body: Any) -> None:
    """A `Look`: every answer is rows."""
    assert status == 200, (path, status, body)
    assert isinstance(body["data"], list), path


def _exchange(connection: http.client.HTTPConnection, key: str, path: str) -> tuple[int, Any]:
    connection.request("GET", PREFIX + path, headers={"Authorization": f"Bearer {key}"})
    response = connection.getresponse()
    return response.status, json.loads(response.read())
