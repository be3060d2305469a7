"""Where is something written before it is whole?  In a hidden folder beside its place, which only this user may enter.

The folder is made in one step that follows no link and takes nothing that stands there, so what is in it was put there
by us.  The process that made it holds a lock inside for as long as it lives, however it ends: a folder whose lock is
free was left by a process that was killed, and whoever writes beside it next removes it.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from nexshift.config import STALE_PARTIAL_S

if sys.platform != "win32":
    import fcntl

COMPANIONS = ("-journal", "-wal", "-shm")  # what SQLite keeps beside a database
_NAME = re.compile(rf"\.(?P<name>.+)\.[0-9a-f]{{8}}\.partial({'|'.join(COMPANIONS)})?", re.DOTALL)
_SHOWN_BYTES = 200  # of the name; with what is added to it, it may not be longer than 255
_LOCK = "nexshift.lock"

# What restores of earlier versions have left: a folder with a random end, and a database in it.
_OLD_NAME = re.compile(r"\.(?P<name>.+)\.[a-z0-9_]{8}", re.DOTALL)
_STAGED = "staged.db"
_OLD_CONTENT = {_STAGED, *(f"{_STAGED}{companion}" for companion in COMPANIONS)}


@contextmanager
def private_folder(path: Path) -> Iterator[Path]:
    """An empty folder beside `path`, gone with all that is in it when the block ends.

    Raises OSError, of the folder that it would be in, where none can be made there.
    """
    shown = os.fsencode(path.name)[:_SHOWN_BYTES].decode(errors="ignore")
    remove_left(path.parent, shown.__eq__)
    folder = path.with_name(f".{shown}.{secrets.token_hex(4)}.partial")
    try:
        folder.mkdir(mode=0o700)
    except OSError as error:  # nobody knows the hidden name
        raise OSError(error.errno, error.strerror, os.fspath(path.parent)) from error
    try:
        with _locked(folder):
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def remove_left(place: Path, is_meant: Callable[[str], bool] = lambda name: False) -> None:
    """Remove the folders of ours in `place` whose process is dead; what this user may not look at or change stays.

    What has no lock, as earlier versions have left it, goes when it is a day old and was for a name that is meant.
    """
    with suppress(OSError):
        for left in place.iterdir():
            found = _NAME.fullmatch(left.name) or _OLD_NAME.fullmatch(left.name)
            if found is None or left.is_symlink():
                continue
            with suppress(OSError):
                if _is_dead(left) or (is_meant(found["name"]) and _is_stale(left)):
                    _remove(left)


def _remove(left: Path) -> None:
    if left.is_dir():
        shutil.rmtree(left, ignore_errors=True)
    else:
        left.unlink()


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Show that this process lives.  The file has its name only once it is locked."""
    new = folder / f"{_LOCK}.new"
    descriptor = os.open(new, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        if sys.platform != "win32":
            with suppress(OSError):  # some network drives have no locks; there, what is a day old is dead
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                new.rename(folder / _LOCK)
        yield
    finally:
        os.close(descriptor)


def _is_dead(folder: Path) -> bool:
    """Whether it is a folder of ours with a lock that nobody holds any more."""
    if sys.platform == "win32" or _NAME.fullmatch(folder.name) is None or not _belongs_to_us(folder):
        return False
    try:
        descriptor = os.open(folder / _LOCK, os.O_RDWR | os.O_NOFOLLOW)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(descriptor)
    return True


def _is_stale(left: Path) -> bool:
    """Whether nobody has written to it for a day, it has no lock, and it is nothing but what we leave."""
    if not _belongs_to_us(left) or time.time() - left.lstat().st_mtime <= STALE_PARTIAL_S:
        return False
    if left.is_file():
        return True
    names = {file.name for file in left.iterdir()}
    return _LOCK not in names if _NAME.fullmatch(left.name) else _STAGED in names and names <= _OLD_CONTENT


def _belongs_to_us(left: Path) -> bool:
    return sys.platform == "win32" or left.lstat().st_uid == os.geteuid()
