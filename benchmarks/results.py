"""All measurements, written to benchmarks/RESULTS.md with what they were taken on: `python -m benchmarks.results`.

Takes about a quarter of an hour, a third of it the import.  The plants are built at the first run, in four minutes
more, and kept with the peers' environments (`benchmarks.cache`): they take 3 GB.
"""

from __future__ import annotations

import os
import platform
import re
import subprocess
import sys
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from pathlib import Path

from benchmarks import cache, depth, import_runs, page, plant, summary, workbook
from benchmarks.comparison import Comparison, compare, table
from benchmarks.floor import library
from benchmarks.http import measurements as http
from benchmarks.rounds import take_turns
from benchmarks.test_oee import CONTENDERS, ROUNDS
from benchmarks.test_oee import plant as make_rows
from nexshift.storage.library import sqlite3
from oee_core import _kernel

RESULTS = Path(__file__).parent / "RESULTS.md"
_PACKAGES = ("litestar", "uvicorn", "uvloop", "msgspec", "isal", "cython", "sqlite-utils", "numpy", "xlsxwriter")
_READING = """\
Ratios are what counts: both sides are called in turns in one process, and a ratio is the median of the rounds' own
ratios, so that whatever slows the machine slows both. A ratio above 1 means that the left side takes longer. What each
side returned was compared before it was timed. Garbage collection is on, as in the service. Only the imports, which
take minutes, ran one after the other, each in processes of its own.

The unit of the page is the *floor*, a C program that steps the same rows of a schema of its own with the SQLite library
that Python has loaded, reads every column and does nothing else (`benchmarks/floor/`). It stays as it is when the
program changes; its fingerprint is above.

Over HTTP, `wrk` asks servers in processes of their own, in turns of a second or two; whatever is not a complete 200
ends the measurement. Response cache, rate limit and gzip are off on every side unless the row is about them. Each
server has one core, for itself while it is asked, and `wrk` another, which it shares with whoever writes. It uses one
connection, so that a row says how long a client waits; rows about 8 clients use 8. Only in the table of clients nobody
is bound to a core. Percentiles are `wrk`'s own, which also count the requests that a client would have sent while it
waited for a slow one.

The peers read the program's very database, with its indexes, and need no key. FastAPI is used in its tutorial's way,
with a session as dependency, a response model, `joinedload` and `selectinload`; uvicorn with uvloop and httptools.
Datasette runs canned queries on the server that it brings. ROAPI has a CSV file of the flat join in memory, which it
reads at its start and which answers faster than its own way to SQLite. What each peer returned was compared with the
page, value by value."""


def measure_oee() -> list[Comparison]:
    """The contenders of `benchmarks.test_oee` over the kernel, each pair in turns, from the same row tuples."""
    compared = []
    for count, rounds in ROUNDS.items():
        rows = make_rows(count)
        scores = _kernel.score_runs(*rows)
        _, stops, scrap = rows
        returned = f"{count:,} times the same four percentages, of {len(stops):,} stops and {len(scrap):,} scrap rows"
        for contender, score in CONTENDERS.items():
            if contender == "kernel":
                continue
            if score(*rows) != scores:
                raise AssertionError(f"{contender} does not give the kernel's result")
            name, kernel = f"OEE of {count:,} runs: {contender}", f"OEE of {count:,} runs: kernel"
            times = take_turns({name: partial(score, *rows), kernel: partial(_kernel.score_runs, *rows)}, rounds)
            compared.append(compare(times, name, kernel, returned))
    return compared


def describe() -> list[str]:
    """What the figures were taken on."""
    versions = ", ".join(f"{name} {version(name)}" for name in _PACKAGES)
    return [
        f"* taken {datetime.now(UTC):%Y-%m-%d %H:%M} UTC at commit {_commit()}",
        f"* {_processor()}, {os.cpu_count()} cores, {platform.system()} {platform.release()}",
        f"* Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, {versions}",
        f"* over HTTP: {http.describe()}",
        f"* data: {plant.RUNS:,} completed runs of {plant.MACHINES} machines at two sites, each with up to four"
        f" pieces of scrap and four stops, 1.2 million together; seed {plant.SEED}",
        f"* floor: {library.fingerprint()}",
        f"* processes that ran or waited for a core (load), before: {os.getloadavg()[0]:.1f}",
    ]


def _commit() -> str:
    def git(*arguments: str) -> str:
        command = ["git", "-C", str(RESULTS.parent), *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()

    changed = git("status", "--porcelain", "--untracked-files=no", "--", "..", f":!{RESULTS.name}")
    return (git("rev-parse", "--short=12", "HEAD") or "unknown") + (" with uncommitted changes" if changed else "")


def _processor() -> str:
    try:
        model = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    except OSError:
        model = None
    return model[1] if model else platform.processor() or platform.machine()


def main() -> None:
    about = describe()
    _say("the plants")
    for runs in (plant.RUNS, depth.LARGE_PLANT):
        cache.plant_file(runs)
    _say("import")
    imported = import_runs.compare_import()  # first: a child's peak memory begins with what its parent has
    rows: list[Comparison] = []
    floor_ms: float | None = None
    _say("the page of 1000 runs")
    try:
        measured = page.measure()
    except library.Unavailable as reason:
        stages, struct_stages = [f"The page was not measured in floors: {reason}"], []
    else:
        rows += page.comparisons(measured)
        stages, struct_stages = page.stage_tables(measured)
        floor_ms = measured.times.median_ms(page.FLOOR)
    for name, measure in {
        "a page's depth": depth.measure,
        "the summary": summary.measure,
        "workbooks": workbook.measure,
        "OEE": measure_oee,
    }.items():
        _say(name)
        rows += measure()
    over_http = http.measure()
    rows += over_http.rows
    rows += imported
    if floor_ms and over_http.http_ms:
        stages.append(f"| HTTP | {over_http.http_ms:.2f} | {over_http.http_ms / floor_ms:.2f} |")
    about[-1] += f", at the end: {os.getloadavg()[0]:.1f}"
    head = ["# What was measured", "", "Written by `make bench`; not edited by hand."]
    tables = ["", *table(rows), "", *stages, "", *struct_stages, "", *over_http.clients]
    RESULTS.write_text("\n".join([*head, "", *about, *over_http.missing(), "", _READING, *tables, ""]))
    print(*tables, sep="\n")
    _say(f"written to {RESULTS}")
    sys.exit(bool(over_http.failures))


def _say(what: str) -> None:
    print(f"... {what}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
