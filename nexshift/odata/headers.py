"""What do a request's headers say about an OData answer?  Its format and version, its page size, where the root is."""

from __future__ import annotations

import re
from collections.abc import Iterable

from nexshift.config import MAX_ODATA_PAGE, ODATA_PAGE, ODATA_PREFIX
from nexshift.errors import BadParameter, NotAcceptable
from nexshift.parameters import shown

VERSION = "4.0"
_JSON = re.compile(r"\s*application/json\s*", re.IGNORECASE).fullmatch
_ANY = frozenset({"*/*", "application/*"})
_SHORT_FORMATS = {"json": "application/json", "application/json": "application/json"}
_is_from_4 = re.compile(r"(?:[4-9]|[1-9][0-9])(?:\.[0-9]{1,2})?", re.ASCII).fullmatch
_is_4 = re.compile(r"4(?:\.0?[01])?", re.ASCII).fullmatch  # whatever 4.01 has and 4.0 has not is refused by itself
_page_size = re.compile(r"(?:^|[,;\s])(?:odata\.)?maxpagesize\s*=\s*\"?([0-9]{1,9})(?![0-9])", re.IGNORECASE).search
_is_host = re.compile(r"(?:[A-Za-z0-9._-]{1,255}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?").fullmatch
_is_prefix = re.compile(r"(?:/[A-Za-z0-9._~-]+)*/?").fullmatch

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


def read_has_metadata(headers: HeaderReader, format_: str | None) -> bool:
    """Whether the answer names its context: it does, unless `odata.metadata=none` is asked for.

    `full` gets the same as `minimal`, as the answer's content type says.  NotAcceptable when JSON is not wanted at all.
    """
    if format_ is not None:
        media, _, parameters = format_.partition(";")
        if media.strip().lower() not in _SHORT_FORMATS:
            raise NotAcceptable(f"$format must be json, not {shown(format_)}")
        return "odata.metadata=none" not in _squeeze(parameters)
    accepted = headers.get("accept")
    if not accepted.strip():
        return True
    best: tuple[float, bool] | None = None
    for item in accepted.split(","):
        media, _, parameters = item.partition(";")
        if _JSON(media) or media.strip() in _ANY:
            squeezed = _squeeze(parameters)
            weight = _weight(squeezed)
            if weight > 0 and (best is None or weight > best[0]):
                best = (weight, "odata.metadata=none" not in squeezed)
    if best is None:
        raise NotAcceptable(f"rows are sent as application/json, which Accept does not allow: {shown(accepted)}")
    return best[1]


def read_page_size(headers: HeaderReader) -> tuple[int, int | None]:
    """Rows of a page, and the client's wish as far as it is met."""
    match = _page_size(headers.get("prefer"))
    wish = int(match[1]) if match else 0
    if wish < 1:
        return ODATA_PAGE, None
    met = min(wish, MAX_ODATA_PAGE)
    return met, met


def find_root(headers: HeaderReader, scheme: str) -> str:
    """The service's root as the client reaches it, with a slash at its end.

    Absolute, because Excel takes nothing else.  A proxy in front names scheme, host and prefix in `X-Forwarded-…`;
    whatever a client claims there only comes back to itself.  A path alone where no host is known.
    """
    scheme = headers.get("x-forwarded-proto").partition(",")[0].strip().lower() or scheme
    host = headers.get("x-forwarded-host").partition(",")[0].strip() or headers.get("host").strip()
    prefix = headers.get("x-forwarded-prefix").partition(",")[0].strip().rstrip("/")
    path = f"{prefix if _is_prefix(prefix) else ''}{ODATA_PREFIX}/"
    if scheme not in ("http", "https") or not _is_host(host):
        return path
    return f"{scheme}://{host}{path}"


def content_type(*, has_metadata: bool) -> bytes:
    """Of a JSON answer."""
    level = "minimal" if has_metadata else "none"
    return (
        f"application/json;odata.metadata={level};odata.streaming=true;IEEE754Compatible=false;charset=utf-8"
    ).encode()


def _squeeze(parameters: str) -> str:
    return re.sub(r"[\s\"]", "", parameters).lower()


def _weight(squeezed: str) -> float:
    match = re.search(r"(?:^|;)q=([0-9.]+)", squeezed)
    try:
        return float(match[1]) if match else 1.0
    except ValueError:
        return 0.0
