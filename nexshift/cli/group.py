"""`nexshift [--db FILE] [--config FILE] COMMAND`: the options before the command, and the list of commands."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from nexshift import __version__
from nexshift.cli import companies, copies, demonstration, exporting, in_force, keys, licences, records, serving, unit
from nexshift.cli.config_file import DEFAULT_FILE, list_set, load_config
from nexshift.cli.failures import reported, usage_revealed
from nexshift.cli.found_file import refuse_others_file
from nexshift.cli.paths import FilePath
from nexshift.cli.printing import say
from nexshift.cli.settings import Settings, name_variables
from nexshift.cli.temporary import temporary_files_beside
from nexshift.storage.library import sqlite3

_SHOWING = ("config", "serve")  # which say what the file sets by themselves
_BEFORE_COMMAND = ("--db", "--config")


class _Commands(click.Group):
    """Lists the commands in the order in which they are needed, and reports what they raise."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        with usage_revealed(), reported(Path()):  # a database is not opened yet
            return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        with usage_revealed(), _usage_explained(), reported(Path(ctx.params["database"])):
            return super().invoke(ctx)


@contextmanager
def _usage_explained() -> Iterator[None]:
    try:
        yield
    except click.NoSuchOption as error:
        if error.option_name not in _BEFORE_COMMAND:
            raise
        sentence = f"{error.option_name} stands before the command: nexshift {error.option_name} FILE COMMAND"
        raise click.UsageError(sentence, error.ctx) from error
    except click.BadParameter as error:
        _name_variable(error)
        raise


def _name_variable(error: click.BadParameter) -> None:
    """Somebody who typed no such option is told which environment variable holds the bad value."""
    if error.ctx is not None and isinstance(error.param, click.Option):
        source = error.ctx.get_parameter_source(str(error.param.name))
        if source is click.core.ParameterSource.ENVIRONMENT:
            error.param_hint = f"{error.param.envvar} in the environment"


def _apply_config(context: click.Context, _option: click.Parameter, named: Path | None) -> Path | None:
    """Before all other options are read, so that the file's values are their defaults."""
    is_found = named is None and os.path.isfile(DEFAULT_FILE)  # noqa: PTH113 - no errors
    file = Path(DEFAULT_FILE) if is_found else named
    if file is not None and not context.resilient_parsing:
        if is_found:
            refuse_others_file(file)
        context.default_map = load_config(file, context.command)
    return file


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.option(
    "--db",
    "database",
    default="nexshift.db",
    type=FilePath("database file"),
    metavar="FILE",
    help="The database file. Without it $NEXSHIFT_DB, else nexshift.db in the folder you are in.",
)
@click.option(
    "--config",
    is_eager=True,
    callback=_apply_config,
    type=FilePath(),
    metavar="FILE",
    help=f"A TOML file that sets options. Without it $NEXSHIFT_CONFIG, else {DEFAULT_FILE} in the folder you are in, "
    "where there is one.",
)
@click.version_option(
    __version__, prog_name="nexshift", message=f"%(prog)s %(version)s (SQLite {sqlite3.sqlite_version})"
)
@click.pass_context
def nexshift(ctx: click.Context, database: Path, config: Path | None) -> None:
    """Your plant's production records as web addresses that Excel, Power BI and programs read, with OEE.

    Everything is kept in one file. Create it with `init`, load your records with `import`, make a key with
    `key create`, and start the service with `serve`. To look around first: `demo`.

    \b
    nexshift --db plant.db init --company "Acme Manufacturing" --timezone Australia/Brisbane
    nexshift --db plant.db import records/
    nexshift --db plant.db key create --name "planner's Excel"
    nexshift --db plant.db serve

    Every command explains itself: nexshift COMMAND --help

    Every option may also be set by an environment variable or in a configuration file: `nexshift config` prints what is
    in force.
    """
    if ctx.invoked_subcommand != "demo":  # which has a database and a folder of its own
        ctx.with_resource(temporary_files_beside(database))
    ctx.obj = Settings(database, config)
    if ctx.get_parameter_source("config") is ParameterSource.DEFAULT and ctx.invoked_subcommand not in _SHOWING:
        set_there = [
            name
            for name in list_set(ctx.default_map or {}, ctx.command)
            if "." not in name or name.startswith(f"{ctx.invoked_subcommand}.")
        ]
        if set_there:
            say(f"{DEFAULT_FILE} in this folder sets {' and '.join(set_there)}.", err=True)


for _commands in (companies, records, exporting, keys, serving, in_force, unit, demonstration, copies, licences):
    for _command in _commands.COMMANDS:
        nexshift.add_command(_command)
name_variables(nexshift)
