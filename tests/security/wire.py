"""What is sent to the service byte by byte, and what it says until it closes the connection."""

from __future__ import annotations

import json
import re
import socket
import struct
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.web.plant import INCIDENTS

TIMEOUT_S = 10  # to find a service that hangs; honest answers take milliseconds
BARE_400 = b"HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: plant\r\nConnection: close\r\n\r\n"
_ANSWER = re.compile(rb"HTTP/1\.1 (\d{3}) [^\r]*\r\n(.*?)\r\n\r\n", re.DOTALL)


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def error(self) -> str:
        """The one sentence that a refusal consists of."""
        assert self.headers["content-type"] == "application/json"
        (sentence,) = self.json().values()
        assert list(self.json()) == ["error"]
        return str(sentence)


@dataclass(frozen=True)
class Service:
    port: int
    database: Path
    keys: dict[str, str]

    def say(self, sent: bytes, *, and_no_more: bool = False) -> bytes:
        """All that the service answers until it closes the connection; raises TimeoutError where it does not."""
        received = b""
        with socket.create_connection(("127.0.0.1", self.port), timeout=TIMEOUT_S) as connection:
            with suppress(OSError):  # it has heard enough
                connection.sendall(sent)
                if and_no_more:
                    connection.shutdown(socket.SHUT_WR)
            with suppress(ConnectionResetError):  # what it did not read is refused by a reset, behind the answer
                while piece := connection.recv(65_536):
                    received += piece
        return received

    def leave_after(self, sent: bytes) -> None:
        """Say something and be gone, with a reset."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=TIMEOUT_S) as connection:
            connection.sendall(sent)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def ask(self, target: bytes, *headers: bytes, key: str | None = "all", method: bytes = b"GET") -> Answer:
        """The answer to one well-formed request, with whatever stands in its target and further headers."""
        lines = [method + b" " + target + b" HTTP/1.1", b"Host: plant", b"Connection: close", *headers]
        if key is not None:
            lines.append(b"Authorization: Bearer " + self.keys[key].encode())
        return read_answer(self.say(b"\r\n".join(lines) + b"\r\n\r\n"))

    def incidents(self, query: bytes) -> Answer:
        return self.ask(INCIDENTS.encode() + b"?" + query)


def read_answer(received: bytes) -> Answer:
    """The one answer that was received."""
    head = _ANSWER.match(received)
    assert head is not None, received[:200]
    lines = [line.partition(": ") for line in head[2].decode("latin-1").split("\r\n")]
    return Answer(int(head[1]), {name.lower(): value for name, _, value in lines}, received[head.end() :])


def statuses(received: bytes) -> list[int]:
    return [int(status) for status, _ in _ANSWER.findall(received)]
