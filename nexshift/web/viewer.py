"""The page at /docs: Swagger UI, from an installed package and served by this program.

Nothing on it names another host, and its Content-Security-Policy forbids the browser to ask one: a plant's network
often has no way out, and a page that holds an API key must not talk to anybody else.
"""

from __future__ import annotations

from importlib.resources import files
from importlib.resources.abc import Traversable
from importlib.util import find_spec, module_from_spec

from litestar import get
from litestar.handlers import HTTPRouteHandler
from litestar.response import Redirect

from nexshift.config import API_PREFIX
from nexshift.errors import Refused
from nexshift.web.assets import CSS, HTML, JAVASCRIPT, NO_REFERRER, PNG, make_asset, make_asset_route, make_policy
from nexshift.web.content import JSON

DOCS_PATH = "/docs"
OPENAPI_PATH = f"{API_PREFIX}/openapi.json"

_POLICY = make_policy(
    "script-src 'self'", "style-src 'self' 'unsafe-inline'", "img-src 'self' data:", "connect-src 'self'"
)
_PAGE = f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Nexshift API</title>
<link rel="icon" type="image/png" href="{DOCS_PATH}/favicon-32x32.png">
<link rel="stylesheet" href="{DOCS_PATH}/swagger-ui.css">
</head>
<body>
<p style="margin:1rem;text-align:center;font-family:sans-serif">Excel, Power BI, Python and R have a simpler way:
<a href="/connect">connect</a></p>
<div id="viewer"></div>
<noscript>This page needs JavaScript. The same document as JSON: <a href="{OPENAPI_PATH}">{OPENAPI_PATH}</a></noscript>
<script src="{DOCS_PATH}/swagger-ui-bundle.js"></script>
<script src="{DOCS_PATH}/start.js"></script>
</body>
</html>
"""
_START = f"""SwaggerUIBundle({{
  url: "{OPENAPI_PATH}",
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
    contents = {
        OPENAPI_PATH: make_asset(openapi, JSON),
        DOCS_PATH: make_asset(_PAGE.encode(), HTML, _POLICY, NO_REFERRER),
        f"{DOCS_PATH}/start.js": make_asset(_START.encode(), JAVASCRIPT),
    }
    folder = _asset_folder()
    for name, media_type in _ASSETS.items():
        contents[f"{DOCS_PATH}/{name}"] = make_asset((folder / name).read_bytes(), media_type)
    return [_redirect, *(make_asset_route(path, content) for path, content in contents.items())]


@get("/", sync_to_thread=False, status_code=307)
def _redirect() -> Redirect:
    return Redirect(DOCS_PATH, status_code=307)


def _asset_folder() -> Traversable:
    """Found without running the package: we want its files, none of its code."""
    spec = find_spec("swagger_ui")
    if spec is None or not spec.submodule_search_locations:
        raise Refused(
            "the package swagger-ui-py, which brings the page at /docs, is not installed",
            hint="install Nexshift again with its dependencies: pip install nexshift",
        )
    return files(module_from_spec(spec)) / "static"
