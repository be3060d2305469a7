"""Running the service: a socket, one or more processes, and an orderly end.

The socket is opened before anything else, so that a port in use is said in one sentence and the address that is
printed can be asked at once.
"""

from __future__ import annotations

import errno
import gc
import logging.config
import os
import socket
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from functools import partial
from pathlib import Path
from typing import Any

from litestar import Litestar

from nexshift import __version__
from nexshift.config import GC_THRESHOLDS, MAX_CONNECTIONS, TLS_LOOK_S
from nexshift.errors import Refused
from nexshift.invisible import reveal
from nexshift.storage.connection import open_key_reader
from nexshift.storage.file_errors import reported
from nexshift.storage.library import sqlite3
from nexshift.storage.permissions import find_exposures
from nexshift.storage.schema_comparison import compare_schema
from nexshift.storage.turns import describe_fault
from nexshift.storage.write_ahead_log import find_log_damage
from nexshift.web import logs
from nexshift.web.app import create_app
from nexshift.web.backups import backing_up, plan_backups
from nexshift.web.counts import SharedCounts
from nexshift.web.door import FewConnections, find_places
from nexshift.web.logs import Event
from nexshift.web.meter import Meter
from nexshift.web.notify import notify
from nexshift.web.renewal import Renewal
from nexshift.web.service import BACKLOG, Service
from nexshift.web.settings import ServiceSettings
from nexshift.web.shared_memory import SharedMemory
from nexshift.web.tls import KeyPair, find_concerns, load_pair, pick_pair
from nexshift.web.workers import Workers

_LAST_PORT = 65_535
_OPEN_PORT = 8080  # which needs no right of its own
_EVERYWHERE = ("0.0.0.0", "::", "")  # noqa: S104 - named to be recognised
log = logging.getLogger("nexshift.web")


class Started(Event, frozen=True, gc=False, tag="started"):
    """The address can be asked."""

    version: str
    sqlite: str
    address: str
    pid: int
    workers: int
    database: str

    def __str__(self) -> str:
        return (
            f"Nexshift {self.version} with SQLite {self.sqlite} serves {self.database} at {self.address},"
            f" as process {self.pid}"
        )


def serve(settings: ServiceSettings, remarks: Sequence[str] = ()) -> None:
    """Serve until SIGINT or SIGTERM, then return; the remarks are what the log says first.

    Prints the address once it can be asked.  Raises NexshiftError when the address or the certificate cannot be used,
    the database cannot be read, or a listing does not fit it.
    """
    log_config = logs.configure(settings.log_format)
    logging.config.dictConfig(log_config)
    for remark in remarks:
        log.info("%s", remark)
    pair = pick_pair(settings.tls_cert, settings.tls_key)
    if pair is not None:
        for concern in find_concerns(pair, load_pair(pair)):
            log.warning("%s", concern)
    for exposure in find_exposures(settings.database):
        log.warning("%s", exposure)
    fault = describe_fault()
    if fault is not None:
        log.warning("%s", fault)
    damage = find_log_damage(settings.database)
    if damage is not None:
        log.error("%s", damage)
    _log_strangers(settings.database)
    places = find_places()
    if places < MAX_CONNECTIONS:
        log.warning(FewConnections(places))
    backups = plan_backups(settings)
    database = settings.database.absolute()
    make_app = partial(
        create_app,
        database,
        rate_limit=settings.rate_limit,
        cors_origins=settings.cors_origins,
        hsts_days=settings.hsts_days,
        response_cache_mib=settings.response_cache_mib,
        has_metrics=settings.metrics,
    )
    app = _make_calm_app(make_app)  # also with workers, whose own start would tell nobody what is wrong
    with _listen(settings.host, settings.port) as listener, backing_up(backups):
        address = describe_address(listener, "http" if pair is None else "https")
        with suppress(OSError):  # a disk that is full, and a stream that is closed, keep nobody from being served
            print(reveal(f"Nexshift serves {address}"), flush=True)  # noqa: T201 - one line, revealed
        log.info(Started(__version__, sqlite3.sqlite_version, address, os.getpid(), settings.workers, str(database)))
        tell = partial(notify, "READY=1", f"STATUS=Serves {address}")
        if settings.workers == 1:
            Service(app, tell, **_encryption(pair)).run([listener])
        else:
            counts = SharedCounts(SharedMemory(SharedCounts.SIZE, database.parent))
            meter = Meter(settings.workers, database.parent)
            make_worker_app = partial(_make_worker_app, make_app, counts, meter)
            Workers(
                make_worker_app, settings.workers, listener, log_config, part=meter.part, tell=tell, **_encryption(pair)
            ).run()


