"""What does the reader of the terminal see when something goes wrong?

One sentence and a hint on stderr, and an exit code: 1 refused or failed, 2 usage, 3 done but for rejected rows, 130 and
143 stopped.  Never a traceback, unless NEXSHIFT_DEBUG=1 asks for it.
"""

from __future__ import annotations

import errno
import os
import signal
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from nexshift.cli.printing import OutputRefused, say
from nexshift.errors import NexshiftError, Refused
from nexshift.invisible import reveal
from nexshift.storage.file_errors import UnusableFile, explain
from nexshift.storage.library import sqlite3
from nexshift.storage.recognition import recognise


class Terminated(KeyboardInterrupt):
    """Another program, or the closing terminal, asked this one to stop."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number


@contextmanager
def reported(database: Path) -> Iterator[None]:
    """Print whatever a command raises, and end it with its code; `database` is what SQLite's errors are about."""
    try:
        yield
    except (click.ClickException, click.exceptions.Exit, click.Abort):
        raise
    except NexshiftError as refusal:
        raise _end(_recognise_file(refusal), refusal.exit_code) from refusal
    except KeyboardInterrupt as stop:
        number = stop.number if isinstance(stop, Terminated) else signal.SIGINT
        raise _end(Refused("stopped before it was done"), 128 + number) from stop
    except BrokenPipeError:
        raise  # whoever read our output has enough; click ends quietly
    except OSError as error:
        raise _end(_explain_system_error(error)) from error
    except sqlite3.Error as error:
        raise _end(_recognise_file(explain(error, database) or _own_fault(error))) from error
    except Exception as error:
        raise _end(_own_fault(error)) from error


@contextmanager
def usage_revealed() -> Iterator[None]:
    """What click says of a command line holds words of that line, and of the environment and the configuration."""
    try:
        yield
    except (click.MissingParameter, click.exceptions.NoArgsIsHelpError):
        raise  # made of our own names alone, and of several lines
    except click.UsageError as error:
        raise click.UsageError(reveal(error.format_message()), error.ctx) from error


def _recognise_file(refusal: NexshiftError) -> NexshiftError:
    """The command has ended, and has no file open any more."""
    finding = recognise(refusal.path) if isinstance(refusal, UnusableFile) else None
    return refusal if finding is None else Refused(finding.sentence, hint=finding.hint)


def _end(refusal: NexshiftError, exit_code: int = 1) -> click.exceptions.Exit:
    say(f"Error: {refusal.sentence}", err=True)
    if refusal.hint:
        say(f"Hint: {refusal.hint}", err=True)
    return click.exceptions.Exit(exit_code)


def _explain_system_error(error: OSError) -> Refused:
    reason = (error.strerror or str(error)).lower()
    if error.errno == errno.ENOSPC:
        return Refused("the disk is full", hint="free some space and run the command again")
    if error.errno == errno.EBADF and error.filename is None:  # as from click, which prints a command's help by itself
        return OutputRefused(error)
    if error.filename is None:
        return Refused(f"the system refused: {reason}", hint=_TRACE)
    return Refused(f"{os.fsdecode(error.filename)}: {reason}", hint="check the name, and that this user may use it")


def _own_fault(error: Exception) -> Refused:
    if os.environ.get("NEXSHIFT_DEBUG") == "1":
        for line in "".join(traceback.format_exception(error)).splitlines():
            say(line, err=True)
    detail = " ".join(f"{type(error).__name__}: {error}".split())[:300]
    return Refused(f"a fault in Nexshift itself, not in what you typed ({detail})", hint=_TRACE)


_TRACE = "run it again with NEXSHIFT_DEBUG=1 and send all that it prints to whoever gave you Nexshift"
