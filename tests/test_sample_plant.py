"""Do the files of the sample plant come from its seed, fit together and hold every kind of record?"""

from __future__ import annotations

import sys
from collections import Counter, defaultdict
from itertools import pairwise

import pytest

from benchmarks.sample_plant import SEED, build_files
from tests.sample import AS_OF, DATA, EXAMPLE, read, seconds, values

HEADERS = {
    "sites": "name,location",
    "machines": "name,site,uom",
    "products": "sku,description",
    "operators": "full_name",
    "standards": "machine,product_sku,ideal_cycle_seconds",
    "runs": "machine,site,product_sku,operator,started_at,ended_at,status,setup_duration_seconds,running_at,"
    "units_produced,target_quantity,batch_number",
    "scrap": "machine,run_started_at,units,reason,timestamp",
    "downtime": "machine,run_started_at,started_at,ended_at,category,reason",
    "quality_checks": "checked_at,passed,notes,machine,site,template,logged_by",
    "assets": "asset_number,name,category,site",
    "maintenance": "asset_number,site,started_at,ended_at,reason",
    "incidents": "reference_number,title,severity,status,occurred_at,location,site",
    "materials": "code,name",
    "recipes": "code,name,version,is_formulation",
    "batches": "batch_number,total_qty,qty_uom,notes,created_at,site,recipe_code,recipe_version",
    "ingredients": "batch_number,material_code,qty_used,uom,supplier_batch",
    "material_logs": "logged_at,site,machine,run_started_at,recipe_code,recipe_version,material_code,"
    "qty_used,uom,supplier_batch",
}
# Machine names and batch numbers are unique in the whole company here, so no reference needs its site.
KEYS = {
    "sites": "name",
    "machines": "name",
    "products": "sku",
    "operators": "full_name",
    "standards": "machine product_sku",
    "runs": "machine started_at",
    "scrap": "machine run_started_at timestamp reason",
    "downtime": "machine run_started_at started_at",
    "quality_checks": "site machine template checked_at",
    "assets": "asset_number",
    "maintenance": "asset_number started_at",
    "incidents": "reference_number",
    "materials": "code",
    "recipes": "code version",
    "batches": "batch_number",
    "ingredients": "batch_number material_code supplier_batch",
    "material_logs": "site machine material_code logged_at",
}
REFERENCES = [
    ("machines", "site", "sites"),
    ("standards", "machine", "machines"),
    ("standards", "product_sku", "products"),
    ("runs", "machine site", "machines:name site"),
    ("runs", "product_sku", "products"),
    ("runs", "operator", "operators"),
    ("scrap", "machine run_started_at", "runs"),
    ("downtime", "machine run_started_at", "runs"),
    ("quality_checks", "site", "sites"),
    ("quality_checks", "machine site", "machines:name site"),
    ("assets", "site", "sites"),
    ("maintenance", "asset_number site", "assets:asset_number site"),
    ("incidents", "site", "sites"),
    ("batches", "site", "sites"),
    ("batches", "recipe_code recipe_version", "recipes"),
    ("ingredients", "batch_number", "batches"),
    ("ingredients", "material_code", "materials"),
    ("material_logs", "site", "sites"),
    ("material_logs", "machine site", "machines:name site"),
    ("material_logs", "machine run_started_at", "runs"),
    ("material_logs", "recipe_code recipe_version", "recipes"),
    ("material_logs", "material_code", "materials"),
]
REQUIRED = {
    "scrap": "units timestamp",
    "downtime": "started_at",
    "runs": "machine product_sku started_at status units_produced",
    "quality_checks": "checked_at passed site",
    "assets": "asset_number name site",
    "maintenance": "asset_number started_at",
    "incidents": "reference_number title severity status occurred_at site",
    "batches": "batch_number total_qty qty_uom site recipe_code",
    "ingredients": "batch_number material_code qty_used uom",
    "material_logs": "logged_at site material_code qty_used uom",
}


def test_the_generator_reproduces_the_files_byte_for_byte() -> None:
    print(f"seed {SEED}")
    files = build_files()
    assert sorted(files) == sorted(path.name for path in DATA.glob("*.csv"))
    for name, content in files.items():
        assert (DATA / name).read_bytes() == content, f"data/{name} differs from seed {SEED}"


def test_another_seed_gives_another_plant_with_the_same_worked_example() -> None:
    files = build_files(SEED + 1)
    assert files["runs.csv"] != (DATA / "runs.csv").read_bytes()
    ours = [line for line in (DATA / "runs.csv").read_bytes().splitlines() if EXAMPLE[1].encode() in line]
    assert [line for line in files["runs.csv"].splitlines() if EXAMPLE[1].encode() in line] == ours


def test_the_generator_needs_only_the_standard_library() -> None:
    for path in (DATA.parent / "benchmarks" / "sample_plant").glob("*.py"):
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.startswith(("import ", "from ")):
                package = line.split()[1].split(".")[0]
                assert package in sys.stdlib_module_names | {"benchmarks"}, f"{path.name}: {line}"


def test_the_files_stay_below_two_megabytes() -> None:
    assert 1_000_000 < sum(path.stat().st_size for path in DATA.iterdir() if path.is_file()) < 2_000_000


