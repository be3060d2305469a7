"""Threads that do not keep the program from ending, whatever one of them waits for.

Python waits for those of its own executors when it ends, for ever if need be: a disk that does not answer would hold up
the end of the service.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from queue import SimpleQueue
from threading import Thread
from typing import Any, TypeVar

Made = TypeVar("Made")
_Job = tuple[asyncio.AbstractEventLoop, "asyncio.Future[Any]", Callable[[], Any]]


class Threads:
    """At most `most`, begun when they are first needed; used from the event loop alone."""

    def __init__(self, most: int, name: str) -> None:
        self._most = most
        self._name = name
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._begun = 0
        self._under_way = 0

    async def run(self, do: Callable[[], Made]) -> Made:
        """What `do` returns or raises, done in one of the threads."""
        loop = asyncio.get_running_loop()
        done: asyncio.Future[Made] = loop.create_future()
        self._under_way += 1
        if self._begun < min(self._under_way, self._most):
            self._begun += 1
            Thread(target=_work, args=(self._jobs,), name=self._name, daemon=True).start()
        self._jobs.put((loop, done, do))
        try:
            return await done
        finally:
            self._under_way -= 1

    def close(self) -> None:
        """Each thread ends once it has done what it is doing."""
        for _ in range(self._begun):
            self._jobs.put(None)


def _work(jobs: SimpleQueue[_Job | None]) -> None:
    while (job := jobs.get()) is not None:
        loop, done, do = job
        settle: Callable[[asyncio.Future[Any], Any], None]
        try:
            result = do()
        except BaseException as error:  # noqa: BLE001 (it is raised where it is waited for)
            settle, value = _fail, error
        else:
            settle, value = _succeed, result
        with suppress(RuntimeError):  # the loop was closed, and nobody waits
            loop.call_soon_threadsafe(settle, done, value)
        del job, done, do, value


def _succeed(done: asyncio.Future[Any], result: Any) -> None:
    if not done.done():
        done.set_result(result)


def _fail(done: asyncio.Future[Any], error: BaseException) -> None:
    if not done.done():
        done.set_exception(error)
