"""What does the program serve that stays the same while it runs?  Pages, scripts and documents, without a key."""

from __future__ import annotations

from http import HTTPStatus

from litestar import MediaType
from litestar.handlers import HTTPRouteHandler
from litestar.types import ASGIApp, Receive, Scope, Send

from nexshift.web.content import Content, Header
from nexshift.web.methods import READING
from nexshift.web.requests import sent_path_of

CSS = b"text/css; charset=utf-8"
HTML = b"text/html; charset=utf-8"
JAVASCRIPT = b"text/javascript; charset=utf-8"
PLAIN_TEXT = b"text/plain; charset=utf-8"
PNG = b"image/png"

NO_REFERRER: Header = (b"referrer-policy", b"no-referrer")


def make_asset(body: bytes, media_type: bytes, *headers: Header) -> Content:
    """The body with its own headers, and those that all such have: asked for anew each time, sent when it changed."""
    common = (
        (b"content-type", media_type),
        (b"cache-control", b"no-cache"),
        (b"vary", b"Accept-Encoding"),
    )
    return Content(body, (*common, *headers))


def make_asset_route(path: str, asset: Content) -> HTTPRouteHandler:
    def serve() -> ASGIApp:
        return asset

    return HTTPRouteHandler(path, http_method=READING, media_type=MediaType.TEXT, sync_to_thread=False)(serve)


def make_page_route(path: str, page: Content) -> HTTPRouteHandler:
    """A page whose parts have relative addresses.

    With a slash at the path's end, where the parts would be looked for one level too deep, it is the way to the page.
    """
    name = path.rpartition("/")[2]
    redirect = make_redirect(f"../{name}")

    def serve(scope: Scope) -> ASGIApp:
        return redirect if sent_path_of(scope).endswith(b"/") else page

    return HTTPRouteHandler(path, http_method=READING, media_type=MediaType.TEXT, sync_to_thread=False)(serve)


def make_redirect(place: str) -> ASGIApp:
    """The way to another place, relative to the present one: so it holds behind a proxy that puts a prefix in front."""

    async def redirect(scope: Scope, receive: Receive, send: Send) -> None:
        headers = [(b"location", place.encode()), (b"content-length", b"0")]
        await send({"type": "http.response.start", "status": HTTPStatus.TEMPORARY_REDIRECT, "headers": headers})
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    return redirect


def make_policy(*rules: str) -> Header:
    """A Content-Security-Policy that forbids all but what `rules` allow: no page of ours asks another host."""
    always = ("default-src 'none'", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'")
    return (b"content-security-policy", "; ".join((*always, *rules)).encode())
