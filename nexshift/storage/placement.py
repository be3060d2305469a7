"""How does a finished file appear under its name: whole, or not at all?

It is written under a hidden name in the same folder, readable by this user alone, flushed to the disk, and then linked
to its name, which fails when something stands there already.  A failure or an interruption leaves nothing under either
name.  Where the program is killed, or the machine loses its power, the hidden file stays; whoever writes under the same
name after a day removes it.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from nexshift.config import STALE_PARTIAL_S
from nexshift.errors import Refused
from nexshift.storage.checksum import checksum_path, is_checksum, make_checksum

COMPANIONS = ("-journal", "-wal", "-shm")  # what SQLite keeps beside a database
_PARTIAL = re.compile(rf"\.(?P<name>.+)\.[0-9a-f]{{8}}\.partial({'|'.join(COMPANIONS)})?", re.DOTALL)
_SHOWN_NAME = 200  # characters; a name with what is added to it may not be longer than 255 bytes


@contextmanager
def placed(path: Path, *, replace: bool = False) -> Iterator[Path]:
    """The hidden, empty file to write to; it becomes `path` when the block ends without an exception.

    Raises Refused when something stands at `path` that it is not to `replace`, and when its folder does not take a new
    file.
    """
    partial = _hide(path, replace=replace)
    try:
        os.close(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except OSError as error:
        raise _impossible(path, error) from error
    try:
        yield partial
        _flush(partial)
        if replace:
            _exchange(partial, path)
        else:
            _put(partial, path)
    finally:
        for companion in COMPANIONS:
            partial.with_name(partial.name + companion).unlink(missing_ok=True)
        partial.unlink(missing_ok=True)
    _flush(path.parent)


@contextmanager
def placed_folder(path: Path) -> Iterator[Path]:
    """The same of a folder, with all that was put into it; one that stands at `path` is never replaced."""
    partial = _hide(path)
    try:
        partial.mkdir(mode=0o700)
    except OSError as error:
        raise _impossible(path, error) from error
    try:
        yield partial
        for folder, _, names in os.walk(partial):
            for name in names:
                _flush(Path(folder) / name)
            _flush(Path(folder))
        if os.path.lexists(path):  # which a rename would replace where it is an empty folder
            raise _taken(path)
        _exchange(partial, path)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    _flush(path.parent)


@contextmanager
def placed_with_checksum(path: Path) -> Iterator[Path]:
    """As `placed`, with the SHA-256 of what was written in a file beside `path`.

    The checksum gets its name first, so a copy that has its name always has its checksum; a checksum that is alone,
    because the program was killed between the two, is replaced.
    """
    sidecar = checksum_path(path)
    is_placed = False
    try:
        with placed(path) as partial:
            if os.path.lexists(sidecar) and is_checksum(sidecar):
                sidecar.unlink()
            yield partial
            with placed(sidecar) as line:
                line.write_bytes(make_checksum(partial, path.name))
            is_placed = True
    except BaseException:
        if is_placed:
            sidecar.unlink(missing_ok=True)
        raise


def remove_with_checksum(path: Path) -> None:
    """Remove a copy, then its checksum; it is no error when either is gone already."""
    path.unlink(missing_ok=True)
    checksum_path(path).unlink(missing_ok=True)


def remove_stale(folder: Path, is_meant: Callable[[str], bool]) -> None:
    """Remove hidden files that a killed program has left for names that are meant.

    One that is being written is never a day old.  Raises OSError where the folder cannot be read or changed.
    """
    for file in folder.iterdir():
        found = _PARTIAL.fullmatch(file.name)
        is_left = found and is_meant(found["name"]) and not file.is_symlink()
        if not is_left or time.time() - file.lstat().st_mtime <= STALE_PARTIAL_S:
            continue
        if file.is_file():
            file.unlink(missing_ok=True)
        elif file.is_dir():
            shutil.rmtree(file, ignore_errors=True)


def _hide(path: Path, *, replace: bool = False) -> Path:
    """A hidden name beside `path`; raises Refused where that is taken."""
    if os.path.lexists(path) and not replace:
        raise _taken(path)
    with suppress(OSError):  # that folder does not take our file either, which is said later
        remove_stale(path.parent, path.name[:_SHOWN_NAME].__eq__)
    return path.with_name(f".{path.name[:_SHOWN_NAME]}.{secrets.token_hex(4)}.partial")


def _exchange(partial: Path, path: Path) -> None:
    """In one step, whatever stands there."""
    try:
        partial.replace(path)
    except OSError as error:
        raise _impossible(path, error) from error


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
