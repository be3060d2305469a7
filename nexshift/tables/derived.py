"""Which flat tables does a listing give?  One of its rows, and one of each list in them.

Everything is taken from what the listing says already: its record, where each field comes from, its time, its filters.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from nexshift.changes import ChangedAfter, changed_after
from nexshift.listing import Listing
from nexshift.parts import Child
from nexshift.tables.column import Column, Kind, Order
from nexshift.tables.figures import Figures, figures_of, shown
from nexshift.tables.flattening import flatten
from nexshift.tables.table import Table


def local_date(instant: str) -> str:
    """SQL of the day on which an instant falls in the company's time zone."""
    return f"local_day({instant}, :zone)"


def derive_tables(listing: Listing) -> tuple[Table, ...]:
    """The table of a listing's rows, and those of its lists."""
    rows = derive_rows(listing)
    return (rows, *(_derive_children(listing, rows, child) for child in listing.children))


def derive_rows(listing: Listing) -> Table:
    """The table of a listing's rows."""
    sources = dict(listing.columns)
    for lookup in listing.lookups:
        sources |= {f"{lookup.name}.{name}": f"{lookup.name}.{column}" for name, column in lookup.columns.items()}
    extra: list[Column] = []
    if listing.score:
        figures = figures_of(listing, listing.score)
        sources |= {f"{listing.score.name}.{name}": sql for name, sql in figures.percentages.items()}
        extra = list(_show(figures))
    columns = list(flatten(listing.record, sources))
    time = next(number for number, column in enumerate(columns) if column.name == listing.time)
    columns.insert(time + 1, _date(listing.time, columns[time].sql))
    named = {column.name: column for column in columns}
    newer = changed_after(listing.joined)
    return Table(
        name=_name(listing.path),
        path=listing.path,
        resource=listing.resource,
        title=listing.title,
        description=listing.description,
        columns=(*columns, *extra, _changed(newer)),
        key=("id",),
        order=(Order(named[listing.time], is_descending=True), Order(named["id"])),
        source=listing.joined,
        row=listing.row,
        time=listing.time,
        fixed=listing.fixed,
        filters=(*listing.filters, newer),
    )


def _derive_children(listing: Listing, parent: Table, child: Child) -> Table:
    path = f"{listing.path}/{child.name}"
    own = list(flatten(child.record, child.columns))
    carried = [replace(parent.column_of[column], name=name) for name, column in child.carries.items()]
    kinds = {column.sql: column.kind for column in own}
    last = [
        Order(Column(name=f"_order{number}", kind=kinds.get(sql, Kind.WHOLE), sql=sql))  # what is not shown is a number
        for number, sql in enumerate(child.order, 1)
    ]
    source = f"{parent.source} CROSS JOIN {child.source.replace('page.value', f'{listing.row}.id')}"
    newer = changed_after(source)
    return Table(
        name=_name(path),
        path=path,
        resource=listing.resource,
        title=f"{listing.title}: {child.name}",
        description=child.table_description,
        columns=(*own, *carried, _changed(newer)),
        key=("id",),
        order=(*parent.order, *last),
        source=source,
        row=listing.row,
        time=listing.time,
        fixed=listing.fixed,
        filters=(*listing.filters, newer),
    )


def _changed(newer: ChangedAfter) -> Column:
    return Column(
        name="changed",
        kind=Kind.WHOLE,
        sql=newer.shown.effective,
        description="Number of the last change of this row, or of something that it shows.",
    )


def _show(figures: Figures) -> Iterator[Column]:
    """What a run's percentages are made of."""
    for name, kind, sql, is_nullable, description in (
        ("planned_busy_time_seconds", Kind.WHOLE, figures.busy, False, "PBT: from the start to the end."),
        ("downtime_seconds", Kind.WHOLE, figures.downtime, False, "Length of the union of the stops within the run."),
        (
            "actual_unit_processing_time_seconds",
            Kind.WHOLE,
            figures.actual,
            False,
            "AUPT: planned busy time without downtime.",
        ),
        (
            "planned_time_per_unit_seconds",
            Kind.QUANTITY,
            shown(figures.planned_per_unit),
            True,
            "PRI: the ideal cycle time, else planned busy time by target.",
        ),
        ("scrap_units", Kind.QUANTITY, figures.scrap, False, "Units that were thrown away."),
        (
            "oee_performance_uncapped",
            Kind.PERCENTAGE,
            figures.uncapped,
            True,
            "Performance in percent before it is cut off at 100.",
        ),
    ):
        yield Column(name=name, kind=kind, sql=sql, is_nullable=is_nullable, description=description)


def _date(time: str, instant: str) -> Column:
    return Column(
        name="date",
        kind=Kind.DATE,
        sql=local_date(instant),
        description=f"The day of {time} in the company's time zone.",
    )


def _name(path: str) -> str:
    return path.strip("/").replace("/", "_")
