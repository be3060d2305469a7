"""Has a client closed its end of a connection, while nothing is read there that would tell?

The system knows, whatever waits to be read, and Linux says so.  Elsewhere it shows when something is read or written.
"""

from __future__ import annotations

import asyncio
import socket
import sys

_CLOSE, _CLOSE_WAIT = 7, 8  # of the states of a TCP connection in linux/tcp_states.h


def has_closed(transport: asyncio.Transport) -> bool:
    """Whether it has said that it sends nothing more, or has reset the connection."""
    connection = transport.get_extra_info("socket")
    if sys.platform != "linux" or connection is None or connection.fileno() < 0:
        return False
    state = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0]
    return state in (_CLOSE, _CLOSE_WAIT)
