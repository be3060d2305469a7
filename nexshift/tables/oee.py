"""OEE of many runs together, by day, week, month, machine, product and site, and what their stops were about.

A run belongs wholly to the day of its start in the company's time zone.  Percentages are made of sums, never a mean of
percentages; performance is about the runs that have a planned time, and of none when no run has one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

from nexshift.listings.runs import RUNS
from nexshift.parameters import MACHINE_ID, SITE_ID
from nexshift.tables.column import Column, Kind, Order
from nexshift.tables.derived import derive_rows, local_date
from nexshift.tables.figures import figures_of, shown
from nexshift.tables.flattening import minutes
from nexshift.tables.table import Groups, Table

assert RUNS.score is not None
_RUN = figures_of(RUNS, RUNS.score)
_ROWS = derive_rows(RUNS)
_DAY = local_date("r.started_at")
# Days count from 1970-01-01, which was a Thursday; SQLite's % has the sign of its left side.
_WEEK = f"({_DAY} - (({_DAY} + 3) % 7 + 7) % 7)"
_MONTH = f"CAST(strftime('%s', {_DAY} * 86400, 'unixepoch', 'start of month') AS INTEGER) / 86400"

_HAS_PLAN = f"{_RUN.planned_per_unit} IS NOT NULL"
_SUMS = {
    "runs": "count(*)",
    "units": f"exact_sum({_RUN.units})",
    "scrap": f"exact_sum({_RUN.scrap})",
    "busy": f"sum({_RUN.busy})",
    "downtime": f"sum({_RUN.downtime})",
    "planned": f"exact_sum({_RUN.planned})",
    "planned_units": f"exact_sum({_RUN.units}) FILTER (WHERE {_HAS_PLAN})",
    "planned_actual": f"sum({_RUN.actual}) FILTER (WHERE {_HAS_PLAN})",
}
_ACTUAL = "(g.busy - g.downtime)"
_PERFORMANCE = f"coalesce(g.planned_units, g.units), coalesce(g.planned_actual, {_ACTUAL}), g.planned"


def _measure(name: str, kind: Kind, sql: str, description: str, *, is_nullable: bool = False) -> Column:
    return Column(name=name, kind=kind, sql=sql, is_nullable=is_nullable, description=description)


_MEASURES = (
    _measure("runs", Kind.WHOLE, "g.runs", "Completed runs."),
    _measure("units_produced", Kind.QUANTITY, "g.units", "Units of all runs, scrap included."),
    _measure("scrap_units", Kind.QUANTITY, "g.scrap", "Units that were thrown away."),
    _measure("planned_busy_time_seconds", Kind.WHOLE, "g.busy", "Sum of PBT."),
    _measure("downtime_seconds", Kind.WHOLE, "g.downtime", "Sum of the runs' downtime."),
    _measure("actual_unit_processing_time_seconds", Kind.WHOLE, _ACTUAL, "Sum of AUPT."),
    _measure(
        "planned_production_time_seconds",
        Kind.QUANTITY,
        shown("g.planned"),
        "Sum of PRI times units, over the runs that have a PRI.",
        is_nullable=True,
    ),
    _measure(
        "oee_availability",
        Kind.PERCENTAGE,
        f"availability_pct(g.busy, {_ACTUAL})",
        "Sum of AUPT by sum of PBT, in percent.",
        is_nullable=True,
    ),
    _measure(
        "oee_performance",
        Kind.PERCENTAGE,
        f"performance_pct({_PERFORMANCE})",
        "Sum of PRI times units by sum of AUPT, at most 100, over the runs that have a PRI.",
        is_nullable=True,
    ),
    _measure(
        "oee_quality",
        Kind.PERCENTAGE,
        "quality_pct(g.units, g.scrap)",
        "Units without scrap by units, in percent.",
        is_nullable=True,
    ),
    _measure(
        "oee_overall",
        Kind.PERCENTAGE,
        f"overall_pct(g.busy, {_ACTUAL}, {_PERFORMANCE}, g.units, g.scrap)",
        "The product of the three.",
        is_nullable=True,
    ),
    _measure(
        "oee_performance_uncapped",
        Kind.PERCENTAGE,
        f"performance_uncapped_pct({_PERFORMANCE})",
        "Performance in percent before it is cut off at 100.",
        is_nullable=True,
    ),
)


class _Period(NamedTuple):
    name: str
    sql: str
    column: str
    description: str


_PERIODS = (
    _Period("day", _DAY, "date", "The day, in the company's time zone."),
    _Period("week", _WEEK, "week_start", "Monday of the week, in the company's time zone."),
    _Period("month", _MONTH, "month_start", "First day of the month, in the company's time zone."),
)


def _by_period(period: _Period) -> Table:
    column = Column(name=period.column, kind=Kind.DATE, sql="g.period", description=period.description)
    return _grouped(
        f"by_{period.name}",
        f"OEE by {period.name}",
        f"OEE of all runs that started in a {period.name}, newest first.",
        keys=(column,),
        key=(period.column,),
        order=(Order(column, is_descending=True),),
        groups=Groups(by="period", columns={"period": period.sql, **_SUMS}),
    )


_JOINED = {
    "machine": "LEFT JOIN machine ON machine.id = g.part LEFT JOIN site ON site.id = machine.site_id",
    "product": "LEFT JOIN product ON product.id = g.part",
    "site": "LEFT JOIN site ON site.id = g.part",
}


def _by_part(part: str, names: tuple[str, ...], order: tuple[str, ...]) -> Table:
    """One row for each machine, product or site that has a run; `names` are columns of the runs' table."""
    keys = tuple(replace(_ROWS.column_of[name], sql=f"g.{name}") for name in names)
    named = {column.name: column for column in keys}
    return _grouped(
        f"by_{part}",
        f"OEE by {part}",
        f"OEE of all runs of each {part}, by name.",
        keys=keys,
        key=(f"{part}_id",),
        order=tuple(Order(named[name]) for name in (*order, f"{part}_id")),
        groups=Groups(
            by="part",
            columns={"part": f"r.{part}_id", **_SUMS},
            names={name: _ROWS.column_of[name].sql for name in names},
            joined=_JOINED[part],
        ),
    )


