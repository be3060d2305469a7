"""Running the service: a socket, one or more processes, and an orderly end.

The socket is opened before anything else, so that a port in use is said in one sentence and the address that is
printed can be asked at once.
"""

from __future__ import annotations

import gc
import logging.config
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import uvicorn
from litestar import Litestar
from uvicorn.supervisors import Multiprocess

from nexshift.config import GC_THRESHOLDS, SHUTDOWN_S, TLS_LOOK_S
from nexshift.errors import Refused
from nexshift.web import logs
from nexshift.web.app import create_app
from nexshift.web.backups import backing_up, plan_backups
from nexshift.web.parent import end_with_parent
from nexshift.web.protocol import BoundedHttpProtocol
from nexshift.web.renewal import Renewal
from nexshift.web.settings import ServiceSettings
from nexshift.web.tls import KeyPair, find_concerns, load_pair, pick_pair

log = logging.getLogger("nexshift")

_BACKLOG = 2048
_LAST_PORT = 65_535
_EVERYWHERE = ("0.0.0.0", "::", "")  # noqa: S104 - named to be recognised


def serve(settings: ServiceSettings) -> None:
    """Serve until SIGINT or SIGTERM, then return.

    Prints the address once it can be asked.  Raises NexshiftError when the address or the certificate cannot be used,
    the database cannot be read, or a listing does not fit it.
    """
    log_config = logs.configure(settings.log_format)
    logging.config.dictConfig(log_config)
    pair = pick_pair(settings.tls_cert, settings.tls_key)
    if pair is not None:
        for concern in find_concerns(pair, load_pair(pair)):
            log.warning("%s", concern)
    backups = plan_backups(settings)
    make_app = partial(
        create_app,
        settings.database.absolute(),
        rate_limit=settings.rate_limit,
        cors_origins=settings.cors_origins,
        response_cache_mib=settings.response_cache_mib,
    )
    app = _make_calm_app(make_app)  # also with workers, whose own start would tell nobody what is wrong
    with _listen(settings.host, settings.port) as listener, backing_up(backups):
        print(f"Nexshift serves {describe_address(listener, 'http' if pair is None else 'https')}", flush=True)
        if settings.workers == 1:
            _run_here(app, listener, {"log_config": None, **_settings(pair)})
        else:
            _run_workers(make_app, settings.workers, listener, {"log_config": log_config, **_settings(pair)})


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
        return socket.create_server(address, family=family, backlog=_BACKLOG)
    except (socket.gaierror, UnicodeError):
        raise Refused(
            f'there is no address "{host}"',
            hint="use 127.0.0.1 for this machine alone, 0.0.0.0 for the network",
        ) from None
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else str(error)
        raise Refused(
            f"cannot listen at {host} port {port}: {reason}", hint="choose another with --port, such as 8081"
        ) from error


def _settings(pair: KeyPair | None = None) -> dict[str, Any]:
    settings: dict[str, Any] = {
        "http": BoundedHttpProtocol,
        "loop": "asyncio" if sys.platform == "win32" else "uvloop",
        "ws": "none",
        "lifespan": "on",
        "access_log": False,  # ours knows the key's number and the request's id
        "server_header": False,
        "proxy_headers": False,  # an address that the client may choose is no address to count bad keys by
        "timeout_graceful_shutdown": SHUTDOWN_S,
        "backlog": _BACKLOG,
    }
    if pair is not None:
        renewal = Renewal(pair)  # of one process: what each worker is sent is its own
        settings |= {
            "ssl_context_factory": renewal.make_context,
            "callback_notify": renewal.look,
            "timeout_notify": TLS_LOOK_S,
        }
    return settings


def _make_calm_app(make_app: Callable[..., Litestar], **settings: Any) -> Litestar:
    """The application, in a process whose garbage collector leaves a page's making alone.

    Through `sqlite3` a page makes thousands of tuples and Structs that are freed by their reference counts; with
    Python's own threshold of 700 the collector would go through them seven times a page, a twentieth of its time.
    """
    app = make_app(**settings)
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLDS)
    return app


def _run_workers(
    make_app: Callable[..., Litestar], workers: int, listener: socket.socket, settings: dict[str, Any]
) -> None:
    """Processes that share the socket and the counts of each key's requests; one that dies is replaced."""
    with TemporaryDirectory(prefix="nexshift-") as folder:
        make_worker_app = partial(_make_worker_app, make_app, shared_counts=Path(folder) / "counts")
        config = uvicorn.Config(make_worker_app, factory=True, workers=workers, **settings)
        Multiprocess(config, sockets=[listener]).run()


def _make_worker_app(make_app: Callable[..., Litestar], **settings: Any) -> Litestar:
    end_with_parent()
    return _make_calm_app(make_app, **settings)


def _run_here(app: Litestar, listener: socket.socket, settings: dict[str, Any]) -> None:
    server = uvicorn.Server(uvicorn.Config(app, **settings))

    def stop(*_: object) -> None:
        server.should_exit = True

    with _handling((signal.SIGINT, signal.SIGTERM), stop):
        server.run(sockets=[listener])


@contextmanager
def _handling(signals: Sequence[signal.Signals], handler: Callable[..., None]) -> Iterator[None]:
    """uvicorn raises each signal again when it has ended; with handlers of ours that is no second death."""
    before = {number: signal.signal(number, handler) for number in signals}
    try:
        yield
    finally:
        for number, original in before.items():
            signal.signal(number, original)
