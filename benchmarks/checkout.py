"""Another revision's files, in a temporary folder that is gone afterwards, whatever stops the command meanwhile."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from types import FrameType
from typing import Any

_STOPPING = ("SIGINT", "SIGTERM", "SIGHUP")
Handler = Callable[[int, FrameType | None], Any] | int | None


class Failed(Exception):
    """Why there is nothing to compare, in a sentence."""


def find_repository(folder: Path) -> Path:
    """The root of the working tree that `folder` is in."""
    return Path(_git(folder, "rev-parse", "--show-toplevel"))


def find_commit(repository: Path, revision: str) -> str:
    if not revision:
        raise Failed("name a revision, as in: make bench-compare REV=v1")
    try:
        return _git(repository, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    except Failed:
        raise Failed(f'there is no revision "{revision}" here; `git log --oneline` and `git tag` list them') from None


@contextmanager
def checked_out(repository: Path, commit: str) -> Iterator[Path]:
    """The commit's files, in a temporary folder with room beside them, until the block ends."""
    scratch = Path(mkdtemp(prefix="nexshift-compare-"))
    tree = scratch / "revision"
    try:
        _git(repository, "worktree", "add", "--quiet", "--detach", str(tree), commit)
        yield tree
    finally:
        before = handle_stops(signal.SIG_IGN)  # a second Ctrl-C waits until all is gone
        with suppress(Failed):  # git itself has tidied up when it was the one that was stopped
            _git(repository, "worktree", "remove", "--force", str(tree))
        rmtree(scratch, ignore_errors=True)
        handle_stops(before)


def handle_stops(handler: Handler) -> Handler:
    """Set what happens at the signals that stop a command; what happened until now."""
    numbers = [getattr(signal, name) for name in _STOPPING if hasattr(signal, name)]
    before: list[Handler] = [signal.signal(number, handler) for number in numbers]
    return before[0]


def _git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(["git", "-C", str(folder), *arguments], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Failed(f"git {arguments[0]} failed: {done.stderr.strip()}")
    return done.stdout.strip()
