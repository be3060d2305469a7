"""Which writes give a row a new number, and which leave a deletion behind?

Every write of what is shown, by whatever program, as long as it keeps SQLite's foreign keys on.  A row is marked once
too often rather than once too rarely, and so are deletions: what a client may see after all is never shown as deleted.

* A row's own number: when it comes, and when a column that is shown changes.  `run.downtime_seconds` is none.
* Scrap and stops have the number of their run, ingredients that of their batch: their own changes mark it.
* A standard that goes, or comes to another machine or product, has no row to be found by: it marks its machine.
* REPLACE removes rows without their DELETE trigger (unless recursive_triggers is on), so an INSERT or UPDATE looks
  first for those that it would replace.  A transaction that holds the number never replaces.
"""

from __future__ import annotations

from typing import NamedTuple

from nexshift.storage.change_schema import NUMBERED

_NEXT = "UPDATE commit_sequence SET value = value + 1 WHERE is_held = 0"
_NUMBER = "(SELECT value FROM commit_sequence)"
_HELD_NUMBER = "(SELECT value FROM commit_sequence WHERE is_held = 1)"
_IS_FREE = "(SELECT is_held FROM commit_sequence) = 0"
_RESTART = "UPDATE commit_sequence SET restarted = value"

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
    leaves: str = ""  # a column that decides, beside company and site, whether a row is listed


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
    _Logged("run", "production_runs", _CHILDREN[:2], ("machine_id", "started_at"), "status"),
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
    return (
        "INSERT INTO deletion (sequence, company_id, site_id, table_name, uuid)"
        f" SELECT {_NUMBER}, {owner}.company_id, {owner}.site_id, '{name}', {uuid}{source}"
    )


def _number_triggers(table: str) -> tuple[str, ...]:
    mark = (_NEXT, f"UPDATE {table} SET changed = {_NUMBER} WHERE id = NEW.id")
    unless_right = f"NEW.changed IS NOT {_HELD_NUMBER}"  # what is imported brings its number
    return (
        _trigger(f"{table}_came", f"AFTER INSERT ON {table}", *mark, when=unless_right),
        _trigger(f"{table}_changes", f"AFTER UPDATE OF {_columns(_SHOWN[table])} ON {table}", *mark, when=unless_right),
    )


def _standard_triggers() -> tuple[str, ...]:
    def mark(machines: str) -> tuple[str, str]:
        return _NEXT, f"UPDATE machine SET changed = {_NUMBER} WHERE id IN ({machines}) AND changed <> {_NUMBER}"

    replaced = mark("SELECT machine_id FROM standard WHERE id = NEW.id OR uuid = NEW.uuid")
    return (
        _trigger("standard_gone", "AFTER DELETE ON standard", *mark("OLD.machine_id")),
        _trigger(
            "standard_moved",
            "AFTER UPDATE OF machine_id, product_id ON standard",
            *mark("OLD.machine_id"),
            when=_differs("machine_id", "product_id"),
        ),
        _trigger("standard_replaced", "BEFORE INSERT ON standard", *replaced, when=_IS_FREE),
        _trigger("standard_replaces", "BEFORE UPDATE OF id, uuid ON standard", *replaced, when=_IS_FREE),
    )


