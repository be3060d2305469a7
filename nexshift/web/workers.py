"""Who watches over the processes that answer?  One that starts them, replaces those that die, and ends them together.

uvicorn has such a supervisor too.  It says nothing of a death, leaves orphans that hold the port when it is killed
itself, and waits for ever for a worker that does not end.
"""

from __future__ import annotations

import logging.config
import multiprocessing
import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from multiprocessing.resource_tracker import ensure_running
from typing import Any

from litestar import Litestar

from nexshift.config import EXIT_S, WORKER_PAUSE_S
from nexshift.errors import NexshiftError
from nexshift.web.logs import Event
from nexshift.web.meter import Count, Part
from nexshift.web.notify import notify
from nexshift.web.parent import end_with_parent
from nexshift.web.service import Service, list_stop_signals

_context = multiprocessing.get_context("spawn")  # a copy of a process with threads would be no sound process
log = logging.getLogger("nexshift.web")


class WorkerStarted(Event, frozen=True, gc=False, tag="worker_started"):
    """It answers from now on."""

    worker: int
    pid: int

    def __str__(self) -> str:
        return f"worker {self.worker} answers, as process {self.pid}"


class WorkerDied(Event, frozen=True, gc=False, tag="worker_died"):
    """Another will take its place."""

    worker: int
    pid: int
    cause: str

    def __str__(self) -> str:
        return f"worker {self.worker}, process {self.pid}, died ({self.cause}); another takes its place"


class Workers:
    """`count` processes that share a socket; the application of each is made by `make_app`, given its number."""

    def __init__(
        self,
        make_app: Callable[[int], Litestar],
        count: int,
        listener: socket.socket,
        log_config: dict[str, Any],
        *,
        part: Part,
        tell: Callable[[], None] = lambda: None,
        **settings: Any,
    ) -> None:
        """Deaths are counted in `part`; `tell` is called when the first of them answers."""
        self._part = part
        self._tell = tell
        self._is_told_of = False
        self._answering, answering = _context.Pipe(duplex=False)
        self._arguments = (make_app, listener, log_config, answering)
        self._settings = settings
        self._due = dict.fromkeys(range(1, count + 1), 0.0)  # when to start those that are not there
        self._living: dict[int, BaseProcess] = {}

    def run(self) -> None:
        """Until a signal of `list_stop_signals` comes."""
        with _told_to_stop() as (signalled, is_told):
            try:
                while not is_told():
                    self._start_due()
                    pause = max(0.0, min(self._due.values()) - time.monotonic()) if self._due else None
                    wait([signalled, self._answering, *(each.sentinel for each in self._living.values())], pause)
                    self._hear_answering()
                    if not is_told():  # else they die because they were told as well
                        self._bury_dead()
            finally:
                self._end()

    def _start_due(self) -> None:
        now = time.monotonic()
        for number in [number for number, due in self._due.items() if due <= now]:
            del self._due[number]
            process = _context.Process(
                target=_answer, args=(number, *self._arguments), kwargs=self._settings, daemon=True
            )
            with _holding_signals():
                process.start()
            self._living[number] = process

    def _hear_answering(self) -> None:
        while self._answering.poll():
            self._answering.recv_bytes()
            if not self._is_told_of:
                self._is_told_of = True
                self._tell()

    def _bury_dead(self) -> None:
        for number, process in list(self._living.items()):
            if process.exitcode is None:
                continue
            del self._living[number]
            # At once would be too fast for one that cannot start.
            self._due[number] = time.monotonic() + WORKER_PAUSE_S
            self._part.add(Count.WORKER_DEATHS)
            log.error(WorkerDied(number, process.pid or 0, _describe_end(process.exitcode)))

    def _end(self) -> None:
        """Each ends in its own time, which is bounded; the last resort is for one that the system has stopped."""
        notify("STOPPING=1")
        give_up_at = time.monotonic() + EXIT_S
        for process in self._living.values():
            process.terminate()
        for process in self._living.values():
            process.join(max(0.0, give_up_at - time.monotonic()))
            if process.exitcode is None:
                process.kill()


def _answer(
    number: int,
    make_app: Callable[[int], Litestar],
    listener: socket.socket,
    log_config: dict[str, Any],
    answering: Connection,
    **settings: Any,
) -> None:
    """The whole life of a worker."""
    os.environ.pop("NOTIFY_SOCKET", None)  # the supervisor speaks for all
    logging.config.dictConfig(log_config)
    for signal_number in list_stop_signals():
        signal.signal(signal_number, lambda *_: os._exit(0))  # an exception in the midst of imports is a traceback
    _release_signals()
    end_with_parent()
    try:
        service = Service(make_app(number), lambda: _tell_supervisor(number, answering), **settings)
    except NexshiftError as refusal:
        log.error("worker %d cannot start: %s", number, refusal.sentence)
        sys.exit(1)
    service.run([listener])


def _tell_supervisor(number: int, answering: Connection) -> None:
    log.info(WorkerStarted(number, os.getpid()))
    answering.send_bytes(b"answers")


def _describe_end(exit_code: int) -> str:
    if exit_code >= 0:
        return f"exit code {exit_code}"
    try:
        return signal.Signals(-exit_code).name
    except ValueError:
        return f"signal {-exit_code}"


@contextmanager
def _told_to_stop() -> Iterator[tuple[socket.socket, Callable[[], bool]]]:
    """A socket that becomes readable with a signal, and whether it was a signal of `list_stop_signals`."""
    told: list[int] = []
    before = {number: signal.signal(number, lambda *sent: told.append(sent[0])) for number in list_stop_signals()}
    reader, writer = socket.socketpair()
    with reader, writer:
        writer.setblocking(False)
        woken_before = signal.set_wakeup_fd(writer.fileno(), warn_on_full_buffer=False)
        try:
            yield reader, lambda: bool(told)
        finally:
            signal.set_wakeup_fd(woken_before)
            for number, original in before.items():
                signal.signal(number, original)


@contextmanager
def _holding_signals() -> Iterator[None]:
    """A process that is started in here gets no signal before it is ready for one: Ctrl-C goes to all of them."""
    if sys.platform == "win32":
        yield
        return
    ensure_running()  # multiprocessing's own helper, whose start would let signals through again
    before = signal.pthread_sigmask(signal.SIG_BLOCK, list_stop_signals())
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _release_signals() -> None:
    if sys.platform != "win32":
        signal.pthread_sigmask(signal.SIG_UNBLOCK, list_stop_signals())
