"""`nexshift demo`: a sample plant to look around in, from nothing to the service in one command."""

from __future__ import annotations

import os
import socket
from contextlib import suppress
from importlib.resources import files
from pathlib import Path

import click

from nexshift.cli.power_query import write_query
from nexshift.cli.printing import print_document, say
from nexshift.cli.settings import PORT_HELP, Settings, WholeNumber
from nexshift.cli.temporary import find_temporary_folder, temporary_files_beside
from nexshift.config import API_PREFIX
from nexshift.errors import Refused
from nexshift.listing import Endpoint
from nexshift.listings import LISTINGS
from nexshift.storage.companies import add_company
from nexshift.storage.connection import new_database
from nexshift.storage.importing import import_paths
from nexshift.storage.keys import create_key
from nexshift.storage.private_folder import private_folder
from nexshift.web.settings import ServiceSettings

_HOST = "127.0.0.1"
_COMPANY = "Acme Manufacturing"
_TIMEZONE = "Australia/Brisbane"


@click.command()
@click.option("--port", default=8080, show_default=True, type=WholeNumber(0, 65535), metavar="N", help=PORT_HELP)
@click.pass_obj
def demo(settings: Settings, port: int) -> None:
    """Serve a sample plant, and print lines to try.

    The plant is in a temporary database. Shows a key, a line for each address to paste into another terminal, and a
    query to paste into Excel. Ctrl-C ends it, and nothing of it is left.

    \b
    nexshift demo
    nexshift demo --port 9000
    """
    from nexshift.web.server import serve  # noqa: PLC0415 (half a second, for this command only)

    port = _find_port(port)
    say("Loading the sample plant ...", err=True)
    place = find_temporary_folder(settings.database) / "nexshift-demo"
    with private_folder(place) as folder, temporary_files_beside(database := folder / "demo.db"):
        key_text = _load_sample(database)
        print_document(write_lines_to_try(f"http://{_HOST}:{port}", key_text) + "\n")
        with suppress(KeyboardInterrupt):  # a signal that comes before the service has its own handlers
            serve(ServiceSettings(database=database, host=_HOST, port=port))


def _load_sample(database: Path) -> str:
    """Fill a new database with the sample plant, and return the text of a key to all of it."""
    with new_database(database) as connection:
        company = add_company(connection, _COMPANY, _TIMEZONE)
        import_paths(connection, company, [_copy_sample(database.parent)])
        _, key_text = create_key(connection, company, "demo")
    return key_text


def _copy_sample(parent: Path) -> Path:
    """The sample plant's files in a folder of their own; where they come from may be no folder."""
    folder = parent / "records"
    folder.mkdir()
    for resource in files("nexshift.sample").iterdir():
        if resource.name.endswith(".csv"):
            (folder / resource.name).write_bytes(resource.read_bytes())
    return folder


def write_lines_to_try(address: str, key_text: str) -> str:
    """What the demo prints: the key, a curl line for each endpoint, the query for Excel and the page to click in."""
    curls = "\n".join(
        f'curl -s -H "Authorization: Bearer {key_text}" "{address}{API_PREFIX}{listing.path}?{_choose_query(listing)}"'
        for listing in LISTINGS
    )
    return f"""
The key of this demo:

{key_text}

Paste into another terminal:

{curls}

Paste into Excel (Data, Get Data, From Other Sources, Blank Query, Advanced Editor) or Power BI. When asked, choose
Basic, type any user name, and the key as the password:

{write_query(address)}

Or open in a browser, and paste the key: the first for Excel, Power BI, Python and R, the second to try requests.

{address}/connect
{address}/docs

Ctrl-C ends the demo.
"""


def _choose_query(listing: Endpoint) -> str:
    """The run that docs/oee.md works out; of every other listing a few rows of that month."""
    if listing.path == "/production/runs":
        return "from=2026-03-26T00:21:16Z&to=2026-03-26T00:21:16Z"
    has_pages = any(parameter.name == "limit" for parameter in listing.parameters)
    return "from=2026-03-01&to=2026-03-31" + ("&limit=3" if has_pages else "")


def _find_port(port: int) -> int:
    """That port, or a free one for 0; Refused when it is taken, before any work is done for it."""
    try:
        with socket.create_server((_HOST, port)) as trial:
            found: int = trial.getsockname()[1]
            return found
    except OSError as error:
        raise Refused(
            f"port {port} cannot be used: {os.strerror(error.errno or 0).lower()}",
            hint="stop the program that uses it, or choose another, such as: nexshift demo --port 8081",
        ) from error


COMMANDS = (demo,)
