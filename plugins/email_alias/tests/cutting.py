"""A proxy that passes on what is said, and breaks in where a test wants it to."""

from __future__ import annotations

import select
import socket
from contextlib import suppress
from threading import Thread
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType


class CuttingProxy:
    """Stands on `port` before a server of this machine, of port `target`.

    `cut_after(n)` cuts each further connection once so many bytes have passed;
    with `instead` that is done, and the connection goes on.
    """

    def __init__(self, target: int) -> None:
        self.target = target
        self.left: int | None = None
        self.instead: Callable[[], None] | None = None
        self.clients: list[socket.socket] = []
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = int(self.socket.getsockname()[1])
        self.thread = Thread(target=self._accept, daemon=True)

    def __enter__(self) -> Self:
        self.thread.start()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        with suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
        self.cut_now()

    def cut_after(
        self, count: int | None, instead: Callable[[], None] | None = None
    ) -> None:
        """Break in after so many bytes of each connection, None for never."""
        self.left, self.instead = count, instead

    def cut_now(self) -> None:
        """Cut every connection that there is."""
        while self.clients:
            with suppress(OSError):
                self.clients.pop().shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self.socket.accept()
                self.clients.append(client)
                Thread(target=self._carry, args=(client,), daemon=True).start()

    def _carry(self, client: socket.socket) -> None:
        passed = 0
        server = socket.create_connection(("127.0.0.1", self.target))
        with client, server, suppress(OSError):
            while True:
                for end in select.select([client, server], [], [])[0]:
                    data = end.recv(256)
                    if not data:
                        return
                    other = server if end is client else client
                    most, instead = self.left, self.instead
                    if most is not None and passed + len(data) > most:
                        if instead is None:
                            other.sendall(data[: max(most - passed, 0)])
                            return
                        instead()
                    passed += len(data)
                    other.sendall(data)
