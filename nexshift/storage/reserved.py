"""Which names must no file have that somebody asks us to write?  Those of what is kept beside another file.

SQLite would take `plant.db-wal` for the log of `plant.db`, and `check` takes `plant.db.sha256` for its checksum.  Nor
may a name be so long that theirs could not be made from it.
"""

from __future__ import annotations

import os
from pathlib import Path

from nexshift.errors import Refused
from nexshift.storage.checksum import CHECKSUM_SUFFIX
from nexshift.storage.private_folder import COMPANIONS

_LONGEST_BYTES = 255  # of a name, on every usual disk


def refuse_reserved_name(path: Path) -> None:
    """Raise Refused where what is written there could be taken for a part of another file, or could have none."""
    most = _LONGEST_BYTES - max(map(len, (*COMPANIONS, CHECKSUM_SUFFIX)))
    length = len(os.fsencode(path.name))
    if length > most:
        raise Refused(
            f"{path} cannot be created: its name has {length} bytes, and what is kept beside it leaves room for {most}",
            hint="choose a shorter name",
        )
    for ending in (*COMPANIONS, CHECKSUM_SUFFIX):
        if path.name.lower().endswith(ending):
            raise Refused(
                f"{path} cannot be created: a name that ends in {ending} belongs to what is kept beside another file",
                hint="choose another name",
            )
