"""A listing that does not fit its record or the schema refuses to start, in a sentence that names what is wrong."""

from __future__ import annotations

from dataclasses import replace

import pytest
from msgspec import Struct

from nexshift.listing import Endpoint, Listing
from nexshift.listings.batches import BATCHES
from nexshift.listings.downtime import DOWNTIME
from nexshift.listings.incidents import INCIDENTS
from nexshift.listings.runs import RUNS
from nexshift.names import Lookup
from nexshift.parameters import flag_filter, text_filter
from nexshift.storage.connection import ReadConnection
from nexshift.storage.library import sqlite3


def refusal(reader: ReadConnection, listing: Listing) -> str:
    with pytest.raises((ValueError, sqlite3.OperationalError)) as caught:
        listing.prepare(reader)
    return str(caught.value)


def without(listing: Listing, name: str) -> Listing:
    return replace(listing, columns={each: source for each, source in listing.columns.items() if each != name})


def renamed(listing: Listing, old: str, new: str) -> Listing:
    return replace(listing, columns={new if each == old else each: source for each, source in listing.columns.items()})


def with_source(listing: Listing, name: str, source: str) -> Listing:
    return replace(listing, columns={**listing.columns, name: source})


def test_every_endpoint_starts(endpoint: Endpoint, reader: ReadConnection) -> None:
    endpoint.prepare(reader)


def test_a_missing_column_is_named(paged: Endpoint, reader: ReadConnection) -> None:
    assert isinstance(paged, Listing)
    for name in paged.columns:
        if name != "_ideal_cycle_seconds":  # which the score takes, by its position
            assert name.split(".")[0] in refusal(reader, without(paged, name))


def test_a_missing_column_of_a_nested_record_is_named(reader: ReadConnection) -> None:
    assert refusal(reader, without(INCIDENTS, "site.name")) == "Reference: no column fills site.name"


def test_a_column_too_many_is_named(paged: Endpoint, reader: ReadConnection) -> None:
    assert isinstance(paged, Listing)
    sentence = refusal(reader, with_source(paged, "extra", "1"))
    assert sentence == f"{paged.record.__name__} has no field for: extra"


def test_a_misspelt_column_is_named(reader: ReadConnection) -> None:
    assert refusal(reader, renamed(INCIDENTS, "title", "tittle")) == "Incident: no column fills title"
    assert refusal(reader, renamed(INCIDENTS, "site.name", "site.nane")) == "Reference: no column fills site.name"


def test_a_column_that_the_database_lacks_is_named(paged: Endpoint, reader: ReadConnection) -> None:
    assert isinstance(paged, Listing)
    sentence = refusal(reader, with_source(paged, "id", f"{paged.row}.uid"))
    assert sentence == f"no such column: {paged.row}.uid"


def test_a_table_that_the_database_lacks_is_named(reader: ReadConnection) -> None:
    listing = replace(INCIDENTS, source=INCIDENTS.source.replace("site s", "sites s"))
    assert refusal(reader, listing) == "no such table: sites"


def test_a_table_whose_changes_have_no_number_is_named(reader: ReadConnection) -> None:
    listing = replace(INCIDENTS, source=INCIDENTS.source.replace("incident i", "scrap i"))
    assert refusal(reader, listing) == "rows of scrap have no number of their last change"


def test_the_column_that_orders_pages_is_needed(reader: ReadConnection) -> None:
    class Nameless(Struct, frozen=True, gc=False):
        """A record without an instant."""

        id: str

    listing = replace(INCIDENTS, record=Nameless, columns={"id": "i.uuid"})
    assert refusal(reader, listing) == ("/safety/incidents has no column occurred_at, by which its pages are ordered")


@pytest.mark.parametrize(
    "wrong",
    [
        text_filter("title", "Of this title.", "{row}.titel = :title"),
        flag_filter("is_open", "Open ones.", {True: "{row}.uuid = '1'", False: "{row}.titel IS NULL"}),
    ],
)
def test_a_filter_on_a_column_that_is_not_there_is_refused(reader: ReadConnection, wrong: object) -> None:
    listing = replace(INCIDENTS, filters=(*INCIDENTS.filters, wrong))
    assert refusal(reader, listing) == "no such column: i.titel"


def test_a_wrong_fixed_condition_is_refused(reader: ReadConnection) -> None:
    assert refusal(reader, replace(DOWNTIME, fixed="d.state = 1")) == "no such column: d.state"


def test_a_childs_columns_are_held_against_its_record(reader: ReadConnection) -> None:
    (child,) = BATCHES.children
    extra = replace(child, columns={**child.columns, "colour": "i.uom"})
    assert refusal(reader, replace(BATCHES, children=(extra,))) == "Ingredient has no field for: colour"
    absent = replace(child, columns={**child.columns, "uom": "i.unit"})
    assert refusal(reader, replace(BATCHES, children=(absent,))) == "no such column: i.unit"


def test_children_without_a_field_are_refused(reader: ReadConnection) -> None:
    (child,) = BATCHES.children
    other = replace(child, name="parts")
    assert refusal(reader, replace(BATCHES, children=(other,))) == "Batch: no column fills ingredients"
    both = replace(BATCHES, children=(child, other))
    assert refusal(reader, both) == "Batch has no field for: parts"


def test_a_lookup_is_held_against_its_record_and_needs_its_key(reader: ReadConnection) -> None:
    machine, *others = RUNS.lookups
    wrong = Lookup(name="machine", record=machine.record, table="machine", columns={"id": "uuid", "name": "name"})
    assert refusal(reader, replace(RUNS, lookups=(wrong, *others))) == "RunMachine: no column fills uom"
    assert refusal(reader, without(RUNS, "_machine")) == "Run: no column _machine to look machine up by"
    twice = replace(RUNS, lookups=(*RUNS.lookups, machine))
    assert refusal(reader, twice).startswith("Run: one name comes twice among started_at, ended_at,")
