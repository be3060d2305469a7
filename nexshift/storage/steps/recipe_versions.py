"""Which recipes does the third step refuse, because their version becomes no whole number of their own?

Only digits are a whole number: 1.10 is not, and neither is A.  `01` becomes 1, unless the same recipe has a 1 as well.
"""

from __future__ import annotations

from nexshift.errors import Refused
from nexshift.storage.library import sqlite3

MOST_NAMED = 20
_MOST_SHOWN = 60  # characters of a text that may have 10,000

_BAD = """
    WITH given AS (
        SELECT company_id, code, version, uuid, CAST(version AS INTEGER) AS number,
            version GLOB '[0-9]*' AND version NOT GLOB '*[^0-9]*' AND instr(version, char(0)) = 0
            AND length(ltrim(version, '0')) <= 16 AND CAST(version AS INTEGER) <= 9007199254740992 AS is_whole
        FROM recipe
    ), counted AS (
        SELECT *, count(*) FILTER (WHERE is_whole) OVER (PARTITION BY company_id, code, number) AS takers FROM given
    )
    SELECT coalesce(company.name, 'no company'), code, version, uuid
    FROM counted LEFT JOIN company ON company.id = company_id
    WHERE NOT is_whole OR takers > 1
    ORDER BY company.name, code, version
"""


def refuse_other_versions(connection: sqlite3.Connection) -> None:
    """Raise Refused, naming them, where a recipe has such a version."""
    found = connection.execute(_BAD).fetchall()
    if not found:
        return
    named = ", ".join(
        f"{_show(code)} version {_show(version)} of {company} ({uuid})"
        for company, code, version, uuid in found[:MOST_NAMED]
    )
    more = f" and {len(found) - MOST_NAMED} more" if len(found) > MOST_NAMED else ""
    raise Refused(
        "the version of a recipe is a whole number from now on, and these have none, or one that is taken:"
        f" {named}{more}",
        hint="with the Nexshift that you had, import a file recipes.csv with the columns id, code, name and version, in"
        " which each of them has a whole number of its own (its id stands in brackets above), then run this again",
    )


def _show(text: str) -> str:
    return f'"{text}"' if len(text) <= _MOST_SHOWN else f'"{text[:_MOST_SHOWN]}…"'
