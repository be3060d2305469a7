"""Which things are referred to by a name, and what refers to them in memory?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Kind:
    """A table whose rows are referred to by a name."""

    table: str
    noun: str
    name: str
    """The column that holds the name."""
    copies: tuple[str, ...] = ()
    """Columns that a created row fills with its name too."""
    is_always_created: bool = False
    is_never_created: bool = False


SITE = Kind("site", "site", "name")
MACHINE = Kind("machine", "machine", "name")
ASSET = Kind("asset", "asset", "asset_number", copies=("name",))
PRODUCT = Kind("product", "product", "sku")
MATERIAL = Kind("material", "material", "code", copies=("name",))
RECIPE = Kind("recipe", "recipe", "code", copies=("name",))
OPERATOR = Kind("operator", "operator", "full_name", is_always_created=True)
TEMPLATE = Kind("template", "template", "name", is_always_created=True)
BATCH = Kind("batch", "batch", "batch_number", is_never_created=True)


@dataclass(eq=False, slots=True)
class New:
    """A row that is created when the row that names it is stored."""

    kind: Kind
    values: dict[str, Any]
    id: int | None = None


Ref = int | New
"""The row that a name stands for."""


@dataclass(frozen=True, slots=True)
class Place:
    """A machine, an asset or a batch, and its site."""

    id: Ref
    site_id: Ref


@dataclass(frozen=True, slots=True)
class Run:
    """What others need to know of the run that they belong to."""

    id: int
    machine_id: int
    site_id: int
    started_at: int
    ended_at: int | None
