"""What is said to a client before there is a request that the application could answer?

The same shape as everywhere, written by hand; and the line of the log that its id leads to.
"""

from __future__ import annotations

from collections.abc import Iterable
from http import HTTPStatus

import msgspec

from nexshift.config import CONNECTIONS_RETRY_S
from nexshift.web.advice import Advice
from nexshift.web.failures import Failure
from nexshift.web.request_lines import RequestLine, write_line
from nexshift.web.transport_security import Header

TOO_LARGE = "The request's headers are too large"
TOO_SLOW = "The request took too long"
TOO_MANY = "Too many connections are open; try again in a moment"
NO_HTTP = "What was sent is no HTTP"
OTHER_SCHEME = "The request's address begins with another scheme, http or https, than this connection has"


def make_refusal(status: HTTPStatus, sentence: str, request_id: str, common: Iterable[Header] = ()) -> bytes:
    """A whole response, after which the connection is closed; `common` are headers that each answer has."""
    body = msgspec.json.encode(Failure(sentence))
    retry = f"retry-after: {CONNECTIONS_RETRY_S}\r\n" if status == HTTPStatus.SERVICE_UNAVAILABLE else ""
    head = (
        f"HTTP/1.1 {status.value} {status.phrase}\r\n"
        f"content-type: application/json\r\ncontent-length: {len(body)}\r\n{retry}"
        f"x-request-id: {request_id}\r\nconnection: close\r\n"
    )
    return b"".join([head.encode(), *(b"%s: %s\r\n" % header for header in common), b"\r\n", body])


def log_refusal(request_id: str, client: str, status: HTTPStatus, sentence: str, advice: Advice | None = None) -> None:
    """The line of a request of which hardly anything is known."""
    write_line(
        RequestLine(
            request_id=request_id,
            client=client,
            method=None,
            route=None,
            status=status,
            rows=None,
            duration_ms=0.0,
            bytes=0,
            key=None,
            cached=None,
            error=sentence,
            advice=advice,
        )
    )
