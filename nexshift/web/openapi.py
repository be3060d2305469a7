"""The OpenAPI 3.1 document, made of what listings declare.

Schemas come from the very Structs that msgspec encodes, parameters from the objects that read them; only what every
endpoint shares is written here.  Litestar's generator is not used: docs/decisions/0003-docs-viewer.md says why.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, get_type_hints

import msgspec

from nexshift import __version__
from nexshift.config import API_PREFIX, BAD_KEY_LIMIT, MAX_HEADER_BYTES, REQUEST_DEADLINE_S
from nexshift.errors import Forbidden, RateLimited, Unauthorized
from nexshift.listing import Endpoint
from nexshift.parameters import Parameter
from nexshift.web.access import ACCESS_PATH, EXAMPLE, Access
from nexshift.web.credentials import CHALLENGES
from nexshift.web.failures import INTERNAL_ERROR, UNAVAILABLE, Failure
from nexshift.web.formats import FLAT_MEDIA_TYPE, MEDIA_TYPES
from nexshift.web.routes import HEALTH_PATH, Health, Served

Json = dict[str, Any]

_FILES = MEDIA_TYPES.values()
_SCHEMAS = "#/components/schemas/"
_INTRODUCTION = """\
A plant's production records, read-only, from one SQLite file.

Every answer of a listing is `{"company": …, "data": […], "meta": {…}}`, newest first. When more rows match than fit a
page, `meta.next_cursor` and a `Link` header lead to the next one. Every failure is `{"error": "one sentence"}`.
Parameters that begin with `_` are ignored; any other unknown one is refused. `HEAD` and `OPTIONS` are answered wherever
`GET` is.

