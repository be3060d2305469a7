"""Where does the next page start?  The `Link` header, made of the request's own query."""

from __future__ import annotations

from urllib.parse import quote, unquote_to_bytes

_QUERY_CHARACTERS = "%!$&'()*+,-./:;=?@_~"  # RFC 3986's, and `%` because what was encoded stays so


def next_link(path: str, raw_path: bytes, raw_query: bytes, cursor: str) -> bytes:
    """`<name?query>; rel="next"` with the same parameters and another cursor.

    A reference relative to the address that was asked for (RFC 8288, 3.2), so that it holds behind a proxy, whatever
    the proxy puts in front.  Where the path was written in another way than ours, such as with a slash at its end, the
    query alone refers to the same address.  A character that may not stand in an address is encoded, so that no query
    can end the `<…>` or the header.
    """
    kept = [part for part in raw_query.split(b"&") if part and not _is_cursor(part)]
    query = quote(b"&".join([*kept, b"cursor=" + cursor.encode()]), safe=_QUERY_CHARACTERS)
    name = path.rpartition("/")[2] if raw_path == path.encode() else ""
    return f'<{name}?{query}>; rel="next"'.encode()


def _is_cursor(part: bytes) -> bool:
    return unquote_to_bytes(part.partition(b"=")[0]) == b"cursor"
