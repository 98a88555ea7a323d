"""The port that a CRM is served on."""

from __future__ import annotations

import socket

from crmkit.cli.printing import FailedError

HOST = "127.0.0.1"
PORT = 8000


def listen(host: str, port: int) -> socket.socket:
    """A socket on that port, taken before anything else is done."""
    try:
        family, kind, _, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM
        )[0]
        listening = socket.socket(family, kind)
        try:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind(address)
        except OSError:
            listening.close()
            raise
    except OSError as error:
        reason = error.strerror or str(error)
        sentence = (
            f"Port {port} of {host} cannot be used: {reason}; "
            "--port takes another, and 0 any."
        )
        raise FailedError(sentence) from error
    listening.set_inheritable(True)
    return listening


def address_of(listening: socket.socket) -> str:
    """The address to open in a browser."""
    host, port = listening.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    return f"http://{shown}:{port}"
