"""What went into the product?  Recipes, a batch behind each kettle and blender run, what the lines used."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from benchmarks.sample_plant.dice import Dice
from benchmarks.sample_plant.events import AS_OF
from benchmarks.sample_plant.plant import DANDENONG, MADE_FROM, SITES
from benchmarks.sample_plant.records import Run
from benchmarks.sample_plant.shifts import instant, working_days
from benchmarks.sample_plant.tables import Row, stamp

MATERIALS: dict[str, str] = {
    "RM-WATER": "Deionised water",
    "RM-SLES": "Sodium laureth sulfate 70 %",
    "RM-CAPB": "Cocamidopropyl betaine 30 %",
    "RM-CITR": "Citric acid monohydrate",
    "RM-ALKO": "Alcohol ethoxylate C9–C11",
    "RM-GLYC": "Glycerine",
    "RM-SALT": "Sodium chloride",
    "RM-PRES": "Preservative",
    "RM-LEM": "Lemon fragrance",
    "RM-LAV": "Lavande fragrance, Grasse — très légère",
    "RM-DYE": "Tartrazine dye",
    "RM-PERC": "Sodium percarbonate",
    "RM-SODA": "Sodium carbonate",
    "RM-TAED": "TAED activator",
    "RM-ENZ": "Protease enzyme granules",
    "RM-SULF": "Sulfamic acid",
    "RS-PP": "Polypropylene, natural",
    "MB-BLUE": "Masterbatch blue",
    "PK-BOT": "Bottle, PET",
    "PK-FILM": "Wrapping film, water-soluble",
    "PK-SACH": "Sachet laminate",
    "PK-LBL": "Label reel",
    "CL-CAUS": "Caustic cleaner",
}


@dataclass(frozen=True)
class Recipe:
    """`shares` are parts of the whole by weight or volume."""

    code: str
    name: str
    version: int
    is_formulation: bool
    valid_from: date
    shares: tuple[tuple[str, float], ...] = ()


START = date(2026, 1, 1)
RECIPES = (
    Recipe(
        "F-DISH",
        "Lemon dish liquid",
        1,
        True,
        START,
        (
            ("RM-WATER", 0.75),
            ("RM-SLES", 0.18),
            ("RM-CAPB", 0.05),
            ("RM-SALT", 0.015),
            ("RM-LEM", 0.003),
            ("RM-DYE", 0.00006),
        ),
    ),
    Recipe(
        "F-DISH",
        "Lemon dish liquid",
        2,
        True,
        date(2026, 2, 16),
        (
            ("RM-WATER", 0.77),
            ("RM-SLES", 0.15),
            ("RM-CAPB", 0.06),
            ("RM-SALT", 0.015),
            ("RM-LEM", 0.003),
            ("RM-DYE", 0.00006),
        ),
    ),
    Recipe(
        "F-APC",
        "All-purpose cleaner",
        1,
        True,
        START,
        (("RM-WATER", 0.92), ("RM-ALKO", 0.05), ("RM-CITR", 0.025), ("RM-PRES", 0.001)),
    ),
    Recipe(
        "F-HAND",
        "Crème hand wash",
        1,
        True,
        START,
        (
            ("RM-WATER", 0.78),
            ("RM-SLES", 0.12),
            ("RM-CAPB", 0.06),
            ("RM-GLYC", 0.03),
            ("RM-LAV", 0.004),
            ("RM-PRES", 0.001),
        ),
    ),
    Recipe(
        "F-HAND",
        "Crème hand wash — less fragrance",
        2,
        True,
        date(2026, 3, 2),
        (
            ("RM-WATER", 0.782),
            ("RM-SLES", 0.12),
            ("RM-CAPB", 0.06),
            ("RM-GLYC", 0.032),
            ("RM-LAV", 0.002),
            ("RM-PRES", 0.001),
        ),
    ),
    Recipe(
        "F-OXY",
        "Oxy stain remover",
        1,
        True,
        START,
        (("RM-PERC", 0.4), ("RM-SODA", 0.52), ("RM-TAED", 0.06), ("RM-ENZ", 0.012), ("RM-LEM", 0.001)),
    ),
    Recipe("F-DES", "Descaler", 1, True, START, (("RM-CITR", 0.7), ("RM-SULF", 0.29), ("RM-DYE", 0.0001))),
    Recipe(
        "F-DES",
        "Descaler",
        2,
        True,
        date(2026, 1, 27),
        (("RM-CITR", 0.8), ("RM-SULF", 0.19), ("RM-DYE", 0.0001)),
    ),
    Recipe("C-BLUE", "Cap colour mix", 1, False, START, (("RS-PP", 0.96), ("MB-BLUE", 0.04))),
    Recipe("P-BOT", "Bottle and cap", 1, False, START),
    Recipe("P-BOT", "Bottle and cap, lighter bottle", 2, False, date(2026, 2, 2)),
    Recipe("P-TAB", "Tablet wrap", 1, False, START),
    Recipe("P-SACH", "Sachet", 1, False, START),
    Recipe("P-JAR", "Jar label", 1, False, START),
)
BULK_RECIPE = {"B-DISH": "F-DISH", "B-APC": "F-APC", "B-HAND": "F-HAND", "P-OXY": "F-OXY", "P-DES": "F-DES"}
NOTES = ("Scraped down twice", "Held 20 min at 60 °C", "Added water, §4.2")
# Machine: recipe, material, its unit, and how much of it one unit of product takes.
LINE_USE = {
    "Filler 1": ("P-BOT", "PK-BOT", "pcs", 1.0),
    "Auto 1": ("P-TAB", "PK-FILM", "m", 0.055),
    "Auto 2": ("P-TAB", "PK-FILM", "m", 0.055),
    "Auto 3": ("P-TAB", "PK-FILM", "m", 0.055),
    "Moulder 1": ("C-BLUE", "RS-PP", "kg", 0.0031),
    "Moulder 2": ("C-BLUE", "RS-PP", "kg", 0.0031),
    "Sachet Filler 1": ("P-SACH", "PK-SACH", "m", 0.14),
    "Labeller 1": ("P-JAR", "PK-LBL", "pcs", 1.0),
}


def batching_tables(seed: int, runs: list[Run]) -> dict[str, list[Row]]:
    dice = Dice(seed, "batching")
    batches: list[Row] = []
    ingredients: list[Row] = []
    for number, quantity, uom, created_at, day, site, recipe_code in _batches_made(dice, runs):
        recipe = _recipe_on(recipe_code, day)
        notes = dice.pick(NOTES) if dice.chance(0.08) else None
        batches.append((number, quantity, uom, notes, stamp(created_at), site, recipe.code, recipe.version))
        ingredients += _ingredients(dice, number, quantity, uom, recipe)
    return {
        "materials": list(MATERIALS.items()),
        "recipes": [(r.code, r.name, r.version, r.is_formulation) for r in RECIPES],
        "batches": batches,
        "ingredients": ingredients,
        "material_logs": _material_logs(dice, runs),
    }


def _batches_made(dice: Dice, runs: list[Run]) -> Iterator[tuple[str, float, str, int, date, str, str]]:
    """One batch for every bulk run that has a number, and a colour mix every Monday."""
    for run in runs:
        if run.job.sku in MADE_FROM.values() and run.batch_number is not None:
            yield (
                run.batch_number, run.units, run.machine.uom, run.started_at + dice.whole(30, 600),
                run.day, run.machine.site, BULK_RECIPE[run.job.sku],
            )  # fmt: skip
    for day in working_days(DANDENONG):
        if day.weekday() == 0:
            made_at = instant(DANDENONG, day, "06:00") + dice.whole(0, 3600)
            mixed_kg = dice.pick((75, 100, 125))
            yield f"MIX-{day:%y%m%d}", mixed_kg, "kg", made_at, day, DANDENONG, "C-BLUE"


def _recipe_on(code: str, day: date) -> Recipe:
    return [recipe for recipe in RECIPES if recipe.code == code and recipe.valid_from <= day][-1]


def _ingredients(dice: Dice, batch: str, quantity: float, uom: str, recipe: Recipe) -> Iterator[Row]:
    """What was weighed in, within half a percent; a lot that runs out is followed by the next one."""
    for code, share in recipe.shares:
        used = quantity * share * dice.real(0.995, 1.005)
        unit = "kg" if uom == "kg" or share < 0.3 else "L"
        if code == "RM-WATER":
            yield batch, code, _weighed(used), unit, None
        elif used > 50 and dice.chance(0.08):
            lot = dice.whole(1000, 9998)
            yield batch, code, _weighed(used * 0.4), unit, f"L{lot}"
            yield batch, code, _weighed(used * 0.6), unit, f"L{lot + 1}"
        else:
            noted = not dice.chance(0.05)
            yield batch, code, _weighed(used), unit, f"L{dice.whole(1000, 9999)}" if noted else None


def _weighed(quantity: float) -> float:
    """To the scale's step: half kilograms on the floor scale, 10 g on the bench."""
    return int(quantity * 2 + 0.5) / 2 if quantity > 20 else max(0.01, int(quantity * 100 + 0.5) / 100)


