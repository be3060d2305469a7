"""Who may read what: API keys, as they are made, found, listed, revoked and rotated.

The text of a key is shown once, when it is made or rotated; the database holds its SHA-256.  Whatever changes
a key is seen by the next request of a running service, because every request asks the database.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from nexshift.config import RESOURCES
from nexshift.errors import Refused, nearest
from nexshift.instants import DAY, EARLIEST, LATEST, end_of_day, format_instant
from nexshift.lookalike import propose
from nexshift.spelling import normalise
from nexshift.storage.companies import Company, checked_label, load_companys_zone
from nexshift.storage.connection import writing
from nexshift.storage.key_text import hash_key, is_well_formed, new_key_text
from nexshift.storage.library import sqlite3

MAX_RATE_LIMIT = 1_000_000  # requests a minute; more than one machine can answer

# One statement, so that a grant is of one commit.  As bytes: what is no text at all gives no access, and no error.
_FIND = """
  SELECT k.id, k.name, k.company_id, c.name, c.timezone, CAST(k.resources AS BLOB),
    CASE WHEN k.all_sites THEN NULL ELSE (
      SELECT json_group_object(s.uuid, s.id) FROM api_key_site ks JOIN site s ON s.id = ks.site_id
      WHERE ks.api_key_id = k.id
    ) END,
    k.rate_limit, k.expires_at, k.revoked_at
  FROM api_key k JOIN company c ON c.id = k.company_id
  WHERE k.hash = ?
"""
_LIST = """
  SELECT k.id, k.name, c.name, c.timezone, CAST(k.resources AS BLOB),
    CASE WHEN k.all_sites THEN NULL ELSE (
      SELECT json_group_array(name) FROM (
        SELECT s.name FROM api_key_site ks JOIN site s ON s.id = ks.site_id
        WHERE ks.api_key_id = k.id ORDER BY s.name
      )
    ) END,
    k.rate_limit, k.created_at, k.expires_at, k.revoked_at
  FROM api_key k JOIN company c ON c.id = k.company_id
"""


@dataclass(frozen=True, slots=True)
class Grant:
    """What a valid key allows."""

    key_id: int
    key_name: str
    company_id: int
    company: str
    zone: ZoneInfo
    resources: frozenset[str]
    sites: dict[str, int] | None
    """UUID to row id of each site that may be read; None is all of the company's, and those still to come."""
    rate_limit: int | None
    """Requests a minute; None is the server's own limit."""
    expires_at: int | None
    """The first second at which the key fails."""

    def holds_at(self, now: int) -> bool:
        """Whether the key has not expired at that instant."""
        return self.expires_at is None or now < self.expires_at


@dataclass(frozen=True, slots=True)
class KeyRecord:
    """A key as it is listed: everything but the key itself, which nobody has any more."""

    id: int
    name: str
    company: str
    timezone: str
    resources: tuple[str, ...]
    sites: tuple[str, ...] | None
    """Names of the sites that may be read; None is all."""
    rate_limit: int | None
    created_at: int
    expires_at: int | None
    revoked_at: int | None

    @property
    def zone(self) -> ZoneInfo:
        """The company's time zone; raises DatabaseUnavailable where this machine does not know it."""
        return load_companys_zone(self.company, self.timezone)

    @property
    def has_expired(self) -> bool:
        """Whether its last day is over now."""
        return self.expires_at is not None and time.time() >= self.expires_at


def read_resources(stored: bytes | None) -> tuple[str, ...]:
    """The resources that a key may read, as they are stored; what is no list of them gives access to nothing."""
    named = RESOURCES if stored is None else _read_list(stored) or ()
    return tuple(resource for resource in RESOURCES if resource in named)


def _read_list(stored: bytes) -> list[object] | None:
    """The JSON list; None of anything else."""
    try:
        found = json.loads(stored)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, list) else None


def find_grant(connection: sqlite3.Connection, key_text: str, now: int) -> Grant | None:
    """What the key allows at the instant `now`; None when it is malformed, unknown, revoked or expired."""
    if not is_well_formed(key_text):
        return None
    row = connection.execute(_FIND, (hash_key(key_text),)).fetchone()
    if row is None:
        return None
    key_id, name, company_id, company, timezone, resources, sites, rate_limit, expires_at, revoked_at = row
    if revoked_at is not None:
        return None
    grant = Grant(
        key_id,
        name,
        company_id,
        company,
        load_companys_zone(company, timezone),
        frozenset(read_resources(resources)),
        None if sites is None else json.loads(sites),
        rate_limit,
        _bound(expires_at),
    )
    return grant if grant.holds_at(now) else None


