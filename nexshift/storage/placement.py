"""How does a finished file appear under its name: whole, or not at all?

It is written in a hidden folder beside its place, readable by this user alone, flushed to the disk, and then linked to
its name, which fails when something stands there already.  A failure or an interruption leaves nothing; what a killed
program leaves is removed by whoever writes there next.
"""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from nexshift.errors import Refused
from nexshift.storage.checksum import checksum_path, is_checksum, make_checksum
from nexshift.storage.private_folder import private_folder


@contextmanager
def placed(path: Path, *, replace: bool = False) -> Iterator[Path]:
    """The hidden, empty file to write to; it becomes `path` when the block ends without an exception.

    What it is to `replace` gives it its mode and group, where that is this user's own file.  Raises Refused when
    something stands at `path` that it is not to replace, and when the folder does not take a new file.
    """
    if not replace:
        _refuse_taken(path)
    with _hidden(path) as folder:
        partial = folder / path.name
        try:
            os.close(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        except OSError as error:  # as of a name that is too long
            raise _impossible(path, error) from error
        yield partial
        if replace:
            _take_mode(partial, path)
        _flush(partial)
        if replace:
            _exchange(partial, path)
        else:
            _put(partial, path)
    _flush(path.parent)


@contextmanager
def placed_folder(path: Path) -> Iterator[Path]:
    """The same of a folder, with all that was put into it; one that stands at `path` is never replaced."""
    _refuse_taken(path)
    with _hidden(path) as folder:
        partial = folder / path.name
        partial.mkdir(mode=0o700)
        yield partial
        for inner, _, names in os.walk(partial):
            for name in names:
                _flush(Path(inner) / name)
            _flush(Path(inner))
        _refuse_taken(path)  # which a rename would replace where it is an empty folder
        _exchange(partial, path)
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
            with placed(sidecar) as line, line.open("r+b") as file:
                file.write(make_checksum(partial, path.name))
            is_placed = True
    except BaseException:
        if is_placed:
            sidecar.unlink(missing_ok=True)
        raise


def remove_with_checksum(path: Path) -> None:
    """Remove a copy, then its checksum; it is no error when either is gone already."""
    path.unlink(missing_ok=True)
    checksum_path(path).unlink(missing_ok=True)


@contextmanager
def _hidden(path: Path) -> Iterator[Path]:
    """A private folder beside `path`; what keeps it from being made is said of `path`."""
    with ExitStack() as stack:
        try:
            folder = stack.enter_context(private_folder(path))
        except OSError as error:
            raise _impossible(path, error) from error
        yield folder


def _take_mode(partial: Path, path: Path) -> None:
    """Those who may read what stands there may read what takes its place; nobody else may, and no other user says so.

    Where this user cannot give it to that group, no group gets it.
    """
    if sys.platform == "win32" or not os.path.lexists(path):
        return
    replaced = path.lstat()
    if not stat.S_ISREG(replaced.st_mode) or replaced.st_uid != os.geteuid():
        return
    mode = stat.S_IMODE(replaced.st_mode) & 0o777
    try:
        os.chown(partial, -1, replaced.st_gid)
    except OSError:
        mode &= ~0o070
    partial.chmod(mode)


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


def _refuse_taken(path: Path) -> None:
    if os.path.lexists(path):
        raise _taken(path)


def _taken(path: Path) -> Refused:
    return Refused(f"{path} is there already; it was left as it is", hint="choose another name, or move it away")


def _impossible(path: Path, error: OSError) -> Refused:
    reason = (error.strerror or str(error)).lower()
    return Refused(
        f"{path} cannot be created: {reason}",
        hint="check that its folder exists, that this user may write there, and that the disk has room",
    )
