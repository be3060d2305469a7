"""Which stored row does a name stand for?

Looks names up among the company's rows and remembers what it found, a bounded number of them.  A name that may be
created becomes a New, which is stored only with the row that names it: a rejected row leaves nothing behind.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from nexshift.config import MAX_CACHED_NAMES
from nexshift.spelling import normalise
from nexshift.storage.importing.created import Created, CreatedName
from nexshift.storage.importing.kinds import MACHINE, RECIPE, SITE, Kind, New, Place, Ref, Run
from nexshift.storage.importing.missing import MissingNames, at_sites
from nexshift.storage.importing.older_spellings import OlderSpellings
from nexshift.storage.importing.report import refuse
from nexshift.storage.importing.values import show
from nexshift.storage.library import sqlite3

_RUN = "SELECT id, machine_id, site_id, started_at, ended_at FROM run"


@dataclass(slots=True)
class Names:
    """The names of one company, during one import.  Every `find` raises RowRefused for a name that is not there."""

    connection: sqlite3.Connection
    company_id: int
    create: bool
    new_uuid: Callable[[], str]
    missing: MissingNames
    older: OlderSpellings
    created: Created = field(default_factory=Created)
    _found: dict[tuple[Any, ...], Any] = field(default_factory=dict)

    def forget(self) -> None:
        """What was looked up may have been renamed since."""
        self._found.clear()

    def find(self, kind: Kind, column: str, name: str) -> Ref:
        """The row of that name in the whole company."""
        key = (kind.table, name)
        found: int | None = self._found.get(key)
        if found is None:
            sql = f"SELECT id FROM {kind.table} WHERE company_id = ? AND {kind.name} = ?"
            rows = self._look_up(kind, sql, (self.company_id, name))
            if not rows:
                if not (self.create or kind.is_always_created):
                    raise self.missing.refuse_name(kind, column, name)
                return self._new(kind, name)
            found = self._remember(key, rows[0][0])
        return found

    def find_placed(self, kind: Kind, column: str, name: str, site: str | None, *, may_create: bool = True) -> Place:
        """The machine, asset or batch of that name, at that site or else at the only site that has it."""
        key = (kind.table, name, site)
        found: Place | None = self._found.get(key)
        if found is None:
            site_id = None if site is None else self.find(SITE, "site", site)
            places = self._places(kind, name, site_id)
            if len(places) > 1:
                sites = at_sites(self.missing.sites_of(kind, name))
                raise refuse(column, f"{show(name)} is there {sites}; say which in the column site")
            if not places:
                if may_create and self.create and not kind.is_never_created:
                    return self._new_placed(kind, column, name, site_id)
                if site is None:
                    raise self.missing.refuse_name(kind, column, name)
                raise self.missing.refuse_at_site(kind, column, name, site)
            found = self._remember(key, places[0])
        return found

    def is_anywhere(self, kind: Kind, name: str) -> bool:
        """Whether any site has a machine, asset or batch of that name."""
        return bool(self._places(kind, name))

    def find_recipe(self, code: str, version: int | None) -> Ref:
        """The recipe of that code and version; without a version the highest one."""
        key = ("recipe", code, version)
        found: int | None = self._found.get(key)
        if found is None:
            sql = "SELECT version, id FROM recipe WHERE company_id = ? AND code = ?"
            ids: dict[int, int] = dict(self._look_up(RECIPE, sql, (self.company_id, code)))
            if version is None and ids:
                found = ids[max(ids)]
            elif version is not None and version in ids:
                found = ids[version]
            elif self.create:
                return self._new(RECIPE, code, version=1 if version is None else version, is_formulation=0)
            elif version is not None and ids:
                raise self.missing.refuse_version(code, version, ids)
            else:
                raise self.missing.refuse_name(RECIPE, "recipe_code", code)
            self._remember(key, found)
        return found

    def find_run(self, machine: str, site: str | None, started_at: int) -> Run:
        """The run of that machine that started then.  Runs are never created, and neither are their machines."""
        key = ("run", machine, site, started_at)
        found: Run | None = self._found.get(key)
        if found is None:
            machine_id = self.find_placed(MACHINE, "machine", machine, site, may_create=False).id
            assert isinstance(machine_id, int)
            row = self.connection.execute(f"{_RUN} WHERE machine_id = ? AND started_at = ?", (machine_id, started_at))
            run = row.fetchone()
            if run is None:
                raise self.missing.refuse_run(machine_id, machine, started_at)
            found = self._remember(key, Run(*run))
            self._remember(("run", found.id), found)
        return found

    def find_by_uuid(self, table: str, column: str, uuid: str) -> int:
        """The run or batch of that id."""
        sql = f"SELECT id FROM {table} WHERE company_id = ? AND uuid = ?"
        row = self.connection.execute(sql, (self.company_id, uuid)).fetchone()
        if row is None:
            raise refuse(column, f"there is no {table} with the id {show(uuid)}")
        found: int = row[0]
        return found

    def run_of(self, run_id: int) -> Run:
        """The run of an internal id."""
        key = ("run", run_id)
        found: Run | None = self._found.get(key)
        if found is None:
            found = self._remember(key, Run(*self.connection.execute(f"{_RUN} WHERE id = ?", (run_id,)).fetchone()))
        return found

    def site_of(self, machine_id: Ref) -> Ref:
        """The site of a machine."""
        if isinstance(machine_id, New):
            site_of_new: Ref = machine_id.values["site_id"]
            return site_of_new
        key = ("site of", machine_id)
        found: int | None = self._found.get(key)
        if found is None:
            row = self.connection.execute("SELECT site_id FROM machine WHERE id = ?", (machine_id,)).fetchone()
            found = self._remember(key, row[0])
        return found

    def code_of(self, recipe_id: int) -> str:
        """The code of a recipe."""
        key = ("code of", recipe_id)
        found: str | None = self._found.get(key)
        if found is None:
            found = self._remember(key, self.name_of(RECIPE, recipe_id))
        return found

    def name_of(self, kind: Kind, ref: Ref) -> str:
        """How a row is called."""
        if isinstance(ref, New):
            return str(ref.values[kind.name])
        row = self.connection.execute(f"SELECT {kind.name} FROM {kind.table} WHERE id = ?", (ref,)).fetchone()
        return normalise(row[0])

    def store(self, new: New) -> int:
        """Store what the row that is now stored has named, unless that was done already."""
        if new.id is None:
            values = [self.store(value) if isinstance(value, New) else value for value in new.values.values()]
            self._note(new, values)
            marks = ", ".join("?" * len(values))
            sql = f"INSERT INTO {new.kind.table} ({', '.join(new.values)}) VALUES ({marks})"
            new.id = self.connection.execute(sql, values).lastrowid
            assert new.id is not None
        return new.id

    def _note(self, new: New, values: list[Any]) -> None:
        """Before it is stored: what it resembles was there before."""
        noun, name = new.kind.noun, str(new.values[new.kind.name])
        self.created.count(noun)
        if self.created.has_room:
            site_id = dict(zip(new.values, values, strict=True)).get("site_id")
            site = None if site_id is None else self.name_of(SITE, site_id)
            resembles = self.missing.find_resembling(new.kind, name, self.created)
            self.created.shown.append(CreatedName(noun, name, site, resembles))

    def _places(self, kind: Kind, name: str, site_id: Ref | None = None) -> list[Place]:
        if isinstance(site_id, New):
            return []
        sql = f"SELECT id, site_id FROM {kind.table} WHERE company_id = ? AND {kind.name} = ?"
        values: tuple[Any, ...] = (self.company_id, name)
        if site_id is not None:
            sql, values = f"{sql} AND site_id = ?", (*values, site_id)
        return [Place(*row) for row in self._look_up(kind, sql, values)]

    def _look_up(self, kind: Kind, sql: str, values: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        rows = self.connection.execute(sql, values).fetchall()
        if not rows and self.older.renew(kind.table, kind.name):
            rows = self.connection.execute(sql, values).fetchall()
        return rows

    def _new(self, kind: Kind, name: str, **more: Any) -> New:
        values = {"uuid": self.new_uuid(), "company_id": self.company_id, kind.name: name}
        return New(kind, values | dict.fromkeys(kind.copies, name) | more)

    def _new_placed(self, kind: Kind, column: str, name: str, site_id: Ref | None) -> Place:
        if site_id is None:
            sql = "SELECT id FROM site WHERE company_id = ? LIMIT 2"
            sites = self.connection.execute(sql, (self.company_id,)).fetchall()
            if len(sites) != 1:
                raise self.missing.refuse_only_site(kind, column, name)
            site_id = sites[0][0]
        assert site_id is not None
        return Place(self._new(kind, name, site_id=site_id), site_id)

    def _remember(self, key: tuple[Any, ...], found: Any) -> Any:
        if len(self._found) >= MAX_CACHED_NAMES:
            self._found.clear()
        self._found[key] = found
        return found
