"""How does whoever started the service learn that it answers, and that it ends?

The datagrams of sd_notify(3), which systemd reads at the socket that $NOTIFY_SOCKET names; elsewhere nothing happens.
"""

from __future__ import annotations

import logging
import os
import socket

log = logging.getLogger("nexshift.web")


def notify(*states: str) -> None:
    """Send states such as `READY=1`; a socket that cannot be reached is only warned of."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if address[:1] not in ("/", "@"):  # a path, or a name in Linux's abstract namespace
        return
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
            sender.connect(address.replace("@", "\0", 1) if address[0] == "@" else address)
            sender.sendall("\n".join(states).encode())
    except OSError as error:
        log.warning("the system cannot be told %s at %s: %s", states[0], address, error.strerror or error)
