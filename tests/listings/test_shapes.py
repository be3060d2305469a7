"""Every endpoint's envelope, keys in order, nulls, and the types that its body is decoded with."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

import msgspec
import pytest

from nexshift.instants import format_instant
from nexshift.listing import Endpoint
from nexshift.listings import LISTINGS
from nexshift.storage.connection import ReadConnection
from nexshift.storage.keys import Grant
from tests.asking import ask, page
from tests.plants import FIRST, SLOT

# Keys in their order; `?` may be null, {} is an object, [] a list of objects.
ROWS = {
    "/production/runs": """
        id started_at ended_at status setup_duration_seconds running_at? units_produced target_quantity? batch_number?
        machine{id name uom} site{id name location?} product{id sku description} operator?{id full_name}
        scrap[id units reason? timestamp]
        downtime[id started_at ended_at? duration_minutes? category? reason?]
        oee{availability? performance? quality? overall?}""",
    "/production/summary": """
        machine_id machine_name site_id site_name total_runs total_units total_target attainment_pct? availability_pct?
        """,
    "/quality/checks": """
        id checked_at passed notes? machine?{id name} site{id name} template?{id name} logged_by?{id full_name}""",
    "/maintenance/downtime": """
        id started_at ended_at? duration_minutes? is_open reason? asset{id name asset_number category?} site{id name}
        """,
    "/safety/incidents": "id reference_number title severity status occurred_at location? site{id name}",
    "/batching/batches": """
        id batch_number total_qty qty_uom notes? created_at site_id site_name recipe_id recipe_code recipe_name
        recipe_version is_formulation
        ingredients[id material_id material_code material_name qty_used uom supplier_batch?]""",
    "/batching/logs": """
        id logged_at site_id site_name machine_id? machine_name? product_sku? product_description? run_id? batch_number?
        recipe_id? recipe_code? recipe_name? material_id material_code material_name qty_used uom supplier_batch?""",
}
META = {
    "/production/runs": "from to count",
    "/production/summary": "from to",
    "/quality/checks": "from to count",
    "/maintenance/downtime": "from to count",
    "/safety/incidents": "from to count",
    "/batching/batches": "count from to",
    "/batching/logs": "count",
}
FILTERS = {
    "/production/runs": "from to site_id machine_id limit",
    "/production/summary": "from to site_id",
    "/quality/checks": "from to site_id machine_id passed limit",
    "/maintenance/downtime": "from to site_id is_open limit",
    "/safety/incidents": "from to site_id status severity limit",
    "/batching/batches": "from to site_id limit",
    "/batching/logs": "from to site_id limit",
}


class Key(NamedTuple):
    """A key of an object: whether its value may be null, and the keys inside."""

    nullable: bool
    inside: dict[str, Key] | None
    is_list: bool


def read_shape(text: str) -> dict[str, Key]:
    open_shapes: list[dict[str, Key]] = [{}]
    for name, nullable, bracket in re.findall(r"(\w*)(\??)([{}\[\]]?)", text):
        if name:
            inside: dict[str, Key] | None = {} if bracket in ("{", "[") and bracket else None
            open_shapes[-1][name] = Key(bool(nullable), inside, bracket == "[")
            if inside is not None:
                open_shapes.append(inside)
        if bracket in ("}", "]") and bracket:
            open_shapes.pop()
    assert len(open_shapes) == 1
    return open_shapes[0]


def hold(row: dict[str, Any], shape: dict[str, Key], where: str, seen: set[tuple[str, bool]]) -> None:
    """The row has the shape; what was seen of each nullable key (name, is null) is added to `seen`."""
    assert list(row) == list(shape), where
    for name, key in shape.items():
        value = row[name]
        if key.nullable:
            seen.add((f"{where}{name}", value is None))
        else:
            assert value is not None, f"{where}{name}"
        if key.inside is not None and value is not None:
            for each in value if key.is_list else [value]:
                hold(each, key.inside, f"{where}{name}.", seen)
        else:
            assert not isinstance(value, dict | list), f"{where}{name}"


def nullable_keys(shape: dict[str, Key], where: str = "") -> set[str]:
    own = {where + name for name, key in shape.items() if key.nullable}
    return own.union(*(nullable_keys(key.inside, f"{where}{name}.") for name, key in shape.items() if key.inside))


def windows() -> list[dict[str, str]]:
    """No window, and one of each of fifty hours: the summary of an hour has machines without a target."""
    starts = [FIRST + SLOT * hour for hour in range(50)]
    return [{}] + [{"from": format_instant(at), "to": format_instant(at + SLOT - 1)} for at in starts]


def test_a_shape_is_read_as_it_is_written() -> None:
    shape = read_shape("id machine?{id name?} scrap[id units] oee{a?}")
    assert list(shape) == ["id", "machine", "scrap", "oee"]
    assert nullable_keys(shape) == {"machine", "machine.name", "oee.a"}
    assert [name for name, key in shape.items() if key.is_list] == ["scrap"]


def test_every_endpoint_has_a_shape_here() -> None:
    paths = [endpoint.path for endpoint in LISTINGS]
    assert paths == list(ROWS) == list(META) == list(FILTERS)


def test_the_parameters_are_the_filters_and_a_cursor_where_there_are_pages(endpoint: Endpoint) -> None:
    names = FILTERS[endpoint.path].split()
    if "limit" in names:
        names = [*names[:-1], "changed_after", "limit", "cursor"]
    assert [each.name for each in endpoint.parameters] == [*names, "format"]


def test_keys_stand_in_order_and_only_nullable_ones_are_null(
    endpoint: Endpoint, reader: ReadConnection, grant: Grant
) -> None:
    shape = read_shape(ROWS[endpoint.path])
    seen: set[tuple[str, bool]] = set()
    for window in windows():
        for row in page(reader, endpoint, grant, window)["data"]:
            hold(row, shape, "", seen)
    assert seen == {(name, is_null) for name in nullable_keys(shape) for is_null in (False, True)}


def test_the_envelope_is_company_data_meta(endpoint: Endpoint, reader: ReadConnection, grant: Grant) -> None:
    body = page(reader, endpoint, grant)
    assert list(body) == ["company", "data", "meta"]
    assert body["company"] == "Acme Manufacturing"
    assert list(body["meta"]) == META[endpoint.path].split()
    assert body["meta"].get("count", len(body["data"])) == len(body["data"]) > 0


def test_an_empty_page_has_the_same_envelope(endpoint: Endpoint, reader: ReadConnection, grant: Grant) -> None:
    body = page(reader, endpoint, grant, "from=1900-01-01&to=1900-12-31")
    assert body["data"] == []
    assert list(body["meta"]) == META[endpoint.path].split()
    assert body["meta"].get("count", 0) == 0


def test_next_cursor_is_the_last_key_of_meta(paged: Endpoint, reader: ReadConnection, grant: Grant) -> None:
    assert list(page(reader, paged, grant, "limit=2")["meta"]) == [*META[paged.path].split(), "next_cursor"]


@pytest.mark.parametrize(
    "endpoint", [each for each in LISTINGS if "from" in META[each.path].split()], ids=lambda each: each.path
)
def test_meta_echoes_what_was_sent(endpoint: Endpoint, reader: ReadConnection, grant: Grant) -> None:
    meta = page(reader, endpoint, grant, "to=9999-12-31&from=2026-03-01T06:30%2b10:00")["meta"]
    assert (meta["from"], meta["to"]) == ("2026-03-01T06:30+10:00", "9999-12-31")
    meta = page(reader, endpoint, grant)["meta"]
    assert (meta["from"], meta["to"]) == (None, None)


def test_a_body_decodes_strictly_and_encodes_to_the_same_bytes(
    endpoint: Endpoint, reader: ReadConnection, grant: Grant
) -> None:
    body = ask(reader, endpoint, grant)
    decoded = msgspec.json.Decoder(endpoint.body, strict=True).decode(body)
    assert msgspec.json.encode(decoded) == body


def test_the_example_is_a_row_of_that_shape(endpoint: Endpoint) -> None:
    example = dict(endpoint.example)
    hold(example, read_shape(ROWS[endpoint.path]), "", set())
    msgspec.convert(example, endpoint.record, strict=True)
