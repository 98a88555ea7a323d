"""Real servers on a port, and one client that keeps its connection."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.databases import PLUGINS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from email.message import Message

OURS = "crmkit.web:create_app_from_environment"
TWIN = "benchmarks.twin_app:create_app"
_START_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server answered."""

    content: bytes
    headers: Message


class Client:
    """One keep-alive connection to a server, with the same headers each time."""

    def __init__(self, port: int, headers: Mapping[str, str]) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.headers = dict(headers)

    def ask(self, method: str, path: str, body: bytes | None = None) -> Answer:
        """The answer, read to its end; anything but success raises."""
        self._connection.request(method, path, body, self.headers)
        answer = self._connection.getresponse()
        content = answer.read()
        if answer.status not in {200, 201}:
            raise RuntimeError(answer.status, content[:500])
        return Answer(content, answer.headers)

    def close(self) -> None:
        """End the connection."""
        self._connection.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def serve(
    factory: str, url: str, plugins: tuple[str, ...] = PLUGINS
) -> Iterator[tuple[int, int]]:
    """The port of an application that uvicorn serves, and the id of its process."""
    port = _free_port()
    known = ",".join(f'"{plugin}"' for plugin in plugins)
    environment = {
        **os.environ,
        "CRMKIT_DATABASE_URL": url,
        "CRMKIT_PLUGINS": f"[{known}]",
    }
    options = (
        "--factory --host 127.0.0.1 --log-level warning --no-access-log "
        "--timeout-keep-alive 60"
    ).split()
    command = [sys.executable, "-m", "uvicorn", factory, *options, "--port", str(port)]
    server = subprocess.Popen(command, env=environment)  # noqa: S603  (our own words)
    try:
        _wait_for(port, server)
        yield port, server.pid
    finally:
        server.terminate()
        server.wait(timeout=10)


def _wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + _START_SECONDS
    while time.monotonic() < until and server.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise TimeoutError(port)
