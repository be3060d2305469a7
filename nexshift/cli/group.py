"""`nexshift [--db FILE] COMMAND`: the options before the command, and the list of commands."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from nexshift import __version__
from nexshift.cli import companies, copies, demonstration, keys, records, serving
from nexshift.cli.failures import reported
from nexshift.cli.settings import Settings


class _Commands(click.Group):
    """Lists the commands in the order in which they are needed, and reports what they raise."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            with reported(Path(ctx.params["database"])):
                return super().invoke(ctx)
        except click.NoSuchOption as error:
            if error.option_name != "--db":
                raise
            sentence = "--db stands before the command: nexshift --db FILE COMMAND"
            raise click.UsageError(sentence, error.ctx) from error


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.option(
    "--db",
    "database",
    envvar="NEXSHIFT_DB",
    default="nexshift.db",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The database file. Without it $NEXSHIFT_DB, else nexshift.db in the folder you are in.",
)
@click.version_option(__version__, prog_name="nexshift", message="%(prog)s %(version)s")
@click.pass_context
def nexshift(ctx: click.Context, database: Path) -> None:
    """Your plant's production records as web addresses that Excel, Power BI and programs read, with OEE.

    Everything is kept in one file. Create it with `init`, load your records with `import`, make a key with
    `key create`, and start the service with `serve`. To look around first: `demo`.

    \b
    nexshift --db plant.db init --company "Acme Manufacturing" --timezone Australia/Brisbane
    nexshift --db plant.db import records/
    nexshift --db plant.db key create --name "planner's Excel"
    nexshift --db plant.db serve

    Every command explains itself: nexshift COMMAND --help
    """
    ctx.obj = Settings(database)


for _commands in (companies, records, keys, serving, demonstration, copies):
    for _command in _commands.COMMANDS:
        nexshift.add_command(_command)
