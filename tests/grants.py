"""What keys of the plant's companies allow: everything, or some of the sites."""

from __future__ import annotations

from nexshift.config import RESOURCES
from nexshift.instants import load_zone
from nexshift.storage.keys import Grant
from tests.plants import NAMES, ZONES, Plant

GRANTS: dict[str, tuple[str, ...] | None] = {
    "all": None,
    "one site": ("a-annex",),
    "two sites": ("🏭 Nord", "Brisbane"),
    "no site": (),
}
"""Names of the sites that each kind of key may read."""


def grant_of(plant: Plant, company: int, kind: str = "all") -> Grant:
    names = GRANTS[kind]
    sites = None if names is None else [plant.site(company, name) for name in names]
    return Grant(
        key_id=10 * company + list(GRANTS).index(kind),
        key_name=f"{kind} of {company}",
        company_id=company,
        company=NAMES[company],
        zone=load_zone(ZONES[company]),
        resources=frozenset(RESOURCES),
        sites=None if sites is None else {site["uuid"]: site["id"] for site in sites},
        rate_limit=None,
        expires_at=None,
    )
