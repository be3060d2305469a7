"""What a key allows, until when, and that nobody can read it out of the database."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from nexshift.config import RESOURCES
from nexshift.errors import Refused
from nexshift.storage.companies import Company, add_company
from nexshift.storage.connection import open_key_reader
from nexshift.storage.integrity import check
from nexshift.storage.key_text import is_well_formed, new_key_text
from nexshift.storage.keys import create_key, find_grant, get_key, list_keys, revoke_key, rotate_key
from nexshift.storage.library import sqlite3
from tests.storage.rows import insert

NOW = int(time.time())
BRISBANE = "00000000-0000-7000-8000-00000000000b"
SYDNEY = "00000000-0000-7000-8000-00000000000c"


@pytest.fixture
def reader(path: Path, acme: Company) -> Iterator[sqlite3.Connection]:
    """As the running service has it: opened before whatever the test does."""
    connection = open_key_reader(path)
    yield connection
    connection.close()


@pytest.fixture
def sites(writer: sqlite3.Connection, acme: Company) -> dict[str, int]:
    return {
        BRISBANE: insert(writer, "site", uuid=BRISBANE, company_id=acme.id, name="Brisbane"),
        SYDNEY: insert(writer, "site", uuid=SYDNEY, company_id=acme.id, name="Sydney"),
    }


# --- the text of a key -------------------------------------------------------------------------------------------


def test_a_key_is_its_prefix_160_random_bits_and_a_checksum() -> None:
    key_text = new_key_text()
    assert re.fullmatch("nxs_[0-9a-hjkmnp-tv-z]{39}", key_text)  # 32 letters of 5 bits, 7 for the CRC's 32 bits
    assert is_well_formed(key_text)
    assert len({new_key_text() for _ in range(1000)}) == 1000


def test_every_random_letter_takes_every_value() -> None:
    seen: list[set[str]] = [set() for _ in range(32)]
    for _ in range(1000):
        for place, letter in zip(seen, new_key_text()[4:36], strict=True):
            place.add(letter)
    assert [len(place) for place in seen] == [32] * 32  # missing one by chance: once in 10^11 runs


def test_a_key_with_any_one_letter_changed_is_malformed() -> None:
    key_text = new_key_text()
    for place, letter in enumerate(key_text):
        for other in {*"0123456789abcdefghijklmnopqrstuvwxyzABCXYZ_-.é \n"} - {letter}:
            assert not is_well_formed(key_text[:place] + other + key_text[place + 1 :])


@pytest.mark.parametrize("spoil", [str.upper, lambda key: key[:-1], lambda key: key + "0", lambda key: key + "\n"])
def test_a_key_in_another_shape_is_malformed(spoil: type[str]) -> None:
    assert not is_well_formed(spoil(new_key_text()))


@pytest.mark.parametrize("text", ["", "nxs_", "x", "nxs_" + "0" * 39 + "0", "\0", "🔑" * 43, "nxs_" + "٣" * 39])
def test_other_text_is_malformed(text: str) -> None:
    assert not is_well_formed(text)


# --- what it allows ----------------------------------------------------------------------------------------------


def test_a_key_allows_everything_of_its_company(
    writer: sqlite3.Connection, reader: sqlite3.Connection, acme: Company
) -> None:
    key_id, key_text = create_key(writer, acme, "Excel")

    grant = find_grant(reader, key_text, NOW)
    assert grant is not None
    assert (grant.key_id, grant.key_name) == (key_id, "Excel")
    assert (grant.company_id, grant.company, grant.zone) == (acme.id, "Acme Manufacturing", acme.zone)
    assert grant.resources == frozenset(RESOURCES)
    assert (grant.sites, grant.rate_limit, grant.expires_at) == (None, None, None)


def test_a_key_is_limited_to_resources_sites_and_a_rate(
    writer: sqlite3.Connection, reader: sqlite3.Connection, acme: Company, sites: dict[str, int]
) -> None:
    _, key_text = create_key(
        writer, acme, "Board", ["quality", "production", "quality"], ["Sydney", "Sydney"], rate_limit=30
    )

    grant = find_grant(reader, key_text, NOW)
    assert grant is not None
    assert grant.resources == {"production", "quality"}
    assert grant.sites == {SYDNEY: sites[SYDNEY]}
    assert grant.rate_limit == 30


def test_a_key_whose_last_site_is_deleted_sees_no_site(
    writer: sqlite3.Connection, reader: sqlite3.Connection, acme: Company, sites: dict[str, int]
) -> None:
    _, key_text = create_key(writer, acme, "Board", site_names=["Sydney"])
    writer.execute("DELETE FROM site WHERE name = 'Sydney'")

    grant = find_grant(reader, key_text, NOW)
    assert grant is not None
    assert grant.sites == {}


def test_a_site_of_the_same_name_in_another_company_is_not_allowed(
    writer: sqlite3.Connection, reader: sqlite3.Connection, acme: Company, sites: dict[str, int]
) -> None:
    bolt = add_company(writer, "Bolt")
    other = insert(writer, "site", uuid=BRISBANE.replace("b", "d"), company_id=bolt.id, name="Brisbane")

    _, key_text = create_key(writer, bolt, "Board", site_names=["Brisbane"])

    grant = find_grant(reader, key_text, NOW)
    assert grant is not None
    assert (grant.company, grant.sites) == ("Bolt", {BRISBANE.replace("b", "d"): other})


def test_an_unknown_key_is_nobody(reader: sqlite3.Connection) -> None:
    assert find_grant(reader, new_key_text(), NOW) is None


def test_a_malformed_key_never_reaches_the_database() -> None:
    closed = sqlite3.connect(":memory:")
    closed.close()
    assert find_grant(closed, new_key_text()[:-1] + "_", NOW) is None
    with pytest.raises(sqlite3.ProgrammingError):
        find_grant(closed, new_key_text(), NOW)


def test_finding_a_key_leaves_no_transaction_open(
    writer: sqlite3.Connection, reader: sqlite3.Connection, acme: Company
) -> None:
    _, key_text = create_key(writer, acme, "Excel")
    find_grant(reader, key_text, NOW)
    # A reader that held the log's last commit would keep the checkpoint from emptying it: (busy, frames, moved).
    assert writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone() == (0, 0, 0)


# --- until when --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("timezone", "date", "end"),
    [
        ("Australia/Brisbane", "2100-03-31", datetime(2100, 3, 31, 14, 0, tzinfo=UTC)),  # UTC+10 all year
        ("America/New_York", "2030-07-04", datetime(2030, 7, 5, 4, 0, tzinfo=UTC)),  # summer time: UTC-4
        ("America/New_York", "2030-12-31", datetime(2031, 1, 1, 5, 0, tzinfo=UTC)),  # UTC-5
        ("America/New_York", "2030-03-10", datetime(2030, 3, 11, 4, 0, tzinfo=UTC)),  # a day of 23 hours
        ("UTC", "2096-02-29", datetime(2096, 3, 1, tzinfo=UTC)),
    ],
)
def test_a_key_is_good_to_the_end_of_its_last_day_in_the_companys_zone(
    writer: sqlite3.Connection, path: Path, timezone: str, date: str, end: datetime
) -> None:
    company = add_company(writer, "Some company", timezone)
    _, key_text = create_key(writer, company, "Excel", expires=date)

    reader = open_key_reader(path)
    grant = find_grant(reader, key_text, int(end.timestamp()) - 1)
    assert grant is not None
    assert grant.expires_at == int(end.timestamp())
    assert find_grant(reader, key_text, int(end.timestamp())) is None
    reader.close()


def test_a_key_may_be_good_for_today_but_not_for_yesterday(writer: sqlite3.Connection, acme: Company) -> None:
    today = datetime.now(ZoneInfo("Australia/Brisbane")).date()
    create_key(writer, acme, "Excel", expires=(today + timedelta(days=1)).isoformat())
    with pytest.raises(Refused, match="is over in the time zone Australia/Brisbane"):
        create_key(writer, acme, "Excel", expires=(today - timedelta(days=1)).isoformat())
    assert len(list_keys(writer)) == 1


def test_9999_12_31_is_no_end(writer: sqlite3.Connection, reader: sqlite3.Connection, acme: Company) -> None:
    _, key_text = create_key(writer, acme, "Excel", expires="9999-12-31")
    assert find_grant(reader, key_text, NOW) is not None


@pytest.mark.parametrize("date", ["", "31.12.2030", "2030-02-30", "2030-12-31T12:00:00Z", "tomorrow"])
def test_an_expiry_that_is_no_date_is_refused(writer: sqlite3.Connection, acme: Company, date: str) -> None:
    with pytest.raises(Refused, match="the date must be written such as"):
        create_key(writer, acme, "Excel", expires=date)
    assert list_keys(writer) == []


# --- what is refused ---------------------------------------------------------------------------------------------


def test_an_unknown_resource_is_refused_with_the_nearest(writer: sqlite3.Connection, acme: Company) -> None:
    with pytest.raises(Refused, match='no resource "maintainance"; did you mean "maintenance"') as caught:
        create_key(writer, acme, "Excel", ["production", "maintainance"])
    assert "batching" in caught.value.hint
    assert list_keys(writer) == []


def test_an_unknown_site_is_refused_with_the_nearest(
    writer: sqlite3.Connection, acme: Company, sites: dict[str, int]
) -> None:
    with pytest.raises(Refused, match='Acme Manufacturing has no site "Brisban"; did you mean "Brisbane"'):
        create_key(writer, acme, "Excel", site_names=["Sydney", "Brisban"])
    assert list_keys(writer) == []


def test_another_companys_site_is_unknown_and_not_proposed(writer: sqlite3.Connection, sites: dict[str, int]) -> None:
    bolt = add_company(writer, "Bolt")
    with pytest.raises(Refused) as caught:
        create_key(writer, bolt, "Excel", site_names=["Brisbane"])
    assert caught.value.sentence == 'Bolt has no site "Brisbane"'


@pytest.mark.parametrize("rate_limit", [0, -1, 1_000_001, 2**70])
def test_an_impossible_rate_limit_is_refused(writer: sqlite3.Connection, acme: Company, rate_limit: int) -> None:
    with pytest.raises(Refused, match="from 1 to 1000000"):
        create_key(writer, acme, "Excel", rate_limit=rate_limit)


@pytest.mark.parametrize("name", ["", "  ", "two\nlines", "x" * 10_001])
def test_an_impossible_key_name_is_refused(writer: sqlite3.Connection, acme: Company, name: str) -> None:
    with pytest.raises(Refused, match="the key's name"):
        create_key(writer, acme, name)


# --- listing, revoking, rotating ---------------------------------------------------------------------------------


def test_keys_are_listed_with_what_they_may_read(
    writer: sqlite3.Connection, acme: Company, sites: dict[str, int]
) -> None:
    create_key(writer, acme, "Excel")
    create_key(writer, acme, "Board", ["safety", "production"], ["Sydney", "Brisbane"], rate_limit=5)

    everything, board = list_keys(writer)
    assert (everything.id, everything.name, everything.company) == (1, "Excel", "Acme Manufacturing")
    assert (everything.resources, everything.sites) == (RESOURCES, None)
    assert (board.resources, board.sites) == (("production", "safety"), ("Brisbane", "Sydney"))
    assert (board.rate_limit, board.expires_at, board.revoked_at) == (5, None, None)
    assert NOW <= board.created_at <= time.time()


def test_a_revoked_key_fails_at_once_and_for_good(
    writer: sqlite3.Connection, reader: sqlite3.Connection, acme: Company
) -> None:
    key_id, key_text = create_key(writer, acme, "Excel")
    _, other = create_key(writer, acme, "Board")
    assert find_grant(reader, key_text, NOW) is not None

    revoked = revoke_key(writer, key_id)

    assert revoked.revoked_at is not None
    assert find_grant(reader, key_text, NOW) is None
    assert find_grant(reader, other, NOW) is not None
    with pytest.raises(Refused, match=r'key 1 \("Excel"\) was revoked at 2.*Z, for good'):
        revoke_key(writer, key_id)
    with pytest.raises(Refused, match="was revoked at"):
        rotate_key(writer, key_id)
    assert get_key(writer, key_id) == revoked


def test_a_rotated_key_keeps_all_but_its_text(
    writer: sqlite3.Connection, reader: sqlite3.Connection, acme: Company, sites: dict[str, int]
) -> None:
    key_id, old = create_key(writer, acme, "Board", ["safety"], ["Sydney"], expires="2100-03-31", rate_limit=5)
    before, record = find_grant(reader, old, NOW), get_key(writer, key_id)

    new = rotate_key(writer, key_id)

    assert new != old
    assert find_grant(reader, old, NOW) is None
    assert find_grant(reader, new, NOW) == before
    assert get_key(writer, key_id) == record


def test_an_expired_key_cannot_be_rotated_but_revoked(writer: sqlite3.Connection, acme: Company) -> None:
    key_id, _ = create_key(writer, acme, "Excel", expires="2100-03-31")
    writer.execute("UPDATE api_key SET expires_at = ?", (NOW,))
    record = get_key(writer, key_id)
    assert record.has_expired
    assert not replace(record, expires_at=NOW + 3600).has_expired

    with pytest.raises(Refused, match="expired at") as caught:
        rotate_key(writer, key_id)
    assert "key create" in caught.value.hint
    assert revoke_key(writer, key_id).revoked_at is not None


@pytest.mark.parametrize("key_id", [0, 2, -1, 2**63, 10**30])
def test_an_unknown_key_number_is_refused(writer: sqlite3.Connection, acme: Company, key_id: int) -> None:
    create_key(writer, acme, "Excel")
    for change in (revoke_key, rotate_key, get_key):
        with pytest.raises(Refused, match=f"there is no key {key_id}") as caught:
            change(writer, key_id)
        assert "key list" in caught.value.hint


def test_no_key_is_in_the_files_of_the_database(path: Path, writer: sqlite3.Connection, acme: Company) -> None:
    key_id, first = create_key(writer, acme, "Excel")
    second = rotate_key(writer, key_id)
    _, third = create_key(writer, acme, "Board")

    files = {file.name: file.read_bytes() for file in path.parent.iterdir()}
    assert set(files) == {"plant.db", "plant.db-wal", "plant.db-shm"}
    everything = b"".join(files.values())
    assert b"Excel" in everything
    for key_text in (first, second, third):
        assert key_text.encode() not in everything
        assert key_text[4:36].encode() not in everything


# --- what is written is what is kept ------------------------------------------------------------------------------


def all_keys(connection: sqlite3.Connection) -> list[list[tuple[object, ...]]]:
    return [connection.execute(f"SELECT * FROM {table}").fetchall() for table in ("api_key", "api_key_site")]


def create_second(connection: sqlite3.Connection, acme: Company) -> None:
    create_key(connection, acme, "second", site_names=["Sydney"], expires="2999-12-31")


UNDONE = {
    "AFTER INSERT ON api_key": ("all_sites = 1, expires_at = NULL", create_second),
    "AFTER INSERT ON api_key_site": ("", create_second),
    "AFTER UPDATE OF revoked_at ON api_key": ("revoked_at = NULL", lambda connection, _: revoke_key(connection, 1)),
    "AFTER UPDATE OF hash ON api_key": ("hash = OLD.hash", lambda connection, _: rotate_key(connection, 1)),
}


@pytest.mark.parametrize("event", UNDONE)
def test_a_key_that_is_changed_while_it_is_written_is_said_to_be_unwritten(
    writer: sqlite3.Connection, acme: Company, sites: dict[str, int], event: str
) -> None:
    create_key(writer, acme, "Excel", site_names=["Sydney"])
    undone, command = UNDONE[event]
    undo = f"UPDATE api_key SET {undone} WHERE id = NEW.id" if undone else "DELETE FROM api_key_site"
    writer.execute(f"CREATE TRIGGER t {event} BEGIN {undo}; END")
    before = all_keys(writer)
    with pytest.raises(Refused, match="nothing was written, because something in the database changed at once"):
        command(writer, acme)
    assert all_keys(writer) == before


@pytest.mark.parametrize(
    ("stored", "allowed"),
    [
        ("all of it", ()),
        ("", ()),
        ("{", ()),
        ('{"safety": true}', ()),
        ('"production safety"', ()),
        ("null", ()),
        ("true", ()),
        ("[" * 100_000, ()),
        ("[]", ()),
        ('["safety", "everything", ["quality"], null]', ("safety",)),
        ('["safety", "safety"]', ("safety",)),
    ],
)
def test_resources_that_are_no_list_of_names_give_no_access(
    path: Path, writer: sqlite3.Connection, acme: Company, stored: str, allowed: tuple[str, ...]
) -> None:
    key_id, key_text = create_key(writer, acme, "Excel")
    writer.execute("UPDATE api_key SET resources = ?", (stored,))
    grant = find_grant(writer, key_text, NOW)
    assert grant is not None
    assert grant.resources == set(allowed)
    assert get_key(writer, key_id).resources == allowed
    named = f"api_key {key_id} has resources that are no JSON list of names; what is none gives no access"
    assert check(path) == ([] if stored in ("[]", '["safety", "safety"]') else [named])


def test_resources_that_are_no_text_give_no_access(path: Path, writer: sqlite3.Connection, acme: Company) -> None:
    _, key_text = create_key(writer, acme, "Excel")
    writer.execute("UPDATE api_key SET resources = CAST(x'ff5b' AS TEXT)")
    grant = find_grant(writer, key_text, NOW)
    assert grant is not None
    assert grant.resources == frozenset()
    assert "api_key 1 has resources that are no JSON list of names; what is none gives no access" in check(path)


@pytest.mark.parametrize("instant", [-(2**62), -62135596801, 253402300800, 2**62])
def test_an_expiry_that_is_no_instant_can_be_shown_and_is_named(
    path: Path, writer: sqlite3.Connection, acme: Company, instant: int
) -> None:
    key_id, key_text = create_key(writer, acme, "Excel")
    writer.execute("UPDATE api_key SET expires_at = ?", (instant,))
    grant = find_grant(writer, key_text, NOW)
    assert (grant is None) == (instant < 0)
    assert grant is None or (grant.expires_at or 0) <= instant
    assert get_key(writer, key_id).has_expired == (instant < 0)
    assert check(path) == [
        f"api_key {key_id} has an expires_at or revoked_at that is no instant of the years 1 to 9999"
    ]
