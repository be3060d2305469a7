"""Which file may an export take the place of?  An earlier export in the same format, told by its content; no other.

A name says little: whoever types `plant.db` after `--replace` would lose every record and key.
"""

from __future__ import annotations

import os
import re
import zipfile
import zlib
from codecs import BOM_UTF8
from pathlib import Path
from typing import BinaryIO

from nexshift.errors import Refused
from nexshift.exports.files import XLSX
from nexshift.storage.recognition import is_database
from nexshift.tables import TABLES

_HEADER_BYTES = 4096
_COLUMNS = 5  # with which the header of a table's CSV begins, in any version
_TEXT_PARTS = (
    "xl/worksheets/sheet1.xml",
    "xl/sharedStrings.xml",
)  # a header as we write it, and as Excel
_PART_BYTES = 65_536  # of such a part, which begins with it

_match_texts = re.compile(rb"<t(?: [^>]*)?>([^<]*)</t>").findall


def refuse_other_than_export(path: Path, form: str) -> None:
    """Raise Refused unless nothing stands at `path`, an empty file, or what `nexshift export` could have written there.

    To be called while nothing in this process has a database open.
    """
    if not os.path.lexists(path):
        return
    if not path.is_file():
        raise _refuse(path, "is not a file")
    if is_database(path):
        raise _refuse(path, "is a database")
    try:
        with path.open("rb") as file:
            is_export = _is_workbook(file) if form == XLSX else _is_csv(file)
    except OSError as error:
        raise _refuse(path, f"cannot be read ({(error.strerror or str(error)).lower()})") from error
    if not is_export:
        raise _refuse(path, f"is not an earlier export ({form.upper()})")


def _is_csv(file: BinaryIO) -> bool:
    head = file.read(_HEADER_BYTES)
    names = head.removeprefix(BOM_UTF8).split(b"\n", 1)[0].rstrip(b"\r").split(b",")[:_COLUMNS]
    return not head or names in _list_headers()


def _is_workbook(file: BinaryIO) -> bool:
    """Whether its first sheet has such a header, also where another program has saved it since."""
    if not file.read(1):
        return True
    try:
        with zipfile.ZipFile(file) as archive:
            heads = [archive.open(part).read(_PART_BYTES) for part in _TEXT_PARTS if part in archive.namelist()]
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, NotImplementedError, RuntimeError):
        return False
    texts = [_match_texts(head)[:_COLUMNS] for head in heads]
    return any(header in texts for header in _list_headers())


def _list_headers() -> list[list[bytes]]:
    return [[column.name.encode() for column in table.columns[:_COLUMNS]] for table in TABLES]


def _refuse(path: Path, what: str) -> Refused:
    return Refused(
        f"{path} {what}; it was left as it is",
        hint="--replace takes the place of an earlier export alone: choose another name, or move that file away",
    )
