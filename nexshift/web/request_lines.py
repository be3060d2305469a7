"""What does the log say about each request?  One line, written when the answer is on its way."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import ClassVar
from urllib.parse import quote

from litestar.types import Scope

from nexshift.web.admission import admission_of
from nexshift.web.advice import Advice, advise
from nexshift.web.logs import Event
from nexshift.web.requests import Notes, method_of
from nexshift.web.secret_names import hide_secrets

access_log = logging.getLogger("nexshift.access")

_SAFE = " %!$&'()*+,-./:;=?@_~"


class RequestLine(Event, frozen=True, gc=False, kw_only=True, omit_defaults=True, tag="request"):
    """A request that was answered, or refused before it was understood."""

    request_id: str
    client: str
    method: str | None
    route: str | None
    """The path of what answered; where there is nothing, the path that was asked for."""
    query: str | None = None
    status: int
    rows: int | None
    duration_ms: float
    bytes: int
    key: int | None
    """The key's number, as `key list` prints it."""
    cached: bool | None
    error: str | None = None
    advice: Advice | None = None
    """What its sender can do; where a key was refused or missing."""
    has_sentence: ClassVar[bool] = False

    def __str__(self) -> str:
        target = f"{self.method or '-'} {self.route or '-'}{f'?{self.query}' if self.query else ''}"
        text = (
            f"{self.request_id} {self.client} {target} {self.status}"
            f" rows={_or_dash(self.rows)} ms={self.duration_ms} bytes={self.bytes} key={_or_dash(self.key)}"
            f" cached={_or_dash(self.cached)}"
        )
        if self.error:
            text += f" error={self.error}"
        return f"{text} advice={self.advice}" if self.advice else text


def log_request(scope: Scope, notes: Notes) -> None:
    """The line of a request that was answered."""
    if not access_log.isEnabledFor(_level_of(notes.status)):
        return
    client = scope.get("client")
    admission = admission_of(scope)
    route: str | None = scope.get("path_template")
    raw_query = scope["query_string"]
    query = hide_secrets(quote(raw_query.decode("latin-1"), safe=_SAFE)) if raw_query else None
    is_for_key = notes.status == HTTPStatus.UNAUTHORIZED or notes.is_key_refused
    write_line(
        RequestLine(
            request_id=notes.id,
            client=client[0] if client else "-",
            method=method_of(scope),
            route=quote(scope["path"], safe=_SAFE) if route is None or "{" in route else route,
            query=query,
            status=notes.status,
            rows=notes.rows,
            duration_ms=round(notes.duration_s * 1000, 2),
            bytes=notes.size,
            key=None if admission is None else admission.grant.key_id,
            cached=notes.is_cached,
            error=notes.error,
            advice=advise(scope["headers"], raw_query) if is_for_key else None,
        )
    )


def write_line(line: RequestLine) -> None:
    """Write it.  Not by `info`, which would look for the line of the program that called it."""
    level = _level_of(line.status)
    if access_log.isEnabledFor(level):
        access_log.handle(logging.LogRecord(access_log.name, level, "", 0, line, None, None))


def _level_of(status: int) -> int:
    return logging.WARNING if status >= HTTPStatus.INTERNAL_SERVER_ERROR else logging.INFO


def _or_dash(value: int | bool | None) -> str:
    return "-" if value is None else str(value).lower()
