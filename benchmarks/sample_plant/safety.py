"""What went wrong for people?  The quarter's incident register, written by hand."""

from datetime import date

from benchmarks.sample_plant.shifts import instant
from benchmarks.sample_plant.tables import Row, stamp

# Local time, severity, status, site, location (may be empty), title.
REGISTER = """
2026-01-05 09:12 | low | closed | Brisbane | Mixing bay | Slipped on wet floor at Kettle 1
2026-01-07 13:40 | high | closed | Dandenong | Warehouse, aisle 4 | Near miss: pallet fell from rack
2026-01-09 17:25 | medium | closed | Brisbane | Auto 2 | Cut finger on film knife
2026-01-13 07:50 | high | closed | Brisbane | Capper 1 | Guard interlock bypassed with tape
2026-01-14 08:20 | low | closed | Dandenong | Loading dock | Forklift brushed a handrail
2026-01-20 14:36 | medium | closed | Brisbane | | Emergency lighting failed during outage
2026-01-22 10:05 | medium | closed | Dandenong | Blender 1 | Powder in eye while emptying dust filter
2026-01-28 15:30 | low | closed | Dandenong | Packing hall | Heat stress, rest and water given
2026-02-02 11:18 | medium | closed | Brisbane | Mixing bay | Chemical splash on forearm
2026-02-05 22:41 | low | closed | Dandenong | Moulder 1 | Tripped over air hose
2026-02-09 03:10 | high | corrective_actions_open | Dandenong | Moulder 2 | Burn from 230 °C nozzle
2026-02-11 10:55 | medium | corrective_actions_open | Brisbane | Filler 1 | Gearbox lifted, no load plan
2026-02-13 09:02 | low | closed | Brisbane | Mixing bay | Fire alarm, no fire: steam from kettle
2026-02-17 08:44 | medium | closed | Dandenong | Blender 1 | Back strain lifting sacks
2026-02-19 02:05 | high | corrective_actions_open | Dandenong | Chiller room | Smell of refrigerant
2026-02-23 14:15 | low | closed | Dandenong | Labeller 1 | Label printer sparked — plug replaced
2026-02-26 19:33 | medium | corrective_actions_open | Brisbane | Filler 1 | Spill of 40 L bulk dish liquid
2026-03-03 16:08 | high | under_investigation | Brisbane | Auto 1 | Near miss: hand past light curtain
2026-03-05 11:30 | low | closed | Brisbane | Café door to hall 2 | Visitor without ear protection
2026-03-12 10:20 | critical | under_investigation | Dandenong | Moulder 2 | Mould swung on its chain
2026-03-17 07:25 | high | under_investigation | Brisbane | Kettle 1 | Contractor worked without a permit
2026-03-20 20:12 | medium | corrective_actions_open | Brisbane | Auto 3 | Pinched hand in carton magazine
2026-03-24 09:40 | medium | under_investigation | Dandenong | Packing hall | Eyewash station found dry
2026-03-27 13:05 | low | reported | Brisbane | | Paper cut, dressed
2026-03-30 10:15 | medium | reported | Dandenong | Loading dock | Hydraulic oil on forklift route
2026-03-31 16:50 | low | reported | Brisbane | Compressor room | Oil mist from compressor outlet
"""


def safety_tables() -> dict[str, list[Row]]:
    rows: list[Row] = []
    for number, line in enumerate(REGISTER.strip().splitlines(), 1):
        local, severity, status, site, location, title = (part.strip() for part in line.split("|"))
        day, clock = local.split()
        occurred_at = stamp(instant(site, date.fromisoformat(day), clock))
        rows.append((f"INC-2026-{number:03}", title, severity, status, occurred_at, location or None, site))
    return {"incidents": rows}
