"""How is a zip file written from front to end, however large its entries are, in little memory?

Entries are deflated by ISA-L.  Each says its size and checksum before its data, as Excel likes it: the place is gone
back to when they are known.  Four bytes hold sizes up to 4 GiB; room for eight is kept in each entry's head, as the
padding that Open Packaging Conventions have for that, so that the usual entry is one that every reader knows.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO

from isal import isal_zlib

LEVEL = 1
"""Of ISA-L's own scale, 0 to 3: the others take longer, or make larger files."""
LARGEST = 0xFFFFFFFE
"""What four bytes hold; the next number says that eight do."""
_IN_EIGHT = 0xFFFFFFFF
_DEFLATED = 8
_HEAD = struct.Struct("<4sHHHHHIIIHH")
_LISTED = struct.Struct("<4sHHHHHHIIIHHHHHII")
_PADDING = struct.pack("<HHHH12x", 0xA220, 16, 0xA028, 12)  # ECMA-376 part 2, growth hint
_SIZES = struct.Struct("<HHQQ")


@dataclass
class _Entry:
    name: bytes
    at: int
    checksum: int = 0
    size: int = 0
    packed: int = 0


class Archive:
    """A zip file in the making.  `out` must be able to seek; `largest` is what four bytes are taken to hold."""

    def __init__(self, out: BinaryIO, made_at: datetime, *, largest: int = LARGEST) -> None:
        self._out = out
        self._largest = largest
        self._entries: list[_Entry] = []
        self._time = made_at.hour << 11 | made_at.minute << 5 | made_at.second // 2
        self._date = (made_at.year - 1980) << 9 | made_at.month << 5 | made_at.day

    @contextmanager
    def entry(self, name: str) -> Iterator[Callable[[bytes], None]]:
        """A new entry, as a function that takes its content piece by piece."""
        entry = _Entry(name.encode("ascii"), self._out.tell())
        deflate = isal_zlib.compressobj(LEVEL, wbits=-isal_zlib.MAX_WBITS)

        def write(piece: bytes) -> None:
            entry.checksum = isal_zlib.crc32(piece, entry.checksum)
            entry.size += len(piece)
            entry.packed += self._out.write(deflate.compress(piece))

        self._out.write(self._head(entry))
        yield write
        entry.packed += self._out.write(deflate.flush())
        end = self._out.tell()
        self._out.seek(entry.at)
        self._out.write(self._head(entry))
        self._out.seek(end)
        self._entries.append(entry)

    def add(self, name: str, content: str) -> None:
        """A small entry."""
        with self.entry(name) as write:
            write(content.encode())

    def close(self) -> None:
        """Write the list of entries, without which the file is none."""
        at = self._out.tell()
        listed = b"".join(self._list(entry) for entry in self._entries)
        count, size = len(self._entries), len(listed)
        if at > self._largest:
            listed += struct.pack("<4sQHHIIQQQQ", b"PK\6\6", 44, 45, 45, 0, 0, count, count, size, at)
            listed += struct.pack("<4sIQI", b"PK\6\7", 0, at + size, 1)
            at = _IN_EIGHT
        self._out.write(listed + struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, count, count, size, at, 0))

    def _head(self, entry: _Entry) -> bytes:
        extra = self._sizes(entry) or _PADDING
        return _HEAD.pack(b"PK\3\4", *self._facts(entry), len(entry.name), len(extra)) + entry.name + extra

    def _list(self, entry: _Entry) -> bytes:
        extra = self._sizes(entry)
        facts = self._facts(entry)
        return (
            _LISTED.pack(b"PK\1\2", facts[0], *facts, len(entry.name), len(extra), 0, 0, 0, 0, entry.at)
            + entry.name
            + extra
        )

    def _facts(self, entry: _Entry) -> tuple[int, ...]:
        sizes = (_IN_EIGHT, _IN_EIGHT) if self._is_large(entry) else (entry.packed, entry.size)
        version = 45 if self._is_large(entry) else 20
        return (version, 0, _DEFLATED, self._time, self._date, entry.checksum, *sizes)

    def _sizes(self, entry: _Entry) -> bytes:
        """Both in eight bytes, where one needs them."""
        return _SIZES.pack(1, 16, entry.size, entry.packed) if self._is_large(entry) else b""

    def _is_large(self, entry: _Entry) -> bool:
        return max(entry.size, entry.packed) > self._largest
