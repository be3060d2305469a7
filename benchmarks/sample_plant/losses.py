"""What was lost in a run: stops (breaks, jams, outages) and scrap.

Some stops overlap, and some begin before their run or end after it, as they do where two systems keep the
times: what counts is the union, clipped to the run.
"""

from benchmarks.sample_plant.dice import Dice
from benchmarks.sample_plant.plant import Machine
from benchmarks.sample_plant.records import Scrap, Stop, stopped_s

MOST_STOPPED = 0.28  # of a run, unless an outage hits it

STOP_REASONS: dict[str, tuple[str | None, ...]] = {
    "L": ("Waiting for QA release", "Agitator trip", "Transfer hose leak", "Steam pressure low"),
    "kg": ("Bridging in hopper", "Dust filter full", "Waiting for raw material", "Magnet check"),
    "bottles": (
        "Bottle jam",
        "Cap chute empty",
        "Nozzle drip",
        "No bulk liquid",
        "Conveyor sensor dirty",
        None,
    ),
    "units": ("Film jam", "Film reel change", "Tablet feed starved", "Date coder fault", "Guard open", None),
    "pcs": (
        "Sprue stuck",
        "Robot gripper fault",
        "Mould temperature high",
        "Hopper empty",
        "Short shot alarm",
    ),
    "sachets": ("Sealing jaw cold", "Film splice", "Auger blocked", "Checkweigher reject limit", None),
    "jars": ("Label reel change", "Label misfeed", "Glue smear — clean down", "Accumulation table full"),
}
SCRAP_REASONS: dict[str, tuple[str | None, ...]] = {
    "L": ("Start-up flush", "Off colour", "Line drain-off"),
    "kg": ("Sweepings", "Lumps sieved out", "Moisture over limit"),
    "bottles": ("Underfilled", "Crooked cap", "Dented bottle", "Leaking", None),
    "units": ("Torn wrap", "Broken tablet", "Seal open", "No date code", None),
    "pcs": ("Short shot", "Flash", "Sink marks", "Start-up shots"),
    "sachets": ("Seal open", "Underweight", "Powder in seal", "Splice"),
    "jars": ("Crooked label", "Label creased", "Cracked jar", None),
}


def throw_stops(dice: Dice, machine: Machine, start: int, end: int, hit: list[Stop]) -> tuple[Stop, ...]:
    """The stops of a run by their start, no two in the same second."""
    outages = [stop for stop in hit if stopped_s([stop], start, end)]
    stops = outages + _throw_break(dice, start, end)
    for _ in range(int(dice.real(0, 3.2) * machine.trouble)):
        stop = _throw_fault(dice, machine, start, end)
        if outages or stopped_s([*stops, stop], start, end) <= MOST_STOPPED * (end - start):
            stops.append(stop)
    if dice.chance(0.02):
        stops.append(_spill(dice, start, "Late start — area not cleared"))
    if dice.chance(0.02):
        stops.append(_spill(dice, end, "Clean down, ran over"))
    unique = {stop.started_at: stop for stop in stops}
    return tuple(unique[instant] for instant in sorted(unique))


def _throw_break(dice: Dice, start: int, end: int) -> list[Stop]:
    length_s = dice.whole(1500, 1980) if end - start > 5 * 3600 else dice.whole(660, 1020)
    if end - start < 90 * 60 or dice.chance(0.05):
        return []
    begin = int(start + (end - start) * dice.real(0.4, 0.6))
    return [Stop(begin, begin + length_s, "planned", "Meal break" if length_s >= 1500 else "Tea break")]


def _throw_fault(dice: Dice, machine: Machine, start: int, end: int) -> Stop:
    luck = dice.real(0, 1)
    shortest_s, longest_s = (90, 600) if luck < 0.62 else (600, 1300) if luck < 0.88 else (1300, 2700)
    length_s = min(dice.whole(shortest_s, longest_s), (end - start) // 6)
    begin = dice.whole(start + 120, end - length_s - 60)
    if dice.chance(0.04):
        return Stop(begin, begin + length_s, "planned", "Hourly sample taken")
    category = None if dice.chance(0.05) else "unplanned"
    return Stop(begin, begin + length_s, category, dice.pick(STOP_REASONS[machine.uom]))


def _spill(dice: Dice, edge: int, reason: str) -> Stop:
    """A stop across an edge of the run."""
    return Stop(edge - dice.whole(60, 420), edge + dice.whole(60, 600), "planned", reason)


def throw_scrap(
    dice: Dice, machine: Machine, units: float, window: tuple[int, int], damaged: bool
) -> tuple[Scrap, ...]:
    """Up to three entries, oldest first, each in a second of its own; litres and kilograms to one decimal."""
    if not damaged and dice.chance(0.1):
        return ()
    left = units * (0.11 if damaged else dice.real(0.0, 0.025))
    instants = sorted({dice.whole(*window) for _ in range(dice.pick((1, 1, 2, 2, 3)))})
    scrap = []
    for number, timestamp in enumerate(instants, 1):
        share = left if number == len(instants) else left * dice.real(0.2, 0.7)
        left -= share
        count: float = int(share * 10) / 10 if machine.uom in ("L", "kg") else int(share)
        if count:
            reason = "Cavity 7 flash" if damaged else dice.pick(SCRAP_REASONS[machine.uom])
            scrap.append(Scrap(count, reason, timestamp))
    return tuple(scrap)
