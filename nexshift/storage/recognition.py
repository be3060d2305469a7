"""What is this file, that SQLite does not take for a database, or only for a damaged one?

Told from its first bytes and its length, before a command opens it or when one ends because of it: the system drops the
locks of a process that opens and closes a file which it has open in SQLite, so a running service may not ask.
"""

from __future__ import annotations

import codecs
import os
from pathlib import Path
from typing import NamedTuple

from nexshift.storage.migrations import APPLICATION_ID

_MAGIC = b"SQLite format 3\0"
_HEADER_BYTES = 100
_LOOK_BYTES = 4096
_COMPRESSED = {
    b"\x1f\x8b": "gzip",
    b"PK\x03\x04": "zip",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"\xfd7zXZ\0": "xz",
    b"BZh": "bzip2",
}
_CONTROLS = bytes(set(range(32)) - set(b"\t\n\r\f"))

_PUT_BACK = "put back a backup with: nexshift restore BACKUP"
_MOVE_AWAY = "stop the service, move the file away, and put back a backup with: nexshift restore BACKUP"
_NAME_ANOTHER = "name a Nexshift database with --db"


class Finding(NamedTuple):
    """What it is, in one sentence, and what to do."""

    sentence: str
    hint: str


def is_database(path: Path) -> bool:
    """Whether the file's first bytes are those of an SQLite database, or of a damaged one of ours.

    To be called while nothing in this process has it open.
    """
    header = _read_header(path)
    return header.startswith(_MAGIC) or _names_us(header)


def is_ours_by_its_header(path: Path) -> bool:
    """Whether the file's first bytes say that it was ours, however damaged the rest may be.

    To be called while nothing in this process has it open.
    """
    header = _read_header(path)
    return header.startswith(_MAGIC) and _names_us(header)


def recognise(path: Path) -> Finding | None:
    """What can be seen from outside; None when that is nothing more than that it is damaged."""
    if not os.path.isfile(path):  # noqa: PTH113 (Path's own raises); a pipe would wait for its writer
        return None
    try:
        with path.open("rb") as file:
            head = file.read(_LOOK_BYTES)
        size = path.stat().st_size
    except OSError:
        return None
    if head.startswith(_MAGIC):
        return _recognise_damage(path, head[:_HEADER_BYTES], size)
    if _names_us(head):
        return Finding(f"{path} was a database, and its first bytes are damaged", _MOVE_AWAY)
    if not head.strip(b"\0"):
        return Finding(f"{path} is not a database: it begins with zeros, as after the power went off", _MOVE_AWAY)
    for beginning, name in _COMPRESSED.items():
        if head.startswith(beginning):
            return Finding(f"{path} is not a database: it is compressed ({name})", "unpack it, and name what was in it")
    if _is_text(head):
        return Finding(
            f"{path} is not a database: it is a text file",
            f"{_NAME_ANOTHER}; records in CSV or JSON are loaded with: nexshift import",
        )
    return Finding(f"{path} is not a database, and nothing that Nexshift knows", _NAME_ANOTHER)


def _read_header(path: Path) -> bytes:
    if not os.path.isfile(path):  # noqa: PTH113 (Path's own raises)
        return b""
    try:
        with path.open("rb") as file:
            return file.read(_HEADER_BYTES)
    except OSError:
        return b""


def _names_us(header: bytes) -> bool:
    return header[68:72] == APPLICATION_ID.to_bytes(4, "big")


def _recognise_damage(path: Path, header: bytes, size: int) -> Finding | None:
    if len(header) < _HEADER_BYTES:
        return Finding(f"{path} was cut off: of a database it has the first {size} bytes", _MOVE_AWAY)
    page_bytes = int.from_bytes(header[16:18], "big")
    page_bytes = 65_536 if page_bytes == 1 else page_bytes
    if not (512 <= page_bytes <= 65_536 and page_bytes & (page_bytes - 1) == 0):
        return Finding(f"{path} was a database, and its first bytes are damaged", _MOVE_AWAY)
    whole = page_bytes * int.from_bytes(header[28:32], "big")
    if header[24:28] == header[92:96] and size < whole:
        return Finding(f"{path} was cut off: it has {size} of {whole} bytes", _PUT_BACK)
    return None


def _is_text(head: bytes) -> bool:
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return True
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)  # the last character may be cut
    except UnicodeDecodeError:
        return False
    return len(head) == len(head.translate(None, _CONTROLS))
