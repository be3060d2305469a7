"""Which SQLite goes into the file, and how is it compiled?

The amalgamation: all of SQLite in one C file.  sqlite.org has it, and so has the npm package `better-sqlite3`, whose
tarball is named by version and hash here.  Nothing else of that package is used.
"""

from __future__ import annotations

import hashlib
import re
import tarfile
import urllib.request
from pathlib import Path

from binary.steps import run, step

_PACKAGE = "13.0.3"  # SQLite 3.53.4, the version of pysqlite3's wheels, with which all tests run
_ADDRESS = f"https://registry.npmjs.org/better-sqlite3/-/better-sqlite3-{_PACKAGE}.tgz"
_SHA256 = "77e0513dc1a469fb3bceec4c7fb5ad3f403109787eda05be047ec17fd56868cb"
_TAKEN = ("sqlite3.c", "sqlite3.h")

_OPTIONS = (
    "SQLITE_THREADSAFE=1",  # a pool hands a connection from thread to thread, and any thread may finalize a statement
    "SQLITE_DQS=0",  # a misspelt column in double quotes is an error, and no text
    "SQLITE_ENABLE_QPSG",  # a plan depends on the statement, never on a value that is bound to it
    "SQLITE_LIKE_DOESNT_MATCH_BLOBS",
    # What the GNU C library has, which SQLite's own ./configure would find.
    "HAVE_FDATASYNC",
    "HAVE_GMTIME_R",
    "HAVE_ISNAN",
    "HAVE_LOCALTIME_R",
    "HAVE_MALLOC_USABLE_SIZE",
    "HAVE_PREAD=1",
    "HAVE_PWRITE=1",
    "HAVE_STRCHRNUL",
    "HAVE_USLEEP",  # without, a program that waits for a lock looks once a second
)
_FLAGS = ("-O2", "-g0", "-fstack-protector-strong", "-w")


def compile_sqlite() -> Path:
    """A folder of `sqlite3.o`, its header, and `LICENCE`, what the source says of its licence."""

    def fill(folder: Path) -> None:
        _fetch(folder)
        source = folder / "sqlite3.c"
        (folder / "LICENCE").write_text(_read_licence(source.read_text()))
        options = [f"-D{option}" for option in _OPTIONS]
        run("gcc", *_FLAGS, *options, "-c", source, "-o", folder / "sqlite3.o")

    return step("sqlite", [_ADDRESS, _SHA256, _OPTIONS, _FLAGS, run("gcc", "--version")], fill)


def read_version(folder: Path) -> str:
    """Of the SQLite in the folder."""
    (version,) = re.findall(r'^#define SQLITE_VERSION\s+"(.+)"', (folder / "sqlite3.h").read_text(), re.MULTILINE)
    return str(version)


def _fetch(folder: Path) -> None:
    with urllib.request.urlopen(_ADDRESS) as answer:
        content = answer.read()
    if hashlib.sha256(content).hexdigest() != _SHA256:
        raise SystemExit(f"{_ADDRESS} is not what it was: its SHA-256 is {hashlib.sha256(content).hexdigest()}")
    archive = folder / "package.tgz"
    archive.write_bytes(content)
    with tarfile.open(archive) as package:
        for name in _TAKEN:
            member = package.extractfile(f"package/deps/sqlite3/{name}")
            if member is None:
                raise SystemExit(f"{_ADDRESS} has no {name}")
            (folder / name).write_bytes(member.read())
    archive.unlink()


def _read_licence(source: str) -> str:
    """What its first comment says of the file, and what its authors say at the head of each part."""
    head = re.search(r"^\*\* This file is an amalgamation.*?(?=\*/)", source, re.MULTILINE | re.DOTALL)
    blessing = re.search(
        r"^\*\* The author disclaims copyright.*?never taking more than you give\.", source, re.MULTILINE | re.DOTALL
    )
    if head is None or blessing is None:
        raise SystemExit("SQLite's source does not say what its licence is")
    return re.sub(r"^\*\* ?", "", f"{head[0]}\n{blessing[0]}", flags=re.MULTILINE)
