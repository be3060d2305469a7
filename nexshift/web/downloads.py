"""How does a whole table reach a client as a file?  Piece by piece as it is read, from one commit, in constant memory.

A download holds a connection, and with it a commit, for as long as its client takes; so there are few at once, with
connections and threads of their own, and each ends when its client goes away, stops reading, or takes too long.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from isal import isal_zlib
from litestar.types import Receive, Scope, Send

from nexshift.config import DOWNLOAD_S, DOWNLOADS, DOWNLOADS_RETRY_S
from nexshift.errors import Overloaded
from nexshift.query import Query
from nexshift.storage.connection import open_reader
from nexshift.storage.keys import Grant
from nexshift.storage.pool import ReadPool
from nexshift.tables.files import CsvFile, TableFile, XlsxFile
from nexshift.tables.table import Table
from nexshift.web.content import CHANGE_TOKEN, Header, accepts_gzip, page_headers
from nexshift.web.formats import MEDIA_TYPES, FileFormat
from nexshift.web.logs import Event
from nexshift.web.negotiation import header_of
from nexshift.web.requests import method_of, notes_of

_GZIP = 16 + 15  # of zlib's window sizes: the largest, with gzip's own head


log = logging.getLogger("nexshift.web")


class DownloadFailed(Event, frozen=True, gc=False, tag="download_failed"):
    """A file ended before its last row; its client sees a connection that was closed too early."""

    request_id: str
    rows: int
    reason: str

    def __str__(self) -> str:
        return f"the download of request {self.request_id} ended after {self.rows} rows: {self.reason}"


class Wanted(NamedTuple):
    """Which rows of a table somebody asks for, and as what kind of file."""

    table: Table
    grant: Grant
    query: Query
    kind: FileFormat


class Downloads:
    """Sends the files of all tables."""

    def __init__(self, database: Path) -> None:
        self._folder = database.parent
        self._pool = ReadPool(database, open_reader, size=DOWNLOADS)
        self._threads = ThreadPoolExecutor(DOWNLOADS, "download")
        self._under_way = 0  # counted on the event loop alone

    async def send(self, scope: Scope, receive: Receive, send: Send, wanted: Wanted) -> None:
        """The file.  Raises as pages do, and Overloaded, before anything is sent."""
        table, grant, query, kind = wanted
        headers = (*page_headers(MEDIA_TYPES[kind]), _disposition(table, kind))
        if method_of(scope) == "HEAD":
            await _begin(send, headers)
            await _send_last(send)
            return
        with self._place():
            file: TableFile
            if kind == "csv":
                file = CsvFile(self._pool, table, grant, query)
            else:
                file = XlsxFile(self._pool, table, grant, query, folder=self._folder)
            gone = asyncio.create_task(_wait_until_gone(receive))
            try:
                await self._send_pieces(scope, send, file, headers, gone)
            finally:
                gone.cancel()
                await asyncio.shield(asyncio.get_running_loop().run_in_executor(self._threads, file.close))

    def close(self) -> None:
        self._threads.shutdown()
        self._pool.close()

    async def _send_pieces(
        self, scope: Scope, send: Send, file: TableFile, headers: tuple[Header, ...], gone: asyncio.Task[None]
    ) -> None:
        run = partial(asyncio.get_running_loop().run_in_executor, self._threads)
        piece = await run(file.read)
        compressor = _compressor(scope, file)
        await _begin(send, (*headers, *_list_own_headers(file, compressor)))
        try:
            async with asyncio.timeout(DOWNLOAD_S):
                flush = isal_zlib.Z_SYNC_FLUSH  # the first piece goes at once, compressed or not
                while piece and not gone.done():
                    if compressor:
                        piece = await run(_compress, compressor, piece, flush)
                        flush = isal_zlib.Z_NO_FLUSH
                    if piece:
                        await send({"type": "http.response.body", "body": piece, "more_body": True})
                    piece = await run(file.read)
        except TimeoutError:
            log.warning(DownloadFailed(notes_of(scope).id, file.rows, f"it took longer than {DOWNLOAD_S} s"))
        except Exception as fault:
            # The head said 200, so the connection is closed without an end: no client takes this for the whole table.
            reason = "a row could not be read; nexshift check says what is damaged"
            log.error(DownloadFailed(notes_of(scope).id, file.rows, reason), exc_info=fault)
        else:
            notes_of(scope).rows = file.rows
            await _send_last(send, compressor.flush() if compressor else b"")

    @contextmanager
    def _place(self) -> Iterator[None]:
        if self._under_way >= DOWNLOADS:
            raise Overloaded("Too many downloads are under way; try again in a moment", DOWNLOADS_RETRY_S)
        self._under_way += 1
        try:
            yield
        finally:
            self._under_way -= 1


def _disposition(table: Table, kind: FileFormat) -> Header:
    return b"content-disposition", f'attachment; filename="{table.name}.{kind}"'.encode()


def _list_own_headers(file: TableFile, compressor: Any) -> Iterator[Header]:
    """What is known once the first piece was read."""
    yield CHANGE_TOKEN, b"%d" % file.token
    if compressor:
        yield b"content-encoding", b"gzip"
    elif file.size is not None:
        yield b"content-length", b"%d" % file.size


def _compressor(scope: Scope, file: TableFile) -> Any:
    """None for who takes no gzip, and for a file of a known size, which is compressed already."""
    is_wanted = file.size is None and accepts_gzip(header_of(scope, b"accept-encoding"))
    return isal_zlib.compressobj(level=1, wbits=_GZIP) if is_wanted else None


def _compress(compressor: Any, piece: bytes, flush: int) -> bytes:
    compressed: bytes = compressor.compress(piece)
    return compressed + compressor.flush(flush) if flush != isal_zlib.Z_NO_FLUSH else compressed


async def _wait_until_gone(receive: Receive) -> None:
    """Until the client has closed its connection, or was cut off because it reads nothing."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def _begin(send: Send, headers: tuple[Header, ...]) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": list(headers)})


async def _send_last(send: Send, body: bytes = b"") -> None:
    await send({"type": "http.response.body", "body": body, "more_body": False})