Press **Authorize** and enter an API key: as the bearer token, or as the password of any user name.
"""
_INTEGER, _NUMBER = {"type": "integer"}, {"type": "number"}
_CONTACT = {"name": "Whoever runs this service"}
_ROOT = "../.."
"""The service, seen from the document: the same behind a proxy that puts a prefix in front."""
_EXAMPLE_META = {"from": "2026-03-01", "to": "2026-03-31", "count": 1}


def make_document(served: Sequence[Served]) -> bytes:
    """The document as JSON."""
    types = [*(each.endpoint.body for each in served), *(each.flat.body for each in served), Access, Failure, Health]
    references, schemas = msgspec.json.schema_components(types, ref_template=_SCHEMAS + "{name}")
    paths = {
        API_PREFIX + each.endpoint.path: {"get": _operation(each.endpoint, body, flat_body)}
        for each, body, flat_body in zip(served, references, references[len(served) :], strict=False)
    }
    document = {
        "openapi": "3.1.0",
        "info": {"title": "Nexshift", "version": __version__, "description": _INTRODUCTION, "contact": _CONTACT},
        "servers": [{"url": _ROOT}],
        "security": [{"bearer": []}, {"basic": []}],
        "tags": [{"name": tag} for tag in dict.fromkeys([*(each.flat.resource for each in served), "service"])],
        "paths": {**paths, ACCESS_PATH: {"get": _access()}, HEALTH_PATH: {"get": _health()}},
        "components": {
            "schemas": _simplify(schemas),
            "headers": _HEADERS,
            "responses": _FAILURES,
            "securitySchemes": {
                "bearer": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "The API key (`nxs_…`). One is made with `nexshift key create`.",
                },
                "basic": {
                    "type": "http",
                    "scheme": "basic",
                    "description": "Any user name, and the API key as password; for clients without bearer tokens.",
                },
            },
        },
    }
    return msgspec.json.encode(document)


def _simplify(part: Any) -> Any:
    """The schemas with one type where two say the same: in JSON an integer is a number."""
    if isinstance(part, list):
        return [_simplify(each) for each in part]
    if not isinstance(part, dict):
        return part
    found = {name: _simplify(value) for name, value in part.items()}
    if _INTEGER in found.get("anyOf", ()) and _NUMBER in found["anyOf"]:
        kinds = [each for each in found.pop("anyOf") if each != _INTEGER]
        found |= kinds[0] if len(kinds) == 1 else {"anyOf": kinds}
    return found


def _operation(listing: Endpoint, body: Json, flat_body: Json) -> Json:
    return {
        "operationId": listing.path.strip("/").replace("/", "_"),
        "tags": [listing.resource],
        "summary": listing.title,
        "description": listing.description,
        "parameters": [_parameter(parameter) for parameter in listing.parameters] + [_IF_NONE_MATCH],
        "responses": {
            "200": {
                "description": "The rows that match, newest first where they are a list.",
                "headers": _refer("headers", *_OF_LISTINGS, *_EVERYWHERE, *_ALLOWANCE),
                "content": _contents(listing, body, flat_body),
            },
            "304": {
                "description": "Nothing changed since the answer with that `ETag`.",
                "headers": _refer("headers", *_OF_LISTINGS, *_EVERYWHERE, *_ALLOWANCE),
            },
            **{status: {"$ref": f"#/components/responses/{status}"} for status in _FAILURES},
        },
    }


def _contents(listing: Endpoint, body: Json, flat_body: Json) -> Json:
    """One schema for each type, so that what a program makes of the document knows what it has got."""
    contents: Json = {"application/json": {"schema": body, "example": _example(listing)}}
    if flat_body != body:
        contents[FLAT_MEDIA_TYPE] = {"schema": flat_body}
    return contents | {media_type.partition(";")[0]: {"schema": {"type": "string"}} for media_type in _FILES}


def _parameter(parameter: Parameter) -> Json:
    described: Json = {
        "name": parameter.name,
        "in": "query",
        "description": parameter.description,
        "schema": dict(parameter.schema),
    }
    if parameter.example is not None:
        described["example"] = parameter.example
    return described


def _example(listing: Endpoint) -> Json:
    meta = get_type_hints(listing.body)["meta"]
    names = [field.encode_name for field in msgspec.structs.fields(meta) if field.required]
    return {
        "company": "Acme Manufacturing",
        "data": [dict(listing.example)],
        "meta": {name: _EXAMPLE_META[name] for name in names},
    }


def _access() -> Json:
    headers = _refer("headers", "ETag", "Cache-Control", "Vary", *_EVERYWHERE, *_ALLOWANCE)
    return {
        "operationId": "access",
        "tags": ["service"],
        "summary": "What the key may read",
        "description": "Whose key it is, until when it is good, and what it opens. Any valid key may ask.",
        "parameters": [_IF_NONE_MATCH],
        "responses": {
            "200": {
                "description": "The key is good.",
                "headers": headers,
                "content": {
                    "application/json": {
                        "schema": {"$ref": _SCHEMAS + "Access"},
                        "example": msgspec.to_builtins(EXAMPLE),
                    }
                },
            },
            "304": {"description": "Nothing changed since the answer with that `ETag`.", "headers": headers},
            **{status: {"$ref": f"#/components/responses/{status}"} for status in _FAILURES if status != "403"},
        },
    }


def _health() -> Json:
    return {
        "operationId": "health",
        "tags": ["service"],
        "summary": "Whether the database answers",
        "description": "For whatever watches over the service; needs no key.",
        "security": [],
        "responses": {
            "200": {
                "description": "It does.",
                "headers": _refer("headers", *_EVERYWHERE),
                "content": {"application/json": {"schema": {"$ref": _SCHEMAS + "Health"}, "example": {"status": "ok"}}},
            },
            **{status: {"$ref": f"#/components/responses/{status}"} for status in ("405", "500", "503")},
        },
    }


def _refer(kind: str, *names: str) -> Json:
    return {name: {"$ref": f"#/components/{kind}/{name}"} for name in names}


def _failure(description: str, example: str, *headers: str) -> Json:
    return {
        "description": description,
        "headers": _refer("headers", *headers, *_EVERYWHERE),
        "content": {"application/json": {"schema": {"$ref": _SCHEMAS + "Failure"}, "example": {"error": example}}},
    }


def _header(description: str, example: str | int, *, required: bool = True, **schema: Any) -> Json:
    described = {"description": description, "schema": schema or {"type": "string"}, "example": example}
    return {**described, "required": True} if required else described


def _allowance(description: str, example: int, minimum: int) -> Json:
    """Not required: a refusal may come before the key is looked at."""
    return _header(description, example, required=False, type="integer", minimum=minimum)


_IF_NONE_MATCH: Json = {
    "name": "If-None-Match",
    "in": "header",
    "description": "The `ETag` of an earlier answer; 304 without a body comes when it would be the same.",
    "schema": {"type": "string"},
}
_OF_LISTINGS = ("ETag", "Nexshift-Change-Token", "Link", "Cache-Control", "Vary")
_EVERYWHERE = ("X-Request-Id",)
_ALLOWANCE = ("RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset")
_HEADERS: Mapping[str, Json] = {
    "ETag": _header(
        "Names this very content; absent of files, which are sent while they are made.",
        'W/"5f0c2e6d1b9a8f7e5f0c2e6d1b9a8f7e"',
        required=False,
    ),
    "Nexshift-Change-Token": _header(
        "Number of the last change that the answer may show; as `changed_after` it asks for what changed since.",
        1_795_415_231_000,
        type="integer",
        minimum=1,
    ),
    "Link": _header(
        "Where the next page is; absent on the last one.",
        '<runs?limit=500&cursor=AAAA>; rel="next"',
        required=False,
    ),
    "Cache-Control": _header("The answer is the key's own, and is to be asked for anew.", "private, no-cache"),
    "Vary": _header("What the answer depends on.", "Authorization, Accept, Accept-Encoding"),
    "X-Request-Id": _header("Names this request in the service's log.", "9f86d081884c7d65"),
    "RateLimit-Limit": _allowance("Requests a minute for this key.", 600, 1),
    "RateLimit-Remaining": _allowance("Of those, how many are left.", 599, 0),
    "RateLimit-Reset": _allowance("Seconds until all are left again.", 42, 1),
    "Retry-After": _header("Seconds to wait.", 42, type="integer", minimum=1),
    "WWW-Authenticate": _header(
        "How a key may be sent; one line for each way.", ", ".join(value.decode() for _, value in CHALLENGES)
    ),
    "Allow": _header("The methods that are answered here.", "GET, HEAD, OPTIONS"),
}
_FAILURES: Mapping[str, Json] = {
    "400": _failure(
        "A parameter is malformed, out of range, repeated or unknown, or the cursor belongs to another request.",
        'limit must be a whole number from 1 to 1000, not "5000"',
        *_ALLOWANCE,
    ),
    "401": _failure(
        "The key is missing, malformed, unknown, revoked or expired.", Unauthorized().sentence, "WWW-Authenticate"
    ),
    "403": _failure("The key may not read this, or not at that site.", Forbidden().sentence, *_ALLOWANCE),
    "405": _failure("The service is read-only.", "POST is not possible here, only GET, HEAD, OPTIONS", "Allow"),
    "408": _failure(
        f"The request's head took longer than {REQUEST_DEADLINE_S} seconds to arrive.", "The request took too long"
    ),
    "429": _failure(
        f"The key is over its limit, or this address sent more than {BAD_KEY_LIMIT} bad keys within a minute.",
        RateLimited(1).sentence,
        "Retry-After",
        *_ALLOWANCE,
    ),
    "431": _failure(
        f"The request line and headers are longer than {MAX_HEADER_BYTES} bytes.", "The request's headers are too large"
    ),
    "500": _failure("The service is at fault; its log names the cause under the request's id.", INTERNAL_ERROR),
    "503": _failure("The database does not answer. The service recovers by itself.", UNAVAILABLE),
}
