"""How did production go?  Runs shift by shift, with stops, scrap and the batch they were made from.

A run's counts follow from its times: what is left after setup and stops, at nearly full speed.  A machine
does one run at a time, inside its shift; runs written by hand keep their hours, the others go around them.
"""

from collections.abc import Iterator

from benchmarks.sample_plant.dice import Dice
from benchmarks.sample_plant.events import AS_OF, DAMAGED_MOULD, FORGOTTEN_STOP, OUTAGES, fixed_runs
from benchmarks.sample_plant.losses import throw_scrap, throw_stops
from benchmarks.sample_plant.plant import MACHINES, MADE_FROM, Job, Machine
from benchmarks.sample_plant.records import Run, Stop, stopped_s
from benchmarks.sample_plant.shifts import FIRST_DAY, Shift, shifts_of
from benchmarks.sample_plant.tables import Row, stamp

SHORTEST_WINDOW_S, LONGEST_SINGLE_RUN_S, BETWEEN_RUNS_S = 45 * 60, 5 * 3600, 12 * 60


def build_runs(seed: int) -> list[Run]:
    """All runs, by start; those that are under way at the end included."""
    by_hand = fixed_runs()
    runs = list(by_hand)
    for machine in MACHINES:
        dice = Dice(seed, f"production of {machine.name}")
        kept = [run for run in by_hand if run.machine is machine]
        for shift in shifts_of(machine):
            if shift.ended_at <= AS_OF:
                runs += _work_shift(dice, machine, shift, kept)
    runs.sort(key=lambda run: (run.started_at, run.machine.name))
    return _trace_batches(_forget_a_stop(runs))


def _work_shift(dice: Dice, machine: Machine, shift: Shift, kept: list[Run]) -> Iterator[Run]:
    hit = [outage.stop for outage in OUTAGES if machine.name in outage.machines]
    hit = [stop for stop in hit if shift.started_at <= stop.started_at < shift.ended_at]
    for start, end in _windows(shift, kept):
        split = end - start >= LONGEST_SINGLE_RUN_S and dice.chance(machine.split_chance) and not hit
        middle = int(start + (end - start) * dice.real(0.4, 0.6))
        for low, high in ((start, middle), (middle, end)) if split else ((start, end),):
            yield _make_run(dice, machine, shift, (low, high), hit)


def _windows(shift: Shift, kept: list[Run]) -> Iterator[tuple[int, int]]:
    """The stretches of a shift that no run written by hand occupies."""
    start = shift.started_at
    for run in kept:
        if run.ended_at is not None and shift.started_at <= run.started_at < shift.ended_at:
            yield from _if_long_enough(start, run.started_at - BETWEEN_RUNS_S)
            start = run.ended_at + BETWEEN_RUNS_S
    yield from _if_long_enough(start, shift.ended_at)


def _if_long_enough(start: int, end: int) -> Iterator[tuple[int, int]]:
    if end - start >= SHORTEST_WINDOW_S:
        yield start, end


def _make_run(dice: Dice, machine: Machine, shift: Shift, window: tuple[int, int], hit: list[Stop]) -> Run:
    start = window[0] + dice.whole(60, 540)
    end = window[1] - dice.whole(30, 480)
    job = _choose_job(dice, machine, shift)
    low, high = machine.setup_min
    setup_s = dice.whole(low, high) * 60 + dice.whole(0, 59) if high else 0
    stops = throw_stops(dice, machine, start, end, hit)
    producing_s = max(0, end - start - stopped_s(stops, start, end) - setup_s)
    measured = machine.uom in ("L", "kg")
    made = producing_s / job.cycle_s * dice.real(0.87, 1.0)
    units: float = int(made * 2) / 2 if measured else int(made)
    damaged = (machine.name, shift.day) == DAMAGED_MOULD and shift.letter == "d"
    return Run(
        machine,
        job,
        shift.day,
        None if dice.chance(0.02) else _on_duty(machine, shift),
        start,
        end,
        setup_s,
        start + setup_s if setup_s and not dice.chance(0.08) else None,
        units,
        _throw_target(dice, job, end - start - setup_s, end - start),
        None if dice.chance(0.05) else f"{machine.code}-{shift.day:%y%m%d}-{_lot_number(start, shift)}",
        stops,
        throw_scrap(dice, machine, units, (start + setup_s, end), damaged),
    )


def _lot_number(start: int, shift: Shift) -> int:
    """Lots are numbered by the stretch of the day in which they began, three of 2:40 h to a shift."""
    return "den".index(shift.letter) * 3 + (start - shift.started_at) // 9600 + 1


def _choose_job(dice: Dice, machine: Machine, shift: Shift) -> Job:
    if machine.days_a_product:
        return machine.jobs[(shift.day - FIRST_DAY).days // machine.days_a_product % len(machine.jobs)]
    return dice.pick(machine.jobs)


def _on_duty(machine: Machine, shift: Shift) -> str:
    """The crew changes shifts from week to week."""
    week = shift.day.isocalendar().week
    return machine.crew[("den".index(shift.letter) + week) % len(machine.crew)]


def _throw_target(dice: Dice, job: Job, after_setup_s: int, busy_s: int) -> int | None:
    """Planned from the standard where there is one; else from memory, which is on the low side."""
    if dice.chance(0.06):
        return None
    if dice.chance(0.004):
        return 0
    planned = after_setup_s * dice.real(0.8, 0.92) if job.on_record else busy_s * dice.real(0.82, 0.96)
    units = planned / job.cycle_s
    step = 500 if units > 5000 else 100 if units > 1000 else 10
    return max(step, int(units / step + 0.5) * step)


def _forget_a_stop(runs: list[Run]) -> list[Run]:
    """One stop was never closed: it lasts to the end of its run."""
    name, day = FORGOTTEN_STOP
    run = [run for run in runs if run.machine.name == name and run.day == day][-1]
    assert run.ended_at is not None
    left_open = Stop(run.ended_at - 9 * 60 - 14, None, "unplanned", "Sealing jaw cold")
    changed = run.with_stops((*run.stops, left_open))
    return [changed if other is run else other for other in runs]


def _trace_batches(runs: list[Run]) -> list[Run]:
    """A packed product carries the number of the bulk batch that was ready last before it."""
    ready: dict[str, str] = {}
    traced = []
    for run in runs:
        bulk = MADE_FROM.get(run.job.sku)
        if run.batch_number is not None and run.job.sku in MADE_FROM.values():
            ready[run.job.sku] = run.batch_number
        known = run.batch_number is not None and bulk in ready
        traced.append(run.with_batch(ready[bulk]) if known and bulk else run)
    return traced


def production_tables(runs: list[Run]) -> dict[str, list[Row]]:
    return {
        "runs": [_run_row(run) for run in runs],
        "scrap": [
            (run.machine.name, stamp(run.started_at), scrap.units, scrap.reason, stamp(scrap.timestamp))
            for run in runs
            for scrap in run.scrap
        ],
        "downtime": [
            (
                run.machine.name,
                stamp(run.started_at),
                stamp(stop.started_at),
                None if stop.ended_at is None else stamp(stop.ended_at),
                stop.category,
                stop.reason,
            )
            for run in runs
            for stop in run.stops
        ],
    }


def _run_row(run: Run) -> Row:
    return (
        run.machine.name,
        run.machine.site,
        run.job.sku,
        run.operator,
        stamp(run.started_at),
        None if run.ended_at is None else stamp(run.ended_at),
        "running" if run.ended_at is None else "completed",
        run.setup_s,
        None if run.running_at is None else stamp(run.running_at),
        run.units,
        run.target,
        run.batch_number,
    )
