"""How does a whole table reach a client as a file?  Piece by piece as it is read, from one commit, in constant memory.

There are few at once, of which a key has its share, with connections and threads of their own; each ends when its
client goes away, stops reading, or takes too long.  A download holds its commit while its client receives it, and
SQLite cannot begin its log anew as long as anybody reads an older commit: once the log is long, the rest is put aside.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from isal import isal_zlib
from litestar.types import Scope, Send

from nexshift.config import DOWNLOAD_S, DOWNLOADS, DOWNLOADS_RETRY_S, DOWNLOADS_SHARE, LOG_LOOK_S
from nexshift.errors import ClientGone, NoRoomToSort, Overloaded
from nexshift.query import Query
from nexshift.storage.connection import open_reader
from nexshift.storage.keys import Grant
from nexshift.storage.log_growth import LogGrowth
from nexshift.storage.pool import ReadPool
from nexshift.tables.files import CsvFile, CutOff, TableFile, XlsxFile
from nexshift.tables.table import Table
from nexshift.web.client import client_of
from nexshift.web.content import CHANGE_TOKEN, Header, accepts_gzip, page_headers
from nexshift.web.formats import MEDIA_TYPES, FileFormat
from nexshift.web.logs import Event
from nexshift.web.long_reads import LongReads
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

    def __init__(self, database: Path, long_reads: LongReads) -> None:
        self._database = database
        self._long_reads = long_reads
        self._pool = ReadPool(database, open_reader, size=DOWNLOADS)
        self._threads = ThreadPoolExecutor(2 * DOWNLOADS, "download")  # of each one reads and one may put aside
        self._under_way: Counter[int] = Counter()  # by key; used on the event loop alone
        self._sent: set[CsvFile] = set()
        self._log_watch: asyncio.Task[None] | None = None

    async def send(self, scope: Scope, send: Send, wanted: Wanted) -> None:
        """The file.  Raises as pages do, and Overloaded, before anything is sent."""
        table, grant, query, kind = wanted
        headers = (*page_headers(MEDIA_TYPES[kind]), _disposition(table, kind))
        if method_of(scope) == "HEAD":
            await _begin(send, headers)
            await _send_last(send)
            return
        with self._place(grant.key_id), self._long_reads.watched():
            await self._long_reads.wait()
            if kind == "csv":
                file = CsvFile(self._pool, table, grant, query)
                with self._watched(file):
                    await self._send_file(scope, send, file, headers)
            else:
                workbook = XlsxFile(self._pool, table, grant, query, folder=self._database.parent)
                await self._send_file(scope, send, workbook, headers)

    def close(self) -> None:
        self._threads.shutdown()
        self._pool.close()

    async def _send_file(self, scope: Scope, send: Send, file: TableFile, headers: tuple[Header, ...]) -> None:
        closing: list[asyncio.Future[None]] = []

        def close() -> None:
            if not closing:
                closing.append(asyncio.get_running_loop().run_in_executor(self._threads, file.close))

        client = client_of(scope)
        forget = client.when_gone(close)  # also while its first piece is made, which may take long
        try:
            if client.is_gone:
                raise ClientGone
            await self._send_pieces(scope, send, file, headers)
        finally:
            forget()
            close()
            await asyncio.shield(closing[0])

    async def _send_pieces(self, scope: Scope, send: Send, file: TableFile, headers: tuple[Header, ...]) -> None:
        run = partial(asyncio.get_running_loop().run_in_executor, self._threads)
        client = client_of(scope)
        try:
            piece = await run(file.read)
        except MemoryError as error:
            raise NoRoomToSort from error
        if client.is_gone:
            raise ClientGone
        compressor = _compressor(scope, file)
        await _begin(send, (*headers, *_list_own_headers(file, compressor)))
        try:
            async with asyncio.timeout(DOWNLOAD_S):
                flush = isal_zlib.Z_SYNC_FLUSH  # the first piece goes at once, compressed or not
                while piece and not client.is_gone:
                    if compressor:
                        piece = await run(_compress, compressor, piece, flush)
                        flush = isal_zlib.Z_NO_FLUSH
                    if piece:
                        await send({"type": "http.response.body", "body": piece, "more_body": True})
                    piece = await run(file.read)
        except TimeoutError:
            log.warning(DownloadFailed(notes_of(scope).id, file.rows, f"it took longer than {DOWNLOAD_S} s"))
        except MemoryError:
            log.warning(DownloadFailed(notes_of(scope).id, file.rows, "others left no memory to read the next row"))
        except CutOff as cause:
            log.warning(DownloadFailed(notes_of(scope).id, file.rows, str(cause)))
        except Exception as fault:
            # The head said 200, so the connection is closed without an end: no client takes this for the whole table.
            reason = "a row could not be read; nexshift check says what is damaged"
            log.error(DownloadFailed(notes_of(scope).id, file.rows, reason), exc_info=fault)
        else:
            notes_of(scope).rows = file.rows
            await _send_last(send, compressor.flush() if compressor else b"")

    @contextmanager
    def _place(self, key: int) -> Iterator[None]:
        if self._under_way.total() >= DOWNLOADS:
            raise Overloaded("Too many downloads are under way; try again in a moment", DOWNLOADS_RETRY_S)
        if self._under_way[key] >= DOWNLOADS_SHARE:
            raise Overloaded(
                f"This key has {DOWNLOADS_SHARE} downloads under way, and may have no more; try again in a moment",
                DOWNLOADS_RETRY_S,
            )
        self._under_way[key] += 1
        try:
            yield
        finally:
            self._under_way[key] -= 1

    @contextmanager
    def _watched(self, file: CsvFile) -> Iterator[None]:
        self._sent.add(file)
        if self._log_watch is None:
            self._log_watch = asyncio.create_task(self._watch_log())
        try:
            yield
        finally:
            self._sent.remove(file)

    async def _watch_log(self) -> None:
        """While files are sent: each gives its commit back once the log is long and goes on growing."""
        run = partial(asyncio.get_running_loop().run_in_executor, self._threads)
        growth = LogGrowth(self._database)
        try:
            while self._sent:
                if await run(growth.look):
                    await asyncio.gather(*(run(file.let_go, self._database.parent) for file in self._sent))
                await asyncio.sleep(LOG_LOOK_S)
        finally:
            self._log_watch = None


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


async def _begin(send: Send, headers: tuple[Header, ...]) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": list(headers)})


async def _send_last(send: Send, body: bytes = b"") -> None:
    await send({"type": "http.response.body", "body": body, "more_body": False})
