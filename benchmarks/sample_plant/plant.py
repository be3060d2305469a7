"""What stands in the plant: sites, machines, products, people, and how fast things should run.

Brisbane makes and bottles cleaning liquids and wraps dishwasher tablets; Dandenong blends powders, fills
sachets and jars, and moulds caps.  All people are invented.
"""

from dataclasses import dataclass

from benchmarks.sample_plant.tables import Row

BRISBANE, DANDENONG = "Brisbane", "Dandenong"
SITES: dict[str, str] = {BRISBANE: "Rocklea, Queensland", DANDENONG: "Dandenong South, Victoria"}
# No clock changes in the quarter: Queensland has no summer time, Victoria's ends on 5 April.
UTC_OFFSET_H = {BRISBANE: 10, DANDENONG: 11}


@dataclass(frozen=True)
class Job:
    """A product on a machine: seconds a unit really takes at full speed, and whether that is on record."""

    sku: str
    cycle_s: float
    on_record: bool = True


@dataclass(frozen=True)
class Machine:
    """`week`, `saturday` and `sunday` name shifts by letter: d(ay), e(vening), n(ight)."""

    name: str
    site: str
    uom: str
    jobs: tuple[Job, ...]
    crew: tuple[str, ...]
    week: str = "de"
    saturday: str = ""
    sunday: str = ""
    split_chance: float = 0.6  # how often a shift makes two runs
    trouble: float = 1.0  # unplanned stops, relative to the other machines
    setup_min: tuple[int, int] = (4, 18)
    code: str = ""  # of the lots it makes
    days_a_product: int = 0  # changes product only every so many days; 0: from run to run


LIQUIDS, BOTTLES = ("Daniel Okafor",), ("Chloé Marchetti", "Liam O'Brien")
TABLETS = ("Aroha Ngata", "Jürgen Pohl", "Mei-Ling Zhao")
MOULDING = ("Kirra Simmons", "Farid Haddad", "Tomasz Zieliński")
POWDERS, PACKING = ("Nguyễn Thị Hoa",), ("Emily Tran", "Gabriel Costa")
OPERATORS = LIQUIDS + BOTTLES + TABLETS + MOULDING + POWDERS + PACKING
INSPECTORS = {BRISBANE: "Priya Raman", DANDENONG: "Björn Lindqvist"}

MACHINES: tuple[Machine, ...] = (
    Machine("Kettle 1", BRISBANE, "L",
            (Job("B-DISH", 3.8), Job("B-APC", 3.2), Job("B-HAND", 4.4, on_record=False)),
            LIQUIDS, week="d", split_chance=1.0, trouble=0.6, setup_min=(8, 20), code="K"),
    Machine("Filler 1", BRISBANE, "bottles", (Job("DL-500", 0.55), Job("AP-750", 0.65), Job("HW-250", 0.42)),
            BOTTLES, saturday="d", trouble=1.5, code="F1"),
    Machine("Capper 1", BRISBANE, "bottles",
            (Job("DL-500", 0.5), Job("AP-750", 0.5), Job("HW-250", 0.38, on_record=False)),
            BOTTLES, trouble=0.9, code="C1"),
    Machine("Auto 1", BRISBANE, "units", (Job("TAB-CIT", 0.72), Job("TAB-MAX", 0.75), Job("TAB-ECO", 0.8)),
            TABLETS, saturday="d", code="A1"),
    Machine("Auto 2", BRISBANE, "units", (Job("TAB-CIT", 0.72), Job("TAB-MAX", 0.75)),
            TABLETS, trouble=1.2, code="A2"),
    Machine("Auto 3", BRISBANE, "units",
            (Job("TAB-CIT", 0.65), Job("TAB-MAX", 0.68), Job("TAB-ECO", 0.6, on_record=False)),
            TABLETS, saturday="d", trouble=0.8, code="A3"),
    Machine("Moulder 1", DANDENONG, "pcs", (Job("CAP-28", 0.75), Job("TRG-01", 3.5)),
            MOULDING, week="den", saturday="d", sunday="n", split_chance=0.1, setup_min=(0, 0),
            code="M1", days_a_product=5),
    Machine("Moulder 2", DANDENONG, "pcs", (Job("CAP-28", 0.8), Job("TRG-01", 3.7, on_record=False)),
            MOULDING, week="den", saturday="d", sunday="n", split_chance=0.1, setup_min=(0, 0),
            code="M2", days_a_product=7),
    Machine("Blender 1", DANDENONG, "kg", (Job("P-OXY", 5.5), Job("P-DES", 6.2)), POWDERS,
            week="d", split_chance=1.0, trouble=0.6, setup_min=(8, 16), code="P"),
    Machine("Sachet Filler 1", DANDENONG, "sachets", (Job("DES-50", 1.1), Job("OXY-40", 1.2)), PACKING,
            trouble=1.3, code="S1"),
    Machine("Labeller 1", DANDENONG, "jars", (Job("OXY-450", 1.5), Job("OXY-900", 1.8, on_record=False)),
            PACKING, week="d", code="L1"),
)  # fmt: skip

PRODUCTS: dict[str, str] = {
    "B-DISH": "Lemon dish liquid, bulk",
    "B-APC": "All-purpose cleaner, bulk",
    "B-HAND": "Crème hand wash, bulk",
    "DL-500": "Lemon dish liquid 500 mL",
    "AP-750": "All-purpose cleaner 750 mL",
    "HW-250": "Crème hand wash 250 mL",
    "TAB-CIT": "Dishwasher tablet — Citrus",
    "TAB-MAX": "Dishwasher tablet — Max",
    "TAB-ECO": "Dishwasher tablet — Eco",
    "CAP-28": "Flip-top cap 28 mm",
    "TRG-01": "Trigger sprayer body, 35° nozzle",
    "P-OXY": "Oxy stain remover, bulk powder",
    "P-DES": "Descaler, bulk powder",
    "DES-50": "Descaler “für die Küche” 50 g sachet",
    "OXY-40": "Oxy stain remover 40 g sachet",
    "OXY-450": "Oxy stain remover 450 g jar",
    "OXY-900": "Oxy stain remover 900 g jar",
}

MADE_FROM: dict[str, str] = {  # packed product: the bulk it is filled from
    "DL-500": "B-DISH", "AP-750": "B-APC", "HW-250": "B-HAND",
    "DES-50": "P-DES", "OXY-40": "P-OXY", "OXY-450": "P-OXY", "OXY-900": "P-OXY",
}  # fmt: skip


def plant_tables() -> dict[str, list[Row]]:
    return {
        "sites": list(SITES.items()),
        "machines": [(machine.name, machine.site, machine.uom) for machine in MACHINES],
        "products": list(PRODUCTS.items()),
        "operators": [(name,) for name in OPERATORS],
        "standards": [(m.name, job.sku, job.cycle_s) for m in MACHINES for job in m.jobs if job.on_record],
    }
