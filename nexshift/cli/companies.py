"""`nexshift init`: a database, and the companies in it."""

from __future__ import annotations

import os

import click

from nexshift.cli.printing import say, telling
from nexshift.cli.settings import Settings, warn_of_exposures
from nexshift.instants import load_zone
from nexshift.spelling import normalise
from nexshift.storage.companies import EXAMPLE_COMPANY, Company, add_company, checked_label, list_companies
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


COMMANDS = (init,)