def _material_logs(dice: Dice, runs: list[Run]) -> list[Row]:
    logs: list[tuple[int, Row]] = []
    for run in runs:
        if run.machine.name not in LINE_USE or not run.units or dice.chance(0.5):
            continue
        code, material, uom, per_unit = LINE_USE[run.machine.name]
        recipe = _recipe_on(code, run.day)
        at = dice.whole(run.started_at + run.setup_s, run.ended_at or AS_OF)
        used = run.units * per_unit * dice.real(1.0, 1.03)
        used = int(used) if uom == "pcs" else _weighed(used)
        known = not dice.chance(0.05)
        lot = None if dice.chance(0.15) else f"{material[3:]}-{dice.whole(100, 999)}"
        row: Row = (
            stamp(at), run.machine.site, run.machine.name, stamp(run.started_at),
            recipe.code if known else None, recipe.version if known else None, material, used, uom, lot,
        )  # fmt: skip
        logs.append((at, row))
    logs += _cleaning(dice)
    return [row for _, row in sorted(logs, key=lambda log: (log[0], str(log[1])))]


def _cleaning(dice: Dice) -> Iterator[tuple[int, Row]]:
    """Fridays: caustic for the site's pipes, and for one machine outside any run."""
    for site, machine in zip(SITES, ("Kettle 1", "Blender 1"), strict=True):
        for day in working_days(site):
            if day.weekday() == 4:
                for at_machine in (None, machine):
                    at = instant(site, day, "14:10") + dice.whole(0, 2400)
                    used = dice.whole(15, 250) / 100
                    yield at, (stamp(at), site, at_machine, None, None, None, "CL-CAUS", used, "L", None)
