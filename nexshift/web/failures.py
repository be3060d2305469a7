"""What does a client see when something goes wrong?  One shape, `{"error": "one sentence"}`, for every failure.

Refusals carry their own sentence.  What is our fault is told to the log, with the request's id, and to the client only
as such: no exception, SQL or path of this machine ever leaves in a response.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any

from litestar import MediaType, Request, Response
from litestar.exceptions import HTTPException, MethodNotAllowedException, NotFoundException
from litestar.types import ExceptionHandlersMap
from msgspec import Struct

from nexshift.config import API_PREFIX, ODATA_PREFIX
from nexshift.errors import (
    DatabaseDamaged,
    DatabaseUnavailable,
    NexshiftError,
    Overloaded,
    RateLimited,
    nearest,
)
from nexshift.web.logs import Event
from nexshift.web.outage import Outage
from nexshift.web.requests import method_of, notes_of

log = logging.getLogger("nexshift.web")

INTERNAL_ERROR = "Internal server error"
UNAVAILABLE = "The database does not answer; try again in a moment"
_MAX_PATH_TO_COMPARE = 100  # characters; comparing costs their square

_STATUSES = frozenset(HTTPStatus)

_AnyRequest = Request[Any, Any, Any]


class Failure(Struct, frozen=True):
    """What went wrong, in one sentence."""

    error: str


class ODataError(Struct, frozen=True):
    """The same for a client that speaks OData, with the status in words."""

    code: str
    message: str


class ODataFailure(Struct, frozen=True):
    """What OData has in place of a body."""

    error: ODataError


class Fault(Event, frozen=True, gc=False, tag="fault"):
    """A mistake of ours; its traceback follows."""

    request_id: str

    def __str__(self) -> str:
        return f"request {self.request_id} failed through a fault of Nexshift's own"


def make_exception_handlers(paths: Iterable[str], outage: Outage) -> ExceptionHandlersMap:
    """The handlers of one application that serves `paths`; `outage` is told when the database does not answer."""
    known = tuple(paths)

    def handle_refusal(request: _AnyRequest, refusal: NexshiftError) -> Response[Failure]:
        notes_of(request.scope).error = refusal.sentence
        if isinstance(refusal, DatabaseUnavailable):
            # Damage is there until somebody acts; everything else may end by itself.
            advice = f"; {refusal.hint}" if isinstance(refusal, DatabaseDamaged) else ""
            outage.begin(refusal.sentence + advice)
            return _respond(503, UNAVAILABLE)
        return _respond_to_refusal(refusal)

    def handle_not_found(request: _AnyRequest, _: NotFoundException) -> Response[Failure]:
        path = request.scope["path"]
        meant = _nearest_path(path, known) if len(path) <= _MAX_PATH_TO_COMPARE else None
        proposal = f'; did you mean "{meant}"?' if meant else ""
        return _respond(404, f"There is nothing at this path{proposal}")

    return {
        NexshiftError: _shaped(handle_refusal),
        NotFoundException: _shaped(handle_not_found),
        MethodNotAllowedException: _shaped(_handle_method),
        HTTPException: _shaped(_handle_framework_refusal),
        Exception: _shaped(_handle_our_fault),
    }


def _nearest_path(path: str, known: Iterable[str]) -> str | None:
    """Below a root that is right, only what stands behind it is compared: the root alone makes no two paths alike."""
    for root in (f"{API_PREFIX}/", f"{ODATA_PREFIX}/"):
        if path.startswith(root):
            meant = nearest(
                path.removeprefix(root), [each.removeprefix(root) for each in known if each.startswith(root)]
            )
            return meant and root + meant
    return nearest(path, known)


def _shaped(handle: Callable[[_AnyRequest, Any], Response[Failure]]) -> Callable[[_AnyRequest, Any], Response[Any]]:
    """The same, in OData's shape below its root."""

    def answer(request: _AnyRequest, failure: Any) -> Response[Any]:
        response: Response[Any] = handle(request, failure)
        if is_of_odata(request.scope["path"]):
            status = response.status_code or 500
            code = HTTPStatus(status).phrase.replace(" ", "") if status in _STATUSES else type(failure).__name__
            response.content = ODataFailure(ODataError(code, response.content.error))
        return response

    return answer


def is_of_odata(path: str) -> bool:
    """Whether a path is below the root of OData."""
    return path.startswith(ODATA_PREFIX.rpartition("/")[0])


def _respond(status: int, sentence: str, headers: dict[str, str] | None = None) -> Response[Failure]:
    return Response(Failure(sentence), status_code=status, headers=headers, media_type=MediaType.JSON)


def _respond_to_refusal(refusal: NexshiftError) -> Response[Failure]:
    match refusal:
        case RateLimited() | Overloaded():
            return _respond(refusal.status, refusal.sentence, {"retry-after": str(refusal.retry_after)})
        case _:
            return _respond(refusal.status, refusal.sentence)


def _handle_method(request: _AnyRequest, refusal: MethodNotAllowedException) -> Response[Failure]:
    allowed = sorted((refusal.headers or {}).get("allow", "").split(", "))
    sentence = f"{method_of(request.scope)} is not possible here, only {', '.join(allowed)}"
    return _respond(405, sentence, {"allow": ", ".join(allowed)})


def _handle_framework_refusal(_: _AnyRequest, refusal: HTTPException) -> Response[Failure]:
    return _respond(refusal.status_code, refusal.detail)


def _handle_our_fault(request: _AnyRequest, fault: Exception) -> Response[Failure]:
    log.error(Fault(notes_of(request.scope).id), exc_info=fault)
    return _respond(500, INTERNAL_ERROR)
