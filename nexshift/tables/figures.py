"""What is a run's OEE made of, as SQL?  Seconds, units and the percentages that our SQL functions make of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from nexshift.listing import Listing
from nexshift.parts import Child, Score


class Figures(NamedTuple):
    """SQL about one run, for a FROM in which its ideal cycle time is joined."""

    busy: str
    downtime: str
    actual: str
    units: str
    scrap: str
    planned_per_unit: str
    planned: str
    uncapped: str
    percentages: Mapping[str, str]


def figures_of(listing: Listing, score: Score) -> Figures:
    """The figures of a listing whose first five columns are those of a run that can be scored."""
    key, started_at, ended_at, units, target = list(listing.columns.values())[:5]
    stops, scrapped = (_of(listing, name) for name in (score.stops, score.scrap))
    busy = f"({ended_at} - {started_at})"
    downtime = f"coalesce({score.stored_downtime}, ({_total_stops(stops, key, started_at, ended_at)}), 0)"
    actual = f"({busy} - {downtime})"
    _, amount = list(scrapped.columns.values())[:2]
    scrap = f"coalesce((SELECT exact_sum({amount}) FROM {_belonging(scrapped, key)}), 0.0)"
    per_unit = f"coalesce({_IDEAL}, {busy} / nullif({target}, 0.0))"
    planned = f"({per_unit} * {units})"
    return Figures(
        busy=busy,
        downtime=downtime,
        actual=actual,
        units=units,
        scrap=scrap,
        planned_per_unit=per_unit,
        planned=planned,
        uncapped=f"performance_uncapped_pct({units}, {actual}, {planned})",
        percentages={
            "availability": f"availability_pct({busy}, {actual})",
            "performance": f"performance_pct({units}, {actual}, {planned})",
            "quality": f"quality_pct({units}, {scrap})",
            "overall": f"overall_pct({busy}, {actual}, {units}, {actual}, {planned}, {units}, {scrap})",
        },
    )


_IDEAL = "standard.ideal_cycle_seconds"


def shown(quantity: str) -> str:
    """SQL of a quantity to show: NULL where it is beyond the largest double, as a time by a tiny target may be."""
    return f"nullif({quantity}, 9e999)"


def _of(listing: Listing, name: str) -> Child:
    return next(child for child in listing.children if child.name == name)


def _belonging(child: Child, key: str) -> str:
    """FROM and WHERE of the children of one row."""
    return child.source.replace("page.value", key).replace(" ON ", " WHERE ", 1)


def _total_stops(stops: Child, key: str, started_at: str, ended_at: str) -> str:
    _, begin, end = list(stops.columns.values())[:3]
    return f"SELECT stopped_seconds({begin}, {end}, {started_at}, {ended_at}) FROM {_belonging(stops, key)}"
