"""Nothing of another company, or of a site that the key may not read, ever appears, whatever is asked.

The strongest form: every answer and every refusal is byte for byte what it would be if the others' rows had never
existed, for parameters that name the others' sites, machines and cursors too.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from nexshift.errors import BadParameter, Forbidden
from nexshift.listing import Endpoint
from nexshift.storage.companies import pick_company
from nexshift.storage.connection import ReadConnection, open_key_reader, open_reader, open_writer, writing
from nexshift.storage.keys import Grant, create_key, find_grant
from tests.asking import ask, outcome, page, rows, takes
from tests.grants import GRANTS, grant_of
from tests.plants import COMPANIES, TAGS, Plant, Record

SEED = 5
UNKNOWN = "0b9f3a52-6c1e-4d7a-9a3e-5d2f7c8b1e40"
UUIDS = re.compile(rb"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def site_ids(grant: Grant) -> set[int] | None:
    return None if grant.sites is None else set(grant.sites.values())


@pytest.fixture(scope="module", params=[(company, kind) for company in COMPANIES for kind in GRANTS], ids=str)
def tenant(
    request: pytest.FixtureRequest, plant: Plant, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Grant, ReadConnection]]:
    """A grant, and a database in which there is nothing but what it may read."""
    company, kind = request.param
    grant = grant_of(plant, company, kind)
    path = tmp_path_factory.mktemp("alone") / "plant.db"
    connection = open_reader(plant.write(path, companies=(company,), sites=site_ids(grant)))
    yield grant, connection
    connection.close()


class Asker:
    """Random parameters, good and bad ones, the others' ids and cursors among them."""

    def __init__(self, plant: Plant, endpoint: Endpoint, cursors: list[str]) -> None:
        self.rng = random.Random(SEED)
        sites = [site["uuid"] for site in plant.tables["site"]]
        machines = [machine["uuid"] for machine in plant.tables["machine"]]
        self.names = [parameter.name for parameter in endpoint.parameters]
        self.values: dict[str, list[Any]] = {
            "site_id": [*sites, *(site.upper() for site in sites), UNKNOWN, "abc"],
            "machine_id": [*machines, UNKNOWN, ""],
            "from": ["2026-03-01", "0001-01-01", "2026-03-02T01:00:00+10:00", "2026-13-01"],
            "to": ["2026-03-01", "9999-12-31", "2026-03-02T01:00:00Z", "tomorrow"],
            "limit": [1, 3, 40, 1000, 1001],
            "passed": ["true", "FALSE", "maybe"],
            "is_open": ["true", "false", "1"],
            "status": ["closed", "reported", "open"],
            "severity": ["minor", "Major", "nobody"],
            "changed_after": ["0", "1", "new"],
            "cursor": [*cursors, "x"],
            "format": ["json", "yaml"],
            "form": ["1"],
        }
        self.rates = {"form": 0.02, "format": 0.1, "cursor": 0.2}

    def draw(self) -> dict[str, Any]:
        names = [name for name in [*self.names, "form"] if self.rng.random() < self.rates.get(name, 0.35)]
        self.rng.shuffle(names)
        return {name: self.rng.choice(self.values[name]) for name in names}


def cursors_of(reader: ReadConnection, endpoint: Endpoint, grants: list[Grant]) -> list[str]:
    """A page's cursor of each key, for the query without filters."""
    if not takes(endpoint, "cursor"):
        return ["x"]
    metas = [page(reader, endpoint, grant, "limit=3")["meta"] for grant in grants]
    return [meta["next_cursor"] for meta in metas if "next_cursor" in meta]


def test_every_answer_is_what_it_would_be_without_the_others(
    endpoint: Endpoint, reader: ReadConnection, plant: Plant, tenant: tuple[Grant, ReadConnection]
) -> None:
    print(f"seed {SEED}")
    grant, alone = tenant
    grants = [grant, *(grant_of(plant, company, kind) for company in COMPANIES for kind in GRANTS)]
    asker = Asker(plant, endpoint, cursors_of(reader, endpoint, grants))
    statuses = []
    for sent in [{}, *(asker.draw() for _ in range(120))]:
        among_others = outcome(reader, endpoint, grant, sent)
        assert among_others == outcome(alone, endpoint, grant, sent), sent
        statuses.append(among_others[0])
        asked = sent.get("site_id", "").lower()
        if grant.sites is not None and asked not in ("", "abc", *grant.sites):
            assert among_others == (403, b"API key does not have access to the requested resource")
        else:
            assert among_others[0] != 403
    assert {200, 400} <= set(statuses)


def owned(plant: Plant, grant: Grant) -> set[str]:
    """The ids that a grant may see."""
    sites = site_ids(grant)
    found: set[str] = set()
    parents: dict[str, set[int]] = {"run": set(), "batch": set()}
    for table, records in plant.tables.items():
        for row in records:
            if table in ("scrap", "downtime"):
                mine = row["run_id"] in parents["run"]
            elif table == "ingredient":
                mine = row["batch_id"] in parents["batch"]
            else:
                mine = row.get("company_id") == grant.company_id and _at(table, row, sites)
            if mine:
                found.add(row["uuid"])
                parents.setdefault(table, set()).add(row.get("id", 0))
    return found


def _at(table: str, row: Record, sites: set[int] | None) -> bool:
    site = row["id"] if table == "site" else row.get("site_id")
    return sites is None or site is None or site in sites


