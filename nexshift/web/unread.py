"""How much of what was written to a connection has its client not received yet, and how is that given up?

What the transport still holds does not tell: it may not move for minutes while a slow client empties the system's own
buffer, which is larger.  The system would also keep that for a while after the connection was closed.
"""

from __future__ import annotations

import asyncio
import socket
import struct
import sys

if sys.platform != "win32":
    import fcntl
    import termios


def count_unread(transport: asyncio.Transport) -> int:
    """Bytes, of the transport and, where it tells, of the system."""
    unread = transport.get_write_buffer_size()
    connection = transport.get_extra_info("socket")
    if sys.platform == "linux" and connection is not None and connection.fileno() >= 0:
        (in_system,) = struct.unpack("i", fcntl.ioctl(connection.fileno(), termios.TIOCOUTQ, bytes(4)))
        unread += in_system
    return unread


def cut_off(transport: asyncio.Transport) -> None:
    """Close the connection, and free what was not received, here and in the system."""
    connection = transport.get_extra_info("socket")
    if connection is not None and connection.fileno() >= 0:
        layout = "HH" if sys.platform == "win32" else "ii"
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack(layout, 1, 0))  # reset it at once
    transport.abort()
