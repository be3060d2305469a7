"""What the service writes to its log: to standard error, one line a request, and never a key."""

from __future__ import annotations

import logging
import re
from typing import Any

_FORMAT = "%(asctime)s %(levelname)s %(message)s"
# Somebody will put a key into an address; `_` and the letters may come percent-encoded there.
_hide_keys = re.compile(r"nxs(?:_|%5f)(?:[0-9a-z]|%[0-9a-f]{2})+", re.IGNORECASE).sub


class KeylessFormatter(logging.Formatter):
    """Hides whatever looks like a key, in messages and tracebacks alike."""

    def format(self, record: logging.LogRecord) -> str:
        return _hide_keys("nxs_***", super().format(record))


LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"keyless": {"()": "nexshift.web.logs.KeylessFormatter", "fmt": _FORMAT}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "keyless", "stream": "ext://sys.stderr"}},
    "loggers": {
        "nexshift": {"handlers": ["stderr"], "level": "INFO", "propagate": False},
        # uvicorn's own remarks about starting are ours to make; what it warns of is not.
        "uvicorn": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
    },
}