def _child_triggers(child: _Child) -> tuple[str, ...]:
    table, parent, key = child.table, child.parent, child.key
    number = f"(SELECT changed FROM {parent} WHERE id = NEW.{key}) IS NOT {_HELD_NUMBER}"
    same = " OR ".join(f"child.{column} = NEW.{column}" for column in child.unique)
    replaced = f"SELECT {key} FROM {table} child WHERE {same}"

    def mark(parents: str) -> str:
        return f"UPDATE {parent} SET changed = {_NUMBER} WHERE id IN ({parents}) AND changed <> {_NUMBER}"

    def log(source: str, uuid: str) -> str:
        return _log(child.name, source, "parent", uuid)

    log_replaced = log(
        f" FROM {table} child CROSS JOIN {parent} parent ON parent.id = child.{key} WHERE {same}",
        "child.uuid",
    )
    log_old = log(f" FROM {parent} parent WHERE parent.id = OLD.{key}", "OLD.uuid")
    return (
        _trigger(
            f"{table}_came",
            f"BEFORE INSERT ON {table}",
            _NEXT,
            log_replaced,
            mark(f"SELECT NEW.{key} UNION ALL {replaced}"),
            when=number,
        ),
        _trigger(
            f"{table}_changes",
            f"AFTER UPDATE OF {_columns(child.shown)} ON {table}",
            _NEXT,
            mark(f"OLD.{key}, NEW.{key}"),
        ),
        _trigger(
            f"{table}_left",
            f"AFTER UPDATE OF {key}, uuid ON {table}",
            _NEXT,  # the order of triggers is SQLite's own
            log_old,
            when=_differs(key, "uuid"),
        ),
        _trigger(
            f"{table}_replaces",
            f"BEFORE UPDATE OF {', '.join(child.unique)} ON {table}",
            _NEXT,
            log_replaced,
            mark(replaced),
            when=f"{_IS_FREE} AND ({_differs(*child.unique)})",
        ),
        # Of a parent that goes, this comes after it has gone; it has logged its children itself.
        _trigger(
            f"{table}_gone",
            f"AFTER DELETE ON {table}",
            _NEXT,
            log_old,
            mark(f"OLD.{key}"),
            when=f"EXISTS (SELECT 1 FROM {parent} WHERE id = OLD.{key})",
        ),
    )


def _deletion_triggers(logged: _Logged) -> tuple[str, ...]:
    table = logged.table

    def log_children(parents: str) -> tuple[str, ...]:
        return tuple(
            _log(
                child.name,
                f" FROM {table} parent CROSS JOIN {child.table} child ON child.{child.key} = parent.id WHERE {parents}",
                "parent",
                "child.uuid",
            )
            for child in logged.children
        )

    old_children = tuple(
        _log(child.name, f" FROM {child.table} child WHERE child.{child.key} = OLD.id", "OLD", "child.uuid")
        for child in logged.children
    )
    log_old = (_NEXT, _log(logged.name, "", "OLD", "OLD.uuid"), *old_children)
    same = "parent.id = NEW.id OR parent.uuid = NEW.uuid"
    if logged.natural_key:
        same += f" OR ({' AND '.join(f'parent.{column} = NEW.{column}' for column in logged.natural_key)})"

    def log_replaced(rows: str) -> tuple[str, ...]:
        own = _log(logged.name, f" FROM {table} parent WHERE {rows}", "parent", "parent.uuid")
        return _NEXT, own, *log_children(rows)

    left = ("uuid", "company_id", "site_id", *((logged.leaves,) if logged.leaves else ()))
    keys = tuple(dict.fromkeys(("id", "uuid", *logged.natural_key)))
    return (
        _trigger(f"{table}_gone", f"BEFORE DELETE ON {table}", *log_old),
        _trigger(f"{table}_left", f"AFTER UPDATE OF {', '.join(left)} ON {table}", *log_old, when=_differs(*left)),
        _trigger(f"{table}_replaced", f"BEFORE INSERT ON {table}", *log_replaced(same), when=_IS_FREE),
        _trigger(
            f"{table}_replaces",
            f"BEFORE UPDATE OF {', '.join(keys)} ON {table}",
            *log_replaced(f"({same}) AND parent.id <> OLD.id"),
            when=f"{_IS_FREE} AND ({_differs(*keys)})",
        ),
    )


CHANGE_TRIGGERS = (
    *(trigger for table in NUMBERED for trigger in _number_triggers(table)),
    *_standard_triggers(),
    *(trigger for child in _CHILDREN for trigger in _child_triggers(child)),
    *(trigger for logged in _LOGGED for trigger in _deletion_triggers(logged)),
    # What these change is in rows that have no number of their own, so everything has to be loaded again.  A site's
    # number may be given to another site, and the keys that were limited to it know it no longer.
    _trigger("company_zone", "AFTER UPDATE OF timezone ON company", _NEXT, _RESTART, when=_differs("timezone")),
    _trigger("site_gone", "AFTER DELETE ON site", _NEXT, _RESTART),
    _trigger("key_site_gone", "AFTER DELETE ON api_key_site", _NEXT, _RESTART),
)
