"""Which writes give a row a new number, and which leave a deletion behind?

Every write of what is shown, by whatever program, as long as it keeps SQLite's foreign keys on.  A row is marked once
too often rather than once too rarely, and so are deletions: what a client may see after all is never shown as deleted.

* A row's own number: when it comes, and when a column that is shown changes.  `run.downtime_seconds` is none.
* Numbers are a company's own: whatever a write touches has the next number of the company that it belongs to.
* Scrap and stops have the number of their run, ingredients that of their batch: their own changes mark it.
* A standard that goes, or comes to another machine or product, has no row to be found by: it marks its machine.
* What no key could read leaves no deletion: a run that is still running, with its scrap and stops.
* REPLACE removes rows without their DELETE trigger (unless recursive_triggers is on), so an INSERT or UPDATE looks
  first for those that it would replace, perhaps another company's.  A transaction that holds a number never replaces.
"""

from __future__ import annotations

from typing import NamedTuple

from nexshift.storage.change_schema import NUMBERED

_NOW = "CAST(strftime('%s', 'now') AS INTEGER) * 1000"
_IS_FREE = "NOT EXISTS (SELECT 1 FROM commit_sequence WHERE is_held = 1)"


def _next(companies: str) -> str:
    """Raises the number of each of these companies, unless it is held."""
    return f"UPDATE commit_sequence SET value = value + 1 WHERE company_id IN ({companies}) AND is_held = 0"


def _number(company: str) -> str:
    return f"(SELECT value FROM commit_sequence WHERE company_id = {company})"


def _held_number(company: str) -> str:
    return f"(SELECT value FROM commit_sequence WHERE company_id = {company} AND is_held = 1)"


def _restart(company: str) -> tuple[str, str]:
    return _next(company), f"UPDATE commit_sequence SET restarted = value WHERE company_id = {company}"


def _begin(company: str) -> tuple[str, str]:
    """Numbers of a company that is new; above those of one that had its id before."""
    return (
        "UPDATE commit_sequence SET (value, restarted) = (SELECT number, number FROM"
        f" (SELECT max(value + 1, {_NOW}) AS number)) WHERE company_id = {company}",
        f"INSERT INTO commit_sequence (company_id, value, restarted) SELECT {company}, {_NOW}, {_NOW}"
        f" WHERE NOT EXISTS (SELECT 1 FROM commit_sequence WHERE company_id = {company})",
    )


_SHOWN = {
    "site": "id uuid company_id name location",
    "machine": "id uuid company_id site_id name uom",
    "product": "id uuid company_id sku description",
    "operator": "id uuid company_id full_name",
    "template": "id uuid company_id name",
    "standard": "id uuid company_id machine_id product_id ideal_cycle_seconds",
    "run": "id uuid company_id site_id machine_id product_id operator_id status started_at ended_at"
    " setup_duration_seconds running_at units_produced target_quantity batch_number",
    "quality_check": "id uuid company_id site_id machine_id template_id logged_by_id checked_at passed notes",
    "asset": "id uuid company_id site_id asset_number name category",
    "maintenance": "id uuid company_id site_id asset_id started_at ended_at reason",
    "incident": "id uuid company_id site_id reference_number title severity status occurred_at location",
    "material": "id uuid company_id code name",
    "recipe": "id uuid company_id code name version is_formulation",
    "batch": "id uuid company_id site_id recipe_id batch_number total_qty qty_uom notes created_at",
    "material_log": "id uuid company_id site_id machine_id run_id recipe_id material_id logged_at qty_used uom"
    " supplier_batch",
}


class _Child(NamedTuple):
    """Rows that exist only inside of a parent, whose company and site are theirs."""

    table: str
    name: str  # of the table of deletions
    parent: str
    shown: str
    unique: tuple[str, ...] = ("uuid",)  # columns by which a row is replaced

    @property
    def key(self) -> str:
        return f"{self.parent}_id"


class _Logged(NamedTuple):
    """Rows with a company and a site, and by what else than id and UUID a row is replaced."""

    table: str
    name: str
    children: tuple[_Child, ...] = ()
    natural_key: tuple[str, ...] = ()
    listed: tuple[str, str] | None = None  # a column, and its value in the rows that are listed; None where all are

    def is_listed(self, row: str) -> str:
        return "TRUE" if self.listed is None else f"{row}.{self.listed[0]} = '{self.listed[1]}'"


