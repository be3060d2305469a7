"""What did the inspectors find?  Checks at the machines during runs, and a weekly walk through each site."""

from benchmarks.sample_plant.dice import Dice
from benchmarks.sample_plant.events import AS_OF, DAMAGED_MOULD
from benchmarks.sample_plant.plant import INSPECTORS, SITES
from benchmarks.sample_plant.records import Run
from benchmarks.sample_plant.shifts import instant, working_days
from benchmarks.sample_plant.tables import Row, stamp

TEMPLATES = {
    "L": ("Viscosity at 25 °C", "pH 1:10", "Colour against standard"),
    "kg": ("Moisture", "Sieve analysis", "Bulk density"),
    "bottles": ("Fill weight", "Cap torque", "Leak test"),
    "units": ("Wrap integrity", "Date code", "Tablet hardness"),
    "pcs": ("Dimensions", "Part weight", "Visual — mould"),
    "sachets": ("Seal strength", "Sachet weight"),
    "jars": ("Label position", "Barcode scan"),
}
FAILURES = {
    "L": ("Viscosity 1,850 mPa·s, limit 2,000", "pH 6.1, limit 6.5; adjusted and re-tested"),
    "kg": ("Moisture 1.4 %, limit 1.0 %", "Oversize 3 %, screen changed"),
    "bottles": ("3 of 20 under 498 g", "Torque 0.7 N·m, minimum 1.1 N·m", "1 leaker in 50, head 4"),
    "units": ("2 open seals in 100", 'Date code reads "20Z6"', "Hardness 48 N, minimum 60 N"),
    "pcs": ("Ø 28.31 mm, limit 28.20 mm", "Flash on parting line", "Part weight −0.3 g"),
    "sachets": ("Seal opens at 4 N, minimum 8 N", "Mean 48.7 g, target 50 g"),
    "jars": ("Label 4 mm low", "Barcode grade D"),
}
REMARKS = (
    "After reel change",
    "First off",
    "Last off",
    "Re-test after adjustment, ok",
    "Two samples kept:\nretain shelf B4",
    "Gauge due for calibration",
)
WALK, FINDINGS = "Hygiene walk", ("Drain cover missing, bay 3", "Hand basin without soap")


def quality_tables(seed: int, runs: list[Run]) -> dict[str, list[Row]]:
    dice = Dice(seed, "quality")
    checks: dict[tuple[object, ...], Row] = {}
    for run in runs:
        for _ in range(dice.pick((0, 1, 1, 1))):
            row = _check(dice, run)
            checks[row[0], row[3], row[5]] = row
    rows = [*checks.values(), *_walks(dice)]
    return {"quality_checks": sorted(rows, key=lambda row: [str(cell) for cell in row])}


def _check(dice: Dice, run: Run) -> Row:
    uom = run.machine.uom
    checked_at = dice.whole(run.started_at + run.setup_s, run.ended_at or AS_OF)
    damaged = (run.machine.name, run.day) == DAMAGED_MOULD
    passed = not (damaged or dice.chance(0.045))
    notes = dice.pick(REMARKS) if dice.chance(0.05) else None
    return (
        stamp(checked_at),
        passed,
        notes if passed else dice.pick(FAILURES[uom]),
        run.machine.name,
        run.machine.site,
        None if dice.chance(0.03) else dice.pick(TEMPLATES[uom]),
        INSPECTORS[run.machine.site] if dice.chance(0.4) else run.operator,
    )


def _walks(dice: Dice) -> list[Row]:
    """Every Wednesday morning, of the site and not of a machine."""
    rows: list[Row] = []
    for site in SITES:
        for day in working_days(site):
            if day.weekday() == 2:
                passed = not dice.chance(0.12)
                notes = None if passed else dice.pick(FINDINGS)
                walked_at = instant(site, day, "10:00") + dice.whole(0, 50) * 60
                rows.append((stamp(walked_at), passed, notes, None, site, WALK, INSPECTORS[site]))
    return rows