def _bound(instant: int | None) -> int | None:
    """The instant, or the nearest one that can be shown in every time zone; no key is good for longer than stated."""
    if instant is None or EARLIEST <= instant <= LATEST:
        return instant
    return min(max(instant, EARLIEST + DAY), LATEST - DAY)


def describe_broken_keys(connection: sqlite3.Connection) -> Iterator[str]:
    """A sentence for each key with a value that no command of ours would write, and that the rules let pass."""
    for key_id, stored, *instants in connection.execute(
        "SELECT id, CAST(resources AS BLOB), expires_at, revoked_at FROM api_key ORDER BY id"
    ):
        named = RESOURCES if stored is None else _read_list(stored)
        if named is None or any(each not in RESOURCES for each in named):
            yield f"api_key {key_id} has resources that are no JSON list of names; what is none gives no access"
        if any(instant is not None and not EARLIEST <= instant <= LATEST for instant in instants):
            yield f"api_key {key_id} has an expires_at or revoked_at that is no instant of the years 1 to 9999"


def create_key(
    connection: sqlite3.Connection,
    company: Company,
    name: str,
    resources: Iterable[str] | None = None,
    site_names: Iterable[str] | None = None,
    *,
    expires: str | None = None,
    rate_limit: int | None = None,
    hand_over: Callable[[str], None] = lambda _: None,
) -> tuple[int, str]:
    """Make a key and return its number and its text, which exists nowhere else.

    `resources` and `site_names` limit it, None or nothing being all; `expires` is the last day, in the
    company's time zone, on which it is good; `hand_over` is given the text before the key is made for good, and what it
    raises leaves no key.  Raises Refused for an unknown resource or site, and for a day
    that is over.
    """
    name = checked_label(name, "key's name", "planner's Excel")
    allowed = _checked_resources(resources or ())
    now = int(time.time())
    expires_at = None if expires is None else _checked_expiry(expires, company.zone, now)
    if rate_limit is not None and not 1 <= rate_limit <= MAX_RATE_LIMIT:
        raise Refused(f"the rate limit must be a whole number from 1 to {MAX_RATE_LIMIT}, not {rate_limit}")
    key_text = new_key_text()
    with writing(connection):
        site_ids = _find_sites(connection, company, site_names or ())
        written = {
            "company_id": company.id,
            "name": name,
            "hash": hash_key(key_text),
            "resources": json.dumps(allowed) if allowed else None,
            "all_sites": int(not site_ids),
            "rate_limit": rate_limit,
            "created_at": now,
            "expires_at": expires_at,
            "revoked_at": None,
        }
        marks = ", ".join(f":{column}" for column in written)
        sql = f"INSERT INTO api_key ({', '.join(written)}) VALUES ({marks}) RETURNING id"
        (key_id,) = connection.execute(sql, written).fetchone()
        connection.executemany(
            "INSERT INTO api_key_site (api_key_id, site_id, company_id) VALUES (?, ?, ?)",
            [(key_id, site_id, company.id) for site_id in site_ids],
        )
        _read_back(connection, key_id, written)
        kept = connection.execute("SELECT site_id FROM api_key_site WHERE api_key_id = ?", (key_id,)).fetchall()
        if {site_id for (site_id,) in kept} != set(site_ids):
            raise _refuse_changed(key_id)
        hand_over(key_text)
    return key_id, key_text


def list_keys(connection: sqlite3.Connection) -> list[KeyRecord]:
    """Every key that was ever made, of every company, in the order of making."""
    return [_record(row) for row in connection.execute(f"{_LIST} ORDER BY k.id")]


def get_key(connection: sqlite3.Connection, key_id: int) -> KeyRecord:
    """The key of that number; Refused when there is none."""
    row = None
    if key_id.bit_length() < 64:  # SQLite's integers end there
        row = connection.execute(f"{_LIST} WHERE k.id = ?", (key_id,)).fetchone()
    if row is None:
        raise Refused(f"there is no key {key_id}", hint="see the keys' numbers with: nexshift key list")
    return _record(row)


