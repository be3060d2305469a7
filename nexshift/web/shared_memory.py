"""Memory that the workers of one service share, without a file that anybody could find or that would be left behind.

It comes into being before the workers do, is handed to each as it is started, and ends with the last of them, however
that ends.
"""

from __future__ import annotations

import mmap
import os
import secrets
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any


class SharedMemory:
    """So many bytes, all zero at first.  Pickled for a process that is being started, it is the same memory there."""

    _name = ""  # where it has one
    descriptor = -1
    """Of what is shared, for locks on parts of it; Windows has none."""

    def __init__(self, size: int, folder: Path) -> None:
        """`folder` is used where the system has no memory without a name; nothing is ever seen there."""
        self.size = size
        if sys.platform == "win32":
            self._name = f"nexshift-{secrets.token_hex(8)}"
            self.bytes = mmap.mmap(-1, size, tagname=self._name)
        else:
            self.descriptor = _open_nameless(folder)
            os.ftruncate(self.descriptor, size)
            self.bytes = mmap.mmap(self.descriptor, size)

    def __reduce__(self) -> tuple[Callable[..., SharedMemory], tuple[Any, ...]]:
        if sys.platform == "win32":
            return _attach_by_name, (self._name, self.size)
        from multiprocessing.reduction import DupFd  # noqa: PLC0415 (which Windows does not have)

        return _attach, (DupFd(self.descriptor), self.size)


def _open_nameless(folder: Path) -> int:
    if hasattr(os, "memfd_create"):
        try:
            return os.memfd_create("nexshift")
        except OSError:  # a kernel or a sandbox without it
            pass
    with TemporaryFile(prefix=".nexshift-", dir=folder) as file:
        return os.dup(file.fileno())


def _attach(duplicate: Any, size: int) -> SharedMemory:
    memory = SharedMemory.__new__(SharedMemory)
    memory.size = size
    memory.descriptor = duplicate.detach()
    memory.bytes = mmap.mmap(memory.descriptor, size)
    return memory


def _attach_by_name(name: str, size: int) -> SharedMemory:
    memory = SharedMemory.__new__(SharedMemory)
    memory.size = size
    memory._name = name
    memory.bytes = mmap.mmap(-1, size, tagname=name)  # type: ignore[call-arg,unused-ignore]
    return memory
