"""The worker beside a server: one child process, started anew if it dies."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from contextlib import contextmanager
from threading import Event, Thread
from typing import TYPE_CHECKING

from sqlalchemy import make_url

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crmkit.core import Settings

log = logging.getLogger("crmkit.jobs")

_COMMAND = (sys.executable, "-m", "crmkit", "worker", "--child")
_FIRST_PAUSE = 1.0
_LONGEST_PAUSE = 30.0
_GRACE_SECONDS = 10


@contextmanager
def worker_beside(settings: Settings) -> Iterator[None]:
    """While the block runs a worker does the jobs of an SQLite database.

    PostgreSQL has workers of its own: `crmkit worker`, on any number of machines.
    """
    if make_url(settings.database_url).get_backend_name() != "sqlite":
        yield
        return
    stop = Event()
    keeping = Thread(target=_keep_one, args=(settings.database_url, stop), daemon=True)
    keeping.start()
    try:
        yield
    finally:
        stop.set()
        keeping.join(_GRACE_SECONDS + 2)


def _keep_one(url: str, stop: Event) -> None:
    pause = _FIRST_PAUSE
    while not stop.is_set():
        child = _start(url)
        while child.poll() is None and not stop.wait(0.2):
            pass
        if stop.is_set():
            _end(child)
            return
        log.error("The worker ended with %s; it is started anew.", child.returncode)
        stop.wait(pause)
        pause = min(pause * 2, _LONGEST_PAUSE)


def _start(url: str) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "CRMKIT_DATABASE_URL": url}
    # It ends when this pipe closes, which happens even where we are killed.
    return subprocess.Popen(_COMMAND, stdin=subprocess.PIPE, env=environment)  # noqa: S603  (ourselves)


def _end(child: subprocess.Popen[bytes]) -> None:
    if child.stdin is not None:
        child.stdin.close()
    try:
        child.wait(_GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
