"""The page at /docs: Swagger UI, from an installed package and served by this program.

Its addresses are relative, so that it works behind a proxy that puts a prefix in front.  Nothing on it names another
host, and its Content-Security-Policy forbids the browser to ask one: a plant's network
often has no way out, and a page that holds an API key must not talk to anybody else.
"""

from __future__ import annotations

from importlib.resources import files
from importlib.resources.abc import Traversable
from importlib.util import find_spec, module_from_spec

from litestar import MediaType
from litestar.handlers import HTTPRouteHandler
from litestar.types import ASGIApp

from nexshift.config import API_PREFIX
from nexshift.errors import Refused
from nexshift.web.assets import (
    CSS,
    HTML,
    JAVASCRIPT,
    NO_REFERRER,
    PNG,
    make_asset,
    make_asset_route,
    make_page_route,
    make_policy,
    make_redirect,
)
from nexshift.web.content import JSON
from nexshift.web.methods import READING

DOCS_PATH = "/docs"
OPENAPI_PATH = f"{API_PREFIX}/openapi.json"
_DOCS, _OPENAPI = DOCS_PATH.removeprefix("/"), OPENAPI_PATH.removeprefix("/")  # from the page, which is at the root

_POLICY = make_policy(
    "script-src 'self'", "style-src 'self' 'unsafe-inline'", "img-src 'self' data:", "connect-src 'self'"
)
_PAGE = f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Nexshift API</title>
<link rel="icon" type="image/png" href="{_DOCS}/favicon-32x32.png">
<link rel="stylesheet" href="{_DOCS}/swagger-ui.css">
</head>
<body>
<p style="margin:1rem;text-align:center;font-family:sans-serif">Excel, Power BI, Python and R have a simpler way:
<a href="connect">connect</a></p>
<div id="viewer"></div>
<noscript>This page needs JavaScript. The same document as JSON: <a href="{_OPENAPI}">{OPENAPI_PATH}</a></noscript>
<script src="{_DOCS}/swagger-ui-bundle.js"></script>
<script src="{_DOCS}/start.js"></script>
</body>
</html>
"""
_START = f"""SwaggerUIBundle({{
  url: "{_OPENAPI}",
  dom_id: "#viewer",
  deepLinking: true,
  tryItOutEnabled: true,
  displayRequestDuration: true,
  defaultModelsExpandDepth: 0,
  syntaxHighlight: false, // a page of 1000 runs would freeze the browser
  validatorUrl: "none" // else Swagger UI sends the document's address to a validator on the internet
}});
"""
_ASSETS = {
    "swagger-ui-bundle.js": JAVASCRIPT,
    "swagger-ui.css": CSS,
    "favicon-32x32.png": PNG,
}


def make_viewer_routes(openapi: bytes) -> list[HTTPRouteHandler]:
    """Routes for the page, its assets and the document it shows; no key is needed for them."""
    page = make_asset(_PAGE.encode(), HTML, _POLICY, NO_REFERRER)
    contents = {
        OPENAPI_PATH: make_asset(openapi, JSON),
        f"{DOCS_PATH}/start.js": make_asset(_START.encode(), JAVASCRIPT),
    }
    folder = _asset_folder()
    for name, media_type in _ASSETS.items():
        contents[f"{DOCS_PATH}/{name}"] = make_asset((folder / name).read_bytes(), media_type)
    assets = [make_asset_route(path, content) for path, content in contents.items()]
    return [_make_first_route(), make_page_route(DOCS_PATH, page), *assets]


def _make_first_route() -> HTTPRouteHandler:
    """Whoever comes to the service itself is led to its documentation."""
    redirect = make_redirect(_DOCS)

    def lead() -> ASGIApp:
        return redirect

    return HTTPRouteHandler("/", http_method=READING, media_type=MediaType.TEXT, sync_to_thread=False)(lead)


def _asset_folder() -> Traversable:
    """Found without running the package: we want its files, none of its code."""
    spec = find_spec("swagger_ui")
    if spec is None or not spec.submodule_search_locations:
        raise Refused(
            "the package swagger-ui-py, which brings the page at /docs, is not installed",
            hint="install Nexshift again with its dependencies: pip install nexshift",
        )
    return files(module_from_spec(spec)) / "static"
