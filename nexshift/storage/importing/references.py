"""Which other row do the columns of a row name?

Each function makes a Reference of one kind.  Its `find` is called when one of its leading columns is there; it fills
the table's columns in the row, with None where an optional reference is empty.
"""

from __future__ import annotations

from nexshift.storage.importing.entity import Column, Reference, Row
from nexshift.storage.importing.kinds import BATCH, MACHINE, SITE, Kind
from nexshift.storage.importing.names import Names
from nexshift.storage.importing.report import refuse
from nexshift.storage.importing.values import read_instant, read_name, read_uuid, read_version, show

IS_REQUIRED = "is required"


def named(column: str, kind: Kind, *, example: str, required: bool = False, field: str | None = None) -> Reference:
    """A row that one column names: a product, a site, an operator."""
    filled = field or f"{kind.table}_id"

    def find(row: Row, names: Names) -> None:
        name = row[column]
        row[filled] = None if name is None else names.find(kind, column, name)

    columns = (Column(column, read_name, required, example=example),)
    return Reference(columns, (column,), (filled,), find, required)


def placed(column: str, kind: Kind, *, example: str, site: str, keeps_site: bool = True) -> Reference:
    """A required machine or asset, with its site where two sites have one of that name."""
    filled = f"{kind.table}_id"

    def find(row: Row, names: Names) -> None:
        place = names.find_placed(kind, column, row[column], row.get("site"))
        row[filled] = place.id
        if keeps_site:
            row["site_id"] = place.site_id

    columns = (Column(column, read_name, True, example=example), Column("site", read_name, example=site))
    return Reference(columns, (column,), (filled, "site_id") if keeps_site else (filled,), find, True)


def recipe(*, required: bool, example: str, version: str) -> Reference:
    """A recipe by its code; its highest version where none is given."""

    def find(row: Row, names: Names) -> None:
        code, version = row["recipe_code"], row.get("recipe_version")
        if code is None and version is not None:
            raise refuse("recipe_code", f"{IS_REQUIRED} beside recipe_version")
        row["recipe_id"] = None if code is None else names.find_recipe(code, version)

    columns = (
        Column("recipe_code", read_name, required, example=example),
        Column("recipe_version", read_version, example=version),
    )
    return Reference(columns, ("recipe_code",), ("recipe_id",), find, required)


RUN_COLUMNS = (
    Column("run_id", read_uuid),
    Column("machine", read_name, example="Filler 1"),
    Column("run_started_at", read_instant, example="2026-03-26T06:00:00Z"),
    Column("site", read_name, example="Brisbane"),
)


def find_run(row: Row, names: Names) -> int | None:
    """The run that a row names by its id, or by its machine and start; None when it names none."""
    uuid, machine, started_at = row.get("run_id"), row.get("machine"), row.get("run_started_at")
    if uuid is None:
        if started_at is None:
            return None
        if machine is None:
            raise refuse("machine", f"{IS_REQUIRED} beside run_started_at")
        return names.find_run(machine, row.get("site"), started_at).id
    run = names.run_of(names.find_by_uuid("run", "run_id", uuid))
    if started_at is not None and started_at != run.started_at:
        raise refuse("run_started_at", "is not when the run of this run_id started")
    if machine is not None and machine != names.name_of(MACHINE, run.machine_id):
        raise refuse("machine", f"{show(machine)} is not the machine of the run of this run_id")
    return run.id


def of_run() -> Reference:
    """The run that a row belongs to."""

    def find(row: Row, names: Names) -> None:
        run_id = find_run(row, names)
        if run_id is None:
            column = "run_started_at" if row.get("machine") is not None or "run_id" not in row else "run_id"
            raise refuse(column, f"{IS_REQUIRED}: a run is given by machine and run_started_at, or by run_id")
        row["run_id"] = run_id

    return Reference(RUN_COLUMNS, ("run_started_at", "run_id"), ("run_id",), find, True)


def of_batch() -> Reference:
    """The batch that a row belongs to."""

    def find(row: Row, names: Names) -> None:
        uuid, number = row.get("batch_id"), row.get("batch_number")
        if uuid is not None:
            row["batch_id"] = names.find_by_uuid("batch", "batch_id", uuid)
            if number is not None and number != names.name_of(BATCH, row["batch_id"]):
                raise refuse("batch_number", f"{show(number)} is not the batch of this batch_id")
        elif number is not None:
            row["batch_id"] = names.find_placed(BATCH, "batch_number", number, row.get("site")).id
        else:
            raise refuse("batch_number", f"{IS_REQUIRED}: a batch is given by batch_number, or by batch_id")

    columns = (
        Column("batch_id", read_uuid),
        Column("batch_number", read_name, example="B-1001"),
        Column("site", read_name, example="Brisbane"),
    )
    return Reference(columns, ("batch_number", "batch_id"), ("batch_id",), find, True)


def site_or_machine() -> Reference:
    """Where a check was made: at a machine, whose site is the row's as well, or somewhere at a site."""

    def find(row: Row, names: Names) -> None:
        machine, site = row.get("machine"), row.get("site")
        if machine is not None:
            _check_site(names, machine, site)
            place = names.find_placed(MACHINE, "machine", machine, site)
            row["machine_id"], row["site_id"] = place.id, place.site_id
        else:
            if "machine" in row:
                row["machine_id"] = None
            if site is not None:
                row["site_id"] = names.find(SITE, "site", site)
            elif "site" in row:
                raise refuse("site", f"{IS_REQUIRED} where no machine is given")

    columns = (
        Column("machine", read_name, example="Filler 1"),
        Column("site", read_name, example="Brisbane"),
    )
    return Reference(columns, ("site", "machine"), ("site_id", "machine_id"), find, True)


def site_machine_and_run() -> Reference:
    """Where material was used: at a site, perhaps at a machine, perhaps in a run, whose machine is the row's then."""

    def find(row: Row, names: Names) -> None:
        machine, site = row.get("machine"), row.get("site")
        names_run = "run_id" in row or "run_started_at" in row
        run_id = find_run(row, names)
        if machine is not None:
            _check_site(names, machine, site)
            place = names.find_placed(MACHINE, "machine", machine, site)
            row["machine_id"] = place.id
            if site is not None:
                row["site_id"] = place.site_id
        else:
            if "machine" in row:
                row["machine_id"] = None
            if site is not None:
                row["site_id"] = names.find(SITE, "site", site)
        if run_id is not None and machine is None:
            row["machine_id"] = names.run_of(run_id).machine_id
        row.pop("run_id", None)
        if names_run:
            row["run_id"] = run_id

    site = Column("site", read_name, required=True, example="Brisbane")
    columns = (site, *(column for column in RUN_COLUMNS if column.name != "site"))
    leads = ("site", "machine", "run_started_at", "run_id")
    return Reference(columns, leads, ("site_id", "machine_id", "run_id"), find, True)


def _check_site(names: Names, machine: str, site: str | None) -> None:
    """A machine that only other sites have is a contradiction here, and not one to be created at this site."""
    if site is not None and names.create and names.is_anywhere(MACHINE, machine):
        names.find_placed(MACHINE, "machine", machine, site, may_create=False)
