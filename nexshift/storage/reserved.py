"""Which names must no file have that somebody asks us to write?  Those of what is kept beside another file.

SQLite would take `plant.db-wal` for the log of `plant.db`, and `check` takes `plant.db.sha256` for its checksum.
"""

from __future__ import annotations

from pathlib import Path

from nexshift.errors import Refused
from nexshift.storage.checksum import CHECKSUM_SUFFIX
from nexshift.storage.private_folder import COMPANIONS


def refuse_reserved_name(path: Path) -> None:
    """Raise Refused where what is written there could be taken for a part of another file."""
    for ending in (*COMPANIONS, CHECKSUM_SUFFIX):
        if path.name.lower().endswith(ending):
            raise Refused(
                f"{path} cannot be created: a name that ends in {ending} belongs to what is kept beside another file",
                hint="choose another name",
            )
