"""What was out of the ordinary: the days that the records are remembered for, each run written by hand.

A storm, a seized gearbox, a damaged mould, a stop that nobody closed, the worked example of docs/oee.md, and
the three runs that are under way when the records end.
"""

from dataclasses import dataclass
from datetime import date

from benchmarks.sample_plant.plant import BRISBANE, DANDENONG, MACHINES, Job, Machine
from benchmarks.sample_plant.records import Run, Scrap, Stop
from benchmarks.sample_plant.shifts import LAST_DAY, instant

STORM_DAY, GEARBOX_DAY, MOULD_DAY, EXAMPLE_DAY = (
    date(2026, 1, 20), date(2026, 2, 11), date(2026, 3, 12), date(2026, 3, 26)
)  # fmt: skip
AS_OF = instant(BRISBANE, LAST_DAY, "23:40")  # nothing is recorded after this
FORGOTTEN_STOP = ("Sachet Filler 1", date(2026, 2, 24))  # that day's last run ends in a stop without an end
DAMAGED_MOULD = ("Moulder 2", MOULD_DAY)


@dataclass(frozen=True)
class Outage:
    """A stop that the shift could do nothing about; it lasts the same for every machine it hits."""

    machines: frozenset[str]
    stop: Stop


def _outage(site: str, day: date, start: str, end: str, reason: str, *machines: str) -> Outage:
    hit = frozenset(machines or (machine.name for machine in MACHINES if machine.site == site))
    return Outage(hit, Stop(instant(site, day, start), instant(site, day, end), "unplanned", reason))


OUTAGES = (
    _outage(BRISBANE, STORM_DAY, "14:35:20", "17:08:00", "Power outage — storm"),
    _outage(BRISBANE, GEARBOX_DAY, "08:12:45", "13:02:10", "Gearbox seized", "Filler 1"),
    _outage(DANDENONG, MOULD_DAY, "09:40:05", "11:55:30", "Cavity 7 damaged, mould pulled", "Moulder 2"),
)


def fixed_runs() -> list[Run]:
    return [_worked_example(), _failed_restart(), *_under_way()]


def _job(machine_name: str, sku: str) -> tuple[Machine, Job]:
    machine = next(machine for machine in MACHINES if machine.name == machine_name)
    return machine, next(job for job in machine.jobs if job.sku == sku)


def _worked_example() -> Run:
    """83.4 % available, 100.0 % performance, 99.8 % quality, 83.2 % overall; see docs/oee.md."""

    def at(clock: str) -> int:
        return instant(BRISBANE, EXAMPLE_DAY, clock)

    machine, job = _job("Auto 3", "TAB-ECO")
    return Run(
        machine, job, EXAMPLE_DAY, operator="Mei-Ling Zhao",
        started_at=at("10:21:16"), ended_at=at("12:21:29"), setup_s=720, running_at=at("10:33:16"),
        units=9700, target=10000, batch_number="A3-260326-2",
        stops=(Stop(at("11:05:00"), at("11:25:00"), "unplanned", "Film jam"),),
        scrap=(Scrap(20, "Torn wrap", at("11:26:10")),),
    )  # fmt: skip


def _failed_restart() -> Run:
    """After the gearbox: stopped from before its first second to after its last, no bottle filled."""

    def at(clock: str) -> int:
        return instant(BRISBANE, GEARBOX_DAY, clock)

    machine, job = _job("Filler 1", "DL-500")
    return Run(
        machine, job, GEARBOX_DAY, operator="Liam O'Brien",
        started_at=at("14:06:31"), ended_at=at("14:51:02"), setup_s=600, running_at=None,
        units=0, target=4000, batch_number=None,
        stops=(Stop(at("14:05:00"), at("15:02:00"), "unplanned", "Gearbox will not turn, fitter recalled"),),
    )  # fmt: skip


def _under_way() -> list[Run]:
    def at(site: str, clock: str) -> int:
        return instant(site, LAST_DAY, clock)

    filler, bottle = _job("Filler 1", "AP-750")
    first_moulder, cap = _job("Moulder 1", "CAP-28")
    second_moulder, trigger = _job("Moulder 2", "TRG-01")
    jam = Stop(at(DANDENONG, "24:21:48"), None, "unplanned", "Sprue stuck")
    rinse = Stop(at(BRISBANE, "22:52:10"), at(BRISBANE, "23:01:40"), "planned", "Nozzle rinse")
    underfilled = Scrap(14, "Underfilled", at(BRISBANE, "23:04:22"))
    return [
        Run(filler, bottle, LAST_DAY, "Chloé Marchetti", at(BRISBANE, "22:07:12"), None, 540,
            at(BRISBANE, "22:16:12"), 6480, 18000, None, (rinse,), (underfilled,)),
        Run(first_moulder, cap, LAST_DAY, "Farid Haddad", at(DANDENONG, "22:04:40"), None, 0,
            None, 11900, 34000, "M1-260331-3"),
        Run(second_moulder, trigger, LAST_DAY, "Farid Haddad", at(DANDENONG, "22:06:03"), None, 900,
            at(DANDENONG, "22:21:03"), 1890, None, "M2-260331-3", (jam,)),
    ]  # fmt: skip
