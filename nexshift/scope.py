"""Which rows may a request see?  The WHERE of every listing is written here, and nowhere else.

A listing names its table and time column; this module writes company, sites, filters, window and cursor around its
SELECT.  An endpoint cannot forget the tenant, because it has no place to write a condition.
"""

from __future__ import annotations

import json
from typing import Any

from nexshift.query import Query
from nexshift.storage.keys import Grant

Values = dict[str, Any]


def write_scope(query: Query, grant: Grant, *, row: str) -> tuple[str, Values]:
    """Company, sites and filters as conditions on the table whose alias is `row`, and the values they bind.

    One of what has changed, machine, site and company leads; the others are marked with `+`, which keeps SQLite from
    choosing an index by them (it has no statistics to choose well): a page must come out of one index, in that index's
    order.
    """
    values: Values = {"company": grant.company_id}
    clauses: list[str] = []
    leads = {filter_.leads for filter_, _ in query.filters}
    one_site = grant.sites is not None and len(grant.sites) == 1
    lead = next(
        (each for each in ("changed", "machine", "site") if each in leads), "own site" if one_site else "company"
    )

    for filter_, value in query.filters:
        marked = row if filter_.leads in (None, lead) else f"+{row}"
        clauses.append(filter_.write(marked, value))
        values[filter_.name] = value
    if grant.sites is not None:
        ids = list(grant.sites.values())
        if lead == "own site":
            clauses.append(f"{row}.site_id = :own_site")
            values["own_site"] = ids[0]
        else:
            clauses.append(f"+{row}.site_id IN (SELECT value FROM json_each(:own_sites))")
            values["own_sites"] = json.dumps(ids)
    clauses.append(f"{row if lead == 'company' else f'+{row}'}.company_id = :company")
    return " AND ".join(clauses), values


def write_window(query: Query, *, row: str, time: str) -> tuple[str, Values]:
    """The window and the cursor as conditions (" AND …" or empty), and the values they bind."""
    clauses = ""
    values: Values = {}
    if query.window.start is not None:
        clauses += f" AND {row}.{time} >= :start"
        values["start"] = query.window.start
    if query.after is not None:
        # Newest first, ties by ascending id: what follows is older, or as old with a higher id.
        clauses += f" AND {row}.{time} <= :after AND ({row}.{time} < :after OR {row}.uuid > :after_uuid)"
        values |= {"after": query.after.time, "after_uuid": query.after.uuid}
    elif query.window.stop is not None:  # a cursor lies before the window's end anyway
        clauses += f" AND {row}.{time} < :stop"
        values["stop"] = query.window.stop
    return clauses, values
