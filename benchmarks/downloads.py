"""How fast do whole tables leave, over what a plant could use instead?

CSV over HTTP against `sqlite3 -csv`, which prints the same rows of the same file, and against Datasette's CSV stream of
the bare table; a page of OData against a page of flat JSON.  `python -m benchmarks.downloads` prints the ratios.

SQLite's own program has none of our SQL functions, so there the same values are said in SQL; it prints instants as
numbers, and days by UTC.  Debian's packages sqlite3 and curl have to be there.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from time import perf_counter

from benchmarks.comparison import Comparison, compare, table
from benchmarks.http import ours
from benchmarks.http.load import Target, fetch
from benchmarks.http.service import free_port, running
from benchmarks.peers import environments
from benchmarks.rounds import Times, in_turns
from nexshift.listings.runs import RUNS
from nexshift.tables import TABLES
from nexshift.tables.figures import Figures, figures_of
from nexshift.tables.table import Table

ROUNDS = 5
PAGES = 300
_PAGE = "?$top=1000", "?format=flat&limit=1000"
_SCOPE = "WHERE r.company_id = 1 AND r.status = 'completed' ORDER BY r.started_at DESC, r.uuid"

Side = Callable[[], bytes]


def measure() -> list[Comparison]:
    """A peer that cannot be installed is left out."""
    with ExitStack() as held:
        plant = held.enter_context(ours.plant())
        service = held.enter_context(ours.serving(plant, core=None))
        root = service.url.removesuffix("/api/v1/production/runs")
        tables = {each.name: each for each in TABLES}
        found = [_compare_pages(root, service)]
        for name in ("production_runs", "production_runs_scrap"):
            target = service._replace(url=f"{root}/api/v1{tables[name].path}?format=csv")
            sql = _say_in_sql(tables[name])
            sides = {f"{name} as CSV": _downloading(target), "sqlite3 -csv": _printing(plant.path, sql)}
            found.append(_compare(sides, f"rows of {len(tables[name].columns)} columns", headers=(1, 0)))
        try:
            url = held.enter_context(_serving_datasette(plant.path))
        except environments.NotInstalled as error:
            print(f"Datasette is left out: {error}", file=sys.stderr)
            return found
        target = service._replace(url=f"{root}/api/v1/production/runs?format=csv")
        stream = Target(f"{url}/{plant.path.stem}/run.csv?_stream=on&_size=max&_sort_desc=started_at")
        sides = {"production_runs as CSV": _downloading(target), "Datasette, bare table run": _downloading(stream)}
        found.append(_compare(sides, "rows, of the peer without names and OEE", rounds=1, headers=(1, 1)))
        return found


def _compare(sides: Mapping[str, Side], returned: str, *, headers: tuple[int, int], rounds: int = ROUNDS) -> Comparison:
    (here, mine), (there, theirs) = sides.items()
    rows = [side().count(b"\n") - header for side, header in zip((mine, theirs), headers, strict=True)]
    if rows[0] != rows[1]:
        raise AssertionError(f"{here} has {rows[0]} rows, {there} {rows[1]}")
    times = _time(sides, rounds, 1 if rounds > 1 else 0)
    rates = " and ".join(f"{rows[0] / times.median_ms(name) * 1000:,.0f}" for name in sides)
    return compare(times, here, there, f"{rows[0]:,} {returned}; {rates} a second")


def _compare_pages(root: str, service: Target) -> Comparison:
    options = dict(zip((f"{root}/odata/v4/production_runs", service.url), _PAGE, strict=True))
    odata, flat = (service._replace(url=address + query) for address, query in options.items())
    for target in (odata, flat):
        if fetch(target).count(b'"started_at":') != 1000:
            raise AssertionError(f"{target.url} has not 1000 rows")
    sides = {"OData page of 1000": lambda: fetch(odata), "flat JSON page of 1000": lambda: fetch(flat)}
    return compare(_time(sides, PAGES, 10), *sides, "1000 runs each, over HTTP, made anew")


def _time(sides: Mapping[str, Side], rounds: int, warm_up: int) -> Times:
    def seconds(side: Side) -> float:
        begun = perf_counter()
        side()
        return perf_counter() - begun

    return Times(in_turns({name: lambda side=side: seconds(side) for name, side in sides.items()}, rounds, warm_up))


def _downloading(target: Target) -> Side:
    headers = [word for name, text in target.headers.items() for word in ("-H", f"{name}: {text}")]
    return _running("curl", "--silent", "--fail", *headers, target.url)


def _printing(database: Path, sql: str) -> Side:
    return _running("sqlite3", "-readonly", "-csv", str(database), sql)


def _running(*command: str) -> Side:
    """Both sides write into a pipe that is read to its end."""
    return lambda: subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout


def _serving_datasette(database: Path) -> AbstractContextManager[str]:
    port = free_port()
    program = str(environments.programs("datasette") / "datasette")
    settings = ("--setting", "max_returned_rows", "10000", "--setting", "sql_time_limit_ms", "60000")
    return running(
        [program, "serve", str(database), "--port", str(port), "--setting", "max_csv_mb", "0", *settings], port
    )


# -- the same values in SQL --------------------------------------------------------------------------------------------


def _say_in_sql(of: Table) -> str:
    assert RUNS.score is not None
    figures = figures_of(RUNS, RUNS.score)
    said = _percentages(figures)
    columns = []
    for column in of.columns:
        sql = said.get(column.name, column.sql).replace(figures.downtime, "r.downtime_seconds")
        columns.append(sql.replace("exact_sum", "sum").replace("local_day(r.started_at, :zone)", _DAY))
    order = ", c.timestamp, c.uuid" if "scrap" in of.source else ""
    return f"SELECT {', '.join(columns)} FROM {of.source} {_SCOPE}{order}"


_DAY = "date(r.started_at, 'unixepoch')"


def _percentages(figures: Figures) -> dict[str, str]:
    planned = f"{figures.planned} / {figures.actual}"
    idle = f"{figures.actual} = 0 OR {figures.units} = 0"
    ratios = {
        "availability": f"{figures.actual} * 1.0 / nullif({figures.busy}, 0)",
        "performance": f"CASE WHEN {idle} THEN 0.0 ELSE min(1.0, {planned}) END",
        "quality": f"max(0.0, ({figures.units} - {figures.scrap}) / nullif({figures.units}, 0.0))",
    }
    ratios["overall"] = " * ".join(f"({ratio})" for ratio in ratios.values())
    ratios["performance_uncapped"] = f"CASE WHEN {idle} THEN 0.0 ELSE {planned} END"
    return {f"oee_{name}": f"CAST(({ratio}) * 1000 + 0.5 AS INTEGER) / 10.0" for name, ratio in ratios.items()}


if __name__ == "__main__":
    print("\n".join(table(measure())))