def _grouped(
    name: str,
    title: str,
    description: str,
    *,
    keys: tuple[Column, ...],
    key: tuple[str, ...],
    order: tuple[Order, ...],
    groups: Groups,
    measures: tuple[Column, ...] = _MEASURES,
    what: str = "oee",
    source: str = _ROWS.source,
) -> Table:
    return Table(
        name=f"production_{what}_{name}",
        path=f"/production/{what}-{name.replace('_', '-')}",
        resource=RUNS.resource,
        title=title,
        description=description,
        columns=(*keys, *measures),
        key=key,
        order=order,
        source=source,
        row=RUNS.row,
        time=RUNS.time,
        fixed=RUNS.fixed,
        filters=(SITE_ID, MACHINE_ID),
        groups=groups,
    )


# -- what stops were about ---------------------------------------------------------------------------------------------

_STOPS = next(child for child in RUNS.children if child.name == "downtime")
_CLOSED = "d.ended_at - d.started_at"
_SHARES: Mapping[str, str] = {
    "share": "ratio_pct(g.seconds, sum(g.seconds) OVER ())",
    "up_to": "ratio_pct(sum(g.seconds) OVER (ORDER BY g.seconds DESC, g.cause), sum(g.seconds) OVER ())",
}
_STOP_MEASURES = (
    _measure("stops", Kind.WHOLE, "g.stops", "Stops that have ended."),
    _measure("minutes", Kind.QUANTITY, minutes("g.seconds"), "Their own lengths added up."),
    _measure("share_pct", Kind.PERCENTAGE, "g.share", "Percent of the minutes of all.", is_nullable=True),
    _measure("cumulative_pct", Kind.PERCENTAGE, "g.up_to", "The same of this and all longer ones.", is_nullable=True),
)


def _pareto(cause: str) -> Table:
    column = Column(name=cause, kind=Kind.TEXT, sql="g.cause", description=f"Empty for stops without a {cause}.")
    total = Column(name="_seconds", kind=Kind.WHOLE, sql="g.seconds")
    return _grouped(
        f"by_{cause}",
        f"Downtime by {cause}",
        f"Ended stops of runs by {cause}, longest first.",
        keys=(column,),
        key=(cause,),
        order=(Order(total, is_descending=True), Order(column)),
        groups=Groups(
            by="cause",
            columns={
                "cause": f"coalesce({_STOPS.columns[cause]}, '')",
                "stops": "count(*)",
                "seconds": f"sum({_CLOSED})",
            },
            shares=_SHARES,
        ),
        measures=_STOP_MEASURES,
        what="downtime",
        source=f"run r CROSS JOIN {_STOPS.source.replace('page.value', 'r.id')} AND d.ended_at IS NOT NULL",
    )


OEE_TABLES = (
    *(_by_period(period) for period in _PERIODS),
    _by_part("machine", ("machine_id", "machine_name", "site_id", "site_name"), ("site_name", "machine_name")),
    _by_part("product", ("product_id", "product_sku", "product_description"), ("product_sku",)),
    _by_part("site", ("site_id", "site_name"), ("site_name",)),
    _pareto("category"),
    _pareto("reason"),
)
