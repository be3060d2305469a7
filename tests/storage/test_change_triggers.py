"""Every write of what is shown gives its row a new number, and whatever goes from sight leaves a deletion."""

from __future__ import annotations

import pytest

from nexshift.storage.change_schema import NUMBERED
from nexshift.storage.downtime import store_lengths
from nexshift.storage.library import sqlite3
from nexshift.storage.sequence import read_sequence, writing_changes
from tests.dumping import dump
from tests.storage.rows import GOOD_ROWS, add_plant, add_row, new_uuid

# What clients know the rows of each table as.
NAMES = {
    "run": "production_runs",
    "scrap": "production_runs_scrap",
    "downtime": "production_runs_downtime",
    "quality_check": "quality_checks",
    "maintenance": "maintenance_downtime",
    "incident": "safety_incidents",
    "batch": "batching_batches",
    "ingredient": "batching_batches_ingredients",
    "material_log": "batching_logs",
}
PARENTS = {"scrap": "run", "downtime": "run", "ingredient": "batch"}
CHANGES = [
    (table, column)
    for table in (*NUMBERED, *PARENTS)
    for column, value in GOOD_ROWS[table].items()
    if not str(value).startswith("[") and column not in ("uuid", "status", "ended_at")
]


@pytest.fixture(params=["ON", "OFF"])
def recursive(request: pytest.FixtureRequest, writer: sqlite3.Connection) -> None:
    """REPLACE runs DELETE triggers with this setting only."""
    writer.execute(f"PRAGMA recursive_triggers = {request.param}")


def marked(connection: sqlite3.Connection, above: int) -> set[str]:
    """The tables with a row whose number is above that."""
    return {
        table for table in NUMBERED if connection.execute(f"SELECT max(changed) FROM {table}").fetchone()[0] > above
    }


def value_of(connection: sqlite3.Connection) -> int:
    return read_sequence(connection, 1).value


def deletions(connection: sqlite3.Connection) -> set[tuple[str, str]]:
    found = connection.execute("SELECT table_name, uuid FROM deletion").fetchall()
    return {(name, uuid) for name, uuid in found}


def known(connection: sqlite3.Connection, *tables: str) -> set[tuple[str, str]]:
    """The rows of these tables as deletions name them."""
    return {(NAMES[table], uuid) for table in tables for (uuid,) in connection.execute(f"SELECT uuid FROM {table}")}


def free_run(connection: sqlite3.Connection) -> None:
    """Without what refers to it, a run may go."""
    connection.execute("UPDATE material_log SET run_id = NULL")


@pytest.mark.usefixtures("ids")
def test_every_new_row_has_a_new_number(writer: sqlite3.Connection) -> None:
    others = read_sequence(writer, 1)
    rows = add_plant(writer, "Bolt and Sons")
    numbers = [
        writer.execute(f"SELECT changed FROM {table} WHERE id = ?", (rows[table],)).fetchone()[0] for table in NUMBERED
    ]
    value, restarted = read_sequence(writer, rows["company"])
    assert restarted < min(numbers) < max(numbers) <= value
    assert read_sequence(writer, 1) == others


@pytest.mark.parametrize(
    ("table", "new"), [("run", {"started_at": 9_000, "ended_at": 9_600}), ("batch", {"batch_number": "B-2"})]
)
def test_a_new_row_without_children_has_a_new_number(
    writer: sqlite3.Connection, ids: dict[str, int], table: str, new: dict[str, object]
) -> None:
    before = value_of(writer)
    add_row(writer, table, ids, **new)
    assert marked(writer, before) == {table}


@pytest.mark.parametrize(("table", "column"), CHANGES)
def test_every_column_that_is_shown_marks_its_row(
    writer: sqlite3.Connection, ids: dict[str, int], table: str, column: str
) -> None:
    store_lengths(writer)
    before = value_of(writer)
    writer.execute(f"UPDATE {table} SET {column} = {column}")
    assert marked(writer, before) == {PARENTS.get(table, table)}
    assert writer.execute("SELECT count(*) FROM deletion").fetchone() == (0,)


@pytest.mark.usefixtures("ids")
def test_a_stored_or_forgotten_length_of_downtime_is_no_change(writer: sqlite3.Connection) -> None:
    before = value_of(writer)
    store_lengths(writer)
    writer.execute("UPDATE run SET downtime_seconds = NULL")
    assert value_of(writer) == before


