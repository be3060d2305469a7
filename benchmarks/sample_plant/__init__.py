"""How did the files in `data/` come about?

"Acme Manufacturing" is made up: 90 days of two sites, thrown from a seed.  The same seed gives the same bytes
on every machine and every Python version, so a test can hold the committed files against their origin.
`python -m benchmarks.sample_plant` writes them anew.
"""

from benchmarks.sample_plant.batching import batching_tables
from benchmarks.sample_plant.plant import plant_tables
from benchmarks.sample_plant.production import build_runs, production_tables
from benchmarks.sample_plant.quality import quality_tables
from benchmarks.sample_plant.safety import safety_tables
from benchmarks.sample_plant.tables import render
from benchmarks.sample_plant.upkeep import upkeep_tables

SEED = 20260326

__all__ = ["SEED", "build_files"]


def build_files(seed: int = SEED) -> dict[str, bytes]:
    """Every file of the sample plant, name to content, in the order in which they are imported."""
    runs = build_runs(seed)
    tables = (
        plant_tables()
        | production_tables(runs)
        | quality_tables(seed, runs)
        | upkeep_tables(seed)
        | safety_tables()
        | batching_tables(seed, runs)
    )
    return {f"{entity}.csv": render(entity, rows) for entity, rows in tables.items()}