_CHILDREN = (
    _Child("scrap", "production_runs_scrap", "run", "run_id timestamp uuid units reason"),
    _Child("downtime", "production_runs_downtime", "run", "run_id started_at uuid ended_at category reason"),
    _Child(
        "ingredient",
        "batching_batches_ingredients",
        "batch",
        "id uuid company_id batch_id material_id qty_used uom supplier_batch",
        ("id", "uuid"),
    ),
)
_LOGGED = (
    _Logged("run", "production_runs", _CHILDREN[:2], ("machine_id", "started_at"), ("status", "completed")),
    _Logged("quality_check", "quality_checks"),
    _Logged("maintenance", "maintenance_downtime"),
    _Logged("incident", "safety_incidents", natural_key=("company_id", "reference_number")),
    _Logged("batch", "batching_batches", _CHILDREN[2:], ("site_id", "batch_number")),
    _Logged("material_log", "batching_logs"),
)


def _trigger(name: str, event: str, *statements: str, when: str = "") -> str:
    condition = f" WHEN {when}" if when else ""
    return f"CREATE TRIGGER {name} {event}{condition} BEGIN {' '.join(f'{each};' for each in statements)} END"


def _columns(names: str) -> str:
    return ", ".join(names.split())


def _differs(*columns: str) -> str:
    return " OR ".join(f"NEW.{column} IS NOT OLD.{column}" for column in columns)


def _log(name: str, source: str, owner: str, uuid: str) -> str:
    """The rows of `source` are deleted from the table that clients know as `name`."""
    company = f"{owner}.company_id"
    return (
        "INSERT INTO deletion (sequence, company_id, site_id, table_name, uuid)"
        f" SELECT {_number(company)}, {company}, {owner}.site_id, '{name}', {uuid}{source}"
    )


def _mark(table: str, rows: str) -> tuple[str, str]:
    """These rows of the table have changed."""
    number = _number(f"{table}.company_id")
    return (
        _next(f"SELECT company_id FROM {table} WHERE id IN ({rows})"),
        f"UPDATE {table} SET changed = {number} WHERE id IN ({rows}) AND changed <> {number}",
    )


def _number_triggers(table: str) -> tuple[str, ...]:
    company = "NEW.company_id"
    mark = (_next(company), f"UPDATE {table} SET changed = {_number(company)} WHERE id = NEW.id")
    unless_right = f"NEW.changed IS NOT {_held_number(company)}"  # what is imported brings its number
    return (
        _trigger(f"{table}_came", f"AFTER INSERT ON {table}", *mark, when=unless_right),
        _trigger(f"{table}_changes", f"AFTER UPDATE OF {_columns(_SHOWN[table])} ON {table}", *mark, when=unless_right),
    )


def _standard_triggers() -> tuple[str, ...]:
    replaced = _mark("machine", "SELECT machine_id FROM standard WHERE id = NEW.id OR uuid = NEW.uuid")
    return (
        _trigger("standard_gone", "AFTER DELETE ON standard", *_mark("machine", "OLD.machine_id")),
        _trigger(
            "standard_moved",
            "AFTER UPDATE OF machine_id, product_id ON standard",
            *_mark("machine", "OLD.machine_id"),
            when=_differs("machine_id", "product_id"),
        ),
        _trigger("standard_replaced", "BEFORE INSERT ON standard", *replaced, when=_IS_FREE),
        _trigger("standard_replaces", "BEFORE UPDATE OF id, uuid ON standard", *replaced, when=_IS_FREE),
    )


