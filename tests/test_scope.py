"""The WHERE of every listing: whose rows, and which of them, as SQL with bound values."""

from __future__ import annotations

from dataclasses import replace

import pytest

from nexshift.cursor import Position
from nexshift.listing import Endpoint
from nexshift.parameters import MACHINE_ID, SITE_ID, Filter, text_filter
from nexshift.query import Query
from nexshift.scope import write_scope, write_window
from nexshift.storage.keys import Grant
from nexshift.window import Window

SEVERITY = text_filter("severity", "", "{row}.severity = :severity")


def query(*filters: tuple[Filter, object], window: Window | None = None, after: Position | None = None) -> Query:
    return Query(window=window or Window(), filters=filters, format=None, limit=5, after=after, bound_to=())


def scope(grant: Grant, *filters: tuple[Filter, object]) -> tuple[str, dict[str, object]]:
    return write_scope(query(*filters), grant, row="r")


def test_the_company_is_in_every_scope(grant: Grant) -> None:
    for sites in (None, {}, {"u": 3}, {"u": 3, "v": 4}):
        for filters in (
            [],
            [(SITE_ID, "u")],
            [(MACHINE_ID, "m")],
            [(SITE_ID, "u"), (MACHINE_ID, "m"), (SEVERITY, "x")],
        ):
            sql, values = scope(replace(grant, sites=sites), *filters)
            assert "r.company_id = :company" in sql
            assert values["company"] == grant.company_id == 1


def test_without_filters_the_company_leads(grant: Grant) -> None:
    assert scope(grant) == ("r.company_id = :company", {"company": 1})


def test_the_sites_of_a_key_are_in_its_scope(grant: Grant) -> None:
    sql, values = scope(replace(grant, sites={"u": 3, "v": 4}))
    assert sql == "+r.site_id IN (SELECT value FROM json_each(:own_sites)) AND r.company_id = :company"
    assert values == {"company": 1, "own_sites": "[3, 4]"}


def test_the_only_site_of_a_key_leads(grant: Grant) -> None:
    sql, values = scope(replace(grant, sites={"u": 3}))
    assert sql == "r.site_id = :own_site AND +r.company_id = :company"
    assert values == {"company": 1, "own_site": 3}


def test_a_key_without_any_site_left_has_a_condition_that_nothing_meets(grant: Grant) -> None:
    sql, values = scope(replace(grant, sites={}))
    assert "+r.site_id IN (SELECT value FROM json_each(:own_sites))" in sql
    assert values["own_sites"] == "[]"


def test_a_site_filter_leads_and_a_machine_filter_before_it(grant: Grant) -> None:
    sql, values = scope(replace(grant, sites={"u": 3}), (SITE_ID, "u"))
    site = "(SELECT id FROM site WHERE company_id = :company AND uuid = :site_id)"
    own = "+r.site_id IN (SELECT value FROM json_each(:own_sites))"
    assert sql == f"r.site_id = {site} AND {own} AND +r.company_id = :company"
    assert values == {"company": 1, "site_id": "u", "own_sites": "[3]"}
    sql, _ = scope(grant, (SITE_ID, "u"), (MACHINE_ID, "m"))
    machine = "(SELECT id FROM machine WHERE company_id = :company AND uuid = :machine_id)"
    assert sql == f"+r.site_id = {site} AND r.machine_id = {machine} AND +r.company_id = :company"


def test_a_filter_that_leads_nothing_is_a_plain_condition(grant: Grant) -> None:
    sql, values = scope(grant, (SEVERITY, "x' OR 1=1"))
    assert sql == "r.severity = :severity AND r.company_id = :company"
    assert values == {"company": 1, "severity": "x' OR 1=1"}  # bound, never written into the SQL


def test_ids_are_looked_up_inside_the_company() -> None:
    for filter_ in (SITE_ID, MACHINE_ID):
        assert "WHERE company_id = :company AND uuid = :" in filter_.write("r", "u")


@pytest.mark.parametrize(
    ("window", "sql", "values"),
    [
        (Window(), "", {}),
        (Window(start=5), " AND r.at >= :start", {"start": 5}),
        (Window(stop=9), " AND r.at < :stop", {"stop": 9}),
        (Window(5, 9), " AND r.at >= :start AND r.at < :stop", {"start": 5, "stop": 9}),
        (Window(0, 0), " AND r.at >= :start AND r.at < :stop", {"start": 0, "stop": 0}),
    ],
)
def test_a_window_is_half_open(window: Window, sql: str, values: dict[str, int]) -> None:
    assert write_window(query(window=window), row="r", time="at") == (sql, values)


def test_after_a_cursor_come_older_rows_and_equally_old_ones_of_higher_id() -> None:
    sql, values = write_window(query(window=Window(5, 9), after=Position(7, "u")), row="r", time="at")
    assert sql == (" AND r.at >= :start AND r.at <= :after AND (r.at < :after OR r.uuid > :after_uuid)")
    assert values == {"start": 5, "after": 7, "after_uuid": "u"}


def test_no_endpoint_writes_a_tenant_itself(endpoint: Endpoint) -> None:
    """What a listing declares has no word of companies; only the conditions of shared id filters do."""
    declared = str([getattr(endpoint, name, "") for name in ("source", "fixed", "columns", "children")])
    assert "company" not in declared
