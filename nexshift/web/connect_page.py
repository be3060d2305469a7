"""The page at /connect: from a key to a table in Excel, Power BI, Python or R.

It is built of the sources in the folder `connect` of the project, and comes with the package as it was built.  Its
addresses are relative, so that it works behind a proxy that puts a prefix in front.  The key is kept by the page alone
and sent to this service alone: its policy lets it ask nobody else.
"""

from __future__ import annotations

from importlib.resources import files

from litestar import MediaType
from litestar.handlers import HTTPRouteHandler
from litestar.types import ASGIApp, Receive, Scope, Send

from nexshift.components import list_components_of_page
from nexshift.web.assets import (
    CSS,
    HTML,
    JAVASCRIPT,
    NO_REFERRER,
    PLAIN_TEXT,
    make_asset,
    make_asset_route,
    make_policy,
)
from nexshift.web.content import Content
from nexshift.web.methods import READING

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
    return [_page_route(page), *(make_asset_route(f"{CONNECT_PATH}/{name}", asset) for name, asset in parts.items())]


def _page_route(page: Content) -> HTTPRouteHandler:
    """The page; with a slash at its end, where its parts would be looked for one level too deep, the way to it."""

    async def redirect(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 307, "headers": [(b"location", b"../connect")]})
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    def serve(scope: Scope) -> ASGIApp:
        return redirect if scope["raw_path"].endswith(b"/") else page

    return HTTPRouteHandler(CONNECT_PATH, http_method=READING, media_type=MediaType.TEXT, sync_to_thread=False)(serve)
