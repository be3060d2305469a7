"""How does the service describe itself?  The service document, and `$metadata` in CSDL 4.0, of some of the tables.

A client is told of what its key may read, and of nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

import msgspec

from nexshift.odata.functions import FUNCTIONS
from nexshift.tables.column import Column, Kind
from nexshift.tables.table import Table

NAMESPACE = "Nexshift"
CONTAINER = "Plant"

EDM_TYPES = {
    Kind.TEXT: "Edm.String",
    Kind.UUID: "Edm.Guid",
    Kind.INSTANT: "Edm.DateTimeOffset",
    Kind.DATE: "Edm.Date",
    Kind.WHOLE: "Edm.Int64",
    Kind.QUANTITY: "Edm.Double",
    Kind.PERCENTAGE: "Edm.Double",
    Kind.FLAG: "Edm.Boolean",
}
_CAPABILITIES = "Org.OData.Capabilities.V1"
_CORE = "Org.OData.Core.V1"
_VOCABULARIES = "https://oasis-tcs.github.io/odata-vocabularies/vocabularies/{}.xml"


def write_service_document(tables: Iterable[Table], root: str, *, has_metadata: bool) -> bytes:
    """The entity sets by name; their addresses are relative to the root."""
    sets = [{"name": table.name, "kind": "EntitySet", "url": table.name} for table in tables]
    context = {"@odata.context": f"{root}$metadata"} if has_metadata else {}
    return msgspec.json.encode({**context, "value": sets})


def write_metadata(tables: Iterable[Table]) -> bytes:
    """The types and sets as XML."""
    tables = tuple(tables)
    lines = ['<?xml version="1.0" encoding="utf-8"?>']
    lines.append('<edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx">')
    for vocabulary in (_CORE, _CAPABILITIES):
        lines.append(f'<edmx:Reference Uri="{_VOCABULARIES.format(vocabulary)}">')
        lines.append(f'<edmx:Include Namespace="{vocabulary}"/></edmx:Reference>')
    lines.append("<edmx:DataServices>")
    lines.append(f'<Schema Namespace="{NAMESPACE}" xmlns="http://docs.oasis-open.org/odata/ns/edm">')
    for table in tables:
        lines += _entity_type(table)
    lines.append(f'<EntityContainer Name="{CONTAINER}">')
    for table in tables:
        lines.append(f'<EntitySet Name="{table.name}" EntityType="{NAMESPACE}.{table.name}">')
        lines.append(f"{_description(f'{table.title}. {table.description}')}</EntitySet>")
    lines.append(f'<Annotation Term="{_CAPABILITIES}.BatchSupported" Bool="false"/>')
    lines.append(f'<Annotation Term="{_CAPABILITIES}.FilterFunctions"><Collection>')
    lines += [f"<String>{name}</String>" for name in FUNCTIONS]
    lines.append("</Collection></Annotation>")
    lines.append("</EntityContainer></Schema></edmx:DataServices></edmx:Edmx>")
    return "\n".join(lines).encode()


def _entity_type(table: Table) -> list[str]:
    return [
        f'<EntityType Name="{table.name}">',
        "<Key>" + "".join([f'<PropertyRef Name="{name}"/>' for name in table.key]) + "</Key>",
        *(_property(column) for column in table.columns),
        "</EntityType>",
    ]


def _property(column: Column) -> str:
    facets = "" if column.is_nullable else ' Nullable="false"'
    if column.kind is Kind.INSTANT:
        facets += ' Precision="0"'
    start = f'<Property Name="{column.name}" Type="{EDM_TYPES[column.kind]}"{facets}'
    return f"{start}>{_description(column.description)}</Property>" if column.description else f"{start}/>"


def _description(text: str) -> str:
    return f'<Annotation Term="{_CORE}.Description" String="{escape(text)}"/>'
