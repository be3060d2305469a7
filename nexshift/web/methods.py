"""The methods that a reading service answers; `OPTIONS` comes with every route."""

from litestar.enums import HttpMethod

READING = (HttpMethod.GET, HttpMethod.HEAD)
ALLOWED = "GET, HEAD, OPTIONS"