def test_no_id_and_no_text_of_the_others_appears(
    endpoint: Endpoint, reader: ReadConnection, plant: Plant, tenant: tuple[Grant, ReadConnection]
) -> None:
    grant, _ = tenant
    mine, sites = owned(plant, grant), site_ids(grant)
    asker = Asker(plant, endpoint, cursors_of(reader, endpoint, [grant]))
    other = next(TAGS[company] for company in COMPANIES if company != grant.company_id)
    seen: set[str] = set()
    for sent in [{}, *(asker.draw() for _ in range(60))]:
        status, body = outcome(reader, endpoint, grant, sent)
        if status == 200:
            ids = {each.decode() for each in UUIDS.findall(body)}
            assert ids <= mine, sent
            seen |= ids
        assert other.encode() not in body
        if sites is not None:
            tagged = {int(number) for number in re.findall(rb" at ([0-9]+)", body)}
            assert tagged <= sites
    assert bool(seen) == (sites != set())


@pytest.mark.parametrize("kind", GRANTS)
def test_the_ids_of_others_are_like_ids_that_do_not_exist(
    endpoint: Endpoint, reader: ReadConnection, plant: Plant, kind: str
) -> None:
    grant = grant_of(plant, 1, kind)
    sites = site_ids(grant)
    for machine in [*plant.of("machine", 2), *(each for each in plant.of("machine", 1) if not _at("", each, sites))]:
        if takes(endpoint, "machine_id"):
            nothing = ask(reader, endpoint, grant, {"machine_id": UNKNOWN})
            assert ask(reader, endpoint, grant, {"machine_id": machine["uuid"]}) == nothing
            assert b'"data":[]' in nothing
    for site in plant.tables["site"]:
        sent = {"site_id": site["uuid"]}
        if sites is not None and site["id"] not in sites:
            with pytest.raises(Forbidden):
                ask(reader, endpoint, grant, sent)
        elif site["company_id"] == 2:
            assert ask(reader, endpoint, grant, sent) == ask(reader, endpoint, grant, {"site_id": UNKNOWN})
            assert rows(reader, endpoint, grant, sent) == []
        else:
            assert rows(reader, endpoint, grant, sent) != []


def test_a_site_off_the_list_is_forbidden_whatever_else_is_wrong(
    endpoint: Endpoint, reader: ReadConnection, plant: Plant
) -> None:
    grant = grant_of(plant, 1, "one site")
    off = [site["uuid"] for site in plant.tables["site"] if site["name"] != "a-annex" or site["company_id"] == 2]
    assert len(off) == 7
    for site in [*off, UNKNOWN]:
        for bad in ({}, {"form": 1}, {"limit": 0}, {"from": "x"}, {"cursor": "x"}):
            sent = urlencode(bad)
            for query in (f"site_id={site}&{sent}", f"{sent}&site_id={site.upper()}"):
                with pytest.raises(Forbidden):
                    ask(reader, endpoint, grant, query)


def test_another_keys_cursor_is_refused_without_a_word_about_it(
    paged: Endpoint, reader: ReadConnection, plant: Plant
) -> None:
    (cursor,) = cursors_of(reader, paged, [grant_of(plant, 2)])
    with pytest.raises(BadParameter) as caught:
        ask(reader, paged, grant_of(plant, 1), {"cursor": cursor})
    assert caught.value.sentence == (
        "cursor must be the next_cursor of a page with the same path, filters and key,"
        f' not "{cursor}"; start again without it'
    )


def test_a_grant_with_another_companys_site_or_an_unknown_one_reads_nothing(
    endpoint: Endpoint, reader: ReadConnection, plant: Plant, grant: Grant
) -> None:
    theirs = plant.site(2, "Brisbane")
    for sites in (
        {theirs["uuid"]: theirs["id"]},
        {UNKNOWN: 99_999},
        {theirs["uuid"]: theirs["id"], UNKNOWN: 99_999},
    ):
        limited = replace(grant, sites=sites)
        assert rows(reader, endpoint, limited) == []
        assert rows(reader, endpoint, limited, {"site_id": next(iter(sites))}) == []


class TestRealKeys:
    """Grants as they are found for keys in the database."""

    @staticmethod
    def key(path: Path, sites: list[str] | None = None) -> str:
        connection = open_writer(path)
        company = pick_company(connection, "Acme Manufacturing")
        _, text = create_key(connection, company, "Excel", site_names=sites)
        connection.close()
        return text

    @staticmethod
    def grant(path: Path, text: str) -> Grant:
        connection = open_key_reader(path)
        found = find_grant(connection, text, now=0)
        connection.close()
        assert found is not None
        return found

    @pytest.mark.parametrize("kind", ["all", "one site", "two sites"])
    def test_a_key_reads_what_its_grant_here_reads(
        self, endpoint: Endpoint, own_file: Path, plant: Plant, kind: str
    ) -> None:
        names = GRANTS[kind]
        found = self.grant(own_file, self.key(own_file, None if names is None else list(names)))
        assert found.sites == grant_of(plant, 1, kind).sites
        reader = open_reader(own_file)
        assert ask(reader, endpoint, found) == ask(reader, endpoint, grant_of(plant, 1, kind))
        reader.close()

    def test_a_key_whose_last_site_was_deleted_reads_nothing(self, endpoint: Endpoint, own_file: Path) -> None:
        connection = open_writer(own_file)
        with writing(connection):
            connection.execute("INSERT INTO site VALUES (99, ?, 1, 'Closed', NULL, 1)", (UNKNOWN,))
        text = self.key(own_file, ["Closed"])
        with writing(connection):
            connection.execute("DELETE FROM site WHERE id = 99")
        connection.close()
        found = self.grant(own_file, text)
        assert found.sites == {}
        reader = open_reader(own_file)
        assert rows(reader, endpoint, found) == []
        with pytest.raises(Forbidden):
            ask(reader, endpoint, found, {"site_id": UNKNOWN})
        reader.close()
