"""What every command knows: which database is meant; and the option that names a company."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from nexshift.storage.connection import open_writer

PORT_HELP = "Where programs ask for it; 0 takes a free one."
Callback = Callable[..., Any]


class WholeNumber(click.IntRange):
    """A whole number within bounds, called so where click would say that "abc" is not a valid integer range."""

    name = "whole number"


@dataclass(frozen=True, slots=True)
class Settings:
    """What stands before the command."""

    database: Path

    @contextmanager
    def writer(self) -> Iterator[sqlite3.Connection]:
        """The database, brought up to this version, open for the command's time."""
        connection = open_writer(self.database)
        try:
            yield connection
        finally:
            connection.close()


def company_option(command: Callback) -> Callback:
    """`--company NAME`, which may be left out while there is one company."""
    option = click.option("--company", metavar="NAME", help="Which company; needed only when there are several.")
    return option(command)
