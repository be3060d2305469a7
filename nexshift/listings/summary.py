"""`/production/summary`: totals, attainment and availability of each machine over a window."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from msgspec import UNSET, Struct

from nexshift._rows import Reader
from nexshift._totals import total_runs
from nexshift.changes import settle
from nexshift.envelope import Page, WindowOnly, encode_page, make_body, make_meta
from nexshift.parameters import FORMAT, FROM, SITE_ID, TO, Parameter
from nexshift.parts import Rows
from nexshift.plan import select
from nexshift.query import Query
from nexshift.reader import make_reader
from nexshift.records import Attainment, Percentage, Quantity, Uuid
from nexshift.scope import Values, write_scope, write_window
from nexshift.storage.connection import ReadConnection, reading
from nexshift.storage.keys import Grant
from oee_core import Sums, percent, sum_runs


class MachineSummary(Struct, frozen=True, gc=False):
    """A machine's completed runs added up; percentages are made of the sums, never a mean of percentages."""

    machine_id: Uuid
    machine_name: str
    site_id: Uuid
    site_name: str
    total_runs: int
    total_units: Quantity
    total_target: Quantity
    attainment_pct: Attainment | None
    availability_pct: Percentage | None


_MACHINE = {"machine_id": "m.uuid", "machine_name": "m.name", "site_id": "s.uuid", "site_name": "s.name"}
_TOTALS = ("total_runs", "total_units", "total_target", "attainment_pct", "availability_pct")
# What `total_runs` takes.  `oee_core.sum_runs` takes the same with keys before them.
_RUN = "r.started_at, r.ended_at, r.units_produced, r.target_quantity, r.downtime_seconds"
_STOP = "d.started_at, d.ended_at"
_KEYLESS = (_RUN, f"r.started_at, {_STOP}")
_WITH_KEYS = (f"r.machine_id, r.id, {_RUN}", f"d.run_id, {_STOP}")


@dataclass(frozen=True, kw_only=True)
class Summary:
    """An endpoint with one row for each machine that has a completed run in the window.

    A machine at a time, so that memory holds one machine's runs and not those of the company, and so that a window
    is a stretch of the index, whatever the years outside of it.
    """

    path: str
    resource: str
    title: str
    description: str
    record: type[Struct] = MachineSummary
    parameters: tuple[Parameter, ...] = (FROM, TO, SITE_ID, FORMAT)
    example: Mapping[str, Any] = field(hash=False)

    @cached_property
    def body(self) -> type[Struct]:
        return make_body(self.record, WindowOnly)

    @cached_property
    def reader(self) -> Reader[Struct]:
        return make_reader(self.record, [*_MACHINE, *_TOTALS])

    def prepare(self, connection: ReadConnection) -> None:
        _ = self.reader
        connection.execute(f"SELECT m.id, {select(_MACHINE)} FROM site s CROSS JOIN machine m LIMIT 0")
        connection.execute(f"SELECT {_RUN} FROM run r LIMIT 0")

    def page(self, connection: ReadConnection, grant: Grant, query: Query) -> Page:
        with reading(connection):
            query, token = settle(connection, query, grant.company_id)
            rows = [
                (*machine, *_total(sums))
                for key, *machine in connection.execute(*self.write_machines(query, grant)).fetchall()
                for sums in self._sum(connection, grant, query, key)
            ]
        data = self.reader.read(rows)
        return encode_page(self.body(grant.company, data, make_meta(WindowOnly, query, len(data), UNSET)), token)

    def write_machines(self, query: Query, grant: Grant) -> tuple[str, Values]:
        """The machines by site and name, which are the orders of their tables' unique indexes."""
        scope, values = write_scope(query, grant, row="m")
        return (
            f"SELECT m.id, {select(_MACHINE)} FROM site s CROSS JOIN machine m ON m.site_id = s.id"
            f" WHERE s.company_id = :company AND {scope} ORDER BY s.name, m.name",
            values,
        )

    def write_runs(self, query: Query, grant: Grant, machine: int, columns: tuple[str, str]) -> tuple[str, str, Values]:
        """The machine's runs, and in their order the stops of those whose length of downtime is not stored."""
        scope, values = write_scope(query, grant, row="+r")
        window, bounds = write_window(query, row="r", time="started_at")
        rows = f"WHERE r.machine_id = :machine AND {scope}{window}"
        run, stop = columns
        return (
            # A run is completed when it has ended (a CHECK of the table); run_summary has no status.
            f"SELECT {run} FROM run r {rows} AND r.ended_at IS NOT NULL ORDER BY r.started_at",
            f"SELECT {stop} FROM run r CROSS JOIN downtime d ON d.run_id = r.id"
            f" {rows} AND r.status = 'completed' AND r.downtime_seconds IS NULL ORDER BY r.started_at",
            values | bounds | {"machine": machine},
        )

    def _sum(self, connection: ReadConnection, grant: Grant, query: Query, machine: int) -> list[Sums]:
        """The machine's sums; none when it has no run in the window."""
        if connection.statements is not None:
            total = total_runs(connection.statements, machine, *self.write_runs(query, grant, machine, _KEYLESS))
            return [] if total is None else [total]
        runs_sql, stops_sql, values = self.write_runs(query, grant, machine, _WITH_KEYS)
        runs: Rows = connection.execute(runs_sql, values).fetchall()
        stops: Rows = connection.execute(stops_sql, values).fetchall()
        return sum_runs(runs, stops)


def _total(sums: Sums) -> tuple[Any, ...]:
    return sums.runs, sums.units, sums.target, percent(sums.attainment), percent(sums.availability)


SUMMARY = Summary(
    path="/production/summary",
    resource="production",
    title="Production summary",
    description="One row for each machine that has a completed run in the window, by site and machine name.",
    example={
        "machine_id": "019d27a1-5d60-7000-8000-000000000003",
        "machine_name": "Auto 3",
        "site_id": "019d27a1-5d60-7000-8000-000000000001",
        "site_name": "Brisbane",
        "total_runs": 1,
        "total_units": 9700,
        "total_target": 10000,
        "attainment_pct": 97.0,
        "availability_pct": 83.4,
    },
)
