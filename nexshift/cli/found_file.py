"""May a configuration file be obeyed that nobody named, because it lies in the folder that one is in?

Only if nobody else can have written it: it decides which database a command reads and writes.
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
    if stat.S_ISLNK(status.st_mode):  # its mode says nothing
        return None
    if status.st_mode & stat.S_IWOTH:
        return "can be written by every user of this machine"
    if status.st_mode & stat.S_IWGRP and status.st_gid not in {0, os.getegid()}:
        return "can be written by another group"
    return None
