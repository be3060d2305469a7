"""A number that is written otherwise is refused, with what to write in its place; none is guessed."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nexshift.storage.importing.numbers import explain_doubt, explain_number, list_readings
from tests.importing.workbench import Workbench

modest = settings(max_examples=500, deadline=None, derandomize=True, database=None)
BOTH = "write it without thousands separators, with a point for decimals"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("1,000", f"could be 1 or 1000; {BOTH}"),
        ("12,500", f"could be 12.5 or 12500; {BOTH}"),
        ("+1,000", f"could be 1 or 1000; {BOTH}"),
        ("-1,000", f"could be -1 or -1000; {BOTH}"),
        ("999,999", f"could be 999.999 or 999999; {BOTH}"),
        ("1,5", "is not a number; use a point for decimals"),
        ("0,908", "is not a number; use a point for decimals"),
        ("1234,567", "is not a number; use a point for decimals"),
        ("1,0000", "is not a number; use a point for decimals"),
        ("1,234,567", "is not a number; write 1234567, without thousands separators"),
        ("1.234.567", "is not a number; write 1234567, without thousands separators"),
        ("1 000", "is not a number; write 1000, without thousands separators"),
        ("1\xa0000", "is not a number; write 1000, without thousands separators"),
        ("1\u202f000", "is not a number; write 1000, without thousands separators"),
        ("1'000", "is not a number; write 1000, without thousands separators"),
        ("1’000.50", "is not a number; write 1000.5, without thousands separators"),
        ("1_000", "is not a number; write 1000, without thousands separators"),
        ("1,00,000", "is not a number; write 100000, without thousands separators"),
        ("12,345.678", "is not a number; write 12345.678, without thousands separators"),
        ("1.234,5", "is not a number; write 1234.5, without thousands separators and with a point for decimals"),
        ("1\u202f000,5", "is not a number; write 1000.5, without thousands separators and with a point for decimals"),
        ("１０００", "is not a number; write 1000, in the digits 0 to 9"),
        ("١٢", "is not a number; write 12, in the digits 0 to 9"),
        ("−5", "is not a number; write -5, with a hyphen for the sign"),
        ("−1,5", "is not a number; write -1.5, with a point for decimals and with a hyphen for the sign"),
        ("1,000,00", "is not a number"),
        ("1,5,5", "is not a number"),
        ("5 kg", "is not a number"),
        ("many", "is not a number"),
        ("1" * 500 + ",5", "is not a number"),
    ],
)
def test_a_text_is_explained(text: str, reason: str) -> None:
    assert explain_number(text) == reason


@modest
@given(
    number=st.integers(0, 10**12),
    decimals=st.integers(0, 10**6),
    mark=st.sampled_from([(",", "."), (".", ","), (" ", ","), ("'", ".")]),
)
def test_every_reading_is_a_number_and_what_was_meant_is_among_them(
    number: int, decimals: int, mark: tuple[str, str]
) -> None:
    thousands, point = mark
    text = f"{number:,}".replace(",", thousands) + (f"{point}{decimals}" if decimals else "")
    meant = float(f"{number}.{decimals}")

    readings = [float(reading) for reading in list_readings(text)]

    assert meant in readings
    assert len(readings) <= 2


RUN = ["machine", "product_sku", "started_at", "ended_at", "units_produced"]
CELLS = ["Auto 3", "P-1", "2026-03-27T08:00:00Z", "2026-03-27T10:00:00Z"]


def write_run(delimiter: str, units: str) -> str:
    return "".join(delimiter.join(row) + "\n" for row in (RUN, [*CELLS, units]))


@pytest.mark.parametrize(
    ("units", "reason"),
    [
        ("13.908", '"13.908" could be 13.908 or 13908 in a file with semicolons; write 13.9080 or 13908'),
        ("12.500", '"12.500" could be 12.5 or 12500 in a file with semicolons; write 12.5 or 12500'),
        ("1.000", '"1.000" could be 1 or 1000 in a file with semicolons; write 1 or 1000'),
    ],
)
def test_three_digits_behind_a_point_are_doubtful_in_a_file_with_semicolons(
    bench: Workbench, units: str, reason: str
) -> None:
    report = bench.load_text("runs.csv", write_run(";", units))

    assert bench.problems_of(report) == [f"runs.csv:2: units_produced: {reason}"]


@pytest.mark.parametrize("units", ["13.9080", "12.5", "0.908", "1234.567", "13908", "13.90", "1.2345"])
def test_other_numbers_mean_one_thing_there(bench: Workbench, units: str) -> None:
    assert bench.load_text("runs.csv", write_run(";", units)).added == 1
    assert bench.rows("SELECT units_produced FROM run WHERE started_at > 1774569600") == [(float(units),)]


def test_an_ideal_cycle_time_is_a_number_too(bench: Workbench) -> None:
    report = bench.load_text("standards.csv", "machine;product_sku;ideal_cycle_seconds\nAuto 3;P-1;1.250\n")

    assert bench.problems_of(report) == [
        'standards.csv:2: ideal_cycle_seconds: "1.250" could be 1.25 or 1250 in a file with semicolons;'
        " write 1.25 or 1250"
    ]


def test_whether_a_number_is_doubtful_does_not_depend_on_its_neighbours(bench: Workbench) -> None:
    rows = [
        f"{';'.join(CELLS[:2])};2026-03-27T0{hour}:00:00Z;2026-03-27T0{hour}:30:00Z;{units}"
        for hour, units in enumerate(("0.5", "13.908", "12.55"))
    ]

    report = bench.load_text("runs.csv", "\n".join([";".join(RUN), *rows, ""]))

    assert [problem[:10] for problem in bench.problems_of(report)] == ["runs.csv:3"]


def test_excels_own_tabs_leave_the_same_doubt_and_a_programs_do_not(bench: Workbench) -> None:
    text = write_run("\t", "13.908")

    report = bench.load_text("runs.txt", text.encode("utf-16"))

    assert bench.problems_of(report) == [
        'runs.txt:2: units_produced: "13.908" could be 13.908 or 13908 in a file that Excel wrote with tabs;'
        " write 13.9080 or 13908"
    ]
    assert bench.load_text("runs.tsv", text).added == 1


def test_commas_and_json_leave_no_doubt(bench: Workbench) -> None:
    assert bench.load_text("runs.csv", write_run(",", "13.908")).added == 1
    cells = ", ".join(f'"{name}": "{cell}"' for name, cell in zip(RUN, CELLS, strict=False))
    assert bench.load_text("runs.ndjson", f'{{{cells}, "units_produced": 12.500}}\n').updated == 1
    assert bench.load_text("runs.ndjson", f'{{{cells}, "units_produced": "13.908"}}\n').updated == 1


def test_a_doubtful_number_is_doubtful_among_the_rejects_too(bench: Workbench) -> None:
    bench.load_text("runs.csv", write_run(";", "13.908"), skip_bad=True)

    report = bench.load(bench.folder / "runs.rejects.csv")

    assert report.rejected == 1


def test_nothing_else_is_doubtful() -> None:
    assert explain_doubt("13.908", "here")
    assert not any(explain_doubt(text, "here") for text in ("0.908", "1234.567", "12.50", "12.5000", "12.500e0", "a"))
