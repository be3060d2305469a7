"""A client that costs little beside the service: requests as bytes, over a connection that is kept."""

from __future__ import annotations

import socket
from typing import BinaryIO, NamedTuple


class Answer(NamedTuple):
    status: int
    headers: dict[bytes, bytes]
    """By name in lower case."""
    body: bytes


class KeptAlive:
    """One connection to this machine, with no more of HTTP than the service's answers need."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self._answers: BinaryIO = self._socket.makefile("rb")

    def send(self, method: bytes, target: bytes, key: bytes, *headers: bytes) -> None:
        head = (b"%s %s HTTP/1.1" % (method, target), b"Host: plant.test", b"Authorization: Bearer " + key, *headers)
        self._socket.sendall(b"\r\n".join((*head, b"", b"")))

    def receive(self, method: bytes) -> Answer:
        """The answer to the request that was sent, which had this method."""
        status = int(self._answers.readline().split()[1])
        headers = {}
        while (line := self._answers.readline()) != b"\r\n":
            name, _, value = line.partition(b":")
            headers[name.lower()] = value.strip()
        has_body = method != b"HEAD" and status != 304
        return Answer(status, headers, self._answers.read(int(headers[b"content-length"])) if has_body else b"")

    def close(self) -> None:
        self._answers.close()
        self._socket.close()
