"""How long does the import of 300,000 runs with 1.2 million child rows take, and how much memory?

Against `sqlite-utils insert --csv` of the same files, which checks nothing, resolves no name and makes no index.
Both are whole processes.  `python -m benchmarks.import_runs [RUNS]` writes the files once and prints the ratios.
"""

from __future__ import annotations

import csv
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from benchmarks.cache import folder
from benchmarks.comparison import Comparison, table
from benchmarks.plant import COMPANY, RUNS, SEED, TIMEZONE, Plant, Row, make_plant
from nexshift.instants import format_instant
from nexshift.storage.library import sqlite3

TABLES = {
    "sites": "site",
    "machines": "machine",
    "products": "product",
    "operators": "operator",
    "standards": "standard",
    "runs": "run",
    "scrap": "scrap",
    "downtime": "downtime",
}
_HEADERS = {
    "runs": "machine site product_sku operator started_at ended_at setup_duration_seconds running_at units_produced"
    " target_quantity batch_number",
    "scrap": "machine run_started_at units reason timestamp",
    "downtime": "machine run_started_at started_at ended_at category reason",
}


def write_files(runs: int) -> Path:
    """The plant as import files; written once and kept."""
    kept = folder() / f"import-{SEED}-{runs}"
    if not kept.exists():
        with tempfile.TemporaryDirectory(dir=folder()) as draft:
            files = Path(draft) / "files"
            files.mkdir()
            write_plant(make_plant(runs), files)
            files.rename(kept)
    return kept


def write_plant(plant: Plant, files: Path) -> None:
    """One CSV file for each entity, in the folder `files`."""
    sites = {site[0]: site[2] for site in plant.sites}
    machines = {machine[0]: machine[3] for machine in plant.machines}
    products = {product[0]: product[2] for product in plant.products}
    operators = {operator[0]: operator[2] for operator in plant.operators}
    _write(files, "sites", "name location", (site[2:] for site in plant.sites))
    _write(files, "machines", "site name uom", ((sites[row[2]], *row[3:]) for row in plant.machines))
    _write(files, "products", "sku description", (row[2:] for row in plant.products))
    _write(files, "operators", "full_name", (row[2:] for row in plant.operators))
    standards = ((machines[row[2]], products[row[3]], row[4]) for row in plant.standards)
    _write(files, "standards", "machine product_sku ideal_cycle_seconds", standards)
    with _opened(files, "runs") as runs, _opened(files, "scrap") as scrap, _opened(files, "downtime") as downtime:
        for run in plant.runs:
            machine, started = machines[run.machine], format_instant(run.started)
            who = (machine, sites[run.site], products[run.product], operators[run.operator], started)
            target = "" if run.target is None else run.target
            when = (format_instant(run.ended), run.setup_s, format_instant(run.running))
            runs.row((*who, *when, run.units, target, run.batch))
            # without ids a key may be there once: two scrap rows of one second and reason are one
            for piece in {(piece.timestamp, piece.reason): piece for piece in run.scrap}.values():
                scrap.row((machine, started, piece.units, piece.reason, format_instant(piece.timestamp)))
            for stop in {stop.started: stop for stop in run.stops}.values():
                span = (format_instant(stop.started), format_instant(stop.ended))
                downtime.row((machine, started, *span, stop.category, stop.reason))


class _opened:  # noqa: N801
    """A CSV file that is being written."""

    def __init__(self, files: Path, entity: str) -> None:
        self._file = (files / f"{entity}.csv").open("w", newline="")
        self.row: Callable[[Iterable[object]], object] = csv.writer(self._file).writerow
        self.row(_HEADERS[entity].split())

    def __enter__(self) -> _opened:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()


def _write(files: Path, entity: str, header: str, rows: Iterable[Row]) -> None:
    with (files / f"{entity}.csv").open("w", newline="") as file:
        csv.writer(file).writerows((header.split(), *rows))


class Cost(NamedTuple):
    """What processes took together; `peak_mb` is the largest resident set of any."""

    seconds: float
    processor_seconds: float
    peak_mb: float


def measure(*commands: Sequence[str]) -> Cost:
    began = time.perf_counter()
    processor, peak = 0.0, 0.0
    for command in commands:
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        if status:
            raise SystemExit(f"{' '.join(command)} failed")
        processor += usage.ru_utime + usage.ru_stime
        peak = max(peak, usage.ru_maxrss / 1024)
    return Cost(time.perf_counter() - began, processor, peak)


def count_rows(database: Path, names: Iterable[str]) -> Iterator[int]:
    connection = sqlite3.connect(database)
    for name in names:
        yield connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0]
    connection.close()


def compare_import(runs: int = RUNS) -> list[Comparison]:
    """The first import of the files, and the same again, over sqlite-utils."""
    files = write_files(runs)
    tools = Path(sys.executable).parent
    with tempfile.TemporaryDirectory() as scratch:
        ours, theirs = Path(scratch) / "ours.db", Path(scratch) / "theirs.db"
        nexshift = (str(tools / "nexshift"), "--db", str(ours))
        measure((*nexshift, "init", "--company", COMPANY, "--timezone", TIMEZONE))
        insert = (str(tools / "sqlite-utils"), "insert", str(theirs))
        peer = measure(*((*insert, name, str(files / f"{name}.csv"), "--csv", "--silent") for name in TABLES))
        first = measure((*nexshift, "import", str(files)))
        counts = list(count_rows(ours, TABLES.values()))
        if counts != list(count_rows(theirs, TABLES)):
            raise SystemExit(f"the two databases do not hold the same numbers of rows: {counts}")
        again = measure((*nexshift, "import", str(files)))
        if counts != list(count_rows(ours, TABLES.values())):
            raise SystemExit("the second import changed the number of rows")
    rows = sum(counts)

    def shown(cost: Cost) -> str:
        return (
            f"{cost.seconds:.1f} s, of it {cost.processor_seconds:.1f} s of processor"
            f" ({cost.processor_seconds / rows * 1e6:.1f} µs a row), {cost.peak_mb:.0f} MB at most"
        )

    def compared(name: str, cost: Cost, returned: str) -> Comparison:
        # Two imports take minutes and cannot take turns; processor time hardly depends on what else runs meanwhile.
        ratio = cost.processor_seconds / peer.processor_seconds
        return Comparison(name, shown(cost), "sqlite-utils insert --csv", shown(peer), ratio, returned)

    both = f"{rows:,} rows of the same files in the same {len(TABLES)} tables; the ratio is of processor time"
    return [
        compared(f"import of {runs:,} runs with children, checked", first, both),
        compared("the same files again", again, f"the same {rows:,} rows, unchanged"),
    ]


if __name__ == "__main__":
    print(*table(compare_import(int(sys.argv[1]) if len(sys.argv) > 1 else RUNS)), sep="\n")
