"""The compiled floor: built with the machine's C compiler, linked to the SQLite that this process uses already.

A second SQLite in one process would break the locks of the first (POSIX drops a process's locks on a file as soon as
any descriptor of it is closed), so the library is looked up in the process and named to the linker by its path.
"""

from __future__ import annotations

import ctypes
import os
import re
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from nexshift.storage.library import sqlite3

_FOLDER = Path(__file__).parent
_SOURCES = (_FOLDER / "floor.c", _FOLDER / "json.c")
_READ = (*_SOURCES, _FOLDER / "floor.h", _FOLDER / "schema.sql")
_SOURCE_ID = re.compile(rb"(20\d\d-\d\d-\d\d \d\d:\d\d:\d\d) [0-9a-z]{64}")  # each SQLite library contains its own
_FLAGS = ("-std=c11", "-O3", "-ffp-contract=off", "-shared", "-fPIC")


class Unavailable(Exception):
    """There is no floor on this machine; the message says why."""


class Seen(NamedTuple):
    """What the floor read: rows, bytes of text, and the sum of all whole parts of its numbers."""

    runs: int
    scrap: int
    stops: int
    text_bytes: int
    numbers: int


class _Seen(ctypes.Structure):
    _fields_ = tuple((name, ctypes.c_int64) for name in Seen._fields)

    def read(self) -> Seen:
        return Seen(*(getattr(self, name) for name in Seen._fields))


def fingerprint() -> str:
    """Changes when the floor does: two ratios can be compared where this is the same."""
    return sha256(b"".join(path.read_bytes() for path in _READ)).hexdigest()[:12]


def loaded_libraries(maps: Path = Path("/proc/self/maps")) -> dict[Path, str]:
    """The files in a process, this one, that contain SQLite, and when the version of each was checked in."""
    try:
        lines = maps.read_text().splitlines()
    except OSError as error:
        raise Unavailable("the floor finds SQLite through /proc/self/maps, which this system has not") from error
    paths = {Path(line.split(maxsplit=5)[5]) for line in lines if " r-xp " in line and line.count("/")}
    found = {path: _SOURCE_ID.search(path.read_bytes()) for path in paths if path.is_file()}
    return {path: match[1].decode() for path, match in found.items() if match}


def loaded_sqlite() -> Path:
    """The SQLite library that this process uses; Unavailable when it is no shared object, or not the only one."""
    libraries = loaded_libraries()
    if len(libraries) != 1 or Path(sys.executable).resolve() in libraries:
        raise Unavailable(f"this process has not one shared SQLite library but {list(map(str, libraries))}")
    return next(iter(libraries))


def build(folder: Path) -> Path:
    """The shared object in `folder`, compiled if it is not there yet for these sources and this library."""
    library = loaded_sqlite()
    key = sha256(f"{fingerprint()} {library} {sqlite3.sqlite_version} {_FLAGS}".encode()).hexdigest()[:12]
    built = folder / f"floor-{key}.so"
    if not built.exists():
        partial = built.with_suffix(f".{os.getpid()}.partial")
        command = [os.environ.get("CC", "cc"), *_FLAGS, *map(str, _SOURCES), str(library), "-lm", "-o", str(partial)]
        made = subprocess.run(command, capture_output=True, text=True, check=False)
        if made.returncode != 0:
            raise Unavailable(f"the floor was not compiled: {' '.join(command)}\n{made.stderr}")
        partial.rename(built)
    return built


class Floor:
    """The floor over one of its databases.  Calls release the GIL, as every foreign call does."""

    def __init__(self, database: Path, folder: Path) -> None:
        library = ctypes.CDLL(str(build(folder)))
        loaded_sqlite()  # still one
        library.floor_library_version.restype = ctypes.c_char_p
        if library.floor_library_version().decode() != sqlite3.sqlite_version:
            raise Unavailable("the floor was linked to another SQLite than Python's")
        library.floor_open.restype = ctypes.c_void_p
        library.floor_open.argtypes = [ctypes.c_char_p]
        library.floor_step.argtypes = [ctypes.c_void_p, ctypes.POINTER(_Seen)]
        library.floor_write.argtypes = [
            ctypes.c_void_p,
            ctypes.POINTER(ctypes.c_void_p),
            ctypes.POINTER(_Seen),
        ]
        library.floor_write.restype = ctypes.c_int64
        self._library = library
        self._seen = _Seen()
        self._json = ctypes.c_void_p()
        self._floor = ctypes.c_void_p(library.floor_open(os.fsencode(database)))
        if not self._floor:
            raise Unavailable(f"the floor cannot open {database}")

    def step(self) -> Seen:
        """Step the page's rows and read every column."""
        if self._library.floor_step(self._floor, self._seen) != 0:
            raise RuntimeError("SQLite reported an error to the floor")
        return self._seen.read()

    def write(self) -> int:
        """Write the page as JSON, which `json` gives; its length."""
        length: int = self._library.floor_write(self._floor, self._json, self._seen)
        if length < 0:
            raise RuntimeError("SQLite reported an error to the floor")
        return length

    def json(self) -> bytes:
        return ctypes.string_at(self._json, self.write())
