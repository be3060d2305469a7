"""`nexshift key create`, `list`, `revoke` and `rotate`: who may read what."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

import click

from nexshift.cli.printing import print_json, print_table, say, telling
from nexshift.cli.settings import Settings, WholeNumber, company_option
from nexshift.config import RESOURCES
from nexshift.instants import format_instant
from nexshift.storage.companies import pick_company
from nexshift.storage.keys import (
    MAX_RATE_LIMIT,
    KeyRecord,
    create_key,
    get_key,
    list_keys,
    revoke_key,
    rotate_key,
)

_ID = click.argument("key_id", metavar="ID", type=WholeNumber(min=1))


@click.group()
def key() -> None:
    """Make, list and withdraw the keys that open the records.

    Give each reader a key of its own: then one can be withdrawn without disturbing the others. A running service
    notices every change at once.
    """


@key.command()
@click.option("--name", required=True, metavar="TEXT", help="Who or what the key is for, to know it again later.")
@company_option
@click.option(
    "--allow",
    "resources",
    multiple=True,
    metavar="RESOURCE",
    help=f"Allow only this: {', '.join(RESOURCES[:-1])} or {RESOURCES[-1]}. Repeatable; all when left out.",
)
@click.option(
    "--site",
    "sites",
    multiple=True,
    metavar="NAME",
    help="Allow only this site's records. Repeatable; all sites when left out.",
)
@click.option("--expires", metavar="DATE", help="The last day on which it is good, such as 2026-12-31.")
@click.option(
    "--rate-limit",
    type=WholeNumber(1, MAX_RATE_LIMIT),
    metavar="N",
    help="Requests a minute; the service's own limit when left out.",
)
@click.pass_obj
def create(
    settings: Settings,
    *,
    name: str,
    company: str | None,
    resources: tuple[str, ...],
    sites: tuple[str, ...],
    expires: str | None,
    rate_limit: int | None,
) -> None:
    """Make a key and print it, once.

    Only a fingerprint of it is stored, so it cannot be shown again: keep it where passwords are kept. It is good to
    the end of the day given with --expires, in the company's time zone.

    \b
    nexshift key create --name "planner's Excel"
    nexshift key create --name "Brisbane board" --allow production --site Brisbane --expires 2026-12-31
    """
    with settings.writer() as connection:
        chosen = pick_company(connection, company)
        key_id, _ = create_key(
            connection,
            chosen,
            name,
            resources,
            sites,
            expires=expires,
            rate_limit=rate_limit,
            hand_over=partial(_show, "no key was made, for it has to be seen"),
        )
        made = get_key(connection, key_id)
    say(f"{_describe(made)}.", err=True)
    say("Keep it: it is not shown again.", err=True)


@key.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")
@click.pass_obj
def list_(settings: Settings, as_json: bool) -> None:
    """List all keys that were ever made, without the keys themselves.

    In the JSON, `resources` always names everything that the key may read, `sites` is null when it may read all of
    them, times are UTC, and `expires_at` is the first second at which the key fails.

    \b
    nexshift key list
    nexshift key list --json
    """
    with settings.reader() as connection:
        found = list_keys(connection)
    if as_json:
        print_json([_as_json(record) for record in found])
    elif found:
        rows = [_as_row(record) for record in found]
        print_table(("ID", "NAME", "COMPANY", "MAY READ", "SITES", "MADE ON", "STATE"), rows)
    else:
        say('There is no key yet. Make one with: nexshift key create --name "TEXT"', err=True)


@key.command()
@_ID
@click.pass_obj
def revoke(settings: Settings, key_id: int) -> None:
    """Withdraw a key for good. It fails from the next request on; the service keeps running.

    The ID is the number that `key list` shows.

    \b
    nexshift key revoke 3
    """
    with settings.writer() as connection:
        revoked = revoke_key(connection, key_id)
    with telling("the key is revoked"):
        say(f'Key {key_id} ("{revoked.name}") is revoked.')


@key.command()
@_ID
@click.pass_obj
def rotate(settings: Settings, key_id: int) -> None:
    """Exchange a key for a new one, and print that once.

    The old key fails from the next request on. Name, limits and expiry stay, and so does its ID, the number that
    `key list` shows.

    \b
    nexshift key rotate 3
    """
    with settings.writer() as connection:
        rotate_key(connection, key_id, hand_over=partial(_show, "the old key stays good, for a new one has to be seen"))
        rotated = get_key(connection, key_id)
    say(f"{_describe(rotated)}. The old key fails from now on.", err=True)
    say("Keep the new one: it is not shown again.", err=True)


def _show(otherwise: str, key_text: str) -> None:
    """Print a key, which is not stored unless that succeeds: nobody could ever use it."""
    with telling(otherwise, hint="run the command again where the key can be seen"):
        say(key_text)


def _describe(record: KeyRecord) -> str:
    parts = [
        f'Key {record.id} ("{record.name}") of {record.company} may read {_resources(record)} of {_sites(record)}',
    ]
    if record.expires_at is not None:
        parts.append(f"to the end of {_last_day(record.expires_at, record.zone)} ({record.zone.key})")
    return " ".join(parts)


def _as_json(record: KeyRecord) -> dict[str, object]:
    return {
        "id": record.id,
        "name": record.name,
        "company": record.company,
        "resources": list(record.resources),
        "sites": None if record.sites is None else list(record.sites),
        "created_at": format_instant(record.created_at),
        "expires_at": None if record.expires_at is None else format_instant(record.expires_at),
        "revoked_at": None if record.revoked_at is None else format_instant(record.revoked_at),
    }


def _as_row(record: KeyRecord) -> tuple[str, ...]:
    return (
        str(record.id),
        record.name,
        record.company,
        _resources(record),
        _sites(record),
        _day(record.created_at, record.zone),
        _state(record),
    )


def _state(record: KeyRecord) -> str:
    if record.revoked_at is not None:
        return f"revoked on {_day(record.revoked_at, record.zone)}"
    if record.expires_at is None:
        return "good"
    last_day = _last_day(record.expires_at, record.zone)
    return f"expired after {last_day}" if record.has_expired else f"good to the end of {last_day}"


def _resources(record: KeyRecord) -> str:
    return "everything" if set(record.resources) == set(RESOURCES) else ", ".join(record.resources) or "nothing"


def _sites(record: KeyRecord) -> str:
    if record.sites is None:
        return "all sites"
    return ", ".join(record.sites) or "no site"


def _day(epoch: int, zone: ZoneInfo) -> str:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=epoch)).astimezone(zone).date().isoformat()


def _last_day(expires_at: int, zone: ZoneInfo) -> str:
    return _day(expires_at - 1, zone)


COMMANDS = (key,)
