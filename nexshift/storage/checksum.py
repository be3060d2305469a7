"""Are the bytes of a copy still those that were written?  Its SHA-256 stands in a file beside it.

`plant.db` has `plant.db.sha256`, one line as `sha256sum` writes it, so that `sha256sum -c plant.db.sha256` says the
same without this program.  A file that SQLite has open in this process is not to be looked at here: the system drops
SQLite's locks when somebody else in the process closes the file.
"""

from __future__ import annotations

import hashlib
import os
from enum import Enum, auto
from pathlib import Path

from nexshift.config import MAX_CHECKSUM_BYTES
from nexshift.errors import Refused

_IN_USE = b"\2\2"  # of a database with a write-ahead log; copies are made without, and the first to write gives it one
CHECKSUM_SUFFIX = ".sha256"
_DIGITS = 64
_ESCAPES = ((b"\\", b"\\\\"), (b"\n", b"\\n"), (b"\r", b"\\r"))  # with a backslash before the line, as sha256sum has it


class Comparison(Enum):
    """Of a file with the checksum beside it."""

    NONE = auto()  # it has none
    SAME = auto()
    OTHER = auto()
    IN_USE = auto()  # it is no copy any more but a database that is written to, so its bytes have changed rightly


def checksum_path(path: Path) -> Path:
    """Where the checksum of that file stands, if it has one."""
    return path.with_name(path.name + CHECKSUM_SUFFIX)


def make_checksum(content: Path, name: str) -> bytes:
    """The line about the bytes of `content`, a file that is called `name` or soon will be."""
    with content.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest().encode()
    raw = os.fsencode(name)
    escaped = raw
    for character, escape in _ESCAPES:
        escaped = escaped.replace(character, escape)
    return (b"\\" if escaped != raw else b"") + digest + b"  " + escaped + b"\n"


def is_checksum(sidecar: Path) -> bool:
    """Whether that is a regular file that holds one checksum and nothing else."""
    return sidecar.is_file() and not sidecar.is_symlink() and _read_digest(sidecar) is not None


def has_checksum(path: Path) -> bool:
    """Whether there is a checksum beside the file."""
    return os.path.lexists(checksum_path(path))


def verify(path: Path) -> bool:
    """Whether the file has the bytes that its checksum was made of; its name may be another by now.

    Raises Refused when what stands beside it is no checksum.
    """
    digest = _read_digest(checksum_path(path))
    if digest is None:
        raise Refused(
            f"{checksum_path(path)} is not a checksum as `nexshift backup` writes it",
            hint=f"fetch it again together with {path.name}; move it away if you know by other means that it is whole",
        )
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest().encode() == digest


def compare(path: Path) -> Comparison:
    """What the checksum beside the file says of it.  Raises Refused as `verify` does."""
    if not has_checksum(path) or not path.is_file():
        return Comparison.NONE
    if is_in_use(path):
        return Comparison.IN_USE
    return Comparison.SAME if verify(path) else Comparison.OTHER


def is_in_use(path: Path) -> bool:
    """Whether that is a database that was written to where it stands, and no copy."""
    with path.open("rb") as file:
        return file.read(20)[18:] == _IN_USE


def _read_digest(sidecar: Path) -> bytes | None:
    with sidecar.open("rb") as file:
        lines = file.read(MAX_CHECKSUM_BYTES).splitlines()
    if len(lines) != 1:
        return None
    digest, separator, name = lines[0].lower().removeprefix(b"\\").partition(b" ")
    is_whole = len(digest) == _DIGITS and not digest.strip(b"0123456789abcdef") and bool(separator and name)
    return digest if is_whole else None