def revoke_key(connection: sqlite3.Connection, key_id: int) -> KeyRecord:
    """Make the key fail from the next request on, for good.  Raises Refused when it is unknown or revoked."""
    with writing(connection):
        _usable(connection, key_id)
        _change(connection, key_id, revoked_at=int(time.time()))
        return get_key(connection, key_id)


def rotate_key(
    connection: sqlite3.Connection, key_id: int, *, hand_over: Callable[[str], None] = lambda _: None
) -> str:
    """Exchange the key's text for a new one, which is returned; number, name, limits and expiry stay.

    The old text fails from the next request on.  `hand_over` is given the new text before that; if it raises, the old
    text stays good.  Raises Refused when the key is unknown, revoked or expired.
    """
    key_text = new_key_text()
    with writing(connection):
        key = _usable(connection, key_id)
        if key.expires_at is not None and key.has_expired:
            raise Refused(
                f'key {key_id} ("{key.name}") expired at {format_instant(key.expires_at)}',
                hint="make a new one with: nexshift key create",
            )
        _change(connection, key_id, hash=hash_key(key_text))
        hand_over(key_text)
    return key_text


def _change(connection: sqlite3.Connection, key_id: int, **written: int | bytes) -> None:
    settings = ", ".join(f"{column} = :{column}" for column in written)
    connection.execute(f"UPDATE api_key SET {settings} WHERE id = :key", {**written, "key": key_id})
    _read_back(connection, key_id, written)


def _read_back(connection: sqlite3.Connection, key_id: int, written: Mapping[str, object]) -> None:
    """Hold that the key is what was written, before anybody is told so: a trigger may have changed it at once."""
    sql = f"SELECT {', '.join(written)} FROM api_key WHERE id = ?"
    if connection.execute(sql, (key_id,)).fetchall() != [tuple(written.values())]:
        raise _refuse_changed(key_id)


def _refuse_changed(key_id: int) -> Refused:
    return Refused(
        f"nothing was written, because something in the database changed at once what was written of key {key_id}",
        hint="see what is there and is not Nexshift's with: nexshift check",
    )


def _checked_resources(resources: Iterable[str]) -> list[str]:
    wanted = set()
    for resource in resources:
        if resource not in RESOURCES:
            meant = nearest(resource, RESOURCES)
            proposal = f'; did you mean "{meant}"?' if meant else ""
            raise Refused(
                f'there is no resource "{resource}"{proposal}',
                hint=f"the resources are: {', '.join(RESOURCES)}",
            )
        wanted.add(resource)
    return [resource for resource in RESOURCES if resource in wanted]


def _checked_expiry(date_text: str, zone: ZoneInfo, now: int) -> int:
    expires_at = end_of_day(date_text, zone)
    if expires_at <= now:
        raise Refused(
            f"the expiry date {date_text} is over in the time zone {zone.key}",
            hint="give the last day on which the key shall be good, or leave --expires out",
        )
    return expires_at


def _find_sites(connection: sqlite3.Connection, company: Company, names: Iterable[str]) -> Sequence[int]:
    sites = connection.execute("SELECT name, id FROM site WHERE company_id = ?", (company.id,)).fetchall()
    sites.sort(key=lambda site: normalise(site[0]) == site[0])  # a version before this one stored what it was given
    known: dict[str, int] = {normalise(name): site_id for name, site_id in sites}
    found: dict[int, None] = {}  # a set that keeps the order
    for name in map(str.strip, map(normalise, names)):
        if name not in known:
            raise Refused(
                f'{company.name} has no site "{name}"{propose(name, known)}',
                hint=f"its sites are: {', '.join(sorted(known))}" if known else "import its sites first",
            )
        found[known[name]] = None
    return list(found)


def _usable(connection: sqlite3.Connection, key_id: int) -> KeyRecord:
    key = get_key(connection, key_id)
    if key.revoked_at is not None:
        raise Refused(
            f'key {key_id} ("{key.name}") was revoked at {format_instant(key.revoked_at)}, for good',
            hint="make a new one with: nexshift key create",
        )
    return key


def _record(
    row: tuple[int, str, str, str, bytes | None, str | None, int | None, int, int | None, int | None],
) -> KeyRecord:
    key_id, name, company, timezone, resources, sites, rate_limit, created_at, expires_at, revoked_at = row
    return KeyRecord(
        key_id,
        name,
        company,
        timezone,
        read_resources(resources),
        None if sites is None else tuple(json.loads(sites)),
        rate_limit,
        created_at,
        _bound(expires_at),
        _bound(revoked_at),
    )
