"""How does an event become a line on standard error?  For people on a terminal, as JSON elsewhere; never with a key.

An event is what was handed to a logger in place of a text: a Struct whose fields are those of the JSON line, and whose
`str` is what a person reads.  A plain text is the event `message`.
"""

from __future__ import annotations

import logging
import re
import sys
import time
from asyncio import CancelledError
from typing import Any, ClassVar

import msgspec
from msgspec import Struct

from nexshift.invisible import reveal
from nexshift.web.settings import LogFormat

_encode = msgspec.json.Encoder().encode
# Somebody will put a key into an address; each of its letters may come percent-encoded there, even twice.
_hide_plain_keys = re.compile(r"nxs_[0-9a-z]+", re.IGNORECASE).sub
_find_letter = re.compile(r"%(?:25)*([357][0-9a-f]|[46][1-9a-f])", re.IGNORECASE).sub


class Event(Struct, frozen=True, gc=False, tag_field="event"):
    """Something that happened."""

    has_sentence: ClassVar[bool] = True
    """Whether the JSON line carries the text for people as well."""


class _Message(Event, frozen=True, gc=False, tag="message"):
    logger: str
    message: str
    has_sentence: ClassVar[bool] = False

    def __str__(self) -> str:
        return self.message


def hide_keys(text: str) -> str:
    """The text without whatever looks like a key."""
    if "%" in text:
        hidden = _hide_plain_keys("nxs_***", _find_letter(_decode_letter, text))
        if "nxs_***" in hidden:
            return hidden
    return _hide_plain_keys("nxs_***", text)


def _to_json(value: Event | str) -> bytes:
    try:
        return _encode(value)
    except UnicodeEncodeError:  # a file's name may hold bytes that are no text
        if isinstance(value, str):
            return _encode(value.encode(errors="backslashreplace").decode())
        fields = msgspec.to_builtins(value)
        return b"{%s}" % b",".join(_to_json(name) + b":" + _to_json_value(fields[name]) for name in fields)


def _to_json_value(value: object) -> bytes:
    return _to_json(value) if isinstance(value, str) else _encode(value)


def _decode_letter(found: re.Match[str]) -> str:
    """The letter, digit or underscore that was percent-encoded; what is none of them stays as it is."""
    letter = chr(int(found[1], 16))
    return letter if letter.isalnum() or letter == "_" else found[0]


class HumanFormatter(logging.Formatter):
    """Lines for a terminal: this machine's time, the level, the text, and a traceback below it."""

    _second = -1
    _time = ""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(message)s")

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: N802 - logging's name
        """As the logging module writes it, but worked out once a second."""
        second = int(record.created)
        if second != self._second:
            self._second, self._time = second, time.strftime(self.default_time_format, time.localtime(second))
        return f"{self._time},{int(record.msecs):03d}"

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's name
        """One line, whatever stands in what a client sent."""
        return reveal(super().formatMessage(record))

    def formatException(self, ei: Any) -> str:  # noqa: N802 - logging's name
        """Several lines, none of which an exception's own text can begin or hide."""
        return "\n".join(map(reveal, super().formatException(ei).split("\n")))

    def format(self, record: logging.LogRecord) -> str:
        return hide_keys(super().format(record))


class JsonFormatter(logging.Formatter):
    """One JSON object a line: `time` in UTC, `level`, `event`, and what belongs to the event."""

    _second = -1
    _time = ""

    def format(self, record: logging.LogRecord) -> str:
        event = record.msg if isinstance(record.msg, Event) else _Message(record.name, record.getMessage())
        line = b'{"time":"%s","level":"%s",%s' % (
            self._time_of(record).encode(),
            record.levelname.lower().encode(),
            _to_json(event)[1:-1],
        )
        if event.has_sentence:
            line += b',"message":' + _to_json(str(event))
        if record.exc_info:
            line += b',"traceback":' + _to_json(self.formatException(record.exc_info))
        return hide_keys(line.decode() + "}")

    def _time_of(self, record: logging.LogRecord) -> str:
        second = int(record.created)
        if second != self._second:
            self._second, self._time = second, time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second))
        return f"{self._time}.{int(record.msecs):03d}Z"


class _NoCancellation(logging.Filter):
    """uvicorn calls it an error when a request is cut off because the service stops; that is told once, in sum."""

    def filter(self, record: logging.LogRecord) -> bool:
        return not (record.exc_info and isinstance(record.exc_info[1], CancelledError))


def configure(log_format: LogFormat = "auto") -> dict[str, Any]:
    """What `logging.config.dictConfig` takes, in every process of the service; `auto` is JSON but on a terminal."""
    is_for_people = sys.stderr.isatty() if log_format == "auto" else log_format == "human"
    formatter = HumanFormatter if is_for_people else JsonFormatter
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"()": f"{__name__}.{formatter.__name__}"}},
        "filters": {"no_cancellation": {"()": f"{__name__}.{_NoCancellation.__name__}"}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line", "stream": "ext://sys.stderr"}},
        "root": {"handlers": ["stderr"], "level": "WARNING"},
        "loggers": {
            "nexshift": {"level": "INFO"},
            "uvicorn": {"level": "ERROR"},  # what it warns of are single requests, which have lines of their own
            "uvicorn.error": {"filters": ["no_cancellation"]},
        },
    }
