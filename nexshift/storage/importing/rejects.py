"""Where do the rows go that an import with --skip-bad leaves out, and when do their files appear?

Into `runs.rejects.csv` beside `runs.csv`, and into `runs.rejects.ndjson` beside `runs.json`.  Written in a private
folder before the database commits and renamed after it, so that the file and the database belong together.
"""

from __future__ import annotations

import errno
import json
import os
import secrets
import stat
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import IO

from nexshift.config import MAX_CELL, MAX_LINE
from nexshift.errors import Refused
from nexshift.storage.importing.rejected_rows import split_line, write_line, write_object, write_table
from nexshift.storage.importing.rows import Columns, Style
from nexshift.storage.importing.values import Cell
from nexshift.storage.private_folder import private_folder

_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)
_SHOWN_NAME = 60  # characters; a name with what is added to it may not be longer than 255 bytes


class Rejects:
    """All rejects files of one call."""

    def __init__(self) -> None:
        self._files: dict[Path, _RejectsFile] = {}

    def add(
        self, path: Path, style: Style | None, columns: Columns, cells: list[Cell], error: str, *, place: str
    ) -> None:
        """Keep the row that stands at `place` for the rejects file of that path; without a style it is an object of
        JSON.

        Raises Refused where nobody could import that file.
        """
        file = self._files.get(path)
        if file is None:
            file = self._files[path] = _RejectsFile(path) if style is None else _RejectedTable(path, style)
        if not file.add(style, columns, cells, error):
            raise Refused(
                f"{place}: the row is too long to be read again from {path.name}; nothing was changed",
                hint="correct this row in the file that you import, or take it out",
            )

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
    """Objects of JSON, one a line."""

    encoding = "utf-8"

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stack = ExitStack()
        self._draft: Path | None = None
        spool = tempfile.TemporaryFile("w+", encoding="utf-8", newline="")  # noqa: SIM115 - closed with the stack
        self._spool: IO[str] = self._stack.enter_context(spool)

    def add(self, style: Style | None, columns: Columns, cells: list[Cell], error: str) -> bool:
        """Keep the row; False where its line would be longer than any that is read."""
        line = write_object(columns, cells, error)
        self._spool.write(line)
        return len(line) < MAX_LINE

    def lines(self) -> Iterator[str]:
        self._spool.seek(0)
        return iter(self._spool)

    def prepare(self) -> None:
        try:
            if self._path.is_dir():
                raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
            # No other user may look into it, or put a link there for us to follow; and if we are killed, it goes.
            self._draft = self._stack.enter_context(private_folder(self._path)) / self._path.name
            descriptor = os.open(self._draft, _CREATE, 0o600)
            with open(descriptor, "w", encoding=self.encoding, newline="") as draft:  # noqa: PTH123 - a descriptor
                with suppress(FileNotFoundError):
                    self._take_mode(draft)
                draft.writelines(self.lines())
        except OSError as error:
            raise Refused(
                f"{self._path} cannot be written: {error.strerror}; nothing was changed",
                hint="the rejected rows go there: free the place or make the folder writable, or import a copy",
            ) from error

    def _take_mode(self, draft: IO[str]) -> None:
        """Whoever may read the file that is replaced may read the new one."""
        replaced = self._path.lstat().st_mode
        if stat.S_ISREG(replaced) and hasattr(os, "fchmod"):
            os.fchmod(draft.fileno(), stat.S_IMODE(replaced) & 0o777)

    def publish(self) -> None:
        assert self._draft is not None
        try:
            self._draft.replace(self._path)
        except OSError as error:  # such as another program that has the file open, where that forbids it
            kept = self._path.with_name(f"{self._path.name[:_SHOWN_NAME]}.{secrets.token_hex(4)}")
            self._draft.rename(kept)
            raise Refused(
                f"{self._path} cannot be replaced: {error.strerror}; the good rows were imported",
                hint=f"the rejected rows are in {kept}: rename it to {self._path.name}, and correct them there",
            ) from error

    def close(self) -> None:
        self._stack.close()


class _RejectedTable(_RejectsFile):
    """Lines of CSV under the columns that their file has."""

    def __init__(self, path: Path, style: Style) -> None:
        super().__init__(path)
        self.encoding = "utf-8-sig" if style.has_mark else "utf-8"
        self._style = style
        self._columns: Columns | None = None
        self._has_notes = False

    def add(self, style: Style | None, columns: Columns, cells: list[Cell], error: str) -> bool:
        row = split_line(columns, cells)
        if style != self._style or self._columns not in (None, row.columns):
            raise Refused(
                f"rows of two files with other columns or delimiters would go to {self._path}; nothing was changed",
                hint="import the two files one after the other",
            )
        self._columns = row.columns
        self._has_notes = self._has_notes or bool(row.note)
        self._spool.write(json.dumps([row.cells, row.note, error]) + "\n")
        line = write_line((*row.cells, row.note, error), self._style.delimiter)
        return len(row.note) <= MAX_CELL and len(line) < MAX_LINE

    def lines(self) -> Iterator[str]:
        rows = map(json.loads, super().lines())
        return write_table(self._columns or (), rows, self._style, noted=self._has_notes)