@pytest.mark.usefixtures("recursive")
@pytest.mark.parametrize("table", PARENTS)
def test_a_child_that_comes_or_goes_or_is_replaced_marks_its_parent(
    writer: sqlite3.Connection, ids: dict[str, int], table: str
) -> None:
    gone = known(writer, table)
    for statement in (f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}", f"DELETE FROM {table}"):
        before = value_of(writer)
        writer.execute(statement)
        assert marked(writer, before) == {PARENTS[table]}
    assert deletions(writer) == gone
    before = value_of(writer)
    add_row(writer, table, ids)
    assert marked(writer, before) == {PARENTS[table]}


@pytest.mark.usefixtures("recursive")
@pytest.mark.parametrize("table", PARENTS)
@pytest.mark.parametrize("how", ["moved", "replaced", "updated over"])
def test_a_child_that_goes_to_another_parent_marks_both(
    writer: sqlite3.Connection, ids: dict[str, int], table: str, how: str
) -> None:
    parent = PARENTS[table]
    key = f"{parent}_id"
    changes = {"started_at": 10_000, "ended_at": 13_600} if parent == "run" else {"batch_number": "B-2"}
    other = add_row(writer, parent, ids, **changes)
    gone = known(writer, table)
    ((_, uuid),) = gone
    if how == "updated over":
        add_row(writer, table, ids | {parent: other})
    before = value_of(writer)
    if how == "moved":
        writer.execute(f"UPDATE {table} SET {key} = ?", (other,))
    elif how == "replaced":
        columns = ", ".join(name for name in GOOD_ROWS[table] if name not in (key, "uuid"))
        writer.execute(
            f"INSERT OR REPLACE INTO {table} ({key}, uuid, {columns}) SELECT ?, uuid, {columns} FROM {table}", (other,)
        )
    else:
        writer.execute(f"UPDATE OR REPLACE {table} SET uuid = ? WHERE {key} = ?", (uuid, other))
    assert writer.execute(f"SELECT {key} FROM {table} WHERE uuid = ?", (uuid,)).fetchall() == [(other,)]
    numbers = writer.execute(f"SELECT changed > ? FROM {parent}", (before,)).fetchall()
    assert numbers == [(1,), (1,)]
    assert gone <= deletions(writer)
    assert writer.execute("SELECT min(sequence) > ? FROM deletion", (before,)).fetchone() == (1,)


@pytest.mark.parametrize("table", [table for table in NAMES if table not in PARENTS])
@pytest.mark.usefixtures("recursive")
@pytest.mark.parametrize("how", ["deleted", "by id", "by uuid", "moved away", "renamed"])
def test_a_row_that_goes_leaves_a_deletion_with_its_children(
    writer: sqlite3.Connection, ids: dict[str, int], table: str, how: str
) -> None:
    free_run(writer)
    children = [child for child, parent in PARENTS.items() if parent == table]
    gone = known(writer, table, *children)
    site = writer.execute(f"SELECT company_id, site_id FROM {table}").fetchone()
    before = value_of(writer)
    fresh = {"started_at": 20_000, "ended_at": 30_000} if table == "run" else {}
    fresh |= {"batch_number": "B-7"} if table == "batch" else {}
    fresh |= {"reference_number": "INC-7"} if table == "incident" else {}
    if how == "deleted":
        writer.execute(f"DELETE FROM {table}")
    elif how in ("by id", "by uuid"):
        column = how.removeprefix("by ")
        (same,) = writer.execute(f"SELECT {column} FROM {table}").fetchone()
        values = GOOD_ROWS[table] | fresh | {column: same}
        for name, value in values.items():
            if str(value).startswith("["):
                values[name] = None if name == "run_id" else ids[str(value)[1:-1]]
            elif callable(value):
                values[name] = value()
        marks = ", ".join(f":{name}" for name in values)
        writer.execute(f"INSERT OR REPLACE INTO {table} ({', '.join(values)}) VALUES ({marks})", values)
    elif how == "moved away":
        if table in ("run", "maintenance"):
            parent = "machine" if table == "run" else "asset"
            new_site = add_row(writer, "site", ids, name="Sydney")
            writer.execute(f"UPDATE {parent} SET site_id = ?", (new_site,))
        else:
            if table in ("quality_check", "material_log"):
                writer.execute(f"UPDATE {table} SET machine_id = NULL")
            writer.execute(f"UPDATE {table} SET site_id = ?", (add_row(writer, "site", ids, name="Sydney"),))
    else:
        writer.execute(f"UPDATE {table} SET uuid = ?", (new_uuid(),))
    assert gone <= deletions(writer)
    logged = writer.execute("SELECT DISTINCT company_id, site_id FROM deletion").fetchall()
    assert logged == [site]
    assert writer.execute("SELECT min(sequence) > ? FROM deletion", (before,)).fetchone() == (1,)