def _child_triggers(child: _Child, parent: _Logged) -> tuple[str, ...]:
    table, key = child.table, child.key
    is_right = (
        f"EXISTS (SELECT 1 FROM {parent.table} parent"
        " CROSS JOIN commit_sequence held ON held.company_id = parent.company_id"
        f" WHERE parent.id = NEW.{key} AND held.is_held = 1 AND held.value = parent.changed)"
    )
    same = " OR ".join(f"child.{column} = NEW.{column}" for column in child.unique)
    replaced = f"SELECT {key} FROM {table} child WHERE {same}"
    listed = parent.is_listed("parent")

    def log(source: str, uuid: str) -> str:
        return _log(child.name, f"{source} AND {listed}", "parent", uuid)

    log_replaced = log(
        f" FROM {table} child CROSS JOIN {parent.table} parent ON parent.id = child.{key} WHERE ({same})",
        "child.uuid",
    )
    log_old = log(f" FROM {parent.table} parent WHERE parent.id = OLD.{key}", "OLD.uuid")
    next_old = _next(f"SELECT company_id FROM {parent.table} WHERE id = OLD.{key}")
    next_replaced, mark_replaced = _mark(parent.table, replaced)
    next_all, mark_all = _mark(parent.table, f"SELECT NEW.{key} UNION ALL {replaced}")
    return (
        _trigger(
            f"{table}_came",
            f"BEFORE INSERT ON {table}",
            *(next_all, log_replaced, mark_all),
            when=f"NOT {is_right}",
        ),
        _trigger(
            f"{table}_changes",
            f"AFTER UPDATE OF {_columns(child.shown)} ON {table}",
            *_mark(parent.table, f"OLD.{key}, NEW.{key}"),
        ),
        _trigger(
            f"{table}_left",
            f"AFTER UPDATE OF {key}, uuid ON {table}",
            next_old,  # the order of triggers is SQLite's own
            log_old,
            when=_differs(key, "uuid"),
        ),
        _trigger(
            f"{table}_replaces",
            f"BEFORE UPDATE OF {', '.join(child.unique)} ON {table}",
            *(next_replaced, log_replaced, mark_replaced),
            when=f"({_differs(*child.unique)}) AND {_IS_FREE}",
        ),
        # Of a parent that goes, this comes after it has gone; it has logged its children itself.
        _trigger(
            f"{table}_gone",
            f"AFTER DELETE ON {table}",
            *(next_old, log_old, _mark(parent.table, f"OLD.{key}")[1]),
            when=f"EXISTS (SELECT 1 FROM {parent.table} WHERE id = OLD.{key})",
        ),
    )


def _deletion_triggers(logged: _Logged) -> tuple[str, ...]:
    table = logged.table
    was_listed = logged.is_listed("OLD")
    log_old = (
        _next("OLD.company_id"),
        _log(logged.name, "", "OLD", "OLD.uuid"),
        *(
            _log(child.name, f" FROM {child.table} child WHERE child.{child.key} = OLD.id", "OLD", "child.uuid")
            for child in logged.children
        ),
    )
    same = "parent.id = NEW.id OR parent.uuid = NEW.uuid"
    if logged.natural_key:
        same += f" OR ({' AND '.join(f'parent.{column} = NEW.{column}' for column in logged.natural_key)})"

    def log_replaced(rows: str) -> tuple[str, ...]:
        rows = f"({rows}) AND {logged.is_listed('parent')}"
        own = _log(logged.name, f" FROM {table} parent WHERE {rows}", "parent", "parent.uuid")
        children = (
            _log(
                child.name,
                f" FROM {table} parent CROSS JOIN {child.table} child ON child.{child.key} = parent.id WHERE {rows}",
                "parent",
                "child.uuid",
            )
            for child in logged.children
        )
        return _next(f"SELECT company_id FROM {table} parent WHERE {rows}"), own, *children

    left = ("uuid", "company_id", "site_id", *(logged.listed or ())[:1])
    keys = tuple(dict.fromkeys(("id", "uuid", *logged.natural_key)))
    return (
        _trigger(f"{table}_gone", f"BEFORE DELETE ON {table}", *log_old, when=was_listed),
        _trigger(
            f"{table}_left",
            f"AFTER UPDATE OF {', '.join(left)} ON {table}",
            *log_old,
            when=f"{was_listed} AND ({_differs(*left)})",
        ),
        _trigger(f"{table}_replaced", f"BEFORE INSERT ON {table}", *log_replaced(same), when=_IS_FREE),
        _trigger(
            f"{table}_replaces",
            f"BEFORE UPDATE OF {', '.join(keys)} ON {table}",
            *log_replaced(f"({same}) AND parent.id <> OLD.id"),
            when=f"({_differs(*keys)}) AND {_IS_FREE}",
        ),
    )


CHANGE_TRIGGERS = (
    _trigger("company_came", "AFTER INSERT ON company", *_begin("NEW.id")),
    _trigger("company_renumbered", "AFTER UPDATE OF id ON company", *_begin("NEW.id"), when=_differs("id")),
    *(trigger for table in NUMBERED for trigger in _number_triggers(table)),
    *_standard_triggers(),
    *(trigger for logged in _LOGGED for child in logged.children for trigger in _child_triggers(child, logged)),
    *(trigger for logged in _LOGGED for trigger in _deletion_triggers(logged)),
    # What these change is in rows that have no number of their own, so everything has to be loaded again.  A site's
    # number may be given to another site, and the keys that were limited to it know it no longer.
    _trigger("company_zone", "AFTER UPDATE OF timezone ON company", *_restart("NEW.id"), when=_differs("timezone")),
    _trigger("site_gone", "AFTER DELETE ON site", *_restart("OLD.company_id")),
    _trigger("key_site_gone", "AFTER DELETE ON api_key_site", *_restart("OLD.company_id")),
)
