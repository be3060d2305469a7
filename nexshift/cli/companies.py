"""`nexshift init`: a database, and the companies in it."""

from __future__ import annotations

import os

import click

from nexshift.cli.printing import print_json, print_table, say, telling
from nexshift.cli.settings import Settings, company_option, warn_of_exposures
from nexshift.errors import BadUsage
from nexshift.instants import load_zone
from nexshift.spelling import normalise
from nexshift.storage.companies import (
    EXAMPLE_COMPANY,
    Company,
    add_company,
    checked_label,
    list_companies,
    set_timezone,
)
from nexshift.storage.connection import new_database


@click.command()
@click.option("--company", required=True, metavar="NAME", help="The company's name, as reports shall show it.")
@click.option(
    "--timezone",
    metavar="ZONE",
    help="Where the company's days begin and end, such as Australia/Brisbane; UTC when left out.",
)
@click.pass_obj
def init(settings: Settings, company: str, timezone: str | None) -> None:
    """Create the database with your company in it.

    The time zone decides what a date means: `to=2026-03-31` includes all of the 31st, as the clocks in the plant
    show it. Run it again with another name to keep several companies apart in one database; a key opens the records
    of one of them.

    \b
    nexshift init --company "Acme Manufacturing" --timezone Australia/Brisbane
    """
    name = checked_label(company, "company's name", EXAMPLE_COMPANY)
    load_zone(timezone or "UTC")  # nothing is created for a name or zone that is refused
    path = settings.database
    if os.path.lexists(path):
        warn_of_exposures(path)
        sentence = _add(settings, name, timezone)
        with telling("the company is there"):
            say(sentence)
        return
    with new_database(path) as connection:
        added = add_company(connection, name, timezone or "UTC")
    warn_of_exposures(path)
    with telling("the database is created"):
        say(f"Created {path} with {_describe(added)}.")
    say(f"Now load your records: nexshift --db {path} import FOLDER", err=True)


def _add(settings: Settings, name: str, timezone: str | None) -> str:
    with settings.writer() as connection:
        known = {normalise(company.name): company for company in list_companies(connection)}
        if timezone is None:
            timezone = known[name].timezone if name in known else "UTC"
        company = add_company(connection, name, timezone)
    if name in known:
        return f"{settings.database} has {_describe(company)} already; nothing was changed."
    return f"Added {_describe(company)} to {settings.database}."


def _describe(company: Company) -> str:
    return f'the company "{company.name}" (time zone {company.timezone})'


@click.group()
def company() -> None:
    """Show the companies, and change what holds for one of them."""


@company.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")
@click.pass_obj
def list_(settings: Settings, as_json: bool) -> None:
    """List the companies with their time zones.

    \b
    nexshift company list
    """
    with settings.reader() as connection:
        found = list_companies(connection)
    if as_json:
        print_json([{"name": each.name, "timezone": each.timezone} for each in found])
    elif found:
        print_table(("NAME", "TIME ZONE"), [(each.name, each.timezone) for each in found])
    else:
        say('There is no company yet. Add one with: nexshift init --company "NAME"', err=True)


@company.command("set")
@company_option
@click.option("--timezone", metavar="ZONE", help="Where its days begin and end, such as Australia/Brisbane.")
@click.pass_obj
def set_(settings: Settings, company: str | None, timezone: str | None) -> None:
    """Change what holds for a company.

    With another time zone the records keep their instants. Days follow the clocks there from then on: what `from` and
    `to` mean, the day, week and month of each record, and the day on which keys and files without an offset are read.
    Days that were given for keys stay the instants that they were. Programs that keep copies of tables are told to load
    them again. A running service answers so with the next request.

    \b
    nexshift company set --timezone Europe/Kyiv
    nexshift company set --company "Acme Manufacturing" --timezone Australia/Brisbane
    """
    if timezone is None:
        raise BadUsage("nothing was said to change", hint="give a time zone, such as: --timezone Australia/Brisbane")
    with settings.writer() as connection:
        change = set_timezone(connection, company, timezone)
    if change.before == change.now:
        say(f'The company "{change.company}" has the time zone {change.now} already; nothing was changed.')
        return
    with telling("the time zone is changed"):
        say(f'The company "{change.company}" has the time zone {change.now} now; before, it had {change.before}.')


COMMANDS = (init, company)
