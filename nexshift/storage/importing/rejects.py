"""Where do the rows go that an import with --skip-bad leaves out?

Into `runs.rejects.csv` beside `runs.csv`: the rows as they were, with a last column `_error`.  Written under another
name before the database commits and renamed after it, so that the file and the database belong together.
"""

from __future__ import annotations

import csv
import errno
import json
import os
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO

from nexshift.errors import Refused
from nexshift.storage.importing.pairs import write_json
from nexshift.storage.importing.rows import Columns, Style
from nexshift.storage.importing.values import Cell

ERROR = "_error"


class Rejects:
    """All rejects files of one call."""

    def __init__(self) -> None:
        self._files: dict[Path, _RejectsFile] = {}

    def add(self, path: Path, style: Style, columns: Columns, cells: list[Cell], error: str) -> None:
        """Keep a row for the rejects file of that path."""
        file = self._files.get(path)
        if file is None:
            file = self._files[path] = _RejectsFile(path, style)
        file.add(columns, cells, error)

    def prepare(self) -> None:
        """Write every file under a name of its own beside its place; Refused where that cannot be done."""
        for file in self._files.values():
            file.prepare()

    def publish(self) -> tuple[Path, ...]:
        """Put the prepared files in their places, over those of earlier calls; returns their paths."""
        for file in self._files.values():
            file.publish()
        return tuple(self._files)

    def close(self) -> None:
        """Remove whatever was not published."""
        for file in self._files.values():
            file.close()


class _RejectsFile:
    def __init__(self, path: Path, style: Style) -> None:
        self._path = path
        self._draft = path.with_name(f".{path.name}.{os.getpid()}.draft")
        self._delimiter = style.delimiter
        self._encoding = "utf-8-sig" if style.has_mark else "utf-8"
        self._headers: dict[Columns, int] = {}
        self._is_published = False
        self._spool: IO[str] = tempfile.TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115

    def add(self, columns: Columns, cells: list[Cell], error: str) -> None:
        if columns and columns[-1] == ERROR:  # the file is one of rejects itself, and this is its last complaint
            columns, cells = columns[:-1], cells[:-1]
        header = self._headers.setdefault(columns, len(self._headers))
        self._spool.write(json.dumps([header, [_text(cell) for cell in cells], error]) + "\n")

    def prepare(self) -> None:
        try:
            if self._path.is_dir():
                raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
            # a lone surrogate, which only JSON can hold, has no place in a file
            with self._draft.open("w", encoding=self._encoding, errors="replace", newline="") as draft:
                csv.writer(draft, delimiter=self._delimiter, lineterminator="\n").writerows(self._rows())
        except OSError as error:
            raise Refused(
                f"{self._path} cannot be written: {error.strerror}; nothing was changed",
                hint="the rejected rows go there: free the place or make the folder writable, or import a copy",
            ) from error

    def publish(self) -> None:
        self._is_published = True
        try:
            self._draft.replace(self._path)
        except OSError as error:  # such as another program that has the file open, where that forbids it
            raise Refused(
                f"{self._path} cannot be replaced: {error.strerror}; the good rows were imported",
                hint=f"the rejected rows are in {self._draft}: rename it to {self._path.name}, and correct them there",
            ) from error

    def close(self) -> None:
        self._spool.close()
        if not self._is_published:
            self._draft.unlink(missing_ok=True)

    def _rows(self) -> Iterator[Iterable[str]]:
        headers = list(self._headers)
        header = headers[0] if len(headers) == 1 else tuple(dict.fromkeys(name for one in headers for name in one))
        yield (*header, ERROR)
        self._spool.seek(0)
        for spooled in self._spool:
            place, cells, error = json.loads(spooled)
            columns = headers[place]
            if columns != header:
                given = dict(zip(columns, cells, strict=False))
                cells = [given.get(name, "") for name in header]
            yield (*cells, error)  # too many or too few cells stay so, and are refused again unless mended


def _text(cell: Cell) -> str:
    """What a cell from JSON is in a CSV file that means the same."""
    if isinstance(cell, str):
        return cell
    return "" if cell is None else write_json(cell)
