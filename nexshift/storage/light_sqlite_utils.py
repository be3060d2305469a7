"""sqlite-utils without pandas and numpy, which it imports wherever they are installed, to know their types.

We hand it none of those.  In an environment that has them, importing them would take half a second and 80 MB of every
command.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["Database", "Migrations"]


@contextmanager
def _absent(*names: str) -> Iterator[None]:
    """Those that are not imported yet cannot be, until the block ends."""
    hidden = [name for name in names if name not in sys.modules]
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type] # None is how Python is told
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]


with _absent("pandas", "numpy"):
    from sqlite_utils import Database, Migrations
