"""`nexshift serve`: the service, until somebody stops it."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import click
from click.core import ParameterSource

from nexshift.cli.paths import AnyPath, FilePath
from nexshift.cli.settings import (
    PORT_HELP,
    Settings,
    TimeOfDay,
    WholeNumber,
    say_migrated,
    warn_of_unknown_variables,
)
from nexshift.config import MAX_BACKUP_KEEP, MAX_HSTS_DAYS
from nexshift.storage.connection import upgrade
from nexshift.storage.permissions import refuse_unwritable_folder
from nexshift.storage.private_folder import remove_left
from nexshift.web.settings import LOG_FORMATS, ServiceSettings

_MOST_WORKERS = 64
_MOST_CACHE_MIB = 65_536


def list_remarks() -> list[str]:
    """What the log says of where the database's name comes from."""
    root = click.get_current_context().find_root()
    settings = root.ensure_object(Settings)
    if root.get_parameter_source("database") is not ParameterSource.DEFAULT_MAP or settings.config is None:
        return []
    return [f"the configuration file {settings.config.absolute()} sets the database: {settings.database}"]


@click.command()
@click.option(
    "--host",
    default=ServiceSettings.host,
    show_default=True,
    metavar="ADDRESS",
    help="0.0.0.0 lets other machines read.",
)
@click.option(
    "--port", default=ServiceSettings.port, show_default=True, type=WholeNumber(0, 65535), metavar="N", help=PORT_HELP
)
@click.option(
    "--workers",
    default=ServiceSettings.workers,
    show_default=True,
    type=WholeNumber(1, _MOST_WORKERS),
    metavar="N",
    help="Processes that answer; more than one helps when many programs read at once.",
)
@click.option(
    "--rate-limit",
    default=ServiceSettings.rate_limit,
    show_default=True,
    type=WholeNumber(min=1),
    metavar="N",
    help="Requests a minute for each key that has no limit of its own.",
)
@click.option(
    "--response-cache",
    "response_cache_mib",
    default=ServiceSettings.response_cache_mib,
    show_default=True,
    type=WholeNumber(0, _MOST_CACHE_MIB),
    metavar="MIB",
    help="Memory for answers to give again while nothing is written; each worker has its own. 0 remembers none.",
)
@click.option(
    "--cors",
    "cors_origins",
    multiple=True,
    metavar="ORIGIN",
    help="Let web pages from there read, such as https://boards.acme.example. Repeatable.",
)
@click.option(
    "--log-format",
    default=ServiceSettings.log_format,
    show_default=True,
    type=click.Choice(LOG_FORMATS),
    help="How events are written to standard error; auto is human on a terminal, else json.",
)
@click.option(
    "--metrics",
    is_flag=True,
    default=ServiceSettings.metrics,
    help="Answer /metrics in Prometheus' format, without a key, to whoever reaches this address.",
)
@click.option(
    "--tls-cert",
    type=FilePath(),
    metavar="FILE",
    help="Encrypt with this certificate (PEM, and below it those that lead to its authority). Files that are renewed "
    "are noticed.",
)
@click.option(
    "--tls-key",
    type=FilePath(),
    metavar="FILE",
    help="The certificate's private key (PEM, no password).",
)
@click.option(
    "--hsts-days",
    default=ServiceSettings.hsts_days,
    show_default=True,
    type=WholeNumber(0, MAX_HSTS_DAYS),
    metavar="N",
    help="With TLS: how long browsers ask this host, at each of its ports, over TLS alone. 0 makes them forget it.",
)
@click.option(
    "--backup-dir",
    type=AnyPath(),
    metavar="DIR",
    help="Make a backup there every night, checked and with its SHA-256; none without.",
)
@click.option(
    "--backup-keep",
    default=ServiceSettings.backup_keep,
    show_default=True,
    type=WholeNumber(1, MAX_BACKUP_KEEP),
    metavar="N",
    help="How many nightly backups stay; older ones are removed when a new one is whole.",
)
@click.option(
    "--backup-at",
    default=ServiceSettings.backup_at,
    show_default=True,
    type=TimeOfDay(),
    metavar="HH:MM",
    help="When, by this machine's clock. A night on which the service was off is made up for when it starts.",
)
@click.pass_obj
def serve(settings: Settings, /, **chosen: Any) -> None:
    """Run the service until Ctrl-C, or until the system stops it.

    Without --host only programs on this machine can read. Excel usually sits on another one: then use --host 0.0.0.0,
    and this machine's name or address in place of 127.0.0.1. Without --tls-cert and --tls-key the service speaks plain
    HTTP, and whoever can listen to the network reads keys and records.

    \b
    nexshift serve
    nexshift --db plant.db serve --host 0.0.0.0 --port 8080
    nexshift --db plant.db serve --host 0.0.0.0 --port 8443 --tls-cert plant.crt --tls-key plant.key
    """
    warn_of_unknown_variables(click.get_current_context().command)
    refuse_unwritable_folder(settings.database)
    remove_left(settings.database.parent)
    upgrade(settings.database, say_migrated)
    from nexshift.web.server import serve as serve_database  # noqa: PLC0415 (half a second, for this command only)

    with suppress(KeyboardInterrupt):  # a signal that comes before the service has its own handlers
        serve_database(ServiceSettings(database=settings.database, **chosen), remarks=list_remarks())


COMMANDS = (serve,)
