"""What every command knows: which database is meant, the option that names a company, and what options are called.

An option is called after what is typed: `serve --rate-limit` is `rate-limit` in the table `[serve]` of a configuration
file, and `NEXSHIFT_SERVE_RATE_LIMIT` in the environment.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from nexshift.cli.printing import say
from nexshift.errors import nearest
from nexshift.storage.connection import open_key_reader, open_writer
from nexshift.storage.library import sqlite3
from nexshift.storage.migrations import Migrated
from nexshift.storage.permissions import find_exposures
from nexshift.storage.private_folder import remove_left
from nexshift.storage.turns import describe_fault
from nexshift.storage.untouched import untouched_of_this_version

ENVIRONMENT_PREFIX = "NEXSHIFT"
PORT_HELP = "Where programs ask for it; 0 takes a free one."
Callback = Callable[..., Any]


class WholeNumber(click.IntRange):
    """A whole number within bounds, called so where click would say that "abc" is not a valid integer range."""

    name = "whole number"


class TimeOfDay(click.ParamType[str]):
    """Hours and minutes, such as 02:00."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9]", str(value), re.ASCII) is None:
            self.fail(f'"{value}" is no time of day from 00:00 to 23:59, such as 02:00.', param, ctx)
        return str(value)


@dataclass(frozen=True, slots=True)
class Settings:
    """What stands before the command."""

    database: Path
    config: Path | None = None
    """The configuration file, where there is one."""

    @contextmanager
    def writer(self) -> Iterator[sqlite3.Connection]:
        """The database, brought up to this version, open for the command's time; what a killed command left goes."""
        remove_left(self.database.parent)
        connection = open_writer(self.database, say_migrated)
        try:
            yield connection
        finally:
            connection.close()

    @contextmanager
    def reader(self) -> Iterator[sqlite3.Connection]:
        """The database as it is, and as this version writes it, open to be read for the command's time."""
        with (
            untouched_of_this_version(self.database) as source,
            closing(open_key_reader(source.path, source.mode)) as connection,
        ):
            yield connection


def warn_of_exposures(database: Path) -> None:
    """Tell on stderr what every user of this machine may do with the database."""
    for exposure in find_exposures(database):
        say(f"Warning: {exposure}", err=True)


def warn_of_library() -> None:
    """Tell on stderr what the SQLite of this installation gets wrong."""
    fault = describe_fault()
    if fault is not None:
        say(f"Warning: {fault}.", err=True)


def say_migrated(migrated: Migrated) -> None:
    """Tell on stderr what was done to a database of an earlier version, and where it is as it was."""
    steps = ", ".join(migrated.steps)
    say(
        f"Brought {migrated.path} up to this version of Nexshift ({steps}); as it was before, it is kept as"
        f" {migrated.saved}.",
        err=True,
    )


def company_option(command: Callback) -> Callback:
    """`--company NAME`, which may be left out while there is one company."""
    option = click.option("--company", metavar="NAME", help="Which company; needed only when there are several.")
    return option(command)


def list_options(command: click.Command) -> list[click.Option]:
    """The options that carry a value to the command; not `--help` and `--version`."""
    return [
        parameter
        for parameter in command.params
        if isinstance(parameter, click.Option) and (parameter.expose_value or parameter.name == "config")
    ]


def name_option(option: click.Option) -> str:
    """As it is typed, without the dashes."""
    return max(option.opts, key=len).lstrip("-")


def name_variables(command: click.Command, *above: str) -> None:
    """Give every option of a command, and of the commands in it, its environment variable.

    click's own names would be made of the parameters' names, which nobody but a programmer sees.
    """
    for option in list_options(command):
        option.envvar = "_".join((ENVIRONMENT_PREFIX, *above, name_option(option))).replace("-", "_").upper()
    if isinstance(command, click.Group):
        for name, inner in command.commands.items():
            name_variables(inner, *above, name)


def warn_of_unknown_variables(command: click.Command) -> None:
    """A variable that begins like those of a command and is none of them was surely meant to be one."""
    prefix = f"{ENVIRONMENT_PREFIX}_{command.name}_".upper()
    known = [str(option.envvar) for option in list_options(command)]
    for name in sorted(os.environ):
        if name.startswith(prefix) and name not in known:
            guess = nearest(name.removeprefix(prefix), [each.removeprefix(prefix) for each in known])
            proposal = f"; did you mean {prefix}{guess}?" if guess else ""
            say(f"{name} in the environment sets no option of {command.name}{proposal}", err=True)
