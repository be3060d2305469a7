"""May a configuration file be obeyed that nobody named, because it lies in the folder that one is in?

Only if nobody else can have written it: it decides which database a command reads and writes.  In a folder that all
may write, such as `/tmp`, that is so where the folder is sticky: there a file that is this user's was put by this user,
unless another has given it a second name there.
"""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

from nexshift.errors import BadUsage


def refuse_others_file(file: Path) -> None:
    """Raise BadUsage where another user may write to the file, or put another in its place."""
    if sys.platform == "win32":
        return
    real = Path(os.path.realpath(file))
    for place in dict.fromkeys((file, real, file.absolute().parent, real.parent)):
        reason = _find_reason(place)
        if reason is not None:
            raise BadUsage(
                f"{file} in this folder is not obeyed, because it was not named and another user may have written it:"
                f" {place} {reason}",
                hint=f"if you trust it, name it: nexshift --config {file} COMMAND; or make it yours alone:"
                f" chown USER {place}; chmod go-w {place}",
            )


def _find_reason(place: Path) -> str | None:
    """Why somebody other than this user and root may change what stands there; None where nobody may.

    A user's own group, which many systems give each user, is no other one.
    """
    status = place.lstat()
    if status.st_uid not in {0, os.geteuid()}:
        return "belongs to another user"
    if not stat.S_ISDIR(status.st_mode) and status.st_nlink > 1 and _is_sticky(place.absolute().parent.lstat()):
        return "has a second name, which another user may have given it"
    if stat.S_ISLNK(status.st_mode):  # its mode says nothing
        return None
    if _is_sticky(status):  # others can put files there, of their own
        return None
    if status.st_mode & stat.S_IWOTH:
        return "can be written by every user of this machine"
    if status.st_mode & stat.S_IWGRP and status.st_gid not in {0, os.getegid()}:
        return "can be written by another group"
    return None


def _is_sticky(status: os.stat_result) -> bool:
    """Whether it is a folder in which nobody but a file's owner, the folder's own and root can replace a file."""
    return stat.S_ISDIR(status.st_mode) and bool(status.st_mode & stat.S_ISVTX)
