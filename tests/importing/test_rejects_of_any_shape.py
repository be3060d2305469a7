"""Rejects, corrected and imported, give the database of the clean file, whatever shape the file has."""

from __future__ import annotations

import csv
import io
import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.importing.workbench import Workbench, open_bench

modest = settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
Fresh = Callable[[], AbstractContextManager[Workbench]]
BAD = {"passed": "maybe", "machine": "Auto 33", "checked_at": "yesterday", "site": "Nowhere"}
texts = st.text("a1é ,;:\t\"'\r\n|=-", max_size=8).map("n{}".format)


@dataclass(frozen=True)
class Shape:
    """How a table is written."""

    columns: list[str]
    delimiter: str
    encoding: str
    line_end: str
    names_delimiter: bool


@dataclass(frozen=True)
class Handling:
    """What is done to the rejects before they are corrected, and by the spreadsheet that saves them."""

    repeats: int
    clears_complaints: bool
    padding: int


@dataclass(frozen=True)
class Line:
    """Good cells, and what is done to them before the first import."""

    cells: dict[str, str]
    fault: str
    place: int
    extra: str


shapes = st.builds(
    Shape,
    st.permutations(["checked_at", "passed", "machine", "notes", "site", "template", "logged_by", "_own", ""]).map(
        list
    ),
    st.sampled_from(",;\t"),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.booleans(),
)
lines = st.builds(
    Line,
    st.fixed_dictionaries(
        {
            "passed": st.sampled_from(["pass", "fail", " true "]),
            "machine": st.sampled_from(["Auto 1", "Auto 3"]),
            "notes": texts | st.just(""),
            "site": st.sampled_from(["", "Brisbane"]),
            "template": st.sampled_from(["", "Torque"]),
            "logged_by": st.sampled_from(["", "Ann Example"]),
            "_own": texts | st.just(""),
        }
    ),
    st.sampled_from(["none", *BAD, "short", "wide"]),
    st.integers(1, 8),
    st.sampled_from(["", "7", 'a"b', "x\ry", "notes: none"]),
)


@pytest.fixture
def fresh(plant_database: Path, tmp_path: Path) -> Fresh:
    numbers = count()

    @contextmanager
    def make() -> Iterator[Workbench]:
        folder = tmp_path / str(next(numbers))
        folder.mkdir()
        shutil.copy(plant_database, folder / "plant.db")
        bench = open_bench(folder / "plant.db", folder / "files")
        yield bench
        bench.connection.close()

    return make


def write(shape: Shape, rows: list[list[str]]) -> bytes:
    text = io.StringIO(newline="")
    if shape.names_delimiter:
        text.write(f"sep={shape.delimiter}{shape.line_end}")
    csv.writer(text, delimiter=shape.delimiter, lineterminator=shape.line_end, quoting=csv.QUOTE_ALL).writerows(rows)
    return text.getvalue().encode(shape.encoding)


def spoil(cells: list[str], header: list[str], line: Line) -> list[str]:
    if line.fault == "short":
        return cells[: len(cells) - line.place]
    if line.fault == "wide":
        return [*cells[: line.place], line.extra, *cells[line.place :]]
    if line.fault in header:
        return [BAD[line.fault] if name == line.fault else cell for name, cell in zip(header, cells, strict=True)]
    return cells


def correct(row: dict[str, str], header: list[str], clean: list[str], line: Line) -> list[str]:
    """What a person does: nothing is taken from the clean row but what was spoilt."""
    data = [cell for name, cell in row.items() if name not in ("_cells", "_error")][: len(header)]
    if line.fault == "short":
        assert row["_cells"].startswith(f"{len(header) - line.place} of ")
        kept = len(clean) - line.place
        assert data[kept:] == [""] * line.place
        return [*data[:kept], *clean[kept:]]
    if line.fault == "wide":
        start, _, others = row["_cells"].partition(" cells: ")
        assert start.startswith(f"{len(header) + 1} of ")
        data += next(csv.reader([others], strict=True)) if "\r" not in others else [others[1:-1].replace('""', '"')]
        return data[: line.place] + data[line.place + 1 :]
    return [good if name == line.fault else cell for name, cell, good in zip(header, data, clean, strict=True)]


