"""What the service writes to its log: to standard error, one line a request, and never a key."""

from __future__ import annotations

import logging
import re
import time
from typing import Any

access_log = logging.getLogger("nexshift.access")

_FORMAT = "%(asctime)s %(levelname)s %(message)s"
# Somebody will put a key into an address; `_` and the letters may come percent-encoded there.
_hide_keys = re.compile(r"nxs(?:_|%5f)(?:[0-9a-z]|%[0-9a-f]{2})+", re.IGNORECASE).sub


class KeylessFormatter(logging.Formatter):
    """Hides whatever looks like a key, in messages and tracebacks alike."""

    _second = -1
    _time = ""

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: N802 - logging's name
        """As the logging module writes it, but worked out once a second."""
        second = int(record.created)
        if second != self._second:
            self._second, self._time = second, time.strftime(self.default_time_format, time.localtime(second))
        return f"{self._time},{int(record.msecs):03d}"

    def format(self, record: logging.LogRecord) -> str:
        return _hide_keys("nxs_***", super().format(record))


def log_access(message: str) -> None:
    """A line of the access log.  Not by `info`, which would look for the line of the program that called it."""
    access_log.handle(logging.LogRecord(access_log.name, logging.INFO, "", 0, message, None, None))


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
