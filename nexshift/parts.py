"""What a row of a listing holds besides its own columns: lists of rows that belong to it, and a score."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from msgspec import Struct

from nexshift._rows import Reader
from nexshift.config import MAX_CACHED_NAMES
from nexshift.plan import Plan, make_plan, select
from nexshift.reader import make_reader, reader_of
from nexshift.storage.connection import ReadConnection
from oee_core import score_runs

Rows = list[tuple[Any, ...]]


@dataclass(frozen=True, kw_only=True)
class Child:
    """Rows that belong to a row of a page, and fill the list `name` of its record.

    The first column is the parent's integer key.  `source` joins the child to `page.value`, that key; rows come in the
    order of the index that this join uses.
    """

    name: str
    record: type[Struct]
    columns: Mapping[str, str] = field(hash=False)
    source: str
    order: tuple[str, ...]
    """SQL of what that order is by, behind the parent's; the last tells any two children apart."""
    table_description: str
    carries: Mapping[str, str] = field(hash=False)
    """Columns of the parent's flat table that stand in the children's as well, by the names they have there."""

    @property
    def sql(self) -> str:
        """The children of the keys in a JSON list."""
        return self.sql_of("json_each(?)")

    def sql_of(self, page: str) -> str:
        """The children of the keys in the column `value` of `page`."""
        # CROSS JOIN keeps the page's order: SQLite never swaps its sides.
        return f"SELECT {self._selected} FROM {page} AS page CROSS JOIN {self.source}"

    @cached_property
    def _selected(self) -> str:
        return select(self.columns)

    @cached_property
    def plan(self) -> Plan:
        return make_plan(self.record, list(self.columns))

    @cached_property
    def reader(self) -> Reader[Struct]:
        return reader_of(self.plan)


@dataclass(frozen=True, kw_only=True)
class Score:
    """The field `name`, a run's OEE, of its stops and scrap: the children of those names.

    Rows are handed on as they are: those children's first columns, and the page's first five, are what
    `oee_core.score_runs` takes.  The sixth, the ideal cycle time, is read by `standard`, the SQL for one `:machine` and
    `:product`, and remembered: a join would cost a page a quarter of what SQLite takes for its rows.
    """

    name: str
    record: type[Struct]
    stops: str
    scrap: str
    standard: str
    stored_downtime: str
    """SQL of a run's stored length of downtime."""

    @cached_property
    def reader(self) -> Reader[Struct]:
        return make_reader(self.record, self.record.__struct_fields__)

    def join(self, machine: str, product: str) -> str:
        """The ideal cycle time as the table `standard`, for whoever joins it after all."""
        return f"LEFT JOIN standard ON standard.machine_id = {machine} AND standard.product_id = {product}"

    def compute(
        self, connection: ReadConnection, rows: Rows, at: Mapping[str, int], children: Mapping[str, Rows]
    ) -> list[Struct]:
        """The score of each row; `at` is where the columns `_machine` and `_product` are."""
        known: dict[tuple[int, int], float | None] = connection.remembered(self)
        if len(known) > MAX_CACHED_NAMES:
            known.clear()
        machine, product = at["_machine"], at["_product"]
        runs: Rows = []
        for row in rows:
            key = (row[machine], row[product])
            if key not in known:
                found = connection.execute(self.standard, {"machine": key[0], "product": key[1]}).fetchone()
                known[key] = found[0] if found else None
            runs.append((*row[:5], known[key]))
        return self.reader.read(score_runs(runs, children[self.stops], children[self.scrap]))