@pytest.mark.parametrize("entity", HEADERS)
def test_columns_stand_in_the_documented_order_and_keys_are_unique(entity: str) -> None:
    assert (DATA / f"{entity}.csv").read_text(encoding="utf-8").splitlines()[0] == HEADERS[entity]
    rows = read(entity)
    repeated = [key for key, n in Counter(values(row, KEYS[entity]) for row in rows).items() if n > 1]
    assert rows
    assert repeated == []
    for row in rows:
        assert None not in {*row, *row.values()}, f"ragged row {row}"
        assert all(values(row, REQUIRED.get(entity, KEYS[entity]))), f"a required cell is empty in {row}"


@pytest.mark.parametrize(("entity", "columns", "target"), REFERENCES)
def test_references_resolve(entity: str, columns: str, target: str) -> None:
    target_entity, _, target_columns = target.partition(":")
    known = {values(row, target_columns or KEYS[target_entity]) for row in read(target_entity)}
    given = {values(row, columns) for row in read(entity)}
    complete = {value for value in given if all(value)}
    assert complete
    assert complete - known == set()


def test_every_instant_is_utc_and_within_the_quarter_in_brisbane() -> None:
    for entity, header in HEADERS.items():
        for column in header.split(","):
            if column.endswith("_at") or column == "timestamp":
                instants = [row[column] for row in read(entity) if row[column]]
                assert all(seconds(instant) for instant in instants)
                assert "2025-12-31T14:00:00Z" <= min(instants) <= max(instants) <= AS_OF, f"{entity}.{column}"


@pytest.mark.parametrize("entity", ["runs", "downtime", "maintenance"])
def test_nothing_ends_before_it_starts(entity: str) -> None:
    assert all(row["started_at"] <= row["ended_at"] for row in read(entity) if row["ended_at"])


def test_numbers_are_finite_and_not_negative() -> None:
    numbers = "ideal_cycle_seconds setup_duration_seconds units_produced target_quantity units total_qty qty_used"
    for entity, header in HEADERS.items():
        for column in set(header.split(",")) & set(numbers.split()):
            for row in read(entity):
                assert row[column] == "" or 0 <= float(row[column]) < 2**53, row


def test_runs_of_a_machine_never_overlap_and_at_most_one_is_under_way() -> None:
    by_machine = defaultdict(list)
    for row in read("runs"):
        by_machine[row["machine"]].append((row["started_at"], row["ended_at"] or AS_OF, row["status"]))
    assert len(by_machine) == 11
    for machine, runs in by_machine.items():
        runs.sort()
        for (_, end, status), (start, _, _) in pairwise(runs):
            assert status == "completed", f"{machine}: a run follows one that is under way"
            assert end <= start, f"{machine}: overlap at {start}"


def test_status_agrees_with_the_end_and_three_runs_are_under_way() -> None:
    runs = read("runs")
    assert all((row["status"] == "completed") == bool(row["ended_at"]) for row in runs)
    assert Counter(row["status"] for row in runs)["running"] == 3


def test_what_is_open_at_the_end_is_open() -> None:
    under_way = {values(row, "machine started_at") for row in read("runs") if row["status"] == "running"}
    open_stops = [values(row, "machine run_started_at") for row in read("downtime") if not row["ended_at"]]
    assert len([run for run in open_stops if run in under_way]) == 1
    assert len([run for run in open_stops if run not in under_way]) == 1
    assert sum(not row["ended_at"] for row in read("maintenance")) == 2


def test_every_kind_of_record_occurs() -> None:
    incidents = read("incidents")
    assert {row["status"] for row in incidents} == {
        "reported",
        "under_investigation",
        "corrective_actions_open",
        "closed",
    }
    assert {row["severity"] for row in incidents} == {"low", "medium", "high", "critical"}
    checks = read("quality_checks")
    passed = Counter(row["passed"] for row in checks)
    assert set(passed) == {"true", "false"}
    assert 0.9 < passed["true"] / len(checks) < 0.98
    assert all(row["notes"] for row in checks if row["passed"] == "false")
    for column in ("machine", "template", "logged_by", "notes"):
        assert {bool(row[column]) for row in checks} == {True, False}, column
    assert {row["category"] for row in read("downtime")} == {"planned", "unplanned", ""}
    assert {values(row, "version is_formulation") for row in read("recipes")} == {
        ("1", "true"),
        ("2", "true"),
        ("1", "false"),
        ("2", "false"),
    }
    logs = read("material_logs")
    assert {(bool(row["machine"]), bool(row["run_started_at"])) for row in logs} == {
        (True, True),
        (True, False),
        (False, False),
    }
    assert any(0 < float(row["qty_used"]) < 1 for row in read("ingredients"))


def test_the_plant_rests_on_its_holidays() -> None:
    # Australia Day is Monday 26 January; the last shift before it is the moulders' Sunday night, from 11:00Z
    starts = [values(row, "machine started_at") for row in read("runs")]
    assert [run for run in starts if "2026-01-25T19:30:00Z" < run[1] < "2026-01-26T18:00:00Z"] == []
    assert {run[0] for run in starts if run[1] < "2026-01-01T14:00:00Z"} == {"Moulder 1", "Moulder 2"}


def test_text_exercises_encodings_and_quoting() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in DATA.glob("*.csv"))
    assert all(character in text for character in "éèüöńễØ°—–“§·−")
    notes = {row["notes"] for row in read("quality_checks")}
    assert any("\n" in note for note in notes)
    assert any('"' in note for note in notes)
    assert any("," in note for note in notes)
