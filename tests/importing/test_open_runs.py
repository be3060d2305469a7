"""One open run a machine, judged when all rows of the call are known."""

from __future__ import annotations

from tests.importing.workbench import Workbench

HEADER = "machine,started_at,ended_at,product_sku,units_produced\n"
CLOSES = "Auto 1,2026-03-26T00:00:00Z,2026-03-26T08:00:00Z,P-1,500\n"
OPENS = "Auto 1,2026-03-26T09:00:00Z,,P-1,0\n"


def open_runs(bench: Workbench) -> list[tuple[str, ...]]:
    return bench.rows(
        "SELECT machine.name, time(started_at, 'unixepoch') FROM run JOIN machine ON machine.id = machine_id"
        " WHERE status = 'running' ORDER BY started_at"
    )


def test_a_run_may_be_closed_and_the_next_opened_in_either_order(bench: Workbench) -> None:
    report = bench.load_text("runs.csv", HEADER + OPENS + CLOSES)

    assert report.summary() == "1 added, 1 updated, 0 unchanged, 0 rejected"
    assert open_runs(bench) == [("Auto 1", "09:00:00")]


def test_two_files_of_one_call_are_judged_together(bench: Workbench) -> None:
    opens = bench.write("runs.csv", HEADER + OPENS)
    closes = bench.write(
        "runs.ndjson",
        '{"machine": "Auto 1", "started_at": "2026-03-26T00:00:00Z", "ended_at": "2026-03-26T08:00:00Z"}\n',
    )

    assert bench.load(opens, closes).rejected == 0
    assert open_runs(bench) == [("Auto 1", "09:00:00")]


def test_a_second_open_run_is_refused(bench: Workbench) -> None:
    report = bench.load_text("runs.csv", HEADER + OPENS)

    assert bench.problems_of(report) == [
        'runs.csv:2: ended_at: is required: machine "Auto 1" already has an open run, started at 2026-03-26T00:00:00Z'
    ]


def test_of_two_new_open_runs_the_later_line_is_refused(bench: Workbench) -> None:
    two = "Auto 3,2026-03-27T00:00:00Z,,P-1,0\nAuto 3,2026-03-28T00:00:00Z,,P-1,0\n"

    report = bench.load_text("runs.csv", HEADER + two, skip_bad=True)

    assert [problem.split(": ")[0] for problem in bench.problems_of(report)] == ["runs.csv:3"]
    assert report.added == 1


def test_other_machines_may_have_open_runs(bench: Workbench) -> None:
    assert bench.load_text("runs.csv", HEADER + "Auto 3,2026-03-27T00:00:00Z,,P-1,0\n").added == 1
    assert len(open_runs(bench)) == 2


def test_the_open_run_itself_may_be_imported_again(bench: Workbench) -> None:
    again = "Auto 1,2026-03-26T00:00:00Z,,P-1,{}\n"

    assert bench.load_text("runs.csv", HEADER + again.format(10)).unchanged == 1
    assert bench.load_text("runs.csv", HEADER + again.format(20)).updated == 1


def test_a_chain_of_runs_that_wait_for_each_other_is_resolved(bench: Workbench) -> None:
    """The open run passes along three machines, given in the worst order."""
    names = ("Auto 1", "Auto 3", "Shared")
    bench.load_text("runs.csv", HEADER + "Auto 3,2026-03-27T00:00:00Z,,P-1,0\n")
    sql = "SELECT machine.name, run.uuid FROM run JOIN machine ON machine.id = machine_id WHERE status = 'running'"
    uuids = dict(bench.rows(sql))

    report = bench.load_text(
        "runs.csv", f"id,machine,site\n{uuids[names[0]]},{names[1]},\n{uuids[names[1]]},{names[2]},Perth\n"
    )

    assert report.summary() == "0 added, 2 updated, 0 unchanged, 0 rejected"
    assert open_runs(bench) == [("Auto 3", "00:00:00"), ("Shared", "00:00:00")]