@modest
@given(
    shape=shapes,
    content=st.lists(lines, min_size=1, max_size=5),
    handling=st.builds(Handling, st.integers(0, 2), st.booleans(), st.integers(0, 2)),
)
def test_a_table(
    fresh: Fresh,
    shape: Shape,
    content: list[Line],
    handling: Handling,
) -> None:
    header = ["_row", *shape.columns]
    clean = [
        [
            {**line.cells, "_row": str(number), "checked_at": f"2026-04-01T0{number}:00:00Z", "": ""}[name]
            for name in header
        ]
        for number, line in enumerate(content)
    ]
    spoilt = [spoil(cells, header, line) for cells, line in zip(clean, content, strict=True)]
    bad = [number for number, cells in enumerate(spoilt) if cells != clean[number]]
    with fresh() as bench, fresh() as other:
        report = bench.load_text("quality_checks.csv", write(shape, [header, *spoilt]), skip_bad=True)
        assert report.rejected == len(bad)
        rejects = bench.folder / "quality_checks.rejects.csv"
        for _ in range(handling.repeats if bad else 0):
            before = read(rejects, shape)
            assert bench.load(rejects, skip_bad=True).rejected == len(bad)
            assert [line[:-1] for line in read(rejects, shape)] == [line[:-1] for line in before]
        if bad:
            names, *rows = read(rejects, shape)
            mended = []
            for cells in rows:
                row = dict(zip(names, cells, strict=True))
                number = int(row["_row"])
                data = correct(row, header, clean[number], content[number])
                assert data == clean[number]
                own = [""] if "_cells" in names else []
                mended.append(
                    [*data, *own, "" if handling.clears_complaints else row["_error"], *[""] * handling.padding]
                )
            rejects.write_bytes(write(shape, [[*names, *[""] * handling.padding], *mended]))
            assert bench.problems_of(bench.load(rejects)) == []

        assert other.load_text("quality_checks.csv", write(shape, [header, *clean])).rejected == 0
        assert bench.contents() == other.contents()


def read(path: Path, shape: Shape) -> list[list[str]]:
    with path.open(newline="", encoding="utf-8" if shape.encoding == "utf-8" else "utf-8-sig") as file:
        if shape.names_delimiter:
            assert file.readline() == f"sep={shape.delimiter}\n"
        return list(csv.reader(file, delimiter=shape.delimiter, strict=True))


values = st.fixed_dictionaries(
    {},
    optional={
        "passed": st.booleans(),
        "notes": texts | st.none() | st.integers(),
        "logged_by": st.sampled_from(["Ann Example", "Bob", None]),
        "_own": st.recursive(st.none() | texts, st.lists, max_leaves=3),
    },
)


@modest
@given(
    content=st.lists(st.tuples(values, st.sampled_from(["", *BAD])), min_size=1, max_size=5),
    suffix=st.sampled_from(["json", "ndjson"]),
    repeats=st.integers(0, 2),
)
def test_objects_of_which_each_has_other_names(
    fresh: Fresh,
    content: list[tuple[dict[str, object], str]],
    suffix: str,
    repeats: int,
) -> None:
    keys: list[dict[str, object]] = [
        {"checked_at": f"2026-04-01T0{number}:00:00Z", "machine": "Auto 3", "site": "Brisbane", "template": None}
        for number in range(len(content))
    ]
    stored = [{**key, "passed": True, "notes": "before", "logged_by": "Cid"} for key in keys]
    clean = [{"_row": number, **key, **row} for number, (key, (row, _)) in enumerate(zip(keys, content, strict=True))]
    spoilt = [row | ({fault: BAD[fault]} if fault else {}) for row, (_, fault) in zip(clean, content, strict=True)]
    bad = [row["_row"] for row, (_, fault) in zip(clean, content, strict=True) if fault]
    name = f"quality_checks.{suffix}"
    with fresh() as bench, fresh() as other:
        for each in (bench, other):
            assert each.load_text("quality_checks.json", json.dumps(stored)).added == len(stored)
        report = bench.load_text(name, dump(suffix, spoilt), skip_bad=True)
        assert report.rejected == len(bad)
        rejects = bench.folder / "quality_checks.rejects.ndjson"
        for _ in range(repeats if bad else 0):
            before = rejects.read_bytes()
            assert bench.load(rejects, skip_bad=True).rejected == len(bad)
            assert rejects.read_bytes() == before
        if bad:
            rows = [json.loads(line) for line in rejects.read_text(encoding="utf-8").splitlines()]
            assert [[*row] for row in rows] == [[*spoilt[number], "_error"] for number in bad]
            mended = []
            for row in rows:
                fault = content[row["_row"]][1]
                value = clean[row["_row"]].get(fault)
                mended.append({**row, fault: value} if fault in clean[row["_row"]] else row | {"_": row.pop(fault)})
            rejects.write_text(dump("ndjson", mended), encoding="utf-8")
            assert bench.problems_of(bench.load(rejects)) == []

        assert other.load_text(name, dump(suffix, clean)).rejected == 0
        assert bench.contents() == other.contents()


def dump(suffix: str, rows: list[dict[str, object]]) -> str:
    return json.dumps(rows) if suffix == "json" else "".join(json.dumps(row) + "\n" for row in rows)