@pytest.mark.usefixtures("recursive")
@pytest.mark.parametrize("verb", ["INSERT", "UPDATE"])
@pytest.mark.parametrize(
    ("table", "key"),
    [("run", ("machine_id", "started_at")), ("incident", ("reference_number",)), ("batch", ("batch_number",))],
)
def test_a_row_that_is_replaced_by_its_key_leaves_a_deletion_with_its_children(
    writer: sqlite3.Connection, ids: dict[str, int], table: str, key: tuple[str, ...], verb: str
) -> None:
    free_run(writer)
    gone = known(writer, table, *(child for child, parent in PARENTS.items() if parent == table))
    same = dict(zip(key, writer.execute(f"SELECT {', '.join(key)} FROM {table}").fetchone(), strict=True))
    if verb == "UPDATE":
        same.pop("machine_id", None)  # the other run's already; SQLite refuses to replace where a parent key is set
        fresh = {"run": {"started_at": 50_000, "ended_at": 60_000}, "incident": {"reference_number": "INC-7"}}
        other = add_row(writer, table, ids, **fresh.get(table, {"batch_number": "B-7"}))
        settings = ", ".join(f"{name} = :{name}" for name in same)
        writer.execute(f"UPDATE OR REPLACE {table} SET {settings} WHERE id = :id", same | {"id": other})
    else:
        values = {
            name: ids[str(value)[1:-1]] if str(value).startswith("[") else value() if callable(value) else value
            for name, value in (GOOD_ROWS[table] | same).items()
        }
        marks = ", ".join(f":{name}" for name in values)
        writer.execute(f"INSERT OR REPLACE INTO {table} ({', '.join(values)}) VALUES ({marks})", values)
    assert writer.execute(f"SELECT count(*) FROM {table}").fetchone() == (1,)
    assert gone <= deletions(writer)


@pytest.mark.usefixtures("ids")
def test_stops_of_an_asset_that_goes_are_deletions(writer: sqlite3.Connection) -> None:
    gone = known(writer, "maintenance")
    writer.execute("DELETE FROM asset")
    assert deletions(writer) == gone


@pytest.mark.usefixtures("ids")
def test_a_run_that_is_reopened_is_a_deletion_with_its_children(writer: sqlite3.Connection) -> None:
    gone = known(writer, "run", "scrap", "downtime")
    writer.execute("UPDATE run SET status = 'running', ended_at = NULL")
    assert deletions(writer) == gone


@pytest.mark.usefixtures("recursive")
@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM standard",
        "UPDATE standard SET product_id = :product",
        "UPDATE standard SET machine_id = :machine",
        "INSERT OR REPLACE INTO standard (uuid, company_id, machine_id, product_id, ideal_cycle_seconds)"
        " SELECT uuid, company_id, machine_id, :product, 1 FROM standard",
        "UPDATE OR REPLACE standard SET uuid = (SELECT uuid FROM standard WHERE product_id <> :product)"
        " WHERE product_id = :product",
    ],
)
def test_an_ideal_cycle_time_that_goes_marks_its_machine(
    writer: sqlite3.Connection, ids: dict[str, int], statement: str
) -> None:
    product = add_row(writer, "product", ids, sku="P-2")
    machine = add_row(writer, "machine", ids, name="Auto 4")
    if "UPDATE OR REPLACE" in statement:
        add_row(writer, "standard", ids | {"product": product})
    before = value_of(writer)
    writer.execute(statement, {"product": product, "machine": machine})
    marks = writer.execute("SELECT changed > ? FROM machine WHERE id = ?", (before, ids["machine"])).fetchone()
    assert marks == (1,)


