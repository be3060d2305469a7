"""Does the sample plant score as a real one does?  OEE is worked out here without anything of the product."""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import pairwise
from typing import NamedTuple

from tests.sample import AS_OF, EXAMPLE, read, seconds, values

# (machine, start): the days that README.md of the folder tells of; everything else has to look ordinary.
BAD_RUNS = {
    ("Filler 1", "2026-02-10T20:01:29Z"),
    ("Filler 1", "2026-02-11T04:06:31Z"),
    ("Filler 1", "2026-01-20T04:04:56Z"),
    ("Capper 1", "2026-01-20T04:01:37Z"),
    ("Auto 1", "2026-01-20T04:06:33Z"),
    ("Auto 2", "2026-01-20T04:08:36Z"),
    ("Auto 3", "2026-01-20T04:05:06Z"),
    ("Moulder 2", "2026-03-11T19:07:30Z"),
}


class Score(NamedTuple):
    busy_s: int
    processing_s: int
    availability: float
    performance: float | None
    quality: float | None


def score_runs() -> dict[tuple[str, str], Score]:
    """OEE the slow way, as a set of stopped seconds: nothing in common with how the product computes it."""
    ideal = {values(row, "machine product_sku"): float(row["ideal_cycle_seconds"]) for row in read("standards")}
    stops, scrap = defaultdict(list), Counter[tuple[str, ...]]()
    for row in read("downtime"):
        stops[values(row, "machine run_started_at")].append(row)
    for row in read("scrap"):
        scrap[values(row, "machine run_started_at")] += float(row["units"])  # type: ignore[assignment]
    scores = {}
    for run in read("runs"):
        if run["status"] != "completed":
            continue
        key = (run["machine"], run["started_at"])
        start, end, units = seconds(run["started_at"]), seconds(run["ended_at"]), float(run["units_produced"])
        stopped: set[int] = set()
        for stop in stops[key]:
            stop_end = seconds(stop["ended_at"]) if stop["ended_at"] else end
            stopped.update(range(max(start, seconds(stop["started_at"])), min(end, stop_end)))
        busy, processing = end - start, end - start - len(stopped)
        target = float(run["target_quantity"] or 0)
        per_unit = ideal.get(values(run, "machine product_sku"), busy / target if target else None)
        performance: float | None = None
        if not units or not processing:
            performance = 0.0
        elif per_unit is not None:
            performance = min(1.0, per_unit * units / processing)
        quality = (units - scrap[key]) / units if units else None
        scores[key] = Score(busy, processing, processing / busy, performance, quality)
    return scores


def test_the_worked_example_is_there_and_alone_in_its_second() -> None:
    assert [row for row in read("runs") if row["started_at"] == EXAMPLE[1]] == [
        {
            "machine": "Auto 3",
            "site": "Brisbane",
            "product_sku": "TAB-ECO",
            "operator": "Mei-Ling Zhao",
            "started_at": "2026-03-26T00:21:16Z",
            "ended_at": "2026-03-26T02:21:29Z",
            "status": "completed",
            "setup_duration_seconds": "720",
            "running_at": "2026-03-26T00:33:16Z",
            "units_produced": "9700",
            "target_quantity": "10000",
            "batch_number": "A3-260326-2",
        }
    ]
    assert ("Auto 3", "TAB-ECO") not in {values(row, "machine product_sku") for row in read("standards")}
    stops = [row for row in read("downtime") if values(row, "machine run_started_at") == EXAMPLE]
    assert [values(row, "started_at ended_at") for row in stops] == [("2026-03-26T01:05:00Z", "2026-03-26T01:25:00Z")]
    scrap = [row for row in read("scrap") if values(row, "machine run_started_at") == EXAMPLE]
    assert [row["units"] for row in scrap] == ["20"]
    # 7213 s busy, 6013 s of them working; 0.7213 s planned for each of 9700 units; 9680 of 9700 good
    assert score_runs()[EXAMPLE] == (7213, 6013, 6013 / 7213, 1.0, 9680 / 9700)


def test_ordinary_runs_score_as_a_real_plant_does() -> None:
    scores = score_runs()
    assert BAD_RUNS.issubset(scores)
    ordinary = {key: score for key, score in scores.items() if key not in BAD_RUNS}
    for key, score in ordinary.items():
        assert score.availability >= 0.70, key
        assert score.performance is None or 0.75 <= score.performance <= 1, key
        assert score.quality is not None, key
        assert 0.95 <= score.quality <= 1, key
    without_stops = sum(score.availability > 0.97 for score in ordinary.values())
    assert without_stops < 0.05 * len(ordinary)
    assert all(
        score.availability < 0.70 or (score.quality is not None and score.quality < 0.9)
        for score in (scores[key] for key in BAD_RUNS)
    )


def test_every_machine_is_available_between_85_and_95_percent() -> None:
    totals: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for (machine, _), score in score_runs().items():
        totals[machine][0] += score.processing_s
        totals[machine][1] += score.busy_s
    for machine, (processing, busy) in totals.items():
        assert 0.85 < processing / busy < 0.95, machine


def test_the_edge_cases_of_oee_occur() -> None:
    scores, runs = score_runs(), read("runs")
    assert scores["Filler 1", "2026-02-11T04:06:31Z"] == (2671, 0, 0.0, 0.0, None)
    assert sum(score.performance is None for score in scores.values()) >= 5
    assert any(row["target_quantity"] == "" for row in runs)
    assert any(row["target_quantity"] == "0" for row in runs)
    assert any(row["units_produced"].endswith(".5") for row in runs)
    ends = {values(row, "machine started_at"): row["ended_at"] for row in runs}
    stops = defaultdict(list)
    for row in read("downtime"):
        run = values(row, "machine run_started_at")
        stops[run].append((row["started_at"], row["ended_at"] or ends[run] or AS_OF))
    early = sum(start < run[1] for run, found in stops.items() for start, _ in found)
    late = sum(end > (ends[run] or AS_OF) for run, found in stops.items() for _, end in found)
    overlapping = sum(later[0] < earlier[1] for found in stops.values() for earlier, later in pairwise(sorted(found)))
    assert early >= 10
    assert late >= 10
    assert overlapping >= 10
