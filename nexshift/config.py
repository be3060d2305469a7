"""Every bound and default of the program, named once, with its unit and the reason for its size."""

from __future__ import annotations

# --- HTTP ---------------------------------------------------------------------------------------------------
API_PREFIX = "/api/v1"
DEFAULT_LIMIT = 500  # rows of a page when `limit` is not sent
MAX_LIMIT = 1000  # rows of a page at the most
RESOURCES = ("production", "quality", "maintenance", "safety", "batching")  # what a key may be limited to

RATE_LIMIT = 600  # requests a minute and key
BAD_KEY_LIMIT = 100  # refused keys a minute and address before 401 becomes 429
RATE_WINDOW_S = 60
MAX_TRACKED_ADDRESSES = 10_000  # addresses whose bad keys are counted; the longest unseen is forgotten first

MAX_QUERY_BYTES = 8_192  # of a request's query string; the longest honest one is under 1,000
MAX_HEADER_BYTES = 32_768  # of a request line and its headers; browsers send under 8,000
REQUEST_DEADLINE_S = 20  # to receive a request's head completely
GZIP_MIN_BYTES = 1_000  # below this a compressed body is hardly smaller

# --- SQLite -------------------------------------------------------------------------------------------------
READ_CONNECTIONS = 4  # a process; stepping SQLite releases the GIL, more than a few only wait for each other
READ_BUSY_TIMEOUT_MS = 1_000  # readers of a WAL database hardly ever wait; longer means it does not answer
WRITE_BUSY_TIMEOUT_MS = 10_000  # a writer waits this long for another import to finish
CACHED_STATEMENTS = 256  # a connection; a listing has few query shapes
MAX_CACHED_NAMES = 50_000  # machines, sites, products, operators a connection remembers

# --- values -------------------------------------------------------------------------------------------------
MAX_QUANTITY = 2**53  # the largest count up to which every whole number is a double
MAX_TEXT = 10_000  # characters
