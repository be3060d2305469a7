"""What was under repair?  Both sites' assets, their services, and the breakdowns, two still open."""

from datetime import date

from benchmarks.sample_plant.dice import Dice
from benchmarks.sample_plant.events import GEARBOX_DAY, MOULD_DAY, STORM_DAY
from benchmarks.sample_plant.plant import BRISBANE, DANDENONG
from benchmarks.sample_plant.shifts import FIRST_DAY, instant, working_days
from benchmarks.sample_plant.tables import Row, stamp

ASSETS: tuple[tuple[str, str, str | None, str], ...] = (
    ("BNE-101", "Kettle 1 agitator", "Mixing", BRISBANE),
    ("BNE-110", "Filler 1", "Filling", BRISBANE),
    ("BNE-111", "Capper 1", "Filling", BRISBANE),
    ("BNE-121", "Auto 1", "Wrapping", BRISBANE),
    ("BNE-122", "Auto 2", "Wrapping", BRISBANE),
    ("BNE-123", "Auto 3", "Wrapping", BRISBANE),
    ("BNE-901", "Compressor 1", "Utilities", BRISBANE),
    ("BNE-902", "Main switchboard", "Utilities", BRISBANE),
    ("DND-201", "Moulder 1", "Moulding", DANDENONG),
    ("DND-202", "Moulder 2", "Moulding", DANDENONG),
    ("DND-210", "Blender 1", "Mixing", DANDENONG),
    ("DND-220", "Sachet Filler 1 (Müller)", "Filling", DANDENONG),
    ("DND-230", "Labeller 1", None, DANDENONG),
    ("DND-903", "Chiller 2, 6 °C loop", "Utilities", DANDENONG),
    ("DND-950", "Forklift 4", "Vehicles", DANDENONG),
)

BREAKDOWNS: tuple[tuple[str, date, str, str | None, str | None], ...] = (
    ("BNE-123", date(2026, 1, 8), "15:10:00", "16:25:00", "Wrapping arm bearing replaced"),
    ("DND-950", date(2026, 1, 14), "08:30:00", "39:10:00", "Mast chain"),
    ("BNE-902", STORM_DAY, "14:35:20", "17:08:00", "Power outage — storm"),
    ("BNE-901", STORM_DAY, "17:08:00", "19:40:30", "Soft starter tripped after outage"),
    ("DND-220", date(2026, 2, 3), "11:02:00", "12:47:00", "Jaw heater replaced"),
    ("BNE-110", GEARBOX_DAY, "08:15:00", "13:00:00", "Gearbox seized"),
    ("BNE-110", GEARBOX_DAY, "14:20:00", "15:02:00", "Gearbox refitted, key sheared"),
    ("DND-903", date(2026, 2, 19), "02:15:00", "09:50:00", "Refrigerant leak"),
    ("BNE-121", date(2026, 2, 25), "09:33:10", "09:33:28", "Emergency stop tested"),
    ("DND-202", MOULD_DAY, "09:45:00", "57:30:00", "Cavity 7 repaired in tool room"),
    ("BNE-101", date(2026, 3, 17), "06:40:00", "08:05:00", None),
    ("DND-950", date(2026, 3, 30), "10:20:00", None, "Hydraulic pump, waiting for parts"),
    ("BNE-901", date(2026, 3, 31), "16:48:00", None, "Oil in the air, separator ordered"),
)
WORK = ("Fortnightly service", "Lubrication round", "Safety circuit test", "Belt and guard inspection", None)


def upkeep_tables(seed: int) -> dict[str, list[Row]]:
    dice = Dice(seed, "upkeep")
    sites = {number: site for number, _, _, site in ASSETS}
    services: list[tuple[int, Row]] = []
    for place, (number, _, _, site) in enumerate(ASSETS):
        for day in working_days(site):
            if ((day - FIRST_DAY).days + 5 * place) % 14 == 0:
                start = instant(site, day, "05:00") + dice.whole(0, 7200)
                end = start + dice.whole(25 * 60, 150 * 60)
                services.append((start, (number, site, stamp(start), stamp(end), dice.pick(WORK))))
    for number, day, clock, end_clock, reason in BREAKDOWNS:
        site = sites[number]
        start = instant(site, day, clock)
        ended_at = None if end_clock is None else stamp(instant(site, day, end_clock))
        services.append((start, (number, site, stamp(start), ended_at, reason)))
    return {
        "assets": list(ASSETS),
        "maintenance": [row for _, row in sorted(services, key=lambda service: (service[0], service[1][0]))],
    }
