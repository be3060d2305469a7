"""What is said of a name that is not there?

The nearest known name, or where else the name is found.  Comparing a name with thousands of others takes
milliseconds, so only the first so many different names of an import get a proposal.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from nexshift.config import MAX_NEAREST_LOOKUPS, MAX_NEAREST_NAMES
from nexshift.errors import nearest
from nexshift.instants import format_instant
from nexshift.lookalike import explain_difference
from nexshift.storage.importing.created import Created
from nexshift.storage.importing.kinds import Kind
from nexshift.storage.importing.report import RowRefused, refuse
from nexshift.storage.importing.values import show
from nexshift.storage.library import sqlite3

_COMPARED_CHARACTERS = 100


@dataclass(slots=True)
class MissingNames:
    """Refusals of names that one company does not have."""

    connection: sqlite3.Connection
    company_id: int
    _proposals: dict[tuple[str, str], str] = field(default_factory=dict)

    def refuse_name(self, kind: Kind, column: str, name: str) -> RowRefused:
        return refuse(column, f"there is no {kind.noun} {show(name)}{self._propose(kind, name)}")

    def refuse_at_site(self, kind: Kind, column: str, name: str, site: str) -> RowRefused:
        elsewhere = self.sites_of(kind, name)
        proposal = f"; there is one {at_sites(elsewhere)}" if elsewhere else self._propose(kind, name)
        return refuse(column, f"there is no {kind.noun} {show(name)} at site {show(site)}{proposal}")

    def refuse_version(self, code: str, version: int, known: Collection[int]) -> RowRefused:
        shown = ", ".join(str(one) for one in sorted(known)[-5:])
        others = " and others" if len(known) > 5 else ""
        return refuse("recipe_version", f"recipe {show(code)} has no version {version}; it has {shown}{others}")

    def refuse_run(self, machine_id: int, machine: str, started_at: int) -> RowRefused:
        sql = "SELECT max(started_at) FROM run WHERE machine_id = ? AND started_at < ?"
        (before,) = self.connection.execute(sql, (machine_id, started_at)).fetchone()
        proposal = "" if before is None else f"; the one before started at {format_instant(before)}"
        started = format_instant(started_at)
        return refuse("run_started_at", f"there is no run of machine {show(machine)} started at {started}{proposal}")

    def refuse_only_site(self, kind: Kind, column: str, name: str) -> RowRefused:
        sql = "SELECT count(*) FROM site WHERE company_id = ?"
        (sites,) = self.connection.execute(sql, (self.company_id,)).fetchone()
        why = "there is no site yet" if sites == 0 else f"there are {sites} sites and the row names none"
        return refuse(column, f"{kind.noun} {show(name)} cannot be created: {why}")

    def sites_of(self, kind: Kind, name: str) -> list[str]:
        """The names of the sites that have a machine, asset or batch of that name."""
        sql = (
            f"SELECT site.name FROM {kind.table} JOIN site ON site.id = site_id"
            f" WHERE {kind.table}.company_id = ? AND {kind.table}.{kind.name} = ? ORDER BY site.name"
        )
        return [site for (site,) in self.connection.execute(sql, (self.company_id, name))]

    def _propose(self, kind: Kind, name: str) -> str:
        key = (kind.table, name)
        if key not in self._proposals:
            if len(self._proposals) >= MAX_NEAREST_LOOKUPS:
                return ""
            meant = nearest(name[:_COMPARED_CHARACTERS], self._list_names(kind))
            self._proposals[key] = f"; did you mean {show(meant)}?{explain_difference(name, meant)}" if meant else ""
        return self._proposals[key]

    def find_resembling(self, kind: Kind, name: str, created: Created) -> str | None:
        """The nearest name that was there before the call."""
        before = (known for known in self._list_names(kind) if known != name and not created.knows(kind.noun, known))
        return nearest(name[:_COMPARED_CHARACTERS], before)

    def _list_names(self, kind: Kind) -> list[str]:
        sql = f"SELECT DISTINCT {kind.name} FROM {kind.table} WHERE company_id = ? LIMIT {MAX_NEAREST_NAMES}"
        return [known[:_COMPARED_CHARACTERS] for (known,) in self.connection.execute(sql, (self.company_id,))]


def at_sites(sites: list[str]) -> str:
    """`at "Brisbane" and at "Perth"`."""
    shown = " and ".join(f"at {show(site)}" for site in sites[:5])
    return f"{shown} and elsewhere" if len(sites) > 5 else shown
