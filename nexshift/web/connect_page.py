"""The page at /connect: from a key to a table in Excel, Power BI, Python or R.

It is built of the sources in the folder `connect` of the project, and comes with the package as it was built.  Its
addresses are relative, so that it works behind a proxy that puts a prefix in front.  The key is kept by the page alone
and sent to this service alone: its policy lets it ask nobody else.
"""

from __future__ import annotations

from importlib.resources import files

from litestar.handlers import HTTPRouteHandler

from nexshift.components import list_components_of_page
from nexshift.web.assets import (
    CSS,
    HTML,
    JAVASCRIPT,
    NO_REFERRER,
    PLAIN_TEXT,
    make_asset,
    make_asset_route,
    make_page_route,
    make_policy,
)

CONNECT_PATH = "/connect"

_POLICY = make_policy("script-src 'self'", "style-src 'self'", "img-src data:", "connect-src 'self'")


def make_connect_routes() -> list[HTTPRouteHandler]:
    """Routes for the page and its parts; no key is needed for them."""
    folder = files("nexshift.web") / "connect"
    page = make_asset((folder / "connect.html").read_bytes(), HTML, _POLICY, NO_REFERRER)
    licences = "\n\n\n".join(component.describe() for component in list_components_of_page())
    parts = {
        "connect.js": make_asset((folder / "connect.js").read_bytes(), JAVASCRIPT),
        "connect.css": make_asset((folder / "connect.css").read_bytes(), CSS),
        "licences.txt": make_asset(licences.encode(), PLAIN_TEXT),
    }
    return [
        make_page_route(CONNECT_PATH, page),
        *(make_asset_route(f"{CONNECT_PATH}/{name}", asset) for name, asset in parts.items()),
    ]
