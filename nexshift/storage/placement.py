"""How does a finished file appear under its name: whole, or not at all?

It is written under a hidden name in the same folder, flushed to the disk, and then linked to its name, which
fails when something stands there already.  A failure or an interruption leaves nothing under either name.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from nexshift.errors import Refused

_COMPANIONS = ("-journal", "-wal", "-shm")  # what SQLite keeps beside a database


@contextmanager
def placed(path: Path) -> Iterator[Path]:
    """The hidden, empty file to write to; it becomes `path` when the block ends without an exception.

    Raises Refused when something stands at `path`, and when its folder does not take a new file.
    """
    if os.path.lexists(path):
        raise _taken(path)
    partial = path.with_name(f".{path.name[:200]}.{secrets.token_hex(4)}.partial")
    try:
        partial.touch(exist_ok=False)
    except OSError as error:
        raise _impossible(path, error) from error
    try:
        yield partial
        _flush(partial)
        _put(partial, path)
    finally:
        for companion in _COMPANIONS:
            partial.with_name(partial.name + companion).unlink(missing_ok=True)
        partial.unlink(missing_ok=True)
    _flush(path.parent)


def _put(partial: Path, path: Path) -> None:
    try:
        path.hardlink_to(partial)
    except FileExistsError:
        raise _taken(path) from None
    except OSError:
        # FAT and some network drives have no links; there, of two calls at the same time, the later one wins.
        if os.path.lexists(path):
            raise _taken(path) from None
        try:
            partial.rename(path)
        except OSError as error:
            raise _impossible(path, error) from error


def _flush(path: Path) -> None:
    with suppress(PermissionError):  # Windows does not open a folder
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _taken(path: Path) -> Refused:
    return Refused(f"{path} is there already; it was left as it is", hint="choose another name, or move it away")


def _impossible(path: Path, error: OSError) -> Refused:
    reason = (error.strerror or str(error)).lower()
    return Refused(
        f"{path} cannot be created: {reason}",
        hint="check that its folder exists, that this user may write there, and that the disk has room",
    )
