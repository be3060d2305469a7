"""What may this key read?  `GET /api/v1/access`: whoever holds a key learns from it what the key is good for.

The page at /connect asks it first; a program may, before it fetches anything.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal

import msgspec
from litestar.concurrency import sync_to_thread
from litestar.handlers import HTTPRouteHandler
from litestar.types import ASGIApp, Scope
from msgspec import Meta, Struct

from nexshift.config import API_PREFIX, RESOURCES
from nexshift.instants import format_instant
from nexshift.parameters import EXAMPLE_ID
from nexshift.query import parse_query
from nexshift.records import Instant, Reference
from nexshift.storage.connection import ReadConnection
from nexshift.storage.keys import Grant
from nexshift.storage.pool import ReadPool
from nexshift.tables import TABLES
from nexshift.tables.column import Kind
from nexshift.tables.table import Table
from nexshift.web.admission import Gate
from nexshift.web.content import PAGE_HEADERS, Content
from nexshift.web.methods import READING

ACCESS_PATH = f"{API_PREFIX}/access"


ColumnType = Literal["text", "uuid", "instant", "date", "integer", "number", "boolean"]
_TYPES: Mapping[Kind, ColumnType] = {
    Kind.TEXT: "text",
    Kind.UUID: "uuid",
    Kind.INSTANT: "instant",
    Kind.DATE: "date",
    Kind.WHOLE: "integer",
    Kind.QUANTITY: "number",
    Kind.PERCENTAGE: "number",
    Kind.FLAG: "boolean",
}


class AccessColumn(Struct, frozen=True):
    """A column of a flat table."""

    name: str
    type: ColumnType
    nullable: bool
    description: str


class AccessTable(Struct, frozen=True):
    """A flat table: one row a record."""

    name: Annotated[str, Meta(description="Its name as an OData entity set.")]
    path: Annotated[str, Meta(description="Below /api/v1, with `format=csv` or `format=xlsx`.")]
    resource: str
    title: str
    description: str
    columns: list[AccessColumn]


class Access(Struct, frozen=True):
    """What a key may read."""

    company: str
    timezone: str
    key: str
    expires_at: Instant | None
    resources: list[str]
    sites: list[Reference]
    tables: list[AccessTable]


EXAMPLE = Access(
    company="Acme Manufacturing",
    timezone="Australia/Brisbane",
    key="planner's Excel",
    expires_at="2026-12-31T14:00:00Z",
    resources=["production"],
    sites=[Reference(EXAMPLE_ID, "Brisbane")],
    tables=[
        AccessTable(
            name="production_runs",
            path="/production/runs",
            resource="production",
            title="Production runs",
            description="Completed production runs with their scrap, stops and OEE, newest first.",
            columns=[AccessColumn("id", "uuid", False, "")],
        )
    ],
)


def make_access_route(pool: ReadPool[ReadConnection], gate: Gate, tables: Sequence[Table] = TABLES) -> HTTPRouteHandler:
    """The route, behind the gate; any valid key may ask."""
    described = [(table, _describe_table(table)) for table in tables]

    async def read(scope: Scope) -> ASGIApp:
        grant = (await gate.admit(scope)).grant
        parse_query(ACCESS_PATH, (), scope["query_string"], grant)
        sites = await sync_to_thread(_read_sites, pool, grant)
        return Content(msgspec.json.encode(_describe(grant, sites, described)), PAGE_HEADERS, reader=grant.key_id)

    return HTTPRouteHandler(ACCESS_PATH, http_method=READING)(read)


def _read_sites(pool: ReadPool[ReadConnection], grant: Grant) -> list[Reference]:
    """Those that the grant may see, by name; all of the company's where it is not limited to some."""
    with pool.lend() as connection:
        rows = connection.execute(
            "SELECT uuid, name FROM site WHERE company_id = ? ORDER BY name, uuid", (grant.company_id,)
        ).fetchall()
    return [Reference(uuid, name) for uuid, name in rows if grant.sites is None or uuid in grant.sites]


def _describe(grant: Grant, sites: Sequence[Reference], tables: Sequence[tuple[Table, AccessTable]]) -> Access:
    return Access(
        company=grant.company,
        timezone=grant.zone.key,
        key=grant.key_name,
        expires_at=None if grant.expires_at is None else format_instant(grant.expires_at),
        resources=[resource for resource in RESOURCES if resource in grant.resources],
        sites=list(sites),
        tables=[described for table, described in tables if table.is_open_to(grant)],
    )


def _describe_table(table: Table) -> AccessTable:
    return AccessTable(
        name=table.name,
        path=table.path,
        resource=table.resource,
        title=table.title,
        description=table.description,
        columns=[
            AccessColumn(column.name, _TYPES[column.kind], column.is_nullable, column.description)
            for column in table.columns
        ],
    )