@pytest.mark.usefixtures("ids")
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE company SET timezone = 'UTC'",
        "DELETE FROM api_key_site",
        "DELETE FROM site WHERE id NOT IN (SELECT site_id FROM machine)",
    ],
)
def test_what_no_row_can_show_has_everything_loaded_again(
    writer: sqlite3.Connection, ids: dict[str, int], statement: str
) -> None:
    add_row(writer, "site", ids, name="Sydney")
    token = value_of(writer)
    assert read_sequence(writer, 1).restarted < token
    writer.execute(statement)
    assert token < read_sequence(writer, 1).restarted <= value_of(writer)


def test_a_transaction_that_holds_the_number_has_one_for_all(writer: sqlite3.Connection, ids: dict[str, int]) -> None:
    before = value_of(writer)
    with writing_changes(writer, 1):
        run = add_row(writer, "run", ids, started_at=90_000, ended_at=93_600)
        add_row(writer, "scrap", ids | {"run": run})
        writer.execute("UPDATE site SET name = 'Perth'")
        writer.execute("DELETE FROM incident")
        writer.execute("UPDATE machine SET site_id = ?", (add_row(writer, "site", ids, name="Sydney"),))
    assert value_of(writer) == before + 1
    for table in ("run", "site", "machine", "quality_check", "material_log"):
        assert writer.execute(f"SELECT max(changed) FROM {table}").fetchone() == (before + 1,)
    assert writer.execute("SELECT DISTINCT sequence FROM deletion").fetchall() == [(before + 1,)]
    assert writer.execute("SELECT is_held FROM commit_sequence").fetchone() == (0,)
    writer.execute("UPDATE site SET name = name || '!'")
    assert value_of(writer) == before + 3  # one for each of the two


@pytest.mark.usefixtures("ids")
def test_a_transaction_that_writes_nothing_changes_no_number(writer: sqlite3.Connection) -> None:
    before = dump(writer)
    with writing_changes(writer, 1):
        writer.execute("UPDATE site SET name = 'x' WHERE name = 'nowhere'")
    assert dump(writer) == before
    with pytest.raises(sqlite3.IntegrityError), writing_changes(writer, 1):
        writer.execute("DELETE FROM site")
    assert dump(writer) == before


@pytest.mark.usefixtures("recursive")
@pytest.mark.parametrize("verb", ["INSERT", "UPDATE"])
def test_an_ingredient_that_is_replaced_by_its_number_leaves_a_deletion_and_marks_its_batch(
    writer: sqlite3.Connection, ids: dict[str, int], verb: str
) -> None:
    gone = known(writer, "ingredient")
    other_batch = add_row(writer, "batch", ids, batch_number="B-2")
    if verb == "UPDATE":
        other = add_row(writer, "ingredient", ids | {"batch": other_batch})
    before = value_of(writer)
    if verb == "UPDATE":
        writer.execute("UPDATE OR REPLACE ingredient SET id = ? WHERE id = ?", (ids["ingredient"], other))
    else:
        writer.execute(
            "INSERT OR REPLACE INTO ingredient (id, uuid, company_id, batch_id, material_id, qty_used, uom)"
            " SELECT id, ?, company_id, ?, material_id, qty_used, uom FROM ingredient",
            (new_uuid(), other_batch),
        )
    assert deletions(writer) >= gone
    assert writer.execute("SELECT changed > ? FROM batch", (before,)).fetchall() == [(1,), (1,)]


@pytest.mark.usefixtures("recursive")
@pytest.mark.parametrize("table", [table for table in NAMES if table not in PARENTS])
def test_a_row_whose_id_another_takes_leaves_a_deletion(
    writer: sqlite3.Connection, ids: dict[str, int], table: str
) -> None:
    free_run(writer)
    gone = known(writer, table)
    ((_, uuid),) = gone
    fresh = {"run": {"started_at": 50_000, "ended_at": 60_000}, "incident": {"reference_number": "INC-7"}}
    other = add_row(writer, table, ids, **(fresh | {"batch": {"batch_number": "B-7"}}).get(table, {}))
    taken = known(writer, table) - gone
    before = value_of(writer)
    writer.execute(f"UPDATE OR REPLACE {table} SET uuid = ? WHERE id = ?", (uuid, other))
    assert writer.execute(f"SELECT id, uuid FROM {table}").fetchall() == [(other, uuid)]
    # The replaced row's as well, though its id is there again: it may have been at another site.
    assert deletions(writer) >= gone | taken
    assert writer.execute("SELECT min(sequence) > ? FROM deletion", (before,)).fetchone() == (1,)
