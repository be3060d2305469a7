"""How does a command print: a sentence, a list as a table for people, or as JSON for programs?

Everything that this program shows on a terminal goes through here, but for the log of the service and click's own
sentences, which are treated alike. So no value can hide in a sentence, or write a line of its own.
"""

from __future__ import annotations

import errno
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

import click

from nexshift.errors import Refused
from nexshift.invisible import reveal

_REASONS = {errno.EPIPE: "nobody reads it", errno.EBADF: "it is closed"}


class OutputRefused(Refused):
    """Standard output takes nothing more: its disk is full, or nobody reads it."""

    def __init__(self, error: OSError, before: str = "", hint: str = "free some space, or let it go elsewhere") -> None:
        self.error = error
        reason = _REASONS.get(error.errno or 0, (error.strerror or str(error)).lower())
        super().__init__(f"{before}standard output cannot be written: {reason}", hint=hint)


@contextmanager
def writing_output() -> Iterator[None]:
    """Say of standard output what the system says of it; BrokenPipeError is left to click, which ends quietly."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OutputRefused(error) from error


@contextmanager
def telling(done: str, hint: str = "do not run it again") -> Iterator[None]:
    """What has happened when nothing can be printed any more, such as "the rows are stored"; that is the error then."""
    try:
        yield
    except OutputRefused as refusal:
        raise OutputRefused(refusal.error, f"{done}, but ", hint) from refusal
    except BrokenPipeError as error:
        raise OutputRefused(error, f"{done}, but ", hint) from error


def say(line: str, *, err: bool = False) -> None:
    """Print one line, on stderr with `err`; whatever in it would not be seen is shown as `<U+001B>`."""
    if err:
        with suppress(OSError):  # there is nowhere else to say it
            click.echo(reveal(line), err=True)
    else:
        print_document(f"{reveal(line)}\n")


def print_document(text: str) -> None:
    """Print a text of our own, of any number of lines and as it is: for a file, or to be pasted somewhere."""
    with writing_output():
        click.echo(text, nl=False)


def print_json(value: object) -> None:
    """One JSON document; ASCII, because not every pipe carries more."""
    print_document(f"{json.dumps(value, indent=2)}\n")


def print_table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Columns as wide as their widest cell, two blanks apart."""
    table = [[reveal(cell) for cell in row] for row in (headings, *rows)]
    widths = [max(len(row[column]) for row in table) for column in range(len(headings))]
    for row in table:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        say("  ".join(cells).rstrip())
