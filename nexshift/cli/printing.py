"""How does a command print: a sentence, a list as a table for people, or as JSON for programs?

Everything that this program shows on a terminal goes through here, but for the log of the service and click's own
sentences, which are treated alike. So no value can hide in a sentence, or write a line of its own.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

import click

from nexshift.invisible import reveal


def say(line: str, *, err: bool = False) -> None:
    """Print one line, on stderr with `err`; whatever in it would not be seen is shown as `<U+001B>`."""
    click.echo(reveal(line), err=err)


def print_document(text: str) -> None:
    """Print a text of our own, of any number of lines and as it is: for a file, or to be pasted somewhere."""
    click.echo(text, nl=False)


def print_json(value: object) -> None:
    """One JSON document; ASCII, because not every pipe carries more."""
    click.echo(json.dumps(value, indent=2))


def print_table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Columns as wide as their widest cell, two blanks apart."""
    table = [[reveal(cell) for cell in row] for row in (headings, *rows)]
    widths = [max(len(row[column]) for row in table) for column in range(len(headings))]
    for row in table:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        say("  ".join(cells).rstrip())
