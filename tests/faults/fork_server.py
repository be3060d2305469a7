"""A program that starts commands of ours in no time: everything is imported once, and each command is a fork.

A command runs as its own process, from `nexshift.cli.main` until that ends; only the interpreter's start and end are
saved, half a second, so that hundreds can be started and killed.  It is told what to do by a JSON object a line:
"start" with the command's settings answers its process id, "wait" for one its exit code (negative for a signal) and
how many calls that change files it had made.
"""

from __future__ import annotations

import ctypes
import gc
import importlib
import json
import mmap
import os
import resource
import signal
import sys
from typing import Any, NoReturn

import nexshift.cli
from nexshift.storage import migrations

# What commands import when they run.
for _module in ("nexshift.cli.group", "nexshift.web.server", "uvicorn.protocols.http.httptools_impl", "uvloop"):
    importlib.import_module(_module)


def main() -> None:
    shared: dict[int, mmap.mmap] = {}
    gc.freeze()
    for line in sys.stdin:
        asked = json.loads(line)
        if "wait" in asked:
            _, status = os.waitpid(asked["wait"], 0)
            count = int.from_bytes(shared.pop(asked["wait"])[:8], sys.byteorder)
            print(json.dumps([os.waitstatus_to_exitcode(status), count]), flush=True)
            continue
        memory = mmap.mmap(-1, mmap.PAGESIZE)
        pid = os.fork()
        if not pid:
            run(memory, **asked["start"])
        shared[pid] = memory
        print(pid, flush=True)


def run(
    memory: mmap.mmap,
    *,
    arguments: list[str],
    out: str,
    err: str,
    kill_at: int = 0,
    fail_from: int = 0,
    largest_file: int = 0,
    extra_step: str = "",
) -> NoReturn:
    """The command, in a process of its own.

    It is killed in its `kill_at`th call that changes a file; from its `fail_from`th on the disk is full; no file grows
    beyond `largest_file` bytes; and with `extra_step` it is a later version, whose schema that statement has changed.
    """
    for descriptor, name, flags in ((0, os.devnull, os.O_RDONLY), (1, out, _NEW), (2, err, _NEW)):
        os.dup2(os.open(name, flags, 0o600), descriptor)
    os.setpgid(0, 0)
    if extra_step:
        add_step(extra_step)
    if largest_file:
        resource.setrlimit(resource.RLIMIT_FSIZE, (largest_file, largest_file))
    if kill_at or fail_from or "interposed" in os.environ.get("LD_PRELOAD", ""):
        address = ctypes.addressof(ctypes.c_char.from_buffer(memory))
        ctypes.CDLL(None).arm(ctypes.c_void_p(address), ctypes.c_long(kill_at), ctypes.c_long(fail_from))
    sys.argv = ["nexshift", *arguments]
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        nexshift.cli.main()
    except SystemExit as end:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(end.code if isinstance(end.code, int) else 0)  # taking the interpreter down takes longer than the rest
    os._exit(0)


_NEW = os.O_WRONLY | os.O_CREAT | os.O_TRUNC


def add_step(sql: str) -> None:
    """Make this the next version of the program, whose schema differs from ours by that statement."""

    def v_next(database: Any) -> None:
        database.execute(sql)

    migrations.STEPS = (*migrations.STEPS, v_next)


if __name__ == "__main__":
    main()