def _log_strangers(database: Path) -> None:
    """What else than our own is in the schema: an error where it may change what keys read or what is written."""
    with reported(database), closing(open_key_reader(database)) as connection:
        found = compare_schema(connection)
    for sentence in (*found.of_writing().describe_strangers(), *found.describe_ours()):
        log.error("%s: %s", database, sentence)
    for sentence in found.of_reading().describe_strangers():
        log.warning("%s: %s", database, sentence)


def describe_address(listener: socket.socket, scheme: str = "http") -> str:
    """The URL of a listening socket, as somebody on this network would type it."""
    host, port = listener.getsockname()[:2]
    if host in _EVERYWHERE:
        return f"{scheme}://{socket.gethostname()}:{port} (at every address of this machine)"
    return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"


def _listen(host: str, port: int) -> socket.socket:
    if not 0 <= port <= _LAST_PORT:  # getaddrinfo would take it modulo 65536
        raise Refused(f"port must be a number from 0 to {_LAST_PORT}, not {port}")
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        return socket.create_server(address, family=family, backlog=BACKLOG)
    except (socket.gaierror, UnicodeError):
        raise Refused(
            f'there is no address "{host}"',
            hint="use 127.0.0.1 for this machine alone, 0.0.0.0 for the network",
        ) from None
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise Refused(
                f"port {port} is in use: another program, perhaps Nexshift itself, listens at {host} already",
                hint=f"stop that one, or choose another port, such as: --port {port % _LAST_PORT + 1}",
            ) from error
        if error.errno == errno.EADDRNOTAVAIL:
            raise Refused(
                f"{host} is not an address of this machine",
                hint="use 127.0.0.1 for this machine alone, 0.0.0.0 for the network, or an address that it has",
            ) from error
        if error.errno == errno.EACCES:
            raise Refused(
                f"this user may not listen at port {port}",
                hint=f"choose one from 1024 on, such as: --port {_OPEN_PORT}; as a service of systemd it may",
            ) from error
        reason = os.strerror(error.errno) if error.errno else str(error)
        raise Refused(
            f"cannot listen at {host} port {port}: {reason}", hint="choose another with --port, such as 8081"
        ) from error


def _encryption(pair: KeyPair | None) -> dict[str, Any]:
    """What uvicorn is told of it."""
    if pair is None:
        return {}
    renewal = Renewal(pair)  # of one process: what each worker is sent is its own
    return {
        "ssl_context_factory": renewal.make_context,
        "callback_notify": renewal.look,
        "timeout_notify": TLS_LOOK_S,
    }


def _make_calm_app(make_app: Callable[[], Litestar]) -> Litestar:
    """The application, in a process whose garbage collector leaves a page's making alone.

    Through `sqlite3` a page makes thousands of tuples and Structs that are freed by their reference counts; with
    Python's own threshold of 700 the collector would go through them seven times a page, a twentieth of its time.
    """
    app = make_app()
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLDS)
    return app


def _make_worker_app(make_app: Callable[..., Litestar], counts: SharedCounts, meter: Meter, number: int) -> Litestar:
    """The application of one of several processes, which count together."""
    meter.take_part(number)
    return _make_calm_app(partial(make_app, shared_counts=counts, meter=meter))
