"""The summary as a flat table: the same sums as `/production/summary` itself."""

from __future__ import annotations

from nexshift.listings.runs import RUNS
from nexshift.listings.summary import SUMMARY, MachineSummary
from nexshift.parameters import SITE_ID
from nexshift.tables.column import Order
from nexshift.tables.figures import figures_of
from nexshift.tables.flattening import flatten
from nexshift.tables.table import Groups, Table

assert RUNS.score is not None
_RUN = figures_of(RUNS, RUNS.score)
_GROUP = {
    "machine_id": "m.uuid",
    "machine_name": "m.name",
    "site_id": "s.uuid",
    "site_name": "s.name",
    "runs": "count(*)",
    "units": f"exact_sum({_RUN.units})",
    "target": "coalesce(exact_sum(r.target_quantity) FILTER (WHERE r.target_quantity > 0), 0.0)",
    "units_with_target": f"exact_sum({_RUN.units}) FILTER (WHERE r.target_quantity > 0)",
    "busy": f"sum({_RUN.busy})",
    "downtime": f"sum({_RUN.downtime})",
}
_COLUMNS = tuple(
    flatten(
        MachineSummary,
        {
            "machine_id": "g.machine_id",
            "machine_name": "g.machine_name",
            "site_id": "g.site_id",
            "site_name": "g.site_name",
            "total_runs": "g.runs",
            "total_units": "g.units",
            "total_target": "g.target",
            "attainment_pct": "ratio_pct(g.units_with_target, g.target)",
            "availability_pct": "availability_pct(g.busy, g.busy - g.downtime)",
        },
    )
)
_NAMED = {column.name: column for column in _COLUMNS}

SUMMARY_TABLE = Table(
    name="production_summary",
    path=SUMMARY.path,
    resource=SUMMARY.resource,
    title=SUMMARY.title,
    description=SUMMARY.description,
    columns=_COLUMNS,
    key=("machine_id",),
    order=tuple(Order(_NAMED[name]) for name in ("site_name", "machine_name", "machine_id")),
    source="machine m CROSS JOIN site s ON s.id = m.site_id"
    " CROSS JOIN run r INDEXED BY run_summary ON r.machine_id = m.id AND r.ended_at IS NOT NULL",
    row="r",
    time=RUNS.time,
    fixed=RUNS.fixed,
    filters=(SITE_ID,),
    groups=Groups(by="m.id", columns=_GROUP),
)
