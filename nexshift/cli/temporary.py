"""Where do temporary files go, ours and SQLite's?  Beside the database, the only folder that we promise to write to.

What reads sorts in memory and makes none; what writes may have many rows to remember.  Where the folder takes no files,
nothing of size is written either, and the system's folder for them is used, `/tmp` and the like.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from nexshift.storage.library import sqlite3
from nexshift.storage.permissions import may


@contextmanager
def temporary_files_beside(database: Path) -> Iterator[None]:
    """Let temporary files be made beside the database, and SQLite's from then on."""
    folder = database.absolute().parent
    if not may(folder, os.W_OK | os.X_OK) or not os.path.isdir(folder):  # noqa: PTH112 (Path's own raises)
        yield
        return
    os.environ["SQLITE_TMPDIR"] = str(folder)  # read by processes that we start, when they load SQLite
    quoted = str(folder).replace("'", "''")
    with closing(sqlite3.connect(":memory:")) as connection:  # this one has loaded it already
        connection.execute(f"PRAGMA temp_store_directory = '{quoted}'")
    before, tempfile.tempdir = tempfile.tempdir, str(folder)
    try:
        yield
    finally:
        tempfile.tempdir = before


def find_temporary_folder(database: Path) -> Path:
    """The system's, for what is temporary as a whole; where it has none, the database's."""
    try:
        return Path(tempfile.gettempdir())
    except FileNotFoundError:
        return database.absolute().parent
