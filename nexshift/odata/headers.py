"""What do a request's headers say about an OData answer?  Its version, and how many rows a page has."""

from __future__ import annotations

import re
from collections.abc import Iterable

from nexshift.config import MAX_ODATA_PAGE, ODATA_PAGE
from nexshift.errors import BadParameter, NotAcceptable
from nexshift.parameters import shown

VERSION = "4.0"
_is_from_4 = re.compile(r"(?:[4-9]|[1-9][0-9])(?:\.[0-9]{1,2})?", re.ASCII).fullmatch
_is_4 = re.compile(r"4(?:\.0?[01])?", re.ASCII).fullmatch  # whatever 4.01 has and 4.0 has not is refused by itself
_page_size = re.compile(r"(?:^|[,;\s])(?:odata\.)?maxpagesize\s*=\s*\"?([0-9]{1,9})(?![0-9])", re.IGNORECASE).search

Headers = Iterable[tuple[bytes, bytes]]


class HeaderReader:
    """Headers of one request by name; of one that was sent several times, all as one list."""

    def __init__(self, headers: Headers) -> None:
        self._headers = list(headers)

    def get(self, name: str) -> str:
        """Empty where it was not sent."""
        return ", ".join(value.decode("latin-1") for sent, value in self._headers if sent == name.encode())


def check_version(headers: HeaderReader) -> None:
    """BadParameter when the client understands only what came before 4.0, or speaks another version than 4.

    What stands behind a semicolon says which program it is, as in Microsoft's `4.0;NetFx`, and nothing of a version.
    """
    most = _version(headers, "odata-maxversion")
    if most and not _is_from_4(most):
        raise BadParameter(f"OData-MaxVersion is {shown(most)}, but this service answers in OData {VERSION}")
    spoken = _version(headers, "odata-version")
    if spoken and not _is_4(spoken):
        raise BadParameter(f"OData-Version is {shown(spoken)}, but this service understands OData {VERSION}")


def _version(headers: HeaderReader, name: str) -> str:
    return headers.get(name).partition(";")[0].strip()


def check_metadata_format(format_: str | None) -> None:
    """NotAcceptable when `$format` wants `$metadata` in another form than XML."""
    if format_ is not None and format_.partition(";")[0].strip().lower() not in ("xml", "application/xml"):
        raise NotAcceptable(f"$metadata is sent as application/xml, so $format must be xml, not {shown(format_)}")


def read_page_size(headers: HeaderReader) -> tuple[int, int | None]:
    """Rows of a page, and the client's wish as far as it is met."""
    match = _page_size(headers.get("prefer"))
    wish = int(match[1]) if match else 0
    if wish < 1:
        return ODATA_PAGE, None
    met = min(wish, MAX_ODATA_PAGE)
    return met, met
